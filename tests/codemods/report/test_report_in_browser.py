"""The HTML report, opened in headless Chromium."""

from __future__ import annotations

import importlib.util
from datetime import UTC, datetime
from pathlib import Path

import pytest

from codemods.report.html import run_html
from codemods.result import Changed, Finding, FindingOutcome
from codemods.run import Run
from codemods.secrets import SecretText


def _browser() -> object:
    """The module beside this one: tests are no package."""
    path = Path(__file__).with_name("chromium.py")
    spec = importlib.util.spec_from_file_location("report_test_chromium", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


chromium = _browser()
EXECUTABLE = chromium.find_chromium()  # type: ignore[attr-defined]
pytestmark = pytest.mark.skipif(
    EXECUTABLE is None, reason="no Chromium here; .ci/install-chromium installs Debian's"
)

MARKUP = "<script>document.title = 'owned'; console.error('owned')</script>"
NAME = "</details><img src=x onerror=console.error('owned')>.py"


@pytest.fixture
def report(tmp_path: Path) -> Path:
    """Three files, two of them changed, markup planted in names, code and messages."""

    def changed(path: str, *findings: tuple[str, FindingOutcome]) -> Changed:
        before = f'x = """{MARKUP}"""\nimport websocket_v5\n'.encode()
        found = tuple(
            Finding(rule, outcome, path, 2, 1, f"message {MARKUP}", ("first", MARKUP))
            for rule, outcome in findings
        )
        return Changed(path, before, before.replace(b"v5", b"v6"), found)

    rewritten, kept = FindingOutcome.REWRITTEN, FindingOutcome.KEPT
    run = Run(
        root=tmp_path,
        target_package="websocket_v6",
        is_written=False,
        outcomes=(
            changed(NAME, ("UWS101", rewritten), ("UWS120", kept)),
            changed("src/b.py", ("UWS101", rewritten)),
        ),
        skipped=(),
        mentions=(),
        file_count=3,
        secret_text=SecretText(),
        journal=None,
        seconds=0.1,
    )
    now = datetime(2026, 1, 2, tzinfo=UTC)
    path = tmp_path / "report.html"
    path.write_text(run_html(run, tool_version="6", now=now, show_secrets=False), "utf-8")
    return path


SHOWN = (
    "[...document.querySelectorAll('#finding-list > .finding')].filter(e => e.checkVisibility())"
)


async def test_the_report_works_in_a_browser(report: Path, tmp_path: Path) -> None:
    async with chromium.open_page(EXECUTABLE, tmp_path / "profile") as page:  # type: ignore[attr-defined]
        await page.load(report.as_uri())
        title = await page.evaluate("document.title")
        assert title.startswith("upbit-migrate: ")
        assert await page.evaluate(f"{SHOWN}.length") == 3

        await page.click(".chip.kept")
        assert await page.evaluate(f"{SHOWN}.map(e => e.dataset.rule)") == ["UWS120"]
        assert await page.evaluate("document.getElementById('shown-count').textContent") == "1 of 3"
        await page.click(".chip.kept")
        await page.click("#filter-file")
        await page.type("SRC/")
        assert await page.evaluate(f"{SHOWN}.map(e => e.dataset.path)") == ["src/b.py"]
        await page.type("nothing")
        assert await page.evaluate("document.getElementById('none-shown').checkVisibility()")
        await page.evaluate(
            "(() => { const f = document.getElementById('filter-file'); f.value = '';"
            "f.dispatchEvent(new Event('input'));"
            "const r = document.getElementById('filter-rule'); r.value = 'UWS120';"
            "r.dispatchEvent(new Event('change')); })()"
        )
        assert await page.evaluate(f"{SHOWN}.length") == 1

        await page.click("#finding-list > .finding:not([hidden]) .reasons summary")
        assert await page.evaluate(
            "document.querySelector('#finding-list .reasons[open] li').checkVisibility()"
        )

        diff = "document.querySelector('details.file .diff .both .new').checkVisibility()"
        assert not await page.evaluate(diff)
        await page.click("details.file > summary")
        assert await page.evaluate(diff)
        text = "document.querySelector('details.file .diff .both .new').textContent"
        assert await page.evaluate(text) == "import websocket_v6"
        await page.click("details.file > summary")
        await page.click("#finding-list > .finding:not([hidden]) a.place")
        assert await page.evaluate(diff)

        assert await page.evaluate("document.title") == title
        assert page.console == []
        assert [url for url in page.requests if not url.startswith(("file:", "data:"))] == []


async def test_the_report_is_readable_without_scripts(report: Path, tmp_path: Path) -> None:
    async with chromium.open_page(EXECUTABLE, tmp_path / "profile") as page:  # type: ignore[attr-defined]
        await page.load(report.as_uri(), scripts=False)
        assert await page.evaluate(f"{SHOWN}.length") == 3
        assert not await page.evaluate("document.getElementById('filters').checkVisibility()")
        await page.click("details.file > summary")
        text = "document.querySelector('details.file .diff .both .old')"
        assert await page.evaluate(f"{text}.checkVisibility()")
        assert page.console == []
