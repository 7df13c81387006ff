"""Which connection an order belongs on.

A second price level of one order book needs a connection of its own, a lane; everything else that has the
endpoint and the account in common shares one.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from ..config import Config
from ..endpoints import derive_private_url
from ..subscription import ORDERBOOK, PRIVATE_TYPES
from ..typing import Order
from .accounts import Account, Accounts
from .connection import Connection
from .records import ConnectionKey

__all__ = ["key_of", "name_of"]


def key_of(
    order: Order,
    config: Config,
    accounts: Accounts,
    connections: Mapping[ConnectionKey, Connection],
) -> ConnectionKey:
    """The key of the connection for *order*, whether there is one yet or not.

    Raises:
        AuthenticationError: no keys for its account.
    """
    url = order.endpoint or config.url
    account = None
    if order.data_type in PRIVATE_TYPES:
        account = accounts.find(order.account)
        url = config.private_url if order.endpoint is None else derive_private_url(url)
    return url, account, _lane(url, account, order, connections)


def _lane(
    url: str,
    account: Account | None,
    order: Order,
    connections: Mapping[ConnectionKey, Connection],
) -> int:
    """The first one on which no code of this order has another level."""
    if order.data_type != ORDERBOOK:
        return 0
    lane = 0
    while (connection := connections.get((url, account, lane))) is not None:
        clash = any(
            connection.ledger.level((ORDERBOOK, code)) not in (None, order.options.level)
            for code in order.codes
        )
        if not clash:
            break
        lane += 1
    return lane


def name_of(key: ConnectionKey, config: Config) -> str:
    """For people: ``public``, ``private:default``; another endpoint adds its host, a lane its number."""
    url, account, lane = key
    name = "public" if account is None else f"private:{account.name}"
    configured = config.url if account is None else config.private_url
    if url != configured:
        name += f"@{urlsplit(url).netloc}"
    return f"{name}/level-{lane}" if lane else name
