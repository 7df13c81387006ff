"""What the hub knows of proxies: names, subscriptions, and which of them must be kept alive."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Proxies", "Proxy"]


@dataclass(slots=True)
class Proxy:
    """A proxy's name, the keys of its subscriptions, and the proxy itself if it must live on."""

    name: str
    keep: object | None = None
    keys: tuple[str, ...] = ()


class Proxies:
    """The proxies of one hub by their tokens."""

    def __init__(self) -> None:
        self._by_token: dict[int, Proxy] = {}

    def adopt(self, token: int, name: str, keep: object | None) -> None:
        """A proxy begins; *keep* is held until it ends."""
        self._by_token.setdefault(token, Proxy(name)).keep = keep

    def loosen(self, token: int) -> None:
        """It need not be held any more."""
        proxy = self._by_token.get(token)
        if proxy is not None:
            proxy.keep = None

    def end(self, token: int) -> Proxy | None:
        """Forget a proxy; what was known of it."""
        return self._by_token.pop(token, None)

    def enter(self, token: int, name: str, key: str) -> None:
        """It has a further subscription."""
        self._by_token.setdefault(token, Proxy(name)).keys += (key,)

    def leave(self, token: int, key: str) -> None:
        """One of its subscriptions is over."""
        proxy = self._by_token.get(token)
        if proxy is not None:
            proxy.keys = tuple(one for one in proxy.keys if one != key)

    def keys(self, token: int) -> tuple[str, ...]:
        """Its subscriptions."""
        proxy = self._by_token.get(token)
        return proxy.keys if proxy is not None else ()

    def forget_subscriptions(self) -> None:
        """All subscriptions are over, and nothing is held any more; the proxies may subscribe anew."""
        for proxy in self._by_token.values():
            proxy.keys = ()
            proxy.keep = None
