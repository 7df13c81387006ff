"""Each exception from the security rules of the linter says why it is one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PACKAGES = ("websocket_v6", "compat_v5", "codemods", "benchmarks", "tests", "docs", "examples")
NOT_LINTED = ("examples/legacy_app", "tests/codemods/fixtures", "tests/cases")
"""As ``extend-exclude`` in pyproject.toml."""
EXCEPTION = re.compile(
    r"# (?:ruff: ?|flake8: ?)?noqa: ?(?:[A-Z]+\d+,? ?)*S\d{3}(?:,? ?[A-Z]+\d+)*(?P<reason>.*)"
)
IGNORED = re.compile(r"\"S(?:\d{1,3})?\"")
REASON = re.compile(r"\w{2}")


def bare_exceptions(text: str) -> list[int]:
    """Lines that except something without a reason after it."""
    return [
        number
        for number, line in enumerate(text.splitlines(), 1)
        if (found := EXCEPTION.search(line)) and not REASON.search(found["reason"])
    ]


def bare_settings(text: str) -> list[int]:
    """Lines of the linter's settings that leave a rule out without a comment there or above."""
    lines = text.splitlines()
    bare = []
    selecting = False
    for number, line in enumerate(lines, 1):
        selecting = line.startswith("select") or (selecting and not line.startswith("]"))
        setting, _, comment = line.partition("#")
        above = lines[number - 2] if number > 1 else ""
        if not selecting and IGNORED.search(setting):
            reason = comment or (above.lstrip().startswith("#") and above)
            if not reason or not REASON.search(reason):
                bare.append(number)
    return bare


@pytest.mark.parametrize("package", PACKAGES)
def test_a_security_exception_has_its_reason(package: str) -> None:
    bare = []
    for path in sorted((ROOT / package).rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if not name.startswith(NOT_LINTED):
            bare += [f"{name}:{line}" for line in bare_exceptions(path.read_text("utf-8"))]
    assert bare == []


def test_a_rule_left_out_for_a_folder_has_its_reason() -> None:
    assert bare_settings((ROOT / "pyproject.toml").read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("line", "is_bare"),
    [
        ("x()  # noqa: S101", True),
        ("x()  # noqa: S101 - ", True),
        ("x()  # noqa: E501, S101", True),
        ("x()  # noqa: S101, E501", True),
        ("# ruff: noqa: S101", True),
        ("x()  # noqa: S101 what is checked", False),
        ("x()  # noqa: S101, E501 - what is checked", False),
        ("x()  # noqa: E501", False),
    ],
)
def test_what_counts_as_a_reason(line: str, is_bare: bool) -> None:
    assert bool(bare_exceptions(line)) is is_bare


def test_what_counts_as_a_reason_in_the_settings() -> None:
    text = """select = [
  "S", "T",
]
"a/**" = ["S101"]
"b/**" = ["S101"] # a reason
# a reason
"c/**" = ["T201", "S101"]
  "S105",
"""
    assert bare_settings(text) == [4, 8]
