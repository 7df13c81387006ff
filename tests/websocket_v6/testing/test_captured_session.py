"""The emulator's frames beside a recorded session and recorded samples of the real exchange."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from websocket_v6.testing import ExchangeEmulator

# Keys and unit counts have grown since the session of 2021.
ADDED_SINCE = {"trade": {"bap", "bas", "bbp", "bbs"}, "orderbook": {"lv"}}


def exact(text: str) -> dict:
    return json.loads(text, parse_float=Decimal)


@pytest.fixture(scope="module")
def recorded() -> dict[str, list[dict]]:
    """Frames of the recorded session by type."""
    from importlib.resources import files

    path = files("websocket_v6.testing") / "frames" / "capture_2021-04-17_simple.jsonl"
    frames: dict[str, list[dict]] = {}
    for line in path.read_text().splitlines():
        frame = exact(line)["frame"]
        frames.setdefault(frame["ty"], []).append(frame)
    return frames


async def emulated(opening, request: str, count: int) -> dict[str, list[dict]]:
    codes = {"KRW-LAMB", "KRW-WAVES", "BTC-ITAM", "BTC-PAX", "BTC-XTZ"}
    frames: dict[str, list[dict]] = {}
    async with ExchangeEmulator(rate=200, markets=codes) as exchange:
        client = await opening(exchange)
        await client.send(request)
        for _ in range(count):
            frame = exact(await client.text())
            frames.setdefault(frame["ty"], []).append(frame)
    return frames


def kind(value: object) -> str:
    """JSON's own types: a number is a number, however it is spelled."""
    if isinstance(value, bool) or value is None:
        return str(type(value))
    return "number" if isinstance(value, (int, Decimal)) else type(value).__name__


async def test_the_request_of_the_session_gets_frames_like_those_of_the_session(
    opening, recorded, samples
):
    request = samples("requests.jsonl")[1]
    sent = await emulated(opening, request, 200)
    assert set(sent) == set(recorded) == {"trade", "orderbook"}
    for data_type, frames in sent.items():
        real = recorded[data_type][0]
        for frame in frames:
            assert set(frame) - ADDED_SINCE[data_type] == set(real)
            assert {key: kind(frame[key]) for key in real} == {k: kind(v) for k, v in real.items()}
            assert frame["st"] == real["st"] == "REALTIME"
    units = {tuple(unit) for frame in sent["orderbook"] for unit in frame["obu"]}
    assert units == {tuple(unit) for frame in recorded["orderbook"] for unit in frame["obu"]}


async def test_totals_are_sums_in_the_session_and_here(opening, recorded, samples):
    sent = await emulated(opening, samples("requests.jsonl")[1], 200)
    for frames in (recorded["orderbook"], sent["orderbook"]):
        assert frames
        for frame in frames:
            assert frame["tas"] == sum(unit["as"] for unit in frame["obu"])
            assert frame["tbs"] == sum(unit["bs"] for unit in frame["obu"])


async def test_book_times_never_go_back_in_the_session_nor_here(opening, recorded, samples):
    sent = await emulated(opening, samples("requests.jsonl")[1], 200)
    for frames in (recorded["orderbook"], sent["orderbook"]):
        last: dict[str, int] = {}
        for frame in frames:
            assert frame["tms"] >= last.get(frame["cd"], 0)
            last[frame["cd"]] = frame["tms"]


async def test_the_recorded_request_of_2026_is_served(opening, samples):
    request = samples("requests.jsonl")[0]
    async with ExchangeEmulator(rate=0) as exchange:
        client = await opening(exchange)
        await client.send(request)
        frames = await client.frames(9)
        samples_by_type = {
            "orderbook": exact(samples("orderbook.jsonl")[2]),
            "ticker": exact(samples("ticker.jsonl")[1]),
            "trade": exact(samples("trade.jsonl")[2]),
        }
        for frame in frames:
            real = samples_by_type[frame["type"]]
            assert {k: kind(v) for k, v in frame.items()} == {k: kind(v) for k, v in real.items()}
            assert frame["stream_type"] == "SNAPSHOT"
