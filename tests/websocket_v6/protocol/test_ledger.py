from __future__ import annotations

from websocket_v6.protocol.ledger import Ledger
from websocket_v6.protocol.requests import Item
from websocket_v6.subscription import Options, StreamMode

STREAM = Options()
ONCE = Options(StreamMode.ONLY_SNAPSHOT)
LIVE = Options(StreamMode.ONLY_REALTIME)
BTC, ETH = ("ticker", "KRW-BTC"), ("ticker", "KRW-ETH")


def test_an_empty_ledger() -> None:
    ledger = Ledger()
    assert not ledger
    assert "a" not in ledger
    assert ledger.get("a") is None
    assert ledger.topics() == set()
    assert ledger.items() == {}
    assert ledger.holders(BTC) == ()
    assert ledger.collect(BTC) == ()
    assert not ledger.is_owed(BTC)
    assert ledger.remove("a") == ()


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
