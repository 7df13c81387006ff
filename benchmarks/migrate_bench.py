"""The migration tool over a generated tree: 138 kLOC in 540 files, 12 of which mention v5.

Goals: the dry run in at most 5 s; a file without a mention costs at most three times reading and testing
it; a file with one at most one libcst parse plus one full-metadata pass, and half as much again; the
command starts in at most 0.5 s.
"""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.rows import Row

__all__ = ["rows"]

FILES, HITS, LINES = 540, 12, 138_000
LEGACY = "upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5"
TOPIC = "migration tool"

_HEAD = """\
\"\"\"Module {number}: orders, positions and their bookkeeping.\"\"\"

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

logger = logging.getLogger(__name__)
"""

_BLOCK = """\


@dataclass
class Position{number}:
    \"\"\"What is held of one market.\"\"\"

    market: str
    volume: float = 0.0
    average: float = 0.0

    def buy(self, volume: float, price: float) -> None:
        total = self.volume + volume
        if total <= 0:
            raise ValueError(f"nothing is held of {{self.market}}: {{total!r}}")
        self.average = (self.average * self.volume + price * volume) / total
        self.volume = total
        logger.debug("bought", extra={{"market": self.market, "volume": volume}})

    async def settle(self, frames: list[dict[str, Any]]) -> float:
        result = 0.0
        for frame in frames:
            if frame.get("code") == self.market and frame["trade_price"] > self.average:
                result += (frame["trade_price"] - self.average) * self.volume
        return round(result, 8)
"""

_HIT = """\

from {legacy}.upbit_websocket_public_client import UpbitWebSocketPublicV5


class Watcher{number}:
    \"\"\"Follows the price of some markets.\"\"\"

    def __init__(self) -> None:
        self.client = None
        self.ids = []
        self.last = {{}}

    async def start(self, symbols: list[str]) -> None:
        self.client = UpbitWebSocketPublicV5()
        await self.client.connect()
        self.ids.append(await self.client.subscribe_ticker(symbols, self.on_ticker))

    async def on_ticker(self, symbol: str, data_type: str, data: dict[str, Any]) -> None:
        self.last[symbol] = data.get("trade_price", 0)

    async def stop(self) -> None:
        if self.client:
            for sub_id in self.ids:
                await self.client.unsubscribe(sub_id)
            await self.client.disconnect()
"""


def rows(runs: int = 3) -> list[Row]:
    """Every figure next to its goal."""
    with tree() as root:
        whole = [_seconds(lambda: _command("run", str(root))) for _ in range(runs)]
        start = [_seconds(lambda: _command("run", "--help")) for _ in range(runs)]
        missed = [_miss_ratio(root / "app/plain") for _ in range(runs)]
        hit = [_hit_ratio(root / "app/hits") for _ in range(runs)]
    name = f"dry run, {LINES // 1000} kLOC in {FILES} files, {HITS} hits"
    return [
        Row(TOPIC, name, min(whole), "s", 5.0, spread=(min(whole), max(whole))),
        Row(TOPIC, "start-up", min(start), "s", 0.5, spread=(min(start), max(start))),
        Row(
            TOPIC,
            "a file without a mention, to reading and testing it",
            min(missed),
            "x",
            3.0,
            spread=(min(missed), max(missed)),
        ),
        Row(
            TOPIC,
            "a file with one, to one libcst parse and full-metadata pass",
            min(hit),
            "x",
            1.5,
            spread=(min(hit), max(hit)),
        ),
    ]


@contextmanager
def tree() -> Iterator[Path]:
    """The generated tree, the same each time; removed afterwards."""
    root = Path(tempfile.mkdtemp(prefix="upbit-migrate-bench-"))
    try:
        generate(root, random.Random(1))  # noqa: S311 a tree, not a secret
        yield root
    finally:
        shutil.rmtree(root)


def generate(root: Path, random_source: random.Random) -> None:
    """Write the files; their sizes vary between half and one and a half of the mean."""
    for package in ("app", "app/plain", "app/hits"):
        (root / package).mkdir()
        (root / package / "__init__.py").write_text("", "utf-8")
    modules = FILES - 3
    mean = LINES / modules
    for number in range(modules):
        is_hit = number % (FILES // HITS) == 0 and number // (FILES // HITS) < HITS
        parts = [_HEAD.format(number=number)]
        if is_hit:
            parts.append(_HIT.format(legacy=LEGACY, number=number))
        lines = mean * random_source.uniform(0.5, 1.5)
        while sum(part.count("\n") for part in parts) < lines:
            parts.append(_BLOCK.format(number=len(parts)))
        name = f"app/hits/module_{number}.py" if is_hit else f"app/plain/module_{number}.py"
        (root / name).write_text("".join(parts), "utf-8")


def _command(*arguments: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "codemods", *arguments],
        check=False,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _miss_ratio(package: Path) -> float:
    """The cost of files without a mention to that of reading and testing them."""
    from codemods.legacy import NEEDLES

    files = sorted(package.glob("*.py"))

    def read_and_test() -> None:
        for file in files:
            content = file.read_bytes()
            if any(needle in content for needle in NEEDLES):
                raise AssertionError(file)

    return _dry_run(package) / min(_seconds(read_and_test) for _ in range(5))


def _hit_ratio(package: Path) -> float:
    """The cost of files with a mention to parsing them with libcst and computing their metadata."""
    from libcst import parse_module
    from libcst.metadata import (
        MetadataWrapper,
        ParentNodeProvider,
        PositionProvider,
        QualifiedNameProvider,
        ScopeProvider,
    )

    providers = (PositionProvider, ParentNodeProvider, ScopeProvider, QualifiedNameProvider)

    def parse_with_metadata() -> None:
        for file in package.glob("*.py"):
            wrapper = MetadataWrapper(parse_module(file.read_bytes()), unsafe_skip_copy=True)
            wrapper.resolve_many(providers)

    return _dry_run(package) / min(_seconds(parse_with_metadata) for _ in range(2))


def _dry_run(directory: Path) -> float:
    """Seconds of a dry run in this process, the best of several."""
    from codemods.options import Options
    from codemods.run import execute
    from codemods.targets import resolve_target

    target = resolve_target([str(directory)])
    return min(_seconds(lambda: execute(target, Options())) for _ in range(5))


def _seconds(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began
