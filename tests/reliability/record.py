"""What both sides of a run saw, counted: what shows whether a fault happened, and what it imposed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any

from tests.reliability.machine import clock_offset
from tests.reliability.schedule import SUSPICION
from websocket_v6 import ConnectionEvent, Lost
from websocket_v6.testing import ExchangeEmulator
from websocket_v6.testing.faults import Refusal

__all__ = ["Handshake", "Record", "Sight"]

_METRICS = ("decode_errors", "duplicate_trades")
_CAUSES = ("code 1000", "protocol error", "no pong")
"""Words in the cause of a ``Lost`` that tell one fault from another."""


@dataclass(slots=True)
class Handshake:
    """An upgrade request, by ``monotonic``; *status* is the one it was refused with."""

    at: float
    kind: str
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Sight:
    """All counts up to a moment, and how far ahead of the true time two clocks were, in seconds."""

    counts: Counter[str]
    exchange_clock: float
    client_clock: float


class Record:
    """Counts from the start of a run. Frames and handshakes come in from the exchange's thread.

    Args:
        scale: seconds of the exchange in one of the wall clock.
    """

    def __init__(self, exchange: ExchangeEmulator, scale: float) -> None:
        self.counts: Counter[str] = Counter()
        self.handshakes: list[Handshake] = []
        self._exchange = exchange
        self._scale = scale
        self._last_trade: dict[tuple[int, str], int] = {}
        self._last_ticker: dict[str, float] = {}
        self._exchange_clock = 0.0
        self._watch_handshakes()

    def look(self, metrics: Mapping[str, Any]) -> Sight:
        """Everything counted so far; *metrics* are the client's."""
        counts = self.counts.copy()
        counts.update({name: int(metrics[name]) for name in _METRICS})
        for kind in ("public", "private"):
            counts[f"opened {kind}"] = self._exchange.opened(kind)
        counts["requests refused"] = len(self._exchange.requests("invalid"))
        return Sight(counts, self._exchange_clock, clock_offset())

    # -- the exchange's side ------------------------------------------------------------------------

    def on_frame(self, connection: Any, stream: Any, frame: Any) -> None:
        if frame.values.get("stream_type") != "REALTIME":
            return
        if stream.data_type == "trade":
            number, line = int(frame.values["sequential_id"]), (connection.number, stream.code)
            last = self._last_trade.get(line, 0)
            self.counts["trades sent twice"] += number == last
            self.counts["trades sent out of order"] += number < last
            self._last_trade[line] = number
        elif stream.data_type == "ticker":
            now = monotonic()
            silence = now - self._last_ticker.get(stream.code, now)
            self.counts["tickers that were silent"] += silence >= SUSPICION / self._scale
            self._last_ticker[stream.code] = now

    def watch(self) -> None:
        """Note whether the exchange is there at all; called often."""
        self.counts["looks at an exchange that was down"] += not self._exchange.listening

    def _watch_handshakes(self) -> None:
        admit = self._exchange.faults.before_handshake

        async def noted(kind: str) -> Refusal | None:
            handshake = Handshake(monotonic(), kind)
            self.handshakes.append(handshake)
            refusal = await admit(kind)
            if refusal is not None:
                handshake.status = refusal.status
                self.counts[f"refused with {refusal.status}"] += 1
            return refusal

        vars(self._exchange.faults)["before_handshake"] = noted

    def imposed_since(self, since: float) -> float | None:
        """When the exchange first demanded a wait after *since*; both by ``monotonic``."""
        told = [one.at for one in self.handshakes if one.at >= since and one.status in (418, 429)]
        # The exchange's clock is that of the machine, only faster.
        told += [one.at / self._scale for one in self._exchange.requests("invalid")]
        return min((at for at in told if at >= since), default=None)

    def connects_in(self, start: float, end: float) -> list[Handshake]:
        """Upgrade requests of any kind after *start* and before *end*."""
        return [one for one in tuple(self.handshakes) if start < one.at < end]

    # -- the client's side --------------------------------------------------------------------------

    def on_event(self, event: ConnectionEvent) -> None:
        kind = event.connection.partition(":")[0]
        self.counts[f"{type(event).__name__} {kind}"] += 1
        if isinstance(event, Lost):
            self.counts.update(f"lost by {words}" for words in _CAUSES if words in event.cause)

    def on_ticker(self, symbol: str, data_type: str, data: dict[str, Any]) -> None:
        true = self._exchange.clock.wall()
        self._exchange_clock = data["timestamp"] / 1000 - true
