"""Everything this package raises.

::

    UpbitWebSocketError
    ├── InvalidArgument (ValueError)          a call that could never work; raised before anything is sent
    ├── ConfigError (ValueError)              a setting with an unknown key or a bad value
    │   └── InsecureURL                       ws:// to a host that is not this machine
    ├── AuthenticationError                   keys missing, or refused by the exchange
    │   └── AccountConflictError              other keys while the default account is live
    ├── SubscribeTimeout (TimeoutError)       no connection could be made in time
    ├── SubscriptionRejected                  the exchange answered a request with an error frame
    ├── SnapshotTimeout (TimeoutError)        some codes of a one-shot snapshot stayed silent
    ├── ManagerClosed                         the manager was shut down under a waiting call
    ├── LoopUnavailable                       a call could not hop to the manager's event loop
    ├── DecodeError (ValueError)              a frame that is not what the protocol describes
    ├── TwoInstallations                      two copies of this package want to connect in one process
    └── MissingExtra (ImportError)            an optional dependency is not installed

Constructors take data, ``str()`` makes the sentence: it names the value and the remedy. No text ever
contains a key or a token.

The module is long because each class documents itself: what happened, why, and what to do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

__all__ = [
    "AccountConflictError",
    "AuthenticationError",
    "ConfigError",
    "DecodeError",
    "InsecureURL",
    "InvalidArgument",
    "LoopUnavailable",
    "ManagerClosed",
    "MissingExtra",
    "SnapshotTimeout",
    "SubscribeTimeout",
    "SubscriptionRejected",
    "TwoInstallations",
    "UpbitWebSocketError",
]


class UpbitWebSocketError(Exception):
    """Base of everything this package raises.

    What happened:
        Something this package was asked for cannot be done.

    Why:
        It is never raised itself: the class below it names the cause.

    What to do:
        Catch it where any failure of the feed is handled alike; catch a class below it where the cause
        matters.
    """


class InvalidArgument(UpbitWebSocketError, ValueError):
    """A call that could never work. Nothing was sent.

    What happened:
        A call was refused before anything was sent: one of its arguments could never work.

    Why:
        Usually a bare string instead of a list of symbols, lower case (the exchange would accept it in
        silence and never send a frame), an unknown candle interval, or a callback that cannot take
        three arguments.

    What to do:
        Write what the message says. Nothing has changed: the same call can be made again.

    Args:
        name: the parameter.
        value: what was given; shown by ``repr``, cut to 80 characters.
        remedy: what to write instead, as a sentence.
    """

    def __init__(self, name: str, value: object, remedy: str) -> None:
        super().__init__(name, value, remedy)
        self.name = name
        self.value = value
        self.remedy = remedy

    def __str__(self) -> str:
        shown = repr(self.value)
        if len(shown) > 80:
            shown = shown[:77] + "..."
        return f"{self.name}={shown}: {self.remedy}"


class ConfigError(UpbitWebSocketError, ValueError):
    """A setting that is unknown or has a bad value.

    What happened:
        A setting has an unknown name or a value it cannot have.

    Why:
        A typing error in a `UPBIT_WS_*` variable, in the TOML file or in an argument; the message names
        the setting where it was written.

    What to do:
        Correct it there. docs/configuration.md lists every setting with its unit.

    Args:
        key: the setting's name where the user wrote it (``UPBIT_WS_PING_INTERVAL``, ``ping_interval``).
        problem: what is wrong with it and what is allowed.
    """

    def __init__(self, key: str, problem: str) -> None:
        super().__init__(key, problem)
        self.key = key
        self.problem = problem

    def __str__(self) -> str:
        return f"{self.key}: {self.problem}"


class InsecureURL(ConfigError):
    """``ws://`` to a host that is not this machine, without ``allow_insecure=True``.

    What happened:
        A plain `ws://` URL leads to another machine and was refused.

    Why:
        The token and the orders of the account would travel readable for everybody on the way.

    What to do:
        Use `wss://`. Inside a network you trust, say so with `UPBIT_WS_ALLOW_INSECURE=1`.
    """


class AuthenticationError(UpbitWebSocketError):
    """Keys are missing, or the exchange refused them.

    What happened:
        Private data was asked for and the account has no usable keys.

    Why:
        No keys were given, only one of the two is set, `account=` names an account nobody added, or the
        exchange refused the keys: expired, made for another region, not allowed from this address, or
        access key and secret key swapped.

    What to do:
        Give keys to `initialize` or `add_account`, or set `UPBIT_ACCESS_KEY` and `UPBIT_SECRET_KEY`;
        `upbit-ws doctor` says whether the exchange accepts them. Public data runs on meanwhile.

    Args:
        account: the account's name (``"default"`` for the default one).
        reason: what happened and what to do.
    """

    def __init__(self, account: str, reason: str) -> None:
        super().__init__(account, reason)
        self.account = account
        self.reason = reason

    def __str__(self) -> str:
        return f"account {self.account!r}: {self.reason}"


class AccountConflictError(AuthenticationError):
    """``initialize`` was given other keys than the live default account's.

    What happened:
        `initialize` or `add_account` was given other keys than the account of that name is using.

    Why:
        Switching keys under a running program would move its orders to another account in silence.

    What to do:
        Call `shutdown()` first, or add the second pair under a name of its own with `add_account`.
    """


class SubscribeTimeout(UpbitWebSocketError, TimeoutError):
    """No connection was established in time; the subscription was withdrawn.

    What happened:
        No connection to the exchange was ever made, and none could be made in time; the subscription
        was withdrawn.

    Why:
        No network, a name that does not resolve, a firewall or proxy, or the exchange refuses this
        address, for instance with a wait (429, 418) that it imposed on another connection of this
        process. After a first connection a loss is no error: it heals by itself.

    What to do:
        Run `upbit-ws doctor`: it names the step that fails. Then subscribe again.

    Args:
        url: the endpoint that could not be reached.
        seconds: how long the call waited.
        cause: the last failure, as text; ``None`` when no attempt has ended yet.
    """

    def __init__(self, url: str, seconds: float, cause: str | None = None) -> None:
        super().__init__(url, seconds, cause)
        self.url = url
        self.seconds = seconds
        self.cause = cause

    def __reduce__(self) -> tuple[Any, ...]:
        # OSError, the base of TimeoutError, keeps two of three arguments in args.
        return type(self), (self.url, self.seconds, self.cause)

    def __str__(self) -> str:
        why = f" (last failure: {self.cause})" if self.cause else ""
        return (
            f"no connection to {self.url} within {self.seconds:g} s{why}; the subscription was "
            "withdrawn. Check the network, or `upbit-ws doctor`, and subscribe again."
        )


class SubscriptionRejected(UpbitWebSocketError):
    """The exchange answered the request that carried this subscription with an error frame.

    What happened:
        The exchange answered the request that carried this subscription with an error frame.

    Why:
        Its `name` and `message` are the exchange's own. The other subscriptions were sent again without
        it and are not affected. An error frame while the exchange is in trouble is no rejection, and
        what was served before is never ended by one.

    What to do:
        Correct what the message names, usually the symbol or an option the region does not have, and
        subscribe again.

    Args:
        name: the exchange's error name, such as ``INVALID_PARAM``.
        message: the exchange's own text.
        topics: ``(data_type, code)`` pairs that were taken out of the request.
        received: ``{symbol: frame}`` of what did arrive, for a one-shot snapshot.
    """

    def __init__(
        self,
        name: str,
        message: str,
        topics: Iterable[tuple[str, str]] = (),
        received: Mapping[str, dict[str, Any]] | None = None,
    ) -> None:
        self.name = name
        self.message = message
        self.topics = tuple(topics)
        self.received = dict(received or {})
        super().__init__(name, message, self.topics, self.received)

    def __str__(self) -> str:
        what = ", ".join(f"{data_type} {code}" for data_type, code in self.topics) or "the request"
        text = f"{what} was rejected by the exchange: {self.name}: {self.message}"
        if self.received:
            text += f" ({len(self.received)} others arrived, see .received)"
        return f"{text}; correct it and subscribe again, the other subscriptions go on"


class SnapshotTimeout(UpbitWebSocketError, TimeoutError):
    """Some codes of a one-shot snapshot stayed silent: the exchange does not answer unknown codes.

    What happened:
        Some of the symbols of a one-shot snapshot did not answer.

    Why:
        The exchange says nothing about a code it does not know. Where something else was in the way,
        such as a connection that is down, `reason` and the message say so.

    What to do:
        Check the spelling of `missing`. What did arrive is in `received`; a longer `timeout=` helps on
        a slow line.

    Args:
        data_type: wire name, such as ``ticker``.
        received: ``{symbol: frame}`` of what did arrive.
        missing: symbols that stayed silent.
        seconds: how long the call waited.
        reason: what else is known to have been in the way; also ``__cause__``. ``None``: nothing.
    """

    def __init__(
        self,
        data_type: str,
        received: Mapping[str, dict[str, Any]],
        missing: Iterable[str],
        seconds: float,
        reason: str | None = None,
    ) -> None:
        self.data_type = data_type
        self.received = dict(received)
        self.missing = tuple(missing)
        self.seconds = seconds
        self.reason = reason
        super().__init__(data_type, self.received, self.missing, seconds, reason)

    def __reduce__(self) -> tuple[Any, ...]:
        # OSError, the base of TimeoutError, keeps two of the arguments in args.
        values = (self.data_type, self.received, self.missing, self.seconds, self.reason)
        return type(self), values

    def __str__(self) -> str:
        reason = self.reason or "the exchange keeps silent about codes it does not know"
        return (
            f"no {self.data_type} snapshot of {', '.join(self.missing)} within {self.seconds:g} s "
            f"({len(self.received)} others arrived, see .received); {reason}"
        )


class ManagerClosed(UpbitWebSocketError):
    """The manager was shut down while this call was waiting.

    What happened:
        The manager was shut down while this call was waiting.

    Why:
        `shutdown()` ran in another task, often because the program is ending.

    What to do:
        At the end of a program: nothing. Otherwise call again: the next use starts the manager anew.
    """

    def __str__(self) -> str:
        return "the manager was shut down while this call was waiting; a new call starts it anew"


class LoopUnavailable(UpbitWebSocketError):
    """A call from another loop or thread was not picked up by the manager's event loop.

    What happened:
        A call from another event loop or thread was not picked up by the loop that owns the connection.

    Why:
        Something blocks that loop: `time.sleep`, a REST call or heavy computing in a coroutine on it.

    What to do:
        Move the blocking call to a thread with `asyncio.to_thread`, or let the connection live on a
        loop of its own.

    Args:
        seconds: how long the call waited.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds

    def __str__(self) -> str:
        return (
            f"the event loop that owns the connection did not pick this call up within "
            f"{self.seconds:g} s; something blocks that loop: move it to asyncio.to_thread()"
        )


class DecodeError(UpbitWebSocketError, ValueError):
    """A frame that does not decode.

    What happened:
        A frame is not what the protocol describes.

    Why:
        The exchange changed its format, something between changed the bytes, or a recording is damaged.
        From a live connection the frame is skipped, counted as `decode_errors` and logged; it is raised
        by the functions of `messages` only.

    What to do:
        Report the sample if it comes from the exchange; otherwise mend the file that was being read.

    Args:
        problem: the decoder's own words.
        size: length of the frame in bytes.
        sample: the first characters of a *public* frame, at most 120; empty for private frames.
    """

    def __init__(self, problem: str, size: int, sample: str = "") -> None:
        super().__init__(problem, size, sample)
        self.problem = problem
        self.size = size
        self.sample = sample

    def __str__(self) -> str:
        sample = f": {self.sample!r}" if self.sample else ""
        return (
            f"frame of {self.size} bytes does not decode ({self.problem}){sample}; it was left out, "
            "nothing needs to be done unless this goes on"
        )


_INSTALLED: Final = "websocket_v6"
"""Import name of the installed distribution's package; any other name is a copy inside an application."""


class TwoInstallations(UpbitWebSocketError):
    """Two copies of this package want to connect in one process: each would have its own limits.

    What happened:
        Two copies of this package want to connect in one process.

    Why:
        A copy inside the application's tree is imported beside the installed one. Each would count the
        limits of the exchange for itself, and together they would exceed them.

    What to do:
        Import one of the two everywhere, or bind the legacy layer to the copy with
        `compat_v5.install(v6="your.package.websocket_v6")`.

    Args:
        first: import name of the copy that connected first.
        second: import name of the copy that raised this.
    """

    def __init__(self, first: str, second: str) -> None:
        super().__init__(first, second)
        self.first = first
        self.second = second

    def __str__(self) -> str:
        copy = self.second if self.first == _INSTALLED else self.first
        return (
            f"{self.first} already holds this process's connection and {self.second} is another copy "
            f"of it. Import one of them everywhere, or bind the legacy layer to the copy with "
            f"compat_v5.install(v6={copy!r})."
        )


class MissingExtra(UpbitWebSocketError, ImportError):
    """An optional dependency is not installed.

    What happened:
        A part of the package was used whose libraries are not installed.

    Why:
        Libraries that not everybody needs come with extras of the distribution.

    What to do:
        Run the pip line the message ends with.

    Args:
        feature: what was asked for.
        extra: the extra of this distribution that brings it.
    """

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(feature, extra)
        self.feature = feature
        self.extra = extra

    def __str__(self) -> str:
        return f'{self.feature} needs an optional dependency: pip install "upbit-websocket-v6[{self.extra}]"'
