"""Run the real engine over files given as ``{path: bytes}``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pytest

from codemods.engine import rewrite
from codemods.gate import relevant
from codemods.index import build_index
from codemods.options import Options
from codemods.result import Changed, Failed, Finding


@dataclass
class Migration:
    """What a run made of a project."""

    files: dict[str, bytes]
    findings: list[Finding]
    failures: list[Failed]

    def text(self, path: str = "app/module.py") -> str:
        return self.files[path].decode()

    def rules(self, outcome: str) -> set[str]:
        return {finding.rule for finding in self.findings if finding.outcome == outcome}


Migrate = Callable[..., Migration]


def run(files: Mapping[str, bytes | str], options: Options | None = None) -> Migration:
    options = options or Options()
    given = {path: body.encode() if isinstance(body, str) else body for path, body in files.items()}
    chosen = {path: given[path] for path in relevant(given)}
    index = build_index(chosen, options, given)
    done = Migration(dict(given), [], [])
    for path, source in chosen.items():
        outcome = rewrite(path, source, index, options)
        if isinstance(outcome, Failed):
            done.failures.append(outcome)
            continue
        done.findings += outcome.findings
        if isinstance(outcome, Changed):
            assert outcome.before == source
            done.files[path] = outcome.after
    return done


@pytest.fixture
def migrate() -> Migrate:
    return run
