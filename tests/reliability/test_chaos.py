"""The chaos run itself: green on the real thing, red on deliberately broken builds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.reliability import broken_builds
from tests.reliability import schedule as schedule_module
from tests.reliability.chaos import main
from tests.reliability.chaos_run import ChaosRun
from tests.reliability.document import replace_section
from tests.reliability.report import Report
from tests.reliability.schedule import FAULTS, Fault, schedule
from tests.reliability.strikes import Strikes
from websocket_v6.testing.faults import Faults

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


async def run(seed: int, seconds: float, faults: list[str], scale: float = 5.0) -> Report:
    chaos = ChaosRun(seed, seconds, scale, components=30)
    chaos.only = set(faults)
    chaos.report.allowance = 1.0  # other tests run beside this one
    return await chaos.run()


def test_a_schedule_is_its_seed_and_holds_every_kind() -> None:
    long = schedule(1, 600.0)
    assert long == schedule(1, 600.0)
    assert long != schedule(2, 600.0)
    for seed in range(20):
        found = {fault.kind.name for fault in schedule(seed, 600.0)}
        assert found == {kind.name for kind in FAULTS}


async def test_a_short_night_keeps_every_promise() -> None:
    quickly_healed = [kind.name for kind in FAULTS if (kind.bound or 0.0) < 4.0]
    report = await run(11, 50.0, quickly_healed)
    keeps(report)
    assert sum(report.faults.values()) >= 4
    assert report.markdown().count("\n| ") > 20


async def test_what_takes_long_to_heal_keeps_every_promise() -> None:
    report = await run(3, 85.0, ["lost_topic", "refused_429"], scale=10.0)
    keeps(report)
    assert set(report.faults) == {"lost_topic", "refused_429"}


def keeps(report: Report) -> None:
    # How fast it is back is a matter of the machine, and measured where nothing else runs.
    broken = [text for text in report.broken() if not text.startswith("fresh only")]
    assert broken == [], report.text()
    assert report.survived == report.faults


def test_tables_go_into_a_document(tmp_path: Path) -> None:
    document = tmp_path / "reliability.md"
    document.write_text("before\n<!-- chaos -->old<!-- /chaos -->\nafter\n", encoding="utf-8")
    replace_section(document, "chaos", "| a | b |")
    text = document.read_text(encoding="utf-8")
    assert "old" not in text
    assert "| a | b |" in text
    assert (text.startswith("before\n"), text.endswith("\nafter\n")) == (True, True)
    with pytest.raises(ValueError, match="no section soak"):
        replace_section(document, "soak", "")


@pytest.mark.parametrize(
    ("sabotage", "fault", "finding"),
    [
        (broken_builds.no_pacing, "kill", "limits exceeded"),
        (broken_builds.no_duplicate_filter, "duplicate", "delivered twice"),
        (broken_builds.no_finalizer, "kill", "dead components"),
        (broken_builds.swallowing_reader, "kill", "trades lost"),
        (broken_builds.no_imposed_wait, "refused_429", "imposed waits cut short: "),
        (broken_builds.no_imposed_wait, "too_many_request", "imposed waits cut short: "),
        (broken_builds.wait_of_one_connection, "refused_418", "waits cut short: ['private"),
        (broken_builds.forgetting("trade"), "kill", "trades lost"),
        (broken_builds.forgetting("orderbook"), "kill", "subscribed to again: ['orderbook "),
        (broken_builds.deaf_after_a_reconnect, "kill", "without frames: ['component-"),
        (broken_builds.slow_private_reconnect, "kill", "private data too late: kill"),
        (broken_builds.late_announcements, "slow_handshake", "gaps that nobody announced"),
    ],
)
async def test_a_broken_build_is_found_out(
    monkeypatch: pytest.MonkeyPatch,
    sabotage: Callable[[pytest.MonkeyPatch], None],
    fault: str,
    finding: str,
) -> None:
    sabotage(monkeypatch)
    report = await run(3, 30.0, [fault], scale=10.0)
    assert any(finding in text for text in report.broken()), report.broken()


async def test_a_build_without_verification_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    broken_builds.no_verification(monkeypatch)
    report = await run(3, 50.0, ["lost_topic"], scale=10.0)
    assert any("0 repaired" in text for text in report.broken()), report.broken()


async def without_teeth(
    monkeypatch: pytest.MonkeyPatch,
    strike: Callable[[Strikes, Fault], Awaitable[int]],
    kinds: set[str],
) -> Report:
    """A run in which each of *kinds* is nothing but *strike*, and nobody waits for its effects."""
    only = [replace(one, bound=one.bound and min(one.bound, 1.5)) for one in FAULTS]
    monkeypatch.setattr(schedule_module, "FAULTS", tuple(one for one in only if one.name in kinds))
    for name in kinds:
        monkeypatch.setattr(Strikes, name, strike)
    chaos = ChaosRun(3, 1.8 * len(kinds), 10.0, components=8)
    chaos.report.allowance = chaos.patience = 0.0
    chaos.settle = 0.5
    return await chaos.run()


async def test_a_fault_that_did_nothing_is_none_survived(monkeypatch: pytest.MonkeyPatch) -> None:
    async def nothing(self: Strikes, fault: Fault) -> int:
        return 1

    kinds = {kind.name for kind in FAULTS}
    report = await without_teeth(monkeypatch, nothing, kinds)
    assert {text.partition(" ")[0] for text in report.toothless} == kinds
    assert any(text.startswith("faults that did not bite: ") for text in report.broken())
    assert not report.faults
    assert not report.survived


async def test_a_fault_that_did_something_simpler_is_none_survived(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    simple = {"kill", "cut", "reset_in_a_frame"}
    kill = Strikes.kill
    kinds = {kind.name for kind in FAULTS} - simple
    report = await without_teeth(monkeypatch, kill, kinds)
    assert {text.partition(" ")[0] for text in report.toothless} == kinds
    assert not report.faults


async def test_a_topic_that_could_not_be_lost_is_not_repaired(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Faults, "forget", lambda self, *topic: 0)
    report = await run(3, 50.0, ["lost_topic"], scale=10.0)
    assert report.lost_topics == 0
    assert any("did not bite: lost_topic (the exchange hit nothing" in t for t in report.broken())


KEPT = ["--seed", "3", "--seconds", "24", "--scale", "10", "--components", "30"]


def test_the_command_writes_what_was_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = tmp_path / "reliability.md"
    document.write_text("<!-- chaos --><!-- /chaos -->", encoding="utf-8")
    picture = tmp_path / "chaos.svg"
    options = ["--only", "duplicate", "--allowance", "1.0", "--write", str(document)]
    assert main([*KEPT, *options, "--picture", str(picture)]) == 0
    assert "every promise was kept" in capsys.readouterr().out
    assert "| duplicate |" in document.read_text(encoding="utf-8")
    assert "</svg>" in picture.read_text(encoding="utf-8")


def test_the_command_fails_and_writes_nothing_when_a_promise_is_broken(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken_builds.no_duplicate_filter(monkeypatch)
    document = tmp_path / "reliability.md"
    document.write_text("<!-- chaos --><!-- /chaos -->", encoding="utf-8")
    assert main([*KEPT, "--only", "duplicate", "--write", str(document)]) == 1
    out = capsys.readouterr().out
    assert "BROKEN: " in out
    assert "every promise was kept" not in out
    assert document.read_text(encoding="utf-8") == "<!-- chaos --><!-- /chaos -->"
