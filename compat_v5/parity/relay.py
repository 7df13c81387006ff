"""A relay in front of the exchange that counts the sockets one side opens.

Two clients in one process are indistinguishable to the server; each side gets a relay of its own,
so that
its sockets are counted and nothing else changes: bytes pass through untouched.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from types import TracebackType
from urllib.parse import urlsplit

__all__ = ["CountingRelay"]

_CHUNK = 65536  # bytes


class CountingRelay:
    """Forward every connection to *target*, a ``ws://`` URL; count them by kind.

    ``opened`` maps ``public`` and ``private`` to the number of sockets opened so far.
    """

    def __init__(self, target: str) -> None:
        parts = urlsplit(target)
        self._host, self._port, self._path = parts.hostname or "127.0.0.1", parts.port, parts.path
        self._server: asyncio.Server  # set on entering
        self._pipes: set[asyncio.Task[None]] = set()
        self.opened: Counter[str] = Counter()

    @property
    def url(self) -> str:
        """The public URL clients of this side use; known while the relay runs."""
        port = self._server.sockets[0].getsockname()[1]
        return f"ws://127.0.0.1:{port}{self._path}"

    async def __aenter__(self) -> CountingRelay:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.close()
        pipes = tuple(self._pipes)
        for pipe in pipes:
            pipe.cancel()
        await asyncio.gather(*pipes, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._relay(reader, writer))
        self._pipes.add(task)
        task.add_done_callback(self._pipes.discard)

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request_line = await reader.readline()
            if not request_line:
                return
            path = request_line.split(b" ")[1] if request_line.count(b" ") >= 2 else b""
            self.opened["private" if path.endswith(b"/private") else "public"] += 1
            onward_reader, onward = await asyncio.open_connection(self._host, self._port)
            try:
                onward.write(request_line)
                async with asyncio.TaskGroup() as pipes:
                    pipes.create_task(_pump(reader, onward))
                    pipes.create_task(_pump(onward_reader, writer))
            finally:
                onward.close()
        finally:
            writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy until either end closes; a reset is an end like any other."""
    try:
        while chunk := await reader.read(_CHUNK):
            writer.write(chunk)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()
