"""What a comparison says: per topic in numbers, and every difference by its kind."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any

from .received import Topic

__all__ = ["Difference", "Kind", "SideSummary", "TopicResult", "Verdict"]


class Kind(StrEnum):
    """Kinds of difference; the values are the names that reports and JSON use."""

    FAILED = "failed"  # a side as a whole: an exception, a program that did not end well
    SILENT = "silent"  # an expected topic without a single frame
    SHORT = "short"  # fewer frames than asked for
    MISSING = "missing"  # frames one side did not get
    DUPLICATED = "duplicated"  # frames one side got more often
    OUT_OF_ORDER = "out_of_order"
    KEYS = "keys"  # a frame with other keys
    VALUES = "values"  # the same keys with other values
    SNAPSHOT = "snapshot"  # a snapshot only one side got, or one with other keys
    RAISED = "raised"  # a callback ended in an exception that it did not end in on the other side
    SOCKETS = "sockets"  # more sockets than the side may open


@dataclass(frozen=True, slots=True)
class Difference:
    """One kind of difference in one topic, or of a side as a whole.

    Args:
        side: label of the side it is seen on.
        topic: ``None`` for a side as a whole.
        count: how many frames (or sockets) show it.
        detail: one sentence.
        context: what is shown below it, as lines of text: the first occurrence with its neighbours,
            the end of a traceback, the last words of a program.
        defect: id of the known defect of the old package that explains it; then it is no failure.
    """

    kind: Kind
    side: str
    topic: Topic | None
    count: int
    detail: str
    context: tuple[str, ...] = ()
    defect: str | None = None

    @classmethod
    def of_side(cls, kind: Kind, side: str, text: str) -> Difference:
        """One of a side as a whole; the lines of *text* behind the first are its context."""
        detail, *context = text.splitlines()
        return cls(kind, side, None, 1, detail, tuple(context))


@dataclass(frozen=True, slots=True)
class TopicResult:
    """One topic in numbers; frames are REALTIME frames unless named otherwise.

    Args:
        frames, snapshots, duplicated: left, right.
        compared: frames found on both sides and compared key by key, value by value.
        missing: frames the left did not get, frames the right did not get.
        first_data: seconds from subscribing to the first frame; ``None`` when not measured.
        delays: for each common frame, seconds behind the side that had it first.
        arrivals: times of all frames, in seconds since the recording began.
    """

    topic: Topic
    frames: tuple[int, int]
    snapshots: tuple[int, int]
    compared: int
    missing: tuple[int, int] = (0, 0)
    duplicated: tuple[int, int] = (0, 0)
    out_of_order: int = 0
    first_data: tuple[float | None, float | None] = (None, None)
    delays: tuple[tuple[float, ...], tuple[float, ...]] = ((), ())
    arrivals: tuple[tuple[float, ...], tuple[float, ...]] = ((), ())


@dataclass(frozen=True, slots=True)
class SideSummary:
    """One side as a whole; *memory_bytes* is ``None`` when not measured."""

    label: str
    frames: int
    sockets: Mapping[str, int] = field(default_factory=dict)
    memory_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of a comparison."""

    left: SideSummary
    right: SideSummary
    topics: tuple[TopicResult, ...]
    differences: tuple[Difference, ...]
    notes: tuple[str, ...] = ()

    @property
    def failures(self) -> tuple[Difference, ...]:
        """Differences that no known defect of the old package explains."""
        return tuple(item for item in self.differences if item.defect is None)

    @property
    def known(self) -> tuple[Difference, ...]:
        """Differences that a known defect of the old package explains."""
        return tuple(item for item in self.differences if item.defect is not None)

    @property
    def same(self) -> bool:
        return not self.failures

    def excusing(self, kind: Kind, topics: Collection[Topic], reason: str) -> Verdict:
        """The same with a note, which gives *reason*, in place of each of *topics*' differences of *kind*."""
        kept = tuple(
            item for item in self.differences if item.kind is not kind or item.topic not in topics
        )
        notes = [f"{topic}: {reason}" for topic in sorted(topics)]
        return replace(self, differences=kept, notes=(*self.notes, *notes))

    def to_json(self) -> dict[str, Any]:
        """The verdict as JSON-serialisable data, without the single arrivals and delays."""
        topics = []
        for result in self.topics:
            entry = asdict(result)
            del entry["delays"], entry["arrivals"]
            topics.append(entry)
        return {
            "same": self.same,
            "left": asdict(self.left) | {"sockets": dict(self.left.sockets)},
            "right": asdict(self.right) | {"sockets": dict(self.right.sockets)},
            "topics": topics,
            "differences": [asdict(item) for item in self.differences],
            "notes": list(self.notes),
        }
