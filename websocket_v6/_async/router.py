"""From one frame to the subscriptions that want it.

The router is on the path of every frame: decode once, look the topic up, hand the payload over. It never
waits for a consumer. Copies are made only when a frame has more than one consumer of dicts, and for those
that let it wait only when they take it.

The module is long on purpose. What a frame passes reads and writes the state of one object; taken apart it
would cost further calls, and a call costs more than most of the steps do.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import monotonic, time
from typing import Any, Final

import msgspec

from ..exceptions import DecodeError
from ..messages import Message, decode_message, message_decoder
from ..protocol.decoder import ListReply, ServerError, Status, interpret, parse
from ..protocol.drift import Drift
from ..protocol.isolation import Copier, copier
from ..protocol.ledger import Topic, Want
from ..subscription import EVERY_CODE, MY_ASSET, ORDERBOOK, PRIVATE_TYPES, symbol_of
from ..typing import running_loop
from .delivery import Delivery
from .private_logger import private_logger
from .routes import Consumer, Route, cut_to, element

__all__ = ["Control", "Counters", "Router"]

logger = logging.getLogger(__name__)

_SAMPLE_EVERY: Final = 32
"""One frame in so many is looked at for latency and schema drift."""
_KNOWN_TYPES: Final = frozenset({"ticker", "trade", "orderbook", "myOrder", "myAsset"})
_decode = msgspec.json.Decoder().decode

Control = Status | ServerError | ListReply


@dataclass(slots=True)
class Counters:
    """What went through one router since it began."""

    frames: int = 0
    bytes: int = 0
    strays: int = 0
    """Frames of topics that nobody wants any more."""
    suppressed_snapshots: int = 0
    duplicates: int = 0
    decode_errors: int = 0
    unexpected: int = 0
    """Messages that broke the router's own code; always a defect, never the consumer's."""
    latency_sum: float = 0.0
    latency_count: int = 0
    """Sampled seconds between the exchange's timestamp and the reception; depends on both clocks."""


class Router:
    """The routes of one connection.

    Args:
        private: never show content in logs.
        collect: the wants owed a SNAPSHOT of a topic; their debt ends with the call.
        on_snapshot: told of each SNAPSHOT and its debtors, after they were served.
        on_control: told of everything that is no data.
    """

    def __init__(
        self,
        *,
        private: bool,
        collect: Callable[[Topic], tuple[Want, ...]],
        on_snapshot: Callable[[Topic, tuple[Want, ...]], None],
        on_control: Callable[[Control], None],
        drift: Drift,
    ) -> None:
        self.counters = Counters()
        self.last_frame: float | None = None
        self.muted = False
        """While the manager shuts down: frames are read and thrown away."""
        self._private = private
        self._collect = collect
        self._on_snapshot = on_snapshot
        self._on_control = on_control
        self._drift = drift
        self._routes: dict[str, dict[str, Route]] = {}
        self._typed: dict[bytes, tuple[Route, Callable[[bytes], Message]]] | None = None
        """Beginnings of frames whose route has typed consumers only, and their decoder; ``None`` while no
        route has. A dict needs no decoding there."""
        self._countdown = 1

    # -- routes ---------------------------------------------------------------------------------

    def route(self, topic: Topic) -> Route | None:
        return self._routes.get(topic[0], {}).get(topic[1])

    def routes(self) -> Iterator[Route]:
        for by_code in self._routes.values():
            yield from by_code.values()

    def attach(self, want: Want, delivery: Delivery) -> None:
        """Let a subscription's delivery have the frames of its topics."""
        by_code = self._routes.setdefault(want.data_type, {})
        for code in want.codes:
            route = by_code.get(code)
            if route is None:
                route = by_code[code] = Route((want.data_type, code))
            route.join(want.key, delivery, want.options.units)
        self._look_for_models()

    def detach(self, key: str, data_type: str, codes: tuple[str, ...]) -> None:
        """Take a subscription off the routes of *codes*; a route without consumers goes."""
        by_code = self._routes.get(data_type, {})
        for code in codes:
            route = by_code.get(code)
            if route is None:
                continue
            route.leave(key)
            if not route.consumers:
                del by_code[code]
        if not by_code:
            self._routes.pop(data_type, None)
        self._look_for_models()

    def _look_for_models(self) -> None:
        self._typed = {} if any(route.models_only for route in self.routes()) else None

    def take_over(self, former: Router, collect: Callable[[Topic], tuple[Want, ...]]) -> None:
        """Go on with the routes and counts of *former*."""
        self._routes = former._routes
        self.counters = former.counters
        self._collect = collect
        self._look_for_models()
        self.forget_connection()

    def forget_connection(self) -> None:
        """The socket is gone: cached frames and gaps belonged to it."""
        for route in self.routes():
            route.forget_connection()
        self.last_frame = None

    def cached(self, topic: Topic, units: int | None, *, model: bool = False) -> Any:
        """What a late subscriber gets as a dict or a typed message; ``None``: ask the exchange."""
        route = self.route(topic)
        if route is None:
            return None
        return route.cached_message() if model else route.cached_frame(units)

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
            if self._typed is not None and self._as_message(payload, self._typed):
                return
            try:
                frame = _decode(payload)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                self._undecodable(payload)
                return
            if type(frame) is not dict:
                self._elements(frame, payload)
                return
            data_type, code = frame.get("type"), frame.get("code")
            if type(data_type) is not str:
                self._other(frame, payload, -1)
                return
            by_code = self._routes.get(data_type)
            route = by_code.get(code) if by_code is not None and type(code) is str else None
            if (
                route is None
                or not route.plain
                or self.muted
                or frame.get("stream_type") == "SNAPSHOT"
            ):
                self._data(frame, payload, -1)
                return
            self._countdown -= 1
            if not self._countdown:
                self._look_closer(frame)
            at = self.last_frame = route.last_at = monotonic()
            route.frames += 1
            if route.first_at is None:
                route.first_at = at
            consumers = route.consumers
            if route.trades is not None:
                consumers = self._without_repeats(route, frame.get("sequential_id"), consumers)
            else:
                route.last = payload
                route.last_index = -1
            copy = copier(frame, payload) if len(consumers) > 1 else None
            _hand_over(consumers, data_type, route.topic[1], frame, copy, at)
        except DecodeError as error:
            counters.decode_errors += 1
            self._report_undecodable(error)
        except Exception:
            # Consumers' faults were caught before; this one is ours, and others must not pay for it.
            counters.unexpected += 1
            log = private_logger if self._private else logger
            log.exception("router_failed", extra={"size": len(payload)})

    def _as_message(
        self, payload: bytes, known: dict[bytes, tuple[Route, Callable[[bytes], Message]]]
    ) -> bool:
        """Decode a REALTIME frame straight into its typed message, if its beginning is known.

        Returns:
            Whether that was all there is to do.
        """
        found = known.get(payload[: payload.find(b",", payload.find(b",") + 1)])
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
        if route.cached:
            route.last = payload
            route.last_index = -1
        consumers = route.consumers
        if route.trades is not None:
            identifier = getattr(message, "sequential_id", None)
            consumers = self._without_repeats(route, identifier, consumers)
        data_type, code = route.topic
        _hand_over(consumers, data_type, code, message, None, at)
        return True

    def _learn(self, route: Route, payload: bytes) -> None:
        """Remember how this route's frames begin, if type and code come first."""
        data_type, code = route.topic
        beginning = f'{{"type":"{data_type}","code":"{code}"'.encode()
        if self._typed is not None and payload.startswith(beginning + b","):
            self._typed[beginning] = route, message_decoder(data_type)

    def _elements(self, values: object, payload: bytes) -> None:
        """A list message: one bad element does not cost the others."""
        if type(values) is not list or not values:
            raise DecodeError("neither an object nor an array of them", len(payload))
        for index, value in enumerate(values):
            try:
                self._other(value, payload, index)
            except DecodeError as error:
                self.counters.decode_errors += 1
                self._report_undecodable(error)

    def _other(self, value: Any, payload: bytes, index: int) -> None:
        message = interpret(value)
        if isinstance(message, dict):
            self._data(message, payload, index)
        else:
            self.last_frame = monotonic()
            self._on_control(message)

    def _data(self, frame: dict[str, Any], payload: bytes, index: int) -> None:
        at = self.last_frame = monotonic()
        self._countdown -= 1
        if not self._countdown:
            self._look_closer(frame)
        data_type = frame["type"]
        by_code = self._routes.get(data_type)
        if by_code is None:
            self._stray(data_type)
            return
        if data_type in PRIVATE_TYPES:
            self._private_data(by_code, frame, payload, index, at)
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
        if route.cached:
            route.last = payload
            route.last_index = index
        if frame.get("stream_type") == "SNAPSHOT":
            self._snapshot(route, frame, payload, index, at)
            return
        consumers = route.consumers
        if route.trades is not None:
            consumers = self._without_repeats(route, frame.get("sequential_id"), consumers)
        if route.models_only and index < 0:
            self._learn(route, payload)
        self._hand_over_each(consumers, code, frame, payload, index, at)

    def _private_data(
        self,
        by_code: dict[str, Route],
        frame: dict[str, Any],
        payload: bytes,
        index: int,
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
            self._hand_over_each(consumers, symbol, frame, payload, index, at)

    def _hand_over_each(
        self,
        consumers: tuple[Consumer, ...],
        symbol: str,
        frame: dict[str, Any],
        payload: bytes,
        index: int,
        at: float,
    ) -> None:
        """To each consumer what it wants: dict, shorter book or typed message."""
        data_type = frame["type"]
        code = frame.get("code", EVERY_CODE)
        copy: Copier | None = None
        if len(consumers) > 1:
            copy = copier(frame, payload if index < 0 else None)
        message: Message | None = None
        for consumer in consumers:
            delivery = consumer()
            if delivery is None or delivery.closed:
                continue
            if delivery.model:
                message = message or self._model(payload, index)
                if message is None:
                    continue
                after = delivery.put(code, symbol, message, None, at)
            else:
                data = cut_to(frame, consumer.units) if data_type == ORDERBOOK else frame
                after = delivery.put(code, symbol, data, copy, at)
            if after - at > delivery.slow_after and _have_moved(consumers):
                return
            at = after

    def _model(self, payload: bytes, index: int) -> Message | None:
        try:
            return decode_message(element(payload, index))
        except DecodeError as error:
            self.counters.decode_errors += 1
            self._report_undecodable(error)
            return None

    # -- what must not come twice ---------------------------------------------------------------

    def _snapshot(
        self, route: Route, frame: dict[str, Any], payload: bytes, index: int, at: float
    ) -> None:
        """Serve a SNAPSHOT to those who are owed one; it reaches the whole connection."""
        debtors = self._collect(route.topic)
        keys = {want.key for want in debtors}
        everybody = route.consumers
        consumers = tuple(one for one in everybody if one.key in keys)
        self.counters.suppressed_snapshots += len(everybody) - len(consumers)
        trades, identifier = route.trades, frame.get("sequential_id")
        if trades is not None and type(identifier) is int:
            # When not everybody gets it, it does not count as seen by all.
            partial = len(consumers) < len(everybody)
            seen = trades.peek(identifier) if partial else trades.arrival(identifier)
            if partial or seen is not None or route.repeated:
                consumers = self._kept(route, identifier, seen, consumers, snapshot=True)
        self._hand_over_each(consumers, route.topic[1], frame, payload, index, at)
        self._on_snapshot(route.topic, debtors)

    def _without_repeats(
        self, route: Route, identifier: object, consumers: tuple[Consumer, ...]
    ) -> tuple[Consumer, ...]:
        """Nobody gets one trade twice, whatever the exchange repeats."""
        trades = route.trades
        if type(identifier) is not int or trades is None:
            return consumers
        seen = trades.arrival(identifier)
        if seen is None and not route.repeated:
            return consumers
        return self._kept(route, identifier, seen, consumers, snapshot=False)

    def _kept(
        self,
        route: Route,
        identifier: int,
        seen: int | None,
        consumers: tuple[Consumer, ...],
        *,
        snapshot: bool,
    ) -> tuple[Consumer, ...]:
        kept = route.without_repeats(identifier, seen, consumers)
        self.counters.duplicates += len(consumers) - len(kept)
        if seen is not None or snapshot:
            route.remember(kept, identifier)
        return kept

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

    def _undecodable(self, payload: bytes) -> None:
        self.counters.decode_errors += 1
        try:
            parse(payload)  # _report_undecodable decides what of it is told
        except DecodeError as error:
            self._report_undecodable(error)

    def _report_undecodable(self, error: DecodeError) -> None:
        if self.counters.decode_errors == 1 or self.counters.decode_errors % 1000 == 0:
            logger.warning(
                "frame_undecodable",
                extra={
                    "problem": "" if self._private else error.problem,
                    "size": error.size,
                    "sample": "" if self._private else error.sample,
                    "count": self.counters.decode_errors,
                },
            )


def _hand_over(
    consumers: tuple[Consumer, ...],
    data_type: str,
    code: str,
    payload: Any,
    copy: Copier | None,
    at: float,
) -> None:
    """Give all *consumers* the same payload: with *copy* a copy each, the last one the payload itself.

    This loop runs once per frame and consumer. For a delivery that is ``ready`` it does what
    ``Delivery.put`` would do, because the calls cost more than the work.
    """
    remaining = len(consumers)
    waits = False
    for consumer in consumers:
        remaining -= 1
        delivery = consumer()
        if delivery is None:
            continue
        if not delivery.ready:
            after = delivery.put(code, code, payload, copy if remaining or waits else None, at)
            if after - at > delivery.slow_after and _have_moved(consumers):
                return
            at = after
            # It may wait in a mailbox as it is, to be copied when it is taken.
            waits = True
            continue
        data = copy(payload) if copy is not None and (remaining or waits) else payload
        delivery.delivered += 1
        owner = delivery.owner
        try:
            if owner is None:
                result = delivery.function(code, data_type, data)
            else:
                result = delivery.method(owner(), code, data_type, data)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # noqa: BLE001 - a consumer's fault touches nobody else
            delivery.failed(error)
        else:
            if result is not None:
                delivery.returned(result)
        after = monotonic()
        if after - at > delivery.slow_after:
            delivery.report_slow_call(after - at)
            if _have_moved(consumers):
                return
        at = after


def _have_moved(consumers: tuple[Consumer, ...]) -> bool:
    """Whether another loop is home by now, because a callback held this one up for too long.

    Those that are called at once there must not be called here; they get a SNAPSHOT on its connection.
    """
    here = running_loop()
    deliveries = [delivery for consumer in consumers if (delivery := consumer()) is not None]
    return any(delivery.home not in (None, here) for delivery in deliveries)
