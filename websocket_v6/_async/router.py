"""From one frame to the subscriptions that want it.

The router is on the path of every frame: decode once, look the topic up, hand the payload over. It never
waits for a consumer. Copies are made only when a frame has more than one consumer of dicts, and for those
that let it wait only when they take it.

The module is long on purpose. What a frame passes reads and writes the state of one object; taken apart it
would cost further calls, and a call costs more than most of the steps do.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from time import monotonic, time
from typing import Any, Final, Protocol

import msgspec

from ..exceptions import DecodeError
from ..messages import Message, decode_message
from ..protocol.decoder import ListReply, ServerError, Status, interpret, parse
from ..protocol.drift import Drift
from ..protocol.held_trades import HeldTrade, HeldTrades
from ..protocol.isolation import Copier, copier
from ..protocol.ledger import Topic, Want
from ..subscription import EVERY_CODE, MY_ASSET, ORDERBOOK, PRIVATE_TYPES, StreamMode, symbol_of
from ..typing import running_loop
from .private_logger import private_logger
from .routes import Consumer, Route, cut_to, element, frame_of, levels_of
from .routing_table import RoutingTable

__all__ = ["Control", "Counters", "Router"]

logger = logging.getLogger(__name__)

_SAMPLE_EVERY: Final = 32
"""One frame in so many is looked at for latency and schema drift."""
_LOOK_EVERY: Final = 0.25
"""Seconds between looks at those who wait for their first frame."""
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


class Debts(Protocol):
    """Who is owed a SNAPSHOT."""

    def collect(self, topic: Topic, serves: Callable[[Want], bool]) -> tuple[Want, ...]:
        """The wants owed one that *serves* holds for; their debt ends with the call."""

    def is_owed(self, topic: Topic) -> bool:
        """Whether anybody is owed one."""


class Router:
    """What the frames of one connection pass.

    Args:
        routes: where they go.
        counters: counted on.
        private: never show content in logs.
        debts: who is owed a SNAPSHOT.
        may_be_cut: whether a book of so many levels may have come from a request for fewer units than
            these; see ``Wire.may_be_cut``.
        on_served: told of the debtors of a topic after they were served.
        on_snapshot: told of each SNAPSHOT that left nobody waiting, after that.
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
        self._debts = debts
        self._may_be_cut = may_be_cut
        self._on_served = on_served
        self._on_snapshot = on_snapshot
        self._on_control = on_control
        self._drift = drift
        self._table = routes
        self._by_type = routes.by_type
        self._typed = routes.typed
        self._look_at = 0.0
        self._countdown = 1

    def forget_connection(self) -> None:
        """The socket is gone, and all that belonged to it."""
        self._table.forget_connection()
        self.last_frame = None

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
                self._undecodable(payload)
                return
            if type(frame) is not dict:
                self._elements(frame, payload)
                return
            data_type, code = frame.get("type"), frame.get("code")
            if type(data_type) is not str:
                self._other(frame, payload, -1)
                return
            by_code = self._by_type.get(data_type)
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
            route.last = payload
            route.last_index = -1
            consumers = route.consumers
            if route.trades is not None:
                consumers = self._without_repeats(route, frame.get("sequential_id"), consumers)
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
        route.last_index = -1
        consumers = route.consumers
        if route.trades is not None:
            identifier = getattr(message, "sequential_id", None)
            consumers = self._without_repeats(route, identifier, consumers)
        data_type, code = route.topic
        _hand_over(consumers, data_type, code, message, None, at)
        return True

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
        by_code = self._by_type.get(data_type)
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
        snapshot = frame.get("stream_type") == "SNAPSHOT"
        if route.cached or not snapshot:
            route.last = payload
            route.last_index = index
        if snapshot:
            self._snapshot(route, frame, payload, index, at)
            return
        consumers = route.consumers
        if route.trades is not None:
            consumers = self._without_repeats(route, frame.get("sequential_id"), consumers)
        if route.choosy:
            consumers = self._served(route, consumers, frame, payload, index, at)
        if route.models_only and index < 0:
            self._table.learn(route, payload)
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
        stream_type: str | None = None,
    ) -> None:
        """To each consumer what it wants: dict, shorter book or typed message.

        Args:
            stream_type: what the frame is to be marked as; ``None``: as it came.
        """
        if stream_type is not None:
            frame = {**frame, "stream_type": stream_type}
        data_type = frame["type"]
        code = frame.get("code", EVERY_CODE)
        copy: Copier | None = None
        if len(consumers) > 1:
            copy = copier(frame, payload if index < 0 and stream_type is None else None)
        message: Message | None = None
        for consumer in consumers:
            delivery = consumer()
            if delivery is None or delivery.closed:
                continue
            if delivery.model:
                message = message or self._model(payload, index, stream_type)
                if message is None:
                    continue
                after = delivery.put(code, symbol, message, None, at)
            else:
                data = cut_to(frame, consumer.units) if data_type == ORDERBOOK else frame
                after = delivery.put(code, symbol, data, copy, at)
            if after - at > delivery.slow_after and _have_moved(consumers):
                return
            at = after

    def _model(self, payload: bytes, index: int, stream_type: str | None) -> Message | None:
        try:
            message = decode_message(element(payload, index))
        except DecodeError as error:
            self.counters.decode_errors += 1
            self._report_undecodable(error)
            return None
        if stream_type is None:
            return message
        return msgspec.structs.replace(message, stream_type=stream_type)

    # -- the first frame ------------------------------------------------------------------------

    def _served(
        self,
        route: Route,
        consumers: tuple[Consumer, ...],
        frame: dict[str, Any],
        payload: bytes,
        index: int,
        at: float,
    ) -> tuple[Consumer, ...]:
        """Those of *consumers* that take a REALTIME frame as it is.

        One that waits gets it marked SNAPSHOT, if it serves as one: a trade does not, it is kept until
        the SNAPSHOT has come; nor does a book that may be shorter than wanted.
        """
        once = StreamMode.ONLY_SNAPSHOT
        if route.trades is None:
            waiting = [one for one in consumers if one.waits]
            served = self._suited(route, waiting, frame, payload, index, at)
            self._serve_first(route, served, frame, payload, index, at)
            first = {one.key for one in served if one.mode is not StreamMode.ONLY_REALTIME}
            return tuple(
                one
                for one in consumers
                if not one.waits and one.mode is not once and one.key not in first
            )
        late = [one.key for one in consumers if one.waits and one.mode is not once]
        if late:
            held = route.held = route.held or HeldTrades(at)
            identifier, happened = frame.get("sequential_id"), frame.get("trade_timestamp")
            held.hold(identifier, happened, payload, index, late)
            if held.is_overdue(at):
                self._give_up(route, at)
        return tuple(one for one in consumers if one.mode is not once and one.key not in late)

    def _suited(
        self,
        route: Route,
        waiting: list[Consumer],
        frame: dict[str, Any],
        payload: bytes,
        index: int,
        at: float,
    ) -> list[Consumer]:
        """Those of *waiting* that the frame serves: a book that is long enough, a readable message."""
        levels = levels_of(frame)
        if levels is not None:
            cut = self._may_be_cut
            waiting = [one for one in waiting if not cut(route.topic, levels, one.units, at)]
        if any(one.model for one in waiting) and self._model(payload, index, None) is None:
            waiting = [one for one in waiting if not one.model]
        return waiting

    def _serve_first(
        self,
        route: Route,
        served: Collection[Consumer],
        frame: dict[str, Any],
        payload: bytes,
        index: int,
        at: float,
    ) -> None:
        """Let *served* begin; those who are owed a SNAPSHOT get the frame as that."""
        if not served:
            return
        keys = {one.key for one in served}
        debtors = self._debts.collect(route.topic, lambda want: want.key in keys)
        route.begin(served)
        self._table.settle(route)
        if debtors:
            keys = {want.key for want in debtors}
            first = tuple(one for one in served if one.key in keys)
            self._hand_over_each(first, route.topic[1], frame, payload, index, at, "SNAPSHOT")
            self._on_served(route.topic, debtors)

    def look_at_waiting(self, now: float) -> None:
        """Serve those who wait for something that does not come; looks now and then only."""
        if not self._table.waiting or now < self._look_at:
            return
        self._look_at = now + _LOOK_EVERY
        for route in tuple(self._table.waiting.values()):
            if route.held is not None and route.held.is_overdue(now):
                self._give_up(route, now)
            elif route.topic[0] == ORDERBOOK and route.last is not None and not self.muted:
                # It seemed to be cut, and by now it is clear that there is no more of it.
                payload, index = route.last, route.last_index
                frame = frame_of(payload, index)
                waiting = [one for one in route.consumers if one.waits]
                served = self._suited(route, waiting, frame, payload, index, now)
                self._serve_first(route, served, frame, payload, index, now)

    def _give_up(self, route: Route, at: float) -> None:
        """No SNAPSHOT came in good time: late subscribers of trades begin without."""
        held = route.held.all() if route.held is not None else []
        self._begin_trades(route, [one for one in route.consumers if one.waits], held, at)

    def _begin_trades(
        self, route: Route, late: Collection[Consumer], held: Iterable[HeldTrade], at: float
    ) -> None:
        route.begin([one for one in late if one.mode is not StreamMode.ONLY_SNAPSHOT])
        self._table.settle(route)
        for trade in held:
            consumers = tuple(one for one in late if one.key in trade.keys)
            frame = frame_of(trade.payload, trade.index)
            code = route.topic[1]
            self._hand_over_each(consumers, code, frame, trade.payload, trade.index, at)

    def _snapshot(
        self, route: Route, frame: dict[str, Any], payload: bytes, index: int, at: float
    ) -> None:
        """Serve a SNAPSHOT to those who are owed one; it reaches the whole connection."""
        topic, levels = route.topic, levels_of(frame)
        debtors = self._debts.collect(
            topic,
            lambda want: (
                levels is None or not self._may_be_cut(topic, levels, want.options.units, at)
            ),
        )
        keys = {want.key for want in debtors}
        first = tuple(one for one in route.consumers if one.key in keys)
        if route.trades is not None:
            self._snapshot_of_trade(route, first, frame, payload, index, at)
        else:
            self.counters.suppressed_snapshots += len(route.consumers) - len(first)
            route.begin(first)
            self._table.settle(route)
            self._hand_over_each(first, topic[1], frame, payload, index, at)
        if debtors:
            self._on_served(topic, debtors)
        if not self._debts.is_owed(topic):
            self._on_snapshot(topic)

    # -- what must come once --------------------------------------------------------------------

    def _snapshot_of_trade(
        self,
        route: Route,
        first: tuple[Consumer, ...],
        frame: dict[str, Any],
        payload: bytes,
        index: int,
        at: float,
    ) -> None:
        """A trade that was sent as SNAPSHOT only is new to those who stream: they get it as REALTIME."""
        trades, identifier, code = route.trades, frame.get("sequential_id"), route.topic[1]
        assert trades is not None  # noqa: S101 - the route is one of trades
        keys = {one.key for one in first}
        others = tuple(one for one in route.consumers if one.key not in keys)
        missed: tuple[Consumer, ...] = ()
        newer = route.is_newer(frame)
        late = tuple(one for one in first if one.waits)
        if type(identifier) is int:
            seen = trades.peek(identifier)
            if seen is None and (not others or newer):
                trades.arrival(identifier)
                missed = tuple(one for one in others if one.mode is not StreamMode.ONLY_SNAPSHOT)
                missed = self._kept(route, identifier, None, missed, snapshot=False)
            # Who waits has had nothing yet, also not what was kept for it.
            began = tuple(one for one in first if not one.waits)
            first = late + self._kept(route, identifier, seen, began, snapshot=True)
            known = trades.peek(identifier)
            again = tuple(one for one in late if known is None or one.joined >= known)
            route.remember(again, identifier)
        if route.last is None or newer:
            route.last, route.last_index = payload, index
        self.counters.suppressed_snapshots += len(others) - len(missed)
        happened = frame.get("trade_timestamp")
        held = route.held.after(identifier, happened) if route.held is not None else []
        self._hand_over_each(first, code, frame, payload, index, at)
        self._begin_trades(route, late, held, at)
        self._hand_over_each(missed, code, frame, payload, index, at, "REALTIME")

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
