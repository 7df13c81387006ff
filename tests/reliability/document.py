"""Puts measured tables into a document, between two markers."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

__all__ = ["replace_section"]


def replace_section(path: Path, name: str, text: str) -> None:
    """Put *text* between ``<!-- name -->`` and ``<!-- /name -->``, with the day it was measured on.

    Raises:
        ValueError: the document has no such section.
    """
    document = path.read_text(encoding="utf-8")
    day = dt.datetime.now(dt.UTC).date()
    section = f"<!-- {name} -->\n\nMeasured on {day}.\n\n{text}\n\n<!-- /{name} -->"
    pattern = re.compile(rf"<!-- {name} -->.*?<!-- /{name} -->", re.DOTALL)
    if not pattern.search(document):
        raise ValueError(
            f"{path} has no section {name}: put <!-- {name} --> <!-- /{name} --> in it"
        )
    path.write_text(pattern.sub(lambda _: section, document, count=1), encoding="utf-8")
