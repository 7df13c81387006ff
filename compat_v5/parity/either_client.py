"""A legacy client or a v6 proxy behind the calls they share, so that one test can run on both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

from websocket_v6 import WebSocketClientProxy

from .legacy_client import DEFAULT_PRIVATE, DEFAULT_PUBLIC, load_class
from .legacy_client import subscribe as subscribe_legacy

__all__ = ["Client", "EitherClient"]

Callback = Callable[..., Any]


class Client:
    """One client of either kind; ``raw`` is the client itself, for what is not shared."""

    def __init__(self, raw: Any, *, legacy: bool) -> None:
        self.raw = raw
        self._legacy = legacy

    async def subscribe(
        self, data_type: str, callback: Callback, symbols: Sequence[str] = ()
    ) -> str:
        """Subscribe a wire type (``ticker``, ``candle.1m``, ``myOrder``); returns the id."""
        if self._legacy:
            return str(await subscribe_legacy(self.raw, data_type, symbols, callback))
        return await subscribe_proxy(self.raw, data_type, symbols, callback)

    async def unsubscribe(self, subscription_id: str) -> None:
        """End one subscription."""
        await self.raw.unsubscribe(subscription_id)

    async def close(self) -> None:
        """End them all."""
        await (self.raw.disconnect() if self._legacy else self.raw.aclose())


class EitherClient:
    """Makes clients of one kind and closes them after the test.

    Args:
        kind: ``v5``: the legacy classes of ``compat_v5``; ``v6``: proxies.
    """

    def __init__(self, kind: Literal["v5", "v6"]) -> None:
        self.kind = kind
        self._clients: list[Client] = []

    def __repr__(self) -> str:
        return f"<{self.kind} clients: {len(self._clients)} open>"

    async def public(self, legacy_class: str = DEFAULT_PUBLIC) -> Client:
        """A connected client for market data.

        Args:
            legacy_class: ``MODULE:CLASS`` to use for ``v5``, such as the application's own old one.
        """
        return await self._make(legacy_class)

    async def private(self, legacy_class: str = DEFAULT_PRIVATE) -> Client:
        """A connected client for the account, with the keys of the environment."""
        return await self._make(legacy_class)

    async def close(self) -> None:
        """Close every client that was made."""
        while self._clients:
            await self._clients.pop().close()

    async def _make(self, legacy_class: str) -> Client:
        if self.kind == "v5":
            raw = load_class(legacy_class)()
            await raw.connect()
        else:
            raw = WebSocketClientProxy(f"test-{len(self._clients)}")
        client = Client(raw, legacy=self.kind == "v5")
        self._clients.append(client)
        return client


async def subscribe_proxy(
    proxy: WebSocketClientProxy, data_type: str, symbols: Sequence[str], callback: Callback
) -> str:
    """Subscribe one wire type on a proxy; nothing is dropped, however slow the callback is."""
    kind, _, interval = data_type.partition(".")
    codes = list(symbols)
    match kind:
        case "candle":
            return await proxy.subscribe_candle(codes, interval, callback, policy="lossless")
        case "myOrder":
            return await proxy.subscribe_my_orders(callback)
        case "myAsset":
            return await proxy.subscribe_my_assets(callback)
        case "trade":
            return await proxy.subscribe_trade(codes, callback, policy="lossless")
        case "orderbook":
            return await proxy.subscribe_orderbook(codes, callback, policy="lossless")
        case _:
            return await proxy.subscribe_ticker(codes, callback, policy="lossless")
