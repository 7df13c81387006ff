from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
from asyncio.subprocess import PIPE, Process

import pytest

from websocket_v6.cli import main
from websocket_v6.testing import TEST_ACCESS_KEY, TEST_SECRET_KEY, ExchangeEmulator

KEYS = {"UPBIT_ACCESS_KEY": TEST_ACCESS_KEY, "UPBIT_SECRET_KEY": TEST_SECRET_KEY}
posix = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals and terminals")


async def start(*arguments: str, stdout: int = PIPE, **environ: str) -> Process:
    environment = {name: value for name, value in os.environ.items() if name not in KEYS}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "websocket_v6", "watch", *arguments,
        stdout=stdout, stderr=PIPE, env=environment | environ,
    )  # fmt: skip


async def finished(process: Process) -> tuple[int | None, list[str], str]:
    async with asyncio.timeout(30):
        out, err = await process.communicate()
    return process.returncode, (out or b"").decode().splitlines(), err.decode()


async def test_a_pipe_gets_one_frame_per_line() -> None:
    async with ExchangeEmulator(rate=50.0) as exchange:
        process = await start("ticker", "KRW-BTC", "KRW-ETH", "--count", "6", "--url", exchange.url)
        code, lines, said = await finished(process)
        assert len(exchange.requests("subscribe")) == 1
    assert (code, said) == (0, "")
    received = [json.loads(line) for line in lines]
    assert len(received) == 6
    assert {frame["code"] for frame in received} == {"KRW-BTC", "KRW-ETH"}
    assert {frame["type"] for frame in received} == {"ticker"}


@pytest.mark.parametrize(
    ("arguments", "topic"),
    [
        (["orderbook", "KRW-BTC"], ("orderbook", "KRW-BTC")),
        (["trade", "KRW-BTC"], ("trade", "KRW-BTC")),
        (["candle.1m", "KRW-BTC"], ("candle.1m", "KRW-BTC")),
    ],
)
async def test_every_public_type(arguments: list[str], topic: tuple[str, str]) -> None:
    async with ExchangeEmulator(rate=0) as exchange:
        process = await start(*arguments, "--count", "1", "--url", exchange.url)
        code, lines, _ = await finished(process)
    assert code == 0
    frame = json.loads(lines[0])
    assert (frame["type"], frame["code"]) == topic


@pytest.mark.parametrize(
    ("name", "wire_name"), [("my-orders", "myOrder"), ("my-assets", "myAsset")]
)
async def test_private_types_use_the_keys_of_the_environment(name: str, wire_name: str) -> None:
    async with ExchangeEmulator(rate=0) as exchange:
        process = await start(name, "--count", "1", "--url", exchange.url, **KEYS)
        await exchange.wait_subscribed(wire_name, "*", timeout=20.0)
        exchange.account().place_order("KRW-BTC", price=1000, volume=1)
        code, lines, _ = await finished(process)
        assert exchange.opened("public") == 0
    assert code == 0
    assert json.loads(lines[0])["type"] == wire_name


async def test_keys_that_are_refused_end_it() -> None:
    async with ExchangeEmulator(rate=0) as exchange:
        keys = {name: "TEST-OTHER-" + name for name in KEYS}
        process = await start("my-orders", "--url", exchange.url, **keys)
        code, lines, said = await finished(process)
    assert (code, lines) == (2, [])
    assert "account 'default'" in said
    assert "invalid_access_key: the access key is not known" in said
    assert "`upbit-ws doctor` checks them" in said
    assert "initialize()" not in said
    assert "TEST-OTHER" not in said


async def test_commas_between_symbols_are_spaces() -> None:
    async with ExchangeEmulator(rate=0) as exchange:
        process = await start("ticker", "KRW-BTC,KRW-ETH", "--count", "2", "--url", exchange.url)
        code, lines, _ = await finished(process)
    assert code == 0
    assert {json.loads(line)["code"] for line in lines} == {"KRW-BTC", "KRW-ETH"}


async def test_a_market_that_does_not_exist_is_named() -> None:
    async with ExchangeEmulator(rate=0) as exchange:
        process = await start("ticker", "KRW-BTC", "KRW-NOPE", "--url", exchange.url)
        assert process.stderr is not None
        async with asyncio.timeout(30):
            said = (await process.stderr.readline()).decode()
        process.kill()
        await finished(process)
    assert said == (
        "upbit-ws watch: KRW-NOPE: the exchange does not have this market; check spelling and region\n"
    )


async def test_the_time_is_up() -> None:
    async with ExchangeEmulator(rate=0) as exchange:
        process = await start("ticker", "KRW-BTC", "--seconds", "0.3", "--url", exchange.url)
        code, lines, _ = await finished(process)
    assert code == 0
    assert len(lines) == 1


async def test_a_lost_connection_is_reported_and_comes_back() -> None:
    async with ExchangeEmulator(rate=0) as exchange:
        process = await start("ticker", "KRW-BTC", "--count", "2", "--url", exchange.url)
        assert process.stdout is not None
        await process.stdout.readline()
        await exchange.stop()
        await exchange.start()
        code, lines, said = await finished(process)
    assert code == 0
    assert len(lines) == 1
    assert "connection lost" in said


@posix
async def test_ctrl_c_ends_it_without_a_traceback() -> None:
    async with ExchangeEmulator(rate=0) as exchange:
        process = await start("ticker", "KRW-BTC", "--url", exchange.url)
        assert process.stdout is not None
        await process.stdout.readline()
        process.send_signal(signal.SIGINT)
        code, _, said = await finished(process)
    assert (code, said) == (130, "")


@posix
async def test_a_reader_that_leaves_ends_it() -> None:
    async with ExchangeEmulator(rate=50.0) as exchange:
        read, write = os.pipe()
        process = await start("trade", "KRW-BTC", "--url", exchange.url, stdout=write)
        os.close(write)
        assert await asyncio.to_thread(os.read, read, 1)
        os.close(read)
        code, _, said = await finished(process)
    assert (code, said) == (0, "")


@posix
@pytest.mark.parametrize(
    ("environ", "colours"), [({}, True), ({"NO_COLOR": "1"}, False)], ids=["colour", "NO_COLOR"]
)
async def test_a_terminal_gets_a_table(environ: dict[str, str], colours: bool) -> None:
    import pty

    async with ExchangeEmulator(rate=0, seed=3) as exchange:
        terminal, slave = pty.openpty()
        process = await start(
            "ticker", "KRW-BTC", "--count", "1", "--url", exchange.url,
            stdout=slave, COLUMNS="120", TERM="xterm-256color", **environ,
        )  # fmt: skip
        code, _, said = await finished(process)
        os.set_blocking(terminal, False)
        drawn = os.read(terminal, 65536).decode()
        os.close(slave)
        os.close(terminal)
    assert (code, said) == (0, "")
    plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", drawn)
    assert "turnover 24h" in plain
    assert re.search(r"KRW-BTC +[\d,]+ +[-+]\d+\.\d\d%", plain)
    assert "\x1b[1m" in drawn
    assert ("\x1b[31m" in drawn or "\x1b[34m" in drawn) is colours


async def test_an_exchange_that_cannot_be_reached_is_said_clearly() -> None:
    process = await start(
        "ticker", "KRW-BTC", "--url", "wss://exchange.invalid/websocket/v1",
        UPBIT_WS_SUBSCRIBE_TIMEOUT="2.5",
    )  # fmt: skip
    code, lines, said = await finished(process)
    assert (code, lines) == (1, [])
    first, last = said.splitlines()
    assert first.endswith(
        "no connection to wss://exchange.invalid/websocket/v1 yet; trying for 2.5 s"
    )
    assert "no connection to wss://exchange.invalid/websocket/v1 within 2.5 s" in last
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["tickers", "KRW-BTC"], "did you mean ticker?"),
        (["order_book", "KRW-BTC"], "did you mean orderbook?"),
        (["balance", "KRW-BTC"], "give one of ticker, trade"),
        (["KRW-BTC", "ticker"], "the type comes before the market: ticker KRW-BTC"),
        (["candle.1d", "KRW-BTC"], "GET /v1/candles/days"),
        (["candle", "KRW-BTC"], "such as candle.1m"),
        (["my-orders"], "set UPBIT_ACCESS_KEY and UPBIT_SECRET_KEY"),
        (["ticker"], "at least one symbol"),
        (["ticker", "krw-btc"], "krw-btc"),
        (["my-assets", "KRW-BTC"], "my-assets always shows all"),
        (["ticker", "KRW-BTC", "--url", "ws://10.0.0.1/v1"], "in the clear"),
    ],
)
def test_what_cannot_work_is_said_at_once(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["watch", *arguments]) == 2
    assert words in capsys.readouterr().err


@posix
async def test_without_rich_a_terminal_names_the_extra() -> None:
    import pty

    terminal, slave = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c",
        "import sys; sys.modules['rich'] = sys.modules['rich.console'] = None\n"
        "from websocket_v6.cli import main; sys.exit(main(['watch', 'ticker', 'KRW-BTC']))",
        stdout=slave, stderr=PIPE,
    )  # fmt: skip
    code, _, said = await finished(process)
    os.close(slave)
    os.close(terminal)
    assert code == 2
    assert 'pip install "upbit-websocket-v6[cli]"' in said
    assert "--json" in said
