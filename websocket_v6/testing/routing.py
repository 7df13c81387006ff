"""Who holds what: from a stream to the subscriptions that get its frames."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from .encoding import Frame
from .grammar import Options

if TYPE_CHECKING:
    from .connection import Connection

__all__ = ["Routing", "Stream", "Subscription"]


class Stream(NamedTuple):
    """What a feed produces; order books of one code differ by level. Code ``*`` means all."""

    data_type: str
    code: str
    level: Decimal = Decimal(0)


class Subscription:
    """One (type, code) of one connection.

    ``live``: REALTIME frames go out. ``owed``: its SNAPSHOT is still to be sent.
    """

    __slots__ = ("connection", "live", "options", "owed", "stream")

    def __init__(self, connection: Connection, stream: Stream, options: Options) -> None:
        self.connection = connection
        self.stream = stream
        self.options = options
        self.live = False
        self.owed = False

    def send(self, frame: Frame) -> None:
        """Send one frame in this subscription's form."""
        self.connection.send(self.stream, frame, self.options.units)


class Routing:
    """The index over all open connections.

    Args:
        changed: called after every change of what is held; ``version`` has grown then.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self.version = 0
        self._by_stream: dict[Stream, list[Subscription]] = {}
        self.stalled: set[tuple[str, str]] = set()
        self.mangle: Callable[[Stream, Frame], list[Frame]] | None = None

    def replace(self, old: list[Subscription], new: list[Subscription]) -> None:
        """Take out one connection's subscriptions and put in its new ones, as one change."""
        for subscription in old:
            holders = self._by_stream.get(subscription.stream, [])
            if subscription in holders:
                holders.remove(subscription)
            if not holders:
                self._by_stream.pop(subscription.stream, None)
        for subscription in new:
            self._by_stream.setdefault(subscription.stream, []).append(subscription)
        self.version += 1
        self._changed()

    def holders(self, stream: Stream) -> list[Subscription]:
        return self._by_stream.get(stream, [])

    def holders_of(self, data_type: str, code: str) -> list[Subscription]:
        """Who holds a topic by its code or by asking for all."""
        return [each for c in {code, "*"} for each in self.holders(Stream(data_type, c))]

    def streams(self) -> list[Stream]:
        return list(self._by_stream)

    def resume(self, data_type: str, code: str) -> None:
        """End a stall, and send the snapshots that became due meanwhile."""
        self.stalled.discard((data_type, code))
        for stream, holders in self._by_stream.items():
            if stream[:2] == (data_type, code):
                for subscription in tuple(holders):
                    if subscription.owed:
                        subscription.connection.pay(subscription)

    def broadcast(self, stream: Stream, frame: Frame) -> int:
        """Send one REALTIME frame to everybody who holds the stream; how many got it."""
        if stream[:2] in self.stalled:
            return 0
        frames = [frame] if self.mangle is None else self.mangle(stream, frame)
        receivers = [each for each in self._by_stream.get(stream, ()) if each.live]
        for each in frames:
            for subscription in receivers:
                subscription.send(each)
        return len(receivers)
