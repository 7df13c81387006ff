"""What calls do: bind arguments, return values, create clients, fill containers, hand values away."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from codemods.flow.arguments import Arguments, positional_capacity
from codemods.flow.boundary import (
    ANYWHERE,
    BUILTINS,
    CALLING,
    ENCODED,
    QT,
    foreign,
    is_decoder,
    is_encoder,
    root_of,
)
from codemods.flow.externals import (
    COLLECTING,
    ENTERING,
    FIELD_FUNCTIONS,
    MOCK_CLASSES,
    PASSING_FIRST,
    SIGNALS,
    WRAPPING,
    is_harmless,
)
from codemods.flow.scopes import FunctionInfo, Scope, last_name
from codemods.flow.signals import MOST_ARGUMENTS, Signals
from codemods.flow.values import (
    DECODED,
    NONE,
    OTHER,
    UNKNOWN,
    Bound,
    Class,
    Client,
    Container,
    External,
    Function,
    Instance,
    LegacyName,
    Module,
    Partial,
    Payload,
    Plain,
    Value,
)
from codemods.frames import ENVELOPE_ONLY
from codemods.legacy import SUBSCRIBE_TYPES, kind_of_client, legacy_submodule, name_kind

if TYPE_CHECKING:
    from codemods.flow.evaluator import Evaluator

__all__ = ["CallEvaluator", "callback_argument"]

_ADDING = frozenset(
    {
        "append",
        "appendleft",
        "add",
        "put",
        "put_nowait",
        "push",
        "register",
        "enter_async_context",
        "enter_context",
    }
)
_TAKING = frozenset(
    {
        "pop",
        "popleft",
        "get",
        "get_nowait",
        "values",
        "copy",
        "popitem",
        "setdefault",
        "__getitem__",
    }
)


_READING = frozenset({"keys", "index", "count", "remove", "discard", "clear", "sort", "reverse"})
"""Methods of containers that keep nothing they are given."""


_CALLBACK_SLOT = {
    "subscribe": 2,
    "subscribe_realtime": 2,
    "subscribe_ticker": 1,
    "subscribe_trade": 1,
    "subscribe_orderbook": 1,
    "subscribe_candle": 2,
    "subscribe_my_orders": 1,
    "subscribe_my_assets": 0,
    "quick_subscribe_ticker": 1,
    "quick_subscribe_my_orders": 3,
    "quick_subscribe_my_assets": 2,
}


def callback_argument(node: ast.Call, name: str) -> ast.expr | None:
    """The callback expression of a legacy subscribe call; ``None`` when there is none to be seen."""
    for keyword in node.keywords:
        if keyword.arg == "callback":
            return keyword.value
    slot = _CALLBACK_SLOT[name]
    if (
        name == "subscribe_my_orders"
        and len(node.args) == 1
        and not any(k.arg == "markets" for k in node.keywords)
    ):
        slot = 0  # documents put the callback first, where the markets belong
    if any(isinstance(argument, ast.Starred) for argument in node.args[: slot + 1]):
        return None
    return node.args[slot] if len(node.args) > slot else None


class CallEvaluator:
    """Evaluates call expressions for :class:`~codemods.flow.evaluator.Evaluator`."""

    def __init__(self, flow: Evaluator) -> None:
        self.flow = flow
        self.signals = Signals(self)

    def evaluate(self, node: ast.Call, scope: Scope) -> set[Value]:
        """The result of a call."""
        callees = self.flow.evaluate(node.func, scope)
        arguments = self._arguments(node, scope)
        found: set[Value] = set()
        handled, unresolved = False, True
        bases: frozenset[Value] = frozenset()
        if isinstance(node.func, ast.Attribute) and node.func.attr == "__new__":
            made = arguments.positional[0][1] if arguments.positional else frozenset[Value]()
            return {Instance(value) for value in made if isinstance(value, Class)} or {UNKNOWN}
        if isinstance(node.func, ast.Attribute):
            bases = self.flow._last.get(id(node.func.value), frozenset())
            handled, result = self._method_on(bases, node.func.attr, node, arguments, scope)
            found |= result
            unresolved = not handled
        for callee in sorted(callees, key=repr) if len(callees) > 1 else callees:
            result_or_none = self.call_value(callee, node, arguments, scope)
            if result_or_none is not None:
                unresolved = False
                found |= result_or_none
        if unresolved:
            found |= self._external("", node, arguments, scope)
        elif any(
            isinstance(one, Plain) and one.word == "foreign"
            for one in (bases if handled else callees)
        ):
            self.hand_over(node, arguments, ast.unparse(node.func), self._root("", node), scope)
        return found

    def _arguments(self, node: ast.Call, scope: Scope) -> Arguments:
        positional: list[tuple[ast.expr, frozenset[Value]]] = []
        keywords: list[tuple[str, ast.expr, frozenset[Value]]] = []
        starred: set[Value] = set()
        mappings: list[Container] = []
        is_behind = False
        for argument in node.args:
            values = self.flow.evaluate(argument, scope)
            if isinstance(argument, ast.Starred):
                starred |= self.flow.elements(values)
                is_behind = True
            elif is_behind:
                starred |= values
            else:
                positional.append((argument, frozenset(values)))
        spread = set(starred)
        for keyword in node.keywords:
            values = self.flow.evaluate(keyword.value, scope)
            if keyword.arg is None:
                spread |= self.flow.elements(values)
                mappings += [value for value in values if isinstance(value, Container)]
            else:
                keywords.append((keyword.arg, keyword.value, frozenset(values)))
        return Arguments(
            tuple(positional),
            tuple(keywords),
            frozenset(spread),
            tuple(mappings),
            frozenset(starred),
        )

    # Receivers with known methods

    def _method_on(
        self, bases: frozenset[Value], name: str, node: ast.Call, arguments: Arguments, scope: Scope
    ) -> tuple[bool, set[Value]]:
        found: set[Value] = set()
        handled = False
        for base in bases:
            if isinstance(base, Client):
                handled = True
                found |= self._client_method(base, name, node, scope)
            elif isinstance(base, Container):
                handled = True
                found |= self._container_method(base, name, node, arguments, scope)
            elif isinstance(base, Payload):
                handled = True
                if name in ("get", "pop", "setdefault") and node.args:
                    found |= self.flow.item({base}, self.flow.constant(node.args[0], scope))
                elif name == "copy":
                    found.add(base)
                else:
                    found.add(OTHER)
            elif base == DECODED and name in _TAKING | {"items", "keys"}:
                handled = True
                found.add(DECODED)
        return handled, found

    def _client_method(self, client: Client, name: str, node: ast.Call, scope: Scope) -> set[Value]:
        if name in SUBSCRIBE_TYPES:
            callback = callback_argument(node, name)
            self.register_callback(client, SUBSCRIBE_TYPES[name], callback, scope)
        if name in ("__aenter__", "result"):
            return {client}  # result(): of the task or future that stands for its value here
        return {client} if client.origin == "mock" and name == "__call__" else {OTHER}

    def register_callback(
        self, client: Client, data_type: str, callback: ast.expr | None, scope: Scope
    ) -> None:
        """Let a payload flow into a callback's parameters."""
        if callback is None:
            return
        payload = Payload(client, data_type, "envelope")
        place = (scope.path, callback.lineno)
        self.flow.subscribed.setdefault((client, data_type), place)
        self._register_unseen(payload, callback, scope)
        for value in self.flow._last.get(id(callback), frozenset()):
            given = 0
            inner: Value = value
            if isinstance(inner, Partial):
                given, inner = inner.given, inner.inner
            if isinstance(inner, Instance):
                called = self.flow.method(inner.of, "__call__")
                if called is not None:
                    inner = Bound(called.value, inner)
            function = inner.function if isinstance(inner, Bound) else inner
            if not isinstance(function, Function):
                continue
            info = self.flow.functions[function]
            bound = isinstance(inner, Bound)
            parameters = info.parameters()[1 if bound and info.takes_receiver else 0 :][given:]
            required, most = positional_capacity(info, bound=bound and info.takes_receiver)
            takes_one = required - given <= 1 and most - given < 3
            slots: Sequence[Value] = (payload,) if takes_one else (OTHER, OTHER, payload)
            for parameter, slot in zip(parameters, slots, strict=False):
                self.flow.cells.add(("var", info.scope.key, parameter.arg), {slot}, place)
            vararg = info.node.args.vararg
            if vararg is not None and len(parameters) < len(slots):
                box = Container(info.value.path, vararg.lineno, vararg.col_offset, "varargs")
                self.flow.cells.add(("var", info.scope.key, vararg.arg), {box}, place)
                for index, slot in enumerate(slots[len(parameters) :]):
                    self.flow.put_at(box, index, {slot}, place)

    def _register_unseen(self, payload: Payload, callback: ast.expr, scope: Scope) -> None:
        """A callback that is no function of the project: a queue's or signal's method, or a library's."""
        flow = self.flow
        values = flow._last.get(id(callback), frozenset())
        if isinstance(callback, ast.Attribute):
            place = (scope.path, callback.lineno)
            for base in flow._last.get(id(callback.value), frozenset()):
                if isinstance(base, Container) and callback.attr == "emit":
                    flow.put_at(base, 2 if base.label == "signal of 3" else 0, {payload}, place)
                    self.signals.fire(base, place)
                    return
                if isinstance(base, Container) and callback.attr in _ADDING:
                    flow.put_at(base, None, {payload}, place)
                    return
        seen = (Function, Bound, Partial, Instance)
        names = [value.name for value in values if isinstance(value, External)]
        if any(isinstance(value, seen) for value in values) or any(map(is_harmless, names)):
            return
        if not (isinstance(callback, ast.Constant) and callback.value is None):
            root = root_of(names[0]) if names else ""
            flow.outside.leak(callback, {payload}, ast.unparse(callback), root, scope)

    def _container_method(
        self, box: Container, name: str, node: ast.Call, arguments: Arguments, scope: Scope
    ) -> set[Value]:
        if box.label.startswith("signal") and name in ("emit", "connect"):
            return self.signals.call(box, name, node, arguments, scope)
        if name in _ADDING:
            for argument, values in arguments.everything():
                self.flow.put(box, None, values, argument, scope)
            self.flow.put(box, None, arguments.spread, node, scope)
            return {value for _, values in arguments.positional for value in values}
        if name == "insert" and len(arguments.positional) == 2:
            self.flow.put(box, None, arguments.positional[1][1], node, scope)
        if name in ("extend", "update", "extendleft", "union"):
            for argument, values in arguments.positional:
                self.flow.put(box, None, self.flow.elements(values), argument, scope)
            for key, argument, values in arguments.keywords:
                self.flow.put(box, key, values, argument, scope)
        if name == "items":
            return {box}
        if name in _TAKING:
            if name in ("values", "copy"):
                return {box}
            first = node.args[0] if node.args else None
            taken = first.value if isinstance(first, ast.Constant) else None
            found = self.flow.item({box}, taken if isinstance(taken, str | int) else None)
            for _, values in arguments.positional[1:]:
                found |= values
                if name == "setdefault":
                    self.flow.put(
                        box, taken if isinstance(taken, str | int) else None, values, node, scope
                    )
            return found
        if name not in _READING:
            self._leak_arguments(node, arguments, ast.unparse(node.func), "", scope)
        return {OTHER}

    # Calls by position

    def bind_position(
        self, callee: Function | Bound | Partial, index: int, values: set[Value],
        place: tuple[str, int],
    ) -> None:  # fmt: skip
        """Let *values* reach the parameter a caller fills with its argument *index*."""
        info, receiver, given = self._unwrap(callee)
        parameters = info.parameters()
        if receiver is not None and info.takes_receiver and parameters:
            self.bind_receiver(info, receiver)
            parameters = parameters[1:]
        parameters = parameters[given:]
        if index < len(parameters):
            self.flow.cells.add(("var", info.scope.key, parameters[index].arg), values, place)
        elif info.node.args.vararg is not None:
            self._into_vararg(info, index - len(parameters), values, place)

    def _into_vararg(
        self, info: FunctionInfo, index: int | None, values: Iterable[Value], place: tuple[str, int]
    ) -> None:
        vararg = info.node.args.vararg
        if vararg is not None:
            box = Container(info.value.path, vararg.lineno, vararg.col_offset, "varargs")
            self.flow.cells.add(("var", info.scope.key, vararg.arg), {box}, place)
            self.flow.put_at(box, index, values, place)

    def _unwrap(
        self, callee: Function | Bound | Partial
    ) -> tuple[FunctionInfo, Instance | Class | None, int]:
        given = 0
        inner: Function | Bound | Partial = callee
        if isinstance(inner, Partial):
            given, inner = inner.given, inner.inner
        if isinstance(inner, Bound):
            return self.flow.functions[inner.function], inner.receiver, given
        return self.flow.functions[inner], None, given

    # Calls by value

    def call_value(
        self, callee: Value, node: ast.Call, arguments: Arguments, scope: Scope
    ) -> set[Value] | None:
        """The result of calling one value; ``None`` when it is nothing that can be seen through."""
        if isinstance(callee, LegacyName):
            return self._legacy_call(callee, node, arguments, scope)
        if isinstance(callee, Class):
            return self._construct(callee, node, arguments, scope)
        if isinstance(callee, Bound):
            return self._call_function(
                self.flow.functions[callee.function], callee.receiver, node, arguments, scope
            )
        if isinstance(callee, Function):
            return self._call_function(self.flow.functions[callee], None, node, arguments, scope)
        if isinstance(callee, Partial):
            info, receiver, given = self._unwrap(callee)
            return self._call_function(info, receiver, node, arguments, scope, given)
        if isinstance(callee, External):
            return self._external(callee.name, node, arguments, scope)
        if isinstance(callee, Instance):
            called = self.flow.method(callee.of, "__call__")
            if called is not None:
                return self._call_function(called, callee, node, arguments, scope)
            return None
        if isinstance(callee, Client) and callee.origin == "mock":
            return {callee}
        return None

    def _legacy_call(
        self, callee: LegacyName, node: ast.Call, arguments: Arguments, scope: Scope
    ) -> set[Value]:
        kind = name_kind(callee.name)
        if kind == "class":
            return {
                Client(
                    scope.path,
                    node.lineno,
                    node.col_offset,
                    kind_of_client(callee.name),
                    "constructed",
                )
            }
        if kind == "factory":
            client = Client(
                scope.path, node.lineno, node.col_offset, kind_of_client(callee.name), "factory"
            )
            data_type = {
                "quick_subscribe_ticker": "ticker",
                "quick_subscribe_my_orders": "myOrder",
                "quick_subscribe_my_assets": "myAsset",
            }.get(callee.name)
            if data_type is not None:
                callback = callback_argument(node, callee.name)
                self.register_callback(client, data_type, callback, scope)
            return {client}
        return {OTHER}

    def _construct(
        self, of: Class, node: ast.Call, arguments: Arguments, scope: Scope
    ) -> set[Value]:
        instance = Instance(of)
        new = self.flow.method(of, "__new__")
        if new is not None:
            self.bind(new, of, node, arguments, scope)
        init = self.flow.method(of, "__init__")
        if init is not None:
            self.bind(init, instance, node, arguments, scope)
        else:
            fields = self.fields(of)
            for (argument, values), name in zip(arguments.positional, fields, strict=False):
                self.flow.cells.add(("attr", of, name), values, (scope.path, argument.lineno))
            for name, argument, values in arguments.keywords:
                self.flow.cells.add(("attr", of, name), values, (scope.path, argument.lineno))
            unplaced = Arguments(arguments.positional[len(fields) :], (), arguments.spread)
            self._leak_arguments(node, unplaced, of.name, "", scope)
        return {instance}

    def fields(self, of: Class) -> list[str]:
        """Fields of a dataclass or named tuple, bases first."""
        found: list[str] = []
        for known in reversed(self.flow.ancestors(of)):
            for statement in self.flow.classes[known].node.body:
                if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
                    found.append(statement.target.id)
        return found

    def _call_function(
        self,
        info: FunctionInfo,
        receiver: Instance | Class | None,
        node: ast.Call,
        arguments: Arguments,
        scope: Scope,
        given: int = 0,
    ) -> set[Value]:
        self.bind(info, receiver, node, arguments, scope, given)
        if info.is_generator:
            label = (
                "context"
                if info.has_decorator("contextmanager", "asynccontextmanager")
                else "generator"
            )
            box = Container(info.value.path, info.value.line, info.value.column, label)
            yielded = self.flow.cells.read(("yield", info.value))
            self.flow.cells.add(("items", box), yielded, (info.value.path, info.value.line))
            return {box} | self.flow.cells.read(("return", info.value))
        return set(self.flow.cells.read(("return", info.value)))

    def bind_receiver(self, info: FunctionInfo, receiver: Instance | Class) -> None:
        """Let a method's first parameter be *receiver*."""
        parameters = info.parameters()
        if info.takes_receiver and parameters:
            place = (info.value.path, info.value.line)
            self.flow.cells.add(("var", info.scope.key, parameters[0].arg), {receiver}, place)

    def bind(
        self,
        info: FunctionInfo,
        receiver: Instance | Class | None,
        node: ast.Call,
        arguments: Arguments,
        scope: Scope,
        given: int = 0,
    ) -> None:
        """Let arguments flow into parameters, behind the first *given*."""
        parameters = info.parameters()
        if receiver is not None and info.takes_receiver and parameters:
            self.bind_receiver(info, receiver)
            parameters = parameters[1:]
        parameters = parameters[given:]
        vararg, kwarg = info.node.args.vararg, info.node.args.kwarg
        key = info.scope.key
        # A wrapper's f(self, *args): whatever that is, a method gets an object of its class.
        is_receiver = receiver is None and not given and info.takes_receiver
        unknown = frozenset({foreign(ANYWHERE)} if is_receiver else ())
        for index, (argument, values) in enumerate(arguments.positional):
            place = (scope.path, argument.lineno)
            if index < len(parameters):
                values = values - unknown if index == 0 else values
                self.flow.cells.add(("var", key, parameters[index].arg), values, place)
            elif vararg is not None:
                self._into_vararg(info, index - len(parameters), values, place)
        names = {parameter.arg for parameter in [*parameters, *info.node.args.kwonlyargs]}
        for name, argument, values in arguments.keywords:
            place = (scope.path, argument.lineno)
            if name in names:
                self.flow.cells.add(("var", key, name), values, place)
            elif kwarg is not None:
                box = Container(info.value.path, kwarg.lineno, kwarg.col_offset, "keywords")
                self.flow.cells.add(("var", key, kwarg.arg), {box}, place)
                self.flow.put_at(box, name, values, place)
        place = (scope.path, node.lineno)
        if kwarg is not None:
            for mapping in arguments.mappings:
                box = Container(info.value.path, kwarg.lineno, kwarg.col_offset, "keywords")
                self.flow.cells.add(("var", key, kwarg.arg), {box}, place)
                self.flow.put_at(box, None, self.flow.cells.read(("items", mapping)), place)
        for mapping in arguments.mappings:
            for name in names:
                self.flow.cells.add(
                    ("var", key, name), self.flow.cells.read(("item", mapping, name)), place
                )
        spread = arguments.starred if arguments.mappings else arguments.spread
        if spread:
            for index, parameter in list(enumerate(parameters))[len(arguments.positional) :]:
                values = spread - unknown if index == 0 else spread
                self.flow.cells.add(("var", key, parameter.arg), values, place)
            self._into_vararg(info, None, spread, place)

    # Calls out of the project

    def _external(
        self, name: str, node: ast.Call, arguments: Arguments, scope: Scope
    ) -> set[Value]:
        flow = self.flow
        short = name.rsplit(".", 1)[-1]
        method = node.func.attr if isinstance(node.func, ast.Attribute) else short
        if flow._recording:
            flow.external_calls[id(node)] = name
        if is_decoder(name, method):
            return {DECODED}
        if short in SIGNALS and root_of(name) == QT:
            count = len(arguments.positional)
            return {Container(scope.path, node.lineno, node.col_offset, f"signal of {count}")}
        result = self._called_with(method, name, node, arguments, scope)
        if result is not None:
            return result
        first = arguments.positional[0][1] if arguments.positional else frozenset[Value]()
        called = node.func.attr if isinstance(node.func, ast.Attribute) and not name else short
        if name in PASSING_FIRST or called in (
            "run_until_complete",
            "create_task",
            "run_coroutine_threadsafe",
        ):
            return set(first)
        if name in ("typing.cast", "cast") and len(arguments.positional) == 2:
            return set(arguments.positional[1][1]) | flow.annotations.read(
                arguments.positional[0][0], scope
            )
        self._sort_keys(short, node, arguments, scope)
        if name in ("getattr", "setattr"):
            return self._reflection(name, node, arguments, scope)
        if name == "functools.partial":
            return self._partial(node, arguments, scope)
        if name in WRAPPING:
            return {External(f"{name}()")}
        if name in ("next", "anext", "min", "max", "random.choice"):
            found = flow.elements(first)
            for _, values in arguments.positional[1:]:
                found |= values
            return found
        if name in ("importlib.import_module", "__import__") and node.args:
            target = node.args[0]
            if (
                isinstance(target, ast.Constant)
                and isinstance(target.value, str)
                and not target.value.startswith(".")
            ):
                return {flow.module_value(scope.path, target.value)}
        if name == "globals":
            return {flow.namespace(Module(scope.path))}
        if name == "vars" and first:
            spaces = {v.of if isinstance(v, Instance) else v for v in first}
            return {flow.namespace(v) for v in spaces if isinstance(v, Class | Module)} or {UNKNOWN}
        if name == "super":
            return self._super(scope)
        if called in ENTERING and first:
            return self.enter(set(first))
        if short == "Depends" or name in FIELD_FUNCTIONS:
            return self._provided(node, arguments, scope)
        if name in ("map", "filter") and arguments.positional:
            return self._mapped(name, node, arguments, scope)
        if name in COLLECTING:
            return self._collected(name, node, arguments, scope)
        patches = isinstance(node.func, ast.Attribute) and node.func.attr == "patch" and not name
        if short in MOCK_CLASSES or short == "patch" or patches or name.endswith("patch.object"):
            return self._mock(node, arguments, scope)
        if flow._recording:
            shown = name or ast.unparse(node.func)
            for argument, values in arguments.everything():
                if values:
                    flow.escapes[id(argument)] = shown
        self._store_loose(node, arguments, scope)
        root = self._root(name, node)
        self.hand_over(node, arguments, name, ENCODED if is_encoder(name) else root, scope)
        if not name:
            return {UNKNOWN, foreign(root)} if flow.settled else set()
        if short[:1].isupper():
            return {
                External(f"{name}()")
            }  # an instance of a class outside of the project: certainly no client
        return {OTHER} if "." not in name else {UNKNOWN, foreign(root)}

    def _root(self, name: str, node: ast.Call) -> str:
        """The package a called function belongs to; empty when nothing says so."""
        if name:
            return root_of(name) if "." in name else ""
        if isinstance(node.func, ast.Attribute):
            for base in self.flow._last.get(id(node.func.value), frozenset()):
                if isinstance(base, External):
                    return root_of(base.name)
                if isinstance(base, Plain) and base.word == "foreign" and base.root.isidentifier():
                    return base.root
        return ""

    def hand_over(
        self, node: ast.Call, arguments: Arguments, callee: str, root: str, scope: Scope
    ) -> None:
        """Arguments reach code nobody sees: payloads leave, functions may be called with anything."""
        if is_harmless(callee or ast.unparse(node.func)) or callee in BUILTINS:
            return
        self._leak_arguments(node, arguments, callee or ast.unparse(node.func), root, scope)
        for argument, values in arguments.everything():
            for value in values:
                self.flow.outside.open_value(value, root, (scope.path, argument.lineno))
        for value in arguments.spread:
            self.flow.outside.open_value(value, root, (scope.path, node.lineno))

    def _leak_arguments(
        self, node: ast.Call, arguments: Arguments, callee: str, root: str, scope: Scope
    ) -> None:
        for argument, values in arguments.everything():
            self.flow.outside.leak(argument, values, callee, root, scope)
        self.flow.outside.leak(node, arguments.spread, callee, root, scope)

    def _called_with(
        self, method: str, name: str, node: ast.Call, arguments: Arguments, scope: Scope
    ) -> set[Value] | None:
        """``loop.call_soon(f, x)``, ``Thread(target=f, args=(x,))``: a function called with arguments."""
        if method in ("Thread", "Process", "Timer"):
            return self._started(name, node, arguments, scope)
        position = CALLING.get(method)
        if position is None or len(arguments.positional) <= position:
            return None
        given = Arguments(
            arguments.positional[position + 1 :],
            tuple(k for k in arguments.keywords if k[0] not in ("context", "loop")),
            arguments.spread,
        )
        found: set[Value] = set()
        callees = arguments.positional[position][1]
        if not any(isinstance(callee, Function | Bound | Partial) for callee in callees):
            return None
        for callee in callees:
            found |= self.call_value(callee, node, given, scope) or set()
        return found | {OTHER}

    def _started(
        self, name: str, node: ast.Call, arguments: Arguments, scope: Scope
    ) -> set[Value] | None:
        keywords = {key: values for key, _, values in arguments.keywords}
        positional = [values for _, values in arguments.positional]
        timer = name.endswith("Timer")
        target = keywords.get("function" if timer else "target", frozenset())
        target = target or (positional[1] if timer and len(positional) > 1 else target)
        callees = [v for v in target if isinstance(v, Function | Bound | Partial)]
        boxes = keywords.get("args", positional[2] if len(positional) > 2 else frozenset[Value]())
        if not callees:
            return None
        for callee in callees:
            for box in boxes:
                for index in range(MOST_ARGUMENTS):
                    values = self.flow.cells.read(("item", box, index))
                    self.bind_position(callee, index, set(values), (scope.path, node.lineno))
            mappings = tuple(
                box for box in keywords.get("kwargs", ()) if isinstance(box, Container)
            )
            info, receiver, given = self._unwrap(callee)
            named = Arguments((), (), frozenset(), mappings)
            self.bind(info, receiver, node, named, scope, given)
        return {External(f"{name}()")}

    def _sort_keys(self, short: str, node: ast.Call, arguments: Arguments, scope: Scope) -> None:
        """``sorted(rows, key=f)``, ``functools.reduce(f, rows)``: a function that gets the elements."""
        callees: list[tuple[frozenset[Value], frozenset[Value]]] = []
        positional = [values for _, values in arguments.positional]
        if short in ("sorted", "min", "max", "groupby", "nlargest", "nsmallest") and positional:
            rows = positional[-1] if short.startswith("n") else positional[0]
            callees = [(values, rows) for key, _, values in arguments.keywords if key == "key"]
        elif short == "reduce" and len(positional) > 1:
            callees = [(positional[0], positional[1])]
        for functions, rows in callees:
            elements = frozenset(self.flow.elements(rows))
            given = Arguments(
                tuple((node, elements) for _ in range(1 + (short == "reduce"))), (), elements
            )
            for function in functions:
                if isinstance(function, Function | Bound | Partial):
                    self.call_value(function, node, given, scope)

    def _mapped(self, name: str, node: ast.Call, arguments: Arguments, scope: Scope) -> set[Value]:
        box = Container(scope.path, node.lineno, node.col_offset)
        rest = tuple(
            (argument, frozenset(self.flow.elements(values)))
            for argument, values in arguments.positional[1:]
        )
        for callee in arguments.positional[0][1]:
            given = Arguments(rest, (), frozenset())
            made = self.call_value(callee, node, given, scope) or set()
            kept = {value for _, values in rest for value in values}
            self.flow.put(box, None, made if name == "map" else kept, node, scope)
        return {box}

    def _store_loose(self, node: ast.Call, arguments: Arguments, scope: Scope) -> None:
        """``unknown.append(client)`` and the like: elements of something the project does not show."""
        if isinstance(node.func, ast.Attribute) and node.func.attr in _ADDING:
            for argument, values in arguments.positional:
                held = {value for value in values if isinstance(value, Client)}
                self.flow.cells.add(
                    ("loose", last_name(node.func.value), "[]"), held, (scope.path, argument.lineno)
                )

    def _reflection(
        self, name: str, node: ast.Call, arguments: Arguments, scope: Scope
    ) -> set[Value]:
        if self.flow._recording and any(
            isinstance(value, Client) for _, values in arguments.positional[:1] for value in values
        ):
            # What is looked up on a client by a string cannot follow a renamed method.
            self.flow.escapes[id(node.args[0])] = name
        if len(node.args) < 2:
            return {UNKNOWN}
        key = node.args[1]
        if not (isinstance(key, ast.Constant) and isinstance(key.value, str)):
            self._leak_arguments(node, arguments, name, "", scope)
            return {UNKNOWN, foreign()}
        access = ast.Attribute(value=node.args[0], attr=key.value, ctx=ast.Load())
        ast.copy_location(access, node)
        bases = set(arguments.positional[0][1])
        if name == "setattr" and len(arguments.positional) > 2:
            place = (scope.path, node.lineno)
            self.flow.store_attribute(
                bases, access, key.value, set(arguments.positional[2][1]), place
            )
            return {NONE}
        found = self.flow.attribute(bases, key.value, access)
        for _, values in arguments.positional[2:]:
            found |= values
        return found

    def _partial(self, node: ast.Call, arguments: Arguments, scope: Scope) -> set[Value]:
        if not arguments.positional:
            return {UNKNOWN}
        rest = Arguments(arguments.positional[1:], arguments.keywords, arguments.spread)
        found: set[Value] = set()
        for callee in arguments.positional[0][1]:
            if isinstance(callee, Function | Bound):
                info = self.flow.functions[callee.function if isinstance(callee, Bound) else callee]
                receiver = callee.receiver if isinstance(callee, Bound) else None
                self.bind(info, receiver, node, rest, scope)
                found.add(Partial(callee, len(rest.positional)))
            elif isinstance(callee, LegacyName):
                found.add(callee)
        if not found:
            self.hand_over(node, rest, "functools.partial", "", scope)
        return found or {UNKNOWN, foreign()}

    def _super(self, scope: Scope) -> set[Value]:
        owner = None
        current: Scope | None = scope
        while current is not None and owner is None:
            owner = current.owner
            current = current.parent
        if owner is None:
            return {UNKNOWN}
        bases = self.flow.bases.get(owner, [])
        return {Instance(base) for base in bases if isinstance(base, Class)} or {OTHER}

    def _provided(self, node: ast.Call, arguments: Arguments, scope: Scope) -> set[Value]:
        """``Depends(factory)`` and ``field(default_factory=factory)``."""
        found: set[Value] = set()
        empty = Arguments((), (), frozenset())
        for _, values in arguments.everything():
            for value in values:
                if isinstance(value, Function | Bound | Class | LegacyName):
                    made = self.call_value(value, node, empty, scope) or set()
                    for item in made:
                        if isinstance(item, Container) and item.label in ("generator", "context"):
                            found |= self.flow.elements({item})
                        else:
                            found.add(item)
                elif not isinstance(value, External):
                    found.add(value)
                elif value.name in ("list", "dict", "set"):
                    found.add(Container(scope.path, node.lineno, node.col_offset))
        return found

    def _collected(
        self, name: str, node: ast.Call, arguments: Arguments, scope: Scope
    ) -> set[Value]:
        box = Container(scope.path, node.lineno, node.col_offset)
        copied = {
            value
            for _, values in arguments.positional[:1]
            for value in values
            if isinstance(value, Payload)
        }
        if name == "dict" and copied and not ENVELOPE_ONLY & {k for k, _, _ in arguments.keywords}:
            return copied | {v for v in arguments.positional[0][1] if not isinstance(v, Payload)}
        if name == "collections.defaultdict" and arguments.positional:
            made = Container(scope.path, node.lineno, node.col_offset, "default")
            if any(isinstance(v, External) for v in arguments.positional[0][1]):
                self.flow.put(box, None, {made}, node, scope)
        gather = name in ("asyncio.gather", "types.SimpleNamespace")
        for index, (argument, values) in enumerate(arguments.positional):
            if gather:
                self.flow.put(box, index, values, argument, scope)
            else:
                self.flow.put(box, None, self.flow.elements(values), argument, scope)
        for key, argument, values in arguments.keywords:
            if name in ("dict", "types.SimpleNamespace"):
                self.flow.put(box, key, values, argument, scope)
        self.flow.put(box, None, arguments.spread, node, scope)
        return {box}

    def _mock(self, node: ast.Call, arguments: Arguments, scope: Scope) -> set[Value]:
        for argument, values in arguments.everything():
            for value in values:
                if isinstance(value, LegacyName) and name_kind(value.name) == "class":
                    kind = kind_of_client(value.name)
                    return {Client(scope.path, node.lineno, node.col_offset, kind, "mock")}
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                dotted = argument.value
                name = dotted.rsplit(".", 1)[-1]
                if name_kind(name) == "class" or legacy_submodule(dotted) is not None:
                    kind_name = name if name_kind(name) == "class" else ""
                    if kind_name:
                        return {
                            Client(
                                scope.path,
                                node.lineno,
                                node.col_offset,
                                kind_of_client(kind_name),
                                "mock",
                            )
                        }
        return {Client(scope.path, node.lineno, node.col_offset, "any", "mock")}

    def enter(self, values: set[Value]) -> set[Value]:
        """What ``with values as target`` binds."""
        found: set[Value] = set()
        for value in values:
            if isinstance(value, Container) and value.label == "context":
                found |= self.flow.elements({value})
            elif isinstance(value, Instance):
                info = self.flow.method(value.of, "__aenter__") or self.flow.method(
                    value.of, "__enter__"
                )
                if info is not None:
                    self.bind_receiver(info, value)
                    found |= self.flow.cells.read(("return", info.value))
                else:
                    found.add(value)
            else:
                found.add(value)
        return found
