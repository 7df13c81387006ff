"""One run against what the exchange sent."""

from __future__ import annotations

from compat_v5.parity.exchange_record import against_exchange, record_exchange
from compat_v5.parity.verdict import Kind
from tests.compat_v5.parity.streams import recording, stream, ticker

SENT = [ticker(number) for number in range(100)]
TRUTH = {("ticker", "KRW-BTC"): stream(SENT)}


def faults(frames: list[dict[str, object]], truth: object = None) -> list[tuple[Kind, int]]:
    found = against_exchange(recording("after", frames), truth or TRUTH)
    return [(item.kind, item.count) for item in found]


class TestNoFault:
    def test_everything_arrived(self) -> None:
        assert faults(SENT) == []

    def test_subscribed_later_and_stopped_earlier(self) -> None:
        assert faults(SENT[20:70]) == []

    def test_a_time_without_a_subscription(self) -> None:
        assert faults(SENT[:30] + SENT[60:]) == []

    def test_two_components_share_the_name_of_a_callback(self) -> None:
        assert faults([frame for frame in SENT for _ in range(2)]) == []

    def test_snapshots_are_no_part_of_the_sequence(self) -> None:
        assert faults([ticker(50, stream_type="SNAPSHOT"), *SENT]) == []

    def test_a_topic_the_exchange_kept_no_record_of(self) -> None:
        assert faults([frame | {"type": "myOrder"} for frame in SENT]) == []

    def test_another_number_of_units_in_an_order_book(self) -> None:
        books = [frame | {"type": "orderbook"} for frame in SENT]
        truth = {("orderbook", "KRW-BTC"): stream(books)}
        assert faults([book | {"trade_price": 0.0} for book in books], truth) == []


class TestFaults:
    def test_single_frames_lost(self) -> None:
        assert faults([f for n, f in enumerate(SENT) if n % 20 != 10]) == [(Kind.MISSING, 5)]

    def test_order(self) -> None:
        assert faults([*SENT[:5], SENT[6], SENT[5], *SENT[7:]]) == [(Kind.OUT_OF_ORDER, 1)]

    def test_keys(self) -> None:
        assert faults([frame | {"odd": 1} for frame in SENT]) == [(Kind.KEYS, 100)]

    def test_values(self) -> None:
        changed = [*SENT[:5], ticker(5, trade_price=0.0), *SENT[6:]]
        assert faults(changed) == [(Kind.VALUES, 1)]

    def test_a_frame_the_exchange_never_sent(self) -> None:
        assert faults([*SENT[:5], ticker(5000), *SENT[5:]]) == [(Kind.MISSING, 1)]


async def test_the_record_is_the_same_every_time_and_as_long_as_asked() -> None:
    counts = {("ticker", "KRW-BTC"): 20, ("trade", "KRW-ETH"): 30, ("trade", "KRW-BTC"): 0}
    first, second = await record_exchange(counts, seed=3), await record_exchange(counts, seed=3)
    assert first == second
    assert {pair: len(frames) for pair, frames in first.items()} == {
        ("ticker", "KRW-BTC"): 20,
        ("trade", "KRW-ETH"): 30,
    }
    assert await record_exchange(counts, seed=4) != first
