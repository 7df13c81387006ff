"""The exchange's time, moved by the test."""

from __future__ import annotations


async def test_frames_carry_the_time_of_the_exchange(
    upbit_clock, upbit_emulator, upbit_manager, upbit_clients, upbit_frames
) -> None:
    client = await upbit_clients.public()
    await client.subscribe("trade", upbit_frames, ["KRW-BTC"])
    await upbit_emulator.wait_subscribed("trade", "KRW-BTC")
    await upbit_emulator.publish("trade", "KRW-BTC")
    await upbit_clock.advance(3600)
    await upbit_emulator.publish("trade", "KRW-BTC")

    await upbit_frames.wait(3, "trade")
    before, after = upbit_frames.of("trade")[-2:]
    assert after["timestamp"] - before["timestamp"] == 3_600_000  # milliseconds
