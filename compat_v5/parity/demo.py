"""The whole way on one example: run a v5 program, migrate it, run it again, compare."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from compat_v5.whole_file import write_whole

from .before_after import after_program, before_program, judge_runs
from .exceptions import ParityError
from .page import page
from .program import run
from .progress import Progress
from .verdict import Verdict

__all__ = [
    "Demo",
    "Migrate",
    "Migration",
    "legacy_app",
    "migration_words",
    "run_demo",
    "work_folder",
]

ENTRY = "main.py"
SEED = 7
TIME_LIMIT = 45.0  # seconds for one run of the program
SPARE = 20  # the feed goes on this many times longer than the program needs


class Migration(Protocol):
    """What the migration tool says about a run of it."""

    files_changed: int
    sites_rewritten: int
    kept: int
    mentions_left: int
    diff_path: Path | None
    exit_code: int


Migrate = Callable[..., Migration]


@dataclass(frozen=True, slots=True)
class Demo:
    """What the demo found: the verdict, what the tool did, and where everything lies."""

    verdict: Verdict
    migration: Migration
    work: Path
    report: Path

    @property
    def succeeded(self) -> bool:
        """No difference, and no failure of the tool; marks it left in the code are no failure."""
        return self.verdict.same and self.migration.exit_code in {0, 1}


def migration_words(migration: Migration) -> str:
    """What the tool did, in one line."""
    return (
        f"{migration.files_changed} files changed, {migration.sites_rewritten} sites rewritten, "
        f"{migration.kept} kept on compat_v5"
    )


def legacy_app() -> Path:
    """The example application: package data in an installation, ``examples/`` in a checkout.

    Raises:
        ParityError: it is in neither place.
    """
    here = Path(__file__).resolve().parent
    for candidate in (here / "legacy_app", here.parents[1] / "examples" / "legacy_app"):
        if (candidate / ENTRY).is_file():
            return candidate
    raise ParityError(
        "the example application was not installed", "Reinstall the package upbit-websocket-v6"
    )


def work_folder(wanted: Path | None) -> Path:
    """The folder to work in: *wanted*, which must be empty or not exist yet, or a fresh one.

    Raises:
        ParityError: the folder holds something, or cannot be made.
    """
    if wanted is None:
        return Path(tempfile.mkdtemp(prefix="upbit-migrate-demo-"))
    try:
        wanted.mkdir(parents=True, exist_ok=True)
        if any(wanted.iterdir()):
            raise ParityError(f"--work {wanted} is not empty", "Name a new or an empty folder")
        (wanted / ".probe").touch()
        (wanted / ".probe").unlink()
    except OSError as error:
        raise ParityError(
            f"--work {wanted} cannot be used ({error.strerror or error})",
            "Name a folder you may write to",
        ) from error
    return wanted


def run_demo(frames: int, work: Path, migrate: Migrate, progress: Progress) -> Demo:
    """Run the demo in *work*, an empty folder.

    Args:
        frames: REALTIME frames every public callback of the program waits for.
        migrate: ``migrate(root, write=True, report=..., diff=...)`` of the migration tool.

    Raises:
        ParityError: the demo could not be run.
    """
    work = work.resolve()
    before_folder, after_folder = work / "before", work / "after"
    for folder in (before_folder, after_folder):
        shutil.copytree(legacy_app(), folder, ignore=shutil.ignore_patterns("__pycache__"))
    entry = f"{ENTRY} {frames}"
    observe = partial(
        run,
        frames=frames * SPARE,
        seed=SEED,
        logs=work,
        time_limit=TIME_LIMIT,
        progress=progress.update,
    )
    progress.step(f"[1/4] run the v5 program unchanged on compat_v5  {before_folder}")
    before = asyncio.run(observe(before_program(before_folder, entry)))
    progress.step(f"[2/4] migrate a copy of it                       {after_folder}")
    migration = migrate(
        after_folder, write=True, report=work / "migration.html", diff=work / "migration.diff"
    )
    progress.step("[3/4] run the migrated program on v6")
    after = asyncio.run(observe(after_program(after_folder, entry)))
    progress.step("[4/4] compare what their callbacks received")
    verdict = asyncio.run(judge_runs(before, after, seed=SEED, at_least=frames // 2))
    report = work / "report.html"
    facts = [
        ("Migration", migration_words(migration)),
        ("Mentions", f"{migration.mentions_left} legacy mentions left"),
    ]
    write_whole(report, page(verdict, title="Before and after the migration", facts=facts).encode())
    return Demo(verdict, migration, work, report)
