"""The legacy private client: one account's orders and assets."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterable, Mapping
from datetime import datetime
from os import PathLike
from typing import TYPE_CHECKING, Any, ClassVar

from websocket_v6 import Credentials, WebSocketClientProxy
from websocket_v6.exceptions import UpbitWebSocketError

from .callbacks import Callback
from .clock import local_now
from .deprecation import notice
from .exceptions import InvalidAPIKeysError, WebSocketError
from .lazy_names import module_getattr
from .legacy_arguments import read_arguments
from .legacy_client import EventBroker, LegacyClient
from .status import auth_status, private_health
from .symbols import symbol_list
from .upbit_auth import ACCESS_VARIABLE, SECRET_VARIABLE, UpbitAuthenticator

__all__ = [
    "PrivateDataType",
    "UpbitWebSocketPrivateV5",
    "create_private_client",
    "logger",
    "quick_subscribe_my_assets",
    "quick_subscribe_my_orders",
]

logger = logging.getLogger("UpbitWebSocketPrivateV5")

if not TYPE_CHECKING:  # a type checker shall know the real names only
    __getattr__ = module_getattr(__name__)


class PrivateDataType:
    """Wire names of the private streams; plain strings."""

    MY_ORDER = "myOrder"
    MY_ASSET = "myAsset"


class UpbitWebSocketPrivateV5(LegacyClient):
    """Orders and assets of one account, as v5 offered them.

    Callbacks get ``(symbol, data_type, payload)``, or the payload alone if they take one argument.

    Args:
        access_key: ``None`` = ``UPBIT_ACCESS_KEY``, or the manager's default account.
        secret_key: ``None`` = ``UPBIT_SECRET_KEY``, likewise.
        config_path: a v5 YAML file. Its ``connection.url`` is honoured, with ``/private`` added.
        event_broker: an object with ``async emit(event_type, data)``.
        cleanup_interval: no effect; nothing needs cleaning up.
        use_dynamic_limiter: no effect; the exchange's limits are always kept.
        dynamic_config: no effect.
        older: positional arguments of older generations.
        keywords: keyword arguments of older generations.

    Raises:
        InvalidAPIKeysError: there are no keys.
    """

    _COMPAT_NAME: ClassVar[str] = "UpbitWebSocketPrivateV5"
    _COMPAT_MODULE: ClassVar[str] = __name__
    _COMPAT_PRIVATE: ClassVar[bool] = True
    _COMPAT_EVENTS: ClassVar[str] = "websocket.private"

    def __init__(
        self,
        access_key: str | None = None,
        secret_key: str | None = None,
        config_path: str | PathLike[str] | None = None,
        event_broker: EventBroker | None = None,
        cleanup_interval: float | None = None,
        use_dynamic_limiter: bool = True,
        dynamic_config: object | None = None,
        *older: Any,
        **keywords: Any,
    ) -> None:
        current = (cleanup_interval, use_dynamic_limiter, dynamic_config)
        arguments = read_arguments(self._COMPAT_NAME, current, older, keywords)
        super().__init__(config_path, event_broker, arguments, _account(access_key, secret_key))
        self.auth = UpbitAuthenticator(access_key, secret_key)
        # Every connection signs a token of its own, so there is none to show.
        self._jwt_token: str | None = None
        self._token_expires_at: datetime | None = None
        notice(self._COMPAT_NAME, self._compat_site)

    async def subscribe_my_orders(
        self,
        markets: Iterable[str] | Callback | None = None,
        callback: Callback | None = None,
        mode: Any = None,
    ) -> str:
        """Subscribe the account's orders.

        Args:
            markets: codes such as ``KRW-BTC``; ``None`` or empty = all. A lone callable here is
                taken as the callback, which is how the old documents call it.
            callback: plain or coroutine function; ``None`` = the event broker only.
            mode: no effect; private streams have no snapshots to choose.

        Returns:
            The id for ``unsubscribe``.

        Raises:
            SubscriptionError: not connected, a bad argument, or the exchange refused.
        """
        self._compat_notice("subscribe_my_orders")
        if callable(markets):
            markets, callback = None, callback or markets
        codes = symbol_list(markets) if markets is not None else []
        return await self._compat_subscribe_private("myOrder", codes, callback)

    async def subscribe_my_assets(self, callback: Callback | None = None, mode: Any = None) -> str:
        """Subscribe the account's assets; see ``subscribe_my_orders``."""
        self._compat_notice("subscribe_my_assets")
        return await self._compat_subscribe_private("myAsset", [], callback)

    async def _compat_subscribe_private(
        self, data_type: str, markets: list[str], callback: Callback | None
    ) -> str:
        return await self._compat_subscribe(f"private_{data_type}", data_type, markets, callback)

    async def unsubscribe(self, subscription_id: str) -> bool:
        """Withdraw one subscription. True, also for ids that are not this client's."""
        self._compat_notice("unsubscribe")
        await self._compat_unsubscribe(subscription_id)
        return True

    async def batch_subscribe(self, subscriptions: Iterable[Mapping[str, Any]]) -> list[str]:
        """Subscribe each ``{data_type, markets?, callback?, mode?}``; ``""`` = that one failed."""
        self._compat_notice("batch_subscribe")
        ids = []
        for entry in subscriptions:
            try:
                ids.append(await self._compat_subscribe_entry(entry))
            except (WebSocketError, KeyError, ValueError) as error:
                logger.warning("batch_subscribe: an entry failed: %s", error)
                ids.append("")
        done = [id_ for id_ in ids if id_]
        data = {
            "total_requests": len(ids),
            "successful_count": len(done),
            "subscription_ids": done,
        }
        await self._emit_event("websocket.private.batch_subscribed", data)
        return ids

    async def _compat_subscribe_entry(self, entry: Mapping[str, Any]) -> str:
        data_type = entry["data_type"]
        if data_type not in self.get_supported_data_types():
            raise ValueError(f"data_type={data_type!r}: use myOrder or myAsset")
        markets = entry.get("markets") if data_type == PrivateDataType.MY_ORDER else None
        return await self._compat_subscribe_private(
            data_type, symbol_list(markets or []), entry.get("callback")
        )

    async def switch_to_idle_mode(self, symbol: str = "KRW-BTC", ultra_quiet: bool = False) -> str:
        """Withdraw everything; an idle connection closes by itself. Returns ``"idle"``.

        *symbol* and *ultra_quiet* only go into the event: a private connection has no tickers.
        """
        self._compat_notice("switch_to_idle_mode")
        session = self._compat_session
        if session is None:
            return "idle_mode_failed"
        data = {
            "ultra_quiet": ultra_quiet,
            "unsubscribed_count": await session.unsubscribe_all(),
            "idle_subscription_id": None,
            "jwt_auto_refresh_active": self._compat_keys_accepted(),
        }
        await self._emit_event("websocket.private.idle_mode", data)
        return "idle"

    def _compat_keys_accepted(self) -> bool:
        """There are keys and the exchange has not refused them."""
        session = self._compat_session
        proxy = session.proxy if session is not None else self._compat_probe()
        return proxy.is_private_available()

    def _compat_probe(self) -> WebSocketClientProxy:
        return WebSocketClientProxy(self._COMPAT_NAME, account=self._compat_account)

    async def get_status(self) -> dict[str, Any]:
        """The state of this client; keys of the last v5 generation."""
        self._compat_notice("get_status")
        return {
            **self._compat_status(),
            "auth_metrics": {
                "token_refreshes": self.stats["auth_token_refreshes"],
                "auth_failures": self.stats["auth_failures"],
                "token_expires_at": None,
                "token_valid": self._compat_keys_accepted(),
            },
        }

    async def health_check(self) -> dict[str, Any]:
        """The health of this client; keys of the last v5 generation."""
        self._compat_notice("health_check")
        return private_health(
            self.stats,
            local_now(),
            connected=self.state_machine.is_connected(),
            token_valid=self._compat_keys_accepted(),
            active_subscriptions=len(self._compat_subscriptions()),
        )

    async def get_auth_status(self) -> dict[str, Any]:
        """Keys, connection and subscriptions; keys of the last v5 generation."""
        self._compat_notice("get_auth_status")
        return auth_status(
            self.state_machine.current_state.name,
            time.time(),
            connected=self.state_machine.is_connected(),
            token_valid=self._compat_keys_accepted(),
            subscriptions=len(self._compat_subscriptions()),
            connection=self.subscription_manager.get_state()["private_connection"],
        )

    async def rotate_jwt_token(self, force: bool = False) -> bool:
        """Nothing to rotate: every connection signs its own token, and a live one needs no other.

        Args:
            force: count a refresh and emit the event all the same.

        Returns:
            Whether there are keys the exchange has not refused.
        """
        self._compat_notice("rotate_jwt_token")
        if force:
            self.stats["auth_token_refreshes"] += 1
            data = {
                "forced": True,
                "old_expiry": None,
                "new_expiry": None,
                "rotation_reason": "forced",
            }
            await self._emit_event("websocket.private.jwt_rotated", data)
        return self._compat_keys_accepted()

    async def reconnect_with_auth_refresh(self) -> bool:
        """As ``rotate_jwt_token(force=True)``: the next connection signs a fresh token anyway."""
        self._compat_notice("reconnect_with_auth_refresh")
        return await self.rotate_jwt_token(force=True) and self.state_machine.is_connected()

    def get_supported_data_types(self) -> list[str]:
        """``["myOrder", "myAsset"]``."""
        self._compat_notice("get_supported_data_types")
        return [PrivateDataType.MY_ORDER, PrivateDataType.MY_ASSET]

    async def get_subscription_count(self) -> int:
        """How many subscriptions this client has."""
        self._compat_notice("get_subscription_count")
        return len(self._compat_subscriptions())

    async def validate_api_permissions(self) -> dict[str, Any]:
        """What is known about the keys without asking for it.

        *permissions* are ``True`` for what this client streams now. The exchange tells permissions
        by the REST route ``/v1/api_keys`` only.
        """
        self._compat_notice("validate_api_permissions")
        accepted = self._compat_keys_accepted()
        streamed = {data_type for data_type, _ in self._compat_topics()} if accepted else set()
        restrictions = [] if accepted else ["the exchange refused the keys, or there are none"]
        return {
            "valid": accepted,
            "permissions": {
                "view_orders": PrivateDataType.MY_ORDER in streamed,
                "view_balances": PrivateDataType.MY_ASSET in streamed,
                "trade": False,
            },
            "restrictions": restrictions,
            "expires_at": None,
        }


def _account(access_key: str | None, secret_key: str | None) -> Credentials | None:
    """The account of these keys; ``None`` = the default account, which has keys.

    Raises:
        InvalidAPIKeysError: no keys, or a text that cannot be a key.
    """
    try:
        if access_key or secret_key:
            access_key = access_key or os.environ.get(ACCESS_VARIABLE)
            secret_key = secret_key or os.environ.get(SECRET_VARIABLE)
            if not (access_key and secret_key):
                raise InvalidAPIKeysError()
            return Credentials(access_key, secret_key)
        if WebSocketClientProxy("UpbitWebSocketPrivateV5").is_private_available():
            return None
    except UpbitWebSocketError as error:
        raise InvalidAPIKeysError(str(error)) from error
    raise InvalidAPIKeysError()


async def create_private_client(
    access_key: str | None = None,
    secret_key: str | None = None,
    config_path: str | PathLike[str] | None = None,
    event_broker: EventBroker | None = None,
    cleanup_interval: float = 30,
    use_dynamic_limiter: bool = True,
    dynamic_config: object | None = None,
    **older: Any,
) -> UpbitWebSocketPrivateV5:
    """A connected private client; arguments as for the class."""
    notice("create_private_client")
    client = UpbitWebSocketPrivateV5(
        access_key,
        secret_key,
        config_path,
        event_broker,
        cleanup_interval,
        use_dynamic_limiter,
        dynamic_config,
        **older,
    )
    await client.connect()
    return client


async def quick_subscribe_my_orders(
    access_key: str | None = None,
    secret_key: str | None = None,
    markets: Iterable[str] | None = None,
    callback: Callback | None = None,
    use_dynamic_limiter: bool = True,
) -> UpbitWebSocketPrivateV5:
    """A connected private client that already streams orders to *callback*."""
    notice("quick_subscribe_my_orders")
    client = UpbitWebSocketPrivateV5(
        access_key, secret_key, use_dynamic_limiter=use_dynamic_limiter
    )
    async with client._compat_kept_unless_failed():
        await client.subscribe_my_orders(markets, callback)
    return client


async def quick_subscribe_my_assets(
    access_key: str | None = None,
    secret_key: str | None = None,
    callback: Callback | None = None,
    use_dynamic_limiter: bool = True,
) -> UpbitWebSocketPrivateV5:
    """A connected private client that already streams assets to *callback*."""
    notice("quick_subscribe_my_assets")
    client = UpbitWebSocketPrivateV5(
        access_key, secret_key, use_dynamic_limiter=use_dynamic_limiter
    )
    async with client._compat_kept_unless_failed():
        await client.subscribe_my_assets(callback)
    return client
