"""The chaos run itself: green on the real thing, red on deliberately broken builds."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from tests.reliability.chaos import ChaosRun
from tests.reliability.document import replace_section
from tests.reliability.report import Report
from tests.reliability.schedule import FAULTS, schedule
from websocket_v6._async import hub as hub_module
from websocket_v6._async.router import Router
from websocket_v6.protocol.pacing import RollingWindows
from websocket_v6.protocol.recent_trades import RecentTrades
from websocket_v6.protocol.session import Session

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
    # How fast it is back is a matter of the machine, and measured where nothing else runs.
    broken = [text for text in report.broken() if not text.startswith("fresh only")]
    assert broken == [], report.text()
    assert sum(report.faults.values()) >= 4
    assert report.survived == report.faults
    assert report.markdown().count("\n| ") > 20


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


def no_pacing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RollingWindows, "delay", lambda self, now: 0.0)


def no_verification(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Session, "list_reply", lambda self, reply: None)


def no_duplicate_filter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RecentTrades, "arrival", lambda self, identifier: None)


def no_finalizer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module.LocalHub, "release", lambda self, token, reason: None)
    monkeypatch.setattr(hub_module.LocalHub, "_object_gone", lambda self, key: None)


def swallowing_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    original = Router.on_message
    count = 0

    def on_message(self: Router, payload: bytes) -> None:
        nonlocal count
        count += 1
        with suppress(Exception):  # "except: pass" around a reader with a defect
            if count % 50 == 0:
                raise LookupError(f"frame {count}")
            original(self, payload)

    monkeypatch.setattr(Router, "on_message", on_message)


@pytest.mark.parametrize(
    ("sabotage", "fault", "finding"),
    [
        (no_pacing, "kill", "limits exceeded"),
        (no_duplicate_filter, "duplicate", "delivered twice"),
        (no_finalizer, "kill", "dead components"),
        (swallowing_reader, "kill", "trades lost"),
    ],
)
async def test_a_broken_build_is_found_out(
    monkeypatch: pytest.MonkeyPatch,
    sabotage: Callable[[pytest.MonkeyPatch], None],
    fault: str,
    finding: str,
) -> None:
    sabotage(monkeypatch)
    report = await run(3, 24.0, [fault], scale=10.0)
    assert any(finding in text for text in report.broken()), report.broken()


async def test_a_build_without_verification_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    no_verification(monkeypatch)
    report = await run(3, 50.0, ["lost_topic"], scale=10.0)
    assert any("0 repaired" in text for text in report.broken()), report.broken()
