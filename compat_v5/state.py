"""The legacy connection states and their machine.

A client's machine follows its calls, not the network: the shared connection reconnects on its own
while the client stays ACTIVE.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import Enum
from types import MappingProxyType
from typing import ClassVar

from .clock import local_now

__all__ = ["StateTransitionError", "WebSocketState", "WebSocketStateMachine"]

logger = logging.getLogger(__name__)

_HISTORY = 100


class WebSocketState(Enum):
    """States of a legacy client, values 1 to 8."""

    DISCONNECTED = 1
    CONNECTING = 2
    CONNECTED = 3
    SUBSCRIBING = 4
    ACTIVE = 5
    RECONNECTING = 6
    DISCONNECTING = 7
    ERROR = 8


class StateTransitionError(Exception):
    """A transition the table does not have.

    What happened:
        A state machine was told to enter a state that cannot follow its present one.

    Why:
        Code drives the machine by hand; the clients themselves never do this.

    What to do:
        Ask `can_transition_to` first, or leave the machine to its client.

    Not a ``WebSocketError``: that class of the same name lives in ``compat_v5.exceptions``.
    """

    def __init__(self, current_state: WebSocketState, target_state: WebSocketState) -> None:
        super().__init__(current_state, target_state)
        self.current_state = current_state
        self.target_state = target_state

    def __str__(self) -> str:
        return f"no transition from {self.current_state.name} to {self.target_state.name}"


TransitionCallback = Callable[[WebSocketState, WebSocketState], object]

_S = WebSocketState
_TRANSITIONS: Mapping[WebSocketState, frozenset[WebSocketState]] = MappingProxyType(
    {
        _S.DISCONNECTED: frozenset({_S.CONNECTING}),
        _S.CONNECTING: frozenset({_S.CONNECTED, _S.ERROR, _S.DISCONNECTED}),
        _S.CONNECTED: frozenset({_S.SUBSCRIBING, _S.DISCONNECTING, _S.ERROR, _S.ACTIVE}),
        _S.SUBSCRIBING: frozenset({_S.ACTIVE, _S.ERROR, _S.DISCONNECTING}),
        _S.ACTIVE: frozenset({_S.SUBSCRIBING, _S.DISCONNECTING, _S.RECONNECTING, _S.ERROR}),
        _S.RECONNECTING: frozenset({_S.CONNECTING, _S.DISCONNECTED, _S.ERROR}),
        _S.DISCONNECTING: frozenset({_S.DISCONNECTED}),
        _S.ERROR: frozenset({_S.RECONNECTING, _S.DISCONNECTING, _S.DISCONNECTED}),
    }
)


class WebSocketStateMachine:
    """Where a client stands, and which way it may go.

    Args:
        initial_state: the state to start in.
    """

    ALLOWED_TRANSITIONS: ClassVar[Mapping[WebSocketState, frozenset[WebSocketState]]] = _TRANSITIONS

    def __init__(self, initial_state: WebSocketState = WebSocketState.DISCONNECTED) -> None:
        self._current = initial_state
        self._previous: WebSocketState | None = None
        self._history: deque[tuple[WebSocketState, datetime]] = deque(maxlen=_HISTORY)
        self._callbacks: dict[WebSocketState, list[TransitionCallback]] = {}
        self._record(initial_state)

    def _record(self, state: WebSocketState) -> None:
        self._history.append((state, local_now()))

    @property
    def current_state(self) -> WebSocketState:
        return self._current

    @property
    def previous_state(self) -> WebSocketState | None:
        """The state before the current one; ``None`` before the first transition."""
        return self._previous

    def can_transition_to(self, target_state: WebSocketState) -> bool:
        return target_state in self.ALLOWED_TRANSITIONS.get(self._current, frozenset())

    def transition_to(self, target_state: WebSocketState, force: bool = False) -> bool:
        """Go to *target_state*; always True.

        Args:
            target_state: where to go.
            force: go there even if the table does not allow it.

        Raises:
            StateTransitionError: the table does not allow it.
        """
        if not force and not self.can_transition_to(target_state):
            raise StateTransitionError(self._current, target_state)
        self._previous, self._current = self._current, target_state
        self._record(target_state)
        for callback in tuple(self._callbacks.get(target_state, ())):
            try:
                callback(self._previous, target_state)
            except Exception:
                # A transition has happened whatever its listeners do (legacy contract).
                logger.exception("transition callback failed in state %s", target_state.name)
        return True

    def add_transition_callback(self, state: WebSocketState, callback: TransitionCallback) -> None:
        """Call ``callback(previous, new)`` whenever *state* is entered."""
        self._callbacks.setdefault(state, []).append(callback)

    def get_state_history(self, limit: int = 10) -> list[tuple[WebSocketState, datetime]]:
        """The last *limit* states with the naive local time they were entered, oldest first."""
        return list(self._history)[-limit:] if limit > 0 else []

    def is_connected(self) -> bool:
        """Whether the state is CONNECTED, SUBSCRIBING or ACTIVE."""
        return self._current in (
            WebSocketState.CONNECTED,
            WebSocketState.SUBSCRIBING,
            WebSocketState.ACTIVE,
        )

    def is_active(self) -> bool:
        return self._current is WebSocketState.ACTIVE

    def is_error(self) -> bool:
        return self._current is WebSocketState.ERROR

    def is_reconnecting(self) -> bool:
        return self._current is WebSocketState.RECONNECTING

    def reset(self) -> None:
        """Back to DISCONNECTED with an empty history."""
        self._current = WebSocketState.DISCONNECTED
        self._previous = None
        self._history.clear()
        self._record(self._current)
