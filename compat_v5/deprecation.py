"""The notice a legacy call gives: once per line of the user's program, with what to write instead.

``UPBIT_V5_WARNINGS`` decides: ``once`` per line (the default, subject to Python's warning filters),
``always`` (each call, whatever the filters say), ``error`` (raise), ``off``.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable
from typing import Final

from .call_site import CallSite, called_from_here, find_call_site
from .exceptions import ConfigurationError
from .renames import RENAMES_BY_OLD, Argument, Rename
from .usage import record

__all__ = [
    "WARNINGS_VARIABLE",
    "LegacyV5Warning",
    "chosen_mode",
    "notice",
    "replacement",
    "warn_at",
]

WARNINGS_VARIABLE: Final = "UPBIT_V5_WARNINGS"
MODES: Final = ("off", "once", "always", "error")
GUIDE: Final = "MIGRATION.md"

_PROXY = "WebSocketClientProxy"
_PLAIN_METHODS = frozenset({"is_public_available", "is_private_available", "explain"})
_SHOWN_ARGUMENTS = frozenset(
    {"symbols", "interval", "callback", "markets", "sub_id", "subscription_id", "data_type"}
)


class LegacyV5Warning(DeprecationWarning):
    """A legacy v5 name was used; the message says what to write in v6.

    What happened:
        A legacy client was constructed or called on v6.

    Why:
        The program has not been moved yet, or this place was kept on `compat_v5`.

    What to do:
        Nothing is broken. The warning shows the line to write instead; `upbit-migrate run` writes it,
        and `UPBIT_V5_WARNINGS=off` is silence.
    """


_warned: set[tuple[str, int, str]] = set()


def notice(
    member: str, construction: CallSite | None = None, *, levels: int = 1
) -> CallSite | None:
    """Count and announce a call of *member*.

    Args:
        member: the legacy name, such as ``UpbitWebSocketPublicV5.connect``.
        construction: where the object was made: stands in when the event loop is the caller.
        levels: how far above this function the public method is; 1 = it calls this directly.

    Returns:
        The line of the user's program; ``None`` when this package itself made the call, which is
        neither counted nor announced, or no line is known.

    Raises:
        LegacyV5Warning: when the user wants these to be errors.
        ConfigurationError: ``UPBIT_V5_WARNINGS`` has another value.
    """
    if called_from_here(levels + 1):
        return None
    site = find_call_site() or construction
    record(site, member)
    warn_at(site, member, _message)
    return site


def chosen_mode() -> str:
    """What ``UPBIT_V5_WARNINGS`` says now; ``once`` when it says nothing.

    Raises:
        ConfigurationError: something else than one of the four.
    """
    mode = os.environ.get(WARNINGS_VARIABLE) or "once"
    if mode not in MODES:
        problem = f"{WARNINGS_VARIABLE}={mode!r}: use one of {', '.join(MODES)}"
        raise ConfigurationError(problem, "environment")
    return mode


def warn_at(site: CallSite | None, member: str, text: str | Callable[[str], str]) -> None:
    """Warn at *site* according to ``UPBIT_V5_WARNINGS``; once per site and member by default.

    Args:
        site: the user's line; ``None`` = unknown.
        member: what was used.
        text: the message, or what makes it of *member* if it is shown.
    """
    mode = chosen_mode()
    if mode == "off":
        return
    if mode == "error":
        raise LegacyV5Warning(_shown(text, member))
    site = site or CallSite("<unknown>", 0, "<unknown>")
    if mode == "always":
        warnings.showwarning(_shown(text, member), LegacyV5Warning, site.file, site.line)
        return
    key = (site.file, site.line, member)
    if key not in _warned:
        # A fresh registry: "once" is decided here, so that two members on one line both speak.
        # Under an "error" filter this raises, and the next call at this line raises again.
        warnings.warn_explicit(
            _shown(text, member),
            LegacyV5Warning,
            site.file,
            site.line,
            module=site.module,
            registry={},
        )
        _warned.add(key)


def _shown(text: str | Callable[[str], str], member: str) -> str:
    return text if isinstance(text, str) else text(member)


def _message(member: str) -> str:
    rename = RENAMES_BY_OLD.get(member)
    if rename is None:
        return f"{member} is legacy v5; see {GUIDE}"
    line = replacement(rename)
    note = f" ({rename.note})" if rename.note and line else rename.note
    what = f"write `{line}`{note}" if line else note
    return f"{member} is legacy v5: {what}; see {GUIDE}#{rename.anchor}"


def replacement(rename: Rename) -> str | None:
    """The v6 line for *rename*, ``ws`` being the component's proxy; ``None`` if there is none."""
    if rename.new is None:
        return None
    if rename.kind in ("class", "function") and rename.new == _PROXY:
        account = ""
        if any(argument.old == "access_key" for argument in rename.arguments):
            account = ", account=Credentials(access_key, secret_key)"
        return f"ws = {_PROXY}(__name__{account})"
    owner, _, name = rename.new.rpartition(".")
    if owner != _PROXY or rename.kind == "attribute":
        return rename.new
    call = f"ws.{name}({', '.join(_arguments(rename.arguments))})"
    return call if name in _PLAIN_METHODS else f"await {call}"


def _arguments(arguments: Iterable[Argument]) -> list[str]:
    names = (argument.new for argument in arguments)
    shown = [name for name in names if name is not None and name in _SHOWN_ARGUMENTS]
    if "markets" in shown:
        return [name for name in shown if name != "markets"] + ["markets=markets"]
    return shown
