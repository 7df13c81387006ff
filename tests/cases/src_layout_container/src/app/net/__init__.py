"""Network layer."""
from upbit_auto_trading.infrastructure.external_apis.upbit import (
    UpbitWebSocketPublicClient as PublicFeed,  # public data
    UpbitWebSocketPrivateClient as AccountFeed,  # our own orders
)
from .container import Container

__all__ = ["PublicFeed", "AccountFeed", "Container"]
