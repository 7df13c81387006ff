"""Which files a run looks at."""

from __future__ import annotations

from codemods.gate import relevant

V5 = "from app.websocket_v5 import UpbitWebSocketPublicV5\n"


def test_prose_is_no_hit() -> None:
    files = {
        "a.py": b"# websocket_v5 is gone\nx = 1\n",
        "b.py": b"import os\n",
        "c.py": b"class UpbitClient: ...\n",
    }
    assert relevant(files) == set()


def test_imports_strings_and_relative_imports_are_hits() -> None:
    files = {
        "app/a.py": V5.encode(),
        "app/b.py": b"from .websocket_v5 import models\n",
        "app/c.py": b"from . import websocket_v5\n",
        "app/d.py": b"path = 'app.websocket_v5.models'\n",
        "app/e.py": b"from upbit_auto_trading.infrastructure.external_apis.upbit "
        b"import UpbitWebSocketPublicClient\n",
        "app/f.py": b"from compat_v5.models import DataType\n",
        "app/websocket_v5/__init__.py": b"from .models import *  # websocket_v5\n",
    }
    assert relevant(files) == set(files) - {"app/websocket_v5/__init__.py"}


def test_takers_of_exported_names_join_transitively() -> None:
    files = {
        "app/__init__.py": b"",
        "app/net.py": V5.encode()
        + b"class Feed:\n    def __init__(self):\n        self.c = UpbitWebSocketPublicV5()\n",
        "app/service.py": b"from app.net import Feed\n\n\ndef make():\n    return Feed()\n",
        "main.py": b"from app.service import make\n\nasync def main():\n    await make().c.disconnect()\n",
        "other.py": b"from somewhere.net import Feed\nimport json\n",
        "unrelated.py": b"import app\nfrom app.tools import helper\n",
    }
    found = relevant(files)
    assert {"app/net.py", "app/service.py", "main.py"} <= found
    assert "other.py" not in found


def test_users_of_a_conftest_fixture_join() -> None:
    files = {
        "tests/conftest.py": b"import pytest\n"
        + V5.encode()
        + b"@pytest.fixture\ndef feed():\n    return UpbitWebSocketPublicV5()\n",
        "tests/deep/test_a.py": b"async def test_a(feed):\n    await feed.disconnect()\n",
        "tests/test_b.py": b"def test_b(tmp_path): ...\n",
        "elsewhere/test_c.py": b"def test_c(feed): ...\n",
    }
    assert relevant(files) == {"tests/conftest.py", "tests/deep/test_a.py"}


def test_functions_a_client_is_handed_to_join() -> None:
    files = {
        "a.py": V5.encode() + b"from helpers import wire\nwire(UpbitWebSocketPublicV5())\n",
        "helpers.py": b"async def wire(client):\n    await client.connect()\n",
    }
    assert relevant(files) == set(files)


def test_unreadable_files_are_left_out_and_broken_hits_stay_in() -> None:
    def read(path: str) -> bytes:
        if path == "gone.py":
            raise PermissionError(path)
        return b"from app.websocket_v5 import (\n"

    assert relevant(read, ["gone.py", "broken.py"]) == {"broken.py"}
