"""JSON that looks like the exchange's, and goes wrong in the places where parsers do."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Any, Final

from websocket_v6.protocol.fields import TABLES

__all__ = ["mutate_frame", "mutate_request"]

_TYPES: Final = (*TABLES, "candle.7m", "nope", "")
_LONG: Final = sorted({long for table in TABLES.values() for long in table.names.values()})
_SHORT: Final = sorted({short for table in TABLES.values() for short in table.names})
_CONTROL: Final = (
    *("type", "ty", "code", "codes", "cds", "error", "name", "message", "status", "method", "mthd"),
    *("result", "rslt", "ticket", "tckt", "level", "lv", "format", "isOnlySnapshot"),
    *("is_only_snapshot", "is_only_realtime", "categories", "include_body", "indicators"),
)
_KEYS: Final = (*_LONG, *_SHORT, *_CONTROL, "", "새 키", "\x00", "\ud800")
_FORMATS: Final = ("DEFAULT", "SIMPLE", "JSON_LIST", "SIMPLE_LIST", "default", "")
_CODES: Final = ("KRW-BTC", "KRW-BTC.5", "KRW-BTC.x", "KRW-BTC.", "BTC", "*", "krw-btc", "")
_ATOMS: Final[Sequence[Any]] = (
    *(None, True, False, 0, -1, 1, 2**53 + 1, 2**64, -(2**63), 10**400, 0.0, -0.0, 1e308, 5e-324),
    *("", "0", "1e5", "nan", "Infinity", "-", "LIST_SUBSCRIPTIONS", "PING", "UP", "x" * 300),
    *_TYPES,
    *_FORMATS,
    *_CODES,
)


def mutate_frame(data: bytes, random: Random) -> bytes:
    """A message as a server might send it, made from *data* or from nothing."""
    return _mutate(data, random, _frame)


def mutate_request(data: bytes, random: Random) -> bytes:
    """A message as a client might send it, made from *data* or from nothing."""
    return _mutate(data, random, _request)


def _mutate(data: bytes, random: Random, fresh: Callable[[Random], Any]) -> bytes:
    try:
        value = json.loads(data) if random.random() < 0.8 else fresh(random)
    except (ValueError, RecursionError):
        value = fresh(random)
    for _ in range(random.choice((1, 1, 2, 4))):
        value = _changed(value, random)
    text = json.dumps(value, ensure_ascii=random.random() < 0.5)
    if random.random() < 0.02:
        depth = random.choice((50, 500, 990, 1100, 5000))
        text = text.replace("null", "[" * depth + "]" * depth)
    payload = text.encode(errors="surrogatepass")
    if random.random() < 0.1:
        at = random.randrange(len(payload))
        payload = payload[:at] + random.choice((b"", b"\xff", b",", b"}")) + payload[at + 1 :]
    return payload


def _frame(random: Random) -> Any:
    kind = random.randrange(6)
    if kind == 0:
        return {"error": {"name": random.choice(_ATOMS), "message": random.choice(_ATOMS)}}
    if kind == 1:
        entry = {"type": random.choice(_TYPES), "codes": list(random.choices(_CODES, k=2))}
        reply = {"method": "LIST_SUBSCRIPTIONS", "result": [entry], "ticket": "t"}
        return {"mthd": "L", "rslt": [entry], "tckt": "t"} if random.random() < 0.5 else reply
    if kind == 2:
        return {"status": random.choice(_ATOMS)}
    data_type = random.choice(list(TABLES))
    table = TABLES[data_type]
    is_short = random.random() < 0.5
    frame: dict[str, Any] = {
        (short if is_short else long): random.choice(_ATOMS) for short, long in table.names.items()
    }
    for short, inner in table.nested.items():
        units = [dict.fromkeys(inner.names, 1.5) for _ in range(random.randrange(4))]
        frame[short if is_short else table.names[short]] = units
    frame["ty" if is_short else "type"] = data_type
    return [frame] if random.random() < 0.3 else frame


def _request(random: Random) -> Any:
    parts: list[dict[str, Any]] = [{"ticket": "t"}]
    for _ in range(random.randrange(4)):
        part: dict[str, Any] = {"type": random.choice(_TYPES)}
        part["codes"] = random.choices(_CODES, k=random.randrange(4))
        if random.random() < 0.3:
            part[random.choice(_CONTROL)] = random.choice(_ATOMS)
        parts.append(part)
    if random.random() < 0.2:
        parts.append({"method": "LIST_SUBSCRIPTIONS"})
    parts.append({"format": random.choice(_FORMATS)})
    return parts


def _changed(value: Any, random: Random) -> Any:
    """*value* with one place replaced, removed, added, renamed or wrapped."""
    if isinstance(value, dict) and value and random.random() < 0.85:
        key = random.choice(list(value))
        match random.randrange(5):
            case 0:
                del value[key]
            case 1:
                value[random.choice(_KEYS)] = value.pop(key)
            case 2:
                value[random.choice(_KEYS)] = random.choice(_ATOMS)
            case _:
                value[key] = _changed(value[key], random)
        return value
    if isinstance(value, list) and value and random.random() < 0.85:
        at = random.randrange(len(value))
        match random.randrange(4):
            case 0:
                del value[at]
            case 1:
                value.insert(at, json.loads(json.dumps(value[at])))
            case _:
                value[at] = _changed(value[at], random)
        return value
    return random.choice((random.choice(_ATOMS), [value], {random.choice(_KEYS): value}, [], {}))
