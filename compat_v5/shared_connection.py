"""What ``client.websocket`` is on a shared connection."""

from __future__ import annotations

from typing import NoReturn

from websocket_v6 import WebSocketClientProxy

__all__ = ["SharedConnection"]


class SharedConnection:
    """Stands where v5 had the client's own socket: true while connected, nothing to send on.

    Args:
        proxy: the client's proxy.
    """

    def __init__(self, proxy: WebSocketClientProxy) -> None:
        self.proxy = proxy
        self.closed = False

    def __repr__(self) -> str:
        return f"<SharedConnection {'closed' if self.closed else 'open'}>"

    def __getattr__(self, name: str) -> NoReturn:
        raise AttributeError(
            f"websocket.{name}: the connection is shared by the whole process and is not handed "
            "out; subscribe and unsubscribe through the client (MIGRATION.md#status)"
        )
