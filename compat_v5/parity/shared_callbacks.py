"""Deliveries of a callback that several components share, because they are of one class.

The trace knows a callback by its name. Two components of one class are one callback to it, and where both
hold a topic, each frame is delivered twice. From which frame on depends on when the second of
them started, and no two runs start at exactly the same frame.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from .received import ReceivedFrame, Recording, Topic
from .verdict import Kind, Verdict

__all__ = ["excuse_shared_callbacks", "is_another_start"]


def excuse_shared_callbacks(verdict: Verdict, before: Recording, after: Recording) -> Verdict:
    """Turn repeated deliveries into notes where components that started at another frame explain them."""
    left, right = before.by_topic(), after.by_topic()
    shared = {
        item.topic
        for item in verdict.differences
        if item.kind is Kind.DUPLICATED
        and item.topic is not None
        and is_another_start(_stream(left, item.topic), _stream(right, item.topic))
    }
    reason = "several components share this callback; they started or ended at other frames"
    return verdict.excusing(Kind.DUPLICATED, shared, reason)


def is_another_start(left: Sequence[ReceivedFrame], right: Sequence[ReceivedFrame]) -> bool:
    """Whether components that start and end at other frames explain how often each frame came.

    They do where no frame came more often than the most frequent one of the other side, and where the
    frames that one side got more often are stretches, at most two for each further component.
    """
    counts = [Counter((frame.id, frame.digest) for frame in frames) for frames in (left, right)]
    if not all(counts):
        return False
    most = [max(count.values()) for count in counts]
    if most[0] != most[1] or most[0] < 2:
        return False
    stretches = 0
    inside = 0
    for key in dict.fromkeys((frame.id, frame.digest) for frame in (*left, *right)):
        if not (counts[0][key] and counts[1][key]):
            continue  # before or behind what both sides have
        surplus = counts[0][key] - counts[1][key]
        if surplus and surplus != inside:
            stretches += 1
        inside = surplus
    return stretches <= 2 * (most[0] - 1)


def _stream(topics: dict[Topic, list[ReceivedFrame]], topic: Topic) -> list[ReceivedFrame]:
    return [frame for frame in topics.get(topic, []) if not frame.is_snapshot]
