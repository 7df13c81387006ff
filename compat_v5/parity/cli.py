"""``upbit-migrate parity``, ``prove`` and ``demo``.

Exit codes: 0 the same, 1 different, 2 the command could not do what was asked.
"""

# ruff: noqa: T201 - a command line prints

from __future__ import annotations

import argparse
import asyncio
import json
import math
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compat_v5.whole_file import write_whole
from websocket_v6.exceptions import UpbitWebSocketError

from .endings import LISTEN, as_long_as
from .exceptions import ParityError
from .page import page
from .progress import Progress
from .verdict import Verdict
from .wording import in_words

if TYPE_CHECKING:
    from .demo import Migrate
    from .plan import Plan
    from .program import Run

__all__ = [
    "add_demo_parser",
    "add_parity_parser",
    "add_prove_parser",
    "run_demo",
    "run_parity",
    "run_prove",
]

SAME, DIFFERENT, ERROR, INTERRUPTED = 0, 1, 2, 130
PUBLIC_TYPES = ("ticker", "trade", "orderbook")
PRIVATE_TYPES = ("myOrder", "myAsset")
CLIENTS = 10  # measured for memory, as in the check of the migration guide

Subparsers = Any  # argparse names the class only privately


def add_parity_parser(sub: Subparsers) -> argparse.ArgumentParser:
    """Add ``parity`` to the subcommands *sub*."""
    parser: argparse.ArgumentParser = sub.add_parser(
        "parity",
        help="run a legacy client and a v6 proxy side by side and compare what they deliver",
        description="Run a legacy client and a v6 proxy side by side on one feed and compare "
        "frames, order, keys, exact values, first-data latency, sockets and memory.",
    )
    parser.add_argument(
        "--legacy",
        metavar="MODULE:CLASS",
        help="legacy client class, imported from the working directory "
        "(default: the class of compat_v5)",
    )
    parser.add_argument("--private", action="store_true", help="compare the private clients")
    parser.add_argument("--symbols", help="pairs (default: KRW-BTC, or all of the recording)")
    parser.add_argument(
        "--types",
        help="wire names, such as ticker,candle.1m (default: all but candles, or all of the "
        "recording)",
    )
    length = parser.add_mutually_exclusive_group()
    length.add_argument(
        "--frames", type=_count, help="per topic (default: 200, or the whole recording)"
    )
    length.add_argument("--duration", type=_seconds, metavar="SECONDS", help="instead of --frames")
    parser.add_argument(
        "--feed",
        default="emulator",
        metavar="emulator|FILE.jsonl|live",
        help="where frames come from; live is the exchange itself, public data only",
    )
    parser.add_argument("--speed", type=_seconds, default=1.0, help="of a recording")
    parser.add_argument("--memory", action="store_true", help="measure memory, too")
    _add_outputs(parser)
    return parser


def add_prove_parser(sub: Subparsers) -> argparse.ArgumentParser:
    """Add ``prove`` to the subcommands *sub*."""
    parser: argparse.ArgumentParser = sub.add_parser(
        "prove",
        help="run a program before and after its migration and compare what its callbacks get",
        description="Run two versions of a program, one after the other, against a local exchange "
        "that sends both the same frames, and compare every callback's deliveries. The programs "
        "get UPBIT_WS_URL, UPBIT_WS_TRACE and test keys in UPBIT_ACCESS_KEY and UPBIT_SECRET_KEY.",
    )
    parser.add_argument("--before", type=Path, required=True, metavar="DIR", help="v5 program")
    parser.add_argument("--after", type=Path, required=True, metavar="DIR", help="migrated program")
    parser.add_argument(
        "--entry",
        default="main.py",
        help="script, or -m MODULE, with its arguments (default: %(default)s)",
    )
    parser.add_argument(
        "--frames", type=_count, default=200, help="per topic (default: %(default)s)"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the frames (default: %(default)s)")
    parser.add_argument(
        "--time-limit",
        type=_seconds,
        default=120.0,
        metavar="SECONDS",
        help="for one run of the program (default: %(default)g)",
    )
    parser.add_argument(
        "--listen",
        type=_seconds,
        default=LISTEN,
        metavar="SECONDS",
        help="interrupt a program that goes on this long after its last delivery; what starts "
        "later than that is not seen (default: %(default)g)",
    )
    parser.add_argument(
        "--logs",
        type=Path,
        metavar="DIR",
        help="keep output and traces of both programs here (default: only if they differ)",
    )
    _add_outputs(parser)
    return parser


def add_demo_parser(sub: Subparsers) -> argparse.ArgumentParser:
    """Add ``demo`` to the subcommands *sub*."""
    parser: argparse.ArgumentParser = sub.add_parser(
        "demo",
        help="run an example v5 program, migrate it, run it on v6, compare",
        description="Run an example v5 program unchanged, migrate a copy of it, run the copy on "
        "v6, and compare what the callbacks of both received. Needs no network and no keys.",
    )
    parser.add_argument(
        "--work", type=Path, metavar="DIR", help="empty folder to work in (default: a fresh one)"
    )
    parser.add_argument(
        "--frames", type=_count, default=200, help="per callback (default: %(default)s)"
    )
    return parser


def run_parity(args: argparse.Namespace) -> int:
    """Run ``parity``; returns the exit code."""
    progress = Progress()
    return _guarded(lambda: _parity(args, progress), progress)


def run_prove(args: argparse.Namespace) -> int:
    """Run ``prove``; returns the exit code."""
    progress = Progress()
    return _guarded(lambda: _prove(args, progress), progress)


def run_demo(args: argparse.Namespace, migrate: Migrate) -> int:
    """Run ``demo``; returns the exit code.

    Args:
        migrate: ``migrate(root, *, write, report, diff)`` of the migration tool.
    """
    progress = Progress()
    return _guarded(lambda: _demo(args, migrate, progress), progress)


def _guarded(action: Callable[[], int], progress: Progress) -> int:
    """Run a command; what stops it becomes one line on stderr and exit code 2."""
    try:
        return action()
    except BrokenPipeError:  # of `| head`; the command line itself ends in silence
        raise
    except (UpbitWebSocketError, OSError) as error:
        progress.done()
        print(f"upbit-migrate: error: {error}", file=sys.stderr)
        return ERROR
    except KeyboardInterrupt:
        progress.done()
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    finally:
        progress.done()


def _parity(args: argparse.Namespace, progress: Progress) -> int:
    from .side_by_side import judge, measure_memory

    _check_outputs(args)
    plan = _plan(args)
    plan.check()
    spec = plan.legacy
    if args.memory and args.private:
        raise ParityError("--memory measures public clients", "Leave out --private")
    what = f"{', '.join(plan.types)} of {', '.join(plan.symbols)}"
    progress.step(f"{spec} beside v6, {plan.feed}: {what}")
    verdict = asyncio.run(judge(plan, progress.update))
    if args.memory:
        progress.step(f"memory of {CLIENTS} clients, each kind alone in a process of its own")
        verdict = asyncio.run(measure_memory(verdict, spec, CLIENTS))
    code = _tell(verdict, args, progress)
    _write_page(verdict, args, "Side by side: a legacy client and v6")
    return code


def _plan(args: argparse.Namespace) -> Plan:
    """The plan the options describe; a recording is compared as a whole unless they say otherwise."""
    from .legacy_client import DEFAULT_PRIVATE, DEFAULT_PUBLIC
    from .plan import EMULATOR, LIVE, Plan, recorded_topics

    available = None
    types: tuple[str, ...] = PRIVATE_TYPES if args.private else PUBLIC_TYPES
    symbols: tuple[str, ...] = ("KRW-BTC",)
    frames: int | None = 200
    if args.feed not in {EMULATOR, LIVE} and not args.private:
        available = recorded_topics(args.feed)
        types = tuple(sorted({topic.data_type for topic in available}))
        symbols = tuple(sorted({topic.symbol for topic in available}))
        frames = None
    return Plan(
        legacy=args.legacy or (DEFAULT_PRIVATE if args.private else DEFAULT_PUBLIC),
        symbols=symbols if args.symbols is None else _list(args.symbols),
        types=types if args.types is None else _list(args.types),
        private=args.private,
        frames=args.frames or (None if args.duration is not None else frames),
        duration=args.duration,
        feed=args.feed,
        speed=args.speed,
        available=available,
    )


def _prove(args: argparse.Namespace, progress: Progress) -> int:
    from .before_after import check_entry

    _check_outputs(args)
    for folder in (args.before, args.after):
        check_entry(folder, args.entry)
    logs = args.logs or Path(tempfile.mkdtemp(prefix="upbit-migrate-prove-"))
    try:
        logs.mkdir(parents=True, exist_ok=True)
        verdict = _run_both(args, logs, progress)
        code = _tell(verdict, args, progress)
    except BaseException:
        if args.logs is None:
            shutil.rmtree(logs)
        raise
    if code == SAME and args.logs is None:
        shutil.rmtree(logs)
    else:
        print(f"\noutput and traces of both programs: {logs}", file=sys.stderr)
    _write_page(verdict, args, "Before and after the migration")
    return code


def _run_both(args: argparse.Namespace, logs: Path, progress: Progress) -> Verdict:
    from .before_after import after_program, before_program, judge_runs
    from .program import run

    runs: list[Run] = []
    stay = 0.0
    for program in (
        before_program(args.before, args.entry),
        after_program(args.after, args.entry),
    ):
        progress.step(f"run {program.label}: {program.directory}")
        runs.append(
            asyncio.run(
                run(
                    program,
                    frames=args.frames,
                    seed=args.seed,
                    logs=logs,
                    time_limit=args.time_limit,
                    progress=progress.update,
                    listen=args.listen,
                    stay=stay,
                )
            )
        )
        stay = as_long_as(runs[0].ending)
    progress.step("compare, also with what the exchange sent")
    return asyncio.run(judge_runs(runs[0], runs[1], seed=args.seed))


def _demo(args: argparse.Namespace, migrate: Migrate, progress: Progress) -> int:
    from . import demo

    result = demo.run_demo(args.frames, demo.work_folder(args.work), migrate, progress)
    progress.done()
    migration = result.migration
    print(in_words(result.verdict, _terminal_width()))
    print(f"\nmigration  {demo.migration_words(migration)}")
    print(f"mentions   {migration.mentions_left} legacy mentions left")
    print(f"diff       {migration.diff_path}")
    print(f"report     {result.report}")
    return SAME if result.succeeded else DIFFERENT


def _tell(verdict: Verdict, args: argparse.Namespace, progress: Progress) -> int:
    progress.done()
    if args.json:
        print(json.dumps(verdict.to_json(), indent=2, ensure_ascii=False))
    else:
        print(in_words(verdict, _terminal_width()))
    return SAME if verdict.same else DIFFERENT


def _terminal_width() -> int | None:
    """``None`` where the verdict goes to a file or a pipe: there a sentence is one line."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def _write_page(verdict: Verdict, args: argparse.Namespace, title: str) -> None:
    """Done last: the verdict must be known even where a page of it cannot be."""
    if args.html is None:
        return
    try:
        write_whole(args.html, page(verdict, title=title).encode())
    except OSError as error:
        raise ParityError(
            f"--html {args.html} cannot be written: {error.strerror}", "Name another place"
        ) from error


def _add_outputs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="the verdict as JSON on stdout")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write the report as a page")


def _check_outputs(args: argparse.Namespace) -> None:
    """Raise before the long work what would fail after it."""
    if args.html is not None and not args.html.absolute().parent.is_dir():
        raise ParityError(f"--html {args.html}: no such folder", "Make it, or name another place")
    if args.html is not None and args.html.is_dir():
        raise ParityError(f"--html {args.html} is a folder", "Name a file in it")


def _list(text: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())


def _count(text: str) -> int:
    if not (text.isdecimal() and int(text) >= 1):
        raise argparse.ArgumentTypeError(f"{text!r} is not a count of at least 1")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return seconds
