"""A callback for tests: it remembers what it was called with and can be waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from .received import Topic, read_arguments

__all__ = ["FrameCollector"]


class FrameCollector:
    """Pass the object itself as the callback; frames inside a legacy envelope are unwrapped.

    ``frames`` holds ``(topic, frame)`` in order of arrival, ``calls`` the arguments as they came.
    """

    def __init__(self) -> None:
        self.frames: list[tuple[Topic, Mapping[str, Any]]] = []
        self.calls: list[tuple[Any, ...]] = []
        self._arrived = asyncio.Event()

    def __call__(self, *args: Any) -> None:
        arguments = read_arguments(args)
        self.calls.append(args)
        self.frames.append((Topic(arguments.data_type, arguments.symbol), arguments.frame))
        self._arrived.set()

    def of(self, data_type: str, symbol: str | None = None) -> list[Mapping[str, Any]]:
        """Frames of one type, of one pair or (``None``) of all."""
        return [
            frame
            for topic, frame in self.frames
            if topic.data_type == data_type and symbol in {None, topic.symbol}
        ]

    async def wait(
        self, count: int, data_type: str | None = None, timeout: float = 5.0
    ) -> list[Mapping[str, Any]]:
        """Wait for *count* frames of a type (``None``: of any) since the beginning; returns them.

        Raises:
            AssertionError: they did not arrive within *timeout* seconds.
        """
        try:
            async with asyncio.timeout(timeout):
                while True:
                    found = [
                        frame
                        for topic, frame in self.frames
                        if data_type in {None, topic.data_type}
                    ]
                    if len(found) >= count:
                        return found
                    self._arrived.clear()
                    await self._arrived.wait()
        except TimeoutError:
            seen = sorted({str(topic) for topic, _ in self.frames})
            raise AssertionError(
                f"{len(self.frames)} frames arrived within {timeout:g} s, {count} "
                f"{data_type or ''} wanted; topics seen: {', '.join(seen) or 'none'}"
            ) from None
