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

    Subscribes at the first iteration, or on ``async with``. Leaving the ``async with`` block, ``aclose()``,
    cancelling the reading task, or letting go of the stream ends the subscription. What happens when the
    reader is too slow is the subscription's delivery policy. Several readers share the frames.

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
        """What the callback waits for: that the frame it brought is taken."""
        self._closed = False
        self._failure: Exception | None = None
        self._turn = asyncio.Lock()

    def __repr__(self) -> str:
        state = "closed" if self._closed else "open" if self._key else "not started"
        return f"<Stream of {self._proxy!r} {state}>"

    def __del__(self) -> None:
        """Nobody reads any more: what waits with a frame must not wait for ever."""
        room = self._room
        if room is None or room.done():
            return
        loop = room.get_loop()
        if not loop.is_closed():
            try:
                loop.call_soon_threadsafe(_release, room)  # the collector may run in any thread
            except RuntimeError:
                return  # closed in this moment

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
        _release(self._room)
        return frame

    async def aclose(self) -> None:
        """End the subscription; the iteration stops. May be called again."""
        self._closed = True
        self._taken.clear()
        _release(self._waiting)
        _release(self._room)
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
        _release(self._waiting)
        _release(self._room)

    async def _take(self, symbol: str, data_type: str, frame: T) -> None:
        """The callback. It waits for the reader, so that frames pile up in the mailbox and its policy
        applies.
        """
        if self._closed:
            return
        self._taken.append(frame)
        _release(self._waiting)
        room = self._room = asyncio.get_running_loop().create_future()
        # A stream that nobody reads any more is not kept alive by what waits for its reader.
        del self
        await room


def _release(future: asyncio.Future[None] | None) -> None:
    """Let who waits for it go on."""
    if future is not None and not future.done():
        future.set_result(None)
