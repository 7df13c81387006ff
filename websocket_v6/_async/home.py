"""The event loop that owns the connections: which it is, whether it lives, and how to reach it.

The manager lives on the loop that first used it. Calls from elsewhere hop over. When that loop is closed, or
does not turn while others wait, one of the living loops takes its place.
"""

from __future__ import annotations

import asyncio
import os
import threading
import weakref
from collections.abc import Callable, Coroutine, Iterable
from time import monotonic, time
from typing import Any, Final, Generic, Protocol, TypeVar

from ..exceptions import LoopUnavailable
from ..typing import running_loop

__all__ = ["Home", "Resident"]

T = TypeVar("T")

_BEAT: Final = 0.5
"""Seconds between the home loop's signs of life, and between looks at them from other loops."""

_HOPS: Final = 3
"""Home loops that a call may lose on its way."""


class Resident(Protocol):
    """Who lives on the home loop."""

    def patience(self) -> float:
        """Seconds a loop may stand still while others wait."""

    def on_beat(self) -> bool:
        """Called while the loop turns; returns whether there is anything to live for."""

    def on_move(self, former: asyncio.AbstractEventLoop, lost_at: float) -> None:
        """The home is this thread's running loop now; *lost_at* is Unix time."""

    def subscribers(self) -> Iterable[asyncio.AbstractEventLoop]:
        """The loops that callbacks run on."""


class _Hop(Generic[T]):
    """One call on its way to the home loop. It runs there, or it runs nowhere."""

    def __init__(self, home: Home, function: Callable[[], Coroutine[Any, Any, T]]) -> None:
        self._home = home
        self._function = function
        self._loop = home.loop
        self._picked_up = False
        self._withdrawn = False
        self._future: asyncio.Future[T]

    async def _run(self) -> T:
        with self._home.lock:
            # A loop that stood still comes back to calls that were made elsewhere meanwhile.
            if self._withdrawn or self._home.loop is not self._loop:
                raise asyncio.CancelledError
            self._picked_up = True
        # Should this loop be closed without cancelling its tasks, the caller goes elsewhere.
        asyncio.current_task()._log_destroy_pending = False  # type: ignore[union-attr]
        return await self._function()

    async def made(self, patience: float) -> bool:
        """Wait for its end; False when the home loop ends or stands still before that."""
        here, home = asyncio.get_running_loop(), self._loop
        assert home is not None  # noqa: S101 - settled by the caller
        call = self._run()
        try:
            self._future = asyncio.wrap_future(asyncio.run_coroutine_threadsafe(call, home))
        except RuntimeError:  # closed in this moment
            call.close()
            return False
        try:
            while True:
                done, _ = await asyncio.wait([self._future], timeout=patience)
                with self._home.lock:
                    if done and not self._future.cancelled():
                        return True
                    alive = self._picked_up and not self._home.is_lost(home)
                    if alive and not done and self._home.loop is home:
                        continue  # the call itself takes its time
                    self._withdrawn = True
                    self._home.take_from(home, here)
                    return False
        finally:
            self._withdrawn = True
            self._future.cancel()

    def result(self) -> T:
        return self._future.result()


class Home:
    """The home loop of one hub."""

    def __init__(self, resident: Resident) -> None:
        self.loop: asyncio.AbstractEventLoop | None = None
        self._resident = resident
        self._beat_at = 0.0
        """When the loop last gave a sign of life; 0.0 while nothing asks it to."""
        self._next_beat: asyncio.TimerHandle | None = None
        self._watching: weakref.WeakSet[asyncio.AbstractEventLoop] = weakref.WeakSet()
        self.lock = threading.RLock()
        """Held while the home changes."""
        self._pid = os.getpid()

    @property
    def is_here(self) -> bool:
        """Whether this code runs on it."""
        return self.loop is not None and self.loop is running_loop()

    def leave(self) -> None:
        """Forget the loop: the next one that comes is home."""
        if self.is_here and self._next_beat is not None:
            self._next_beat.cancel()
        self._next_beat = None
        self.loop = None
        self._beat_at = 0.0

    # -- reaching it ----------------------------------------------------------------------------

    async def call(self, function: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run a coroutine function on the home loop.

        Raises:
            LoopUnavailable: the home loop did not pick it up and could not be replaced.
        """
        for _ in range(_HOPS):
            self._settle()
            if self.is_here:
                return await function()
            hop = _Hop(self, function)
            if await hop.made(self._resident.patience()):
                return hop.result()
        raise LoopUnavailable(self._resident.patience() * _HOPS)

    def take_from(self, home: asyncio.AbstractEventLoop, loop: asyncio.AbstractEventLoop) -> None:
        """Make *loop*, running in this thread, the home unless *home* has been replaced already."""
        with self.lock:
            if self.loop is home:
                self._move(loop)

    def post(self, function: Callable[[], None]) -> None:
        """Run a plain function on the home loop soon; at once when this is it."""
        if self.is_here:
            function()
        else:
            self.post_later(function)

    def post_later(self, function: Callable[[], None]) -> None:
        """Run a plain function on the home loop, never inside this call: it may be a finalizer's."""
        home = self.loop
        if home is None or home.is_closed():
            return
        try:
            home.call_soon_threadsafe(function)
        except RuntimeError:
            # Closed in this moment; what is queued is done when the next loop takes over.
            return

    # -- keeping it -----------------------------------------------------------------------------

    def _settle(self) -> None:
        """Make sure there is a living home loop; the caller's becomes it when there is none."""
        loop = asyncio.get_running_loop()
        with self.lock:
            if self.loop is None:
                self.loop = loop
            elif self.loop is not loop and self.loop.is_closed():
                self._move(loop)

    def live(self) -> None:
        """Something lives here from now on: give signs of life. On the home loop."""
        if self._beat_at == 0.0 or monotonic() - self._beat_at > 2 * _BEAT:
            self._beat_at = monotonic()
            if self.is_here and self._next_beat is not None:
                self._next_beat.cancel()
            if self.loop is not None:
                self._next_beat = self.loop.call_later(_BEAT, self._beat)

    def _beat(self) -> None:
        if not self.is_here or self.loop is None:
            return
        self._beat_at = monotonic()
        self._next_beat = None
        if self._resident.on_beat():
            self._next_beat = self.loop.call_later(_BEAT, self._beat)
        else:
            self._beat_at = 0.0

    def watch_from(self, loop: asyncio.AbstractEventLoop) -> None:
        """See to it from *loop*, running in this thread, that the home loop lives."""
        if loop is not self.loop and loop not in self._watching:
            self._watching.add(loop)
            loop.call_later(_BEAT, self._look, loop)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._pid != os.getpid() or loop not in self._resident.subscribers():
            self._watching.discard(loop)
            return
        with self.lock:
            if self.loop is not None and self.loop is not loop and self.is_lost(self.loop):
                self._move(loop)
        if self.loop is loop:
            self._watching.discard(loop)
        else:
            loop.call_later(_BEAT, self._look, loop)

    def is_lost(self, home: asyncio.AbstractEventLoop) -> bool:
        """Whether *home* is closed, or gave no sign of life for longer than others can wait."""
        silent = monotonic() - self._beat_at if self._beat_at > 0 else 0.0
        return home.is_closed() or silent > self._resident.patience()

    def find_successor(self) -> None:
        """The home loop is being ended by its owner: let another living loop take over."""
        former = self.loop
        for loop in set(self._resident.subscribers()):
            if loop is not former and not loop.is_closed():
                try:
                    loop.call_soon_threadsafe(self._succeed, loop, former)
                except RuntimeError:
                    continue
                return

    def _succeed(
        self, loop: asyncio.AbstractEventLoop, former: asyncio.AbstractEventLoop | None
    ) -> None:
        with self.lock:
            if self.loop is former and former is not loop:
                self._move(loop)

    def _move(self, loop: asyncio.AbstractEventLoop) -> None:
        """Make *loop*, running in this thread, the home. The lock is held."""
        former, self.loop = self.loop, loop
        self._next_beat = None  # the former loop's
        lost_at = time() - (monotonic() - self._beat_at if self._beat_at > 0 else 0.0)
        self._beat_at = 0.0
        if former is not None:
            self._resident.on_move(former, lost_at)
        self.live()
