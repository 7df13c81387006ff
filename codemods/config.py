"""Settings of a project: ``[tool.upbit-migrate]`` in its ``pyproject.toml``.

::

    [tool.upbit-migrate]
    select = ["UWS1"]                 # codes or prefixes; empty: all that are not opt-in
    ignore = ["UWS203"]
    exclude = ["vendor/", "*_pb2.py"] # .gitignore syntax, relative to the root
    target-package = "my_app.websocket_v6"
    unsafe = false                    # also the rules whose result a person must review
    entry = false                     # also the application's entry point
    hoist-credentials = false         # one key pair: pass it to initialize
    markdown = false                  # also fenced Python in Markdown
    jobs = 4                          # files read at the same time

The command line overrides single settings; its lists replace these lists.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Self

from codemods.exceptions import UsageError
from codemods.paths import leads_out

__all__ = ["Settings", "read_settings"]


@dataclass(frozen=True, slots=True)
class Settings:
    """What a project, or a command line, says; None where it says nothing."""

    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] | None = None
    exclude: tuple[str, ...] | None = None
    target_package: str | None = None
    unsafe: bool | None = None
    entry: bool | None = None
    hoist_credentials: bool | None = None
    markdown: bool | None = None
    jobs: int | None = None

    def over(self, other: Settings) -> Self:
        """These settings; those of *other* where nothing is said here."""
        merged: dict[str, Any] = {}
        for field in fields(self):
            own = getattr(self, field.name)
            merged[field.name] = getattr(other, field.name) if own is None else own
        return type(self)(**merged)


def read_settings(root: Path) -> Settings:
    """The settings in the ``pyproject.toml`` of *root*, or of the nearest directory above it.

    The search ends at the directory that is under version control.

    Raises:
        UsageError: the file cannot be read, is a link out of the project, or holds an unknown key or a
            wrong type.
    """
    for directory in (root, *root.parents):
        path = directory / "pyproject.toml"
        if path.is_file():
            if leads_out(path):
                raise UsageError(
                    f"{path} is a symbolic link out of the project, which is not followed; "
                    "put the file itself there"
                )
            return _settings(path, _table(path))
        if (directory / ".git").exists():
            break
    return Settings()


def _table(path: Path) -> Mapping[str, Any]:
    try:
        document = tomllib.loads(path.read_bytes().decode("utf-8"))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise UsageError(f"{path} is not valid TOML: {error}") from error
    table = document.get("tool", {}).get("upbit-migrate", {})
    if not isinstance(table, Mapping):
        raise UsageError(f"{path}: [tool.upbit-migrate] must be a table, not {table!r}")
    return table


def _settings(path: Path, table: Mapping[str, Any]) -> Settings:
    known = {field.name.replace("_", "-"): field for field in fields(Settings)}
    given: dict[str, Any] = {}
    for key, value in table.items():
        if key not in known:
            close = difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(known)}"
            raise UsageError(f"{path}: unknown key {key!r} in [tool.upbit-migrate]; {hint}")
        given[known[key].name] = _checked(f"{path}: {key}", known[key].name, value)
    return Settings(**given)


def _checked(where: str, name: str, value: object) -> object:
    match name, value:
        case (("select" | "ignore" | "exclude"), list()) if all(isinstance(v, str) for v in value):
            return tuple(value)
        case (("select" | "ignore" | "exclude"), _):
            raise UsageError(f"{where} must be a list of strings, not {value!r}")
        case (("unsafe" | "entry" | "hoist_credentials" | "markdown"), bool()):
            return value
        case (("unsafe" | "entry" | "hoist_credentials" | "markdown"), _):
            raise UsageError(f"{where} must be true or false, not {value!r}")
        case "jobs", int() if not isinstance(value, bool) and value >= 0:
            return value
        case "jobs", _:
            raise UsageError(f"{where} must be a whole number, 0 or more, not {value!r}")
        case "target_package", str():
            return value
        case _:
            raise UsageError(f"{where} must be a string, not {value!r}")
