"""Which hub the proxies of this process use, and what happens to it on fork.

The manager module fills the registry; a proxy asks it at each call, so that proxies may be made before
anything is initialized and outlive a shutdown.
"""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Callable
from typing import Final

from .exceptions import TwoInstallations
from .typing import Hub

__all__ = ["check_single_installation", "default_hub", "set_default_hub", "set_hub_factory"]

_MARK: Final = "_upbit_websocket_v6_in_use"
"""Attribute of ``sys``: import name of the copy of this package that holds the process's connection.
A module global would not do: another copy has its own."""

_factory: Callable[[], Hub] | None = None
_hub: Hub | None = None
_successor: Callable[[], Hub] | None = None
"""In a forked child: makes a hub with the settings of the parent's."""
_of_parents: list[Hub] = []


def set_hub_factory(factory: Callable[[], Hub]) -> None:
    """Say how the default hub is made; done by the manager's module."""
    global _factory
    _factory = factory


def load_runtime() -> None:
    """Load what talks to the exchange, which is most of this package and all of its dependencies.

    Done when the proxy's or the manager's name is taken from the package, and at the latest when one is
    made: a first subscription should not hold up a running loop for it.
    """
    from ._async import hub  # noqa: F401


def set_default_hub(hub: Hub | None) -> Hub | None:
    """Replace the default hub; returns the former. ``None``: the next use makes a new one."""
    global _hub, _successor
    former, _hub = _hub, hub
    _successor = None
    _abandon_closed(former)
    return former


def _abandon_closed(hub: Hub | None) -> None:
    """A hub that is not used any more must not leave sockets of a closed loop to the collector."""
    abandon = getattr(hub, "abandon_closed", None)
    if abandon is not None:
        abandon()


atexit.register(lambda: _abandon_closed(_hub))


def default_hub() -> Hub:
    """The hub of this process."""
    global _hub
    if _hub is None:
        if _factory is None:
            from . import global_websocket_manager  # noqa: F401 - fills the registry
        assert _factory is not None  # noqa: S101 - filled by the import
        _hub = (_successor or _factory)()
    return _hub


def check_single_installation() -> None:
    """Before the first connection: no other copy of this package may hold one.

    Raises:
        TwoInstallations: another copy does.
    """
    ours = __name__.rpartition(".")[0]
    holder = getattr(sys, _MARK, None)
    if holder is None or holder[0] == ours or holder[1] != os.getpid():
        setattr(sys, _MARK, (ours, os.getpid()))
        return
    raise TwoInstallations(holder[0], ours)


def release_installation() -> None:
    """After a shutdown another copy may connect."""
    ours = __name__.rpartition(".")[0]
    holder = getattr(sys, _MARK, None)
    if holder is not None and holder[0] == ours:
        delattr(sys, _MARK)


def _after_fork_in_child() -> None:
    """The child starts with no connection and leaves the parent's alone.

    The parent's hub is kept, so that nothing of it is finalized in the child. Its settings hold: without
    them a program that is configured for another server would reach the live exchange.
    """
    global _hub, _successor
    if _hub is not None:
        leave = getattr(_hub, "leave_to_parent", None)
        if leave is not None:
            leave()
        _successor = getattr(_hub, "successor", None)
        _of_parents.append(_hub)
        _hub = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
