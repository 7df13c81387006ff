"""What every test starts from: no settings and no keys of the machine it runs on."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in tuple(os.environ):
        if name.startswith(("UPBIT_",)):
            monkeypatch.delenv(name)
