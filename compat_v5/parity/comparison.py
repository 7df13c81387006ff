"""Compare what two sides received. Pure: recordings in, verdict out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import Any

from .matching import Matching, match
from .received import PRIVATE_TYPES, ReceivedFrame, Recording, Topic
from .verdict import Difference, Kind, SideSummary, TopicResult, Verdict

__all__ = ["TopicView", "compare", "payload_changes"]

_SUFFIX = {1: "st", 2: "nd", 3: "rd"}
_ANY_NUMBER: Mapping[str, int] = MappingProxyType({})
NEIGHBOURS = 2  # frames shown before and after the first difference


def compare(
    left: Recording,
    right: Recording,
    *,
    at_least: int = 0,
    left_sockets: Mapping[str, int] = _ANY_NUMBER,
    right_sockets: Mapping[str, int] = _ANY_NUMBER,
) -> Verdict:
    """Compare two recordings of one feed, topic by topic.

    REALTIME frames are compared exactly from the first common one on; snapshots by their keys,
    because what a snapshot holds depends on the moment of subscribing.

    Args:
        at_least: common REALTIME frames each public topic must have.
        left_sockets, right_sockets: how many sockets a side may open, by kind (``public``,
            ``private``); a kind that is not named may be opened as often as the side likes.
    """
    differences = [
        Difference.of_side(Kind.FAILED, side.label, problem)
        for side in (left, right)
        for problem in side.problems
    ]
    topics = []
    open_end = left.ended_itself or right.ended_itself
    frames = (left.by_topic(), right.by_topic())
    for topic in sorted({*frames[0], *frames[1], *left.expected, *right.expected}):
        received = (frames[0].get(topic, []), frames[1].get(topic, []))
        result, found = _compare_topic(
            topic, (left, right), received, at_least=at_least, open_end=open_end
        )
        topics.append(result)
        differences.extend(found)
    differences.extend(_socket_differences(left, left_sockets))
    differences.extend(_socket_differences(right, right_sockets))
    return Verdict(
        left=_summary(left),
        right=_summary(right),
        topics=tuple(topics),
        differences=tuple(differences),
        notes=tuple(_notes(left, right)),
    )


def _summary(side: Recording) -> SideSummary:
    return SideSummary(side.label, len(side.frames), dict(side.sockets), side.memory_bytes)


def _socket_differences(side: Recording, allowed: Mapping[str, int]) -> Iterator[Difference]:
    for kind, most in allowed.items():
        opened = side.sockets.get(kind, 0)
        if opened > most:
            enough = f"{most} {'is' if most == 1 else 'are'} enough"
            detail = f"{side.label} opened {opened} {kind} sockets where {enough}"
            yield Difference(Kind.SOCKETS, side.label, None, opened, detail)


def _notes(left: Recording, right: Recording) -> Iterator[str]:
    for side in (left, right):
        shapes = sorted({frame.arguments for frame in side.frames})
        for shape in shapes:
            if "envelope" in shape:
                yield f"{side.label} delivers the frame inside the legacy envelope: unwrapped"
            if not shape.startswith("symbol, data_type"):
                yield f"{side.label} calls back with ({shape}): symbol and type read from the frame"


def _compare_topic(
    topic: Topic,
    sides: tuple[Recording, Recording],
    everything: tuple[Sequence[ReceivedFrame], Sequence[ReceivedFrame]],
    *,
    at_least: int,
    open_end: bool,
) -> tuple[TopicResult, list[Difference]]:
    left, right = sides
    snapshots = tuple([f for f in frames if f.is_snapshot] for frames in everything)
    streams = tuple([f for f in frames if not f.is_snapshot] for frames in everything)
    matching = match(streams[0], streams[1], open_end=open_end)
    differences: list[Difference] = []
    for side, frames in zip(sides, everything, strict=True):
        if not frames and (side.frames or not side.problems):
            detail = f"{side.label} received no frame of {topic}"
            differences.append(Difference(Kind.SILENT, side.label, topic, 1, detail))
    if all(everything):
        view = TopicView(topic, (left.label, right.label), (streams[0], streams[1]), matching)
        # Where the streams may end anywhere, they must at least share most of their length.
        longest = max(
            len(streams[0]) - len(matching.left_repeats),
            len(streams[1]) - len(matching.right_repeats),
        )
        differences += view.differences(max(at_least, longest // 2 if open_end else 0))
        differences += _snapshot_differences(topic, sides, (snapshots[0], snapshots[1]))
    delays = _delays(streams[0], streams[1], matching)
    return (
        TopicResult(
            topic=topic,
            frames=(len(streams[0]), len(streams[1])),
            snapshots=(len(snapshots[0]), len(snapshots[1])),
            compared=len(matching.pairs),
            missing=(len(matching.right_only), len(matching.left_only)),
            duplicated=(len(matching.left_repeats), len(matching.right_repeats)),
            out_of_order=len(matching.out_of_order),
            first_data=(
                _first_data(left, everything[0], topic),
                _first_data(right, everything[1], topic),
            ),
            delays=delays,
            arrivals=(
                tuple(frame.at for frame in everything[0]),
                tuple(frame.at for frame in everything[1]),
            ),
        ),
        differences,
    )


def _first_data(side: Recording, frames: Sequence[ReceivedFrame], topic: Topic) -> float | None:
    asked = side.subscribed_at.get(topic)
    return None if asked is None or not frames else frames[0].at - asked


def _delays(
    left: Sequence[ReceivedFrame], right: Sequence[ReceivedFrame], matching: Matching
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    times = [(left[i].at, right[j].at) for i, j in matching.pairs]
    return (
        tuple(a - min(a, b) for a, b in times),
        tuple(b - min(a, b) for a, b in times),
    )


def _snapshot_differences(
    topic: Topic,
    sides: tuple[Recording, Recording],
    snapshots: tuple[list[ReceivedFrame], list[ReceivedFrame]],
) -> Iterator[Difference]:
    """Snapshots by keys: all of one side must have the keys of the other side's first."""
    left, right = snapshots
    if not left and not right:
        return
    for side, own, other in ((sides[0], left, right), (sides[1], right, left)):
        if other and not own:
            detail = f"{side.label} received no snapshot of {topic}"
            yield Difference(Kind.SNAPSHOT, side.label, topic, 1, detail)
    if left and right:
        odd = [frame for frame in right if frame.keys != left[0].keys]
        if odd:
            detail = (
                f"snapshots of {topic}: {_key_words(left[0].keys, odd[0].keys, sides[1].label)}"
            )
            yield Difference(Kind.SNAPSHOT, sides[1].label, topic, len(odd), detail)


class TopicView:
    """One topic with its matching: turns positions into sentences."""

    def __init__(
        self,
        topic: Topic,
        labels: tuple[str, str],
        streams: tuple[Sequence[ReceivedFrame], Sequence[ReceivedFrame]],
        matching: Matching,
    ) -> None:
        self.topic = topic
        self.labels = labels
        self.left, self.right = streams
        self.matching = matching

    def differences(self, at_least: int) -> Iterator[Difference]:
        matching, (left_label, right_label) = self.matching, self.labels
        if self.left and self.right and not matching.pairs:
            yield self._nothing_in_common()
            return
        for label, frames, kept in (
            (left_label, self.left, matching.left_repeats),
            (right_label, self.right, matching.right_repeats),
        ):
            if kept:
                words = f"{len(kept)} of {len(frames)} deliveries repeat a frame{_rhythm(kept)}"
                side = 0 if label == left_label else 1
                yield self._difference(Kind.DUPLICATED, side, len(kept), words, (side, kept[0]))
        if matching.left_only:
            yield self._missing(1, matching.left_only)
        if matching.right_only:
            yield self._missing(0, matching.right_only)
        if matching.out_of_order:
            count = len(matching.out_of_order)
            words = f"{count} of {len(matching.pairs)} frames arrive in another order"
            place = matching.out_of_order[0][0]
            yield self._difference(Kind.OUT_OF_ORDER, 1, count, words, (0, place))
        yield from self._content()
        if not (self.left and self.right):
            return  # everything is missing: said above
        if self.topic.data_type not in PRIVATE_TYPES and len(matching.pairs) < at_least:
            shorter = 0 if len(self.left) < len(self.right) else 1
            words = f"only {len(matching.pairs)} common frames, at least {at_least} are needed"
            yield self._difference(Kind.SHORT, shorter, len(matching.pairs), words, None)

    def _nothing_in_common(self) -> Difference:
        first, second = self.left[0], self.right[0]
        if first.keys != second.keys:
            words = _key_words(first.keys, second.keys, self.labels[1])
            return self._difference(Kind.KEYS, 1, len(self.right), words, None)
        words = "no frame in common: ids and contents all differ"
        return self._difference(Kind.MISSING, 1, len(self.left), words, None)

    def _missing(self, side: int, positions: tuple[int, ...]) -> Difference:
        whole = self.left if side == 1 else self.right
        words = f"{len(positions)} of {len(whole)} frames are missing{_rhythm(positions)}"
        return self._difference(Kind.MISSING, side, len(positions), words, (1 - side, positions[0]))

    def _content(self) -> Iterator[Difference]:
        other_keys = []
        other_values = []
        for i, j in self.matching.pairs:
            if self.left[i].keys != self.right[j].keys:
                other_keys.append((i, j))
            elif self.left[i].digest != self.right[j].digest:
                other_values.append((i, j))
        if other_keys:
            i, j = other_keys[0]
            words = _key_words(self.left[i].keys, self.right[j].keys, self.labels[1])
            yield self._difference(Kind.KEYS, 1, len(other_keys), words, (0, i))
        if other_values:
            i, j = other_values[0]
            words = f"{len(other_values)} of {len(self.matching.pairs)} frames have other values"
            shown = self._values(self.left[i], self.right[j])
            yield self._difference(
                Kind.VALUES, 1, len(other_values), f"{words}; first: {shown}", (0, i)
            )

    def _values(self, first: ReceivedFrame, second: ReceivedFrame) -> str:
        if first.payload is None or second.payload is None:
            return f"digest {first.digest} became {second.digest}"
        changes = payload_changes(first.payload, second.payload)
        if self.topic.data_type in PRIVATE_TYPES:  # values of an account are nobody's business
            return ", ".join(path for path, _, _ in changes[:3])
        return ", ".join(f"{path}: {old!r} became {new!r}" for path, old, new in changes[:3])

    def _difference(
        self, kind: Kind, side: int, count: int, words: str, place: tuple[int, int] | None
    ) -> Difference:
        label = self.labels[side]
        context = () if place is None else tuple(self._context(*place))
        return Difference(
            kind, label, self.topic, count, f"{label}, {self.topic}: {words}", context
        )

    def _context(self, side: int, position: int) -> Iterator[str]:
        """Ids around *position* of one side, each beside its partner's on the other."""
        own, other = (self.left, self.right) if side == 0 else (self.right, self.left)
        couples = self.matching.pairs if side == 0 else [(j, i) for i, j in self.matching.pairs]
        partner = dict(couples)
        own_label, other_label = self.labels[side], self.labels[1 - side]
        yield f"    {'#':>5}  {own_label + ' id':<22}{other_label + ' #':>10}  {other_label} id"
        first = max(0, position - NEIGHBOURS)
        for index in range(first, min(len(own), position + NEIGHBOURS + 1)):
            met = partner.get(index)
            beside = f"{'-':>10}" if met is None else f"{met:>10}  {other[met].id}"
            mark = " >> " if index == position else "    "
            yield f"{mark}{index:>5}  {own[index].id!s:<22}{beside}"


def _rhythm(positions: Sequence[int]) -> str:
    """`` (every 100th)`` when the positions are evenly spaced."""
    if len(positions) < 2:
        return ""
    steps = {after - before for before, after in pairwise(positions)}
    if len(steps) != 1:
        return ""
    (step,) = steps
    return f" (every {_ordinal(step)})" if step > 1 else ""


def _ordinal(number: int) -> str:
    if number % 100 in {11, 12, 13}:
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"


def _key_words(left: Sequence[str], right: Sequence[str], label: str) -> str:
    lost = sorted(set(left) - set(right))
    new = sorted(set(right) - set(left))
    parts = []
    if lost:
        parts.append(f"lacks {', '.join(lost)}")
    if new:
        parts.append(f"has {', '.join(new)} in addition")
    return f"{label} {' and '.join(parts)}"


def payload_changes(left: Any, right: Any, path: str = "") -> list[tuple[str, Any, Any]]:
    """``(path, left value, right value)`` of all that differs; a path reads ``units[0].ask``."""
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return [
            change
            for key in sorted({*left, *right}, key=str)
            for change in payload_changes(
                left.get(key), right.get(key), f"{path}.{key}" if path else str(key)
            )
        ]
    if isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        return [
            change
            for index, (one, other) in enumerate(zip(left, right, strict=True))
            for change in payload_changes(one, other, f"{path}[{index}]")
        ]
    return [] if type(left) is type(right) and left == right else [(path, left, right)]
