"""What a rewrite leaves without a purpose goes with it; what asks or decides stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Migrate

HEAD = """\
import asyncio
from app.net.websocket_v5 import UpbitWebSocketPublicV5

client = UpbitWebSocketPublicV5()


def on_tick(symbol, data_type, data):
    first = symbol
BODY
    print(data)


async def main(flag, warm_up):
    await client.subscribe_ticker(["KRW-BTC"], on_tick)
MAIN
"""


def parts(migrate: Migrate, body: str = "", main: str = "") -> tuple[str, str]:
    """The lines of the callback and of the function, after the migration."""
    indented = ["\n".join(f"    {line}" for line in lines.splitlines()) for lines in (body, main)]
    source = HEAD.replace("BODY\n", indented[0] + "\n" if body else "").replace("MAIN", indented[1])
    first = migrate({"app/module.py": source})
    assert first.rules("kept") == set()
    text = first.text()
    compile(text, "module.py", "exec")
    assert migrate(first.files).text() == text
    callback = text.split("first = symbol\n")[1].split("    print(data)\n")[0]
    rest = text.split("on_tick)\n")[1]
    return tuple("\n".join(p[4:] for p in t.splitlines()).strip() for t in (callback, rest))  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("body", "left"),
    [
        ('data = data["data"]', ""),
        ('data = data.get("data", data)', ""),
        ('data = data["data"] if "data" in data else data', ""),
        ('if "data" in data:\n    data = data["data"]', ""),
        ('data = data.get("data") or data', ""),
        ('frame = data.get("data") or data', "frame = data"),
        ('return data.get("data") or data', "return data"),
        (
            'frame = data["data"] if "data" in data else {}',
            'frame = data if "type" in data else {}',
        ),
        ('frame = data.get("data") or {}', "frame = data or {}"),
        ('frame = data = data["data"]', "frame = data = data"),
        ('data["market"]', 'data["code"]'),
        ('x = first or data["data"]', "x = first or data"),
    ],
)
def test_callbacks(migrate: Migrate, body: str, left: str) -> None:
    assert parts(migrate, body=body)[0] == left


@pytest.mark.parametrize(
    ("main", "left"),
    [
        ("await client.connect() if client else None", ""),
        ("[await c.connect() for c in (client,)]", ""),
        ("await (client.connect() if flag else asyncio.sleep(0))", "await (asyncio.sleep(0))"),
        ("async with asyncio.timeout(5):\n    await client.connect()", ""),
        ("await client.connect() if warm_up() else None", "None if warm_up() else None"),
        (
            "async with asyncio.timeout(warm_up()):\n    await client.connect()",
            "async with asyncio.timeout(warm_up()):\n    pass",
        ),
    ],
)
def test_connecting(migrate: Migrate, main: str, left: str) -> None:
    assert parts(migrate, main=main)[1] == left
