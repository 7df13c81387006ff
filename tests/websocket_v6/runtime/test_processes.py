"""Several processes: what a child has of its parent's, and how a program ends."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from typing import Any

import pytest

from websocket_v6.testing import ExchangeEmulator

CHILD = """
    import asyncio, multiprocessing, os, sys
    from websocket_v6 import GlobalWebSocketManager, WebSocketClientProxy

    def child(url, queue):
        async def work():
            GlobalWebSocketManager.configure(url=url)
            ws = WebSocketClientProxy("child")
            seen = []
            async for frame in ws.stream("ticker", ["KRW-ETH"]):
                seen.append(frame["code"])
                if len(seen) == 3:
                    break
            await (await GlobalWebSocketManager.get_instance()).shutdown()
            queue.put(seen)
        asyncio.run(work())

    async def main(url, method):
        GlobalWebSocketManager.configure(url=url)
        ws = WebSocketClientProxy("parent")
        frames = asyncio.Queue()
        await ws.subscribe_ticker(["KRW-BTC"], lambda *a: frames.put_nowait(a))
        await frames.get()
        context = multiprocessing.get_context(method)
        queue = context.Queue()
        process = context.Process(target=child, args=(url, queue))
        process.start()
        seen = await asyncio.get_running_loop().run_in_executor(None, queue.get, True, 20)
        process.join(10)
        assert seen == ["KRW-ETH"] * 3, seen
        assert process.exitcode == 0
        while not frames.empty():
            frames.get_nowait()
        for _ in range(5):
            await asyncio.wait_for(frames.get(), 10)
        health = await ws.health_check()
        assert health["connections"]["public"]["reconnects"] == 0, health
        await (await GlobalWebSocketManager.get_instance()).shutdown()
        print("parent and child ok")

    if __name__ == "__main__":
        asyncio.run(main(sys.argv[1], sys.argv[2]))
"""


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_child_process_starts_clean_and_leaves_the_parent_alone(
    server: ExchangeEmulator, method: str, tmp_path: Any
) -> None:
    import multiprocessing

    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"this platform has no {method}")
    script = tmp_path / "program.py"
    script.write_text(textwrap.dedent(CHILD), encoding="utf-8")
    result = subprocess.run(
        [sys.executable, "-X", "dev", str(script), server.url, method],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == "parent and child ok"
    assert server.opened("public") == 2


FORKED = """
    import asyncio, os, sys
    from websocket_v6 import GlobalWebSocketManager, WebSocketClientProxy

    async def main():
        async with WebSocketClientProxy("component") as ws:
            return await ws.get_ticker_snapshot(["KRW-BTC"])

    GlobalWebSocketManager.configure(url=sys.argv[1])
    assert asyncio.run(main())
    child = os.fork()
    if not child:
        assert asyncio.run(main())
        sys.stdout.flush()
        os._exit(0)
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform has no fork")
def test_a_forked_child_connects_to_the_server_that_its_parent_was_configured_for(
    server: ExchangeEmulator, tmp_path: Any
) -> None:
    script = tmp_path / "program.py"
    script.write_text(textwrap.dedent(FORKED), encoding="utf-8")
    result = subprocess.run(
        [sys.executable, str(script), server.url],
        env={**os.environ, "UPBIT_WS_URL": "ws://127.0.0.1:1/websocket/v1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert server.opened("public") == 2


EXITING = """
    import asyncio, sys
    from websocket_v6 import GlobalWebSocketManager, WebSocketClientProxy

    async def leave(*_):
        sys.exit(3)

    async def main():
        GlobalWebSocketManager.configure(url=sys.argv[1])
        ws = WebSocketClientProxy("component")
        await ws.subscribe_ticker(["KRW-BTC"], leave)
        await asyncio.sleep(30)

    asyncio.run(main())
"""


def test_a_coroutine_callback_that_ends_the_program_ends_it_quietly(
    server: ExchangeEmulator, tmp_path: Any
) -> None:
    script = tmp_path / "program.py"
    script.write_text(textwrap.dedent(EXITING), encoding="utf-8")
    result = subprocess.run(
        [sys.executable, "-X", "dev", str(script), server.url],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (result.returncode, result.stderr) == (3, "")
