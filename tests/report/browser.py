"""Chromium without a window, spoken to over pipes by its own protocol: a page as a person has it before them."""

from __future__ import annotations

import base64
import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# The browser reads its orders from 3 and answers on 4; what is there by chance is moved out of the way before.
_START = """
import fcntl, os, sys
inward, outward = (fcntl.fcntl(int(number), fcntl.F_DUPFD, 10) for number in sys.argv[1:3])
os.dup2(inward, 3), os.dup2(outward, 4)
os.execv(sys.argv[3], sys.argv[3:])
"""
_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


def find_chromium() -> str | None:
    """The browser on this machine, if there is one."""
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


class Browser:
    """One tab. `requests` are the addresses that it asked for, `complaints` what its console says of faults."""

    def __init__(self, to: int, back: int) -> None:
        self._to, self._back, self._held = to, back, b""
        self._numbers = itertools.count(1)
        self._session: str | None = None
        self._loaded = False
        self.requests: list[str] = []
        self.complaints: list[str] = []
        target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            self._ask(f"{domain}.enable")

    def open(self, address: str, width: int = 1280, height: int = 900, dark: bool = False, script: bool = True) -> None:
        """Load a page as a screen of that size shows it."""
        mobile = width < 500
        self._ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=mobile)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._ask("Emulation.setEmulatedMedia", features=[scheme])
        self._ask("Emulation.setScriptExecutionDisabled", value=not script)
        self._go("about:blank")  # or else a page that differs after # alone would not be loaded anew
        self.requests.clear()
        self.complaints.clear()
        self._go(address)

    def _go(self, address: str) -> None:
        self._loaded = False
        self._ask("Page.navigate", url=address)
        while not self._loaded:
            self._take()

    def value(self, expression: str) -> Any:
        """What an expression of JavaScript gives."""
        found = self._ask("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def picture(self, whole: bool = False) -> bytes:
        """The screen, or the whole page, as a PNG."""
        shot = self._ask("Page.captureScreenshot", format="png", captureBeyondViewport=whole, **self._clip(whole))
        return base64.b64decode(shot["data"])

    def _clip(self, whole: bool) -> dict[str, Any]:
        if not whole:
            return {}
        size = self._ask("Page.getLayoutMetrics")["cssContentSize"]
        return {"clip": {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}}

    def _ask(self, method: str, **values: Any) -> Any:
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": values}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._take()
            if answer.get("id") == number:
                assert "error" not in answer, answer
                return answer["result"]

    def _take(self) -> dict[str, Any]:
        """The next message, noted where it tells of what happens."""
        while b"\0" not in self._held:
            more = os.read(self._back, 1 << 16)
            assert more, "the browser has ended"
            self._held += more
        line, _, self._held = self._held.partition(b"\0")
        message: dict[str, Any] = json.loads(line)
        match message.get("method"), message.get("params", {}):
            case "Page.loadEventFired", _:
                self._loaded = True
            case "Network.requestWillBeSent", values:
                self.requests.append(values["request"]["url"])
            case "Runtime.exceptionThrown", values:
                self.complaints.append(str(values["exceptionDetails"]))
            case "Runtime.consoleAPICalled", values:
                self.complaints.append(str(values["args"]))
            case "Log.entryAdded", values:
                self.complaints.append(str(values["entry"]["text"]))
        return message


@contextmanager
def browser(program: str) -> Iterator[Browser]:
    """A browser that ends with the block."""
    theirs_in, to = os.pipe()
    back, theirs_out = os.pipe()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        options = [
            *("--headless=new", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu", "--no-first-run"),
            *("--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update"),
            f"--user-data-dir={profile}",
        ]
        process = subprocess.Popen(
            [sys.executable, "-c", _START, str(theirs_in), str(theirs_out), program, *options],
            pass_fds=(theirs_in, theirs_out),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        try:
            yield Browser(to, back)
        finally:
            os.close(to)
            os.close(back)
            process.kill()
            process.wait()


def file_address(path: Path) -> str:
    """The address of a file."""
    return path.resolve().as_uri()
