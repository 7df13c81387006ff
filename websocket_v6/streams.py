"""``async for frame in ws.stream(...)``: a subscription read by iteration."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Generic, NoReturn, Self, TypeVar

if TYPE_CHECKING:
    from types import TracebackType

    from .websocket_client_proxy import WebSocketClientProxy

__all__ = ["Stream"]

T = TypeVar("T")


class Stream(Generic[T]):
    """Frames of one subscription, in order.

    Subscribes at the first iteration, or on ``async with``. Leaving the ``async with`` block, breaking
    out followed by ``aclose()``, or cancelling the reading task ends the subscription. What happens when
    the reader is too slow is the subscription's delivery policy. Several readers share the frames.

    Raises:
        SubscriptionRejected: by the iteration, when the exchange refuses the subscription.
    """

    def __init__(
        self,
        proxy: WebSocketClientProxy,
        subscribe: Callable[[Callable[[str, str, T], Awaitable[None]]], Awaitable[str]],
    ) -> None:
        self._proxy = proxy
        self._subscribe = subscribe
        self._key: str | None = None
        self._taken: deque[T] = deque()
        self._waiting: asyncio.Future[None] | None = None
        self._room: asyncio.Future[None] | None = None
        self._closed = False
        self._failure: Exception | None = None
        self._turn = asyncio.Lock()

    def __repr__(self) -> str:
        state = "closed" if self._closed else "open" if self._key else "not started"
        return f"<Stream of {self._proxy!r} {state}>"

    async def __aenter__(self) -> Self:
        await self._start()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    if not TYPE_CHECKING:  # type checkers find the mistake by themselves

        def __iter__(self) -> NoReturn:
            raise TypeError("a stream is read with `async for`, inside a coroutine")

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        async with self._turn:
            return await self._next()

    async def _next(self) -> T:
        try:
            await self._start()
            while not self._taken:
                if self._closed:
                    raise self._end()
                self._waiting = asyncio.get_running_loop().create_future()
                await self._waiting
        except asyncio.CancelledError:
            await self.aclose()
            raise
        finally:
            self._waiting = None
        frame = self._taken.popleft()
        if self._room is not None and not self._room.done():
            self._room.set_result(None)
        return frame

    async def aclose(self) -> None:
        """End the subscription; the iteration stops. May be called again."""
        self._closed = True
        self._taken.clear()
        for future in (self._waiting, self._room):
            if future is not None and not future.done():
                future.set_result(None)
        key, self._key = self._key, None
        if key is not None:
            await self._proxy.unsubscribe(key)

    async def _start(self) -> None:
        if self._key is None and not self._closed:
            key = await self._subscribe(self._take)
            if self._closed:
                await self._proxy.unsubscribe(key)
                return
            self._key = key
            self._proxy.on_subscription_end(key, self._ended)

    def _end(self) -> Exception:
        failure, self._failure = self._failure, None
        return failure or StopAsyncIteration()

    def _ended(self, failure: Exception | None) -> None:
        """The subscription is over, also when the manager was shut down: the iteration stops."""
        self._closed = True
        self._failure = failure
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    async def _take(self, symbol: str, data_type: str, frame: T) -> None:
        """The callback. It waits for the reader, so that frames pile up in the mailbox and its policy
        applies.
        """
        if self._closed:
            return
        self._taken.append(frame)
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)
        self._room = asyncio.get_running_loop().create_future()
        try:
            await self._room
        finally:
            self._room = None
