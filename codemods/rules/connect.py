"""UWS120: ``connect()`` disappears; where its value or its coroutine is needed, the meaning stays."""

from __future__ import annotations

import ast

from codemods.connect_failures import NEVER_MET, FailingConnect, spins
from codemods.deciding import decides
from codemods.edits import Edit, Span
from codemods.flow.values import Client, Container, Plain
from codemods.rule import Example, Rule
from codemods.site import Refuse, Rewrite, Use, Verdict, delete_argument, dotted, has_effects

__all__ = ["METHODS", "RULE", "rewrite"]

RULE = Rule(
    code="UWS120",
    title="Remove connect()",
    anchor="connect-and-disconnect",
    rationale=(
        "The manager connects when the first subscription needs it. A statement disappears; "
        "where the coroutine is "
        "handed to something else, asyncio.sleep(0) stands for it; where None was the value, "
        "None stays. Where the value decides something, directly or through a name, the client stays: "
        "it was always None, so the test never did what it says. Handlers that do something about a "
        "failing connect() go around the first subscription, which fails in its place; where that is "
        "not the next statement the client stays."
    ),
    examples=(
        Example(
            "await client.connect()\nawait client.subscribe_ticker(symbols, on_tick)\n",
            "await client.subscribe_ticker(symbols, on_tick)\n",
        ),
        Example(
            "await asyncio.gather(a.connect(), warm_up())\n", "await asyncio.gather(warm_up())\n"
        ),
    ),
)

_RUNNERS = frozenset(
    {"wait_for", "shield", "create_task", "ensure_future", "run_until_complete", "run", "timeout"}
)

_HOLDERS = (
    *(ast.Call, ast.keyword, ast.List, ast.Tuple, ast.Return, ast.Assign, ast.AnnAssign),
    *(ast.Lambda, ast.Dict, ast.Starred, ast.NamedExpr, ast.IfExp),
)
"""Where a coroutine may stand that somebody else awaits."""


def rewrite(use: Use) -> Verdict:
    """Remove the call, or say why it has to stay."""
    if use.call is None:
        return _without_call(use)
    if has_effects([*use.call.args, *(keyword.value for keyword in use.call.keywords)]):
        return Refuse(RULE.code, "the arguments of connect() do something of their own")
    parent = use.parent
    if isinstance(parent, ast.Expr) and has_effects([use.attribute.value]):
        # What gives the client may do more than that: it stays, without the call.
        edit = use.replace(use.expression, use.text(use.attribute.value))
        return Rewrite(RULE.code, "connect() is not needed any more", [edit])
    if has_effects([use.attribute.value]):
        return Refuse(
            RULE.code, "connect() is called on the result of a call, and its value is used"
        )
    if isinstance(parent, ast.Expr):
        return _statement(use)
    if _is_last_of_a_statement(use):
        return _alternative(use)
    if decides(use.project, use.source, use.expression):
        return Refuse(
            RULE.code, "the value of connect() decides something here, and it was always None"
        )
    if use.awaited is not None:
        edit = use.replace(use.expression, "None")
        return Rewrite(RULE.code, "connect() gave None in v5", [edit])
    return _as_coroutine(use, parent)


def _statement(use: Use) -> Verdict:
    if spins(use.project, use.source, use.statement):
        return Refuse(
            RULE.code, "the loop around connect() would wait for nothing, and would never pause"
        )
    failing = FailingConnect(use.project, use.source, use.statement)
    message = "connect() is not needed any more"
    if not failing.is_answered:
        if failing.line is not None:
            message += (
                f"; a server that cannot be reached shows in the first subscription, not to the "
                f"handlers in line {failing.line}"
            )
        lost = failing.never_met
        return Rewrite(
            RULE.code,
            message,
            removes=[use.statement],
            note=None if lost is None else (lost, NEVER_MET),
        )
    following = failing.next_subscription()
    if following is None:
        return Refuse(
            RULE.code,
            "connect() opens nothing any more, on compat_v5 either: what answers its failure here "
            "belongs around the first subscription",
        )
    start, end = use.source.span(use.statement)
    edit = Edit(start, end, (Span(*use.source.span(following)),))
    message = "the first subscription takes the place of connect(), where its failure is handled"
    return Rewrite(RULE.code, message, [edit], removes=[following])


def _without_call(use: Use) -> Verdict:
    if not use.is_mock:
        return Refuse(RULE.code, "connect is handed on without being called")
    node: ast.AST = use.attribute
    while isinstance(outer := use.source.parent(node), ast.Attribute):
        node = outer
    statement = use.statement
    if (
        isinstance(statement, ast.Assign)
        and len(statement.targets) == 1
        and statement.targets[0] is node
    ):
        return Rewrite(
            RULE.code, "nothing calls connect() on this mock any more", removes=[statement]
        )
    return Refuse(RULE.code, "a test looks at connect() of this mock")


def _is_last_of_a_statement(use: Use) -> bool:
    """``client.is_connected() or await client.connect()`` as a statement: nothing depends on its value."""
    outer = use.parent
    return (
        isinstance(outer, ast.BoolOp)
        and outer.values[-1] is use.expression
        and isinstance(use.source.parent(outer), ast.Expr)
    )


def _alternative(use: Use) -> Verdict:
    """The same as ``if not client.is_connected(): await client.connect()``."""
    outer = use.parent
    assert isinstance(outer, ast.BoolOp)  # noqa: S101 - asked before
    asked: set[Client] = set()
    for value in outer.values[:-1]:
        clients = _asked_for_connection(use, value)
        if not clients and has_effects([value]):
            edit = use.replace(use.expression, "None")
            return Rewrite(RULE.code, "connect() is not needed any more", [edit])
        asked |= clients
    return Rewrite(
        RULE.code,
        "connect() is not needed any more",
        removes=[use.statement],
        joins=frozenset(asked),
    )


def _asked_for_connection(use: Use, node: ast.expr) -> set[Client]:
    """The clients of ``client.is_connected()``, negated or not."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        node = node.operand
    asks = (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "is_connected"
        and not has_effects([node.func.value])
    )
    if not asks or not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return set()
    return {value for value in use.project.values(node.func.value) if isinstance(value, Client)}


def _as_coroutine(use: Use, parent: ast.AST | None) -> Verdict:
    if isinstance(parent, ast.GeneratorExp | ast.ListComp) and parent.elt is use.call:
        return _gathered_loop(use, parent)
    if isinstance(parent, ast.Call) and use.call in parent.args:
        name = dotted(parent.func).rsplit(".", 1)[-1]
        outer = use.source.parent(parent)
        runner = outer if isinstance(outer, ast.Await) else parent
        is_statement = isinstance(use.source.parent(runner), ast.Expr)
        if name == "gather" and is_statement:
            return _gathered(use, parent)
        if name in _RUNNERS and is_statement and parent.args[0] is use.call:
            return _statement(use)
    if isinstance(parent, _HOLDERS):
        if use.project.names_asyncio(use.source):
            edit = use.replace(use.expression, "asyncio.sleep(0)")
            return Rewrite(RULE.code, "a coroutine that does nothing stands for connect()", [edit])
        return Refuse(
            RULE.code,
            "the coroutine of connect() is handed on, and this module has no asyncio to replace it",
        )
    return Refuse(RULE.code, "connect() is used in a way this tool does not know")


def _gathered(use: Use, gather: ast.Call) -> Verdict:
    companions: set[Client] = set()
    for argument in gather.args:
        clients = _connecting(use, argument)
        if not clients:
            if use.call is None:
                break
            return Rewrite(
                RULE.code,
                "connect() is not needed any more",
                [delete_argument(use.source, gather, use.call)],
            )
        companions |= clients
    verdict = _statement(use)
    if isinstance(verdict, Rewrite):
        verdict.joins = frozenset(companions)
    return verdict


def _connecting(use: Use, node: ast.expr) -> set[Client]:
    if not (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "connect"
    ):
        return set()
    return {value for value in use.project.values(node.func.value) if isinstance(value, Client)}


def _gathered_loop(use: Use, loop: ast.GeneratorExp | ast.ListComp) -> Verdict:
    outer: ast.AST | None = use.source.parent(loop)
    if isinstance(outer, ast.Starred):
        outer = use.source.parent(outer)
        call_arguments = len(outer.args) if isinstance(outer, ast.Call) else 0
        if (
            isinstance(outer, ast.Call)
            and dotted(outer.func).endswith("gather")
            and call_arguments == 1
        ):
            wrapper = use.source.parent(outer)
            runner = wrapper if isinstance(wrapper, ast.Await) else outer
            quiet = all(_is_quiet_iteration(use, one.iter) for one in loop.generators)
            if isinstance(use.source.parent(runner), ast.Expr) and quiet:
                return _statement(use)
    if use.project.names_asyncio(use.source):
        edit = use.replace(use.expression, "asyncio.sleep(0)")
        return Rewrite(RULE.code, "a coroutine that does nothing stands for connect()", [edit])
    return Refuse(
        RULE.code, "connect() of several clients is collected in a way this tool does not know"
    )


def _is_quiet_iteration(use: Use, node: ast.expr) -> bool:
    """Whether going through *node* does nothing else; the views of a dictionary do not."""
    if (
        isinstance(node, ast.Call)
        and not node.args
        and not node.keywords
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("keys", "values", "items")
    ):
        held = [v for v in use.project.values(node.func.value) if not isinstance(v, Plain)]
        if held and all(isinstance(value, Container) for value in held):
            node = node.func.value
    return not has_effects([node])


METHODS = {"connect": rewrite}
