"""``upbit-ws``: watch, record and check the exchange's WebSocket from a terminal.

Exit codes: 0 all well; 1 a problem was found (the exchange refused, the network is down, a check
failed); 2 the command cannot work as it was given (arguments, settings, a missing extra); 130
Ctrl-C, except for the emulator, which Ctrl-C ends as it should.
"""

from __future__ import annotations

import argparse
import errno
import io
import logging
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Final

from .._version import __version__
from ..exceptions import (
    AuthenticationError,
    ConfigError,
    InvalidArgument,
    MissingExtra,
    UpbitWebSocketError,
)
from ..misspellings import near_miss

__all__ = ["ALIASES", "COMMANDS", "build_parser", "main"]

COMMANDS: Final = {
    "watch": "show what the exchange sends, live",
    "record": "write what the exchange sends to a file",
    "doctor": "check network, clock, keys and a subscription (also: status)",
    "emulator": "run a local Upbit exchange for tests",
    "completion": "print a completion script for a shell",
}
"""Name -> one line of help. Each command is the module of its name."""

ALIASES: Final = {"status": "doctor"}
"""Other names of commands."""

_USAGE_ERRORS: Final = (InvalidArgument, ConfigError, MissingExtra, AuthenticationError)

_EXAMPLES: Final = """\
examples:
  upbit-ws watch ticker KRW-BTC KRW-ETH
  upbit-ws watch trade KRW-BTC --count 100 | jq .trade_price
  upbit-ws record ticker,orderbook KRW-BTC --out btc.jsonl.gz
  upbit-ws doctor
  upbit-ws emulator --port 8765

exit codes: 0 all well, 1 problem found, 2 usage or settings, 130 interrupted (the emulator: 0)
Settings come from UPBIT_WS_* variables, keys from UPBIT_ACCESS_KEY and UPBIT_SECRET_KEY.
"""


def build_parser(only: str | None = None) -> argparse.ArgumentParser:
    """The command's parser.

    Args:
        only: give arguments to this command alone, so that the modules of the others need not load;
            ``None`` for all.
    """
    parser = argparse.ArgumentParser(
        prog="upbit-ws",
        description="Watch, record and check the Upbit exchange's WebSocket.",
        epilog=_EXAMPLES,
        formatter_class=lambda prog: argparse.RawDescriptionHelpFormatter(
            prog, max_help_position=28
        ),
    )
    parser.add_argument("--version", action="version", version=f"upbit-ws {__version__}")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, summary in COMMANDS.items():
        if only in (None, name):
            import_module(f".{name}", __name__).add_parser(subparsers)
        else:
            subparsers.add_parser(name, help=summary, add_help=False)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        argv: arguments without the program's name; ``None`` means those of the process.

    Returns:
        The exit code.
    """
    _open_closed_streams()
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments and arguments[0].startswith("--") and arguments[0] not in ("--help", "--version"):
        print(f"upbit-ws: {arguments[0]}: options stand behind the command", file=sys.stderr)
        return 2
    chosen = next((word for word in arguments if not word.startswith("-")), "")
    name = ALIASES.get(chosen, chosen)
    if name != chosen:
        arguments[arguments.index(chosen)] = name
    elif chosen and chosen not in COMMANDS and (near := near_miss(chosen, [*COMMANDS, *ALIASES])):
        print(f"upbit-ws: there is no command {chosen!r}; did you mean {near!r}?", file=sys.stderr)
        return 2
    # An empty name loads no command: enough for --help and for an error about the name.
    args = build_parser(name).parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # The exchange's texts are Korean, which not every console can show: better escaped than dead.
        sys.stdout.reconfigure(errors="backslashreplace")
    # The commands say in words what happens; the library's log lines would say it a second time.
    logging.getLogger(__name__.rpartition(".")[0]).addHandler(logging.NullHandler())
    try:
        code = import_module(f".{name}", __name__).run(args)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return 130
    except UpbitWebSocketError as error:  # before OSError: some are both
        print(f"upbit-ws: {error}", file=sys.stderr)
        return 2 if isinstance(error, _USAGE_ERRORS) else 1
    except OSError as error:
        # What Python still holds must not go there.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if _reader_has_left(error):
            return 0
        print(f"upbit-ws: {error.strerror or error}", file=sys.stderr)
        return 1
    return int(code)


def _open_closed_streams() -> None:
    """A program started without a console, or with ``>&-``, has ``None`` in their place."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - kept


def _reader_has_left(error: OSError) -> bool:
    """Whether the program at the pipe's other end, such as `head`, has had enough."""
    # Windows reports a closed pipe as an invalid argument.
    on_windows = sys.platform == "win32" and error.errno == errno.EINVAL
    return isinstance(error, BrokenPipeError) or on_windows
