"""What happens to the shared connection, told to one legacy client: its counters and its events."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from websocket_v6 import Credentials, GlobalWebSocketManager, WebSocketClientProxy
from websocket_v6.events import (
    AuthFailed,
    Connected,
    ConnectionEvent,
    Lost,
    RateLimited,
    Resumed,
)

from .exceptions import ErrorCode, RecoveryAction, WebSocketAuthenticationError, WebSocketError

if TYPE_CHECKING:
    from .legacy_client import LegacyClient

__all__ = ["ConnectionWatch", "concerns"]


class ConnectionWatch:
    """Listens from a client's ``connect`` to its ``disconnect``.

    Args:
        client: who is told.
        proxy: the client's proxy.
        endpoint: the client's own endpoint; ``None`` = the configured one.
    """

    def __init__(
        self, client: LegacyClient, proxy: WebSocketClientProxy, endpoint: str | None
    ) -> None:
        self._client = client
        self._proxy = proxy
        self._endpoint = endpoint
        self._remove: Callable[[], object] | None = None

    @classmethod
    async def start(
        cls, client: LegacyClient, proxy: WebSocketClientProxy, endpoint: str | None
    ) -> ConnectionWatch:
        """Begin to listen."""
        watch = cls(client, proxy, endpoint)
        manager = await GlobalWebSocketManager.get_instance()
        watch._remove = manager.on_connection_event(watch._on_event)
        return watch

    def stop(self) -> None:
        if self._remove is not None:
            self._remove()
            self._remove = None

    async def _on_event(self, event: ConnectionEvent) -> None:
        client = self._client
        account = client._compat_account if client._COMPAT_PRIVATE else None
        if not concerns(event.connection, client._COMPAT_PRIVATE, account, self._endpoint):
            return
        stats = client.stats
        if isinstance(event, Resumed):
            stats["reconnect_count"] += 1
        elif isinstance(event, RateLimited):
            stats["subscription_429_count"] += 1
            stats["rate_limit_waits"] += event.wait > 0
        elif isinstance(event, Connected) and client._COMPAT_PRIVATE:
            stats["auth_token_refreshes"] += 1
        elif isinstance(event, AuthFailed) and not self._proxy.is_private_available():
            stats["auth_failures"] += 1
            await client._handle_error(WebSocketAuthenticationError(event.reason, "jwt"))
        elif isinstance(event, Lost):
            error = WebSocketError(
                f"connection lost: {event.cause}; it is being restored",
                ErrorCode.CONNECTION_CLOSED,
                RecoveryAction.WAIT,
            )
            await client._handle_error(error)


def concerns(
    connection: str, private: bool, account: Credentials | None, endpoint: str | None
) -> bool:
    """Whether an event of *connection* may be about the connection a client uses.

    Args:
        connection: the event's name for it, such as ``public``, ``private:default`` or
            ``private:key-FINGERPRINT@HOST``; ``@HOST`` stands for an endpoint of its own.
        private: the kind of client.
        account: a private client's own keys; ``None`` = the default account.
        endpoint: the client's own endpoint; ``None`` = the configured one.
    """
    name, _, host = connection.partition("/level-")[0].partition("@")
    kind, _, owner = name.partition(":")
    if kind != ("private" if private else "public"):
        return False
    if owner.startswith("key-") and account is not None and owner != f"key-{account.fingerprint}":
        return False
    return not host or host == urlsplit(endpoint or "").netloc
