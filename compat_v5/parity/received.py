"""What a callback received, reduced to what a comparison needs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .callback_failures import CallbackFailure

__all__ = ["Arguments", "ReceivedFrame", "Recording", "Topic", "digest_of", "read_arguments"]

PRIVATE_TYPES = frozenset({"myOrder", "myAsset"})
CANDLES = ("1s", "1m", "3m", "5m", "10m", "15m", "30m", "60m", "240m")
PUBLIC_TYPES = frozenset(
    {"ticker", "trade", "orderbook", *(f"candle.{interval}" for interval in CANDLES)}
)
_ENVELOPE_KEYS = frozenset({"type", "market", "data"})
# What old releases added to frames that their own validation or conversion did not like.
_VALIDATION_MARKS = frozenset({"_validation_error", "_inferred_type", "_format", "_format_mode"})


@dataclass(frozen=True, slots=True, order=True)
class Topic:
    """One stream of frames as one callback sees it.

    *data_type* is the wire name (``candle.1m``), *symbol* the pair, *callback* the qualified name
    of the callback, empty where each side has only one.
    """

    data_type: str
    symbol: str
    callback: str = ""

    def __str__(self) -> str:
        stream = f"{self.data_type} {self.symbol}"
        return f"{self.callback}: {stream}" if self.callback else stream


@dataclass(frozen=True, slots=True)
class ReceivedFrame:
    """One call of one callback.

    *id* is ``sequential_id`` or else ``timestamp`` of the frame, ``None`` when it has neither.
    *at* is in seconds since the recording began, 0.0 where the source keeps no times. *payload* is
    ``None`` where only the digest is known.
    """

    topic: Topic
    stream_type: str | None
    id: int | None
    keys: tuple[str, ...]
    digest: str
    at: float = 0.0
    payload: Mapping[str, Any] | None = field(default=None, compare=False)
    arguments: str = "symbol, data_type, frame"

    @property
    def is_snapshot(self) -> bool:
        return self.stream_type == "SNAPSHOT"


@dataclass(frozen=True, slots=True)
class Recording:
    """Everything one side received.

    Args:
        label: how the verdict calls this side (``legacy``, ``v6``, ``before``, ``after``).
        sockets: sockets opened, by kind (``public``, ``private``); empty when nobody counted.
        expected: topics that must have delivered something.
        subscribed_at: when the subscription of a topic was asked for, in seconds like ``at``.
        ended_itself: the side stopped by its own decision, so its streams may end anywhere;
            otherwise it was still listening when the feed had nothing more to give.
        memory_bytes: measured alone; ``None`` when not measured.
        problems: failures of the side as a whole, such as an exception from ``connect``.
        failures: exceptions of callbacks, in order; empty where nobody recorded them.
    """

    label: str
    frames: tuple[ReceivedFrame, ...]
    sockets: Mapping[str, int] = field(default_factory=dict)
    expected: tuple[Topic, ...] = ()
    subscribed_at: Mapping[Topic, float] = field(default_factory=dict)
    ended_itself: bool = False
    memory_bytes: int | None = None
    problems: tuple[str, ...] = ()
    failures: tuple[CallbackFailure, ...] = ()

    def by_topic(self) -> dict[Topic, list[ReceivedFrame]]:
        """The frames of each topic in order of arrival."""
        found: dict[Topic, list[ReceivedFrame]] = {}
        for frame in self.frames:
            found.setdefault(frame.topic, []).append(frame)
        return found


@dataclass(frozen=True, slots=True)
class Arguments:
    """The arguments of a callback, read whatever generation of v5 passed them.

    *shape* says in words what was passed.
    """

    symbol: str
    data_type: str
    frame: Mapping[str, Any]
    shape: str


def read_arguments(args: Sequence[Any]) -> Arguments:
    """Read what a callback was called with; an envelope is unwrapped.

    Symbol and data type are taken from the frame where a side passed only one argument, and where a
    legacy side passed its stand-ins for private frames (``"PRIVATE"``) or candles (``candle``).

    Raises:
        ValueError: the arguments hold no frame.
    """
    if not args or not isinstance(args[-1], Mapping):
        shown = ", ".join(type(argument).__name__ for argument in args)
        raise ValueError(f"callback called with ({shown}): no frame among its arguments")
    payload = args[-1]
    # The compat payload answers `["data"]` too, but is a frame to `in`: it needs no unwrapping.
    wrapped = all(key in payload for key in _ENVELOPE_KEYS) and isinstance(payload["data"], Mapping)
    frame: Mapping[str, Any] = dict(payload["data"] if wrapped else payload)
    if wrapped:
        frame = {key: value for key, value in frame.items() if key not in _VALIDATION_MARKS}
    named = ["symbol", "data_type"] if len(args) == 3 else ["?"] * (len(args) - 1)
    shape = ", ".join([*named, "envelope" if wrapped else "frame"])
    symbol, data_type = (str(args[0]), str(args[1])) if len(args) == 3 else ("", "")
    if symbol in {"", "PRIVATE"}:
        symbol = _symbol_of(frame)
    if not data_type or str(frame.get("type", "")).startswith(f"{data_type}."):
        data_type = str(frame.get("type", data_type))
    return Arguments(symbol, data_type, frame, shape)


def _symbol_of(frame: Mapping[str, Any]) -> str:
    if "code" in frame:
        return str(frame["code"])
    assets = frame.get("assets", ())
    return str(assets[0].get("currency", "*")) if len(assets) == 1 else "*"


def frame_id(frame: Mapping[str, Any]) -> int | None:
    """``sequential_id`` or else ``timestamp``; ``None`` when the frame has neither as a number."""
    for key in ("sequential_id", "timestamp"):
        value = frame.get(key)
        if isinstance(value, int):
            return value
    return None


def digest_of(frame: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical JSON, 16 hex characters: the digest of the delivery trace."""
    text = json.dumps(frame, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def received(arguments: Arguments, at: float) -> ReceivedFrame:
    """One call of a callback as a comparison sees it; *at* in seconds since the recording began."""
    frame = arguments.frame
    stream_type = frame.get("stream_type")
    return ReceivedFrame(
        topic=Topic(arguments.data_type, arguments.symbol),
        stream_type=None if stream_type is None else str(stream_type),
        id=frame_id(frame),
        keys=tuple(sorted(map(str, frame))),
        digest=digest_of(frame),
        at=at,
        payload=frame,
        arguments=arguments.shape,
    )
