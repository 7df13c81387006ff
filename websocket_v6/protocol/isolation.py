"""Copies of a frame, as deep as its type needs, so that consumers never see each other's changes."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

__all__ = ["copier"]

Frame = dict[str, Any]


def _flat(frame: Frame) -> Frame:
    return frame.copy()


def _with_orderbook_units(frame: Frame) -> Frame:
    shallow = frame.copy()
    units = shallow.get("orderbook_units")
    if type(units) is list:
        shallow["orderbook_units"] = [unit.copy() for unit in units]
    return shallow


def _with_assets(frame: Frame) -> Frame:
    shallow = frame.copy()
    assets = shallow.get("assets")
    if type(assets) is list:
        shallow["assets"] = [asset.copy() for asset in assets]
    return shallow


_DEEP_KEYS: dict[str, tuple[str, Callable[[Frame], Frame]]] = {
    "orderbook": ("orderbook_units", _with_orderbook_units),
    "myAsset": ("assets", _with_assets),
}


def copier(frame: Frame) -> Callable[[Frame], Frame]:
    """The cheapest function that isolates frames of the shape of *frame*.

    A frame with containers nobody expected (a new key of the exchange, a ``delisting_date`` given as
    object) is copied all the way down.
    """
    key, copy = _DEEP_KEYS.get(frame.get("type", ""), ("", _flat))
    for name, value in frame.items():
        if type(value) not in (dict, list):
            continue
        expected = (
            name == key
            and type(value) is list
            and all(type(element) is dict and _is_flat(element) for element in value)
        )
        if not expected:
            return deepcopy
    return copy


def _is_flat(element: Frame) -> bool:
    return not any(type(value) in (dict, list) for value in element.values())
