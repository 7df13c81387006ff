"""URLs of endpoints: which can be one, and which belongs to which. Pure."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit, urlunsplit

from .exceptions import ConfigError, InsecureURL

__all__ = ["check_url", "derive_private_url", "is_loopback"]


def derive_private_url(url: str) -> str:
    """The private endpoint of a public *url*: ``/private`` added to its path unless it is there."""
    parts = urlsplit(url)
    path = parts.path.rstrip("/")
    if not path.endswith("/private"):
        path += "/private"
    return urlunsplit(parts._replace(path=path))


def check_url(url: str, key: str, allow_insecure: bool) -> None:
    """Check what was given as the setting *key*.

    Raises:
        ConfigError: it is no URL of a WebSocket.
        InsecureURL: ``ws://`` to another machine without *allow_insecure*.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname
        _ = parts.port  # raises on a port that is no number
    except ValueError as error:
        raise ConfigError(key, f"not a URL: {error}") from None
    if parts.username is not None or parts.password is not None:
        # Not shown: what stands there may be a secret.
        raise ConfigError(key, "must not hold a user name or password")
    if parts.scheme not in ("ws", "wss") or not host or parts.fragment:
        raise ConfigError(key, f"{url!r} is not a wss:// or ws:// URL with a host and no fragment")
    if parts.scheme == "ws" and not allow_insecure and not is_loopback(url):
        raise InsecureURL(
            key,
            f"{url!r} would send everything in the clear to another machine; use wss://, "
            "or set allow_insecure if that is what you want",
        )


def is_loopback(url: str) -> bool:
    """Whether *url* names this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
