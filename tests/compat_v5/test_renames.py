"""The rename table: complete, consistent, and data only."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from collections import Counter
from dataclasses import fields
from typing import Any

import pytest

from compat_v5 import renames
from compat_v5.renames import (
    CLIENT_CLASSES,
    EXPORTS_BY_SUBMODULE,
    FACTORIES,
    LEGACY_SUBMODULES,
    OLDER_GENERATIONS,
    RENAMES,
    RENAMES_BY_OLD,
)


def test_every_legacy_spelling_stands_once() -> None:
    repeated = [old for old, times in Counter(row.old for row in RENAMES).items() if times > 1]
    assert repeated == []


def test_every_public_name_has_a_row() -> None:
    for submodule, exports in EXPORTS_BY_SUBMODULE.items():
        names = set(exports.public) - {"logger"}
        assert names <= set(RENAMES_BY_OLD), submodule
    assert set(CLIENT_CLASSES) | set(FACTORIES) <= set(RENAMES_BY_OLD)
    modules = {"websocket_v5", *(f"websocket_v5.{name}" for name in LEGACY_SUBMODULES)}
    assert modules <= set(RENAMES_BY_OLD)


def test_a_row_without_a_v6_spelling_says_what_to_do() -> None:
    assert [row.old for row in RENAMES if row.new is None and not row.note] == []
    assert [row.old for row in RENAMES if not row.anchor] == []


@pytest.mark.parametrize("submodule", ["", *LEGACY_SUBMODULES])
def test_the_layer_has_every_public_name(submodule: str) -> None:
    module = importlib.import_module("compat_v5" + (f".{submodule}" if submodule else ""))
    exports = EXPORTS_BY_SUBMODULE[submodule]
    assert [name for name in exports.public if not hasattr(module, name)] == []
    undeclared = set(exports.public) - set(module.__all__) - {"logger"}
    assert undeclared == set()


def test_members_of_the_clients_exist_or_belong_to_an_older_generation() -> None:
    for owner in ("UpbitWebSocketPublicV5", "UpbitWebSocketPrivateV5"):
        cls = getattr(importlib.import_module("compat_v5"), owner)
        for row in RENAMES:
            if row.kind == "method" and row.old.startswith(f"{owner}."):
                assert callable(getattr(cls, row.old.rpartition(".")[2], None)), row.old


def test_v6_spellings_exist() -> None:
    v6 = importlib.import_module("websocket_v6")
    exceptions = importlib.import_module("websocket_v6.exceptions")
    types = ("ticker", "trade", "orderbook", "candle")
    for row in RENAMES:
        if row.new is None:
            continue
        if row.kind == "exception":
            assert hasattr(exceptions, row.new), row.old
        elif row.kind == "module":
            importlib.import_module(row.new)
        elif row.new.startswith("WebSocketClientProxy."):
            member = row.new.partition(".")[2]
            names = [member.replace("<type>", kind) for kind in types]
            proxy = v6.WebSocketClientProxy
            assert all(hasattr(proxy, name) or name == "name" for name in names), row.old
        elif row.kind == "class" and "." not in row.new:
            assert hasattr(v6, row.new), row.old


def test_settings_named_in_notes_exist() -> None:
    from websocket_v6.config import Config

    known = {spec.name.upper() for spec in fields(Config)} | {"CONFIG"}
    texts = [row.note for row in RENAMES]
    texts += [argument.note for row in RENAMES for argument in row.arguments]
    named = {name for text in texts for name in re.findall(r"UPBIT_WS_([A-Z_]*[A-Z])", text)}
    assert named <= known


def test_older_generations_do_not_hide_living_names() -> None:
    for submodule, names in OLDER_GENERATIONS.items():
        exports = EXPORTS_BY_SUBMODULE[submodule]
        assert not set(names) & (set(exports.public) | set(exports.accidental))


def test_importing_the_table_loads_no_runtime() -> None:
    code = (
        "import sys, compat_v5.renames\n"
        "loaded = {'websockets', 'websocket_v6', 'jwt', 'msgspec', 'libcst'} & set(sys.modules)\n"
        "sys.exit(', '.join(sorted(loaded)) or 0)\n"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (result.returncode, result.stderr) == (0, "")


def test_the_table_is_exported_as_declared() -> None:
    assert [name for name in renames.__all__ if not hasattr(renames, name)] == []


async def test_v6_dictionary_keys_exist(exchange: Any) -> None:
    from websocket_v6 import WebSocketClientProxy

    ws = WebSocketClientProxy("keys")
    await ws.subscribe_ticker(["KRW-BTC"], lambda symbol, data_type, data: None)
    answers = {
        "get_system_status()": await ws.get_system_status(),
        "get_performance_metrics()": await ws.get_performance_metrics(),
        "health_check()": await ws.health_check(),
    }
    for row in RENAMES:
        if row.kind != "key" or row.new is None or "()" not in row.new:
            continue
        call, _, key = row.new.partition('["')
        names = key.replace('"][name]["', " ").removesuffix('"]').split()
        assert names[0] in answers[call], row.new
        if len(names) > 1:
            assert names[1] in answers[call][names[0]]["public"], row.new
    await ws.aclose()
