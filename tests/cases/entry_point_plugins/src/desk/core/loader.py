import importlib
from typing import Iterable

ENTRY_POINTS = [
    "desk.plugins.public_feed:PublicFeed",
    "desk.plugins.private_feed:PrivateFeed",
]


def load(spec: str):
    module, _, attribute = spec.partition(":")
    return getattr(importlib.import_module(module), attribute)


def load_all(specs: Iterable[str] = ENTRY_POINTS):
    return [load(spec)() for spec in specs]


def legacy_class(kind: str):
    module = importlib.import_module(
        "upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5.upbit_websocket_%s_client" % kind
    )
    return getattr(module, "UpbitWebSocket%sV5" % kind.capitalize())
