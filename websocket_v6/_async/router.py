"""From one frame to the subscriptions that want it.

The router is on the path of every frame: decode once, look the topic up, hand the payload over. It never
waits for a consumer.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from time import monotonic, time
from typing import Any, Final

import msgspec

from ..exceptions import DecodeError
from ..protocol.decoder import ListReply, ServerError, Status, interpret
from ..protocol.drift import Drift
from ..protocol.isolation import copier
from ..protocol.ledger import Topic, Want
from ..subscription import EVERY_CODE, MY_ASSET, PRIVATE_TYPES, symbol_of
from .counters import Counters
from .first_frames import Debts, FirstFrames, Received
from .handing_over import HandingOver, hand_over
from .private_logger import private_logger
from .repeats import without_repeats
from .routes import Consumer, Route, parts_of
from .routing_table import RoutingTable
from .undecodable import Undecodable

__all__ = ["Control", "Router"]

logger = logging.getLogger(__name__)

_SAMPLE_EVERY: Final = 32
"""One frame in so many is looked at for latency and schema drift."""
_KNOWN_TYPES: Final = frozenset({"ticker", "trade", "orderbook", "myOrder", "myAsset"})
_decode = msgspec.json.Decoder().decode

Control = Status | ServerError | ListReply


class Router:
    """What the frames of one connection pass.

    Args:
        routes: where they go.
        counters: counted on.
        private: never show content in logs.
        debts, may_be_cut, on_served, on_snapshot: see ``FirstFrames``.
        on_control: told of everything that is no data.
    """

    def __init__(
        self,
        routes: RoutingTable,
        counters: Counters,
        *,
        private: bool,
        debts: Debts,
        may_be_cut: Callable[[Topic, int, int | None, float], bool],
        on_served: Callable[[Topic, tuple[Want, ...]], None],
        on_snapshot: Callable[[Topic], None],
        on_control: Callable[[Control], None],
        drift: Drift,
    ) -> None:
        self.counters = counters
        self.last_frame: float | None = None
        self.muted = False
        """While the manager shuts down: frames are read and thrown away."""
        self._private = private
        self._on_control = on_control
        self._drift = drift
        self._routes = routes
        self._by_type = routes.by_type
        self._typed = routes.typed
        self._undecodable = Undecodable(counters, private=private)
        handing_over = HandingOver(self._undecodable)
        self._hand_over_each = handing_over.each
        self._first_frames = FirstFrames(
            routes,
            counters,
            handing_over,
            debts=debts,
            may_be_cut=may_be_cut,
            on_served=on_served,
            on_snapshot=on_snapshot,
        )
        self._countdown = 1

    def forget_connection(self) -> None:
        """The socket is gone, and all that belonged to it."""
        self._routes.forget_connection()
        self.last_frame = None

    def look_at_waiting(self, now: float) -> None:
        """Serve those who wait for a first frame that does not come; looks now and then only."""
        self._first_frames.look(now, muted=self.muted)

    # -- frames ---------------------------------------------------------------------------------

    def on_message(self, payload: bytes) -> None:
        """One WebSocket message. Never raises: a fault here must not end the connection.

        The plain case, a REALTIME frame of one known topic whose consumers all take dicts, is done here
        without a further call: this is the path of nearly every frame.
        """
        counters = self.counters
        counters.frames += 1
        counters.bytes += len(payload)
        try:
            if self._typed and self._as_message(payload):
                return
            try:
                frame = _decode(payload)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                self._undecodable.message(payload)
                return
            if type(frame) is not dict:
                self._elements(frame, payload)
                return
            data_type, code = frame.get("type"), frame.get("code")
            if type(data_type) is not str:
                self._other(frame, payload)
                return
            by_code = self._by_type.get(data_type)
            route = by_code.get(code) if by_code is not None and type(code) is str else None
            if (
                route is None
                or not route.plain
                or self.muted
                or frame.get("stream_type") == "SNAPSHOT"
            ):
                self._data(frame, payload)
                return
            self._countdown -= 1
            if not self._countdown:
                self._look_closer(frame)
            at = self.last_frame = route.last_at = monotonic()
            route.frames += 1
            if route.first_at is None:
                route.first_at = at
            route.last = payload
            consumers = route.consumers
            if route.trades is not None:
                consumers = without_repeats(route, frame.get("sequential_id"), consumers, counters)
            copy = copier(frame, payload) if len(consumers) > 1 else None
            hand_over(consumers, data_type, route.topic[1], frame, copy, at)
        except DecodeError as error:
            self._undecodable.add(error)
        except Exception:
            # Consumers' faults were caught before; this one is ours, and others must not pay for it.
            counters.unexpected += 1
            log = private_logger if self._private else logger
            log.exception("router_failed", extra={"size": len(payload)})

    def _as_message(self, payload: bytes) -> bool:
        """Decode a REALTIME frame straight into its typed message, if its beginning is known.

        Returns:
            Whether that was all there is to do.
        """
        found = self._typed.get(payload[: payload.find(b",", payload.find(b",") + 1)])
        if found is None:
            return False
        route, decode = found
        try:
            message = decode(payload)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return False  # the common path tells what is wrong with it
        if message.stream_type == "SNAPSHOT" or self.muted:
            return False
        at = self.last_frame = route.last_at = monotonic()
        route.frames += 1
        route.last = payload
        consumers = route.consumers
        if route.trades is not None:
            identifier = getattr(message, "sequential_id", None)
            consumers = without_repeats(route, identifier, consumers, self.counters)
        data_type, code = route.topic
        hand_over(consumers, data_type, code, message, None, at)
        return True

    def _elements(self, values: object, payload: bytes) -> None:
        """A list message: one bad element does not cost the others."""
        if type(values) is not list or not values:
            raise DecodeError("neither an object nor an array of them", len(payload))
        # Each stands for itself from here on: whoever keeps one must not have to decode all of them again.
        for value, part in zip(values, parts_of(payload), strict=True):
            try:
                self._other(value, part)
            except DecodeError as error:
                self._undecodable.add(error)

    def _other(self, value: Any, payload: bytes) -> None:
        message = interpret(value)
        if isinstance(message, dict):
            self._data(message, payload)
        else:
            self.last_frame = monotonic()
            self._on_control(message)

    def _data(self, frame: dict[str, Any], payload: bytes) -> None:
        """Any data frame. As in ``on_message`` there are as few calls on the way as there can be."""
        at = self.last_frame = monotonic()
        self._countdown -= 1
        if not self._countdown:
            self._look_closer(frame)
        data_type = frame["type"]
        by_code = self._by_type.get(data_type)
        if by_code is None:
            self._stray(data_type)
            return
        if data_type in PRIVATE_TYPES:
            self._private_data(by_code, frame, payload, at)
            return
        code = frame.get("code")
        if type(code) is not str:
            raise DecodeError("a frame without a code", len(payload))
        route = by_code.get(code)
        if route is None:
            self.counters.strays += 1
            return
        if self.muted:
            return
        route.frames += 1
        route.last_at = at
        if route.first_at is None:
            route.first_at = at
        snapshot = frame.get("stream_type") == "SNAPSHOT"
        if route.cached or not snapshot:
            route.last = payload
        if snapshot:
            self._first_frames.snapshot(route, Received(frame, payload, at))
            return
        consumers = route.consumers
        if route.trades is not None:
            consumers = without_repeats(route, frame.get("sequential_id"), consumers, self.counters)
        if route.choosy:
            received = Received(frame, payload, at)
            consumers = self._first_frames.served(route, consumers, received)
        if route.models_only:
            self._routes.learn(route, payload)
        self._hand_over_each(consumers, code, frame, payload, at)

    def _private_data(
        self,
        by_code: dict[str, Route],
        frame: dict[str, Any],
        payload: bytes,
        at: float,
    ) -> None:
        """Private frames go to those who chose their market and to those who want all of them."""
        data_type = frame["type"]
        code = frame.get("code") if data_type != MY_ASSET else EVERY_CODE
        if type(code) is not str:
            raise DecodeError("a frame without a code", len(payload))
        consumers: tuple[Consumer, ...] = ()
        for key in dict.fromkeys((code, EVERY_CODE)):
            route = by_code.get(key)
            if route is not None:
                route.frames += 1
                route.last_at = at
                route.first_at = route.first_at or at
                consumers += route.consumers
        if not consumers:
            self.counters.strays += 1
        elif not self.muted:
            symbol = symbol_of(data_type, code, frame)
            self._hand_over_each(consumers, symbol, frame, payload, at)

    # -- what is out of the ordinary ------------------------------------------------------------

    def _look_closer(self, frame: dict[str, Any]) -> None:
        self._countdown = 1 if self._private else _SAMPLE_EVERY
        self._drift.check(frame)
        timestamp = frame.get("timestamp")
        if frame.get("stream_type") == "REALTIME" and type(timestamp) is int:
            self.counters.latency_sum += time() - timestamp / 1000
            self.counters.latency_count += 1

    def _stray(self, data_type: str) -> None:
        self.counters.strays += 1
        if not data_type.startswith("candle.") and data_type not in _KNOWN_TYPES:
            self._drift.unknown_type(data_type)
