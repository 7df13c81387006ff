"""Abstract values: what an expression may be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = [
    "DECODED",
    "NONE",
    "OTHER",
    "UNKNOWN",
    "Bound",
    "Class",
    "Client",
    "Container",
    "External",
    "Function",
    "Getter",
    "Instance",
    "LegacyModule",
    "LegacyName",
    "Maker",
    "Module",
    "Moment",
    "Partial",
    "Payload",
    "Plain",
    "Reader",
    "Value",
]

Origin = Literal["constructed", "factory", "annotation", "mock", "class value"]


@dataclass(frozen=True, slots=True)
class Client:
    """A legacy client, named by the place it comes from. *kind* is ``"any"`` where both are possible."""

    path: str
    line: int
    column: int
    kind: Literal["public", "private", "any"]
    origin: Origin

    @property
    def is_made(self) -> bool:
        """Whether a call of the project makes it."""
        return self.origin in ("constructed", "factory")


@dataclass(frozen=True, slots=True)
class LegacyName:
    """A class, function or constant of the legacy package, as a value."""

    sub: str
    name: str


@dataclass(frozen=True, slots=True)
class LegacyModule:
    """The legacy package (*sub* ``""``) or one of its submodules."""

    sub: str


@dataclass(frozen=True, slots=True)
class Module:
    """A file of the project, as a module object."""

    path: str


@dataclass(frozen=True, slots=True)
class External:
    """Something from outside of the project, by dotted name."""

    name: str


@dataclass(frozen=True, slots=True)
class Class:
    """A class of the project."""

    path: str
    name: str
    line: int


@dataclass(frozen=True, slots=True)
class Instance:
    """An instance of a project class; all instances of a class are one value."""

    of: Class


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the project."""

    path: str
    name: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Bound:
    """A method together with its receiver."""

    function: Function
    receiver: Instance | Class


@dataclass(frozen=True, slots=True)
class Partial:
    """``functools.partial`` over a project function with *given* positional arguments filled in."""

    inner: Function | Bound
    given: int


@dataclass(frozen=True, slots=True)
class Maker:
    """``functools.partial`` over a client class: whoever calls it gets *client*."""

    client: Client


@dataclass(frozen=True, slots=True)
class Container:
    """A list, tuple, dict, set, queue, generator or context manager, named by its place."""

    path: str
    line: int
    column: int
    label: str = ""


@dataclass(frozen=True, slots=True)
class Payload:
    """What a legacy callback receives, or the frame inside it.

    *data_type* is the wire name, ``"*"`` where the subscription does not tell.
    """

    client: Client
    data_type: str
    layer: Literal["envelope", "frame"]


@dataclass(frozen=True, slots=True)
class Moment:
    """The ``timestamp`` of an envelope, a datetime; the frame's is an integer of milliseconds."""

    of: Payload


@dataclass(frozen=True, slots=True)
class Reader:
    """A method of a payload that looks a key up, as a value: ``get = data.get``."""

    of: Payload
    method: str


@dataclass(frozen=True, slots=True)
class Getter:
    """``operator.itemgetter``; ``None`` stands for a key that is computed."""

    keys: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Plain:
    """A value the analysis knows nothing more about than its *word* says.

    ``"none"`` and ``"other"`` are certainly no client, ``"unknown"`` may be one. ``"foreign"`` comes from
    code outside of the project and may be a payload that was handed to such code: to *root*, its
    top-level package, or to anything where *root* is empty. ``"decoded"`` was parsed from text or bytes.
    """

    word: Literal["none", "other", "unknown", "foreign", "decoded"]
    root: str = ""


NONE = Plain("none")
OTHER = Plain("other")
UNKNOWN = Plain("unknown")
DECODED = Plain("decoded")

Value = (
    Client
    | LegacyName
    | LegacyModule
    | Module
    | External
    | Class
    | Instance
    | Function
    | Bound
    | Partial
    | Maker
    | Container
    | Payload
    | Moment
    | Reader
    | Getter
    | Plain
)
