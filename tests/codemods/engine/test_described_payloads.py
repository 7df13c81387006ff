"""Payloads whose keys a ``TypedDict`` describes: the description is a dictionary, and it tells of v5."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Migrate

PROGRAM = """\
from typing import NamedTuple, Optional, TypedDict
from app.net.websocket_v5 import UpbitWebSocketPublicV5


class Message(TypedDict{total}):
    {fields}


class Tick(NamedTuple):
    price: float

    @classmethod
    def of(cls, message: {written}):
        return cls(message["data"]["trade_price"])


def on(symbol, data_type, data: {written}):
    print(data["market"], Tick.of(data))


async def main():
    client = UpbitWebSocketPublicV5()
    await client.connect()
    await client.subscribe_ticker(["KRW-BTC"], on)
"""


@pytest.mark.parametrize("total", ["", ", total=False"])
@pytest.mark.parametrize("written", ["Message", "Optional[Message]", "'Message'"])
def test_the_reads_are_flattened(written: str, total: str, migrate: Migrate) -> None:
    program = PROGRAM.format(written=written, total=total, fields="market: str\n    data: dict")
    done = migrate({"app/module.py": program})
    assert "TODO" not in done.text(), done.text()
    assert 'cls(message["trade_price"])' in done.text()
    assert 'print(data["code"], Tick.of(data))' in done.text()


def test_a_description_of_the_envelope_is_noted_once(migrate: Migrate) -> None:
    program = PROGRAM.format(written="Message", total="", fields="market: str\n    data: dict")
    notes = [f for f in migrate({"app/module.py": program}).findings if f.outcome == "note"]
    assert [note.rule for note in notes] == ["UWS160"]
    assert notes[0].message.startswith("Message describes the envelope of v5")


def test_a_description_of_the_frame_is_not_noted(migrate: Migrate) -> None:
    program = PROGRAM.format(
        written="Message", total="", fields="code: str\n    trade_price: float"
    )
    done = migrate({"app/module.py": program})
    assert [f for f in done.findings if f.outcome == "note"] == []
