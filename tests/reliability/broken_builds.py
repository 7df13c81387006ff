"""Deliberately broken builds: each takes one thing out of the client that a promise rests on.

The wall seconds in here are longer than what tests allow for a machine that is busy.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from tests.reliability import chaos_run
from websocket_v6 import ConnectionEvent, Lost, Resumed
from websocket_v6._async import hub as hub_module
from websocket_v6._async import transport
from websocket_v6._async.connecting import Connecting
from websocket_v6._async.listeners import Listeners
from websocket_v6._async.router import Router
from websocket_v6.protocol.ledger import Ledger
from websocket_v6.protocol.pacing import RollingWindows
from websocket_v6.protocol.recent_trades import RecentTrades
from websocket_v6.protocol.session import Session

LATE = 2.0
"""Seconds of the wall clock."""


def no_pacing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RollingWindows, "delay", lambda self, now: 0.0)


def no_verification(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Session, "list_reply", lambda self, reply: None)


def no_duplicate_filter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RecentTrades, "arrival", lambda self, identifier: None)


def no_finalizer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module.LocalHub, "release", lambda self, token, reason: None)
    monkeypatch.setattr(hub_module.LocalHub, "_object_gone", lambda self, key: None)


def swallowing_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    original = Router.on_message
    count = 0

    def on_message(self: Router, payload: bytes) -> None:
        nonlocal count
        count += 1
        with suppress(Exception):  # "except: pass" around a reader with a defect
            if count % 50 == 0:
                raise LookupError(f"frame {count}")
            original(self, payload)

    monkeypatch.setattr(Router, "on_message", on_message)


def no_imposed_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the exchange says in a refusal is not read, and the client's own least wait is none."""
    original = chaos_run.faster

    @contextlib.contextmanager
    def impatient(scale: float) -> Iterator[dict[str, Any]]:
        with original(scale) as settings:
            yield settings | {"rate_limit_wait": 0.001}

    monkeypatch.setattr(chaos_run, "faster", impatient)
    monkeypatch.setattr(transport, "told_wait", lambda *answer: None)


def wait_of_one_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """The private connection does not know of the wait that was imposed on the public one."""
    original = Connecting._host_until

    def overlooked(self: Connecting) -> float:
        return 0.0 if self._party.account is not None else original(self)

    monkeypatch.setattr(Connecting, "_host_until", overlooked)


def forgetting(data_type: str) -> Callable[[pytest.MonkeyPatch], None]:
    """A build that asks for one topic no more after a reconnect."""

    def forgets(monkeypatch: pytest.MonkeyPatch) -> None:
        renew = Ledger.renew_debts
        times = 0

        def renewed(self: Ledger) -> None:
            nonlocal times
            times += 1
            renew(self)
            if times > 2:  # the first connects of the two connections
                self.quarantine(sorted(one for one in self.topics() if one[0] == data_type)[:1])

        monkeypatch.setattr(Ledger, "renew_debts", renewed)

    return forgets


def deaf_after_a_reconnect(monkeypatch: pytest.MonkeyPatch) -> None:
    """Order books are asked for again, and not handed on."""
    original = Router.on_message
    forget = Router.forget_connection
    times = 0

    def forgetful(self: Router) -> None:
        nonlocal times
        times += 1
        forget(self)

    def on_message(self: Router, payload: bytes) -> None:
        if times <= 2 or b'"orderbook"' not in payload:
            original(self, payload)

    monkeypatch.setattr(Router, "forget_connection", forgetful)
    monkeypatch.setattr(Router, "on_message", on_message)


def slow_private_reconnect(monkeypatch: pytest.MonkeyPatch) -> None:
    original = transport.ConnectWithoutRedirects
    times = 0

    def connect(url: str, **named: Any) -> Awaitable[Any]:
        async def later() -> Any:
            nonlocal times
            times += named["additional_headers"] is not None
            if named["additional_headers"] is not None and times > 1:
                await asyncio.sleep(LATE)
            return await original(url, **named)

        return later()

    monkeypatch.setattr(transport, "ConnectWithoutRedirects", connect)


def late_announcements(monkeypatch: pytest.MonkeyPatch) -> None:
    emit = Listeners.emit

    def later(self: Listeners, event: ConnectionEvent) -> None:
        if isinstance(event, Lost | Resumed):
            asyncio.get_running_loop().call_later(LATE, emit, self, event)
        else:
            emit(self, event)

    monkeypatch.setattr(Listeners, "emit", later)
