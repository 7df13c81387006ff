"""How long a line of the application may be, as its own tools are told."""

from __future__ import annotations

import configparser
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from codemods.options import DEFAULT_LINE_LENGTH
from codemods.paths import leads_out

__all__ = ["line_length"]

_TOML_KEYS = (
    ("ruff", "line-length"),
    ("black", "line-length"),
    ("isort", "line_length"),
    ("flake8", "max-line-length"),
    ("pycodestyle", "max-line-length"),
)
_INI_FILES = ("setup.cfg", ".flake8", "tox.ini")


def line_length(root: Path) -> int:
    """The first limit found for ruff, black, isort, flake8 or pycodestyle, in *root* or the nearest
    directory above it up to the one under version control; 88 without any. Links out are not followed."""
    for directory in (root, *root.parents):
        for found in (*_from_toml(directory), *_from_ini(directory)):
            if isinstance(found, int) and found >= 40:
                return found
        if (directory / ".git").exists():
            break
    return DEFAULT_LINE_LENGTH


def _from_toml(directory: Path) -> Iterator[object]:
    path = directory / "pyproject.toml"
    if leads_out(path):
        return
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return  # none, or one that the settings complain about
    tools: Any = document.get("tool", {})
    for tool, key in _TOML_KEYS:
        table = tools.get(tool, {}) if isinstance(tools, dict) else {}
        yield table.get(key) if isinstance(table, dict) else None


def _from_ini(directory: Path) -> Iterator[object]:
    for name in _INI_FILES:
        if leads_out(directory / name):
            continue
        parser = configparser.ConfigParser(interpolation=None)
        try:
            parser.read(directory / name, "utf-8")
            for section in ("flake8", "pycodestyle"):
                yield parser.getint(section, "max-line-length", fallback=None)
        except (OSError, ValueError, configparser.Error):
            continue  # not ours to complain about
