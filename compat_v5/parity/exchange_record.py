"""What the exchange sent, taken down by a plain socket: the truth both runs are held against.

Before and after end in one runtime; what that lost would be lost in both. Lock-step sequences are
the same whenever they are asked for, so a client without any of this distribution's code can read
them once more.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from websockets.asyncio.client import connect

from websocket_v6.testing import ExchangeEmulator, LockstepFeed

from .comparison import TopicView
from .matching import match
from .received import (
    ReceivedFrame,
    Recording,
    Topic,
    read_arguments,
    received,
)
from .verdict import Difference, Kind

__all__ = ["LONGEST_LOSS", "Stream", "Streams", "against_exchange", "record_exchange"]

Stream = tuple[str, str]  # (type, code)
Streams = Mapping[Stream, Sequence[ReceivedFrame]]

EXCHANGE = "exchange"
TIMEOUT = 60.0  # seconds
CLOSE_TIMEOUT = 0.5  # seconds; frames nobody reads any more hold up the closing handshake
LONGEST_LOSS = 10  # more frames in a row: a time without a subscription
TELLING = {Kind.MISSING, Kind.OUT_OF_ORDER, Kind.KEYS, Kind.VALUES}


async def record_exchange(counts: Mapping[Stream, int], seed: int) -> Streams:
    """The first frames of each (type, code) sequence.

    Args:
        counts: how many REALTIME frames of each are wanted.
    """
    wanted = {stream: count for stream, count in counts.items() if count}
    frames: dict[Stream, list[ReceivedFrame]] = {stream: [] for stream in wanted}
    if not wanted:
        return frames
    types = [{"type": kind, "codes": [code], "is_only_realtime": True} for kind, code in wanted]
    feed = LockstepFeed(frames=max(wanted.values()), seed=seed)
    async with (
        asyncio.timeout(TIMEOUT),
        ExchangeEmulator(feed=feed, limits=False) as exchange,
        connect(exchange.url, compression=None, proxy=None, close_timeout=CLOSE_TIMEOUT) as client,
    ):
        await client.send(json.dumps([{"ticket": "record"}, *types]))
        while any(len(frames[stream]) < count for stream, count in wanted.items()):
            frame = json.loads(await client.recv())
            taken = received(read_arguments((frame,)), at=0.0)
            frames[frame["type"], frame["code"]].append(taken)
    return {stream: frames[stream][:count] for stream, count in wanted.items()}


def against_exchange(recording: Recording, sent: Streams) -> Iterator[Difference]:
    """What one run lost, reordered or altered on the way from the exchange to its callbacks.

    Deliveries that repeat a frame are no sign: two components of one class share a callback's name.
    Order books are compared by their ids and keys; how many units a callback gets is its own
    choice.
    """
    for topic, frames in sorted(recording.by_topic().items()):
        truth = sent.get((topic.data_type, topic.symbol), ())
        stream = [frame for frame in frames if not frame.is_snapshot]
        if not (truth and stream):
            continue
        yield from _faults(topic, recording.label, truth, stream)


def _faults(
    topic: Topic, label: str, truth: Sequence[ReceivedFrame], stream: Sequence[ReceivedFrame]
) -> Iterator[Difference]:
    matching = match(truth, stream, open_end=True)
    if matching.pairs:
        lost = tuple(_short_gaps(matching.left_only))
        matching = dataclasses.replace(matching, left_only=lost)
    view = TopicView(topic, (EXCHANGE, label), (truth, stream), matching)
    for difference in view.differences(at_least=0):
        altered_book = difference.kind is Kind.VALUES and topic.data_type == "orderbook"
        if difference.kind in TELLING and not altered_book:
            yield difference


def _short_gaps(positions: Sequence[int]) -> Iterator[int]:
    """Positions that are not part of a long unbroken run."""
    run: list[int] = []
    for position, following in pairwise([*positions, -1]):
        run.append(position)
        if following != position + 1:
            if len(run) <= LONGEST_LOSS:
                yield from run
            run = []
