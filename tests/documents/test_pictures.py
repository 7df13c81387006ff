"""Pictures are shown somewhere, light, and complete in themselves; terminals are drawn from real runs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.documents import reader

FOLDER = reader.REPOSITORY / "docs" / "pictures"
SCRIPT = FOLDER / "make_pictures.py"
PICTURES = sorted(path for path in FOLDER.iterdir() if path.suffix in (".svg", ".png"))
LIMIT = 300_000


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.name)
def test_picture_is_shown_with_words_for_those_who_do_not_see_it(path: Path):
    shown = [
        match[1]
        for document in reader.documents()
        for match in re.finditer(r"!\[([^\]]*)\]\(([^)]+)\)", document.read_text(encoding="utf-8"))
        if (document.parent / match[2]).resolve() == path
    ]
    assert shown
    assert all(len(words.split()) >= 2 for words in shown)


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.name)
def test_picture_is_light(path: Path):
    assert path.stat().st_size < LIMIT


@pytest.mark.parametrize(
    "path", [path for path in PICTURES if path.suffix == ".svg"], ids=lambda path: path.name
)
def test_drawing_parses_and_loads_nothing(path: Path):
    text = path.read_text(encoding="utf-8")
    ET.fromstring(text)  # noqa: S314 - our own file
    assert not re.search(r"""(?:href|src)\s*=\s*["']http|@import|url\(["']?http""", text)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
def test_terminals_are_drawn_from_real_runs(tmp_path: Path):
    made = subprocess.run(
        [sys.executable, str(SCRIPT), "--out", str(tmp_path), "watch-orderbook", "doctor"],
        env=os.environ | {"NO_COLOR": ""},
        capture_output=True,
        text=True,
        timeout=90,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    words = " ".join(ET.parse(tmp_path / "doctor.svg").getroot().itertext())  # noqa: S314 made just now
    assert "no\u00a0problem\u00a0found" in words
    book = (tmp_path / "watch-orderbook.svg").read_text(encoding="utf-8")
    assert "100&#160;frames" in book
    assert "bid&#160;size" in book
