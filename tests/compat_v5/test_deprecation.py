"""Where and how often legacy calls speak."""

from __future__ import annotations

import asyncio
import concurrent.futures
import inspect
import subprocess
import sys
import textwrap
import threading
import warnings

import pytest

from compat_v5 import deprecation
from compat_v5.deprecation import LegacyV5Warning, replacement
from compat_v5.exceptions import ConfigurationError
from compat_v5.renames import RENAMES_BY_OLD
from compat_v5.upbit_websocket_public_client import (
    UpbitWebSocketPublicV5,
    create_public_client,
)
from compat_v5.usage import reset_usage, usage_report


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    monkeypatch.delenv("UPBIT_V5_WARNINGS", raising=False)
    monkeypatch.setattr(deprecation, "_warned", set())
    reset_usage()
    yield
    reset_usage()


@pytest.fixture
def heard():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield caught


def here(offset: int = 0) -> int:
    """The caller's line number, plus *offset*."""
    return inspect.currentframe().f_back.f_lineno + offset


def members(line: int) -> set[str]:
    """What was counted for a line of this file."""
    return {
        site["member"]
        for site in usage_report()["call_sites"]
        if site["file"] == __file__ and site["line"] == line
    }


def test_construction_warns_at_the_users_line(heard):
    line = here(1)
    UpbitWebSocketPublicV5()
    (warning,) = heard
    assert warning.category is LegacyV5Warning
    assert (warning.filename, warning.lineno) == (__file__, line)
    text = str(warning.message)
    assert "ws = WebSocketClientProxy(__name__)" in text
    assert "MIGRATION.md#construction" in text
    assert members(line) == {"UpbitWebSocketPublicV5"}


async def test_calls_warn_at_the_users_line(heard):
    client = UpbitWebSocketPublicV5()
    connect = here(1)
    await client.connect()
    disconnect = here(1)
    await client.disconnect()
    assert members(connect) == {"UpbitWebSocketPublicV5.connect"}
    assert members(disconnect) == {"UpbitWebSocketPublicV5.disconnect"}
    assert {(w.filename, w.lineno) for w in heard} >= {(__file__, connect), (__file__, disconnect)}


@pytest.mark.skipif(sys.version_info < (3, 12), reason="wait_for made a task of its coroutine")
async def test_wait_for_awaits_on_the_users_behalf(heard):
    client = UpbitWebSocketPublicV5()
    line = here(1)
    await asyncio.wait_for(client.unsubscribe("x"), 1)
    assert members(line) == {"UpbitWebSocketPublicV5.unsubscribe"}


async def test_under_a_task_the_construction_line_stands_in(heard):
    line = here(1)
    client = UpbitWebSocketPublicV5()
    await asyncio.create_task(client.connect())
    await asyncio.gather(client.unsubscribe("x"), client.get_status())
    assert members(line) == {
        "UpbitWebSocketPublicV5",
        "UpbitWebSocketPublicV5.connect",
        "UpbitWebSocketPublicV5.unsubscribe",
        "UpbitWebSocketPublicV5.get_status",
    }
    assert {w.lineno for w in heard} == {line}
    await client.disconnect()


def test_a_loop_without_frames_of_its_own_is_no_users_line(heard):
    """As uvloop steps a task: what lies below the coroutine is the line that started the loop."""
    line = here(1)
    client = UpbitWebSocketPublicV5()
    with pytest.raises(StopIteration):
        client.unsubscribe("x").send(None)
    assert members(line) == {"UpbitWebSocketPublicV5", "UpbitWebSocketPublicV5.unsubscribe"}


async def test_an_awaitable_of_the_users_is_a_users_line(heard):
    client = UpbitWebSocketPublicV5()

    class Unsubscribing:
        def __await__(self):
            yield from client.unsubscribe("x").__await__()

    await Unsubscribing()
    assert members(here(-3)) == {"UpbitWebSocketPublicV5.unsubscribe"}


async def test_in_an_executor_the_construction_line_stands_in(heard):
    line = here(1)
    client = UpbitWebSocketPublicV5()
    await asyncio.get_running_loop().run_in_executor(None, client.is_connected)
    with concurrent.futures.ThreadPoolExecutor() as executor:
        executor.submit(client.get_ticket_stats).result()
    thread = threading.Thread(target=client.get_subscription_stats)
    thread.start()
    thread.join()
    assert members(line) == {
        "UpbitWebSocketPublicV5",
        "UpbitWebSocketPublicV5.is_connected",
        "UpbitWebSocketPublicV5.get_ticket_stats",
        "UpbitWebSocketPublicV5.get_subscription_stats",
    }


async def test_a_factory_counts_as_what_the_user_wrote(heard):
    line = here(1)
    client = await create_public_client()
    assert members(line) == {"create_public_client"}
    await client.disconnect()


async def test_async_with_counts_once(heard):
    line = here(1)
    async with UpbitWebSocketPublicV5():
        pass
    assert members(line) == {"UpbitWebSocketPublicV5", "UpbitWebSocketPublicV5.__aenter__"}


def test_a_subclass_is_the_users_own_line(heard):
    class Own(UpbitWebSocketPublicV5):
        def __init__(self):
            super().__init__()

    Own()
    (warning,) = heard
    assert warning.lineno == Own.__init__.__code__.co_firstlineno + 1


def test_once_per_call_site(heard):
    client = UpbitWebSocketPublicV5()
    for _ in range(5):
        client.is_connected()
    assert [str(w.message).split(" ")[0] for w in heard] == [
        "UpbitWebSocketPublicV5",
        "UpbitWebSocketPublicV5.is_connected",
    ]
    counts = {site["member"]: site["calls"] for site in usage_report()["call_sites"]}
    assert counts["UpbitWebSocketPublicV5.is_connected"] == 5


def test_always_speaks_each_time_whatever_the_filters_say(monkeypatch):
    monkeypatch.setenv("UPBIT_V5_WARNINGS", "always")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("ignore")
        for _ in range(3):
            UpbitWebSocketPublicV5()
    assert len(caught) == 3


def test_off_is_silent_and_still_counts(heard, monkeypatch):
    monkeypatch.setenv("UPBIT_V5_WARNINGS", "off")
    UpbitWebSocketPublicV5()
    assert heard == []
    assert usage_report()["members"] == {"UpbitWebSocketPublicV5": 1}


def test_error_raises(monkeypatch):
    monkeypatch.setenv("UPBIT_V5_WARNINGS", "error")
    with pytest.raises(LegacyV5Warning, match="WebSocketClientProxy"):
        UpbitWebSocketPublicV5()


def test_an_error_filter_raises_at_every_pass():
    for _ in range(2):
        with pytest.raises(LegacyV5Warning):
            UpbitWebSocketPublicV5()


def test_another_value_is_named(monkeypatch):
    monkeypatch.setenv("UPBIT_V5_WARNINGS", "sometimes")
    with pytest.raises(ConfigurationError, match=r"sometimes.*off, once, always, error"):
        UpbitWebSocketPublicV5()


@pytest.mark.parametrize(
    ("old", "line"),
    [
        (
            "UpbitWebSocketPublicV5.subscribe_ticker",
            "await ws.subscribe_ticker(symbols, callback)",
        ),
        (
            "UpbitWebSocketPrivateV5.subscribe_my_orders",
            "await ws.subscribe_my_orders(callback, markets=markets)",
        ),
        (
            "UpbitWebSocketPrivateV5",
            "ws = WebSocketClientProxy(__name__, account=Credentials(access_key, secret_key))",
        ),
        ("UpbitWebSocketPublicV5.is_connected", "ws.is_public_available()"),
        ("UpbitWebSocketPublicV5.disconnect", "await ws.unsubscribe_all()"),
        ("UpbitWebSocketPublicV5.connect", None),
    ],
)
def test_replacement_lines(old, line):
    assert replacement(RENAMES_BY_OLD[old]) == line


def test_imports_pass_with_warnings_as_errors():
    code = """
        import compat_v5
        from compat_v5 import *
        import compat_v5.upbit_websocket_public_client as public, compat_v5.subscription_manager
        from compat_v5.upbit_websocket_private_client import UpbitWebSocketPrivateV5
    """
    subprocess.run([sys.executable, "-W", "error", "-c", textwrap.dedent(code)], check=True)
