"""Attributes that v5 kept as plain data and this layer computes when they are read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

__all__ = ["live_attribute"]

_Value = TypeVar("_Value")


class live_attribute(Generic[_Value]):  # noqa: N801 - a decorator, as ``property`` is
    """A property that may be assigned: what is assigned is what the instance shows from then on.

    Subclasses keep books of their own under the old names. Nothing of this layer reads them back.
    """

    def __init__(self, compute: Callable[[Any], _Value]) -> None:
        self._compute = compute
        self.__doc__ = compute.__doc__

    @overload
    def __get__(self, instance: None, owner: type) -> live_attribute[_Value]: ...

    @overload
    def __get__(self, instance: object, owner: type) -> _Value: ...

    def __get__(self, instance: object | None, owner: type) -> live_attribute[_Value] | _Value:
        # Without __set__, an assigned value lies in the instance and is found before this.
        return self if instance is None else self._compute(instance)
