"""Imports of v5 that nothing uses go with the clients beside them, unless somebody may want them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Migrate

PATH = "app/module.py"
V5 = "upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5"
BODY = "\n\nclient = UpbitWebSocketPublicV5()\n"
NAMES = ["SubscriptionError", "create_public_client", "DataType", "load_config"]


def program(name: str, body: str = "") -> str:
    return f"from {V5} import UpbitWebSocketPublicV5, {name}\n{BODY}{body}"


@pytest.mark.parametrize("name", NAMES)
def test_an_unused_name_goes(name: str, migrate: Migrate) -> None:
    done = migrate({PATH: program(name)})
    assert done.text().startswith("from websocket_v6 import WebSocketClientProxy\n\n\nclient = ")
    assert f"{name} is not used here" in {finding.message for finding in done.findings}
    assert not done.rules("kept")
    assert migrate(done.files).files == done.files


def test_a_name_goes_whose_uses_do(migrate: Migrate) -> None:
    body = "client.subscribe(DataType.ORDERBOOK, ['KRW-BTC'], print)\n"
    done = migrate({PATH: program("DataType", body)})
    assert done.text().startswith("from websocket_v6 import WebSocketClientProxy\n\n\nclient = ")
    assert "client.subscribe_orderbook(" in done.text()
    assert migrate(done.files).files == done.files


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("path", "body", "others"),
    [
        ("app/__init__.py", "", {}),
        (PATH, "__all__ = ['client', '{name}']\n", {}),
        (PATH, "print(globals()['{name}'])\n", {}),
        (PATH, "try:\n    {name}\nexcept NameError:\n    {name} = None\n", {}),
        (PATH, "", {"app/user.py": "from app.module import {name}\n\nprint({name})\n"}),
        (PATH, "", {"app/user.py": "from app.module import *\n\nprint({name})\n"}),
        (PATH, "", {"app/user.py": "import app.module\n\nprint(app.module.{name})\n"}),
        (
            PATH,
            "",
            {"app/user.py": "from app.module import client\n\npatch('app.module.{name}')\n"},
        ),
        (PATH, "print(UpbitWebSocketPublicV5().websocket)\n", {}),
    ],
)
def test_a_name_that_may_be_wanted_stays(
    path: str, body: str, others: dict[str, str], name: str, migrate: Migrate
) -> None:
    files = {path: program(name, body.replace("{name}", name))}
    files |= {other: text.replace("{name}", name) for other, text in others.items()}
    text = migrate(files).text(path)
    assert any(line.startswith("from compat_v5") and name in line for line in text.splitlines())


@pytest.mark.parametrize("imported", ["DataType as DataType", "DataType  # noqa: F401"])
def test_an_import_that_says_it_is_meant_stays(imported: str, migrate: Migrate) -> None:
    text = migrate({PATH: program(imported)}).text()
    assert any(line.startswith("from compat_v5") for line in text.splitlines())


def test_a_file_of_nothing_but_imports_stays(migrate: Migrate) -> None:
    files = {PATH: program("DataType"), "app/errors.py": f"from {V5} import SubscriptionError\n"}
    text = migrate(files).text("app/errors.py")
    assert "from compat_v5 import SubscriptionError" in text
