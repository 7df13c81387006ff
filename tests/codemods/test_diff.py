"""Patches: what `git apply` makes of them is the new content."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codemods.diff import hunks, patch

LINES = st.lists(
    st.sampled_from([b"a", b"b", b"c\r", b"", b"\xff\xfe", b"-- x", b"++ y", b"\\ No newline"]),
    max_size=25,
)


def text(lines: list[bytes], newline_at_end: bool) -> bytes:
    return b"\n".join(lines) + (b"\n" if newline_at_end and lines else b"")


def applied(root: Path, name: str, before: bytes, after: bytes) -> bytes:
    file = root / os.fsdecode(os.fsencode(name))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(before)
    found = hunks(before, after)
    result = subprocess.run(
        ["git", "apply", "-"],
        input=patch(name, found, all_hunks=found),
        cwd=root,
        capture_output=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return file.read_bytes()


def test_equal_contents_make_no_patch() -> None:
    assert hunks(b"a\n", b"a\n") == []
    assert patch("a.py", [], all_hunks=[]) == b""


@given(old=LINES, new=LINES, old_end=st.booleans(), new_end=st.booleans())
@settings(max_examples=60, deadline=None)
def test_git_applies_every_patch(
    old: list[bytes],
    new: list[bytes],
    old_end: bool,
    new_end: bool,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    before, after = text(old, old_end), text(new, new_end)
    if before == after or not before or not after:
        return
    assert applied(tmp_path_factory.mktemp("tree"), "a.py", before, after) == after


@pytest.mark.parametrize(
    "name",
    [
        "plain.py",
        "with blank.py",
        'qu"ote.py',
        "back\\slash.py",
        "tab\there.py",
        "한글.py",
        "\udcff.py",
    ],
)
@pytest.mark.skipif(os.name == "nt", reason="such names do not exist on Windows")
def test_git_applies_patches_to_unusual_names(name: str, tmp_path: Path) -> None:
    assert applied(tmp_path, name, b"old\n", b"new\n") == b"new\n"


def test_a_patch_without_one_of_its_hunks_still_applies(tmp_path: Path) -> None:
    before = b"".join(b"line %d\n" % n for n in range(60))
    after = before.replace(b"line 5\n", b"five\nand more\n").replace(b"line 50\n", b"fifty\n")
    found = hunks(before, after)
    assert len(found) == 2
    (tmp_path / "a.py").write_bytes(before)
    subprocess.run(
        ["git", "apply", "-"],
        input=patch("a.py", found[1:], all_hunks=found),
        cwd=tmp_path,
        check=True,
    )
    assert (tmp_path / "a.py").read_bytes() == before.replace(b"line 50\n", b"fifty\n")
    assert b"@@ -48,7 +48,7 @@" in patch("a.py", found[1:], all_hunks=found)


def test_the_header_counts_as_git_does() -> None:
    assert hunks(b"a\n", b"b\n")[0].header() == "@@ -1 +1 @@"
    assert hunks(b"", b"a\nb\n")[0].header() == "@@ -0,0 +1,2 @@"
