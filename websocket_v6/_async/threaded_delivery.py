"""Deliveries whose callback is a plain function that may take its time: a thread drains the mailbox.

As a worker does, the thread exists only while there is something to drain.
"""

from __future__ import annotations

import inspect
import threading
from typing import Any, ClassVar, Final

from ..exceptions import InvalidArgument
from ..typing import running_loop
from .delivery import Delivery

__all__ = ["ThreadedDelivery"]

_RETRY: Final = 0.5
"""Seconds after which a thread that could not be started is tried again."""


class ThreadedDelivery(Delivery):
    """One subscription's consumer in a thread of its own."""

    threaded: ClassVar = True

    __slots__ = ("_thread",)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._thread: threading.Thread | None = None

    def _wake(self) -> None:
        with self._lock:
            if self._thread is not None:
                return
            thread = threading.Thread(
                target=self._drain_in_thread, name=f"upbit-ws deliver {self.key}", daemon=True
            )
            self._thread = thread
            try:
                thread.start()
            except RuntimeError as error:
                # No more threads for now. That is nobody else's concern, and what waits is tried again.
                self._thread = None
                failure = error
            else:
                return
        self.failed(failure)
        loop = running_loop()
        if loop is not None and not self._scheduled:
            self._scheduled = True
            loop.call_later(_RETRY, self._wake_again)

    def _wake_again(self) -> None:
        self._scheduled = False
        if self.mailbox and not self.closed:
            self._wake()

    def _drain_in_thread(self) -> None:
        while True:
            post = self._take()
            if post is None and self._thread_ends():
                self._close_if_finished()
                return
            if post is not None:
                self._call_in_thread(*post)
            del post

    def _thread_ends(self) -> bool:
        """Whether there is still nothing to do; decided under the lock that ``_wake`` takes."""
        with self._lock:
            if self.mailbox and not self.closed:
                return False
            self._thread = None
            return True

    def _call_in_thread(self, symbol: str, payload: Any) -> None:
        try:
            result = self._invoke(symbol, payload)
        except (KeyboardInterrupt, SystemExit) as error:
            self.failed(error)  # the next frame needs the thread
            return
        if inspect.iscoroutine(result):
            result.close()
            self.failed(
                InvalidArgument("deliver", "thread", "a coroutine callback runs on a loop only")
            )

    @property
    def busy(self) -> bool:
        return super().busy or (self._thread is not None and not self.closed)
