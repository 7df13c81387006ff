"""Subclasses of the legacy clients and what they override."""

from __future__ import annotations

import json
import logging
import warnings

import pytest

from compat_v5.deprecation import LegacyV5Warning
from compat_v5.upbit_websocket_private_client import UpbitWebSocketPrivateV5
from compat_v5.upbit_websocket_public_client import UpbitWebSocketPublicV5

BTC, ETH = "KRW-BTC", "KRW-ETH"


def define(name, body, base=UpbitWebSocketPublicV5):
    """Make a subclass with *body*; returns the texts of its warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        type(name, (base,), {**body, "__module__": __name__})
    assert all(warning.category is LegacyV5Warning for warning in caught)
    assert all(warning.filename == __file__ for warning in caught)
    return [str(warning.message) for warning in caught]


async def hook(self, *arguments):
    """Something a subclass overrides."""


async def helper_user(self):
    await self._handle_everything()


def test_a_plain_subclass_says_nothing():
    assert define("A", {"on_tick": hook, "extra": 1, "__init__": lambda self: None}) == []


@pytest.mark.parametrize("name", ["_process_message", "_emit_event", "_handle_error"])
def test_honoured_hooks_say_nothing(name):
    assert define(f"B{name}", {name: hook}) == []


@pytest.mark.parametrize(
    "name", ["_handle_ticker", "_message_loop", "_ensure_rate_limiter", "_attempt_reconnect"]
)
@pytest.mark.parametrize("base", [UpbitWebSocketPublicV5, UpbitWebSocketPrivateV5])
def test_a_dead_hook_is_named_once(name, base):
    (text,) = define(f"C{name}{base.__name__}", {name: hook}, base)
    assert f".{name} is never called" in text
    assert "_process_message" in text


def test_a_name_like_a_hook_that_nobody_calls():
    (text,) = define("D", {"_handle_everything": hook})
    assert "_handle_everything" in text


def test_the_users_own_helpers_say_nothing():
    assert define("E", {"_handle_everything": hook, "run": helper_user}) == []
    assert define("F", {"_price": 3, "_on_tick": hook, "_draw": hook}) == []


def test_a_mode_of_error_makes_it_an_error(monkeypatch):
    monkeypatch.setenv("UPBIT_V5_WARNINGS", "error")
    with pytest.raises(LegacyV5Warning, match="_handle_ticker"):
        type("G", (UpbitWebSocketPublicV5,), {"_handle_ticker": hook, "__module__": __name__})


# _process_message


@pytest.mark.usefixtures("quiet")
async def test_a_subclass_sees_every_frame_and_delivers_it(exchange, inbox):
    seen = []

    class Recorder(UpbitWebSocketPublicV5):
        async def _process_message(self, raw_message):
            seen.append(json.loads(raw_message))
            await super()._process_message(raw_message)

    client = Recorder()
    await client.connect()
    await client.subscribe_ticker([BTC], inbox.plain)
    await client.subscribe_ticker([BTC, ETH], inbox.coroutine)
    await inbox.has(3)
    await exchange.publish("ticker", BTC, trade_price=9.0)
    await inbox.has(5)
    assert [frame["code"] for frame in seen if frame["stream_type"] == "REALTIME"] == [BTC]
    assert sorted(f["code"] for f in seen if f["stream_type"] == "SNAPSHOT") == [BTC, ETH]
    assert [data["trade_price"] for _, _, data in inbox.items[3:]] == [9.0, 9.0]
    assert client.stats["messages_received"] >= 2
    await client.disconnect()


@pytest.mark.usefixtures("quiet")
async def test_a_replacement_on_the_instance_is_honoured_at_any_time(exchange, inbox):
    client = UpbitWebSocketPublicV5()
    await client.connect()
    await client.subscribe_ticker([BTC], inbox.plain)
    await inbox.has(1)
    original, raw = client._process_message, []

    async def spy(raw_message):
        raw.append(raw_message)
        await original(raw_message)

    client._process_message = spy
    await exchange.publish("ticker", BTC, trade_price=1.0)
    await inbox.has(2)
    await exchange.publish("ticker", BTC, trade_price=2.0)
    await inbox.has(3)
    assert [json.loads(text)["trade_price"] for text in raw] == [1.0, 2.0]
    assert [data["trade_price"] for _, _, data in inbox.items[1:]] == [1.0, 2.0]
    await client.disconnect()


@pytest.mark.usefixtures("quiet")
async def test_a_hook_that_keeps_the_frame_keeps_it_from_the_callbacks(exchange, inbox, new_inbox):
    kept = new_inbox()

    class Swallower(UpbitWebSocketPublicV5):
        async def _process_message(self, raw_message):
            kept.payload_only(raw_message)

    client = Swallower(event_broker=inbox)
    await client.connect()
    await client.subscribe_ticker([BTC], inbox.plain)
    await kept.has(1)
    await client.disconnect()
    assert [item[0] for item in inbox.items] == [
        "websocket.connected",
        "websocket.subscribed",
        "websocket.disconnected",
    ]


@pytest.mark.usefixtures("quiet")
async def test_one_fault_under_a_hook_keeps_no_frame_from_the_others(exchange, inbox, caplog):
    caplog.set_level(logging.CRITICAL)

    class Passing(UpbitWebSocketPublicV5):
        async def _process_message(self, raw_message):
            await super()._process_message(raw_message)

    def faulty(symbol, data_type, data):
        raise RuntimeError("a fault of the user's")

    client = Passing()
    await client.connect()
    await client.subscribe_ticker([BTC], faulty)
    await client.subscribe_ticker([BTC], inbox.plain)
    await inbox.has(1)
    await client.disconnect()


@pytest.mark.usefixtures("quiet")
async def test_frames_may_be_fed_by_hand(exchange, inbox, new_inbox):
    events = new_inbox()
    client = UpbitWebSocketPublicV5(event_broker=events)
    await client.connect()
    await client.subscribe_trade([BTC], inbox.plain, is_only_realtime=True)
    frame = {"type": "trade", "code": BTC, "trade_price": 3, "sequential_id": 1}
    await client._process_message(json.dumps(frame))
    await client._process_message(json.dumps({**frame, "code": ETH}))
    await client._process_message("{not json")
    assert [data for _, _, data in inbox.items] == [frame]
    assert [envelope["market"] for envelope in events.of("websocket.trade")] == [BTC, ETH]
    (error,) = events.of("websocket.error")
    assert error["error_code"] == "MESSAGE_PARSING_FAILED"
    assert client.stats["errors"] == 1
    assert client.state_machine.is_active()
    await client.disconnect()


@pytest.mark.usefixtures("quiet")
async def test_a_hook_brings_no_trade_as_snapshot_and_as_part_of_the_stream(exchange, inbox):
    """A second subscription's own snapshot meets the stream that the first one leads."""
    client = UpbitWebSocketPublicV5()
    await client.connect()
    await client.subscribe_trade([BTC], inbox.plain, is_only_realtime=True)
    for number, stream_type in (
        (1, "REALTIME"),
        (1, "SNAPSHOT"),
        (2, "SNAPSHOT"),
        (2, "REALTIME"),
        (3, "REALTIME"),
        (3, "REALTIME"),
    ):
        frame = {"type": "trade", "code": BTC, "sequential_id": number, "stream_type": stream_type}
        await client._process_message(json.dumps(frame))
    came = [(data["sequential_id"], data["stream_type"]) for _, _, data in inbox.items]
    # What is fed twice by hand in the same form is the feeder's affair.
    assert came == [(1, "REALTIME"), (2, "SNAPSHOT"), (3, "REALTIME"), (3, "REALTIME")]
    await client.disconnect()


@pytest.mark.usefixtures("quiet")
async def test_errors_and_events_pass_through_their_hooks(exchange, inbox):
    class Listening(UpbitWebSocketPublicV5):
        async def _emit_event(self, event_type, data):
            inbox.payload_only(event_type)
            await super()._emit_event(event_type, data)

        async def _handle_error(self, error):
            inbox.payload_only(type(error).__name__)
            await super()._handle_error(error)

    client = Listening()
    await client.connect()
    await client._process_message("{")
    assert inbox.items == ["websocket.connected", "MessageParsingError", "websocket.error"]
    await client.disconnect()
