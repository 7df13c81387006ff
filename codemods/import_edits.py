"""Rewrite single aliases of import statements, leaving everything around them as it is."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from codemods.edits import Edit
from codemods.legacy import COMPAT_PACKAGE
from codemods.marks import first_own_line
from codemods.options import DEFAULT_LINE_LENGTH
from codemods.source import SourceFile

__all__ = [
    "AliasChange",
    "ImportItem",
    "StatementChange",
    "home_module",
    "item_text",
    "marks_above",
    "statement_edits",
]

_NAME = r"[^\s\\.]+"
"""Of a module: ``\\w`` leaves out letters that identifiers may have."""
_FROM_MODULE = re.compile(
    rf"from[\s\\]*((?:\.[\s\\]*)*(?!import\b){_NAME}(?:[\s\\]*\.[\s\\]*{_NAME})*|\.(?:[\s\\]*\.)*)"
)

ImportItem = tuple[str, str | None]
"""``(name, name it is bound to or None)``."""


@dataclass
class AliasChange:
    """What becomes of one alias: *module* it is imported from now, and its *items* (none: it goes)."""

    alias: ast.alias
    module: str
    items: tuple[ImportItem, ...]
    marks: list[str] = field(default_factory=list)
    """Comments that belong above the import this becomes."""


@dataclass
class StatementChange:
    """What becomes of one import statement. Aliases without a change stay."""

    source: SourceFile
    statement: ast.Import | ast.ImportFrom
    changes: list[AliasChange] = field(default_factory=list)
    extra: dict[str, list[ImportItem]] = field(default_factory=dict)
    """Further imports wanted here: ``{module: items}``."""
    width: int = DEFAULT_LINE_LENGTH
    """Characters from which on a statement is wrapped."""

    @property
    def indent(self) -> str | None:
        """What stands before the statement; ``None`` when that is code."""
        start = self.source.start(self.statement)
        before = self.source.text[self.source.line_starts[self.source.line_of(start) - 1] : start]
        return before if not before.strip() else None


def item_text(item: ImportItem) -> str:
    name, bound = item
    return f"{name} as {bound}" if bound and bound != name else name


def statement_edits(change: StatementChange) -> list[Edit]:
    """Edits for one statement."""
    source, statement = change.source, change.statement
    changed = {id(one.alias): one for one in change.changes}
    untouched = [alias for alias in statement.names if id(alias) not in changed]
    groups: dict[str, list[ImportItem]] = {}
    for one in change.changes:
        for item in one.items:
            _add(groups.setdefault(one.module, []), item)
    for module, items in change.extra.items():
        for item in items:
            _add(groups.setdefault(module, []), item)
    if isinstance(statement, ast.Import):
        return _plain_import(change, changed, untouched, groups)
    whole_modules = [module for module in groups if module.startswith("import ")]
    real = {module: items for module, items in groups.items() if module not in whole_modules}
    modules = [_marks(change, module) + module for module in whole_modules]
    if untouched:
        # The statement stays for the others; everything new gets its own.
        edits = [
            edit
            for one in change.changes
            for edit in _drop(source, statement, one.alias, changed, carried=bool(one.items))
        ]
        lines = [
            _marks(change, module) + _line(change, module, items) for module, items in real.items()
        ]
        return edits + _before(source, statement, [*modules, *lines])
    if not real:
        return [Edit(*source.span(statement), ("; ".join(whole_modules),))]
    home = home_module(change) or next(iter(real))
    edits = _wrapped(change, home, real[home]) or [
        _module_edit(source, statement, home),
        *_alias_edits(change, home, real[home]),
    ]
    others = [
        _marks(change, module) + _line(change, module, items)
        for module, items in real.items()
        if module != home
    ]
    return edits + _before(source, statement, [*modules, *others])


def home_module(change: StatementChange) -> str | None:
    """The module whose import keeps the place of the statement; ``None`` when no alias has one.

    What stays on compat_v5 goes first: a mark above the statement is about it.
    """
    changed = {id(one.alias) for one in change.changes}
    if len(changed) < len(change.statement.names) or isinstance(change.statement, ast.Import):
        return None
    modules = [
        one.module for one in change.changes if one.items and not one.module.startswith("import ")
    ]
    return next(
        (module for module in modules if module.split(".")[0] == COMPAT_PACKAGE),
        modules[0] if modules else None,
    )


def marks_above(change: StatementChange, module: str) -> bool:
    """Whether the mark of what comes from *module* belongs above the statement as it stands.

    Otherwise the new line it is imported in takes the mark along.
    """
    if change.indent is None or isinstance(change.statement, ast.Import):
        return True
    if {id(one.alias) for one in change.changes} != {id(one) for one in change.statement.names}:
        return False
    modules = {one.module for one in change.changes if one.items} | set(change.extra)
    if all(one.startswith("import ") for one in modules):
        return True
    return module == home_module(change)


def _marks(change: StatementChange, module: str) -> str:
    """Marks of the aliases that move to a statement of their own."""
    source = change.source
    start = source.start(change.statement)
    indent = source.text[source.line_starts[source.line_of(start) - 1] : start]
    if indent.strip():
        return ""
    marks = dict.fromkeys(
        mark for one in change.changes if one.module == module for mark in one.marks
    )
    return "".join(f"{mark}{source.newline}{indent}" for mark in marks)


def _alias_edits(change: StatementChange, home: str, items: list[ImportItem]) -> list[Edit]:
    """Put *items* in the places of the statement's aliases; aliases without a place go."""
    source, statement = change.source, change.statement
    texts: dict[int, list[str]] = {}
    placed: list[ImportItem] = []
    for one in change.changes:
        for item in one.items:
            if one.module == home and item not in placed:
                placed.append(item)
                texts.setdefault(id(one.alias), []).append(item_text(item))
    rest = [item_text(item) for item in items if item not in placed]
    if rest:
        first = next(
            (one.alias for one in change.changes if id(one.alias) in texts), change.changes[0].alias
        )
        texts[id(first)] = sorted([*texts.get(id(first), []), *rest])
    edits = [
        Edit(*source.span(one.alias), (_separator(source, one.alias).join(texts[id(one.alias)]),))
        for one in change.changes
        if id(one.alias) in texts
    ]
    dropped = {id(one.alias): one for one in change.changes if id(one.alias) not in texts}
    for one in dropped.values():
        edits += _drop(
            source, statement, one.alias, dropped, carried=bool(one.items) and one.module != home
        )
    return edits


def _wrapped(change: StatementChange, module: str, items: Sequence[ImportItem]) -> list[Edit]:
    """The statement over several lines, where it stands on one and would become too long for it."""
    source, statement = change.source, change.statement
    written = source.segment(statement)
    line = source.line_text(source.line_of(source.start(statement)))
    if "(" in written or "\\" in written or "noqa" in line:
        return []
    text = _line(change, module, items)
    return [Edit(*source.span(statement), (text,))] if source.newline in text else []


def _comment_of(source: SourceFile, alias: ast.alias) -> str:
    """The comment behind an alias that has a line of its own; empty without one."""
    start, end = source.span(alias)
    number = source.line_of(start)
    text, line_start = source.line_text(number), source.line_starts[number - 1]
    tail = text[end - line_start :].lstrip(" \t,")
    return tail if tail.startswith("#") and not text[: start - line_start].strip() else ""


def _separator(source: SourceFile, alias: ast.alias) -> str:
    """One name per line where the statement is written that way."""
    start = source.start(alias)
    before = source.text[source.line_starts[source.line_of(start) - 1] : start]
    return f",{source.newline}{before}" if before and not before.strip() else ", "


def _add(items: list[ImportItem], item: ImportItem) -> None:
    if item not in items:
        items.append(item)


def _line(change: StatementChange, module: str, items: Sequence[ImportItem]) -> str:
    """A new statement, over several lines where it would be too long or takes comments along."""
    if module.startswith("import "):
        return module
    source, indent = change.source, change.indent
    comments: dict[str, str] = {}
    for one in change.changes:
        for item in one.items if one.module == module else ():
            comments.setdefault(item_text(item), _comment_of(source, one.alias))
    texts = sorted(item_text(item) for item in items)
    flat = f"from {module} import {', '.join(texts)}"
    too_long = len(indent or "") + len(flat) > change.width
    if indent is None or not (too_long or any(comments.get(text) for text in texts)):
        return flat
    if len(texts) == 1 and not too_long:
        return f"{flat}  {comments[texts[0]]}"
    step = "\t" if indent.startswith("\t") else "    "
    names = [f"{indent}{step}{text},  {comments.get(text, '')}".rstrip() for text in texts]
    return source.newline.join([f"from {module} import (", *names, f"{indent})"])


def _before(source: SourceFile, statement: ast.stmt, lines: Sequence[str]) -> list[Edit]:
    if not lines:
        return []
    start = source.start(statement)
    line = source.line_of(start)
    indent = source.text[source.line_starts[line - 1] : start]
    if indent.strip():
        return [Edit(start, start, ("".join(f"{text}; " for text in lines),))]
    at = source.line_starts[first_own_line(source, line) - 1]
    return [Edit(at, at, ("".join(f"{indent}{text}{source.newline}" for text in lines),))]


def _module_edit(source: SourceFile, statement: ast.ImportFrom, module: str) -> Edit:
    start = source.start(statement)
    match = _FROM_MODULE.match(source.text, start)
    if match is None:
        raise ValueError("import statement in an unknown form")
    space = "" if source.text[match.start(1) - 1].isspace() else " "
    return Edit(match.start(1), match.end(1), (space + module,))


def _drop(
    source: SourceFile,
    statement: ast.Import | ast.ImportFrom,
    alias: ast.alias,
    dropped: object,
    *,
    carried: bool = False,
) -> list[Edit]:
    """Take one alias out of a list that keeps others; *carried*: its comment goes with it."""
    gone = set(dropped) if isinstance(dropped, dict) else set()
    text = source.text
    names = statement.names
    index = names.index(alias)
    start, end = source.span(alias)
    kept_after = any(id(other) not in gone for other in names[index + 1 :])
    position = end
    while position < len(text) and text[position] in " \t":
        position += 1
    has_comma = text[position : position + 1] == ","
    if not has_comma and not kept_after:
        before = [other for other in names[:index] if id(other) not in gone]
        if before:
            return [_with_comma_before(source, before[-1], alias)]
    if not has_comma and kept_after:  # it stands before the next name
        return _with_leading_comma(source, alias, names[index + 1])
    if has_comma:
        position += 1
        while position < len(text) and text[position] in " \t":
            position += 1
        end = position
    line = source.line_of(start)
    line_start = source.line_starts[line - 1]
    line_end = source.line_starts[line] if line < len(source.line_starts) else len(text)
    alone = not text[line_start:start].strip() and not text[end:line_end].strip()
    if alone or (carried and _comment_of(source, alias)):
        return [Edit(line_start, line_end, ())]
    if not kept_after and has_comma and not text[end : end + 1].startswith((")", "#", "\r", "\n")):
        return [Edit(start, end, ())]
    if (
        not kept_after
        and has_comma
        and text[line_start:start].strip()
        and text[end : end + 1] in ("\n", "\r", "")
    ):
        before = [other for other in names[:index] if id(other) not in gone]
        if before and "(" not in text[source.start(statement) : source.start(names[0])]:
            return [Edit(source.end(before[-1]), end, ())]
        start = line_start + len(text[line_start:start].rstrip())
    return [Edit(start, end, ())]


def _with_comma_before(source: SourceFile, former: ast.alias, alias: ast.alias) -> Edit:
    """Take *alias* out with the comma before it; a comment behind *former* stays."""
    start, (name, end) = source.end(former), source.span(alias)
    if "#" in source.text[start:name]:
        comma = source.text.rindex(",", start, name)
        line = source.line_starts[source.line_of(comma) - 1]
        begins = not source.text[line:comma].strip()
        start = line - len(source.newline) if begins else comma
    return Edit(start, end, ())


def _with_leading_comma(source: SourceFile, alias: ast.alias, following: ast.alias) -> list[Edit]:
    """Take *alias* out where the comma behind it begins the next line; a comment between stays."""
    (start, end), stop = source.span(alias), source.start(following)
    if "#" not in source.text[end:stop]:
        return [Edit(start, stop, ())]
    comma = source.text.rindex(",", end, stop)
    return [Edit(start, end, ()), Edit(comma, comma + 1, ())]


def _plain_import(
    change: StatementChange,
    changed: dict[int, AliasChange],
    untouched: list[ast.alias],
    groups: dict[str, list[ImportItem]],
) -> list[Edit]:
    """``import a.b.websocket_v5.models as m, os``: items are whole dotted names."""
    source, statement = change.source, change.statement
    edits: list[Edit] = []
    own: list[str] = []
    dropped = {}
    for one in change.changes:
        items = one.items if one.module == "" else ()
        if items:
            own.append(one.module)
            edits.append(
                Edit(*source.span(one.alias), (", ".join(item_text(item) for item in items),))
            )
        else:
            dropped[id(one.alias)] = one
    lines = [_line(change, module, items) for module, items in groups.items() if module]
    if len(dropped) == len(statement.names):
        return [Edit(*source.span(statement), ("; ".join(lines),))] if lines else []
    for one in dropped.values():
        edits += _drop(source, statement, one.alias, dropped)
    return edits + _before(source, statement, lines)
