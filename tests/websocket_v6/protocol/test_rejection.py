"""What an error frame means, and finding the culprits of a refused request."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from websocket_v6.protocol.decoder import ServerError
from websocket_v6.protocol.ledger import Topic
from websocket_v6.protocol.rejection import (
    Answer,
    Finding,
    Refusal,
    Suspicion,
    Trial,
    blames_request,
    find_culprits,
    suspects,
)
from websocket_v6.protocol.requests import Item

TOPICS = [("ticker", f"KRW-C{n}") for n in range(24)]
OLD, NEW, NEWER = TOPICS[:3]
BLAMES, UNCLEAR = "INVALID_PARAM", "INTERNAL_ERROR"


def items(*topics: Topic) -> dict[Topic, Item]:
    return {topic: Item(*topic) for topic in topics}


def after(*accepted: Topic) -> Suspicion:
    suspicion = Suspicion()
    suspicion.serves(items(*accepted).values())
    return suspicion


class Searched:
    """A search carried out against an exchange that refuses *bad*, and everything during an outage."""

    def __init__(
        self,
        topics: Iterable[Topic],
        bad: Collection[Topic],
        *,
        name: str = BLAMES,
        clear: bool = True,
        known: Collection[Topic] = (),
        control: Topic | None = None,
        outage: Callable[[int], bool] = lambda trial: False,
        most: int = 1000,
    ) -> None:
        self.trials: list[Trial] = []
        self.findings: list[Finding] = []
        search = find_culprits(topics, clear=clear, known=known, control=lambda: control)
        answer: Answer = None
        try:
            while len(self.trials) < most:
                step = search.send(answer)
                answer = None
                if isinstance(step, Finding):
                    self.findings.append(step)
                    continue
                self.trials.append(step)
                refused = outage(len(self.trials)) or set(bad) & set(step.topics)
                answer = ServerError(name, "why") if refused else "accepted"
        except StopIteration:
            pass

    def of(self, verdict: str) -> set[Topic]:
        return {topic for one in self.findings if one.verdict == verdict for topic in one.topics}

    def asked(self, topic: Topic) -> list[int]:
        """The trials for this topic alone: how many came before each."""
        return [number for number, trial in enumerate(self.trials) if trial.topics == (topic,)]


@given(st.sets(st.sampled_from(TOPICS), min_size=1), st.integers(1, 24))
def test_exactly_the_culprits_are_found(bad: set[Topic], size: int) -> None:
    topics = TOPICS[:size]
    found = Searched(topics, bad)
    assert found.of("refused") == bad & set(topics)
    assert found.of("accepted") == set(topics) - bad
    assert len(found.trials) <= 2 * size


@pytest.mark.parametrize(("guilty", "refused"), [(0, 4), (7, 1), (15, 1)])
def test_what_follows_is_not_tried(guilty: int, refused: int) -> None:
    """Of two halves that were refused together, the second is to blame when the first is accepted."""
    topics = TOPICS[:16]
    found = Searched(topics, [topics[guilty]])
    assert found.of("refused") == {topics[guilty]}
    assert sum(topics[guilty] in trial.topics for trial in found.trials) <= refused + 3


def test_half_of_what_was_refused_is_to_blame_when_the_other_half_is_accepted() -> None:
    """So it is halved again at once, and not asked for as it stands."""
    a, b, c, d = topics = TOPICS[:4]
    found = Searched(topics, [d])
    assert [trial.topics for trial in found.trials] == [(a, b), (c,), (d,)]


def test_half_of_what_was_refused_may_be_well_when_the_other_half_is_refused() -> None:
    """Both may be to blame, or only one: one trial for all of it tells."""
    a, b, c, d = topics = TOPICS[:4]
    found = Searched(topics, [a])
    assert [trial.topics for trial in found.trials] == [(a, b), (a,), (b,), (c, d)]


def test_a_half_that_nobody_wants_any_more_blames_the_other_for_nothing() -> None:
    a, b, c, d = TOPICS[:4]
    search = find_culprits([a, b, c, d])
    assert search.send(None) == Trial((a, b))
    assert search.send("unwanted") == Finding("accepted", (a, b))
    assert search.send(None) == Trial((c, d))


def test_unless_told_otherwise_one_refusal_that_blames_the_request_is_proof() -> None:
    search = find_culprits([OLD])
    assert search.send(None) == Trial((OLD,))
    error = ServerError(BLAMES, "")
    assert search.send(error) == Finding("refused", (OLD,), error)
    with pytest.raises(StopIteration):
        search.send(None)


@given(st.sets(st.sampled_from(TOPICS[:-1]), min_size=1), st.integers(1, 23), st.booleans())
def test_an_unclear_answer_counts_beside_one_that_is_accepted(
    bad: set[Topic], size: int, control: bool
) -> None:
    topics = TOPICS[:size]
    # Without a control of its own the search needs a topic that is accepted in the course of it.
    sane = TOPICS[-1] if control else None
    found = Searched(topics, bad, name=UNCLEAR, clear=False, control=sane)
    if control:
        assert found.of("refused") == bad & set(topics)
        assert found.of("unknown") == set()
    assert found.of("refused") <= bad
    assert found.of("refused") | found.of("accepted") | found.of("unknown") == set(topics)
    if bad >= set(topics) and not control:
        assert found.of("unknown") == set(topics)


@given(
    st.sets(st.sampled_from(TOPICS[:8])),
    st.integers(1, 12),
    st.integers(1, 40),
    st.booleans(),
    st.booleans(),
)
def test_an_outage_during_the_search_rejects_nobody(
    bad: set[Topic], begin: int, last: int, known: bool, control: bool
) -> None:
    topics = TOPICS[:8]
    found = Searched(
        topics,
        bad,
        name=UNCLEAR,
        clear=False,
        known=topics if known else (),
        control=TOPICS[-1] if control else None,
        # At least five trials long: shorter than that it could fall between two proofs.
        outage=lambda trial: begin <= trial < begin + 5 + last,
        most=200,
    )
    assert found.of("refused") <= bad
    assert not (known and found.of("refused"))


def test_an_exchange_that_refuses_everything_is_not_asked_for_each_topic() -> None:
    found = Searched(TOPICS, TOPICS, name=UNCLEAR, clear=False)
    assert len(found.trials) == 12
    assert found.of("unknown") == set(TOPICS)
    beside = Searched(TOPICS[:5], TOPICS, name=UNCLEAR, clear=False, control=TOPICS[-1])
    assert len(beside.trials) == 1, "what is known to be accepted is tried first"
    assert beside.of("unknown") == set(TOPICS[:5])


def test_twelve_refusals_in_a_row_raise_the_question_whether_the_exchange_is_well() -> None:
    """Each time, from when it was last seen to be well."""
    found = Searched(TOPICS[:-1], TOPICS[:-1], name=UNCLEAR, clear=False, control=TOPICS[-1])
    first_look = 2 * 23 - 2  # trials: each half, down to each topic
    assert found.asked(TOPICS[-1])[:5] == [0, 13, 26, 39, first_look + 4]
    assert found.of("refused") == set(TOPICS[:-1])


def test_what_is_accepted_begins_the_row_again() -> None:
    """It also is what the exchange is known to accept, if nothing else is."""
    found = Searched(TOPICS, [], name=UNCLEAR, clear=False, outage=lambda trial: trial > 1)
    accepted, *refused, control = (trial.topics for trial in found.trials)
    assert (accepted, len(refused), control) == (tuple(TOPICS[:12]), 12, (TOPICS[0],))
    assert found.of("unknown") == set(TOPICS[12:])


def test_an_exchange_that_accepts_something_now_and_then_is_not_doubted() -> None:
    bad = TOPICS[:-1:2]
    found = Searched(TOPICS[:-1], bad, name=UNCLEAR, clear=False, control=TOPICS[-1])
    assert found.of("refused") == set(bad)
    # Before the first look, before the second one, and after each refusal in that.
    assert len(found.asked(TOPICS[-1])) == 2 + len(bad)


def test_proof_begins_the_row_again() -> None:
    found = Searched(TOPICS, TOPICS)
    assert found.of("refused") == set(TOPICS), "however many there are, it is no outage"
    # What was served before is not proved guilty by its refusal.
    proved, *served = TOPICS[:-1]
    found = Searched([proved, *served], TOPICS[:-1], known=served, control=TOPICS[-1], most=50)
    until_proof = found.asked(proved)[0] + 1
    assert found.asked(TOPICS[-1])[0] == until_proof + 12


def test_a_topic_that_was_served_before_is_set_aside_and_tried_again() -> None:
    until = 9
    found = Searched(
        TOPICS[:2],
        [],
        clear=False,
        known=TOPICS[:2],
        outage=lambda trial: trial in (2, 4) or 5 < trial < until,
    )
    assert [one.verdict for one in found.findings] == ["accepted", "aside", "accepted"]
    assert found.of("refused") == set()
    assert [trial.after for trial in found.trials if trial.after] == [30.0, 60.0, 120.0, 240.0]
    assert found.trials[-1].topics == (TOPICS[1],)


def test_what_is_set_aside_is_tried_every_ten_minutes_in_the_end() -> None:
    found = Searched(TOPICS[:2], TOPICS[1:2], clear=False, known=TOPICS[:2], most=20)
    assert found.of("aside") == {TOPICS[1]}
    assert found.trials[-1] == Trial((TOPICS[1],), 600.0)


def test_all_that_is_set_aside_is_tried_after_one_wait() -> None:
    found = Searched([*TOPICS[:2], NEWER], TOPICS[:2], clear=False, known=TOPICS[:2], most=30)
    assert found.of("aside") == set(TOPICS[:2])
    first = next(number for number, trial in enumerate(found.trials) if trial.after)
    one, other = TOPICS[:2]
    assert found.trials[first : first + 4] == [
        Trial((one,), 30.0),
        Trial((other,), 0.0),
        Trial((one,), 60.0),
        Trial((other,), 0.0),
    ]


def test_what_nobody_wants_any_more_proves_nothing() -> None:
    search = find_culprits(TOPICS[:1], clear=False)
    assert search.send(None) == Trial((TOPICS[0],))
    assert search.send("unwanted") == Finding("accepted", (TOPICS[0],))
    with pytest.raises(StopIteration):
        search.send(None)
    search = find_culprits(TOPICS[:2], clear=False)
    assert search.send(None) == Trial((TOPICS[0],))
    search.send("unwanted")
    assert search.send(None) == Trial((TOPICS[1],))
    error = ServerError(UNCLEAR, "")
    assert search.send(error) == Finding("unknown", (TOPICS[1],))


def test_only_what_is_new_is_suspect() -> None:
    old, new = Item(*OLD), Item(*NEW)
    both = {old.topic: old, new.topic: new}
    assert suspects(both, [old]) == (new.topic,)
    assert suspects(both, [old, new]) == ()
    wider = Item("orderbook", "KRW-BTC", units=30)
    assert suspects({wider.topic: wider}, [Item("orderbook", "KRW-BTC", units=5)]) == (wider.topic,)


@pytest.mark.parametrize(
    ("name", "blames"),
    [
        ("WRONG_FORMAT", True),
        ("NO_TYPE", True),
        ("NO_CODES", True),
        ("INVALID_PARAM", True),
        ("NO_TICKET", False),
        ("INVALID_AUTH", False),
        ("INTERNAL_ERROR", False),
        ("SERVER_MAINTENANCE", False),
        ("SOMETHING_NEW", False),
        ("", False),
    ],
)
def test_the_names_that_say_the_request_is_wrong(name: str, blames: bool) -> None:
    assert blames_request(name) is blames


def test_what_is_new_is_suspect_at_once_under_a_name_that_blames_it() -> None:
    refusal = after(OLD).refused(BLAMES, items(OLD, NEW), answer=True)
    assert refusal == Refusal((NEW,), clear=True)
    assert Suspicion().refused(BLAMES, items(NEW), answer=True) == Refusal((NEW,), clear=True)


def test_another_name_has_to_come_twice() -> None:
    fresh = Suspicion()
    assert fresh.refused(UNCLEAR, items(OLD, NEW), answer=True) == Refusal()
    assert fresh.refused(UNCLEAR, items(OLD, NEW), answer=True) == Refusal((OLD, NEW))


def test_what_is_served_or_undecided_makes_another_name_come_twice_again() -> None:
    suspicion = after(OLD)
    assert suspicion.refused(UNCLEAR, items(OLD, NEW), answer=True) == Refusal()
    assert suspicion.refused(UNCLEAR, items(OLD, NEW), answer=True) == Refusal((NEW,))
    suspicion.undecided()
    assert suspicion.refused(UNCLEAR, items(OLD, NEW), answer=True) == Refusal()
    suspicion.serves(items(OLD).values())
    assert suspicion.refused(UNCLEAR, items(OLD, NEW), answer=True) == Refusal()
    suspicion.serves(())
    assert suspicion.refused(UNCLEAR, items(OLD, NEW), answer=True) == Refusal((NEW,))


def test_what_was_never_served_and_stands_alone_cannot_be_told_from_an_outage() -> None:
    suspicion = Suspicion()
    for _ in range(20):
        assert suspicion.refused(UNCLEAR, items(NEW), answer=True) == Refusal()
    assert suspicion.refused(UNCLEAR, items(NEW, NEWER), answer=True) == Refusal((NEW, NEWER))


def test_what_was_accepted_is_no_suspect_whatever_the_name() -> None:
    suspicion = after(OLD, NEW)
    for _ in range(50):
        assert suspicion.refused(UNCLEAR, items(OLD, NEW), answer=True) == Refusal()
    alone = after(OLD)
    for _ in range(50):
        assert alone.refused(BLAMES, items(OLD), answer=True) == Refusal()


def test_a_name_that_blames_the_request_again_and_again_makes_even_old_topics_suspect() -> None:
    suspicion = after(OLD, NEW)
    for _ in range(9):
        assert suspicion.refused(BLAMES, items(OLD, NEW), answer=True) == Refusal()
    assert suspicion.refused(BLAMES, items(OLD, NEW), answer=True) == Refusal((OLD, NEW))


def test_who_comes_during_an_outage_is_not_blamed_for_it() -> None:
    suspicion = after(OLD)
    suspicion.refused(BLAMES, items(OLD), answer=True)
    assert suspicion.refused(BLAMES, items(OLD, NEW), answer=True) == Refusal((NEW,), clear=False)
    suspicion.undecided()
    assert suspicion.refused(BLAMES, items(OLD, NEW), answer=True) == Refusal()
    suspicion.serves(items(OLD).values())
    assert suspicion.refused(BLAMES, items(OLD, NEW), answer=True) == Refusal((NEW,), clear=True)


def test_an_error_out_of_the_blue_is_about_no_request() -> None:
    suspicion = after(OLD)
    for _ in range(3):
        assert suspicion.refused(BLAMES, items(OLD, NEW), answer=False) == Refusal()
    assert suspicion.refused(UNCLEAR, items(OLD, NEW), answer=True) == Refusal()
