"""Files that no import of v5 leads to, and that break all the same when a client moves without them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from codemods.gate import relevant

if TYPE_CHECKING:
    from conftest import Migrate

V5 = "upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5"
PUBLIC = f"from {V5} import UpbitWebSocketPublicV5\n"
COMPONENT = """\
class Chart:
    def __init__(self, client):
        self.client = client

    async def start(self):
        await self.client.connect()
        self.id = await self.client.subscribe_ticker(["KRW-BTC"], print)
"""
MAIN = PUBLIC + "from app.chart import Chart\n\nchart = Chart(UpbitWebSocketPublicV5())\n"
PACKAGE = {"app/__init__.py": "", "app/chart.py": COMPONENT, "app/main.py": MAIN}


def test_a_tree_without_v5_is_not_looked_at() -> None:
    assert relevant({"a.py": b"x.subscribe_ticker([])\nself.client.connect()\n"}) == set()


def test_a_component_that_only_gets_clients_moves(migrate: Migrate) -> None:
    assert ".connect()" not in migrate(PACKAGE).text("app/chart.py")


@pytest.mark.parametrize(
    "imports", ["from app.chart import Chart", "from app.charts import Chart"], ids=["", "reexport"]
)
def test_a_stand_in_that_only_a_test_hands_over_keeps_the_component(
    imports: str, migrate: Migrate
) -> None:
    test = f"""\
{imports}


class FakeClient:
    async def connect(self): ...
    async def subscribe_ticker(self, symbols, callback): return "1"


async def test_start():
    await Chart(FakeClient()).start()
"""
    done = migrate(
        {**PACKAGE, "app/charts.py": "from app.chart import Chart\n", "tests/test_chart.py": test}
    )
    assert done.text("app/chart.py").count("await self.client.connect()") == 1
    assert done.files["tests/test_chart.py"] == test.encode()
    assert "from compat_v5 import UpbitWebSocketPublicV5" in done.text("app/main.py")


@pytest.mark.parametrize(
    ("store", "use"),
    [
        ('app["ws"] = client', 'request.app["ws"].is_connected()'),
        ("app.state.ws = client", "request.app.state.ws.is_connected()"),
        ('app["ws"] = client', 'ws = request.app["ws"]\n    return ws.is_connected()'),
        (
            "app.state.ws = client",
            "ws = request.app.state.ws  # the feed\n    return ws.is_connected()",
        ),
        ('app["feed"] = Feed(client)', 'request.app["feed"].ws.is_connected()'),
    ],
)
def test_a_client_stored_in_something_foreign(store: str, use: str, migrate: Migrate) -> None:
    main = f"""\
import aiohttp.web
{PUBLIC}

class Feed:
    def __init__(self, ws):
        self.ws = ws


async def start(app):
    client = UpbitWebSocketPublicV5()
    await client.connect()
    {store}


app = aiohttp.web.Application()
app.on_startup.append(start)
"""
    handler = f"async def ready(request):\n    {use}\n"
    done = migrate({"main.py": main, "handlers.py": handler})
    moved = "WebSocketClientProxy" in done.text("main.py")
    assert ("is_public_available" in done.text("handlers.py")) == moved
    assert moved or any(finding.outcome == "kept" for finding in done.findings)


def test_a_call_that_only_looks_like_v5_is_named(migrate: Migrate) -> None:
    done = migrate(
        {**PACKAGE, "far.py": "async def f(x):\n    await x.subscribe_my_orders(print)\n"}
    )
    assert [(f.path, f.rule, f.outcome) for f in done.findings if f.path == "far.py"] == [
        ("far.py", "UWS190", "note")
    ]


@pytest.mark.parametrize(
    "call", ["module.make()", 'getattr(module, "make")()', "await module.make()"]
)
def test_a_function_that_a_loader_finds_keeps_its_client(call: str, migrate: Migrate) -> None:
    plugin = PUBLIC + "\n\ndef make():\n    return UpbitWebSocketPublicV5()\n"
    loader = f"""\
import importlib
import pkgutil


async def load(package):
    for found in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(package.__name__ + "." + found.name)
        client = {call}
        await client.connect()
"""
    files = {"plugins/__init__.py": "", "plugins/one.py": plugin, "loader.py": loader}
    done = migrate(files)
    assert "from compat_v5 import UpbitWebSocketPublicV5" in done.text("plugins/one.py")
    assert "await client.connect()" in done.text("loader.py")
    assert "UWS190" in done.rules("kept")
    del files["loader.py"]
    assert "WebSocketClientProxy(" in migrate(files).text("plugins/one.py")
