"""Ledger, planner and session against a model of the exchange, over any sequence of events.

The model does what the exchange does: each request replaces everything, a SNAPSHOT goes to the whole
connection, nothing is acknowledged, topics may be lost in silence, lists may stay unanswered, and what was
sent before a request was taken arrives after it was sent. Its markets are quiet: nothing but a list can tell
that a topic is lost.
"""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from websocket_v6.config import Config
from websocket_v6.protocol.decoder import Listed, ListReply
from websocket_v6.protocol.ledger import Ledger, Topic, Want
from websocket_v6.protocol.planner import TRANSIT, Wire, is_carried, need
from websocket_v6.protocol.session import (
    Close,
    Dead,
    SendHeartbeat,
    SendList,
    SendPing,
    SendRequest,
    Session,
    Wait,
)
from websocket_v6.subscription import Options, StreamMode

CODES = ["KRW-BTC", "KRW-ETH", "KRW-XRP", "BTC-ETH"]
TYPES = ["ticker", "trade", "orderbook", "candle.1m"]
CONFIG = Config.load({}, environ={})
codes = st.lists(st.sampled_from(CODES), min_size=1, max_size=4, unique=True)
modes = st.sampled_from(list(StreamMode))


@dataclass
class Exchange:
    """One connection on the exchange's side."""

    held: dict[Topic, tuple[bool, int]] = field(default_factory=dict)
    coming: list[Topic] = field(default_factory=list)
    on_the_way: list[tuple[Topic, int, float]] = field(default_factory=list)
    """SNAPSHOTs of replaced requests: topic, levels, when they were replaced."""
    messages: list[float] = field(default_factory=list)
    lost: set[Topic] = field(default_factory=set)

    def request(self, text: str, now: float) -> None:
        self.messages.append(now)
        parts = json.loads(text)
        assert "ticket" in parts[0]
        objects = [part for part in parts if "type" in part]
        assert objects, "an empty request closes the connection"
        self.on_the_way = [(topic, self.levels(topic), now) for topic in self.coming]
        self.held.clear()
        self.coming.clear()
        for part in objects:
            for wire_code in part["codes"]:
                code, _, units = wire_code.partition(".")
                topic = part["type"], code
                assert topic not in self.held, "a topic stands at most once in a request"
                snapshot_only = part.get("is_only_snapshot", False)
                assert not (snapshot_only and part.get("is_only_realtime"))
                self.held[topic] = (not snapshot_only, int(units or 30))
                if not part.get("is_only_realtime"):
                    self.coming.append(topic)

    def levels(self, topic: Topic) -> int:
        """What a book is sent with; every book has 30."""
        return self.held[topic][1]

    def losable(self) -> list[Topic]:
        return sorted(set(self.held) - self.lost)

    def streams(self) -> set[Topic]:
        return {topic for topic, (realtime, _) in self.held.items() if realtime}


class Runtime(RuleBasedStateMachine):
    """Random subscribers, faults and time; after a quiet while everything agrees."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0
        self.ledger = Ledger()
        self.tickets = itertools.count()
        self.keys = itertools.count()
        self.exchange: Exchange | None = None
        self.session: Session | None = None
        self.snapshots: dict[tuple[str, str], int] = {}
        self.debts: dict[tuple[str, str], int] = {}
        self.frames: dict[Topic, float] = {}
        """When the last frame of each topic came on the connection in use."""
        self.deaf = 0
        """How many lists stay unanswered from now on."""

    # -- what subscribers do ----------------------------------------------------------------------

    @rule(
        data_type=st.sampled_from(TYPES),
        codes=codes,
        mode=modes,
        units=st.sampled_from([None, 1, 5, 15, 30]),
    )
    def subscribe(
        self, data_type: str, codes: list[str], mode: StreamMode, units: int | None
    ) -> None:
        key = f"want-{next(self.keys)}"
        units = units if data_type == "orderbook" else None
        self.ledger.add(key, data_type, codes, Options(mode, units))
        if mode is not StreamMode.ONLY_REALTIME:
            for code in codes:
                self.debts[key, code] = 1

    @precondition(lambda self: bool(self.ledger))
    @rule(data=st.data())
    def unsubscribe(self, data: st.DataObject) -> None:
        want = data.draw(st.sampled_from(list(self.ledger)))
        self.ledger.remove(want.key)

    @precondition(lambda self: bool(self.ledger))
    @rule(data=st.data())
    def remove_symbols(self, data: st.DataObject) -> None:
        want = data.draw(st.sampled_from(list(self.ledger)))
        self.ledger.remove(want.key, data.draw(st.sets(st.sampled_from(CODES))))

    # -- what the network does ----------------------------------------------------------------------

    @rule()
    def connect(self) -> None:
        self.exchange = Exchange()
        self.frames.clear()
        self.session = Session(
            CONFIG, self.now, lambda: f"ticket-{next(self.tickets)}", self.frames.get
        )
        self.ledger.renew_debts()
        for want in self.ledger:
            if want.options.mode is not StreamMode.ONLY_REALTIME and want.data_type != "trade":
                for code in want.codes:
                    self.debts[want.key, code] = self.snapshots.get((want.key, code), 0) + 1

    @rule()
    def lose_connection(self) -> None:
        self.exchange = self.session = None

    @precondition(lambda self: self.exchange is not None and bool(self.exchange.losable()))
    @rule(data=st.data())
    def lose_a_topic(self, data: st.DataObject) -> None:
        """Once per connection: a topic that is lost again right after its repair is not served."""
        assert self.exchange is not None
        topic = data.draw(st.sampled_from(self.exchange.losable()))
        self.exchange.lost.add(topic)
        del self.exchange.held[topic]
        self.exchange.coming = [one for one in self.exchange.coming if one != topic]

    @rule(lists=st.integers(1, 3))
    def leave_lists_unanswered(self, lists: int) -> None:
        self.deaf = lists

    @precondition(lambda self: self.exchange is not None and bool(self.exchange.coming))
    @rule()
    def snapshot_arrives(self) -> None:
        assert self.exchange is not None
        topic = self.exchange.coming.pop(0)
        self._snapshot(topic, self.exchange.levels(topic))

    @precondition(lambda self: self.exchange is not None and bool(self.exchange.on_the_way))
    @rule()
    def late_snapshot_arrives(self) -> None:
        """What was on its way when the request went out."""
        assert self.exchange is not None
        topic, levels, replaced = self.exchange.on_the_way.pop(0)
        if self.now < replaced + TRANSIT:
            self._snapshot(topic, levels)

    def _snapshot(self, topic: Topic, levels: int) -> None:
        assert self.session is not None
        self.frames[topic] = self.now
        wire = self.session.wire

        def serves(want: Want) -> bool:
            return not wire.may_be_cut(topic, levels, want.options.units, self.now)

        for want in self.ledger.collect(topic, serves if topic[0] == "orderbook" else None):
            if topic[0] == "orderbook":
                assert levels >= (want.options.units or 30), "a book that was cut"
            count = self.snapshots.get((want.key, topic[1]), 0) + 1
            self.snapshots[want.key, topic[1]] = count
            assert count <= self.debts[want.key, topic[1]], "a snapshot nobody owed"
            if want.options.mode is StreamMode.ONLY_SNAPSHOT:
                self.ledger.remove(want.key, [topic[1]])
        if not self.ledger.is_owed(topic):
            wire.arrived(topic)

    # -- what the session does ----------------------------------------------------------------------

    @rule(fails=st.booleans(), seconds=st.floats(0.0, 20.0))
    def turn(self, fails: bool, seconds: float) -> None:
        """Time passes; the session does at most one thing, and its send may fail."""
        self.now += seconds
        if self.session is None or self.exchange is None:
            return
        action = self._step(self.session)
        if fails and not isinstance(action, Wait):
            # The connection broke in the middle of a send: what arrived is unknown and void.
            self.lose_connection()
            return
        self._carry_out(action)

    def _step(self, session: Session) -> object:
        """As the connection does: silence is looked for before each step, or its time never passes."""
        wanted = self.session.wire.items or {} if self.session is not None else {}
        frames = [(topic, self.frames.get(topic), 0.0) for topic in wanted]
        session.suspicious(self.now, frames)
        return session.step(self.now, self.ledger)

    def _carry_out(self, action: object) -> None:
        session, exchange = self.session, self.exchange
        assert session is not None
        assert exchange is not None
        match action:
            case SendRequest():
                session.request_sent(self.now, action.items)
                exchange.request(action.text, self.now)
            case SendList():
                session.list_sent(self.now, action.ticket)
                exchange.messages.append(self.now)
                if self.deaf:
                    self.deaf -= 1
                    return
                listed = [Listed(kind, (code,)) for kind, code in exchange.held]
                session.list_reply(ListReply(action.ticket, tuple(listed)))
            case SendHeartbeat():
                session.heartbeat_sent(self.now)
                exchange.messages.append(self.now)
            case SendPing():
                session.ping_sent(self.now)
                session.pong()
            case Close() | Dead():
                self.exchange = self.session = None
            case _:
                assert isinstance(action, Wait)
                assert action.until > self.now

    # -- what must hold ---------------------------------------------------------------------------

    @invariant()
    def looking_at_changes_finds_what_looking_at_everything_does(self) -> None:
        if self.session is None:
            return
        wire = self.session.wire
        items = None if wire.items is None else dict(wire.items)
        assert need(self.ledger, wire) is need(self.ledger, Wire(items, set(wire.awaited)))
        for want in self.ledger:
            debts = {(want.data_type, code) for code in want.owed}
            if is_carried(self.ledger, wire, want):
                assert debts <= wire.awaited

    @invariant()
    def limits_are_kept(self) -> None:
        if self.exchange is None:
            return
        sent = self.exchange.messages
        for start in sent:
            assert sum(start <= at < start + 1.0 for at in sent) <= 5
            assert sum(start <= at < start + 60.0 for at in sent) <= 100

    def teardown(self) -> None:
        """With a working connection and some time, both sides agree; also after a last loss."""
        if self.session is None:
            self.connect()
        self._settle()
        if self.session is None or self.exchange is None:
            return
        # On a quiet evening everything is lost, and the first to ask for it gets no answer.
        self.exchange.held.clear()
        self.deaf = 2
        self._settle()

    def _settle(self) -> None:
        for _ in range(400):
            if self.session is None or self.exchange is None:
                break  # nothing was wanted: closed after the linger
            while self.exchange.coming:
                self.snapshot_arrives()
            action = self._step(self.session)
            if isinstance(action, Wait):
                self.now = min(action.until, self.now + 1.0)
            else:
                self._carry_out(action)
        if self.session is None or self.exchange is None:
            assert not self.ledger.topics()
            return
        wanted = self.ledger.items()
        assert self.exchange.streams() == {topic for topic, item in wanted.items() if item.realtime}
        for topic, item in wanted.items():
            if topic[0] == "orderbook":
                assert self.exchange.held[topic][1] == (item.units or 30)
        assert not any(want.owed for want in self.ledger), "a debt that was never paid"


Runtime.TestCase.settings = settings(max_examples=120, stateful_step_count=40, deadline=None)
TestRuntime = Runtime.TestCase
