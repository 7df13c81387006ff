"""``upbit-migrate prove``: the command of `compat_v5.parity`, loaded when it is asked for."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from compat_v5.parity.cli import add_prove_parser, run_prove

if TYPE_CHECKING:
    from codemods.cli.main import Subparsers

__all__ = ["add_parser", "run"]


def add_parser(subparsers: Subparsers) -> None:
    """Add the command."""
    add_prove_parser(subparsers)
    parser = subparsers.choices["prove"]
    if not parser.epilog:
        parser.formatter_class = argparse.RawDescriptionHelpFormatter
        parser.epilog = "example:\n  upbit-migrate prove --before app_v5 --after app_v6"


def run(arguments: argparse.Namespace) -> int:
    """Run it; its exit status."""
    return run_prove(arguments)
