"""The router against what each subscriber may expect, over any sequence of joins, frames and losses.

There is one topic of each kind. Books have 30 levels: one that is shorter was cut to a request for fewer
units. Trades carry ids that grow with their time.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from websocket_v6._async.counters import Counters
from websocket_v6._async.delivery import Delivery
from websocket_v6._async.router import Router
from websocket_v6._async.routing_table import RoutingTable
from websocket_v6.protocol.drift import Drift
from websocket_v6.protocol.ledger import Ledger, Topic, Want
from websocket_v6.subscription import Options, StreamMode, lossless

CODE = "KRW-BTC"
TYPES = ["ticker", "trade", "orderbook"]
LEVEL = {"ask_price": 2.0, "bid_price": 1.0, "ask_size": 1.0, "bid_size": 1.0}
Got = tuple[str, int]


@dataclass
class Subscriber:
    """What one wants, what it got and what it should have: stream types, with ids, prices or lengths."""

    want: Want
    delivery: Delivery
    waits: bool
    got: list[Got] = field(default_factory=list)
    expected: list[Got] = field(default_factory=list)
    kept: list[int] = field(default_factory=list)
    """Trades that came while it waited."""

    @property
    def mode(self) -> StreamMode:
        return self.want.options.mode

    def take(self, symbol: str, data_type: str, frame: dict[str, Any]) -> None:
        value = {
            "ticker": lambda: frame["trade_price"],
            "trade": lambda: frame["sequential_id"],
            "orderbook": lambda: len(frame["orderbook_units"]),
        }[data_type]()
        self.got.append((frame["stream_type"], value))

    def expect(self, stream_type: str, value: int) -> None:
        self.expected.append((stream_type, min(value, self.want.options.units or value)))

    def begins(self, stream_type: str, value: int) -> None:
        self.waits = False
        self.expect(stream_type, value)


class RouterModel(RuleBasedStateMachine):
    """A router without a connection: frames are handed to it, debts are the ledger's."""

    def __init__(self) -> None:
        super().__init__()
        self.ledger = Ledger()
        self.routes = RoutingTable()
        self.router = Router(
            self.routes,
            Counters(),
            private=False,
            debts=self.ledger,
            may_be_cut=lambda topic, levels, units, now: levels < (units or 30),
            on_served=self._served,
            on_snapshot=lambda topic: None,
            on_control=lambda message: None,
            drift=Drift(),
        )
        self.subscribers: dict[str, Subscriber] = {}
        self.left: list[Subscriber] = []
        self.keys, self.ids = count(), count(10)
        self.last_trade = 0
        self.known = 0
        """The newest trade that came since somebody wanted them; 0: none."""

    def _served(self, topic: Topic, debtors: Iterable[Want]) -> None:
        for want in debtors:
            if want.options.mode is StreamMode.ONLY_SNAPSHOT:
                self._leave(want.key)

    def _leave(self, key: str) -> None:
        subscriber = self.subscribers.pop(key)
        self.routes.detach(key, subscriber.want.data_type, (CODE,))
        self.ledger.remove(key)
        self.left.append(subscriber)
        if not self._on("trade"):
            self.known = 0

    def _on(self, data_type: str) -> list[Subscriber]:
        found = self.subscribers.values()
        return [one for one in found if one.want.data_type == data_type]

    def _send(self, data_type: str, stream_type: str, **values: Any) -> None:
        frame = {"type": data_type, "code": CODE, "stream_type": stream_type, **values}
        self.router.on_message(json.dumps(frame).encode())

    # -- what happens -----------------------------------------------------------------------------

    @rule(
        data_type=st.sampled_from(TYPES),
        mode=st.sampled_from(list(StreamMode)),
        units=st.sampled_from([None, 5, 15]),
    )
    def join(self, data_type: str, mode: StreamMode, units: int | None) -> None:
        key = f"key-{next(self.keys)}"
        options = Options(mode, units if data_type == "orderbook" else None)
        want = self.ledger.add(key, data_type, [CODE], options)
        waits = mode is not StreamMode.ONLY_REALTIME or data_type == "orderbook"
        delivery = Delivery(key, data_type, lambda *frame: None, lossless, mailbox_size=9)
        subscriber = self.subscribers[key] = Subscriber(want, delivery, waits)
        delivery.function = subscriber.take
        delivery.inline = True
        delivery.activate()
        self.routes.attach(want, delivery)

    @precondition(lambda self: bool(self.subscribers))
    @rule(data=st.data())
    def leave(self, data: st.DataObject) -> None:
        self._leave(data.draw(st.sampled_from(sorted(self.subscribers))))

    @rule()
    def lose_connection(self) -> None:
        self.ledger.renew_debts()
        self.router.forget_connection()
        for one in self._on("ticker") + self._on("orderbook"):
            one.waits |= one.mode is StreamMode.SNAPSHOT_THEN_REALTIME

    @rule(
        data_type=st.sampled_from(["ticker", "orderbook"]),
        snapshot=st.booleans(),
        value=st.sampled_from([5, 15, 30]),
    )
    def frame(self, data_type: str, snapshot: bool, value: int) -> None:
        """A ticker with a price, or a book with so many levels."""
        for one in self._on(data_type):
            owed = one.waits and one.mode is not StreamMode.ONLY_REALTIME
            suits = data_type == "ticker" or value >= (one.want.options.units or 30)
            if one.waits and suits and (owed or not snapshot):
                one.begins("SNAPSHOT" if owed else "REALTIME", value)
            elif not one.waits and not snapshot:
                one.expect("REALTIME", value)
        kind = "SNAPSHOT" if snapshot else "REALTIME"
        if data_type == "ticker":
            self._send(data_type, kind, trade_price=value)
        else:
            self._send(data_type, kind, orderbook_units=[LEVEL] * value)

    @rule()
    def trade(self) -> None:
        number = next(self.ids)
        streaming = [one for one in self._on("trade") if one.mode is not StreamMode.ONLY_SNAPSHOT]
        for one in streaming:
            if one.waits:
                one.kept.append(number)
            else:
                one.expect("REALTIME", number)
        if self._on("trade"):
            self.last_trade = self.known = number
        self._send("trade", "REALTIME", sequential_id=number, trade_timestamp=number)

    trades_are_what_comes_most = trade

    @precondition(lambda self: bool(self.last_trade))
    @rule()
    def trade_again(self) -> None:
        """The exchange repeats the newest one, to those who had it."""
        if all(self._has(one) for one in self._on("trade")):
            number = self.last_trade
            self._send("trade", "REALTIME", sequential_id=number, trade_timestamp=number)

    def _has(self, one: Subscriber) -> bool:
        return self.last_trade in one.kept or any(
            number == self.last_trade for _, number in one.got
        )

    @precondition(lambda self: bool(self._on("trade")))
    @rule(back=st.integers(-1, 3))
    def snapshot_of_trade(self, back: int) -> None:
        """The newest trade, an older one, or one that comes in no other way."""
        number = next(self.ids) if back < 0 else (self.last_trade or 9) - back
        news = 0 < self.known < number
        subscribers = self._on("trade")
        for one in subscribers:
            if one.waits:
                one.begins("SNAPSHOT", number)
                if one.mode is not StreamMode.ONLY_SNAPSHOT:
                    one.expected += [("REALTIME", kept) for kept in one.kept if kept > number]
                one.kept.clear()
            elif news:
                one.expect("REALTIME", number)
        self.last_trade = max(number, self.last_trade)
        self.known = max(number, self.known)
        self._send("trade", "SNAPSHOT", sequential_id=number, trade_timestamp=number)

    # -- what must hold ---------------------------------------------------------------------------

    @invariant()
    def everybody_has_what_is_for_it(self) -> None:
        assert self.router.counters.unexpected == 0
        for one in (*self.subscribers.values(), *self.left):
            assert one.got == one.expected
            assert one.delivery.errors == 0

    @invariant()
    def nobody_gets_a_trade_twice(self) -> None:
        for one in self._on("trade"):
            numbers = [number for _, number in one.got]
            assert len(set(numbers)) == len(numbers)

    @invariant()
    def counts_agree(self) -> None:
        for route in self.routes:
            waiting = [one for one in route.consumers if one.waits]
            once = [one for one in route.consumers if one.mode is StreamMode.ONLY_SNAPSHOT]
            assert route.waiting == len(waiting)
            assert waiting or route.held is None
            assert route.choosy is bool(waiting or once)
            whole = all(one.units is None for one in route.consumers)
            assert route.plain is (whole and not route.choosy)
            debtors = {one.key for one in self.ledger.holders(route.topic) if CODE in one.owed}
            assert debtors <= {one.key for one in waiting}
            assert self.ledger.is_owed(route.topic) is bool(debtors)


RouterModel.TestCase.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)
TestRouter = RouterModel.TestCase
