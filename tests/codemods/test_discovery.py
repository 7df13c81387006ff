"""Which files are found: targets, default excludes, ``.gitignore``, links."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from codemods.discovery import FileKind, discover
from codemods.exceptions import UsageError
from codemods.targets import resolve_target


def make(root: Path, *paths: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("x = 1\n", "utf-8")


def found(*paths: Path, exclude: tuple[str, ...] = ()) -> list[str]:
    target = resolve_target([str(path) for path in paths], allow_broad_root=True)
    return [file.path for file in discover(target, excludes=exclude).files]


def test_directories_that_hold_no_source_are_left_out(tmp_path: Path) -> None:
    make(
        tmp_path,
        "a.py",
        ".git/hooks/x.py",
        ".venv/lib/x.py",
        "venv/x.py",
        "lib/site-packages/x.py",
        "node_modules/x.py",
        "build/lib/x.py",
        "dist/x.py",
        "x.egg-info/x.py",
        "__pycache__/x.py",
        ".upbit-migrate/runs/x.py",
    )
    assert found(tmp_path) == ["a.py"]


def test_a_virtual_environment_is_known_by_its_mark(tmp_path: Path) -> None:
    make(tmp_path, "a.py", "py311/pyvenv.cfg", "py311/lib/x.py")
    assert found(tmp_path) == ["a.py"]


def test_a_package_called_build_is_source(tmp_path: Path) -> None:
    make(tmp_path, "src/build/__init__.py", "src/build/steps.py")
    assert found(tmp_path) == ["src/build/__init__.py", "src/build/steps.py"]


def test_gitignore_agrees_with_git(tmp_path: Path) -> None:
    make(
        tmp_path,
        "keep.py",
        "gen_a.py",
        "gen_keep.py",
        "out/x.py",
        "deep/out/x.py",
        "deep/anchored.py",
        "anchored.py",
        "deep/er/local.py",
        "deep/er/back.py",
        "vendored/sub/x.py",
        "logs/a.py",
        "logs/keep.py",
    )
    (tmp_path / ".gitignore").write_text(
        "gen_*.py\n!gen_keep.py\nout/\n/anchored.py\n**/sub/\nlogs/*\n!logs/keep.py\n", "utf-8"
    )
    (tmp_path / "deep/er/.gitignore").write_text("*.py\n!back.py\n", "utf-8")
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    listed = subprocess.run(
        ["git", "-C", tmp_path, "ls-files", "-co", "--exclude-standard", "*.py"],
        check=True,
        capture_output=True,
        text=True,
    )
    by_git = sorted(listed.stdout.split())
    assert sorted(p for p in found(tmp_path) if p.endswith(".py")) == by_git
    assert "deep/er/back.py" in by_git
    assert "deep/er/local.py" not in by_git


def test_rules_of_the_directories_above_hold(tmp_path: Path) -> None:
    make(tmp_path, "project/a.py", "project/gen.py")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".gitignore").write_text("gen.py\n", "utf-8")
    assert found(tmp_path / "project") == ["project/a.py".removeprefix("project/")]


def test_a_directory_named_on_purpose_is_read_although_it_is_ignored(tmp_path: Path) -> None:
    make(tmp_path, "scratch/a.py")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".gitignore").write_text("scratch/\n", "utf-8")
    assert found(tmp_path) == [".gitignore"]
    assert found(tmp_path / "scratch") == ["a.py"]


def test_further_patterns_leave_out(tmp_path: Path) -> None:
    make(tmp_path, "a.py", "vendor/x.py", "b_pb2.py")
    assert found(tmp_path, exclude=("vendor/", "*_pb2.py")) == ["a.py"]


def test_links_are_not_followed_and_those_that_lead_out_are_named(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    root = tmp_path / "root"
    make(outside, "x.py")
    make(root, "a.py", "pkg/b.py")
    (root / "out").symlink_to(outside)
    (root / "out.py").symlink_to(outside / "x.py")
    (root / "again.py").symlink_to(root / "a.py")
    (root / "pkg/up").symlink_to(root)
    (root / "loop").symlink_to("loop")
    discovery = discover(resolve_target([str(root)]))
    assert [file.path for file in discovery.files] == ["a.py", "pkg/b.py"]
    assert [skipped.path for skipped in discovery.skipped] == ["loop", "out", "out.py"]


@pytest.mark.parametrize("inside", [True, False])
def test_patterns_behind_a_link_do_not_count(inside: bool, tmp_path: Path) -> None:
    """As in git, which follows no link at ``.gitignore``."""
    root = tmp_path / "root"
    make(root, "a.py", "sub/b.py")
    patterns = (root if inside else tmp_path) / "patterns"
    patterns.write_text("*.py\n", "utf-8")
    (root / ".gitignore").symlink_to(patterns)
    assert found(root) == ["a.py", *["patterns"] * inside, "sub/b.py"]
    (skipped,) = discover(resolve_target([str(root)])).skipped
    assert (skipped.path, skipped.reason) == (".gitignore", "symbolic link, not read, as in git")


@pytest.mark.parametrize("link", ["root/.git", "root/.git/info", "root/.git/info/exclude"])
def test_excludes_of_version_control_are_not_read_out_of_the_root(
    link: str, tmp_path: Path
) -> None:
    make(tmp_path, "root/a.py")
    (tmp_path / "root/.git/info").mkdir(parents=True)
    (tmp_path / "root/.git/info/exclude").write_text("*.py\n", "utf-8")
    assert found(tmp_path / "root") == []
    (tmp_path / link).rename(tmp_path / "moved")
    (tmp_path / link).symlink_to(tmp_path / "moved")
    assert found(tmp_path / "root") == ["a.py"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this system")
def test_a_named_pipe_is_not_opened(tmp_path: Path) -> None:
    make(tmp_path, "a.py")
    os.mkfifo(tmp_path / "pipe.py")
    discovery = discover(resolve_target([str(tmp_path)]))
    assert [file.path for file in discovery.files] == ["a.py"]
    assert discovery.skipped[0].reason == "not a regular file"


def test_a_directory_that_cannot_be_listed_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path, "a.py", "locked/b.py")
    scandir = os.scandir

    def refuse(path: str) -> object:
        if path.endswith("locked"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr("codemods.discovery.os.scandir", refuse)
    discovery = discover(resolve_target([str(tmp_path)]))
    assert [place.path for place in discovery.unreadable] == ["locked"]
    assert [file.path for file in discovery.files] == ["a.py"]


@pytest.mark.skipif(os.name == "nt", reason="file names are Unicode on Windows")
def test_a_name_that_is_no_utf8_is_found(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.py")).write_text("x = 1\n", "utf-8")
    assert [os.fsencode(path) for path in found(tmp_path)] == [b"\xff.py"]


def test_kinds_follow_from_names(tmp_path: Path) -> None:
    make(tmp_path, "a.py", "b.pyi", "c.ipynb", "d.md", "e.yaml")
    kinds = {file.path: file.kind for file in discover(resolve_target([str(tmp_path)])).files}
    assert kinds == {
        "a.py": FileKind.PYTHON,
        "b.pyi": FileKind.PYTHON,
        "c.ipynb": FileKind.NOTEBOOK,
        "d.md": FileKind.MARKDOWN,
        "e.yaml": FileKind.OTHER,
    }


def test_a_script_without_a_suffix_is_known_by_its_first_line(tmp_path: Path) -> None:
    (tmp_path / "bot").write_bytes(b"#!/usr/bin/env python3\nx = 1\n")
    (tmp_path / "deploy").write_bytes(b"#!/bin/sh\n")
    kinds = {file.path: file.kind for file in discover(resolve_target([str(tmp_path)])).files}
    assert kinds == {"bot": FileKind.PYTHON, "deploy": FileKind.OTHER}


def test_a_directory_is_its_own_root(tmp_path: Path) -> None:
    make(tmp_path, "src/a.py", "pyproject.toml")
    assert resolve_target([str(tmp_path / "src")]).root == tmp_path / "src"


def test_several_directories_share_the_directory_above(tmp_path: Path) -> None:
    make(tmp_path, "src/a.py", "tests/b.py", "docs/c.py")
    assert resolve_target([str(tmp_path / "src"), str(tmp_path / "tests")]).root == tmp_path
    assert found(tmp_path / "src", tmp_path / "tests") == ["src/a.py", "tests/b.py"]


def test_single_files_belong_to_their_project(tmp_path: Path) -> None:
    make(tmp_path, "pyproject.toml", "src/pkg/a.py", "src/pkg/b.py")
    target = resolve_target([str(tmp_path / "src/pkg/a.py")])
    assert target.root == tmp_path
    assert target.files == {tmp_path / "src/pkg/a.py"}


def refusal(*paths: str, home: Path | None = None) -> str:
    with pytest.raises(UsageError) as caught:
        resolve_target(paths, home=home)
    return str(caught.value)


def test_wrong_paths_are_refused_with_the_remedy(tmp_path: Path) -> None:
    make(tmp_path, "src/a.py", "src/deep/b.py")
    (tmp_path / "dangling").symlink_to("nowhere")
    src, deep, file = tmp_path / "src", tmp_path / "src/deep", tmp_path / "src/a.py"
    assert "does not exist" in refusal(str(tmp_path / "sirc"))
    assert "leads nowhere" in refusal(str(tmp_path / "dangling"))
    assert "mixes files" in refusal(str(deep), str(file))
    assert "lies inside" in refusal(str(src), str(deep))
    assert "give it once" in refusal(str(src), str(src))
    assert "no PATH" in refusal()


def test_the_home_directory_and_all_above_need_a_confirmation(tmp_path: Path) -> None:
    make(tmp_path, "home/me/a/x.py", "home/me/b/x.py")
    home = tmp_path / "home/me"
    assert "your home directory" in refusal(str(home), home=home)
    assert "above your home" in refusal(str(tmp_path), home=home)
    assert "root of a file system" in refusal(tmp_path.anchor, home=home)
    assert "your home directory" in refusal(str(home / "a"), str(home / "b"), home=home)
    assert resolve_target([str(home)], home=home, allow_broad_root=True).root == home
    assert resolve_target([str(home / "a")], home=home).root == home / "a"


def test_an_empty_path_is_not_the_working_directory() -> None:
    with pytest.raises(UsageError, match="empty"):
        resolve_target([""])


def test_a_named_file_that_is_no_python_is_said_to_be_left_out(tmp_path: Path) -> None:
    make(tmp_path, "a.py", "settings.yaml")
    named = [str(tmp_path / "a.py"), str(tmp_path / "settings.yaml")]
    skipped = discover(resolve_target(named, allow_broad_root=True)).skipped
    assert [(one.path, one.reason) for one in skipped] == [("settings.yaml", "not a Python file")]
