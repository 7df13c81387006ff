"""Write the rename table of MIGRATION.md and MIGRATION.ko.md from `compat_v5/renames.py`.

    python docs/rename_table.py            print it
    python docs/rename_table.py --write    put it between the markers of both documents

Names that share kind, new spelling and note stand in one row.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
sys.path.insert(0, str(REPOSITORY))

from compat_v5.renames import RENAMES, Rename  # noqa: E402 - needs the path above

BEGIN = "<!-- renames: begin -->"
END = "<!-- renames: end -->"
LANGUAGES = {
    "en": {
        "file": "MIGRATION.md",
        "head": ("v5", "v6", "note"),
        "stays": "stays on `compat_v5`",
        "module": "Modules",
        "class": "Classes",
        "function": "Functions",
        "method": "Methods",
        "attribute": "Attributes",
        "exception": "Exceptions",
        "key": "Dictionary keys",
        "constant": "Constants",
    },
    "ko": {
        "file": "MIGRATION.ko.md",
        "head": ("v5", "v6", "참고"),
        "stays": "`compat_v5`에 남음",
        "module": "모듈",
        "class": "클래스",
        "function": "함수",
        "method": "메서드",
        "attribute": "속성",
        "exception": "예외",
        "key": "딕셔너리 키",
        "constant": "상수",
    },
}
KINDS = ("module", "class", "function", "method", "attribute", "exception", "key", "constant")


def table(language: str) -> str:
    """All rows, one table per kind."""
    words = LANGUAGES[language]
    parts = []
    for kind in KINDS:
        rows = [rename for rename in RENAMES if rename.kind == kind]
        parts.append(f"### {words[kind]}\n\n" + lines(rows, words))
    return "\n\n".join(parts)


def lines(rows: list[Rename], words: dict[str, str | tuple[str, ...]]) -> str:
    head = words["head"]
    made = ["| " + " | ".join(head) + " |", "|---|---|---|"]
    grouped: dict[tuple[str | None, str], list[str]] = {}
    for rename in rows:
        grouped.setdefault((rename.new, rename.note), []).append(f"`{rename.old}`")
    for (new, note), names in grouped.items():
        old = ", ".join(names)
        made.append(f"| {old} | {f'`{new}`' if new else words['stays']} | {cell(note)} |")
    return "\n".join(made)


def cell(text: str) -> str:
    return text.replace("|", "\\|")


def replaced(document: str, language: str) -> str:
    """*document* with the table between its markers."""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{BEGIN} and {END} are not both in the document")
    return f"{before}{BEGIN}\n\n{table(language)}\n\n{END}{after}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    if not parser.parse_args().write:
        sys.stdout.write(table("en") + "\n")
        return
    for language, words in LANGUAGES.items():
        path = REPOSITORY / str(words["file"])
        text = replaced(path.read_text(encoding="utf-8"), language)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
