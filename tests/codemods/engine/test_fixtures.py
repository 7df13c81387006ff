"""Each rule on small files stored as raw bytes: before, after, findings; the no-op cases first."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from codemods.registry import all_rules

if TYPE_CHECKING:
    from conftest import Migrate

FIXTURES = Path(__file__).parents[1] / "fixtures"
CASES = sorted(
    (folder for folder in FIXTURES.glob("UWS*/*") if folder.is_dir()),
    key=lambda folder: (not folder.name.startswith("noop"), str(folder)),
)
PATH = "app/module.py"


def listed(findings: list) -> str:
    lines = sorted((f.line, f.column, f.rule, f.outcome, f.message) for f in findings)
    return "".join(
        f"{line}:{column} {rule} {outcome} {message}\n"
        for line, column, rule, outcome, message in lines
    )


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: f"{folder.parent.name}-{folder.name}")
def test_fixture(folder: Path, migrate: Migrate) -> None:
    before, after = (folder / "before.py").read_bytes(), (folder / "after.py").read_bytes()
    if folder.name.startswith("noop"):
        assert before == after

    first = migrate({PATH: before})

    assert first.files[PATH] == after
    assert not first.failures
    expected = sorted((folder / "findings.txt").read_text().splitlines())
    assert sorted(listed(first.findings).splitlines()) == expected
    compile(after, PATH, "exec")
    assert migrate({PATH: after}).files[PATH] == after, "a second run changes nothing"


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.code)
def test_rule_is_described(rule) -> None:
    assert rule.examples
    assert rule.rationale.endswith(".")
    assert not rule.title.endswith(".")


def test_codes_are_unique() -> None:
    codes = [rule.code for rule in all_rules()]
    assert len(codes) == len(set(codes))


def test_every_change_is_announced(migrate: Migrate) -> None:
    for folder in CASES:
        before = (folder / "before.py").read_bytes()
        done = migrate({PATH: before})
        if done.files[PATH] != before:
            assert done.findings, folder
