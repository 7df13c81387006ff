"""The rename table in the guide is the one in the code."""

from __future__ import annotations

import importlib.util

import pytest

from compat_v5.renames import RENAMES
from tests.documents.reader import REPOSITORY

spec = importlib.util.spec_from_file_location("rename_table", REPOSITORY / "docs/rename_table.py")
assert spec is not None
assert spec.loader is not None
rename_table = importlib.util.module_from_spec(spec)
spec.loader.exec_module(rename_table)


@pytest.mark.parametrize("language", rename_table.LANGUAGES)
def test_table_is_up_to_date(language: str):
    path = REPOSITORY / rename_table.LANGUAGES[language]["file"]
    text = path.read_text(encoding="utf-8")
    remedy = "run: python docs/rename_table.py --write"
    assert rename_table.replaced(text, language) == text, remedy


def test_every_rename_is_in_the_table():
    shown = rename_table.table("en")
    for rename in RENAMES:
        assert f"`{rename.old}`" in shown


def test_a_document_without_markers_is_refused():
    with pytest.raises(ValueError, match="renames: begin"):
        rename_table.replaced("# Nothing here\n", "en")
