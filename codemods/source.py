"""One file as text with exact positions, so that edits touch nothing but what they mean to touch.

``ast`` counts lines and UTF-8 columns; everything here is a character offset into the decoded text, which
still has its own line ends. The byte order mark, the coding cookie and every line end survive because
they are never rewritten.
"""

from __future__ import annotations

import ast
import codecs
import io
import re
import sys
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

__all__ = ["SourceError", "SourceFile", "children"]

_PLAIN_FIELDS = frozenset(
    {"arg", "asname", "attr", "conversion", "ctx", "id", "is_async", "kind", "level", "module"}
    | {"n", "op", "ops", "rest", "s", "simple", "type_comment"}
)
"""Fields that hold no node, or only contexts and operators."""
_FIELDS_WITH_NODES: dict[type[ast.AST], tuple[str, ...]] = {
    kind: tuple(name for name in kind._fields if name not in _PLAIN_FIELDS)
    for kind in vars(ast).values()
    if isinstance(kind, type) and issubclass(kind, ast.AST)
}
_STAR = re.compile(r"\bimport[\s\\]*\*")
_LINE_END = re.compile(r"\r\n|\r|\n")


def children(node: ast.AST) -> list[ast.AST]:
    """The nodes directly inside *node*, without contexts and operators."""
    found: list[ast.AST] = []
    for name in _FIELDS_WITH_NODES[type(node)]:
        value = getattr(node, name, None)
        if isinstance(value, list):
            found += [inner for inner in value if isinstance(inner, ast.AST)]
        elif isinstance(value, ast.AST):
            found.append(value)
    return found


def _blocks(tree: ast.Module) -> Iterator[ast.AST]:
    """Classes and functions: the parser alone takes a star import there."""
    kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return (node for node in ast.walk(tree) if isinstance(node, kinds))


def _has_star(block: ast.AST) -> bool:
    return any(
        isinstance(node, ast.ImportFrom) and node.names[0].name == "*" for node in ast.walk(block)
    )


def _encoding_of(raw: bytes) -> str:
    """The encoding a file is read in, whether or not it has a byte order mark.

    Raises:
        SyntaxError: a comment names none that Python knows.
    """
    encoding, _ = tokenize.detect_encoding(io.BytesIO(raw).readline)
    return "utf-8" if encoding == "utf-8-sig" else encoding


class SourceError(Exception):
    """A file that cannot be read as Python. *stage* is ``"decode"`` or ``"parse"``."""

    def __init__(self, stage: str, message: str) -> None:
        super().__init__(stage, message)
        self.stage = stage
        self.message = message


@dataclass
class SourceFile:
    """Decoded and parsed source of one file."""

    path: str
    raw: bytes
    text: str
    encoding: str
    has_bom: bool
    tree: ast.Module

    @classmethod
    def parse(cls, path: str, raw: bytes) -> SourceFile:
        """Read *raw* as Python.

        Raises:
            SourceError: it does not decode, or does not parse.
        """
        has_bom = raw.startswith(codecs.BOM_UTF8)
        try:
            encoding = _encoding_of(raw)
            body = raw[len(codecs.BOM_UTF8) :] if has_bom else raw
            if " ".encode(encoding) != b" ":
                raise SyntaxError(f"{encoding} cannot be the encoding of Python source")
            text = body.decode(encoding)
        except (SyntaxError, UnicodeDecodeError, LookupError) as error:
            raise SourceError("decode", str(error)) from error
        try:
            tree = ast.parse(text, filename=path, type_comments=False)
        except SyntaxError as error:
            # A program for a newer Python than this one looks like this, too.
            version = ".".join(map(str, sys.version_info[:2]))
            raise SourceError("parse", f"{error}; read as Python {version}") from error
        except ValueError as error:
            raise SourceError("parse", str(error)) from error
        except (RecursionError, MemoryError) as error:
            raise SourceError("parse", f"nested too deeply ({type(error).__name__})") from error
        if _STAR.search(text) and any(_has_star(block) for block in _blocks(tree)):
            raise SourceError("parse", "import * only allowed at module level")
        return cls(path, raw, text, encoding, has_bom, tree)

    def encode(self, text: str) -> bytes:
        """*text* in this file's own encoding, with its byte order mark.

        Raises:
            SyntaxError: it would be read in another encoding: a comment about one has got to the top.
        """
        raw = (codecs.BOM_UTF8 if self.has_bom else b"") + text.encode(self.encoding)
        if _encoding_of(raw) != self.encoding:
            raise SyntaxError("a comment in its first lines would set its encoding")
        return raw

    @cached_property
    def line_starts(self) -> list[int]:
        """Offset of the first character of each line."""
        return [0, *(match.end() for match in _LINE_END.finditer(self.text))]

    @cached_property
    def newline(self) -> str:
        """The line end this file uses (the first one seen)."""
        match = _LINE_END.search(self.text)
        return match.group() if match else "\n"

    def offset(self, line: int, column: int) -> int:
        """Character offset of an ``ast`` position (1-based line, UTF-8 column)."""
        start = self.line_starts[line - 1]
        end = self.line_starts[line] if line < len(self.line_starts) else len(self.text)
        content = self.text[start:end]
        if content.isascii():
            return start + column
        return start + len(content.encode("utf-8")[:column].decode("utf-8", "replace"))

    def start(self, node: ast.expr | ast.stmt | ast.alias | ast.arg | ast.keyword) -> int:
        """Offset of a node's first character, decorators included."""
        line, column = node.lineno, node.col_offset
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            for decorator in node.decorator_list:
                if decorator.lineno < line:
                    at = self.offset(decorator.lineno, decorator.col_offset)
                    return self.text.rindex("@", 0, at)
        return self.offset(line, column)

    def end(self, node: ast.expr | ast.stmt | ast.alias | ast.arg | ast.keyword) -> int:
        """Offset behind a node's last character."""
        if (
            node.end_lineno is None or node.end_col_offset is None
        ):  # pragma: no cover - the parser always sets both
            raise ValueError(f"{node!r} has no end position")
        return self.offset(node.end_lineno, node.end_col_offset)

    def span(
        self, node: ast.expr | ast.stmt | ast.alias | ast.arg | ast.keyword
    ) -> tuple[int, int]:
        """Offsets of a node."""
        return self.start(node), self.end(node)

    def segment(self, node: ast.expr | ast.stmt | ast.alias | ast.arg | ast.keyword) -> str:
        """A node's own text."""
        return self.text[slice(*self.span(node))]

    def line_column(self, node: ast.AST) -> tuple[int, int]:
        """1-based line and column (in characters) of a node."""
        line = getattr(node, "lineno", 1)
        column = getattr(node, "col_offset", 0)
        return line, self.offset(line, column) - self.line_starts[line - 1] + 1

    def line_text(self, line: int) -> str:
        """A line without its line end; empty outside of the file."""
        if not 1 <= line <= len(self.line_starts):
            return ""
        end = self.line_starts[line] if line < len(self.line_starts) else len(self.text)
        return self.text[self.line_starts[line - 1] : end].rstrip("\r\n")

    def line_of(self, offset: int) -> int:
        """1-based line of an offset."""
        low, high = 0, len(self.line_starts)
        while low < high:
            middle = (low + high) // 2
            if self.line_starts[middle] <= offset:
                low = middle + 1
            else:
                high = middle
        return low

    @property
    def nodes(self) -> list[ast.AST]:
        """All nodes, outer ones first, without contexts and operators (shared, without a position)."""
        return self._walked[0]

    @cached_property
    def assigned(self) -> dict[tuple[str, bool], list[ast.expr]]:
        """What is assigned to names, by ``(name, False)``, and to attributes, by ``(name, True)``."""
        found: dict[tuple[str, bool], list[ast.expr]] = {}
        for node in self.nodes:
            if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
                continue
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(target, ast.Name):
                    found.setdefault((target.id, False), []).append(node.value)
                elif isinstance(target, ast.Attribute):
                    found.setdefault((target.attr, True), []).append(node.value)
        return found

    @cached_property
    def _walked(self) -> tuple[list[ast.AST], dict[int, ast.AST]]:
        """The nodes, and the parent of each by ``id``."""
        nodes: list[ast.AST] = [self.tree]
        parents: dict[int, ast.AST] = {}
        for outer in nodes:  # grows while it is read
            for inner in children(outer):
                nodes.append(inner)
                parents[id(inner)] = outer
        return nodes, parents

    def parent(self, node: ast.AST) -> ast.AST | None:
        """The node that contains *node* directly."""
        return self._walked[1].get(id(node))

    def ancestors(self, node: ast.AST) -> list[ast.AST]:
        """The nodes around *node*, innermost first."""
        found = []
        outer = self.parent(node)
        while outer is not None:
            found.append(outer)
            outer = self.parent(outer)
        return found

    def anchor_line(self, node: ast.AST) -> int:
        """The line above which a comment about *node* can stand: where its statement begins, or the one
        before or around it when several share a line; above the decorators of a definition."""
        statement = self.statement(node)
        line = self._begins(self.line_of(self.start(statement)))
        for outer in self.ancestors(statement):
            if isinstance(outer, ast.stmt) and outer.lineno == line:
                line = self._begins(self.line_of(self.start(outer)))
        return line

    def _begins(self, line: int) -> int:
        """Where the code of a line begins: above, where a statement that ends on it does."""
        while line in self._lines_above:
            line = self._lines_above[line]
        return line

    @cached_property
    def _lines_above(self) -> dict[int, int]:
        """``{last line: first line}`` of the statements of several lines that contain no others."""
        return {
            node.end_lineno: node.lineno
            for node in self.nodes
            if isinstance(node, ast.stmt)
            and not hasattr(node, "body")
            and not hasattr(node, "cases")
            if node.end_lineno is not None and node.end_lineno > node.lineno
        }

    def shares_line(self, statement: ast.stmt) -> bool:
        """Whether other code stands before or behind a statement on its line."""
        start, end = self.span(statement)
        before = self.text[self.line_starts[self.line_of(start) - 1] : start]
        behind = self.line_text(self.line_of(end))[end - self.line_starts[self.line_of(end) - 1] :]
        return bool(before.strip()) or behind.lstrip().startswith(";")

    def statement(self, node: ast.AST) -> ast.stmt:
        """The statement *node* belongs to (itself, if it is one)."""
        current: ast.AST | None = node
        while current is not None and not isinstance(current, ast.stmt):
            current = self.parent(current)
        if current is None:
            raise ValueError("not inside a statement")
        return current
