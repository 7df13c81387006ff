"""One socket's life as decisions: what to do next, and until when to wait.

``Session.step(now, ...)`` is asked after every wake-up and answers with one action; the connection carries
it out and reports back (``request_sent``, ``pong``, ``list_reply`` ...). No clock, no socket, no loop.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from ..config import Config
from ..subscription import EVERY_CODE, PRIVATE_TYPES
from .decoder import ListReply, listed_topics
from .ledger import Ledger, Topic
from .pacing import RollingWindows, TokenBucket, Window
from .planner import Need, Wire, need, plan
from .requests import Item, list_request, subscribe_request

__all__ = [
    "Close",
    "Dead",
    "SendHeartbeat",
    "SendList",
    "SendPing",
    "SendRequest",
    "Session",
    "Verification",
    "Wait",
]

SNAPSHOT_PATIENCE = 5.0
"""Seconds after which a snapshot that was asked for counts as not coming: it takes 0.2 to 0.4 s."""
LIST_PATIENCE = 10.0
"""Seconds after which an unanswered LIST_SUBSCRIPTIONS is forgotten."""
ANSWER_PATIENCE = 5.0
"""Seconds after which an error frame cannot be the answer to a request: one takes 0.2 to 0.8 s."""
LONGEST_LOOK = 300.0
"""Seconds after which a topic that stays silent is looked at again, or a list asked for again, at most."""
_RETRY_LIST = 0.25
_LOOK_FOR_SILENCE = 1.0


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing to do before *until*. *held*: a change is ready and only the rate limit holds it."""

    until: float
    held: bool = False


@dataclass(frozen=True, slots=True)
class SendRequest:
    text: str
    items: dict[Topic, Item]


@dataclass(frozen=True, slots=True)
class SendList:
    text: str
    ticket: str


@dataclass(frozen=True, slots=True)
class SendPing:
    """A protocol ping (opcode 9)."""


@dataclass(frozen=True, slots=True)
class SendHeartbeat:
    """The text ``PING``."""


@dataclass(frozen=True, slots=True)
class Close:
    """Nothing has been wanted for the linger time."""


@dataclass(frozen=True, slots=True)
class Dead:
    """The transport does not answer any more."""

    reason: str


Action = Wait | SendRequest | SendList | SendPing | SendHeartbeat | Close | Dead


@dataclass(frozen=True, slots=True)
class Verification:
    """What a list reply showed.

    *repaired*: topics the exchange did not hold; the whole request goes out once more. *not_served*:
    topics still missing after their one repair.
    """

    repaired: tuple[Topic, ...] = ()
    not_served: tuple[Topic, ...] = ()


@dataclass(slots=True)
class _Listing:
    ticket: str
    at: float
    sends: int
    received: int


@dataclass(slots=True)
class _Look:
    """At a topic that has been silent since *last*: the next one, and the wait that it ends."""

    last: float
    next: float
    wait: float


@dataclass(slots=True)
class Session:
    """State of one socket.

    Args:
        config: intervals, delays and limits.
        opened: when the socket opened, in the clock of all other times here (seconds).
        new_ticket: makes a unique ticket.
        heard: when the last frame of a topic came on this socket; ``None``: none has.
        received: how many messages have come, of any kind.
        answers: whether this exchange is known to answer LIST_SUBSCRIPTIONS.

    Attributes:
        not_served: topics found silent, and when.
    """

    config: Config
    opened: float
    new_ticket: Callable[[], str]
    heard: Callable[[Topic], float | None] = lambda topic: None
    received: Callable[[], int] = lambda: 0
    answers: Callable[[], bool] = lambda: False
    wire: Wire = field(default_factory=Wire)
    not_served: dict[Topic, float] = field(default_factory=dict)
    sends: int = 0
    lists: int = 0
    _windows: RollingWindows = field(init=False)
    _messages: TokenBucket = field(init=False)
    _next_ping: float = field(init=False)
    _pong_due: float = math.inf
    _heartbeat_sent: bool = False
    _idle_since: float | None = None
    _removal_since: float | None = None
    _last_request: float = -math.inf
    _verify_at: float = math.inf
    _listing: _Listing | None = None
    _unanswered: int = 0
    _repaired: set[Topic] = field(default_factory=set)
    _look_at: float = field(init=False)
    _looks: dict[Topic, _Look] = field(default_factory=dict)

    def __post_init__(self) -> None:
        config = self.config
        self._windows = RollingWindows(
            [
                Window(config.messages_per_second, config.second_window),
                Window(config.messages_per_minute, config.minute_window),
            ]
        )
        burst, minute = config.messages_per_second, config.messages_per_minute
        self._messages = TokenBucket(burst, max(minute - burst, 1) / config.minute_window)
        self._next_ping = self.opened + config.ping_interval
        self._look_at = self.opened + _LOOK_FOR_SILENCE

    # -- what to do -----------------------------------------------------------------------------

    def step(self, now: float, ledger: Ledger) -> Action:
        """The next action at *now*."""
        if now >= self._pong_due:
            return Dead(f"no pong within {self.config.pong_timeout:g} s of a ping")
        if now >= self._next_ping:
            return SendPing()
        deadline = min(self._pong_due, self._next_ping)
        change, held = self._change(now, ledger)
        if not isinstance(change, float):
            return change
        check = self._check(now)
        if not isinstance(check, float):
            return check
        return Wait(min(deadline, change, check), held)

    def _change(self, now: float, ledger: Ledger) -> tuple[Action | float, bool]:
        """The request to send or the time it is due, and whether only the rate limit holds it."""
        needed = need(ledger, self.wire)
        if needed is Need.NOTHING:
            self._removal_since = None
            return self._linger(now, ledger), False
        self._idle_since = None
        due = now
        urgent = needed is Need.ADDITION
        if not urgent:
            if self._removal_since is None:
                self._removal_since = now
            due = self._removal_since + self.config.removal_delay * 0.8
        delay = self._pace(now)
        wanted = plan(ledger, self.wire) if delay <= 0 and due <= now else None
        if wanted is not None:
            text = subscribe_request(
                wanted.items.values(),
                ticket=self.new_ticket(),
                wire_format=self.config.wire_format,
            )
            return SendRequest(text, wanted.items), False
        return max(due, now + delay), delay > 0 and urgent

    def is_paced(self, now: float) -> bool:
        """Whether the rate limit holds back whatever there is to send."""
        return self._pace(now) > 0

    def _pace(self, now: float) -> float:
        return max(self._windows.delay(now), self._messages.delay(now))

    def _linger(self, now: float, ledger: Ledger) -> Action | float:
        if ledger:
            self._idle_since = None
            return math.inf
        if self._idle_since is None:
            self._idle_since = now
        closing = self._idle_since + self.config.linger
        return Close() if now >= closing else closing

    def _check(self, now: float) -> Action | float:
        """Heartbeat and verification: sent only while the rate limit has room to spare."""
        if self.wire.items is None:
            return math.inf
        if not self._heartbeat_sent and self.config.heartbeat_text_ping:
            return SendHeartbeat() if self._room(now, 1, 1) else now + _RETRY_LIST
        listing = self._listing
        if listing is not None and now >= listing.at + LIST_PATIENCE:
            if self.answers() and self.received() == listing.received:
                # Its pongs may come from something in between, or from a part of it that still works.
                return Dead(f"it answered pings and said nothing else for {LIST_PATIENCE:g} s")
            self._list_unanswered(now)
        if now >= self._verify_at and self._idle_since is None:
            if not self._room(now, 2, 30):
                return now + _RETRY_LIST
            ticket = self.new_ticket()
            return SendList(
                list_request(ticket=ticket, wire_format=self.config.wire_format), ticket
            )
        return min(self._verify_at if self._idle_since is None else math.inf, self._look_at)

    def _list_unanswered(self, now: float) -> None:
        """Ask again: at once, and then more and more seldom."""
        self._listing = None
        again = now + min(LIST_PATIENCE * (2**self._unanswered - 1), LONGEST_LOOK)
        self._verify_at = min(self._verify_at, again)
        self._unanswered = min(self._unanswered + 1, 10)

    def _room(self, now: float, second: int, minute: int) -> bool:
        free_second, free_minute = self._windows.free(now)
        free_second = min(free_second, self._messages.free(now))
        return free_second >= second and free_minute >= minute

    # -- what happened --------------------------------------------------------------------------

    def request_sent(self, now: float, items: dict[Topic, Item]) -> None:
        self._record(now)
        self.sends += 1
        self.wire.sent(items, now)
        self._last_request = now
        self._removal_since = None
        self._verify_at = now + self.config.verify_delay

    def list_sent(self, now: float, ticket: str) -> None:
        self._record(now)
        self.lists += 1
        self._verify_at = math.inf
        self._listing = _Listing(ticket, now, self.sends, self.received())

    def heartbeat_sent(self, now: float) -> None:
        self._record(now)
        self._heartbeat_sent = True

    def _record(self, now: float) -> None:
        self._windows.record(now)
        self._messages.record(now)

    def ping_sent(self, now: float) -> None:
        self._next_ping = now + self.config.ping_interval
        if self._pong_due == math.inf:
            self._pong_due = now + self.config.pong_timeout

    def pong_is_late(self, now: float) -> bool:
        """Whether a ping has been unanswered for half its time; a pong takes milliseconds."""
        return now > self._pong_due - self.config.pong_timeout / 2

    def pong(self) -> None:
        self._pong_due = math.inf

    def may_answer(self, now: float) -> bool:
        """Whether an error frame that comes now can be the answer to a request."""
        return now <= self._last_request + ANSWER_PATIENCE

    def list_reply(self, reply: ListReply) -> Verification | None:
        """Compare what the exchange holds with what was sent.

        Returns:
            ``None`` when the reply says nothing: another ticket, or a request was sent since.
        """
        listing = self._listing
        if listing is None or listing.ticket != reply.ticket or self.wire.items is None:
            return None
        self._listing = None
        self._unanswered = 0
        if listing.sends != self.sends:
            return None
        held = listed_topics(reply)
        lasting = {
            topic
            for topic, item in self.wire.items.items()
            if item.realtime or topic in self.wire.awaited
        }
        missing = {topic for topic in lasting if not _is_listed(topic, held)}
        # What is listed again was repaired; should it be lost once more, it gets one more repair.
        self._repaired -= lasting - missing
        stale = {topic for topic in held if not _is_ours(topic, set(self.wire.items))}
        again, lost = self._missing_again(missing & self._repaired, listing.at)
        fresh = missing - self._repaired | lost
        for topic in lasting - missing - self.wire.awaited:
            self.served(topic)
        self.not_served.update(dict.fromkeys(again, listing.at))
        if fresh or (stale and not self._repaired & stale):
            self._repaired |= fresh | stale
            self.wire.lost(fresh or set(self.wire.items))
        return Verification(tuple(sorted(fresh)), tuple(sorted(again)))

    def _missing_again(self, topics: set[Topic], at: float) -> tuple[set[Topic], set[Topic]]:
        """Which of *topics*, missing although they were repaired, are not served, and which are lost.

        What has sent frames since is served, whatever the list says. If it still does, the list is not to
        be believed, and nothing is sent because of it; if it fell silent, it was lost once more.
        """
        since = {topic: self.heard(topic) for topic in topics}
        served = {
            topic: last for topic, last in since.items() if last and last > self._last_request
        }
        silence = self.config.silence_suspicion
        lost = {topic for topic, last in served.items() if at - last >= silence}
        believed = len(lost) == len(served)
        return topics - set(served), lost if believed else set()

    def suspicious(
        self, now: float, last_frames: Iterable[tuple[Topic, float | None, float]]
    ) -> tuple[Topic, ...]:
        """Topics that have gone quiet; asks for a check at the next step.

        The check shows all topics at once. One that is listed and stays quiet is looked at again after as
        long, and then more and more seldom.

        Args:
            last_frames: ``(topic, time of the last frame, usual gap in seconds)``; ``None``: no frame has
                come on this socket, as is usual for orders. It has been quiet since the request.
        """
        if now < self._look_at:
            return ()
        self._look_at = now + _LOOK_FOR_SILENCE
        config = self.config
        silent: list[tuple[Topic, float, float]] = []
        due = []
        for topic, heard, gap in last_frames:
            if heard is None and topic in self._repaired:
                continue  # not served, and reported as that
            last = self._last_request if heard is None else heard
            bound = min(max(config.silence_suspicion, 10 * gap), config.silence_suspicion_max)
            if now - last < bound:
                continue
            silent.append((topic, last, bound))
            look = self._looks.get(topic)
            if look is None or look.last < last or now >= look.next:
                due.append(topic)
        if due:
            self._verify_at = min(self._verify_at, now)
            for topic, last, bound in silent:
                self._looked(now, topic, last, bound)
        return tuple(due)

    def _looked(self, now: float, topic: Topic, last: float, bound: float) -> None:
        look = self._looks.get(topic)
        if look is None or look.last < last:
            self._looks[topic] = _Look(last, now + bound, bound)
            return
        if now >= look.next:
            look.wait = min(2 * look.wait, LONGEST_LOOK)
        look.next = now + look.wait

    def overdue_snapshots(self, now: float) -> tuple[Topic, ...]:
        """Topics newly found silent: their snapshot was asked for, and nothing has come in good time."""
        asked = self._last_request
        if now < asked + SNAPSHOT_PATIENCE:
            return ()
        silent = tuple(
            topic
            for topic in sorted(self.wire.awaited - set(self.not_served))
            if (self.heard(topic) or -math.inf) <= asked
        )
        self.not_served.update(dict.fromkeys(silent, now))
        return silent

    def served(self, topic: Topic) -> None:
        """The exchange serves *topic*."""
        self.not_served.pop(topic, None)

    def is_silent(self, topic: Topic) -> bool:
        """Whether it was found silent and no frame has come since."""
        since = self.not_served.get(topic)
        return since is not None and (self.heard(topic) or -math.inf) <= since


def _is_listed(topic: Topic, held: set[Topic]) -> bool:
    data_type, code = topic
    if topic in held or (data_type, EVERY_CODE) in held:
        return True
    return code == EVERY_CODE and any(held_type == data_type for held_type, _ in held)


def _is_ours(topic: Topic, items: set[Topic]) -> bool:
    data_type, code = topic
    if topic in items or (data_type, EVERY_CODE) in items:
        return True
    if data_type in PRIVATE_TYPES and code == EVERY_CODE:
        return any(ours == data_type for ours, _ in items)
    return False
