"""What a side-by-side run is to do."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

from websocket_v6.testing import EmulatorError, ReplayFeed

from .exceptions import ParityError
from .received import PRIVATE_TYPES, PUBLIC_TYPES, Topic

__all__ = ["EMULATOR", "LIVE", "Plan", "read_recording", "recorded_topics"]

EMULATOR, LIVE = "emulator", "live"


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run.

    Args:
        legacy: the legacy class as ``MODULE:CLASS``.
        types: wire names; all public, or with *private* all private.
        frames: common REALTIME frames per public topic to wait for; ``None``: no such goal.
        duration: seconds; ``None``: until the frames are there or the recording is over.
        feed: ``emulator``, ``live`` or the path of a recording.
        speed: of a recording; 2.0 plays twice as fast.
        available: the topics a recording holds; ``None``: any may be there.
    """

    legacy: str
    symbols: tuple[str, ...] = ("KRW-BTC",)
    types: tuple[str, ...] = ("ticker", "trade", "orderbook")
    private: bool = False
    frames: int | None = 200
    duration: float | None = None
    feed: str = EMULATOR
    speed: float = 1.0
    available: frozenset[Topic] | None = None

    def check(self) -> None:
        """Raise what could never work.

        Raises:
            ParityError: no symbols, an unknown type, one of the other kind, private data live, or
                nothing of what is asked for in the recording.
        """
        allowed = PRIVATE_TYPES if self.private else PUBLIC_TYPES
        for data_type in self.types:
            if data_type not in allowed:
                raise ParityError(
                    f"--types {data_type!r} is no {'private' if self.private else 'public'} type",
                    f"Use some of {', '.join(sorted(allowed))}",
                )
        if not self.symbols:
            raise ParityError("--symbols names no pair", "Write pairs such as KRW-BTC,KRW-ETH")
        if self.private and self.feed == LIVE:
            raise ParityError("--feed live is for public data only", "Leave out --private")
        if not self.private and not self.topics:
            raise ParityError(
                f"{self.feed} holds no {', '.join(self.types)} of {', '.join(self.symbols)}",
                "Leave out --types and --symbols to compare everything in it",
            )

    @property
    def topics(self) -> tuple[Topic, ...]:
        """Public topics; which private ones there are is up to the account."""
        if self.private:
            return ()
        asked = (Topic(*pair) for pair in product(self.types, self.symbols))
        return tuple(topic for topic in asked if self.available is None or topic in self.available)

    @property
    def served_types(self) -> tuple[str, ...]:
        """The types there is something to subscribe of."""
        return tuple(name for name in self.types if self.private or self.pairs(name))

    def pairs(self, data_type: str) -> tuple[str, ...]:
        """The pairs to subscribe one type for."""
        return tuple(topic.symbol for topic in self.topics if topic.data_type == data_type)


def read_recording(path: str, speed: float = 1.0) -> ReplayFeed:
    """A recording as a feed.

    Raises:
        ParityError: the file is missing or is no recording.
    """
    try:
        return ReplayFeed(path, speed)
    except EmulatorError as error:
        raise ParityError(f"--feed {error}", "Record one with `upbit-ws record`") from error


def recorded_topics(path: str) -> frozenset[Topic]:
    """The public topics a recording holds.

    Raises:
        ParityError: the file is missing, is no recording, or holds nothing public.
    """
    found = frozenset(
        Topic(stream.data_type, stream.code)
        for _, stream, _ in read_recording(path).records
        if stream.data_type in PUBLIC_TYPES
    )
    if not found:
        raise ParityError(f"--feed {path} holds no public data", "Name another recording")
    return found
