"""``upbit-ws emulator``: the local exchange as a program of its own."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys

from websocket_v6.testing import (
    TEST_ACCESS_KEY,
    TEST_SECRET_KEY,
    BadSettingError,
    EmulatorError,
    ExchangeEmulator,
    ReplayFeed,
)

__all__ = ["add_parser", "run"]


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``emulator`` to the command's subcommands."""
    parser = subparsers.add_parser(
        "emulator",
        help="run a local Upbit exchange for tests",
        description="Run a local Upbit exchange on the loopback interface until interrupted. "
        "Prints 'listening URL' when clients can connect; the private endpoint is URL/private.",
    )
    option = parser.add_argument
    option("--port", type=int, default=0, help="0 (default) takes any free port")
    option(
        "--rate",
        type=float,
        default=20.0,
        metavar="R",
        help="trades per second and code (default 20; 0: snapshots only)",
    )
    option("--seed", type=int, default=0, help="decides every value of the market")
    option(
        "--region",
        choices=("kr", "sg", "id", "th"),
        default="kr",
        help="language of errors, list of markets (default kr)",
    )
    option("--replay", metavar="FILE", help="play a recording (.jsonl or .jsonl.gz)")
    option(
        "--speed",
        type=float,
        default=1.0,
        metavar="X",
        help="replay speed (default 1; 0: as fast as clients take it)",
    )
    option(
        "--key",
        action="append",
        metavar="ACCESS:SECRET",
        help="an accepted key pair, repeatable (default: the test pair)",
    )
    option("--no-limits", action="store_true", help="do not enforce rate limits")
    option(
        "--idle-timeout",
        type=float,
        default=60.0,
        metavar="S",
        help="seconds of silence before the cut (default 60, as measured; documented: 120)",
    )


def run(args: argparse.Namespace) -> int:
    """Serve until SIGINT or SIGTERM. Exit code 2 for settings that cannot work."""
    try:
        return asyncio.run(_serve(args))
    except EmulatorError as error:
        print(f"upbit-ws emulator: {error}", file=sys.stderr)
        return 2


async def _serve(args: argparse.Namespace) -> int:
    exchange = ExchangeEmulator(
        port=args.port,
        feed=ReplayFeed(args.replay, args.speed) if args.replay else None,
        keys=_keys(args.key),
        limits=not args.no_limits,
        idle_timeout=args.idle_timeout,
        region=args.region,
        seed=args.seed,
        rate=args.rate,
    )
    stopped = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stopped.set)
    async with exchange:
        print(f"listening {exchange.url}", flush=True)
        await stopped.wait()
    return 0


def _keys(pairs: list[str] | None) -> dict[str, str]:
    keys = {}
    for number, pair in enumerate(pairs or [f"{TEST_ACCESS_KEY}:{TEST_SECRET_KEY}"], 1):
        access, _, secret = pair.partition(":")
        if not access or not secret:
            # The value may be a real secret typed wrong: it is not repeated.
            raise BadSettingError(
                f"--key number {number} must be ACCESS:SECRET, both parts non-empty"
            )
        keys[access] = secret
    return keys
