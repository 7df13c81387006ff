"""Jupyter notebooks: the code cells as one Python text, and back into the same bytes around them.

All code cells of a notebook share one namespace, so they are one module to the analysis. Between
them stand comment lines that name the cell. Lines that are no Python (IPython magics, shell
lines, help requests) are replaced by a call that takes the names they use: what a magic does with
a client is unknown, so the client counts as handed on.

Source of the format: nbformat 4, "The Notebook file format" (``cells``, ``cell_type``, ``source``
as a string or a list of lines); IPython documentation, "Built-in magic commands".
"""

from __future__ import annotations

import json
import keyword
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any

from codemods.exceptions import FileError
from codemods.magics import magic_name

__all__ = ["Notebook", "open_notebook"]

_CELL_LINE = re.compile(r"^# %% upbit-migrate cell (\d+)$")
_MAGIC_LINE = re.compile(r"^.*\bipython_magic_(\d+)\w*\(.*\)$")
_HELP = re.compile(r"^[ \t]*([\w.]+)\?{1,2}\s*$")
_LINE_MAGIC = re.compile(
    r"^[ \t]*(?:[%!?]|[A-Za-z_][\w., ]*=\s*[%!](?!=))|^[ \t]*[\w.]+\?{1,2}\s*$"
)
_PYTHON_CELL_MAGICS = frozenset({"time", "timeit", "capture", "prun", "matplotlib"})
_IDENTIFIER = re.compile(r"(?<![\w.%!])[A-Za-z_]\w*")
_SPACE = re.compile(r"[ \t\n\r]*")
_SCALAR = re.compile(r"-?\d[\d.eE+-]*|true|false|null|NaN|-?Infinity")


@dataclass(frozen=True, slots=True)
class _Cell:
    """A code cell that is Python.

    Attributes:
        number: its place among all cells, from 1.
        start, end: where the JSON value of ``source`` stands in the text.
        source: its text.
        line: the line of the file its first line stands on, from 1.
    """

    number: int
    start: int
    end: int
    source: str
    line: int


@dataclass(frozen=True, slots=True)
class Notebook:
    """A notebook whose Python can be replaced.

    Attributes:
        python: the Python of its code cells.
    """

    python: bytes
    _text: str
    _cells: tuple[_Cell, ...]
    _magics: tuple[str, ...]
    _lines: tuple[tuple[int, int, int], ...]

    def with_python(self, python: bytes) -> bytes:
        """The notebook with its cells taken from *python*; nothing else differs by a byte.

        Raises:
            FileError: the comment lines between the cells, or the magics, did not survive.
        """
        sources = _split(python.decode("utf-8"), self._cells, self._magics)
        parts: list[str] = []
        position = 0
        for cell, source in zip(self._cells, sources, strict=True):
            if source == cell.source:
                continue
            parts.append(self._text[position : cell.start])
            parts.append(_encoded(source, self._text[cell.start : cell.end]))
            position = cell.end
        parts.append(self._text[position:])
        return "".join(parts).encode("utf-8")

    def place(self, line: int) -> tuple[int, str]:
        """The line of the file, and "cell 3, line 2", for a line of `python`."""
        if not 1 <= line <= len(self._lines):
            return 1, ""
        file_line, number, cell_line = self._lines[line - 1]
        return file_line, f"cell {number}, line {cell_line}" if cell_line else f"cell {number}"


def open_notebook(content: bytes) -> Notebook:
    """Read a notebook.

    Raises:
        FileError: no JSON, no notebook of format 4, or a kernel that is not Python.
    """
    try:
        text = content.decode("utf-8")
        document = json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise FileError(f"not a notebook: {error}") from error
    if not isinstance(document, dict) or not isinstance(document.get("cells"), list):
        raise FileError("not a notebook of format 4; open and save it in a current Jupyter")
    language = _language(document)
    if language not in ("python", "ipython", ""):
        raise FileError(f"its kernel speaks {language}, not Python")
    cells = tuple(_cells(document["cells"], text))
    return _assemble(text, cells)


def _language(document: dict[str, Any]) -> str:
    metadata = document.get("metadata")
    info = metadata.get("language_info") if isinstance(metadata, dict) else None
    name = info.get("name") if isinstance(info, dict) else None
    return name.lower() if isinstance(name, str) else ""


def _cells(cells: Sequence[Any], text: str) -> Iterator[_Cell]:
    spans = _source_spans(text)
    for number, cell in enumerate(cells, 1):
        if not isinstance(cell, dict) or cell.get("cell_type") != "code" or "source" not in cell:
            continue
        raw = cell["source"]
        source = raw if isinstance(raw, str) else "".join(raw)
        if _is_python_cell(source):
            start, end = spans[number - 1]
            first = text.find('"', start) if isinstance(raw, list) else start
            yield _Cell(number, start, end, source, text.count("\n", 0, first) + 1)


def _is_python_cell(source: str) -> bool:
    first = source.lstrip().split("\n", 1)[0]
    if not first.startswith("%%"):
        return True
    return first[2:].split(" ", 1)[0] in _PYTHON_CELL_MAGICS


def _assemble(text: str, cells: tuple[_Cell, ...]) -> Notebook:
    lines: list[str] = []
    places: list[tuple[int, int, int]] = []
    magics: list[str] = []
    names = {
        name
        for cell in cells
        for line in cell.source.split("\n")
        if not _LINE_MAGIC.match(line)
        for name in _IDENTIFIER.findall(line)
    }
    for cell in cells:
        lines.append(f"# %% upbit-migrate cell {cell.number}")
        places.append((cell.line, cell.number, 0))
        in_list = text[cell.start] == "["
        continued = False
        for offset, line in enumerate(cell.source.split("\n")):
            if continued or _LINE_MAGIC.match(line):
                continued = line.endswith("\\")
                magics.append(line)
                lines.append(_stand_in(line, len(magics) - 1, names))
            else:
                lines.append(line)
            places.append((cell.line + (offset if in_list else 0), cell.number, offset + 1))
    python = "".join(line + "\n" for line in lines).encode("utf-8", "surrogatepass")
    return Notebook(python, text, cells, tuple(magics), tuple(places))


def _stand_in(line: str, number: int, names: set[str]) -> str:
    """A statement for a magic line, which hands on the names the line uses."""
    target, equals, rest = line.partition("=")
    if not (equals and rest.lstrip().startswith(("%", "!"))):
        target = line[: len(line) - len(line.lstrip())]
        equals, rest = "", line
    arguments = ", ".join(
        name
        for name in dict.fromkeys(_IDENTIFIER.findall(rest))
        if name in names and not keyword.iskeyword(name)
    )
    return f"{target}{equals}{magic_name(number, *_shown(rest))}({arguments})"


def _shown(magic: str) -> tuple[str, str]:
    """Kind and name of what stands in a magic line."""
    if help_request := _HELP.match(magic):
        return "help", help_request[1]
    words = magic.lstrip().lstrip("%?").split()
    if magic.lstrip().startswith("%"):
        return "magic", words[0] if words else ""
    return ("help", "") if magic.lstrip().startswith("?") else ("shell", "")


def _split(python: str, cells: tuple[_Cell, ...], magics: tuple[str, ...]) -> list[str]:
    before: list[str] = []
    bodies: list[list[str]] = []
    numbers: list[int] = []
    restored: list[int] = []
    for line in python.split("\n")[:-1]:
        if cell := _CELL_LINE.match(line):
            numbers.append(int(cell[1]))
            bodies.append([])
            continue
        if magic := _MAGIC_LINE.match(line):
            restored.append(int(magic[1]))
            line = magics[int(magic[1])]
        (bodies[-1] if bodies else before).append(line)
    if numbers != [cell.number for cell in cells] or restored != list(range(len(magics))):
        raise FileError(
            "the borders between its cells did not survive the rewrite; it is unchanged"
        )
    if before:
        bodies[0][:0] = before
    return ["\n".join(body) for body in bodies]


def _encoded(source: str, old: str) -> str:
    """*source* as JSON in the manner of *old*: a string, or a list with one line per element."""
    ascii_only = old.isascii() and "\\u" in old
    if old.startswith('"'):
        return json.dumps(source, ensure_ascii=ascii_only)
    items = [json.dumps(line, ensure_ascii=ascii_only) for line in _keep_ends(source)]
    if not items:
        return "[]"
    if "\n" not in old:
        return "[" + ", ".join(items) + "]"
    inner = old[1:-1]
    lead = inner[: len(inner) - len(inner.lstrip())]
    tail = inner[len(inner.rstrip()) :]
    return "[" + lead + ("," + lead).join(items) + tail + "]"


def _keep_ends(source: str) -> list[str]:
    lines = source.split("\n")
    kept = [line + "\n" for line in lines[:-1]]
    return kept + ([lines[-1]] if lines[-1] else [])


def _source_spans(text: str) -> list[tuple[int, int]]:
    """For each element of the top-level ``cells``: where its ``source`` stands; (0, 0) without
    one."""
    spans: list[tuple[int, int]] = []

    def visit_cell(position: int) -> int:
        span = (0, 0)
        if text[position] != "{":
            spans.append(span)
            return _skip(text, position)
        for key, value in _members(text, position):
            if key == "source":
                span = (value, _skip(text, value))
        spans.append(span)
        return _skip(text, position)

    start = _blank(text, 1 if text.startswith("\ufeff") else 0)
    for key, value in _members(text, start):
        if key == "cells":
            spans.clear()
            position = _blank(text, value + 1)
            while text[position] != "]":
                position = _blank(text, visit_cell(position))
                if text[position] == ",":
                    position = _blank(text, position + 1)
    return spans


def _members(text: str, position: int) -> Iterator[tuple[str, int]]:
    """Key and position of value of each member of the object at *position*. The text is valid
    JSON."""
    position = _blank(text, position + 1)
    while text[position] != "}":
        key, position = scanstring(text, position + 1)
        position = _blank(text, _blank(text, position) + 1)
        yield key, position
        position = _blank(text, _skip(text, position))
        if text[position] == ",":
            position = _blank(text, position + 1)


def _skip(text: str, position: int) -> int:
    """The position after the value at *position*."""
    depth = 0
    while True:
        position = _blank(text, position)
        char = text[position]
        if char == '"':
            _, position = scanstring(text, position + 1)
        elif char in "[{":
            depth += 1
            position += 1
        elif char in "]}":
            depth -= 1
            position += 1
        elif char in ",:":
            position += 1
        else:
            scalar = _SCALAR.match(text, position)
            if scalar is None:
                raise FileError(f"not a notebook: unexpected {char!r}")
            position = scalar.end()
        if depth == 0:
            return position


def _blank(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position
