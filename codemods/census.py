"""Every mention of v5 that is left in a tree, classified. Lexical on purpose: it owes nothing to
the rules.

A *mention* is the name of the legacy package, of one of its modules or clients, or of
``compat_v5``, anywhere: in code, strings, comments, prose, configuration. One line counts once
per kind.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import PurePosixPath

from codemods.shim_files import MARK

__all__ = ["Mention", "MentionKind", "is_own_report", "mentions"]

_MENTION = re.compile(
    rb"(?i)web[-_ ]?socket[-_ ]?v5|v5[-_ ]web[-_ ]?socket|upbit[-_ ]?v5|legacyv5warning"
    rb"|UpbitWebSocket(?:Public|Private)(?:V5|Client)"
    rb"|upbit_websocket_(?:public|private)_client|compat_v5"
)
_HINTS = (b"v5", b"V5", b"upbit_websocket_", b"UpbitWebSocketP")
"""Every mention holds one of these; looking for them takes a tenth of the expression's time."""

_OWN_REPORT = re.compile(rb'<meta name="generator" content="upbit-migrate|"name": "upbit-migrate"')
_SHIM = MARK.encode()
"""How a file of the shim begins. It goes when the last mention elsewhere is gone."""

_MAXIMUM_TEXT = 160


class MentionKind(Enum):
    """Where a mention stands. The value is its name in reports."""

    IMPORT = "import"
    CODE = "code"
    STRING = "string reference"
    COMMENT = "comment or docstring"
    CONFIG = "config file"
    SHELL = "shell script"
    DOCS = "docs"
    OTHER = "other"


_SUFFIXES = {
    **dict.fromkeys(
        (".yaml", ".yml", ".toml", ".ini", ".cfg", ".conf", ".json", ".env", ".properties"),
        MentionKind.CONFIG,
    ),
    **dict.fromkeys(
        (".sh", ".bash", ".zsh", ".fish", ".ps1", ".bat", ".cmd", ".mk"), MentionKind.SHELL
    ),
    **dict.fromkeys((".md", ".markdown", ".rst", ".txt", ".adoc", ".html"), MentionKind.DOCS),
}
_NAMES = {
    ".env": MentionKind.CONFIG,
    "dockerfile": MentionKind.SHELL,
    "makefile": MentionKind.SHELL,
    "justfile": MentionKind.SHELL,
    "procfile": MentionKind.SHELL,
    "readme": MentionKind.DOCS,
    "changelog": MentionKind.DOCS,
    "codeowners": MentionKind.CONFIG,
}


@dataclass(frozen=True, slots=True)
class Mention:
    """One line that mentions v5.

    Attributes:
        path: relative to the root, with forward slashes.
        line: from 1.
        name: the words found, as they stand there.
        text: the line without surrounding blanks, cut to 160 characters.
    """

    path: str
    line: int
    kind: MentionKind
    name: str
    text: str


def mentions(path: str, content: bytes, *, is_python: bool) -> list[Mention]:
    """The mentions in one file, in order.

    Args:
        is_python: *content* is Python; otherwise the kind follows from the name of the file.
    """
    if not any(hint in content for hint in _HINTS):
        return []
    if not _MENTION.search(content) or is_own_report(content) or content.startswith(_SHIM):
        return []
    if b"\0" in content[:8192]:
        first = _MENTION.search(content)
        assert first is not None  # noqa: S101 searched above
        return [Mention(path, 1, MentionKind.OTHER, _text(first[0]), "(binary file)")]
    kind = _kind(path, content)
    places = _python_places(content) if is_python else None
    found: list[Mention] = []
    for number, line in enumerate(content.split(b"\n"), 1):
        kinds: dict[MentionKind, str] = {}
        for match in _MENTION.finditer(line):
            there = kind if places is None else places.kind_at(number, match.start(), line)
            kinds.setdefault(there, _text(match[0]))
        text = _text(line.strip())[:_MAXIMUM_TEXT]
        found += [Mention(path, number, there, name, text) for there, name in kinds.items()]
    return found


def is_own_report(content: bytes) -> bool:
    """Whether this is a report of a run. One that lies in the tree quotes mentions; it makes none."""
    return _OWN_REPORT.search(content[:600]) is not None


def _kind(path: str, content: bytes) -> MentionKind:
    name = PurePosixPath(path).name.lower()
    for suffix in (PurePosixPath(name).suffix, name.partition(".")[0], name):
        if kind := _SUFFIXES.get(suffix) or _NAMES.get(suffix):
            return kind
    if name.startswith(".env"):
        return MentionKind.CONFIG
    head = content[:64].split(b"\n")[0]
    return MentionKind.SHELL if head.startswith(b"#!") and b"sh" in head else MentionKind.OTHER


@dataclass(frozen=True, slots=True)
class _Places:
    """The spans of a Python file that are no plain code: (first line, column, last line, column,
    kind)."""

    spans: tuple[tuple[int, int, int, int, MentionKind], ...]

    def kind_at(self, line: int, column: int, text: bytes) -> MentionKind:
        """The kind at a byte column of a line; columns of tokens count characters."""
        at = (line, len(text[:column].decode("utf-8", "replace")))
        for first_line, first_column, last_line, last_column, kind in self.spans:
            if (first_line, first_column) <= at < (last_line, last_column):
                return kind
        return MentionKind.CODE


def _python_places(content: bytes) -> _Places:
    """The spans by token; where the file is no Python, by the look of the line."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(content)
        tokens = list(tokenize.tokenize(io.BytesIO(content).readline))
    except (SyntaxError, ValueError, RecursionError, MemoryError, tokenize.TokenError):
        return _Places(tuple(_guessed_spans(content)))
    statements = {
        node.value.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    }
    imports = {
        line
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    spans = []
    for token in tokens:
        kind: MentionKind | None = None
        if token.type == tokenize.COMMENT:
            kind = MentionKind.COMMENT
        elif token.type == tokenize.STRING or "FSTRING" in tokenize.tok_name[token.type]:
            kind = MentionKind.COMMENT if token.start[0] in statements else MentionKind.STRING
        elif token.start[0] in imports:
            kind = MentionKind.IMPORT
        if kind is not None:
            spans.append((*token.start, *token.end, kind))
    return _Places(tuple(spans))


def _guessed_spans(content: bytes) -> Iterator[tuple[int, int, int, int, MentionKind]]:
    for number, line in enumerate(content.split(b"\n"), 1):
        stripped = line.lstrip()
        if stripped.startswith(b"#"):
            yield number, 0, number + 1, 0, MentionKind.COMMENT
        elif stripped.startswith((b"import ", b"from ")):
            yield number, 0, number + 1, 0, MentionKind.IMPORT


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
