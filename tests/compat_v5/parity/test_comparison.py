"""The pure comparison: what is the same, and each kind of difference by its name."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compat_v5.parity.comparison import compare, payload_changes
from compat_v5.parity.received import Recording, Topic
from compat_v5.parity.verdict import Kind, Verdict
from tests.compat_v5.parity.streams import recording, stream, ticker

TOPIC = Topic("ticker", "KRW-BTC")
FRAMES = [ticker(number) for number in range(300)]


def against(changed: list[dict[str, object]], **rest: object) -> Verdict:
    return compare(recording("v5", FRAMES), recording("v6", changed), **rest)  # type: ignore[arg-type]


def only(verdict: Verdict) -> tuple[Kind, str, int]:
    """The single difference of *verdict*."""
    assert len(verdict.differences) == 1, verdict.differences
    found = verdict.differences[0]
    return found.kind, found.side, found.count


class TestSame:
    def test_equal_streams(self) -> None:
        verdict = against(FRAMES, at_least=300)
        assert verdict.same
        assert verdict.differences == ()
        assert verdict.topics[0].compared == 300

    def test_one_side_subscribed_later(self) -> None:
        assert against(FRAMES[40:]).same
        assert compare(recording("v5", FRAMES[40:]), recording("v6", FRAMES)).same

    def test_one_side_stopped_earlier_by_itself(self) -> None:
        right = recording("v6", FRAMES[:200], ended_itself=True)
        assert compare(recording("v5", FRAMES), right).same

    def test_the_exchange_repeats_a_frame_to_both(self) -> None:
        repeated = [*FRAMES[:5], FRAMES[4], *FRAMES[5:]]
        assert compare(recording("v5", repeated), recording("v6", repeated)).same

    def test_two_frames_share_a_timestamp(self) -> None:
        twins = [ticker(1, trade_price=1.0), ticker(1, trade_price=2.0)]
        assert compare(recording("v5", twins), recording("v6", twins)).same

    def test_snapshots_with_other_values(self) -> None:
        left = [ticker(0, stream_type="SNAPSHOT"), *FRAMES]
        right = [ticker(9, stream_type="SNAPSHOT"), *FRAMES]
        assert compare(recording("v5", left), recording("v6", right)).same

    def test_a_topic_of_snapshots_alone(self) -> None:
        snapshot = [ticker(0, stream_type="SNAPSHOT")]
        assert compare(recording("v5", snapshot), recording("v6", snapshot)).same


class TestDifferent:
    def test_only_a_snapshot_where_the_other_side_streams(self) -> None:
        snapshot = ticker(0, stream_type="SNAPSHOT")
        left = recording("v5", [snapshot, *FRAMES])
        assert only(compare(left, recording("v6", [snapshot]))) == (Kind.MISSING, "v6", 300)

    def test_every_100th_frame_dropped(self) -> None:
        verdict = against([f for n, f in enumerate(FRAMES) if n % 100 != 50])
        assert only(verdict) == (Kind.MISSING, "v6", 3)
        assert "3 of 300 frames are missing (every 100th)" in verdict.differences[0].detail
        assert " >>    50  1050" in "\n".join(verdict.differences[0].context)

    def test_frames_only_the_right_side_got(self) -> None:
        verdict = compare(recording("v5", FRAMES[:7] + FRAMES[8:]), recording("v6", FRAMES))
        assert only(verdict) == (Kind.MISSING, "v5", 1)

    def test_a_key_renamed(self) -> None:
        renamed = [
            {("price" if key == "trade_price" else key): value for key, value in frame.items()}
            for frame in FRAMES
        ]
        verdict = against(renamed)
        assert only(verdict) == (Kind.KEYS, "v6", 300)
        assert "lacks trade_price and has price in addition" in verdict.differences[0].detail

    def test_the_key_that_identifies_frames_renamed(self) -> None:
        renamed = [
            {("ts" if key == "timestamp" else key): value for key, value in frame.items()}
            for frame in FRAMES
        ]
        verdict = against(renamed)
        assert only(verdict)[0] is Kind.KEYS
        assert "lacks timestamp and has ts in addition" in verdict.differences[0].detail

    def test_two_frames_swapped(self) -> None:
        swapped = [*FRAMES[:10], FRAMES[11], FRAMES[10], *FRAMES[12:]]
        assert only(against(swapped)) == (Kind.OUT_OF_ORDER, "v6", 1)

    @pytest.mark.parametrize("where", [0, 299])
    def test_swapped_at_either_end(self, where: int) -> None:
        swapped = list(FRAMES)
        other = 1 if where == 0 else where - 1
        swapped[where], swapped[other] = swapped[other], swapped[where]
        assert only(against(swapped)) == (Kind.OUT_OF_ORDER, "v6", 1)

    def test_a_number_changed(self) -> None:
        changed = [*FRAMES[:20], ticker(20, trade_price=1.0), *FRAMES[21:]]
        verdict = against(changed)
        assert only(verdict) == (Kind.VALUES, "v6", 1)
        assert "trade_price: 120.0 became 1.0" in verdict.differences[0].detail

    def test_the_number_that_identifies_a_frame_changed(self) -> None:
        changed = [*FRAMES[:20], FRAMES[20] | {"timestamp": 5}, *FRAMES[21:]]
        verdict = against(changed)
        assert only(verdict) == (Kind.VALUES, "v6", 1)
        assert "timestamp: 1020 became 5" in verdict.differences[0].detail

    def test_two_frames_of_the_feed_are_not_one(self) -> None:
        """Each side lost another one of two neighbours."""
        left, right = [*FRAMES[:20], *FRAMES[21:]], [*FRAMES[:21], *FRAMES[22:]]
        verdict = compare(recording("v5", left), recording("v6", right))
        assert {(d.kind, d.side, d.count) for d in verdict.differences} == {
            (Kind.MISSING, "v5", 1),
            (Kind.MISSING, "v6", 1),
        }

    @pytest.mark.parametrize("early", ["v5", "v6"])
    def test_one_side_subscribed_earlier_and_lost_the_others_first_frame(self, early: str) -> None:
        late = "v6" if early == "v5" else "v5"
        sides = {early: [FRAMES[0], *FRAMES[2:]], late: FRAMES[1:]}
        verdict = compare(recording("v5", sides["v5"]), recording("v6", sides["v6"]))
        assert only(verdict) == (Kind.MISSING, early, 1)

    @pytest.mark.parametrize("longer", ["v5", "v6"])
    def test_one_side_stopped_later_and_lost_the_others_last_frame(self, longer: str) -> None:
        shorter = "v6" if longer == "v5" else "v5"
        sides = {longer: [*FRAMES[:298], FRAMES[299]], shorter: FRAMES[:299]}
        verdict = compare(
            recording("v5", sides["v5"], ended_itself=True), recording("v6", sides["v6"])
        )
        assert only(verdict) == (Kind.MISSING, longer, 1)

    def test_an_integer_where_a_float_was(self) -> None:
        verdict = against([frame | {"trade_price": 100} for frame in FRAMES])
        assert only(verdict)[0] is Kind.VALUES

    def test_the_callback_called_twice(self) -> None:
        verdict = against([frame for frame in FRAMES for _ in range(2)])
        assert only(verdict) == (Kind.DUPLICATED, "v6", 300)
        assert "300 of 600 deliveries repeat a frame" in verdict.differences[0].detail

    def test_a_second_socket(self) -> None:
        left = recording("v5", FRAMES, sockets={"public": 4})
        right = recording("v6", FRAMES, sockets={"public": 2})
        verdict = compare(left, right, right_sockets={"public": 1})
        assert only(verdict) == (Kind.SOCKETS, "v6", 2)

    def test_no_frame_of_an_expected_topic(self) -> None:
        other = Topic("trade", "KRW-BTC")
        left = recording("v5", FRAMES, expected=(TOPIC, other))
        verdict = compare(left, recording("v6", FRAMES, expected=(TOPIC, other)))
        assert {(d.kind, d.side, d.topic) for d in verdict.differences} == {
            (Kind.SILENT, "v5", other),
            (Kind.SILENT, "v6", other),
        }

    def test_fewer_frames_than_asked_for(self) -> None:
        right = recording("v6", FRAMES[:90], ended_itself=True)
        assert only(compare(recording("v5", FRAMES), right, at_least=200)) == (
            Kind.SHORT,
            "v6",
            90,
        )

    def test_a_side_that_listened_to_the_end_lacks_the_end(self) -> None:
        assert only(against(FRAMES[:290])) == (Kind.MISSING, "v6", 10)

    def test_a_snapshot_only_one_side_got(self) -> None:
        left = recording("v5", [ticker(0, stream_type="SNAPSHOT"), *FRAMES])
        assert only(compare(left, recording("v6", FRAMES))) == (Kind.SNAPSHOT, "v6", 1)

    def test_a_snapshot_with_other_keys(self) -> None:
        left = recording("v5", [ticker(0, stream_type="SNAPSHOT"), *FRAMES])
        right = recording("v6", [ticker(0, stream_type="SNAPSHOT", odd=1), *FRAMES])
        verdict = compare(left, right)
        assert only(verdict) == (Kind.SNAPSHOT, "v6", 1)
        assert "v6 has odd in addition" in verdict.differences[0].detail

    def test_a_side_that_failed(self) -> None:
        broken = Recording("v5", (), problems=("connect() raised OSError",), expected=(TOPIC,))
        verdict = compare(broken, recording("v6", FRAMES))
        assert only(verdict) == (Kind.FAILED, "v5", 1)  # its silence needs no words of its own


def test_values_of_private_frames_are_not_shown() -> None:
    frames = [ticker(n, type="myOrder", price=5.0) for n in range(3)]
    changed = [frames[0], frames[1] | {"price": 6.0}, frames[2]]
    verdict = compare(recording("v5", frames), recording("v6", changed))
    assert only(verdict)[0] is Kind.VALUES
    text = json.dumps(verdict.to_json())
    assert "first: price" in text
    assert "6.0" not in text


def test_an_envelope_is_mentioned_in_the_notes() -> None:
    left = Recording("v5", stream(FRAMES, "symbol, data_type, envelope"))
    verdict = compare(left, recording("v6", FRAMES))
    assert verdict.same
    assert verdict.notes == ("v5 delivers the frame inside the legacy envelope: unwrapped",)


def test_changes_are_named_by_their_path() -> None:
    left = {"units": [{"ask": 1, "bid": 2}], "code": "A"}
    right = {"units": [{"ask": 1, "bid": 3}], "kind": "A"}
    assert payload_changes(left, right) == [
        ("code", "A", None),
        ("kind", None, "A"),
        ("units[0].bid", 2, 3),
    ]


@given(
    dropped=st.sets(st.integers(1, 58), max_size=10),
    repeated=st.sets(st.integers(1, 58), max_size=10),
)
def test_what_was_dropped_and_repeated_is_counted_exactly(
    dropped: set[int], repeated: set[int]
) -> None:
    frames = FRAMES[:60]
    changed = [
        frame
        for number, frame in enumerate(frames)
        if number not in dropped
        for _ in range(2 if number in repeated else 1)
    ]
    result = compare(recording("v5", frames), recording("v6", changed)).topics[0]
    assert result.missing == (0, len(dropped))
    assert result.duplicated == (0, len(repeated - dropped))
    assert result.out_of_order == 0


@given(st.permutations(range(12)))
def test_any_other_order_is_noticed(order: list[int]) -> None:
    frames = FRAMES[:12]
    verdict = compare(recording("v5", frames), recording("v6", [frames[n] for n in order]))
    assert verdict.same == (order == sorted(order))
    assert {d.kind for d in verdict.differences} <= {Kind.OUT_OF_ORDER}
