"""Which server a legacy configuration means."""

from __future__ import annotations

from websocket_v6.exceptions import ConfigError

__all__ = ["DEFAULT_URL", "legacy_endpoint"]

DEFAULT_URL = "wss://api.upbit.com/websocket/v1"
_PRIVATE = "/private"


def legacy_endpoint(url: object) -> str | None:
    """The public URL to hand to the proxy.

    ``None`` for the legacy default: then v6's own settings decide, ``UPBIT_WS_URL`` among them. A
    trailing ``/private`` is dropped, because v6 adds it to private connections itself.

    Raises:
        ConfigError: *url* is empty or no text. It must not pass for the default: a test suite that
            blanks its URL would reach the live exchange.
    """
    public = ""
    if isinstance(url, str):
        public = url.strip().rstrip("/").removesuffix(_PRIVATE).rstrip("/")
    if not public:
        raise ConfigError(
            "connection.url",
            f"{url!r} names no server; give a wss:// or ws:// URL, or leave it out for the exchange",
        )
    return None if public == DEFAULT_URL else public
