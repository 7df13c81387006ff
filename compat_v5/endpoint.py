"""Which server a legacy configuration means."""

from __future__ import annotations

__all__ = ["DEFAULT_URL", "legacy_endpoint"]

DEFAULT_URL = "wss://api.upbit.com/websocket/v1"
_PRIVATE = "/private"


def legacy_endpoint(url: str) -> str | None:
    """The public URL to hand to the proxy.

    ``None`` for the legacy default: then v6's own settings decide, ``UPBIT_WS_URL`` among them. A
    trailing ``/private`` is dropped, because v6 adds it to private connections itself.
    """
    public = url.strip().rstrip("/").removesuffix(_PRIVATE).rstrip("/")
    return None if public == DEFAULT_URL else public
