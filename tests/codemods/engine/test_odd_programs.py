"""Programs that once ended the analysis: it has to come to an end, and to say something."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Migrate

HEAD = """\
from app.net.websocket_v5 import UpbitWebSocketPublicV5

def on(symbol, data_type, data):
    print(data["data"]["trade_price"])

async def main(pair):
    client = UpbitWebSocketPublicV5()
    await client.connect()
    await client.subscribe_ticker(["KRW-BTC"], on)
"""
PROGRAMS = {
    "a starred pair for getattr": "    getattr(*pair, 'connect')\n",
    "a starred pair with a value for setattr": "    setattr(*pair, 'connect', on)\n",
    "iterators of each other": (
        "    for one in A():\n        print(one)\n\n"
        "class A:\n    def __iter__(self):\n        return B()\n\n"
        "class B:\n    def __iter__(self):\n        return A()\n"
    ),
}


@pytest.mark.parametrize("tail", PROGRAMS.values(), ids=list(PROGRAMS))
def test_the_rest_of_the_program_is_migrated(migrate: Migrate, tail: str) -> None:
    done = migrate({"app/module.py": HEAD + tail})
    assert done.failures == []
    assert 'print(data["trade_price"])' in done.text()
