"""A run from paths to outcomes, around the small engine."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest

from codemods.journal import undo_last_run
from codemods.options import Options
from codemods.result import Changed, Failed, FindingOutcome
from codemods.run import Run, execute
from codemods.targets import resolve_target

pytestmark = pytest.mark.usefixtures("small_engine")

LINE = "import websocket_v5\n"


def make(root: Path, **files: str | bytes) -> None:
    for name, content in files.items():
        raw = content.encode() if isinstance(content, str) else content
        (root / name.replace("__", ".")).write_bytes(raw)


def run(root: Path, **arguments: object) -> Run:
    return execute(resolve_target([str(root)]), Options(), **arguments)  # type: ignore[arg-type]


def tree(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*.*") if p.is_file()}


def test_a_tree_without_v5_is_done(tmp_path: Path) -> None:
    make(tmp_path, a__py="x = 1\n", b__py="")
    result = run(tmp_path, write=True)
    assert (result.outcomes, result.exit_code, result.file_count) == ((), 0, 2)
    assert not (tmp_path / ".upbit-migrate").exists()


def test_a_dry_run_touches_nothing(tmp_path: Path) -> None:
    make(tmp_path, a__py=LINE, b__py="import websocket_v5  # KEEP\n")
    before = tree(tmp_path)
    result = run(tmp_path)
    assert result.exit_code == 1
    assert [outcome.path for outcome in result.changed] == ["a.py"]
    assert tree(tmp_path) == before


def test_a_written_run_is_done_and_a_second_one_changes_nothing(tmp_path: Path) -> None:
    make(tmp_path, a__py=LINE, b__py=b"\xef\xbb\xbfimport websocket_v5\r\n")
    first = run(tmp_path, write=True)
    assert first.exit_code == 0
    assert (tmp_path / "b.py").read_bytes() == b"\xef\xbb\xbfimport websocket_v6\r\n"
    second = run(tmp_path, write=True)
    assert (second.exit_code, second.outcomes, second.journal) == (0, (), None)
    undo_last_run(tmp_path)
    assert (tmp_path / "a.py").read_text() == LINE


def test_marks_left_are_status_1_also_when_written(tmp_path: Path) -> None:
    make(tmp_path, a__py=LINE + "websocket_v5.x()  # KEEP\n")
    assert run(tmp_path, write=True).exit_code == 1
    assert run(tmp_path, write=True).exit_code == 1


def test_every_failure_is_its_files_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(
        tmp_path,
        good__py=LINE,
        broken__py=LINE + "BREAK",
        crash__py=LINE + "CRASH",
        secret__py=LINE,
        readonly__py=LINE,
        bad__ipynb="{",
    )
    (tmp_path / "readonly.py").chmod(0o444)
    os_open = os.open

    def refuse(path: str | Path, *arguments: int) -> int:
        if Path(path).name == "secret.py":
            raise PermissionError(errno.EACCES, "Permission denied")
        return os_open(path, *arguments)

    monkeypatch.setattr(os, "open", refuse)
    result = run(tmp_path, write=True)
    assert result.exit_code == 3
    assert {failed.path: failed.stage for failed in result.failed} == {
        "bad.ipynb": "read",
        "broken.py": "parse",
        "crash.py": "rewrite",
        "readonly.py": "write",
        "secret.py": "read",
    }
    assert [outcome.path for outcome in result.changed] == ["good.py"]
    assert (tmp_path / "good.py").read_text() == "import websocket_v6\n"


def test_a_full_disk_in_the_middle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, a__py=LINE, b__py=LINE, c__py=LINE)
    replace = Path.replace

    def full(self: Path, target: Path) -> Path:
        if target.name == "b.py":
            raise OSError(errno.ENOSPC, "No space left on device")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", full)
    result = run(tmp_path, write=True)
    assert result.exit_code == 3
    assert [(f.path, f.stage) for f in result.failed] == [("b.py", "write")]
    assert (tmp_path / "b.py").read_text() == LINE
    assert sorted(p.name for p in tmp_path.iterdir() if p.is_file()) == ["a.py", "b.py", "c.py"]
    assert undo_last_run(tmp_path).restored == ("a.py", "c.py")
    assert {content for name, content in tree(tmp_path).items() if name.endswith(".py")} == {
        LINE.encode()
    }


def test_a_file_that_changes_during_the_run_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path, a__py=LINE, b__py=LINE)
    import codemods.run as module

    build = module.build_index

    def meanwhile(*arguments: object) -> object:
        make(tmp_path, b__py="import websocket_v5  # edited\n")
        return build(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "build_index", meanwhile)
    result = run(tmp_path, write=True)
    assert [(f.path, f.message) for f in result.failed] == [
        ("b.py", "changed while upbit-migrate was running; run again")
    ]
    assert (tmp_path / "b.py").read_text() == "import websocket_v5  # edited\n"


def test_ctrl_c_while_writing_leaves_whole_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path, a__py=LINE, b__py=LINE, c__py=LINE)
    replace = Path.replace

    def stop(self: Path, target: Path) -> Path:
        if target.name == "b.py":
            raise KeyboardInterrupt
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", stop)
    result = run(tmp_path, write=True)
    assert result.exit_code == 130
    assert [failed.path for failed in result.failed] == ["b.py", "c.py"]
    assert sorted(p.name for p in tmp_path.iterdir() if p.is_file()) == ["a.py", "b.py", "c.py"]
    monkeypatch.undo()
    assert undo_last_run(tmp_path).restored == ("a.py",)


def test_only_the_named_files_are_rewritten(tmp_path: Path) -> None:
    make(tmp_path, pyproject__toml="", a__py=LINE, b__py=LINE)
    result = execute(resolve_target([str(tmp_path / "a.py")]), Options(), write=True)
    assert [outcome.path for outcome in result.changed] == ["a.py"]
    assert (tmp_path / "b.py").read_text() == LINE


def test_notebooks_are_rewritten_and_markdown_on_request(tmp_path: Path) -> None:
    cells = [{"cell_type": "code", "source": ["%matplotlib inline\n", "import websocket_v5"]}]
    make(
        tmp_path,
        n__ipynb=json.dumps({"cells": cells}, indent=1),
        r__md=f"websocket_v5\n\n```python\n{LINE}```\n\n```python\nwebsocket_v5 (\n```\n",
    )
    result = run(tmp_path)
    (changed,) = result.changed
    assert changed.path == "n.ipynb"
    assert changed.after == changed.before.replace(b"websocket_v5", b"websocket_v6")
    assert changed.findings[0].message.startswith("cell 1, line 2: ")
    result = run(tmp_path, markdown=True)
    assert [outcome.path for outcome in result.changed] == ["n.ipynb", "r.md"]
    assert b"websocket_v6\n```" in result.changed[1].after
    assert [f.line for f in result.findings if f.outcome is FindingOutcome.NOTE] == [8]


def test_mentions_are_counted_as_they_are_after_the_run(tmp_path: Path) -> None:
    make(tmp_path, a__py=LINE, conf__yaml="x: websocket_v5\n", readme__md="websocket_v5\n")
    for write in (False, True):
        kinds = [mention.kind.value for mention in run(tmp_path, write=write).mentions]
        assert kinds == ["config file", "docs"]


def test_an_ignored_file_that_mentions_v5_is_named(tmp_path: Path) -> None:
    make(tmp_path, a__py=LINE, b__py="x = 1\n")
    (tmp_path / ".gitignore").write_text("*.py\n", "utf-8")
    result = run(tmp_path)
    assert (result.outcomes, result.exit_code) == ((), 0)
    assert [skipped.path for skipped in result.skipped] == ["a.py"]
    named = execute(resolve_target([str(tmp_path / "a.py")]), Options())
    assert [outcome.path for outcome in named.changed] == ["a.py"]
    assert named.skipped == ()


def test_findings_come_in_reading_order(tmp_path: Path) -> None:
    make(tmp_path, b__py=LINE * 3, a__py=LINE)
    places = [(finding.path, finding.line) for finding in run(tmp_path).findings]
    assert places == [("a.py", 1), ("b.py", 1), ("b.py", 2), ("b.py", 3)]


def test_the_summary_counts(tmp_path: Path) -> None:
    make(tmp_path, a__py=LINE + "websocket_v5  # KEEP\n")
    summary = run(tmp_path).summary()
    assert (summary.files_changed, summary.sites_rewritten, summary.kept) == (1, 1, 1)
    assert (summary.mentions_left, summary.diff_path, summary.exit_code) == (1, None, 1)


def test_outcomes_are_the_engines(tmp_path: Path) -> None:
    make(tmp_path, a__py=LINE, b__py="websocket_v5 BREAK")
    kinds = [type(outcome) for outcome in run(tmp_path).outcomes]
    assert kinds == [Changed, Failed]


@pytest.mark.skipif(os.name == "nt", reason="file names are Unicode on Windows")
def test_undecodable_names_are_written_and_undone(tmp_path: Path) -> None:
    file = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\n.py"))
    file.write_bytes(LINE.encode())
    assert run(tmp_path, write=True).exit_code == 0
    assert file.read_bytes() == b"import websocket_v6\n"
    undo_last_run(tmp_path)
    assert file.read_bytes() == LINE.encode()


@pytest.mark.parametrize("jobs", [0, 1, 8])
def test_many_files_are_read_in_any_number_at_once(tmp_path: Path, jobs: int) -> None:
    for number in range(300):
        (tmp_path / f"{number}.py").write_text(LINE if number % 100 == 0 else "x = 1\n", "utf-8")
    result = run(tmp_path, jobs=jobs)
    assert (result.file_count, len(result.changed)) == (300, 3)


def test_a_file_the_analysis_breaks_on_is_taken_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import codemods.run as module

    build = module.build_index

    def fragile(files: dict[str, bytes], *arguments: object) -> object:
        if any(b"ODD" in source for source in files.values()):
            raise RecursionError("too deep")
        return build(files, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "build_index", fragile)
    make(tmp_path, a__py=LINE, odd__py=LINE + "# ODD\n")
    result = run(tmp_path)
    assert [(f.path, f.stage) for f in result.failed] == [("odd.py", "analysis")]
    assert [outcome.path for outcome in result.changed] == ["a.py"]
