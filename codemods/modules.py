"""Which file an import means. Works on paths alone: nothing is imported, nothing is read.

A file is known under every dotted suffix of its path (``src/app/net/feed.py`` is ``feed``,
``net.feed``, ``app.net.feed`` and ``src.app.net.feed``), because a source tree does not say which of its
folders is on ``sys.path``. The longest match wins; an ambiguous short name is settled by the folder
nearest to the importing file.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable
from posixpath import commonpath

__all__ = ["ModuleGraph", "absolute_name", "module_name"]


def module_name(path: str) -> str:
    """Dotted name of the whole path; a package's ``__init__`` is the package."""
    stem = path.rsplit(".", 1)[0]
    parts = [part for part in stem.split("/") if part not in ("", ".")]
    if parts and parts[-1] == "__init__":
        parts.pop()
    return ".".join(parts)


def absolute_name(path: str, module: str | None, level: int) -> str:
    """The dotted name an import statement in *path* means, as a name of the whole path.

    >>> absolute_name("app/net/feed.py", "models", 2)
    'app.models'
    """
    if level == 0:
        return module or ""
    parts = [part for part in path.split("/")[:-1] if part not in ("", ".")]
    parts = parts[: len(parts) - (level - 1)] if level > 1 else parts
    return ".".join([*parts, *([module] if module else [])])


class ModuleGraph:
    """Finds project files by dotted name."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._by_suffix: dict[str, list[str]] = defaultdict(list)
        self._exact: dict[str, str] = {}
        for path in sorted(paths):
            name = module_name(path)
            self._exact.setdefault(name, path)
            parts = name.split(".")
            for index in range(len(parts)):
                self._by_suffix[".".join(parts[index:])].append(path)

    def find(self, importer: str, module: str | None, level: int = 0) -> str | None:
        """The file that ``import module`` (or ``from <dots>module import …``) in *importer* means."""
        name = absolute_name(importer, module, level)
        if level:
            return self._exact.get(name)
        if name.partition(".")[0] in sys.stdlib_module_names:
            # app/queue.py is not what `import queue` means.
            return self._exact.get(name)
        candidates = self._by_suffix.get(name, [])
        if len(candidates) <= 1:
            return candidates[0] if candidates else None
        # Same name in several folders: a top-level module beside the importer comes first on sys.path.
        return max(candidates, key=lambda path: (_shared_depth(path, importer), -len(path)))


def _shared_depth(one: str, other: str) -> int:
    try:
        return len(commonpath([one, other]).split("/")) if commonpath([one, other]) else 0
    except ValueError:
        return 0
