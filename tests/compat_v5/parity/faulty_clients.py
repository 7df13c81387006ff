"""Legacy clients with one deliberate bug each: the comparison must find and name it."""

from __future__ import annotations

from collections import Counter
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from tests.reference_v5 import UpbitWebSocketPublicV5

Frame = dict[str, Any]


class DropsEvery100th(UpbitWebSocketPublicV5):
    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._seen: Counter[str] = Counter()

    async def _dispatch(self, frame: Frame) -> None:
        if frame.get("stream_type") == "REALTIME":
            self._seen[frame["type"]] += 1
            if self._seen[frame["type"]] % 100 == 50:
                return
        await super()._dispatch(frame)


class RenamesAKey(UpbitWebSocketPublicV5):
    async def _dispatch(self, frame: Frame) -> None:
        renamed = {("price" if key == "trade_price" else key): frame[key] for key in frame}
        await super()._dispatch(renamed)


class SwapsTwoFrames(UpbitWebSocketPublicV5):
    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._seen = 0
        self._held: Frame | None = None

    async def _dispatch(self, frame: Frame) -> None:
        if frame.get("stream_type") == "REALTIME":
            self._seen += 1
            if self._seen == 30:
                self._held = frame
                return
        await super()._dispatch(frame)
        if self._held is not None:
            held, self._held = self._held, None
            await super()._dispatch(held)


class ChangesANumber(UpbitWebSocketPublicV5):
    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._seen = 0

    async def _dispatch(self, frame: Frame) -> None:
        self._seen += 1
        if self._seen == 30:
            frame = frame | {"trade_price": frame["trade_price"] + 1}
        await super()._dispatch(frame)


class CallsTwice(UpbitWebSocketPublicV5):
    async def _dispatch(self, frame: Frame) -> None:
        await super()._dispatch(frame)
        await super()._dispatch(frame)


class OpensASecondSocket(UpbitWebSocketPublicV5):
    _second: ClientConnection

    async def connect(self) -> None:
        await super().connect()
        self._second = await connect(self.endpoint(), compression=None)

    async def disconnect(self) -> None:
        await self._second.close()
        await super().disconnect()


class NeverCallsBack(UpbitWebSocketPublicV5):
    """As candles were in every release of the old package."""

    async def _dispatch(self, frame: Frame) -> None:
        return


class CannotConnect(UpbitWebSocketPublicV5):
    async def connect(self) -> None:
        raise TypeError("create_connection() got an unexpected keyword argument 'extra_headers'")


class DeliversEnvelopes(UpbitWebSocketPublicV5):
    """No bug: the last v5 release as it was."""

    def __init__(self, **options: Any) -> None:
        super().__init__(envelope=True, **options)


class CannotBeBuilt(UpbitWebSocketPublicV5):
    def __init__(self) -> None:
        raise ValueError("a bad settings file")


class CannotSubscribeTrades(UpbitWebSocketPublicV5):
    async def subscribe_trade(self, *args: Any, **options: Any) -> str:
        raise ValueError("no trades")


class HasNoConfig:
    """It could not be led away from the live exchange."""
