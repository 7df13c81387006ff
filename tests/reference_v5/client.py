"""What the public and the private reference client share: a socket, a reader, callbacks."""

from __future__ import annotations

import asyncio
import inspect
import itertools
import json
import logging
import os
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

logger = logging.getLogger(__name__)

Callback = Callable[[str, str, dict[str, Any]], Any]

DEFAULT_URL = "wss://api.upbit.com/websocket/v1"


class SubscriptionError(Exception):
    """Subscribe was called on a client that is not connected."""


@dataclass
class ConnectionConfig:
    """Where to connect; the test suite points it at the local emulator."""

    url: str = field(default_factory=lambda: os.environ.get("UPBIT_WS_URL", DEFAULT_URL))
    private_url: str = ""

    def __post_init__(self) -> None:
        self.private_url = self.private_url or f"{self.url}/private"


@dataclass
class SocketConfig:
    """The one section of the v5 configuration that callers assign to."""

    connection: ConnectionConfig = field(default_factory=ConnectionConfig)


@dataclass(eq=False)
class Registration:
    """One call of ``subscribe_*``: *codes* empty means every market (private types only)."""

    data_type: str
    codes: tuple[str, ...]
    callback: Callback
    is_only_snapshot: bool

    def wants(self, data_type: str, symbol: str) -> bool:
        return data_type == self.data_type and (not self.codes or symbol in self.codes)


class SocketClient:
    """One WebSocket per client; every change of the subscriptions resends this client's whole list.

    Args:
        envelope: deliver the six-key envelope of the last v5 release instead of the flat frame that
            the migration guide shows.
    """

    def __init__(self, *, envelope: bool = False) -> None:
        self.config = SocketConfig()
        self.websocket: ClientConnection | None = None
        self.stats = {"messages_received": 0, "messages_processed": 0, "errors": 0}
        self._envelope = envelope
        self._registrations: dict[str, Registration] = {}
        self._ids = itertools.count(1)
        self._reader: asyncio.Task[None] | None = None

    def endpoint(self) -> str:
        """URL of this client's server."""
        return self.config.connection.url

    def headers(self) -> Mapping[str, str]:
        """Headers of the handshake."""
        return {}

    async def connect(self) -> None:
        """Open this client's own socket; nothing happens when it is open."""
        if self.websocket is not None:
            return
        self.websocket = await connect(
            self.endpoint(), additional_headers=self.headers(), compression=None
        )
        self._reader = asyncio.create_task(self._read(self.websocket))

    async def disconnect(self) -> None:
        """Close the socket and forget the subscriptions."""
        websocket, self.websocket = self.websocket, None
        self._registrations.clear()
        if websocket is not None:
            await websocket.close()
        if self._reader is not None:
            await self._reader
            self._reader = None

    def is_connected(self) -> bool:
        """Whether this client's socket was opened and not closed by :meth:`disconnect`."""
        return self.websocket is not None

    async def unsubscribe(self, subscription_id: str) -> None:
        """Forget one subscription; an unknown id does nothing."""
        if self._registrations.pop(subscription_id, None) is not None and self._registrations:
            await self._send()

    async def _add(
        self,
        data_type: str,
        codes: Iterable[str],
        callback: Callback | None,
        is_only_snapshot: bool = False,
    ) -> str:
        if self.websocket is None:
            raise SubscriptionError(f"connect() before subscribing {data_type}")
        subscription_id = f"realtime_{data_type}_{next(self._ids)}"
        self._registrations[subscription_id] = Registration(
            data_type, tuple(codes), callback or (lambda *_: None), is_only_snapshot
        )
        await self._send()
        return subscription_id

    async def _send(self) -> None:
        assert self.websocket is not None
        await self.websocket.send(json.dumps(self._request()))

    def _request(self) -> list[dict[str, Any]]:
        """This client's whole list: one type object per (type, snapshot flag)."""
        wanted: dict[tuple[str, bool], dict[str, None]] = {}
        for registration in self._registrations.values():
            key = (registration.data_type, registration.is_only_snapshot)
            wanted.setdefault(key, {}).update(dict.fromkeys(registration.codes))
        parts: list[dict[str, Any]] = []
        for (data_type, is_only_snapshot), codes in wanted.items():
            part: dict[str, Any] = {"type": data_type}
            if codes:
                part["codes"] = list(codes)
            if is_only_snapshot:
                part["is_only_snapshot"] = True
            parts.append(part)
        return [{"ticket": str(uuid.uuid4())}, *parts, {"format": "DEFAULT"}]

    async def _read(self, websocket: ClientConnection) -> None:
        try:
            async for message in websocket:
                self.stats["messages_received"] += 1
                await self._dispatch(json.loads(message))
        except ConnectionClosed:
            return

    async def _dispatch(self, frame: dict[str, Any]) -> None:
        data_type = frame.get("type")
        if data_type is None:  # an error or a status frame
            return
        self.stats["messages_processed"] += 1
        symbol = symbol_of(frame)
        payload = wrap(frame, symbol) if self._envelope else frame
        for registration in tuple(self._registrations.values()):
            if not registration.wants(data_type, symbol):
                continue
            try:
                result = registration.callback(symbol, data_type, payload)
                if inspect.isawaitable(result):
                    await result
            except Exception:  # the contract: a failing callback is logged and stops nothing
                self.stats["errors"] += 1
                logger.exception("callback of %s failed", data_type)


def symbol_of(frame: Mapping[str, Any]) -> str:
    """The pair; for assets the currency when there is one, otherwise ``"*"``."""
    if "code" in frame:
        return str(frame["code"])
    assets = frame.get("assets", ())
    return str(assets[0]["currency"]) if len(assets) == 1 else "*"


def wrap(frame: dict[str, Any], symbol: str) -> dict[str, Any]:
    """The envelope of the last v5 release: exactly these six keys."""
    private = frame["type"] in {"myOrder", "myAsset"}
    return {
        "type": frame["type"].partition(".")[0],
        "market": "PRIVATE" if private else symbol,
        "data": frame,
        "timestamp": datetime.now(),  # naive on purpose: so it was
        "stream_type": None,
        "raw_data": frame,
    }
