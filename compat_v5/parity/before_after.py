"""Run a program before and after its migration and compare what its callbacks received."""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Collection, Iterator
from pathlib import Path

from .callback_failures import failure_differences, failure_notes
from .comparison import compare
from .endings import ending_differences, ending_notes
from .exceptions import ParityError
from .exchange_record import Streams, against_exchange, record_exchange
from .open_ends import excuse_open_ends
from .pauses import excuse_pauses
from .program import Program, Run
from .received import PRIVATE_TYPES, Topic
from .shared_callbacks import excuse_shared_callbacks
from .verdict import Difference, Kind, Verdict

__all__ = [
    "after_program",
    "before_program",
    "check_entry",
    "compare_runs",
    "excuse_timing",
    "judge_runs",
]


def before_program(directory: Path, entry: str) -> Program:
    """The unmodified program: its legacy imports are redirected by ``python -m compat_v5``.

    A real ``websocket_v5`` in its tree is overridden: it knows no other server than the exchange.
    """
    return Program("before", ("-m", "compat_v5", "--override", *shlex.split(entry)), directory)


def after_program(directory: Path, entry: str) -> Program:
    """The migrated program, run as it is."""
    return Program("after", tuple(shlex.split(entry)), directory)


def check_entry(directory: Path, entry: str) -> None:
    """Raise what is wrong with a program's place.

    Args:
        entry: a script with its arguments, or ``-m MODULE`` with its arguments.

    Raises:
        ParityError: no such directory, or no such script or module in it.
    """
    if not directory.is_dir():
        raise ParityError(f"{directory} is not a directory", "Name the program's root folder")
    words = [*shlex.split(entry), "", ""]
    script = directory / words[0]
    if words[0] == "-m":
        module = directory.joinpath(*words[1].split("."))
        script = module / "__main__.py" if module.is_dir() else module.with_suffix(".py")
    if not script.is_file():
        raise ParityError(
            f"{directory} holds no {entry!r}", "Name the script, or -m MODULE, with --entry"
        )


async def judge_runs(before: Run, after: Run, *, seed: int, at_least: int = 0) -> Verdict:
    """Compare two runs with each other, and each with what the exchange sent.

    Args:
        seed: of the lock-step feed both ran on.
        at_least: as for :func:`compare_runs`.
    """
    verdict = compare_runs(before, after, at_least=at_least)
    streams = {*before.sent, *after.sent}
    counts = {pair: max(before.sent.get(pair, 0), after.sent.get(pair, 0)) for pair in streams}
    sent = await record_exchange(counts, seed)
    faults = [item for run in (before, after) for item in against_exchange(run.recording, sent)]
    if not at_least:
        verdict = excuse_timing(verdict, {item.topic for item in faults}, sent)
    known = {(item.kind, item.topic) for item in verdict.differences}
    unknown = [item for item in faults if (item.kind, item.topic) not in known]
    verdict = dataclasses.replace(verdict, differences=(*verdict.differences, *unknown))
    return excuse_pauses(verdict, before.recording, after.recording, sent)


def excuse_timing(verdict: Verdict, faulty: Collection[Topic | None], sent: Streams) -> Verdict:
    """Turn into notes what a busy machine explains: the runs saw different stretches of the feed.

    Both are about as long, and each is as the exchange sent it. Programs that end by themselves, with
    components that start one after another, do that.

    Args:
        faulty: topics of which a run lost, reordered or altered something.
        sent: what the exchange sent.
    """
    elsewhere: dict[Topic | None, int] = {
        result.topic: result.compared
        for result in verdict.topics
        if sent.get((result.topic.data_type, result.topic.symbol))
        and result.topic not in faulty
        and 0 < max(result.frames) <= 2 * min(result.frames)
    }

    def excused(item: Difference) -> bool:
        apart = item.kind is Kind.MISSING and elsewhere.get(item.topic) == 0
        return item.topic in elsewhere and (apart or item.kind is Kind.SHORT)

    notes = [
        f"{topic}: the runs saw different stretches of the feed, each as it was sent"
        for topic in dict.fromkeys(item.topic for item in verdict.differences if excused(item))
    ]
    kept = tuple(item for item in verdict.differences if not excused(item))
    return dataclasses.replace(verdict, differences=kept, notes=(*verdict.notes, *notes))


def compare_runs(before: Run, after: Run, *, at_least: int = 0) -> Verdict:
    """Compare two runs; the migrated program may not open more sockets than the one before.

    Sockets that follow each other count as one: each event loop of a program has its own, and how many
    of its loops share one depends on when they end.

    Args:
        at_least: common REALTIME frames each public topic of each callback must have; 0 where a
            topic may be one of snapshots alone.
    """
    verdict = compare(
        before.recording,
        after.recording,
        at_least=at_least,
        right_sockets=_allowed_sockets(before, after),
    )
    verdict = excuse_shared_callbacks(verdict, before.recording, after.recording)
    verdict = excuse_open_ends(verdict, before, after)
    verdict = _with_endings(verdict, before, after)
    unheard = [item for run in (before, after) for item in _unheard(run)]
    raised = failure_differences(before.recording, after.recording)
    found = (*verdict.differences, *unheard, *raised)
    return dataclasses.replace(
        verdict,
        # What a run as a whole did explains what its topics lack.
        differences=tuple(sorted(found, key=lambda item: item.kind is not Kind.FAILED)),
        notes=(*verdict.notes, *failure_notes(before.recording, after.recording)),
        # The runs were not at the same time: which of them was first says nothing.
        topics=tuple(dataclasses.replace(topic, delays=((), ())) for topic in verdict.topics),
    )


def _with_endings(verdict: Verdict, before: Run, after: Run) -> Verdict:
    """Add what the ends of the two runs say."""
    if before.ending is None or after.ending is None:
        return verdict
    ends = (before.recording.label, before.ending), (after.recording.label, after.ending)
    return dataclasses.replace(
        verdict,
        differences=(*verdict.differences, *ending_differences(*ends)),
        notes=(*verdict.notes, *ending_notes(*ends)),
    )


def _allowed_sockets(before: Run, after: Run) -> dict[str, int]:
    """How many sockets of each kind the program after may open."""
    allowed = {}
    for kind in ("public", "private"):
        allowed[kind] = opened = before.recording.sockets.get(kind, 0)
        at_once = after.open_at_once.get(kind, after.recording.sockets.get(kind, 0))
        if opened and at_once <= max(1, before.open_at_once.get(kind, opened)):
            allowed[kind] = max(opened, after.recording.sockets.get(kind, 0))
    return allowed


def _unheard(run: Run) -> Iterator[Difference]:
    """What the program held on the exchange without any callback being called for it."""
    label = run.recording.label
    heard = {(topic.data_type, topic.symbol) for topic in run.recording.by_topic()}
    heard_types = {data_type for data_type, _ in heard}
    for data_type, code in sorted(run.held):
        if (data_type, code) in heard or (data_type in PRIVATE_TYPES and data_type in heard_types):
            continue
        topic = Topic(data_type, code)
        detail = f"{label} held {topic} on the exchange and no callback received any of it"
        yield Difference(Kind.SILENT, label, topic, 1, detail)
