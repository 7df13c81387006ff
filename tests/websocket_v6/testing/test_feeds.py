"""Where frames come from: docs/emulator.md, "Feeds"."""

from __future__ import annotations

import gzip
import json
from decimal import Decimal
from importlib.resources import as_file, files
from itertools import pairwise

import pytest

from websocket_v6.testing import (
    BadSettingError,
    ExchangeEmulator,
    LockstepFeed,
    ManualClock,
    PreparedFeed,
    ReplayFeed,
    ReplayFileError,
    SyntheticFeed,
)

BTC = {"type": "ticker", "codes": ["KRW-BTC"]}
LAMB = {"type": "trade", "codes": ["KRW-LAMB"]}


@pytest.fixture
def capture():
    with as_file(files("websocket_v6.testing") / "frames/capture_2021-04-17_simple.jsonl") as path:
        yield path


# The made-up market


async def test_trades_come_at_the_asked_rate(opening):
    clock = ManualClock()
    async with ExchangeEmulator(rate=20, clock=clock) as exchange:
        client = await opening(exchange)
        await client.subscribe({"type": "trade", "codes": ["KRW-BTC"]}, BTC)
        await client.frames(2)
        await clock.advance(1.0)
        frames = await client.everything()
        assert len(frames) == 40
        trades = [f for f in frames if f["type"] == "trade"]
        tickers = [f for f in frames if f["type"] == "ticker"]
        assert [t["trade_price"] for t in trades] == [t["trade_price"] for t in tickers]


@pytest.mark.timeout(20)  # a market that keeps the loop to itself never ends
async def test_a_rate_beyond_the_machine_leaves_the_loop_to_others(opening):
    async with ExchangeEmulator(rate=10_000_000) as exchange:
        client = await opening(exchange)
        await client.subscribe(BTC)
        await client.frames(1000)


async def test_books_stand_on_a_grid_of_100_ms_with_a_phase_per_pair(opening):
    clock = ManualClock()
    lateness = []
    async with ExchangeEmulator(rate=20, clock=clock) as exchange:
        client = await opening(exchange)
        await client.subscribe({"type": "orderbook", "codes": ["KRW-BTC", "KRW-ETH"]})
        await client.frames(2)
        exchange.on_frame = lambda connection, stream, frame: lateness.append(
            exchange.now_ms() - frame.values["timestamp"]
        )
        await clock.advance(2.0)
        times: dict[str, list[int]] = {}
        for frame in await client.everything():
            times.setdefault(frame["code"], []).append(frame["timestamp"])
    assert {time % 100 for time in times["KRW-BTC"]} == {6}
    assert len({time % 100 for time in times["KRW-ETH"]}) == 1
    for stamps in times.values():
        assert {later - former for former, later in pairwise(stamps)} == {100}
    assert max(lateness) <= 1


async def test_a_candle_comes_once_a_second_and_repeats_its_bucket_until_it_rolls_over(opening):
    clock = ManualClock(wall=1_785_397_618.2)  # 07:46:58.2
    async with ExchangeEmulator(rate=5, clock=clock) as exchange:
        client = await opening(exchange)
        await client.subscribe({"type": "candle.1m", "codes": ["KRW-BTC"]})
        frames = [await client.frame()]
        await clock.advance(4.0)
        frames += await client.everything()
    buckets = [frame["candle_date_time_utc"][-5:] for frame in frames]
    assert buckets == sorted(buckets)
    assert set(buckets) == {"46:00", "47:00"}
    assert len(buckets) > len(set(buckets))


async def test_a_candle_without_trades_sends_nothing(opening):
    clock = ManualClock()
    async with ExchangeEmulator(rate=0.25, clock=clock) as exchange:
        client = await opening(exchange)
        candle = {"type": "candle.1s", "codes": ["KRW-BTC"]}
        await client.subscribe(candle, {"type": "trade", "codes": ["KRW-BTC"]})
        await client.frames(2)
        await clock.advance(40.0)
        types = [frame["type"] for frame in await client.everything()]
    assert types.count("trade") == 10
    assert types.count("candle.1s") in (9, 10)  # the last one may still be a second away


async def test_a_code_that_comes_back_keeps_its_rate(opening):
    clock = ManualClock()
    async with ExchangeEmulator(rate=10, clock=clock) as exchange:
        client = await opening(exchange)
        for codes in (["KRW-BTC"], ["KRW-ETH"], ["KRW-BTC"]):
            await client.subscribe({"type": "trade", "codes": codes})
            await client.frame()
        await clock.advance(1.0)
        assert len(await client.everything()) == 10


async def test_snapshots_of_a_quiet_market_are_as_old_as_its_last_change(opening):
    clock = ManualClock()
    async with ExchangeEmulator(rate=0, clock=clock) as exchange:
        client = await opening(exchange)
        await client.subscribe(BTC)
        first = await client.frame()
        await clock.advance(50.0)
        await client.subscribe(BTC)
        assert (await client.frame())["timestamp"] == first["timestamp"]


async def test_the_same_seed_gives_the_same_frames(opening):
    texts = []
    for seed in (5, 5, 6):
        async with ExchangeEmulator(rate=10, seed=seed, clock=(clock := ManualClock())) as exchange:
            client = await opening(exchange)
            await client.subscribe({"type": "trade", "codes": ["KRW-BTC"]})
            await client.frame()
            await clock.advance(1.0)
            texts.append([await client.text() for _ in range(10)])
    assert texts[0] == texts[1] != texts[2]


# Lock-step


async def lockstep(opening, seed: int, requests: list[list[dict]]) -> dict[tuple[str, str], list]:
    """The REALTIME frames per topic of a client that sends *requests*, five per topic."""
    got: dict[tuple[str, str], list] = {}
    feed = LockstepFeed(5, seed)
    async with ExchangeEmulator(feed=feed) as exchange:
        client = await opening(exchange)
        for objects in requests:
            await client.subscribe(*objects)
            await exchange.wait_subscribed(objects[-1]["type"], objects[-1]["codes"][-1])
        wanted = {(item["type"], code) for item in requests[-1] for code in item["codes"]}
        while not all(len(got.get(topic, ())) == 5 for topic in wanted):
            frame = await client.frame()
            if frame["stream_type"] == "REALTIME":
                got.setdefault((frame["type"], frame["code"]), []).append(frame)
        assert all(feed.index(*topic) == 5 for topic in wanted)
    return got


async def test_two_runs_get_the_same_frames_however_they_subscribe(opening):
    book = {"type": "orderbook", "codes": ["KRW-BTC"]}
    trades = {"type": "trade", "codes": ["KRW-BTC", "KRW-ETH"]}
    at_once = await lockstep(opening, 1, [[BTC, book, trades]])
    one_by_one = await lockstep(opening, 1, [[book], [trades, book], [trades, book, BTC]])
    assert at_once == one_by_one
    assert at_once != await lockstep(opening, 2, [[BTC, book, trades]])
    ids = [f["sequential_id"] for f in at_once["trade", "KRW-BTC"]]
    assert len(set(ids)) == 5


async def test_a_sequence_stands_still_while_nobody_holds_it(opening):
    clock = ManualClock()
    feed = LockstepFeed(rate=10)
    async with ExchangeEmulator(feed=feed, clock=clock) as exchange:
        client = await opening(exchange)
        await client.subscribe(BTC)
        await exchange.wait_subscribed("ticker", "KRW-BTC")
        await clock.advance(1.0)
        stood = feed.index("ticker", "KRW-BTC")
        assert stood > 0
        await client.subscribe({"type": "ticker", "codes": ["KRW-ETH"]})
        await exchange.wait_subscribed("ticker", "KRW-ETH")
        await clock.advance(5.0)
        assert feed.index("ticker", "KRW-BTC") == stood


async def test_a_frame_that_nobody_can_get_yet_is_not_spent(opening):
    clock = ManualClock()
    feed = LockstepFeed(rate=10)
    async with ExchangeEmulator(feed=feed, clock=clock, snapshot_delay=2.0) as exchange:
        client = await opening(exchange)
        await client.subscribe(BTC)
        await exchange.wait_subscribed("ticker", "KRW-BTC")
        await clock.advance(1.9)
        assert feed.index("ticker", "KRW-BTC") == 0
        await clock.advance(1.0)
        assert feed.index("ticker", "KRW-BTC") > 0


async def test_a_later_subscriber_gets_the_present_frame_as_snapshot(opening):
    async with ExchangeEmulator(feed=LockstepFeed(3)) as exchange:
        first, second = await opening(exchange), await opening(exchange)
        await first.subscribe(BTC)
        last = (await first.frames(4))[-1]
        await second.subscribe(BTC)
        assert await second.frame() == last | {"stream_type": "SNAPSHOT"}


# Recordings


@pytest.mark.parametrize("wire_format", ["SIMPLE", "DEFAULT"])
async def test_a_replay_sends_what_was_recorded(opening, capture, wire_format):
    lines = capture.read_text().splitlines()
    recorded = [json.loads(line, parse_float=Decimal)["frame"] for line in lines]
    wanted = [f for f in recorded if f["ty"] == "trade" and f["cd"] == "KRW-LAMB"]
    async with ExchangeEmulator(feed=ReplayFeed(capture, speed=0)) as exchange:
        client = await opening(exchange)
        await client.subscribe({**LAMB, "is_only_realtime": True}, wire_format=wire_format)
        got = await client.frames(len(wanted))
    if wire_format == "SIMPLE":
        assert got == wanted
    else:
        assert [f["sequential_id"] for f in got] == [f["sid"] for f in wanted]


async def test_a_replay_keeps_the_spelling_of_numbers(opening, capture):
    async with ExchangeEmulator(feed=ReplayFeed(capture, speed=0)) as exchange:
        client = await opening(exchange)
        await client.subscribe({**LAMB, "is_only_realtime": True}, wire_format="SIMPLE")
        first = json.dumps(json.loads(capture.read_text().splitlines()[0])["frame"])
        text = await client.text()
        assert '"tp":127.0,' in text
        assert '"pcp":123.00000000,' in text
        assert json.loads(text) == json.loads(first)


async def test_a_replay_keeps_the_gaps_divided_by_its_speed(opening, capture):
    clock = ManualClock()
    feed = ReplayFeed(capture, speed=2.0)
    seconds = feed.records[-1][0] - feed.records[0][0]
    async with ExchangeEmulator(feed=feed, clock=clock, idle_timeout=10**6) as exchange:
        client = await opening(exchange, ping_interval=None)
        await client.subscribe(LAMB)
        await client.frame()
        await clock.advance(seconds / 4)
        assert 0 < feed.position < len(feed.records)
        await clock.advance(seconds / 4)
        assert feed.position == len(feed.records)


async def test_a_replay_goes_on_where_it_stood_when_the_exchange_stopped(opening, capture):
    clock = ManualClock()
    feed = ReplayFeed(capture)
    async with ExchangeEmulator(feed=feed, clock=clock, idle_timeout=10**6) as exchange:
        client = await opening(exchange)
        await client.subscribe(LAMB)
        await client.frame()
        await clock.advance(10.0)
        await exchange.stop()
        stood = feed.position
        await exchange.start()
        client = await opening(exchange)
        await client.subscribe(LAMB)
        await client.frame()
        await clock.advance(1.0)
        assert feed.position > stood > 0


async def test_a_replay_knows_only_the_recorded_codes(opening, capture):
    async with ExchangeEmulator(feed=ReplayFeed(capture, speed=0)) as exchange:
        client = await opening(exchange)
        await client.subscribe(BTC)
        assert await client.listed() == []


async def test_a_compressed_recording_that_ends_in_the_middle_plays(capture, tmp_path):
    packed = tmp_path / "session.jsonl.gz"
    packed.write_bytes(gzip.compress(capture.read_bytes())[:-2000])
    assert 0 < len(ReplayFeed(packed).records) < 449
    torn = tmp_path / "session.jsonl"
    torn.write_bytes(capture.read_bytes()[:2000])
    assert len(ReplayFeed(torn).records) > 0


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "No such file"),
        (b"hello\n", "line 1"),
        (b'{"recv_ts":1}\n', "line 1"),
        (b"[]\n", "line 1"),
        (b"\xff\n", "line"),
    ],
)
def test_a_recording_that_does_not_read_is_named(tmp_path, content, problem):
    path = tmp_path / "bad.jsonl"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ReplayFileError, match=problem) as caught:
        ReplayFeed(path)
    assert str(path) in str(caught.value)


async def test_private_recordings_reach_private_clients(opening, tmp_path, samples):
    path = tmp_path / "private.jsonl"
    frames = samples("my_order.jsonl")[:2] + samples("my_asset.jsonl")[:1]
    path.write_text("".join(f'{{"recv_ts":1,"opcode":"binary","frame":{f}}}\n' for f in frames))
    async with ExchangeEmulator(feed=ReplayFeed(path, speed=0)) as exchange:
        client = await opening(exchange, private=True)
        await client.subscribe({"type": "myOrder"}, {"type": "myAsset"})
        assert [await client.text() for _ in range(3)] == frames


# Prepared messages


async def test_prepared_messages_arrive_byte_for_byte_and_go_round(opening):
    bodies = [b'{"type":"ticker","n":%d}' % n for n in range(3)]
    feed = PreparedFeed({("ticker", "KRW-BTC"): bodies}, total=600)
    async with ExchangeEmulator(feed=feed) as exchange:
        client = await opening(exchange)
        await client.subscribe({**BTC, "is_only_realtime": True})
        got = [await client.text() for _ in range(600)]
        await client.listed()
    assert got == [bodies[n % 3].decode() for n in range(600)]


async def test_prepared_messages_can_be_paced(opening):
    clock = ManualClock()
    feed = PreparedFeed({("ticker", "KRW-BTC"): [b"{}"]}, rate=1000)
    async with ExchangeEmulator(feed=feed, clock=clock) as exchange:
        client = await opening(exchange)
        await client.subscribe({**BTC, "is_only_realtime": True})
        await exchange.wait_subscribed("ticker", "KRW-BTC")
        await clock.advance(0.5)
        assert 490 <= feed.sent <= 500


class BrokenFeed(SyntheticFeed):
    """A feed with a mistake in it."""

    async def run(self, floor):
        raise LookupError("a mistake")


async def test_a_feed_that_fails_says_so(caplog):
    exchange = ExchangeEmulator(feed=BrokenFeed())
    await exchange.start()
    await exchange.changed(0.01)
    assert "feed_failed" in caplog.text
    with pytest.raises(LookupError, match="a mistake"):
        await exchange.stop()
    assert not exchange.listening


@pytest.mark.parametrize(
    "make",
    [
        lambda: SyntheticFeed(-1),
        lambda: LockstepFeed(-1),
        lambda: LockstepFeed(rate=0),
        lambda: PreparedFeed({}),
        lambda: PreparedFeed({("ticker", "KRW-BTC"): []}),
    ],
)
def test_feeds_refuse_what_cannot_be(make):
    with pytest.raises(BadSettingError):
        make()
