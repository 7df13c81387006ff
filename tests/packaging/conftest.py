"""Build the distributions once per session and install the wheel into an empty environment.

Nothing here imports the project: what is tested is the built files alone.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
SOURCE_DATE_EPOCH = "1767225600"  # 2026-01-01: any fixed time makes two builds comparable
LEFT_OUT = shutil.ignore_patterns(
    ".git",
    ".venv*",
    "__pycache__",
    ".*_cache",
    ".hypothesis",
    "build",
    "dist",
    "site",
    "*.egg-info",
)


@dataclass(frozen=True, slots=True)
class Distributions:
    wheel: Path
    sdist: Path


@dataclass(frozen=True, slots=True)
class Installation:
    """An environment that holds the wheel and its runtime dependencies only."""

    python: Path
    elsewhere: Path
    """A working directory from which no source tree can be imported by accident."""

    def run(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.python), *arguments],
            cwd=self.elsewhere,
            env=clean_environment(),
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=60,
            check=check,
        )

    def script(self, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a console script of the environment, as a shell would find it."""
        suffix = ".exe" if os.name == "nt" else ""
        return subprocess.run(
            [str(self.python.with_name(name + suffix)), *arguments],
            cwd=self.elsewhere,
            env=clean_environment(),
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )


def clean_environment() -> dict[str, str]:
    """The environment without what would let a source tree or a user's site leak in."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return {**kept, "PYTHONNOUSERSITE": "1", "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"}


def build_distributions(source: Path, out: Path) -> Distributions:
    """Build the sdist, and the wheel *from that sdist*, as an index user without wheels would."""
    finished = subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(source)],
        env={**os.environ, "SOURCE_DATE_EPOCH": SOURCE_DATE_EPOCH},
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    (wheel,) = out.glob("*.whl")
    (sdist,) = out.glob("*.tar.gz")
    return Distributions(wheel, sdist)


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository: a build must neither need nor touch the working tree."""
    copy = tmp_path_factory.mktemp("source") / "repository"
    shutil.copytree(REPOSITORY, copy, ignore=LEFT_OUT)
    return copy


@pytest.fixture(scope="session")
def build() -> Callable[[Path, Path], Distributions]:
    return build_distributions


@pytest.fixture(scope="session")
def distributions(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Distributions:
    return build_distributions(source, tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="session")
def installation(
    distributions: Distributions, tmp_path_factory: pytest.TempPathFactory
) -> Installation:
    """The wheel in a fresh environment, with nothing but what it declares as required."""
    root = tmp_path_factory.mktemp("environment")
    venv.create(root / "venv", with_pip=True)
    python = root / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
    elsewhere = root / "elsewhere"
    elsewhere.mkdir()
    installed = Installation(python, elsewhere)
    finished = installed.run(
        "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
        "--constraint", str(REPOSITORY / "constraints.txt"), str(distributions.wheel),
        check=False,
    )  # fmt: skip
    assert finished.returncode == 0, finished.stderr
    return installed
