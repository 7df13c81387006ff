"""The frames that are sent: real ones, with a place to write the code, an id and a time into."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from websocket_v6.protocol.fields import TABLES as FIELDS

FRAMES = Path(__file__).parents[1] / "websocket_v6" / "testing" / "frames"

ORIGIN = {"ticker": 2, "trade": 1, "orderbook": 0}
"""Line of `<kind>.jsonl` each frame is made from: wire spelling, all keys, 30 units in the book."""

SEQUENTIAL_ID = 17620000000000000
"""17 digits, as the exchange sends them today."""


KEY = {"ticker": "trade_timestamp", "trade": "sequential_id", "orderbook": "timestamp"}
"""Where the number goes. The time an order book carries only has to differ from frame to frame."""


@dataclass(frozen=True, slots=True)
class Template:
    """One frame's text, cut where a 17-digit id or a time in nanoseconds goes."""

    kind: str
    head: bytes
    tail: bytes
    snapshot: bytes

    def fill(self, number: int) -> bytes:
        """The REALTIME frame that carries *number*."""
        return b"%b%d%b" % (self.head, number, self.tail)


def shortened(made: Template) -> Template:
    """The same frame with the short names of the exchange's SIMPLE format."""
    table = FIELDS[made.kind]
    names = dict(table.names)
    for inner in table.nested.values():
        names |= inner.names
    short = {long: brief for brief, long in names.items()}

    def shorten(text: bytes) -> bytes:
        return re.sub(
            rb'"(\w+)":',
            lambda key: b'"%b":' % short.get(key[1].decode(), key[1].decode()).encode(),
            text,
        )

    return Template(made.kind, shorten(made.head), shorten(made.tail), shorten(made.snapshot))


def template(kind: str, code: str) -> Template:
    line = compact((FRAMES / f"{kind}.jsonl").read_bytes().splitlines()[ORIGIN[kind]])
    frame = json.loads(line)
    text = line.replace(b'"code":"%b"' % frame["code"].encode(), b'"code":"%b"' % code.encode())
    text = text.replace(b'"stream_type":"SNAPSHOT"', b'"stream_type":"REALTIME"')
    head, tail = re.split(rb'(?<="%b":)\d+' % KEY[kind].encode(), text)
    assert json.loads(head + b"1" + tail)["code"] == code
    return Template(kind, head, tail, text.replace(b'"REALTIME"', b'"SNAPSHOT"'))


def compact(line: bytes) -> bytes:
    """The text without blanks between tokens, numbers spelled as they were."""
    out, quoted = bytearray(), False
    for at, byte in enumerate(line):
        if byte == 0x22 and (at == 0 or line[at - 1] != 0x5C):
            quoted = not quoted
        if quoted or byte not in b" \t\r\n":
            out.append(byte)
    return bytes(out)


def codes(count: int) -> list[str]:
    """*count* market codes; the first is KRW-BTC, the others are made up."""
    return ["KRW-BTC", *(f"KRW-C{number:04d}" for number in range(1, count))]


def stamped(frame: dict[str, Any], kind: str) -> int:
    """The number that `Template.fill` wrote."""
    return int(frame[KEY[kind]])
