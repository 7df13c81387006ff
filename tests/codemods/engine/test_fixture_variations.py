"""Every fixture under mechanical variations: the same verdict, or a weaker one with a reason."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from codemods.result import Finding, FindingOutcome
from codemods.source import SourceFile
from tests.codemods.engine.mechanical import VARIATIONS

if TYPE_CHECKING:
    from conftest import Migrate, Migration

FIXTURES = Path(__file__).parents[1] / "fixtures"
PATH = "app/module.py"
LEGACY_MEMBERS = {"connect", "disconnect", "is_connected", "get_status", "stats", "config"}


def source_of(folder: Path) -> str:
    """The fixture as text with plain line ends; how bytes survive is tested on the bytes."""
    parsed = SourceFile.parse(PATH, (folder / "before.py").read_bytes())
    text = parsed.text.replace("\r\n", "\n").expandtabs(4)
    return re.sub(r"coding[:=]", "was", text)  # read as UTF-8 from here on


CASES = sorted(folder for folder in FIXTURES.glob("UWS*/*") if folder.is_dir())


def rewritten(findings: list[Finding]) -> Counter[str]:
    return Counter(f.rule for f in findings if f.outcome is FindingOutcome.REWRITTEN)


def reasons(done: Migration) -> list[str]:
    """Why places stay, place by place."""
    return [f.message for f in done.findings if f.outcome is FindingOutcome.KEPT]


def legacy_members(done: Migration) -> int:
    """How often a member that only v5 has is asked for."""
    return sum(
        isinstance(node, ast.Attribute) and node.attr in LEGACY_MEMBERS
        for source in done.files.values()
        for node in ast.walk(ast.parse(source))
    )


@pytest.mark.parametrize("variation", VARIATIONS.values(), ids=VARIATIONS)
@pytest.mark.parametrize("folder", CASES, ids=lambda folder: f"{folder.parent.name}-{folder.name}")
def test_same_verdict_or_a_weaker_one(folder: Path, variation, migrate: Migrate) -> None:
    source = source_of(folder)
    files = variation(PATH, source)
    if files is None:
        return
    for path, text in files.items():
        compile(text, path, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    plain, varied = migrate({PATH: source}), migrate(files)

    assert not varied.failures
    assert migrate(varied.files).files == varied.files
    for path, result in varied.files.items():
        compile(result, path, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    if folder.name.startswith("noop"):
        assert varied.files == {path: text.encode() for path, text in files.items()}
    less = rewritten(plain.findings) - rewritten(varied.findings)
    more_left = legacy_members(varied) > legacy_members(plain)
    kept, kept_before = reasons(varied), reasons(plain)
    assert all(kept)
    if set(less) - {"UWS101"} or more_left:
        assert len(kept) > len(kept_before), f"{dict(less)} not rewritten, and no reason given"


def test_each_variation_applies_somewhere() -> None:
    for name, variation in VARIATIONS.items():
        applied = sum(variation(PATH, source_of(folder)) is not None for folder in CASES)
        assert applied >= 5, name
