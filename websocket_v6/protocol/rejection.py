"""Which part of a rejected request is the culprit.

A request that the exchange refuses is refused as a whole and costs the connection. Nothing says which part
was at fault, so what was new in it is tried apart from the shared connection, halved until each culprit
stands alone.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping

from .ledger import Topic
from .requests import Item

__all__ = ["find_culprits", "suspects"]


def suspects(items: Mapping[Topic, Item], confirmed: Iterable[Item]) -> tuple[Topic, ...]:
    """What was new in the rejected *items*: everything not known to be accepted.

    When nothing was new the exchange changed its mind about something old: all of it is suspect.
    """
    known = {(item.topic, item.units, item.level) for item in confirmed}
    new = tuple(
        topic for topic, item in items.items() if (item.topic, item.units, item.level) not in known
    )
    return new or tuple(items)


def find_culprits(topics: Iterable[Topic]) -> Generator[tuple[Topic, ...], bool, set[Topic]]:
    """Ask for trials until every culprit is known.

    Yields:
        Topics to try in one request; send back whether the exchange accepted it.

    Returns:
        The topics it refuses.
    """
    culprits: set[Topic] = set()
    # The whole is known to be refused when this starts, so the halves come first.
    pending = _halves(tuple(topics))
    while pending:
        trial = pending.pop()
        accepted = yield trial
        if accepted:
            continue
        if len(trial) == 1:
            culprits.add(trial[0])
        else:
            pending += _halves(trial)
    return culprits


def _halves(topics: tuple[Topic, ...]) -> list[tuple[Topic, ...]]:
    middle = len(topics) // 2
    return [half for half in (topics[middle:], topics[:middle]) if half]
