"""The legacy state machine."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compat_v5 import exceptions, state
from compat_v5.state import StateTransitionError, WebSocketState, WebSocketStateMachine

S = WebSocketState
TABLE = {
    S.DISCONNECTED: {S.CONNECTING},
    S.CONNECTING: {S.CONNECTED, S.ERROR, S.DISCONNECTED},
    S.CONNECTED: {S.SUBSCRIBING, S.DISCONNECTING, S.ERROR, S.ACTIVE},
    S.SUBSCRIBING: {S.ACTIVE, S.ERROR, S.DISCONNECTING},
    S.ACTIVE: {S.SUBSCRIBING, S.DISCONNECTING, S.RECONNECTING, S.ERROR},
    S.RECONNECTING: {S.CONNECTING, S.DISCONNECTED, S.ERROR},
    S.DISCONNECTING: {S.DISCONNECTED},
    S.ERROR: {S.RECONNECTING, S.DISCONNECTING, S.DISCONNECTED},
}


def test_values_are_one_to_eight_in_the_old_order():
    assert [s.name for s in WebSocketState] == [
        "DISCONNECTED",
        "CONNECTING",
        "CONNECTED",
        "SUBSCRIBING",
        "ACTIVE",
        "RECONNECTING",
        "DISCONNECTING",
        "ERROR",
    ]
    assert [s.value for s in WebSocketState] == list(range(1, 9))


@pytest.mark.parametrize("start", S)
@pytest.mark.parametrize("target", S)
def test_only_the_transitions_of_the_table(start, target):
    machine = WebSocketStateMachine(start)
    assert machine.can_transition_to(target) is (target in TABLE[start])
    if target in TABLE[start]:
        assert machine.transition_to(target) is True
        assert (machine.previous_state, machine.current_state) == (start, target)
        return
    with pytest.raises(StateTransitionError) as caught:
        machine.transition_to(target)
    assert (caught.value.current_state, caught.value.target_state) == (start, target)
    assert machine.current_state is start
    assert machine.transition_to(target, force=True) is True
    assert machine.current_state is target


@pytest.mark.parametrize("current", S)
def test_questions_about_a_state(current):
    machine = WebSocketStateMachine(current)
    assert machine.is_connected() is (current in (S.CONNECTED, S.SUBSCRIBING, S.ACTIVE))
    assert machine.is_active() is (current is S.ACTIVE)
    assert machine.is_error() is (current is S.ERROR)
    assert machine.is_reconnecting() is (current is S.RECONNECTING)


def test_the_transition_error_is_not_a_websocket_error():
    assert state.StateTransitionError is not exceptions.StateTransitionError
    assert not issubclass(state.StateTransitionError, exceptions.WebSocketError)


def test_callbacks_hear_their_state_only_and_their_faults_change_nothing():
    machine = WebSocketStateMachine()
    heard = []

    def faulty(previous, new):
        raise RuntimeError("listener")

    machine.add_transition_callback(S.CONNECTING, faulty)
    machine.add_transition_callback(S.CONNECTING, lambda *states: heard.append(states))
    machine.transition_to(S.CONNECTING)
    machine.transition_to(S.CONNECTED)
    assert heard == [(S.DISCONNECTED, S.CONNECTING)]
    assert machine.current_state is S.CONNECTED


def test_history_is_limited_and_ordered():
    machine = WebSocketStateMachine()
    machine.transition_to(S.CONNECTING)
    machine.transition_to(S.CONNECTED)
    assert [s for s, _ in machine.get_state_history(2)] == [S.CONNECTING, S.CONNECTED]
    assert all(isinstance(at, datetime) for _, at in machine.get_state_history())
    assert machine.get_state_history(0) == []


def test_reset_forgets():
    machine = WebSocketStateMachine(S.ACTIVE)
    machine.transition_to(S.ERROR)
    machine.reset()
    assert machine.current_state is S.DISCONNECTED
    assert machine.previous_state is None
    assert [s for s, _ in machine.get_state_history()] == [S.DISCONNECTED]


@given(st.lists(st.sampled_from(list(S)), max_size=30))
def test_no_walk_leaves_the_table(targets):
    machine = WebSocketStateMachine()
    for target in targets:
        before = machine.current_state
        try:
            machine.transition_to(target)
        except StateTransitionError:
            assert machine.current_state is before
        else:
            assert target in TABLE[before]
