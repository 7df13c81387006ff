"""The chaos run itself: green on the real thing, red on deliberately broken builds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.reliability.chaos import ChaosRun, Report
from tests.reliability.schedule import FAULTS, schedule
from websocket_v6._async import hub as hub_module
from websocket_v6._async.router import Router
from websocket_v6.protocol.pacing import RollingWindows
from websocket_v6.protocol.recent_trades import RecentTrades
from websocket_v6.protocol.session import Session

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


async def run(seed: int, seconds: float, faults: list[str], **more: Any) -> Report:
    chaos = ChaosRun(seed, seconds, scale=5.0, components=more.get("components", 30))
    chaos.only = set(faults) or None
    return await chaos.run()


def test_a_schedule_is_its_seed_and_holds_every_kind() -> None:
    long = schedule(1, 600.0)
    assert long == schedule(1, 600.0)
    assert long != schedule(2, 600.0)
    assert {fault.kind.name for fault in long} == {kind.name for kind in FAULTS}


async def test_a_short_night_keeps_every_promise() -> None:
    report = await run(7, 60.0, [])
    assert report.broken() == [], report.table()
    assert sum(report.faults.values()) >= 3


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
    original = Router._fan_out
    count = 0

    def fan_out(self: Router, *arguments: Any) -> None:
        nonlocal count
        count += 1
        try:
            if count % 500 == 0:
                raise KeyError("a defect")
            original(self, *arguments)
        except Exception:  # noqa: S110 - the sabotage
            pass

    monkeypatch.setattr(Router, "_fan_out", fan_out)


@pytest.mark.parametrize(
    ("sabotage", "faults", "finding"),
    [
        (no_pacing, ["kill"], "limits exceeded"),
        (no_verification, ["lost_topic"], "repaired"),
        (no_duplicate_filter, ["duplicate"], "delivered twice"),
        (no_finalizer, ["kill"], "dead components"),
        (swallowing_reader, ["kill"], "trades lost"),
    ],
)
async def test_a_broken_build_is_found_out(
    monkeypatch: pytest.MonkeyPatch,
    sabotage: Callable[[pytest.MonkeyPatch], None],
    faults: list[str],
    finding: str,
) -> None:
    sabotage(monkeypatch)
    report = await run(3, 45.0, faults)
    assert any(finding in text for text in report.broken()), report.broken()
