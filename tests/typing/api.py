"""Never run, only type-checked: the whole public API as a user writes it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from websocket_v6 import (
    AccountConflictError,
    AuthenticationError,
    AuthFailed,
    Config,
    ConfigError,
    Connected,
    ConnectionEvent,
    Credentials,
    DeliveryPolicy,
    GlobalWebSocketManager,
    InsecureURL,
    InvalidArgument,
    LoopUnavailable,
    Lost,
    ManagerClosed,
    RateLimited,
    Rehomed,
    Rejected,
    Resumed,
    SlowConsumer,
    SnapshotTimeout,
    SubscribeTimeout,
    SubscriptionRejected,
    TwoInstallations,
    UpbitWebSocketError,
    Verdict,
    WebSocketClientProxy,
    bounded,
    latest,
    lossless,
)
from websocket_v6.messages import Message, Orderbook, OrderbookUnit


def plain(symbol: str, data_type: str, data: dict[str, Any]) -> None: ...


async def coroutine(symbol: str, data_type: str, data: dict[str, Any]) -> None: ...


def listener(event: ConnectionEvent) -> None:
    if isinstance(event, Connected):
        name: str = event.connection
    elif isinstance(event, Lost):
        cause: str = event.cause
    elif isinstance(event, Resumed):
        seconds: float = event.outage_seconds
        topics: tuple[tuple[str, str], ...] = event.topics
    elif isinstance(event, AuthFailed):
        account: str = event.account
    elif isinstance(event, RateLimited):
        wait: float = event.wait
    elif isinstance(event, SlowConsumer):
        lag: float = event.lag
        dropped: int = event.dropped
    elif isinstance(event, Rejected):
        name, message = event.name, event.message
    elif isinstance(event, Rehomed):
        seconds = event.outage_seconds


async def manager() -> None:
    config: Config = GlobalWebSocketManager.configure(url="wss://api.upbit.com/websocket/v1")
    config = GlobalWebSocketManager.configure(config)
    manager = await GlobalWebSocketManager.get_instance()
    await manager.initialize()
    await manager.initialize("TEST-ACCESS", "TEST-SECRET")
    await manager.add_account("second", "TEST-ACCESS-2", "TEST-SECRET-2")
    remove = manager.on_connection_event(listener)
    remove()
    status: dict[str, Any] = await manager.get_system_status()
    status = await manager.health_check()
    status = await manager.get_performance_metrics()
    await manager.shutdown()
    await manager.shutdown(timeout=1)


async def subscriptions() -> None:
    ws = WebSocketClientProxy("name")
    ws = WebSocketClientProxy("name", __name__, account="second", auto_cleanup=False)
    ws = WebSocketClientProxy("name", account=Credentials("TEST-ACCESS", "TEST-SECRET"))
    policy: DeliveryPolicy = bounded(10)
    key: str = await ws.subscribe_ticker(["KRW-BTC"], plain)
    key = await ws.subscribe_ticker(("KRW-BTC",), coroutine, is_only_snapshot=True)
    key = await ws.subscribe_trade({"KRW-BTC"}, plain, is_only_realtime=True, policy=latest)
    key = await ws.subscribe_orderbook(["KRW-BTC"], plain, units=5, level=10000, policy=lossless)
    key = await ws.subscribe_candle(["KRW-BTC"], "1m", plain, policy=policy, deliver="thread")
    key = await ws.subscribe_my_orders(coroutine)
    key = await ws.subscribe_my_orders(coroutine, ["KRW-BTC"])
    key = await ws.subscribe_my_orders(coroutine, markets=["KRW-BTC"])
    key = await ws.subscribe_my_assets(coroutine)
    public: bool = ws.is_public_available()
    private: bool = ws.is_private_available()
    await ws.unsubscribe(key)
    await ws.unsubscribe(None)
    await ws.unsubscribe_symbols("ticker", ["KRW-BTC"])
    await ws.unsubscribe_all()
    active: dict[str, dict[str, Any]] = await ws.get_active_subscriptions()
    info: dict[str, Any] | None = await ws.get_subscription_info(key)
    verdict: Verdict = ws.explain("ticker", "KRW-BTC")
    reason: str = verdict.reason
    since: float | None = verdict.since
    await ws.cleanup_on_shutdown()
    await ws.aclose()


async def snapshots_and_streams() -> None:
    async with WebSocketClientProxy("temp") as ws:
        frames: dict[str, dict[str, Any]] = await ws.get_ticker_snapshot(["KRW-BTC"])
        frames = await ws.get_trade_snapshot(["KRW-BTC"], timeout=1)
        frames = await ws.get_orderbook_snapshot(["KRW-BTC"], units=15)
        frames = await ws.get_candle_snapshot(["KRW-BTC"], "1m")
        async for frame in ws.stream("ticker", ["KRW-BTC"]):
            price: float = frame["trade_price"]
            break
        async with ws.stream("myOrder") as orders:
            order: dict[str, Any] = await anext(orders)
        async with ws.stream("trade", ["KRW-BTC"], as_model=True) as trades:
            message: Message = await anext(trades)
        async with ws.stream("orderbook", ["KRW-BTC"], as_model=True) as books:
            book = await anext(books)
            assert isinstance(book, Orderbook)
            best: OrderbookUnit = book.orderbook_units[0]
            asks: list[Decimal] = [unit.ask_price for unit in book.orderbook_units]


async def errors() -> None:
    try:
        await subscriptions()
    except SnapshotTimeout as error:
        received: dict[str, dict[str, Any]] = error.received
        missing: tuple[str, ...] = error.missing
    except SubscriptionRejected as error:
        name: str = error.name
    except (AccountConflictError, AuthenticationError) as error:
        account: str = error.account
    except (ConfigError, InsecureURL) as error:
        key: str = error.key
    except InvalidArgument as error:
        remedy: str = error.remedy
    except (SubscribeTimeout, LoopUnavailable, ManagerClosed, TwoInstallations):
        raise
    except UpbitWebSocketError:
        raise
