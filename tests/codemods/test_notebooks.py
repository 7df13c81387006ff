"""Notebooks: cells become one text, and only changed cells change."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codemods.exceptions import FileError
from codemods.notebooks import open_notebook
from codemods.options import Options
from codemods.run import execute
from codemods.targets import resolve_target


def notebook(*cells: Any, indent: int | None = 1, **top: Any) -> bytes:
    full = [
        {"cell_type": "code", "source": c, "metadata": {"x": [1e-05]}, "outputs": []}
        if not isinstance(c, dict)
        else c
        for c in cells
    ]
    document = {"nbformat": 4, "metadata": {}, "cells": full, **top}
    return (json.dumps(document, indent=indent, ensure_ascii=False) + "\n").encode()


@given(
    cells=st.lists(st.one_of(st.text(), st.lists(st.text())), max_size=5),
    indent=st.sampled_from([None, 1, 2, 4]),
)
@settings(max_examples=60, deadline=None)
def test_unchanged_python_gives_the_same_bytes(cells: list[Any], indent: int | None) -> None:
    raw = notebook(*cells, indent=indent)
    opened = open_notebook(raw)
    assert opened.with_python(opened.python) == raw


def test_only_the_changed_cell_changes() -> None:
    raw = notebook(
        ["import a\n", "x = 'é'\n"], "import b", {"cell_type": "markdown", "source": "a"}
    )
    opened = open_notebook(raw)
    after = opened.with_python(opened.python.replace(b"import a", b"import c\nimport d"))
    assert after == raw.replace(b'"import a\\n",', b'"import c\\n",\n    "import d\\n",')
    assert opened.with_python(opened.python.replace(b"import b", b"import z")) == raw.replace(
        b'"import b"', b'"import z"'
    )


def test_one_line_lists_and_escaped_texts_keep_their_manner() -> None:
    raw = b'{"cells": [{"cell_type": "code", "source": ["a = 1\\n", "b = \\"\\ud55c\\""]}]}'
    opened = open_notebook(raw)
    after = opened.with_python(opened.python.replace(b"a = 1", b"a = 2"))
    assert after == raw.replace(b"a = 1", b"a = 2")


def test_magics_stand_in_as_calls_that_take_the_names_they_use() -> None:
    source = (
        "client = make()\n%time client.connect()\nif x:\n    !ls {client}\nclient?\n"
        "y = %who str\nz = 7 % 3"
    )
    opened = open_notebook(notebook(source))
    python = opened.python.decode()
    ast.parse(python)
    assert "ipython_magic_0_magic_time(client)" in python
    assert "    ipython_magic_1_shell(client)" in python
    assert "ipython_magic_2_help_client(client)" in python
    assert "y =ipython_magic_3_magic_who()" in python
    assert "z = 7 % 3" in python
    assert opened.with_python(opened.python) == notebook(source)


@pytest.mark.parametrize(
    ("magic", "shown"),
    [
        ("%time client.connect()", "`%time`"),
        ("client?", "`client?`"),
        ("client.connect??", "`client.connect?`"),
        ("?client", "`?`"),
        ("!echo {client}", "a shell line (`!`)"),
    ],
)
def test_a_reason_names_the_magic_as_it_stands_in_the_notebook(
    tmp_path: Path, magic: str, shown: str
) -> None:
    made = (
        "from app.websocket_v5 import UpbitWebSocketPublicV5\nclient = UpbitWebSocketPublicV5()\n"
    )
    (tmp_path / "nb.ipynb").write_bytes(notebook(made, magic))
    (tmp_path / "main.py").write_text("import nb\n", "utf-8")
    result = execute(resolve_target([str(tmp_path)]), Options(), write=True)
    messages = [finding.message for finding in result.findings]
    assert any(f"it is handed to {shown}, which" in message for message in messages)
    after = (tmp_path / "nb.ipynb").read_text("utf-8")
    assert shown in after
    assert "ipython_magic" not in after + "".join(map(str, result.findings))


def test_cells_of_other_languages_are_left_out() -> None:
    opened = open_notebook(notebook("%%bash\nrm -rf x", "%%time\nimport a"))
    assert b"rm -rf" not in opened.python
    assert b"import a" in opened.python


def test_places_name_the_cell_and_the_line_of_the_file() -> None:
    raw = notebook(["import a\n", "import b\n"], "import c")
    opened = open_notebook(raw)
    lines = opened.python.decode().splitlines()
    file_lines = raw.decode().splitlines()
    line, place = opened.place(lines.index("import b") + 1)
    assert place == "cell 1, line 2"
    assert '"import b\\n"' in file_lines[line - 1]
    line, place = opened.place(lines.index("import c") + 1)
    assert place == "cell 2, line 1"
    assert '"import c"' in file_lines[line - 1]


def test_text_before_the_first_cell_joins_it() -> None:
    opened = open_notebook(notebook("import a"))
    after = json.loads(opened.with_python(b"import z\n" + opened.python))
    assert after["cells"][0]["source"] == "import z\nimport a"


def test_lost_borders_are_refused() -> None:
    opened = open_notebook(notebook("import a", "%time a", "import b"))
    for python in (
        opened.python.replace(b"# %% upbit-migrate cell 3\n", b""),
        opened.python.replace(b"ipython_magic_0_magic_time(a)\n", b""),
        b"",
    ):
        with pytest.raises(FileError, match="did not survive"):
            opened.with_python(python)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"not json", "not a notebook"),
        (b"\xff", "not a notebook"),
        (b"[]", "format 4"),
        (b'{"worksheets": []}', "format 4"),
        (notebook("1", metadata={"language_info": {"name": "R"}}), "kernel speaks r"),
    ],
)
def test_what_is_no_python_notebook_is_refused(raw: bytes, reason: str) -> None:
    with pytest.raises(FileError, match=reason):
        open_notebook(raw)


def test_a_notebook_without_code_is_empty() -> None:
    opened = open_notebook(notebook({"cell_type": "markdown", "source": "hi"}))
    assert opened.python == b""
    assert opened.with_python(b"") == notebook({"cell_type": "markdown", "source": "hi"})
