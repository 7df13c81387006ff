"""How rewritten imports look: wrapped where they would be too long, with the comments that belong to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from codemods.options import Options

if TYPE_CHECKING:
    from conftest import Migrate

V5 = "upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5"
TARGET = "application.infrastructure.external_apis.exchange.websocket_v6"
USE = "\n\nfeed = UpbitWebSocketPublicV5()\norders = UpbitWebSocketPrivateV5(KEY, SECRET)\n"
BOTH = "UpbitWebSocketPublicV5, UpbitWebSocketPrivateV5"


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_statement_that_becomes_too_long_is_wrapped(newline: str, migrate: Migrate) -> None:
    source = (f"from app.websocket_v5 import {BOTH}  # both" + USE).replace("\n", newline)
    text = migrate({"app/module.py": source}, Options(target_package=TARGET)).text()
    wanted = f"from {TARGET} import (\n    Credentials,\n    WebSocketClientProxy,\n)  # both\n"
    assert text.startswith(wanted.replace("\n", newline))


def test_the_limit_is_the_applications(migrate: Migrate) -> None:
    options = Options(target_package=TARGET, line_length=120)
    text = migrate({"app/module.py": f"from app.websocket_v5 import {BOTH}" + USE}, options).text()
    assert text.startswith(f"from {TARGET} import Credentials, WebSocketClientProxy\n")


def test_a_line_that_may_be_long_stays_one_line(migrate: Migrate) -> None:
    source = f"from app.websocket_v5 import {BOTH}  # noqa: E501" + USE
    text = migrate({"app/module.py": source}, Options(target_package=TARGET)).text()
    assert text.startswith(
        f"from {TARGET} import Credentials, WebSocketClientProxy  # noqa: E501\n"
    )


def test_comments_go_with_the_names_they_describe(migrate: Migrate) -> None:
    source = (
        f"from {V5} import (\n    UpbitWebSocketPublicV5,  # prices\n"
        "    load_config,  # the old file\n)\n\nfeed = UpbitWebSocketPublicV5()\nload_config()\n"
    )
    text = migrate({"app/module.py": source}).text()
    assert "from websocket_v6 import WebSocketClientProxy  # prices\n" in text
    assert "    load_config,  # the old file\n" in text
    assert text.count("# prices") == 1


def test_the_first_of_two_statements_on_a_line_leaves_no_pass(migrate: Migrate) -> None:
    source = (
        f"from {V5} import UpbitWebSocketPublicV5\n\n\nasync def run(on_tick):\n"
        "    client = UpbitWebSocketPublicV5()\n"
        "    await client.connect(); await client.subscribe_ticker(['KRW-BTC'], on_tick)\n"
    )
    text = migrate({"app/module.py": source}).text()
    assert "    await client.subscribe_ticker(['KRW-BTC'], on_tick)\n" in text
    assert "pass" not in text


GUARD = (
    f"from {V5} import UpbitWebSocketPublicV5, WebSocketConnectionError\n\n\n"
    "class Desk:\n    def __init__(self):\n        self.client = UpbitWebSocketPublicV5()\n\n"
    "    async def start(self):\n        try:\n            await self.client.connect()\n"
    "        except WebSocketConnectionError as error:\n            {handler}\n{more}"
    "        await self.client.subscribe_ticker(['KRW-BTC'], print)\n"
)


def test_a_try_that_nothing_can_fail_in_any_more_goes(migrate: Migrate) -> None:
    source = GUARD.replace("{handler}", "print(error)\n            raise")
    done = migrate({"app/module.py": source.replace("{more}", "")})
    text = done.text()
    assert "try:" not in text
    assert text.startswith("from websocket_v6 import WebSocketClientProxy\n")
    assert "ConnectionError" not in text
    assert migrate(done.files).files == done.files


@pytest.mark.parametrize(
    ("handler", "more"),
    [
        ("pass", "        else:\n            print('up')\n"),
        ("pass", "        finally:\n            print('done')\n"),
    ],
)
def test_a_try_with_more_in_it_stays(handler: str, more: str, migrate: Migrate) -> None:
    source = GUARD.replace("{handler}", handler).replace("{more}", more)
    text = migrate({"app/module.py": source}).text()
    compile(text, "module", "exec")
    assert "try:\n            pass\n" in text
    assert handler.split("(")[0] in text


@pytest.mark.parametrize(
    "handler",
    [
        "self.failed = True",
        "yield error",
        "raise WebSocketConnectionError('no') from error",
    ],
)
def test_a_handler_that_does_something_guards_the_subscription(
    handler: str, migrate: Migrate
) -> None:
    text = migrate({"app/module.py": GUARD.format(handler=handler, more="")}).text()
    compile(text, "module", "exec")
    assert "try:\n            await self.client.subscribe_ticker(['KRW-BTC'], print)\n" in text
    assert text.count("subscribe_ticker") == 1
    assert handler in text


def test_no_name_is_imported_beside_a_star(migrate: Migrate) -> None:
    source = (
        "from app.websocket_v5 import *\n\nfrom app.websocket_v5.own import UpbitWebSocketPublicV5\n"
        "from somewhere import register\n\nregister(UpbitWebSocketPublicV5())\n"
    )
    done = migrate({"app/module.py": source})
    assert done.failures == []
    assert "from compat_v5 import *\n" in done.text()
    assert "from compat_v5 import UpbitWebSocketPublicV5\n" in done.text()


@pytest.mark.parametrize(
    "path",
    [
        "app. net.websocket_v5",
        "app.\tnet . websocket_v5",
        "app \\\n  .net.websocket_v5",
        "\\\n  app.net.websocket_v5",
    ],
)
def test_space_within_a_dotted_path_goes_with_the_path(path: str, migrate: Migrate) -> None:
    done = migrate({"app/module.py": f"from {path} import {BOTH}{USE}"})
    assert done.failures == []
    compile(done.text(), "module.py", "exec")
    assert "websocket_v6 import " in done.text()


@pytest.mark.parametrize("dots", ["from . import", "from. import", "from . . import"])
def test_relative_paths_may_have_space_too(dots: str, migrate: Migrate) -> None:
    done = migrate(
        {"app/net/module.py": f"{dots} websocket_v5 as v5\n\nfeed = v5.UpbitWebSocketPublicV5()\n"}
    )
    assert done.failures == []
    assert "websocket_v5 as" not in done.text("app/net/module.py")


@pytest.mark.parametrize("path", [".websocket_v5", ". websocket_v5", ".. net.websocket_v5"])
def test_a_relative_path_may_touch_its_keyword(path: str, migrate: Migrate) -> None:
    done = migrate({"app/net/module.py": f"from{path} import {BOTH}{USE}"})
    assert done.failures == []
    assert done.text("app/net/module.py").startswith("from websocket_v6 import ")


@pytest.mark.parametrize("comment", ["", "  # the feed"])
@pytest.mark.parametrize(
    "names",
    ["UpbitWebSocketPublicV5{}\n    , DataType", "DataType{}\n    , UpbitWebSocketPublicV5",
     "DataType\n    , UpbitWebSocketPublicV5{}\n    , SubscriptionError"],
)  # fmt: skip
def test_commas_may_begin_lines(names: str, comment: str, migrate: Migrate) -> None:
    source = f"from app.websocket_v5 import (\n    {names.format(comment)}\n)\n"
    uses = "feed = UpbitWebSocketPublicV5()\nprint(DataType.TICKER)\n"
    done = migrate({"app/module.py": source + uses})
    assert done.failures == []
    compile(done.text(), "module.py", "exec")
    assert comment in done.text()
    assert migrate(done.files).text() == done.text()


def test_the_last_name_of_a_line_takes_the_space_before_it_along(migrate: Migrate) -> None:
    source = f"from app.websocket_v5 import (\n    {BOTH},\n)\n"
    text = migrate({"app/module.py": source + USE}).text()
    wanted = "from websocket_v6 import (\n    Credentials,\n    WebSocketClientProxy,\n)\n"
    assert text.startswith(wanted)


LOCAL = """\
from __future__ import annotations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .legacy import Private


def first(key, secret):
    from .legacy import Private

    return Private(key, secret)


def second(client: Private):
    from .legacy import Private

    return isinstance(client, Private)
"""


def test_an_import_goes_where_the_code_that_needs_it_runs(migrate: Migrate) -> None:
    files = {
        "app/__init__.py": "",
        "app/legacy.py": f"from {V5} import UpbitWebSocketPrivateV5 as Private\n",
        "app/account.py": LOCAL,
    }
    done = migrate(files)
    text = done.text("app/account.py")
    assert text.count("import Credentials") == 1, text
    assert (
        "    from websocket_v6 import Credentials\n    from .legacy import Private\n\n    return P"
        in text
    )
