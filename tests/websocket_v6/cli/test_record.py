from __future__ import annotations

import asyncio
import gzip
import json
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from websocket_v6.cli import main
from websocket_v6.testing import (
    TEST_ACCESS_KEY,
    TEST_SECRET_KEY,
    ExchangeEmulator,
    ReplayFeed,
)


async def upbit_ws(*arguments: str) -> int:
    """The command on a thread of its own, beside the emulator."""
    limit = ["--seconds", "15"]  # a failed test must not leave a thread that runs for ever
    return await asyncio.to_thread(main, [*arguments, *limit])


async def has_content(path: Path) -> None:
    """Wait until the first frames are in the file."""
    async with asyncio.timeout(10):
        while not path.exists() or not path.stat().st_size:
            await asyncio.sleep(0.02)


def frames(path: Path) -> list[dict[str, Any]]:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


@pytest.fixture
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UPBIT_ACCESS_KEY", TEST_ACCESS_KEY)
    monkeypatch.setenv("UPBIT_SECRET_KEY", TEST_SECRET_KEY)


async def test_a_recording_holds_what_was_sent_and_plays_again(tmp_path: Path) -> None:
    out = tmp_path / "btc.jsonl.gz"
    async with ExchangeEmulator(rate=50.0) as exchange:
        code = await upbit_ws(
            "record", "ticker,orderbook", "KRW-BTC", "KRW-ETH",
            "--url", exchange.url, "--out", str(out), "--count", "20",
        )  # fmt: skip
        assert exchange.opened("public") == 1
        assert len(exchange.requests("subscribe")) == 1
    assert code == 0
    recorded = frames(out)
    assert len(recorded) == 20
    assert {(r["frame"]["type"], r["frame"]["code"]) for r in recorded} == {
        (data_type, symbol)
        for data_type in ("ticker", "orderbook")
        for symbol in ("KRW-BTC", "KRW-ETH")
    }
    times = [r["recv_ts"] for r in recorded]
    assert times == sorted(times)
    assert len(ReplayFeed(out).records) == 20


async def test_recording_goes_on_after_a_lost_connection(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "a.jsonl"
    async with ExchangeEmulator(rate=0) as exchange:
        task = asyncio.ensure_future(
            upbit_ws(
                "record",
                "ticker",
                "KRW-BTC",
                "--url",
                exchange.url,
                "--out",
                str(out),
                "--count",
                "2",
            )
        )
        await has_content(out)
        await exchange.stop()
        await exchange.start()
        assert await task == 0
    assert [r["frame"]["stream_type"] for r in frames(out)] == ["SNAPSHOT", "SNAPSHOT"]
    said = capsys.readouterr().err
    assert "trying again in" in said
    assert f"2 frames in {out}" in said


@pytest.mark.parametrize(
    ("fault", "cause", "wait"),
    [
        (lambda faults: faults.refuse(429, times=1, retry_after=1), "HTTP 429", "1.0 s"),
        (lambda faults: faults.refuse(503, times=1, retry_after=1), "HTTP 503", "1.0 s"),
        (lambda faults: faults.refuse(418, times=1), "HTTP 418", "0.7 s"),
        (lambda faults: faults.reject_next("TOO_MANY_REQUEST"), "closed by the exchange", "0.7 s"),
    ],
)
async def test_recording_waits_as_long_as_the_exchange_says(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    fault: Callable[[Any], None],
    cause: str,
    wait: str,
) -> None:
    monkeypatch.setenv("UPBIT_WS_RATE_LIMIT_WAIT", "0.7")
    monkeypatch.setenv("UPBIT_WS_RECONNECT_RESET_AFTER", "0.01")
    async with ExchangeEmulator(rate=0) as exchange:
        fault(exchange.faults)
        out = tmp_path / "a.jsonl"
        where = ["--url", exchange.url, "--out", str(out)]
        task = asyncio.ensure_future(
            upbit_ws("record", "ticker", "KRW-BTC", *where, "--count", "2")
        )
        await exchange.wait_subscribed("ticker", "KRW-BTC")
        await has_content(out)
        while not task.done():
            await exchange.publish("ticker", "KRW-BTC")
            await asyncio.sleep(0.01)
        assert await task == 0
    said = capsys.readouterr().err
    assert cause in said
    assert f"trying again in {wait}" in said


async def test_an_error_of_an_exchange_in_trouble_ends_no_recording(tmp_path: Path) -> None:
    out = tmp_path / "a.jsonl"
    async with ExchangeEmulator(rate=0) as exchange:
        where = ["--url", exchange.url, "--out", str(out)]
        task = asyncio.ensure_future(
            upbit_ws("record", "ticker", "KRW-BTC", *where, "--count", "3")
        )
        await has_content(out)
        exchange.faults.reject_next("WRONG_FORMAT")
        exchange.faults.kill()
        assert await task == 0
    kinds = [record["frame"].get("stream_type", "error") for record in frames(out)]
    assert kinds == ["SNAPSHOT", "error", "SNAPSHOT"]


async def test_what_the_exchange_rejects_ends_the_recording_with_its_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with ExchangeEmulator(region="id") as exchange:
        # The private types need keys: without them the public endpoint answers INVALID_AUTH.
        code = await upbit_ws("record", "ticker", "KRW-BTC", "--url", exchange.url + "/private",
                              "--out", str(tmp_path / "a.jsonl"))  # fmt: skip
    assert code != 0
    assert "HTTP 401" in capsys.readouterr().err


@pytest.mark.usefixtures("_keys")
async def test_private_frames_need_a_word(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "own.jsonl"
    async with ExchangeEmulator() as exchange:
        arguments = ["record", "my-assets,my-orders", "--url", exchange.url, "--out", str(out)]
        assert await upbit_ws(*arguments) == 2
        assert "--private" in capsys.readouterr().err
        assert not out.exists()
        task = asyncio.ensure_future(upbit_ws(*arguments, "--private", "--count", "1"))
        await exchange.wait_subscribed("myAsset", "*", timeout=5.0)
        exchange.account().deposit("KRW", 1000)
        assert await task == 0
    said = capsys.readouterr().err
    assert "warning" in said
    assert TEST_SECRET_KEY not in said
    assert frames(out)[0]["frame"]["type"] == "myAsset"


async def test_private_frames_need_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("UPBIT_ACCESS_KEY", raising=False)
    monkeypatch.delenv("UPBIT_SECRET_KEY", raising=False)
    code = await upbit_ws("record", "my-orders", "--private", "--out", str(tmp_path / "a.jsonl"))
    assert code == 2
    assert "set UPBIT_ACCESS_KEY and UPBIT_SECRET_KEY" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["tickers", "KRW-BTC"], "did you mean ticker?"),
        (["ticker"], "name at least one symbol"),
        (["ticker", "krw-btc"], "KRW-BTC"),
        (["ticker", "KRW-BTC", "--url", "ws://10.0.0.1/v1"], "in the clear"),
    ],
)
def test_what_cannot_work_is_said_before_a_file_is_made(
    tmp_path: Path, arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "a.jsonl"
    assert main(["record", *arguments, "--out", str(out)]) == 2
    assert words in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot send Ctrl-C to one process")
async def test_ctrl_c_leaves_a_whole_file_and_no_traceback(tmp_path: Path) -> None:
    out = tmp_path / "a.jsonl.gz"
    async with ExchangeEmulator(rate=0) as exchange:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "websocket_v6", "record", "ticker", "KRW-BTC",
            "--url", exchange.url, "--out", str(out),
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        await exchange.wait_subscribed("ticker", "KRW-BTC", timeout=20.0)
        await has_content(out)
        process.send_signal(signal.SIGINT)
        _, said = await process.communicate()
    assert process.returncode == 130
    assert b"Traceback" not in said
    assert frames(out)[0]["frame"]["stream_type"] == "SNAPSHOT"


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
async def test_a_crash_leaves_a_file_that_plays(tmp_path: Path, name: str) -> None:
    out = tmp_path / name
    async with ExchangeEmulator(rate=50.0) as exchange:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "websocket_v6", "record", "trade", "KRW-BTC",
            "--url", exchange.url, "--out", str(out), stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        await has_content(out)
        process.kill()
        await process.wait()
    assert len(ReplayFeed(out).records) == len(frames(out)) > 0


def test_an_exchange_that_was_never_reached_is_a_problem(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = "wss://exchange.invalid/websocket/v1"
    out = tmp_path / "btc.jsonl"
    code = main(
        ["record", "ticker", "KRW-BTC", "--url", url, "--out", str(out), "--seconds", "0.3"]
    )
    assert code == 1
    said = capsys.readouterr().err
    assert f"{url}: " in said
    assert said.endswith("no connection was made; `upbit-ws doctor` looks for the reason\n")
