"""Clients that live in ``__dict__``, ``vars()``, ``globals()``, weak sets and in what ``__new__`` made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Migrate

V5 = "upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5"
HEAD = f"""\
import weakref
from {V5} import UpbitWebSocketPublicV5


class Feed:
    _instance = None

    def __new__(cls):
        if cls._instance is None:
            cls._instance = super().__new__(cls)
            cls._instance.made = UpbitWebSocketPublicV5()
        return cls._instance


ALL = weakref.WeakSet()


async def main(feed):
    feed = Feed()
"""
PLACES = {
    "dict": ('feed.__dict__["other"] = UpbitWebSocketPublicV5()', "feed.other"),
    "vars": ('vars(feed)["other"] = UpbitWebSocketPublicV5()', "feed.other"),
    "vars update": ("vars(feed).update(other=UpbitWebSocketPublicV5())", "feed.other"),
    "read from vars": ("feed.other = UpbitWebSocketPublicV5()", 'vars(feed)["other"]'),
    "get from dict": ("feed.other = UpbitWebSocketPublicV5()", 'feed.__dict__.get("other")'),
    "globals": ('globals()["CLIENT"] = UpbitWebSocketPublicV5()', "CLIENT"),
    "globals both": ('globals()["CLIENT"] = UpbitWebSocketPublicV5()', 'globals()["CLIENT"]'),
    "weak set": ("ALL.add(UpbitWebSocketPublicV5())", "list(ALL)[0]"),
    "new": ("pass", "feed.made"),
    "new again": ("pass", "Feed().made"),
}


@pytest.mark.parametrize(("store", "read"), PLACES.values(), ids=PLACES)
def test_a_client_is_found_where_it_was_stored(store: str, read: str, migrate: Migrate) -> None:
    source = f"{HEAD}    {store}\n    await {read}.disconnect()\n"
    text = migrate({"app/module.py": source}).text()
    assert f"await {read}.unsubscribe_all()" in text
    assert "PublicV5" not in text


def test_another_name_of_the_namespace_is_left_alone(migrate: Migrate) -> None:
    source = f"""{HEAD}    vars(feed)["other"] = UpbitWebSocketPublicV5()
    vars(feed)["session"] = open_session()
    await vars(feed)["session"].disconnect()
    await vars(feed)["other"].disconnect()
"""
    text = migrate({"app/module.py": source}).text()
    assert 'await vars(feed)["session"].disconnect()' in text
