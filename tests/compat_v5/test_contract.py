"""The legacy API against its contract: names, signatures, attributes, dictionary keys, events."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import tomllib
import warnings
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

import compat_v5
from compat_v5.exceptions import SubscriptionError, WebSocketError
from compat_v5.lazy_names import logger as lazy_logger
from compat_v5.state import WebSocketState, WebSocketStateMachine
from websocket_v6 import GlobalWebSocketManager
from websocket_v6.testing import TEST_ACCESS_KEY, TEST_SECRET_KEY

CONTRACT = tomllib.loads(
    Path(__file__).with_name("contract").joinpath("contract.toml").read_text(encoding="utf-8")
)
BTC = "KRW-BTC"

pytestmark = pytest.mark.usefixtures("quiet")


def module(submodule: str) -> Any:
    return importlib.import_module(f"compat_v5.{submodule}" if submodule else "compat_v5")


def find(path: str) -> Any:
    submodule, _, rest = path.partition(".")
    found = module(submodule)
    for name in rest.split("."):
        found = getattr(found, name)
    return found


def rows(table: str) -> list[tuple[str, str]]:
    return [(key, name) for key, names in CONTRACT[table].items() for name in names.split()]


# Names


@pytest.mark.parametrize(("submodule", "name"), rows("names"))
def test_a_public_name_is_there(submodule: str, name: str) -> None:
    found = module(submodule)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert getattr(found, name) is not None
    assert name in dir(found)
    assert name in found.__all__


def test_the_package_exports_the_legacy_names_and_no_other() -> None:
    assert sorted(CONTRACT["names"][""].split()) == sorted(compat_v5.__all__)
    assert compat_v5.__version__ == "5.0.0"


@pytest.mark.parametrize(("submodule", "name"), rows("accidental"))
def test_an_accidental_name_comes_with_a_warning(
    submodule: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UPBIT_V5_WARNINGS", "once")
    found = module(submodule)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        first = getattr(found, name)
    assert first is getattr(found, name)
    if name in vars(found):  # the module needs it itself, now as then
        assert not caught
        return
    assert [warning.category for warning in caught] == [compat_v5.LegacyV5Warning]
    assert name in str(caught[0].message)
    assert caught[0].filename == __file__


def test_warnings_as_errors_do_not_break_an_accidental_import(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("UPBIT_V5_WARNINGS", "once")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        from compat_v5.upbit_websocket_public_client import load_config  # type: ignore[attr-defined]
    assert load_config is compat_v5.load_config
    assert [record.name for record in caplog.records] == [lazy_logger.name]
    monkeypatch.setenv("UPBIT_V5_WARNINGS", "error")
    with pytest.raises(compat_v5.LegacyV5Warning):
        _ = module("upbit_websocket_public_client").ErrorCode


@pytest.mark.parametrize(("submodule", "name"), rows("gone"))
def test_a_name_with_nothing_behind_it_names_the_way_out(submodule: str, name: str) -> None:
    with pytest.raises(ImportError, match=rf"{name}.*MIGRATION\.md#"):
        exec(f"from {module(submodule).__name__} import {name}")  # noqa: S102 names of our own table


# Signatures


@pytest.mark.parametrize("row", CONTRACT["callable"], ids=lambda row: row["name"])
def test_a_signature_takes_what_it_took(row: dict[str, Any]) -> None:
    found = find(row["name"])
    scope: dict[str, Any] = {"DISCONNECTED": WebSocketState.DISCONNECTED}
    exec(f"def legacy{row['signature']}: ...", scope)  # noqa: S102 - rows of our own file
    legacy = list(inspect.signature(scope["legacy"]).parameters.values())
    ours = inspect.signature(found)
    parameters = list(ours.parameters.values())
    for position, wanted in enumerate(legacy):
        has = parameters[position]
        assert (has.name, has.default) == (wanted.name, wanted.default)
        assert has.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
    for extra in parameters[len(legacy) :]:
        assert extra.default is not extra.empty or extra.kind in (
            extra.VAR_POSITIONAL,
            extra.VAR_KEYWORD,
        ), extra
    assert inspect.iscoroutinefunction(found) is row.get("coroutine", False)
    for call in row.get("calls", ()):
        eval(f"bind({call})", {"bind": ours.bind, "self": None})  # noqa: S307 calls of our own table


# Exceptions, enums, transitions


@pytest.mark.parametrize("row", CONTRACT["exception"], ids=lambda row: row["name"])
def test_an_exception_carries_what_it_carried(row: dict[str, Any]) -> None:
    exceptions = module("exceptions")
    cls = getattr(exceptions, row["name"])
    error = eval(f"cls({row['arguments']})", {"cls": cls})  # noqa: S307 of the same table
    assert cls.__base__ is getattr(exceptions, row["base"])
    assert isinstance(error, WebSocketError)
    assert error.error_code.value == row["code"]
    assert error.recovery_action.value == row["recovery"]
    assert list(error.details) == row["details"].split()
    assert set(error.get_error_info()) == {
        "message",
        "error_code",
        "recovery_action",
        "timestamp",
        "details",
        "original_exception",
    }
    assert error.can_retry() is (row["recovery"] in ("RETRY", "RECONNECT"))
    assert error.should_reconnect() is (row["recovery"] == "RECONNECT")


@pytest.mark.parametrize(("path", "members"), CONTRACT["enums"].items())
def test_an_enum_has_its_members(path: str, members: dict[str, Any]) -> None:
    cls = find(path)
    assert {name: getattr(cls, name) for name in members} == {
        name: cls[name] if issubclass(cls, Enum) else value for name, value in members.items()
    }
    if issubclass(cls, Enum):
        assert {name: member.value for name, member in cls.__members__.items()} == members


@pytest.mark.parametrize(("start", "allowed"), CONTRACT["transitions"].items())
def test_transitions_are_the_old_ones(start: str, allowed: str) -> None:
    machine = WebSocketStateMachine(WebSocketState[start])
    possible = {state.name for state in WebSocketState if machine.can_transition_to(state)}
    assert possible == set(allowed.split())


# Attributes


@pytest.mark.parametrize("kind", ["public", "private"])
async def test_a_client_has_its_attributes(kind: str, exchange: Any) -> None:
    client = new_client(kind)
    for name in CONTRACT["attributes"]["both"].split():
        assert hasattr(client, name), name
    assert hasattr(client, "auth") is (kind == "private")
    stats = CONTRACT["attributes"]["stats"].split()
    if kind == "private":
        stats += CONTRACT["attributes"]["private_stats"].split()
    assert list(client.stats) == stats
    for name in CONTRACT["attributes"]["manager"].split():
        assert hasattr(client.subscription_manager, name), name
    for name in CONTRACT["attributes"]["after_connect"].split():
        assert not hasattr(client, name)
        await client.connect()
        assert hasattr(client, name)
    await client.disconnect()


# Dictionaries: every value is measured


def new_client(kind: str, broker: Any = None) -> Any:
    if kind == "private":
        return compat_v5.UpbitWebSocketPrivateV5(
            TEST_ACCESS_KEY, TEST_SECRET_KEY, event_broker=broker
        )
    return compat_v5.UpbitWebSocketPublicV5(event_broker=broker)


async def taken(owner: Any, calls: list[str]) -> dict[str, dict[str, Any]]:
    """The dictionaries of *calls*, and the nested ones by their keys."""
    found: dict[str, dict[str, Any]] = {}
    for call in calls:
        if call.endswith("()"):
            answer = getattr(owner, call[:-2])()
            found[call] = await answer if inspect.isawaitable(answer) else answer
            found |= {key: value for key, value in found[call].items() if isinstance(value, dict)}
    nested = found.get("subscription_state", {})
    return found | {key: value for key, value in nested.items() if isinstance(value, dict)}


STEPS = ("connect", "subscribe", "frame", "lost", "limited", "refused", "disconnect")


async def step(name: str, kind: str, client: Any, exchange: Any, inbox: Any) -> None:
    private = kind == "private"
    if name == "connect":
        await client.connect()
    elif name == "subscribe" and private:
        await client.subscribe_my_orders(inbox.plain)
        await client.subscribe_my_assets(inbox.plain)
        await exchange.wait_subscribed("myAsset")
    elif name == "subscribe":
        await client.subscribe_ticker([BTC], inbox.plain, is_only_realtime=True)
        await exchange.wait_subscribed("ticker", BTC)
    elif name == "frame":
        if private:
            exchange.account(TEST_ACCESS_KEY).deposit("BTC", 1)
        else:
            await exchange.publish("ticker", BTC)
        await inbox.has(len(inbox.items) + 1)
    elif name == "lost":
        before = client.stats["reconnect_count"]
        exchange.faults.kill("private" if private else "public")
        await until(client, lambda: client.stats["reconnect_count"] > before)
    elif name == "limited":
        exchange.faults.refuse(429, times=1)
        exchange.faults.kill("private" if private else "public")
        await until(client, lambda: client.stats["subscription_429_count"] > 0)
    elif name == "disconnect":
        await client.disconnect()


async def until(client: Any, true: Callable[[], bool]) -> None:
    """Wait for an event of the connection after which *true* holds for the client."""
    import asyncio

    changed = asyncio.Event()
    manager = await GlobalWebSocketManager.get_instance()
    remove = manager.on_connection_event(lambda event: changed.set())
    try:
        async with asyncio.timeout(10):
            while not true():
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(0.02):
                        await changed.wait()
                changed.clear()
    finally:
        remove()


def shapes(kind: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = CONTRACT["shapes"][kind]
    return found


@pytest.mark.parametrize("kind", ["public", "private", "manager"])
async def test_dictionaries_have_their_keys_and_no_constants(
    kind: str, exchange: Any, inbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UPBIT_WS_RATE_LIMIT_WAIT", "0.2")
    client = new_client("public" if kind == "manager" else kind)
    owner = client.subscription_manager if kind == "manager" else client
    calls = list(shapes(kind))
    before = await taken(owner, calls)
    moved: dict[str, set[tuple[str, str]]] = {}
    for name in STEPS:
        if name == "refused":
            continue
        await step(name, kind, client, exchange, inbox)
        after = await taken(owner, calls)
        assert {call: list(after[call]) for call in calls} == {
            call: list(before[call]) for call in calls
        }
        moved[name] = {
            (call, key)
            for call in calls
            for key in after[call]
            if after[call][key] != before[call][key]
        }
        before = after

    for call, keys in shapes(kind).items():
        assert set(before[call]) == set(keys), call
        for key, reason in keys.items():
            if reason in moved:
                assert (call, key) in moved[reason], f"{call}[{key!r}] does not follow {reason}"
            elif reason == "time":
                assert (call, key) in set.union(*moved.values()), f"{call}[{key!r}] stands still"
            else:
                assert reason in ("keys", "refused") or reason.startswith("is "), reason


async def test_refused_keys_show_in_every_dictionary_that_tells_of_them(
    exchange: Any, caplog: pytest.LogCaptureFixture
) -> None:
    calls = list(shapes("private"))
    good = new_client("private")
    bad = compat_v5.UpbitWebSocketPrivateV5("OTHER-ACCESS-KEY", "OTHER-SECRET-KEY")
    await bad.connect()
    with pytest.raises(SubscriptionError):
        await bad.subscribe_my_orders(lambda data: None)
    accepted, refused = await taken(good, calls), await taken(bad, calls)
    for call, keys in shapes("private").items():
        for key, reason in keys.items():
            if reason == "refused":
                assert accepted[call][key] != refused[call][key], f"{call}[{key!r}]"
    await bad.disconnect()


# Events


async def test_public_events_have_their_keys(exchange: Any, inbox: Any) -> None:
    client = new_client("public", broker=inbox)
    await client.connect()
    for kind in ("ticker", "trade", "orderbook"):
        id_ = await getattr(client, f"subscribe_{kind}")([BTC])
    await client.subscribe_candle([BTC])
    for kind in ("ticker", "trade", "orderbook", "candle"):
        await seen(inbox, f"websocket.{kind}")
    with pytest.raises(SubscriptionError):
        await client.subscribe("ticker", [])
    await client.unsubscribe(id_)
    exchange.faults.kill("public")
    await until(client, lambda: client.stats["reconnect_count"] > 0)
    wanted = CONTRACT["events"]["public"]
    await client.disconnect()
    check_events(inbox, wanted)


async def test_private_events_have_their_keys(exchange: Any, inbox: Any) -> None:
    client = new_client("private", broker=inbox)
    await client.connect()
    id_ = await client.subscribe_my_orders()
    await client.subscribe_my_assets()
    await exchange.wait_subscribed("myAsset")
    account = exchange.account(TEST_ACCESS_KEY)
    account.deposit("KRW", 10_000_000)
    account.place_order(BTC, "bid", price=1_000_000, volume=1)
    await seen(inbox, "websocket.private.myOrder")
    await seen(inbox, "websocket.private.myAsset")
    exchange.faults.kill("private")
    await until(client, lambda: client.stats["reconnect_count"] > 0)
    await client.unsubscribe(id_)
    await client.disconnect()
    check_events(inbox, CONTRACT["events"]["private"])


async def seen(inbox: Any, event: str) -> None:
    while not inbox.of(event):
        await inbox.has(len(inbox.items) + 1)


def check_events(inbox: Any, wanted: dict[str, str]) -> None:
    for event, keys in wanted.items():
        data = inbox.of(event)
        assert data, f"{event} was never emitted: {[name for name, _ in inbox.items]}"
        if keys == "frame":
            assert data[0]["data"]["type"].startswith(event.rpartition(".")[2])
        else:
            assert set(data[0]) == set(keys.split()), event
