"""An emulator in its own process, for programs and commands of the documents."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.documents.reader import REPOSITORY
from websocket_v6.testing import TEST_ACCESS_KEY, TEST_SECRET_KEY


@pytest.fixture(scope="session")
def emulator_url() -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "websocket_v6", "emulator", "--rate", "100"],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        word, _, url = process.stdout.readline().strip().partition(" ")
        assert word == "listening"
        yield url
    finally:
        process.terminate()
        process.wait(timeout=10)
        process.stdout.close()


@pytest.fixture(scope="session")
def environment(emulator_url: str) -> dict[str, str]:
    """What a program needs to run here as it would against the exchange."""
    return {
        **os.environ,
        "PATH": os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", "")]),  # noqa: PTH120 - resolving would leave the environment
        "PYTHONUTF8": "1",
        "NO_COLOR": "1",
        "UPBIT_WS_URL": emulator_url,
        "UPBIT_ACCESS_KEY": TEST_ACCESS_KEY,
        "UPBIT_SECRET_KEY": TEST_SECRET_KEY,
        "UPBIT_V5_WARNINGS": "off",
        "DESK_FRAMES": "5",
    }
