"""Subscriptions: which callback a legacy client is given, and the payloads that reach it."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from codemods.flow.arguments import positional_capacity
from codemods.flow.boundary import root_of
from codemods.flow.containers import ADDING
from codemods.flow.externals import is_harmless
from codemods.flow.model import Model
from codemods.flow.scopes import Scope
from codemods.flow.signals import Signals
from codemods.flow.values import (
    OTHER,
    Bound,
    Client,
    Container,
    External,
    Function,
    Instance,
    Partial,
    Payload,
    Value,
)

__all__ = ["Subscriptions", "callback_argument"]

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


class Subscriptions:
    """Lets payloads flow into callbacks."""

    def __init__(self, model: Model, signals: Signals) -> None:
        self.functions = model.definitions.functions
        self.hierarchy = model.hierarchy
        self.cells = model.cells
        self.recorder = model.recorder
        self.containers = model.containers
        self.binding = model.binding
        self.wrappers = model.wrappers
        self.leaks = model.leaks
        self.signals = signals
        self.subscribed: dict[tuple[Client, str], tuple[str, int]] = {}
        """Where a client got its callback for a data type: path and line."""

    def register(
        self, client: Client, data_type: str, callback: ast.expr | None, scope: Scope
    ) -> None:
        """Let a payload flow into a callback's parameters."""
        if callback is None:
            return
        payload = Payload(client, data_type, "envelope")
        place = (scope.path, callback.lineno)
        self.subscribed.setdefault((client, data_type), place)
        self._register_unseen(payload, callback, scope)
        for value in self.recorder.last_value(callback):
            self._call_back(value, payload, place)

    def _call_back(self, callback: Value, payload: Payload, place: tuple[str, int]) -> None:
        """Call one value with a payload, or with symbol, type and payload where it takes three."""
        given = 0
        inner = callback
        if isinstance(inner, Partial):
            given, inner = inner.given, inner.inner
        if isinstance(inner, Instance):
            called = self.hierarchy.method(inner.of, "__call__")
            if called is not None:
                inner = Bound(called.value, inner)
        function = inner.function if isinstance(inner, Bound) else inner
        if not isinstance(function, Function):
            return
        info = self.functions[function]
        bound = isinstance(inner, Bound)
        required, most = positional_capacity(info, bound=bound and info.takes_receiver)
        takes_one = required - given <= 1 and most - given < 3
        three: Sequence[set[Value]] = ({OTHER}, {OTHER}, {payload})
        slots = three[2:] if takes_one else three
        receiver = inner.receiver if isinstance(inner, Bound) else None
        self.binding.bind_slots(info, receiver, slots, place, given)
        self.wrappers.call_back(info, receiver, three, place)

    def _register_unseen(self, payload: Payload, callback: ast.expr, scope: Scope) -> None:
        """A callback that is no function of the project: a queue's or signal's method, or a library's."""
        if isinstance(callback, ast.Attribute):
            place = (scope.path, callback.lineno)
            for base in self.recorder.last_value(callback.value):
                if isinstance(base, Container) and callback.attr == "emit":
                    position = 2 if base.label == "signal of 3" else 0
                    self.containers.put_at(base, position, {payload}, place)
                    self.signals.fire(base, place)
                    return
                if isinstance(base, Container) and callback.attr in ADDING:
                    self.containers.put_at(base, None, {payload}, place)
                    return
        values = self.recorder.last_value(callback)
        seen = (Function, Bound, Partial, Instance)
        names = [value.name for value in values if isinstance(value, External)]
        if any(isinstance(value, seen) for value in values) or any(map(is_harmless, names)):
            return
        if not (isinstance(callback, ast.Constant) and callback.value is None):
            root = root_of(names[0]) if names else ""
            self.leaks.add(callback, {payload}, ast.unparse(callback), root, scope)
