"""Streams of received frames for the pure comparison, and ways to spoil them."""

from __future__ import annotations

from collections.abc import Iterable

from compat_v5.parity.received import Arguments, ReceivedFrame, Recording, received

SHAPE = "symbol, data_type, frame"


def ticker(number: int, **changed: object) -> dict[str, object]:
    return {
        "type": "ticker",
        "code": "KRW-BTC",
        "trade_price": 100.0 + number,
        "timestamp": 1_000 + number,
        "stream_type": "REALTIME",
    } | changed


def stream(frames: Iterable[dict[str, object]], shape: str = SHAPE) -> tuple[ReceivedFrame, ...]:
    return tuple(
        received(Arguments(str(frame["code"]), str(frame["type"]), frame, shape), at=index / 10)
        for index, frame in enumerate(frames)
    )


def recording(label: str, frames: Iterable[dict[str, object]], **rest: object) -> Recording:
    return Recording(label=label, frames=stream(frames), **rest)  # type: ignore[arg-type]
