"""UWS161: callbacks that take the envelope alone get the three arguments of v6."""

from __future__ import annotations

import ast

from codemods.callbacks import callback_functions
from codemods.edits import Edit, Span
from codemods.flow.scopes import FunctionInfo
from codemods.flow.subscriptions import callback_argument
from codemods.flow.values import Client
from codemods.legacy import SUBSCRIBE_TYPES
from codemods.rule import Example, Rule
from codemods.site import Use

__all__ = ["RULE", "adapt"]

RULE = Rule(
    code="UWS161",
    title="Give one-argument callbacks three arguments",
    anchor="payload",
    rationale=(
        "The first generation called callbacks with one dictionary, later ones and v6 with "
        "(symbol, data_type, data). A "
        "function that is nothing but a callback gets the parameters; any other callable is "
        "wrapped where it is handed over."
    ),
    examples=(
        Example(
            "async def on_tick(data):\n    ...\n",
            "async def on_tick(symbol, data_type, data):\n    ...\n",
        ),
        Example(
            "await c.subscribe_ticker(s, queue.put_nowait)\n",
            "await c.subscribe_ticker(s, lambda symbol, data_type, data: queue.put_nowait(data))\n",
        ),
    ),
)


_PARAMETERS = ("symbol", "data_type", "data")
_LOOPS = (
    *(ast.For, ast.AsyncFor, ast.While),
    *(ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp),
)


def adapt(
    use: Use, callback: ast.expr
) -> tuple[list[Edit], list[tuple[str, Edit]], frozenset[Client]]:
    """Edits here, edits in other files, and clients that have to share the decision."""
    functions = callback_functions(use.project, callback)
    if functions and all(_is_only_callback(use, info) for info, _, _ in functions):
        here: list[Edit] = []
        elsewhere: list[tuple[str, Edit]] = []
        joins: set[Client] = set()
        for info, bound, given in functions:
            if given:
                return _wrapped(use, callback), [], frozenset()
            edit, payload = _with_parameters(use, info, bound=bound)
            joins |= use.project.payload_clients.get(("var", info.scope.key, payload), set())
            if info.value.path == use.source.path:
                here.append(edit)
            else:
                elsewhere.append((info.value.path, edit))
        return here, elsewhere, frozenset(joins)
    return _wrapped(use, callback), [], frozenset()


def _is_only_callback(use: Use, info: FunctionInfo) -> bool:
    if isinstance(info.node, ast.Lambda):
        return True
    if info.decorators:
        return False
    for path, node in use.project.function_references.get(info.value, []):
        outer = use.project.sources[path].parent(node)
        call = use.project.sources[path].parent(outer) if isinstance(outer, ast.keyword) else outer
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
            return False
        name = call.func.attr
        receivers = use.project.values(call.func.value)
        if name not in SUBSCRIBE_TYPES or not any(isinstance(value, Client) for value in receivers):
            return False
        if callback_argument(call, name) is not node:
            return False
    if info.owner is not None:
        # An override or a base method would have to change with it.
        same = [
            known
            for known in use.project.flow.hierarchy.family(info.owner)
            if isinstance(info.node, ast.FunctionDef | ast.AsyncFunctionDef)
            and info.node.name in use.project.flow.hierarchy.classes[known].methods
        ]
        return len(same) == 1
    return True


def _with_parameters(use: Use, info: FunctionInfo, *, bound: bool) -> tuple[Edit, str]:
    source = use.project.sources[info.value.path]
    payload = info.parameters()[1 if bound else 0]
    used = set(info.scope.names) | {
        node.id for node in ast.walk(info.node) if isinstance(node, ast.Name)
    }
    symbol = "symbol" if "symbol" not in used else "_symbol"
    data_type = "data_type" if "data_type" not in used else "_data_type"
    start = source.start(payload)
    return Edit(start, start, (f"{symbol}, {data_type}, ",)), payload.arg


def _wrapped(use: Use, callback: ast.expr) -> list[Edit]:
    span = Span(*use.source.span(callback))
    chain = callback
    while isinstance(chain, ast.Attribute):
        chain = chain.value
    if (
        isinstance(callback, ast.Attribute)
        and isinstance(chain, ast.Name)
        and not _is_bound_again(use, chain)
    ):
        names = [f"_{name}" if name == chain.id else name for name in _PARAMETERS]
        call = f"({names[-1]})"
        return [use.replace(callback, f"lambda {', '.join(names)}: ", span, call)]
    # The default binds the callable now, as handing it over did.
    return [
        use.replace(callback, "lambda symbol, data_type, data, callback=", span, ": callback(data)")
    ]


def _is_bound_again(use: Use, name: ast.Name) -> bool:
    """Whether a name may mean something else by the time a callback is called: it is bound twice, or in a
    loop."""
    source = use.source
    home: ast.AST = source.tree
    for outer in source.ancestors(name):
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            home = outer
            break
    bound = [
        node
        for node in ast.walk(home)
        if isinstance(node, ast.Name) and node.id == name.id and isinstance(node.ctx, ast.Store)
    ]
    return len(bound) > 1 or any(
        isinstance(outer, _LOOPS) for node in bound for outer in source.ancestors(node)
    )
