"""What only the envelope had in another form: its ``timestamp`` and its ``stream_type``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Migrate

PROGRAM = """\
from datetime import datetime, timedelta
from app.net.websocket_v5 import UpbitWebSocketPublicV5

class Bar:
    def __init__(self, at):
        self.at = at

    def label(self):
        return {label}

def on(symbol, data_type, data):
    {body}

async def main():
    client = UpbitWebSocketPublicV5()
    await client.connect()
    await client.subscribe_ticker(["KRW-BTC"], on)
"""


def program(body: str, label: str = "str(self)") -> str:
    return PROGRAM.format(body=body, label=label)


@pytest.mark.parametrize(
    "source",
    [
        program('print(data["timestamp"].hour)'),
        program('at = data["timestamp"]; print(at.strftime("%H:%M"))'),
        program('at = data.get("timestamp"); print(at.isoformat())'),
        program('print(datetime.now() - data["timestamp"])'),
        program('print(data["timestamp"] + timedelta(hours=9))'),
        program('print(data["timestamp"] > datetime(2026, 1, 1))'),
        program("print(f\"{data['timestamp']:%H:%M:%S}\")"),
        program('print(Bar(data["timestamp"]).label())', "self.at.isoformat()"),
        program('print(dict(data)["timestamp"].hour)'),
    ],
)
def test_a_datetime_keeps_the_client(migrate: Migrate, source: str) -> None:
    done = migrate({"app/module.py": source})
    reasons = {f.message for f in done.findings if f.rule == "UWS160" and f.outcome == "kept"}
    assert any("was a datetime" in reason for reason in reasons)
    assert "from compat_v5 import UpbitWebSocketPublicV5" in done.text()
    assert migrate(done.files).files == done.files


@pytest.mark.parametrize(
    "body",
    [
        'print(data["timestamp"], str(data["timestamp"]))',
        'print(data["data"]["timestamp"] - 1, data["data"]["timestamp"] > 0)',
        'last = data["timestamp"]; print(last == data["timestamp"])',
        'print(data["timestamp"] is None)',
        'print(data["type"].upper(), data["data"].get("code").lower())',
    ],
)
def test_any_other_use_moves(migrate: Migrate, body: str) -> None:
    assert "UpbitWebSocketPublicV5" not in migrate({"app/module.py": program(body)}).text()


@pytest.mark.parametrize(
    "body",
    [
        'print(data["stream_type"] is None)',
        'print(data.get("stream_type") == "REALTIME")',
        'print(not data.get("stream_type"))',
        'if data["stream_type"]:\n        print(data)',
    ],
)
def test_a_test_of_the_stream_type_is_a_note(migrate: Migrate, body: str) -> None:
    done = migrate({"app/module.py": program(body)})
    assert [str(f.outcome) for f in done.findings if f.rule == "UWS160"] == ["note"]
    assert "UpbitWebSocketPublicV5" not in done.text()


def test_a_stream_type_that_is_only_shown_is_none(migrate: Migrate) -> None:
    done = migrate({"app/module.py": program('print(data["stream_type"])')})
    assert [f for f in done.findings if f.rule == "UWS160"] == []


def test_constants_of_a_class_are_keys(migrate: Migrate) -> None:
    source = program("print(data[K.DATA][K.PRICE])")
    source = source.replace(
        "class Bar", 'class K:\n    DATA = "data"\n    PRICE = "code"\n\nclass Bar'
    )
    assert "print(data[K.PRICE])" in migrate({"app/module.py": source}).text()
