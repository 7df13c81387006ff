"""The consumer's end of one subscription: callback, mailbox, worker.

The reader never waits for a consumer. A plain function on the reader's own loop is called at once;
everything else gets a mailbox. What drains a mailbox exists only while there is something in it, so
an idle subscription keeps neither a task nor a reference to the callback's object.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import threading
import weakref
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any, Final

from ..exceptions import InvalidArgument
from ..protocol.mailbox import Letter, Mailbox
from ..subscription import DeliveryPolicy
from ..typing import Callback, running_loop
from .callbacks import belongs_to, callback_name, returns_awaitable

__all__ = ["Delivery"]

logger = logging.getLogger(__name__)

_BATCH: Final = 64
"""Frames a worker takes before it lets the loop turn."""
_STUCK_AFTER: Final = 5.0
"""Seconds a frame may wait before its callback counts as slow, even if the mailbox is not full."""
_CALM_CALLS: Final = 100
"""Quick calls after which a slow plain callback may be reported again."""


class Delivery:
    """One subscription's consumer.

    The proxy owns it, the hub only refers to it: when the proxy goes, it goes.

    Args:
        key: the subscription's id.
        callback: called as ``callback(symbol, data_type, payload)``.
        proxy: whose component the callback may belong to; ``None`` holds the callback strongly.
        strong: hold the callback's object even if it belongs to the proxy's component.
        thread: call a plain function in a thread of its own.
        model: the payload is a typed message and not a dict.
        loop: where callbacks run; ``None`` is the manager's loop.
    """

    __slots__ = (
        "__weakref__",
        "_active",
        "_calm",
        "_checked",
        "_failing",
        "_lock",
        "_proxy",
        "_scheduled",
        "_slow",
        "_strong",
        "_thread",
        "_weak",
        "_worker",
        "asynchronous",
        "closed",
        "data_type",
        "delivered",
        "errors",
        "failure",
        "finished",
        "home",
        "inline",
        "key",
        "loop",
        "mailbox",
        "model",
        "muted",
        "name",
        "on_closed",
        "on_object_gone",
        "on_slow",
        "ready",
        "slow_after",
        "threaded",
        "tracer",
        "workers",
    )

    def __init__(
        self,
        key: str,
        data_type: str,
        callback: Callback,
        policy: DeliveryPolicy,
        *,
        mailbox_size: int,
        proxy: object | None = None,
        strong: bool = False,
        thread: bool = False,
        model: bool = False,
        loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self.key = key
        self.data_type = data_type
        self.name = callback_name(callback)
        self.loop = loop
        self.home: asyncio.AbstractEventLoop | None = None
        self.model = model
        self.muted: frozenset[str] | set[str] = frozenset()
        self.threaded = thread
        self.asynchronous = returns_awaitable(callback)
        self.mailbox = Mailbox(policy, mailbox_size)
        self.closed = False
        self.inline = False
        self.ready = False
        """Whether the next frame may be handed to the callback at once, see ``_refresh``."""
        self.delivered = 0
        self.errors = 0
        self.slow_after = 0.05
        self.on_slow: Callable[[Delivery, float], None] | None = None
        self.on_object_gone: Callable[[str], None] | None = None
        self.on_closed: Callable[[], Callable[[Exception | None], None] | None] | None = None
        """Gives the listener for the end, if it still lives; it is told what ended it, if a fault did."""
        self.finished = False
        """Nothing more comes; closed as soon as nothing waits any more."""
        self.failure: Exception | None = None
        self.tracer: Callable[[Delivery, str, Any], None] | None = None
        self.workers: set[asyncio.Task[None]] | None = None
        """Where the hub finds running callbacks, also those of subscriptions that have ended."""
        self._strong: Callback | None = callback
        self._weak: weakref.WeakMethod[Any] | None = None
        self._proxy = None if strong or proxy is None else weakref.ref(proxy)
        self._checked = False
        self._active = False
        self._scheduled = False
        self._failing = False
        self._slow = False
        self._calm = 0
        self._lock = threading.Lock()
        self._worker: asyncio.Task[None] | None = None
        self._thread: threading.Thread | None = None
        self._hold_weakly_if_owned()

    def __repr__(self) -> str:
        state = "closed" if self.closed else f"{len(self.mailbox)} waiting"
        return f"<Delivery {self.key} to {self.name}: {self.delivered} delivered, {state}>"

    # -- who holds the callback -----------------------------------------------------------------

    def _hold_weakly_if_owned(self) -> None:
        """A bound method of the component that keeps this proxy must not keep the component alive."""
        callback = self._strong
        proxy = self._proxy() if self._proxy is not None else None
        if proxy is None or not inspect.ismethod(callback):
            return
        owner = callback.__self__
        if isinstance(owner, type) or not belongs_to(owner, proxy):
            return
        try:
            self._weak = weakref.WeakMethod(callback, self._object_gone(weakref.ref(self)))
        except TypeError:  # a class with __slots__ and no __weakref__
            return
        self._strong = None

    @staticmethod
    def _object_gone(reference: weakref.ref[Delivery]) -> Callable[[Any], None]:
        def gone(_: object) -> None:
            delivery = reference()
            if delivery is not None and not delivery.closed:
                delivery.closed = True
                delivery.ready = False
                if delivery.on_object_gone is not None:
                    delivery.on_object_gone(delivery.key)

        return gone

    def _resolve(self) -> Callback | None:
        if not self._checked:
            # `self.ws = ws` may come after the subscription was made.
            self._checked = True
            if self._weak is None:
                self._hold_weakly_if_owned()
        return self._strong if self._weak is None else self._weak()

    # -- taking frames (on the reader's loop) ---------------------------------------------------

    def settle(self, home: asyncio.AbstractEventLoop) -> None:
        """Say which loop the reader runs on."""
        self.home = home
        self.inline = not self.asynchronous and not self.threaded and self.loop in (None, home)
        self._refresh()

    def _refresh(self) -> None:
        self.ready = (
            self.inline
            and self._active
            and not self.closed
            and not self.muted
            and not self.mailbox
            and self._worker is None
        )

    def activate(self) -> None:
        """The subscribing call is about to return: what came meanwhile may be delivered after it."""
        with self._lock:
            self._active = True
            waiting = len(self.mailbox) > 0
        self._refresh()
        if waiting:
            self._wake()

    def put(self, code: str, symbol: str, payload: Any, at: float) -> float:
        """Deliver one frame or let it wait.

        Returns:
            The time after it; the same as *at* unless the callback ran at once.
        """
        if self.closed or (self.muted and code in self.muted):
            return at
        if self.ready:
            return self.run(symbol, payload, at)
        with self._lock:
            begins = self.mailbox.put(Letter(at, code, (symbol, payload)))
            oldest = self.mailbox.oldest
            if oldest is not None and at - oldest > _STUCK_AFTER and not self.mailbox.overflowing:
                begins = self.mailbox.overflowing = True
            active = self._active
            self.ready = False
        if active:
            self._wake()
        if begins and self.on_slow is not None:
            self.on_slow(self, at - oldest if oldest is not None else 0.0)
        return at

    def run(self, symbol: str, payload: Any, at: float) -> float:
        """Call a plain function now; only while ``ready``. Returns the time after it."""
        self._call_inline(symbol, payload)
        after = monotonic()
        if after - at > self.slow_after:
            self._report_slow_call(after - at)
        elif self._slow:
            self._calm += 1
            self._slow = self._calm < _CALM_CALLS
        return after

    def _report_slow_call(self, seconds: float) -> None:
        self._calm = 0
        if not self._slow:
            self._slow = True
            if self.on_slow is not None:
                self.on_slow(self, seconds)

    def close(self) -> None:
        """After this the callback is not called again; waiting frames are discarded."""
        self.closed = True
        self.ready = False
        with self._lock:
            self.mailbox.clear()
        listener = self.on_closed() if self.on_closed is not None else None
        if listener is None:
            return
        self.on_closed = None
        loop = self.loop or self.home
        if loop is None or loop is running_loop():
            listener(self.failure)
        elif not loop.is_closed():
            loop.call_soon_threadsafe(listener, self.failure)

    def finish(self, failure: Exception | None = None) -> None:
        """Nothing more will be put in: close once what waits was delivered."""
        self.finished = True
        self.failure = failure
        self._close_if_finished()

    def _close_if_finished(self) -> None:
        if self.finished and not self.closed and not self.busy:
            self.close()

    def mute(self, codes: set[str]) -> None:
        """Deliver nothing more of *codes*, not even what waits."""
        with self._lock:
            self.muted = self.muted | codes
            self.ready = False
            self.mailbox.discard(codes)

    # -- draining -------------------------------------------------------------------------------

    def _wake(self) -> None:
        if self.threaded:
            self._wake_thread()
            return
        loop = self.loop or self.home
        if self._scheduled or self._worker is not None or loop is None:
            return
        self._scheduled = True
        try:
            if loop is running_loop():
                loop.call_soon(self._pump)
            else:
                loop.call_soon_threadsafe(self._pump)
        except RuntimeError:
            # Its loop was closed; the hub's watch withdraws the subscription.
            self._scheduled = False
            self.close()

    def _pump(self) -> None:
        """On the subscriber's loop: empty the mailbox."""
        self._scheduled = False
        if self.closed or self._worker is not None:
            return
        if self.asynchronous:
            self._start_worker(None)
            return
        for _ in range(_BATCH):
            letter = self._take()
            if letter is None or self._worker is not None:
                self._refresh()
                self._close_if_finished()
                return
            self._call_inline(*letter.payload)
        self._wake()

    def _take(self) -> Letter | None:
        with self._lock:
            return self.mailbox.take() if self.mailbox and not self.closed else None

    def _call_inline(self, symbol: str, payload: Any) -> None:
        callback = self._strong if self._checked and self._weak is None else self._resolve()
        if callback is None:
            return
        if self.tracer is not None:
            self.tracer(self, symbol, payload)
        self.delivered += 1
        try:
            result = callback(symbol, self.data_type, payload)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # noqa: BLE001 - a consumer's fault touches nobody else
            self._failed(error)
            return
        self._failing = False
        if result is not None and inspect.isawaitable(result):
            # A plain function that gives an awaitable: from now on it has a worker, in order.
            self.asynchronous = True
            self.inline = self.ready = False
            self._start_worker(result)

    def _start_worker(self, first: Awaitable[Any] | None) -> None:
        # The loop keeps only weak references to tasks; this one ends when the mailbox is empty.
        self._worker = asyncio.get_running_loop().create_task(
            self._work(first), name=f"upbit-ws deliver {self.key}"
        )
        if self.workers is not None:
            self.workers.add(self._worker)
            self._worker.add_done_callback(self.workers.discard)

    async def _work(self, first: Awaitable[Any] | None) -> None:
        try:
            if first is not None:
                await self._guard(first)
                first = None
            taken = 0
            while (letter := self._take()) is not None:
                await self._call(*letter.payload)
                del letter
                taken += 1
                if taken % _BATCH == 0:
                    await asyncio.sleep(0)
        finally:
            self._worker = None
        self._close_if_finished()

    async def _call(self, symbol: str, payload: Any) -> None:
        callback = self._resolve()
        if callback is None:
            return
        if self.tracer is not None:
            self.tracer(self, symbol, payload)
        self.delivered += 1
        try:
            result = callback(symbol, self.data_type, payload)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # noqa: BLE001 - a consumer's fault touches nobody else
            self._failed(error)
            return
        del callback
        if inspect.isawaitable(result):
            await self._guard(result)
        else:
            self._failing = False

    async def _guard(self, awaitable: Awaitable[Any]) -> None:
        try:
            await awaitable
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            self._failed(error)
        except (GeneratorExit, KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # noqa: BLE001 - a consumer's fault touches nobody else
            self._failed(error)
        else:
            self._failing = False

    def _failed(self, error: BaseException) -> None:
        self.errors += 1
        if not self._failing:
            self._failing = True
            logger.error(
                "callback_failed",
                exc_info=error,
                extra={
                    "callback": self.name,
                    "data_type": self.data_type,
                    "subscription": self.key,
                },
            )

    # -- thread ---------------------------------------------------------------------------------

    def _wake_thread(self) -> None:
        with self._lock:
            if self._thread is not None:
                return
            self._thread = threading.Thread(
                target=self._drain_in_thread, name=f"upbit-ws deliver {self.key}", daemon=True
            )
            self._thread.start()

    def _drain_in_thread(self) -> None:
        while True:
            with self._lock:
                letter = self.mailbox.take() if self.mailbox and not self.closed else None
                if letter is None:
                    self._thread = None
            if letter is None:
                self._close_if_finished()
                return
            self._call_in_thread(*letter.payload)
            del letter

    def _call_in_thread(self, symbol: str, payload: Any) -> None:
        callback = self._resolve()
        if callback is None:
            return
        if self.tracer is not None:
            self.tracer(self, symbol, payload)
        self.delivered += 1
        try:
            result = callback(symbol, self.data_type, payload)
        except BaseException as error:  # noqa: BLE001 - also sys.exit(): the next frame needs the thread
            self._failed(error)
            return
        self._failing = False
        if inspect.iscoroutine(result):
            result.close()
            self._failed(
                InvalidArgument("deliver", "thread", "a coroutine callback runs on a loop only")
            )

    # -- ending ---------------------------------------------------------------------------------

    @property
    def lag(self) -> float:
        """Seconds the oldest waiting frame has been waiting; 0.0 when none waits."""
        oldest = self.mailbox.oldest
        return 0.0 if oldest is None else max(0.0, monotonic() - oldest)

    @property
    def busy(self) -> bool:
        """Whether frames wait or a callback is running."""
        return not self.closed and (
            len(self.mailbox) > 0 or self._worker is not None or self._thread is not None
        )
