"""Exceptions of callbacks: what is the same in another run, and what is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from compat_v5.parity.callback_failures import (
    CallbackFailure,
    failure_differences,
    failure_notes,
    read_failure,
)
from compat_v5.parity.received import ReceivedFrame, Recording, Topic

PROGRAM = Path("/srv/bot")


def entry(
    *,
    line: int = 12,
    function: str = "on_tick",
    error: str = "KeyError",
    file: str = "bot/chart.py",
    text: str | None = None,
) -> dict[str, object]:
    return {
        "failed": error,
        "callback": "Chart.on_tick",
        "data_type": "ticker",
        "text": text or f"{error}: 'data'",
        "frames": [
            [
                "/usr/lib/python3/site-packages/websocket_v6/_async/delivery.py",
                9,
                "Delivery._invoke",
            ],
            [file, line, function],
            ["/usr/lib/python3/json/decoder.py", 3, "decode"],
        ],
    }


def failure(**changed: object) -> CallbackFailure:
    return read_failure(entry(**changed), PROGRAM)  # type: ignore[arg-type]


def recording(label: str, failures: list[CallbackFailure], calls: int = 30) -> Recording:
    topic = Topic("ticker", "KRW-BTC", "Chart.on_tick")
    frames = tuple(ReceivedFrame(topic, "REALTIME", n, (), "") for n in range(calls))
    return Recording(label, frames, failures=tuple(failures))


def differences(
    before: list[CallbackFailure], after: list[CallbackFailure], calls: tuple[int, int] = (30, 30)
) -> list[tuple[int, str]]:
    sides = recording("before", before, calls[0]), recording("after", after, calls[1])
    return [(item.count, item.detail) for item in failure_differences(*sides)]


def notes(before: list[CallbackFailure], after: list[CallbackFailure]) -> list[str]:
    return list(failure_notes(recording("before", before), recording("after", after)))


def test_the_place_is_the_innermost_line_of_the_program() -> None:
    assert list(failure().lines()) == [
        'File "bot/chart.py", line 12, in on_tick',
        "KeyError: 'data'",
    ]
    absolute = failure(file="/srv/bot/bot/chart.py")
    assert absolute.places == failure().places


def test_without_a_line_of_the_program_the_library_is_named() -> None:
    elsewhere = read_failure(entry(file="/opt/other.py"), PROGRAM)
    assert elsewhere.places[-1].file == "decoder.py"


def test_a_line_that_moved_is_the_same_failure() -> None:
    assert differences([failure(line=12)] * 30, [failure(line=9)] * 30) == []


@pytest.mark.parametrize(
    "other", [{"function": "on_trade"}, {"error": "IndexError"}, {"file": "bot/other.py"}]
)
def test_another_class_or_place_is_a_difference(other: dict[str, object]) -> None:
    found = differences([failure()] * 30, [failure(**other)] * 30)
    assert [count for count, _ in found] == [30]
    assert "before, none did" in found[0][1]


def test_more_than_before_is_a_difference_unless_there_were_more_calls() -> None:
    assert differences([failure()] * 3, [failure()] * 30) == [
        (27, "after, Chart.on_tick: 30 of 30 calls raised KeyError in on_tick; before, 3 of 30 did")
    ]
    assert differences([failure()] * 3, [failure()] * 30, calls=(30, 57)) == []
    assert differences([failure()] * 30, [failure()] * 3) == []


@pytest.mark.parametrize(("before", "after"), [(9, 10), (3, 8), (28, 37), (2, 8)])
def test_what_fails_by_chance_fails_about_as_often(before: int, after: int) -> None:
    """A callback that needs what is built after its subscription fails until then."""
    calls = (101, 101)
    assert differences([failure()] * before, [failure()] * after, calls) == []
    assert notes([failure()] * before, [failure()] * after) == [
        f"Chart.on_tick raises KeyError in on_tick before ({before} times) and after ({after} times)"
    ]


@pytest.mark.parametrize(("before", "after"), [(50, 100), (101, 202), (1, 12)])
def test_what_fails_much_more_often_is_a_difference(before: int, after: int) -> None:
    calls = (202, 202)
    assert [n for n, _ in differences([failure()] * before, [failure()] * after, calls)] == [
        after - before
    ]


def test_what_says_something_else_is_a_difference_by_its_number_alone() -> None:
    other = [failure()] * 9 + [failure(text="KeyError: 'market'")]
    assert [count for count, _ in differences([failure()] * 9, other, (101, 101))] == [1]


def test_an_exception_of_several_lines_names_its_class() -> None:
    assert list(failure(error="shop.Invalid", text="see example.org").lines())[-1] == (
        "shop.Invalid: see example.org"
    )


def test_what_is_not_counted_is_told() -> None:
    assert notes([failure()], []) == [
        "Chart.on_tick raises KeyError in on_tick before (once) and no longer after"
    ]
