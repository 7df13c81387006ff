"""Rules and a command that move code from the legacy v5 WebSocket clients to websocket_v6."""
