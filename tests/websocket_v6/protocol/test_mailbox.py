"""Mailboxes and their policies."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from websocket_v6.protocol.mailbox import Letter, Mailbox
from websocket_v6.subscription import DeliveryPolicy, bounded, latest, lossless

letters = st.lists(st.tuples(st.sampled_from("ABC"), st.booleans()), max_size=60)


def drain(mailbox: Mailbox) -> list[tuple[str, int]]:
    found = []
    while mailbox:
        letter = mailbox.take()
        found.append((letter.code, letter.payload))
    return found


@given(letters)
def test_lossless_loses_nothing(steps: list[tuple[str, bool]]) -> None:
    mailbox, got = Mailbox(lossless, 5), []
    for number, (code, take) in enumerate(steps):
        mailbox.put(Letter(number, code, number))
        if take:
            got.append(mailbox.take().payload)
    got += [payload for _, payload in drain(mailbox)]
    assert got == list(range(len(steps)))
    assert mailbox.dropped == 0


@given(letters, st.integers(1, 8))
def test_bounded_keeps_the_newest_in_order(steps: list[tuple[str, bool]], size: int) -> None:
    mailbox = Mailbox(bounded(size), 1000)
    for number, (code, _) in enumerate(steps):
        mailbox.put(Letter(number, code, number))
    kept = [payload for _, payload in drain(mailbox)]
    assert kept == list(range(len(steps)))[-size:]
    assert mailbox.dropped == len(steps) - len(kept)


@given(letters, st.integers(1, 8))
def test_conflation_never_loses_the_newest_of_a_code(
    steps: list[tuple[str, bool]], size: int
) -> None:
    mailbox = Mailbox(DeliveryPolicy("conflate", size), 1000)
    newest: dict[str, int] = {}
    taken: list[int] = []
    for number, (code, take) in enumerate(steps):
        mailbox.put(Letter(number, code, number))
        newest[code] = number
        assert len(mailbox) <= max(size, 3)
        if take:
            taken.append(mailbox.take().payload)
    rest = [payload for _, payload in drain(mailbox)]
    got = taken + rest
    assert got == sorted(got)
    assert set(newest.values()) <= set(got)
    assert mailbox.dropped == len(steps) - len(got)


@given(letters)
def test_latest_holds_one_per_code(steps: list[tuple[str, bool]]) -> None:
    mailbox = Mailbox(latest, 1000)
    for number, (code, _) in enumerate(steps):
        assert mailbox.put(Letter(number, code, number)) is False
    codes = [code for code, _ in drain(mailbox)]
    assert len(codes) == len(set(codes))


def test_one_report_per_episode() -> None:
    mailbox = Mailbox(bounded(2), 1000)
    reports = [mailbox.put(Letter(n, "A", n)) for n in range(5)]
    assert reports == [False, False, True, False, False]
    drain(mailbox)
    assert [mailbox.put(Letter(n, "A", n)) for n in range(3)] == [False, False, True]


def test_a_lossless_mailbox_reports_growth() -> None:
    mailbox = Mailbox(lossless, 2)
    assert [mailbox.put(Letter(n, "A", n)) for n in range(4)] == [False, False, True, False]


def test_an_empty_mailbox_keeps_no_queue_and_says_so() -> None:
    mailbox = Mailbox(lossless, 2)
    assert mailbox.oldest is None
    with pytest.raises(IndexError, match="no letter waits"):
        mailbox.take()
    mailbox.clear()
    mailbox.discard({"A"})
    assert len(mailbox) == 0


def test_the_oldest_is_the_first_that_was_put_in() -> None:
    mailbox = Mailbox(lossless, 9)
    for at in (3.0, 4.0):
        mailbox.put(Letter(at, "A", at))
    assert mailbox.oldest == 3.0
    mailbox.take()
    assert mailbox.oldest == 4.0


def test_frames_of_codes_nobody_wants_any_more_go() -> None:
    mailbox = Mailbox(lossless, 9)
    for number, code in enumerate("ABAC"):
        mailbox.put(Letter(number, code, number))
    mailbox.discard({"A"})
    assert drain(mailbox) == [("B", 1), ("C", 3)]
    mailbox.put(Letter(9, "A", 9))
    mailbox.discard({"A", "B"})
    assert mailbox.oldest is None


def test_taking_out_all_that_waits_ends_the_episode() -> None:
    mailbox = Mailbox(bounded(1), 9)
    assert [mailbox.put(Letter(n, "A", n)) for n in range(2)] == [False, True]
    mailbox.discard({"A"})
    assert not mailbox.overflowing
    assert [mailbox.put(Letter(n, "B", n)) for n in range(2)] == [False, True]


def test_clearing_ends_the_episode() -> None:
    mailbox = Mailbox(bounded(1), 9)
    assert [mailbox.put(Letter(n, "A", n)) for n in range(3)] == [False, True, False]
    mailbox.clear()
    assert not mailbox
    assert not mailbox.overflowing
    assert [mailbox.put(Letter(n, "A", n)) for n in range(2)] == [False, True]


def test_an_episode_lasts_until_the_mailbox_is_empty() -> None:
    mailbox = Mailbox(bounded(2), 9)
    assert [mailbox.put(Letter(n, "A", n)) for n in range(3)] == [False, False, True]
    mailbox.take()
    assert mailbox.overflowing
    assert mailbox.put(Letter(9, "A", 9)) is False
    mailbox.take()
    mailbox.take()
    assert not mailbox.overflowing
