"""``upbit-migrate demo``: the command of `compat_v5.parity`, which is handed the migration."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from codemods.cli.run import migrate
from compat_v5.parity.cli import add_demo_parser, run_demo

if TYPE_CHECKING:
    from codemods.cli.main import Subparsers

__all__ = ["add_parser", "run"]


def add_parser(subparsers: Subparsers) -> None:
    """Add the command."""
    add_demo_parser(subparsers)
    parser = subparsers.choices["demo"]
    if not parser.epilog:
        parser.formatter_class = argparse.RawDescriptionHelpFormatter
        parser.epilog = "example:\n  upbit-migrate demo"


def run(arguments: argparse.Namespace) -> int:
    """Run it; its exit status."""
    return run_demo(arguments, migrate)
