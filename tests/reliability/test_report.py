"""What a run's report calls a broken promise."""

from __future__ import annotations

from typing import Any

import pytest

from tests.reliability.oracle import Tally
from tests.reliability.report import Recovery, Report
from websocket_v6.testing import Peaks


def kept(**named: Any) -> Report:
    """A report with nothing to complain of, but for what is given."""
    recovery = Recovery("kill", 0.3, 1.5)
    report = Report(
        1,
        600.0,
        5.0,
        recoveries=[recovery],
        private_recoveries=[recovery],
        trades=Tally(owed=10, delivered=10),
        orders=Tally(owed=10, delivered=10),
        peaks=Peaks(5, 60, 2),
        metrics={"router_errors": 0, "requests_sent": 1, "list_requests_sent": 1, "connects": 2},
    )
    report.faults["kill"] = report.survived["kill"] = 1
    for name, value in named.items():
        setattr(report, name, value)
    return report


def test_a_run_that_kept_everything_has_nothing_broken() -> None:
    assert kept().broken() == []


@pytest.mark.parametrize(
    ("named", "finding"),
    [
        ({"toothless": ["garbage (decode_errors: 0, not 1)"]}, "did not bite: garbage (decode"),
        ({"recoveries": [Recovery("kill", 2.5, 1.5)]}, "fresh data too late: kill 2.5 s > 1.5 s"),
        ({"private_recoveries": [Recovery("cut", 9.5, 1.5)]}, "private data too late: cut 9.5 s"),
        ({"too_early": ["private 0.2 s after refused_429, not 10 s"]}, "imposed waits cut short"),
        ({"unheld": ["trade KRW-BTC after kill"]}, "nobody subscribed to again: ['trade KRW-BTC"),
        ({"unheard": ["component-7 (ticker KRW-BTC)"]}, "without frames: ['component-7"),
        ({"unannounced": ["7.0 s"]}, "gaps that nobody announced: ['7.0 s']"),
        ({"recoveries": []}, "was not measured: there was no kill"),
        ({"recoveries": [Recovery("half_open", 20.0, 26.5)]}, "was not measured"),
    ],
)
def test_what_is_not_kept_is_said(named: dict[str, Any], finding: str) -> None:
    broken = kept(**named).broken()
    assert any(finding in text for text in broken), broken


def test_a_run_without_faults_keeps_no_promise() -> None:
    report = kept()
    report.faults.clear()
    assert "no fault happened" in report.broken()


def test_a_run_of_some_kinds_may_leave_out_the_share_of_fresh_time() -> None:
    report = kept(partial=True, recoveries=[])
    assert report.broken() == []
    assert report.fresh_share() is None
    assert "not measured" in report.text()


def test_the_table_shows_both_connections() -> None:
    report = kept(private_recoveries=[Recovery("kill", 0.44, 1.5)])
    assert "| kill | 1 | 1 | 0.30 s | 1.5 s | 0.44 s | 1.5 s |" in report.markdown()
