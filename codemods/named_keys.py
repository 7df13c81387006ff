"""Keys of the envelope that stand in texts: formats, templates, SQL, paths, lists of columns."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator

from codemods.flow.values import Class
from codemods.frames import ENVELOPE_ONLY, FRAME_KEYS
from codemods.project import Project
from codemods.source import SourceFile

__all__ = ["constant_text", "field_key", "format_fields", "key_named_around", "percent_key"]

_KEY = "(data|market|raw_data)"
_PERCENT = re.compile(rf"%\({_KEY}\)")
_SHAPES = (
    _PERCENT,
    re.compile(rf"\[[\"']?{_KEY}[\"']?\]"),  # {0[data]}, {{ d['market'] }}
    re.compile(rf"(?<![\w:]):{_KEY}\b"),  # :market of SQL
    re.compile(rf"\$\{{?{_KEY}\b"),  # $market of string.Template
    re.compile(rf"\{{\{{[^}}]*\.{_KEY}\b"),  # {{ tick.market }}
    re.compile(rf"\{{{_KEY}[}}\[.:!]"),  # {market}
)
_PATH = re.compile(rf"^\$?\.?{_KEY}\.(\w+)")
_FIELD = re.compile(r"^(\w*)(?:\[([^\]]*)\]|\.(\w+))?")
_FOLLOWED = 2


def percent_key(text: str) -> str | None:
    """The first key of an envelope that ``text % payload`` names; ``None`` without one."""
    found = _PERCENT.search(text)
    return found.group(1) if found is not None else None


def format_fields(text: str) -> Iterator[tuple[str, str | None]]:
    """``(argument, first key)`` of each field of a format string: ``("0", "data")`` of ``"{0[data][code]}"``.

    Unnumbered fields are numbered. A text that is no format string has no fields.
    """
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError:
        return
    number = 0
    for _, name, _, _ in parts:
        if name is None:
            continue
        match = _FIELD.match(name)
        root, key = (match.group(1), match.group(2)) if match is not None else ("", None)
        if not root:
            root, number = str(number), number + 1
        yield root, key


def field_key(text: str) -> str | None:
    """The first key of an envelope that ``text.format_map(payload)`` names."""
    return next((root for root, _ in format_fields(text) if root in ENVELOPE_ONLY), None)


def constant_text(source: SourceFile, node: ast.expr) -> str | None:
    """The text an expression is, also through a name that the module binds once."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.Name):
        bound = source.assigned.get((node.id, False), [])
        if len(bound) == 1 and isinstance(bound[0], ast.Constant):
            return constant_text(source, bound[0])
    return None


def key_named_around(project: Project, source: SourceFile, call: ast.Call) -> str | None:
    """A key of the envelope named by what is given to a call beside a payload, or by what it is called on."""
    parts = [call.func, *call.args, *(keyword.value for keyword in call.keywords)]
    for part in parts:
        found = _named_in(project, source, part, _FOLLOWED)
        if found is not None:
            return found
    return None


def _named_in(project: Project, source: SourceFile, node: ast.expr, depth: int) -> str | None:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
            found = _key_of(source, inner, inner.value)
        elif isinstance(inner, ast.Name | ast.Attribute):
            found = _behind(project, source, inner, depth)
        else:
            continue
        if found is not None:
            return found
    return None


def _key_of(source: SourceFile, node: ast.Constant, text: str) -> str | None:
    if text in ENVELOPE_ONLY:
        # Alone, "data" is as likely the name of an event; in a list it is one of some keys.
        listed = isinstance(source.parent(node), ast.List | ast.Tuple | ast.Set)
        return text if listed else None
    path = _PATH.match(text)
    if path is not None and path.group(2) in FRAME_KEYS:
        return path.group(1)
    return next((found.group(1) for shape in _SHAPES if (found := shape.search(text))), None)


def _behind(
    project: Project, source: SourceFile, node: ast.Name | ast.Attribute, depth: int
) -> str | None:
    """A key named by what a name or attribute was bound to, or by the fields of a class."""
    values = project.values(node)
    for value in values:
        if isinstance(value, Class):
            named = ENVELOPE_ONLY & set(project.flow.hierarchy.fields(value))
            if named:
                return min(named)
    if not depth or project.flow.cells.payloads_within(values):
        return None
    name = node.id if isinstance(node, ast.Name) else node.attr
    for bound in source.assigned.get((name, isinstance(node, ast.Attribute)), ()):
        found = _named_in(project, source, bound, depth - 1)
        if found is not None:
            return found
    return None
