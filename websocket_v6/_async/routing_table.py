"""Which topics of one connection somebody wants, and how frames find them.

It outlives sockets, and the loop that they were opened on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ..messages import Message, message_decoder
from ..protocol.ledger import Topic, Want
from .delivery import Delivery
from .routes import Route

__all__ = ["RoutingTable", "TypedRoute"]

TypedRoute = tuple[Route, Callable[[bytes], Message]]
"""A route whose consumers are all typed, and the decoder of its frames."""


class RoutingTable:
    """The routes of one connection."""

    def __init__(self) -> None:
        self.by_type: dict[str, dict[str, Route]] = {}
        """Data type -> code -> route."""
        self.typed: dict[bytes, TypedRoute] = {}
        """Beginnings of frames whose route has typed consumers only. A dict needs no decoding there."""
        self.waiting: dict[Topic, Route] = {}
        """Routes on which somebody waits for the first frame that serves it."""

    def __iter__(self) -> Iterator[Route]:
        for by_code in self.by_type.values():
            yield from by_code.values()

    def get(self, topic: Topic) -> Route | None:
        return self.by_type.get(topic[0], {}).get(topic[1])

    def attach(self, want: Want, delivery: Delivery) -> None:
        """Let a subscription's delivery have the frames of its topics."""
        by_code = self.by_type.setdefault(want.data_type, {})
        for code in want.codes:
            route = by_code.get(code)
            if route is None:
                route = by_code[code] = Route((want.data_type, code))
            route.join(delivery, want)
            self.settle(route)

    def detach(self, key: str, data_type: str, codes: tuple[str, ...]) -> None:
        """Take a subscription off the routes of *codes*; a route without consumers goes."""
        by_code = self.by_type.get(data_type, {})
        for code in codes:
            route = by_code.get(code)
            if route is None:
                continue
            route.leave(key)
            self.settle(route)
            if not route.consumers:
                del by_code[code]
        if not by_code:
            self.by_type.pop(data_type, None)

    def settle(self, route: Route) -> None:
        """Note what has changed about who takes what on *route*."""
        if route.waiting:
            self.waiting[route.topic] = route
        else:
            self.waiting.pop(route.topic, None)
        if self.typed and not route.models_only:
            self.typed.pop(_beginning(route.topic), None)

    def learn(self, route: Route, payload: bytes) -> None:
        """Remember how the frames of a route for typed consumers begin, if type and code come first."""
        beginning = _beginning(route.topic)
        if payload.startswith(beginning + b","):
            self.typed[beginning] = route, message_decoder(route.topic[0])

    def forget_connection(self) -> None:
        """The socket is gone: cached frames and gaps belonged to it."""
        for route in self:
            route.forget_connection()
            self.settle(route)

    def cached(self, topic: Topic, units: int | None, *, model: bool = False) -> Any:
        """What a late subscriber gets as a dict or a typed message; ``None``: ask the exchange."""
        route = self.get(topic)
        if route is None:
            return None
        return route.cached_message() if model else route.cached_frame(units)


def _beginning(topic: Topic) -> bytes:
    """How a frame of *topic* begins, up to the next comma, if type and code come first."""
    data_type, code = topic
    return f'{{"type":"{data_type}","code":"{code}"'.encode()
