"""Loops and handlers around a connect() that goes: nothing spins, and no handler goes without a word."""

from __future__ import annotations

import asyncio
import textwrap
from typing import TYPE_CHECKING

import pytest

from websocket_v6 import InvalidArgument

if TYPE_CHECKING:
    from conftest import Migrate, Migration

PATH = "app/module.py"
V5 = "upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5"
HEAD = f"""\
import asyncio
import logging
import time
from {V5} import UpbitWebSocketPublicV5, WebSocketConnectionError

logger = logging.getLogger(__name__)
client = UpbitWebSocketPublicV5()


def on_tick(symbol, data_type, data): ...


"""


def migrated(migrate: Migrate, body: str) -> Migration:
    code = "async def main(symbols, stop):\n" + textwrap.indent(textwrap.dedent(body), "    ")
    done = migrate({PATH: HEAD + code})
    text = done.text()
    compile(text, PATH, "exec")
    assert migrate({PATH: text}).text() == text, "a second run changes nothing"
    return done


def main_of(done: Migration) -> str:
    return textwrap.dedent(done.text().partition("async def main(symbols, stop):\n")[2])


def has_moved(done: Migration) -> bool:
    return "client = WebSocketClientProxy(" in done.text()


@pytest.mark.parametrize(
    "connecting", ["client.connect()", "asyncio.wait_for(client.connect(), 5)"]
)
def test_handlers_go_around_the_subscription_that_follows(
    connecting: str, migrate: Migrate
) -> None:
    done = migrated(
        migrate,
        f"""\
        try:
            await {connecting}  # may be offline
        except WebSocketConnectionError as e:
            logger.error("REST only: %s", e)
            return False
        identifier = await client.subscribe_ticker(symbols, on_tick)
        return identifier
        """,
    )
    assert main_of(done) == textwrap.dedent(
        """\
        try:
            identifier = await client.subscribe_ticker(symbols, on_tick)  # may be offline
        except SubscribeTimeout as e:
            logger.error("REST only: %s", e)
            return False
        return identifier
        """
    )


def test_the_handlers_meet_what_the_subscription_raises(migrate: Migrate) -> None:
    done = migrated(
        migrate,
        """\
        try:
            await client.connect()
        except Exception as e:
            return e
        await client.subscribe_ticker(
            symbols,
            on_tick,
        )
        """,
    )
    names: dict = {"__name__": "app.module"}
    exec(compile(done.text(), PATH, "exec"), names)  # noqa: S102 - migrated here, from the source above
    assert isinstance(asyncio.run(names["main"](["krw btc"], None)), InvalidArgument)


@pytest.mark.parametrize(
    "handling",
    [
        "return False",
        "await fall_back()",
        "raise RuntimeError('offline') from None",
        "connected = False",
    ],
)
@pytest.mark.parametrize("connecting", ["client.connect()", "asyncio.gather(client.connect())"])
def test_an_answer_with_no_subscription_behind_it_holds_the_client(
    handling: str, connecting: str, migrate: Migrate
) -> None:
    done = migrated(
        migrate,
        f"""\
        try:
            await {connecting}
        except Exception:
            {handling}
        logger.info("ready")
        await client.subscribe_ticker(symbols, on_tick)
        """,
    )
    assert not has_moved(done)
    marked = main_of(done).splitlines()
    assert marked[1].strip().startswith("# TODO(upbit-migrate UWS120): connect() opens nothing")
    assert marked[2].strip() == f"await {connecting}"


@pytest.mark.parametrize("handling", ["logger.warning('offline')", "raise", "pass"])
def test_handlers_that_only_say_so_go_with_a_word(handling: str, migrate: Migrate) -> None:
    done = migrated(
        migrate,
        f"""\
        try:
            await client.connect()
        except Exception:
            {handling}
        await client.subscribe_ticker(symbols, on_tick)
        """,
    )
    assert main_of(done) == "await client.subscribe_ticker(symbols, on_tick)\n"
    line = HEAD.count("\n") + 4
    assert [f.message for f in done.findings if f.rule == "UWS120"] == [
        "connect() is not needed any more; a server that cannot be reached shows in the first "
        f"subscription, not to the handlers in line {line}"
    ]


@pytest.mark.parametrize(
    "body",
    [
        "while not client.is_connected():\n    await client.connect()\n",
        "while not client.is_connected():\n    try:\n        await client.connect()\n"
        "    except Exception:\n        await asyncio.sleep(1)\n",
    ],
)
def test_a_loop_that_waits_for_the_connection_goes(body: str, migrate: Migrate) -> None:
    done = migrated(migrate, body + "return 1\n")
    assert main_of(done) == "return 1\n"


@pytest.mark.parametrize(
    "body",
    [
        "while not stop.is_set():\n    await client.connect()\n",
        "while True:\n    await client.connect()\n    if client.is_connected():\n        break\n",
        "tries = 0\nwhile not client.is_connected():\n    tries += 1\n    await client.connect()\n",
    ],
)
def test_a_loop_that_would_never_pause_holds_the_client(body: str, migrate: Migrate) -> None:
    done = migrated(migrate, body)
    assert not has_moved(done)
    assert "# TODO(upbit-migrate UWS120): the loop around connect()" in main_of(done)


@pytest.mark.parametrize(
    "body",
    [
        "while not stop.is_set():\n    await client.connect()\n    await asyncio.sleep(1)\n",
        "while True:\n    try:\n        await client.connect()\n        break\n"
        "    except Exception:\n        stop.set()\n",
    ],
)
def test_a_loop_that_still_pauses_or_ends_moves(body: str, migrate: Migrate) -> None:
    assert has_moved(migrated(migrate, body))


NEVER_MET = "this answered a failing connect() and is never met now"


def notes_of(done: Migration) -> list[int]:
    return [one.line for one in done.findings if one.message.startswith(NEVER_MET)]


@pytest.mark.parametrize(
    ("left", "handler"),
    [
        ("return True", "stop.set()\n    return False"),
        ("ready = True", "ready = False"),
        ("logger.info('connected')", "raise SystemExit(1)"),
    ],
)
def test_a_handler_that_is_never_met_again_is_named(
    left: str, handler: str, migrate: Migrate
) -> None:
    body = (
        f"try:\n    await client.connect()\n    {left}\n"
        f"except WebSocketConnectionError:\n    {handler}\n"
    )
    done = migrated(migrate, body)
    assert has_moved(done)
    assert notes_of(done) == [HEAD.count("\n") + 5]


@pytest.mark.parametrize("leaving", ["", "else:\n    break"])
def test_a_loop_that_tried_again_is_named(leaving: str, migrate: Migrate) -> None:
    attempt = (
        "try:\n    await client.connect()\n"
        + ("" if leaving else "    break\n")
        + "except WebSocketConnectionError as e:\n    logger.warning('%s', e)\n"
        + f"    await asyncio.sleep(2**attempt)\n{leaving}\n"
    )
    done = migrated(migrate, "for attempt in range(5):\n" + textwrap.indent(attempt, "    "))
    assert has_moved(done)
    assert len(notes_of(done)) == 1


@pytest.mark.parametrize(
    ("left", "handler"),
    [
        ("return True", "logger.error('down')\n    raise"),
        ("return load(symbols)", "return None"),
        ("await client.subscribe_ticker(symbols, on_tick)", "return None"),
    ],
)
def test_handlers_that_say_so_or_are_still_met_are_not_named(
    left: str, handler: str, migrate: Migrate
) -> None:
    body = (
        f"try:\n    await client.connect()\n    {left}\n"
        f"except WebSocketConnectionError:\n    {handler}\n"
    )
    done = migrated(migrate, body)
    assert has_moved(done)
    assert notes_of(done) == []


MADE_AND_CONNECTED = [
    "feed = UpbitWebSocketPublicV5()\n    await feed.connect()",
    "feed = await create_public_client()",
    "feed = await create_public_client(use_dynamic_limiter=False)\n    ready = True",
]


@pytest.mark.parametrize("made", MADE_AND_CONNECTED)
@pytest.mark.parametrize("error", ["WebSocketConnectionError", "Exception"])
def test_a_handler_around_making_and_connecting_is_named(
    made: str, error: str, migrate: Migrate
) -> None:
    body = (
        f"from {V5} import create_public_client\n"
        f"try:\n    {made}\nexcept {error}:\n    return None\n"
        "await feed.subscribe_ticker(symbols, on_tick)\nawait feed.disconnect()\n"
    )
    done = migrated(migrate, body)
    assert "feed = WebSocketClientProxy(" in done.text()
    assert len(notes_of(done)) == 1


@pytest.mark.parametrize("made", MADE_AND_CONNECTED)
@pytest.mark.parametrize(
    ("more", "handler"),
    [
        ("\n    await feed.subscribe_ticker(symbols, on_tick)", "return None"),
        ("\n    await load(feed)", "return None"),
        ("", "logger.error('down')\n    raise"),
    ],
)
def test_a_handler_around_making_and_subscribing_is_still_met(
    made: str, more: str, handler: str, migrate: Migrate
) -> None:
    body = (
        f"from {V5} import create_public_client\n"
        f"try:\n    {made}{more}\nexcept WebSocketConnectionError:\n    {handler}\n"
        "await feed.disconnect()\n"
    )
    assert notes_of(migrated(migrate, body)) == []
