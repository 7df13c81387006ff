"""A legacy client and a v6 proxy on one feed: the command ``upbit-migrate parity``."""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from compat_v5.parity import side_by_side
from compat_v5.parity.cli import add_parity_parser, run_parity
from websocket_v6 import WebSocketClientProxy, testing

Deliver = Callable[..., None]

REFERENCE = "tests.reference_v5:UpbitWebSocketPublicV5"
FAULTY = "tests.compat_v5.parity.faulty_clients"


def parity(*argv: str) -> int:
    parser = argparse.ArgumentParser()
    add_parity_parser(parser.add_subparsers())
    return run_parity(parser.parse_args(["parity", *argv]))


def verdict_of(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, dict]:
    code = parity("--json", *argv)
    return code, json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    "legacy",
    [
        pytest.param((), id="compat"),
        pytest.param(("--legacy", REFERENCE), id="reference"),
    ],
)
def test_both_sides_deliver_the_same(
    legacy: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    code, verdict = verdict_of(
        capsys,
        *legacy,
        "--symbols=KRW-BTC,KRW-ETH",
        "--types=ticker,trade,orderbook,candle.1m",
        "--frames=40",
    )
    assert verdict["differences"] == []
    assert (code, verdict["same"]) == (0, True)
    assert len(verdict["topics"]) == 8
    for topic in verdict["topics"]:
        assert topic["compared"] >= 40
        assert all(seconds > 0 for seconds in topic["first_data"])
    assert verdict["left"]["sockets"] == {"public": 1}
    assert verdict["right"]["sockets"] == {"public": 1}


@pytest.mark.parametrize(
    "legacy",
    [
        pytest.param((), id="compat"),
        pytest.param(("--legacy", "tests.reference_v5:UpbitWebSocketPrivateV5"), id="reference"),
    ],
)
def test_private_clients_deliver_the_same(
    legacy: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    code, verdict = verdict_of(capsys, *legacy, "--private", "--duration=2")
    assert verdict["differences"] == []
    assert code == 0
    types = {topic["topic"]["data_type"] for topic in verdict["topics"]}
    assert types == {"myOrder", "myAsset"}
    assert verdict["right"]["sockets"] == {"private": 1}


def test_the_legacy_envelope_is_unwrapped_and_mentioned(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert parity(f"--legacy={FAULTY}:DeliversEnvelopes", "--types=ticker", "--frames=20") == 0
    assert "inside the legacy envelope: unwrapped" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("bug", "kind", "words"),
    [
        ("DropsEvery100th", "missing", "1 of "),
        ("RenamesAKey", "keys", "lacks price and has trade_price in addition"),
        ("SwapsTwoFrames", "out_of_order", "1 of "),
        ("ChangesANumber", "values", "trade_price: "),
        ("CallsTwice", "duplicated", "deliveries repeat a frame"),
        ("OpensASecondSocket", "sockets", "legacy opened 2 public sockets where 1 is enough"),
        ("NeverCallsBack", "silent", "legacy received no frame of ticker KRW-BTC"),
        ("CannotConnect", "failed", "connect() raised TypeError"),
        ("CannotBeBuilt", "failed", "constructing it raised ValueError"),
    ],
)
def test_a_deliberate_bug_is_found_and_named(
    bug: str, kind: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    duration = ("--frames=60",) if kind not in {"silent", "failed"} else ("--duration=0.5",)
    code, verdict = verdict_of(capsys, f"--legacy={FAULTY}:{bug}", "--types=ticker", *duration)
    found = {item["kind"]: item for item in verdict["differences"]}
    assert words in found.pop(kind)["detail"]
    assert set(found) <= ({"snapshot"} if kind == "keys" else set())  # it shows there as well
    # That the old client cannot connect is a known defect; the others are failures.
    assert code == (0 if bug == "CannotConnect" else 1)


@pytest.mark.parametrize(
    ("bug", "words"),
    [
        ("CannotConnect", "connect() raised TypeError"),
        ("CannotBeBuilt", "constructing it raised ValueError"),
        ("CannotSubscribeTrades", "subscribing trade raised ValueError: no trades"),
    ],
)
def test_what_cannot_be_subscribed_is_not_waited_for(
    bug: str, words: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("compat_v5.parity.side_by_side.PATIENCE", 3600.0)
    _, verdict = verdict_of(
        capsys, f"--legacy={FAULTY}:{bug}", "--types=ticker,trade", "--frames=20"
    )
    assert words in "; ".join(item["detail"] for item in verdict["differences"])
    assert {item["side"] for item in verdict["differences"]} == {"legacy"}
    heard = {topic["topic"]["data_type"] for topic in verdict["topics"] if topic["frames"][1]}
    assert heard == {"ticker", "trade"}


def test_a_known_defect_is_named_and_not_counted(capsys: pytest.CaptureFixture[str]) -> None:
    code, verdict = verdict_of(
        capsys, f"--legacy={FAULTY}:NeverCallsBack", "--types=candle.1m", "--duration=0.5"
    )
    assert [(item["kind"], item["defect"]) for item in verdict["differences"]] == [
        ("silent", "D-3")
    ]
    assert (code, verdict["same"]) == (0, True)


def test_a_recording_is_a_feed_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recording = tmp_path / "market.jsonl"
    recording.write_text(
        "".join(
            json.dumps(
                {
                    "recv_ts": 1_700_000_000 + number / 100,
                    "opcode": "binary",
                    "frame": {
                        "type": "trade",
                        "code": "BTC-XYZ",
                        "trade_price": number,
                        "sequential_id": 17_000_000_000_000_000 + number,
                        "timestamp": 1_700_000_000_000 + 10 * number,
                        "stream_type": "REALTIME",
                    },
                }
            )
            + "\n"
            for number in range(200)
        )
    )
    code, verdict = verdict_of(capsys, f"--feed={recording}")  # everything in it, to its end
    assert verdict["differences"] == []
    assert code == 0
    (result,) = verdict["topics"]
    assert (result["topic"]["data_type"], result["topic"]["symbol"]) == ("trade", "BTC-XYZ")
    assert result["compared"] > 100

    assert parity(f"--feed={recording}", "--symbols=KRW-BTC") == 2
    assert "holds no trade of KRW-BTC" in capsys.readouterr().err


def test_a_captured_session_is_delivered_alike(capsys: pytest.CaptureFixture[str]) -> None:
    capture = Path(testing.__file__).parent / "frames" / "capture_2021-04-17_simple.jsonl"
    code, verdict = verdict_of(capsys, f"--feed={capture}", f"--legacy={REFERENCE}", "--speed=20")
    assert (code, verdict["differences"]) == (0, [])
    assert len(verdict["topics"]) == 8
    assert sum(result["compared"] for result in verdict["topics"]) > 400


def test_live_is_whatever_the_settings_name(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def compare() -> tuple[int, dict]:
        async with testing.ExchangeEmulator() as exchange:
            monkeypatch.setenv("UPBIT_WS_URL", exchange.url)
            result = await asyncio.to_thread(
                verdict_of, capsys, "--feed=live", "--types=trade", "--frames=5"
            )
            assert {request.connection.kind for request in exchange.sent_requests} == {"public"}
            return result

    code, verdict = asyncio.run(compare())
    assert (code, verdict["differences"]) == (0, [])
    assert verdict["topics"][0]["compared"] >= 5


def test_a_live_exchange_that_cannot_be_reached_ends_it_at_once(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UPBIT_WS_URL", "wss://exchange.invalid/websocket/v1")
    monkeypatch.setenv("UPBIT_WS_SUBSCRIBE_TIMEOUT", "0.5")
    assert parity("--feed=live") == 2
    said = capsys.readouterr().err
    assert "no connection to wss://exchange.invalid/websocket/v1 within 0.5 s" in said
    assert "--feed emulator needs no network" in said


def test_the_page_shows_the_verdict_and_plots(tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    assert parity("--types=ticker", "--frames=20", f"--html={page}") == 0
    text = page.read_text(encoding="utf-8")
    assert "SAME: 1 topic" in text
    assert text.count("<svg") == 2
    assert "<script" not in text


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["--legacy=nonsense"], "Write MODULE:CLASS"),
        (["--legacy=no_such_module_here:Client"], "'no_such_module_here' cannot be imported"),
        (["--legacy=json:Client"], "has no class 'Client'"),
        ([f"--legacy={FAULTY}:HasNoConfig"], "HasNoConfig cannot be led to the local exchange"),
        (["--types=candle.2m"], "--types 'candle.2m' is no public type"),
        (["--types=myOrder"], "--types 'myOrder' is no public type"),
        (["--private", "--feed=live"], "--feed live is for public data only"),
        (["--feed=no/such/file.jsonl"], "no/such/file.jsonl"),
        (["--symbols=,"], "--symbols names no pair"),
        (["--html=no/such/folder/report.html"], "no such folder"),
        (["--html=."], "is a folder"),
        (["--private", "--memory"], "--memory measures public clients"),
    ],
)
def test_what_cannot_be_run_is_a_clear_error(
    argv: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert parity(*argv) == 2
    shown = capsys.readouterr()
    assert words in shown.err
    assert shown.out == ""


@pytest.mark.skipif(sys.platform == "win32", reason="pipes of POSIX")
def test_a_reader_that_has_left_is_not_spoken_of() -> None:
    """As in `upbit-migrate parity | head`."""
    command = [sys.executable, "-m", "codemods", "parity", "--types=ticker", "--frames=5"]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    with process.stderr:
        errors = process.stderr.read()
    process.wait(60)
    assert "pipe" not in errors
    assert "ticker of KRW-BTC" in errors


@pytest.mark.parametrize("argument", ["--frames=0", "--frames=x", "--duration=-1", "--speed=nan"])
def test_a_number_that_is_none_is_refused(
    argument: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parity(argument)
    assert ended.value.code == 2
    assert repr(argument.partition("=")[2]) in capsys.readouterr().err


class TestTheSideOfV6:
    """The same bugs on the other side: the proxy's deliveries pass through a faulty hand."""

    @pytest.fixture
    def spoil(self, monkeypatch: pytest.MonkeyPatch) -> Callable[[Deliver], None]:
        honest = side_by_side.subscribe_proxy

        def install(faulty: Deliver) -> None:
            async def subscribe(
                proxy: WebSocketClientProxy, data_type: str, pairs: Sequence[str], on_frame: Any
            ) -> str:
                return await honest(proxy, data_type, pairs, partial(faulty, on_frame))

            monkeypatch.setattr(side_by_side, "subscribe_proxy", subscribe)

        return install

    def test_dropped_frames(
        self, spoil: Callable[[Deliver], None], capsys: pytest.CaptureFixture[str]
    ) -> None:
        numbers = itertools.count()

        def drop(on_frame: Any, *args: Any) -> None:
            if next(numbers) % 20 != 10:
                on_frame(*args)

        spoil(drop)
        code, verdict = verdict_of(capsys, "--types=trade", "--frames=60")
        (found,) = verdict["differences"]
        assert (code, found["kind"], found["side"]) == (1, "missing", "v6")
        assert "(every 20th)" in found["detail"]

    def test_a_second_socket(self, capsys: pytest.CaptureFixture[str]) -> None:
        extra: list[WebSocketClientProxy] = []
        honest = side_by_side.WebSocketClientProxy

        class Greedy(honest):  # type: ignore[misc,valid-type]
            async def subscribe_trade(self, *args: Any, **options: Any) -> str:
                url = self._endpoint_for_test
                extra.append(honest("another", endpoint=url.replace("127.0.0.1", "localhost")))
                await extra[-1].subscribe_trade(["KRW-ETH"], lambda *_: None)
                return await super().subscribe_trade(*args, **options)

            def __init__(self, *args: Any, **options: Any) -> None:
                self._endpoint_for_test = options["endpoint"]
                super().__init__(*args, **options)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(side_by_side, "WebSocketClientProxy", Greedy)
            code, verdict = verdict_of(capsys, "--types=trade", "--frames=20")
        (found,) = verdict["differences"]
        assert (code, found["kind"]) == (1, "sockets")
        assert found["detail"] == "v6 opened 2 public sockets where 1 is enough"
