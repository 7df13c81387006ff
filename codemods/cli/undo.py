"""``upbit-migrate undo``: take back the last run that changed something."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from codemods.exceptions import UsageError
from codemods.journal import undo_last_run
from codemods.paths import printable

if TYPE_CHECKING:
    from codemods.cli.main import Subparsers

__all__ = ["add_parser", "run"]


def add_parser(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "undo",
        help="take back the last run that changed something",
        description=(
            "Restore, byte for byte, the files of the last `run --write` that changed something. "
            "Nothing is restored if one of them changed since."
        ),
        epilog="examples:\n  upbit-migrate undo\n  upbit-migrate undo my/project --skip-changed",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "root",
        nargs="?",
        default=".",
        metavar="ROOT",
        help="the directory that was given to `run` (default: the working directory)",
    )
    parser.add_argument(
        "--skip-changed", action="store_true", help="restore the files that did not change since"
    )


def run(arguments: argparse.Namespace) -> int:
    """Restore; 0 if every file has its old bytes, 3 if some were left.

    Raises:
        UsageError: ROOT is no directory.
        JournalError: nothing to take back, or a file changed since.
    """
    root = Path(arguments.root)
    if not root.is_dir():
        raise UsageError(
            f"{arguments.root!r} is no directory; name the one that was given to `run`"
        )
    undone = undo_last_run(root, skip_changed=arguments.skip_changed)
    for path in undone.restored:
        print(f"restored {printable(path)}")
    for path, reason in undone.left:
        print(f"left {printable(path)}: {printable(reason)}", file=sys.stderr)
    count = len(undone.restored)
    print(
        f"{count} file{'' if count == 1 else 's'} restored to the state before the run of "
        f"{undone.started:%Y-%m-%d %H:%M:%S %Z}",
        file=sys.stderr,
    )
    return 3 if undone.left else 0
