"""What each component should have got, as the exchange's side knows it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

__all__ = ["GRACE", "Oracle", "Tally", "order_identity"]

GRACE = 0.25
"""Seconds around a subscription's ends and before a connection's end in which nothing is certain: frames
on their way may or may not arrive."""


@dataclass(slots=True)
class Tally:
    owed: int = 0
    delivered: int = 0
    lost: int = 0
    duplicated: int = 0
    dropped_by_policy: int = 0
    examples: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Life:
    """A connection from when it was accepted to when it ended or a fault was about to hit it."""

    connection: Any
    since: float
    ended: float = float("inf")


@dataclass(slots=True)
class _Sent:
    at: float
    identity: Any
    life: _Life


@dataclass(slots=True)
class _Happened:
    at: float
    identity: Any


class Oracle:
    """Records what happens on the exchange, every frame that leaves it, and each connection's life.

    Two things are owed: what was sent on a connection that lived on; and, whatever was subscribed there,
    what happened on the market while a connection was up that had the time to subscribe to it.

    Args:
        settled: wall seconds after which a new connection, or a new subscription, is served.
    """

    def __init__(self, settled: float) -> None:
        self._settled = settled
        self._trades: dict[str, list[_Sent]] = defaultdict(list)
        self._orders: list[_Sent] = []
        self._lives: dict[int, _Life] = {}
        self._market: dict[str, list[_Happened]] = defaultdict(list)
        self._account: list[_Happened] = []
        self._excused: dict[str, list[tuple[float, float]]] = defaultdict(list)

    # -- what the exchange does; in its thread ------------------------------------------------------

    def on_frame(self, connection: Any, stream: Any, frame: Any) -> None:
        """The emulator's observer."""
        if frame.values.get("stream_type") != "REALTIME":
            return
        now, life = monotonic(), self._life(connection)
        if stream.data_type == "trade":
            identity = int(frame.values["sequential_id"])
            self._trades[stream.code].append(_Sent(now, identity, life))
        elif stream.data_type == "myOrder":
            self._orders.append(_Sent(now, order_identity(frame.values), life))

    def on_trade(self, code: str, identity: int) -> None:
        """A trade happened, whether or not anybody was told."""
        self._market[code].append(_Happened(monotonic(), identity))

    def follow(self, account: Any) -> None:
        """Note what happens on *account* from now on, whether or not anybody is connected."""
        deliver = account._deliver

        def noted(data_type: str, code: str, frame: Any) -> None:
            if data_type == "myOrder":
                happened = _Happened(monotonic(), order_identity(frame.values))
                self._account.append(happened)
            deliver(data_type, code, frame)

        account._deliver = noted

    def watch(self, connections: Iterable[Any]) -> None:
        """Note who is connected and which connections have ended; called often."""
        now = monotonic()
        for connection in connections:
            self._life(connection)
        for life in self._lives.values():
            if life.ended == float("inf") and not life.connection.open:
                life.ended = now

    def _life(self, connection: Any) -> _Life:
        return self._lives.setdefault(connection.number, _Life(connection, monotonic()))

    # -- what is done to it -------------------------------------------------------------------------

    def faulted(self, hits: str) -> None:
        """A fault is about to hit connections: what they send from now on may be lost.

        Args:
            hits: ``all``, ``none``, or the kind of connection.
        """
        now = monotonic()
        for life in tuple(self._lives.values()):
            if hits in ("all", life.connection.kind):
                life.ended = min(life.ended, now)

    def excuse(self, code: str, since: float, until: float) -> None:
        """Owe no trades of *code* that were not sent meanwhile: the exchange itself lost the topic."""
        self._excused[code].append((since, until))

    # -- judgement ----------------------------------------------------------------------------------

    def _certain(self, sent: _Sent, since: float, until: float) -> bool:
        return since + GRACE <= sent.at <= min(until, sent.life.ended) - GRACE

    def _served(self, code: str) -> list[_Happened]:
        """The trades of *code* that had to be sent to anybody who wanted them by then."""
        lives = [one for one in self._lives.values() if one.connection.kind == "public"]
        spans = [(one.since + self._settled, one.ended - GRACE) for one in lives]
        excused = self._excused[code]
        return [
            trade
            for trade in self._market[code]
            if any(since <= trade.at <= until for since, until in spans)
            and not any(since - GRACE <= trade.at <= until + GRACE for since, until in excused)
        ]

    def judge_trades(self, people: list[Any]) -> Tally:
        """Every certain trade exactly once, to everybody who takes all of them."""
        tally = Tally()
        served = {person.code: self._served(person.code) for person in people}
        for person in people:
            repeated = [key for key, count in person.seen.items() if count > 1]
            tally.duplicated += len(repeated)
            owed = self._owed(person, served[person.code])
            missing = owed - set(person.seen)
            tally.owed += len(owed)
            tally.delivered += sum(person.seen.values())
            if person.lossless:
                tally.lost += len(missing)
            else:
                tally.dropped_by_policy += len(missing)
            if (repeated or (missing and person.lossless)) and len(tally.examples) < 5:
                tally.examples.append(
                    f"component-{person.number} ({person.temper}, {person.code}): "
                    f"{len(missing)} of {len(owed)} missing, {len(repeated)} repeated"
                )
        return tally

    def _owed(self, person: Any, served: list[_Happened]) -> set[int]:
        owed: set[int] = set()
        for since, until, at_trade in person.spans:
            sent = self._until_trade(person.code, at_trade)
            owed.update(one.identity for one in sent if self._certain(one, since, until))
            owed.update(
                one.identity
                for one in served
                if since + self._settled <= one.at <= until - GRACE
                and (at_trade is None or one.identity < at_trade)
            )
        return owed

    def _until_trade(self, code: str, identity: int | None) -> list[_Sent]:
        """What was sent before a trade, or all: who leaves in its callback leaves what still waits."""
        sent = self._trades[code]
        if identity is None:
            return sent
        last = next((at for at, one in enumerate(sent) if one.identity == identity), len(sent))
        return sent[:last]

    def judge_orders(self, seen: Counter[Any], since: float, until: float) -> Tally:
        owed = {one.identity for one in self._orders if self._certain(one, since, until)}
        return Tally(
            owed=len(owed),
            delivered=sum(seen.values()),
            lost=len(owed - set(seen)),
            duplicated=sum(count > 1 for count in seen.values()),
        )

    def missed_orders(self, seen: Counter[Any], since: float, until: float) -> list[float]:
        """When those private events happened that nobody got."""
        return [
            one.at
            for one in self._account
            if since + GRACE <= one.at <= until - GRACE and one.identity not in seen
        ]


def order_identity(values: Any) -> tuple[Any, ...]:
    """What tells one order event from another."""
    executed = values.get("executed_volume")
    return (
        str(values["uuid"]),
        str(values["state"]),
        None if executed is None else float(str(executed)),
    )
