"""Who waits for its first frame, what serves as one, and what a SNAPSHOT is to everybody else.

A SNAPSHOT reaches the whole connection, although only some are owed one. And whoever is owed one may be
served by less: any later ticker, book or candle shows the whole present state; a trade does not.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any, Final, NamedTuple, Protocol

from ..protocol.held_trades import HeldTrade, HeldTrades
from ..protocol.ledger import Topic, Want
from ..subscription import ORDERBOOK, StreamMode
from .counters import Counters
from .handing_over import HandingOver
from .repeats import kept
from .routes import Consumer, Route, frame_of, levels_of
from .routing_table import RoutingTable

__all__ = ["Debts", "FirstFrames", "Received"]

_LOOK_EVERY: Final = 0.25
"""Seconds between looks at those who wait for their first frame."""


class Received(NamedTuple):
    """One frame, and when it came."""

    frame: dict[str, Any]
    payload: bytes
    """Its text."""
    at: float


class Debts(Protocol):
    """Who is owed a SNAPSHOT."""

    def collect(self, topic: Topic, serves: Callable[[Want], bool]) -> tuple[Want, ...]:
        """The wants owed one that *serves* holds for; their debt ends with the call."""

    def is_owed(self, topic: Topic) -> bool:
        """Whether anybody is owed one."""


class FirstFrames:
    """The first frames on the routes of one connection.

    Args:
        debts: who is owed a SNAPSHOT.
        may_be_cut: whether a book of so many levels may have come from a request for fewer units than
            these; see ``Wire.may_be_cut``.
        on_served: told of the debtors of a topic after they were served.
        on_snapshot: told of each SNAPSHOT that left nobody waiting, after that.
    """

    def __init__(
        self,
        routes: RoutingTable,
        counters: Counters,
        handing_over: HandingOver,
        *,
        debts: Debts,
        may_be_cut: Callable[[Topic, int, int | None, float], bool],
        on_served: Callable[[Topic, tuple[Want, ...]], None],
        on_snapshot: Callable[[Topic], None],
    ) -> None:
        self._routes = routes
        self._counters = counters
        self._hand_over_each = handing_over.each
        self._message = handing_over.message
        self._debts = debts
        self._may_be_cut = may_be_cut
        self._on_served = on_served
        self._on_snapshot = on_snapshot
        self._look_at = 0.0

    # -- a REALTIME frame -----------------------------------------------------------------------

    def served(
        self, route: Route, consumers: tuple[Consumer, ...], received: Received
    ) -> tuple[Consumer, ...]:
        """Those of *consumers* that take a REALTIME frame as it is.

        One that waits gets it marked SNAPSHOT, if it serves as one: a trade does not, it is kept until
        the SNAPSHOT has come; nor does a book that may be shorter than wanted.
        """
        once = StreamMode.ONLY_SNAPSHOT
        if route.trades is None:
            waiting = [one for one in consumers if one.waits]
            served = self._suited(route, waiting, received)
            self._serve(route, served, received)
            first = {one.key for one in served if one.mode is not StreamMode.ONLY_REALTIME}
            return tuple(
                one
                for one in consumers
                if not one.waits and one.mode is not once and one.key not in first
            )
        late = [one.key for one in consumers if one.waits and one.mode is not once]
        if late:
            frame, payload, at = received
            held = route.held = route.held or HeldTrades(at)
            identifier, happened = frame.get("sequential_id"), frame.get("trade_timestamp")
            held.hold(identifier, happened, payload, late)
            if held.is_overdue(at):
                self._give_up(route, at)
        return tuple(one for one in consumers if one.mode is not once and one.key not in late)

    def _suited(self, route: Route, waiting: list[Consumer], received: Received) -> list[Consumer]:
        """Those of *waiting* that the frame serves: a book that is long enough, a readable message."""
        levels = levels_of(received.frame)
        if levels is not None:
            cut, at = self._may_be_cut, received.at
            waiting = [one for one in waiting if not cut(route.topic, levels, one.units, at)]
        if any(one.model for one in waiting) and self._message(received.payload) is None:
            waiting = [one for one in waiting if not one.model]
        return waiting

    def _serve(self, route: Route, served: Collection[Consumer], received: Received) -> None:
        """Let *served* begin; those who are owed a SNAPSHOT get the frame as that."""
        if not served:
            return
        keys = {one.key for one in served}
        debtors = self._debts.collect(route.topic, lambda want: want.key in keys)
        route.begin(served)
        self._routes.settle(route)
        if debtors:
            keys = {want.key for want in debtors}
            first = tuple(one for one in served if one.key in keys)
            self._hand_over_each(first, route.topic[1], *received, "SNAPSHOT")
            self._on_served(route.topic, debtors)

    # -- nothing that serves --------------------------------------------------------------------

    def look(self, now: float, *, muted: bool) -> None:
        """Serve those who wait for something that does not come; looks now and then only."""
        if not self._routes.waiting or now < self._look_at:
            return
        self._look_at = now + _LOOK_EVERY
        for route in tuple(self._routes.waiting.values()):
            if route.held is not None and route.held.is_overdue(now):
                self._give_up(route, now)
            elif route.topic[0] == ORDERBOOK and route.last is not None and not muted:
                # It seemed to be cut, and by now it is clear that there is no more of it.
                received = Received(frame_of(route.last), route.last, now)
                waiting = [one for one in route.consumers if one.waits]
                self._serve(route, self._suited(route, waiting, received), received)

    def _give_up(self, route: Route, at: float) -> None:
        """No SNAPSHOT came in good time: late subscribers of trades begin without."""
        held = route.held.all() if route.held is not None else []
        self._begin_trades(route, [one for one in route.consumers if one.waits], held, at)

    def _begin_trades(
        self, route: Route, late: Collection[Consumer], held: Iterable[HeldTrade], at: float
    ) -> None:
        route.begin([one for one in late if one.mode is not StreamMode.ONLY_SNAPSHOT])
        self._routes.settle(route)
        for trade in held:
            consumers = tuple(one for one in late if one.key in trade.keys)
            frame = frame_of(trade.payload)
            code = route.topic[1]
            self._hand_over_each(consumers, code, frame, trade.payload, at)

    # -- a SNAPSHOT -----------------------------------------------------------------------------

    def snapshot(self, route: Route, received: Received) -> None:
        """Serve a SNAPSHOT to those who are owed one; it reaches the whole connection."""
        topic, levels = route.topic, levels_of(received.frame)
        cut, at = self._may_be_cut, received.at
        debtors = self._debts.collect(
            topic, lambda want: levels is None or not cut(topic, levels, want.options.units, at)
        )
        keys = {want.key for want in debtors}
        first = tuple(one for one in route.consumers if one.key in keys)
        if route.trades is not None:
            self._snapshot_of_trade(route, first, received)
        else:
            self._counters.suppressed_snapshots += len(route.consumers) - len(first)
            route.begin(first)
            self._routes.settle(route)
            self._hand_over_each(first, topic[1], *received)
        if debtors:
            self._on_served(topic, debtors)
        if not self._debts.is_owed(topic):
            self._on_snapshot(topic)

    def _snapshot_of_trade(
        self, route: Route, first: tuple[Consumer, ...], received: Received
    ) -> None:
        """A trade that was sent as SNAPSHOT only is new to those who stream: they get it as REALTIME."""
        frame, payload, at = received
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
                missed = kept(route, identifier, None, missed, self._counters, snapshot=False)
            # Who waits has had nothing yet, also not what was kept for it.
            began = tuple(one for one in first if not one.waits)
            first = late + kept(route, identifier, seen, began, self._counters, snapshot=True)
            known = trades.peek(identifier)
            again = tuple(one for one in late if known is None or one.joined >= known)
            route.remember(again, identifier)
        if route.last is None or newer:
            route.last = payload
        self._counters.suppressed_snapshots += len(others) - len(missed)
        happened = frame.get("trade_timestamp")
        held = route.held.after(identifier, happened) if route.held is not None else []
        self._hand_over_each(first, code, *received)
        self._begin_trades(route, late, held, at)
        self._hand_over_each(missed, code, *received, "REALTIME")
