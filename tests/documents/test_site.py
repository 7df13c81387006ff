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
pytestmark = pytest.mark.xdist_group("site")  # one of the processes builds it
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


def test_every_document_is_a_page_that_the_navigation_names(site: Path):
    navigation = (reader.REPOSITORY / "mkdocs.yml").read_text(encoding="utf-8")
    hook = (reader.REPOSITORY / "docs" / "site_pages.py").read_text(encoding="utf-8")
    moved = dict(re.findall(r'^    "([^"]+)": "([^"]+)",$', hook, re.MULTILINE))
    for path in reader.documents():
        name = moved.get(reader.name_of(path), reader.name_of(path).removeprefix("docs/"))
        assert re.search(rf"[:-] {re.escape(name)}$", navigation, re.MULTILINE), name
        page = name.removesuffix(".md")
        assert (site / ("" if page == "index" else page) / "index.html").exists(), name


def test_links_between_pages_lead_somewhere(site: Path):
    targets = 0
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        for target in re.findall(r'(?:href|src)="([^"#?:]+)[^":]*"', text):
            goal = site / target.lstrip("/") if target.startswith("/") else page.parent / target
            assert goal.exists(), f"{page.relative_to(site)}: {target}"
            targets += 1
    assert targets > 1000


def test_pages_load_nothing_from_elsewhere(site: Path):
    pages = list(site.rglob("*.html"))
    assert len(pages) > 10
    for page in pages:
        for loaded in LOADED.finditer(page.read_text(encoding="utf-8")):
            assert not ELSEWHERE.search(loaded[0]), f"{page.name}: {loaded[0]}"


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
