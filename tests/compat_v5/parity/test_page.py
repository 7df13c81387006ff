"""The page: complete, self-contained, and safe with whatever the frames hold."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from compat_v5.parity.comparison import compare
from compat_v5.parity.page import page
from compat_v5.parity.plots import arrivals_plot, delay_plot
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


def test_plots_of_nothing_are_plots() -> None:
    for plot in (arrivals_plot, delay_plot):
        assert plot(("v5", "v6"), ((), ())).startswith("<svg")
        assert plot(("v5", "v6"), ((0.0, 0.0), (0.0,))).endswith("</svg>")


def test_the_same_verdict_in_words() -> None:
    verdict = compare(recording("v5", FRAMES), recording("v6", FRAMES), at_least=50)
    words = in_words(verdict)
    assert words.startswith("SAME: 1 topic, 50 frames compared, no difference")
    assert "Differences" not in words
