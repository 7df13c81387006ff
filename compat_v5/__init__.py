"""The legacy v5 WebSocket API on top of websocket_v6."""
