"""What is left of the loop and of the ``try`` around a ``connect()`` that goes.

In v6, and on ``compat_v5``, a server that cannot be reached shows in the first subscription. Handlers that
do something about it therefore go around that subscription where it is the next statement; where it is
not, a person has to say where.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.flow.scopes import last_name
from codemods.flow.values import Client
from codemods.project import Project
from codemods.site import has_effects
from codemods.source import SourceFile
from codemods.statements import body_of, gone_statements

__all__ = ["NEVER_MET", "FailingConnect", "spins"]

NEVER_MET = (
    "this answered a failing connect() and is never met now: what should happen when the server "
    "cannot be reached belongs around the first subscription"
)

_SAYING = frozenset(
    {"debug", "info", "warning", "error", "exception", "critical", "log", "print", "sleep"}
)
"""What a handler may call without doing anything about the failure."""
_RUNNING = frozenset(
    {"connect", "gather", "wait_for", "shield", "create_task", "ensure_future", "timeout"}
    | {"run_until_complete", "run"}
)
"""What may be called in a statement that does nothing but connect."""
_WAITING = (ast.Await, ast.AsyncFor, ast.AsyncWith, ast.Yield, ast.YieldFrom)
_PAUSES = frozenset({"sleep", "wait", "get", "recv", "join", "acquire"})


class FailingConnect:
    """A statement that connects, and the innermost ``try`` that handles its failure.

    Args:
        made: the client that a factory connects there, if one does.
    """

    def __init__(
        self,
        project: Project,
        source: SourceFile,
        statement: ast.stmt,
        made: Client | None = None,
    ) -> None:
        self._project, self._source, self.statement = project, source, statement
        self._try = _try_around(source, statement)
        self._connected = _clients(project, [statement], "connect") if made is None else {made}

    @property
    def line(self) -> int | None:
        """Where the handlers are that a failing subscription would not meet; ``None`` without such."""
        if self._try is None or self._subscribes(self._try.body):
            return None
        return self._try.handlers[0].lineno

    @property
    def is_answered(self) -> bool:
        """Whether handlers that would go, or never run again, do more than say that it failed."""
        if self._try is None:
            return False
        gone = gone_statements(self._source, _connecting(self._project, self._source))
        if not all(id(one) in gone for one in self._try.body):
            return False
        return not all(_only_says(one) for handler in self._try.handlers for one in handler.body)

    @property
    def never_met(self) -> ast.ExceptHandler | None:
        """A handler that stays, did something about the failure, and has nothing left to catch."""
        if self._try is None or self.is_answered or self._subscribes(self._try.body):
            return None
        gone = gone_statements(self._source, _connecting(self._project, self._source))
        left = [one for one in self._try.body if id(one) not in gone]
        if not (left or self._try.orelse) or not all(self._cannot_fail(one) for one in left):
            return None
        for handler in self._try.handlers:
            if not all(_only_says(one) for one in handler.body) or _sleeps(handler):
                return handler
        return None

    def next_subscription(self) -> ast.stmt | None:
        """The statement behind the ``try``, where it subscribes and can take the place of connecting."""
        around = self._try
        if around is None or around.body != [self.statement] or around.orelse or around.finalbody:
            return None
        block = body_of(self._source, around)
        following = block[block.index(around) + 1 :][:1]
        if not following or isinstance(self._source.parent(around), ast.Module):
            return None
        one = following[0]
        simple = isinstance(one, ast.Expr | ast.Assign | ast.AnnAssign | ast.Return)
        if not simple or self._source.shares_line(one) or self._source.shares_line(self.statement):
            return None
        return one if self._subscribes([one]) else None

    def _subscribes(self, body: list[ast.stmt]) -> bool:
        """Whether a client that is connected here subscribes directly in *body*."""
        return bool(self._connected & _clients(self._project, body, "subscribe"))

    def _cannot_fail(self, statement: ast.stmt) -> bool:
        if isinstance(statement, ast.Break | ast.Continue | ast.Pass):
            return True
        if isinstance(statement, ast.Return | ast.Assign | ast.AnnAssign):
            value = statement.value
            return value is None or not has_effects([value]) or self._makes_client(value)
        return isinstance(statement, ast.Expr) and _only_says(statement)

    def _makes_client(self, value: ast.expr) -> bool:
        """Whether an expression becomes a proxy, without keys that might be refused."""
        call = value.value if isinstance(value, ast.Await) else value
        place = (self._source.path, call.lineno, call.col_offset)
        return any(
            isinstance(one, Client)
            and (one.path, one.line, one.column) == place
            and one.kind == "public"
            for one in self._project.values(call)
        )


def spins(project: Project, source: SourceFile, statement: ast.stmt) -> bool:
    """Whether a ``while`` around the statement would be left with nothing to wait for."""
    loop = _loop_around(source, statement)
    if loop is None:
        return False
    removed = _connecting(project, source)
    gone = gone_statements(source, removed)
    if id(loop) in gone or any(_ends(one) for one in loop.body):
        return False
    going = {id(inner) for one in removed for inner in ast.walk(one)}
    return not any(
        isinstance(inner, _WAITING)
        or (isinstance(inner, ast.Call) and last_name(inner.func) in _PAUSES)
        for inner in ast.walk(loop)
        if id(inner) not in going
    )


def _try_around(source: SourceFile, statement: ast.stmt) -> ast.Try | None:
    inner: ast.AST = statement
    for outer in source.ancestors(statement):
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            return None
        if isinstance(outer, ast.Try) and outer.handlers and inner in outer.body:
            return outer
        inner = outer
    return None


def _loop_around(source: SourceFile, statement: ast.stmt) -> ast.While | None:
    for outer in source.ancestors(statement):
        if isinstance(outer, ast.For | ast.AsyncFor | ast.FunctionDef | ast.AsyncFunctionDef):
            return None
        if isinstance(outer, ast.While):
            return outer
    return None


def _connecting(project: Project, source: SourceFile) -> list[ast.stmt]:
    """The statements of a file that do nothing but connect a client."""
    return [
        node
        for node in source.nodes
        if isinstance(node, ast.Expr)
        and _clients(project, [node], "connect")
        and all(
            last_name(inner.func) in _RUNNING
            for inner in ast.walk(node)
            if isinstance(inner, ast.Call)
        )
    ]


def _clients(project: Project, body: list[ast.stmt], prefix: str) -> set[Client]:
    """Clients that are asked directly in *body* for a member whose name starts with *prefix*."""
    return {
        value
        for one in body
        for inner in ast.walk(one)
        if isinstance(inner, ast.Attribute) and inner.attr.startswith(prefix)
        for value in project.values(inner.value)
        if isinstance(value, Client)
    }


def _only_says(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Pass | ast.Continue | ast.Import | ast.ImportFrom):
        return True
    if isinstance(statement, ast.Raise):
        return statement.exc is None
    value = statement.value if isinstance(statement, ast.Expr) else None
    call = value.value if isinstance(value, ast.Await) else value
    return isinstance(call, ast.Constant) or (
        isinstance(call, ast.Call) and last_name(call.func) in _SAYING
    )


def _sleeps(handler: ast.ExceptHandler) -> bool:
    """Whether it waits for another try."""
    return any(
        isinstance(inner, ast.Call) and last_name(inner.func) == "sleep"
        for inner in ast.walk(handler)
    )


def _ends(statement: ast.stmt) -> bool:
    """Whether a loop is left in the first round, once nothing in it fails."""
    return any(isinstance(one, ast.Break | ast.Return | ast.Raise) for one in _always(statement))


def _always(statement: ast.stmt) -> Iterator[ast.stmt]:
    yield statement
    if isinstance(statement, ast.Try | ast.With | ast.AsyncWith):
        for one in statement.body:
            yield from _always(one)
