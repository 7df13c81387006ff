"""``upbit-migrate parity``: the command of `compat_v5.parity`, loaded when it is asked for."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from compat_v5.parity.cli import add_parity_parser, run_parity

if TYPE_CHECKING:
    from codemods.cli.main import Subparsers

__all__ = ["add_parser", "run"]


def add_parser(subparsers: Subparsers) -> None:
    """Add the command."""
    add_parity_parser(subparsers)
    parser = subparsers.choices["parity"]
    if not parser.epilog:
        parser.formatter_class = argparse.RawDescriptionHelpFormatter
        parser.epilog = "examples:\n  upbit-migrate parity\n  upbit-migrate parity --json"


def run(arguments: argparse.Namespace) -> int:
    """Run it; its exit status."""
    return run_parity(arguments)
