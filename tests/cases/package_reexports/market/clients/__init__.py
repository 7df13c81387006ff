"""The clients of this application, under its own names."""
from upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5 import (
    UpbitWebSocketPublicV5 as PublicFeed,  # prices
    UpbitWebSocketPrivateV5,  # account
    create_public_client,
)
from upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5.exceptions import WebSocketError as FeedError, SubscriptionError

AccountFeed = UpbitWebSocketPrivateV5
OpenFeed = create_public_client

__all__ = ["PublicFeed", "AccountFeed", "OpenFeed", "FeedError"]
