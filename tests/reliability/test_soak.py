"""The soak in a tiny form: it reaches its figures, finds nothing that grows, and would find a leak."""

from __future__ import annotations

import pytest

from tests.reliability.soak import Load, Result, SoakRun
from websocket_v6._async.router import Router

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

TINY = Load(frames=40_000, reconnects=4, subscriptions=400, samples=8)


async def run() -> Result:
    return await SoakRun(TINY).run()


async def test_a_tiny_soak_is_flat() -> None:
    result = await run()
    # Bytes take longer than this to settle; objects show what is kept at once.
    broken = [text for text in result.broken() if not text.startswith("memory grew")]
    assert broken == [], result.samples
    assert result.growth


async def test_a_leak_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    leaked = []
    on_message = Router.on_message

    def leaking(self: Router, payload: bytes) -> None:
        leaked.append([payload])
        on_message(self, payload)

    monkeypatch.setattr(Router, "on_message", leaking)
    result = await run()
    assert any("objects grew" in text for text in result.broken()), result.samples
