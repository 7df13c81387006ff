"""A hundred components with every temper, and what each of them got."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from time import monotonic
from typing import Any

from websocket_v6 import WebSocketClientProxy, bounded, lossless

__all__ = ["Component", "Crowd"]

TEMPERS = ("fast", "fast_coroutine", "slow", "raising", "mutating", "moody", "dying")


class Component:
    """One subscriber of the trades of one code, and of another stream beside it.

    *seen* counts trades by ``sequential_id``; *since* and *until* are when it was subscribed.
    """

    def __init__(self, number: int, temper: str, code: str, data_type: str) -> None:
        self.number = number
        self.temper = temper
        self.code = code
        self.data_type = data_type
        self.ws = WebSocketClientProxy(f"component-{number}", __name__)
        self.seen: Counter[int] = Counter()
        self.others = 0
        self.key: str | None = None
        self.spans: list[tuple[float, float]] = []
        self._since = 0.0

    @property
    def lossless(self) -> bool:
        """Whether every trade is owed to it."""
        return self.temper != "slow"

    async def start(self) -> None:
        callbacks = {
            "fast_coroutine": self.on_trade_later,
            "slow": self.on_trade_slowly,
            "raising": self.on_trade_raising,
            "mutating": self.on_trade_mutating,
        }
        callback = callbacks.get(self.temper, self.on_trade)
        policy = bounded(20) if self.temper == "slow" else lossless
        self.key = await self.ws.subscribe_trade(
            [self.code], callback, policy=policy, is_only_realtime=True
        )
        self._since = monotonic()
        subscribe = {
            "ticker": self.ws.subscribe_ticker,
            "orderbook": self.ws.subscribe_orderbook,
        }[self.data_type]
        await subscribe([self.code], self.on_other)

    async def stop(self) -> None:
        self._close_span()
        await self.ws.unsubscribe_all()

    async def restart(self) -> None:
        """Unsubscribe and subscribe again, as moody components do."""
        self._close_span()
        await self.ws.unsubscribe(self.key)
        await self.start()

    def _close_span(self) -> None:
        if self._since:
            self.spans.append((self._since, monotonic()))
            self._since = 0.0

    def owed_spans(self, now: float) -> list[tuple[float, float]]:
        return self.spans + ([(self._since, now)] if self._since else [])

    def on_trade(self, symbol: str, data_type: str, data: dict[str, Any]) -> None:
        self.seen[data["sequential_id"]] += 1

    async def on_trade_later(self, symbol: str, data_type: str, data: dict[str, Any]) -> None:
        await asyncio.sleep(0)
        self.seen[data["sequential_id"]] += 1

    async def on_trade_slowly(self, symbol: str, data_type: str, data: dict[str, Any]) -> None:
        self.seen[data["sequential_id"]] += 1
        await asyncio.sleep(0.2)

    def on_trade_raising(self, symbol: str, data_type: str, data: dict[str, Any]) -> None:
        self.seen[data["sequential_id"]] += 1
        raise RuntimeError("this component raises on every frame")

    def on_trade_mutating(self, symbol: str, data_type: str, data: dict[str, Any]) -> None:
        self.seen[data["sequential_id"]] += 1
        data.clear()

    def on_other(self, symbol: str, data_type: str, data: dict[str, Any]) -> None:
        self.others += len(data)


def _ignore(symbol: str, data_type: str, data: dict[str, Any]) -> None:
    """A callback that is not interested."""


class Crowd:
    """Makes components, lets some die and others be born."""

    def __init__(self, seed: int, codes: list[str], size: int) -> None:
        self._chance = random.Random(seed)
        self._codes = codes
        self._size = size
        self._born = 0
        self.alive: list[Component] = []
        self.records: list[Component | _Grave] = []

    async def gather(self) -> None:
        self.alive = [self._make() for _ in range(self._size)]
        await asyncio.gather(*(component.start() for component in self.alive))

    def _make(self) -> Component:
        number = self._born
        self._born += 1
        return Component(
            number,
            TEMPERS[number % len(TEMPERS)],
            self._codes[number % len(self._codes)],
            ("ticker", "orderbook")[number % 2],
        )

    async def stir(self) -> None:
        """One component changes its mind, one dies without saying so, one is born, one is restless."""
        await self._be_restless()
        moody = [one for one in self.alive if one.temper == "moody"]
        if moody:
            await self._chance.choice(moody).restart()
        dying = [one for one in self.alive if one.temper == "dying"]
        if dying:
            gone = self._chance.choice(dying)
            self.alive.remove(gone)
            dying.clear()
            self.records.append(_Grave(gone, monotonic()))
            del gone  # its proxy goes with it, and its subscriptions with the proxy
        born = self._make()
        self.alive.append(born)
        await born.start()
        if len(self.alive) > self._size:
            retired = self.alive.pop(0)
            await retired.stop()
            self.records.append(_Grave(retired, monotonic()))

    async def _be_restless(self) -> None:
        """Ten subscriptions one after another, each awaited: more than the exchange takes at once."""
        async with WebSocketClientProxy("restless") as ws:
            for interval in ("1s", "1m", "3m", "5m", "10m", "15m", "30m", "60m"):
                code = self._chance.choice(self._codes)
                await ws.subscribe_candle([code], interval, _ignore, is_only_realtime=True)

    def everybody(self, now: float) -> list[_Grave]:
        return [one for one in self.records if isinstance(one, _Grave)] + [
            _Grave(one, now) for one in self.alive
        ]


class _Grave:
    """What is known of a component, without keeping it alive."""

    def __init__(self, component: Component, now: float) -> None:
        self.number = component.number
        self.temper = component.temper
        self.code = component.code
        self.lossless = component.lossless
        self.seen = component.seen
        self.spans = component.owed_spans(now)
