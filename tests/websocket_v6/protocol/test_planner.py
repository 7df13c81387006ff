from __future__ import annotations

from websocket_v6.protocol.ledger import Ledger
from websocket_v6.protocol.planner import Plan, Wire, plan
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
