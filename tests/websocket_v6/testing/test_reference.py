"""The reference of the emulator names every section its tests are about, and the other way round."""

from __future__ import annotations

import re
from pathlib import Path

HERE = Path(__file__).parent
REFERENCE = HERE.parents[2] / "docs" / "emulator.md"


def test_every_section_of_facts_has_tests_that_name_it():
    cited: set[str] = set()
    for module in HERE.glob("test_*.py"):
        docstring = module.read_text(encoding="utf-8").split('"""')[1]
        if "docs/emulator.md" in docstring:
            cited |= set(re.findall(r'"([^"]+)"', docstring))
    text = REFERENCE.read_text(encoding="utf-8")
    headings = set(re.findall(r"^## (.+)$", text, re.MULTILINE))
    assert cited == headings - {"From code"}
