"""Rows of ``items()``, ``zip`` and the like: a payload, or a client, in one of their places is followed."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Migrate

PATH = "app/module.py"
V5 = "upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5"
HEAD = f"""\
import bisect
import functools
import heapq
import itertools
import random
from collections import OrderedDict, defaultdict, deque
from itertools import groupby, pairwise
from {V5} import UpbitWebSocketPublicV5

client = UpbitWebSocketPublicV5()
ROWS = deque(maxlen=20)
LATEST = {{}}
GROUPS = defaultdict(list)


def on_tick(symbol, data_type, data):
    ROWS.append(data)
    LATEST[symbol] = data
    GROUPS[symbol].append(data)
    report()


async def main():
    await client.connect()
    await client.subscribe_ticker(["KRW-BTC"], on_tick)


def report():
"""

READS = """\
for i, (x, y) in enumerate(zip(ROWS, ROWS)): print(x["data"]["code"], y["data"]["code"])
for (x, y), z in zip(zip(ROWS, ROWS), ROWS): print(y["data"]["code"], z["data"]["code"])
for pair in zip(ROWS, ROWS): print(pair[0]["data"]["code"], pair[-1]["data"]["code"])
for x, y in zip(*[ROWS, ROWS]): print(x["data"]["code"], y["data"]["code"])
for x, y in pairwise(ROWS): print(x["data"]["code"], y["data"]["code"])
for x, y in itertools.combinations(ROWS, 2): print(x["data"]["code"], y["data"]["code"])
for x, y in itertools.zip_longest(ROWS, ROWS): print(x["data"]["code"], y["data"]["code"])
pairs = list(zip(ROWS, ROWS)); print([x["data"]["code"] for x, y in pairs])
for n, x in list(enumerate(ROWS)): print(n, x["data"]["code"])
for k, x in list(LATEST.items()): print(k, x["data"]["code"])
for k, x in sorted(LATEST.items()): print(k, x["data"]["code"])
for i, (k, x) in enumerate(LATEST.items()): print(i, k, x["data"]["code"])
for k, x in sorted(LATEST.items(), key=lambda kv: kv[1]["data"]["code"])[:5]: print(x["data"]["code"])
for row in LATEST.items(): print(row[0], row[1]["data"]["code"])
k, x = next(iter(LATEST.items())); print(k, x["data"]["code"])
k, x = max(LATEST.items(), key=lambda kv: kv[1]["data"]["code"]); print(k, x["data"]["code"])
k, x = LATEST.popitem(); print(k, x["data"]["code"])
for k, x in dict(sorted(LATEST.items())).items(): print(k, x["data"]["code"])
for x in OrderedDict(LATEST.items()).values(): print(x["data"]["code"])
for x in dict((k, x) for k, x in LATEST.items()).values(): print(x["data"]["code"])
copy = {}; copy.update(zip("ab", ROWS)); print(copy["a"]["data"]["code"])
for i, (k, xs) in enumerate(GROUPS.items()): print(k, [x["data"]["code"] for x in xs])
for k, xs in groupby(ROWS, key=lambda x: x["data"]["code"]): print([x["data"]["code"] for x in xs])
for x in itertools.chain.from_iterable(GROUPS.values()): print(x["data"]["code"])
for x in sum(GROUPS.values(), []): print(x["data"]["code"])
for x in heapq.nlargest(3, ROWS, key=lambda x: x["data"]["code"]): print(x["data"]["code"])
for x in random.sample(ROWS, 2): print(x["data"]["code"])
heap = []; heapq.heappush(heap, (1, ROWS[0])); n, x = heapq.heappop(heap); print(x["data"]["code"])
kept = []; bisect.insort(kept, ROWS[0], key=id); print(kept[0]["data"]["code"])
x = functools.reduce(lambda a, b: a if a["data"]["code"] else b, ROWS); print(x["data"]["code"])
x = functools.reduce(lambda a, b: a + b["data"]["trade_price"], ROWS, 0); print(x)
"""


@pytest.mark.parametrize("line", READS.splitlines())
def test_reads_of_payloads_in_rows_follow_the_client(line: str, migrate: Migrate) -> None:
    done = migrate({PATH: HEAD + f"    {line}\n"})
    text = done.text()
    compile(text, PATH, "exec")
    assert "client = WebSocketClientProxy(" in text
    assert text.endswith(f"    {line}\n".replace('["data"]', ""))
    assert not done.rules("kept") | done.rules("note")


@pytest.mark.parametrize(
    "line",
    [
        "for market, one in list(CLIENTS.items()): await one.disconnect()",
        "for i, (market, one) in enumerate(CLIENTS.items()): await one.disconnect()",
        "while CLIENTS: _, one = CLIENTS.popitem(); await one.disconnect()",
    ],
)
def test_clients_in_rows_are_clients(line: str, migrate: Migrate) -> None:
    source = textwrap.dedent(f"""\
        from {V5} import UpbitWebSocketPublicV5

        CLIENTS = {{m: UpbitWebSocketPublicV5() for m in ("KRW-BTC", "KRW-ETH")}}


        async def stop():
        """)
    text = migrate({PATH: source + f"    {line}\n"}).text()
    assert text.endswith("    " + line.replace("disconnect", "unsubscribe_all") + "\n")
    assert "TODO" not in text


def test_what_mappings_hold_beside_payloads_is_told_apart(migrate: Migrate) -> None:
    body = """\
    counts = {"data": 1}
    for (market, tick), (name, count) in zip(LATEST.items(), counts.items()):
        print(market, name, count, counts["data"], tick["data"]["code"])
"""
    text = migrate({PATH: HEAD + body}).text()
    assert 'print(market, name, count, counts["data"], tick["code"])' in text
