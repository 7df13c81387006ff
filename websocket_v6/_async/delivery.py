"""The consumer's end of one subscription: callback, mailbox, worker.

The reader never waits for a consumer. A plain function on the reader's own loop is called at once;
everything else gets a mailbox. What drains a mailbox exists only while there is something in it, so
an idle subscription keeps neither a task nor a reference to the callback's object.

The module is long on purpose. Calling at once, waiting and draining decide over the same few slots, under one
lock and per frame; apart they would be further calls and, for each of thousands of subscriptions, further
objects.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import threading
import weakref
from collections.abc import Awaitable, Callable
from time import monotonic
from types import MethodType
from typing import Any, ClassVar, Final

from ..exceptions import DecodeError
from ..protocol.isolation import Copier
from ..protocol.mailbox import Letter, Mailbox
from ..subscription import DeliveryPolicy
from ..typing import Callback, running_loop
from .callbacks import belongs_to, callback_name, returns_awaitable
from .delivery_host import Host

__all__ = ["Delivery"]

logger = logging.getLogger(__name__)

_BATCH: Final = 16
"""Frames a worker takes before it lets the loop turn: so few that the next worker of the same topic finds
them in the processor's cache."""
_STUCK_AFTER: Final = 5.0
"""Seconds a frame may wait before its callback counts as slow, even if the mailbox is not full."""
_CALM_CALLS: Final = 100
"""Quick calls after which a slow plain callback may be reported again."""
_NOTHING: Final[frozenset[str]] = frozenset()  # one for all: each new one takes 216 bytes


class _Owner(weakref.ref[Any]):
    """The object whose bound method is the callback; its end ends the delivery."""

    __slots__ = ("delivery",)
    delivery: weakref.ref[Delivery]


def _owner_gone(owner: _Owner) -> None:
    delivery = owner.delivery()
    if delivery is not None and not delivery.closed:
        delivery.closed = True
        delivery.ready = False
        if delivery.host is not None:
            delivery.host.on_object_gone(delivery.key)


def _seen(worker: asyncio.Task[None]) -> None:
    """What ends the program (``SystemExit``) was raised by the loop itself: it need not be told again."""
    if not worker.cancelled():
        worker.exception()


class Delivery:
    """One subscription's consumer.

    The proxy owns it, the hub only refers to it: when the proxy goes, it goes.

    Args:
        key: the subscription's id.
        callback: called as ``callback(symbol, data_type, payload)``.
        proxy: whose component the callback may belong to; ``None`` holds the callback strongly.
        strong: hold the callback's object even if it belongs to the proxy's component.
        model: the payload is a typed message and not a dict.
        loop: where callbacks run; ``None`` is the manager's loop.
    """

    threaded: ClassVar = False
    """Whether the callback is called in a thread of its own."""

    __slots__ = (
        "__weakref__",
        "_active",
        "_calm",
        "_direct",
        "_failing",
        "_lock",
        "_proxy",
        "_scheduled",
        "_slow",
        "_worker",
        "asynchronous",
        "closed",
        "data_type",
        "delivered",
        "errors",
        "failure",
        "finished",
        "function",
        "home",
        "host",
        "inline",
        "key",
        "loop",
        "mailbox",
        "method",
        "model",
        "muted",
        "name",
        "on_closed",
        "owner",
        "ready",
        "slow_after",
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
        model: bool = False,
        loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self.key = key
        self.data_type = data_type
        self.name = callback_name(callback)
        self.loop = loop
        self.home: asyncio.AbstractEventLoop | None = None
        self.host: Host | None = None
        self.model = model
        self.muted = _NOTHING
        self.asynchronous = returns_awaitable(callback)
        self.mailbox = Mailbox(policy, mailbox_size)
        self.closed = False
        self.inline = False
        self.ready = False
        """Whether the callback may be called at once and nothing about it is out of the ordinary: the
        router then does what ``_run`` does, without the calls."""
        self.delivered = 0
        self.errors = 0
        self.slow_after = 0.05
        self.on_closed: Callable[[], Callable[[Exception | None], None] | None] | None = None
        """Gives the listener for the end, if it still lives; it is told what ended it, if a fault did."""
        self.finished = False
        """Nothing more comes; closed as soon as nothing waits any more."""
        self.failure: Exception | None = None
        self.function: Any = callback
        self.owner: _Owner | None = None
        self.method: Any = None
        """With *owner*, and in place of *function*: the method's function."""
        self._proxy = None if strong or proxy is None else weakref.ref(proxy)
        """Until it is clear whether the callback belongs to this proxy's component."""
        self._active = False
        self._direct = False
        """Whether the next frame goes to the callback at once, see ``_refresh``."""
        self._scheduled = False
        self._failing = False
        self._slow = False
        self._calm = 0
        self._lock = threading.Lock()
        self._worker: asyncio.Task[None] | None = None
        self._hold_weakly_if_owned()

    def __repr__(self) -> str:
        state = "closed" if self.closed else f"{len(self.mailbox)} waiting"
        return f"<Delivery {self.key} to {self.name}: {self.delivered} delivered, {state}>"

    # -- who holds the callback -----------------------------------------------------------------

    def _hold_weakly_if_owned(self) -> None:
        """A bound method of the component that keeps this proxy must not keep the component alive."""
        callback = self.function
        proxy = self._proxy() if self._proxy is not None else None
        if proxy is None or not inspect.ismethod(callback):
            return
        owner = callback.__self__
        if isinstance(owner, type) or not belongs_to(owner, proxy):
            return
        try:
            reference = _Owner(owner, _owner_gone)
        except TypeError:  # a class with __slots__ and no __weakref__
            return
        reference.delivery = weakref.ref(self)
        # The function is held: its class may have let go of it, and it need not be of the class at all.
        self.owner, self.method, self.function = reference, callback.__func__, None
        self._proxy = None

    def _resolve(self) -> Callback | None:
        """The callback, or ``None`` when its object is gone."""
        if self._proxy is not None:
            # `self.ws = ws` may come after the subscription was made.
            self._hold_weakly_if_owned()
            self._proxy = None
            self._refresh()
        if self.owner is None:
            return self.function  # type: ignore[no-any-return]
        owner = self.owner()
        return None if owner is None else MethodType(self.method, owner)

    # -- taking frames (on the reader's loop) ---------------------------------------------------

    def settle(self, host: Host, home: asyncio.AbstractEventLoop) -> None:
        """Say whose delivery it is and which loop the reader runs on."""
        self.host = host
        self.home = home
        self.slow_after = host.slow_after
        self.inline = not self.asynchronous and not self.threaded and self.loop in (None, home)
        self._refresh()

    def _refresh(self) -> None:
        self._direct = (
            self.inline
            and self._active
            and not self.closed
            and not self.muted
            and not self.mailbox
            and self._worker is None
        )
        self.ready = (
            self._direct
            and self._proxy is None
            and not self._failing
            and not self._slow
            and (self.host is None or self.host.tracer is None)
        )

    def activate(self) -> None:
        """The subscribing call is about to return: what came meanwhile may be delivered after it."""
        with self._lock:
            self._active = True
            waiting = len(self.mailbox) > 0
        self._refresh()
        if waiting:
            self._wake()

    def put(self, code: str, symbol: str, payload: Any, copy: Copier | None, at: float) -> float:
        """Deliver one frame or let it wait.

        Args:
            copy: makes what this consumer may keep, when others refer to *payload* as well; ``None``: it
                may have *payload* itself.

        Returns:
            The time after it; the same as *at* unless the callback ran at once.
        """
        if self.closed or (self.muted and code in self.muted):
            return at
        if self._direct:
            return self._run(symbol, payload if copy is None else copy(payload), at)
        with self._lock:
            begins = self.mailbox.put(Letter(at, code, (symbol, payload, copy)))
            oldest = self.mailbox.oldest
            if oldest is not None and at - oldest > _STUCK_AFTER and not self.mailbox.overflowing:
                begins = self.mailbox.overflowing = True
            active = self._active
            self._direct = self.ready = False
        if active:
            self._wake()
        if begins:
            self._report_slow(at - oldest if oldest is not None else 0.0)
        return at

    def _run(self, symbol: str, payload: Any, at: float) -> float:
        """Call a plain function now; returns the time after it."""
        self.returned(self._invoke(symbol, payload))
        after = monotonic()
        if after - at > self.slow_after:
            self.report_slow_call(after - at)
        elif self._slow:
            self._calm += 1
            if self._calm >= _CALM_CALLS:
                self._slow = False
                self._refresh()
        return after

    def report_slow_call(self, seconds: float) -> None:
        """A plain callback took *seconds*: too long."""
        self._calm = 0
        if not self._slow:
            self._slow = True
            self.ready = False
            self._report_slow(seconds)

    def _report_slow(self, seconds: float) -> None:
        if self.host is not None:
            self.host.on_slow(self, seconds)

    def close(self) -> None:
        """After this the callback is not called again; waiting frames are discarded."""
        self.closed = True
        self._direct = self.ready = False
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
            self._direct = self.ready = False
            self.mailbox.discard(codes)

    # -- calling --------------------------------------------------------------------------------

    def _invoke(self, symbol: str, payload: Any) -> Any:
        """Call the callback; what it returns, or ``None`` when it failed or its object is gone."""
        callback = self._resolve()
        if callback is None:
            return None
        if self.host is not None and self.host.tracer is not None:
            self.host.tracer(self, symbol, payload)
        self.delivered += 1
        try:
            result = callback(symbol, self.data_type, payload)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # noqa: BLE001 - a consumer's fault touches nobody else
            self.failed(error)
            return None
        if self._failing and not inspect.isawaitable(result):
            self._recovered()
        return result

    def returned(self, result: Any) -> None:
        """What a function that was called at once gave back."""
        if result is not None and inspect.isawaitable(result):
            # A plain function that gives an awaitable: from now on it has a worker, in order.
            self.asynchronous = True
            self.inline = self._direct = self.ready = False
            self._start_worker(result)

    def failed(self, error: BaseException) -> None:
        """The callback raised: logged once per episode, and nobody else's concern."""
        self.errors += 1
        self.ready = False
        if self.host is not None and self.host.failure_tracer is not None:
            self.host.failure_tracer(self, error)
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

    def _recovered(self) -> None:
        self._failing = False
        self._refresh()

    # -- draining -------------------------------------------------------------------------------

    def _wake(self) -> None:
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
            post = self._take()
            if post is None:
                self._refresh()
                self._close_if_finished()
                return
            self.returned(self._invoke(*post))
            if self._worker is not None:
                return  # it takes the rest
        self._wake()

    def _take(self) -> tuple[str, Any] | None:
        """Symbol and payload of the oldest frame; copies are made here, not while it waits."""
        while True:
            with self._lock:
                if self.closed or not self.mailbox:
                    return None
                symbol, payload, copy = self.mailbox.take().payload
            try:
                return symbol, payload if copy is None else copy(payload)
            except DecodeError as error:
                self.failed(error)  # it costs this frame, not what drains the mailbox

    def _start_worker(self, first: Awaitable[Any] | None) -> None:
        # The loop keeps only weak references to tasks; this one ends when the mailbox is empty.
        worker = asyncio.get_running_loop().create_task(
            self._work(first), name=f"upbit-ws deliver {self.key}"
        )
        if worker.done():
            return  # the loop's tasks are eager: it has ended, and no other would be made while it is known
        self._worker = worker
        worker.add_done_callback(_seen)
        if self.host is not None:
            self.host.workers.add(worker)
            worker.add_done_callback(self.host.workers.discard)

    async def _work(self, first: Awaitable[Any] | None) -> None:
        try:
            if first is not None:
                await self._guard(first)
                first = None
            taken = 0
            while (post := self._take()) is not None:
                result = self._invoke(*post)
                del post
                if inspect.isawaitable(result):
                    await self._guard(result)
                del result
                taken += 1
                if taken % _BATCH == 0:
                    await asyncio.sleep(0)
        finally:
            self._worker = None
        if self.mailbox:
            # Put in by a reader in another thread, which still saw this worker and left it to it.
            self._wake()
        self._close_if_finished()

    async def _guard(self, awaitable: Awaitable[Any]) -> None:
        worker = asyncio.current_task()
        try:
            await awaitable
        except asyncio.CancelledError as error:
            if worker is not None and worker.cancelling():
                raise
            self.failed(error)
        except GeneratorExit as error:
            # Whoever closes this coroutine is no step of its task: only then it has to end.
            if running_loop() is None or asyncio.current_task() is not worker:
                raise
            self.failed(error)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # noqa: BLE001 - a consumer's fault touches nobody else
            self.failed(error)
        else:
            self._failing = False

    # -- ending ---------------------------------------------------------------------------------

    @property
    def lag(self) -> float:
        """Seconds the oldest waiting frame has been waiting; 0.0 when none waits."""
        oldest = self.mailbox.oldest
        return 0.0 if oldest is None else max(0.0, monotonic() - oldest)

    def is_run_by(self, task: asyncio.Task[Any] | None) -> bool:
        """Whether *task* is the worker that runs the callback at this moment."""
        return task is not None and self._worker is task

    @property
    def busy(self) -> bool:
        """Whether frames wait or a callback is running."""
        return not self.closed and (len(self.mailbox) > 0 or self._worker is not None)
