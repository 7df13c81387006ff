"""What each component should have got, as the exchange's side knows it."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

__all__ = ["Oracle", "Tally"]

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
class _Sent:
    at: float
    identity: Any
    connection: int


class Oracle:
    """Records every frame that left the exchange, and the life of each connection."""

    def __init__(self) -> None:
        self._trades: dict[str, list[_Sent]] = defaultdict(list)
        self._orders: list[_Sent] = []
        self._ended: dict[int, float] = {}
        self._ids: dict[int, int] = {}
        self._known: list[Any] = []
        self._happened: list[tuple[float, Any]] = []

    def on_frame(self, connection: Any, stream: Any, frame: Any) -> None:
        """The emulator's observer; runs in its thread."""
        if frame.values.get("stream_type") != "REALTIME":
            return
        now = monotonic()
        serial = self._ids.get(id(connection))
        if serial is None:
            serial = self._ids[id(connection)] = len(self._known)
            self._known.append(connection)
        if stream.data_type == "trade":
            identity = int(frame.values["sequential_id"])
            self._trades[stream.code].append(_Sent(now, identity, serial))
        elif stream.data_type == "myOrder":
            self._orders.append(_Sent(now, order_identity(frame.values), serial))

    def follow(self, account: Any) -> None:
        """Note what happens on *account* from now on, whether or not anybody is connected."""
        deliver = account._deliver

        def noted(data_type: str, code: str, frame: Any) -> None:
            if data_type == "myOrder":
                self._happened.append((monotonic(), order_identity(frame.values)))
            deliver(data_type, code, frame)

        account._deliver = noted

    def watch(self) -> None:
        """Note which connections have ended; called often."""
        now = monotonic()
        for serial, connection in enumerate(self._known):
            if serial not in self._ended and not connection.open:
                self._ended[serial] = now

    def faulted(self, hits: str) -> None:
        """A fault is about to hit connections: what they send from now on may be lost.

        Args:
            hits: ``all``, ``none``, or the kind of connection.
        """
        now = monotonic()
        for serial, connection in enumerate(self._known):
            if hits in ("all", connection.kind):
                self._ended.setdefault(serial, now)

    def _certain(self, sent: _Sent, since: float, until: float) -> bool:
        ended = self._ended.get(sent.connection, float("inf"))
        return since + GRACE <= sent.at <= min(until, ended) - GRACE

    def judge_trades(self, people: list[Any]) -> Tally:
        """Every certain trade exactly once, to everybody who takes all of them."""
        tally = Tally()
        for person in people:
            repeated = [key for key, count in person.seen.items() if count > 1]
            tally.duplicated += len(repeated)
            owed = {
                sent.identity
                for since, until, at_trade in person.spans
                for sent in self._until_trade(person.code, at_trade)
                if self._certain(sent, since, until)
            }
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

    def _until_trade(self, code: str, identity: int | None) -> list[_Sent]:
        """What was sent before a trade, or all: who leaves in its callback leaves what still waits."""
        sent = self._trades[code]
        if identity is None:
            return sent
        last = next(
            (index for index, one in enumerate(sent) if one.identity == identity), len(sent)
        )
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
            at
            for at, identity in self._happened
            if since + GRACE <= at <= until - GRACE and identity not in seen
        ]


def order_identity(values: Any) -> tuple[Any, ...]:
    """What tells one order event from another."""
    executed = values.get("executed_volume")
    return (
        str(values["uuid"]),
        str(values["state"]),
        None if executed is None else float(str(executed)),
    )
