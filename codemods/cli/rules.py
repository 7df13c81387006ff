"""``upbit-migrate rules``: the list, with an example each."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from codemods.registry import all_rules

if TYPE_CHECKING:
    from codemods.cli.main import Subparsers
    from codemods.rule import Rule

__all__ = ["add_parser", "run"]


def add_parser(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "rules",
        help="list the rules with an example each",
        description="List the rules with an example each; `explain UWSnnn` says more.",
        epilog="examples:\n  upbit-migrate rules\n  upbit-migrate rules --format json",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--format", choices=("text", "json"), default="text")


def run(arguments: argparse.Namespace) -> int:
    """Print the list."""
    rules = all_rules()
    if arguments.format == "json":
        print(json.dumps([_json(rule) for rule in rules], indent=2))
        return 0
    for rule in rules:
        print(f"{rule.code}  {rule.title}{_remarks(rule)}")
        example = rule.examples[0]
        for sign, text in (("-", example.before), ("+", example.after)):
            for line in text.strip("\n").splitlines():
                print(f"    {sign} {line}")
        print()
    return 0


def _remarks(rule: Rule) -> str:
    remarks = []
    if rule.opt_in:
        remarks.append(f"on request: --{rule.opt_in.replace('_', '-')}")
    if not rule.project_wide:
        remarks.append("also a plain libcst command")
    return f"  ({'; '.join(remarks)})" if remarks else ""


def _json(rule: Rule) -> dict[str, object]:
    return {
        "code": rule.code,
        "title": rule.title,
        "anchor": rule.anchor,
        "rationale": rule.rationale,
        "project_wide": rule.project_wide,
        "opt_in": rule.opt_in,
        "examples": [{"before": e.before, "after": e.after} for e in rule.examples],
    }
