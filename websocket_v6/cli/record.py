"""``upbit-ws record``: raw frames with their receive times into a file."""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, Final

from ..config import Config
from ..credentials import Credentials, from_environment
from ..exceptions import AuthenticationError, InvalidArgument
from ..protocol.imposed_waits import ImposedWaits
from ..protocol.requests import Item
from ..subscription import EVERY_CODE, PRIVATE_TYPES, check_symbols
from .arguments import (
    Subparsers,
    add_command,
    data_type,
    positive_count,
    positive_number,
    settings,
    symbols_of,
)
from .recording import Recording, line_of
from .tap import Tap, say

__all__ = ["add_parser", "run"]

FLUSH_SECONDS: Final = 0.5

_EXAMPLES: Final = """\
  upbit-ws record ticker,orderbook KRW-BTC --out btc.jsonl.gz
  upbit-ws record trade KRW-BTC KRW-ETH --out trades.jsonl.gz --rotate-minutes 60
  upbit-ws record my-orders --private --out orders.jsonl --seconds 600
  upbit-ws emulator --replay btc.jsonl.gz --speed 10

Frames are written as they came. A crash loses at most one second. After a lost connection
recording goes on by itself; what the exchange sent meanwhile is missing.
"""


def add_parser(subparsers: Subparsers) -> None:
    """Add ``record`` to the command's subcommands."""
    parser = add_command(
        subparsers,
        "record",
        "write what the exchange sends to a file",
        "Write what the exchange sends to a file, until interrupted.",
        _EXAMPLES,
    )
    parser.add_argument(
        "types", metavar="TYPES", help="comma-separated: ticker,trade,orderbook,candle.1m"
    )
    parser.add_argument("symbols", nargs="*", metavar="SYMBOL", help="such as KRW-BTC")
    parser.add_argument(
        "--out",
        required=True,
        type=Path,
        metavar="FILE",
        help="a new file; .gz at the end compresses",
    )
    parser.add_argument(
        "--private",
        action="store_true",
        help="allow my-orders and my-assets: the file then shows what the account owns and does",
    )
    parser.add_argument("--count", type=positive_count, metavar="N", help="stop after N frames")
    parser.add_argument("--seconds", type=positive_number, metavar="S", help="stop after S seconds")
    parser.add_argument(
        "--rotate-mb", type=positive_number, metavar="N", help="begin a new file every N megabytes"
    )
    parser.add_argument(
        "--rotate-minutes",
        type=positive_number,
        metavar="N",
        help="begin a new file every N minutes",
    )


def run(args: argparse.Namespace) -> int:
    """Record until a limit or Ctrl-C. Exit code 1 when the exchange refuses or is never reached."""
    config = settings(args)
    items = _items(args.types, symbols_of(args.symbols))
    private = [item for item in items if item.data_type in PRIVATE_TYPES]
    if private and not args.private:
        raise InvalidArgument(
            "types",
            args.types,
            "private frames show what the account owns; add --private to record them",
        )
    credentials = from_environment() if private else None
    if private and credentials is None:
        raise AuthenticationError("default", "set UPBIT_ACCESS_KEY and UPBIT_SECRET_KEY")
    if private:
        say("warning: the recording will show orders and balances; keep the file to yourself")
    recording = Recording(
        args.out,
        rotate_bytes=int(args.rotate_mb * 1_000_000) if args.rotate_mb else None,
        rotate_seconds=args.rotate_minutes * 60 if args.rotate_minutes else None,
        private=bool(private),
    )
    public = [item for item in items if item not in private]
    try:
        reached = asyncio.run(_record(args, config, recording, public, private, credentials))
    except OSError as error:
        say(f"cannot write {recording.path}: {error.strerror}")
        return 1
    finally:
        files = f"{recording.files} files, the last is " if recording.files > 1 else ""
        if recording.files:
            say(f"{recording.frames} frames in {files}{recording.path}")
    if not reached:
        say("no connection was made; `upbit-ws doctor` looks for the reason")
    return 0 if reached else 1


def _items(types: str, symbols: list[str]) -> list[Item]:
    """What to ask for. Order books are asked for with their full depth."""
    items = []
    for name in types.split(","):
        wire_name = data_type(name.strip())
        if wire_name in PRIVATE_TYPES:
            items.append(Item(wire_name, EVERY_CODE))
        else:
            items += [Item(wire_name, code) for code in check_symbols(symbols, "SYMBOL")]
    return list(dict.fromkeys(items))


async def _record(
    args: argparse.Namespace,
    config: Config,
    recording: Recording,
    public: list[Item],
    private: list[Item],
    credentials: Credentials | None,
) -> bool:
    """Whether a connection was ever made."""
    recording.open(time.monotonic())
    full, reached = asyncio.Event(), asyncio.Event()

    def keep(payload: bytes, text: bool) -> None:
        if full.is_set():
            return
        line = line_of(time.time(), payload, text=text)
        if line is None:
            say(f"skipped a message of {len(payload)} bytes that is not JSON")
            return
        recording.add(line, time.monotonic())
        if args.count and recording.frames >= args.count:
            full.set()

    imposed = ImposedWaits()

    def tap(url: str, items: list[Item], keys: Credentials | None) -> Tap:
        return Tap(url, config, items, keys, keep, imposed, reached.set)

    try:
        # A limit reached, the time up or a failed tap: whatever ends first ends the recording.
        ends: list[Coroutine[Any, Any, object]] = [full.wait(), _flush_regularly(recording)]
        if public:
            ends.append(tap(config.url, public, None).run())
        if private:
            ends.append(tap(config.private_url, private, credentials).run())
        tasks = [asyncio.ensure_future(end) for end in ends]
        try:
            done, _ = await asyncio.wait(
                tasks, timeout=args.seconds, return_when=asyncio.FIRST_COMPLETED
            )
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
    finally:
        recording.close()
    return reached.is_set()


async def _flush_regularly(recording: Recording) -> None:
    while True:
        await asyncio.sleep(FLUSH_SECONDS)
        recording.flush(time.monotonic())
