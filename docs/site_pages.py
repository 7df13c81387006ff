"""Hook of mkdocs: documents that live beside `docs/` become pages, and links between all of them hold.

GitHub and an editor follow links from file to file; the site has another layout.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

REPOSITORY = Path(__file__).parents[1]
PAGES = {
    "README.md": "readme.md",
    "README.ko.md": "readme.ko.md",
    "MIGRATION.md": "migration.md",
    "MIGRATION.ko.md": "migration.ko.md",
    "CHANGELOG.md": "changelog.md",
    "SECURITY.md": "security.md",
    "benchmarks/README.md": "benchmarks.md",
    "examples/notebook/README.md": "examples/notebook.md",
    "examples/qt_chart/README.md": "examples/qt-chart.md",
    "examples/testing_your_bot/README.md": "examples/testing-your-bot.md",
    "websocket_v6/testing/frames/README.md": "frames.md",
}
"""Path in the repository -> path in the site; `docs/X` is `X`."""
SOURCES = {site: source for source, site in PAGES.items()}
LINK = re.compile(r"(?<=\]\()(?P<target>[^)\s#:]+)(?=[#)])")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    for source, site in PAGES.items():
        text = (REPOSITORY / source).read_text(encoding="utf-8")
        files.append(File.generated(config, site, content=text))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    here = page.file.src_uri
    source = SOURCES.get(here, f"docs/{here}")

    def moved(match: re.Match[str]) -> str:
        goal = posixpath.normpath(posixpath.join(posixpath.dirname(source), match["target"]))
        site = PAGES.get(goal, goal.removeprefix("docs/"))
        if files.get_file_from_path(site) is None:
            return match["target"]
        return posixpath.relpath(site, posixpath.dirname(here) or ".")

    return LINK.sub(moved, markdown)
