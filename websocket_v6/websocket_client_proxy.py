"""What a component holds: a light proxy to the connection that everybody shares.

The module is long because one class is what people see: most of it are signatures and what they promise.
"""

from __future__ import annotations

import asyncio
import inspect
import itertools
import logging
import os
import secrets
import weakref
from collections.abc import Awaitable, Callable, Collection, Iterable
from typing import TYPE_CHECKING, Any, Final, Literal, NoReturn, Self, overload

from ._async import leashes
from ._async.callbacks import check_callback, check_deliver
from ._async.delivery import Delivery
from ._async.threaded_delivery import ThreadedDelivery
from .config import Config
from .credentials import check_account
from .exceptions import InvalidArgument
from .registry import check_single_installation, default_hub, load_runtime
from .streams import Stream
from .subscription import (
    EVERY_CODE,
    MY_ASSET,
    MY_ORDER,
    ORDERBOOK,
    PRIVATE_TYPES,
    TICKER,
    TRADE,
    DeliveryPolicy,
    Options,
    StreamMode,
    candle_type,
    check_data_type,
    check_level,
    check_symbol,
    check_symbols,
    check_units,
    resolve_policy,
    stream_mode,
)
from .typing import AccountRef, Callback, Deliver, Frame, Hub, Order

if TYPE_CHECKING:
    from types import TracebackType

    from .messages import Message
    from .protocol.liveness import Verdict

__all__ = ["WebSocketClientProxy"]

logger = logging.getLogger(__name__)

_tokens = itertools.count(1)
_counter = itertools.count(1)


def _new_key(data_type: str) -> str:
    """An id that is unique for the life of the process, also after a fork."""
    return f"{data_type}-{next(_counter)}-{secrets.token_hex(4)}"


_INSTEAD: Final = {
    "connect": "nothing, the first subscription connects",
    "close": "await ws.aclose()",
    "disconnect": "await ws.unsubscribe_all(); the connection belongs to all components",
    "get_status": "await ws.get_system_status()",
    "is_connected": "ws.is_public_available() or ws.is_private_available()",
    "request_snapshot": "await ws.get_ticker_snapshot(symbols)",
    "subscribe": "await ws.subscribe_ticker(symbols, callback), _trade, _orderbook or _candle",
    "websocket": "a subscription; the shared connection is not handed out",
}
"""What people look for on a client that has a socket of its own -> what a proxy has instead."""


class WebSocketClientProxy:
    """One component's view of the shared connection.

    Making one does no I/O and needs no event loop. When the last reference to it goes, its subscriptions
    are withdrawn and one log line says so. A component that keeps its proxy and subscribes its own
    methods is freed as soon as nobody else refers to it.

    Args:
        name: shows in logs and status; equal names are fine.
        module: where it is used, for logs; usually ``__name__``.
        account: for private data: a name from ``add_account``, ``Credentials``, or ``None`` for the
            default account.
        auto_cleanup: False keeps the proxy and its callbacks alive until ``unsubscribe_all()`` or
            ``aclose()``, even when nobody refers to it.
        endpoint: public URL of another server (private: the same and ``/private``); ``None`` is the
            configured one.

    Raises:
        InvalidArgument: *name* is empty or no text, or *account* is something else.
        ConfigError: *endpoint* is no ``ws://`` or ``wss://`` URL; an empty one is none either.
        InsecureURL: *endpoint* is ``ws://`` to another machine.
    """

    def __init__(
        self,
        name: str,
        module: str | None = None,
        *,
        account: AccountRef = None,
        auto_cleanup: bool = True,
        endpoint: str | None = None,
    ) -> None:
        if not isinstance(name, str) or not name.strip():
            raise InvalidArgument("name", name, "give the component's name as a text")
        check_account(account)
        load_runtime()
        if endpoint is not None:
            endpoint = Config.load({"url": endpoint}).url
        self.name = name
        self.module = module
        self._account = account
        self._auto_cleanup = auto_cleanup
        self._endpoint = endpoint
        self._token = next(_tokens)
        self._deliveries: dict[str, Delivery] = {}
        self._hub_in_use: weakref.ref[Any] | None = None
        self._pid = os.getpid()

    def __repr__(self) -> str:
        where = f" of {self.module}" if self.module else ""
        return f"<WebSocketClientProxy {self.name!r}{where}: {len(self._deliveries)} subscriptions>"

    @property
    def _hub(self) -> Hub:
        """The hub in use; after a shutdown or a fork this is a new one."""
        hub = default_hub()
        known = self._hub_in_use() if self._hub_in_use is not None else None
        if known is not hub or self._pid != os.getpid():
            if self._pid != os.getpid():
                self._deliveries = {}
                self._pid = os.getpid()
            self._hub_in_use = weakref.ref(hub)
            leashes.put_on(self, self._hub_in_use, self._token)
        return hub

    # -- subscribe ------------------------------------------------------------------------------

    async def subscribe_ticker(
        self,
        symbols: Collection[str],
        callback: Callback,
        *,
        is_only_snapshot: bool = False,
        is_only_realtime: bool = False,
        policy: DeliveryPolicy | str | None = None,
        deliver: Deliver = None,
        as_model: bool = False,
    ) -> str:
        """Be called with each ticker of *symbols*.

        Args:
            symbols: upper-case pairs such as ``["KRW-BTC"]``.
            callback: ``(symbol, data_type, data)``, a plain or a coroutine function; *data* is a dict of
                the exchange's own long keys. It is first called after this has returned.
            is_only_snapshot: one frame per symbol, then the subscription ends by itself.
            is_only_realtime: no first frame with the present state.
            policy: ``latest``, ``bounded(n)`` or ``lossless``; ``None`` is the data type's default.
            deliver: ``"thread"`` calls a plain function in a thread of its own.
            as_model: *data* is a typed message with exact numbers (module ``messages``).

        Returns:
            The subscription's id, once a request with it is on the wire, or only the rate limit holds
            it back. During an outage at once.

        Raises:
            InvalidArgument: before anything is sent.
            SubscribeTimeout: no connection was ever made and none could be made in time.
        """
        options = _OPTIONS[stream_mode(is_only_snapshot, is_only_realtime)]
        return await self._subscribe(
            TICKER, check_symbols(symbols), callback, options, policy, deliver, as_model
        )

    async def subscribe_trade(
        self,
        symbols: Collection[str],
        callback: Callback,
        *,
        is_only_snapshot: bool = False,
        is_only_realtime: bool = False,
        policy: DeliveryPolicy | str | None = None,
        deliver: Deliver = None,
        as_model: bool = False,
    ) -> str:
        """Be called with each trade of *symbols*, none twice. Parameters as ``subscribe_ticker``."""
        options = _OPTIONS[stream_mode(is_only_snapshot, is_only_realtime)]
        return await self._subscribe(
            TRADE, check_symbols(symbols), callback, options, policy, deliver, as_model
        )

    async def subscribe_orderbook(
        self,
        symbols: Collection[str],
        callback: Callback,
        *,
        units: int | None = None,
        level: float | None = None,
        is_only_snapshot: bool = False,
        is_only_realtime: bool = False,
        policy: DeliveryPolicy | str | None = None,
        deliver: Deliver = None,
        as_model: bool = False,
    ) -> str:
        """Be called with each order book of *symbols*, always the whole book.

        Args:
            units: levels per side: 1, 5, 15 or 30; ``None`` is the exchange's default of 30.
            level: price step that levels are grouped by (KRW pairs, Korea); ``None`` or 0 is none.

        The others as ``subscribe_ticker``. Typed messages (*as_model*) come with as many units as the
        connection receives.
        """
        codes = check_symbols(symbols)
        options = Options(
            stream_mode(is_only_snapshot, is_only_realtime),
            check_units(units),
            check_level(level, codes, self._hub.region()),
        )
        return await self._subscribe(ORDERBOOK, codes, callback, options, policy, deliver, as_model)

    async def subscribe_candle(
        self,
        symbols: Collection[str],
        interval: str = "1m",
        callback: Callback | None = None,
        *,
        is_only_snapshot: bool = False,
        is_only_realtime: bool = False,
        policy: DeliveryPolicy | str | None = None,
        deliver: Deliver = None,
        as_model: bool = False,
    ) -> str:
        """Be called with each candle update of *symbols*; the last one of a bucket wins.

        Args:
            interval: 1s 1m 3m 5m 10m 15m 30m 60m 240m; 1h and 4h are aliases. The WebSocket has no
                day, week or month candles.

        The others as ``subscribe_ticker``; *data_type* is ``candle.1m`` and so on.
        """
        data_type = candle_type(interval)
        options = _OPTIONS[stream_mode(is_only_snapshot, is_only_realtime)]
        return await self._subscribe(
            data_type, check_symbols(symbols), callback, options, policy, deliver, as_model
        )

    async def subscribe_my_orders(
        self,
        callback: Callback,
        markets: Collection[str] | None = None,
        *,
        policy: DeliveryPolicy | str | None = None,
        deliver: Deliver = None,
        as_model: bool = False,
    ) -> str:
        """Be called with each event of the account's orders; none is dropped.

        Args:
            markets: only these pairs; ``None`` or an empty list is all.

        Raises:
            AuthenticationError: no keys, or the exchange refused them.
        """
        codes = check_symbols(markets, "markets") if markets else (EVERY_CODE,)
        return await self._subscribe(
            MY_ORDER, codes, callback, _OPTIONS[StreamMode.ONLY_REALTIME], policy, deliver, as_model
        )

    async def subscribe_my_assets(
        self,
        callback: Callback,
        *,
        policy: DeliveryPolicy | str | None = None,
        deliver: Deliver = None,
        as_model: bool = False,
    ) -> str:
        """Be called with each change of the account's balances; none is dropped.

        *symbol* is the currency when the frame holds one, otherwise ``"*"``.

        Raises:
            AuthenticationError: no keys, or the exchange refused them.
        """
        return await self._subscribe(
            MY_ASSET,
            (EVERY_CODE,),
            callback,
            _OPTIONS[StreamMode.ONLY_REALTIME],
            policy,
            deliver,
            as_model,
        )

    async def _subscribe(
        self,
        data_type: str,
        codes: tuple[str, ...],
        callback: object,
        options: Options,
        policy: object,
        deliver: object,
        as_model: bool,
    ) -> str:
        delivery = self._new_delivery(data_type, callback, policy, deliver, as_model)
        hub = self._hub
        order = Order(
            delivery.key,
            self._token,
            self.name,
            data_type,
            codes,
            options,
            self._account,
            self._endpoint,
        )
        hub.adopt(self._token, self.name, None if self._auto_cleanup else self)
        self._forget_ended()
        self._deliveries[delivery.key] = delivery
        try:
            await hub.subscribe(order, delivery)
        except BaseException:
            delivery.close()
            self._deliveries.pop(delivery.key, None)
            hub.unsubscribe(delivery.key)
            if not self._deliveries:
                hub.loosen(self._token)  # nothing came of it: nobody but its owner needs it
            raise
        delivery.activate()
        return delivery.key

    def _new_delivery(
        self, data_type: str, callback: object, policy: object, deliver: object, as_model: bool
    ) -> Delivery:
        checked = check_callback(callback)
        thread = check_deliver(deliver, checked)
        check_single_installation()
        size = self._hub.mailbox_size()
        return (ThreadedDelivery if thread else Delivery)(
            _new_key(data_type),
            data_type,
            checked,
            resolve_policy(policy, data_type, size),
            mailbox_size=size,
            proxy=self,
            strong=not self._auto_cleanup,
            model=as_model,
            loop=asyncio.get_running_loop(),
        )

    def _forget_ended(self) -> None:
        """Drop what ended by itself; what the exchange refused stays until it is unsubscribed."""
        self._deliveries = {
            key: delivery
            for key, delivery in self._deliveries.items()
            if not delivery.closed or delivery.failure is not None
        }

    # -- streams --------------------------------------------------------------------------------

    @overload
    def stream(
        self,
        data_type: str,
        symbols: Collection[str] | None = None,
        *,
        as_model: Literal[False] = False,
        **options: Any,
    ) -> Stream[Frame]: ...

    @overload
    def stream(
        self,
        data_type: str,
        symbols: Collection[str] | None = None,
        *,
        as_model: Literal[True],
        **options: Any,
    ) -> Stream[Message]: ...

    def stream(
        self,
        data_type: str,
        symbols: Collection[str] | None = None,
        *,
        as_model: bool = False,
        **options: Any,
    ) -> Stream[Any]:
        """Frames by iteration: ``async for frame in ws.stream("ticker", ["KRW-BTC"])``.

        Args:
            data_type: ticker, trade, orderbook, candle.<interval>, myOrder or myAsset.
            symbols: as for the ``subscribe_*`` of the type; ``None`` for myAsset and all orders.
            options: those of the ``subscribe_*`` of the type.

        Raises:
            InvalidArgument: at once, not at the first iteration.
            TypeError: an option that the ``subscribe_*`` does not have; at once as well.
        """
        name = check_data_type(data_type)
        if name not in PRIVATE_TYPES:
            check_symbols(symbols)
        subscribe = self._subscriber(name, symbols, {**options, "as_model": as_model})
        return Stream(self, subscribe)

    def _subscriber(
        self, data_type: str, symbols: Collection[str] | None, options: dict[str, Any]
    ) -> Callable[[Any], Awaitable[str]]:
        """The ``subscribe_*`` of *data_type*, waiting for its callback alone.

        Raises:
            TypeError: an option that it does not have.
        """
        subscribe: Callable[..., Awaitable[str]]
        given = {"symbols": symbols or (), **options}
        if data_type == MY_ORDER:
            subscribe, given = self.subscribe_my_orders, {"markets": symbols, **options}
        elif data_type == MY_ASSET:
            subscribe, given = self.subscribe_my_assets, options
        elif data_type.startswith("candle."):
            subscribe, given = self.subscribe_candle, {**given, "interval": data_type}
        else:
            subscribe = {
                TICKER: self.subscribe_ticker,
                TRADE: self.subscribe_trade,
                ORDERBOOK: self.subscribe_orderbook,
            }[data_type]
        inspect.signature(subscribe).bind(callback=None, **given)
        return lambda callback: subscribe(callback=callback, **given)

    def on_subscription_end(
        self, subscription_id: str, listener: Callable[[Exception | None], None]
    ) -> None:
        """Have a bound method called when this proxy's subscription ends; it is held weakly.

        It is told the ``SubscriptionRejected`` that ended it, or ``None``. A subscription that has
        ended already calls it at once.
        """
        delivery = self._deliveries.get(subscription_id)
        if delivery is None or delivery.closed:
            listener(delivery.failure if delivery is not None else None)
        else:
            delivery.on_closed = weakref.WeakMethod(listener)

    # -- snapshots ------------------------------------------------------------------------------

    async def get_ticker_snapshot(
        self, symbols: Collection[str], *, timeout: float = 5.0
    ) -> dict[str, Frame]:
        """The present ticker of each symbol, ``{symbol: frame}``; running streams are not disturbed.

        Args:
            timeout: seconds to wait for all of them.

        Raises:
            SnapshotTimeout: some stayed silent, or the connection was lost meanwhile; it carries what
                did arrive, and the cause if one is known.
            SubscriptionRejected: the exchange refused some; it carries what did arrive.
            SubscribeTimeout: no connection was ever made and none could be made in time.
        """
        return await self._snapshot(TICKER, symbols, timeout)

    async def get_trade_snapshot(
        self, symbols: Collection[str], *, timeout: float = 5.0
    ) -> dict[str, Frame]:
        """The last trade of each symbol; see ``get_ticker_snapshot``."""
        return await self._snapshot(TRADE, symbols, timeout)

    async def get_orderbook_snapshot(
        self, symbols: Collection[str], *, units: int | None = None, timeout: float = 5.0
    ) -> dict[str, Frame]:
        """The present order book of each symbol; see ``get_ticker_snapshot``."""
        return await self._snapshot(ORDERBOOK, symbols, timeout, units=check_units(units))

    async def get_candle_snapshot(
        self, symbols: Collection[str], interval: str = "1m", *, timeout: float = 5.0
    ) -> dict[str, Frame]:
        """The present candle of each symbol; see ``get_ticker_snapshot``."""
        return await self._snapshot(candle_type(interval), symbols, timeout)

    async def _snapshot(
        self,
        data_type: str,
        symbols: Collection[str],
        timeout: float,
        *,
        units: int | None = None,
    ) -> dict[str, Frame]:
        codes = check_symbols(symbols)
        if isinstance(timeout, bool) or not isinstance(timeout, int | float) or timeout <= 0:
            raise InvalidArgument("timeout", timeout, "give seconds, more than 0")
        check_single_installation()
        return await self._hub.snapshot(
            data_type,
            codes,
            Options(StreamMode.ONLY_SNAPSHOT, units),
            timeout=timeout,
            account=self._account,
            endpoint=self._endpoint,
        )

    # -- end ------------------------------------------------------------------------------------

    async def unsubscribe(self, subscription_id: str | None) -> None:
        """End one subscription. When this returns its callback is not called again; frames that wait
        for it are discarded. ``None`` and ids that are not this proxy's do nothing.
        """
        if isinstance(subscription_id, list | tuple | set | dict):
            remedy = "give one id; for all of a proxy's subscriptions there is unsubscribe_all()"
            raise InvalidArgument("subscription_id", subscription_id, remedy)
        delivery = self._deliveries.pop(subscription_id, None) if subscription_id else None
        if delivery is not None:
            delivery.close()
            self._hub.unsubscribe(delivery.key)

    async def unsubscribe_symbols(self, data_type: str, symbols: Iterable[str]) -> None:
        """Take *symbols* out of all of this proxy's subscriptions of *data_type*.

        A subscription that is left without symbols ends.
        """
        name = check_data_type(data_type)
        codes = check_symbols(symbols)
        hub = self._hub
        for key, delivery in tuple(self._deliveries.items()):
            if delivery.data_type == name:
                delivery.mute(set(codes))
                hub.unsubscribe(key, codes)

    async def unsubscribe_all(self) -> None:
        """End all of this proxy's subscriptions; it can subscribe again."""
        deliveries, self._deliveries = self._deliveries, {}
        hub = self._hub
        for key, delivery in deliveries.items():
            delivery.close()
            hub.unsubscribe(key)
        hub.loosen(self._token)

    async def aclose(self) -> None:
        """End all of this proxy's subscriptions. May be called again."""
        await self.unsubscribe_all()

    async def cleanup_on_shutdown(self) -> None:
        """The same as ``aclose()``."""
        await self.aclose()

    if not TYPE_CHECKING:  # type checkers find the mistake by themselves

        def __enter__(self) -> NoReturn:
            raise TypeError("a proxy is opened with `async with`, inside a coroutine")

        def __exit__(self, *exc_info: object) -> None:
            """`with` looks for it before it calls the other."""

        def __getattr__(self, name: str) -> NoReturn:
            instead = _INSTEAD.get(name)
            hint = f"; instead: {instead}" if instead else ""
            raise AttributeError(f"a proxy has no {name!r}{hint}", name=name, obj=self)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    # -- look -----------------------------------------------------------------------------------

    def is_public_available(self) -> bool:
        """Whether public data can be subscribed to. Says nothing about a socket."""
        return self._hub.is_available(private=False, account=self._account)

    def is_private_available(self) -> bool:
        """Whether this proxy's account has keys (given, or in the environment now) and the exchange
        has not refused them. Says nothing about a socket.
        """
        return self._hub.is_available(private=True, account=self._account)

    async def get_active_subscriptions(self) -> dict[str, dict[str, Any]]:
        """This proxy's subscriptions: ``{id: {"data_type", "symbols", "status", "created_at",
        "delivered", "dropped", "callback"}}``; *created_at* is Unix time in seconds.
        """
        return await self._hub.describe(self._token)

    async def get_subscription_info(self, subscription_id: str) -> dict[str, Any] | None:
        """One of those, or ``None`` when it is not (or no more) this proxy's."""
        return (await self.get_active_subscriptions()).get(subscription_id)

    async def get_system_status(self) -> dict[str, Any]:
        """What is running in this process; see the manager's method of the same name."""
        return await self._hub.status("system")

    async def health_check(self) -> dict[str, Any]:
        """How well it runs; see the manager's method of the same name."""
        return await self._hub.status("health")

    async def get_performance_metrics(self) -> dict[str, Any]:
        """Counters and rates; see the manager's method of the same name."""
        return await self._hub.status("performance")

    def explain(self, data_type: str, symbol: str = EVERY_CODE) -> Verdict:
        """Why a topic is as it is: live, quiet, not served, lost, ... with the evidence.

        Raises:
            InvalidArgument: a symbol that cannot be one (the account's topics have ``"*"``).
        """
        if symbol != EVERY_CODE:
            check_symbol(symbol)
        return self._hub.explain(check_data_type(data_type), symbol, self._account, self._endpoint)


_OPTIONS = {mode: Options(mode) for mode in StreamMode}
