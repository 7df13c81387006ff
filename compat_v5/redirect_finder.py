"""The meta path finder that maps legacy import paths to the modules of this distribution.

A redirected name and its target are one module object: the loader puts the target into
``sys.modules`` under the legacy name and never touches the target's own ``__spec__``. What the
application has on disk is asked of the other finders on ``sys.meta_path``; none is wrapped.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.util
import sys
import threading
from collections.abc import Iterable, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from .renames import (
    LEGACY_PACKAGE,
    LEGACY_PREFIX,
    PARENT_REEXPORTS,
    SHIM_MARK,
    SIBLING_MODULES,
    V6_PACKAGE,
)

__all__ = ["COMPAT", "LegacyFinder", "is_shim", "locate"]

COMPAT = __name__.rpartition(".")[0]
V6 = "websocket_v6"

_TOP = LEGACY_PREFIX.partition(".")[0]
_parts = LEGACY_PREFIX.split(".")
_PARENTS = frozenset(".".join(_parts[: depth + 1]) for depth in range(len(_parts)))
_SIBLINGS = {f"{LEGACY_PREFIX}.{name}": f"{COMPAT}.{name}" for name in SIBLING_MODULES}

SearchPath = Sequence[str] | None


def _is_within(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def _is_folder(spec: ModuleSpec) -> bool:
    """A namespace package: a folder without ``__init__.py``, such as a deleted package leaves."""
    return spec.submodule_search_locations is not None and not spec.has_location


def is_shim(spec: ModuleSpec) -> bool:
    """Whether a module on disk is a file of ``upbit-migrate shim``, which leads here by itself."""
    if not spec.has_location or spec.origin is None:
        return False
    try:
        with Path(spec.origin).open("rb") as file:
            return file.read(len(SHIM_MARK)) == SHIM_MARK.encode()
    except OSError:
        return False


def _ask(finders: Iterable[Any], name: str, path: SearchPath) -> ModuleSpec | None:
    for finder in finders:
        find_spec = getattr(finder, "find_spec", None)
        spec: ModuleSpec | None = find_spec(name, path, None) if find_spec else None
        if spec is not None:
            return spec
    return None


def locate(name: str) -> ModuleSpec | None:
    """What *name* is on disk, our own finder left aside. Imports nothing, not even parents."""
    top, *below = name.split(".")
    others = [finder for finder in sys.meta_path if not isinstance(finder, LegacyFinder)]
    spec = _ask(others, top, None)
    for part in below:
        if spec is None or spec.submodule_search_locations is None:
            return None
        # By its last part alone: for a full name the path finder wants the parents imported.
        spec = PathFinder.find_spec(part, list(spec.submodule_search_locations))
    return spec


class LegacyFinder(importlib.abc.MetaPathFinder):
    """Finds legacy packages, their submodules and the parents the application does not have.

    Args:
        override: redirect the legacy package even where a real one is on disk.
        v6: import name of the copy of ``websocket_v6`` that everything is bound to; ``None`` for
            the installed one.
    """

    def __init__(self, override: bool, v6: str | None) -> None:
        self.override = override
        self.v6 = v6
        self.loaded: set[str] = set()
        """Names in ``sys.modules`` that are there through this finder."""
        self._asking = threading.local()

    def find_spec(
        self, fullname: str, path: SearchPath = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not fullname.startswith((_TOP, V6)):
            return None
        # While we ask the other finders, one of them may ask the import system in turn.
        if getattr(self._asking, "name", None) == fullname:
            return None
        if fullname in _PARENTS:
            return self._parent(fullname, path)
        alias = self._alias(fullname, path)
        return None if alias is None else self._alias_spec(fullname, alias)

    def _alias(self, name: str, path: SearchPath) -> str | None:
        """The module that stands behind *name*; ``None`` when *name* is none of ours."""
        if _is_within(name, LEGACY_PACKAGE):
            if name != LEGACY_PACKAGE:
                ours = sys.modules.get(LEGACY_PACKAGE) is sys.modules.get(COMPAT)
            else:
                ours = self.override or not self._application_has(name, path)
            return COMPAT + name.removeprefix(LEGACY_PACKAGE) if ours else None
        if _is_within(name, V6_PACKAGE):
            return self._v6_alias(name, path)
        if _is_within(name, V6):
            return None if self.v6 is None else self.v6 + name.removeprefix(V6)
        sibling = _SIBLINGS.get(name)
        return None if sibling is None or self._application_has(name, path) else sibling

    def _v6_alias(self, name: str, path: SearchPath) -> str | None:
        target = self.v6 or V6
        if target == V6_PACKAGE:
            return None  # the copy itself
        if name != V6_PACKAGE:
            ours = sys.modules.get(V6_PACKAGE) is sys.modules.get(target)
        else:
            ours = not self._application_has(name, path)
        return target + name.removeprefix(V6_PACKAGE) if ours else None

    def _application_has(self, name: str, path: SearchPath) -> bool:
        spec = self._on_disk(name, path)
        return spec is not None and not _is_folder(spec) and not is_shim(spec)

    def _on_disk(self, name: str, path: SearchPath) -> ModuleSpec | None:
        self._asking.name = name
        try:
            return _ask([f for f in sys.meta_path if f is not self], name, path)
        finally:
            self._asking.name = None

    def _parent(self, name: str, path: SearchPath) -> ModuleSpec | None:
        found = self._on_disk(name, path)
        if found is not None and not (_is_folder(found) and name in PARENT_REEXPORTS):
            return None
        spec = ModuleSpec(name, _ParentLoader(self), is_package=True)
        if found is not None:  # an empty folder of the application keeps its content
            spec.submodule_search_locations = found.submodule_search_locations
        return spec

    def _alias_spec(self, name: str, target: str) -> ModuleSpec | None:
        found = importlib.util.find_spec(target)
        if found is None:
            return None
        spec = ModuleSpec(name, _AliasLoader(self, target), origin=found.origin)
        spec.submodule_search_locations = found.submodule_search_locations
        return spec


class _Stand(ModuleType):
    """Stands under the legacy name while the target loads.

    A thread that imports the same name meanwhile may hold on to it, so it answers as the target.
    """

    def __init__(self, name: str, target: str) -> None:
        super().__init__(name)
        self.__dict__["_target"] = target

    def __getattr__(self, name: str) -> Any:
        return getattr(importlib.import_module(self.__dict__["_target"]), name)


class _AliasLoader(importlib.abc.InspectLoader):
    """Makes the legacy name another name of the target module."""

    def __init__(self, finder: LegacyFinder, target: str) -> None:
        self._finder = finder
        self.target = target

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _Stand(spec.name, self.target)

    def exec_module(self, module: ModuleType) -> None:
        name = module.__name__
        sys.modules[name] = importlib.import_module(self.target)
        self._finder.loaded.add(name)

    # What `python -m` and inspection need, answered by the target's own loader.

    def _loader(self) -> Any:
        spec = importlib.util.find_spec(self.target)
        if spec is None or spec.loader is None:
            raise ImportError(f"{self.target} is gone", name=self.target)
        return spec.loader

    def get_code(self, fullname: str) -> CodeType | None:
        code: CodeType | None = self._loader().get_code(self.target)
        return code

    def get_source(self, fullname: str) -> str | None:
        source: str | None = self._loader().get_source(self.target)
        return source

    def is_package(self, fullname: str) -> bool:
        answer: bool = self._loader().is_package(self.target)
        return answer


class _ParentLoader(importlib.abc.Loader):
    """Makes a parent package that holds nothing but the names it used to re-export."""

    def __init__(self, finder: LegacyFinder) -> None:
        self._finder = finder

    def exec_module(self, module: ModuleType) -> None:
        name = module.__name__
        reexports = PARENT_REEXPORTS.get(name, {})

        def __getattr__(attribute: str) -> Any:  # noqa: N807 - it becomes the module's own
            if attribute in reexports:
                legacy = importlib.import_module(LEGACY_PACKAGE)
                return getattr(legacy, reexports[attribute])
            raise AttributeError(f"module {name!r} has no attribute {attribute!r}")

        module.__doc__ = "A parent package of legacy import paths; see compat_v5.install."
        module.__dict__.update(__getattr__=__getattr__, __all__=sorted(reexports))
        self._finder.loaded.add(name)
