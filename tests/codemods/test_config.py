"""``[tool.upbit-migrate]``."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemods.config import Settings, read_settings
from codemods.exceptions import UsageError
from codemods.style import line_length


def write(root: Path, text: str) -> None:
    (root / "pyproject.toml").write_text(text, "utf-8")


def test_nothing_is_said_without_a_file_or_table(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    assert read_settings(tmp_path) == Settings()
    write(tmp_path, "[project]\nname = 'x'\n")
    assert read_settings(tmp_path) == Settings()


def test_every_setting_is_read_also_from_above(tmp_path: Path) -> None:
    write(
        tmp_path,
        """
[tool.upbit-migrate]
select = ["UWS1"]
ignore = ["UWS203"]
exclude = ["vendor/"]
target-package = "app.websocket_v6"
unsafe = true
entry = true
hoist-credentials = true
markdown = true
jobs = 3
""",
    )
    (tmp_path / "src").mkdir()
    assert read_settings(tmp_path / "src") == Settings(
        ("UWS1",), ("UWS203",), ("vendor/",), "app.websocket_v6", True, True, True, True, 3
    )


def test_the_search_ends_at_version_control(tmp_path: Path) -> None:
    write(tmp_path, "[tool.upbit-migrate]\njobs = 3\n")
    (tmp_path / "repo/.git").mkdir(parents=True)
    assert read_settings(tmp_path / "repo") == Settings()


def test_settings_behind_a_link_out_of_the_project_are_not_read(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    write(tmp_path, "[tool.upbit-migrate]\nunsafe = true\n[tool.ruff]\nline-length = 120\n")
    (tmp_path / "flake8").write_text("[flake8]\nmax-line-length = 130\n", "utf-8")
    (root / "pyproject.toml").symlink_to(tmp_path / "pyproject.toml")
    (root / ".flake8").symlink_to(tmp_path / "flake8")
    (root / ".git").mkdir()
    with pytest.raises(UsageError, match="symbolic link out of the project"):
        read_settings(root)
    assert line_length(root) == 88


def test_settings_behind_a_link_within_the_project_are_read(tmp_path: Path) -> None:
    root = tmp_path / "member"
    root.mkdir()
    (tmp_path / ".git").mkdir()
    write(tmp_path, "[tool.upbit-migrate]\nunsafe = true\n[tool.ruff]\nline-length = 120\n")
    (root / "pyproject.toml").symlink_to(tmp_path / "pyproject.toml")
    assert read_settings(root) == Settings(unsafe=True)
    assert line_length(root) == 120


def test_what_is_said_later_wins() -> None:
    merged = Settings(jobs=1, select=()).over(Settings(jobs=3, select=("UWS1",), markdown=True))
    assert merged == Settings(jobs=1, select=(), markdown=True)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("selct = []", "did you mean 'select'"),
        ("colour = 1", "known are select"),
        ("select = 'UWS1'", "list of strings"),
        ("unsafe = 1", "true or false"),
        ("jobs = -1", "0 or more"),
        ("jobs = true", "0 or more"),
        ("target-package = 3", "must be a string"),
        ("= 3", "not valid TOML"),
    ],
)
def test_a_wrong_setting_names_itself(table: str, message: str, tmp_path: Path) -> None:
    write(tmp_path, f"[tool.upbit-migrate]\n{table}\n")
    with pytest.raises(UsageError, match=message):
        read_settings(tmp_path)
