"""An analysis that does not settle is refused; a half-known result is never used."""

from __future__ import annotations

import pytest

from codemods.exceptions import AnalysisIncomplete
from codemods.flow import analysis
from codemods.options import Options
from codemods.project import Project

FILES = {"module.py": b"from app.websocket_v5 import UpbitWebSocketPublicV5 as C\nc = C()\n"}


def test_exhausted_budget_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Project.load(FILES, Options(), ()).sources

    monkeypatch.setattr(analysis, "_ROUNDS", 0)

    with pytest.raises(AnalysisIncomplete, match="through 1 files"):
        Project.load(FILES, Options(), ())
