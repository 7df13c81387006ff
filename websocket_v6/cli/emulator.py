"""``upbit-ws emulator``: the local exchange as a program of its own."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import sys
from typing import Final

from ..testing import (
    TEST_ACCESS_KEY,
    TEST_SECRET_KEY,
    BadSettingError,
    EmulatorError,
    ExchangeEmulator,
    LockstepFeed,
    ReplayFeed,
)
from ..testing.control import ControlServer, call_fault

__all__ = ["add_parser", "run"]

_EXAMPLES: Final = """\
examples:
  upbit-ws emulator --port 8765
  upbit-ws watch ticker KRW-BTC --url ws://127.0.0.1:8765/websocket/v1
  upbit-ws emulator --port 8765 --replay btc.jsonl.gz --speed 10
  upbit-ws emulator --port 8765 --fault refuse:status=429,times=3

UPBIT_WS_URL=ws://127.0.0.1:8765/websocket/v1 points a whole program at it.
exit codes: 0 ended with Ctrl-C or SIGTERM, 2 a setting cannot be used
"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``emulator`` to the command's subcommands."""
    parser = subparsers.add_parser(
        "emulator",
        help="run a local Upbit exchange for tests",
        description="Run a local Upbit exchange on the loopback interface until interrupted. "
        "Prints 'listening URL' when clients can connect; the private endpoint is URL/private.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_market(parser)
    _add_manners(parser)


def _add_market(parser: argparse.ArgumentParser) -> None:
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
    option(
        "--lockstep",
        type=int,
        metavar="N",
        help="N frames per topic that advance by index, not by clock; 0: without end",
    )


def _add_manners(parser: argparse.ArgumentParser) -> None:
    option = parser.add_argument
    option(
        "--control-port",
        type=int,
        metavar="N",
        help="open an HTTP control port (0: any free one); printed as 'control URL'",
    )
    option(
        "--fault",
        action="append",
        metavar="NAME[:KEY=VALUE,...]",
        help="a lasting fault from the start, repeatable: refuse:status=429,times=3",
    )
    option(
        "--snapshot-delay",
        type=float,
        default=0.0,
        metavar="S",
        help="seconds from a request to its snapshots (default 0; the exchange: about 0.18)",
    )
    option(
        "--error-close-delay",
        type=float,
        default=0.01,
        metavar="S",
        help="seconds from an error frame to the close (default 0.01; the exchange: about 0.16)",
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
    except KeyboardInterrupt:  # where the loop takes no signal handlers: Windows
        return 0


async def _serve(args: argparse.Namespace) -> int:
    exchange = ExchangeEmulator(
        port=_port(args.port, "--port"),
        feed=_feed(args),
        keys=_keys(args.key),
        limits=not args.no_limits,
        idle_timeout=args.idle_timeout,
        region=args.region,
        seed=args.seed,
        rate=args.rate,
        snapshot_delay=args.snapshot_delay,
        error_close_delay=args.error_close_delay,
    )
    for fault in args.fault or ():
        apply_fault(exchange, fault)
    stopped = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows: see run()
            asyncio.get_running_loop().add_signal_handler(name, stopped.set)
    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(exchange)
        if args.control_port is not None:
            control = ControlServer(exchange, _port(args.control_port, "--control-port"))
            await control.start()
            stack.push_async_callback(control.stop)
            print(f"control {control.url}", flush=True)
        # The last line before serving, and the one that scripts wait for.
        print(f"listening {exchange.url}", flush=True)
        await stopped.wait()
    return 0


def apply_fault(exchange: ExchangeEmulator, text: str) -> None:
    """Apply ``NAME`` or ``NAME:key=value,...`` of ``--fault``."""
    name, _, rest = text.partition(":")
    arguments = {}
    for part in rest.split(",") if rest else ():
        key, _, value = part.partition("=")
        arguments[key.strip()] = value.strip()
    call_fault(exchange.faults, name, arguments)


def _feed(args: argparse.Namespace) -> ReplayFeed | LockstepFeed | None:
    if args.replay and args.lockstep is not None:
        raise BadSettingError("--replay and --lockstep: give one of them")
    if args.replay:
        return ReplayFeed(args.replay, args.speed)
    if args.lockstep is not None:
        return LockstepFeed(args.lockstep or None, args.seed)
    return None


def _port(value: int, option: str) -> int:
    if not 0 <= value <= 65535:
        raise BadSettingError(f"{option} {value}: a port is 0 to 65535")
    return value


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
