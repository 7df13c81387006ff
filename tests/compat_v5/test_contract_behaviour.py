"""Every row of ``contract/behaviour.toml``, shown against a local exchange."""

from __future__ import annotations

import asyncio
import functools
import importlib
import json
import logging
import tomllib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

import compat_v5
from compat_v5 import UpbitWebSocketPrivateV5, UpbitWebSocketPublicV5
from compat_v5.exceptions import (
    SubscriptionError,
    WebSocketConnectionError,
)
from compat_v5.renames import LEGACY_SUBMODULES
from compat_v5.state import WebSocketState
from websocket_v6.testing import TEST_ACCESS_KEY, TEST_SECRET_KEY

ROWS: dict[str, dict[str, str]] = tomllib.loads(
    Path(__file__).with_name("contract").joinpath("behaviour.toml").read_text(encoding="utf-8")
)
BTC, ETH, XRP = "KRW-BTC", "KRW-ETH", "KRW-XRP"

pytestmark = pytest.mark.usefixtures("quiet")


class Stage:
    """What a probe works with: an exchange, a connected public client, new inboxes."""

    def __init__(self, exchange: Any, new_inbox: Callable[[], Any]) -> None:
        self.exchange = exchange
        self.new_inbox = new_inbox
        self.clients: list[Any] = []

    async def public(self, **arguments: Any) -> Any:
        return await self._connected(UpbitWebSocketPublicV5(**arguments))

    async def private(self, **arguments: Any) -> Any:
        return await self._connected(
            UpbitWebSocketPrivateV5(TEST_ACCESS_KEY, TEST_SECRET_KEY, **arguments)
        )

    async def _connected(self, client: Any) -> Any:
        self.clients.append(client)
        await client.connect()
        return client

    async def streaming(self, kind: str = "ticker", **arguments: Any) -> tuple[Any, Any]:
        """A client whose first frame of BTC has arrived, and the inbox it is in."""
        client, inbox = await self.public(**arguments), self.new_inbox()
        await getattr(client, f"subscribe_{kind}")([BTC], inbox.plain)
        await inbox.has(1)
        return client, inbox


@pytest.fixture
async def stage(exchange: Any, new_inbox: Callable[[], Any]) -> AsyncIterator[Stage]:
    stage = Stage(exchange, new_inbox)
    yield stage
    for client in stage.clients:
        await client.disconnect()


Probe = Callable[[Stage], Awaitable[None]]
PROBES: dict[str, Probe] = {}


def probe(function: Probe) -> Probe:
    PROBES[function.__name__] = function
    return function


@pytest.mark.parametrize("row", ROWS)
async def test_a_row_is_honoured(row: str, stage: Stage) -> None:
    await PROBES[ROWS[row]["probe"]](stage)


def test_every_row_has_a_verdict_and_every_probe_a_row() -> None:
    assert {row["verdict"] for row in ROWS.values()} == {"kept", "fixed"}
    assert {row["probe"] for row in ROWS.values()} == set(PROBES)
    assert {f"D-{number}" for number in range(1, 21)} <= set(ROWS)
    assert [name for name, row in ROWS.items() if set(row) - {"says", "verdict", "probe"}] == [
        name for name, row in ROWS.items() if row.get("difference")
    ]


def test_every_difference_stands_in_the_guide() -> None:
    guide = Path(compat_v5.__file__).parents[1] / "MIGRATION.md"
    text = " ".join(guide.read_text(encoding="utf-8").split())
    differences = {row["difference"] for row in ROWS.values() if "difference" in row}
    assert [difference for difference in differences if difference not in text] == []


# What a callback receives


@probe
async def payload_is_the_frame(stage: Stage) -> None:
    _, inbox = await stage.streaming("trade")
    await stage.exchange.publish("trade", BTC, trade_price=123.5)
    symbol, data_type, data = (await inbox.has(2))[1]
    assert (symbol, data_type) == (BTC, "trade")
    assert data["trade_price"] == data.get("trade_price", 0) == 123.5
    assert {"type", "code", "sequential_id", "ask_bid", "timestamp", "stream_type"} <= set(data)
    assert not {"data", "raw_data", "market"} & set(data)
    assert json.loads(json.dumps(data)) == data


@probe
async def payload_answers_the_envelope(stage: Stage) -> None:
    _, inbox = await stage.streaming()
    data = inbox.items[0][2]
    assert data["data"]["trade_price"] == data["raw_data"]["trade_price"] == data["trade_price"]
    assert data["market"] == data.get("market") == BTC


@probe
async def payload_time_and_stream_are_the_frames(stage: Stage) -> None:
    _, inbox = await stage.streaming()
    await stage.exchange.publish("ticker", BTC)
    snapshot, realtime = (item[2] for item in await inbox.has(2))
    assert (snapshot["stream_type"], realtime["stream_type"]) == ("SNAPSHOT", "REALTIME")
    assert isinstance(realtime["timestamp"], int)
    assert realtime["timestamp"] > 1_500_000_000_000


@probe
async def candles_arrive(stage: Stage) -> None:
    client, inbox = await stage.public(), stage.new_inbox()
    await client.subscribe_candle([BTC], "1m", inbox.plain)
    await client.subscribe("candle.5m", [BTC], inbox.plain)
    items = await inbox.has(2)
    assert sorted(item[1] for item in items) == ["candle.1m", "candle.5m"]
    assert all(item[2]["type"] == item[1] for item in items)


@probe
async def private_frames_arrive(stage: Stage) -> None:
    client, orders, assets = await stage.private(), stage.new_inbox(), stage.new_inbox()
    await client.subscribe_my_orders(orders.plain)
    await client.subscribe_my_assets(assets.coroutine)
    await stage.exchange.wait_subscribed("myAsset")
    assert stage.exchange.held("private") == {("myOrder", "*"), ("myAsset", "*")}
    (connection,) = [c for c in stage.exchange.connections if c.kind == "private"]
    assert connection.access_key == TEST_ACCESS_KEY
    account = stage.exchange.account(TEST_ACCESS_KEY)
    account.deposit("KRW", 10_000_000)
    account.place_order(BTC, "bid", price=1_000_000, volume=1)
    symbol, data_type, order = (await orders.has(1))[0]
    assert (symbol, data_type, order["market"]) == (BTC, "myOrder", "PRIVATE")
    symbol, data_type, asset = (await assets.has(1))[0]
    assert (symbol, data_type, asset["market"]) == ("KRW", "myAsset", "PRIVATE")
    for data in (order, asset):
        assert not {"_validation_error", "_inferred_type"} & set(data)


@probe
async def one_argument_callbacks(stage: Stage) -> None:
    client, inbox = await stage.public(), stage.new_inbox()
    await client.subscribe_ticker([BTC], inbox.payload_only)
    (data,) = await inbox.has(1)
    assert data["data"]["code"] == data["code"] == BTC


@probe
async def each_registration_once_and_in_order(stage: Stage) -> None:
    client, inbox = await stage.public(), stage.new_inbox()
    for name in ("first", "second"):
        await client.subscribe_ticker(
            [BTC], lambda *args, name=name: inbox.plain(name, *args[1:]), is_only_realtime=True
        )
    await stage.exchange.wait_subscribed("ticker", BTC)
    for price in (1.0, 2.0):
        await stage.exchange.publish("ticker", BTC, trade_price=price)
    items = await inbox.has(4)
    assert [(name, data["trade_price"]) for name, _, data in items] == [
        ("first", 1.0),
        ("second", 1.0),
        ("first", 2.0),
        ("second", 2.0),
    ]


@probe
async def other_frames_are_ignored(stage: Stage) -> None:
    broker = stage.new_inbox()
    client, inbox = await stage.streaming(event_broker=broker)
    events = len(broker.items)
    for frame in (b'{"status":"UP"}', b'{"type":"news","code":"KRW-BTC"}'):
        await stage.exchange.publish_raw(frame)
    await stage.exchange.publish("ticker", BTC)
    await inbox.has(2)
    await broker.has(events + 1)
    assert [name for name, _ in broker.items[events:]] == ["websocket.ticker"]
    assert client.stats["errors"] == 0


@probe
async def process_message_takes_bytes_and_text(stage: Stage) -> None:
    client, inbox = await stage.streaming()
    frame = json.dumps({"type": "ticker", "code": BTC, "trade_price": 7})
    await client._process_message(frame)
    await client._process_message(frame.encode())
    items = await inbox.has(3)
    assert [data["trade_price"] for _, _, data in items[1:]] == [7, 7]


@probe
async def a_bad_frame_leaves_the_state(stage: Stage) -> None:
    client, inbox = await stage.streaming()
    await stage.exchange.publish_raw(b"{not json")
    await client._process_message("{not json")
    await stage.exchange.publish("ticker", BTC)
    await inbox.has(2)
    assert client.state_machine.current_state is WebSocketState.ACTIVE
    assert await client.subscribe_trade([BTC], inbox.plain)


@probe
async def symbols_are_filtered(stage: Stage) -> None:
    client, btc, eth = await stage.public(), stage.new_inbox(), stage.new_inbox()
    await client.subscribe_ticker([BTC], btc.plain)
    await client.subscribe_ticker([ETH], eth.plain)
    await eth.has(1)
    await stage.exchange.publish("ticker", ETH)
    await stage.exchange.publish("ticker", BTC)
    await eth.has(2)
    assert {item[0] for item in await btc.has(2)} == {BTC}
    assert {item[0] for item in eth.items} == {ETH}


@probe
async def spelling_is_forgiven(stage: Stage) -> None:
    client, inbox = await stage.public(), stage.new_inbox()
    await client.subscribe_ticker(["krw-btc"], inbox.plain)
    await client.subscribe_ticker(ETH, inbox.plain)
    assert {item[0] for item in await inbox.has(2)} == {BTC, ETH}


@probe
async def coroutines_are_awaited(stage: Stage) -> None:
    class Listener:
        def __init__(self, inbox: Any) -> None:
            self.inbox = inbox

        async def __call__(self, symbol: str, data_type: str, data: Any) -> None:
            await self.inbox.coroutine(symbol, data_type, data)

    client = await stage.public()
    inboxes = [stage.new_inbox() for _ in range(3)]
    for callback in (
        inboxes[0].coroutine,
        functools.partial(inboxes[1].coroutine),
        Listener(inboxes[2]),
    ):
        await client.subscribe_ticker([BTC], callback)
    for inbox in inboxes:
        await inbox.has(1)


@probe
async def a_failing_callback_stops_nobody(stage: Stage) -> None:
    logging.disable(logging.CRITICAL)
    try:
        client, inbox = await stage.public(), stage.new_inbox()

        def fail(symbol: str, data_type: str, data: Any) -> None:
            raise RuntimeError("the callback's own")

        await client.subscribe_ticker([BTC], fail)
        await client.subscribe_ticker([BTC], inbox.plain)
        await inbox.has(1)
        await stage.exchange.publish("ticker", BTC)
        await inbox.has(2)
        assert client.stats["errors"] == 0
        assert client.state_machine.is_active()
    finally:
        logging.disable(logging.NOTSET)


@probe
async def a_slow_coroutine_stalls_nobody(stage: Stage) -> None:
    client, inbox = await stage.public(), stage.new_inbox()
    for_ever = asyncio.Event()

    async def slow(symbol: str, data_type: str, data: Any) -> None:
        await for_ever.wait()

    await client.subscribe_ticker([BTC], slow)
    await client.subscribe_ticker([BTC], inbox.plain)
    await inbox.has(1)
    await stage.exchange.publish("ticker", BTC)
    await inbox.has(2)


@probe
async def the_broker_comes_after_the_callbacks(stage: Stage) -> None:
    inbox = stage.new_inbox()
    client = await stage.public(event_broker=inbox)
    await client.subscribe_ticker([BTC], inbox.plain)
    await client.subscribe_trade([BTC])
    while not inbox_has(inbox, "websocket.trade"):
        await inbox.has(len(inbox.items) + 1)
    kinds = [item[1] if len(item) == 3 else item[0] for item in inbox.items]
    assert kinds.index("ticker") < kinds.index("websocket.ticker")


def inbox_has(inbox: Any, event: str) -> bool:
    return any(item[0] == event for item in inbox.items)


@probe
async def snapshot_only_calls_the_callback(stage: Stage) -> None:
    client, inbox = await stage.public(), stage.new_inbox()
    id_ = await client.subscribe_ticker([BTC, ETH], inbox.plain, True)
    assert id_.startswith("snapshot_ticker_")
    assert sorted(item[0] for item in inbox.items) == [BTC, ETH]
    assert {item[2]["stream_type"] for item in inbox.items} == {"SNAPSHOT"}


# Subscriptions and life cycle


@probe
async def ids_are_unique_and_look_as_before(stage: Stage) -> None:
    client, private = await stage.public(), await stage.private()
    ids = [await client.subscribe_ticker([BTC]) for _ in range(20)]
    ids += [await client.subscribe_trade([BTC], None, True)]
    ids += [await private.subscribe_my_orders()]
    assert len(set(ids)) == len(ids)
    prefixes = {id_.rpartition("_")[0].partition("_1")[0].partition("_2")[0] for id_ in ids}
    for prefix in ("realtime_ticker", "snapshot_trade", "private_myOrder"):
        assert any(found.startswith(prefix) for found in prefixes), prefixes


@probe
async def subscribe_needs_connect(stage: Stage) -> None:
    client = await stage.public()
    await client.disconnect()
    for unconnected in (UpbitWebSocketPublicV5(), client):
        with pytest.raises(SubscriptionError) as caught:
            await unconnected.subscribe_ticker([BTC])
        assert caught.value.error_code.value == "SUBSCRIPTION_FAILED"
        assert caught.value.details == {"data_type": "ticker", "symbols": [BTC]}
        assert unconnected.state_machine.current_state is WebSocketState.DISCONNECTED
        assert unconnected.stats["errors"] == 0


@probe
async def a_second_subscription_adds(stage: Stage) -> None:
    client, first = await stage.streaming()
    second = stage.new_inbox()
    await client.subscribe_ticker([ETH], second.plain)
    await second.has(1)
    await stage.exchange.publish("ticker", BTC)
    await first.has(2)
    assert stage.exchange.held("public") == {("ticker", BTC), ("ticker", ETH)}


@probe
async def types_accumulate_in_one_request(stage: Stage) -> None:
    client = await stage.public()
    await asyncio.gather(
        client.subscribe_ticker([BTC]),
        client.subscribe_trade([BTC]),
        client.subscribe_ticker([ETH]),
    )
    await stage.exchange.wait_subscribed("trade", BTC)
    assert stage.exchange.held("public") == {("ticker", BTC), ("ticker", ETH), ("trade", BTC)}
    assert len(stage.exchange.requests("subscribe")) == 1


@probe
async def a_failed_subscribe_leaves_the_state(stage: Stage) -> None:
    client, inbox = await stage.streaming()
    for data_type, symbols in (("news", [BTC]), ("ticker", []), ("ticker", ["KRWBTC"])):
        with pytest.raises(SubscriptionError):
            await client.subscribe(data_type, symbols)
        assert client.state_machine.current_state is WebSocketState.ACTIVE
    await client.subscribe_trade([BTC], inbox.plain)
    await inbox.has(2)


@probe
async def subscribing_at_once_works(stage: Stage) -> None:
    client, inbox = await stage.public(), stage.new_inbox()
    ids = await asyncio.gather(
        client.subscribe_ticker([BTC], inbox.plain, True),
        client.subscribe_ticker([ETH], inbox.plain),
        client.subscribe_trade([XRP], inbox.plain, True),
    )
    assert len(set(ids)) == 3
    await inbox.has(3)
    assert client.state_machine.current_state is WebSocketState.ACTIVE


@probe
async def unknown_ids_do_nothing(stage: Stage) -> None:
    client, _ = await stage.streaming()
    private = await stage.private()
    requests = len(stage.exchange.sent_requests)
    for unknown in ("nothing", "", None, "realtime_ticker_1"):
        assert await client.unsubscribe(unknown) is None
        assert await private.unsubscribe(unknown) is True
    assert len(stage.exchange.sent_requests) == requests


@probe
async def repeated_calls_do_nothing(stage: Stage) -> None:
    client = UpbitWebSocketPublicV5()
    assert await client.disconnect() is None
    assert await client.connect() is None
    socket = client.websocket
    assert await client.connect() is None
    assert client.websocket is socket
    assert await client.disconnect() is None
    assert await client.disconnect() is None
    assert client.state_machine.current_state is WebSocketState.DISCONNECTED


@probe
async def error_is_left_by_disconnect(stage: Stage) -> None:
    client = UpbitWebSocketPublicV5()
    client.config.connection.url = "http://127.0.0.1/"
    with pytest.raises(WebSocketConnectionError):
        await client.connect()
    assert client.state_machine.is_error()
    client.config.connection.url = stage.exchange.url
    assert await client.connect() is None
    assert client.state_machine.is_error()
    await client.disconnect()
    await client.connect()
    assert client.is_connected()
    await client.disconnect()


@probe
async def connect_opens_nothing(stage: Stage) -> None:
    clients = [await stage.public() for _ in range(50)]
    assert stage.exchange.opened("public") == 0
    inboxes = [stage.new_inbox() for _ in clients]
    for client, inbox in zip(clients, inboxes, strict=True):
        await client.subscribe_ticker([BTC], inbox.plain)
    for inbox in inboxes:
        await inbox.has(1)
    assert stage.exchange.opened("public") == 1
    await clients[0].disconnect()
    await stage.exchange.publish("ticker", BTC)
    for inbox in inboxes[1:]:
        await inbox.has(2)
    assert len(inboxes[0].items) == 1

    alone = UpbitWebSocketPublicV5()
    alone.config.connection.url = "ws://127.0.0.1:9/websocket/v1"  # nobody listens there
    await alone.connect()
    assert alone.is_connected()
    await alone.disconnect()


@probe
async def connect_again_starts_empty(stage: Stage) -> None:
    client, first = await stage.streaming()
    await client.disconnect()
    await stage.exchange.wait_unsubscribed("ticker", BTC)
    await client.connect()
    assert client.subscriptions == {}
    second = stage.new_inbox()
    await client.subscribe_trade([BTC], second.plain)
    await second.has(1)
    assert stage.exchange.held("public") == {("trade", BTC)}
    assert len(first.items) == 1


@probe
async def a_normal_close_heals(stage: Stage) -> None:
    client, inbox = await stage.streaming()
    stage.exchange.faults.close(1000)
    await inbox.has(2)
    assert client.stats["reconnect_count"] == 1
    assert client.is_connected()


@probe
async def an_abnormal_close_heals(stage: Stage) -> None:
    client, inbox = await stage.streaming()
    stage.exchange.faults.kill()
    await inbox.has(2)
    assert client.stats["reconnect_count"] == 1
    assert stage.exchange.held("public") == {("ticker", BTC)}


@probe
async def silence_drops_nothing(stage: Stage) -> None:
    client, inbox = await stage.streaming(cleanup_interval=0.01)
    other = stage.new_inbox()
    await client.subscribe_trade([ETH], other.plain)
    await other.has(1)
    for count in range(2, 30):
        await stage.exchange.publish("trade", ETH)
        await other.has(count)
        await asyncio.sleep(0.005)
    await stage.exchange.publish("ticker", BTC)
    await inbox.has(2)
    assert stage.exchange.opened("public") == 1


@probe
async def unsubscribe_all_leaves_nothing(stage: Stage) -> None:
    client, _ = await stage.streaming()
    private = await stage.private()
    await private.subscribe_my_orders()
    assert await client.unsubscribe_all() is True
    assert await private.unsubscribe_all() is True
    await stage.exchange.wait_unsubscribed("ticker", BTC)
    await stage.exchange.wait_connections("private", 0)
    assert not [r for r in stage.exchange.requests("subscribe") if "dummy" in r.text]
    assert client.is_connected()


@probe
async def there_is_no_ticket_limit(stage: Stage) -> None:
    client, inbox = await stage.public(max_tickets=1), stage.new_inbox()
    for kind in ("ticker", "trade", "orderbook", "candle"):
        await getattr(client, f"subscribe_{kind}")([BTC], callback=inbox.plain)
    await inbox.has(4)


@probe
async def a_failing_broker_changes_nothing(stage: Stage) -> None:
    class Broken:
        async def emit(self, event_type: str, data: Any) -> None:
            raise RuntimeError("the broker's own")

    logging.disable(logging.CRITICAL)
    try:
        client, inbox = await stage.streaming(event_broker=Broken())
        await stage.exchange.publish("ticker", BTC)
        await inbox.has(2)
        assert client.stats["errors"] == 0
    finally:
        logging.disable(logging.NOTSET)


# Known defects


@probe
async def unsubscribe_unsubscribes(stage: Stage) -> None:
    client, kept = await stage.streaming()
    gone = stage.new_inbox()
    id_ = await client.subscribe_ticker([BTC, ETH], gone.plain)
    await gone.has(2)
    await client.unsubscribe(id_)
    await stage.exchange.wait_unsubscribed("ticker", ETH)
    await stage.exchange.publish("ticker", BTC)
    await kept.has(2)
    assert len(gone.items) == 2


@probe
async def status_calls_answer(stage: Stage) -> None:
    for client in (await stage.public(), await stage.private(), UpbitWebSocketPublicV5()):
        assert 0 <= (await client.health_check())["health_score"] <= 100
        assert isinstance(client.is_connected(), bool)
        assert (await client.get_status())["connection_id"] == client.connection_id
    private = stage.clients[1]
    assert (await private.get_auth_status())["security_level"] == "private_authenticated"
    assert (await private.subscription_manager.health_check())["overall_status"]
    public = stage.clients[0]
    assert public.get_subscription_stats()["total_subscriptions"] == 0
    assert public.get_performance_analysis()["performance_grade"]


@probe
async def snapshots_have_every_symbol(stage: Stage) -> None:
    client, _ = await stage.streaming()
    answer = await client.request_snapshot("ticker", [BTC, ETH])
    assert set(answer["data"]) == {BTC, ETH}
    both = await asyncio.gather(
        client.subscription_manager.request_snapshot_data([BTC, ETH], "ticker"),
        client.subscription_manager.request_snapshot_data([XRP], "trade"),
    )
    assert [sorted(found) for found in both] == [[BTC, ETH], [XRP]]
    assert both[1][XRP]["trade"]["data"]["type"] == "trade"


@probe
async def the_bundled_file_loads(stage: Stage) -> None:
    file = Path(compat_v5.__file__).with_name("websocket_config.yaml")
    client = UpbitWebSocketPublicV5(str(file))
    assert client.config == compat_v5.load_config()


@probe
async def simple_format_loses_nothing(stage: Stage) -> None:
    client, inbox = UpbitWebSocketPublicV5(), stage.new_inbox()
    await client.connect(enable_simple_format=True)
    assert client.enable_simple_format is True
    await client.subscribe_ticker([BTC], inbox.plain)
    assert (await inbox.has(1))[0][2]["code"] == BTC
    await client.disconnect()


@probe
async def disconnect_leaves_nothing_behind(stage: Stage) -> None:
    client, _ = await stage.streaming()
    await client.disconnect()
    assert client.websocket is None
    assert client.subscriptions == {}
    await stage.exchange.wait_connections("public", 0)


@probe
async def every_module_imports(stage: Stage) -> None:
    for name in LEGACY_SUBMODULES:
        assert importlib.import_module(f"compat_v5.{name}").__all__


@probe
async def status_tells_what_was(stage: Stage) -> None:
    client, inbox = await stage.streaming()
    before = await client.get_status()
    again = await client.get_status()
    for key in ("connected_at", "last_message_at"):
        assert before[key] is not None
        assert before[key] == again[key]
    await stage.exchange.publish("ticker", BTC)
    await inbox.has(2)
    after = await client.get_status()
    assert (after["message_count"], after["active_subscriptions"]) == (2, 1)
    assert after["connected_at"] == before["connected_at"]
    assert after["last_message_at"] > before["last_message_at"]
