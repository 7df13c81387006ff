"""One connection against a model of the exchange, over any sequence of faults, in virtual time.

The event loop jumps to the next timer instead of waiting, so hours pass in milliseconds and every run is
repeatable. The exchange here checks what it would punish: a second socket, a connect before the time it
told, too many connects or messages.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import math
import random
import selectors
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from websocket_v6._async import (
    connecting,
    connection,
    handing_over,
    history,
    refusals,
    router,
    sending,
    verification,
)
from websocket_v6._async.accounts import Account
from websocket_v6._async.connection import Connection
from websocket_v6._async.surroundings import Surroundings
from websocket_v6._async.transport import HandshakeRefused, Sockets, TransportFailed
from websocket_v6.config import Config
from websocket_v6.credentials import Credentials
from websocket_v6.events import AuthFailed, Connected, ConnectionEvent, Lost, RateLimited, Resumed
from websocket_v6.exceptions import SubscriptionRejected
from websocket_v6.protocol.drift import Drift
from websocket_v6.protocol.imposed_waits import ImposedWaits
from websocket_v6.protocol.ledger import Topic
from websocket_v6.protocol.pacing import RollingWindows, Window
from websocket_v6.subscription import Options, StreamMode

CONFIG = Config.load({}, environ={})
ROUND_TRIP = 0.05
CALM = CONFIG.reconnect_reset_after + 1.0
"""Seconds of heartbeats after which the delays begin anew."""
HOUR = 3600.0
BLAMING = ["WRONG_FORMAT", "INVALID_PARAM"]
TROUBLES = ["INTERNAL_ERROR", "NO_TICKET", *BLAMING]


class _Jump(selectors.SelectSelector):
    """Instead of waiting for a timer, sets the clock to it."""

    now = 1000.0

    def select(self, timeout: float | None = None) -> Any:
        assert timeout is not None, "the loop would wait for ever"
        self.now += max(0.0, timeout)
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop in which nothing takes any time but sleeping."""

    def __init__(self) -> None:
        self.jump = _Jump()
        super().__init__(self.jump)

    def time(self) -> float:
        return self.jump.now


class Socket:
    """The transport, and what the exchange knows of it."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.opened = exchange.loop.time()
        self.ended = math.inf
        self.silent = False
        self.cause = "connection lost"
        self.held: set[Topic] = set()
        self.messages: list[float] = []
        self.receive: Callable[[bytes], None] = lambda payload: None
        self._on_lost: Callable[[], None] = lambda: None

    def start(self, receiver: Callable[[bytes], None], on_lost: Callable[[], None]) -> None:
        self.receive, self._on_lost = receiver, on_lost

    async def send(self, text: str) -> None:
        if self.closed:
            raise TransportFailed(self.cause)
        self._count()
        if self.exchange.refusing is not None:
            self.exchange.loop.call_later(ROUND_TRIP, self.lose, self.exchange.refusing)
            return
        if text == "PING":
            self._beat()
            return
        ticket, *parts = json.loads(text)
        if parts and parts[0].get("method"):
            entries = [{"type": kind, "codes": [code]} for kind, code in sorted(self.held)]
            self._answer({"method": parts[0]["method"], "result": entries, **ticket})
            return
        self.held.clear()
        for part in parts:
            for code in part.get("codes", ["*"]) if "type" in part else ():
                self.held.add((part["type"], code))
                if part["type"] not in ("myOrder", "myAsset"):
                    self._answer({"type": part["type"], "code": code, "stream_type": "SNAPSHOT"})
        assert self.held, "an empty request"

    async def ping(self, on_pong: Callable[[], None]) -> None:
        if self.closed:
            raise TransportFailed(self.cause)
        if not self.silent:
            self.exchange.loop.call_later(ROUND_TRIP, on_pong)

    @property
    def closed(self) -> bool:
        return self.ended < math.inf

    async def close(self) -> None:
        self.abort()

    async def end(self, patience: float) -> None:
        self.abort()

    def abort(self) -> None:
        if not self.closed:
            self.ended = self.exchange.loop.time()
            self.exchange.ended(self)

    def lose(self, error: str | None = None) -> None:
        """The exchange ends it, after an error frame if there is one."""
        if self.closed:
            return
        if error is not None:
            message = {"error": {"name": error, "message": "as the model wants"}}
            self.receive(json.dumps(message).encode())
        self.abort()
        self._on_lost()

    def _beat(self) -> None:
        """The heartbeat that a text PING starts."""
        self._answer({"status": "UP"})
        if not self.closed:
            self.exchange.loop.call_later(10.0, self._beat)

    def _answer(self, message: dict[str, Any]) -> None:
        def arrive() -> None:
            if not self.closed and not self.silent:
                self.receive(json.dumps(message).encode())

        self.exchange.loop.call_later(ROUND_TRIP, arrive)

    def _count(self) -> None:
        now = self.exchange.loop.time()
        self.messages.append(now)
        for seconds, most in ((1.0, 5), (60.0, 100)):
            assert sum(at > now - seconds for at in self.messages) <= most, "too many messages"


class Exchange:
    """Accepts, refuses or is not there, and notes what should not have happened."""

    def __init__(self, loop: VirtualLoop) -> None:
        self.loop = loop
        self.sockets: list[Socket] = []
        self.connects: list[float] = []
        self.coming: list[tuple[str, float | None]] = []
        """What the next handshakes meet: a status or ``gone``, and the ``Retry-After``."""
        self.not_before = 0.0
        self.refusing: str | None = None
        """The error that every message is answered with; ``None``: all is well."""
        self.searching: Callable[[], bool] = lambda: False
        """Whether a search has sockets of its own."""
        self.refused = False
        self.failed_at: float | None = None
        """When the last handshake failed; ``None`` while the next attempt is not its choice."""
        self.trouble_since: float | None = None
        """When a socket ended or a handshake failed first since the last calm; ``None``: none has."""
        self.wrong: list[str] = []
        self._handshakes = 0

    @property
    def open(self) -> list[Socket]:
        return [one for one in self.sockets if not one.closed]

    async def open_transport(
        self, url: str, config: Config, *, sign: Callable[[], str] | None, sockets: Sockets
    ) -> Socket:
        now = self.loop.time()
        self._check(now)
        self.connects.append(now)
        self._handshakes += 1
        try:
            await asyncio.sleep(ROUND_TRIP)
        finally:
            self._handshakes -= 1
        if self.coming:
            self._fail(*self.coming.pop(0), signed=sign is not None)
        self.failed_at = None
        socket = Socket(self)
        self.sockets.append(socket)
        return socket

    def limit(self, wait: float | None, least: float = CONFIG.rate_limit_wait) -> None:
        told = max(wait or 0.0, least)
        self.not_before = self.loop.time() + told
        self.failed_at = None

    def ended(self, socket: Socket) -> None:
        """Whoever ended it: the delays may count from here."""
        calm = not socket.silent and socket.opened + CALM < socket.ended
        if calm or self.trouble_since is None:
            self.trouble_since = socket.ended

    def _check(self, now: float) -> None:
        if (self.open or self._handshakes) and not self.searching():
            self.wrong.append("a second socket")
        if now < self.not_before - 1e-6:
            self.wrong.append(f"a connect {self.not_before - now} s too early")
        if self.refused:
            self.wrong.append("a connect with keys that were refused")
        if sum(at > now - 1.0 for at in self.connects) >= 5:
            self.wrong.append("too many connects")
        if self.failed_at is not None and self.trouble_since is not None:
            early = now - self.trouble_since < CONFIG.reconnect_fast_window
            longest = CONFIG.reconnect_fast_max_gap if early else CONFIG.reconnect_max_delay
            if now - self.failed_at > longest + CONFIG.second_window:
                self.wrong.append(f"no connect for {now - self.failed_at} s")

    def _fail(self, what: str, wait: float | None, *, signed: bool) -> None:
        self.failed_at = self.loop.time()
        if self.trouble_since is None:
            self.trouble_since = self.failed_at
        if what == "gone":
            raise TransportFailed("nobody there")
        if what in ("418", "429"):
            self.limit(wait)
        if what == "503" and wait is not None:
            self.limit(wait, 0.0)
        self.refused = signed and what == "401"
        raise HandshakeRefused(int(what), wait)


class Reconnecting(RuleBasedStateMachine):
    """Wants, faults and time; when the faults end, everything wanted is on the wire of one socket."""

    @initialize(
        private=st.booleans(), seed=st.integers(0, 99), up=st.sampled_from([True, True, False])
    )
    def begin(self, private: bool, seed: int, up: bool) -> None:
        self.loop = VirtualLoop()
        self.exchange = Exchange(self.loop)
        self.keys = itertools.count()
        self.events: list[ConnectionEvent | None] = []
        """``None``: for a moment nothing was wanted, and the end of a socket was no outage."""
        self.account = Account("default", Credentials("TEST-ACCESS-KEY", "TEST-SECRET-" + "K" * 32))
        self.topics = [("ticker", "KRW-BTC"), ("trade", "KRW-BTC"), ("orderbook", "KRW-ETH")]
        if private:
            self.topics = [("myOrder", "KRW-BTC"), ("myOrder", "KRW-ETH"), ("myAsset", "*")]
        self.private = private
        self.patch = pytest.MonkeyPatch()
        of_a_clock = connecting, connection, handing_over, history, router, sending, verification
        for module in of_a_clock:
            for name in ("monotonic", "time"):
                self.patch.setattr(module, name, self.loop.time, raising=name == "monotonic")
        self.patch.setattr(connecting, "open_transport", self.exchange.open_transport)
        self.patch.setattr(logging.getLogger("websocket_v6"), "disabled", True)
        for module in (connecting, connection, refusals, verification):
            self.patch.setattr(module.logger, "disabled", True)
        tickets = itertools.count()
        surroundings = Surroundings(
            config=CONFIG,
            connects=RollingWindows([Window(CONFIG.connects_per_second, CONFIG.second_window)]),
            imposed=ImposedWaits(),
            sockets=Sockets(),
            emit=self._emit,
            on_done=lambda key, codes: None,
            on_rejected=self._rejected,
            on_loop_ending=lambda: None,
            on_open=lambda private, url: None,
            random=random.Random(seed).random,
            new_ticket=lambda: f"ticket-{next(tickets)}",
            drift=Drift(),
        )

        async def make() -> Connection:
            account = self.account if private else None
            return Connection("model", "ws://127.0.0.1/websocket/v1", account, surroundings)

        self.connection = self.loop.run_until_complete(make())
        self.exchange.searching = lambda: bool(self.connection.refusals.searches)
        if up:
            self.want(0)
            self.time_passes(1.0)

    def _emit(self, event: ConnectionEvent) -> None:
        self.events.append(event)
        if not self.connection.ledger:
            self.events.append(None)

    def _rejected(self, key: str, codes: tuple[str, ...], error: SubscriptionRejected) -> None:
        self.exchange.wrong.append(f"{codes} rejected, which the exchange accepts: {error.name}")

    # -- what components do -----------------------------------------------------------------------

    @rule(number=st.integers(0, 2))
    def want(self, number: int) -> None:
        data_type, code = self.topics[number]
        options = Options(StreamMode.ONLY_REALTIME)
        if not self.connection.ledger:
            # Nobody waited for the next attempt, and nobody knows how far the delays have come.
            self.exchange.failed_at, self.exchange.trouble_since = None, -math.inf
        self.connection.ledger.add(f"want-{next(self.keys)}", data_type, [code], options)
        self._tell()

    @precondition(lambda self: self.connection.ledger)
    @rule(data=st.data())
    def unwant(self, data: st.DataObject) -> None:
        want = data.draw(st.sampled_from(list(self.connection.ledger)))
        self.connection.ledger.remove(want.key)
        if not self.connection.ledger:
            self.events.append(None)
        self._tell()

    @precondition(lambda self: self.account.refused)
    @rule()
    def give_new_keys(self) -> None:
        self.exchange.refused = False
        self.exchange.failed_at = None
        self.account.retry()
        self._tell()

    def _tell(self) -> None:
        self.loop.call_soon(self.connection.changed)
        self.time_passes(0.0)

    # -- what the network and the exchange do -------------------------------------------------------

    @rule(seconds=st.sampled_from([0.0, 0.01, 0.07, 0.5, 3.0, 12.0, 40.0]))
    def time_passes(self, seconds: float) -> None:
        self.loop.run_until_complete(asyncio.sleep(seconds))

    @rule(
        what=st.sampled_from(["gone", "gone", "503", "401", "418", "429"]),
        wait=st.sampled_from([None, 2.0, 25.0]),
        times=st.sampled_from([1, 2, 8]),
    )
    def the_next_handshakes_meet(self, what: str, wait: float | None, times: int) -> None:
        self.exchange.coming += [(what, wait)] * times

    @precondition(lambda self: self.exchange.open)
    @rule()
    def lose_the_socket(self) -> None:
        self.exchange.open[0].lose()

    @precondition(lambda self: self.exchange.open)
    @rule()
    def go_silent(self) -> None:
        self.exchange.open[0].silent = True

    @precondition(lambda self: self.exchange.open and not self.exchange.open[0].silent)
    @rule(name=st.sampled_from(["TOO_MANY_REQUEST", "INVALID_AUTH", "SERVER_MAINTENANCE", "NEW"]))
    def close_with_an_error(self, name: str) -> None:
        """Of a limit, of the keys, or of a server in trouble."""
        socket = self.exchange.open[0]
        if name == "TOO_MANY_REQUEST" and not self.exchange.searching():
            self.exchange.limit(None)
        self.exchange.refused = self.private and name == "INVALID_AUTH"
        socket.lose(name)

    @precondition(lambda self: self.exchange.open and not self.exchange.open[0].silent)
    @rule(seconds=st.sampled_from([0.3, 3.0, 12.0, 60.0]), name=st.sampled_from(TROUBLES))
    def refuse_everything_for_a_while(self, seconds: float, name: str) -> None:
        """After what is wanted has been served: a name that blames the request says so of something new."""
        self.time_passes(2.0)
        if name in BLAMING and not self._all_served():
            return
        self.exchange.refusing = name
        if self.exchange.open:
            self.exchange.open[0].lose(name)
        self.time_passes(seconds)
        self.exchange.refusing = None

    def _all_served(self) -> bool:
        open_ = self.exchange.open
        return len(open_) == 1 and open_[0].held >= self.connection.ledger.topics()

    # -- what must hold ---------------------------------------------------------------------------

    @invariant()
    def nothing_went_wrong(self) -> None:
        assert not self.exchange.wrong, self.exchange.wrong
        assert len(self.exchange.open) <= 1

    @invariant()
    def outages_are_announced(self) -> None:
        up = was_idle = False
        for event in self.events:
            match event:
                case None:
                    was_idle = True
                case Connected():
                    assert not up or was_idle, "connected twice without a loss"
                    up, was_idle = True, False
                case Lost():
                    assert up, "lost what was not connected"
                    up = False
                case Resumed():
                    assert up
                    assert event.outage_seconds >= 0.0
                case RateLimited():
                    assert event.wait >= 2.0, "the shortest wait that a handshake names"
                case AuthFailed():
                    assert self.private

    def teardown(self) -> None:
        """When the faults end, so does the outage; when the manager stops, everything does."""
        if not hasattr(self, "connection"):
            return
        try:
            self._settle()
            self._stop()
        finally:
            self.patch.undo()
            self.loop.close()

    def _settle(self) -> None:
        self.exchange.coming.clear()
        self.exchange.refusing = None
        self.time_passes(0.1)
        if self.account.refused:
            self.give_new_keys()
        for _ in range(12):
            self.time_passes(10.0)
        self.nothing_went_wrong()
        self.outages_are_announced()
        wanted = self.connection.ledger.topics()
        if not wanted:
            assert not self.exchange.open, "a socket that nobody needs"
            return
        assert len(self.exchange.open) == 1, "nothing is connected"
        assert self.exchange.open[0].held == wanted
        assert self.connection.up
        assert self.connection.history.lost_since is None
        assert self.connection.connecting.rate_limited_until is None

    def _stop(self) -> None:
        self.loop.run_until_complete(self.connection.stop(1.0))
        connects = len(self.exchange.connects)
        self.connection.changed()
        self.time_passes(HOUR)
        assert not self.exchange.open
        assert len(self.exchange.connects) == connects, "a connect after the end"
        assert not asyncio.all_tasks(self.loop)


Reconnecting.TestCase.settings = settings(max_examples=80, stateful_step_count=50, deadline=None)
TestReconnecting = Reconnecting.TestCase
