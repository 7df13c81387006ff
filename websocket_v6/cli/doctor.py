"""``upbit-ws doctor``: is everything between this program and the exchange in order, and if not,
what to do.

Each check stands on those before it; the ones a failure makes pointless are skipped.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
import ssl
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from email.utils import parsedate_to_datetime
from typing import Final, Literal
from urllib.parse import urlsplit
from urllib.request import getproxies

from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from ..config import Config
from ..credentials import Credentials, explain_refusal, from_environment
from ..exceptions import AuthenticationError, InvalidArgument
from ..protocol.requests import Item
from ..subscription import EVERY_CODE, MY_ASSET, TICKER, check_symbols
from .arguments import Subparsers, add_command, settings
from .wire import error_of, open_connection, receive, request_for

__all__ = ["Finding", "add_parser", "run"]

SKEW_WARNING: Final = 2.0  # seconds; the Date header it is measured with has whole seconds
ANSWER_TIMEOUT: Final = 5.0  # seconds; a snapshot usually takes 0.2
REFUSAL_WINDOW: Final = 1.0  # seconds in which the exchange answers a bad private request
_SYMBOLS: Final = {"kr": "KRW-BTC", "sg": "SGD-BTC", "id": "IDR-BTC", "th": "THB-BTC"}
_KEY_REMEDY: Final = (
    "check that the key is not expired, allows this machine's address, has the permissions to see "
    "assets and orders, and belongs to this region"
)

_EXAMPLES: Final = """\
  upbit-ws doctor
  upbit-ws doctor --url ws://127.0.0.1:8765/websocket/v1
  upbit-ws doctor --json

exit codes: 0 no problem, 1 a problem was found, 2 a setting cannot be used, 130 interrupted
"""

Outcome = Literal["ok", "warn", "fail", "skip"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check saw, and what to do about it (empty when nothing is to be done)."""

    check: str
    outcome: Outcome
    detail: str
    remedy: str = ""


def add_parser(subparsers: Subparsers) -> None:
    """Add ``doctor`` to the command's subcommands."""
    parser = add_command(
        subparsers,
        "doctor",
        "check network, clock, keys and a subscription",
        "Check name, TLS, clock, keys and a subscription round trip. Also called status.",
        _EXAMPLES,
    )
    parser.add_argument(
        "--symbol",
        metavar="SYMBOL",
        help="market to subscribe to (default: the region's BTC market)",
    )
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")


def run(args: argparse.Namespace) -> int:
    """Run the checks and print each as it ends. Exit code 1 when one of them failed."""
    config = settings(args)
    symbol = check_symbols([args.symbol or _SYMBOLS[config.region]], "--symbol")[0]
    findings = asyncio.run(_examine(config, symbol, quiet=args.json))
    if args.json:
        print(json.dumps([asdict(finding) for finding in findings], indent=2))
    failed = sum(finding.outcome == "fail" for finding in findings)
    if not args.json:
        print(f"{failed} problem{'s'[: failed != 1]} found" if failed else "no problem found")
    return 1 if failed else 0


async def _examine(config: Config, symbol: str, *, quiet: bool) -> list[Finding]:
    findings = []
    async for finding in _checks(config, symbol):
        findings.append(finding)
        if not quiet:
            _show(finding)
    return findings


def _show(finding: Finding) -> None:
    print(f"{finding.outcome:<5} {finding.check:<13} {finding.detail}")
    if finding.remedy:
        print(f"{'':<19} -> {finding.remedy}")
    sys.stdout.flush()


async def _checks(config: Config, symbol: str) -> AsyncIterator[Finding]:
    yield Finding("endpoint", "ok", config.url)
    address = await _check_name(config)
    if proxy := _proxy_of(config.url):
        yield Finding("proxy", "ok", f"the environment sends connections through {proxy}")
        if address.outcome == "fail":
            address = Finding("name", "skip", f"{address.detail}; the proxy looks it up")
    yield address
    reachable = address.outcome != "fail"
    if reachable:
        socket_finding = await _check_socket(config)
        yield socket_finding
        reachable = socket_finding.outcome != "fail"
    if reachable:
        async for finding in _check_subscription(config, symbol):
            yield finding
    async for finding in _check_keys(config, reachable=reachable):
        yield finding


def _proxy_of(url: str) -> str | None:
    """The proxy the environment names for *url*, without its password."""
    parts = urlsplit(url)
    named = getproxies().get("https" if parts.scheme == "wss" else "http")
    if not named or parts.hostname in ("localhost", "127.0.0.1", "::1"):
        return None
    proxy = urlsplit(named)
    return f"{proxy.scheme}://{proxy.hostname}:{proxy.port}" if proxy.hostname else None


async def _check_name(config: Config) -> Finding:
    host = urlsplit(config.url).hostname or ""
    began = time.perf_counter()
    try:
        async with asyncio.timeout(config.connect_timeout):
            found = await asyncio.get_running_loop().getaddrinfo(
                host, None, type=socket.SOCK_STREAM
            )
    except TimeoutError:
        return Finding(
            "name", "fail", f"no answer about {host}", "check the network and its DNS server"
        )
    except OSError as error:
        return Finding(
            "name",
            "fail",
            f"{host}: {error.strerror}",
            "check the spelling of the URL, the network connection and its DNS server",
        )
    addresses = sorted({str(entry[4][0]) for entry in found})
    if addresses == [host]:
        return Finding("name", "ok", f"{host} is an address")
    shown = ", ".join(addresses[:3]) + (" ..." if len(addresses) > 3 else "")
    return Finding("name", "ok", f"{host} is {shown} ({_ms(began)})")


async def _check_socket(config: Config) -> Finding:
    parts = urlsplit(config.url)
    secure = parts.scheme == "wss"
    port = parts.port or (443 if secure else 80)
    check = "TLS" if secure else "TCP"
    began = time.perf_counter()
    if _proxy_of(config.url):
        return Finding(check, "skip", "behind a proxy only the subscription below can tell")
    try:
        async with asyncio.timeout(config.connect_timeout):
            _, writer = await asyncio.open_connection(
                parts.hostname, port, ssl=ssl.create_default_context() if secure else None
            )
    except ssl.SSLCertVerificationError as error:
        return Finding(
            check,
            "fail",
            f"the certificate is not accepted: {error.verify_message}",
            "update the system's certificates, check the clock, or ask who runs a TLS proxy here",
        )
    except TimeoutError:
        return Finding(
            check, "fail", f"port {port} does not answer", "check the firewall and the VPN"
        )
    except OSError as error:
        detail = f"port {port}: {error.strerror or error}"
        return Finding(
            check, "fail", detail, "check that the server runs there, the firewall, the VPN"
        )
    tls = writer.get_extra_info("ssl_object")
    version = f"{tls.version()}, " if tls else ""
    writer.close()
    try:
        await writer.wait_closed()
    except OSError:
        pass  # the other side was faster
    return Finding(check, "ok", f"port {port} answers ({version}{_ms(began)})")


async def _check_subscription(config: Config, symbol: str) -> AsyncIterator[Finding]:
    """The upgrade, the clock by its Date header, and one snapshot."""
    began = time.perf_counter()
    try:
        async with open_connection(config.url, config) as connection:
            yield Finding("WebSocket", "ok", f"connected ({_ms(began)})")
            response = connection.response
            yield _check_clock(response.headers.get("Date") if response else None, time.time())
            asked = time.perf_counter()
            item = Item(TICKER, symbol, realtime=False)
            await connection.send(request_for([item], config))
            answer = await receive(connection, ANSWER_TIMEOUT)
            yield _judge_answer(answer, symbol, _ms(asked))
    except InvalidStatus as error:
        yield Finding("WebSocket", "fail", *_explain_status(error.response.status_code))
    except TimeoutError:
        yield Finding(
            "subscription",
            "fail",
            f"no answer about {symbol} within {ANSWER_TIMEOUT:g} s",
            "the exchange keeps silent about markets it does not have: try another --symbol",
        )
    except (OSError, WebSocketException) as error:
        yield Finding(
            "WebSocket",
            "fail",
            str(error) or type(error).__name__,
            "check that the URL names an Upbit endpoint, and any proxy between",
        )


def _judge_answer(answer: bytes, symbol: str, took: str) -> Finding:
    error = error_of(answer)
    if error is not None:
        return Finding(
            "subscription",
            "fail",
            f"the exchange says {error[0]}: {error[1]}",
            "wait a minute and run this again; if it stays, this version does not fit the exchange",
        )
    return Finding("subscription", "ok", f"{symbol} snapshot of {len(answer)} bytes after {took}")


def _check_clock(date: str | None, now: float) -> Finding:
    if date is None:
        return Finding("clock", "skip", "the server sent no time")
    try:
        server = parsedate_to_datetime(date).timestamp()
    except ValueError:
        return Finding("clock", "skip", f"the server sent a time that cannot be read: {date!r}")
    # The header is cut to whole seconds: on average the server's time is half a second later.
    skew = now - (server + 0.5)
    if abs(skew) <= SKEW_WARNING:
        return Finding("clock", "ok", f"within {SKEW_WARNING:g} s of the server's")
    direction = "ahead of" if skew > 0 else "behind"
    return Finding(
        "clock",
        "warn",
        f"{abs(skew):.0f} s {direction} the server's",
        "switch on time synchronisation; latency figures and candle times are off by as much",
    )


async def _check_keys(config: Config, *, reachable: bool) -> AsyncIterator[Finding]:
    try:
        credentials = from_environment()
    except (AuthenticationError, InvalidArgument) as error:
        yield Finding("keys", "fail", str(error), "correct the environment variables")
        return
    if credentials is None:
        yield Finding(
            "keys",
            "skip",
            "none in UPBIT_ACCESS_KEY and UPBIT_SECRET_KEY: public data only",
        )
    elif not reachable:
        yield Finding("keys", "skip", "present; the exchange cannot be asked about them")
    else:
        yield await _ask_about(credentials, config)


async def _ask_about(credentials: Credentials, config: Config) -> Finding:
    try:
        async with open_connection(config.private_url, config, credentials) as connection:
            await connection.send(request_for([Item(MY_ASSET, EVERY_CODE)], config))
            try:
                answer = await receive(connection, REFUSAL_WINDOW)
            except TimeoutError:
                answer = b""  # silence is consent: nothing comes until the account changes
    except InvalidStatus as error:
        status = error.response.status_code
        if status not in (401, 403):
            return Finding("keys", "fail", *_explain_status(status))
        reason = explain_refusal(bytes(error.response.body or b""))
        detail = f"refused with HTTP {status}" + (f", {reason}" if reason else "")
        return Finding("keys", "fail", detail, _KEY_REMEDY)
    except ConnectionClosed as error:
        return Finding("keys", "fail", f"the exchange closed the connection: {error}", _KEY_REMEDY)
    except (OSError, TimeoutError, WebSocketException) as error:
        detail = f"{config.private_url}: {str(error) or type(error).__name__}"
        return Finding("keys", "fail", detail, "check that the server has a private endpoint")
    refusal = error_of(answer)
    if refusal is not None:
        return Finding("keys", "fail", f"refused: {refusal[0]}: {refusal[1]}", _KEY_REMEDY)
    return Finding("keys", "ok", "accepted by the private endpoint")


def _explain_status(status: int) -> tuple[str, str]:
    """What an HTTP status instead of the upgrade means, and what to do."""
    if status in (418, 429):
        return (
            f"HTTP {status}: too many connections from this address",
            "close programs that connect over and over, and wait a minute",
        )
    if status in (401, 403):
        return f"HTTP {status}: this address is refused", "check the VPN and the region"
    if status >= 500:
        return f"HTTP {status}: the exchange has a problem", "look for a maintenance notice"
    return f"HTTP {status} instead of a WebSocket", "check the URL, and any proxy between"


def _ms(began: float) -> str:
    return f"{(time.perf_counter() - began) * 1000:.0f} ms"
