"""Where values leave the project, and where they may come back.

A payload that is handed to code outside of the project is not followed there. It may come back through
anything that such code hands in: parameters of functions it was given, results of its functions, members
of its objects. Those carry :class:`~codemods.flow.values.Plain` ``("foreign", root)``, and a
:class:`Leak` says what went out. Both name the top-level package they belong to, so that a
payload handed to one library is not looked for in another's results.
"""

from __future__ import annotations

import ast
import builtins
from dataclasses import dataclass

from codemods.flow.values import External, Plain, Value

__all__ = [
    "ANYWHERE",
    "BUILTINS",
    "CALLING",
    "DECODING",
    "ENCODED",
    "QT",
    "TRANSPARENT_DECORATORS",
    "Leak",
    "alternatives",
    "excludes_mapping",
    "foreign",
    "is_decoder",
    "is_encoder",
    "is_linked",
    "root_of",
]

ANYWHERE = "?"
"""The root of a value that nothing is known about at all."""

ENCODED = "<encoded>"
"""The root of what was turned into text or bytes."""


@dataclass(frozen=True, slots=True)
class Leak:
    """Values handed to code the analysis does not see.

    Args:
        path, line: the place.
        callee: what took them, as written.
        root: its top-level package; empty when unknown, ``.name`` for an attribute of that name.
        values: what was handed over.
    """

    path: str
    line: int
    callee: str
    root: str
    values: frozenset[Value]


_CONCURRENCY = frozenset(
    {"asyncio", "threading", "queue", "multiprocessing", "concurrent", "contextvars", "sched"}
)
"""Packages that hand each other's values on."""

BUILTINS = frozenset(dir(builtins))
"""They keep nothing they are given."""

QT = "PyQt"
"""The root of all of Qt's Python packages."""

_V6 = "websocket_v6"
"""The root of v6, wherever it is."""
_QT_PACKAGES = frozenset({"PyQt5", "PyQt6", "PySide2", "PySide6", "qasync", "qtpy"})


def root_of(name: str) -> str:
    """The package a dotted name belongs to; packages that share their objects count as one."""
    first = name.split(".")[0].removesuffix("()")
    if _V6 in name.split("."):
        return _V6
    if first in _CONCURRENCY:
        return "asyncio"
    return QT if first in _QT_PACKAGES else first


def foreign(root: str = "") -> Plain:
    """A value that code of *root* handed in."""
    return Plain("foreign", root)


def is_linked(leak: Leak, value: Value) -> bool:
    """Whether *value* may be what the leak let out: v6 gives nobody a payload of v5."""
    if isinstance(value, External) and value.name.endswith("()"):
        value = foreign(root_of(value.name))
    if not isinstance(value, Plain) or value.root == _V6:
        return False
    if value.word == "decoded":
        return leak.root == ENCODED
    if value.word != "foreign" or leak.root == ENCODED:
        return False
    if leak.root.startswith("."):
        return value.root == leak.root
    return not leak.root or value.root in ("", ANYWHERE, leak.root)


CALLING = {
    "call_soon": 0,
    "call_soon_threadsafe": 0,
    "call_later": 1,
    "call_at": 1,
    "run_in_executor": 1,
    "to_thread": 0,
    "submit": 0,
    "start_soon": 0,
    "singleShot": 1,
}
"""``{method: position of the function it calls with the arguments behind it}``."""

DECODING = frozenset({"loads", "decode", "safe_load", "unpackb", "fromstring", "parse_raw"})
_DECODING_MODULES = frozenset(
    {"json", "orjson", "ujson", "simplejson", "rapidjson", "msgspec", "msgpack", "yaml", "toml"}
    | {"tomllib", "pickle", "marshal", "ast", "csv", "configparser"}
)


def is_decoder(name: str, method: str) -> bool:
    """Whether a call parses text or bytes: *name* is the dotted name, if known."""
    if "." in name and name.split(".")[0] in _DECODING_MODULES:
        if name == "msgspec.convert":
            return False  # of a dictionary, into a class
        return not is_encoder(name)
    return method == "json" or (not name and method in DECODING)


def is_encoder(name: str) -> bool:
    """Whether a function turns its argument into text or bytes."""
    module, _, function = name.rpartition(".")
    return module.split(".")[0] in _DECODING_MODULES and function in (
        "dump",
        "dumps",
        "encode",
        "pack",
        "packb",
        "safe_dump",
    )


TRANSPARENT_DECORATORS = frozenset(
    {"property", "cached_property", "staticmethod", "classmethod", "wraps", "contextmanager"}
    | {"asynccontextmanager", "fixture", "override", "abstractmethod", "overload", "setter"}
    | {"deleter", "getter", "pyqtSlot", "Slot", "asyncSlot", "final", "lru_cache", "cache"}
)
"""Decorators that hand the function to nobody, also where they are methods of an object."""

_NO_MAPPING = frozenset(
    {"str", "int", "float", "bool", "bytes", "complex", "list", "List", "tuple", "Tuple", "set"}
    | {"Set", "frozenset", "FrozenSet", "Sequence", "Iterable", "Callable", "Decimal", "datetime"}
    | {"Path", "UUID", "Enum", "type", "None"}
)


def alternatives(node: ast.expr) -> list[ast.expr]:
    """What a value with this annotation is one of: the parts of ``A | B``, ``Optional[A]``, ``Union[A, B]``,
    also in a string; of any other annotation itself."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        try:
            inner = ast.parse(node.value.strip(), mode="eval").body
        except (SyntaxError, ValueError):
            return [node]
        return alternatives(inner)
    if isinstance(node, ast.BinOp):
        return [*alternatives(node.left), *alternatives(node.right)]
    if isinstance(node, ast.Subscript) and _name(node.value) in ("Optional", "Union"):
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        return [one for part in parts for one in alternatives(part)]
    return [node]


def excludes_mapping(node: ast.expr | None) -> bool:
    """Whether an annotation certainly describes no dictionary: ``str``, ``list[...]``, ``int | None``."""
    parts = alternatives(node) if node is not None else []
    return bool(parts) and all(_is_no_mapping(part) for part in parts)


def _is_no_mapping(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return node.value is None
    return _name(node.value if isinstance(node, ast.Subscript) else node) in _NO_MAPPING


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
