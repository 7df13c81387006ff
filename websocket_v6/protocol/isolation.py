"""Copies of a frame, as deep as its type needs, so that consumers never see each other's changes."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any, Final

from ..exceptions import DecodeError

__all__ = ["Copier", "copier"]

Frame = dict[str, Any]
Copier = Callable[[Frame], Frame]

_flat: Final = dict.copy


def _with_orderbook_units(frame: Frame) -> Frame:
    shallow = frame.copy()
    shallow["orderbook_units"] = list(map(_flat, shallow["orderbook_units"]))
    return shallow


def _with_assets(frame: Frame) -> Frame:
    shallow = frame.copy()
    shallow["assets"] = list(map(_flat, shallow["assets"]))
    return shallow


_LISTS: Final[dict[str, tuple[str, Copier]]] = {
    "orderbook": ("orderbook_units", _with_orderbook_units),
    "myAsset": ("assets", _with_assets),
}


def copier(frame: Frame, text: bytes | None = None) -> Copier:
    """The cheapest function that isolates *frame*.

    A frame with containers nobody expected (a new key of the exchange, a ``delisting_date`` given as
    object) is copied all the way down.

    Args:
        text: the JSON object *frame* was made from. Its brackets tell how deep the frame is, faster than
            a look at the values; a bracket inside a string only costs that look.
    """
    key, copy = _LISTS.get(frame.get("type", ""), (None, _flat))
    if text is not None:
        inner: Any = frame.get(key) if key else ()
        # Objects: the frame and the elements of its one list. More brackets would be something inside.
        if (
            type(inner) in (list, tuple)
            and text.count(b"{") == len(inner) + 1
            and text.count(b"[") == (1 if key else 0)
            and (not inner or _holds_dicts(inner))
        ):
            return copy
    for name, value in frame.items():
        if type(value) not in (dict, list):
            continue
        if name != key or type(value) is dict or not all(map(_is_flat, value)):
            return _deep
    return copy if not key or type(frame.get(key)) is list else _flat


def _holds_dicts(elements: list[Any]) -> bool:
    return set(map(type, elements)) == {dict}


def _deep(frame: Frame) -> Frame:
    try:
        return deepcopy(frame)
    except RecursionError:
        raise DecodeError("nested too deeply to be copied", 0) from None


def _is_flat(element: object) -> bool:
    """Whether *element* is an object with nothing inside."""
    return type(element) is dict and not any(
        type(value) in (dict, list) for value in element.values()
    )
