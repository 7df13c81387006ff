"""Why goals were missed where they were: the measured reasons, shown beside a row that misses its goal."""

from __future__ import annotations

_TRANSPORT = (
    "The frame cutter of this package already costs what picows costs: the router fed by picows and by "
    "its own connection came out equal for all three kinds. What is left is the decode to a dict "
    "(2.2, 0.7 and 5.0 us) and the routing (0.9 us), which no transport makes cheaper."
)
_FURTHER = (
    "A copy of the frame is 0.07 to 0.1 us, the clock reading that finds a blocking callback 0.04 to "
    "0.1, the guarded call with its count the rest."
)
_NO_TLS = (
    "The legacy side of this row is 16 KiB of Python objects for each socket, and no TLS. What a socket "
    "really holds, its TLS session and its context with the certificate authorities, is not in it; the "
    "rows over TLS show what is saved in use."
)

REASONS = {
    ("socket to callback", "ticker, dict on uvloop"): _TRANSPORT,
    ("socket to callback", "trade, dict on uvloop"): _TRANSPORT,
    ("socket to callback", "orderbook, dict on uvloop"): _TRANSPORT
    + " For an order book the decode alone is half of the bare loop.",
    ("further callback", "ticker, plain"): _FURTHER,
    ("further callback", "trade, plain"): _FURTHER,
    ("further callback", "orderbook, coroutine"): (
        "Ten mailboxes share the frames of one read and copy them when they are emptied. What is over "
        "the goal is memory that another program pushed out of the processor's cache meanwhile."
    ),
    ("100 components, 50 frames/s", "CPU against 1 component"): (
        "99 further calls and 98 copies per frame, at about half a microsecond each with caches that "
        "went cold since the frame before. The difference is a third of a per cent of a core."
    ),
    ("100 components, 50 frames/s", "memory of one more component"): (
        "A proxy, its subscription as proxy, hub, ledger and router know it, a delivery with its lock and "
        "mailbox, and the weak references that free them at once."
    ),
    ("10 components against 10 legacy sockets", "memory saved, without TLS"): _NO_TLS,
    ("100 components against 100 legacy sockets", "memory saved, without TLS"): _NO_TLS,
}
