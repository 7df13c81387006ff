"""From one frame to the subscriptions that want it.

The router is on the path of every frame: decode once, look the topic up, hand the payload over. It never
waits for a consumer. Copies are made only when a frame has more than one consumer of dicts.
"""

from __future__ import annotations

import logging
import weakref
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from time import monotonic, time
from typing import Any, Final, NamedTuple

import msgspec

from ..exceptions import DecodeError
from ..messages import Message, decode_message, message_decoder
from ..protocol.decoder import ListReply, ServerError, Status, interpret, parse
from ..protocol.drift import Drift
from ..protocol.isolation import copier
from ..protocol.ledger import Topic, Want
from ..protocol.orderbook import cut
from ..protocol.recent_trades import RecentTrades
from ..subscription import EVERY_CODE, MY_ASSET, ORDERBOOK, PRIVATE_TYPES, TRADE, symbol_of
from .delivery import Delivery

__all__ = ["Control", "Counters", "Router"]

logger = logging.getLogger(__name__)

_SAMPLE_EVERY: Final = 16
"""One frame in so many is looked at for latency and schema drift."""
_SHAPES: Final = 1000
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


class Consumer(NamedTuple):
    """One subscription on a route. *joined* counts the trades that were before its time."""

    key: str
    delivery: weakref.ref[Delivery]
    units: int | None
    joined: int


@dataclass(slots=True)
class Route:
    """Everything about one topic that frames need."""

    topic: Topic
    cached: bool
    consumers: tuple[Consumer, ...] = ()
    last: bytes | None = None
    """The last message."""
    last_index: int = -1
    """Which of its elements was the frame; -1: it was no array."""
    first_at: float | None = None
    last_at: float | None = None
    frames: int = 0
    trades: RecentTrades | None = None
    models_only: bool = False
    """Whether no consumer wants dicts."""
    repeated: dict[str, dict[int, None]] = field(default_factory=dict)
    """Per subscription: trades it got although others had had them before (bounded)."""

    @property
    def usual_gap(self) -> float | None:
        """Mean seconds between frames on this connection; ``None`` before the second."""
        if self.frames < 2 or self.first_at is None or self.last_at is None:
            return None
        return (self.last_at - self.first_at) / (self.frames - 1)


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
        self._copiers: dict[tuple[str, ...], Callable[[dict[str, Any]], dict[str, Any]]] = {}
        self._typed: dict[bytes, Route] | None = None
        """Beginnings of frames whose route has typed consumers only; ``None`` while no route has.
        A dict needs no decoding there."""
        self._countdown = 1

    # -- routes ---------------------------------------------------------------------------------

    def route(self, topic: Topic) -> Route | None:
        return self._routes.get(topic[0], {}).get(topic[1])

    def routes(self) -> Iterator[Route]:
        for by_code in self._routes.values():
            yield from by_code.values()

    def attach(self, want: Want, delivery: Delivery) -> None:
        """Let a subscription's delivery have the frames of its topics."""
        reference = weakref.ref(delivery)
        for code in want.codes:
            by_code = self._routes.setdefault(want.data_type, {})
            route = by_code.get(code)
            if route is None:
                cacheable = want.data_type not in PRIVATE_TYPES and want.data_type != TRADE
                route = by_code[code] = Route((want.data_type, code), cacheable)
                if want.data_type == TRADE:
                    route.trades = RecentTrades()
            joined = route.trades.count if route.trades is not None else 0
            consumer = Consumer(want.key, reference, want.options.units, joined)
            route.consumers = (*route.consumers, consumer)
            route.models_only = delivery.model and (route.models_only or len(route.consumers) == 1)
        self._look_for_models()

    def detach(self, key: str, data_type: str, codes: tuple[str, ...]) -> None:
        """Take a subscription off the routes of *codes*; a route without consumers goes."""
        by_code = self._routes.get(data_type, {})
        for code in codes:
            route = by_code.get(code)
            if route is None:
                continue
            route.consumers = tuple(one for one in route.consumers if one.key != key)
            route.repeated.pop(key, None)
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
        self.forget_connection()

    def forget_connection(self) -> None:
        """The socket is gone: cached frames and gaps belonged to it."""
        for route in self.routes():
            route.last = None
            route.first_at = route.last_at = None
            route.frames = 0
        self.last_frame = None

    # -- late subscribers -----------------------------------------------------------------------

    def cached(self, topic: Topic, units: int | None) -> dict[str, Any] | None:
        """The last known frame marked SNAPSHOT, or ``None`` when the exchange has to be asked.

        Decoded anew for each caller, so that no consumer can spoil it for the next.
        """
        route = self.route(topic)
        if route is None or route.last is None:
            return None
        index = route.last_index
        value = parse(route.last)
        frame = interpret(value if index < 0 else value[index])
        assert isinstance(frame, dict)  # noqa: S101 - only data frames are cached
        if topic[0] == ORDERBOOK:
            available = len(frame.get("orderbook_units", ()))
            if available < (units or 30) and not self._is_whole(route, available):
                return None
            frame = _cut(frame, units)
        frame["stream_type"] = "SNAPSHOT"
        return frame

    def cached_message(self, topic: Topic, units: int | None) -> Message | None:
        """The same as a typed message; order books that need cutting are asked for instead."""
        route = self.route(topic)
        if route is None or route.last is None or topic[0] == ORDERBOOK:
            return None
        message = decode_message(_element(route.last, route.last_index))
        return msgspec.structs.replace(message, stream_type="SNAPSHOT")

    @staticmethod
    def _is_whole(route: Route, available: int) -> bool:
        """Whether nobody limits this book, so that its size is all the exchange sends."""
        return any(consumer.units is None for consumer in route.consumers) and available >= 30

    # -- frames ---------------------------------------------------------------------------------

    def on_message(self, payload: bytes) -> None:
        """One WebSocket message. Never raises: a fault here must not end the connection."""
        counters = self.counters
        counters.frames += 1
        counters.bytes += len(payload)
        try:
            if self._typed is not None and self._as_message(payload, self._typed):
                return
            try:
                value = _decode(payload)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                self._undecodable(payload)
                return
            if type(value) is dict and type(value.get("type")) is str:
                self._data(value, payload, -1)
            elif type(value) is dict:
                self._other(value, payload, -1)
            elif type(value) is list and value:
                self._elements(value, payload)
            else:
                raise DecodeError("neither an object nor an array of them", len(payload))
        except DecodeError as error:
            counters.decode_errors += 1
            self._report_undecodable(error)
        except Exception:
            # Consumers' faults were caught before; this one is ours, and others must not pay for it.
            counters.unexpected += 1
            logger.exception("router_failed", extra={"size": len(payload)})

    def _as_message(self, payload: bytes, known: dict[bytes, Route]) -> bool:
        """Decode a REALTIME frame straight into its typed message, if its beginning is known.

        Returns:
            Whether that was all there is to do.
        """
        route = known.get(payload[: payload.find(b",", payload.find(b",") + 1)])
        if route is None:
            return False
        try:
            message = message_decoder(route.topic[0])(payload)
        except msgspec.DecodeError:
            return False
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
            consumers = self._without_repeats(route, identifier, False, consumers)
        code = route.topic[1]
        for _, reference, _, _ in consumers:
            delivery = reference()
            if delivery is not None and not delivery.closed:
                at = delivery.put(code, code, message, at)
        return True

    def _learn(self, route: Route, payload: bytes) -> None:
        """Remember how this route's frames begin, if type and code come first."""
        beginning = f'{{"type":"{route.topic[0]}","code":"{route.topic[1]}"'.encode()
        if self._typed is not None and payload.startswith(beginning + b","):
            self._typed[beginning] = route

    def _elements(self, values: list[Any], payload: bytes) -> None:
        """A list message: one bad element does not cost the others."""
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
        if route.models_only and index < 0:
            self._learn(route, payload)
        if route.cached:
            route.last = payload
            route.last_index = index
        if frame.get("stream_type") == "SNAPSHOT":
            self._snapshot(route, frame, payload, index, at)
        elif route.trades is not None:
            identifier = frame.get("sequential_id")
            consumers = self._without_repeats(route, identifier, False, route.consumers)
            self._fan_out(consumers, frame, payload, index, at)
        else:
            self._fan_out(route.consumers, frame, payload, index, at)

    def _private_data(
        self,
        by_code: dict[str, Route],
        frame: dict[str, Any],
        payload: bytes,
        index: int,
        at: float,
    ) -> None:
        """Private frames go to those who chose their market and to those who want all of them."""
        code = frame.get("code") if frame["type"] != MY_ASSET else EVERY_CODE
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
            self._fan_out(consumers, frame, payload, index, at)

    def _fan_out(
        self,
        consumers: tuple[Consumer, ...],
        frame: dict[str, Any],
        payload: bytes,
        index: int,
        at: float,
    ) -> None:
        data_type = frame["type"]
        symbol = code = frame.get("code", EVERY_CODE)
        if data_type == MY_ASSET:
            symbol = symbol_of(data_type, code, frame)
        remaining = len(consumers)
        message: Message | None = None
        copy = None
        for _, reference, units, _ in consumers:
            remaining -= 1
            delivery = reference()
            if delivery is None or delivery.closed:
                continue
            if delivery.model:
                message = message or self._model(frame, payload, index)
                if message is None:
                    continue
                at = delivery.put(code, symbol, message, at)
                continue
            if remaining:
                copy = copy or self._copier(frame)
                data = copy(frame)
            else:
                data = frame
            if units is not None and data_type == ORDERBOOK:
                data = _cut(data, units)
            if delivery.ready:  # what put() would find out, without its call
                at = delivery.run(symbol, data, at)
                continue
            at = delivery.put(code, symbol, data, at)

    def _model(self, frame: dict[str, Any], payload: bytes, index: int) -> Message | None:
        try:
            return decode_message(_element(payload, index))
        except DecodeError as error:
            self.counters.decode_errors += 1
            self._report_undecodable(error)
            return None

    def _copier(self, frame: dict[str, Any]) -> Callable[[dict[str, Any]], dict[str, Any]]:
        if frame.get("delisting_date") is not None and type(frame["delisting_date"]) is dict:
            return deepcopy
        shape = (frame["type"], *frame)
        copy = self._copiers.get(shape)
        if copy is None:
            copy = copier(frame)
            if len(self._copiers) < _SHAPES:
                self._copiers[shape] = copy
        return copy

    def _snapshot(
        self, route: Route, frame: dict[str, Any], payload: bytes, index: int, at: float
    ) -> None:
        """Serve a SNAPSHOT to those who are owed one; it reaches the whole connection."""
        debtors = self._collect(route.topic)
        keys = {want.key for want in debtors}
        consumers = tuple(one for one in route.consumers if one.key in keys)
        self.counters.suppressed_snapshots += len(route.consumers) - len(consumers)
        if route.trades is not None:
            consumers = self._without_repeats(route, frame.get("sequential_id"), True, consumers)
        self._fan_out(consumers, frame, payload, index, at)
        self._on_snapshot(route.topic, debtors)

    def _without_repeats(
        self,
        route: Route,
        identifier: object,
        snapshot: bool,
        consumers: tuple[Consumer, ...],
    ) -> tuple[Consumer, ...]:
        """Nobody gets one trade twice, whatever the exchange repeats."""
        trades = route.trades
        if type(identifier) is not int or trades is None:
            return consumers
        if snapshot and len(consumers) < len(route.consumers):
            # Not everybody gets it, so it does not count as seen by all.
            seen = trades.peek(identifier)
        else:
            seen = trades.arrival(identifier)
            if seen is None and not route.repeated:
                return consumers
        kept = []
        for consumer in consumers:
            own = route.repeated.get(consumer.key)
            had = own is not None and identifier in own
            if had or (seen is not None and consumer.joined < seen):
                self.counters.duplicates += 1
                continue
            if seen is not None or snapshot:
                _remember(route, consumer.key, identifier)
            kept.append(consumer)
        return tuple(kept)

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
            parse(payload, private=self._private)
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


_KNOWN_TYPES: Final = frozenset({"ticker", "trade", "orderbook", "myOrder", "myAsset"})
_REPEATED: Final = 64


def _remember(route: Route, key: str, identifier: int) -> None:
    own = route.repeated.setdefault(key, {})
    own[identifier] = None
    if len(own) > _REPEATED:
        del own[next(iter(own))]


def _cut(frame: dict[str, Any], units: int | None) -> dict[str, Any]:
    levels = frame.get("orderbook_units")
    if units is None or not isinstance(levels, list) or len(levels) <= units:
        return frame
    return cut(frame, units)


_elements = msgspec.json.Decoder(list[msgspec.Raw]).decode


def _element(payload: bytes, index: int) -> bytes:
    return payload if index < 0 else bytes(_elements(payload)[index])
