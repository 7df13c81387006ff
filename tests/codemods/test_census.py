"""Every mention, by kind."""

from __future__ import annotations

import json

import pytest

from codemods.census import MentionKind, mentions
from codemods.discovery import FileKind
from codemods.documents import document_mentions
from codemods.shim_files import shim_files

PYTHON = b'''"""About websocket_v5."""
from app.websocket_v5 import (
    UpbitWebSocketPublicV5,
)
import compat_v5  # UpbitWebSocketPrivateV5 stays
client = UpbitWebSocketPublicV5()
patch("app.websocket_v5.models.x")
name = f"{prefix}.websocket_v5"
'''


def test_a_file_without_a_mention_has_none() -> None:
    assert mentions("a.py", b"import websocket_v6\nv5 = 1\n", is_python=True) == []


def test_files_of_the_shim_are_not_mentions() -> None:
    found = [
        file.path
        for file in shim_files()
        if mentions(file.path, file.text.encode(), is_python=file.path.endswith(".py"))
    ]
    assert found == []


def test_python_is_classified_by_token() -> None:
    found = [(m.line, m.kind) for m in mentions("a.py", PYTHON, is_python=True)]
    assert found == [
        (1, MentionKind.COMMENT),
        (2, MentionKind.IMPORT),
        (3, MentionKind.IMPORT),
        (5, MentionKind.IMPORT),
        (5, MentionKind.COMMENT),
        (6, MentionKind.CODE),
        (7, MentionKind.STRING),
        (8, MentionKind.STRING),
    ]


def test_the_names_a_parent_package_gave_the_clients_are_mentions() -> None:
    source = (
        b"from app.external_apis.upbit import UpbitWebSocketPublicClient\n"
        b"ws = UpbitWebSocketPrivateClient()\n"
    )
    kinds = [m.kind for m in mentions("a.py", source, is_python=True)]
    assert kinds == [MentionKind.IMPORT, MentionKind.CODE]


def test_python_that_does_not_parse_is_classified_by_line() -> None:
    source = b"from websocket_v5 import x\n# websocket_v5\nprint websocket_v5\n"
    kinds = [m.kind for m in mentions("a.py", source, is_python=True)]
    assert kinds == [MentionKind.IMPORT, MentionKind.COMMENT, MentionKind.CODE]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("conf/logging.yaml", MentionKind.CONFIG),
        ("pyproject.toml", MentionKind.CONFIG),
        ("setup.cfg", MentionKind.CONFIG),
        ("a.ini", MentionKind.CONFIG),
        ("a.json", MentionKind.CONFIG),
        (".env", MentionKind.CONFIG),
        (".env.local", MentionKind.CONFIG),
        ("prod.env", MentionKind.CONFIG),
        ("run.sh", MentionKind.SHELL),
        ("Makefile", MentionKind.SHELL),
        ("Dockerfile", MentionKind.SHELL),
        ("run.ps1", MentionKind.SHELL),
        ("README", MentionKind.DOCS),
        ("docs/a.rst", MentionKind.DOCS),
        ("a.md", MentionKind.DOCS),
        ("a.sql", MentionKind.OTHER),
        ("noext", MentionKind.OTHER),
    ],
)
def test_other_files_are_classified_by_name(path: str, kind: MentionKind) -> None:
    assert [m.kind for m in mentions(path, b"x: websocket_v5\n", is_python=False)] == [kind]


def test_a_script_is_known_by_its_first_line() -> None:
    found = mentions("deploy", b"#!/bin/bash\npython -m app.websocket_v5\n", is_python=False)
    assert [m.kind for m in found] == [MentionKind.SHELL]


@pytest.mark.parametrize(
    "text", ["WebSocket v5", "websocket-v5", "Upbit v5 client", "V5 websocket"]
)
def test_prose_mentions_too(text: str) -> None:
    assert mentions("README.md", text.encode(), is_python=False)


def test_a_binary_file_counts_once() -> None:
    found = mentions("a.bin", b"\0websocket_v5\nwebsocket_v5", is_python=False)
    assert [(m.kind, m.text) for m in found] == [(MentionKind.OTHER, "(binary file)")]


def test_columns_count_characters_and_lines_are_cut() -> None:
    source = '한글 = "한글"; x = "websocket_v5"\n'.encode() + b"# websocket_v5 " + b"x" * 500
    found = mentions("a.py", source, is_python=True)
    assert [m.kind for m in found] == [MentionKind.STRING, MentionKind.COMMENT]
    assert len(found[1].text) == 160


def test_cells_of_a_notebook_are_python_and_the_rest_is_docs() -> None:
    cells = [
        {"cell_type": "code", "source": ["import websocket_v5\n", "# websocket_v5"]},
        {"cell_type": "markdown", "source": ["websocket_v5"]},
    ]
    raw = json.dumps({"cells": cells}, indent=1).encode()
    found = document_mentions("a.ipynb", FileKind.NOTEBOOK, raw)
    assert [m.kind for m in found] == [MentionKind.IMPORT, MentionKind.COMMENT, MentionKind.DOCS]
    lines = raw.decode().splitlines()
    assert all("websocket_v5" in lines[m.line - 1] for m in found)
