"""Topics that both runs let go of by the clock, for a time or for good, each at its own frames.

The shared connection goes on for some seconds after its last subscription has ended. So what the
exchange holds does not tell when a program let go of a topic; what its callbacks got does.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from .exchange_record import LONGEST_LOSS, Streams
from .matching import match
from .open_ends import share_enough
from .received import ReceivedFrame, Recording, Topic
from .verdict import Kind, Verdict

__all__ = ["excuse_pauses"]


def excuse_pauses(verdict: Verdict, before: Recording, after: Recording, sent: Streams) -> Verdict:
    """Turn into notes what the runs miss of a topic where both paused it equally often.

    A pause is a gap in what the exchange sent that is too long for a loss in one of the runs; the
    other's, which is by the same clock, may be a little shorter. The last one may have no end,
    in a run that was interrupted. The two must be about as long.
    """
    missing = {item.topic for item in verdict.differences if item.kind is Kind.MISSING}
    paused = {
        topic
        for topic in missing
        if topic is not None
        and _only_pauses_differ(
            (_stream(before, topic), _stream(after, topic)),
            (before.ended_itself, after.ended_itself),
            sent.get((topic.data_type, topic.symbol), ()),
        )
    }
    reason = "both runs stopped receiving it for a time, each at other frames"
    return verdict.excusing(Kind.MISSING, paused, reason)


def _only_pauses_differ(
    streams: tuple[Sequence[ReceivedFrame], Sequence[ReceivedFrame]],
    ended_itself: tuple[bool, bool],
    truth: Sequence[ReceivedFrame],
) -> bool:
    left, right = streams
    pauses = _gaps(truth, left, ended_itself[0]), _gaps(truth, right, ended_itself[1])
    return (
        0 < len(pauses[0]) == len(pauses[1])
        and all(max(couple) > LONGEST_LOSS for couple in zip(*pauses, strict=True))
        and share_enough(left, right, match(left, right, open_end=True))
    )


def _stream(run: Recording, topic: Topic) -> list[ReceivedFrame]:
    return [frame for frame in run.frames if frame.topic == topic and not frame.is_snapshot]


def _gaps(
    truth: Sequence[ReceivedFrame], stream: Sequence[ReceivedFrame], ended_itself: bool
) -> list[int]:
    """Lengths of the unbroken stretches of *truth* that *stream* lacks behind its first frame."""
    lengths: list[int] = []
    matching = match(truth, stream, open_end=True)
    for earlier, later in pairwise([-2, *matching.left_only]):
        if later == earlier + 1:
            lengths[-1] += 1
        else:
            lengths.append(1)
    rest = len(truth) - 1 - matching.pairs[-1][0] if matching.pairs else 0
    if rest and not ended_itself:  # it was there, and was called no more
        lengths.append(rest)
    return lengths
