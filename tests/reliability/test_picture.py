from __future__ import annotations

from xml.etree import ElementTree as ET

from tests.reliability.picture import svg
from tests.reliability.report import Recovery, Report

_SVG = "{http://www.w3.org/2000/svg}"


def _report(*recoveries: Recovery, seed: int = 1) -> Report:
    report = Report(seed, 600.0, 5.0, recoveries=list(recoveries))
    for one in recoveries:
        report.faults[one.kind] += 1
        report.survived[one.kind] += not report.is_late(one)
    return report


def _elements(picture: str, name: str) -> list[ET.Element]:
    root = ET.fromstring(picture)  # noqa: S314 - the picture is our own
    return list(root.iter(f"{_SVG}{name}"))


def _dots(picture: str) -> list[ET.Element]:
    return _elements(picture, "circle")


def _texts(picture: str) -> str:
    return "\n".join("".join(one.itertext()) for one in _elements(picture, "text"))


def test_every_recovery_of_every_run_has_a_dot() -> None:
    first = _report(Recovery("kill", 0.2, 1.5), Recovery("kill", 0.4, 1.5))
    second = _report(Recovery("half_open", 20.0, 26.5), seed=2)
    picture = svg([first, second])
    assert len(_dots(picture)) == 3
    assert "half open" in _texts(picture)
    assert "seeds 1, 2" in _texts(picture)


def test_the_longer_one_stands_further_right() -> None:
    dots = _dots(svg([_report(Recovery("kill", 0.2, 1.5), Recovery("kill", 1.4, 1.5))]))
    short, long = (float(dot.get("cx", "")) for dot in dots)
    assert short < long


def test_a_late_one_has_another_colour() -> None:
    in_time, late = _dots(svg([_report(Recovery("kill", 0.2, 1.5), Recovery("kill", 9.0, 1.5))]))
    assert in_time.get("fill") != late.get("fill")


def test_private_data_is_a_ring_also_where_public_data_must_not_be_interrupted() -> None:
    report = _report(Recovery("kill", 0.2, 1.5))
    report.faults["refused_401"] = 1
    report.private_recoveries = [Recovery("kill", 0.3, 1.5), Recovery("refused_401", 1.2, 3.0)]
    picture = svg([report])
    assert [dot.get("fill") == "none" for dot in _dots(picture)] == [False, True, True]
    assert "refused 401" in _texts(picture)
    assert "No interruption allowed" not in _texts(picture)


def test_one_that_never_recovered_stays_in_the_picture() -> None:
    (dot,) = _dots(svg([_report(Recovery("kill", float("inf"), 1.5))]))
    assert float(dot.get("cx", "")) <= 920


def test_faults_that_interrupt_nothing_are_counted_in_words() -> None:
    report = _report()
    report.faults["garbage"] = 2
    report.survived["garbage"] = 1
    assert "1 of 2" in _texts(svg([report]))


def test_an_empty_run_makes_a_picture() -> None:
    assert _dots(svg([_report()])) == []
