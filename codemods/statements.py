"""Take statements out of a file so that what is left is still valid and keeps its comments."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from codemods.edits import Edit
from codemods.marks import MARK
from codemods.site import dotted, has_effects
from codemods.source import SourceFile

__all__ = ["body_of", "comments_inside", "gone_statements", "is_gone", "removal_edits"]

_DIRECTIVE = re.compile(
    r"#\s*(noqa|type:\s*ignore|pylint:|pyright:|fmt:|ruff:|nosec)", re.IGNORECASE
)


def body_of(source: SourceFile, statement: ast.stmt) -> list[ast.stmt]:
    """The list of statements *statement* stands in."""
    outer = source.parent(statement)
    for name in ("body", "orelse", "finalbody"):
        block = getattr(outer, name, None)
        if isinstance(block, list) and any(one is statement for one in block):
            return block
    raise ValueError("statement without a body")


def is_gone(source: SourceFile, node: ast.AST, gone: Mapping[int, ast.stmt]) -> bool:
    """Whether *node* is, or stands in, one of the statements that go (by ``id``)."""
    return any(id(one) in gone for one in (node, *source.ancestors(node)))


def gone_statements(
    source: SourceFile, removed: Iterable[ast.stmt], staying: Collection[int] = ()
) -> dict[int, ast.stmt]:
    """*removed* and what goes with them, by ``id``: an ``if``, ``for``, ``while`` or ``try`` around
    nothing.

    Args:
        staying: ``id`` of statements that must not go with others.
    """
    gone = {id(statement): statement for statement in removed}
    grown = True
    while grown:
        grown = False
        for statement in list(gone.values()):
            outer = source.parent(statement)
            if (
                isinstance(outer, ast.stmt)
                and id(outer) not in gone
                and id(outer) not in staying
                and _is_droppable(source, outer)
                and all(id(one) in gone for one in outer.body)  # type: ignore[attr-defined]
            ):
                gone[id(outer)] = outer
                grown = True
    return gone


def removal_edits(
    source: SourceFile, removed: Iterable[ast.stmt], staying: Collection[int] = ()
) -> list[Edit]:
    """Edits that remove the statements. A block that becomes empty disappears with its ``if``, ``for`` or
    ``try`` where that has no effect of its own and is not *staying*; otherwise it gets ``pass``."""
    gone = gone_statements(source, removed, staying)
    edits: list[Edit] = []
    seen: set[int] = set()
    for statement in gone.values():
        if any(id(outer) in gone for outer in source.ancestors(statement)):
            continue
        block = body_of(source, statement)
        if id(block) in seen:
            continue
        seen.add(id(block))
        survivors = [one for one in block if id(one) not in gone]
        needs_pass = not survivors and not isinstance(source.parent(statement), ast.Module)
        for first, last, following in _stretches(block, gone):
            start, end = source.start(first), source.end(last)
            if following is not None:
                edits.append(Edit(start, source.start(following), ()))
            elif needs_pass:
                edits.append(_pass(source, start, end))
                needs_pass = False
            else:
                edits.append(_removal(source, start, end))
    return edits


def _stretches(
    block: Sequence[ast.stmt], gone: Collection[int]
) -> Iterator[tuple[ast.stmt, ast.stmt, ast.stmt | None]]:
    """First and last statement of what goes together because it shares a line, and the statement that
    stays behind it on that line."""
    first: ast.stmt | None = None
    for one, following in zip(block, [*block[1:], None], strict=True):
        if id(one) not in gone:
            continue
        first = first or one
        if following is not None and _same_line(one, following):
            if id(following) in gone:
                continue
            yield first, one, following
        else:
            yield first, one, None
        first = None


def _same_line(one: ast.stmt, following: ast.stmt) -> bool:
    return one.end_lineno == following.lineno


def _is_droppable(source: SourceFile, node: ast.stmt) -> bool:
    if isinstance(node, ast.Try):
        # Nothing is left that could fail: the handlers are never reached.
        return (
            not node.orelse
            and not node.finalbody
            and all(_is_plain(source, one) for handler in node.handlers for one in handler.body)
        )
    if isinstance(node, ast.If):
        # An elif cannot go without its if.
        start = source.offset(node.lineno, node.col_offset)
        return (
            not node.orelse and not _has_effects(node.test) and source.text.startswith("if", start)
        )
    if isinstance(node, ast.While):
        # Only a loop that waits for the connection: any other ends by something else.
        return not node.orelse and bool(_asks_connection(node.test)) and not _has_effects(node.test)
    if isinstance(node, ast.AsyncWith):
        return all(_is_idle_timeout(item) for item in node.items)
    if isinstance(node, ast.For):
        # Also tuples and lists of names: the loop did nothing but what is gone.
        if node.orelse or has_effects([node.iter]):
            return False
        names = {inner.id for inner in ast.walk(node.target) if isinstance(inner, ast.Name)}
        inside = {id(inner) for inner in ast.walk(node)}
        return not any(
            isinstance(inner, ast.Name) and inner.id in names and isinstance(inner.ctx, ast.Load)
            for inner in _function_nodes(source, node)
            if id(inner) not in inside and getattr(inner, "lineno", 0) > node.lineno
        )
    return False


def _is_idle_timeout(item: ast.withitem) -> bool:
    """``async with asyncio.timeout(5)``: around nothing it does nothing."""
    call = item.context_expr
    return (
        item.optional_vars is None
        and isinstance(call, ast.Call)
        and dotted(call.func) in ("asyncio.timeout", "asyncio.timeout_at")
        and not has_effects(call.args)
    )


def _is_plain(source: SourceFile, node: ast.stmt) -> bool:
    """Whether a handler's statement can go without changing what names mean around it."""
    if any(
        isinstance(inner, ast.Yield | ast.YieldFrom | ast.NamedExpr) for inner in ast.walk(node)
    ):
        return False
    if not isinstance(node, ast.Assign):
        return isinstance(
            node, ast.Pass | ast.Raise | ast.Expr | ast.Return | ast.Continue | ast.Break
        )
    names = {target.id for target in node.targets if isinstance(target, ast.Name)}
    stored = Counter(
        inner.id
        for inner in _function_nodes(source, node)
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store)
    )
    return len(names) == len(node.targets) and all(stored[name] > 1 for name in names)


def _has_effects(test: ast.expr) -> bool:
    """As :func:`has_effects`; asking a client whether it is connected does nothing."""
    questions = _asks_connection(test)
    calls = [
        node for node in ast.walk(test) if isinstance(node, ast.Call | ast.Await | ast.NamedExpr)
    ]
    return has_effects([test]) if len(calls) != len(questions) else False


def _asks_connection(test: ast.expr) -> list[ast.Call]:
    return [
        node
        for node in ast.walk(test)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "is_connected"
    ]


def _function_nodes(source: SourceFile, node: ast.AST) -> Iterable[ast.AST]:
    for outer in source.ancestors(node):
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            return ast.walk(outer)
    return source.nodes


def _pass(source: SourceFile, start: int, end: int) -> Edit:
    comments = comments_inside(source, start, end)
    if not comments:
        return Edit(start, end, ("pass",))
    indent = " " * (start - _line_start(source, start))
    above = "".join(f"{comment}{source.newline}{indent}" for comment in comments)
    return Edit(start, end, (above + "pass",))


def _removal(source: SourceFile, start: int, end: int) -> Edit:
    text = source.text
    line_start = _line_start(source, start)
    tail_end = _line_content_end(text, end)
    tail = text[end:tail_end].strip()
    alone_before = not text[line_start:start].strip()
    before = text[line_start:start].rstrip()
    if before.endswith(";") and (not tail or tail[0] in "#;"):
        return Edit(line_start + len(before) - 1, end, ())
    if alone_before and tail.startswith(";"):
        end = text.index(";", end) + 1
        tail = text[end:tail_end].strip()
    if not alone_before or (tail and not tail.startswith("#")):
        return Edit(start, end, ("pass",))
    comments = comments_inside(source, start, end)
    if tail and not _DIRECTIVE.match(tail):
        comments.append(tail)
    line_end = _line_end(text, tail_end)
    if comments:
        indent = text[line_start:start]
        kept = source.newline.join(indent + comment for comment in comments)
        return Edit(line_start, tail_end, (kept,))
    if line_end == tail_end and line_start > 0:
        # Last line without a line end: the one before must not stay open.
        return Edit(line_start, tail_end, ())
    return Edit(line_start, line_end, ())


def comments_inside(source: SourceFile, start: int, end: int) -> list[str]:
    """Comments in a stretch of code, without marks and those that only speak to a linter."""
    text = source.text[start:end]
    if "#" not in text:
        return []
    found = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT and not _is_expendable(token.string):
                found.append(token.string)
    except (tokenize.TokenError, IndentationError):
        return found
    return found


def _is_expendable(comment: str) -> bool:
    return _DIRECTIVE.match(comment) is not None or MARK.match(comment) is not None


def _line_start(source: SourceFile, offset: int) -> int:
    return source.line_starts[source.line_of(offset) - 1]


def _line_content_end(text: str, offset: int) -> int:
    while offset < len(text) and text[offset] not in "\r\n":
        offset += 1
    return offset


def _line_end(text: str, offset: int) -> int:
    if text[offset : offset + 2] == "\r\n":
        return offset + 2
    return offset + 1 if offset < len(text) else offset
