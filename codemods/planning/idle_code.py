"""Code that does nothing any more once its parts are rewritten: ``data = data``, ``data or data``."""

from __future__ import annotations

import ast
from bisect import bisect_left

from codemods.edits import Edit, EditConflict, Span, apply_edits
from codemods.planning.plans import FilePlan
from codemods.site import has_effects
from codemods.source import SourceFile

__all__ = ["drop_idle_code"]

_SHOWING_VALUES = (".ipynb", ".md", ".markdown")
"""There an expression that stands alone is shown."""


def drop_idle_code(plan: FilePlan) -> None:
    """Shorten what a rewrite left of choices between equals; remove statements that only did that."""
    source = plan.source
    starts = sorted(edit.start for edit in plan.edits)

    def is_edited(node: ast.expr | ast.stmt) -> bool:
        start, end = source.span(node)
        index = bisect_left(starts, start)
        return index < len(starts) and starts[index] < end

    gone = {id(statement) for statement in plan.removes}
    choices = [node for node in source.nodes if isinstance(node, ast.IfExp | ast.BoolOp)]
    for choice in reversed(choices):  # the inner ones first
        if is_edited(choice) and not _is_gone(source, choice, gone):
            _shorten(plan, choice)
    for node in source.nodes:
        if (
            isinstance(node, ast.Assign | ast.Expr)
            and is_edited(node)
            and not _is_gone(source, node, gone)
            and _is_idle(plan, node)
        ):
            plan.removes.append(node)


def _is_gone(source: SourceFile, node: ast.AST, gone: set[int]) -> bool:
    return id(node) in gone or any(id(outer) in gone for outer in source.ancestors(node))


def _shorten(plan: FilePlan, choice: ast.expr) -> None:
    """``a if x else a`` and ``a or a`` become ``a``, where the rewrite made them so."""
    text = _edited(plan, choice)
    parsed = _parsed(f"({text})") if text is not None else None
    if text is None or not isinstance(parsed, ast.IfExp | ast.BoolOp):
        return
    if isinstance(parsed, ast.IfExp):
        if has_effects([parsed.test]):
            return
        parts = [parsed.body, parsed.orelse]
    else:
        parts = parsed.values
        if not all(isinstance(part, ast.Name) for part in parts):
            return
    if len({ast.dump(part) for part in parts}) > 1:
        return
    kept = ast.get_source_segment(f"({text})", parts[0])
    if kept is None or "\n" in kept:
        return
    span = Span(*plan.source.span(choice))
    plan.edits[:] = [edit for edit in plan.edits if not _is_inside(edit, span)]
    plan.edits.append(Edit(span.start, span.end, (kept,)))


def _is_idle(plan: FilePlan, statement: ast.Assign | ast.Expr) -> bool:
    """Whether nothing but a name for itself, or a value nobody takes, is left of a statement."""
    text = _edited(plan, statement.value)
    value = _parsed(f"({text})") if text is not None else None
    if value is None:
        return False
    if isinstance(statement, ast.Assign):
        target = statement.targets[0]
        return (
            len(statement.targets) == 1
            and isinstance(target, ast.Name)
            and isinstance(value, ast.Name)
            and target.id == value.id
        )
    if plan.source.path.endswith(_SHOWING_VALUES):
        return False
    parts = [value]
    if isinstance(value, ast.ListComp):
        if any(loop.is_async for loop in value.generators):
            return False
        parts = [value.elt]
        for loop in value.generators:
            parts += [loop.iter, *loop.ifs]
    # Reading a key or a member may be a way to ask for it: it raises.
    asks = any(
        isinstance(inner, ast.Subscript | ast.Attribute)
        for part in parts
        for inner in ast.walk(part)
    )
    return not asks and not has_effects(parts)


def _parsed(text: str) -> ast.expr | None:
    try:
        return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError):
        return None


def _edited(plan: FilePlan, node: ast.expr) -> str | None:
    """The text of *node* with the edits inside it; ``None`` where an edit brings text from elsewhere."""
    span = Span(*plan.source.span(node))
    inside = [edit for edit in plan.edits if _is_inside(edit, span)]
    moved = []
    for edit in inside:
        parts = [
            part if isinstance(part, str) else Span(part.start - span.start, part.end - span.start)
            for part in edit.parts
        ]
        size = span.end - span.start
        if any(isinstance(p, Span) and (p.start < 0 or p.end > size) for p in parts):
            return None
        moved.append(Edit(edit.start - span.start, edit.end - span.start, tuple(parts)))
    try:
        return apply_edits(plan.source.text[span.start : span.end], moved)
    except EditConflict:
        return None


def _is_inside(edit: Edit, span: Span) -> bool:
    return span.start <= edit.start and edit.end <= span.end
