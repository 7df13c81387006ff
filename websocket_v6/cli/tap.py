"""Everything one endpoint sends, over as many connections as it takes: for ``record``."""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import Callable
from time import monotonic

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import InvalidStatus, WebSocketException

from .._async.transport import refusal_of
from ..config import Config
from ..credentials import Credentials
from ..exceptions import AuthenticationError, SubscriptionRejected
from ..protocol.backoff import configured_delays
from ..protocol.imposed_waits import (
    ImposedWaits,
    Limit,
    host_of,
    limit_of_error,
    limit_of_status,
)
from ..protocol.requests import Item
from .wire import error_of, open_connection, request_for

__all__ = ["Tap", "say"]

Keep = Callable[[bytes, bool], None]


def say(text: str) -> None:
    """Tell the user, beside what is recorded."""
    print(f"upbit-ws record: {text}", file=sys.stderr, flush=True)


class Tap:
    """Keeps what comes from one endpoint.

    Args:
        keep: takes each message, and whether it came as text.
        imposed: what the exchange imposed on all connections to a host.
        on_reached: called at each connection.
    """

    def __init__(
        self,
        url: str,
        config: Config,
        items: list[Item],
        credentials: Credentials | None,
        keep: Keep,
        imposed: ImposedWaits,
        on_reached: Callable[[], None],
    ) -> None:
        self._url = url
        self._config = config
        self._items = items
        self._credentials = credentials
        self._keep = keep
        self._imposed = imposed
        self._on_reached = on_reached
        self._served = False
        """Whether the exchange has ever sent what was asked for: then no error is about the request."""
        self._limit: Limit | None = None
        """What the last connection ended with."""

    async def run(self) -> None:
        """Connect again and again.

        Raises:
            SubscriptionRejected: the exchange answered the first request with an error.
            AuthenticationError: it refused the keys.
        """
        waits = configured_delays(self._config, random.random)
        while True:
            # Another tap may have been told to wait.
            left = self._imposed.until(host_of(self._url)) - monotonic()
            await asyncio.sleep(max(0.0, left))
            began, self._limit = monotonic(), None
            problem = await self._listen_once()
            if monotonic() - began > self._config.reconnect_reset_after:
                waits = configured_delays(self._config, random.random)
            delay = max(next(waits), self._least(problem))
            say(f"{self._url}: {problem}; trying again in {delay:.1f} s")
            await asyncio.sleep(delay)

    def _least(self, problem: str) -> float:
        """Seconds that the exchange imposed, on this tap or on all that go to its host."""
        limit = self._limit
        if limit is None:
            return 0.0
        wait = limit.least(self._config.rate_limit_wait)
        if limit.reach == "host":
            self._imposed.impose(host_of(self._url), monotonic() + wait, problem)
        return wait

    async def _listen_once(self) -> str:
        """Until the connection is over; why it is."""
        try:
            async with open_connection(self._url, self._config, self._credentials) as connection:
                self._on_reached()
                await connection.send(request_for(self._items, self._config))
                say(f"recording from {self._url}")
                await self._listen(connection)
            return f"closed by the exchange with code {connection.close_code}"
        except InvalidStatus as error:
            refusal = refusal_of(error.response)
            if refusal.of_keys:
                raise AuthenticationError(
                    "default",
                    f"the exchange refused the keys ({refusal}); correct UPBIT_ACCESS_KEY and "
                    "UPBIT_SECRET_KEY",
                ) from None
            self._limit = limit_of_status(refusal.status, refusal.retry_after)
            return str(refusal)
        except (OSError, WebSocketException) as error:
            return str(error) or type(error).__name__

    async def _listen(self, connection: ClientConnection) -> None:
        async for message in connection:
            payload = message.encode() if isinstance(message, str) else message
            error = error_of(payload)
            if error is None:
                self._served = True
            else:
                self._limit = limit_of_error(*error)
                self._raise_if_refused(*error)
            self._keep(payload, isinstance(message, str))

    def _raise_if_refused(self, name: str, message: str) -> None:
        """The exchange closes after an error; what is about limits, or comes from one in trouble, passes."""
        if name == "INVALID_AUTH" and self._credentials is not None:
            raise AuthenticationError("default", f"the exchange says INVALID_AUTH: {message}")
        if self._limit is None and not self._served:
            raise SubscriptionRejected(name, message, [item.topic for item in self._items])
