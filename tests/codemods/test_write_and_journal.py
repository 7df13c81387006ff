"""Files are replaced at once or not at all, and a run is taken back byte for byte."""

from __future__ import annotations

import errno
import json
import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codemods.exceptions import FileError, JournalError
from codemods.journal import JOURNAL_DIRECTORY, Journal, undo_last_run
from codemods.write import read_regular_file, replace_file

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def journal(root: Path, minute: int = 0) -> Journal:
    return Journal(root, now=lambda: START + timedelta(minutes=minute))


def leftovers(root: Path) -> list[str]:
    return [p.name for p in root.rglob(".upbit-migrate-*")]


def test_a_file_that_changed_meanwhile_is_left(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_bytes(b"theirs")
    with pytest.raises(FileError, match="changed while"):
        replace_file(file, b"new", expected=b"old")
    assert file.read_bytes() == b"theirs"


def test_mode_survives_and_the_time_of_change_is_new(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_bytes(b"old")
    file.chmod(0o750)
    os.utime(file, (1, 1))
    replace_file(file, b"new", expected=b"old")
    assert file.read_bytes() == b"new"
    assert stat.S_IMODE(file.stat().st_mode) == 0o750
    assert file.stat().st_mtime > 1


def test_another_hard_link_keeps_the_old_content(tmp_path: Path) -> None:
    file, other = tmp_path / "a.py", tmp_path / "store"
    file.write_bytes(b"old")
    other.hardlink_to(file)
    replace_file(file, b"new", expected=b"old")
    assert (file.read_bytes(), other.read_bytes()) == (b"new", b"old")


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_full_disk_leaves_the_old_file_and_nothing_beside_it(
    step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    file = tmp_path / "a.py"
    file.write_bytes(b"old")
    monkeypatch.setattr(os, step, full)
    with pytest.raises(FileError, match="No space left"):
        replace_file(file, b"new", expected=b"old")
    assert file.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.py"]


def test_the_journal_is_private_and_ignored_by_version_control(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(b"old")
    journal(tmp_path).replace("a.py", b"old", b"new")
    home = tmp_path / JOURNAL_DIRECTORY
    assert (home / ".gitignore").read_text() == "*\n"
    files = [path for path in home.rglob("*") if path.is_file()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    directories = [home, *(path for path in home.rglob("*") if path.is_dir())]
    assert {stat.S_IMODE(path.stat().st_mode) for path in directories} == {0o700}


def test_nothing_is_made_before_something_is_replaced(tmp_path: Path) -> None:
    assert journal(tmp_path).directory is None
    assert list(tmp_path.iterdir()) == []


@given(
    contents=st.lists(st.tuples(st.binary(), st.binary()), min_size=1, max_size=4).map(
        lambda pairs: [(a, b) for a, b in pairs if a != b]
    )
)
@settings(max_examples=25, deadline=None)
def test_undo_restores_every_byte(
    contents: list[tuple[bytes, bytes]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("project")
    record = journal(root)
    for number, (before, after) in enumerate(contents):
        (root / f"{number}.py").write_bytes(before)
        record.replace(f"{number}.py", before, after)
        assert (root / f"{number}.py").read_bytes() == after
    if not contents:
        return
    undone = undo_last_run(root)
    assert len(undone.restored) == len(contents)
    for number, (before, _) in enumerate(contents):
        assert (root / f"{number}.py").read_bytes() == before


def test_undo_goes_back_run_by_run(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_bytes(b"1")
    journal(tmp_path).replace("a.py", b"1", b"2")
    journal(tmp_path, 1).replace("a.py", b"2", b"3")
    journal(tmp_path, 2).open()  # a run in which nothing could be replaced
    assert undo_last_run(tmp_path).started == START + timedelta(minutes=1)
    assert file.read_bytes() == b"2"
    assert undo_last_run(tmp_path).started == START
    assert file.read_bytes() == b"1"
    with pytest.raises(JournalError, match="no run to take back"):
        undo_last_run(tmp_path)


def test_undo_refuses_where_a_file_changed_since(tmp_path: Path) -> None:
    for name in ("a.py", "b.py"):
        (tmp_path / name).write_bytes(b"old")
    record = journal(tmp_path)
    record.replace("a.py", b"old", b"new")
    record.replace("b.py", b"old", b"new")
    (tmp_path / "b.py").write_bytes(b"edited")
    with pytest.raises(JournalError, match=r"b\.py: changed since"):
        undo_last_run(tmp_path)
    assert (tmp_path / "a.py").read_bytes() == b"new"
    undone = undo_last_run(tmp_path, skip_changed=True)
    assert undone.restored == ("a.py",)
    assert undone.left == (("b.py", "changed since"),)
    assert (tmp_path / "a.py").read_bytes() == b"old"
    assert (tmp_path / "b.py").read_bytes() == b"edited"


def test_undo_refuses_where_a_file_is_gone(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(b"old")
    journal(tmp_path).replace("a.py", b"old", b"new")
    (tmp_path / "a.py").unlink()
    with pytest.raises(JournalError, match=r"a\.py: cannot be read"):
        undo_last_run(tmp_path)


def test_a_run_cut_off_between_record_and_replacement_is_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.py", "b.py"):
        (tmp_path / name).write_bytes(b"old")
    record = journal(tmp_path)
    record.replace("a.py", b"old", b"new")

    def cut(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("codemods.journal.replace_file", cut)
        with pytest.raises(KeyboardInterrupt):
            record.replace("b.py", b"old", b"new")
    undone = undo_last_run(tmp_path)
    assert (undone.restored, undone.untouched) == (("a.py",), ("b.py",))


def test_a_full_disk_in_the_journal_leaves_the_file_and_the_other_entries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.py", "b.py", "c.py"):
        (tmp_path / name).write_bytes(b"old")
    record = journal(tmp_path)
    record.replace("a.py", b"old", b"new")

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(FileError, match="could not be recorded: No space left"):
            record.replace("b.py", b"old", b"new")
    record.replace("c.py", b"old", b"new")
    assert (tmp_path / "b.py").read_bytes() == b"old"
    assert undo_last_run(tmp_path).restored == ("a.py", "c.py")


def test_a_root_without_room_for_a_journal_stops_the_run(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(b"old")
    (tmp_path / JOURNAL_DIRECTORY).write_text("in the way", "utf-8")
    with pytest.raises(JournalError, match="nothing is written"):
        journal(tmp_path).replace("a.py", b"old", b"new")
    assert (tmp_path / "a.py").read_bytes() == b"old"


@pytest.mark.parametrize("link", [JOURNAL_DIRECTORY, f"{JOURNAL_DIRECTORY}/runs"])
def test_a_journal_is_not_kept_behind_a_link(link: str, tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / link).parent.mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    (root / "a.py").write_bytes(b"old")
    (root / link).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(JournalError, match="symbolic link"):
        journal(root).replace("a.py", b"old", b"new")
    assert (root / "a.py").read_bytes() == b"old"
    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.fixture
def taken_over(tmp_path: Path) -> tuple[Path, Path]:
    """A root with a run in it, and a directory outside of it."""
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (root / "a.py").write_bytes(b"old")
    journal(root).replace("a.py", b"old", b"new")
    return root, outside


RUN = f"{JOURNAL_DIRECTORY}/runs/20260102T030405.000000Z"


@pytest.mark.parametrize(
    "link", [JOURNAL_DIRECTORY, f"{JOURNAL_DIRECTORY}/runs", RUN, f"{RUN}/journal.jsonl"]
)
def test_a_journal_behind_a_link_is_not_followed(link: str, taken_over: tuple[Path, Path]) -> None:
    root, outside = taken_over
    moved = (root / link).rename(outside / "moved")
    (root / link).symlink_to(moved)
    records = list(outside.rglob("journal.jsonl")) + [moved] * moved.is_file()
    before = [record.read_bytes() for record in records]
    with pytest.raises(JournalError, match="symbolic link"):
        undo_last_run(root)
    assert (root / "a.py").read_bytes() == b"new"
    assert [record.read_bytes() for record in records] == before != []


def test_a_copy_behind_a_link_restores_nothing(taken_over: tuple[Path, Path]) -> None:
    root, outside = taken_over
    copy = (root / RUN / "0001.bytes").rename(outside / "copy")
    (root / RUN / "0001.bytes").symlink_to(copy)
    assert "symbolic link" in undo_last_run(root).left[0][1]
    assert (root / "a.py").read_bytes() == b"new"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("backup", "../../../../outside/copy"),
        ("backup", "../journal.jsonl"),
        ("backup", "OUTSIDE"),
        ("file", "../outside/a.py"),
        ("file", "sub/../../outside/a.py"),
        ("file", "OUTSIDE"),
        ("file", ""),
        ("file", "\0"),
        ("file", "\ud800"),
    ],
)
def test_a_record_that_leads_out_of_its_place_is_damaged(
    name: str, value: str, taken_over: tuple[Path, Path]
) -> None:
    root, outside = taken_over
    (outside / "copy").write_bytes(b"old")
    (outside / "a.py").write_bytes(b"new")
    record = root / RUN / "journal.jsonl"
    lines = [json.loads(line) for line in record.read_text("utf-8").splitlines()]
    lines[1][name] = value.replace("OUTSIDE", str(outside / "copy"))
    record.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    with pytest.raises(JournalError, match="damaged"):
        undo_last_run(root)
    assert (root / "a.py").read_bytes() == b"new"
    assert (outside / "a.py").read_bytes() == b"new"


def test_a_file_behind_a_link_is_not_restored(taken_over: tuple[Path, Path]) -> None:
    root, outside = taken_over
    (root / "sub").mkdir()
    (root / "sub" / "b.py").write_bytes(b"old")
    journal(root, 1).replace("sub/b.py", b"old", b"new")
    (root / "sub").rename(outside / "sub")
    (root / "sub").symlink_to(outside / "sub")
    with pytest.raises(JournalError, match="outside of the root"):
        undo_last_run(root)
    assert (outside / "sub" / "b.py").read_bytes() == b"new"


def test_nothing_is_read_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(b"secret")
    (tmp_path / "link.py").symlink_to(tmp_path / "a.py")
    with pytest.raises(FileError, match="a symbolic link"):
        read_regular_file(tmp_path / "link.py")
    with pytest.raises(FileError, match="a symbolic link"):
        replace_file(tmp_path / "link.py", b"new", expected=b"secret")
    assert (tmp_path / "link.py").is_symlink()


def test_a_read_only_file_is_left_even_by_its_owner(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_bytes(b"old")
    file.chmod(0o444)
    with pytest.raises(FileError, match="read-only"):
        journal(tmp_path).replace("a.py", b"old", b"new")
    assert file.read_bytes() == b"old"


def test_nothing_is_written_through_a_link_out_of_the_root(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (outside / "a.py").write_bytes(b"old")
    (root / "linked").symlink_to(outside)
    (root / "a.py").symlink_to(outside / "a.py")
    for path in ("linked/a.py", "a.py"):
        with pytest.raises(FileError, match="cannot be written"):
            journal(root).replace(path, b"old", b"new")
    assert (outside / "a.py").read_bytes() == b"old"


def test_a_damaged_copy_restores_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(b"old")
    record = journal(tmp_path)
    record.replace("a.py", b"old", b"new")
    assert record.directory is not None
    (record.directory / "0001.bytes").write_bytes(b"rotten")
    undone = undo_last_run(tmp_path)
    assert undone.restored == ()
    assert "damaged" in undone.left[0][1]
    assert (tmp_path / "a.py").read_bytes() == b"new"


def test_no_temporary_file_stays(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(b"old")
    journal(tmp_path).replace("a.py", b"old", b"new")
    undo_last_run(tmp_path)
    assert leftovers(tmp_path) == []
