"""Subscriptions that move, with what is known of them: to another loop, server or account.

All of this runs on the home loop.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Protocol

from ..config import Config
from ..credentials import Credentials
from ..exceptions import InvalidArgument
from ..typing import Order
from .accounts import DEFAULT, Account
from .connection import Connection
from .delivery_host import Host
from .home import Home
from .lanes import name_of
from .records import ConnectionKey, Record
from .surroundings import Surroundings

__all__ = ["check_only_server_changes", "to_account", "to_server", "to_this_loop"]


class _Moving(Protocol):
    """Whose subscriptions move."""

    home: Home
    connections: dict[ConnectionKey, Connection]
    records: dict[str, Record]

    @property
    def config(self) -> Config: ...

    def host(self) -> Host: ...

    def surroundings(self) -> Surroundings: ...

    def connection_for(self, order: Order) -> Connection: ...


def to_this_loop(hub: _Moving, key: ConnectionKey, former: Connection) -> None:
    """Go on with what *former*, left on another loop, had."""
    connection = Connection(former.name, former.url, former.account, hub.surroundings())
    connection.take_over(former)
    hub.connections[key] = connection
    for record in hub.records.values():
        if record.connection is former:
            record.connection = connection
            delivery = record.delivery()
            if delivery is not None and hub.home.loop is not None:
                delivery.settle(hub.host(), hub.home.loop)
    connection.changed()


def check_only_server_changes(former: Config, config: Config) -> None:
    """Raise ``InvalidArgument`` when the two differ in more than their URLs."""
    changed = [
        setting.name
        for setting in fields(Config)
        if setting.name not in ("url", "private_url")
        and getattr(config, setting.name) != getattr(former, setting.name)
    ]
    if changed:
        raise InvalidArgument(
            "settings",
            ", ".join(changed),
            "only url and private_url may change while subscriptions are held; await "
            "manager.shutdown() first",
        )


def to_server(hub: _Moving, former: Config, config: Config) -> None:
    """What is connected to the former URLs connects to the new ones."""
    urls = {former.url: config.url, former.private_url: config.private_url}
    for key, connection in tuple(hub.connections.items()):
        url, account, lane = key
        moved = urls.get(url, url), account, lane
        if moved != key and moved not in hub.connections:
            del hub.connections[key]
            hub.connections[moved] = connection
            connection.redirect(moved[0])


def to_account(hub: _Moving, name: str, former: Account, account: Account) -> None:
    """*name* means another key pair now: its subscriptions go there, those of others stay."""
    for key, connection in tuple(hub.connections.items()):
        if connection.account is not former:
            continue
        records = [one for one in hub.records.values() if one.connection is connection]
        mine = [record for record in records if _is_of(record, name)]
        url, _, lane = key
        alone = len(mine) == len(records)
        if alone:
            del hub.connections[key]
        if alone and (url, account, lane) not in hub.connections:
            # Its history goes on: the outage ends when the new keys are accepted.
            connection.account = account
            hub.connections[url, account, lane] = connection
        else:
            for record in mine:
                _reattach(hub, record)
        connection.name = name_of((url, connection.account, lane), hub.config)


def _is_of(record: Record, name: str) -> bool:
    account = record.order.account
    return not isinstance(account, Credentials) and (account or DEFAULT) == name


def _reattach(hub: _Moving, record: Record) -> None:
    """Move a subscription to the connection that its order means now."""
    key, former, delivery = record.order.key, record.connection, record.delivery()
    want = former.ledger.get(key) if former is not None else None
    if former is None or want is None or delivery is None:
        return
    codes = tuple(want.codes)
    former.routes.detach(key, want.data_type, codes)
    former.ledger.remove(key)
    connection = record.connection = hub.connection_for(record.order)
    want = connection.ledger.add(key, record.order.data_type, codes, record.order.options)
    connection.routes.attach(want, delivery)
    former.changed()
    connection.changed()
