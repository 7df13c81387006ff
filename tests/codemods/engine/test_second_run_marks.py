"""Marks are no part of what decides: a second run finds them where the first one put them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Migrate, Migration

V5 = "from app.net.websocket_v5"
PUBLIC = f"{V5} import UpbitWebSocketPublicV5\n"
KEPT = "class Own(UpbitWebSocketPublicV5): ...\n"
BOTH = f"{V5} import UpbitWebSocketPrivateV5, UpbitWebSocketPublicV5\n"


def run_twice(migrate: Migrate, source: str) -> Migration:
    first = migrate({"app/module.py": source})
    second = migrate(first.files)
    assert second.text() == first.text()
    return first


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("a]b.websocket_v5", "a]compat_v5"),
        ("python -m app.websocket_v5 --once", "python -m compat_v5 --once"),
        ("see app.websocket_v5.", "see compat_v5."),
    ],
)
def test_a_path_inside_other_text_keeps_its_mark(migrate: Migrate, text: str, after: str) -> None:
    first = run_twice(migrate, f'command = "{text}"\n')
    assert f'command = "{after}"' in first.text()
    assert "UWS170" in first.text()
    assert migrate(first.files).rules("kept") == first.rules("kept") == {"UWS170"}


def test_a_name_in_prose_is_not_marked_by_itself(migrate: Migrate) -> None:
    source = 'hint = "stays on compat_v5 for now"\n'
    assert run_twice(migrate, source).text() == source


def test_a_string_that_goes_is_not_marked(migrate: Migrate) -> None:
    source = f'{PUBLIC}feed = UpbitWebSocketPublicV5(max_tickets="app.websocket_v5")\n'
    assert "UWS170" not in run_twice(migrate, source).text()


def test_a_string_that_is_carried_over_is_marked(migrate: Migrate) -> None:
    key = "from app.websocket_v5 import *"
    source = f'{BOTH}feed = UpbitWebSocketPrivateV5("{key}", "secret")\n'
    first = run_twice(migrate, source)
    assert 'Credentials("from compat_v5 import *", "secret")' in first.text()
    assert "UWS170" in first.text()


def test_a_mark_may_come_between_a_keep_comment_and_its_statement(migrate: Migrate) -> None:
    source = (
        f"{PUBLIC}# uws: keep[UWS101] the plugins want it\n"
        "clients = map(UpbitWebSocketPublicV5)\nfor client in clients:\n    client.connect\n"
    )
    lines = run_twice(migrate, source).text().splitlines()
    assert lines[1].startswith("# uws: keep")
    assert lines[2].startswith("# TODO(upbit-migrate UWS110)")


def test_no_import_comes_between_a_keep_comment_and_its_own(migrate: Migrate) -> None:
    comment, kept = "# uws: keep the desk", f"{V5}.exceptions import SubscriptionError"
    source = (
        f"{comment}\n{kept}\n{PUBLIC}\n\nasync def start(callback):\n    try:\n"
        "        client = UpbitWebSocketPublicV5()\n"
        "        await client.subscribe_ticker(['KRW-BTC'], callback)\n"
        "    except SubscriptionError:\n        pass\n"
    )
    assert f"{comment}\n{kept}\n" in run_twice(migrate, source).text()


@pytest.mark.parametrize(
    ("statement", "module"),
    [
        (f"import {V5[5:]} as v5", "v5"),
        ("from app.net import websocket_v5", "websocket_v5"),
        (f"import {V5[5:]}", V5[5:]),
    ],
)
def test_a_keep_comment_beside_a_module_holds_what_is_read_from_it(
    migrate: Migrate, statement: str, module: str
) -> None:
    source = f"{statement}  # uws: keep the desk\nfeed = {module}.UpbitWebSocketPublicV5()\n"
    assert run_twice(migrate, source).text() == source


@pytest.mark.parametrize("module", ["own", "models.own", "models.websocket_v5", "own.models"])
@pytest.mark.parametrize(
    "statement",
    [f"{V5}.MODULE import DataType", f"import {V5[5:]}.MODULE as v5", f"import {V5[5:]}.MODULE"],
)
def test_a_module_below_another_is_the_documented_one(
    migrate: Migrate, module: str, statement: str
) -> None:
    imports = f"{statement.replace('MODULE', module)}\nimport {V5[5:]}.state\n"
    source = f"{imports}\n\ndef kind():\n    return DataType.TICKER\n"
    text = run_twice(migrate, source).text()
    assert "compat_v5.own" not in text
    assert "compat_v5.models." not in text.replace("compat_v5.models.DataType", "")


def test_a_name_that_only_happened_to_be_there_comes_from_its_home(migrate: Migrate) -> None:
    source = (
        f"{V5}.websocket_v5.upbit_websocket_public_client import load_config\n\nload_config()\n"
    )
    assert "from compat_v5.config import load_config\n" in run_twice(migrate, source).text()


def test_a_legacy_folder_that_holds_another_is_not_imported(migrate: Migrate) -> None:
    source = "import os, websocket_v5.websocket_v5\nprint(websocket_v5)\n"
    assert "websocket_v5" not in run_twice(migrate, source).text().replace(
        "print(websocket_v5)", ""
    )


def test_a_module_name_may_be_of_any_letters(migrate: Migrate) -> None:
    source = f"{V5}.upۗ import DataType\n\n\ndef kind():\n    return DataType.TICKER\n"
    assert "from compat_v5.models import DataType\n" in run_twice(migrate, source).text()


@pytest.mark.parametrize("name", ["websocket_v5", "_websocket_v5"])
def test_no_component_is_called_like_the_package_it_left(migrate: Migrate, name: str) -> None:
    source = (
        f"{BOTH}\n\nclass Desk:\n    def __init__(self, access_key, secret_key):\n"
        f"        self.{name} = UpbitWebSocketPublicV5()\n"
        "        self.mine = UpbitWebSocketPrivateV5(access_key, secret_key)\n"
    )
    assert 'WebSocketClientProxy("Desk.websocket", __name__)' in run_twice(migrate, source).text()


def test_a_url_is_set_behind_an_import_as_well(migrate: Migrate) -> None:
    source = (
        f"{PUBLIC}feed = UpbitWebSocketPublicV5()\n{V5} import UpbitWebSocketPrivateV5\n"
        "feed.config.connection.url = 'wss://127.0.0.1'\n"
    )
    assert "endpoint='wss://127.0.0.1'" in run_twice(migrate, source).text()


def test_a_url_stays_behind_the_import_that_brings_it(migrate: Migrate) -> None:
    source = (
        f"{PUBLIC}feed = UpbitWebSocketPublicV5()\nfrom settings import URL\n"
        "feed.config.connection.url = URL\n"
    )
    assert "feed = UpbitWebSocketPublicV5()\n" in run_twice(migrate, source).text()


@pytest.mark.parametrize(
    "use",
    [
        "maker.stats\n",
        "show(maker)\n",
        "with maker as feed:\n    feed.is_connected\n",
        "class Own(maker): ...\n",
        "for one in [maker, print]:\n    one.stats\n",
    ],
)
def test_a_class_stays_where_its_variable_does(migrate: Migrate, use: str) -> None:
    source = f"{PUBLIC}maker = UpbitWebSocketPublicV5\n{use}'compat_v5'\n"
    text = run_twice(migrate, source).text()
    assert "\nmaker = UpbitWebSocketPublicV5\n" in text
    assert "WebSocketClientProxy" not in text


def test_a_class_of_one_kind_stays_alone(migrate: Migrate) -> None:
    source = f"{BOTH}maker = UpbitWebSocketPublicV5\nshow(maker)\nfeed = UpbitWebSocketPublicV5()\n"
    assert "feed = WebSocketClientProxy(" in run_twice(migrate, source).text()


def test_a_component_is_not_a_function_that_is_looked_up(migrate: Migrate) -> None:
    source = (
        f"{PUBLIC}feed = UpbitWebSocketPublicV5()\n\n\nclass Plugin:\n    def module(self):\n"
        "        own = UpbitWebSocketPublicV5()\n        own.websocket\n        return own\n"
    )
    text = run_twice(migrate, source).text()
    assert 'feed = WebSocketClientProxy("module", __name__)' in text
    assert "own = UpbitWebSocketPublicV5()" in text


def test_what_unseen_code_passes_on_is_still_the_class(migrate: Migrate) -> None:
    source = (
        f"import asyncio\n{PUBLIC}maker = asyncio.create_task(UpbitWebSocketPublicV5)\nmaker()\n"
    )
    assert run_twice(migrate, source).text().endswith("\nmaker()\n")


@pytest.mark.parametrize(
    "check", ["isinstance(one, Widget)", "issubclass(one, Widget)", "isinstance(one, type)"]
)
def test_a_class_may_be_what_is_checked(migrate: Migrate, check: str) -> None:
    source = (
        f"{BOTH}for one in [UpbitWebSocketPublicV5(), UpbitWebSocketPrivateV5]:\n"
        f"    if {check}:\n        print()\n"
    )
    assert "UWS151" not in run_twice(migrate, source).text()


@pytest.mark.parametrize(
    "made",
    [
        "field(default_factory=(lambda: UpbitWebSocketPublicV5)())",
        "field(default_factory=(make := UpbitWebSocketPublicV5))",
        "[make() for make in map(str, [UpbitWebSocketPublicV5])]",
    ],
)
def test_a_class_stays_whose_calls_cannot_be_rewritten(migrate: Migrate, made: str) -> None:
    source = (
        f"from dataclasses import dataclass, field\n{PUBLIC}\n\n@dataclass\nclass Feed:\n"
        f"    client: UpbitWebSocketPublicV5 = {made}\n\n\nfeed = Feed()\n"
    )
    run_twice(migrate, source)


def test_a_client_handed_to_a_proxy_stays_for_no_other_reason(migrate: Migrate) -> None:
    source = (
        f"{BOTH}feed = UpbitWebSocketPublicV5()\n\n\nasync def start(callback):\n"
        "    own = UpbitWebSocketPublicV5(config_path='own.toml')\n"
        "    await feed.subscribe_ticker(own, callback)\n"
    )
    assert "UWS190" not in run_twice(migrate, source).text()


@pytest.mark.parametrize("block", ["class Feed:\n    ", "def load():\n    ", "def load(): "])
def test_a_star_is_only_read_at_the_top(migrate: Migrate, block: str) -> None:
    source = f"{block}{V5} import *\n\n\nfeed = UpbitWebSocketPublicV5()\n"
    first = run_twice(migrate, source)
    assert first.text() == source
    assert [failure.stage for failure in first.failures] == ["parse"]


@pytest.mark.parametrize(
    "name", ["UpbitAuthenticator", "AdaptiveStrategy as Strategy", "DynamicConfig"]
)
@pytest.mark.parametrize("use", ["", "print(UpbitAuthenticator, Strategy, DynamicConfig)\n"])
def test_modules_beside_the_package_are_known_in_compat_as_well(
    migrate: Migrate, name: str, use: str
) -> None:
    source = f"{V5}.upbit_websocket_private_client import {name}\n{use}"
    text = run_twice(migrate, source).text()
    assert "# TODO(upbit-migrate UWS103)" in text
    assert "websocket_v5" not in text


def test_a_mark_goes_where_its_place_goes(migrate: Migrate) -> None:
    source = (
        f"{BOTH}feed = UpbitWebSocketPublicV5()\n"
        "feed.config.connection.url = find(UpbitWebSocketPrivateV5)\n"
    )
    lines = run_twice(migrate, source).text().splitlines()
    assert lines[-2].startswith("# TODO(upbit-migrate UWS101)")
    assert lines[-1].startswith("feed = WebSocketClientProxy(")


def test_a_mark_goes_with_its_place(migrate: Migrate) -> None:
    source = (
        f"{PUBLIC}\n\nasync def start():\n    client = UpbitWebSocketPublicV5()\n"
        "    if 'app.websocket_v5.models':\n        await client.connect()\n    print()\n"
    )
    assert "TODO" not in run_twice(migrate, source).text()


def test_a_class_stays_that_another_class_imports_for_itself(migrate: Migrate) -> None:
    source = f"class Desk:\n    {PUBLIC}\n    def start(self):\n        show(self.UpbitWebSocketPublicV5)\n"
    text = run_twice(migrate, source).text()
    assert "    from compat_v5 import UpbitWebSocketPublicV5\n" in text


def test_an_annotation_is_read_where_it_stands(migrate: Migrate) -> None:
    source = (
        f"class Desk:\n    {PUBLIC}\n"
        "    def start(self, client: 'UpbitWebSocketPublicV5'):\n        client.stats\n"
    )
    text = run_twice(migrate, source).text()
    assert "    from compat_v5 import UpbitWebSocketPublicV5\n" in text


def test_a_class_handed_to_a_client_follows_the_others(migrate: Migrate) -> None:
    source = f"{PUBLIC}feed = UpbitWebSocketPublicV5()\nfeed(UpbitWebSocketPublicV5)\n"
    run_twice(migrate, source)


def test_marks_inside_a_call_go_with_what_they_are_about(migrate: Migrate) -> None:
    source = (
        f"{PUBLIC}feed = UpbitWebSocketPublicV5(  # first\n"
        "    # TODO(upbit-migrate UWS110): old\n    max_tickets=2,\n)\n"
    )
    text = run_twice(migrate, source).text()
    assert "# first\n" in text
    assert "old" not in text


@pytest.mark.parametrize("name", ["no-such", "euc-kr", "latin-1"])
def test_no_comment_becomes_the_encoding(migrate: Migrate, name: str) -> None:
    source = (
        f"{V5}.exceptions import SubscriptionError\n# coding: {name}, says the exchange\n"
        f"{PUBLIC}feed = UpbitWebSocketPublicV5()\nprint('가격')\n"
    )
    first = run_twice(migrate, source)
    assert first.text().startswith("from compat_v5.exceptions import SubscriptionError\n# coding")
    assert not first.failures


def test_what_a_proxy_gives_is_no_payload_of_v5(migrate: Migrate) -> None:
    source = (
        f"{PUBLIC}kept = UpbitWebSocketPublicV5()\nfeed = UpbitWebSocketPublicV5()\n\n\n"
        "async def start(callback):\n    kept.websocket\n"
        "    await kept.subscribe_ticker(['KRW-BTC'], callback)\n    print(feed['data'])\n"
    )
    assert "UWS160" not in run_twice(migrate, source).text()


@pytest.mark.parametrize(
    "brought", ["import logging", "from .upbit_auth import UpbitAuthenticator"]
)
def test_an_import_answers_no_failure(migrate: Migrate, brought: str) -> None:
    source = (
        f"{PUBLIC}\n\nasync def start(client: UpbitWebSocketPublicV5):\n    try:\n"
        f"        await client.connect()\n    except OSError:\n        {brought}\n        print()\n"
    )
    assert "TODO" not in run_twice(migrate, source).text()


def test_a_mention_inside_what_goes_needs_no_import(migrate: Migrate) -> None:
    source = (
        f"import asyncio\n{PUBLIC}\n\nasync def start():\n    feed = UpbitWebSocketPublicV5()\n"
        "    await asyncio.wait_for(feed.connect(), UpbitWebSocketPublicV5.TIMEOUT)\n    print()\n"
    )
    text = run_twice(migrate, source).text()
    assert "V5" not in text
    assert "TODO" not in text


def test_a_name_that_is_imported_twice_is_marked_once(migrate: Migrate) -> None:
    source = f"{V5} import Ticker\nimport os\n{V5} import UpbitWebSocketPublicV5, Ticker\n{KEPT}"
    text = run_twice(migrate, f"{source}feed = UpbitWebSocketPublicV5()\nprint(Ticker)\n").text()
    assert text.count("UWS103") == 1


@pytest.mark.parametrize(
    "call",
    ["make()", "MAKE[kind]()", "desk.make()", "(lambda: create_public_client)()()"],
)
def test_a_factory_out_of_a_variable_stays(migrate: Migrate, call: str) -> None:
    source = (
        f"{V5} import create_public_client\nMAKE = {{'public': create_public_client}}\n\n\n"
        "class Desk:\n    def __init__(self):\n        self.make = create_public_client\n\n\n"
        "async def start(kind, desk: Desk, make=create_public_client):\n"
        f"    return await {call}\n"
    )
    assert f"    return await {call}\n" in run_twice(migrate, source).text()


def test_described_clients_stay_where_all_that_are_made_do(migrate: Migrate) -> None:
    """What reaches the function is a client of compat_v5: its disconnect() is not the proxy's."""
    source = (
        f"{PUBLIC}\n\nasync def stop(client: UpbitWebSocketPublicV5):\n"
        "    return await client.disconnect()\n\n\nfeed = UpbitWebSocketPublicV5()\nfeed.websocket\n"
    )
    text = run_twice(migrate, source).text()
    assert "client: UpbitWebSocketPublicV5" in text
    assert "await client.disconnect()" in text


def test_a_star_brings_no_parameter(migrate: Migrate) -> None:
    source = (
        f"{V5} import *\n\n\ndef start(maker=UpbitWebSocketPublicV5):\n    show(maker)\n"
        "    return maker()\n"
    )
    assert "    return maker()\n" in run_twice(migrate, source).text()


def test_a_mark_is_known_again_behind_a_form_feed(migrate: Migrate) -> None:
    source = f"{PUBLIC}\n\ndef start():\n\f    return UpbitWebSocketPublicV5(config_path='a')\n"
    assert run_twice(migrate, source).text().count("TODO(upbit-migrate UWS110)") == 1


def test_a_reason_goes_where_its_place_goes(migrate: Migrate) -> None:
    source = (
        f"{BOTH}feed = UpbitWebSocketPublicV5()\n"
        "feed.config.connection.url = find(UpbitWebSocketPrivateV5('key'))\n"
    )
    marks, _, made = run_twice(migrate, source).text().partition("feed = WebSocketClientProxy(")
    assert marks.splitlines()[-1].startswith("# TODO(upbit-migrate UWS190)")
    assert "TODO" not in made
