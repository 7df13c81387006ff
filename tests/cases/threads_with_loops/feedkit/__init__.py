from upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5 import UpbitWebSocketPublicV5 as _Client, SubscriptionError
from .threaded import ThreadedFeed
from .pool import FeedPool

__all__ = ("ThreadedFeed", "FeedPool", "SubscriptionError")
