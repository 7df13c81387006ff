# one place for the exchange clients, so the widgets do not carry the long path around
from upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5.upbit_websocket_public_client import UpbitWebSocketPublicV5 as PublicClient

__all__ = ['PublicClient']
