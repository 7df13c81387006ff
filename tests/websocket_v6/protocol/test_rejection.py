"""Finding the culprits of a rejected request."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from websocket_v6.protocol.ledger import Topic
from websocket_v6.protocol.rejection import find_culprits, suspects
from websocket_v6.protocol.requests import Item

TOPICS = [("ticker", f"KRW-C{n}") for n in range(24)]


@given(st.sets(st.sampled_from(TOPICS), min_size=1), st.integers(1, 24))
def test_exactly_the_culprits_are_found(bad: set[tuple[str, str]], size: int) -> None:
    topics = tuple(TOPICS[:size])
    guilty = bad & set(topics)
    trials = 0

    search = find_culprits(topics)
    found: set[Topic] = set()
    trial = next(search, None)
    while trial is not None:
        trials += 1
        try:
            trial = search.send(not guilty & set(trial))
        except StopIteration as end:
            trial, found = None, end.value
    assert found == guilty
    assert trials <= 2 * size


def test_only_what_is_new_is_suspect() -> None:
    old, new = Item("ticker", "KRW-BTC"), Item("ticker", "KRW-ETH")
    items = {old.topic: old, new.topic: new}
    assert suspects(items, [old]) == (new.topic,)
    assert suspects(items, [old, new]) == (old.topic, new.topic)
    wider = Item("orderbook", "KRW-BTC", units=30)
    assert suspects({wider.topic: wider}, [Item("orderbook", "KRW-BTC", units=5)]) == (wider.topic,)
