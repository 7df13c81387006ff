"""Whether Qt windows can be opened here: the extra `qt`, and what it loads from the system."""

from __future__ import annotations

import functools
import subprocess
import sys

import pytest


@functools.cache
def why_not() -> str | None:
    """The last line of what goes wrong; `None` where windows open.

    A process of its own looks: Qt changes how its host imports.
    """
    command = [sys.executable, "-c", "import PySide6.QtWidgets, qasync"]
    probe = subprocess.run(command, capture_output=True, text=True)
    return None if probe.returncode == 0 else probe.stderr.strip().rpartition("\n")[2]


def need_windows() -> None:
    """Skip the test where no window can be opened."""
    if problem := why_not():
        pytest.skip(f"no Qt here ({problem}): see the extra qt and .ci/install-qt-libraries")
