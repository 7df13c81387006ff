"""The documentation builds without a warning, and its pages load nothing from elsewhere."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import websocket_v6
import websocket_v6.testing
from tests.documents import reader

pytest.importorskip("mkdocs", reason="the extra docs brings it")
LOADED = re.compile(r'<(?:script|img|iframe)[^>]+src="([^"]+)"|<link[^>]+rel="stylesheet"[^>]*>')
ELSEWHERE = re.compile(r'(?:src|href)="(?:https?:)?//')


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("site")
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(out)],
        cwd=reader.REPOSITORY,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    assert built.stderr == ""
    return out


@pytest.mark.xdist_group("site")
def test_every_document_becomes_a_page(site: Path):
    folder = reader.REPOSITORY / "docs"
    for path in folder.rglob("*.md"):
        name = path.relative_to(folder).with_suffix("")
        page = site / "index.html" if path.stem == "index" else site / name / "index.html"
        assert page.exists(), path


@pytest.mark.xdist_group("site")
def test_every_document_is_in_the_navigation():
    navigation = (reader.REPOSITORY / "mkdocs.yml").read_text(encoding="utf-8")
    for path in (reader.REPOSITORY / "docs").rglob("*.md"):
        name = path.relative_to(reader.REPOSITORY / "docs").as_posix()
        assert re.search(rf"[:-] {re.escape(name)}$", navigation, re.MULTILINE), name


@pytest.mark.xdist_group("site")
def test_pages_load_nothing_from_elsewhere(site: Path):
    pages = list(site.rglob("*.html"))
    assert len(pages) > 10
    for page in pages:
        for loaded in LOADED.finditer(page.read_text(encoding="utf-8")):
            assert not ELSEWHERE.search(loaded[0]), f"{page.name}: {loaded[0]}"


@pytest.mark.xdist_group("site")
def test_the_reference_shows_everything_that_is_exported(site: Path):
    page = (site / "api" / "index.html").read_text(encoding="utf-8")
    shown = {
        each.rpartition(".")[2]
        for each in re.findall(r'id="((?:websocket_v6|compat_v5)\.[^"]+)"', page)
    }
    assert set(websocket_v6.__all__) - {"__version__"} - shown == set()
    used = {
        name
        for name in websocket_v6.testing.__all__
        if callable(getattr(websocket_v6.testing, name))
    }
    assert used - shown == set()
    for method in vars(websocket_v6.WebSocketClientProxy):
        assert method.startswith("_") or method in shown
