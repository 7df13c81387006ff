"""The Qt example draws, on v6, as migrated by the tool, and unchanged on compat_v5."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.windows import need_windows
from websocket_v6.testing import ExchangeEmulator

EXAMPLE = Path(__file__).parents[2] / "examples" / "qt_chart"


@pytest.fixture(autouse=True)
def windows() -> None:
    need_windows()


async def run(folder: Path, *start: str) -> tuple[int | None, str, ExchangeEmulator]:
    async with ExchangeEmulator(rate=100.0) as exchange:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-W", "error", *start, "main.py", "--screenshot", "chart.png",
            "--points", "60", cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env=os.environ | {
                "QT_QPA_PLATFORM": "offscreen",
                "UPBIT_WS_URL": exchange.url,
                "UPBIT_V5_WARNINGS": "off",
            },
        )  # fmt: skip
        async with asyncio.timeout(60):
            output, _ = await process.communicate()
    return process.returncode, output.decode(), exchange


def line_pixels(picture: Path) -> int:
    """How much of the picture is neither background, grid nor shades of them."""
    from PySide6.QtGui import QImage

    image = QImage(str(picture))
    assert (image.width(), image.height()) == (640, 360)
    colours = (image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height()))
    return sum(colour.saturation() > 60 for colour in colours)


def check(folder: Path, code: int | None, output: str, exchange: ExchangeEmulator) -> None:
    assert code == 0, output
    found = re.fullmatch(r"(\d+) tickers, painted (\d+) times\n", output)
    assert found, output
    received, painted = map(int, found.groups())
    assert received >= 60
    assert painted < received  # one paint shows what several tickers changed
    assert line_pixels(folder / "chart.png") > 300
    assert exchange.opened("public") == 1


def copy(folder: Path, chart: Path) -> None:
    shutil.copy(EXAMPLE / "main.py", folder)
    shutil.copy(chart, folder / "chart.py")


async def test_the_chart_draws_and_ends_when_its_window_closes(tmp_path: Path) -> None:
    copy(tmp_path, EXAMPLE / "chart.py")
    check(tmp_path, *await run(tmp_path))


async def test_the_legacy_chart_draws_unchanged(tmp_path: Path) -> None:
    copy(tmp_path, EXAMPLE / "before" / "chart.py")
    check(tmp_path, *await run(tmp_path, "-m", "compat_v5"))


async def test_the_migrated_chart_draws(tmp_path: Path) -> None:
    copy(tmp_path, EXAMPLE / "before" / "chart.py")
    migration = subprocess.run(  # noqa: ASYNC221 - nothing else runs meanwhile
        [sys.executable, "-m", "codemods", "run", "chart.py", "--write"],
        cwd=tmp_path, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert migration.returncode == 0, migration.stderr
    source = (tmp_path / "chart.py").read_text(encoding="utf-8")
    assert "V5" not in source
    assert "compat_v5" not in source
    check(tmp_path, *await run(tmp_path))
