"""Parse the command line, call the command, turn errors into status codes.

Only the module of the command that was asked for is imported: ``--help`` and a refused argument
cost neither libcst nor the comparison suite, and work without the ``migrate`` extra.
"""

from __future__ import annotations

import argparse
import errno
import importlib
import io
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codemods.exceptions import MigrationError, MissingExtraError

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

__all__ = ["main"]

_EXTRA_LIBRARIES = frozenset({"libcst", "rich", "jinja2", "pygments", "pathspec"})

_FULL_DISK = frozenset({errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)})

_DESCRIPTION = "Move Python code from the legacy Upbit v5 WebSocket clients to websocket_v6."

_EPILOG = """\
examples:
  upbit-migrate run .                       show what would change, as a patch
  upbit-migrate run . --report report.html  the same, as a page to read
  upbit-migrate run . --write               change the files; `undo` takes it back
  upbit-migrate run . | git apply           change them through git instead
  upbit-migrate census .                    list every line that still mentions v5
  upbit-migrate explain UWS101              what a rule does and why

exit status of run:
  0  nothing left to do      1  changes pending, or places kept on compat_v5
  2  wrong usage or an internal error      3  some files could not be read or parsed
"""


@dataclass(frozen=True, slots=True)
class _Command:
    """A command: its module has ``add_parser(subparsers)`` and ``run(arguments) -> int``."""

    name: str
    module: str
    help: str


_COMMANDS = (
    _Command("run", "codemods.cli.run", "rewrite the files of a project; a dry run unless --write"),
    _Command("rules", "codemods.cli.rules", "list the rules with an example each"),
    _Command("explain", "codemods.cli.explain", "what one rule does, and why"),
    _Command("undo", "codemods.cli.undo", "take back the last run that changed something"),
    _Command("census", "codemods.cli.census", "list every line that mentions v5, by kind"),
    _Command("shim", "codemods.cli.shim", "write stub files that keep the v5 import paths alive"),
    _Command("parity", "codemods.cli.parity", "compare a v5 client and a v6 proxy side by side"),
    _Command(
        "prove", "codemods.cli.prove", "compare an application before and after the migration"
    ),
    _Command("demo", "codemods.cli.demo", "migrate the example application and compare its runs"),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        argv: without the program's name; None means the process's own.

    Returns:
        The exit status.
    """
    _never_fail_to_print()
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        with _whole_output():
            return _run(arguments)
    except MigrationError as error:
        return _complain(str(error))
    except ModuleNotFoundError as error:
        if error.name in _EXTRA_LIBRARIES:
            return _complain(str(MissingExtraError(error.name or "")))
        return _report_defect()
    except KeyboardInterrupt:
        return _interrupted()
    except BrokenPipeError:
        # The reader of the output has gone (`| head`): there is nobody to say more to.
        _drop_output()
        return 2
    except OSError as error:
        if error.errno not in _FULL_DISK or error.filename is not None:
            return _report_defect()
        # What the tool writes itself names its file: this is the output, led into one.
        _drop_output()
        return _complain(f"standard output cannot be written: {error.strerror}")
    except Exception as error:  # noqa: BLE001 the outermost border: a defect becomes status 2
        # Before Python 3.12 an interrupt inside __set_name__ (an import builds its classes) comes
        # out wrapped.
        if isinstance(error.__cause__, KeyboardInterrupt):
            return _interrupted()
        return _report_defect()


def _drop_output() -> None:
    """What is still buffered must not fail once more when the interpreter ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(arguments: list[str]) -> int:
    parser, run = _parser(arguments)
    parsed = parser.parse_args(arguments)
    if run is None:
        parser.print_help()
        return 2
    return run(parsed)


def _parser(
    arguments: Sequence[str],
) -> tuple[argparse.ArgumentParser, Callable[[argparse.Namespace], int] | None]:
    """The parser, and the command's function if the arguments name one."""
    parser = argparse.ArgumentParser(
        prog="upbit-migrate",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_PrintVersion, nargs=0, help="print the version")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", dest="command")
    asked = next((text for text in arguments if not text.startswith("-")), None)
    run: Callable[[argparse.Namespace], int] | None = None
    for command in _COMMANDS:
        if command.name == asked:
            module = importlib.import_module(command.module)
            module.add_parser(subparsers)
            run = module.run
        else:
            subparsers.add_parser(command.name, help=command.help)
    return parser, run


class _PrintVersion(argparse.Action):
    """Ask for the version only when it is wanted: reading the metadata takes longer than the
    rest."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from codemods.cli.version import tool_version

        print(f"upbit-migrate {tool_version()}")
        parser.exit()


def _never_fail_to_print() -> None:
    """What the console's encoding lacks (cp949, cp1252, ASCII) is printed as a backslash escape."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


@contextmanager
def _whole_output() -> Iterator[None]:
    """Fail where the output cannot be written, and not after the end.

    Under ``PYTHONUNBUFFERED`` what a full disk refuses would be dropped without an error, so the output
    is buffered nevertheless.
    """
    given = sys.stdout
    if isinstance(getattr(given, "buffer", None), io.RawIOBase):
        sys.stdout = open(  # noqa: SIM115 flushed below; the descriptor is not ours to close
            given.fileno(), "w", encoding=given.encoding, errors=given.errors, closefd=False
        )
    buffered = sys.stdout
    try:
        yield
    finally:
        sys.stdout = given
        if buffered is not None:  # a program started without a console, or with `>&-`
            buffered.flush()


def _complain(message: str) -> int:
    print(f"upbit-migrate: error: {message}", file=sys.stderr)
    return 2


def _interrupted() -> int:
    print("interrupted; nothing further was written", file=sys.stderr)
    return 130


def _report_defect() -> int:
    traceback.print_exc()
    return _complain("this is a defect of upbit-migrate; nothing further was written")
