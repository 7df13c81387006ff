"""What one run leaves, the next leaves, too: imports that stay are marked alike in both."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Migrate, Migration

V5 = "from app.net.websocket_v5"
CLIENT = """\
class Feed:
    def __init__(self):
        self.client = UpbitWebSocketPublicV5()

    async def start(self, callback):
        await self.client.connect()
        await self.client.subscribe_ticker(["KRW-BTC"], callback)
"""
KEPT = "class Own(UpbitWebSocketPublicV5): ...\n"
CAUGHT = """\
def run(task):
    try:
        task()
    except SubscriptionError as error:
        print(error.error_code)
"""
RAISED = "def fail():\n    raise SubscriptionError('none')\n"
CONSTANT = "def kind():\n    return DataType.TICKER\n"
EXPORTED = "__all__ = ['UpbitWebSocketPublicV5', 'SubscriptionError']\n"


def run_twice(migrate: Migrate, source: str) -> Migration:
    first = migrate({"app/module.py": source})
    second = migrate(first.files)
    assert second.text() == first.text()
    compile(first.text(), "module.py", "exec")
    return first


@pytest.mark.parametrize(
    ("source", "rule"),
    [
        (f"{V5}.models import *\n{CONSTANT}", "UWS103"),
        (f"{V5} import *\n{RAISED}", "UWS152"),
        (f"{V5}.upbit_websocket_public_client import *\n{RAISED}", "UWS152"),
        (f"{V5}.exceptions import SubscriptionError\n{CAUGHT}", "UWS152"),
        (f"{V5} import UpbitWebSocketPublicV5, SubscriptionError\n{CLIENT}{CAUGHT}", "UWS152"),
        (f"import app.net.websocket_v5.exceptions as ex\n{CAUGHT.replace('Sub', 'ex.Sub')}", "152"),
        (f"{V5} import UpbitWebSocketPublicV5\n{V5}.models import DataType\n{CONSTANT}{KEPT}", "3"),
        (
            f"{V5} import UpbitWebSocketPublicV5\nimport os\n{V5} import DataType\n"
            f"{EXPORTED}{CONSTANT}",
            "UWS103",
        ),
        (f"{V5} import UpbitWebSocketPublicV5, SubscriptionError\n{RAISED}{EXPORTED}", "UWS101"),
        (f"from app.net import websocket_v5 as v5\n{CLIENT.replace('Upb', 'v5.Upb')}"
         f"{RAISED.replace('Sub', 'v5.Sub')}", "UWS101"),
    ],
)  # fmt: skip
def test_second_run_changes_nothing(migrate: Migrate, source: str, rule: str) -> None:
    first = run_twice(migrate, source)
    marks = [line for line in first.text().splitlines() if "TODO(upbit-migrate" in line]
    assert any(rule in mark for mark in marks)


def test_a_clause_is_marked_whether_or_not_another_client_stays(migrate: Migrate) -> None:
    """A client that moved is none in the second run, one that stays still is."""
    source = f"{V5} import UpbitWebSocketPublicV5, SubscriptionError\n{CLIENT}{KEPT}{CAUGHT}"
    text = run_twice(migrate, source + "own = Own()\n").text()
    assert "the clause reads .error_code" in text


def test_each_star_brings_its_own_names(migrate: Migrate) -> None:
    source = f"{V5}.exceptions import *\n{V5}.models import *\n{CONSTANT}{CAUGHT}"
    text = run_twice(migrate, source).text()
    assert "from compat_v5.exceptions import SubscriptionError\n" in text
    assert "from compat_v5.models import DataType\n" in text


@pytest.mark.parametrize(
    "held",
    ["make = {'public': UpbitWebSocketPublicV5}\nfeed = make['public']()\n",
     "make = UpbitWebSocketPublicV5\nfeed = make()\n"],
)  # fmt: skip
def test_a_star_brings_no_variables(migrate: Migrate, held: str) -> None:
    text = run_twice(migrate, f"{V5} import *\n\n{held}\nfeed.stats\n").text()
    assert "import UpbitWebSocketPublicV5\n" in text


def test_a_mark_goes_with_the_module_it_is_about(migrate: Migrate) -> None:
    source = (
        f"from app.net import websocket_v5 as v5\n{CLIENT.replace('Upb', 'v5.Upb')}"
        f"{RAISED.replace('Sub', 'v5.Sub')}"
    )
    lines = run_twice(migrate, source).text().splitlines()
    assert lines[0].startswith("# TODO(upbit-migrate UWS101): the package stays")
    assert lines[1:3] == ["import compat_v5 as v5", "from websocket_v6 import WebSocketClientProxy"]


def test_a_clause_that_already_catches_both_is_left_alone(migrate: Migrate) -> None:
    source = (
        f"try:\n    {V5} import UpbitWebSocketPublicV5, SubscriptionError\n"
        "except ImportError:\n    UpbitWebSocketPublicV5 = SubscriptionError = None\n"
        "class Feed:\n"
        "    def __init__(self, **keywords): self.client = UpbitWebSocketPublicV5(**keywords)\n"
        "feed = UpbitWebSocketPublicV5()\n" + CAUGHT.replace("error.error_code", "error")
    )
    text = run_twice(migrate, source).text()
    assert text.count("import UpbitWebSocketError") == 1


@pytest.mark.parametrize(
    "source",
    [
        f"{V5}.websocket_v5.models import *\n{CONSTANT}",
        f"{V5}.own_errors import *\n{RAISED}",
        f"{V5}.own import *\n{CLIENT}{KEPT}",
        f"{V5}.own import *\nfrom app.other import *\n{CLIENT}",
    ],
)
def test_the_star_of_an_undocumented_module_brings_what_its_successor_does(
    migrate: Migrate, source: str
) -> None:
    text = run_twice(migrate, source).text()
    assert "websocket_v5" not in text
    assert "from compat_v5 import *" not in text


@pytest.mark.parametrize("maker", ["asyncio.create_task", "asyncio.wait_for", "registry.wrap"])
def test_a_class_that_comes_out_of_unseen_code_is_not_constructed_anew(
    migrate: Migrate, maker: str
) -> None:
    source = (
        f"import asyncio\nimport registry\n{V5} import UpbitWebSocketPublicV5\n\n"
        f"def make():\n    return {maker}(UpbitWebSocketPublicV5)()\n"
    )
    text = run_twice(migrate, source).text()
    assert f"{maker}(UpbitWebSocketPublicV5)()" in text


def test_a_receiver_that_may_be_the_class_itself_stays(migrate: Migrate) -> None:
    source = (
        f"{V5} import UpbitWebSocketPublicV5\n\nasync def main(client=UpbitWebSocketPublicV5):\n"
        "    if live:\n        client = UpbitWebSocketPublicV5()\n    await client.connect()\n"
    )
    text = run_twice(migrate, source).text()
    assert "await client.connect()" in text
    assert "client may also be UpbitWebSocketPublicV5 itself" in text


def test_clients_stay_whose_class_is_imported_from_a_file_that_stays(migrate: Migrate) -> None:
    """That file cannot be compiled, before or after: what it hands on is still the legacy class."""
    files = {
        "app/module.py": f"{V5} import UpbitWebSocketPublicV5 as Feed\nnonlocal client\n",
        "app/second.py": "from .module import Feed\n\nfeed = Feed()\n",
    }
    first = migrate(files)
    assert [failure.path for failure in first.failures] == ["app/module.py"]
    assert "feed = Feed()" in first.text("app/second.py")


def test_a_reason_names_the_same_class_in_every_run(migrate: Migrate) -> None:
    names = ("Tape", "Board", "Panel", "Chart", "Table", "Gauge", "Bell")
    classes = "".join(f"class {name}:\n    def disconnect(self): ...\n\n\n" for name in names)
    source = (
        f"{V5} import UpbitWebSocketPublicV5\n\n\n{classes}async def stop():\n"
        f"    for one in (UpbitWebSocketPublicV5(), {', '.join(f'{name}()' for name in names)}):\n"
        "        await one.disconnect()\n"
    )
    assert "one may also be a Bell (app/module.py:28)" in migrate({"app/module.py": source}).text()


@pytest.mark.parametrize(
    "lookup",
    [
        f"import {V5[5:]} as v5\ncls = getattr(v5, 'UpbitWebSocketPublicV5')\n",
        f"import importlib\nv5 = importlib.import_module('{V5[5:]}')\n"
        "cls = getattr(v5, 'UpbitWebSocketPublicV5')\n",
    ],
)
def test_a_class_looked_up_by_a_string_stays(lookup: str, migrate: Migrate) -> None:
    done = migrate({"app/module.py": f"{lookup}\n\ndef make():\n    return cls()\n"})
    assert done.text().endswith("    return cls()\n")
    assert "getattr() looks the class up by a string" in done.text()
    assert migrate(done.files).files == done.files
