"""A hundred components with every temper, and what each of them got."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import AsyncIterator
from time import monotonic
from typing import Any

from websocket_v6 import WebSocketClientProxy, bounded, lossless

__all__ = ["Component", "Crowd"]

TEMPERS = (
    "fast",
    "fast_coroutine",
    "slow",
    "raising",
    "mutating",
    "moody",
    "leaving",
    "recruiting",
    "dying",
)
_CHANGES_EVERY = 400
"""Trades after which a callback changes subscriptions, if that is its temper."""


class Rest:
    """While it is *on*, nobody changes what is subscribed."""

    on = False


class Component:
    """One subscriber of the trades of one code, and of another stream beside it.

    *seen* counts trades by ``sequential_id``; *since* and *until* are when it was subscribed.
    """

    def __init__(self, number: int, temper: str, code: str, data_type: str, rest: Rest) -> None:
        self.number = number
        self.temper = temper
        self.code = code
        self.data_type = data_type
        self.ws = WebSocketClientProxy(f"component-{number}", __name__)
        self.seen: Counter[int] = Counter()
        self.other_at = 0.0
        """When the last frame of the other stream came, or it was subscribed; 0: not yet."""
        self.key: str | None = None
        self.spans: list[tuple[float, float, int | None]] = []
        """From when to when it was subscribed, and the trade in whose callback it left, if it did."""
        self._since = 0.0
        self._rest = rest
        self._recruits: list[WebSocketClientProxy] = []

    @property
    def lossless(self) -> bool:
        """Whether every trade is owed to it."""
        return self.temper != "slow"

    @property
    def wants(self) -> set[tuple[str, str]]:
        """The topics it is subscribed to at this moment."""
        trades = {("trade", self.code)} if self.key is not None else set()
        return trades | ({(self.data_type, self.code)} if self.other_at else set())

    async def start(self) -> None:
        await self._subscribe_trades()
        subscribe = {
            "ticker": self.ws.subscribe_ticker,
            "orderbook": self.ws.subscribe_orderbook,
        }[self.data_type]
        await subscribe([self.code], self.on_other)
        self.other_at = monotonic()

    async def _subscribe_trades(self) -> None:
        callbacks = {
            "fast_coroutine": self.on_trade_later,
            "slow": self.on_trade_slowly,
            "raising": self.on_trade_raising,
            "mutating": self.on_trade_mutating,
            "leaving": self.on_trade_leaving,
            "recruiting": self.on_trade_recruiting,
        }
        callback = callbacks.get(self.temper, self.on_trade)
        policy = bounded(20) if self.temper == "slow" else lossless
        self.key = await self.ws.subscribe_trade(
            [self.code], callback, policy=policy, is_only_realtime=True
        )
        self._since = monotonic()

    async def stop(self) -> None:
        # What waits for a coroutine callback goes with the subscription.
        waiting = self.temper in ("fast_coroutine", "leaving", "recruiting")
        await self._leave(next(reversed(self.seen), None) if waiting else None)
        await self.ws.unsubscribe_all()
        for recruit in self._recruits:
            await recruit.aclose()

    async def restart(self) -> None:
        """Unsubscribe and subscribe again, as moody components do."""
        await self._leave()
        await self._subscribe_trades()

    async def _leave(self, at_trade: int | None = None) -> None:
        self._close_span(at_trade)
        key, self.key = self.key, None
        await self.ws.unsubscribe(key)

    def _close_span(self, at_trade: int | None) -> None:
        if self._since:
            self.spans.append((self._since, monotonic(), at_trade))
            self._since = 0.0

    def owed_spans(self, now: float) -> list[tuple[float, float, int | None]]:
        return self.spans + ([(self._since, now, None)] if self._since else [])

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

    async def on_trade_leaving(self, symbol: str, data_type: str, data: dict[str, Any]) -> None:
        self.seen[data["sequential_id"]] += 1
        if self._is_time():
            await self._leave(data["sequential_id"])

    async def on_trade_recruiting(self, symbol: str, data_type: str, data: dict[str, Any]) -> None:
        self.seen[data["sequential_id"]] += 1
        if self._is_time():
            recruit = WebSocketClientProxy(f"recruit of {self.number}")
            self._recruits.append(recruit)
            await recruit.subscribe_ticker([self.code], _ignore)
            if len(self._recruits) > 2:
                await self._recruits.pop(0).aclose()

    def _is_time(self) -> bool:
        return len(self.seen) % _CHANGES_EVERY == 0 and not self._rest.on

    def on_other(self, symbol: str, data_type: str, data: dict[str, Any]) -> None:
        self.other_at = monotonic()


def _ignore(symbol: str, data_type: str, data: dict[str, Any]) -> None:
    """A callback that is not interested."""


class Crowd:
    """Makes components, lets some die and others be born."""

    def __init__(self, seed: int, codes: list[str], size: int) -> None:
        self._chance = random.Random(seed)
        self._codes = codes
        self._size = size
        self._born = 0
        self._rest = Rest()
        self._stirring = asyncio.Lock()
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
            self._rest,
        )

    @contextlib.asynccontextmanager
    async def at_rest(self) -> AsyncIterator[None]:
        """Nobody comes, goes or changes its mind meanwhile."""
        async with self._stirring:
            self._rest.on = True
            try:
                yield
            finally:
                self._rest.on = False

    async def stir(self) -> None:
        """One component changes its mind, one dies without saying so, one is born, one is restless."""
        async with self._stirring:
            await self._be_restless()
            for left in self._of("leaving"):
                if left.key is None:
                    await left.restart()
            if moody := self._of("moody"):
                await self._chance.choice(moody).restart()
            self._let_one_die()
            born = self._make()
            self.alive.append(born)
            await born.start()
            if len(self.alive) > self._size:
                retired = self.alive.pop(0)
                await retired.stop()
                self.records.append(_Grave(retired, monotonic()))

    def _of(self, temper: str) -> list[Component]:
        return [one for one in self.alive if one.temper == temper]

    def _let_one_die(self) -> None:
        """Its proxy goes with it, and its subscriptions with the proxy."""
        if dying := self._of("dying"):
            gone = self._chance.choice(dying)
            self.alive.remove(gone)
            self.records.append(_Grave(gone, monotonic()))

    async def _be_restless(self) -> None:
        """Ten subscriptions one after another, each awaited: more than the exchange takes at once."""
        async with WebSocketClientProxy("restless") as ws:
            for interval in ("1s", "1m", "3m", "5m", "10m", "15m", "30m", "60m"):
                code = self._chance.choice(self._codes)
                await ws.subscribe_candle([code], interval, _ignore, is_only_realtime=True)

    def wants(self) -> set[tuple[str, str]]:
        """Every topic that one of them is subscribed to at this moment."""
        return {topic for one in self.alive for topic in one.wants}

    def unheard(self, since: float) -> list[str]:
        """Who has had no frame of its other stream since then, nor subscribed to it since."""
        return [
            f"component-{one.number} ({one.data_type} {one.code})"
            for one in self.alive
            if 0.0 < one.other_at < since
        ]

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
