"""Private frames: docs/emulator.md, "Private events"."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from websocket_v6.testing import TEST_ACCESS_KEY, TEST_SECRET_KEY, BadSettingError, ExchangeEmulator
from websocket_v6.testing.account import Account

ORDERS, ASSETS = {"type": "myOrder"}, {"type": "myAsset"}
NOW = 1_762_190_961_161


def scripted(**balances: str) -> tuple[Account, list[dict]]:
    """An account, and the frames it sends as a client reads them."""
    frames: list[dict] = []

    def deliver(data_type, code, frame):
        frames.append(json.loads(frame.form("DEFAULT")[0], parse_float=Decimal))

    opening = {name: Decimal(amount) for name, amount in balances.items()}
    return Account("TEST-ACCESS-KEY", deliver, lambda: NOW, opening or None), frames


def test_a_limit_buy_locks_price_volume_and_fee():
    account, frames = scripted(KRW="1000000.00000000000000000000001")
    account.place_order("KRW-BTC", "BID", price=100_000, volume="0.5", identifier="mine")
    order, asset = frames
    assert (order["state"], order["locked"], order["reserved_fee"]) == ("wait", 50025, 25)
    assert (order["identifier"], order["order_timestamp"]) == ("mine", 1_762_190_961_000)
    (held,) = asset["assets"]
    assert held == {
        "currency": "KRW",
        "balance": Decimal("949975.00000000000000000000001"),
        "locked": 50025,
    }


def test_frames_have_the_documented_keys_in_order(samples):
    account, frames = scripted()
    account.place_order("KRW-BTC", "BID", price=1, volume=1)
    assert list(frames[0]) == list(json.loads(samples("my_order.jsonl")[0]))
    assert list(frames[1]) == list(json.loads(samples("my_asset.jsonl")[0]))


def test_an_order_by_amount_has_the_recorded_nulls(samples):
    account, frames = scripted()
    account.place_order("KRW-BTC", "BID", price=5000, order_type="price")
    recorded = json.loads(samples("my_order.jsonl")[1], parse_float=Decimal)
    own = ("uuid", "order_timestamp", "timestamp")
    assert {k: v for k, v in frames[0].items() if k not in own} == {
        k: v for k, v in recorded.items() if k not in own
    }


def test_a_fill_sends_the_trade_then_done_then_both_currencies_a_millisecond_apart():
    account, frames = scripted(KRW="100000", BTC="0")
    order = account.place_order("KRW-BTC", "BID", price=100_000, volume="0.5")
    del frames[:]
    account.fill(order)
    trade, done, krw, btc = frames
    assert (trade["state"], trade["volume"], trade["trade_fee"]) == ("trade", Decimal("0.5"), 25)
    assert trade["is_maker"] is True
    assert trade["trade_uuid"] == order.trades[0]
    assert trade["trade_timestamp"] == NOW
    assert (done["state"], done["trade_uuid"], done["remaining_volume"]) == ("done", None, 0)
    assert (done["executed_funds"], done["paid_fee"], done["locked"]) == (50_000, 25, 0)
    assert (krw["assets"][0]["balance"], krw["assets"][0]["locked"]) == (49_975, 0)
    assert btc["assets"][0]["balance"] == Decimal("0.5")
    assert krw["asset_timestamp"] == btc["asset_timestamp"]
    assert btc["timestamp"] - krw["timestamp"] == 1


def test_a_partial_fill_at_a_better_price_gives_back_the_rest_at_the_end():
    account, frames = scripted(KRW="100000", BTC="0")
    order = account.place_order("KRW-BTC", "BID", price=100_000, volume="0.5")
    account.fill(order, volume="0.2", price=90_000)
    assert order.remaining_volume == Decimal("0.3")
    account.cancel(order)
    assert frames[-2]["state"] == "cancel"
    assert account.balance("KRW") == (Decimal("81991.000"), 0)
    assert account.balance("BTC") == (Decimal("0.2"), 0)


def test_a_sell_locks_the_coin_and_pays_the_fee_from_the_proceeds():
    account, _ = scripted(KRW="0", BTC="1")
    order = account.place_order("KRW-BTC", "ASK", price=100_000, volume="0.5")
    assert account.balance("BTC") == (Decimal("0.5"), Decimal("0.5"))
    account.fill(order)
    assert account.balance("BTC") == (Decimal("0.5"), 0)
    assert account.balance("KRW") == (Decimal("49975"), 0)


def test_self_match_prevention_names_what_it_prevented():
    account, frames = scripted()
    order = account.place_order("KRW-BTC", "BID", price=100, volume=2, smp_type="cancel_maker")
    account.prevent(order)
    assert frames[-2]["state"] == "prevented"
    assert frames[-2]["prevented_volume"] == 2
    assert frames[-2]["prevented_locked"] > 0


def test_a_market_order_needs_the_price_of_its_trade():
    account, _ = scripted()
    order = account.place_order("KRW-BTC", "ASK", volume=1, order_type="market")
    with pytest.raises(BadSettingError, match="price of the trade"):
        account.fill(order)
    account.fill(order, price=100_000)
    assert order.state == "done"


def test_an_order_by_amount_ends_with_the_cancellation_of_the_rest():
    account, frames = scripted(KRW="6000", BTC="0")
    order = account.place_order("KRW-BTC", "BID", price=5000, order_type="price")
    account.fill(order, price=7000)
    assert [f["state"] for f in frames if f["type"] == "myOrder"] == ["wait", "trade", "cancel"]
    assert order.executed_volume == Decimal("0.71428571")
    assert account.balance("KRW")[1] == 0


@pytest.mark.parametrize(
    "arguments",
    [
        {"code": "BTC"},
        {"side": "BUY"},
        {"price": None},
        {"volume": None},
        {"volume": "many"},
        {"price": float("nan")},
        {"price": 10**18},
        {"order_type": "price"},
    ],
)
def test_orders_that_cannot_be_are_refused_and_change_nothing(arguments):
    account, frames = scripted()
    before = account.balance("KRW")
    with pytest.raises(BadSettingError):
        account.place_order(
            **{"code": "KRW-BTC", "side": "BID", "price": 1, "volume": 1} | arguments
        )
    assert account.balance("KRW") == before
    assert frames == []


@given(
    st.lists(
        st.tuples(
            st.sampled_from(("BID", "ASK")),
            st.integers(1, 10**6),
            st.decimals("0.00000001", "0.5", places=8),
            st.sampled_from(("fill", "part", "cancel", "leave")),
        ),
        max_size=12,
    )
)
def test_every_frame_follows_from_the_ones_before(script):
    account, frames = scripted(KRW="100000000.00000000000000000000007", BTC="100")
    paid = Decimal(0)
    for side, price, volume, then in script:
        order = account.place_order("KRW-BTC", side, price=price, volume=volume)
        if then == "fill":
            account.fill(order)
        elif then == "part" and volume > Decimal("0.00000001"):
            account.fill(order, volume=Decimal("0.00000001"), price=max(price - 1, 1))
        elif then == "cancel":
            account.cancel(order)
        paid += order.paid_fee
    shown = {
        asset["currency"]: (asset["balance"], asset["locked"])
        for frame in frames
        if frame["type"] == "myAsset"
        for asset in frame["assets"]
    }
    for currency, (balance, locked) in shown.items():
        assert account.balance(currency) == (balance, locked)
        side = {"KRW": "BID", "BTC": "ASK"}[currency]
        assert locked == sum(o.locked for o in account.orders.values() if o.open and o.side == side)
    bought = sum(
        (o.executed_volume if o.side == "BID" else -o.executed_volume for o in account.orders.values()),
        Decimal(0),
    )  # fmt: skip
    spent = sum(
        (o.executed_funds if o.side == "BID" else -o.executed_funds for o in account.orders.values()),
        Decimal(0),
    )  # fmt: skip
    assert sum(account.balance("BTC")) == 100 + bought
    total = Decimal(sum(account.balance("KRW")))
    assert total == Decimal("100000000.00000000000000000000007") - spent - paid


async def test_nothing_comes_until_something_happens(opening, exchange):
    client = await opening(exchange, private=True)
    await client.subscribe(ORDERS, ASSETS)
    assert await client.listed() == [{"type": "myOrder"}, {"type": "myAsset"}]
    exchange.account().place_order("KRW-BTC", "BID", price=1000, volume=1)
    assert [frame["type"] for frame in await client.frames(2)] == ["myOrder", "myAsset"]


async def test_balances_keep_23_decimals_on_the_wire(opening, exchange):
    client = await opening(exchange, private=True)
    await client.subscribe(ASSETS)
    await exchange.wait_subscribed("myAsset")
    exchange.account().deposit("BTC", "0.00000000000000000000003")
    assert '"balance":12.3000000000000000000002,' in await client.text()


async def test_chosen_markets_see_only_their_orders(opening, exchange):
    client = await opening(exchange, private=True)
    await client.subscribe({"type": "myOrder", "codes": ["KRW-BTC"]})
    await exchange.wait_subscribed("myOrder", "KRW-BTC")
    account = exchange.account()
    account.place_order("KRW-ETH", "BID", price=1000, volume=1)
    account.place_order("KRW-BTC", "BID", price=1000, volume=1)
    assert (await client.frame())["code"] == "KRW-BTC"
    assert await client.listed() == [{"type": "myOrder", "codes": ["KRW-BTC"]}]


async def test_two_accounts_see_only_their_own(opening):
    keys = {TEST_ACCESS_KEY: TEST_SECRET_KEY, "TEST-ACCESS-KEY-2": "2" + TEST_SECRET_KEY}
    async with ExchangeEmulator(rate=0, keys=keys) as exchange:
        clients = {}
        for access_key, secret in keys.items():
            clients[access_key] = await opening(
                exchange, private=True, auth={"access_key": access_key, "secret": secret}
            )
            await clients[access_key].subscribe(ORDERS)
            await clients[access_key].listed()
        for access_key in keys:
            placed = exchange.account(access_key).place_order("KRW-BTC", price=1, volume=1)
            assert (await clients[access_key].frame())["uuid"] == placed.uuid
            await clients[access_key].listed()


async def test_private_frames_come_in_short_names_too(opening, exchange):
    client = await opening(exchange, private=True)
    await client.subscribe(ASSETS, wire_format="SIMPLE")
    await exchange.wait_subscribed("myAsset")
    exchange.account().deposit("KRW", 1)
    frame = await client.frame()
    assert set(frame) == {"ty", "astuid", "ast", "asttms", "tms", "st"}
    assert set(frame["ast"][0]) == {"cu", "b", "l"}


async def test_events_while_nobody_listens_are_not_sent_later(opening, exchange):
    exchange.account().place_order("KRW-BTC", price=1, volume=1)
    client = await opening(exchange, private=True)
    await client.subscribe(ORDERS)
    await client.listed()


async def test_an_unknown_key_has_no_account(exchange):
    with pytest.raises(BadSettingError, match="no such access key"):
        exchange.account("TEST-ACCESS-KEY-of-nobody")
