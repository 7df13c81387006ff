"""A reader in one thread and a callback in another, at the moments in which they can miss each other."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

from websocket_v6._async.delivery import Delivery
from websocket_v6.subscription import lossless


class PutWhenEmpty(Delivery):
    """Another thread puts a frame in just after the worker has found the mailbox empty."""

    late: list[str]

    def _take(self) -> tuple[str, Any] | None:
        post = super()._take()
        if post is None and self.late:
            reader = threading.Thread(target=self.put, args=(*[self.late.pop()] * 3, None, 0.0))
            reader.start()
            reader.join()
        return post


async def test_a_frame_that_comes_as_the_worker_ends_is_delivered() -> None:
    taken: asyncio.Queue[str] = asyncio.Queue()

    async def callback(symbol: str, data_type: str, data: str) -> None:
        taken.put_nowait(data)

    here = asyncio.get_running_loop()
    delivery = PutWhenEmpty("key", "trade", callback, lossless, mailbox_size=10, loop=here)
    delivery.late = ["last"]
    delivery.activate()
    delivery.put("first", "first", "first", None, 0.0)
    async with asyncio.timeout(10):
        assert [await taken.get(), await taken.get()] == ["first", "last"]
    assert not delivery.mailbox
