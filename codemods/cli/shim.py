"""``upbit-migrate shim``: stub files that keep the v5 import paths alive."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from codemods.paths import printable
from codemods.shim import ShimPlan, plan_shim, write_shim
from codemods.shim_files import shim_files

if TYPE_CHECKING:
    from codemods.cli.main import Subparsers

__all__ = ["add_parser", "run"]


def add_parser(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "shim",
        help="write stub files that keep the v5 import paths alive",
        description=(
            "Write a small package at the place of the legacy one. Importing it gives compat_v5; "
            "type checkers see real types, and a deprecation with the replacement at each use. The "
            "application's own packages and modules are kept."
        ),
        epilog="examples:\n  upbit-migrate shim .                  DIR holds upbit_auto_trading\n"
        "  upbit-migrate shim src --dry-run      say what would be written\n\n"
        "exit status: 0 written or nothing to do, 1 something to write (--dry-run), 2 refused",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("directory", metavar="DIR", help="the folder that holds upbit_auto_trading")
    parser.add_argument(
        "--force",
        action="store_true",
        help="set a real websocket_v5 aside: rename it and write the shim in its place",
    )
    parser.add_argument("--dry-run", action="store_true", help="write nothing")


def run(arguments: argparse.Namespace) -> int:
    """Write the shim.

    Raises:
        UsageError: the directory is not there, or something must not be overwritten.
        FileError: a file could not be written.
    """
    plan = plan_shim(Path(arguments.directory), shim_files(), force=arguments.force)
    if not arguments.dry_run:
        write_shim(plan)
    _print(plan, dry_run=arguments.dry_run)
    return int(arguments.dry_run and bool(plan.create))


def _print(plan: ShimPlan, *, dry_run: bool) -> None:
    would = "would be " if dry_run else ""
    if plan.displaced is not None:
        print(f"{would}renamed {printable(str(plan.displaced.folder))} to {plan.displaced.to.name}")
    for path in plan.create:
        print(f"{would}written {printable(str(path))}")
    for path in plan.kept:
        print(f"kept {printable(str(path))}: the application's own")
    count = len(plan.create)
    summary = f"{count} file{'' if count == 1 else 's'} {would}written"
    print(f"{summary}, {len(plan.unchanged)} unchanged", file=sys.stderr)
