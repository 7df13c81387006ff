"""Links lead somewhere, translations have the same shape, every block says how it is checked."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

from tests.documents import reader

DOCUMENTS = reader.documents()
PAIRS = [
    (name, name.removesuffix(".md") + ".ko.md")
    for name in ("README.md", "MIGRATION.md", "docs/tutorial.md", "docs/troubleshooting.md")
]
PYTHON_MARKS = {"run", "snippet", "v5", "v6", "types", "sketch"}
NOT_CODE = {"text", "", "json", "toml", "yaml", "powershell", "sh", "diff", "html"}


@pytest.mark.parametrize("path", DOCUMENTS, ids=reader.name_of)
def test_document_exists_and_starts_with_its_title(path: Path):
    levels = [level for level, _ in reader.headings(path)]
    assert levels[:1] == [1]
    assert levels.count(1) == 1


@pytest.mark.parametrize("path", DOCUMENTS, ids=reader.name_of)
def test_headings_skip_no_level(path: Path):
    levels = [level for level, _ in reader.headings(path)]
    for upper, lower in itertools.pairwise(levels):
        assert lower <= upper + 1


@pytest.mark.parametrize("path", DOCUMENTS, ids=reader.name_of)
def test_links_inside_the_repository_resolve(path: Path):
    broken = []
    for number, target in reader.links(path):
        if target.startswith(("https://", "http://", "mailto:")):
            continue
        file, _, anchor = target.partition("#")
        goal = (path.parent / file).resolve() if file else path
        if not goal.exists():
            broken.append(f"{reader.name_of(path)}:{number}: no file {target}")
        elif anchor and goal.suffix == ".md" and anchor not in reader.anchors(goal):
            broken.append(f"{reader.name_of(path)}:{number}: no anchor {target}")
    assert not broken


@pytest.mark.parametrize(("english", "korean"), PAIRS)
def test_translation_has_the_same_shape(english: str, korean: str):
    one, two = reader.REPOSITORY / english, reader.REPOSITORY / korean
    assert [level for level, _ in reader.headings(one)] == [
        level for level, _ in reader.headings(two)
    ]
    assert explicit(one) == explicit(two)


@pytest.mark.parametrize(("english", "korean"), PAIRS)
def test_translation_has_the_same_code(english: str, korean: str):
    """Comments may be translated; what the machine reads may not differ."""
    one, two = (
        [
            (block.language, block.mark, without_comments(block.text))
            for block in reader.blocks(reader.REPOSITORY / name)
        ]
        for name in (english, korean)
    )
    assert one == two


@pytest.mark.parametrize(("_english", "korean"), PAIRS)
def test_translation_is_korean(_english: str, korean: str):
    text = "".join(line for _, line in reader.prose(reader.REPOSITORY / korean))
    hangul = len(re.findall(r"[가-힣]", text))
    assert hangul > 500


@pytest.mark.parametrize("path", DOCUMENTS, ids=reader.name_of)
def test_every_block_says_how_it_is_checked(path: Path):
    unchecked = [
        str(block)
        for block in reader.blocks(path)
        if block.language not in NOT_CODE
        and not (block.language == "python" and block.mark and block.mark[0] in PYTHON_MARKS)
    ]
    assert not unchecked, "put a `<!-- test: ... -->` line in front of these (see reader.py)"


@pytest.mark.parametrize("path", DOCUMENTS, ids=reader.name_of)
def test_text_is_free_of_machine_traces(path: Path):
    text = path.read_text(encoding="utf-8")
    for trace in ("/work/", "/root/", "/home/", ".pyenv"):
        assert trace not in text


def test_anchors_named_in_the_code_exist():
    """Warnings and marks send people to an anchor of the guide."""
    guide = reader.anchors(reader.REPOSITORY / "MIGRATION.md")
    named: set[str] = set()
    for package in ("compat_v5", "codemods", "websocket_v6"):
        for source in (reader.REPOSITORY / package).rglob("*.py"):
            named |= set(
                re.findall(r"MIGRATION\.md#([a-z0-9-]+)", source.read_text(encoding="utf-8"))
            )
    from compat_v5.renames import RENAMES

    named |= {rename.anchor for rename in RENAMES}
    for source in (reader.REPOSITORY / "codemods" / "rules").glob("*.py"):
        named |= set(re.findall(r'anchor="([a-z0-9-]+)"', source.read_text(encoding="utf-8")))
    assert named
    assert sorted(named - set(guide)) == []


def explicit(path: Path) -> list[str]:
    return [m["name"] for _, line in reader.prose(path) for m in reader.ANCHOR.finditer(line)]


def without_comments(text: str) -> str:
    return "\n".join(re.sub(r"\s*(?<!\S)#.*$", "", line) for line in text.splitlines())


def test_the_summary_for_language_models_names_every_page():
    text = (reader.REPOSITORY / "llms.txt").read_text(encoding="utf-8")
    named = {target for _, target in reader.links(reader.REPOSITORY / "llms.txt")}
    assert [target for target in named if not (reader.REPOSITORY / target).exists()] == []
    pages = {
        reader.name_of(path)
        for path in (reader.REPOSITORY / "docs").glob("*.md")
        if path.name != "index.md" and not path.name.endswith(".ko.md")
    }
    assert sorted(pages - named) == []
    assert text.startswith("# upbit-websocket-v6\n")
