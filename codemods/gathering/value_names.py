"""Values in words, for reasons."""

from __future__ import annotations

from codemods.flow.values import (
    Class,
    Container,
    External,
    Function,
    Instance,
    LegacyName,
    Maker,
    Payload,
    Value,
)

__all__ = ["describe"]


def describe(value: Value) -> str:
    """What else than a client an expression may be."""
    if isinstance(value, Instance):
        return f"a {value.of.name} ({value.of.path}:{value.of.line})"
    if isinstance(value, Class):
        return f"the class {value.name} ({value.path}:{value.line})"
    if isinstance(value, LegacyName):
        return f"{value.name} itself"
    if isinstance(value, Maker):
        return f"a class bound to arguments ({value.client.path}:{value.client.line})"
    if isinstance(value, Payload):
        return "a payload"
    if isinstance(value, External):
        return f"{value.name}, from outside of the project"
    if isinstance(value, Function):
        return f"the function {value.name} ({value.path}:{value.line})"
    if isinstance(value, Container):
        return f"a container ({value.path}:{value.line})"
    return "something else"
