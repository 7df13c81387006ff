"""Where the subscriptions of a legacy subscription manager live: its client's, or proxies of its own.

*kind* is ``"public"`` or ``"private"``. A *key* (``client_id:data_type``) stands for all subscriptions made
with that pair.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from websocket_v6 import WebSocketClientProxy
from websocket_v6.exceptions import UpbitWebSocketError

from .callbacks import Callback
from .exceptions import SubscriptionError
from .session import Session
from .status import connection_state
from .subscription_ids import subscription_id
from .subscription_records import FrameCounter
from .symbols import symbol_list, wire_name
from .translation import subscription_failure

if TYPE_CHECKING:
    from .legacy_client import LegacyClient
    from .session import Subscription

__all__ = ["ManagedSubscriptions", "text_of"]

_PRIVATE_TYPES = ("myOrder", "myAsset")


class ManagedSubscriptions:
    """The subscriptions of one manager.

    Args:
        client: whose session they are in; ``None``: the manager was made by hand.
    """

    def __init__(self, client: LegacyClient | None) -> None:
        self.counters = {"public": FrameCounter(), "private": FrameCounter()}
        """Frames of a manager without a client."""
        self._client = client
        self._own: dict[str, Session] = {}
        self._ids: dict[str, list[str]] = {}
        """Key -> ids of subscriptions."""

    def sessions(self) -> dict[str, Session]:
        """Those that there are now, by kind."""
        if self._client is None:
            return self._own
        session = self._client._compat_session
        kind = "private" if self._client._COMPAT_PRIVATE else "public"
        return {} if session is None else {kind: session}

    def session(self, connection_type: str, data_type: str) -> Session:
        """The session for *data_type*; a manager without a client opens it on first use."""
        kind = _kind(connection_type, data_type)
        session = self.sessions().get(kind)
        if session is not None:
            return session
        if self._client is not None:
            raise SubscriptionError(
                f"no {kind} connection: await connect() on a {kind} client first", data_type
            )
        proxy = WebSocketClientProxy("SubscriptionManager", auto_cleanup=False)
        self._own[kind] = Session(proxy, self.counters[kind])
        return self._own[kind]

    async def add(
        self,
        key: str,
        data_type: object,
        symbols: Iterable[str],
        callback: Callback | None,
        connection_type: str,
        *,
        realtime_only: bool = False,
    ) -> None:
        codes = symbol_list(symbols) if symbols else []
        name = wire_name(data_type, codes)
        try:
            session = self.session(connection_type, name)
            id_ = subscription_id(key, time.time())
            await session.subscribe(id_, name, codes, callback, realtime_only=realtime_only)
        except UpbitWebSocketError as error:
            raise subscription_failure(error, name, codes) from error
        self._ids.setdefault(key, []).append(id_)

    async def remove(self, key: str) -> bool:
        """Withdraw all that *key* stands for; whether there was any."""
        ids = self._ids.pop(key, [])
        removed = False
        for session in self.sessions().values():
            for id_ in ids:
                removed = await session.unsubscribe(id_) or removed
        return removed

    async def withdraw(self, key: str, id_: str) -> None:
        """Withdraw one of those that *key* stands for."""
        self._ids[key].remove(id_)
        for session in self.sessions().values():
            await session.unsubscribe(id_)

    # What there is

    def ids(self, key: str) -> Sequence[str]:
        """The subscriptions that *key* stands for."""
        return self._ids.get(key, ())

    def of(self, kind: str) -> list[Subscription]:
        session = self.sessions().get(kind)
        return list(session.subscriptions.values()) if session is not None else []

    def all(self) -> list[Subscription]:
        return [subscription for kind in self.sessions() for subscription in self.of(kind)]

    def counts(self) -> dict[str, int]:
        """``{"public", "private", "total"}``."""
        public, private = len(self.of("public")), len(self.of("private"))
        return {"public": public, "private": private, "total": public + private}

    def connection(self, kind: str) -> dict[str, Any]:
        """The connection as this manager uses it, as ``get_state`` shows it."""
        subscriptions = self.of(kind)
        return connection_state(
            [(s.data_type, s.symbols) for s in subscriptions],
            connected=kind in self.sessions(),
            since=max((s.created_at.timestamp() for s in subscriptions), default=0.0),
            ticket=f"unified_{kind}",
        )


def text_of(connection_type: object) -> str:
    """A ``ConnectionType`` or its value, as the value."""
    return str(getattr(connection_type, "value", connection_type))


def _kind(connection_type: object, data_type: str) -> str:
    kind = text_of(connection_type)
    if kind == "auto":
        return "private" if data_type in _PRIVATE_TYPES else "public"
    return kind
