import logging
from dataclasses import dataclass, field
from typing import Any, Dict, Optional
from upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5.upbit_websocket_public_client import (
    UpbitWebSocketPublicV5,
    create_public_client,
)
from upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5.upbit_websocket_private_client import UpbitWebSocketPrivateV5
from upbit_auto_trading.infrastructure.external_apis.upbit.upbit_auth import UpbitAuthenticator

logging.getLogger("upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5").setLevel(logging.WARNING)


@dataclass
class Keys:
    access: str
    secret: str


class Container:
    def __init__(self, keys: Optional[Keys] = None):
        self._services: Dict[str, Any] = {}
        self._keys = keys
        self._public: UpbitWebSocketPublicV5 | None = None

    @property
    def public(self) -> UpbitWebSocketPublicV5:
        if self._public is None:
            self._public = UpbitWebSocketPublicV5()
        return self._public

    def private(self):
        if "private" not in self._services:
            self._services["private"] = UpbitWebSocketPrivateV5(self._keys.access, self._keys.secret)
        return self._services["private"]

    async def fresh(self):
        return await create_public_client()

    async def shutdown(self):
        for service in self._services.values():
            await service.disconnect()
        if self._public is not None:
            await self._public.disconnect()
