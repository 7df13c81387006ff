"""Type aliases written as strings follow the classes they name, as those that are no strings do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Migrate

V5 = "upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5"
TYPES = f"""\
from typing import TYPE_CHECKING, Optional, TypeAlias, TypeVar, Union

if TYPE_CHECKING:
    from {V5} import UpbitWebSocketPrivateV5, UpbitWebSocketPublicV5

"""
MAIN = f"""\
from {V5} import UpbitWebSocketPublicV5


async def main():
    client = UpbitWebSocketPublicV5()
    await client.disconnect()
"""
ALIASES = [
    ('Like: TypeAlias = "UpbitWebSocketPublicV5 | None"', 'Like: TypeAlias = "{} | None"'),
    ('Like = Optional["UpbitWebSocketPublicV5"]', 'Like = Optional["{}"]'),
    ('T = TypeVar("T", bound="UpbitWebSocketPublicV5")', 'T = TypeVar("T", bound="{}")'),
]


@pytest.mark.parametrize(("before", "after"), ALIASES)
def test_a_string_alias_moves_with_its_import(before: str, after: str, migrate: Migrate) -> None:
    done = migrate({"app/kinds.py": TYPES + before + "\n", "app/main.py": MAIN})
    text = done.text("app/kinds.py")
    assert after.format("WebSocketClientProxy") in text
    assert "    from websocket_v6 import WebSocketClientProxy\n" in text
    assert migrate(done.files).files == done.files


@pytest.mark.parametrize(("before", "after"), ALIASES)
def test_a_string_alias_stays_with_its_import(before: str, after: str, migrate: Migrate) -> None:
    main = MAIN.replace("    await", "    print(client.stats)\n    await")
    done = migrate({"app/kinds.py": TYPES + before + "\n", "app/main.py": main})
    text = done.text("app/kinds.py")
    assert before in text
    assert "from compat_v5 import UpbitWebSocketPublicV5\n" in text
    assert migrate(done.files).files == done.files


def test_every_name_in_one_string_follows(migrate: Migrate) -> None:
    alias = 'Like: TypeAlias = "Union[UpbitWebSocketPublicV5, UpbitWebSocketPrivateV5]"\n'
    note = 'client: "Union[UpbitWebSocketPublicV5, UpbitWebSocketPrivateV5]"\n'
    done = migrate({"app/kinds.py": TYPES + alias + note, "app/main.py": MAIN})
    text = done.text("app/kinds.py")
    assert text.count('"Union[WebSocketClientProxy, WebSocketClientProxy]"') == 2
    assert "V5" not in text


def test_a_key_of_a_registry_is_no_alias(migrate: Migrate) -> None:
    code = 'chosen = REGISTRY["UpbitWebSocketPublicV5"]\n'
    done = migrate({"app/kinds.py": TYPES + code, "app/main.py": MAIN})
    assert code in done.text("app/kinds.py")
