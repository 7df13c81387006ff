from .websocket_v5 import UpbitWebSocketPublicV5


def connect_public():
    return UpbitWebSocketPublicV5()
