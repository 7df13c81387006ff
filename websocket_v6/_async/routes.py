"""Everything about one topic that its frames need: who wants them, what was last, what was seen."""

from __future__ import annotations

import weakref
from typing import Any, Final, Self

import msgspec

from ..exceptions import DecodeError
from ..messages import Message, decode_message
from ..protocol.decoder import interpret, parse
from ..protocol.ledger import Topic
from ..protocol.orderbook import cut
from ..protocol.recent_trades import RecentTrades
from ..subscription import ORDERBOOK, PRIVATE_TYPES, TRADE
from .delivery import Delivery

__all__ = ["Consumer", "Route", "cut_to", "element"]

_REPEATED: Final = 64
_WHOLE_BOOK: Final = 30


class Consumer(weakref.ref[Delivery]):
    """One subscription on a route.

    Args:
        key: the subscription's id.
        units: order book levels it wants; ``None`` is as many as come.
        joined: how many trades were before its time.
    """

    __slots__ = ("joined", "key", "units")

    def __new__(cls, delivery: Delivery, key: str, units: int | None, joined: int) -> Self:
        return super().__new__(cls, delivery)

    def __init__(self, delivery: Delivery, key: str, units: int | None, joined: int) -> None:
        self.key = key
        self.units = units
        self.joined = joined


class Route:
    """One topic of one connection."""

    __slots__ = (
        "cached",
        "consumers",
        "first_at",
        "frames",
        "last",
        "last_at",
        "last_index",
        "models_only",
        "plain",
        "repeated",
        "topic",
        "trades",
    )

    def __init__(self, topic: Topic) -> None:
        self.topic = topic
        self.cached = topic[0] not in PRIVATE_TYPES and topic[0] != TRADE
        """Whether late subscribers are served with the last frame."""
        self.consumers: tuple[Consumer, ...] = ()
        self.plain = False
        """Whether public, and all consumers take the whole frame as a dict."""
        self.models_only = False
        """Whether no consumer wants dicts."""
        self.last: bytes | None = None
        """The last message."""
        self.last_index = -1
        """Which of its elements was the frame; -1: it was no array."""
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

    def join(self, key: str, delivery: Delivery, units: int | None) -> None:
        joined = self.trades.count if self.trades is not None else 0
        self._set((*self.consumers, Consumer(delivery, key, units, joined)))

    def leave(self, key: str) -> None:
        self._set(tuple(one for one in self.consumers if one.key != key))
        self.repeated.pop(key, None)

    def _set(self, consumers: tuple[Consumer, ...]) -> None:
        self.consumers = consumers
        found = [delivery for one in consumers if (delivery := one()) is not None]
        models = {delivery.model for delivery in found}
        self.models_only = models == {True}
        whole = all(one.units is None for one in consumers)
        self.plain = models == {False} and whole and self.topic[0] not in PRIVATE_TYPES

    def forget_connection(self) -> None:
        """The socket is gone: the cached frame and the gaps belonged to it."""
        self.last = None
        self.first_at = self.last_at = None
        self.frames = 0

    # -- late subscribers -----------------------------------------------------------------------

    def cached_frame(self, units: int | None) -> dict[str, Any] | None:
        """The last frame marked SNAPSHOT, or ``None`` when the exchange has to be asked.

        Decoded anew for each caller, so that no consumer can spoil it for the next.
        """
        if self.last is None:
            return None
        value = parse(self.last)
        frame = interpret(value if self.last_index < 0 else value[self.last_index])
        assert isinstance(frame, dict)  # noqa: S101 - only data frames are cached
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
        if self.last is None or self.topic[0] == ORDERBOOK:
            return None
        try:
            message = decode_message(element(self.last, self.last_index))
        except DecodeError:
            return None
        return msgspec.structs.replace(message, stream_type="SNAPSHOT")

    def _is_whole(self, available: int) -> bool:
        """Whether nobody limits this book, so that its size is all the exchange sends."""
        unlimited = any(consumer.units is None for consumer in self.consumers)
        return unlimited and available >= _WHOLE_BOOK

    # -- trades that come again -----------------------------------------------------------------

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


def cut_to(frame: dict[str, Any], units: int | None) -> dict[str, Any]:
    """*frame* itself, or a copy with its best *units* levels if it has more."""
    levels = frame.get("orderbook_units")
    if units is None or not isinstance(levels, list) or len(levels) <= units:
        return frame
    return cut(frame, units)


_elements = msgspec.json.Decoder(list[msgspec.Raw]).decode


def element(payload: bytes, index: int) -> bytes:
    """The frame at *index* of a message; -1 for a message that is no array."""
    return payload if index < 0 else bytes(_elements(payload)[index])
