"""A small HTTP port on the loopback interface, for tests in other processes and other languages.

Every request and answer is JSON. ``docs/emulator.md`` lists the paths.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import inspect
import json
import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from .exceptions import BadSettingError, EmulatorError, PortInUseError, WaitTimeoutError
from .spelling import Number

if TYPE_CHECKING:
    from .emulator import ExchangeEmulator
    from .faults import Faults

__all__ = ["ControlServer", "call_fault"]

_BODY_LIMIT: Final = 2**20
_HEAD_LIMIT: Final = 2**14
_FAULTS: Final = frozenset(
    (
        *("kill", "cut", "close", "half_open", "slow_handshake", "refuse", "reject_next"),
        *("stall", "resume", "forget", "garbage", "truncated_json", "truncated_utf8"),
        *("truncated_frame", "oversize", "duplicate", "reorder", "drop", "clock_jump", "lift"),
    )
)
_ACCOUNT: Final = frozenset(("place_order", "fill", "cancel", "prevent", "deposit"))
_REASONS: Final = {
    200: "OK",
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    408: "Request Timeout",
    413: "Content Too Large",
}


class _AnswerError(Exception):
    """A request that is answered with an HTTP error."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(status, message)
        self.status = status
        self.message = message


class ControlServer:
    """The control port of one emulator.

    Args:
        exchange: what it controls.
        port: 0 for any free one.
    """

    def __init__(self, exchange: ExchangeEmulator, port: int = 0) -> None:
        self.port = port
        self._exchange = exchange
        self._server: asyncio.Server | None = None
        self._clients: set[asyncio.Task[None]] = set()
        self._gets: dict[str, Callable[[], object]] = {
            "/state": self._state,
            "/requests": self._requests,
        }
        self._posts: dict[str, Callable[[dict[str, Any]], Awaitable[object]]] = {
            "/publish": self._publish,
            "/publish_raw": self._publish_raw,
            "/wait": self._wait,
            "/start": self._start,
            "/stop": self._stop,
        }

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Listen.

        Raises:
            PortInUseError: another program holds the port.
        """
        try:
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        except OSError as error:
            refused = isinstance(error, PermissionError)
            raise PortInUseError(self.port, refused=refused) from error
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stop listening; requests under way are dropped."""
        if self._server is None:
            return
        self._server.close()
        for task in tuple(self._clients):
            task.cancel()
        await asyncio.gather(*self._clients, return_exceptions=True)

    # HTTP

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a stream callback always runs in a task
        self._clients.add(task)
        try:
            try:
                status, body = 200, await self._answer(reader)
            except _AnswerError as error:
                status, body = error.status, {"error": error.message}
            await _write(writer, status, body)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # the other side went away or does not speak HTTP
        finally:
            self._clients.discard(task)
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader) -> object:
        method, path, headers = await _read_head(reader)
        # A web page must not reach this port, neither directly nor through a rebound name.
        host = headers.get("host", "127.0.0.1").rpartition(":")[0] or headers.get("host", "")
        if "origin" in headers or host not in ("127.0.0.1", "localhost", "[::1]"):
            raise _AnswerError(403, "not from a browser, and only as 127.0.0.1 or localhost")
        body = await _read_body(reader, headers)
        try:
            return await self._call(method, path, body)
        except WaitTimeoutError as error:
            raise _AnswerError(408, str(error)) from error
        except EmulatorError as error:
            raise _AnswerError(400, str(error)) from error

    async def _call(self, method: str, path: str, body: dict[str, Any]) -> object:
        path = path.partition("?")[0]
        if path in self._gets:
            if method != "GET":
                raise _AnswerError(405, f"{path} is read with GET")
            return self._gets[path]()
        area, _, name = path.removeprefix("/").partition("/")
        known = path in self._posts
        known = known or (area == "faults" and name in _FAULTS)
        known = known or (area == "account" and name in _ACCOUNT)
        if not known:
            raise _AnswerError(404, f"no such path: {path}; see docs/emulator.md, Control port")
        if method != "POST":
            raise _AnswerError(405, f"{path} is called with POST and a JSON object")
        if area == "faults":
            return self._fault(name, body)
        if area == "account":
            return self._account(name, body)
        return await self._posts[path](body)

    # What can be asked

    def _state(self) -> object:
        exchange = self._exchange
        return {
            "url": exchange.url,
            "private_url": exchange.private_url,
            "listening": exchange.listening,
            "connections": [
                {
                    "number": connection.number,
                    "kind": connection.kind,
                    "access_key": connection.access_key,
                    "format": connection.wire_format,
                    "subscriptions": sorted(map(list, connection.subscriptions)),
                    "ignored": sorted(map(list, connection.ignored)),
                    "frames_sent": connection.frames_sent,
                    "backlog": connection.backlog,
                }
                for connection in exchange.connections
            ],
            "opened": {kind: exchange.opened(kind) for kind in ("public", "private", "info")},
            "requests": {
                kind: len(exchange.requests(kind))
                for kind in ("subscribe", "list", "ping", "invalid")
            },
            "peaks": asdict(exchange.peaks),
            "faults": exchange.faults.active,
        }

    def _requests(self) -> object:
        return [
            {"connection": r.connection.number, "at": r.at, "kind": r.kind, "text": r.text}
            for r in self._exchange.sent_requests
        ]

    async def _publish(self, body: dict[str, Any]) -> object:
        data_type = _string(body, "type")
        code = _string(body, "code") if "code" in body else "*"
        values = body.get("values", {})
        if not isinstance(values, dict):
            raise _AnswerError(400, "values: an object of long keys")
        return {"sent": await self._exchange.publish(data_type, code, **values)}

    async def _publish_raw(self, body: dict[str, Any]) -> object:
        payload: str | bytes
        if "base64" in body:
            try:
                payload = base64.b64decode(_string(body, "base64"), validate=True)
            except binascii.Error as error:
                raise _AnswerError(400, f"base64: {error}") from error
        else:
            payload = _string(body, "text")
            if not body.get("as_text", False):
                payload = payload.encode()
        kind = body.get("kind", "public")
        return {"sent": await self._exchange.publish_raw(payload, kind=kind)}

    async def _wait(self, body: dict[str, Any]) -> object:
        timeout = _number(body, "timeout", 5.0)
        if "connections" in body:
            count = int(_number(body, "connections", 0))
            await self._exchange.wait_connections(_string(body, "kind"), count, timeout)
        elif "unsubscribed" in body:
            await self._exchange.wait_unsubscribed(*_topic(body["unsubscribed"]), timeout=timeout)
        else:
            await self._exchange.wait_subscribed(*_topic(body.get("subscribed")), timeout=timeout)
        return {}

    async def _start(self, body: dict[str, Any]) -> object:
        port = int(_number(body, "port", self._exchange.port))
        await self._exchange.start(port)
        return {"url": self._exchange.url}

    async def _stop(self, body: dict[str, Any]) -> object:
        await self._exchange.stop()
        return {}

    def _fault(self, name: str, body: dict[str, Any]) -> object:
        return {"hit": call_fault(self._exchange.faults, name, body)}

    def _account(self, name: str, body: dict[str, Any]) -> object:
        arguments = dict(body)
        account = self._exchange.account(arguments.pop("access_key", None))
        order = _apply(getattr(account, name), name, arguments)
        return {} if order is None else {"uuid": order.uuid}


def call_fault(faults: Faults, name: str, arguments: Mapping[str, Any]) -> Any:
    """Apply a fault by name; texts that look like numbers or booleans are read as such.

    Raises:
        BadSettingError: no such fault, or arguments it does not take.
    """
    if name not in _FAULTS:
        raise BadSettingError(f"fault {name!r}: one of {', '.join(sorted(_FAULTS))}")
    read = {key: _read_value(value) for key, value in arguments.items()}
    if name == "garbage" and "payload" in read:
        read["payload"] = str(arguments["payload"]).encode()
    return _apply(getattr(faults, name), name, read)


def _read_value(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        read = json.loads(value)
    except ValueError:
        return value
    return read if isinstance(read, (int, float)) or read is None else value


def _apply(call: Callable[..., Any], name: str, arguments: dict[str, Any]) -> Any:
    try:
        return call(**arguments)
    except (TypeError, ValueError) as error:
        # BadSettingError is a ValueError too; it says more than the signature.
        if isinstance(error, EmulatorError):
            raise
        raise BadSettingError(f"{name}: {error}; it takes {inspect.signature(call)}") from error


def _string(body: dict[str, Any], key: str) -> str:
    value = body.get(key)
    if not isinstance(value, str):
        raise _AnswerError(400, f"{key}: a string is needed")
    return value


def _number(body: dict[str, Any], key: str, default: float) -> float:
    try:
        value = float(body.get(key, default))
    except (TypeError, ValueError):
        value = math.nan
    if not math.isfinite(value):
        raise _AnswerError(400, f"{key}: a number is needed, not {body[key]!r}")
    return value


def _topic(value: object) -> tuple[str, str]:
    if (
        not isinstance(value, list)
        or len(value) not in (1, 2)
        or not all(isinstance(part, str) for part in value)
    ):
        raise _AnswerError(400, 'a topic is ["ticker", "KRW-BTC"] or ["myAsset"]')
    return value[0], (value[1] if len(value) == 2 else "*")


async def _read_head(reader: asyncio.StreamReader) -> tuple[str, str, dict[str, str]]:
    head = await reader.readuntil(b"\r\n\r\n")
    if len(head) > _HEAD_LIMIT:
        raise _AnswerError(413, f"header of {len(head)} bytes")
    first, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    parts = first.split(" ")
    if len(parts) != 3:
        raise _AnswerError(400, "not an HTTP request")
    pairs = (line.partition(":") for line in lines)
    return parts[0], parts[1], {name.strip().lower(): value.strip() for name, _, value in pairs}


async def _read_body(reader: asyncio.StreamReader, headers: dict[str, str]) -> dict[str, Any]:
    length = headers.get("content-length", "0")
    if not length.isascii() or not length.isdigit() or int(length) > _BODY_LIMIT:
        raise _AnswerError(413, f"Content-Length {length[:20]!r}: at most {_BODY_LIMIT}")
    raw = await reader.readexactly(int(length))
    if not raw.strip():
        return {}
    try:
        body = json.loads(raw, parse_float=Number, parse_int=Number)
    except (ValueError, RecursionError) as error:
        raise _AnswerError(400, f"the body is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise _AnswerError(400, "the body must be a JSON object")
    return body


async def _write(writer: asyncio.StreamWriter, status: int, body: object) -> None:
    payload = json.dumps(body, ensure_ascii=False).encode()
    head = (
        f"HTTP/1.1 {status} {_REASONS[status]}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(payload)}\r\nConnection: close\r\n\r\n"
    )
    writer.write(head.encode() + payload)
    await writer.drain()
