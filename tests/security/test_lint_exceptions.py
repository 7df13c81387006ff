"""Each exception from the security rules of the linter says why it is one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
EXCEPTION = re.compile(r"# noqa: (?:[A-Z]+\d+, ?)*S\d{3}(?:, ?[A-Z]+\d+)*(?P<reason>.*)")


@pytest.mark.parametrize("package", ["websocket_v6", "compat_v5", "codemods", "benchmarks"])
def test_a_security_exception_has_its_reason(package: str) -> None:
    bare = []
    for path in sorted((ROOT / package).rglob("*.py")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            found = EXCEPTION.search(line)
            if found and not re.search(r"\w{2}", found["reason"]):
                bare.append(f"{path.relative_to(ROOT)}:{number}")
    assert bare == []
