"""A verdict in words: on a terminal of 80 columns, and in a file."""

from __future__ import annotations

import dataclasses

import pytest

from compat_v5.parity.endings import exit_words
from compat_v5.parity.page import page
from compat_v5.parity.received import Topic
from compat_v5.parity.verdict import Difference, Kind, SideSummary, TopicResult, Verdict
from compat_v5.parity.wording import in_words

TICKER = Topic("ticker", "KRW-BTC", "Chart.on_tick")
LONG = Topic("candle.240m", "KRW-BTC", "MarketDataCollector.start.<locals>.remember_every_candle")
FAILED = exit_words(1, ("    File 'main.py', line 3", "        stop()", "    KeyError: 'a'"))
SENTENCE = "a note of many words " * 10


def verdict(*topics: Topic, timed: bool = False) -> Verdict:
    first_data = (0.0123, 1.5) if timed else (None, None)
    return Verdict(
        left=SideSummary("before", 400, {"public": 1, "private": 1}),
        right=SideSummary("after", 400, {"public": 1, "private": 1}),
        topics=tuple(
            TopicResult(topic, (10_000, 10_000), (1, 1), 10_000, (10, 0), first_data=first_data)
            for topic in topics
        ),
        differences=(
            Difference.of_side(Kind.FAILED, "after", f"after: {FAILED}"),
            Difference(Kind.MISSING, "after", TICKER, 3, SENTENCE.strip(), ("    # id",)),
        ),
        notes=(SENTENCE.strip(),),
    )


@pytest.mark.parametrize("timed", [False, True])
def test_no_line_is_wider_than_the_terminal(timed: bool) -> None:
    text = in_words(verdict(TICKER, LONG, timed=timed), 80)
    assert max(map(len, text.splitlines())) <= 80
    assert " ".join(text.split()).count(SENTENCE.strip()) == 2


def test_a_long_name_has_a_line_of_its_own() -> None:
    lines = in_words(verdict(TICKER, LONG)).splitlines()
    place = lines.index(str(LONG))
    short = next(line for line in lines if line.startswith(str(TICKER)))
    assert lines[place + 1].split() == short.removeprefix(str(TICKER)).split()
    assert len(lines[place + 1]) == len(short)


def test_in_a_file_a_sentence_is_one_line() -> None:
    lines = in_words(verdict(TICKER)).splitlines()
    assert f"  - {SENTENCE.strip()}" in lines
    assert f"  missing      {SENTENCE.strip()}" in lines


def test_further_lines_of_a_sentence_stand_below_its_first_word() -> None:
    lines = in_words(verdict(TICKER), 60).splitlines()
    place = next(i for i, line in enumerate(lines) if line.startswith("  missing "))
    assert lines[place + 1].startswith(" " * 15)
    assert lines[place + 1][15] != " "


def test_a_terminal_too_narrow_for_anything_still_gets_the_words() -> None:
    assert SENTENCE.strip() in " ".join(in_words(verdict(TICKER), 5).split())


def test_last_words_keep_their_lines() -> None:
    only = dataclasses.replace(verdict(TICKER), notes=())
    wanted = ["File 'main.py', line 3", "    stop()", "KeyError: 'a'"]
    lines = in_words(only, 80).splitlines()
    place = lines.index("  failed       after: ended with exit code 1; its last words:")
    assert lines[place + 1 : place + 4] == [f"    {line}" for line in wanted]
    shown = page(only, title="Proof").replace("&#x27;", "'")
    assert "<pre>" + "\n".join(wanted) + "</pre>" in shown
    assert only.to_json()["differences"][0]["context"] == tuple(wanted)
