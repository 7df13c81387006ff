"""Bytes in, bytes out: encodings, line ends, comments, and files that cannot be handled."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Migrate

V5 = "upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5"
PROGRAM = f"""\
from {V5} import UpbitWebSocketPublicV5  # noqa: E501


async def run():
    # a comment
    client = UpbitWebSocketPublicV5()  # made here
    await client.connect()  # opened here
    await client.disconnect()
"""


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_line_ends_and_bom_survive(newline: str, bom: bytes, migrate: Migrate) -> None:
    before = bom + PROGRAM.replace("\n", newline).encode()
    after = migrate({"app/module.py": before}).files["app/module.py"]
    assert after != before
    assert after.startswith(bom)
    text = after[len(bom) :].decode()
    assert text.count(newline) == PROGRAM.count("\n")
    assert not set(text.replace(newline, "")) & {"\r", "\n"}
    for comment in ("# noqa: E501", "# a comment", "# made here", "# opened here"):
        assert comment in text


@pytest.mark.parametrize("encoding", ["euc-kr", "cp949", "latin-1", "utf-8"])
def test_coding_cookies_survive(encoding: str, migrate: Migrate) -> None:
    word = "가격" if encoding != "latin-1" else "café"
    before = f"# -*- coding: {encoding} -*-\nNAME = '{word}'\n{PROGRAM}".encode(encoding)
    after = migrate({"app/module.py": before}).files["app/module.py"]
    assert after.decode(encoding).splitlines()[:2] == before.decode(encoding).splitlines()[:2]
    assert after != before


def test_last_line_without_an_end(migrate: Migrate) -> None:
    before = PROGRAM.rstrip("\n").encode()
    assert not migrate({"app/module.py": before}).files["app/module.py"].endswith(b"\n")


@pytest.mark.parametrize(
    ("source", "stage"),
    [
        (b"from app.websocket_v5 import X\ntry:\n  pass\nexcept A, e:\n  pass\n", "parse"),
        (b"from app.websocket_v5 import X\nx = '\xff'\n", "decode"),
        (b"# coding: no-such\nfrom app.websocket_v5 import X\n", "decode"),
        (b"from app.websocket_v5 import X\nx = " + b"(" * 300 + b")" * 300 + b"\n", "parse"),
    ],
)
def test_what_cannot_be_read_is_reported_and_the_rest_done(
    source: bytes, stage: str, migrate: Migrate
) -> None:
    done = migrate({"app/broken.py": source, "app/module.py": PROGRAM})
    assert [(failure.path, failure.stage) for failure in done.failures] == [
        ("app/broken.py", stage)
    ]
    assert done.files["app/broken.py"] == source
    assert "unsubscribe_all" in done.text()


def test_a_long_expression_is_one_files_failure_at_most(migrate: Migrate) -> None:
    long = PROGRAM + "x = " + " + ".join(["1"] * 3000) + "\n"
    done = migrate({"app/long.py": long, "app/module.py": PROGRAM})
    assert "unsubscribe_all" in done.text()
    assert done.failures or "unsubscribe_all" in done.text("app/long.py")


LAYOUTS = {
    "form feed": "\f\nasync def main():\n\f    client = Client()\n    await client.connect()\n\f",
    "fmt: off": "# fmt: off\nTABLE = [\n    Client( ),   # first\n    Client( ) ,  # second\n]\n",
    "f-string": 'c = Client()\nprint(f"{c.is_connected()!r:>{10}} {{c.connect()}}")\n',
    "walrus": "if (c := Client()) is not None and c.is_connected():\n    pass\n",
    "backslashes": "c = \\\n    Client()\nasync def f():\n    await c \\\n        .disconnect()\n",
}


@pytest.mark.parametrize("body", LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_odd_layout_keeps_every_other_byte(body: str, newline: str, migrate: Migrate) -> None:
    head = (
        "from upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5 import "
        "UpbitWebSocketPublicV5 as Client\n"
    )
    source = (head + body).replace("\n", newline).encode()
    after = migrate({"app/module.py": source}).files["app/module.py"]
    compile(after, "<after>", "exec")
    assert b"WebSocketClientProxy as Client" in after
    for kept in (b"\f", b"# first", b"# second", b"!r:>{10}} {{c.connect()}}", b" ,  #", b"= \\"):
        assert after.count(kept) == source.count(kept)
    others = after.replace(newline.encode(), b"")
    assert b"\n" not in others
    assert b"\r" not in others


def test_syntax_this_python_does_not_know_names_the_version(migrate: Migrate) -> None:
    done = migrate({"app/module.py": "import websocket_v5\ntype = = 1\n"})
    (failure,) = done.failures
    assert f"read as Python {sys.version_info[0]}.{sys.version_info[1]}" in failure.message


def test_no_mark_stands_within_a_statement_that_goes_on_behind_a_backslash(
    migrate: Migrate,
) -> None:
    source = (
        "from app.websocket_v5 import UpbitWebSocketPublicV5\n\n"
        "clients = \\\n    list(map(UpbitWebSocketPublicV5, [None, None]))\n\n\n"
        "async def start():\n    for client in clients:\n        await client.connect()\n"
    )
    done = migrate({"app/module.py": source})
    assert done.failures == []
    assert "\\\n    list(" in done.text()
    compile(done.text(), "module.py", "exec")


@pytest.mark.parametrize(
    "before", ["other = \\\n    1", 'other = """\nof two lines"""', "f(\n    1)"]
)
def test_no_mark_stands_within_the_statement_before_it(before: str, migrate: Migrate) -> None:
    head = "from app.websocket_v5 import UpbitWebSocketPublicV5 as Client\n"
    source = f"{head}{before}; client = Client(config_path='own.toml')\n"
    done = migrate({"app/module.py": source})
    assert before in done.text()
    assert not done.failures
