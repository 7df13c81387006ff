from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from collections.abc import Iterator

import pytest

from websocket_v6.cli import main
from websocket_v6.cli.doctor import _check_clock, _explain_status
from websocket_v6.testing import TEST_ACCESS_KEY, TEST_SECRET_KEY, ExchangeEmulator

DATE = "Sun, 22 Nov 2026 18:00:00 GMT"
AT = 1795370400.5


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UPBIT_ACCESS_KEY", raising=False)
    monkeypatch.delenv("UPBIT_SECRET_KEY", raising=False)


@pytest.fixture
def refusing_port() -> Iterator[int]:
    """A port that is taken and does not listen: connecting to it is refused."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]


async def findings(
    capsys: pytest.CaptureFixture[str], *arguments: str
) -> tuple[int, dict[str, dict[str, str]]]:
    code = await asyncio.to_thread(main, ["doctor", "--json", *arguments])
    printed = json.loads(capsys.readouterr().out)
    return code, {finding["check"]: finding for finding in printed}


async def test_a_server_in_order_passes(capsys: pytest.CaptureFixture[str]) -> None:
    async with ExchangeEmulator(rate=0) as exchange:
        code, found = await findings(capsys, "--url", exchange.url)
    assert code == 0
    assert {check: finding["outcome"] for check, finding in found.items()} == {
        "endpoint": "ok",
        "name": "ok",
        "TCP": "ok",
        "WebSocket": "ok",
        "clock": "ok",
        "subscription": "ok",
        "keys": "skip",
    }
    assert "KRW-BTC snapshot" in found["subscription"]["detail"]


async def test_the_lines_for_people_name_the_remedy(
    capsys: pytest.CaptureFixture[str], refusing_port: int
) -> None:
    url = f"ws://127.0.0.1:{refusing_port}/websocket/v1"
    assert await asyncio.to_thread(main, ["status", "--url", url]) == 1
    printed = capsys.readouterr().out
    assert f"fail  TCP           port {refusing_port}" in printed
    assert "-> check that the server runs there" in printed
    assert printed.endswith("1 problem found\n")


async def test_keys_that_are_accepted(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UPBIT_ACCESS_KEY", TEST_ACCESS_KEY)
    monkeypatch.setenv("UPBIT_SECRET_KEY", TEST_SECRET_KEY)
    async with ExchangeEmulator(rate=0) as exchange:
        code, found = await findings(capsys, "--url", exchange.url)
    assert (code, found["keys"]["outcome"]) == (0, "ok")


async def test_keys_that_are_refused_fail_and_are_not_shown(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UPBIT_ACCESS_KEY", "TEST-ACCESS-KEY-OTHER")
    monkeypatch.setenv("UPBIT_SECRET_KEY", "TEST-SECRET-KEY-OTHER")
    async with ExchangeEmulator(rate=0) as exchange:
        code, found = await findings(capsys, "--url", exchange.url)
    assert (code, found["keys"]["outcome"]) == (1, "fail")
    assert "401" in found["keys"]["detail"]
    assert "permissions" in found["keys"]["remedy"]
    assert "OTHER" not in json.dumps(found)


async def test_keys_that_are_refused_after_the_upgrade(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UPBIT_ACCESS_KEY", TEST_ACCESS_KEY)
    monkeypatch.setenv("UPBIT_SECRET_KEY", TEST_SECRET_KEY)
    monkeypatch.setattr("websocket_v6.cli.doctor.REFUSAL_WINDOW", 10.0)
    async with ExchangeEmulator(rate=0) as exchange:
        asked = asyncio.ensure_future(findings(capsys, "--url", exchange.url))
        await exchange.wait_subscribed("myAsset", "*", timeout=10.0)
        refusal = b'{"error":{"name":"INVALID_AUTH","message":"no"}}'
        await exchange.publish_raw(refusal, kind="private")
        code, found = await asked
    assert (code, found["keys"]["outcome"]) == (1, "fail")
    assert "INVALID_AUTH" in found["keys"]["detail"]


async def test_a_console_without_korean_gets_the_text_escaped() -> None:
    async with ExchangeEmulator(rate=0) as exchange:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c",
            "import sys; from websocket_v6.cli import doctor, main\n"
            "doctor.REFUSAL_WINDOW = 10.0\n"
            f"sys.exit(main(['doctor', '--url', {exchange.url!r}]))",
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            env=os.environ | {
                "PYTHONIOENCODING": "ascii",
                "UPBIT_ACCESS_KEY": TEST_ACCESS_KEY,
                "UPBIT_SECRET_KEY": TEST_SECRET_KEY,
            },
        )  # fmt: skip
        await exchange.wait_subscribed("myAsset", "*", timeout=20.0)
        refusal = '{"error":{"name":"INVALID_AUTH","message":"인증"}}'
        await exchange.publish_raw(refusal.encode(), kind="private")
        out, err = await process.communicate()
    assert (process.returncode, err) == (1, b"")
    assert rb"INVALID_AUTH: \uc778\uc99d" in out


async def test_one_key_alone_fails(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UPBIT_ACCESS_KEY", TEST_ACCESS_KEY)
    async with ExchangeEmulator(rate=0) as exchange:
        code, found = await findings(capsys, "--url", exchange.url)
    assert (code, found["keys"]["outcome"]) == (1, "fail")
    assert "UPBIT_SECRET_KEY is not" in found["keys"]["detail"]


async def test_a_market_the_exchange_does_not_have(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("websocket_v6.cli.doctor.ANSWER_TIMEOUT", 0.2)
    async with ExchangeEmulator(rate=0) as exchange:
        code, found = await findings(capsys, "--url", exchange.url, "--symbol", "KRW-NOPE")
    assert (code, found["subscription"]["outcome"]) == (1, "fail")
    assert "--symbol" in found["subscription"]["remedy"]


async def test_an_endpoint_that_is_no_exchange(capsys: pytest.CaptureFixture[str]) -> None:
    async with ExchangeEmulator(rate=0) as exchange:
        code, found = await findings(capsys, "--url", exchange.url + "/nothing/here")
    assert (code, found["WebSocket"]["outcome"]) == (1, "fail")
    assert "check the URL" in found["WebSocket"]["remedy"]


async def test_a_name_that_does_not_exist_skips_what_depends_on_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, found = await findings(capsys, "--url", "wss://exchange.invalid/websocket/v1")
    assert (code, found["name"]["outcome"]) == (1, "fail")
    assert set(found) == {"endpoint", "name", "keys"}


async def test_a_clock_that_is_wrong_is_noticed(capsys: pytest.CaptureFixture[str]) -> None:
    async with ExchangeEmulator(rate=0) as exchange:
        exchange.faults.clock_jump(-90)
        code, found = await findings(capsys, "--url", exchange.url)
    assert (code, found["clock"]["outcome"]) == (0, "warn")
    assert "s ahead of the server's" in found["clock"]["detail"]
    assert "time synchronisation" in found["clock"]["remedy"]


async def test_a_name_only_the_proxy_knows_is_no_problem(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, refusing_port: int
) -> None:
    monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{refusing_port}")
    code, found = await findings(capsys, "--url", "wss://exchange.invalid/websocket/v1")
    assert found["name"]["outcome"] == found["TLS"]["outcome"] == "skip"
    assert "the proxy looks it up" in found["name"]["detail"]
    assert (code, found["WebSocket"]["outcome"]) == (1, "fail")  # this proxy is not there
    assert "any proxy between" in found["WebSocket"]["remedy"]


def test_a_setting_that_cannot_be_used_is_no_finding(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UPBIT_WS_REGION", "us")
    assert main(["doctor"]) == 2
    assert "UPBIT_WS_REGION: 'us' is not one of" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("now", "outcome", "words"),
    [
        (AT, "ok", "within 2 s"),
        (AT + 1.9, "ok", "within 2 s"),
        (AT + 30, "warn", "30 s ahead of"),
        (AT - 30, "warn", "30 s behind"),
    ],
)
def test_the_clock_is_compared_with_the_servers(now: float, outcome: str, words: str) -> None:
    finding = _check_clock(DATE, now)
    assert finding.outcome == outcome
    assert words in finding.detail


@pytest.mark.parametrize("date", [None, "yesterday"])
def test_a_server_without_a_clock_is_no_problem(date: str | None) -> None:
    assert _check_clock(date, AT).outcome == "skip"


@pytest.mark.parametrize(
    ("status", "words"),
    [(429, "too many"), (418, "too many"), (401, "refused"), (503, "problem"), (404, "instead of")],
)
def test_a_status_instead_of_the_upgrade_is_explained(status: int, words: str) -> None:
    detail, remedy = _explain_status(status)
    assert str(status) in detail
    assert words in detail
    assert remedy
