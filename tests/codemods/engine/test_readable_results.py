"""What an owner reads in the patch: imports where they belong, one mark per reason, no half-moved types."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Migrate

V5 = "upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5"
KEPT = f"""\
from {V5} import UpbitWebSocketPublicV5

client = UpbitWebSocketPublicV5()


def rates():
    print(client.stats["messages_received"])
    print(client.stats["errors"])
"""


def test_one_reason_is_marked_once_in_a_file(migrate: Migrate) -> None:
    done = migrate({"app/module.py": KEPT})
    lines = done.text().splitlines()
    marks = [number for number, line in enumerate(lines) if "UWS141): .stats" in line]
    assert len(marks) == 1
    assert '["messages_received"]' in lines[marks[0] + 1]
    assert sum(f.rule == "UWS141" and ".stats" in f.message for f in done.findings) >= 2
    assert migrate(done.files).files == done.files


def test_a_type_alias_stays_where_all_clients_stay(migrate: Migrate) -> None:
    types = (
        f"from {V5} import UpbitWebSocketPublicV5\n\nAnyClient = UpbitWebSocketPublicV5 | None\n"
    )
    done = migrate({"app/module.py": KEPT, "app/types.py": types})
    assert "from compat_v5 import UpbitWebSocketPublicV5" in done.text("app/types.py")
    assert "AnyClient = UpbitWebSocketPublicV5 | None" in done.text("app/types.py")


def test_a_type_alias_moves_where_clients_move(migrate: Migrate) -> None:
    types = (
        f"from {V5} import UpbitWebSocketPublicV5\n\nAnyClient = UpbitWebSocketPublicV5 | None\n"
    )
    moving = KEPT.partition("\n\ndef ")[0]
    done = migrate({"app/module.py": moving, "app/types.py": types})
    assert "AnyClient = WebSocketClientProxy | None" in done.text("app/types.py")


def test_a_new_import_does_not_stand_above_the_librarys(migrate: Migrate) -> None:
    source = f"""\
import asyncio
import importlib

import yaml

v5 = importlib.import_module("{V5}")


async def main():
    client = v5.UpbitWebSocketPublicV5()
    await client.connect()
    await client.disconnect()
"""
    text = migrate({"app/module.py": source}).text()
    assert (
        "import importlib\n\nfrom websocket_v6 import WebSocketClientProxy\nimport yaml\n" in text
    )


SHARED_LINES = """\
from app.net.websocket_v5 import UpbitWebSocketPublicV5

async def run(callback, late):
    a = UpbitWebSocketPublicV5(); await a.connect(); b = 1
    c = 1; await a.connect(); await a.connect(); d = 1
    c = 2; await a.connect(); await a.connect()  # why
    await a.connect(); await a.connect()
    await a.connect();
    if late: c = 3; await a.connect();
    await a.subscribe_ticker(["KRW-BTC"], callback); await a.disconnect()
"""


def test_nothing_is_left_of_statements_that_share_a_line(migrate: Migrate) -> None:
    lines = migrate({"app/module.py": SHARED_LINES}).text().splitlines()
    assert lines[3:] == [
        '    a = WebSocketClientProxy("run", __name__); b = 1',
        "    c = 1; d = 1",
        "    c = 2  # why",
        "    if late: c = 3;",
        '    await a.subscribe_ticker(["KRW-BTC"], callback); await a.unsubscribe_all()',
    ]


def test_a_mark_stands_above_the_decorators(migrate: Migrate) -> None:
    source = (
        "from app.net.websocket_v5 import UpbitWebSocketPublicV5\n\n"
        "class Feed:\n"
        "    @staticmethod\n"
        "    def make(broker): return UpbitWebSocketPublicV5(event_broker=broker)\n"
    )
    lines = migrate({"app/module.py": source}).text().splitlines()
    assert lines[3].startswith("    # TODO(upbit-migrate UWS110)")
    assert lines[4].strip() == "@staticmethod"


@pytest.mark.parametrize("behind", ["", "; self.callbacks_by_symbol = {}"])
def test_a_construction_inside_a_one_line_function_stays_on_it(
    migrate: Migrate, behind: str
) -> None:
    source = (
        "from app.net.websocket_v5 import UpbitWebSocketPublicV5\n\n"
        "class AVeryLongNameOfAServiceThatLeavesNoRoom:\n"
        f"    def __init__(self): self.client = UpbitWebSocketPublicV5(){behind}\n"
    )
    lines = migrate({"app/module.py": source}).text().splitlines()
    assert lines[3].endswith(f", __name__){behind}")
