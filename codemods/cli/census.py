"""``upbit-migrate census``: every line that mentions v5, by kind."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from codemods.census import Mention, MentionKind
from codemods.config import read_settings
from codemods.discovery import DiscoveredFile, FileKind, discover
from codemods.documents import document_mentions
from codemods.exceptions import FileError
from codemods.paths import printable
from codemods.secrets import KeyFacts, SecretText, key_facts
from codemods.targets import Target, resolve_target
from codemods.write import read_regular_file

if TYPE_CHECKING:
    from codemods.cli.main import Subparsers

__all__ = ["add_parser", "run"]


def add_parser(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "census",
        help="list every line that mentions v5, by kind",
        description=(
            "List every line that mentions the legacy package, its clients or compat_v5, in any "
            f"text file, by kind: {', '.join(kind.value for kind in MentionKind)}."
        ),
        epilog="examples:\n  upbit-migrate census .\n"
        "  upbit-migrate census src tests --format json\n\n"
        "exit status: 0 no mention, 1 some, 2 wrong usage, 3 some files could not be read",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("paths", nargs="+", metavar="PATH", help="directories, or single files")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument("--exclude", action="append", metavar="PATTERN", help="leave out")
    parser.add_argument("--allow-broad-root", action="store_true", help="accept / and the home")


def run(arguments: argparse.Namespace) -> int:
    """Print the mentions."""
    target = resolve_target(arguments.paths, allow_broad_root=arguments.allow_broad_root)
    excludes = arguments.exclude or read_settings(target.root).exclude or ()
    discovery = discover(target, excludes=excludes)
    failures = [(place.path or ".", place.reason) for place in discovery.unreadable]
    found: list[Mention] = []
    facts: list[KeyFacts] = []
    for file in discovery.files:
        if not _is_wanted(target, file):
            continue
        try:
            content = read_regular_file(target.root / file.path)
        except FileError as error:
            failures.append((file.path, str(error)))
            continue
        here = document_mentions(file.path, file.kind, content)
        if here and file.kind is FileKind.PYTHON:
            facts.append(key_facts(content))
        found += here
    _print(found, SecretText(facts), as_json=arguments.format == "json")
    for path, reason in failures:
        print(f"{printable(path)}: {printable(reason)}", file=sys.stderr)
    return 3 if failures else int(bool(found))


def _is_wanted(target: Target, file: DiscoveredFile) -> bool:
    return target.files is None or Path(target.root, file.path) in target.files


def _print(found: list[Mention], secrets: SecretText, *, as_json: bool) -> None:
    if as_json:
        lines = [
            {
                "path": mention.path,
                "line": mention.line,
                "kind": mention.kind.value,
                "name": mention.name,
                "text": secrets.without_keys(mention.text),
            }
            for mention in found
        ]
        print(json.dumps({"schema_version": 1, "mentions": lines}, indent=2))
        return
    for kind in MentionKind:
        of_kind = [mention for mention in found if mention.kind is kind]
        if not of_kind:
            continue
        print(f"{kind.value} ({len(of_kind)}):")
        for mention in of_kind:
            text = printable(secrets.without_keys(mention.text))
            print(f"  {printable(mention.path)}:{mention.line}: {text}")
        print()
    count = len(found)
    verb = "line mentions" if count == 1 else "lines mention"
    print(f"{count} {verb} v5" if count else "no line mentions v5", file=sys.stderr)
