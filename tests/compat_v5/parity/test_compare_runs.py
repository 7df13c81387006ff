"""Two finished runs: what may be opened, and what was held but never heard."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from compat_v5.parity.before_after import compare_runs
from compat_v5.parity.program import Run
from compat_v5.parity.verdict import Kind
from tests.compat_v5.parity.streams import recording, ticker

FRAMES = [ticker(number) for number in range(20)]
TICKER = ("ticker", "KRW-BTC")


def finished(label: str, *held: tuple[str, str], **rest: object) -> Run:
    sockets = {"public": 1, "private": 0}
    return Run(
        recording(label, FRAMES, **({"sockets": sockets} | rest)),
        Path("unused.log"),
        frozenset(held),
    )


def test_everything_held_was_heard() -> None:
    verdict = compare_runs(finished("before", TICKER), finished("after", TICKER))
    assert verdict.same
    assert all(topic.delays == ((), ()) for topic in verdict.topics)


def test_a_topic_held_without_any_delivery_is_a_difference() -> None:
    held = (TICKER, ("trade", "KRW-BTC"), ("myOrder", "*"))
    verdict = compare_runs(finished("before", TICKER), finished("after", *held))
    found = {(d.kind, d.side, str(d.topic)) for d in verdict.differences}
    assert found == {
        (Kind.SILENT, "after", "trade KRW-BTC"),
        (Kind.SILENT, "after", "myOrder *"),
    }


def test_the_program_before_may_open_as_many_sockets_as_it_likes() -> None:
    before = finished("before", sockets={"public": 7, "private": 0})
    assert compare_runs(before, finished("after")).same


def test_a_kind_of_socket_only_the_program_after_opens_is_a_difference() -> None:
    after = finished("after", sockets={"public": 1, "private": 1})
    verdict = compare_runs(finished("before"), after)
    assert [d.kind for d in verdict.differences] == [Kind.SOCKETS]


def test_the_program_after_may_open_as_many_as_the_one_before() -> None:
    sockets = {"public": 3, "private": 0}
    assert compare_runs(
        finished("before", sockets=sockets), finished("after", sockets=sockets)
    ).same


def test_more_sockets_than_before_are_a_difference() -> None:
    verdict = compare_runs(
        finished("before", sockets={"public": 2, "private": 0}),
        finished("after", sockets={"public": 3, "private": 0}),
    )
    assert [d.kind for d in verdict.differences] == [Kind.SOCKETS]
    assert "opened 3 public sockets where 2 are enough" in verdict.differences[0].detail


def test_sockets_that_follow_each_other_count_as_one() -> None:
    """Loops in a row: how many of them share a socket is a matter of time."""
    before = finished("before", sockets={"public": 2, "private": 0})
    after = finished("after", sockets={"public": 3, "private": 0})
    in_turn = [dataclasses.replace(run, open_at_once={"public": 1}) for run in (before, after)]
    assert compare_runs(*in_turn).same
    at_once = dataclasses.replace(after, open_at_once={"public": 3})
    assert not compare_runs(in_turn[0], at_once).same
