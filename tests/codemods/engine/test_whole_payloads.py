"""Payloads that are used as a whole: no key is read, and what is behind sees another dictionary in v6."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Migrate, Migration

PROGRAM = """\
{imports}
from app.net.websocket_v5 import UpbitWebSocketPublicV5

{before}

def on(symbol, data_type, data):
    {body}

async def main():
    client = UpbitWebSocketPublicV5()
    await client.connect()
    await client.subscribe_ticker(["KRW-BTC"], on)
"""
ENVELOPE = "class Env:\n    market: str\n    data: dict\n"
MAPPING = 'class Env(dict):\n    def price(self):\n        return self["data"]["trade_price"]\n'
USER_MAPPING = MAPPING.replace("(dict)", "(collections.UserDict)")


def program(body: str, before: str = "", imports: str = "import json") -> str:
    return PROGRAM.format(body=body, before=before, imports=imports)


NAMED = {
    "format": program('print("{0[data][trade_price]}".format(data))'),
    "format by keyword": program('print("{d[data][trade_price]}".format(d=data))'),
    "format of the module": program("print(TEXT.format(data))", 'TEXT = "{0[market]}"'),
    "format_map": program('print("{market} {type}".format_map(data))'),
    "percent": program('print("%(market)s %(type)s" % data)'),
    "percent of the module": program("print(TEXT % data)", 'TEXT = "%(market)s"'),
    "logging": program(
        'log.info("tick %(market)s", data)', "log = logging.getLogger()", "import logging"
    ),
    "template": program(
        'print(Template("$market").substitute(data))', "", "from string import Template"
    ),
    "jinja": program(
        'print(jinja2.Template("{{ tick.data.code }}").render(tick=data))', "", "import jinja2"
    ),
    "named parameters": program(
        'db.execute("insert into t values (:market, :type)", data)',
        'db = sqlite3.connect(":memory:")',
        "import sqlite3",
    ),
    "columns": program(
        'writer = csv.DictWriter(sys.stdout, ["type", "market"]); writer.writerow(data)',
        "",
        "import csv, sys",
    ),
    "columns of the module": program(
        "WRITER.writerow(data)",
        'FIELDS = ["type", "market"]\nWRITER = csv.DictWriter(sys.stdout, FIELDS)',
        "import csv, sys",
    ),
    "path": program('print(jmespath.search("data.trade_price", data))', "", "import jmespath"),
    "model": program(
        "print(Env.model_validate(data))",
        ENVELOPE.replace("Env", "Env(B)"),
        "from pydantic import BaseModel as B",
    ),
    "conversion": program("print(convert(data, Env))", ENVELOPE, "from msgspec import convert"),
    "subclass of dict": program("print(Env(data).price())", MAPPING),
    "subclass of UserDict": program("print(Env(data).price())", USER_MAPPING, "import collections"),
    "rest of a pattern": program(
        'match data:\n        case {"type": _, **rest}:\n            print(rest["data"])'
    ),
    "order of the entries": program("kind, market, frame, *_ = data.values()"),
    "set of keys": program('print(set(data) >= {"type", "data"})'),
    "view of keys": program('print({"data", "market"} <= data.keys())'),
    "keys in a loop": program('print(all(key in data for key in ("data", "market")))'),
    "loop": program(
        'for key, value in data.items():\n        if key == "data":\n            print(value)'
    ),
    "comprehension": program(
        'print({k: v for k, v in data.items() if k not in ("data", "raw_data")})'
    ),
    "update": program('cache.update(data); print(cache["data"]["code"])', "cache = {}"),
    "nested update": program(
        'cache.setdefault(symbol, {}).update(data); print(cache[symbol]["data"])', "cache = {}"
    ),
    "union in place": program('merged = {}; merged |= data; print(merged["market"])'),
}
TABLE = "def show():\n    table = pandas.DataFrame(rows)\n    print({read})\n\nrows = []"
COLUMNS = [
    'table.set_index("market")',
    'table[["market", "timestamp"]]',
    'table.drop(columns=["data", "raw_data"])',
    "table.data.apply(str)",
    'pandas.json_normalize(rows)["data.trade_price"]',
]
NOTED = {
    "text": program("print(json.dumps(data))"),
    "library": program("lib.store('last', data)", "", "import lib"),
    "event of that name": program("lib.emit('data', data)", "", "import lib"),
    "topic of that name": program("lib.emit('market.ticker', {'tick': data})", "", "import lib"),
    "table": program("print(pandas.DataFrame([data]))", "", "import pandas"),
    "loop": program("for key, value in data.items():\n        print(key, value)"),
    "keys": program("print(sorted(data))"),
    "merged": program("cache.update(data)", "cache = {}"),
    "unseen format": program("print(lib.TEXT % data)", "", "import lib"),
    "unseen callback": program("pass", "", "from lib import show").replace(", on)", ", show)"),
}
SILENT = {
    "printed": program("print(data, f'{data}', '%s' % data, '{}'.format(data))"),
    "logged": program("logging.info('tick %s', data)", "", "import logging"),
    "other names": program('print("{0[type]} {market}".format(data, market=symbol))'),
    "measured": program("print(len(data), bool(data), isinstance(data, dict), data == data)"),
    "frame": program('print(json.dumps(data["data"]))'),
    "copied": program('print({**data, "at": 1}["data"]["code"], (data | {"at": 1})["data"])'),
    "kept": program("rows.append(data); last[symbol] = data", "rows, last = [], {}"),
    "handed to the project": program("show(data)", "def show(data):\n    print(data['type'])"),
}


def payload_findings(done: Migration) -> list[tuple[str, str]]:
    return [
        (str(f.outcome), f.message)
        for f in done.findings
        if f.rule == "UWS160" and f.outcome != "rewritten" and "stays on" not in f.message
    ]


@pytest.mark.parametrize("source", NAMED.values(), ids=list(NAMED))
def test_a_key_in_plain_sight_keeps_the_client(migrate: Migrate, source: str) -> None:
    done = migrate({"app/module.py": source})
    assert {outcome for outcome, _ in payload_findings(done)} == {"kept"}
    assert "from compat_v5 import UpbitWebSocketPublicV5" in done.text()
    assert migrate(done.files).files == done.files


@pytest.mark.parametrize("source", NOTED.values(), ids=list(NOTED))
def test_anything_else_that_takes_it_whole_is_a_note(migrate: Migrate, source: str) -> None:
    done = migrate({"app/module.py": source})
    assert [outcome for outcome, _ in payload_findings(done)] == ["note"]
    assert "without the keys 'market', 'data' and 'raw_data'" in payload_findings(done)[0][1]
    assert "UpbitWebSocketPublicV5" not in done.text()
    assert migrate(done.files).files == done.files


@pytest.mark.parametrize("source", SILENT.values(), ids=list(SILENT))
def test_what_shows_nothing_of_the_envelope_is_no_finding(migrate: Migrate, source: str) -> None:
    done = migrate({"app/module.py": source})
    assert payload_findings(done) == []
    assert "UpbitWebSocketPublicV5" not in done.text()


def test_places_that_hand_payloads_to_one_function_are_one_note(migrate: Migrate) -> None:
    body = "print(json.dumps(data))\n    print(json.dumps([data]))"
    done = migrate({"app/module.py": program(body)})
    assert len(payload_findings(done)) == 1
    assert payload_findings(done)[0][1].endswith("(also at line 8)")


def test_a_note_is_for_clients_that_move(migrate: Migrate) -> None:
    body = 'print(json.dumps(data), "%(market)s" % data)'
    done = migrate({"app/module.py": program(body)})
    assert {outcome for outcome, _ in payload_findings(done)} == {"kept"}


def test_a_keep_comment_answers_a_note(migrate: Migrate) -> None:
    body = "# uws: keep[UWS160] the reader takes both\n    print(json.dumps(data))"
    done = migrate({"app/module.py": program(body)})
    assert payload_findings(done) == [("deliberate", "the reader takes both")]
    assert "UpbitWebSocketPublicV5" not in done.text()


def test_an_item_of_a_default_is_a_container(migrate: Migrate) -> None:
    source = program(
        'rows[symbol].append(data); print(rows[symbol][-1]["data"]["code"])',
        "rows = collections.defaultdict(lambda: collections.deque(maxlen=10))",
        "import collections",
    )
    assert 'print(rows[symbol][-1]["code"])' in migrate({"app/module.py": source}).text()


@pytest.mark.parametrize("read", COLUMNS)
def test_a_column_that_only_envelopes_have_keeps_the_client(migrate: Migrate, read: str) -> None:
    source = program("rows.append(data)", TABLE.format(read=read), "import pandas")
    done = migrate({"app/module.py": source})
    assert {outcome for outcome, _ in payload_findings(done)} == {"kept"}
    assert "from compat_v5 import UpbitWebSocketPublicV5" in done.text()
    assert migrate(done.files).files == done.files


def test_any_other_column_does_not(migrate: Migrate) -> None:
    tail = TABLE.format(read='table["type"], table.groupby("code"), pandas.Timestamp("2026-01-01")')
    done = migrate({"app/module.py": program("rows.append(data)", tail, "import pandas")})
    assert {outcome for outcome, _ in payload_findings(done)} == {"note"}
