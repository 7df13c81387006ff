"""Two builds of one source are the same bytes."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("packaging")]


def test_two_builds_are_identical(build, source, distributions, tmp_path):
    again = tmp_path / "another place"
    shutil.copytree(source, again)
    for path in again.rglob("*"):  # a fresh clone has other file times
        os.utime(path, (1_000_000_000, 1_000_000_000))

    second = build(again, tmp_path / "dist")

    assert digest(second.wheel) == digest(distributions.wheel)
    assert digest(second.sdist) == digest(distributions.sdist)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
