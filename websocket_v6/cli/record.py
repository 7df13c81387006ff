"""``upbit-ws record``: raw frames with their receive times into a file."""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, Final

from websockets.exceptions import InvalidStatus, WebSocketException

from ..config import Config
from ..credentials import Credentials, explain_refusal, from_environment
from ..exceptions import AuthenticationError, InvalidArgument, SubscriptionRejected
from ..protocol.backoff import delays
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
from .wire import error_of, open_connection, request_for

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
        _say("warning: the recording will show orders and balances; keep the file to yourself")
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
        _say(f"cannot write {recording.path}: {error.strerror}")
        return 1
    finally:
        files = f"{recording.files} files, the last is " if recording.files > 1 else ""
        if recording.files:
            _say(f"{recording.frames} frames in {files}{recording.path}")
    if not reached:
        _say("no connection was made; `upbit-ws doctor` looks for the reason")
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
            _say(f"skipped a message of {len(payload)} bytes that is not JSON")
            return
        recording.add(line, time.monotonic())
        if args.count and recording.frames >= args.count:
            full.set()

    try:
        # A limit reached, the time up or a failed tap: whatever ends first ends the recording.
        ends: list[Coroutine[Any, Any, object]] = [full.wait(), _flush_regularly(recording)]
        if public:
            ends.append(_tap(config.url, config, public, None, keep, reached))
        if private:
            ends.append(_tap(config.private_url, config, private, credentials, keep, reached))
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


async def _tap(
    url: str,
    config: Config,
    items: list[Item],
    credentials: Credentials | None,
    keep: Callable[[bytes, bool], None],
    reached: asyncio.Event,
) -> None:
    """Keep everything one endpoint sends, over as many connections as it takes.

    Args:
        reached: set at the first connection.

    Raises:
        SubscriptionRejected: the exchange answered the request with an error.
        AuthenticationError: it refused the keys.
    """
    waits = _waits(config)
    while True:
        began = time.monotonic()
        try:
            async with open_connection(url, config, credentials) as connection:
                reached.set()
                await connection.send(request_for(items, config))
                _say(f"recording from {url}")
                async for message in connection:
                    payload = message.encode() if isinstance(message, str) else message
                    _raise_if_refused(payload, items)
                    keep(payload, isinstance(message, str))
            problem = f"closed by the exchange with code {connection.close_code}"
        except InvalidStatus as error:
            status = error.response.status_code
            problem = f"HTTP {status}"
            if status in (401, 403):
                reason = explain_refusal(bytes(error.response.body or b"")) or "no reason given"
                raise AuthenticationError(
                    "default",
                    f"the exchange refused the keys ({problem}, {reason}); correct UPBIT_ACCESS_KEY "
                    "and UPBIT_SECRET_KEY",
                ) from None
            if status in (418, 429):
                await asyncio.sleep(config.rate_limit_wait)
        except (OSError, WebSocketException) as error:
            problem = str(error) or type(error).__name__
        if time.monotonic() - began > config.reconnect_reset_after:
            waits = _waits(config)
        delay = next(waits)
        _say(f"{url}: {problem}; trying again in {delay:.1f} s")
        await asyncio.sleep(delay)


def _waits(config: Config) -> Iterator[float]:
    return delays(
        first=config.reconnect_first,
        fast_window=config.reconnect_fast_window,
        fast_max_gap=config.reconnect_fast_max_gap,
        maximum=config.reconnect_max_delay,
        random=random.random,
    )


def _raise_if_refused(payload: bytes, items: list[Item]) -> None:
    error = error_of(payload)
    if error is None or error[0] == "TOO_MANY_REQUEST":
        return  # the exchange closes after its error; too many requests is a matter of waiting
    if error[0] == "INVALID_AUTH":
        raise AuthenticationError("default", f"the exchange says INVALID_AUTH: {error[1]}")
    raise SubscriptionRejected(*error, [item.topic for item in items])


def _say(text: str) -> None:
    print(f"upbit-ws record: {text}", file=sys.stderr, flush=True)
