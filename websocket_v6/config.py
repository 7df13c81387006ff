"""All settings in one frozen object.

A setting comes from the first of: an argument, the environment (``UPBIT_WS_`` and the name in upper
case), a TOML file (table ``[upbit-ws]``; its path is an argument or ``UPBIT_WS_CONFIG``), the
default. Unknown keys and bad values raise ``ConfigError`` with the key as written. Access keys
are no settings: see ``credentials``.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Final

from .endpoints import check_url, derive_private_url, is_loopback
from .exceptions import ConfigError

__all__ = [
    "REGION_HOSTS",
    "WIRE_FORMATS",
    "Config",
    "derive_private_url",
    "is_loopback",
    "reference",
]

PREFIX: Final = "UPBIT_WS_"
FILE_VARIABLE: Final = "UPBIT_WS_CONFIG"
TABLE: Final = "upbit-ws"

REGION_HOSTS: Final[Mapping[str, str]] = {
    "kr": "api.upbit.com",
    "sg": "sg-api.upbit.com",
    "id": "id-api.upbit.com",
    "th": "th-api.upbit.com",
}
"""Region -> host. Markets and keys of one region are unknown to the others."""

WIRE_FORMATS: Final = ("DEFAULT", "SIMPLE", "JSON_LIST", "SIMPLE_LIST")
"""Values of ``format`` in a request (Upbit WebSocket guide, request format)."""

_TRUE: Final = frozenset({"1", "true", "yes", "on"})
_FALSE: Final = frozenset({"0", "false", "no", "off"})


def _setting(
    default: Any,
    doc: str,
    *,
    kind: type = float,
    unit: str = "",
    choices: tuple[str, ...] = (),
    zero: bool = False,
    shown: str | None = None,
) -> Any:
    """Declare a setting.

    Numbers must be positive; *zero* allows 0 as well. *shown* stands for the default in the docs.
    """
    metadata = {
        "doc": doc,
        "kind": kind,
        "unit": unit,
        "choices": choices,
        "zero": zero,
        "shown": shown,
    }
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The settings of one manager. Read ``reference()`` or docs/configuration.md for each of them.

    Raises:
        ConfigError: a bad value.
        InsecureURL: ``ws://`` to another machine without ``allow_insecure``.
    """

    url: str = _setting(
        "",
        "Public endpoint. The private one and all legacy clients follow it.",
        kind=str,
        shown="`wss://api.upbit.com/websocket/v1` (the host of `region`)",
    )
    private_url: str = _setting(
        "", "Private endpoint.", kind=str, shown="`url` with `/private` added"
    )
    region: str = _setting(
        "kr",
        "Korea, Singapore, Indonesia or Thailand: chooses the host when `url` is not given.",
        kind=str,
        choices=tuple(REGION_HOSTS),
    )
    wire_format: str = _setting(
        "DEFAULT",
        "Format asked of the exchange. Callbacks get the same long keys with each.",
        kind=str,
        choices=WIRE_FORMATS,
    )
    compression: bool = _setting(
        False, "Offer permessage-deflate: less traffic, more CPU time.", kind=bool
    )
    allow_insecure: bool = _setting(
        False, "Allow `ws://` to a host that is not this machine.", kind=bool
    )
    max_frame_bytes: int = _setting(
        4 * 1024 * 1024, "A longer message closes the connection.", kind=int, unit="bytes"
    )

    connect_timeout: float = _setting(
        10.0, "For name, TCP, TLS and WebSocket handshake together.", unit="s"
    )
    subscribe_timeout: float = _setting(
        10.0,
        "How long `subscribe_*` waits for a first connection. Waits for the connect limit do not "
        "count, those the exchange imposes do.",
        unit="s",
    )
    ping_interval: float = _setting(
        15.0, "Between protocol pings. The exchange cuts after 60 s of silence.", unit="s"
    )
    pong_timeout: float = _setting(10.0, "No pong within this: the connection is dead.", unit="s")
    heartbeat_text_ping: bool = _setting(
        True,
        'Send one text `PING` per connection: the exchange then says `{"status":"UP"}` every 10 s.',
        kind=bool,
    )
    linger: float = _setting(
        5.0, "A connection nobody needs stays open for this long.", unit="s", zero=True
    )

    removal_delay: float = _setting(
        1.0, "Latest time for a removed subscription to leave the wire.", unit="s", zero=True
    )
    verify_delay: float = _setting(
        1.0,
        "From the last change or reconnect to the check of what the exchange holds.",
        unit="s",
        zero=True,
    )
    silence_suspicion: float = _setting(
        30.0, "A topic silent for this long, while others flow, is checked.", unit="s"
    )
    silence_suspicion_max: float = _setting(
        60.0,
        "Upper bound of the same for slow topics, which get ten times their usual gap.",
        unit="s",
    )

    reconnect_first: float = _setting(0.2, "Delay before the first retry, at most.", unit="s")
    reconnect_fast_window: float = _setting(
        15.0, "For this long after a loss retries come quickly.", unit="s", zero=True
    )
    reconnect_fast_max_gap: float = _setting(1.0, "Longest delay within that window.", unit="s")
    reconnect_max_delay: float = _setting(
        30.0, "Longest delay after it (exponential, with full jitter).", unit="s"
    )
    reconnect_reset_after: float = _setting(
        10.0, "Data or heartbeat for this long starts the delays over.", unit="s", zero=True
    )
    rate_limit_wait: float = _setting(
        10.0,
        "Shortest wait after 429 or 418 (all connections to that host) or `TOO_MANY_REQUEST` "
        "(that connection).",
        unit="s",
    )

    messages_per_second: int = _setting(
        5, "Messages in any `second_window`, per connection. The exchange allows 5.", kind=int
    )
    messages_per_minute: int = _setting(
        95, "Messages in any `minute_window`, per connection. The exchange allows 100.", kind=int
    )
    connects_per_second: int = _setting(
        5,
        "Connects in any `second_window`, per process. The exchange allows 5.",
        kind=int,
    )
    second_window: float = _setting(1.1, "The exchange's second, with margin.", unit="s")
    minute_window: float = _setting(61.0, "The exchange's minute, with margin.", unit="s")

    mailbox_size: int = _setting(
        1000, "Trades waiting for one callback; more drop the oldest.", kind=int, unit="frames"
    )
    slow_callback_ms: float = _setting(
        50.0, "A plain callback that takes longer is reported.", unit="ms"
    )
    rehome_after: float = _setting(
        5.0,
        "The manager's event loop standing still for this long, while others wait, makes it move.",
        unit="s",
    )
    trace: Path | None = _setting(  # noqa: RUF009 - a declaration, as dataclasses.field is
        None,
        "Append one line per delivery to this file; nothing is dropped meanwhile.",
        kind=Path,
    )

    def __post_init__(self) -> None:
        for spec in fields(self):
            checked = _check(spec, getattr(self, spec.name), spec.name)
            object.__setattr__(self, spec.name, checked)
        url = self.url or f"wss://{REGION_HOSTS[self.region]}/websocket/v1"
        check_url(url, "url", self.allow_insecure)
        private_url = self.private_url or derive_private_url(url)
        check_url(private_url, "private_url", self.allow_insecure)
        object.__setattr__(self, "url", url)
        object.__setattr__(self, "private_url", private_url)
        if self.silence_suspicion_max < self.silence_suspicion:
            problem = f"{self.silence_suspicion_max:g} s is below silence_suspicion"
            raise ConfigError("silence_suspicion_max", f"{problem} ({self.silence_suspicion:g} s)")

    @classmethod
    def load(
        cls,
        arguments: Mapping[str, object] | None = None,
        *,
        environ: Mapping[str, str] | None = None,
        file: Path | None = None,
    ) -> Config:
        """Collect the settings.

        Args:
            arguments: field name -> value; ``None`` as a value means not given.
            environ: environment variables; ``None`` means ``os.environ``. Empty means not set.
            file: TOML file; ``None`` means the one ``UPBIT_WS_CONFIG`` names, if any.

        Raises:
            ConfigError: an unknown key, a bad value, or a file that cannot be read.
            InsecureURL: ``ws://`` to another machine without ``allow_insecure``.
        """
        environ = os.environ if environ is None else environ
        values: dict[str, Any] = {}
        written: dict[str, str] = {}
        for source in (
            _from_file(file, environ),
            _from_environment(environ),
            _from_arguments(arguments or {}),
        ):
            if any(name == "url" for _, name, _ in source):
                # A stronger source that moves the server moves the private endpoint with it: a
                # program pointed at an emulator must not keep a private connection to the exchange.
                values.pop("private_url", None)
            for key, name, raw in source:
                values[name] = _check(_SPECS[name], raw, key)
                written[name] = key
        insecure = bool(values.get("allow_insecure", False))
        for name in ("url", "private_url"):
            # An empty URL that somebody gave is a mistake, and must not lead to the live exchange.
            if values.get(name) or (name == "url" and name in values):
                check_url(values[name], written[name], insecure)
        try:
            return cls(**values)
        except ConfigError as error:
            # A rule about two settings: name the one the user wrote.
            raise type(error)(written.get(error.key, error.key), error.problem) from None

    def for_url(self, url: str) -> Config:
        """The same settings for the server at *url*, whose private endpoint is derived from it."""
        return replace(self, url=url, private_url="")


_SPECS: Final[Mapping[str, Field[Any]]] = {spec.name: spec for spec in fields(Config)}


def reference() -> str:
    """Every setting as a Markdown table: the generated part of docs/configuration.md."""
    lines = ["| setting | environment | default | unit | meaning |", "|---|---|---|---|---|"]
    for spec in fields(Config):
        meta = spec.metadata
        default = meta["shown"] or _show_default(spec.default)
        meaning = meta["doc"]
        if meta["choices"]:
            meaning += " One of " + ", ".join(f"`{choice}`" for choice in meta["choices"]) + "."
        variable = PREFIX + spec.name.upper()
        lines.append(f"| `{spec.name}` | `{variable}` | {default} | {meta['unit']} | {meaning} |")
    return "\n".join(lines) + "\n"


def _show_default(value: object) -> str:
    if value is None:
        return "off"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


def _from_arguments(arguments: Mapping[str, object]) -> list[tuple[str, str, object]]:
    return [
        (key, _known(key, key, list(_SPECS)), value)
        for key, value in arguments.items()
        if value is not None
    ]


def _from_environment(environ: Mapping[str, str]) -> list[tuple[str, str, object]]:
    variables = {PREFIX + name.upper(): name for name in _SPECS}
    found: list[tuple[str, str, object]] = []
    for key in sorted(environ):
        if not key.startswith(PREFIX) or key == FILE_VARIABLE or not environ[key].strip():
            continue
        name = variables[_known(key, key, list(variables))]
        found.append((key, name, _from_text(_SPECS[name], environ[key].strip(), key)))
    return found


def _from_file(file: Path | None, environ: Mapping[str, str]) -> list[tuple[str, str, object]]:
    source = "file"
    if file is None:
        named = environ.get(FILE_VARIABLE, "").strip()
        if not named:
            return []
        file, source = Path(named), FILE_VARIABLE
    import tomllib  # most programs have no such file

    try:
        document = tomllib.loads(file.expanduser().read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(source, f"cannot read {file}: {error.strerror}") from error
    except ValueError as error:  # TOML syntax, or bytes that are not UTF-8
        raise ConfigError(source, f"{file} is not valid TOML: {error}") from error
    table = document.get(TABLE)
    if not isinstance(table, dict):
        raise ConfigError(source, f"{file} has no table [{TABLE}]")
    known = list(_SPECS)
    return [
        (f"{key} (in {file})", _known(key, f"{key} (in {file})", known), value)
        for key, value in table.items()
    ]


def _known(key: str, shown: str, allowed: list[str]) -> str:
    if key in allowed:
        return key
    import difflib  # for an error's text only

    close = difflib.get_close_matches(key, allowed, n=1)
    hint = f"; did you mean {close[0]}?" if close else f"; known are {', '.join(sorted(allowed))}"
    raise ConfigError(shown, f"unknown setting{hint}")


def _from_text(spec: Field[Any], text: str, key: str) -> object:
    """An environment variable's text as the type of its setting."""
    kind = spec.metadata["kind"]
    try:
        if kind is bool:
            if text.lower() in _TRUE or text.lower() in _FALSE:
                return text.lower() in _TRUE
            raise ValueError
        return kind(text)
    except ValueError:
        raise ConfigError(key, f"{text!r} is not {_expected(spec)}") from None


def _check(spec: Field[Any], value: Any, key: str) -> object:
    """*value* as the setting holds it, or ``ConfigError`` under the name *key*."""
    meta = spec.metadata
    kind = meta["kind"]
    if value is spec.default:
        return value
    problem = ConfigError(key, f"{value!r} is not {_expected(spec)}")
    if kind is Path:
        if value is None or (isinstance(value, str | Path) and str(value).strip()):
            return None if value is None else Path(value).expanduser()
        raise problem
    if kind is str:
        if not isinstance(value, str) or (meta["choices"] and value not in meta["choices"]):
            raise problem
        return value
    if kind is bool:
        if not isinstance(value, bool):
            raise problem
        return value
    allowed = (int,) if kind is int else (int, float)
    # The comparison is false for what is no number, and goes for integers no float can hold.
    if isinstance(value, bool) or not isinstance(value, allowed) or not abs(value) < 2**63:
        raise problem
    if value < 0 or (value == 0 and not meta["zero"]):
        raise problem
    return kind(value)


def _expected(spec: Field[Any]) -> str:
    meta = spec.metadata
    if meta["choices"]:
        return "one of " + ", ".join(meta["choices"])
    if meta["kind"] in (int, float):
        size = "not negative" if meta["zero"] else "above 0"
        unit = f" in {meta['unit']}" if meta["unit"] else ""
        return f"{'a whole number' if meta['kind'] is int else 'a number'}{unit}, {size}"
    return {bool: "true or false", Path: "a file path", str: "a text"}[meta["kind"]]
