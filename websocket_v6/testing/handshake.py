"""Who is let in: paths, tokens, connect limits and the faults of a handshake."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from email.utils import formatdate
from http import HTTPStatus
from typing import Final

from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

from .auth import AuthRefusedError, access_key_of
from .clock import Clock
from .faults import Faults, Refusal
from .limits import CONNECTS, ConnectGate, TooManyConnectsError

__all__ = ["Door", "Socket", "kind_of"]

_KINDS: Final = {
    "/websocket/v1": "public",
    "/websocket/v1/private": "private",
    "/websocket/v1/info": "info",
}


def kind_of(request: Request) -> str | None:
    """``public``, ``private`` or ``info``; ``None`` for a path the exchange does not have."""
    return _KINDS.get(request.path.partition("?")[0].rstrip("/"))


class Socket(ServerConnection):
    """The library's connection; it says when bytes arrive (pings and pongs included).

    ``access_key`` is whose token opened it, ``None`` without one.
    """

    access_key: str | None = None
    touched: Callable[[], None] | None = None

    def data_received(self, data: bytes) -> None:
        if self.touched is not None:
            self.touched()
        super().data_received(data)


class Door:
    """Answers upgrade requests.

    Args:
        keys: secret key by access key.
        now_ms: Unix milliseconds of the exchange's clock, jumps included.
        enforce: whether connect limits are enforced; they are counted either way.
    """

    def __init__(
        self,
        keys: Mapping[str, str],
        clock: Clock,
        faults: Faults,
        now_ms: Callable[[], int],
        *,
        enforce: bool,
    ) -> None:
        self._keys = keys
        self._clock = clock
        self._faults = faults
        self._now_ms = now_ms
        self._enforce = enforce
        # Connects count per key where there is one, per address otherwise.
        self._gates: dict[str | None, ConnectGate] = {}

    @property
    def fullest_second(self) -> int:
        """The most connects of one address or key in any one second, refused ones included."""
        peaks = (gate.connects.peaks[CONNECTS[0]] for gate in self._gates.values())
        return max(peaks, default=0)

    async def admit(self, socket: ServerConnection, request: Request) -> Response | None:
        """The answer instead of 101; ``None`` lets the client in."""
        kind = kind_of(request)
        if kind is None:
            text = f"no such path: {request.path}"
            return _answer(socket, HTTPStatus.NOT_FOUND, "not_found", text)
        refusal = await self._faults.before_handshake(kind)
        if refusal is not None:
            return _refused(socket, refusal)
        authorization = request.headers.get("Authorization")
        access_key: str | None = None
        if kind != "public" or authorization is not None:
            try:
                access_key = access_key_of(authorization, self._keys)
            except AuthRefusedError as refused:
                return _answer(socket, HTTPStatus.UNAUTHORIZED, refused.name, refused.message)
        if isinstance(socket, Socket):
            socket.access_key = access_key
        gate = self._gates.setdefault(access_key, ConnectGate())
        with_origin = kind == "public" and "Origin" in request.headers
        try:
            gate.enter(self._clock.now(), origin=with_origin, enforce=self._enforce)
        except TooManyConnectsError as refused:
            status = HTTPStatus(refused.status)
            text = f"Too many connects; try again in {refused.seconds:g} seconds."
            return _answer(socket, status, _name(status), text)
        return None

    def announce(self, socket: ServerConnection, request: Request, response: Response) -> None:
        """Put the headers on the answer that the real exchange puts there."""
        del response.headers["Date"]
        response.headers["Date"] = formatdate(self._now_ms() / 1000, usegmt=True)
        if response.status_code == HTTPStatus.SWITCHING_PROTOCOLS:
            response.headers["remaining-req"] = "group=websocket; min=300; sec=3"
            response.headers["limit-by-ip"] = "Yes"


def _refused(socket: ServerConnection, refusal: Refusal) -> Response:
    status = HTTPStatus(refusal.status)
    response = _answer(socket, status, _name(status), status.phrase)
    if refusal.retry_after is not None:
        response.headers["Retry-After"] = f"{refusal.retry_after:g}"
    return response


def _name(status: HTTPStatus) -> str:
    return status.phrase.lower().replace(" ", "_").replace("'", "")


def _answer(socket: ServerConnection, status: HTTPStatus, name: str, message: str) -> Response:
    response = socket.respond(status, json.dumps({"error": {"name": name, "message": message}}))
    del response.headers["Content-Type"]
    response.headers["Content-Type"] = "application/json; charset=utf-8"
    return response
