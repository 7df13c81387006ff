"""Fixtures for the tests of an application that talks to the exchange.

Registered by the ``pytest11`` entry point; opt-in: a test that asks for none of them loads nothing
of this distribution beside this module.

================== ================================================================================
``upbit_emulator`` a local exchange that sends what the test publishes; ``UPBIT_WS_URL`` and test
                   keys in the environment lead the application to it
``upbit_clock``    asked for together with it: the exchange's time, moved by the test
``upbit_manager``  the process-wide manager, fresh for this test; afterwards shut down and checked
                   for leaked tasks and sockets
``upbit_clients``  runs the test twice: on a legacy client and on a v6 proxy
``upbit_frames``   a callback that remembers what it was called with and can be waited for
================== ================================================================================

``@pytest.mark.upbit_exchange(rate=20, idle_timeout=1.0, ...)`` passes arguments to the emulator.
The fixtures are coroutines: they need an async runner such as pytest-asyncio.
"""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import AsyncIterator, Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

if TYPE_CHECKING:
    from websocket_v6 import GlobalWebSocketManager
    from websocket_v6.testing import ExchangeEmulator, ManualClock

    from .parity.collector import FrameCollector
    from .parity.either_client import EitherClient

_Function = TypeVar("_Function", bound=Callable[..., object])

MARKER = "upbit_exchange"
SETTLE = 2.0  # seconds for tasks and sockets to end after the test


def _async_fixture(
    params: Sequence[str] | None = None,
) -> Callable[[_Function], _Function]:
    """pytest-asyncio's decorator; without it pytest's own, which other async runners take."""
    fixture: Any = pytest.fixture
    if importlib.util.find_spec("pytest_asyncio") is not None:
        fixture = importlib.import_module("pytest_asyncio").fixture
    decorate: Callable[[_Function], _Function] = fixture(params=params)
    return decorate


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line(
        "markers", f"{MARKER}(**options): arguments of the local exchange for this test"
    )


@pytest.fixture
def upbit_clock() -> ManualClock:
    """The time of the local exchange: ``await upbit_clock.advance(seconds)``."""
    from websocket_v6.testing import ManualClock

    return ManualClock()


@_async_fixture()
async def upbit_emulator(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[ExchangeEmulator]:
    """A local exchange; it sends what the test publishes, unless its options say otherwise."""
    from websocket_v6.testing import TEST_ACCESS_KEY, TEST_SECRET_KEY, ExchangeEmulator

    options: dict[str, Any] = {"rate": 0}
    for marker in reversed(list(request.node.iter_markers(MARKER))):
        options.update(marker.kwargs)
    if "upbit_clock" in request.fixturenames:
        options["clock"] = request.getfixturevalue("upbit_clock")
    async with ExchangeEmulator(**options) as exchange:
        monkeypatch.setenv("UPBIT_WS_URL", exchange.url)
        monkeypatch.setenv("UPBIT_ACCESS_KEY", TEST_ACCESS_KEY)
        monkeypatch.setenv("UPBIT_SECRET_KEY", TEST_SECRET_KEY)
        yield exchange


@_async_fixture()
async def upbit_manager(
    upbit_emulator: ExchangeEmulator,
) -> AsyncIterator[GlobalWebSocketManager]:
    """The manager, connected to the local exchange; fails the test if something outlives it."""
    from websocket_v6 import GlobalWebSocketManager

    before = asyncio.all_tasks()
    manager = await GlobalWebSocketManager.get_instance()
    await manager.initialize()
    try:
        yield manager
    finally:
        await manager.shutdown()
    leaks = await _leaks(upbit_emulator, before)
    if leaks:
        pytest.fail("left behind by the test:\n" + "\n".join(leaks), pytrace=False)


@_async_fixture(params=["v5", "v6"])
async def upbit_clients(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    upbit_manager: GlobalWebSocketManager,
) -> AsyncIterator[EitherClient]:
    """Clients of either kind behind the calls they share; the test runs once on each."""
    from .parity.either_client import EitherClient

    # The test uses the legacy calls on purpose.
    monkeypatch.setenv("UPBIT_V5_WARNINGS", "off")
    clients = EitherClient(request.param)
    try:
        yield clients
    finally:
        await clients.close()


@pytest.fixture
def upbit_frames() -> FrameCollector:
    """A callback that remembers: ``await upbit_frames.wait(3)``, ``upbit_frames.of("ticker")``."""
    from .parity.collector import FrameCollector

    return FrameCollector()


async def _leaks(exchange: ExchangeEmulator, before: set[asyncio.Task[Any]]) -> tuple[str, ...]:
    """What is still there after the manager's end, once it had time to go."""
    ignored = {*before, asyncio.current_task()}
    deadline = asyncio.get_running_loop().time() + SETTLE
    while True:
        sockets = [f"  open socket: {connection!r}" for connection in exchange.connections]
        tasks = [f"  running task: {task!r}" for task in asyncio.all_tasks() - ignored]
        leaks = (*sockets, *(() if sockets else tasks))
        if not leaks or asyncio.get_running_loop().time() > deadline:
            return leaks
        await asyncio.sleep(0.01)
