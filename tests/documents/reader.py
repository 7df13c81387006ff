"""Reads the fenced blocks, headings and links of a Markdown document.

A block is what it is told to be by a comment in front of it, which no reader sees::

    <!-- test: run -->        a whole program; it is run against the emulator and must end by itself
    <!-- test: run NAME.py --> the same; the document's commands and later programs find it by this name
    <!-- test: snippet -->    statements with top-level `await`; run with the names of `snippets.py`
    <!-- test: v5 NAME -->    legacy code; the migration tool must turn it into ...
    <!-- test: v6 NAME -->    ... exactly this. Both are run.
    <!-- test: types -->      checked by mypy only
    <!-- test: sketch -->     an interface in outline, for people only

`types` takes a file name as well. `sh` blocks need no comment: each line is run (see `test_commands.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
FENCE = re.compile(r"^(?P<indent> *)```(?P<language>[a-z]*)[^\n`]*$")
MARK = re.compile(r"^ *<!-- test: (?P<words>.+?) -->$")
HEADING = re.compile(r"^(?P<level>#{1,6}) (?P<text>.+)$")
ANCHOR = re.compile(r'<a id="(?P<name>[^"]+)"></a>')
LINK = re.compile(r"(?<!!)\[[^\]]*\]\((?P<target>[^)\s]+)\)|!\[[^\]]*\]\((?P<image>[^)\s]+)\)")


@dataclass(frozen=True, slots=True)
class Block:
    document: str
    line: int
    language: str
    mark: tuple[str, ...]
    text: str

    def __str__(self) -> str:
        return f"{self.document}:{self.line}"


def documents() -> list[Path]:
    """All Markdown a user is meant to read."""
    top = [REPOSITORY / name for name in ("README", "MIGRATION")]
    found = [path.with_suffix(end) for path in top for end in (".md", ".ko.md")]
    found += [REPOSITORY / name for name in ("SECURITY.md", "CHANGELOG.md", "benchmarks/README.md")]
    found.append(REPOSITORY / "websocket_v6" / "testing" / "frames" / "README.md")
    for folder in ("docs", "examples"):
        found += sorted((REPOSITORY / folder).rglob("*.md"))
    return found


def name_of(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


def blocks(path: Path) -> Iterator[Block]:
    mark: tuple[str, ...] = ()
    opened: tuple[int, re.Match[str]] | None = None
    body: list[str] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if opened is not None:
            start, fence = opened
            if line.strip() == "```":
                text = "\n".join(each.removeprefix(fence["indent"]) for each in body) + "\n"
                yield Block(name_of(path), start, fence["language"], mark, text)
                opened, body, mark = None, [], ()
            else:
                body.append(line)
        elif found := FENCE.match(line):
            opened = number, found
        elif marked := MARK.match(line):
            mark = tuple(marked["words"].split())
        elif line.strip():
            mark = ()
    assert opened is None, f"{name_of(path)}:{opened and opened[0]}: the block is never closed"


def named_files(path: Path) -> dict[str, str]:
    """The programs that the document gives a file name, in order."""
    return {
        block.mark[1]: block.text
        for block in blocks(path)
        if block.mark[:1] in (("run",), ("types",)) and len(block.mark) > 1
    }


def prose(path: Path) -> Iterator[tuple[int, str]]:
    """Lines outside of fenced blocks."""
    fenced = False
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif not fenced:
            yield number, line


def headings(path: Path) -> list[tuple[int, str]]:
    """`(level, text)` of each heading, in order."""
    found = (HEADING.match(line) for _, line in prose(path))
    return [(len(each["level"]), each["text"].strip()) for each in found if each]


def anchors(path: Path) -> list[str]:
    """What a link can point to: explicit anchors, and those the renderer makes of headings."""
    made = [slug(text) for _, text in headings(path)]
    given = [match["name"] for _, line in prose(path) for match in ANCHOR.finditer(line)]
    return [*given, *made]


def slug(heading: str) -> str:
    """The anchor GitHub makes of a heading."""
    text = re.sub(r"[`*]|<[^>]+>", "", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


def links(path: Path) -> Iterator[tuple[int, str]]:
    for number, line in prose(path):
        for match in LINK.finditer(line):
            yield number, match["target"] or match["image"]
