"""Debian's or anyone's Chromium, driven over its own protocol: a real page, real clicks, real keys.

with chromium() as address:
    asyncio.run(story(address))
async def story(address):
    async with page_at(address, path) as page:
        await page.click("button")
        assert not page.errors and page.requests == [path.as_uri()]
"""

from __future__ import annotations

import asyncio
import base64
import os
import shutil
import subprocess
import tempfile
import time
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--no-first-run",
    "--remote-debugging-port=0",
)
KEYS = {"Enter": "\r", "Tab": "\t", "Escape": ""}


def found() -> str | None:
    """The browser to use; None where there is none."""
    return os.environ.get("LLMOPS_TEST_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def chromium() -> Iterator[str]:
    """A browser of its own, with nothing of the user's; yields `http://127.0.0.1:PORT`."""
    path = found()
    assert path, "no chromium"
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        command = [path, *FLAGS, f"--user-data-dir={folder}", "about:blank"]
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            yield f"http://127.0.0.1:{_port(Path(folder) / 'DevToolsActivePort', process)}"
        finally:
            process.terminate()
            process.wait(20)


def _port(file: Path, process: subprocess.Popen[bytes]) -> str:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        if file.exists() and (lines := file.read_text().splitlines()):
            return lines[0]
        time.sleep(0.02)
    raise RuntimeError(f"chromium did not start: {process.poll()}")


class Page:
    """One tab. `errors` is all that went wrong in it, `requests` every address that it asked for."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.errors: list[str] = []
        self.requests: list[str] = []
        self._socket = socket
        self._sent = 0
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._loaded = asyncio.Event()
        self._reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for message in self._socket:
            event = message.json()
            if "id" in event:
                self._waiting.pop(event["id"]).set_result(event)
            else:
                self._heard(event["method"], event["params"])

    def _heard(self, method: str, params: dict[str, Any]) -> None:
        match method:
            case "Page.loadEventFired":
                self._loaded.set()
            case "Network.requestWillBeSent":
                self.requests.append(params["request"]["url"])
            case "Runtime.exceptionThrown":
                self.errors.append(str(params["exceptionDetails"].get("exception", {}).get("description")))
            case "Runtime.consoleAPICalled" if params["type"] in ("error", "warning", "assert"):
                self.errors.append(str(params["args"]))
            case "Log.entryAdded" if params["entry"]["level"] in ("error", "warning"):
                self.errors.append(params["entry"]["text"])

    async def send(self, method: str, **params: Any) -> dict[str, Any]:
        """One command of the protocol; what it answers. Raises RuntimeError where it is refused."""
        self._sent += 1
        answer = self._waiting[self._sent] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": self._sent, "method": method, "params": params})
        event = await asyncio.wait_for(answer, 30)
        if "error" in event:
            raise RuntimeError(f"{method}: {event['error']}")
        result: dict[str, Any] = event["result"]
        return result

    async def open(self, address: str) -> None:
        """Go there, and wait until everything is loaded."""
        self._loaded.clear()
        await self.send("Page.navigate", url=address)
        await asyncio.wait_for(self._loaded.wait(), 30)

    async def evaluate(self, script: str) -> Any:
        """The value of an expression in the page, a promise awaited."""
        answer = await self.send("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(f"{script}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    async def text(self, selector: str) -> str:
        """The visible text of the first element."""
        return str(await self.evaluate(f"document.querySelector({selector!r}).innerText"))

    async def count(self, selector: str) -> int:
        """How many elements there are that a reader can see."""
        script = f"[...document.querySelectorAll({selector!r})].filter(e => e.checkVisibility()).length"
        return int(await self.evaluate(script))

    async def click(self, selector: str, at: int = 0) -> None:
        """A click of the mouse into the middle of an element, wherever it is."""
        find = f"document.querySelectorAll({selector!r})[{at}]"
        script = (
            f"(() => {{ const e = {find}; e.scrollIntoView({{block: 'center'}}); const r = "
            "e.getBoundingClientRect(); return [r.x + Math.min(r.width / 2, 60), r.y + r.height / 2]; })()"
        )
        x, y = await self.evaluate(script)
        for kind in ("mousePressed", "mouseReleased"):
            await self.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    async def press(self, key: str, modifiers: int = 0) -> None:
        """A key; `modifiers` 8 is shift."""
        text = KEYS.get(key, key)
        code = {"Enter": 13, "Tab": 9, "Escape": 27}.get(key, ord(key[0].upper()))
        down = {"text": text} if text and key != "Tab" else {}
        for kind in ("keyDown", "keyUp"):
            await self.send(
                "Input.dispatchKeyEvent",
                type=kind,
                key=key,
                code=key,
                windowsVirtualKeyCode=code,
                modifiers=modifiers,
                **(down if kind == "keyDown" else {}),
            )

    async def type(self, words: str) -> None:
        """Text into what has the focus."""
        await self.send("Input.insertText", text=words)

    async def look(self, width: int, height: int, *, dark: bool = False, phone: bool = False) -> None:
        """The size of the window, its colours, and whether it is a phone."""
        scale = 2 if phone else 1
        await self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=scale,
            mobile=phone,
        )
        features = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        await self.send("Emulation.setEmulatedMedia", features=features)

    async def screenshot(self, *, whole: bool = False) -> bytes:
        """What is seen, or the whole page, as a PNG."""
        answer = await self.send("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        return base64.b64decode(answer["data"])


@asynccontextmanager
async def page_at(browser: str, address: str) -> AsyncIterator[Page]:
    """A new tab of the browser at `browser`, showing what is at an address."""
    async with aiohttp.ClientSession() as session:
        async with session.put(f"{browser}/json/new?about:blank") as answer:
            tab = await answer.json()
        async with session.ws_connect(tab["webSocketDebuggerUrl"], max_msg_size=0) as socket:
            page = Page(socket)
            for domain in ("Page", "Runtime", "Network", "Log"):
                await page.send(f"{domain}.enable")
            await page.open(address)
            yield page
            await page.send("Page.close")
