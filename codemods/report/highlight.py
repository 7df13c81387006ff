"""Source lines as (CSS class, text) pieces, by pygments."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Iterator
from typing import TYPE_CHECKING

from codemods.exceptions import MissingExtraError
from codemods.paths import printable

if TYPE_CHECKING:
    from pygments.formatters import HtmlFormatter
    from pygments.lexer import Lexer

__all__ = ["HighlightedLine", "highlighted_lines", "style_sheet"]

HighlightedLine = tuple[tuple[str, str], ...]
"""Pieces of one line: CSS class, which may be empty, and text, not escaped."""

_LIGHT = "friendly"
_DARK = "github-dark"


def highlighted_lines(path: str, content: bytes) -> list[HighlightedLine]:
    """The lines of a file, split at line feeds only, as `codemods.diff` counts them.

    Raises:
        MissingExtraError: pygments is not installed.
    """
    try:
        from pygments.token import STANDARD_TYPES
    except ImportError as error:
        raise MissingExtraError("pygments") from error
    lexer = _lexer(path)
    lines: list[list[tuple[str, str]]] = [[]]
    for token, text in lexer.get_tokens(_text(path, content)):
        css = _css_class(token, STANDARD_TYPES)
        for number, piece in enumerate(text.split("\n")):
            if number:
                lines.append([])
            if piece:
                lines[-1].append((css, _visible(piece)))
    return [tuple(line) for line in lines]


def style_sheet() -> str:
    """The rules for the classes of `highlighted_lines`, for light and dark displays."""
    try:
        from pygments.formatters import HtmlFormatter
    except ImportError as error:
        raise MissingExtraError("pygments") from error
    light = _style_definitions(HtmlFormatter(style=_LIGHT))
    dark = _style_definitions(HtmlFormatter(style=_DARK))
    rules = "\n".join(_token_rules(light))
    dark_rules = "\n".join(_token_rules(dark))
    return f"\n{rules}\n@media (prefers-color-scheme: dark) {{\n{dark_rules}\n}}\n"


def _style_definitions(formatter: HtmlFormatter[str]) -> str:
    return str(formatter.get_style_defs(".code"))  # type: ignore[no-untyped-call]


def _token_rules(sheet: str) -> Iterator[str]:
    """Token colours only: the page has its own background and line numbers."""
    for line in sheet.splitlines():
        if line.startswith(".code .") and ".hll" not in line:
            yield line.partition("/*")[0].rstrip()


def _lexer(path: str) -> Lexer:
    from pygments.lexers.data import JsonLexer
    from pygments.lexers.markup import MarkdownLexer
    from pygments.lexers.python import PythonLexer

    # Nothing may be added to or taken from the text: lines are looked up by number.
    options = {"stripnl": False, "stripall": False, "ensurenl": False}
    if path.endswith(".ipynb"):
        return JsonLexer(**options)
    if path.endswith((".md", ".markdown")):
        return MarkdownLexer(**options)  # type: ignore[no-untyped-call]
    return PythonLexer(**options)


def _css_class(token: object, names: object) -> str:
    while token is not None:
        css = names.get(token)  # type: ignore[attr-defined]
        if css is not None:
            return str(css)
        token = token.parent  # type: ignore[attr-defined]
    return ""


def _text(path: str, content: bytes) -> str:
    encoding = "utf-8"
    if path.endswith((".py", ".pyi", ".pyw")):
        try:
            encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        except SyntaxError:
            encoding = "utf-8"
    text = content.decode(encoding, "replace").removeprefix("\ufeff")
    # A lone carriage return would become a line feed in pygments and shift all numbers.
    return text.replace("\r\n", "\n").replace("\r", "\u240d")


def _visible(text: str) -> str:
    return "".join(char if char == "\t" else printable(char) for char in text)
