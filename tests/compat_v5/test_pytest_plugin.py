"""The pytest plugin, seen from a test suite that uses it and from one that does not."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytest_plugins = ["pytester"]

ASYNC = (
    *("-p", "no:cacheprovider", "-o", "asyncio_mode=auto"),
    *("-o", "asyncio_default_fixture_loop_scope=function"),
)
# What a suite without the plugin would see: nothing of this distribution.
HEAVY = ("websockets", "websocket_v6", "compat_v5.parity")


def test_a_suite_that_asks_for_nothing_notices_nothing(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        f"""
        import sys

        def test_nothing_is_loaded():
            assert [name for name in {HEAVY!r} if name in sys.modules] == []
        """
    )
    result = pytester.runpytest_subprocess(*ASYNC, "-W", "error", "-q")
    result.assert_outcomes(passed=1)
    assert "upbit" not in result.stdout.str()


def test_importing_the_plugin_loads_neither_websockets_nor_v6() -> None:
    code = f"import sys, compat_v5.pytest_plugin; print([n for n in {HEAVY!r} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_fixtures_and_the_marker_are_described(pytester: pytest.Pytester) -> None:
    shown = pytester.runpytest_subprocess("--fixtures").stdout.str()
    for name in (
        "upbit_clock",
        "upbit_emulator",
        "upbit_manager",
        "upbit_clients",
        "upbit_frames",
    ):
        assert name in shown
    assert "upbit_exchange(**options)" in pytester.runpytest_subprocess("--markers").stdout.str()


def test_the_emulator_leads_the_application_to_itself(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import os
        import pytest

        async def test_environment(upbit_emulator):
            assert os.environ["UPBIT_WS_URL"] == upbit_emulator.url
            assert os.environ["UPBIT_ACCESS_KEY"] in upbit_emulator.keys

        @pytest.mark.upbit_exchange(region="sg", idle_timeout=3.0)
        async def test_options(upbit_emulator):
            assert (upbit_emulator.region, upbit_emulator.behaviour.idle_timeout) == ("sg", 3.0)

        async def test_time(upbit_clock, upbit_emulator):
            before = upbit_emulator.now_ms()
            await upbit_clock.advance(60)
            assert upbit_emulator.now_ms() - before == 60_000

        def test_the_environment_is_as_before():
            assert "UPBIT_WS_URL" not in os.environ
        """
    )
    pytester.runpytest_subprocess(*ASYNC, "--strict-markers").assert_outcomes(passed=4)


def test_one_test_runs_on_a_legacy_client_and_on_a_proxy(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        async def test_both(upbit_clients, upbit_frames, upbit_emulator):
            client = await upbit_clients.public()
            subscription = await client.subscribe("trade", upbit_frames, ["KRW-BTC"])
            await upbit_emulator.wait_subscribed("trade", "KRW-BTC")
            await upbit_emulator.publish("trade", "KRW-BTC", trade_price=5.0)
            frames = await upbit_frames.wait(2, "trade")
            assert [frame["stream_type"] for frame in frames] == ["SNAPSHOT", "REALTIME"]
            assert frames[1]["trade_price"] == 5.0
            await client.unsubscribe(subscription)

        async def test_private(upbit_clients, upbit_frames, upbit_emulator):
            client = await upbit_clients.private()
            await client.subscribe("myOrder", upbit_frames)
            await upbit_emulator.wait_subscribed("myOrder")
            upbit_emulator.account().place_order("KRW-BTC", price=1, volume=1)
            (frame,) = await upbit_frames.wait(1, "myOrder")
            assert frame["state"] == "wait"
        """
    )
    result = pytester.runpytest_subprocess(*ASYNC, "-v")
    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines(["*test_both?v5? PASSED*", "*test_both?v6? PASSED*"])


def test_what_outlives_the_test_fails_it(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import asyncio
        import pytest
        from websockets.asyncio.client import connect

        async def test_clean(upbit_manager):
            pass

        async def test_leaves_a_task(upbit_manager):
            global kept
            kept = asyncio.create_task(asyncio.sleep(60), name="forgotten")

        async def test_leaves_a_socket(upbit_manager, upbit_emulator):
            global socket
            socket = await connect(upbit_emulator.url)
        """
    )
    result = pytester.runpytest_subprocess(*ASYNC)
    result.assert_outcomes(passed=3, errors=2)
    result.stdout.fnmatch_lines(["*left behind by the test:*", "*name='forgotten'*"])
    result.stdout.fnmatch_lines(["*open socket: *"])


def test_waiting_for_frames_that_do_not_come_says_what_came(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        async def test_wait(upbit_frames):
            upbit_frames("KRW-BTC", "ticker", {"type": "ticker", "code": "KRW-BTC"})
            assert len(await upbit_frames.wait(1)) == 1
            with pytest.raises(AssertionError, match="topics seen: ticker KRW-BTC"):
                await upbit_frames.wait(1, "trade", timeout=0.01)
        """
    )
    pytester.runpytest_subprocess(*ASYNC).assert_outcomes(passed=1)
