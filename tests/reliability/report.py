"""What a chaos run measured, which promises that breaks, and how it is printed."""

from __future__ import annotations

import platform
import statistics
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

from tests.reliability.oracle import Tally
from tests.reliability.schedule import FAULTS

__all__ = ["ALLOWANCE", "Recovery", "Report"]

ALLOWANCE = 0.1
"""Seconds of the wall clock that a bound is given for the machine's own delays, which are not scaled."""

SINGLE_LOSSES = ("kill", "cut", "close_1000", "reset_in_a_frame")
"""What the promise of 99.9 % is about, one of them every ten minutes."""

_FAULT_COLUMNS = (
    *("fault", "injected", "survived", "fresh after, at most", "bound"),
    *("private data", "bound"),
)


@dataclass(slots=True)
class Recovery:
    """*seconds* without fresh data after a fault, *bound* how many were promised at most."""

    kind: str
    seconds: float
    bound: float


@dataclass(slots=True)
class Report:
    """Everything measured. Seconds are the exchange's, not the wall's."""

    seed: int
    simulated: float
    scale: float
    allowance: float = ALLOWANCE
    partial: bool = False
    """Whether only some kinds of faults were to happen."""
    faults: Counter[str] = field(default_factory=Counter)
    """Those that showed that they happened."""
    toothless: list[str] = field(default_factory=list)
    """Those that did not, and what was lacking."""
    survived: Counter[str] = field(default_factory=Counter)
    recoveries: list[Recovery] = field(default_factory=list)
    """Of public data."""
    private_recoveries: list[Recovery] = field(default_factory=list)
    too_early: list[str] = field(default_factory=list)
    """Connects in a wait that the exchange had imposed."""
    unheld: list[str] = field(default_factory=list)
    """Topics that were wanted and that the exchange did not hold, in good time after a fault."""
    unheard: list[str] = field(default_factory=list)
    """Components without frames at the end."""
    trades: Tally = field(default_factory=Tally)
    orders: Tally = field(default_factory=Tally)
    missed_orders: int = 0
    """Private events that happened while no connection was up."""
    unannounced: list[str] = field(default_factory=list)
    """Those of them that no ``Lost`` and ``Resumed`` spoke of."""
    events: Counter[str] = field(default_factory=Counter)
    peaks: Any = None
    metrics: dict[str, Any] = field(default_factory=dict)
    sockets_left: int = 0
    tasks_left: list[str] = field(default_factory=list)
    undead: int = 0
    lost_topics: int = 0
    repaired_topics: int = 0

    def fresh_share(self) -> float | None:
        """Share of time with fresh data at one kill, cut, close or reset every ten minutes.

        ``None``: there was none of them.
        """
        quick = [one.seconds for one in self.recoveries if one.kind in SINGLE_LOSSES]
        return 1.0 - statistics.mean(quick) / 600.0 if quick else None

    def is_late(self, recovery: Recovery) -> bool:
        return recovery.seconds > recovery.bound + self.allowance * self.scale

    def broken(self) -> list[str]:
        """Promises that were not kept, in words."""
        checks = *self._stream_checks(), *self._fault_checks(), *self._house_checks()
        return [text for kept, text in checks if not kept]

    def _stream_checks(self) -> Iterator[tuple[bool, str]]:
        trades, orders = self.trades, self.orders
        yield trades.owed > 0, "the run owed nobody anything"
        yield trades.lost == 0, f"{trades.lost} trades lost: {trades.examples}"
        yield (
            trades.duplicated == 0,
            f"{trades.duplicated} trades delivered twice: {trades.examples}",
        )
        yield orders.owed > 0, "the run owed no private event"
        yield orders.lost == 0, f"{orders.lost} private events lost"
        yield orders.duplicated == 0, f"{orders.duplicated} private events delivered twice"
        yield not self.unannounced, f"gaps that nobody announced: {self.unannounced[:5]}"
        yield not self.unheld, f"topics that nobody subscribed to again: {self.unheld[:5]}"
        yield not self.unheard, f"components without frames: {self.unheard[:5]}"
        yield (
            self.repaired_topics >= self.lost_topics,
            f"{self.lost_topics} topics lost in silence, {self.repaired_topics} repaired",
        )

    def _fault_checks(self) -> Iterator[tuple[bool, str]]:
        late = [one for one in self.recoveries if self.is_late(one)]
        private = [one for one in self.private_recoveries if self.is_late(one)]
        gone = self.faults - self.survived
        share = self.fresh_share()
        yield not self.toothless, "faults that did not bite: " + "; ".join(self.toothless)
        yield bool(self.faults), "no fault happened"
        yield not late, "fresh data too late: " + ", ".join(map(_seconds, late))
        yield not private, "private data too late: " + ", ".join(map(_seconds, private))
        yield not self.too_early, f"imposed waits cut short: {self.too_early[:5]}"
        yield not gone, f"not survived: {dict(gone)}"
        yield (
            share is not None or self.partial,
            f"how often data is fresh was not measured: there was no {', '.join(SINGLE_LOSSES)}",
        )
        yield share is None or share >= 0.999, f"fresh only {share or 0.0:.4%} of the time"

    def _house_checks(self) -> Iterator[tuple[bool, str]]:
        peaks = self.peaks
        yield (
            peaks.messages_per_second <= 5 and peaks.messages_per_minute <= 100,
            f"message limits exceeded: {peaks}",
        )
        yield peaks.connects_per_second <= 5, f"connect limit exceeded: {peaks}"
        yield self.metrics["router_errors"] == 0, "the router failed"
        yield not self.tasks_left, f"tasks left: {self.tasks_left}"
        yield self.sockets_left == 0, f"{self.sockets_left} sockets left"
        yield self.undead == 0, f"{self.undead} dead components still subscribed"

    # -- printed ------------------------------------------------------------------------------------

    def text(self) -> str:
        """For a terminal."""
        faults: list[tuple[str, ...]] = [_FAULT_COLUMNS]
        return _aligned(self.summary()) + "\n\n" + _aligned(faults + self.fault_rows())

    def markdown(self) -> str:
        """The same for a document."""
        figures = _markdown(("", f"seed {self.seed}"), self.summary()[1:])
        return figures + "\n\n" + _markdown(_FAULT_COLUMNS, self.fault_rows())

    def summary(self) -> list[tuple[str, ...]]:
        seconds = sorted(one.seconds for one in self.recoveries)
        private = sorted(one.seconds for one in self.private_recoveries)
        peaks = self.peaks
        metrics = self.metrics
        return [
            ("seed", f"{self.seed}"),
            (
                "simulated",
                f"{self.simulated:.0f} s, {self.scale:g} times as fast as the wall clock",
            ),
            ("with", f"Python {platform.python_version()}, websockets {version('websockets')}"),
            ("faults", f"{sum(self.faults.values())} of {len(self.faults)} kinds"),
            ("trades owed", f"{self.trades.owed:,}"),
            ("trades delivered (also what was not certain to come)", f"{self.trades.delivered:,}"),
            ("trades dropped by policy, of slow components", f"{self.trades.dropped_by_policy:,}"),
            ("trades lost / delivered twice", f"{self.trades.lost} / {self.trades.duplicated}"),
            ("private events owed", f"{self.orders.owed:,}"),
            ("private events lost while a connection was up", f"{self.orders.lost}"),
            ("private events delivered twice", f"{self.orders.duplicated}"),
            (
                "private events of outages / in no announced gap",
                f"{self.missed_orders} / {len(self.unannounced)}",
            ),
            (
                "time to fresh data p50 / p99",
                f"{_quantile(seconds, 0.5)} / {_quantile(seconds, 0.99)}",
            ),
            (
                "the same for private data",
                f"{_quantile(private, 0.5)} / {_quantile(private, 0.99)}",
            ),
            ("fresh at one loss every ten minutes", self._share()),
            (
                "fullest second / minute of messages, second of connects",
                f"{peaks.messages_per_second} / {peaks.messages_per_minute}, "
                f"{peaks.connects_per_second} (allowed 5 / 100, 5)",
            ),
            ("requests / list requests sent", f"{metrics['requests_sent']} / {self._lists()}"),
            ("connects", f"{metrics['connects']}"),
            ("topics lost in silence / repaired", f"{self.lost_topics} / {self.repaired_topics}"),
            ("events", ", ".join(f"{name} {n}" for name, n in sorted(self.events.items()))),
            ("left at the end", f"{len(self.tasks_left)} tasks, {self.sockets_left} sockets"),
        ]

    def _share(self) -> str:
        share = self.fresh_share()
        return "not measured" if share is None else f"{share:.3%} (at least 99.9 %)"

    def _lists(self) -> int:
        return int(self.metrics["list_requests_sent"])

    def fault_rows(self) -> list[tuple[str, ...]]:
        """Per kind: how often, how often survived, the longest times to fresh data and what was promised."""
        rows: list[tuple[str, ...]] = []
        for kind in FAULTS:
            if kind.name in self.faults:
                counts = f"{self.faults[kind.name]}", f"{self.survived[kind.name]}"
                public = _longest(self.recoveries, kind.name, kind.bound_of("public"))
                private = _longest(self.private_recoveries, kind.name, kind.bound_of("private"))
                rows.append((kind.name.replace("_", " "), *counts, *public, *private))
        return rows


def _longest(recoveries: list[Recovery], kind: str, bound: float | None) -> tuple[str, str]:
    times = [one.seconds for one in recoveries if one.kind == kind]
    return (
        f"{max(times):.2f} s" if times else "no interruption",
        f"{bound:.1f} s" if bound is not None else "none allowed",
    )


def _seconds(recovery: Recovery) -> str:
    return f"{recovery.kind} {recovery.seconds:.1f} s > {recovery.bound:.1f} s"


def _quantile(ordered: list[float], share: float) -> str:
    return f"{ordered[int(len(ordered) * share)]:.2f} s" if ordered else "no interruption"


def _aligned(rows: list[tuple[str, ...]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _markdown(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [header, ("---",) * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
