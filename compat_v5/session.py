"""The subscriptions of one legacy client between its ``connect`` and its ``disconnect``.

Each legacy subscription is one subscription of a proxy, so that callbacks do not wait for each
other. What v5 did once per frame (counting, events, ``_process_message``) is done by the *leading*
subscription of a topic: the oldest one that streams it.
"""

from __future__ import annotations

import asyncio
import copy
import inspect
import json
import logging
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from websocket_v6 import WebSocketClientProxy

from .callbacks import Callback, Deliver, as_three_arguments, is_coroutine_callback, present_as
from .clock import local_now
from .payload import Payload

__all__ = ["FrameObserver", "Session", "Subscription", "wire_topic"]

logger = logging.getLogger(__name__)

MY_ORDER = "myOrder"
MY_ASSET = "myAsset"
TRADE = "trade"
_TRADES_KEPT = 1024
"""As many as may wait for a slow callback."""
SNAPSHOT_WAIT = 5.0
"""Seconds a snapshot-only subscribe waits for its frames; v5 waited as long."""


@dataclass(eq=False, slots=True)
class Subscription:
    """One legacy subscription. *symbols* empty = every symbol of the account."""

    id: str
    data_type: str
    symbols: tuple[str, ...]
    callback: Callback | None
    deliver: Deliver | None
    snapshot_only: bool = False
    realtime_only: bool = False
    created_at: datetime = field(default_factory=local_now)
    proxy_id: str | None = None
    missing: set[str] = field(default_factory=set)
    complete: asyncio.Event = field(default_factory=asyncio.Event)
    last_snapshot: dict[str, Payload] = field(default_factory=dict)
    trades: dict[object, object] = field(default_factory=dict)
    """Through a hook: the last trades it had, and as what."""

    def wants(self, data_type: str, code: str) -> bool:
        return data_type == self.data_type and (not self.symbols or code in self.symbols)

    def had(self, payload: Payload) -> bool:
        """Whether the leader's way through the hook has already brought this very snapshot."""
        return self.last_snapshot.get(wire_topic(payload)[1]) == payload

    def had_otherwise(self, payload: Payload) -> bool:
        """Whether this trade came as the subscription's own snapshot and comes now with the stream that
        another one leads, or the other way round. Those come by different ways, and not in step.
        """
        trade = wire_topic(payload)[1], dict.get(payload, "sequential_id")
        if self.data_type != TRADE or trade[1] is None:
            return False
        stream_type = payload.get("stream_type")
        if self.trades.setdefault(trade, stream_type) != stream_type:
            return True
        if len(self.trades) > _TRADES_KEPT:
            del self.trades[next(iter(self.trades))]
        return False

    def note_arrival(self, frame: dict[str, Any]) -> None:
        """A frame was delivered; sets *complete* when every symbol has had one."""
        self.missing.discard(str(frame.get("code")))
        if not self.missing:
            self.complete.set()


class FrameObserver(Protocol):
    """Who is told about each frame once, whatever the number of callbacks."""

    def frame_received(self, payload: Payload) -> None: ...

    def frame_processed(self) -> None: ...

    def process_hook(self) -> Callable[[str], Any] | None:
        """The user's own ``_process_message``; ``None`` when it was left alone."""

    def has_broker(self) -> bool: ...

    async def emit_frame(self, data_type: str, payload: Payload) -> None: ...


# Which subscription the frame that is inside a user's _process_message is meant for: None = all.
_only_for: ContextVar[Subscription | None] = ContextVar("compat_v5_only_for", default=None)


class Session:
    """A proxy and the legacy subscriptions on it.

    Args:
        proxy: made with ``auto_cleanup=False``, so that it and its callbacks live until ``close``.
        observer: the client.
    """

    def __init__(self, proxy: WebSocketClientProxy, observer: FrameObserver) -> None:
        self.proxy = proxy
        self.subscriptions: dict[str, Subscription] = {}
        self.snapshots_pending = 0
        self._leaders: dict[tuple[str, str], Subscription | None] = {}
        self._observer = observer

    async def subscribe(
        self,
        id: str,  # noqa: A002 - the legacy word for it
        data_type: str,
        symbols: Iterable[str],
        callback: Callback | None,
        *,
        snapshot_only: bool = False,
        realtime_only: bool = False,
        snapshot_wait: float = SNAPSHOT_WAIT,
    ) -> Subscription:
        """Subscribe and return once the request is on the wire.

        With *snapshot_only* also wait up to *snapshot_wait* seconds for the frames themselves.

        Raises:
            UpbitWebSocketError: what the proxy raises; nothing is left behind then.
        """
        subscription = Subscription(
            id=id,
            data_type=data_type,
            symbols=tuple(symbols),
            callback=callback,
            deliver=None if callback is None else as_three_arguments(callback),
            snapshot_only=snapshot_only,
            realtime_only=realtime_only,
        )
        subscription.missing.update(subscription.symbols)
        # Known before the first frame can come, which may be before the proxy returns the id.
        self.subscriptions[id] = subscription
        self._leaders.clear()
        try:
            subscription.proxy_id = await self._send(subscription)
        except BaseException:
            self._drop(id)
            raise
        if self.subscriptions.get(id) is not subscription:
            # Withdrawn by somebody else while the request was under way.
            await self.proxy.unsubscribe(subscription.proxy_id)
        elif snapshot_only:
            await self._wait_for_snapshot(subscription, snapshot_wait)
        return subscription

    async def _send(self, subscription: Subscription) -> str:
        callback = self._callback_for(subscription)
        data_type, symbols = subscription.data_type, list(subscription.symbols)
        if data_type == MY_ORDER:
            return await self.proxy.subscribe_my_orders(callback, markets=symbols or None)
        if data_type == MY_ASSET:
            return await self.proxy.subscribe_my_assets(callback)
        snapshot, realtime = subscription.snapshot_only, subscription.realtime_only
        if data_type.startswith("candle."):
            interval = data_type.removeprefix("candle.")
            return await self.proxy.subscribe_candle(
                symbols, interval, callback, is_only_snapshot=snapshot, is_only_realtime=realtime
            )
        subscribe = {
            "ticker": self.proxy.subscribe_ticker,
            "trade": self.proxy.subscribe_trade,
            "orderbook": self.proxy.subscribe_orderbook,
        }[data_type]
        return await subscribe(
            symbols, callback, is_only_snapshot=snapshot, is_only_realtime=realtime
        )

    async def _wait_for_snapshot(self, subscription: Subscription, seconds: float) -> None:
        self.snapshots_pending += 1
        try:
            await asyncio.wait_for(subscription.complete.wait(), seconds)
            await self.unsubscribe(subscription.id)
        except asyncio.CancelledError:
            # The caller never learns the id, so nobody could withdraw it later.
            await self.unsubscribe(subscription.id)
            raise
        except TimeoutError:
            # It stays: during an outage the frames come when the connection does.
            logger.warning(
                "%s: no snapshot of %s within %g s",
                subscription.id,
                ", ".join(sorted(subscription.missing)) or subscription.data_type,
                seconds,
            )
        finally:
            self.snapshots_pending -= 1

    async def unsubscribe(self, id: str) -> bool:  # noqa: A002 - the legacy word for it
        """Withdraw one subscription; False if *id* is not one of this session."""
        subscription = self._drop(id)
        if subscription is None:
            return False
        if subscription.proxy_id is not None:
            await self.proxy.unsubscribe(subscription.proxy_id)
        return True

    async def unsubscribe_all(self) -> int:
        """Withdraw everything; returns how many subscriptions that were."""
        count = len(self.subscriptions)
        self.subscriptions.clear()
        self._leaders.clear()
        await self.proxy.unsubscribe_all()
        return count

    def _drop(self, id: str) -> Subscription | None:  # noqa: A002 - the legacy word for it
        self._leaders.clear()
        return self.subscriptions.pop(id, None)

    async def close(self) -> None:
        """Withdraw everything and let go of the proxy."""
        self.subscriptions.clear()
        self._leaders.clear()
        await self.proxy.aclose()

    # From the wire

    def _callback_for(
        self, subscription: Subscription
    ) -> Callable[[str, str, dict[str, Any]], Any]:
        if is_coroutine_callback(subscription.callback) or self._observer.has_broker():

            async def deliver_in_order(symbol: str, data_type: str, data: dict[str, Any]) -> None:
                try:
                    result = self._on_frame(subscription, symbol, data_type, data)
                    if inspect.isawaitable(result):
                        await result
                finally:
                    subscription.note_arrival(data)

            return present_as(subscription.callback, deliver_in_order)

        def deliver_inline(symbol: str, data_type: str, data: dict[str, Any]) -> Any:
            try:
                return self._on_frame(subscription, symbol, data_type, data)
            finally:
                subscription.note_arrival(data)

        return present_as(subscription.callback, deliver_inline)

    def _on_frame(
        self, subscription: Subscription, symbol: str, data_type: str, data: dict[str, Any]
    ) -> Any:
        """Deliver one frame; what it returns must be awaited if it can be."""
        payload = Payload(data)
        code = wire_topic(payload)[1]
        leads = self._leader(data_type, code) is subscription
        if leads:
            self._observer.frame_received(payload)
        hook = self._observer.process_hook()
        if hook is not None:
            return self._through_hook(hook, subscription, payload, leads)
        if leads and self._observer.has_broker():
            return self._deliver_and_emit(subscription, symbol, data_type, payload)
        try:
            return subscription.deliver and subscription.deliver(symbol, data_type, payload)
        finally:
            if leads:
                self._observer.frame_processed()

    def _leader(self, data_type: str, code: str) -> Subscription | None:
        """The subscription that counts a frame of this topic: the first that streams it."""
        topic = data_type, code
        if topic not in self._leaders:
            self._leaders[topic] = self._find_leader(data_type, code)
        return self._leaders[topic]

    def _find_leader(self, data_type: str, code: str) -> Subscription | None:
        leader = None
        for subscription in self.subscriptions.values():
            if subscription.wants(data_type, code):
                if not subscription.snapshot_only:
                    return subscription
                leader = leader or subscription
        return leader

    async def _deliver_and_emit(
        self, subscription: Subscription, symbol: str, data_type: str, payload: Payload
    ) -> None:
        failure: Exception | None = None
        try:
            result = subscription.deliver and subscription.deliver(symbol, data_type, payload)
            if inspect.isawaitable(result):
                await result
        except Exception as error:  # noqa: BLE001 - raised below, after the broker had its turn
            failure = error
        self._observer.frame_processed()
        await self._observer.emit_frame(data_type, payload)
        if failure is not None:
            raise failure

    async def _through_hook(
        self, hook: Callable[[str], Any], subscription: Subscription, payload: Payload, leads: bool
    ) -> None:
        if not leads and (payload.get("stream_type") != "SNAPSHOT" or subscription.had(payload)):
            return  # the leader hands this frame to every callback
        token = _only_for.set(None if leads else subscription)
        try:
            result = hook(json.dumps(payload, ensure_ascii=False))
            if inspect.isawaitable(result):
                await result
        finally:
            _only_for.reset(token)

    async def dispatch(self, frame: dict[str, Any]) -> None:
        """Give *frame* to every matching callback, then to the event broker."""
        payload = Payload(frame)
        data_type, code = wire_topic(payload)
        only = _only_for.get()
        for subscription in tuple(self.subscriptions.values()):
            if subscription.wants(data_type, code) and only in (None, subscription):
                await self._deliver_logged(subscription, data_type, payload)
        self._observer.frame_processed()
        if only is None:
            await self._observer.emit_frame(data_type, payload)

    async def _deliver_logged(
        self, subscription: Subscription, data_type: str, payload: Payload
    ) -> None:
        if subscription.deliver is None:
            return
        if payload.get("stream_type") == "SNAPSHOT":
            if subscription.had(payload):
                return
            subscription.last_snapshot[wire_topic(payload)[1]] = payload
        if subscription.had_otherwise(payload):
            return
        try:
            result = subscription.deliver(
                callback_symbol(payload), data_type, copy.deepcopy(payload)
            )
            if inspect.isawaitable(result):
                await result
        except Exception:
            # One callback's failure must not keep the frame from the others.
            logger.exception("callback of %s failed", subscription.id)


def wire_topic(payload: Payload) -> tuple[str, str]:
    """``(data_type, code)`` of a frame; ``*`` is the code of frames that name no market."""
    return str(dict.get(payload, "type", "unknown")), str(dict.get(payload, "code", "*"))


def callback_symbol(payload: Payload) -> str:
    """A callback's *symbol*: the pair, or the currency of a single asset, or ``*``."""
    data_type, code = wire_topic(payload)
    assets = dict.get(payload, "assets")
    if data_type == MY_ASSET and isinstance(assets, list) and len(assets) == 1:
        return str(assets[0].get("currency", code))
    return code
