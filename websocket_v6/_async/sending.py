"""Carrying out what the session wants sent, and noting that it was."""

from __future__ import annotations

import asyncio
import logging
from time import monotonic
from typing import Protocol

from ..events import ConnectionEvent, Resumed
from ..protocol.requests import PING
from ..protocol.session import SendHeartbeat, SendList, SendPing, SendRequest, Session
from .history import History
from .transport import Transport, TransportFailed
from .waiting import Waiting

__all__ = ["Sending", "send"]

logger = logging.getLogger(__name__)

Sending = SendRequest | SendList | SendPing | SendHeartbeat
"""The actions of a session that put something on the wire."""


class _Sender(Protocol):
    """Whose messages are sent."""

    name: str
    history: History
    waiting: Waiting

    def emit(self, event: type[ConnectionEvent], **data: object) -> None:
        """Tell listeners."""


async def send(
    sender: _Sender, transport: Transport, session: Session, action: Sending, patience: float
) -> None:
    """Carry out one action of *session*.

    Args:
        patience: seconds for the exchange to take it.

    Raises:
        TransportFailed: the connection is gone, or does not take any data.
    """
    # Counted before it is sent: a send that is interrupted may have reached the exchange.
    now = monotonic()
    tally = sender.history.tally
    try:
        async with asyncio.timeout(patience):
            if isinstance(action, SendRequest):
                first = session.wire.items is None
                session.request_sent(now, action.items)
                tally.requests += 1
                waiting = sender.waiting.keys
                await transport.send(action.text)
                sender.waiting.release(keys=waiting)
                _request_sent(sender, first, action)
            elif isinstance(action, SendList):
                session.list_sent(now, action.ticket)
                tally.lists += 1
                await transport.send(action.text)
            elif isinstance(action, SendHeartbeat):
                session.heartbeat_sent(now)
                await transport.send(PING)
            else:
                session.ping_sent(now)
                tally.pings += 1
                await transport.ping(session.pong)
    except TimeoutError as error:
        raise TransportFailed("the exchange does not take any data") from error


def _request_sent(sender: _Sender, first: bool, action: SendRequest) -> None:
    logger.debug("request_sent", extra={"connection": sender.name, "topics": len(action.items)})
    outage = sender.history.resumed() if first else None
    if outage is not None:
        sender.emit(Resumed, outage_seconds=outage, topics=tuple(sorted(action.items)))
