"""Topics that both runs let go of by the clock, each at its own frame."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from .matching import Matching, match
from .program import Run
from .received import ReceivedFrame, Topic
from .verdict import Difference, Kind, Verdict

__all__ = ["excuse_open_ends", "share_enough"]


def excuse_open_ends(verdict: Verdict, before: Run, after: Run) -> Verdict:
    """Turn into notes what one run alone has at the end of topics that both runs unsubscribed.

    The two must be about as long.
    """
    released = before.released & after.released

    def excused(item: Difference) -> bool:
        topic = item.topic
        return (
            item.kind is Kind.MISSING
            and topic is not None
            and (topic.data_type, topic.symbol) in released
            and _only_the_end_differs(topic, before, after)
        )

    notes = [
        f"{item.topic}: both runs unsubscribed it, {item.count} frames apart"
        for item in verdict.differences
        if excused(item)
    ]
    kept = tuple(item for item in verdict.differences if not excused(item))
    return dataclasses.replace(verdict, differences=kept, notes=(*verdict.notes, *notes))


def _only_the_end_differs(topic: Topic, before: Run, after: Run) -> bool:
    left, right = (
        [frame for frame in run.recording.frames if frame.topic == topic and not frame.is_snapshot]
        for run in (before, after)
    )
    matching = match(left, right, open_end=True)
    lost = matching.left_only or matching.right_only
    return not lost and share_enough(left, right, matching)


def share_enough(
    left: Sequence[ReceivedFrame], right: Sequence[ReceivedFrame], matching: Matching
) -> bool:
    """Whether two streams that end by the clock are about as long, in frames or in time.

    They share at least half of the longer one; or, on a machine too busy to send one run as many
    frames in the same time, the shorter took at least half as long.
    """
    if 2 * len(matching.pairs) >= max(len(left), len(right)):
        return True
    spans = [frames[-1].at - frames[0].at for frames in (left, right) if frames]
    return bool(matching.pairs) and 0 < max(spans) <= 2 * min(spans)
