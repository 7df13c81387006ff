"""Mentions of v5 in strings that no rule follows: said, and marked where the program would trip."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Migrate

V5 = "upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5"

TRIPS = {
    "percent": f'path = "{V5}.upbit_websocket_%s_client" % kind\n',
    "format": f'path = "{V5}.{{}}".format(kind)\n',
    "f-string": f'path = f"{V5}.{{kind}}"\n',
    "f-string with the root outside": 'path = f"{root}.websocket_v5.models"\n',
    "exec": f'exec("from {V5} import UpbitWebSocketPublicV5\\nclient = UpbitWebSocketPublicV5()")\n',
    "long exec": f'CODE = """\\\n# {"x" * 300}\nfrom {V5} import UpbitWebSocketPublicV5\n"""\nexec(CODE)\n',
    "entry point": f'entry_points = {{"feeds": ["public = {V5}:UpbitWebSocketPublicV5"]}}\n',
    "doctest": f'def f():\n    """Collect.\n\n    >>> from {V5} import UpbitWebSocketPublicV5\n    """\n',
}
PROSE = {
    "message": 'print("UpbitWebSocketPublicV5 is slow")\n',
    "logger": 'import logging\n\nlogging.getLogger("UpbitWebSocketPublicV5").setLevel(30)\n',
    "f-string": 'print(f"{1} websocket_v5 clients")\n',
    "type comment": f"import {V5}.models  # uws: keep\n\n\ndef f(client):\n"
    "    # type: (UpbitWebSocketPublicV5) -> None\n    pass\n",
}


@pytest.mark.parametrize("source", TRIPS.values(), ids=TRIPS)
def test_a_path_that_cannot_be_followed_is_kept_with_a_mark(source: str, migrate: Migrate) -> None:
    done = migrate({"app/module.py": source})
    assert [(f.rule, f.outcome) for f in done.findings] == [("UWS170", "kept")]
    assert "# TODO(upbit-migrate UWS170): " in done.text()
    assert re.sub(r"[ \t]*# TODO.*\n", "", done.text()) == source.replace(V5, "compat_v5")
    assert migrate(done.files).files == done.files


@pytest.mark.parametrize("source", PROSE.values(), ids=PROSE)
def test_a_name_in_prose_is_noted(source: str, migrate: Migrate) -> None:
    done = migrate({"app/module.py": source})
    assert [(f.rule, f.outcome) for f in done.findings if f.rule == "UWS170"] == [
        ("UWS170", "note")
    ]
    assert done.text() == source


def test_a_path_that_is_put_together_still_leads_somewhere(migrate: Migrate) -> None:
    source = f"""\
import importlib


def client_class(kind):
    module = importlib.import_module("{V5}.upbit_websocket_%s_client" % kind)
    return getattr(module, "UpbitWebSocket%sV5" % kind.capitalize())
"""
    names: dict[str, Any] = {}
    exec(migrate({"app/module.py": source}).text(), names)  # noqa: S102 - the result has to run
    assert names["client_class"]("private").__name__ == "UpbitWebSocketPrivateV5"


def test_a_keep_comment_makes_it_deliberate(migrate: Migrate) -> None:
    source = TRIPS["percent"].replace("\n", "  # uws: keep[UWS170] old plugins\n")
    done = migrate({"app/module.py": source})
    assert [(f.outcome, f.message) for f in done.findings] == [("deliberate", "old plugins")]
    assert done.text() == source


def test_what_a_rule_has_rewritten_is_not_mentioned_again(migrate: Migrate) -> None:
    source = (
        f"from {V5} import UpbitWebSocketPublicV5\n\n"
        '__all__ = ["UpbitWebSocketPublicV5"]\n\n\n'
        'def f(client: "UpbitWebSocketPublicV5"):\n'
        '    """Not websocket_v5.models any more."""\n'
    )
    done = migrate({"app/module.py": source})
    assert "UWS170" not in {finding.rule for finding in done.findings}
