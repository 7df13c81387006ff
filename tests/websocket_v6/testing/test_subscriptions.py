"""What a request does: docs/emulator.md, "Subscription semantics" and "Formats"."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from websocket_v6.testing import (
    BadSettingError,
    ExchangeEmulator,
    ManualClock,
    Number,
    WaitTimeoutError,
)
from websocket_v6.testing.templates import template

BTC = {"type": "ticker", "codes": ["KRW-BTC"]}
ETH = {"type": "ticker", "codes": ["KRW-ETH"]}


async def test_a_snapshot_per_code_and_then_realtime(opening, exchange):
    client = await opening(exchange)
    await client.subscribe({"type": "trade", "codes": ["KRW-BTC", "KRW-ETH"]})
    for code in ("KRW-BTC", "KRW-ETH"):
        frame = await client.frame()
        assert (frame["code"], frame["stream_type"]) == (code, "SNAPSHOT")
    assert await exchange.publish("trade", "KRW-ETH") == 1
    frame = await client.frame()
    assert (frame["code"], frame["stream_type"]) == ("KRW-ETH", "REALTIME")


async def test_a_request_replaces_everything_whatever_its_ticket(opening, exchange):
    client = await opening(exchange)
    await client.send([{"ticket": "a"}, BTC])
    await client.frame()
    await client.send([{"ticket": "b"}, ETH])
    assert (await client.frame())["code"] == "KRW-ETH"
    assert exchange.held("public") == {("ticker", "KRW-ETH")}
    assert await exchange.publish("ticker", "KRW-BTC") == 0
    assert await client.listed() == [{"type": "ticker", "codes": ["KRW-ETH"]}]


async def test_several_types_and_two_objects_of_one_type_are_all_served(opening, exchange):
    client = await opening(exchange)
    await client.subscribe(BTC, {"type": "orderbook", "codes": ["KRW-BTC"]}, ETH)
    served = {(f["type"], f["code"]) for f in await client.frames(3)}
    assert served == {("ticker", "KRW-BTC"), ("orderbook", "KRW-BTC"), ("ticker", "KRW-ETH")}


async def test_a_repeated_request_sends_the_snapshots_again(opening, exchange):
    client = await opening(exchange)
    for _ in range(2):
        await client.subscribe(BTC)
        assert (await client.frame())["stream_type"] == "SNAPSHOT"


@pytest.mark.parametrize("key", ["is_only_snapshot", "isOnlySnapshot"])
async def test_only_snapshot_sends_one_frame_per_code(opening, exchange, key):
    client = await opening(exchange)
    await client.subscribe({**BTC, key: True})
    assert (await client.frame())["stream_type"] == "SNAPSHOT"
    assert await exchange.publish("ticker", "KRW-BTC") == 0
    await client.listed()


@pytest.mark.parametrize("key", ["is_only_realtime", "isOnlyRealtime"])
async def test_only_realtime_sends_no_snapshot(opening, exchange, key):
    client = await opening(exchange)
    await client.subscribe({**BTC, key: True})
    await exchange.wait_subscribed("ticker", "KRW-BTC")
    await exchange.publish("ticker", "KRW-BTC")
    assert (await client.frame())["stream_type"] == "REALTIME"


@pytest.mark.parametrize("code", ["KRW-NOPE", "krw-btc", "IDR-BTC", "KRW-BTC.x", ""])
async def test_unknown_codes_are_met_with_silence(opening, exchange, code):
    client = await opening(exchange)
    await client.subscribe({"type": "orderbook", "codes": [code, "KRW-ETH"]})
    assert (await client.frame())["code"] == "KRW-ETH"
    assert await client.listed() == [{"type": "orderbook", "codes": ["KRW-ETH"], "level": 0}]
    assert set(exchange.connections[0].ignored) == {("orderbook", code)}


async def test_a_request_for_unknown_codes_alone_leaves_the_connection_open(opening, exchange):
    client = await opening(exchange)
    await client.subscribe({"type": "ticker", "codes": ["KRW-NOPE"]})
    assert await client.listed() == []


async def test_korean_pairs_are_unknown_in_indonesia(opening):
    async with ExchangeEmulator(rate=0, region="id") as exchange:
        client = await opening(exchange)
        await client.subscribe({"type": "orderbook", "codes": ["KRW-BTC", "IDR-BTC"]})
        frame = await client.frame()
        assert frame["code"] == "IDR-BTC"
        assert "level" not in frame
        assert await client.listed() == [{"type": "orderbook", "codes": ["IDR-BTC"]}]


@pytest.mark.parametrize(("code", "units"), [("KRW-BTC", 30), ("KRW-BTC.5", 5), ("KRW-BTC.20", 30)])
async def test_the_book_has_the_asked_units_and_the_code_no_suffix(opening, exchange, code, units):
    client = await opening(exchange)
    await client.subscribe({"type": "orderbook", "codes": [code]})
    frame = await client.frame()
    assert (frame["code"], len(frame["orderbook_units"])) == ("KRW-BTC", units)
    assert await client.listed() == [{"type": "orderbook", "codes": [code], "level": 0}]


async def test_a_level_groups_the_book(opening, exchange):
    client = await opening(exchange)
    await client.subscribe({"type": "orderbook", "codes": ["KRW-BTC.1"], "level": 10000})
    frame = await client.frame()
    assert frame["level"] == 10000
    assert frame["orderbook_units"][0]["ask_price"] % 10000 == 0
    await exchange.publish("orderbook", "KRW-BTC")
    assert (await client.frame())["level"] == 10000


@pytest.mark.parametrize(("code", "level"), [("KRW-BTC", 7), ("BTC-ETH", 10000)])
async def test_unsupported_levels_are_met_with_silence(opening, exchange, code, level):
    client = await opening(exchange)
    await client.subscribe({"type": "orderbook", "codes": [code], "level": level})
    assert await client.listed() == []


async def test_one_request_may_ask_for_all_855_order_books(opening, exchange):
    client = await opening(exchange)
    codes = sorted(exchange.markets.codes)
    await client.subscribe({"type": "orderbook", "codes": codes})
    assert {frame["code"] for frame in await client.frames(855)} == set(codes)


async def test_the_format_belongs_to_the_connection(opening, exchange):
    clients = {}
    for wire_format in ("DEFAULT", "SIMPLE", "JSON_LIST", "SIMPLE_LIST"):
        clients[wire_format] = await opening(exchange)
        await clients[wire_format].subscribe(BTC, wire_format=wire_format)
        await clients[wire_format].frame()
    await exchange.publish("ticker", "KRW-BTC", trade_price=7)
    frames = {name: await client.frame() for name, client in clients.items()}
    assert frames["DEFAULT"]["trade_price"] == frames["SIMPLE"]["tp"] == 7
    assert frames["JSON_LIST"] == [frames["DEFAULT"]]
    assert frames["SIMPLE_LIST"][0]["tp"] == 7


@pytest.mark.parametrize(
    ("wire_format", "key", "wrapped"),
    [
        ("DEFAULT", "result", False),
        ("SIMPLE", "rslt", False),
        ("JSON_LIST", "result", True),
        ("SIMPLE_LIST", "rslt", True),
    ],
)
async def test_the_list_reply_has_the_format_and_changes_that_of_the_streams(
    opening, exchange, wire_format, key, wrapped
):
    client = await opening(exchange)
    await client.subscribe(BTC)
    await client.frame()
    request = [{"ticket": "t"}, {"method": "LIST_SUBSCRIPTIONS"}, {"format": wire_format}]
    await client.send(request)
    reply = await client.frame()
    assert key in (reply[0] if wrapped else reply)
    await exchange.publish("ticker", "KRW-BTC")
    frame = await client.frame()
    frame = frame[0] if wrapped else frame
    assert ("cd" if wire_format.startswith("SIMPLE") else "code") in frame


async def test_a_list_request_without_a_format_changes_none(opening, exchange):
    client = await opening(exchange)
    await client.subscribe(BTC, wire_format="SIMPLE")
    await client.frame()
    await client.send([{"ticket": "mine"}, {"method": "LIST_SUBSCRIPTIONS"}])
    assert await client.frame() == {
        "mthd": "LIST_SUBSCRIPTIONS",
        "rslt": [{"ty": "ticker", "cds": ["KRW-BTC"]}],
        "tckt": "mine",
    }


async def test_a_ticket_of_half_a_surrogate_pair_gets_its_reply(opening, exchange):
    client = await opening(exchange)
    await client.send('[{"ticket":"\\ud800"},{"method":"LIST_SUBSCRIPTIONS"}]')
    assert (await client.frame())["result"] == []


async def test_the_list_reply_equals_the_documented_one(opening, exchange, samples):
    client = await opening(exchange)
    codes = ["KRW-BTC", "KRW-ETH"]
    await client.subscribe(
        {"type": "ticker", "codes": codes}, {"type": "orderbook", "codes": codes}
    )
    await client.frames(4)
    await client.send(samples("requests.jsonl")[6])
    assert await client.text() == samples("list_subscriptions.jsonl")[0]


async def test_published_values_reach_every_holder_and_later_snapshots(opening, exchange):
    first, second = await opening(exchange), await opening(exchange)
    await first.subscribe(BTC)
    await first.frame()
    await exchange.publish("ticker", "KRW-BTC", trade_price=1.0, note="new key")
    frame = await first.frame()
    assert (frame["trade_price"], frame["note"]) == (1, "new key")
    await second.subscribe(BTC)
    assert await second.frame() == frame | {"stream_type": "SNAPSHOT"}


async def test_published_numbers_can_be_spelled_by_hand(opening, exchange):
    client = await opening(exchange)
    await client.subscribe(BTC)
    await client.frame()
    await exchange.publish("ticker", "KRW-BTC", trade_price=Number("1.50E8"))
    assert '"trade_price":1.50E8,' in await client.text()


async def test_totals_of_a_published_book_are_summed(opening, exchange):
    client = await opening(exchange)
    await client.subscribe({"type": "orderbook", "codes": ["KRW-BTC"]})
    await client.frame()
    units = [
        {"ask_price": n, "bid_price": n, "ask_size": Decimal("0.1"), "bid_size": 2}
        for n in (1, 2, 3)
    ]
    await exchange.publish("orderbook", "KRW-BTC", orderbook_units=units)
    frame = await client.frame()
    assert (frame["total_ask_size"], frame["total_bid_size"]) == (Decimal("0.3"), 6)


async def test_snapshots_come_after_the_delay_and_realtime_only_after_them(opening):
    clock = ManualClock()
    async with ExchangeEmulator(rate=0, clock=clock, snapshot_delay=0.18) as exchange:
        client = await opening(exchange)
        await client.subscribe(BTC)
        await exchange.wait_subscribed("ticker", "KRW-BTC")
        assert await exchange.publish("ticker", "KRW-BTC") == 0
        await clock.advance(0.18)
        assert (await client.frame())["stream_type"] == "SNAPSHOT"
        assert await exchange.publish("ticker", "KRW-BTC") == 1


async def test_a_topic_that_goes_on_streams_without_a_gap(opening):
    clock = ManualClock()
    async with ExchangeEmulator(rate=0, clock=clock, snapshot_delay=0.18) as exchange:
        client = await opening(exchange)
        await client.subscribe(BTC)
        await exchange.wait_subscribed("ticker", "KRW-BTC")
        await clock.advance(0.18)
        await client.frame()
        await client.subscribe(BTC, ETH)
        await exchange.wait_subscribed("ticker", "KRW-ETH")
        assert await exchange.publish("ticker", "KRW-BTC") == 1
        assert (await client.frame())["stream_type"] == "REALTIME"


@pytest.mark.parametrize("wire_format", ["JSON_LIST", "SIMPLE_LIST"])
async def test_list_formats_bring_the_snapshots_of_a_type_in_one_array(
    opening, exchange, wire_format
):
    client = await opening(exchange)
    codes = ["KRW-BTC", "KRW-ETH", "KRW-XRP"]
    trade = {"type": "trade", "codes": ["KRW-BTC"]}
    await client.subscribe({"type": "ticker", "codes": codes}, trade, wire_format=wire_format)
    key = "cd" if wire_format == "SIMPLE_LIST" else "code"
    assert [[item[key] for item in await client.frame()] for _ in range(2)] == [codes, ["KRW-BTC"]]
    await exchange.publish("ticker", "KRW-ETH")
    assert [item[key] for item in await client.frame()] == ["KRW-ETH"]


async def test_the_snapshot_of_a_candle_may_be_that_of_the_former_bucket(opening):
    clock = ManualClock(wall=1_785_397_618.2)  # 07:46:58.2
    async with ExchangeEmulator(rate=0, clock=clock, idle_timeout=1000) as exchange:
        client = await opening(exchange)
        await exchange.publish("candle.1m", "KRW-BTC")
        await clock.advance(90)
        await client.subscribe({"type": "candle.1m", "codes": ["KRW-BTC"]})
        assert (await client.frame())["candle_date_time_utc"] == "2026-07-30T07:46:00"
        await exchange.publish("candle.1m", "KRW-BTC")
        assert (await client.frame())["candle_date_time_utc"] == "2026-07-30T07:48:00"


async def test_announcements_come_by_category_and_with_a_body_on_request(
    opening, exchange, samples
):
    everything = await opening(exchange, private=True)
    await everything.subscribe({"type": "announcement", "include_body": True})
    trades = await opening(exchange, private=True)
    await trades.subscribe({"type": "announcement", "categories": ["trade"]})
    for client in (everything, trades):
        assert await client.listed() == [{"type": "announcement"}]
    assert await exchange.publish("announcement", category="event", body="text") == 1
    assert (await everything.frame())["body"] == "text"
    assert await exchange.publish("announcement", title="hello") == 2
    assert (await everything.frame())["body"] is None
    frame = await trades.frame()
    assert list(frame) == list(json.loads(samples("announcement.jsonl")[0]))
    assert frame["title"] == "hello"


@pytest.mark.parametrize(("data_type", "line"), [("indicator", 0), ("indicator_signal", 2)])
async def test_indicators_come_on_the_info_endpoint(
    opening, exchange, token, samples, data_type, line
):
    client = await opening(exchange, path="/info", headers={"Authorization": token()})
    await client.subscribe({"type": data_type, "codes": ["KRW-BTC", "BTC-ETH"]})
    assert await client.listed() == [{"type": data_type, "codes": ["KRW-BTC"]}]
    assert await exchange.publish(data_type, "KRW-BTC") == 1
    assert list(await client.frame()) == list(json.loads(samples("indicator.jsonl")[line]))


async def test_a_private_frame_can_be_published_whole(opening, exchange):
    client = await opening(exchange, private=True)
    await client.subscribe({"type": "myOrder"})
    await client.listed()
    assert await exchange.publish("myOrder", "KRW-ETH", state="done", new_key=1) == 1
    frame = await client.frame()
    assert (frame["code"], frame["state"], frame["new_key"]) == ("KRW-ETH", "done", 1)


async def test_a_type_that_does_not_exist_is_not_published(exchange):
    with pytest.raises(BadSettingError, match="nope"):
        await exchange.publish("nope", "KRW-BTC")


async def test_waiting_tells_what_was_there_instead(opening, exchange):
    client = await opening(exchange)
    await client.subscribe(BTC)
    await exchange.wait_subscribed("ticker", "KRW-BTC")
    with pytest.raises(WaitTimeoutError, match=r"KRW-NOPE.*\('ticker', 'KRW-BTC'\)"):
        await exchange.wait_subscribed("ticker", "KRW-NOPE", timeout=0.01)
    await client.socket.close()
    await exchange.wait_unsubscribed("ticker", "KRW-BTC")
    await exchange.wait_connections("public", 0)


async def test_requests_are_recorded_by_kind(opening, exchange):
    client = await opening(exchange)
    await client.subscribe(BTC)
    await client.frame()
    await client.listed()
    await client.send("PING")
    await client.send("nonsense")
    await client.rejected()
    kinds = [request.kind for request in exchange.sent_requests]
    assert kinds == ["subscribe", "list", "ping", "invalid"]
    assert [r.text for r in exchange.requests("invalid")] == ["nonsense"]
    assert len({request.connection for request in exchange.sent_requests}) == 1
    exchange.clear_requests()
    assert exchange.sent_requests == ()


async def test_every_frame_sent_is_shown_to_the_observer(opening, exchange):
    seen = []
    exchange.on_frame = lambda connection, stream, frame: seen.append(
        (connection.number, stream.code, frame.values["stream_type"])
    )
    client = await opening(exchange)
    await client.subscribe(BTC)
    await client.frame()
    await exchange.publish("ticker", "KRW-BTC")
    assert seen == [(1, "KRW-BTC", "SNAPSHOT"), (1, "KRW-BTC", "REALTIME")]
    assert exchange.connections[0].frames_sent == 2


@pytest.mark.parametrize(
    ("data_type", "trigger", "at_least"),
    [("indicator", None, 0), ("indicator_signal", "overbought", 70)],
)
async def test_an_indicator_means_what_its_trigger_says(data_type, trigger, at_least):
    """Triggers are the official SDK's, which reads a frame by (indicator, trigger)."""
    values = template(data_type, "KRW-BTC", 1_790_000_000_000)
    assert values.get("trigger") == trigger
    assert values["value"]["rsi"] > at_least
    assert values.get("event_params", {}).get("threshold", 0) == at_least
