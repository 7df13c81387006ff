"""What a run may be told: rules, target package, opt-in rules."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

import pytest

from codemods.index import build_index
from codemods.options import Options

if TYPE_CHECKING:
    from conftest import Migrate

V5 = "upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5"
PROGRAM = f"""\
import asyncio
import os

from {V5} import UpbitWebSocketPrivateV5, UpbitWebSocketPublicV5


class Bot:
    def __init__(self):
        self.private = UpbitWebSocketPrivateV5(os.environ["MY_KEY"], os.getenv("MY_SECRET"))
        self.public = UpbitWebSocketPublicV5()

    async def stop(self):
        await self.private.disconnect()
        await self.public.disconnect()


async def main():
    await Bot().stop()


if __name__ == "__main__":
    asyncio.run(main())
"""


def test_a_rule_that_is_not_selected_leaves_its_objects_alone(migrate: Migrate) -> None:
    done = migrate({"app/module.py": PROGRAM}, Options(ignore=("UWS121",)))
    assert "WebSocketClientProxy" not in done.text()
    assert "disconnect()" in done.text()
    assert "TODO" not in done.text()
    assert done.rules("note") == {"UWS101", "UWS121"}
    compile(done.text(), "after", "exec")


def test_without_the_import_rule_nothing_changes(migrate: Migrate) -> None:
    assert migrate({"app/module.py": PROGRAM}, Options(ignore=("UWS101",))).text() == PROGRAM


def test_target_package_by_name(migrate: Migrate) -> None:
    done = migrate({"app/module.py": PROGRAM}, Options(target_package="app.net.websocket_v6"))
    assert "from app.net.websocket_v6 import Credentials, WebSocketClientProxy" in done.text()


def test_target_package_beside_the_legacy_one(migrate: Migrate) -> None:
    make = "import UpbitWebSocketPublicV5\n\nclient = UpbitWebSocketPublicV5()\n"
    files = {
        "app/__init__.py": "",
        "app/net/__init__.py": "",
        "app/net/websocket_v5/__init__.py": "",
        "app/net/websocket_v6/__init__.py": "",
        "app/ui.py": f"from .net.websocket_v5 {make}",
        "main.py": f"from app.net.websocket_v5 {make}",
    }
    done = migrate(files)
    assert "from .net.websocket_v6 import WebSocketClientProxy" in done.text("app/ui.py")
    assert "from app.net.websocket_v6 import WebSocketClientProxy" in done.text("main.py")


def test_entry_is_rewritten_on_request_only(migrate: Migrate) -> None:
    assert "initialize" not in migrate({"app/module.py": PROGRAM}).text()
    done = migrate({"app/module.py": PROGRAM}, Options(entry=True))
    assert "asyncio.run(with_manager(main()))" in done.text()
    assert "await manager.initialize()" in done.text()
    assert "await manager.shutdown()" in done.text()
    compile(done.text(), "after", "exec")
    assert migrate(done.files, Options(entry=True)).files == done.files


def test_credentials_are_hoisted_only_where_one_pair_is_proven(migrate: Migrate) -> None:
    done = migrate({"app/module.py": PROGRAM}, Options(entry=True, hoist_credentials=True))
    assert 'initialize(os.environ["MY_KEY"], os.environ["MY_SECRET"])' in done.text()
    assert "account=" not in done.text()
    other = PROGRAM.replace(
        "class Bot", "other = UpbitWebSocketPrivateV5('TEST-A', 'TEST-B')\n\n\nclass Bot"
    )
    done = migrate({"app/module.py": other}, Options(entry=True, hoist_credentials=True))
    assert done.text().count("account=Credentials(") == 2
    assert "initialize()" in done.text()


def test_merging_is_opt_in(migrate: Migrate) -> None:
    assert "self.public = self.private" not in migrate({"app/module.py": PROGRAM}).text()
    done = migrate({"app/module.py": PROGRAM}, Options(unsafe=True))
    assert "self.public = self.private\n" in done.text()
    compile(done.text(), "after", "exec")


@pytest.mark.parametrize("options", [Options(), Options(select=("UWS1",))])
def test_index_and_outcomes_are_picklable(options: Options) -> None:
    index = build_index({"app/module.py": PROGRAM.encode()}, options)
    assert pickle.loads(pickle.dumps(index)).files == index.files
