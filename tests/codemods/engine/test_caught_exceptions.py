"""Exceptions of clients that move: whatever selects errors or looks into them goes along, or holds them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Migrate, Migration

PATH = "app/module.py"
V5 = "upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5"
NAMES = (
    "SubscriptionError, UpbitWebSocketPublicV5, WebSocketAuthenticationError, "
    "WebSocketConnectionError, WebSocketConnectionTimeoutError, WebSocketError"
)
HEAD = f"""\
import asyncio
import contextlib
from {V5} import {NAMES}

client = UpbitWebSocketPublicV5()


def on_tick(symbol, data_type, data): ...

"""
RAISING = """

def reject():
    raise SubscriptionError("no such market")
"""


def moved(migrate: Migrate, code: str) -> Migration:
    done = migrate({PATH: HEAD + code})
    text = done.text()
    assert "client = WebSocketClientProxy(" in text
    compile(text, PATH, "exec")
    assert migrate({PATH: text}).text() == text, "a second run changes nothing"
    return done


def stayed(migrate: Migrate, code: str) -> Migration:
    done = migrate({PATH: HEAD + code})
    text = done.text()
    assert "client = UpbitWebSocketPublicV5()" in text
    assert "UWS152" in done.rules("kept")
    assert migrate({PATH: text}).text() == text, "a second run changes nothing"
    return done


def marked_line(done: Migration) -> list[str]:
    """The lines under marks of the rule, those above constructions aside."""
    lines = done.text().splitlines()
    return [
        lines[number + 1].strip()
        for number, line in enumerate(lines)
        if "# TODO(upbit-migrate UWS152)" in line and "stays on compat_v5" not in line
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "RETRYABLE = (WebSocketConnectionError, OSError)",
            "RETRYABLE = (SubscribeTimeout, OSError)",
        ),
        (
            "RETRYABLE = [WebSocketConnectionError, WebSocketConnectionTimeoutError, OSError]",
            "RETRYABLE = [SubscribeTimeout, OSError]",
        ),
        (
            "RETRYABLE = (SubscriptionError, WebSocketConnectionError)",
            "RETRYABLE = (SubscriptionRejected, InvalidArgument, AuthenticationError, "
            "SubscribeTimeout)",
        ),
        (
            "def known(e): return isinstance(e, WebSocketError)",
            "def known(e): return isinstance(e, UpbitWebSocketError)",
        ),
        (
            "def known(e): return isinstance(e, WebSocketAuthenticationError | OSError)",
            "def known(e): return isinstance(e, AuthenticationError | OSError)",
        ),
        (
            "guard = contextlib.suppress(OSError, SubscriptionError)",
            "guard = contextlib.suppress(OSError, UpbitWebSocketError)",
        ),
        (
            "@backoff.on_exception(backoff.expo, WebSocketConnectionError, max_tries=5)\n"
            "async def go(): ...",
            "@backoff.on_exception(backoff.expo, SubscribeTimeout, max_tries=5)\n"
            "async def go(): ...",
        ),
        (
            "@retry(retry=retry_if_exception_type((WebSocketError, OSError)))\nasync def go(): ...",
            "@retry(retry=retry_if_exception_type((UpbitWebSocketError, OSError)))\n"
            "async def go(): ...",
        ),
        (
            "def known(e):\n    match e:\n        case WebSocketConnectionError() as c: print(c)",
            "def known(e):\n    match e:\n        case SubscribeTimeout() as c: print(c)",
        ),
        (
            "def known(e): return type(e) in (WebSocketConnectionError, OSError)",
            "def known(e): return type(e) in (SubscribeTimeout, OSError)",
        ),
    ],
)
def test_what_selects_errors_names_those_of_v6(before: str, after: str, migrate: Migrate) -> None:
    assert after in moved(migrate, before + "\n").text()


def test_one_condition_of_a_chain_does_not_swallow_the_next(migrate: Migrate) -> None:
    code = """\
def name(e):
    if isinstance(e, SubscriptionError):
        return "subscription"
    elif isinstance(e, WebSocketConnectionError):
        return "connection"
"""
    text = moved(migrate, code).text()
    rejected = "(SubscriptionRejected, InvalidArgument, AuthenticationError)"
    assert f"if isinstance(e, {rejected}):" in text
    assert "elif isinstance(e, SubscribeTimeout):" in text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "RETRYABLE = (SubscriptionError, OSError)",
            "RETRYABLE = (UpbitWebSocketError, SubscriptionError, OSError)",
        ),
        (
            "def known(e): return isinstance(e, SubscriptionError)",
            "def known(e): return isinstance(e, (UpbitWebSocketError, SubscriptionError))",
        ),
        (
            "guard = contextlib.suppress(SubscriptionError)",
            "guard = contextlib.suppress(UpbitWebSocketError, SubscriptionError)",
        ),
        (
            "def known(e): return isinstance(e, SubscriptionError | OSError)",
            "def known(e): return isinstance(e, UpbitWebSocketError | SubscriptionError | OSError)",
        ),
        (
            "def known(e):\n    match e:\n        case SubscriptionError(): print(e)",
            "def known(e):\n    match e:\n"
            "        case UpbitWebSocketError() | SubscriptionError(): print(e)",
        ),
    ],
)
def test_what_the_application_raises_is_still_selected(
    before: str, after: str, migrate: Migrate
) -> None:
    done = moved(migrate, before + RAISING)
    assert after in done.text()
    assert 'raise SubscriptionError("no such market")' in done.text()


@pytest.mark.parametrize(
    "line",
    [
        "def known(e): return type(e) is SubscriptionError",
        "HANDLERS = {SubscriptionError: print}",
        "TABLE = [(SubscriptionError, 5), (OSError, 1)]",
        "def known(e): return type(e).__name__ == SubscriptionError.__name__",
    ],
)
def test_what_cannot_name_a_second_class_holds_the_clients(line: str, migrate: Migrate) -> None:
    assert marked_line(stayed(migrate, line + "\n")) == [line]


def test_a_class_handed_to_the_own_code_holds_the_clients(migrate: Migrate) -> None:
    code = """\
async def attempt(call, error):
    try:
        return await call()
    except error:
        return None


async def main():
    await attempt(client.unsubscribe_all, SubscriptionError)
"""
    assert marked_line(stayed(migrate, code)) == [
        "await attempt(client.unsubscribe_all, SubscriptionError)"
    ]


@pytest.mark.parametrize(
    "line",
    [
        "fake = Mock(side_effect=WebSocketError)",
        "class Own(WebSocketError): ...",
        "def fail() -> WebSocketError | None: ...",
        "Renamed = WebSocketError",
        "AVAILABLE = WebSocketError is not None",
    ],
)
def test_what_selects_nothing_holds_nobody(line: str, migrate: Migrate) -> None:
    assert line in moved(migrate, line + "\n").text()


def test_a_keep_comment_leaves_the_place_to_its_owner(migrate: Migrate) -> None:
    line = "def known(e): return type(e) is WebSocketError  # uws: keep[UWS152] of the REST part\n"
    done = moved(migrate, line)
    assert line in done.text()
    assert "UWS152" in done.rules("deliberate")


def test_members_read_by_a_helper_hold_the_clients(migrate: Migrate) -> None:
    code = """\
def describe(err):
    return explain(err)


def explain(err):
    return err.details


async def main():
    try:
        await client.subscribe_ticker(["KRW-BTC"], on_tick)
    except WebSocketError as e:
        print(describe(e))
"""
    assert marked_line(stayed(migrate, code)) == ["return err.details"]


@pytest.mark.parametrize("clause", ["Exception", "(ValueError, BaseException)"])
def test_members_read_in_a_broad_clause_hold_the_clients(clause: str, migrate: Migrate) -> None:
    code = f"""\
from {V5} import UpbitWebSocketPublicV5

client = UpbitWebSocketPublicV5()


async def main(on_tick):
    try:
        await client.subscribe_ticker(["KRW-BTC"], on_tick)
    except {clause} as e:
        print(e.error_code.value)
"""
    done = migrate({PATH: code})
    assert "client = UpbitWebSocketPublicV5()" in done.text()
    assert marked_line(done) == ["print(e.error_code.value)"]
    assert migrate({PATH: done.text()}).text() == done.text()


def test_members_read_from_what_nobody_can_follow_hold_the_clients(migrate: Migrate) -> None:
    code = """\
async def main():
    results = await asyncio.gather(
        client.subscribe_ticker(["KRW-BTC"], on_tick), return_exceptions=True
    )
    for result in results:
        print(result.recovery_action)
"""
    assert marked_line(stayed(migrate, code)) == ["print(result.recovery_action)"]


def test_members_in_a_clause_without_a_client_in_sight_hold_the_clients(migrate: Migrate) -> None:
    code = """\
async def start():
    await client.subscribe_ticker(["KRW-BTC"], on_tick)


async def main():
    try:
        await start()
    except WebSocketError as e:
        print(e.details)
"""
    stayed(migrate, code)


def test_members_of_an_unrelated_file_are_noted(migrate: Migrate) -> None:
    other = "from app.module import client\n\n\ndef show(e):\n    print(e.error_code, client)\n"
    done = migrate({PATH: HEAD, "app/other.py": other})
    assert "client = WebSocketClientProxy(" in done.text()
    noted = [f for f in done.findings if f.rule == "UWS152" and f.outcome == "note"]
    assert [(f.path, f.line) for f in noted] == [("app/other.py", 5)]


@pytest.mark.parametrize(
    "line",
    [
        'def known(e): return type(e).__name__ == "SubscriptionError"',
        'def known(e): return getattr(e, "error_code", None)',
    ],
)
def test_looks_by_name_are_noted(line: str, migrate: Migrate) -> None:
    noted = [f for f in moved(migrate, line + "\n").findings if f.outcome == "note"]
    assert [f.rule for f in noted] == ["UWS152"]


def test_a_clause_that_an_earlier_one_leaves_nothing_to_catch_is_named(migrate: Migrate) -> None:
    done = moved(
        migrate,
        """\
async def start():
    try:
        await client.subscribe_ticker(["KRW-BTC"], on_tick)
    except WebSocketConnectionTimeoutError:
        return "slow"
    except WebSocketConnectionError:
        return "offline"
    except WebSocketError:
        return "rejected"
""",
    )
    notes = [finding for finding in done.findings if finding.outcome == "note"]
    assert [note.message for note in notes] == [
        "in v6 this is SubscribeTimeout, too, which line 13 catches already"
    ]
