"""What counts as v5: dotted paths and the names behind them. Facts come from ``compat_v5.renames``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from compat_v5.renames import (
    CLIENT_CLASSES,
    EXPORTS_BY_SUBMODULE,
    FACTORIES,
    LEGACY_SUBMODULES,
    PARENT_REEXPORTS,
    RENAMES,
    SIBLING_MODULES,
)

__all__ = [
    "COMPAT_PACKAGE",
    "DISTINCTIVE_METHODS",
    "LEGACY_FOLDER",
    "NEEDLES",
    "SUBSCRIBE_TYPES",
    "ClientKind",
    "NameKind",
    "class_name",
    "compat_module",
    "compat_path",
    "documented_module",
    "exception_successor",
    "exports",
    "is_exception",
    "kind_of_client",
    "legacy_submodule",
    "name_kind",
    "parent_reexport",
]

ClientKind = Literal["public", "private"]
NameKind = Literal["class", "factory", "exception", "module", "other"]

LEGACY_FOLDER = "websocket_v5"
"""Last part of the legacy package's dotted path, wherever an application keeps it."""

COMPAT_PACKAGE = "compat_v5"

_COMPAT_MODULES = frozenset((*LEGACY_SUBMODULES, *SIBLING_MODULES))
"""Those of ``compat_v5`` that stand for modules of the application."""

NEEDLES: tuple[bytes, ...] = (
    LEGACY_FOLDER.encode(),
    COMPAT_PACKAGE.encode(),
    *(name.encode() for name in CLIENT_CLASSES),
)
"""A file with none of these cannot mention v5 by itself."""

SUBSCRIBE_TYPES: Mapping[str, str] = {
    "subscribe_ticker": "ticker",
    "subscribe_trade": "trade",
    "subscribe_orderbook": "orderbook",
    "subscribe_candle": "candle",
    "subscribe_my_orders": "myOrder",
    "subscribe_my_assets": "myAsset",
    "subscribe": "*",
    "subscribe_realtime": "*",
}
"""``{client method that takes a callback: data type of its frames}``."""

DISTINCTIVE_METHODS = frozenset(
    {
        "subscribe_ticker",
        "subscribe_trade",
        "subscribe_orderbook",
        "subscribe_candle",
        "subscribe_my_orders",
        "subscribe_my_assets",
    }
)
"""Methods that hardly any other class has: a call on an unknown receiver deserves a note."""

_EXCEPTIONS: Mapping[str, str | None] = {
    rename.old: rename.new for rename in RENAMES if rename.kind == "exception"
}


@dataclass(frozen=True, slots=True)
class LegacyPath:
    """A dotted path inside the legacy package: ``sub`` is ``""`` for the package itself."""

    prefix: str
    sub: str


def legacy_submodule(dotted: str) -> str | None:
    """The path below the legacy package: ``""`` for the package, ``None`` when it is no legacy path.

    >>> legacy_submodule("app.websocket_v5.models")
    'models'
    """
    parts = dotted.split(".")
    if parts[0] == COMPAT_PACKAGE and (len(parts) == 1 or parts[1] in _COMPAT_MODULES):
        return ".".join(parts[1:])
    if LEGACY_FOLDER in parts:
        within = parts[::-1].index(LEGACY_FOLDER)  # behind the last one, where it holds another
        return ".".join(parts[len(parts) - within :])
    return None


def parent_reexport(dotted: str, name: str) -> str | None:
    """The legacy name a parent package re-exports as *name*."""
    return PARENT_REEXPORTS.get(dotted, {}).get(name)


def compat_module(sub: str, name: str | None = None) -> str:
    """The ``compat_v5`` module that has what the legacy submodule had."""
    sub = documented_module(sub, name)
    if name is not None and sub in EXPORTS_BY_SUBMODULE:
        elsewhere = EXPORTS_BY_SUBMODULE[sub].accidental.get(name)
        if elsewhere is not None:
            return elsewhere
    return f"{COMPAT_PACKAGE}.{sub}" if sub else COMPAT_PACKAGE


def compat_path(path: str) -> str:
    """The dotted path in ``compat_v5`` for one below the legacy package, whatever that names."""
    is_documented = path.partition(".")[0] in LEGACY_SUBMODULES
    return f"{COMPAT_PACKAGE}.{path}" if is_documented else compat_module(path)


def documented_module(sub: str, name: str | None = None) -> str:
    """The documented submodule that stands for *sub*, which may be a module of the application's own
    beside or below those: go by its path, then by what it is to bring."""
    if not sub:
        return sub
    known = [part for part in sub.split(".") if part in _COMPAT_MODULES]
    homes = [home for home, exports in EXPORTS_BY_SUBMODULE.items() if name in exports.public]
    return [*known, *homes, ""][0]


def exports(sub: str, name: str) -> bool:
    """Whether ``from <legacy package>.<sub> import *`` brings *name*, in v5 or from the module of
    ``compat_v5`` that takes its place."""
    known = EXPORTS_BY_SUBMODULE.get(documented_module(sub))
    return known is not None and (name in known.public or name in known.accidental)


def kind_of_client(name: str) -> ClientKind:
    """Whether the class or factory *name* makes a public or a private client."""
    return CLIENT_CLASSES[FACTORIES.get(name, name)]


def class_name(kind: str) -> str | None:
    """The client class of a kind; ``None`` for a kind that is not known."""
    return next((name for name, known in CLIENT_CLASSES.items() if known == kind), None)


def name_kind(name: str) -> NameKind:
    """What a name imported from the legacy package is."""
    if name in CLIENT_CLASSES:
        return "class"
    if name in FACTORIES:
        return "factory"
    if name in _EXCEPTIONS:
        return "exception"
    if name in LEGACY_SUBMODULES:
        return "module"
    return "other"


def is_exception(name: str) -> bool:
    """Whether *name* is one of the legacy exceptions."""
    return name in _EXCEPTIONS


def exception_successor(name: str) -> str | None:
    """The v6 exception to catch instead; ``None`` when nothing like it is raised any more."""
    return _EXCEPTIONS.get(name)
