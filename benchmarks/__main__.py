"""`python -m benchmarks [--quick] [--only TOPIC] [--json FILE] [--plot FILE]`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from . import report
from .measurements import FULL, QUICK, Effort, cpu, live, migration, sharing, startup
from .process import MeasurementError
from .rows import Row

TOPICS: dict[str, Callable[[Effort], list[Row]]] = {
    "startup": startup.measure,
    "cpu": cpu.measure,
    "sharing": sharing.measure,
    "live": live.measure,
    "migration": migration.measure,
}
RESULTS = Path(__file__).parent / "results"


def main() -> int:
    """Exit 0: every goal met or within ten per cent; 1: one missed; 2: a measurement failed."""
    given = arguments()
    effort = QUICK if given.quick else FULL
    rows: list[Row] = []
    failed = False
    for topic in given.only or TOPICS:
        print(f"{topic} ...", file=sys.stderr, flush=True)
        try:
            rows += TOPICS[topic](effort)
        except MeasurementError as failure:
            failed = True
            rows.append(Row(topic, "measurement failed", None, "", note=str(failure)))
    about = report.machine()
    print(
        f"{about['processor']}, {about['cores']} cores, load {about['load']}, {about['system']}, "
        f"Python {about['python']}\n"
        + ", ".join(f"{name} {version}" for name, version in about["versions"].items())
    )
    print(f"{effort.runs} interleaved runs of {effort.frames:,} frames; ratios are of the minima\n")
    print(report.table(rows))
    name = "quick" if given.quick else "full"
    report.write_json(given.json or RESULTS / f"{name}.json", rows, name)
    if given.plot:
        from .plot import draw

        draw(rows, given.plot)
    if failed:
        return 2
    return 1 if any(row.verdict == "missed" for row in rows) else 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=main.__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter runs")
    parser.add_argument("--only", action="append", choices=TOPICS, help="one topic; repeatable")
    parser.add_argument("--json", type=Path, help="results file (default: benchmarks/results/)")
    parser.add_argument("--plot", type=Path, help="SVG or PNG of the figures; needs extra `bench`")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
