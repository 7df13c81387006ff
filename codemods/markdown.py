"""Fenced Python in Markdown: the blocks as one Python text, and back.

The blocks of one document usually build on each other (imports first, calls later), so those that
parse are one module to the analysis. A block that does not parse alone (an excerpt with ``...``
in the wrong place, a console session) is left as it is.

Source of the format: CommonMark 0.31, section 4.5 "Fenced code blocks". Blocks inside of block
quotes are not looked at.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from codemods.exceptions import FileError

__all__ = ["MarkdownDocument", "open_markdown"]

_OPENING = re.compile(r"^(?P<indent>[ \t]*)(?P<fence>`{3,}|~{3,})[ \t]*(?P<info>[^`\r\n]*)\r?\n?$")
_PYTHON = re.compile(r"^\{?\.?(python3?|py3?|ipython)\b", re.IGNORECASE)
_BLOCK_LINE = re.compile(r"^# %% upbit-migrate block (\d+)$")


@dataclass(frozen=True, slots=True)
class _Block:
    """Lines *start* to *end* (exclusive, from 0) of the document, all indented by *indent*."""

    start: int
    end: int
    indent: str
    source: str


@dataclass(frozen=True, slots=True)
class MarkdownDocument:
    """A document whose Python can be replaced.

    Attributes:
        python: the blocks that parse.
        left_out: first lines, from 1, of the Python blocks that do not parse.
    """

    python: bytes
    left_out: tuple[int, ...]
    _lines: tuple[str, ...]
    _blocks: tuple[_Block, ...]

    def with_python(self, python: bytes) -> bytes:
        """The document with its blocks taken from *python*; nothing else differs by a byte.

        Raises:
            FileError: the comment lines between the blocks did not survive.
        """
        sources = _split(python.decode("utf-8"), len(self._blocks))
        lines = list(self._lines)
        for block, source in zip(reversed(self._blocks), reversed(sources), strict=True):
            if source == block.source:
                continue
            end = "\r\n" if lines[block.start].endswith("\r\n") else "\n"
            new = source.split("\n")[:-1]
            lines[block.start : block.end] = [
                (block.indent + line if line else "") + end for line in new
            ]
        return "".join(lines).encode("utf-8")

    def place(self, line: int) -> tuple[int, str]:
        """The line of the document for a line of `python`; the text is always empty."""
        position = 0
        for block in self._blocks:
            count = block.source.count("\n") + 1
            if position < line <= position + count:
                return block.start + max(line - position - 1, 0), ""
            position += count
        return 1, ""


def open_markdown(content: bytes) -> MarkdownDocument:
    """Read a document.

    Raises:
        FileError: it is not UTF-8.
    """
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FileError(f"not UTF-8: {error}") from error
    lines = tuple(re.findall(r"[^\n]*\n|[^\n]+", text))
    blocks: list[_Block] = []
    left_out: list[int] = []
    for block in _python_blocks(lines):
        if _parses(block.source):
            blocks.append(block)
        else:
            left_out.append(block.start + 1)
    python = "".join(
        f"# %% upbit-migrate block {number}\n{block.source}" for number, block in enumerate(blocks)
    )
    return MarkdownDocument(python.encode("utf-8"), tuple(left_out), lines, tuple(blocks))


def _python_blocks(lines: tuple[str, ...]) -> Iterator[_Block]:
    index = 0
    while index < len(lines):
        opening = _OPENING.match(lines[index])
        index += 1
        if opening is None:
            continue
        start = index
        closing = re.compile(
            rf"^[ \t]*{re.escape(opening['fence'][0])}{{{len(opening['fence'])},}}[ \t]*\r?\n?$"
        )
        while index < len(lines) and not closing.match(lines[index]):
            index += 1
        if _PYTHON.match(opening["info"]) and start < index < len(lines):
            indent = opening["indent"]
            body = [line.rstrip("\r\n") for line in lines[start:index]]
            if all(not line.strip() or line.startswith(indent) for line in body):
                source = "".join(line.removeprefix(indent) + "\n" for line in body)
                yield _Block(start, index, indent, source)
        index += 1


def _parses(source: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _split(python: str, count: int) -> list[str]:
    before: list[str] = []
    bodies: list[list[str]] = []
    numbers: list[int] = []
    for line in python.splitlines(keepends=True):
        if block := _BLOCK_LINE.match(line.rstrip("\r\n")):
            numbers.append(int(block[1]))
            bodies.append([])
        else:
            (bodies[-1] if bodies else before).append(line)
    if numbers != list(range(count)):
        raise FileError("the borders between its code blocks did not survive; it is unchanged")
    if before:
        bodies[0][:0] = before
    return ["".join(body) for body in bodies]
