"""A page in headless Chromium, driven through the DevTools protocol.

Source: Chrome DevTools Protocol, domains Target, Page, Runtime and Log.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

__all__ = ["Page", "find_chromium", "open_page"]

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--remote-debugging-port=0",
    "--window-size=1280,900",
)


def find_chromium() -> str | None:
    """The browser's path; None if there is none."""
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


class Page:
    """One page: evaluates expressions and collects what the console says."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._numbers = itertools.count(1)
        self._session: str | None = None
        self.console: list[str] = []
        self.requests: list[str] = []

    async def attach(self) -> None:
        """Open a blank page and listen to it."""
        target = await self._call("Target.createTarget", url="about:blank")
        attached = await self._call(
            "Target.attachToTarget", targetId=target["targetId"], flatten=True
        )
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            await self._call(f"{domain}.enable")

    async def load(self, url: str, *, scripts: bool = True) -> None:
        """Load *url* and wait for its load event; without scripts if asked."""
        await self._call("Emulation.setScriptExecutionDisabled", value=not scripts)
        await self._call("Page.navigate", url=url)
        while await self._next() != "Page.loadEventFired":
            pass

    async def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression; works also where the page's scripts are off."""
        result = await self._call("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in result:
            raise AssertionError(result["exceptionDetails"])
        return result["result"].get("value")

    async def click(self, selector: str) -> None:
        """Scroll to the first match and press the mouse in its middle."""
        box = await self.evaluate(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)});"
            "e.scrollIntoView({block: 'center'}); const r = e.getBoundingClientRect();"
            "return [r.x + r.width / 2, r.y + r.height / 2]; })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            await self._call(
                "Input.dispatchMouseEvent",
                type=kind,
                x=box[0],
                y=box[1],
                button="left",
                clickCount=1,
            )

    async def type(self, text: str) -> None:
        """Type into the element that has the focus."""
        await self._call("Input.insertText", text=text)

    async def _call(self, method: str, **parameters: Any) -> dict[str, Any]:
        number = next(self._numbers)
        message: dict[str, Any] = {"id": number, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        await self._connection.send(json.dumps(message))
        while True:
            answer = json.loads(await self._connection.recv())
            if answer.get("id") == number:
                if "error" in answer:
                    raise AssertionError(f"{method}: {answer['error']}")
                result: dict[str, Any] = answer["result"]
                return result
            self._note(answer)

    async def _next(self) -> str:
        event = json.loads(await self._connection.recv())
        self._note(event)
        return str(event.get("method"))

    def _note(self, event: dict[str, Any]) -> None:
        match event.get("method"):
            case "Runtime.consoleAPICalled" | "Runtime.exceptionThrown" | "Log.entryAdded":
                self.console.append(json.dumps(event["params"]))
            case "Network.requestWillBeSent":
                self.requests.append(event["params"]["request"]["url"])
            case _:
                pass


@asynccontextmanager
async def open_page(executable: str, profile: Path) -> AsyncIterator[Page]:
    """Start the browser with an empty profile, and end it."""
    process = await asyncio.create_subprocess_exec(
        executable,
        *_FLAGS,
        f"--user-data-dir={profile}",
        "about:blank",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        url = await asyncio.wait_for(_address(profile), 60)
        async with connect(url, max_size=None, origin=None) as connection:
            page = Page(connection)
            await page.attach()
            yield page
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _address(profile: Path) -> str:
    """The browser writes its port and path to a file when it listens."""
    file = profile / "DevToolsActivePort"
    while not file.exists() or "\n" not in file.read_text():
        await asyncio.sleep(0.05)
    port, path = file.read_text().split("\n")[:2]
    return f"ws://127.0.0.1:{port}{path}"
