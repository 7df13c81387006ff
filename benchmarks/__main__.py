"""`python -m benchmarks [--quick] [--only TOPIC] [--json FILE] [--publish]`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from . import publish, report
from .measurements import FULL, QUICK, Effort, cpu, live, migration, peers, sharing, startup
from .process import MeasurementError
from .rows import Row

TOPICS: dict[str, Callable[[Effort], list[Row]]] = {
    "startup": startup.measure,
    "cpu": cpu.measure,
    "peers": peers.measure,
    "sharing": sharing.measure,
    "live": live.measure,
    "migration": migration.measure,
}
HERE = Path(__file__).parent
RESULTS = HERE / "results"
PICTURE = HERE.parent / "docs" / "pictures" / "benchmarks.svg"


def main() -> int:
    """Exit 0: every goal met or within ten per cent; 1: one missed; 2: a measurement failed."""
    given = arguments()
    effort = QUICK if given.quick else FULL
    rows: list[Row] = []
    failed = False
    soak = live.Soak(effort) if not given.only or "live" in given.only else None
    for topic in given.only or TOPICS:
        print(f"{topic} ...", file=sys.stderr, flush=True)
        try:
            rows += TOPICS[topic](effort)
        except MeasurementError as failure:
            failed = True
            rows.append(failed_row(topic, failure))
    if soak is not None:
        print("the rest of the long run ...", file=sys.stderr, flush=True)
        try:
            rows += soak.rows()
        except MeasurementError as failure:
            failed = True
            rows.append(failed_row("live", failure))
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
    if given.publish:
        from .plot import draw

        draw(rows, PICTURE)
        publish.write_readme(HERE / "README.md", rows, effort.runs)
        publish.write_scale(HERE.parent / "docs" / "scale.md", rows)
    if failed:
        return 2
    return 1 if any(row.verdict == "missed" for row in rows) else 0


def failed_row(topic: str, failure: MeasurementError) -> Row:
    print(failure, file=sys.stderr)
    last = str(failure).strip().splitlines()[-1:]
    return Row(topic, "measurement failed", None, "", note=last[0] if last else "no output")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=main.__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter runs")
    parser.add_argument("--only", action="append", choices=TOPICS, help="one topic; repeatable")
    parser.add_argument("--json", type=Path, help="results file (default: benchmarks/results/)")
    parser.add_argument(
        "--publish",
        action="store_true",
        help="put the figures into benchmarks/README.md and docs; needs the extra `bench`",
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
