"""What can be told of a file without parsing it, in a fraction of the time."""

from __future__ import annotations

import re
from collections.abc import Iterator

from codemods.legacy import DISTINCTIVE_METHODS, NEEDLES, SUBSCRIBE_TYPES
from codemods.shim_files import MARK

__all__ = [
    "MEMBERS",
    "has_distinctive_member",
    "imported_words",
    "is_shim",
    "may_ask_for_members",
    "may_take_clients",
    "mentions_v5",
    "named_imports",
    "names_v5",
    "reads_envelope",
    "stored_clients_pattern",
]

_NEEDLE = re.compile(b"|".join(re.escape(needle) for needle in NEEDLES))
_IMPORT = re.compile(
    rb"^[ \t]*(?:from[ \t]+[.\w]+[ \t]+import[ \t]*(?:\([^)]*\)|[^\r\n]*)|import[ \t]+[^\r\n]*)",
    re.MULTILINE,
)
_CLAUSE = re.compile(rb"#[^\r\n]*|\\\r?\n")
_WORD = re.compile(rb"[\w\x80-\xff]+")
_SHIM = MARK.encode()
MEMBERS = frozenset(
    {"connect", "disconnect", "is_connected", "get_status", "health_check", "unsubscribe"}
    | {"unsubscribe_all", *SUBSCRIBE_TYPES}
)
"""Methods of a client; nothing is rewritten where none of them stands."""
_ANY_MEMBER = rb"\.(?:" + b"|".join(sorted(name.encode() for name in MEMBERS)) + rb")\b"
_MEMBER_HINTS = (
    *(b".connect", b".disconnect", b".is_connected", b".get_status", b".health_check"),
    *(b".subscribe", b".unsubscribe"),
)
"""Each member begins with one of these; looking for them takes a tenth of an expression's time."""
_DISTINCTIVE = re.compile(
    rb"\.(?:" + b"|".join(sorted(name.encode() for name in DISTINCTIVE_METHODS)) + rb")\b"
)
_ENVELOPE_READ = re.compile(
    rb"""\[[ \t]*['"](?:raw_)?data['"][ \t]*\]|\.(?:get|pop)\([ \t]*['"](?:raw_)?data['"]"""
    rb"""|case[ \t].*['"](?:raw_)?data['"][ \t]*:"""
)
_FRAME_WORD = re.compile(
    rb"""raw_data|trade_price|trade_volume|opening_price|high_price|low_price|prev_closing_price"""
    rb"""|orderbook_units|total_(?:ask|bid)_size|sequential_id|candle_(?:date|acc)|ask_bid"""
    rb"""|acc_trade|signed_change|remaining_volume|executed_volume|order_type|asset_uuid|change_rate"""
)


def reads_envelope(source: bytes) -> bool:
    """Whether a file that names nothing of v5 may read a payload all the same: it came through a
    message bus, or was written by another process."""
    return (
        b"data" in source
        and _ENVELOPE_READ.search(source) is not None
        and _FRAME_WORD.search(source) is not None
    )


def may_take_clients(source: bytes) -> bool:
    """Whether a file may do something with a client or a payload that is handed to it; a yes may be
    wrong."""
    return may_ask_for_members(source) or (
        b"data" in source and _ENVELOPE_READ.search(source) is not None
    )


def named_imports(source: bytes) -> Iterator[tuple[str, int, tuple[str, ...]]]:
    """``(module, level, names)`` of the import statements, as far as the text tells; the names are
    empty for ``import module``."""
    for statement in _IMPORT.findall(source):
        words = _CLAUSE.sub(b"", statement).replace(b"(", b" ").replace(b")", b" ")
        before, _, after = words.partition(b"import")
        names = tuple(_plain(one) for one in after.split(b",") if one.split())
        origin = before.strip().removeprefix(b"from").strip().decode("utf-8", "replace")
        if origin:
            module = origin.lstrip(".")
            yield module, len(origin) - len(module), names
        else:
            yield from ((name, 0, ()) for name in names)


def _plain(alias: bytes) -> str:
    """The name of ``name as other``."""
    return alias.split()[0].decode("utf-8", "replace")


def mentions_v5(source: bytes) -> bool:
    """The byte test."""
    return any(needle in source for needle in NEEDLES)


def names_v5(word: str) -> bool:
    """The byte test, for one name or string of a parsed file."""
    return _NEEDLE.search(word.encode("utf-8", "replace")) is not None


def is_shim(source: bytes) -> bool:
    """Whether a file stands for the legacy package, and is no part of the program."""
    return source.startswith(_SHIM)


def imported_words(source: bytes) -> set[bytes]:
    """Words of the import statements."""
    return set(_WORD.findall(b" ".join(_IMPORT.findall(source))))


def may_ask_for_members(source: bytes) -> bool:
    """Whether a member of clients can be asked for anywhere; a yes may be wrong."""
    return any(hint in source for hint in _MEMBER_HINTS)


def has_distinctive_member(source: bytes) -> bool:
    """Whether something is asked for that nothing but clients has."""
    return _DISTINCTIVE.search(source) is not None


def stored_clients_pattern(names: set[str]) -> re.Pattern[bytes]:
    """Matches what asks for a member of something that is stored under one of *names*, or takes it."""
    # request.app["ws"].is_connected(), holder.ws.connect(), and ws = request.app.state.ws
    return re.compile(
        rb"(?:\.|[\[(,][ ]?[\"'])(?:%s)(?:[\"'][\])])?(?:\(|%s|[ \t]*(?:#.*)?\r?$)"
        % (b"|".join(sorted(name.encode() for name in names)) or rb"(?!)", _ANY_MEMBER),
        re.MULTILINE,
    )
