"""Everything about one topic that its frames need: who wants them, what was last, what was seen."""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Iterator
from typing import Any, Final, Self

import msgspec

from ..exceptions import DecodeError
from ..messages import Message, decode_message
from ..protocol.decoder import interpret, parse
from ..protocol.held_trades import HeldTrades
from ..protocol.ledger import Topic, Want
from ..protocol.orderbook import cut
from ..protocol.recent_trades import RecentTrades
from ..subscription import ORDERBOOK, PRIVATE_TYPES, TRADE, StreamMode
from .delivery import Delivery

__all__ = ["Consumer", "Route", "cut_to", "frame_of", "levels_of", "parts_of"]

_REPEATED: Final = 64
_WHOLE_BOOK: Final = 30


class Consumer(weakref.ref[Delivery]):
    """One subscription on a route.

    Args:
        want: what it wants.
        joined: how many trades were before its time.
        waits: whether it gets nothing before the first frame that serves it.
    """

    __slots__ = ("joined", "key", "mode", "model", "units", "waits", "want")

    def __new__(cls, delivery: Delivery, want: Want, joined: int, waits: bool) -> Self:
        return super().__new__(cls, delivery)

    def __init__(self, delivery: Delivery, want: Want, joined: int, waits: bool) -> None:
        self.want = want
        self.key = want.key
        self.mode = want.options.mode
        self.units = want.options.units
        """Order book levels it wants; ``None`` is as many as come."""
        self.model = delivery.model
        self.joined = joined
        self.waits = waits


class Route:
    """One topic of one connection."""

    __slots__ = (
        "_cut",
        "_models",
        "_once",
        "cached",
        "choosy",
        "consumers",
        "first_at",
        "frames",
        "held",
        "last",
        "last_at",
        "models_only",
        "plain",
        "repeated",
        "topic",
        "trades",
        "waiting",
    )

    def __init__(self, topic: Topic) -> None:
        self.topic = topic
        self.cached = topic[0] not in PRIVATE_TYPES and topic[0] != TRADE
        """Whether late subscribers are served with the last frame."""
        self.consumers: tuple[Consumer, ...] = ()
        self.plain = False
        """Whether public, and all consumers take every frame whole and as a dict."""
        self.models_only = False
        """Whether no consumer wants dicts, and all take every frame."""
        self.choosy = False
        """Whether some consumer does not take every frame: it waits, or wants a SNAPSHOT only."""
        self.waiting = 0
        """How many wait for the first frame that serves them."""
        self._once = 0
        self._models = 0
        self._cut = 0
        self.held: HeldTrades | None = None
        """Trades for those who wait for a SNAPSHOT."""
        self.last: bytes | None = None
        """The last frame's text; of trades the newest one's."""
        self.first_at: float | None = None
        self.last_at: float | None = None
        self.frames = 0
        self.trades = RecentTrades() if topic[0] == TRADE else None
        self.repeated: dict[str, dict[int, None]] = {}
        """Per subscription: trades it got although others had had them before (bounded)."""

    @property
    def usual_gap(self) -> float | None:
        """Mean seconds between frames on this connection; ``None`` before the second."""
        if self.frames < 2 or self.first_at is None or self.last_at is None:
            return None
        return (self.last_at - self.first_at) / (self.frames - 1)

    # -- consumers ------------------------------------------------------------------------------

    def join(self, delivery: Delivery, want: Want) -> None:
        joined = self.trades.count if self.trades is not None else 0
        waits = self.topic[1] in want.owed or (
            # What is on the wire so far may be too short a book.
            self.topic[0] == ORDERBOOK and want.options.mode is StreamMode.ONLY_REALTIME
        )
        consumer = Consumer(delivery, want, joined, waits)
        self.consumers = (*self.consumers, consumer)
        self._count(consumer, 1)

    def leave(self, key: str) -> None:
        consumers = self.consumers
        for at, consumer in enumerate(consumers):
            if consumer.key == key:
                self.consumers = consumers[:at] + consumers[at + 1 :]
                self._count(consumer, -1)
                break
        self.repeated.pop(key, None)

    def begin(self, consumers: Iterable[Consumer]) -> None:
        """These have got the first frame that serves them, or wait for it no more."""
        for consumer in consumers:
            if consumer.waits:
                consumer.waits = False
                self.waiting -= 1
        self._look()

    def _count(self, consumer: Consumer, change: int) -> None:
        """Of thousands of consumers none looks at the others when it joins."""
        self.waiting += change * consumer.waits
        self._once += change * (consumer.mode is StreamMode.ONLY_SNAPSHOT)
        self._models += change * consumer.model
        self._cut += change * (consumer.units is not None)
        self._look()

    def _look(self) -> None:
        if not self.waiting:
            self.held = None
        self.choosy = self.waiting > 0 or self._once > 0
        all_models = 0 < self._models == len(self.consumers)
        self.models_only = all_models and not self.choosy
        takes_whole = not self._models and not self._cut and not self.choosy
        self.plain = takes_whole and self.topic[0] not in PRIVATE_TYPES

    def forget_connection(self) -> None:
        """The socket is gone: the cached frame and the gaps belonged to it, and debts may be new."""
        if self.cached:
            self.last = None
            code = self.topic[1]
            for consumer in self.consumers:
                consumer.waits = consumer.waits or code in consumer.want.owed
            self.waiting = sum(consumer.waits for consumer in self.consumers)
            self._look()
        self.first_at = self.last_at = None
        self.frames = 0

    # -- late subscribers -----------------------------------------------------------------------

    def cached_frame(self, units: int | None) -> dict[str, Any] | None:
        """The last frame marked SNAPSHOT, or ``None`` when the exchange has to be asked.

        Decoded anew for each caller, so that no consumer can spoil it for the next.
        """
        if self.last is None or not self.cached:
            return None
        frame = frame_of(self.last)
        if self.topic[0] == ORDERBOOK:
            levels = frame.get("orderbook_units")
            available = len(levels) if isinstance(levels, list) else 0
            if available < (units or _WHOLE_BOOK) and not self._is_whole(available):
                return None
            frame = cut_to(frame, units)
        frame["stream_type"] = "SNAPSHOT"
        return frame

    def cached_message(self) -> Message | None:
        """The same as a typed message; order books, which may need cutting, are asked for instead."""
        if self.last is None or not self.cached or self.topic[0] == ORDERBOOK:
            return None
        try:
            message = decode_message(self.last)
        except DecodeError:
            return None
        return msgspec.structs.replace(message, stream_type="SNAPSHOT")

    def _is_whole(self, available: int) -> bool:
        """Whether nobody limits this book, so that its size is all the exchange sends."""
        unlimited = any(consumer.units is None for consumer in self.consumers)
        return unlimited and available >= _WHOLE_BOOK

    # -- trades that are missed or come again ------------------------------------------------------

    def is_newer(self, trade: dict[str, Any]) -> bool:
        """Whether *trade* happened after the newest one that was seen here; False when none was."""
        if self.last is None:
            return False
        newest = frame_of(self.last)
        if newest.get("sequential_id") == trade.get("sequential_id"):
            return False  # it may have come as a SNAPSHOT that was not for everybody
        before, at = newest.get("trade_timestamp"), trade.get("trade_timestamp")
        return isinstance(before, int) and isinstance(at, int) and at >= before

    def without_repeats(
        self, identifier: int, seen: int | None, consumers: tuple[Consumer, ...]
    ) -> tuple[Consumer, ...]:
        """Those of *consumers* that have not had the trade *identifier*.

        Args:
            seen: its arrival number, if it came before.
        """
        kept = []
        for consumer in consumers:
            own = self.repeated.get(consumer.key)
            had = own is not None and identifier in own
            if had or (seen is not None and consumer.joined < seen):
                continue
            kept.append(consumer)
        return tuple(kept)

    def remember(self, consumers: tuple[Consumer, ...], identifier: int) -> None:
        """These got a trade that others had had before."""
        for consumer in consumers:
            own = self.repeated.setdefault(consumer.key, {})
            own[identifier] = None
            if len(own) > _REPEATED:
                del own[next(iter(own))]


def levels_of(frame: dict[str, Any]) -> int | None:
    """How many levels an order book has; ``None`` for a frame of something else."""
    levels = frame.get("orderbook_units")
    return len(levels) if isinstance(levels, list) else None


def frame_of(payload: bytes) -> dict[str, Any]:
    """The data frame whose text this is known to be, decoded anew."""
    frame = interpret(parse(payload))
    assert isinstance(frame, dict)  # noqa: S101 - only data frames are kept
    return frame


def cut_to(frame: dict[str, Any], units: int | None) -> dict[str, Any]:
    """*frame* itself, or a copy with its best *units* levels if it has more."""
    levels = frame.get("orderbook_units")
    if units is None or not isinstance(levels, list) or len(levels) <= units:
        return frame
    return cut(frame, units)


_elements = msgspec.json.Decoder(list[msgspec.Raw]).decode


def parts_of(payload: bytes) -> Iterator[bytes]:
    """The texts of the elements of a message that is known to be an array."""
    return map(bytes, _elements(payload))
