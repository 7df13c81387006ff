"""The page: complete, self-contained, and safe with whatever the frames hold."""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from html import escape
from html.parser import HTMLParser
from pathlib import Path

import pytest

from compat_v5.parity import page as page_module
from compat_v5.parity.cli import add_prove_parser, run_prove
from compat_v5.parity.comparison import compare
from compat_v5.parity.page import page
from compat_v5.parity.plots import arrivals_plot, delay_plot
from compat_v5.parity.received import Topic
from compat_v5.parity.verdict import Difference, Kind, SideSummary, TopicResult, Verdict
from compat_v5.parity.wording import in_words
from tests.compat_v5.parity.streams import recording, ticker

FRAMES = [ticker(number) for number in range(50)]
VOID = {"meta", "br", "link", "img"}


class Balance(HTMLParser):
    """Fails on tags that are not closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None: ...

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_well_formed_and_loads_nothing() -> None:
    verdict = compare(recording("v5", FRAMES), recording("v6", FRAMES[:20] + FRAMES[21:]))
    text = page(verdict, title="A comparison", facts=[("Seed", "7")])
    parser = Balance()
    parser.feed(text)
    assert parser.open == []
    assert re.findall(r'(?:src|href)="', text) == []
    assert "DIFFERENT: 1 topic, 49 frames compared, 1 difference: missing" in text
    assert text.count("<svg") == 2


def test_text_from_frames_is_escaped() -> None:
    evil = [frame | {"code": "<b>&"} for frame in FRAMES]
    text = page(compare(recording("v5", evil), recording("v6", evil)), title="<script>")
    assert "<b>" not in text
    assert "<script>" not in text


def markup(place: str) -> str:
    return f"<script>{place}</script>\"'&"


PLACES = (
    *("title", "headline", "left label", "right label", "left socket", "right socket"),
    *("name of a fact", "value of a fact", "type", "symbol", "callback"),
    *("detail", "context", "defect", "about a defect", "detail of a defect", "note"),
)


@pytest.fixture
def page_of_markup(monkeypatch: pytest.MonkeyPatch) -> str:
    """A page with markup in every text that is not its own."""
    topic = Topic(markup("type"), markup("symbol"), markup("callback"))
    verdict = Verdict(
        left=SideSummary(markup("left label"), 1, {markup("left socket"): 1}, memory_bytes=1),
        right=SideSummary(markup("right label"), 1, {markup("right socket"): 1}, memory_bytes=1),
        topics=(
            TopicResult(
                topic,
                frames=(1, 1),
                snapshots=(0, 0),
                compared=1,
                arrivals=((0.0, 1.0), (0.5,)),
                delays=((0.1,), (0.2,)),
            ),
        ),
        differences=(
            Difference(Kind.VALUES, "v5", topic, 1, markup("detail"), (markup("context"),)),
            Difference(
                Kind.KEYS, "v5", topic, 1, markup("detail of a defect"), defect=markup("defect")
            ),
        ),
        notes=(markup("note"),),
    )
    monkeypatch.setattr(page_module, "headline", lambda verdict: markup("headline"))
    monkeypatch.setattr(page_module, "DEFECTS", {markup("defect"): markup("about a defect")})
    facts = [(markup("name of a fact"), markup("value of a fact"))]
    return page(verdict, title=markup("title"), facts=facts)


@pytest.mark.parametrize("place", PLACES)
def test_markup_is_shown_as_text_wherever_it_comes_from(place: str, page_of_markup: str) -> None:
    assert escape(markup(place)) in page_of_markup
    assert markup(place) not in page_of_markup


def test_no_markup_of_a_text_is_left(page_of_markup: str) -> None:
    """Not in a plot either, whatever a text says."""
    parser = Balance()
    parser.feed(page_of_markup)
    assert parser.open == []
    assert "<script" not in page_of_markup
    assert page_of_markup.count("<svg") == 2


def test_a_heading_is_escaped_as_well() -> None:
    assert "<h2>&lt;b&gt;</h2>" in page_module._section("<b>", ["text"])


PRINTS_MARKUP = """
import sys
print("<script>alert(1)</script>")
print("<script>alert(2)</script>", file=sys.stderr)
raise RuntimeError("<script>alert(3)</script><img src=x onerror=alert(4)>")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="such names do not exist there")
def test_what_a_program_prints_is_text_on_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for folder in ("before", "after"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "<b>.py").write_text(PRINTS_MARKUP, encoding="utf-8")
    parser = argparse.ArgumentParser()
    add_prove_parser(parser.add_subparsers())
    arguments = [f"--{folder}={tmp_path / folder}" for folder in ("before", "after")]
    arguments += ["--entry=<b>.py", "--frames=5", f"--html={tmp_path / 'report.html'}"]
    assert run_prove(parser.parse_args(["prove", *arguments])) == 1
    text = (tmp_path / "report.html").read_text("utf-8")
    assert "&lt;script&gt;alert(3)" in text, "how it ended is told"
    for piece in ("<script", "<img", "<b>"):
        assert piece not in text


def test_plots_of_nothing_are_plots() -> None:
    for plot in (arrivals_plot, delay_plot):
        assert plot(("v5", "v6"), ((), ())).startswith("<svg")
        assert plot(("v5", "v6"), ((0.0, 0.0), (0.0,))).endswith("</svg>")


def test_the_same_verdict_in_words() -> None:
    verdict = compare(recording("v5", FRAMES), recording("v6", FRAMES), at_least=50)
    words = in_words(verdict)
    assert words.startswith("SAME: 1 topic, 50 frames compared, no difference")
    assert "Differences" not in words
