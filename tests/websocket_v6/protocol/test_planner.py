from __future__ import annotations

import inspect

import pytest
from hypothesis import given
from hypothesis import strategies as st

from websocket_v6.protocol import planner
from websocket_v6.protocol.ledger import Ledger
from websocket_v6.protocol.planner import TRANSIT, Need, Plan, Wire, is_carried, need, plan
from websocket_v6.protocol.requests import Item
from websocket_v6.subscription import Options, StreamMode

BTC, ETH = ("ticker", "KRW-BTC"), ("ticker", "KRW-ETH")
BOOK = ("orderbook", "KRW-BTC")
LIVE = Options(StreamMode.ONLY_REALTIME)


def agreed(data_type: str = "ticker", options: Options = LIVE) -> tuple[Ledger, Wire]:
    ledger, wire = Ledger(), Wire()
    ledger.add("a", data_type, ["KRW-BTC"], options)
    wire.sent(ledger.items())
    return ledger, wire


def test_nothing_wanted_is_no_request() -> None:
    assert plan(Ledger(), Wire()) is None
    assert plan(Ledger(), Wire({BTC: Item(*BTC)})) is None


def test_a_new_socket_asks_for_every_snapshot() -> None:
    ledger = Ledger()
    ledger.add("a", "ticker", ["KRW-BTC"], LIVE)
    assert plan(ledger, Wire()) == Plan({BTC: Item(*BTC, snapshot=True)}, urgent=True)


def test_agreement_needs_nothing() -> None:
    assert plan(*agreed()) is None
    assert plan(*agreed(options=Options())) is None
    assert plan(*agreed("myOrder", Options())) is None


def test_a_new_code_is_urgent_and_named_with_the_others() -> None:
    ledger, wire = agreed()
    ledger.add("b", "ticker", ["KRW-ETH"], LIVE)
    wanted = plan(ledger, wire)
    assert wanted is not None
    assert wanted.urgent
    assert set(wanted.items) == {BTC, ETH}


def test_a_code_nobody_wants_can_wait() -> None:
    ledger, wire = agreed()
    ledger.add("b", "ticker", ["KRW-ETH"], LIVE)
    wire.sent(ledger.items())
    ledger.remove("b")
    wanted = plan(ledger, wire)
    assert wanted == Plan(ledger.items(), urgent=False)


def test_a_debt_is_asked_for_until_its_snapshot_is_on_the_way() -> None:
    ledger, wire = agreed()
    ledger.add("b", "ticker", ["KRW-BTC"], Options())
    wanted = plan(ledger, wire)
    assert wanted is not None
    assert wanted.urgent
    wire.sent(wanted.items)
    assert wire.awaited == {BTC}
    assert plan(ledger, wire) is None
    wire.arrived(BTC)
    assert plan(ledger, wire) is not None, "it came and was not collected"
    ledger.collect(BTC)
    assert plan(ledger, wire) is None


def test_private_topics_have_no_snapshot_to_wait_for() -> None:
    _, wire = agreed("myOrder", Options())
    assert wire.awaited == set()


def test_a_stream_beside_a_snapshot_is_urgent_and_its_end_is_not() -> None:
    ledger, wire = agreed(options=Options(StreamMode.ONLY_SNAPSHOT))
    ledger.add("b", "ticker", ["KRW-BTC"], LIVE)
    wanted = plan(ledger, wire)
    assert wanted is not None
    assert wanted.urgent
    wire.sent(wanted.items)
    ledger.remove("b")
    assert plan(ledger, wire) == Plan(ledger.items(), urgent=False)


def test_more_units_are_urgent_and_fewer_are_not() -> None:
    ledger, wire = agreed("orderbook", Options(StreamMode.ONLY_REALTIME, units=5))
    ledger.add("b", "orderbook", ["KRW-BTC"], Options(StreamMode.ONLY_REALTIME, units=15))
    wanted = plan(ledger, wire)
    assert wanted is not None
    assert wanted.urgent
    wire.sent(wanted.items)
    assert plan(ledger, wire) is None
    ledger.remove("b")
    assert plan(ledger, wire) == Plan(ledger.items(), urgent=False)
    ledger.add("c", "orderbook", ["KRW-BTC"], LIVE)
    assert plan(ledger, Wire({BOOK: Item(*BOOK)})) is None, "none named is thirty"


def test_another_level_is_urgent() -> None:
    ledger, wire = agreed("orderbook", Options(StreamMode.ONLY_REALTIME, level=1000))
    assert plan(ledger, wire) is None
    ledger.remove("a")
    ledger.add("b", "orderbook", ["KRW-BTC"], LIVE)
    wanted = plan(ledger, wire)
    assert wanted is not None
    assert wanted.urgent


def test_what_the_exchange_lost_is_asked_for_again() -> None:
    ledger, wire = agreed(options=Options())
    wire.lost({BTC})
    assert wire.items == {}
    assert wire.awaited == set()
    wanted = plan(ledger, wire)
    assert wanted is not None
    assert wanted.urgent
    unsent = Wire()
    unsent.lost({BTC})
    assert unsent.items is None


def test_a_wire_keeps_its_own_copy() -> None:
    items = {BTC: Item(*BTC)}
    wire = Wire()
    wire.sent(items)
    items.clear()
    assert wire.items == {BTC: Item(*BTC)}


def test_a_want_is_carried_when_its_own_topics_are_on_the_wire() -> None:
    ledger, wire = agreed(options=Options())
    mine, other = ledger.get("a"), ledger.add("b", "ticker", ["KRW-ETH"], LIVE)
    assert mine is not None
    assert is_carried(ledger, wire, mine)
    assert not is_carried(ledger, wire, other)
    assert not is_carried(ledger, Wire(), mine), "nothing was sent yet"
    ledger.quarantine([ETH])
    assert is_carried(ledger, wire, other), "no request is to name it"


def book_wire(*units: int | None) -> Wire:
    wire = Wire()
    for second, size in enumerate(units):
        wire.sent({BOOK: Item(*BOOK, units=size)}, float(second))
    return wire


def test_a_book_as_long_as_was_asked_for_until_now_may_be_cut() -> None:
    wire = book_wire(5, 30)
    assert wire.may_be_cut(BOOK, 5, 30, 1.0 + TRANSIT - 0.01)
    assert wire.may_be_cut(BOOK, 5, None, 1.0)
    assert not wire.may_be_cut(BOOK, 5, 5, 1.0)
    assert not wire.may_be_cut(BOOK, 5, 30, 1.0 + TRANSIT), "no such frame is on its way any more"
    assert wire.may_be_cut(("orderbook", "KRW-ETH"), 5, 30, 1.0) is False


def test_a_book_of_another_length_is_all_there_is() -> None:
    assert not book_wire(5, 30).may_be_cut(BOOK, 4, 30, 1.0)
    assert not book_wire(5, 30).may_be_cut(BOOK, 7, 30, 1.0)
    assert not book_wire(30).may_be_cut(BOOK, 5, 30, 0.0)


def test_a_book_that_nobody_has_asked_for_is_waited_for() -> None:
    assert book_wire(5).may_be_cut(BOOK, 5, 30, 1000.0)
    wire = book_wire(15, 5)
    assert wire.may_be_cut(BOOK, 15, 30, 1.0)
    wire.sent({}, 2.0)
    assert not wire.may_be_cut(BOOK, 5, 30, 2.0 + TRANSIT)


def test_no_frame_of_a_replaced_request_is_on_its_way_after_two_seconds() -> None:
    wire = book_wire(5, 30)
    assert wire.may_be_cut(BOOK, 5, 30, 2.99)
    assert not wire.may_be_cut(BOOK, 5, 30, 3.0)


def test_a_request_of_unknown_time_was_replaced_long_ago() -> None:
    wire = Wire()
    wire.sent({BOOK: Item(*BOOK, units=5)})
    assert wire.may_be_cut(BOOK, 5, 30, 0.0), "in force"
    wire.sent({BOOK: Item(*BOOK, units=15)})
    assert not wire.may_be_cut(BOOK, 5, 30, 0.0)
    assert wire.may_be_cut(BOOK, 15, 30, 0.0)


def test_a_later_request_does_not_put_an_older_one_on_its_way_again() -> None:
    wire = book_wire(5, 30, 15)
    assert wire.may_be_cut(BOOK, 5, 30, 2.5)
    assert not wire.may_be_cut(BOOK, 5, 30, 1.0 + TRANSIT), "replaced at 1, whatever came at 2"


def test_a_size_that_is_asked_for_again_is_in_force_again() -> None:
    wire = book_wire(5, 30, 5)
    assert wire.may_be_cut(BOOK, 5, 30, 1000.0)
    wire.sent({BOOK: Item(*BOOK, units=15)}, 1000.0)
    assert wire.may_be_cut(BOOK, 5, 30, 1001.0)
    assert not wire.may_be_cut(BOOK, 5, 30, 1000.0 + TRANSIT)


def test_a_complete_book_is_no_cut_one() -> None:
    wire = book_wire(30, 5)
    assert wire.may_be_cut(BOOK, 30, 30, 1.0) is False
    assert wire.may_be_cut(BOOK, 30, None, 1.0) is False


@given(
    history=st.lists(
        st.tuples(st.sampled_from([None, 0, 1, 5, 15, 30, 40]), st.floats(0.0, 3.0)), max_size=6
    ),
    levels=st.sampled_from([1, 5, 15, 30, 40]),
    units=st.sampled_from([None, 5, 15, 30, 40, 50]),
)
def test_what_may_be_cut_follows_from_all_that_was_sent(
    history: list[tuple[int | None, float]], levels: int, units: int | None
) -> None:
    """The whole history, each with the time until the next: no book (0), or one of so many units."""
    wire, now = Wire(), 0.0
    in_force: list[tuple[int, float, float]] = []
    for size, seconds in history:
        items = {ETH: Item(*ETH)} if size == 0 else {BOOK: Item(*BOOK, units=size)}
        wire.sent(items, now)
        in_force.append((30 if size is None else size, now, now + seconds))
        now += seconds
    expected = levels < (units or 30) and any(
        size == levels and (number == len(in_force) - 1 or now < replaced + TRANSIT)
        for number, (size, _, replaced) in enumerate(in_force)
    )
    assert wire.may_be_cut(BOOK, levels, units, now) is expected


def test_a_replaced_size_is_over_also_beyond_the_usual_ones() -> None:
    wire = book_wire(30, 5)
    assert wire.may_be_cut(BOOK, 30, 40, 1.0)
    assert not wire.may_be_cut(BOOK, 30, 40, 1.0 + TRANSIT)


def test_wires_are_equal_when_the_same_is_on_them_however_it_came_there() -> None:
    ledger, wire = agreed("orderbook", Options(StreamMode.ONLY_REALTIME, units=5))
    ledger.add("b", "orderbook", ["KRW-BTC"], LIVE)
    assert need(ledger, wire) is Need.ADDITION
    wire.sent(ledger.items(), 1.0)
    assert wire == Wire(ledger.items())
    assert wire != Wire(ledger.items(), {BOOK})


def test_a_wire_is_made_of_and_shows_what_is_on_it() -> None:
    assert list(inspect.signature(Wire).parameters) == ["items", "awaited"]
    assert repr(book_wire()) == "Wire(items=None, awaited=set())"


def assert_need(ledger: Ledger, wire: Wire, expected: Need) -> None:
    """Looking at what has changed finds what looking at everything on a new wire finds."""
    assert need(ledger, wire) is expected
    assert wire.items is not None
    everything = Wire(dict(wire.items), set(wire.awaited))
    assert need(ledger, everything) is expected
    assert wire.differences.adds == everything.differences.adds
    assert wire.differences.takes_away == everything.differences.takes_away


def test_a_code_that_is_wanted_again_is_not_taken_away() -> None:
    ledger, wire = agreed()
    ledger.add("b", "ticker", ["KRW-ETH"], LIVE)
    wire.sent(ledger.items())
    assert_need(ledger, wire, Need.NOTHING)
    ledger.remove("b")
    assert_need(ledger, wire, Need.REMOVAL)
    ledger.add("c", "ticker", ["KRW-ETH"], LIVE)
    assert_need(ledger, wire, Need.NOTHING)


def test_a_code_that_is_given_up_before_it_was_sent_is_not_added() -> None:
    ledger, wire = agreed()
    assert_need(ledger, wire, Need.NOTHING)
    ledger.add("b", "ticker", ["KRW-ETH"], LIVE)
    assert_need(ledger, wire, Need.ADDITION)
    ledger.remove("b")
    assert_need(ledger, wire, Need.NOTHING)


def test_a_request_settles_what_was_to_be_added_and_is_wanted_no_more() -> None:
    ledger, wire = agreed()
    ledger.add("b", "ticker", ["KRW-ETH"], LIVE)
    assert_need(ledger, wire, Need.ADDITION)
    ledger.remove("b")
    wire.sent(ledger.items())
    assert_need(ledger, wire, Need.NOTHING)


def test_a_request_settles_what_was_to_be_taken_away() -> None:
    ledger, wire = agreed()
    ledger.add("b", "ticker", ["KRW-ETH"], LIVE)
    wire.sent(ledger.items())
    ledger.remove("b")
    assert_need(ledger, wire, Need.REMOVAL)
    wire.sent(ledger.items())
    assert_need(ledger, wire, Need.NOTHING)


def test_what_is_lost_after_a_comparison_is_found() -> None:
    ledger, wire = agreed()
    assert_need(ledger, wire, Need.NOTHING)
    wire.lost({BTC})
    assert_need(ledger, wire, Need.ADDITION)


def test_another_ledger_is_compared_from_the_start() -> None:
    ledger, wire = agreed()
    assert_need(ledger, wire, Need.NOTHING)
    other = Ledger()
    other.add("a", "ticker", ["KRW-ETH"], LIVE)
    assert other.version == ledger.version, "nor does the version tell them apart"
    assert_need(other, wire, Need.ADDITION)
    assert_need(ledger, wire, Need.NOTHING)


def test_what_was_changed_past_the_wire_is_found_once_comparisons_are_forgotten() -> None:
    ledger, wire = agreed(options=Options())
    assert_need(ledger, wire, Need.NOTHING)
    wire.awaited.clear()
    wire.differences.forget()
    assert_need(ledger, wire, Need.ADDITION)


def test_an_arrival_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[Item] = []
    compare = planner._adds

    def noting(item: Item, wire: Wire) -> bool:
        compared.append(item)
        return compare(item, wire)

    ledger, wire = agreed(options=Options())
    ledger.add("b", "ticker", ["KRW-ETH"], Options())
    wire.sent(ledger.items())
    assert_need(ledger, wire, Need.NOTHING)
    monkeypatch.setattr(planner, "_adds", noting)
    for topic in (BTC, ETH):
        wire.arrived(topic)
        ledger.collect(topic)
        compared.clear()
        assert need(ledger, wire) is Need.NOTHING
        assert [item.topic for item in compared] == [topic]
    compared.clear()
    assert need(ledger, wire) is Need.NOTHING
    assert compared == []


def comparisons(monkeypatch: pytest.MonkeyPatch, count: int) -> int:
    """How often a topic is compared while so many join, one after another, and leave again."""
    compared = 0
    compare = planner._adds

    def counting(item: Item, wire: Wire) -> bool:
        nonlocal compared
        compared += 1
        return compare(item, wire)

    ledger, wire = agreed()
    assert need(ledger, wire) is Need.NOTHING
    with monkeypatch.context() as patch:
        patch.setattr(planner, "_adds", counting)
        wants = [ledger.add(f"w{n}", "ticker", [f"KRW-A{n}"], Options()) for n in range(count)]
        for want in wants:
            assert not is_carried(ledger, wire, want)
            assert need(ledger, wire) is Need.ADDITION
        wire.sent(ledger.items())
        for want in wants:
            topic = "ticker", *want.codes
            wire.arrived(topic)
            assert ledger.collect(topic) == (want,)
            ledger.remove(want.key)
            assert need(ledger, wire) is Need.REMOVAL
    return compared


def test_what_joining_costs_does_not_grow_with_those_who_are_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert comparisons(monkeypatch, 400) <= 2 * comparisons(monkeypatch, 200) + 10


def test_more_changes_than_are_remembered_are_found_all_the_same() -> None:
    ledger, wire = agreed()
    assert need(ledger, wire) is Need.NOTHING
    for number in range(2000):
        ledger.add("b", "ticker", [f"KRW-A{number}"], LIVE)
        ledger.remove("b")
    assert need(ledger, wire) is Need.NOTHING
    ledger.add("b", "ticker", ["KRW-ETH"], LIVE)
    assert need(ledger, wire) is Need.ADDITION
