"""``python -m compat_v5``: run an unmodified legacy program with its imports redirected."""

from __future__ import annotations

import argparse
import sys
import warnings
from functools import partial

from .deprecation import chosen_mode
from .exceptions import ConfigurationError
from .program_runner import (
    ProgramError,
    redirect_child_processes,
    run_module,
    run_script,
    show_program_error,
)
from .redirect import install
from .renames import LEGACY_PACKAGE

EPILOG = """\
examples:
  python -m compat_v5 main.py --symbol KRW-BTC     as `python main.py --symbol KRW-BTC`
  python -m compat_v5 -m my_application            as `python -m my_application`
  python -m compat_v5 -m pytest tests              the legacy test suite

UPBIT_V5_WARNINGS=off|once|always|error says how legacy calls are announced,
UPBIT_V5_USAGE=FILE.json collects which of them are made,
UPBIT_WS_URL moves the program to another server.
"""


def parse(arguments: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """Our own options, and the program: ``["-m", MODULE, …]`` or ``[SCRIPT, …]``.

    Everything behind the program's name is the program's own.
    """
    start = 0
    while start < len(arguments):
        argument = arguments[start]
        if argument.startswith("-m") or not argument.startswith("-"):
            break
        start += 2 if argument == "--v6" else 1
    options, program = arguments[:start], arguments[start:]

    parser = argparse.ArgumentParser(
        prog="python -m compat_v5",
        usage="%(prog)s [--override] [--v6 PACKAGE] (-m MODULE | SCRIPT) [ARGUMENT ...]",
        description="Run a legacy v5 program, unmodified, on websocket_v6.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--override",
        action="store_true",
        help="redirect although the program has a real websocket_v5 of its own",
    )
    parser.add_argument(
        "--v6", metavar="PACKAGE", help="use the copy of websocket_v6 with this import name"
    )
    chosen = parser.parse_args(options)
    if program and program[0].startswith("-m") and program[0] != "-m":
        program = ["-m", program[0][2:], *program[1:]]
    if not program or program == ["-m"]:
        parser.error("name a SCRIPT, or a module with -m MODULE")
    return chosen, program


def redirect_imports(chosen: argparse.Namespace) -> None:
    """``install``, with its warning as one line about this command."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        redirection = install(override=chosen.override, v6=chosen.v6)
    redirect_child_processes(chosen.override, chosen.v6)
    file = redirection.shadowed.get(LEGACY_PACKAGE)
    if file is not None:
        sys.stderr.write(
            f"python -m compat_v5: {LEGACY_PACKAGE} is not redirected: the program's own {file} "
            "wins; --override redirects it nevertheless\n"
        )


def main(arguments: list[str]) -> None:
    chosen, program = parse(arguments)
    try:
        chosen_mode()
    except ConfigurationError as error:
        # Better now than at the program's first legacy call, which may be hours away.
        sys.stderr.write(f"python -m compat_v5: {error}\n")
        sys.exit(2)
    sys.excepthook = show_program_error
    redirect = partial(redirect_imports, chosen)
    try:
        if program[0] == "-m":
            run_module(program[1], program[2:], redirect)
        else:
            run_script(program[0], program[1:], redirect)
    except ProgramError as error:
        sys.stderr.write(f"{sys.executable}: {error}\n")
        sys.exit(error.status)


if __name__ == "__main__":
    main(sys.argv[1:])
