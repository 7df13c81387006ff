"""Those who listen to connection events."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..events import ConnectionEvent
from ..exceptions import InvalidArgument
from ..typing import EventCallback, running_loop

__all__ = ["Listeners"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class _Listener:
    callback: EventCallback
    loop: asyncio.AbstractEventLoop | None


class Listeners:
    """Calls each listener on the loop it was added on; its faults touch nobody else."""

    def __init__(self) -> None:
        self._listeners: tuple[_Listener, ...] = ()
        self._tasks: set[asyncio.Task[None]] = set()

    def add(self, callback: EventCallback) -> Callable[[], None]:
        """Add a plain or coroutine function of one event; the result takes it out again."""
        _check_listener(callback)
        listener = _Listener(callback, running_loop())
        # Those of a closed loop can never be called again.
        alive = (one for one in self._listeners if one.loop is None or not one.loop.is_closed())
        self._listeners = (*alive, listener)

        def remove() -> None:
            self._listeners = tuple(one for one in self._listeners if one is not listener)

        return remove

    def clear(self) -> None:
        self._listeners = ()

    def end_calls(self, caller: asyncio.Task[Any] | None) -> None:
        """Cancel the coroutine listeners that still run, but not *caller*, which is one itself."""
        for task in tuple(self._tasks):
            loop = task.get_loop()
            if task is caller or loop.is_closed():
                continue
            if loop is running_loop():
                task.cancel()
            else:
                loop.call_soon_threadsafe(task.cancel)

    def emit(self, event: ConnectionEvent) -> None:
        for listener in self._listeners:
            loop = listener.loop
            if loop is None or loop is running_loop():
                self._call(listener.callback, event)
            elif not loop.is_closed():
                try:
                    loop.call_soon_threadsafe(self._call, listener.callback, event)
                except RuntimeError:
                    continue

    def _call(self, callback: EventCallback, event: ConnectionEvent) -> None:
        try:
            result = callback(event)
        except (KeyboardInterrupt, SystemExit) as ending:
            # It ends the program from the loop, and not the task that this event comes from.
            asyncio.get_running_loop().call_soon(_raise, ending)
            return
        except BaseException:  # a listener's fault touches nobody else
            logger.exception("event_listener_failed", extra={"event": type(event).__name__})
            return
        if inspect.isawaitable(result):
            task = asyncio.ensure_future(self._wait(result))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    @staticmethod
    async def _wait(awaitable: object) -> None:
        try:
            await awaitable  # type: ignore[misc]
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            logger.exception("event_listener_failed", extra={})
        except Exception:
            logger.exception("event_listener_failed", extra={})


def _raise(error: BaseException) -> None:
    raise error


def _check_listener(callback: object) -> None:
    if not callable(callback):
        raise InvalidArgument("callback", callback, "give a function that takes one event")
    try:
        signature = inspect.signature(callback)
    except (TypeError, ValueError):
        return
    try:
        signature.bind(None)
    except TypeError as error:
        problem = f"it has to take one event, but its signature is {signature}: {error}"
        raise InvalidArgument("callback", callback, problem) from None
