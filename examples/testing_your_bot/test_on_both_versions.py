"""The side-by-side test in a test suite of one's own: it runs on v5 and on v6."""

from __future__ import annotations

PRICES = [101.0, 102.5, 99.9]


async def test_a_callback_gets_the_same_frames(upbit_clients, upbit_frames, upbit_emulator) -> None:
    client = await upbit_clients.public()
    await client.subscribe("trade", upbit_frames, ["KRW-BTC"])
    await upbit_emulator.wait_subscribed("trade", "KRW-BTC")
    for price in PRICES:
        await upbit_emulator.publish("trade", "KRW-BTC", trade_price=price)

    await upbit_frames.wait(4, "trade")  # the snapshot and three trades
    frames = upbit_frames.of("trade", "KRW-BTC")
    realtime = [frame for frame in frames if frame["stream_type"] == "REALTIME"]
    assert [frame["trade_price"] for frame in realtime] == PRICES
    assert {len(args) for args in upbit_frames.calls} == {3}  # symbol, data type, frame


async def test_an_ended_subscription_is_silent(upbit_clients, upbit_frames, upbit_emulator) -> None:
    client = await upbit_clients.public()
    subscription = await client.subscribe("ticker", upbit_frames, ["KRW-BTC"])
    await upbit_frames.wait(1, "ticker")
    await client.unsubscribe(subscription)
    seen = len(upbit_frames.calls)
    await upbit_emulator.publish("ticker", "KRW-BTC", trade_price=1.0)
    assert len(upbit_frames.calls) == seen
