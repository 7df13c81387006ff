"""The private reference client: myOrder, myAsset, with a token signed for each connection."""

from __future__ import annotations

import os
import uuid
from collections.abc import Mapping
from typing import Any

import jwt

from tests.reference_v5.client import Callback, SocketClient


class UpbitWebSocketPrivateV5(SocketClient):
    """One private socket for one pair of keys, given or from the environment."""

    def __init__(
        self,
        access_key: str | None = None,
        secret_key: str | None = None,
        *,
        envelope: bool = False,
        **_legacy: Any,
    ) -> None:
        super().__init__(envelope=envelope)
        self._access_key = access_key or os.environ["UPBIT_ACCESS_KEY"]
        self._secret_key = secret_key or os.environ["UPBIT_SECRET_KEY"]

    def endpoint(self) -> str:
        return self.config.connection.private_url

    def headers(self) -> Mapping[str, str]:
        claims = {"access_key": self._access_key, "nonce": str(uuid.uuid4())}
        token = jwt.encode(claims, self._secret_key, algorithm="HS512")
        return {"Authorization": f"Bearer {token}"}

    async def subscribe_my_orders(
        self, markets: list[str] | None = None, callback: Callback | None = None
    ) -> str:
        return await self._add("myOrder", markets or (), callback)

    async def subscribe_my_assets(self, callback: Callback | None = None) -> str:
        return await self._add("myAsset", (), callback)
