"""The soak in a tiny form: it reaches its figures, finds nothing that grows, and would find a leak."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reliability import soak
from tests.reliability.soak import Load, Result, Sample, SoakRun, main
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


def measured(*sizes: int | None) -> Result:
    """A soak that did all it had to, with these looks at memory (MiB)."""
    load = Load(samples=len(sizes))
    samples = [Sample(size and size * 2**20, 40_000, 2, 9) for size in sizes]
    result = Result(load, 1.0, load.frames, load.reconnects, load.subscriptions, samples)
    result.peaks = {"messages_per_second": 5, "messages_per_minute": 60, "connects_per_second": 1}
    return result


def test_the_table_shows_what_the_growth_was_measured_between() -> None:
    sizes = [30, 30, 30, 30, 30, *[40, 41, 55, 41], *[41] * 7, *[42, 41, 42, 70]]
    result = measured(*sizes)
    assert result.broken() == []
    rows = dict(result.rows())
    # The medians, and neither the first look (40) nor the last (70).
    assert rows["memory after the warm-up / at the end"] == "41.0 / 42.0 MiB (+2.4%)"
    assert rows["objects after the warm-up / at the end"] == "40,000 / 40,000 (+0.0%)"


def test_memory_that_grows_is_found() -> None:
    assert measured(*[30] * 10, *[40] * 10).broken() == ["memory grew by 33.3%"]


def test_memory_that_nobody_can_measure_is_not_called_flat() -> None:
    result = measured(*[None] * 20)
    assert result.broken() == ["memory could not be measured here"]
    assert dict(result.rows())["memory after the warm-up / at the end"] == "not measured"


@pytest.mark.parametrize(("last", "code"), [(40, 0), (50, 1)])
def test_only_a_soak_that_keeps_its_promises_is_written_down(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    last: int,
    code: int,
) -> None:
    async def soaked(self: SoakRun) -> Result:
        return measured(*[40] * 10, *[last] * 10)

    monkeypatch.setattr(soak.SoakRun, "run", soaked)
    document = tmp_path / "reliability.md"
    before = "<!-- soak --><!-- /soak -->"
    document.write_text(before, encoding="utf-8")
    assert main(["--write", str(document)]) == code
    assert (document.read_text(encoding="utf-8") == before) is bool(code)
    assert ("BROKEN: memory grew" in capsys.readouterr().out) is bool(code)
