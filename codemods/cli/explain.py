"""``upbit-migrate explain UWSnnn``: one rule, with its reason and examples."""

from __future__ import annotations

import argparse
import difflib
import textwrap
from typing import TYPE_CHECKING

from codemods.exceptions import UsageError
from codemods.registry import all_rules, find_rule

if TYPE_CHECKING:
    from codemods.cli.main import Subparsers

__all__ = ["add_parser", "run"]


def add_parser(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "explain",
        help="what one rule does, and why",
        description="Say what a rule does and why, with the code before and after it.",
        epilog="example:\n  upbit-migrate explain UWS101",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("code", metavar="UWSnnn", help="as in findings and marks")


def run(arguments: argparse.Namespace) -> int:
    """Print the rule.

    Raises:
        UsageError: no rule has the code.
    """
    try:
        rule = find_rule(arguments.code)
    except KeyError:
        codes = [rule.code for rule in all_rules()]
        close = difflib.get_close_matches(arguments.code.upper(), codes, n=3)
        hint = f"did you mean {' or '.join(close)}?" if close else "see `upbit-migrate rules`"
        raise UsageError(f"no rule has the code {arguments.code!r}; {hint}") from None
    print(f"{rule.code}: {rule.title}\n")
    print(textwrap.fill(" ".join(rule.rationale.split()), 88))
    if rule.opt_in:
        print(f"\nOnly on request: --{rule.opt_in.replace('_', '-')}")
    for example in rule.examples:
        print("\nbefore:\n")
        print(textwrap.indent(textwrap.dedent(example.before).strip("\n"), "    "))
        print("\nafter:\n")
        print(textwrap.indent(textwrap.dedent(example.after).strip("\n"), "    "))
    print(f"\nmore: MIGRATION.md#{rule.anchor.lstrip('#')}")
    print(f"leave a place as it is with:  # uws: keep[{rule.code}] your reason")
    return 0
