"""What every test starts from: no settings and no keys of the machine it runs on."""

from __future__ import annotations

import os
import signal

import hypothesis
import pytest


def pytest_configure() -> None:
    """A shell's background job ignores the interrupt, and so would the programs that tests interrupt."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # How long one example takes is the machine's affair. The rest stays as it was chosen.
    hypothesis.settings.register_profile("suite", hypothesis.settings(), deadline=None)
    hypothesis.settings.load_profile("suite")


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in tuple(os.environ):
        if name.startswith(("UPBIT_",)):
            monkeypatch.delenv(name)
