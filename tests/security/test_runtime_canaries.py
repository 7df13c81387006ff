"""Keys, tokens and private data against everything the runtime writes, at every level."""

from __future__ import annotations

import asyncio
import base64
import gc
import json
import pickle
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from websockets.asyncio.client import ClientConnection
from websockets.client import ClientProtocol
from websockets.protocol import State

from websocket_v6 import Credentials, GlobalWebSocketManager, WebSocketClientProxy
from websocket_v6._async import dialing
from websocket_v6.cli import main
from websocket_v6.exceptions import UpbitWebSocketError
from websocket_v6.prometheus import PrometheusExporter
from websocket_v6.registry import set_default_hub
from websocket_v6.testing import ExchangeEmulator

from .conftest import (
    ACCESS_KEY,
    BALANCE,
    DEPOSIT,
    ORDER_IDENTIFIER,
    SECRET_KEY,
    Canaries,
    Everything,
    with_locals,
)

TOKEN_HEAD = base64.urlsafe_b64encode(b'{"alg":"HS256"').decode()[:16]
"""How every token made here begins."""


@pytest.fixture
async def exchange() -> AsyncIterator[ExchangeEmulator]:
    async with ExchangeEmulator(rate=0, keys={ACCESS_KEY: SECRET_KEY}) as exchange:
        yield exchange


@pytest.fixture
async def manager(
    exchange: ExchangeEmulator, tmp_path: Path
) -> AsyncIterator[GlobalWebSocketManager]:
    set_default_hub(None)
    GlobalWebSocketManager.configure(
        url=exchange.url, trace=tmp_path / "trace.jsonl", reconnect_first=0.02, verify_delay=0.05
    )
    manager = await GlobalWebSocketManager.get_instance()
    await manager.initialize(ACCESS_KEY, SECRET_KEY)
    yield manager
    await manager.shutdown()
    set_default_hub(None)


class Received:
    """Frames as they come; the first one makes the callback fail with what it holds."""

    def __init__(self) -> None:
        self.frames: list[dict[str, Any]] = []
        self._came = asyncio.Event()

    def __call__(self, symbol: str, data_type: str, data: dict[str, Any]) -> None:
        self.frames.append(data)
        self._came.set()

    async def wait(self, text: str) -> None:
        async with asyncio.timeout(10):
            while not any(text in json.dumps(frame) for frame in self.frames):
                self._came.clear()
                await self._came.wait()


async def test_nothing_that_is_written_holds_a_secret(
    exchange: ExchangeEmulator,
    manager: GlobalWebSocketManager,
    canaries: Canaries,
    logs: Everything,
    tmp_path: Path,
) -> None:
    events: list[object] = []
    manager.on_connection_event(events.append)
    ws = WebSocketClientProxy("desk", "app")
    orders, assets, prices = Received(), Received(), Received()
    await ws.subscribe_my_orders(orders)
    await ws.subscribe_my_assets(assets)
    await ws.subscribe_ticker(["KRW-BTC"], prices)
    await exchange.wait_subscribed("myAsset")
    account = exchange.account()
    account.deposit("XYZ", DEPOSIT)
    await assets.wait(BALANCE)
    account.place_order("KRW-BTC", price="1000", volume="1", identifier=ORDER_IDENTIFIER)
    await orders.wait(ORDER_IDENTIFIER)
    # What does not decode, what nobody expects, a fragmented message, and a lost connection.
    await exchange.publish_raw(f'{{"balance": {BALANCE}'.encode(), kind="private")
    surprise = {"type": "myOrder", "code": "KRW-BTC", "state": ORDER_IDENTIFIER, "new": BALANCE}
    await exchange.publish_raw(json.dumps(surprise), kind="private")
    await exchange.publish_raw(f'{{"{ORDER_IDENTIFIER}": 1}}'.encode(), kind="private")
    for socket, connection in exchange._connections.items():
        if connection.kind == "private":
            await socket.send([f'{{"type":"myOrder","uuid":"{ORDER_IDENTIFIER}",', "1}"])
    exchange.faults.kill("private")
    async with asyncio.timeout(10):
        while exchange.opened("private") < 2:
            await exchange.changed()
    registry = CollectorRegistry()
    written = {
        "manager": [repr(manager), str(manager), repr(vars(manager))],
        "proxy": [repr(ws), str(ws), repr(ws.explain("myOrder", "*"))],
        "events": [repr(events)],
        "status": [repr(await ws.get_system_status()), repr(await ws.health_check())],
        "metrics": [repr(await ws.get_performance_metrics())],
        "subscriptions": [repr(await ws.get_active_subscriptions())],
        "tasks": [repr(asyncio.all_tasks())],
    }
    async with PrometheusExporter(manager, registry=registry):
        written["prometheus"] = [generate_latest(registry).decode()]
    await ws.aclose()
    await manager.shutdown()
    written["logs"] = [logs.text]
    written["trace"] = [(tmp_path / "trace.jsonl").read_text(encoding="utf-8")]
    assert '"private"' in written["trace"][0]
    assert "handshake" in logs.text or len(logs.lines) > 5, "the handler hears something"
    for name, texts in written.items():
        for text in texts:
            shown = [line for line in text.splitlines() if canaries.found_in(line)]
            assert not shown, (name, shown[:3])
            assert TOKEN_HEAD not in text, name


async def test_no_error_shows_a_key_even_with_all_local_variables(
    exchange: ExchangeEmulator,
    manager: GlobalWebSocketManager,
    canaries: Canaries,
    logs: Everything,
) -> None:
    caught: list[BaseException] = []
    exchange.faults.refuse(500, times=2)
    ws = WebSocketClientProxy("desk")
    try:
        await ws.subscribe_my_orders(Received())
    except UpbitWebSocketError as error:
        caught.append(error)
    other = f"{SECRET_KEY}other"
    for keys in ((ACCESS_KEY, other), (ACCESS_KEY, f"{SECRET_KEY} "), (ACCESS_KEY, "")):
        try:
            await manager.initialize(*keys)
        except UpbitWebSocketError as error:
            caught.append(error)
    wrong = WebSocketClientProxy("wrong", account=Credentials(ACCESS_KEY, other))
    try:
        await wrong.subscribe_my_assets(Received())
    except UpbitWebSocketError as error:
        caught.append(error)
    assert len(caught) >= 3
    for one in caught:
        for text in (str(one), repr(one), repr(one.args)):
            assert not canaries.found_in(text)
        ours = _frames_of_this_distribution(one)
        assert not canaries.found_in(ours), ours
        assert TOKEN_HEAD not in ours
    assert not canaries.found_in(logs.text)


@pytest.mark.parametrize(
    ("place", "step", "told"),
    # The first ends here, the second the library catches and logs itself.
    [
        (ClientConnection, "handshake", "connection_failed"),
        (dialing, "_race", "connection_failed"),
        (ClientProtocol, "send_request", "unexpected internal error"),
    ],
)
async def test_a_defect_while_connecting_does_not_show_the_token(
    place: Any,
    step: str,
    told: str,
    exchange: ExchangeEmulator,
    manager: GlobalWebSocketManager,
    canaries: Canaries,
    logs: Everything,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A handler of the log may write the local variables of each frame of a traceback."""
    undisturbed = getattr(place, step)
    broken: list[object] = []

    def defect(*arguments: Any) -> Any:
        if not broken:
            broken.append(arguments)
            raise RuntimeError("a defect")
        return undisturbed(*arguments)

    monkeypatch.setattr(place, step, defect)
    # By name, so that there is something to look up and to choose from.
    manager.configure(url=exchange.url.replace("127.0.0.1", "localhost"))
    await WebSocketClientProxy("desk").subscribe_my_orders(Received())
    assert broken
    assert told in logs.text
    assert "RuntimeError" in logs.text
    assert re.search(r"line \d+, in (open_transport|handshake)", logs.text), "the place is told"
    shown = [line for line in logs.text.splitlines() if canaries.found_in(line)]
    assert not shown, shown[:3]
    assert TOKEN_HEAD not in logs.text


@pytest.mark.parametrize(
    "message",
    [f'{{"balance": {BALANCE}', f'{{"{ORDER_IDENTIFIER}": 1}}', f'["{ORDER_IDENTIFIER}"]'],
    ids=["cut off", "without a type", "no object"],
)
async def test_a_private_message_that_is_none_is_not_repeated(
    message: str,
    exchange: ExchangeEmulator,
    manager: GlobalWebSocketManager,
    canaries: Canaries,
    logs: Everything,
) -> None:
    """Only the first of them is reported."""
    ws = WebSocketClientProxy("desk")
    await ws.subscribe_my_assets(Received())
    await exchange.wait_subscribed("myAsset")
    await exchange.publish_raw(message.encode(), kind="private")
    async with asyncio.timeout(10):
        while "frame_undecodable" not in logs.text:
            await asyncio.sleep(0.01)
    shown = [line for line in logs.text.splitlines() if canaries.found_in(line)]
    assert not shown, shown[:3]


async def test_an_open_connection_does_not_keep_the_token(
    exchange: ExchangeEmulator, manager: GlobalWebSocketManager, canaries: Canaries
) -> None:
    ws = WebSocketClientProxy("desk")
    await ws.subscribe_my_assets(Received())
    await exchange.wait_subscribed("myAsset")
    clients = [one for one in gc.get_objects() if issubclass(type(one), ClientConnection)]
    requests = [one.request for one in clients if one.state is State.OPEN and one.request]
    assert [request for request in requests if request.path.endswith("/private")]
    for request in requests:
        assert not canaries.found_in(repr(request))
        assert TOKEN_HEAD not in repr(request)


async def test_a_defect_at_a_private_message_does_not_show_it(
    exchange: ExchangeEmulator,
    manager: GlobalWebSocketManager,
    canaries: Canaries,
    logs: Everything,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def defect(*_: object) -> str:
        raise RuntimeError("a defect")

    assets = Received()
    ws = WebSocketClientProxy("desk")
    await ws.subscribe_my_assets(assets)
    await exchange.wait_subscribed("myAsset")
    with monkeypatch.context() as broken:
        broken.setattr("websocket_v6._async.router.symbol_of", defect)
        exchange.account().deposit("XYZ", DEPOSIT)
        async with asyncio.timeout(10):
            while "router_failed" not in logs.text:
                await asyncio.sleep(0.01)
    assert "RuntimeError" in logs.text
    assert "in _private_data" in logs.text, "the place is told"
    shown = [line for line in logs.text.splitlines() if canaries.found_in(line)]
    assert not shown, shown[:3]


def _frames_of_this_distribution(error: BaseException) -> str:
    """Its traceback with locals, without the frames of this test, which holds the keys."""
    here = str(Path(__file__).parent)
    found = []
    pending: list[BaseException | None] = [error]
    while pending:
        one = pending.pop()
        if one is None:
            continue
        pending += [one.__cause__, None if one.__suppress_context__ else one.__context__]
        traceback = one.__traceback__
        while traceback is not None:
            frame = traceback.tb_frame
            # The public door is handed the keys by its caller.
            is_door = frame.f_code.co_name in ("initialize", "add_account", "__post_init__")
            is_check = frame.f_code.co_name.startswith(("_check_key", "__init__"))
            if not frame.f_code.co_filename.startswith(here) and not (is_door or is_check):
                found.append(f"{frame.f_code.co_qualname}: {frame.f_locals!r}")
            traceback = traceback.tb_next
    return "\n".join(found)


@pytest.mark.parametrize("make", [repr, str, lambda value: f"{value}", ascii])
def test_credentials_show_a_fingerprint(make: Any, canaries: Canaries) -> None:
    credentials = Credentials(ACCESS_KEY, SECRET_KEY)
    assert not canaries.found_in(make(credentials))
    assert not canaries.found_in(make([credentials, {"account": credentials}]))
    assert pickle.loads(pickle.dumps(credentials)) == credentials


@pytest.mark.parametrize("output", [[], ["--json"]], ids=["text", "json"])
async def test_the_doctor_shows_no_key(
    output: list[str],
    exchange: ExchangeEmulator,
    canaries: Canaries,
    logs: Everything,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("UPBIT_ACCESS_KEY", ACCESS_KEY)
    monkeypatch.setenv("UPBIT_SECRET_KEY", SECRET_KEY)
    monkeypatch.setenv("UPBIT_WS_URL", exchange.url)
    assert await asyncio.to_thread(main, ["doctor", *output]) == 0
    printed = capsys.readouterr()
    assert "accepted by the private endpoint" in printed.out, "the key was used"
    for text in (printed.out, printed.err, logs.text):
        assert not canaries.found_in(text)
        assert TOKEN_HEAD not in text


@pytest.mark.parametrize(
    "arguments",
    [
        ["record", "my-orders", "--private", "--out=out.jsonl", "--count=1"],
        ["watch", "my-orders", "--count=1"],
    ],
    ids=lambda value: str(value[0]),
)
async def test_commands_show_no_key(
    arguments: list[str],
    exchange: ExchangeEmulator,
    canaries: Canaries,
    logs: Everything,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Private frames they show, as they were asked to."""
    monkeypatch.setenv("UPBIT_ACCESS_KEY", ACCESS_KEY)
    monkeypatch.setenv("UPBIT_SECRET_KEY", SECRET_KEY)
    monkeypatch.setenv("UPBIT_WS_URL", exchange.url)
    monkeypatch.chdir(tmp_path)
    running = asyncio.ensure_future(asyncio.to_thread(main, arguments))
    await exchange.wait_subscribed("myOrder", "*", timeout=30.0)
    exchange.account().place_order("KRW-BTC", price="1000", volume="1", identifier=ORDER_IDENTIFIER)
    assert await running == 0
    printed = capsys.readouterr()
    written = [path.read_text("utf-8") for path in tmp_path.iterdir()]
    assert ORDER_IDENTIFIER in "".join([printed.out, *written]), "the key was used"
    for text in (printed.out, printed.err, logs.text, *written):
        assert not canaries.secrets_in(text)
        assert TOKEN_HEAD not in text


async def test_a_refused_key_is_not_repeated(
    exchange: ExchangeEmulator,
    canaries: Canaries,
    logs: Everything,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("UPBIT_ACCESS_KEY", ACCESS_KEY)
    monkeypatch.setenv("UPBIT_SECRET_KEY", f"{SECRET_KEY}x")
    monkeypatch.setenv("UPBIT_WS_URL", exchange.url)
    assert await asyncio.to_thread(main, ["doctor"]) == 1
    printed = capsys.readouterr()
    assert not canaries.found_in(printed.out + printed.err + logs.text)


def test_the_reader_of_this_test_sees_what_it_should(canaries: Canaries) -> None:
    from websocket_v6.credentials import bearer_token

    token = bearer_token(Credentials(ACCESS_KEY, SECRET_KEY), nonce="n")
    assert canaries.found_in(token)
    assert token.startswith(TOKEN_HEAD)
    key = SECRET_KEY
    with pytest.raises(ZeroDivisionError) as caught:
        print(len(key) / 0)
    assert canaries.found_in(with_locals(caught.value))
