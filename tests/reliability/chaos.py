"""A night with everything going wrong, against a record of what should have arrived.

``python -m tests.reliability.chaos --seed 1 --seconds 600`` prints tables and exits non-zero when a promise
is broken; with ``--write FILE`` they also go into a document, and with ``--picture FILE`` the times to
fresh data into an SVG. Time is compressed: *scale* seconds of the exchange's and the client's clocks pass
in one.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from pathlib import Path

from tests.reliability.chaos_run import ChaosRun
from tests.reliability.document import replace_section
from tests.reliability.picture import draw
from tests.reliability.report import ALLOWANCE, Report
from tests.reliability.schedule import FAULTS

__all__ = ["main"]


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, nargs="+", default=[1], help="one run each")
    parser.add_argument("--seconds", type=float, default=600.0, help="of simulated time")
    parser.add_argument("--scale", type=float, default=5.0, help="simulated seconds per second")
    parser.add_argument("--components", type=int, default=100)
    parser.add_argument(
        "--only",
        nargs="+",
        choices=[kind.name for kind in FAULTS],
        metavar="KIND",
        help="kinds of faults to have, all by default",
    )
    parser.add_argument(
        "--allowance",
        type=float,
        default=ALLOWANCE,
        help="seconds of the wall clock that each bound is given for a machine that is busy",
    )
    parser.add_argument(
        "--write", type=Path, help="a document to put the tables into, if all is kept"
    )
    parser.add_argument("--picture", type=Path, help="an SVG of the times to fresh data")
    return parser.parse_args(argv)


def _run(arguments: argparse.Namespace, seed: int) -> Report:
    run = ChaosRun(seed, arguments.seconds, arguments.scale, arguments.components)
    run.only = set(arguments.only) if arguments.only else None
    run.report.allowance = arguments.allowance
    return asyncio.run(run.run())


def main(argv: list[str] | None = None) -> int:
    """Returns the exit code: 1 when a promise was broken."""
    arguments = _arguments(argv)
    logging.basicConfig(level=logging.CRITICAL)
    reports = []
    broken = 0
    for seed in arguments.seed:
        report = _run(arguments, seed)
        print(report.text(), flush=True)
        for text in report.broken():
            print(f"BROKEN: {text}", flush=True)
        broken += len(report.broken())
        reports.append(report)
    print("every promise was kept" if not broken else f"{broken} promises were broken")
    if arguments.picture:
        draw(reports, arguments.picture)
    if arguments.write and not broken:
        tables = "\n\n".join(report.markdown() for report in reports)
        replace_section(arguments.write, "chaos", tables)
    return 1 if broken else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
