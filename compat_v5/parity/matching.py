"""Which frame of one stream is which frame of the other.

Both streams are deliveries of one feed, so a frame is recognised by its id (``sequential_id`` or
``timestamp``). Ids may repeat legitimately: two changes in one millisecond, or the exchange
repeating an identical order book. Hence repeats count as duplicates only beyond what the other
side has, too.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from .received import ReceivedFrame

__all__ = ["Matching", "match"]


@dataclass(frozen=True, slots=True)
class Matching:
    """Positions refer to the two sequences given to :func:`match`.

    Args:
        pairs: the same frame on the left and on the right, in left order.
        left_only, right_only: frames the other side should have had.
        left_repeats, right_repeats: deliveries of a frame beyond the other side's.
        out_of_order: pairs that break the right side's order; the fewest whose removal restores it.
            Second deliveries of a frame have an order of their own, which may be another component's.
    """

    pairs: tuple[tuple[int, int], ...]
    left_only: tuple[int, ...]
    right_only: tuple[int, ...]
    left_repeats: tuple[int, ...]
    right_repeats: tuple[int, ...]
    out_of_order: tuple[tuple[int, int], ...]


def match(
    left: Sequence[ReceivedFrame], right: Sequence[ReceivedFrame], *, open_end: bool
) -> Matching:
    """Match two deliveries of one feed.

    What one side alone has before the first common frame is ignored: it subscribed earlier. What
    one side alone has after the last common frame is ignored only with *open_end*: then it stopped
    later.
    """
    left_repeats = _repeats(left, right)
    right_repeats = _repeats(right, left)
    left_kept = [i for i in range(len(left)) if i not in left_repeats]
    right_kept = [j for j in range(len(right)) if j not in right_repeats]
    pairs = _pair_by_id(left, right, left_kept, right_kept)
    left_rest, right_rest = _inside((left, right), left_kept, right_kept, pairs, open_end=open_end)
    pairs, left_rest, right_rest = _pair_by_place((left, right), pairs, left_rest, right_rest)
    return Matching(
        pairs=tuple(pairs),
        left_only=tuple(left_rest),
        right_only=tuple(right_rest),
        left_repeats=tuple(sorted(left_repeats)),
        right_repeats=tuple(sorted(right_repeats)),
        out_of_order=tuple(
            pair for group in _by_delivery(left, pairs) for pair in _out_of_order(group)
        ),
    )


def _repeats(side: Sequence[ReceivedFrame], other: Sequence[ReceivedFrame]) -> set[int]:
    allowed = Counter((frame.id, frame.digest) for frame in other)
    seen: Counter[tuple[int | None, str]] = Counter()
    repeats = set()
    for position, frame in enumerate(side):
        key = (frame.id, frame.digest)
        seen[key] += 1
        if seen[key] > max(1, allowed[key]):
            repeats.add(position)
    return repeats


def _pair_by_id(
    left: Sequence[ReceivedFrame],
    right: Sequence[ReceivedFrame],
    left_kept: Sequence[int],
    right_kept: Sequence[int],
) -> list[tuple[int, int]]:
    """Equal digests first, then in order, among the frames of one id."""
    by_id: defaultdict[int | None, list[int]] = defaultdict(list)
    for j in right_kept:
        by_id[right[j].id].append(j)
    pairs: list[tuple[int, int]] = []
    waiting: list[int] = []
    for i in left_kept:
        candidates = by_id[left[i].id]
        same = next((j for j in candidates if right[j].digest == left[i].digest), None)
        if same is None:
            waiting.append(i)
        else:
            candidates.remove(same)
            pairs.append((i, same))
    for i in waiting:
        candidates = by_id[left[i].id] if left[i].id is not None else []
        if candidates:
            pairs.append((i, candidates.pop(0)))
    return sorted(pairs)


def _inside(
    sides: tuple[Sequence[ReceivedFrame], Sequence[ReceivedFrame]],
    left_kept: Sequence[int],
    right_kept: Sequence[int],
    pairs: Sequence[tuple[int, int]],
    *,
    open_end: bool,
) -> tuple[list[int], list[int]]:
    """Frames without a partner, less what one side alone has before or after the common part."""
    paired_left = {i for i, _ in pairs}
    paired_right = {j for _, j in pairs}
    left_rest = [i for i in left_kept if i not in paired_left]
    right_rest = [j for j in right_kept if j not in paired_right]
    if not pairs:
        return left_rest, right_rest
    left_bounds = (min(paired_left), max(paired_left))
    right_bounds = (min(paired_right), max(paired_right))
    left_head = [i for i in left_rest if i < left_bounds[0]]
    right_head = [j for j in right_rest if j < right_bounds[0]]
    ignored_left, ignored_right = set[int](), set[int]()
    if left_head and right_head:  # one subscribed later, and one lost frames
        start = _id_at(sides[0], left_kept[0]), _id_at(sides[1], right_kept[0])
        ignored_left.update(i for i in left_head if _before(_id_at(sides[0], i), start[1]))
        ignored_right.update(j for j in right_head if _before(_id_at(sides[1], j), start[0]))
    else:
        ignored_left.update(left_head)
        ignored_right.update(right_head)
    left_tail = [i for i in left_rest if i > left_bounds[1]]
    right_tail = [j for j in right_rest if j > right_bounds[1]]
    if open_end and left_tail and right_tail:
        stop = _id_at(sides[0], left_kept[-1]), _id_at(sides[1], right_kept[-1])
        ignored_left.update(i for i in left_tail if _before(stop[1], _id_at(sides[0], i)))
        ignored_right.update(j for j in right_tail if _before(stop[0], _id_at(sides[1], j)))
    elif open_end:
        ignored_left.update(left_tail)
        ignored_right.update(right_tail)
    return (
        [i for i in left_rest if i not in ignored_left],
        [j for j in right_rest if j not in ignored_right],
    )


def _id_at(side: Sequence[ReceivedFrame], position: int) -> int | None:
    return side[position].id


def _before(one: int | None, other: int | None) -> bool:
    return one is not None and other is not None and one < other


def _pair_by_place(
    sides: tuple[Sequence[ReceivedFrame], Sequence[ReceivedFrame]],
    pairs: list[tuple[int, int]],
    left_rest: list[int],
    right_rest: list[int],
) -> tuple[list[tuple[int, int]], list[int], list[int]]:
    """Pair frames whose very id was altered: as many on both sides between two neighbours.

    Two ids that both stand in order among their neighbours are two frames of the feed, and each
    side lost one of them.
    """
    if not (pairs and left_rest and right_rest):
        return pairs, left_rest, right_rest
    lefts = [i for i, _ in pairs]
    rights = sorted(j for _, j in pairs)
    gaps_left: defaultdict[int, list[int]] = defaultdict(list)
    gaps_right: defaultdict[int, list[int]] = defaultdict(list)
    for i in left_rest:
        gaps_left[bisect_left(lefts, i)].append(i)
    for j in right_rest:
        gaps_right[bisect_left(rights, j)].append(j)
    found = [
        couple
        for gap, members in gaps_left.items()
        if len(members) == len(gaps_right.get(gap, ()))
        for couple in zip(members, gaps_right[gap], strict=True)
        if not (_in_order(sides[0], couple[0], lefts) and _in_order(sides[1], couple[1], rights))
    ]
    taken_left = {i for i, _ in found}
    taken_right = {j for _, j in found}
    return (
        sorted([*pairs, *found]),
        [i for i in left_rest if i not in taken_left],
        [j for j in right_rest if j not in taken_right],
    )


def _in_order(side: Sequence[ReceivedFrame], position: int, paired: Sequence[int]) -> bool:
    """Whether a frame's id lies between those of the nearest frames that have a partner."""
    place = bisect_left(paired, position)
    own = side[position].id
    below = side[paired[place - 1]].id if place else None
    above = side[paired[place]].id if place < len(paired) else None
    return own is not None and not (_before(own, below) or _before(above, own))


def _by_delivery(
    left: Sequence[ReceivedFrame], pairs: Sequence[tuple[int, int]]
) -> list[list[tuple[int, int]]]:
    """The pairs of first deliveries of a frame, those of second ones, and so on."""
    seen: Counter[tuple[int | None, str]] = Counter()
    groups: list[list[tuple[int, int]]] = []
    for i, j in pairs:
        key = (left[i].id, left[i].digest)
        if seen[key] == len(groups):
            groups.append([])
        groups[seen[key]].append((i, j))
        seen[key] += 1
    return groups


def _out_of_order(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Pairs outside a longest increasing run of right positions (patience sorting)."""
    tails: list[int] = []
    tail_index: list[int] = []
    previous: list[int] = []
    for index, (_, j) in enumerate(pairs):
        place = bisect_left(tails, j)
        previous.append(tail_index[place - 1] if place else -1)
        if place == len(tails):
            tails.append(j)
            tail_index.append(index)
        else:
            tails[place] = j
            tail_index[place] = index
    in_order: set[int] = set()
    index = tail_index[-1] if tail_index else -1
    while index >= 0:
        in_order.add(index)
        index = previous[index]
    return [pair for index, pair in enumerate(pairs) if index not in in_order]
