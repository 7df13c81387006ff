from __future__ import annotations

from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from websocket_v6.protocol.ledger import Ledger, Topic
from websocket_v6.protocol.requests import Item
from websocket_v6.subscription import PRIVATE_TYPES, Options, StreamMode

STREAM = Options()
ONCE = Options(StreamMode.ONLY_SNAPSHOT)
LIVE = Options(StreamMode.ONLY_REALTIME)
BTC, ETH = ("ticker", "KRW-BTC"), ("ticker", "KRW-ETH")
BOOK = ("orderbook", "KRW-BTC")
BTC_ALONE = ("ticker", ["KRW-BTC"])


def test_an_empty_ledger() -> None:
    ledger = Ledger()
    assert not ledger
    assert "a" not in ledger
    assert ledger.get("a") is None
    assert ledger.topics() == set()
    assert ledger.items() == {}
    assert ledger.holders(BTC) == ()
    assert ledger.level(BTC) is None
    assert ledger.item(BTC) is None
    assert not ledger.has_items
    assert ledger.collect(BTC) == ()
    assert not ledger.is_owed(BTC)
    assert ledger.remove("a") == ()
    assert ledger.version == 0
    assert ledger.changed_since(0) == []


def test_a_want_holds_its_topics_and_is_owed_their_snapshots() -> None:
    ledger = Ledger()
    want = ledger.add("a", "ticker", ["KRW-BTC", "KRW-ETH"], STREAM)
    assert ledger
    assert "a" in ledger
    assert list(ledger) == [want]
    assert ledger.get("a") is want
    assert (want.key, want.data_type, want.options) == ("a", "ticker", STREAM)
    assert list(want.codes) == ["KRW-BTC", "KRW-ETH"]
    assert ledger.topics() == {BTC, ETH}
    assert ledger.holders(BTC) == (want,)
    assert want.owed == {"KRW-BTC", "KRW-ETH"}


def test_who_is_owed_nothing() -> None:
    ledger = Ledger()
    assert ledger.add("live", "ticker", ["KRW-BTC"], LIVE).owed == set()
    assert ledger.add("private", "myOrder", ["*"], STREAM).owed == set()
    served = ledger.add("served", "ticker", ["KRW-BTC", "KRW-ETH"], STREAM, served=["KRW-BTC"])
    assert served.owed == {"KRW-ETH"}


def test_a_debt_ends_when_it_is_collected() -> None:
    ledger = Ledger()
    first = ledger.add("a", "ticker", ["KRW-BTC"], STREAM)
    ledger.add("b", "ticker", ["KRW-BTC"], LIVE)
    third = ledger.add("c", "ticker", ["KRW-BTC", "KRW-ETH"], ONCE)
    assert ledger.is_owed(BTC)
    assert ledger.collect(BTC) == (first, third)
    assert not ledger.is_owed(BTC)
    assert ledger.is_owed(ETH)
    assert ledger.collect(BTC) == ()


def test_topics_go_with_their_last_holder() -> None:
    ledger = Ledger()
    ledger.add("a", "ticker", ["KRW-BTC", "KRW-ETH"], STREAM)
    ledger.add("b", "ticker", ["KRW-BTC"], STREAM)
    assert ledger.remove("a", ["KRW-XRP"]) == ()
    assert ledger.remove("a", ["KRW-XRP", "KRW-ETH"]) == (ETH,)
    want = ledger.get("a")
    assert want is not None
    assert want.owed == {"KRW-BTC"}
    assert ledger.remove("a") == ()
    assert "a" not in ledger
    assert ledger.remove("b") == (BTC,)
    assert not ledger
    assert ledger.topics() == set()


def test_a_new_connection_renews_the_debts_of_streams_alone() -> None:
    ledger = Ledger()
    for key, data_type, options in (
        ("stream", "ticker", STREAM),
        ("once", "ticker", ONCE),
        ("live", "ticker", LIVE),
        ("trade", "trade", STREAM),
        ("private", "myOrder", STREAM),
    ):
        ledger.add(key, data_type, ["KRW-BTC"], options)
    ledger.collect(BTC)
    ledger.collect(("trade", "KRW-BTC"))
    ledger.renew_debts()
    assert [want.key for want in ledger if want.owed] == ["stream"]


def test_a_topic_that_begins_anew_renews_its_own_debts() -> None:
    ledger = Ledger()
    ledger.add("a", "ticker", ["KRW-BTC", "KRW-ETH", "KRW-XRP"], STREAM)
    ledger.add("b", "ticker", ["KRW-ETH"], STREAM)
    ledger.add("trade", "trade", ["KRW-BTC"], STREAM)
    for topic in (BTC, ETH, ("trade", "KRW-BTC")):
        ledger.collect(topic)
    ledger.renew_debts([BTC, ("trade", "KRW-BTC"), ("orderbook", "KRW-ETH")])
    assert {want.key: set(want.owed) for want in ledger} == {
        "a": {"KRW-BTC", "KRW-XRP"},
        "b": set(),
        "trade": set(),
    }
    assert [want.key for want in ledger.collect(BTC)] == ["a"]
    assert not ledger.is_owed(BTC)


def test_what_is_under_suspicion_stays_out_of_requests() -> None:
    ledger = Ledger()
    ledger.add("a", "ticker", ["KRW-BTC", "KRW-ETH"], STREAM)
    ledger.quarantine([BTC, ("ticker", "KRW-XRP")])
    assert set(ledger.items()) == {ETH}
    ledger.add("b", "ticker", ["KRW-XRP"], STREAM)
    assert ("ticker", "KRW-XRP") in ledger.items()
    ledger.release([BTC])
    assert BTC in ledger.items()


def test_suspicion_ends_with_the_topic() -> None:
    ledger = Ledger()
    ledger.add("a", "ticker", ["KRW-BTC"], STREAM)
    ledger.quarantine([BTC])
    ledger.remove("a")
    ledger.add("b", "ticker", ["KRW-BTC"], STREAM)
    assert BTC in ledger.items()


def item(*wants: Options, data_type: str = "ticker") -> Item:
    ledger = Ledger()
    for number, options in enumerate(wants):
        ledger.add(str(number), data_type, ["KRW-BTC"], options)
    (only,) = ledger.items().values()
    return only


def test_one_item_serves_all_who_want_the_topic() -> None:
    code = "KRW-BTC"
    assert item(STREAM) == Item("ticker", code, snapshot=True, realtime=True)
    assert item(LIVE) == Item("ticker", code, snapshot=False, realtime=True)
    assert item(ONCE) == Item("ticker", code, snapshot=True, realtime=False)
    assert item(ONCE, LIVE) == Item("ticker", code, snapshot=True, realtime=True)
    assert item(STREAM, data_type="myOrder") == Item("myOrder", code)


def test_the_largest_book_and_its_level_go_out() -> None:
    book = [Options(units=units) for units in (1, 5, 15)]
    assert item(*book, data_type="orderbook").units == 15
    assert item(book[0], STREAM, data_type="orderbook").units == 30
    assert item(STREAM, data_type="orderbook").units is None
    assert item(STREAM, data_type="orderbook").level == 0
    grouped = Options(level=10000)
    assert item(STREAM, grouped, data_type="orderbook").level == 10000


def test_all_markets_absorb_chosen_ones_of_orders_alone() -> None:
    ledger = Ledger()
    ledger.add("a", "myOrder", ["KRW-BTC"], STREAM)
    ledger.add("b", "myAsset", ["*"], STREAM)
    assert set(ledger.items()) == {("myOrder", "KRW-BTC"), ("myAsset", "*")}
    ledger.add("c", "myOrder", ["*"], STREAM)
    assert set(ledger.items()) == {("myOrder", "*"), ("myAsset", "*")}


def test_what_was_wanted_by_those_who_left_is_not_asked_for() -> None:
    ledger = Ledger()
    ledger.add("stays", "orderbook", ["KRW-BTC"], Options(StreamMode.ONLY_REALTIME, 5))
    before = ledger.items()
    for number, options in enumerate(
        (ONCE, STREAM, LIVE, Options(units=5), Options(units=15), Options(level=10000))
    ):
        for name in ("one", "other"):
            ledger.add(f"{name}{number}", "orderbook", ["KRW-BTC"], options)
        for name in ("one", "other"):
            ledger.remove(f"{name}{number}")
        assert ledger.items() == before


def test_a_topic_streams_no_longer_than_its_last_stream() -> None:
    ledger = Ledger()
    ledger.add("once", "ticker", ["KRW-BTC"], ONCE)
    ledger.add("live", "ticker", ["KRW-BTC"], LIVE)
    ledger.remove("live")
    assert ledger.item(BTC) == Item(*BTC, snapshot=True, realtime=False)


def test_the_level_of_a_book_stays_while_somebody_wants_it() -> None:
    ledger = Ledger()
    grouped = Options(level=10000)
    for key, options in (("native", STREAM), ("a", grouped), ("b", grouped)):
        ledger.add(key, "orderbook", ["KRW-BTC"], options)
    assert ledger.level(BOOK) == 10000
    ledger.remove("a")
    assert ledger.level(BOOK) == 10000
    ledger.remove("b")
    assert ledger.level(BOOK) == 0
    ledger.remove("native")
    assert ledger.level(BOOK) is None


def test_only_books_have_units_and_a_level() -> None:
    assert item(Options(units=5, level=10000)) == Item("ticker", "KRW-BTC")


def test_wants_that_are_owed_nothing_share_one_empty_set() -> None:
    ledger = Ledger()
    paid, live = (ledger.add(key, *BTC_ALONE, mode) for key, mode in (("a", STREAM), ("b", LIVE)))
    ledger.collect(BTC)
    assert paid.owed is live.owed


def test_a_snapshot_pays_only_those_whom_it_serves() -> None:
    ledger = Ledger()
    first = ledger.add("a", *BTC_ALONE, STREAM)
    second = ledger.add("b", *BTC_ALONE, STREAM)
    version = ledger.version
    assert ledger.collect(BTC, lambda _: False) == ()
    assert ledger.version == version
    assert ledger.collect(BTC, lambda want: want.key == "a") == (first,)
    assert ledger.is_owed(BTC)
    assert ledger.collect(BTC) == (second,)


def test_changes_are_told_newest_first_and_once() -> None:
    ledger = Ledger()
    ledger.add("a", "ticker", ["KRW-BTC", "KRW-ETH"], STREAM)
    version = ledger.version
    assert ledger.changed_since(0) == [ETH, BTC]
    assert ledger.changed_since(version) == []
    ledger.collect(BTC)
    assert ledger.changed_since(0) == [BTC, ETH]
    assert ledger.changed_since(version) == [BTC]


def test_changes_of_a_thousand_topics_gone_are_remembered() -> None:
    ledger = Ledger()
    ledger.add("stays", "ticker", ["KRW-BTC", "KRW-ETH", "KRW-XRP"], STREAM)

    def come_and_go(number: int) -> None:
        ledger.add("a", "ticker", [f"KRW-{number}"], STREAM)
        ledger.remove("a")

    # One more for each topic that is wanted: those must not push out what is gone.
    for number in range(1003):
        come_and_go(number)
    changes = ledger.changed_since(0)
    assert changes is not None
    assert len(changes) == 1006
    come_and_go(1003)
    assert ledger.changed_since(0) is None
    version = ledger.version
    assert ledger.changed_since(version - 1) is None
    assert ledger.changed_since(version) == []
    ledger.collect(BTC)
    assert ledger.changed_since(version) == [BTC]


class Mine(NamedTuple):
    """A want as the property keeps it, counting nothing."""

    data_type: str
    options: Options
    codes: list[str]
    owed: set[str]


class Plain:
    """The ledger without its counts: every answer is worked out from all wants anew."""

    def __init__(self) -> None:
        self.wants: dict[str, Mine] = {}
        self.quarantine: set[Topic] = set()

    def topics(self) -> set[Topic]:
        return {(want.data_type, code) for want in self.wants.values() for code in want.codes}

    def of(self, topic: Topic) -> dict[str, Mine]:
        data_type, code = topic
        return {
            key: want
            for key, want in self.wants.items()
            if want.data_type == data_type and code in want.codes
        }

    def debtors(self, topic: Topic) -> list[str]:
        return [key for key, want in self.of(topic).items() if topic[1] in want.owed]

    def level(self, topic: Topic) -> float:
        levels = [want.options.level for want in self.of(topic).values() if want.options.level]
        return levels[0] if levels and topic[0] == "orderbook" else 0

    def items(self) -> dict[Topic, Item]:
        asked = self.topics() - self.quarantine
        every_order = ("myOrder", "*")
        return {
            topic: self.item(topic)
            for topic in asked
            if topic[0] != "myOrder" or topic == every_order or every_order not in asked
        }

    def item(self, topic: Topic) -> Item:
        if topic[0] in PRIVATE_TYPES:
            return Item(*topic)
        options = [want.options for want in self.of(topic).values()]
        units = None
        if topic[0] == "orderbook" and any(one.units for one in options):
            units = max(one.units or 30 for one in options)
        return Item(
            *topic,
            snapshot=bool(self.debtors(topic)),
            realtime=any(one.mode is not StreamMode.ONLY_SNAPSHOT for one in options),
            units=units,
            level=self.level(topic),
        )

    def add(self, key: str, topics: list[Topic], options: Options, served: set[str]) -> None:
        data_type = topics[0][0]
        codes = [code for _, code in topics]
        is_owed = options.mode is not StreamMode.ONLY_REALTIME and data_type not in PRIVATE_TYPES
        owed = set(codes) - served if is_owed else set()
        self.wants[key] = Mine(data_type, options, codes, owed)

    def remove(self, key: str, codes: list[str]) -> set[Topic]:
        before = self.topics()
        want = self.wants[key]
        want.codes[:] = [code for code in want.codes if code not in codes]
        want.owed.difference_update(codes)
        if not want.codes:
            del self.wants[key]
        gone = before - self.topics()
        self.quarantine -= gone
        return gone

    def renew(self, topics: set[Topic]) -> None:
        for want in self.wants.values():
            if want.options.mode is StreamMode.SNAPSHOT_THEN_REALTIME and want.data_type in (
                "ticker",
                "orderbook",
            ):
                want.owed.update(code for code in want.codes if (want.data_type, code) in topics)


KINDS = {
    "ticker": ["KRW-BTC", "KRW-ETH"],
    "trade": ["KRW-BTC"],
    "orderbook": ["KRW-BTC", "KRW-ETH"],
    "myOrder": ["KRW-BTC", "*"],
    "myAsset": ["*"],
}
TOPICS = [(kind, code) for kind, codes in KINDS.items() for code in codes]


class Step(NamedTuple):
    action: str
    key: str
    options: Options
    topics: list[Topic]
    served: set[str]


some_topics = st.lists(st.sampled_from(TOPICS), min_size=1, max_size=4, unique=True)
steps = st.builds(
    Step,
    st.sampled_from(
        ["add", "add", "add", "remove", "leave", "collect", "renew", "renew all", "keep", "release"]
    ),
    st.sampled_from("abcde"),
    st.builds(
        Options,
        st.sampled_from(StreamMode),
        st.sampled_from([None, 1, 15]),
        st.sampled_from([0, 10000]),
    ),
    some_topics,
    st.sets(st.sampled_from(["KRW-BTC", "KRW-ETH"]), max_size=1),
)


def take(step: Step, ledger: Ledger, plain: Plain) -> None:
    """One step in both, whose answers must agree."""
    action, key, options, topics, served = step
    data_type = topics[0][0]
    codes = [code for kind, code in topics if kind == data_type]
    if action == "add" and key not in plain.wants:
        ledger.add(key, data_type, codes, options, served=served)
        plain.add(key, [(data_type, code) for code in codes], options, served)
    elif action in ("add", "remove") and key in plain.wants:
        gone = ledger.remove(key)
        assert len(gone) == len(set(gone))
        assert set(gone) == plain.remove(key, list(plain.wants[key].codes))
    elif action == "leave" and key in plain.wants:
        assert set(ledger.remove(key, codes)) == plain.remove(key, codes)
    elif action == "collect":
        debtors = plain.debtors(topics[0])
        assert [want.key for want in ledger.collect(topics[0])] == debtors
        for debtor in debtors:
            plain.wants[debtor].owed.discard(topics[0][1])
    elif action == "renew":
        ledger.renew_debts(topics)
        plain.renew(set(topics))
    elif action == "renew all":
        ledger.renew_debts()
        plain.renew(plain.topics())
    elif action == "keep":
        ledger.quarantine(topics)
        plain.quarantine |= plain.topics().intersection(topics)
    elif action == "release":
        ledger.release(topics)
        plain.quarantine.difference_update(topics)


@settings(deadline=None, derandomize=True)
@given(st.lists(steps, min_size=30, max_size=60))
def test_what_is_counted_is_what_all_wants_add_up_to(sequence: list[Step]) -> None:
    ledger, plain = Ledger(), Plain()
    for step in sequence:
        version, before = ledger.version, plain.items()
        take(step, ledger, plain)
        items = plain.items()
        assert ledger.items() == items
        assert ledger.has_items == bool(plain.topics() - plain.quarantine)
        assert ledger.topics() == plain.topics()
        assert {want.key: want.owed for want in ledger} == {
            key: want.owed for key, want in plain.wants.items()
        }
        for topic in TOPICS:
            assert ledger.item(topic) == items.get(topic)
            assert ledger.is_owed(topic) == bool(plain.debtors(topic))
            assert [want.key for want in ledger.holders(topic)] == list(plain.of(topic))
            assert ledger.level(topic) == (plain.level(topic) if plain.of(topic) else None)
        changed = ledger.changed_since(version)
        assert changed is not None
        assert len(changed) == len(set(changed))
        assert {topic for topic in TOPICS if before.get(topic) != items.get(topic)} <= set(changed)
        assert ledger.changed_since(ledger.version) == []
