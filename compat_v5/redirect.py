"""``install`` and ``uninstall``: legacy import paths lead to this distribution.

::

    import compat_v5
    compat_v5.install()                                  # for the rest of the process
    with compat_v5.install():                            # or for a while
        from upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5 import …

``…upbit.websocket_v5[.sub]`` leads to ``compat_v5[.sub]`` and ``…upbit.websocket_v6[.sub]`` to
``websocket_v6[.sub]``; both names then are one module. The application's own packages stay in
force: parents are made only where it has none, and a real ``websocket_v5`` on disk wins unless
overridden. The files of ``upbit-migrate shim`` are no real one: they lead here, too.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType, ModuleType, TracebackType

from .redirect_finder import COMPAT, V6, LegacyFinder, is_shim, locate
from .renames import LEGACY_PACKAGE, V6_PACKAGE

__all__ = ["Redirection", "install", "uninstall"]


@dataclass(frozen=True, slots=True)
class Redirection:
    """What ``install`` did. As a context manager it takes that back on leaving.

    Args:
        redirected: ``{legacy package: package it leads to}``.
        shadowed: ``{legacy package: file of the application's own package that wins}``.
    """

    redirected: Mapping[str, str]
    shadowed: Mapping[str, str]
    _finder: LegacyFinder
    _before: Redirection | None
    _displaced: Mapping[str, ModuleType]

    def __enter__(self) -> Redirection:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if _current is not self:
            return
        uninstall()
        if self._before is not None:
            install(override=self._before._finder.override, v6=self._before._finder.v6)


_current: Redirection | None = None


def install(override: bool = False, v6: str | None = None) -> Redirection:
    """Redirect legacy imports from now on; a second call replaces the first.

    Call it before the application's own imports. Names already imported from a real v5 stay what
    they are.

    Args:
        override: redirect although the application has a real ``websocket_v5`` on disk.
        v6: import name of a copy of ``websocket_v6`` in the application's tree, such as
            ``"app.vendor.websocket_v6"``: everything, the legacy layer included, uses that copy.
            ``None`` uses the installed package.

    Returns:
        What is redirected and what is shadowed. A ``RuntimeWarning`` says so when the legacy
        package is shadowed.

    Raises:
        ModuleNotFoundError: *v6* names no package.
        ImportError: *v6* is given, but another ``websocket_v6`` is imported already.
    """
    global _current
    before = _current
    if before is not None:
        uninstall()
    _check_copy(v6)

    finder = LegacyFinder(override, v6)
    redirected: dict[str, str] = {}
    shadowed: dict[str, str] = {}
    for package, target in ((LEGACY_PACKAGE, COMPAT), (V6_PACKAGE, v6 or V6)):
        own = None if override and package == LEGACY_PACKAGE else _file_of(package)
        if package == target:
            continue  # the copy lies where applications expect it
        if own is None:
            redirected[package] = target
        else:
            shadowed[package] = own
    displaced = _displace() if override else {}
    sys.meta_path.insert(0, finder)
    _current = Redirection(
        MappingProxyType(redirected), MappingProxyType(shadowed), finder, before, displaced
    )
    if LEGACY_PACKAGE in shadowed:
        warnings.warn(
            f"{LEGACY_PACKAGE} is not redirected: the application's own {shadowed[LEGACY_PACKAGE]} "
            "wins. Use override=True to redirect it nevertheless, or delete that package.",
            RuntimeWarning,
            stacklevel=2,
        )
    return _current


def uninstall() -> None:
    """Undo ``install``: finder, modules under legacy names, parents and what was displaced.

    Objects that were imported meanwhile go on working. Does nothing when nothing is installed.
    """
    global _current
    if _current is None:
        return
    finder, displaced = _current._finder, _current._displaced
    _current = None
    sys.meta_path[:] = [entry for entry in sys.meta_path if entry is not finder]
    for name in sorted(finder.loaded, reverse=True):  # children before their parents
        module = sys.modules.pop(name, None)
        _detach(name, module)
    for name in sorted(displaced):
        _attach(name, displaced[name])


def _check_copy(v6: str | None) -> None:
    if v6 is None:
        return
    spec = locate(v6)
    if spec is None:
        raise ModuleNotFoundError(
            f"v6={v6!r}: no such package; name the copy as the application imports it",
            name=v6,
        )
    loaded = sys.modules.get(V6)
    if loaded is not None and loaded is not sys.modules.get(v6):
        raise ImportError(
            f"v6={v6!r}: another websocket_v6 is imported already, from {loaded.__file__}; call "
            "compat_v5.install before anything imports it",
            name=V6,
        )


def _file_of(package: str) -> str | None:
    """The ``__init__`` file of the application's own *package*, if it has one."""
    spec = locate(package)
    if spec is None or not spec.has_location or is_shim(spec):
        return None
    return spec.origin


def _displace() -> dict[str, ModuleType]:
    """Take a real v5 that is imported already out of ``sys.modules``."""
    displaced = {
        name: module
        for name, module in list(sys.modules.items())
        if name == LEGACY_PACKAGE or name.startswith(LEGACY_PACKAGE + ".")
    }
    for name, module in displaced.items():
        del sys.modules[name]
        _detach(name, module)
    return displaced


def _parent_of(name: str) -> tuple[ModuleType | None, str]:
    """The module that carries *name* as an attribute, unless it is one of ours under an alias."""
    parent_name, _, attribute = name.rpartition(".")
    parent = sys.modules.get(parent_name)
    if parent is not None and parent.__name__ != parent_name:
        parent = None
    return parent, attribute


def _detach(name: str, module: ModuleType | None) -> None:
    parent, attribute = _parent_of(name)
    if parent is not None and module is not None and vars(parent).get(attribute) is module:
        delattr(parent, attribute)


def _attach(name: str, module: ModuleType) -> None:
    sys.modules[name] = module
    parent, attribute = _parent_of(name)
    if parent is not None:
        setattr(parent, attribute, module)
