"""``upbit-ws watch``: what the exchange sends, as a live table or as JSON lines."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from ..config import Config
from ..credentials import from_environment
from ..events import AuthFailed, Connected, ConnectionEvent, Lost, RateLimited, Rejected, Resumed
from ..exceptions import AuthenticationError, InvalidArgument, MissingExtra, SubscriptionRejected
from ..subscription import MY_ASSET, MY_ORDER, ORDERBOOK, PRIVATE_TYPES, TICKER, TRADE
from .arguments import (
    DATA_TYPES,
    Subparsers,
    add_command,
    data_type,
    positive_count,
    positive_number,
    settings,
    symbols_of,
)

if TYPE_CHECKING:
    from ..websocket_client_proxy import WebSocketClientProxy
    from .tables import View

__all__ = ["add_parser", "run"]

REFRESH_SECONDS: Final = 0.2
PATIENCE: Final = 2.0  # seconds without a connection that pass without a word
WAITING_FRAMES: Final = 10_000  # held for a slow pipe; what comes on top is dropped and counted

_EXAMPLES: Final = """\
  upbit-ws watch ticker KRW-BTC KRW-ETH
  upbit-ws watch orderbook KRW-BTC --depth 15
  upbit-ws watch trade KRW-BTC --count 100 > trades.jsonl
  upbit-ws watch candle.1m KRW-BTC --seconds 60 --json
  upbit-ws watch my-orders
  upbit-ws watch ticker KRW-BTC --url ws://127.0.0.1:8765/websocket/v1

my-orders and my-assets need UPBIT_ACCESS_KEY and UPBIT_SECRET_KEY, and show only what changes.
"""


def add_parser(subparsers: Subparsers) -> None:
    """Add ``watch`` to the command's subcommands."""
    parser = add_command(
        subparsers,
        "watch",
        "show what the exchange sends, live",
        "Show what the exchange sends: a live table on a terminal, JSON lines in a pipe.",
        _EXAMPLES,
    )
    parser.add_argument("type", metavar="TYPE", help=", ".join(DATA_TYPES))
    parser.add_argument("symbols", nargs="*", metavar="SYMBOL", help="such as KRW-BTC")
    parser.add_argument("--json", action="store_true", help="JSON lines on a terminal too")
    parser.add_argument("--count", type=positive_count, metavar="N", help="stop after N frames")
    parser.add_argument("--seconds", type=positive_number, metavar="S", help="stop after S seconds")
    parser.add_argument(
        "--depth",
        type=positive_count,
        default=10,
        metavar="N",
        help="order book levels in the table",
    )


def run(args: argparse.Namespace) -> int:
    """Watch until a limit or Ctrl-C. Exit code 1 when the exchange cannot be reached or refuses."""
    wire_name = data_type(args.type)
    symbols = symbols_of(args.symbols)
    if wire_name == MY_ASSET and symbols:
        raise InvalidArgument("SYMBOL", symbols, "my-assets always shows all currencies")
    config = settings(args)  # a bad setting is reported before anything is shown
    if wire_name in PRIVATE_TYPES and from_environment() is None:
        raise AuthenticationError("default", "set UPBIT_ACCESS_KEY and UPBIT_SECRET_KEY")
    as_table = sys.stdout.isatty() and not args.json
    view = _view(wire_name, args.depth) if as_table else None
    asyncio.run(_watch(args, config, wire_name, symbols, view))
    return 0


def _view(wire_name: str, depth: int) -> View:
    try:
        from .tables import view_of
    except ImportError as error:
        raise MissingExtra("the live table (without it: --json)", "cli") from error
    return view_of(wire_name, depth=depth)


@dataclass(slots=True)
class _Inbox:
    """Frames on their way to the screen or the pipe."""

    limit: int | None
    frames: asyncio.Queue[dict[str, Any]] = field(
        default_factory=lambda: asyncio.Queue(WAITING_FRAMES)
    )
    failure: asyncio.Future[None] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )
    received: int = 0
    dropped: int = 0
    connected: bool = False
    seen: set[str] = field(default_factory=set)

    def receive(self, symbol: str, data_type: str, data: dict[str, Any]) -> None:
        """The subscription's callback."""
        if self.limit is not None and self.received >= self.limit:
            return
        self.received += 1
        self.seen.add(symbol)
        try:
            self.frames.put_nowait(data)
        except asyncio.QueueFull:
            self.dropped += 1

    def take(self) -> list[dict[str, Any]]:
        """Everything that waits."""
        return [self.frames.get_nowait() for _ in range(self.frames.qsize())]

    @property
    def is_complete(self) -> bool:
        """The count that was asked for has been received, and taken."""
        return self.limit is not None and self.received >= self.limit and self.frames.empty()

    def on_event(self, event: ConnectionEvent) -> None:
        """Tell the user about the connection; end when going on is pointless."""
        if isinstance(event, Connected):
            self.connected = True
        elif isinstance(event, Lost):
            _say(f"connection lost ({event.cause}); reconnecting")
        elif isinstance(event, Resumed):
            _say(f"connected again after {event.outage_seconds:.1f} s")
        elif isinstance(event, RateLimited):
            _say(f"the exchange limits this address; next try in {event.wait:.0f} s")
        elif isinstance(event, AuthFailed) and not self.failure.done():
            remedy = "correct UPBIT_ACCESS_KEY and UPBIT_SECRET_KEY; `upbit-ws doctor` checks them"
            reason = f"{event.reason}; {remedy}"
            self.failure.set_exception(AuthenticationError(event.account, reason))
        elif isinstance(event, Rejected) and not self.failure.done():
            rejection = SubscriptionRejected(event.name, event.message, event.topics)
            self.failure.set_exception(rejection)


async def _watch(
    args: argparse.Namespace,
    config: Config,
    wire_name: str,
    symbols: list[str],
    view: View | None,
) -> None:
    from ..global_websocket_manager import GlobalWebSocketManager
    from ..websocket_client_proxy import WebSocketClientProxy

    manager = await GlobalWebSocketManager.get_instance()
    inbox = _Inbox(args.count)
    stop_listening = manager.on_connection_event(inbox.on_event)
    proxy = WebSocketClientProxy("upbit-ws watch", endpoint=args.url)
    remarks = asyncio.ensure_future(_remark(proxy, config, wire_name, symbols, inbox))
    try:
        await _subscribe(proxy, wire_name, symbols, inbox.receive)
        shown = asyncio.ensure_future(_print(inbox) if view is None else _draw(inbox, view))
        await asyncio.wait(
            {shown, inbox.failure}, timeout=args.seconds, return_when=asyncio.FIRST_COMPLETED
        )
        if not shown.done():
            shown.cancel()
            await asyncio.wait({shown})
        if not shown.cancelled():
            shown.result()
        if inbox.failure.done():
            inbox.failure.result()
    except AuthenticationError:
        if inbox.failure.done():  # which says what to do here instead of in a program
            inbox.failure.result()
        raise
    finally:
        stop_listening()
        remarks.cancel()
        await proxy.aclose()
        await manager.shutdown()
        inbox.failure.cancel()
        if inbox.dropped:
            _say(f"{inbox.dropped} frames dropped: the reader of the output is too slow")


async def _subscribe(
    proxy: WebSocketClientProxy,
    wire_name: str,
    symbols: list[str],
    callback: Callable[[str, str, dict[str, Any]], None],
) -> None:
    if wire_name == TICKER:
        await proxy.subscribe_ticker(symbols, callback)
    elif wire_name == TRADE:
        await proxy.subscribe_trade(symbols, callback)
    elif wire_name == ORDERBOOK:
        await proxy.subscribe_orderbook(symbols, callback)
    elif wire_name == MY_ORDER:
        await proxy.subscribe_my_orders(callback, markets=symbols or None)
    elif wire_name == MY_ASSET:
        await proxy.subscribe_my_assets(callback)
    else:
        interval = wire_name.removeprefix("candle.")
        await proxy.subscribe_candle(symbols, interval, callback)


async def _remark(
    proxy: WebSocketClientProxy, config: Config, wire_name: str, symbols: list[str], inbox: _Inbox
) -> None:
    """Say why nothing comes: no connection yet, or a market that the exchange does not have."""
    await asyncio.sleep(PATIENCE)
    if not inbox.connected:
        url = config.private_url if wire_name in PRIVATE_TYPES else config.url
        _say(f"no connection to {url} yet; trying for {config.subscribe_timeout:g} s")
    silent = [] if wire_name in PRIVATE_TYPES else symbols
    while silent:
        await asyncio.sleep(REFRESH_SECONDS)
        unknown = [s for s in silent if proxy.explain(wire_name, s).state == "not_served"]
        for symbol in unknown:
            _say(f"{symbol}: the exchange does not have this market; check spelling and region")
        silent = [s for s in silent if s not in inbox.seen and s not in unknown]


async def _print(inbox: _Inbox) -> None:
    """JSON lines, written on a thread: a pipe that nobody reads must not block the connection."""
    while not inbox.is_complete:
        frames = [await inbox.frames.get(), *inbox.take()]
        lines = "".join(json.dumps(frame) + "\n" for frame in frames)
        await asyncio.to_thread(_write, lines)


def _write(lines: str) -> None:
    sys.stdout.write(lines)
    sys.stdout.flush()


async def _draw(inbox: _Inbox, view: View) -> None:
    """A table that is drawn anew a few times a second, however many frames come."""
    from rich.console import Group
    from rich.live import Live
    from rich.text import Text

    with Live(auto_refresh=False, screen=False) as live:
        while True:
            for frame in inbox.take():
                view.add(frame)
            status = f"{inbox.received:,} frame{'s'[: inbox.received != 1]}, Ctrl-C to stop"
            live.update(Group(view.render(), Text(status, "dim")), refresh=True)
            if inbox.is_complete:
                return
            await asyncio.sleep(REFRESH_SECONDS)


def _say(text: str) -> None:
    print(f"upbit-ws watch: {text}", file=sys.stderr, flush=True)
