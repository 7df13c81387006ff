"""The one manager of a process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from .config import Config
from .credentials import Credentials
from .exceptions import InvalidArgument, ManagerClosed
from .registry import (
    default_hub,
    load_runtime,
    release_installation,
    set_default_hub,
    set_hub_factory,
)
from .typing import EventCallback

if TYPE_CHECKING:
    from ._async.hub import LocalHub

__all__ = ["GlobalWebSocketManager"]


def _new_hub(load_config: Callable[[], Config] = Config.load) -> LocalHub:
    from ._async.hub import LocalHub  # see load_runtime

    return LocalHub(load_config)


set_hub_factory(_new_hub)


class GlobalWebSocketManager:
    """Starts, observes and ends what the proxies share.

    Nothing needs it for public data: a proxy connects on its own when it first subscribes.

    Use ``await GlobalWebSocketManager.get_instance()``; every call returns the same object.
    """

    _instance: ClassVar[GlobalWebSocketManager | None] = None

    def __repr__(self) -> str:
        hub = self._hub
        return f"<GlobalWebSocketManager {len(hub.connections)} connections>"

    @property
    def _hub(self) -> LocalHub:
        from ._async.hub import LocalHub

        hub = default_hub()
        if not isinstance(hub, LocalHub):
            raise ManagerClosed
        return hub

    @classmethod
    async def get_instance(cls) -> GlobalWebSocketManager:
        """The manager of this process. Opens nothing."""
        if cls._instance is None:
            load_runtime()
            cls._instance = cls()
        return cls._instance

    @classmethod
    def configure(cls, settings: Mapping[str, Any] | Config | None = None, **more: Any) -> Config:
        """Give settings as arguments; they come before environment, file and defaults.

        Call it before the first subscription; keys and event listeners stay. They hold until the
        process ends or ``configure()`` is called again; without arguments everything comes from
        environment, file and defaults again.

        While subscriptions are held only ``url`` and ``private_url`` may change: the connections move
        to the other server with everything on them, which shows as one short outage each.

        Raises:
            ConfigError: an unknown setting or a bad value.
            InvalidArgument: subscriptions are held and another setting changes; shut down first.
        """
        from ._async.hub import LocalHub

        hub = default_hub()

        def load() -> Config:
            if isinstance(settings, Config):
                return settings
            return Config.load({**(settings or {}), **more})

        config = load()
        if isinstance(hub, LocalHub) and hub.in_use:
            hub.redirect(load, config)
            return config
        replacement = LocalHub(load)
        if isinstance(hub, LocalHub):
            replacement.inherit(hub)
        set_default_hub(replacement)
        return config

    async def initialize(
        self, access_key: str | None = None, secret_key: str | None = None
    ) -> None:
        """Set the default account's keys. Opens nothing; may be called again.

        Args:
            access_key: ``None`` (both): keys given before stay; without any, private subscriptions use
                ``UPBIT_ACCESS_KEY`` and ``UPBIT_SECRET_KEY``.
            secret_key: goes with *access_key*.

        Raises:
            AccountConflictError: the default account is live with other keys.
            InvalidArgument: one key without the other, or a value that cannot be a key.
        """
        if not access_key and not secret_key:
            return
        if not access_key or not secret_key:
            missing = "access_key" if not access_key else "secret_key"
            raise InvalidArgument(missing, None, "give both keys, or neither")
        await self._hub.set_account("default", Credentials(access_key, secret_key))

    async def add_account(self, name: str, access_key: str, secret_key: str) -> None:
        """Name a further key pair, for ``WebSocketClientProxy(..., account=name)``.

        Raises:
            AccountConflictError: *name* has other keys that the exchange has not refused.
        """
        if not isinstance(name, str) or not name.strip():
            raise InvalidArgument("name", name, "give the account a name")
        await self._hub.set_account(name, Credentials(access_key, secret_key))

    def on_connection_event(self, callback: EventCallback) -> Callable[[], None]:
        """Be told of connects, losses, resumptions, refused keys, slow callbacks (module ``events``).

        Args:
            callback: a plain or coroutine function of one event, called on the loop this is called on.

        Returns:
            A function that takes it out again.
        """
        return self._hub.on_connection_event(callback)

    async def get_system_status(self) -> dict[str, Any]:
        """What is running: state, subscriptions, topics, connections."""
        return await self._hub.status("system")

    async def health_check(self) -> dict[str, Any]:
        """How well it runs: ``status``, ``health_score`` 0..100, per connection figures."""
        return await self._hub.status("health")

    async def get_performance_metrics(self) -> dict[str, Any]:
        """Counters and rates; times in seconds unless the name says otherwise."""
        return await self._hub.status("performance")

    async def shutdown(self, timeout: float = 2.0) -> None:
        """End everything: callbacks get what waits for them until *timeout* seconds have passed, then
        they are cancelled. May be called again; a later use starts anew.
        """
        if isinstance(timeout, bool) or not isinstance(timeout, int | float) or timeout < 0:
            raise InvalidArgument("timeout", timeout, "give seconds, 0 or more")
        await self._hub.shutdown(timeout)
        release_installation()
