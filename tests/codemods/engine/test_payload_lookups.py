"""Keys of the envelope that are looked up by something else than ``[]`` or ``get``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Migrate

PROGRAM = """\
import functools
import operator
from operator import itemgetter
from app.net.websocket_v5 import UpbitWebSocketPublicV5

get_data = operator.itemgetter("data")
market_and_data = itemgetter("market", "data")
rows = []

def on(symbol, data_type, data):
    {body}

async def main():
    client = UpbitWebSocketPublicV5()
    await client.connect()
    await client.subscribe_ticker(["KRW-BTC"], on)
"""

MOVED = {
    'get = data.get; print(get("data")["trade_price"], get("market"))': (
        'get = data.get; print(data["trade_price"], get("code"))'
    ),
    'print(get_data(data)["trade_price"])': 'print(data["trade_price"])',
    'print(itemgetter("data")(data)["trade_price"])': 'print(data["trade_price"])',
    'print(itemgetter("market")(data))': 'print(data["code"])',
    'print(itemgetter("type")(data))': 'print(itemgetter("type")(data))',
    'print(data.__getitem__("data")["trade_price"])': 'print(data["trade_price"])',
    'print(dict.get(data, "data")["trade_price"])': 'print(data["trade_price"])',
    'print(dict.get(data, "market"))': 'print(dict.get(data, "code"))',
    'print(operator.getitem(data, "data")["trade_price"])': 'print(data["trade_price"])',
    'print({key: data.get(key) for key in ("type", "stream_type", "code")})': (
        'print({key: data.get(key) for key in ("type", "stream_type", "code")})'
    ),
    'print(data.__contains__("data"))': 'print(data.__contains__("type"))',
    'print((data or {}).get("data")["trade_price"])': 'print((data or {})["trade_price"])',
    'print(((data or {}).get("data") or {}).get("code"))': 'print(((data or {}) or {}).get("code"))',
}
KEPT = {
    'print([data[key] for key in ("type", "timestamp")])': "computed",
    "market, frame = market_and_data(data)": "market",
    'rows.append(data); rows.sort(key=itemgetter("market"))': "market",
    'rows.append(data); print(sorted(rows, key=itemgetter("market")))': "market",
    "print(list(map(get_data, [data])))": "data",
    'print(functools.reduce(dict.__getitem__, ["data", "code"], data))': "data",
    'print(functools.reduce(lambda d, key: d[key], ["data", "code"], data))': "computed",
    'print(list(map(data.get, ["data", "market"])))': "computed",
    'take = data.pop; print(take("data"))': "data",
    'get = (data or {}).get; print(get("data"))': "data",
}


@pytest.mark.parametrize(("before", "after"), MOVED.items(), ids=list(MOVED))
def test_a_simple_lookup_moves(migrate: Migrate, before: str, after: str) -> None:
    done = migrate({"app/module.py": PROGRAM.format(body=before)})
    assert f"    {after}\n" in done.text()
    assert "UpbitWebSocketPublicV5" not in done.text()
    assert migrate(done.files).files == done.files


@pytest.mark.parametrize(("body", "word"), KEPT.items(), ids=list(KEPT))
def test_any_other_lookup_keeps_the_client(migrate: Migrate, body: str, word: str) -> None:
    done = migrate({"app/module.py": PROGRAM.format(body=body)})
    assert body in done.text()
    reasons = [f.message for f in done.findings if f.rule == "UWS160" and f.line == 11]
    assert [word in reason for reason in reasons] == [True]
    assert "from compat_v5 import UpbitWebSocketPublicV5" in done.text()
    assert migrate(done.files).files == done.files


def test_the_key_of_a_sort_in_place_is_followed(migrate: Migrate) -> None:
    body = 'rows.append(data); rows.sort(key=lambda row: row["data"]["trade_price"])'
    text = migrate({"app/module.py": PROGRAM.format(body=body)}).text()
    assert 'key=lambda row: row["trade_price"])' in text
