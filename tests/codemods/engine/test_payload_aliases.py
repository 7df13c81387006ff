"""Envelope and frame become one dictionary: what would never end, or shows through, holds the client."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Migrate, Migration

PATH = "app/module.py"
V5 = "upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5"
TAIL = """

async def main():
    await client.subscribe_ticker(["KRW-BTC"], on_tick)
"""
HEAD = f"from {V5} import UpbitWebSocketPublicV5\n\nclient = UpbitWebSocketPublicV5()\n\n\n"


def migrated(migrate: Migrate, code: str) -> Migration:
    done = migrate({PATH: HEAD + textwrap.dedent(code) + TAIL})
    text = done.text()
    compile(text, PATH, "exec")
    assert migrate({PATH: text}).text() == text, "a second run changes nothing"
    return done


def callback(*lines: str) -> str:
    return "def on_tick(symbol, data_type, data):\n" + "".join(f"    {line}\n" for line in lines)


def assert_held(done: Migration, line: str) -> None:
    """The client stays, and the mark stands above *line*."""
    assert "client = UpbitWebSocketPublicV5()" in done.text()
    lines = done.text().splitlines()
    marked = [lines[i + 1].strip() for i, one in enumerate(lines) if "TODO" in one]
    assert line in marked
    assert "UWS160" in done.rules("kept")


@pytest.mark.parametrize(
    "lines",
    [
        ("while isinstance(data, dict) and 'data' in data:", "    data = data['data']"),
        ("while True:", "    if 'data' not in data: break", "    data = data.get('data')"),
        ("while 'data' in data:", "    inner = data['data']", "    data = inner"),
    ],
)
def test_a_loop_that_unwraps_holds_the_client(lines: tuple[str, ...], migrate: Migrate) -> None:
    done = migrated(migrate, callback(*lines, "print(data['trade_price'])"))
    assert_held(done, next(line.strip() for line in lines if " = " in line))


@pytest.mark.parametrize(
    "line",
    [
        "return unwrap(m['data']) if 'data' in m else m",
        "return m if 'data' not in m else unwrap(m=m['data'])",
    ],
)
def test_a_recursion_that_unwraps_holds_the_client(line: str, migrate: Migrate) -> None:
    code = f"def unwrap(m):\n    {line}\n\n\n" + callback("print(unwrap(data)['trade_price'])")
    assert_held(migrated(migrate, code), line)


def test_a_method_that_unwraps_through_a_name_holds_the_client(migrate: Migrate) -> None:
    code = """\
    class Reader:
        def unwrap(self, m):
            if "data" in m:
                inner = m["data"]
                return self.unwrap(inner)
            return m


    def on_tick(symbol, data_type, data):
        print(Reader().unwrap(data)["trade_price"])
    """
    assert_held(migrated(migrate, code), 'inner = m["data"]')


@pytest.mark.parametrize(
    "lines",
    [
        ("while data:", "    data = data['data']", "    print(data)", "    data = None"),
        ("if 'data' in data:", "    data = data['data']", "print(data)"),
    ],
)
def test_unwrapping_once_moves(lines: tuple[str, ...], migrate: Migrate) -> None:
    assert "WebSocketClientProxy(" in migrated(migrate, callback(*lines)).text()


@pytest.mark.parametrize(
    ("first", "more"),
    [
        ("frame = data.pop('data')", ("data['frame'] = frame",)),
        ("frame = data.pop('data')", ("print(frame, data)",)),
        ("frame = data['data']", ("frame.pop('code')", "print(data['market'])")),
        ("frame = data['data']", ("frame['timestamp'] = None", "print(data['timestamp'])")),
        ("frame = data['data']", ("frame.update(extra=1)", "print(data['market'])")),
        ("frame = data['data']", ("del frame['code']", "print(data.get('market'))")),
        ("frame = data['data']", ("frame['at'] = 1", "print(data)")),
        ("frame = data['data']", ("data['frame'] = frame",)),
        ("data['frame'] = {'copy': data['data']}", ()),
    ],
)
def test_what_shows_through_holds_the_client(
    first: str, more: tuple[str, ...], migrate: Migrate
) -> None:
    assert_held(migrated(migrate, callback(first, *more)), first)


@pytest.mark.parametrize(
    "lines",
    [
        ("frame = data.pop('data')", "print(frame)"),
        ("data = data.pop('data')", "print(data)"),
        ("frame = data['data']", "frame['at'] = 1", "print(data['market'])"),
        ("frame = data['data']", "frame['at'] = 1", "print(data['data']['at'])"),
        ("print(data['market'])", "frame = data['data']", "frame.pop('code')", "print(frame)"),
        ("frame = data['data']", "print(frame['code'], data['market'])"),
    ],
)
def test_what_stays_apart_moves(lines: tuple[str, ...], migrate: Migrate) -> None:
    assert "WebSocketClientProxy(" in migrated(migrate, callback(*lines)).text()


def test_a_timestamp_that_was_a_datetime_says_what_compat_gives(migrate: Migrate) -> None:
    line = "print(data['timestamp'].isoformat())"
    done = migrated(migrate, callback(line))
    assert_held(done, line)
    assert "it is an integer of milliseconds, on compat_v5, too" in done.text()
