"""Payloads that go through code nobody can see: every read of the old envelope is moved or reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Migrate, Migration

V5 = "upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5"
HEAD = f"from {V5}.upbit_websocket_public_client import UpbitWebSocketPublicV5\n"
FEED = """

class Feed:
    def __init__(self, bus=None):
        self.client = UpbitWebSocketPublicV5()
        self.bus = bus
        self.last = None

    async def start(self):
        await self.client.connect()
        await self.client.subscribe_ticker(["KRW-BTC"], self.on_tick)

    def on_tick(self, symbol, data_type, data):
        {send}
"""
READ = 'data["data"]["trade_price"]'


def program(send: str, tail: str, imports: str = "") -> str:
    return imports + HEAD + FEED.replace("{send}", send) + "\n\n" + tail


def line_of(source: str, text: str) -> int:
    return next(n for n, line in enumerate(source.splitlines(), 1) if text in line)


def kept_at(done: Migration, path: str, line: int) -> str:
    """The reason of the finding that keeps a line; fails when there is none."""
    found = [f for f in done.findings if (f.path, f.line) == (path, line)]
    assert [f.outcome for f in found if f.rule == "UWS160"] == ["kept"], found or "silence"
    return next(f.message for f in found if f.rule == "UWS160")


UNSEEN = {
    "event bus of a library": program(
        'self.bus.emit("tick", data)',
        f'def show(data):\n    print({READ})\n\n\ndef wire(bus):\n    bus.on("tick", show)\n',
    ),
    "decorated handler": program(
        'bus.publish("tick", data)',
        f'@bus.on("tick")\ndef show(data):\n    print({READ})\n',
        "import pyee\nbus = pyee.EventEmitter()\n",
    ),
    "queue of another process": program(
        "q.put(data)",
        f"def work():\n    data = q.get()\n    print({READ})\n",
        "import janus\nq = janus.Queue()\n",
    ),
    "future": program(
        "self.bus.set_result(data)",
        f"async def wait(future):\n    data = await future\n    print({READ})\n",
    ),
    "external store": program(
        'store.put("last", data)',
        f'def show():\n    data = store.fetch("last")\n    print({READ})\n',
        "import somecache as store\n",
    ),
    "attribute of an unknown object": program(
        "self.bus.last = data",
        "def show(state):\n    print(state.payload.last['data']['trade_price'])\n",
    ),
    "attribute read through an unknown object": program(
        "self.last = data",
        "def show(window):\n    print(window.feed.last['data']['trade_price'])\n",
    ),
    "attribute handed on": program(
        "self.last = data",
        f"def show(window):\n    draw(window.feed.last)\n\n\ndef draw(data):\n    print({READ})\n",
    ),
    "item of an unknown object": program(
        'self.bus["last"] = data',
        "def show(state):\n    for data in state:\n        print(" + READ + ")\n",
    ),
    "partial of a library": program(
        "lib.later(functools.partial(lib.show, data))",
        f"def receive(data):\n    print({READ})\n\n\nlib.register(receive)\n",
        "import functools\nimport lib\n",
    ),
    "computed method": program(
        'getattr(self, f"on_{data_type}")(data)',
        f"class Chart(Feed):\n    def on_ticker(self, data):\n        print({READ})\n",
    ),
    "base class of a library": program(
        "worker.send(data)",
        f"class Worker(lib.Worker):\n    def receive(self, data):\n        print({READ})\n\n\n"
        "worker = Worker()\n",
        "import lib\n",
    ),
    "inside a dictionary": program(
        'self.bus.emit({"tick": data})',
        "def show(event):\n    print(event['tick']['data']['trade_price'])\n\n\n"
        "def wire(bus):\n    bus.on(show)\n",
    ),
    "exception": program(
        "raise Stop(data)",
        "class Stop(Exception):\n    pass\n\n\ndef show(run):\n    try:\n        run()\n"
        "    except Stop as stop:\n        print(stop.args[0]['data']['trade_price'])\n",
    ),
    "sent into a generator": program(
        "consumer.send(data)",
        f"def consume():\n    while True:\n        data = yield\n        print({READ})\n\n\n"
        "consumer = consume()\n",
    ),
    "returned to a library": program(
        "self.last = data",
        "def latest():\n    return Feed().last\n\n\nlib.provide(latest)\n\n\n"
        f"def show():\n    data = lib.call('latest')\n    print({READ})\n",
        "import lib\n",
    ),
    "turned into text": program(
        'self.bus.publish("tick", json.dumps(data, default=str))',
        f"def show(text):\n    data = json.loads(text)\n    print({READ})\n",
        "import json\n",
    ),
    "computed attribute": program(
        'setattr(self, "last_" + symbol, data)',
        f"def show(feed: Feed):\n    data = feed.last_krw\n    print({READ})\n",
    ),
    "context variable": program(
        "last.set(data)",
        f"def show():\n    data = last.get()\n    print({READ})\n",
        "import contextvars\nlast = contextvars.ContextVar('last')\n",
    ),
    "named tuple by a function": program(
        "ticks.append(Tick(symbol, data))",
        "def show():\n    tick = ticks.pop()\n    print(tick.data['data']['trade_price'])\n",
        "from collections import namedtuple\nTick = namedtuple('Tick', 'symbol data')\nticks = []\n",
    ),
    "table": program(
        "table(data)",
        "def table(data):\n    frame = pandas.DataFrame([data])\n"
        "    return frame['data'].iloc[0]['trade_price']\n",
        "import pandas\n",
    ),
    "bare read": program(
        'self.bus.emit("tick", data)',
        "def show(data):\n    frame = data.get('raw_data')\n    return frame\n",
    ),
    "read through a name": program(
        'self.bus.emit("tick", data)',
        "def show(data):\n    frame = data['data']\n    return frame['trade_price']\n",
    ),
    "unwrapped by a function": program(
        'self.bus.emit("tick", data)',
        "def show(data):\n    print(unwrap(data)['trade_price'])\n\n\n"
        "def unwrap(data):\n    return data['data']  # trade_price\n",
    ),
    "pattern": program(
        'self.bus.emit("tick", data)',
        "def show(data):\n    match data:\n        case {'data': {'trade_price': price}}:\n"
        "            return price\n",
    ),
}


@pytest.mark.parametrize("source", UNSEEN.values(), ids=UNSEEN)
def test_read_behind_unseen_code_is_kept_with_its_reason(source: str, migrate: Migrate) -> None:
    done = migrate({"app/module.py": source})
    line = max(
        n
        for n, text in enumerate(source.splitlines(), 1)
        if "trade_price" in text or "raw_data" in text
    )
    lines = [n for n in (line, line - 1) if any(f.line == n for f in done.findings)]
    assert lines, "silence"
    reason = kept_at(done, "app/module.py", lines[0])
    assert "app/module.py:" in reason
    text = done.text()
    assert "# TODO(upbit-migrate UWS160)" in text
    assert "from compat_v5.upbit_websocket_public_client import UpbitWebSocketPublicV5" in text
    assert migrate(done.files).files == done.files


def test_the_reason_names_the_subscription_and_where_its_payload_went(migrate: Migrate) -> None:
    source = UNSEEN["event bus of a library"]
    reason = kept_at(migrate({"app/module.py": source}), "app/module.py", line_of(source, "print("))
    assert f"app/module.py:{line_of(source, 'subscribe_ticker')}" in reason
    assert f"self.bus.emit() at app/module.py:{line_of(source, 'self.bus.emit')}" in reason


def test_in_a_file_that_imports_nothing_of_the_program(migrate: Migrate) -> None:
    reader = f"import redis\n\n\ndef show(data):\n    print({READ})\n"
    files = {
        "app/module.py": program("self.bus.emit(data)", "pass\n"),
        "tools/show.py": reader,
        "tools/other.py": "def f(x):\n    return x['items']\n",
    }
    done = migrate(files)
    kept_at(done, "tools/show.py", 5)
    assert done.text("tools/show.py").count("# TODO(upbit-migrate UWS160)") == 1
    assert migrate(done.files).files == done.files


@pytest.mark.parametrize("callback", ["self.bus.publish", "lib.show"])
def test_callback_that_cannot_be_seen(callback: str, migrate: Migrate) -> None:
    source = program(
        "pass", f"def show(data):\n    print({READ})\n\n\nlib.on(show)\n", "import lib\n"
    )
    source = source.replace("self.on_tick)", f"{callback})")
    kept_at(migrate({"app/module.py": source}), "app/module.py", line_of(source, "print("))


SEEN = {
    "signal": program(
        "self.bus.tick.emit(data)",
        "class Window(QWidget):\n    tick = pyqtSignal(dict)\n\n    def __init__(self):\n"
        "        super().__init__()\n        self.feed = Feed(self)\n"
        "        self.tick.connect(self.show_tick)\n\n"
        f"    @pyqtSlot(dict)\n    def show_tick(self, data):\n        print({READ})\n",
        "from PyQt6.QtCore import pyqtSignal, pyqtSlot\nfrom PyQt6.QtWidgets import QWidget\n",
    ),
    "signal to signal to lambda": program(
        "self.bus.tick.emit(symbol, data)",
        "class Window(QWidget):\n    tick = Signal(str, dict)\n    again = Signal(str, dict)\n\n"
        "    def __init__(self):\n        self.feed = Feed(self)\n"
        "        self.tick.connect(self.again)\n"
        f"        self.again.connect(lambda symbol, data: print({READ}))\n",
        "from PySide6.QtCore import Signal\nfrom PySide6.QtWidgets import QWidget\n",
    ),
    "queue": program(
        "self.queue.put_nowait(data)",
        f"async def work(feed: Feed):\n    data = await feed.queue.get()\n    print({READ})\n",
        "import asyncio\n",
    ).replace("self.last = None", "self.queue = asyncio.Queue()"),
    "loop": program(
        "asyncio.get_running_loop().call_soon_threadsafe(show, data)",
        f"def show(data):\n    print({READ})\n",
        "import asyncio\n",
    ),
    "thread": program(
        "threading.Thread(target=show, args=(data,)).start()",
        f"def show(data):\n    print({READ})\n",
        "import threading\n",
    ),
    "executor": program(
        "loop.run_in_executor(None, show, symbol, data)",
        f"def show(symbol, data):\n    print({READ})\n",
        "import asyncio\nloop = asyncio.new_event_loop()\n",
    ),
    "partial": program(
        "functools.partial(show, symbol)(data)",
        f"def show(symbol, data):\n    print({READ})\n",
        "import functools\n",
    ),
    "bus of the project": program(
        'self.bus.publish("tick", data)',
        "class Bus:\n    def __init__(self):\n        self.handlers = defaultdict(list)\n\n"
        "    def on(self, topic, handler):\n        self.handlers[topic].append(handler)\n\n"
        "    def publish(self, topic, *args):\n        for handler in self.handlers[topic]:\n"
        f"            handler(*args)\n\n\ndef show(data):\n    print({READ})\n\n\n"
        'bus = Bus()\nbus.on("tick", show)\nfeed = Feed(bus)\n',
        "from collections import defaultdict\n",
    ),
    "registry decorator of the project": program(
        "for handler in HANDLERS:\n            handler(data)",
        "HANDLERS = []\n\n\ndef on(topic):\n    def register(handler):\n"
        "        HANDLERS.append(handler)\n        return handler\n    return register\n\n\n"
        f'@on("tick")\ndef show(data):\n    print({READ})\n',
    ),
    "named tuple": program(
        "ticks.append(Tick(symbol, data))",
        "class Tick(NamedTuple):\n    symbol: str\n    data: dict\n\n\n"
        f"def show():\n    for symbol, data in ticks:\n        print({READ})\n",
        "from typing import NamedTuple\nticks = []\n",
    ),
    "heap": program(
        "heapq.heappush(heap, (1, data))",
        f"def show():\n    _, data = heapq.heappop(heap)\n    print({READ})\n",
        "import heapq\nheap = []\n",
    ),
    "keywords": program(
        "show(**{'tick': data})",
        "def show(**given):\n    print(given['tick']['data']['trade_price'])\n",
    ),
    "sorted": program(
        "self.rows.append(data)",
        f"def show(feed: Feed):\n    return sorted(feed.rows, key=lambda data: {READ})\n",
    ).replace("self.last = None", "self.rows = []"),
    "iterator of the project": program(
        "self.last = data",
        "class Ticks:\n    def __init__(self, feed: Feed):\n        self.feed = feed\n\n"
        "    def __aiter__(self):\n        return self\n\n"
        "    async def __anext__(self):\n        return self.feed.last\n\n\n"
        f"async def show():\n    async for data in Ticks(Feed()):\n        print({READ})\n",
    ),
    "copy": program(
        "show(copy.deepcopy(data))", f"def show(data):\n    print({READ})\n", "import copy\n"
    ),
    "dict": program("show(dict(data))", f"def show(data):\n    print({READ})\n"),
    "unpacked with more": program(
        'show({**data, "at": 1})', f"def show(data):\n    print({READ})\n"
    ),
    "popped": program("print(data.pop('data')['trade_price'])", "pass\n"),
    "wrapped by a library": program(
        "print(data['data']['trade_price'])",
        "pass\n",
        "import tracing\ntracer = tracing.get_tracer()\n",
    ).replace("    def on_tick", "    @tracer.span('tick')\n    def on_tick"),
    "constant key": program("print(data[KEY]['trade_price'])", "KEY = 'data'\n"),
}


@pytest.mark.parametrize("source", SEEN.values(), ids=SEEN)
def test_read_behind_known_code_moves(source: str, migrate: Migrate) -> None:
    text = migrate({"app/module.py": source}).text()
    assert "TODO(upbit-migrate" not in text
    assert "['trade_price']" in text.replace('"', "'")
    assert "['data']" not in text.replace('"', "'")
    assert "[KEY]" not in text
    assert ".pop(" not in text


def test_membership_keeps_its_truth(migrate: Migrate) -> None:
    source = program(
        'if "data" in data and "raw_data" not in data:\n            print(data["type"])', "pass\n"
    )
    text = migrate({"app/module.py": source}).text()
    assert 'if "type" in data and "type" not in data:' in text


def test_shapes_that_cannot_be_flattened_are_kept(migrate: Migrate) -> None:
    for send in (
        'data["data"] = {}',
        "show(**data)",
        "print(data[symbol])",
        'data.get(symbol)["trade_price"]',
    ):
        source = program(send, "def show(type, market, data, **rest):\n    pass\n")
        done = migrate({"app/module.py": source})
        kept_at(done, "app/module.py", line_of(source, send))


def test_a_pattern_over_a_payload_is_kept(migrate: Migrate) -> None:
    source = program(
        "match data:\n            case {'data': {'trade_price': price}}:\n                print(price)",
        "pass\n",
    )
    kept_at(migrate({"app/module.py": source}), "app/module.py", line_of(source, "case"))


LOOK_ALIKES = {
    "answer of a web service": (
        "import requests\n",
        "def load():\n    body = requests.get('u').json()\n    return body['data']['trade_price']\n",
    ),
    "answer of a session": (
        "import aiohttp\n",
        "async def load():\n    async with aiohttp.ClientSession() as s:\n"
        "        answer = await s.get('u')\n        body = await answer.json()\n"
        "        return body['data']['trade_price'], body.get('data', {})['market']\n",
    ),
    "other library": (
        "import pyupbit\n",
        "def load():\n    return pyupbit.get_current_price('u')['data']['trade_price']\n",
    ),
    "other keys inside": (
        "",
        "def show(message):\n    return message['data']['items'], message['data'][0]\n",
    ),
    "other keys beside": (
        "",
        "def show(message):\n    return message['status'], message['data']['trade_price']\n",
    ),
    "unwrapped by a function": (
        "",
        "def unwrap(message):\n    return message['data']\n\n\n"
        "def show(message):\n    for row in unwrap(message):\n        print(row['trade_price'])\n",
    ),
    "handed to a function": (
        "",
        "def show(message):\n    draw(message['data'])\n\n\n"
        "def draw(balance):\n    print(balance['available'])\n",
    ),
    "list of rows": (
        "",
        "def show(message):\n    for row in message['data']:\n        print(row['trade_price'])\n",
    ),
    "annotated": (
        "import pandas\n",
        "def show(frame: pandas.DataFrame, row: list[dict]):\n    return frame['data']['trade_price']\n",
    ),
    "literal": (
        "",
        "def show():\n    message = {'data': {'trade_price': 1}}\n"
        "    return message['data']['trade_price']\n",
    ),
    "own class": (
        "",
        "class Row:\n    def __getitem__(self, key):\n        return {}\n\n\n"
        "def show():\n    return Row()['data']['trade_price']\n",
    ),
    "rows of a table with flat keys": (
        "",
        "def show(row):\n    return row['market'], row['trade_price']\n",
    ),
}


@pytest.mark.parametrize("parts", LOOK_ALIKES.values(), ids=LOOK_ALIKES)
def test_look_alikes_beside_an_escape_stay_silent(parts: tuple[str, str], migrate: Migrate) -> None:
    imports, other = parts
    source = program("lib.emit(data)", other, imports + "import lib\n")
    done = migrate({"app/module.py": source})
    found = [f.line for f in done.findings if f.rule == "UWS160"]
    assert found == [line_of(source, "lib.emit(data)")]
    assert "TODO(upbit-migrate" not in done.text()
    assert other.rstrip() in done.text()


@pytest.mark.parametrize("send", ["self.last = data['data']['trade_price']", "print(data)"])
def test_without_an_escape_unknown_values_are_nobodys_business(send: str, migrate: Migrate) -> None:
    other = "def show(message):\n    return message['data']['trade_price']\n"
    done = migrate({"app/module.py": program(send, other)})
    assert "TODO(upbit-migrate" not in done.text()
    assert other in done.text()


def test_another_librarys_values_that_meet_a_payload_are_not_rewritten(migrate: Migrate) -> None:
    source = program(
        "show(data)",
        "def show(message):\n    return message['data']['trade_price']\n\n\n"
        "def load():\n    show(requests.get('u').json())\n",
        "import requests\n",
    )
    kept_at(migrate({"app/module.py": source}), "app/module.py", line_of(source, "return message"))


def test_the_mark_names_no_line_that_the_mark_itself_would_move(migrate: Migrate) -> None:
    text = migrate({"app/module.py": UNSEEN["event bus of a library"]}).text()
    marks = [line for line in text.splitlines() if "TODO(upbit-migrate UWS160)" in line]
    assert len(marks) == 2
    assert all("handed to self.bus.emit()" in mark and ".py:" not in mark for mark in marks)


def test_a_keep_comment_lets_the_clients_move(migrate: Migrate) -> None:
    source = UNSEEN["event bus of a library"].replace(
        f"    print({READ})", f"    # uws: keep[UWS160] of the other exchange\n    print({READ})"
    )
    done = migrate({"app/module.py": source})
    assert "TODO(upbit-migrate" not in done.text()
    assert READ in done.text()
    assert ("deliberate", "of the other exchange") in {
        (f.outcome, f.message) for f in done.findings if f.rule == "UWS160"
    }


def test_market_alone_is_a_note(migrate: Migrate) -> None:
    source = program('self.bus.emit("tick", data)', "def show(row):\n    return row['market']\n")
    done = migrate({"app/module.py": source})
    assert "TODO(upbit-migrate" not in done.text()
    line = line_of(source, "return row")
    assert [f.outcome for f in done.findings if (f.rule, f.line) == ("UWS160", line)] == ["note"]
