"""A published page as picture and as paper, by the Chromium of this machine, without a network."""

import json
import os
import shutil
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from subprocess import DEVNULL, Popen
from tempfile import TemporaryDirectory
from time import monotonic, sleep
from typing import Any

import websocket

from kpi_helpers.errors import KpiError

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
)
FLAGS = ["--headless=new", "--remote-debugging-port=0", "--no-first-run", "--disable-gpu", "--hide-scrollbars"]
FLAGS += ["--disable-background-networking", "--disable-component-update", "--host-resolver-rules=MAP * ~NOTFOUND"]
SECONDS = 60
PHONE, PAPER = 430, 703  # pixels: a large phone; A4 less its margins
TALLEST = 16_000  # pixels of a picture; browsers draw no taller one
DRAWN = "document.readyState === 'complete' && !document.querySelector('.kpi-plot:not(:has(.main-svg))')"
FIRST = "Math.ceil((document.querySelector('.page-part') ?? document.body).getBoundingClientRect().bottom + scrollY)"


def find() -> str:
    """The path of a Chromium, Chrome or Edge; KPI_CHROMIUM goes first. Raises KpiError when there is none."""
    known = [os.environ.get("KPI_CHROMIUM"), *map(shutil.which, NAMES), *(p for p in PLACES if Path(p).exists())]
    found = next((path for path in known if path), None)
    if not found:
        raise KpiError(
            "pictures and PDF need Chromium, Chrome or Edge, and none was found; install one, or set KPI_CHROMIUM to "
            "its path (the page itself needs neither: open it in any browser and print)"
        )
    return found


def picture(page: Path) -> bytes:
    """The first part of a page as a long PNG, as wide as a phone and twice as sharp. Raises KpiError as `find`."""
    with _opened(page, PHONE) as say:
        height = say("Runtime.evaluate", expression=FIRST)["result"]["value"]
        clip = {"x": 0, "y": 0, "width": PHONE, "height": height, "scale": min(2, TALLEST / height)}
        return b64decode(say("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)["data"])


def paper(page: Path) -> bytes:
    """A whole page as a PDF on A4. Raises KpiError as `find`."""
    with _opened(page, PAPER) as say:
        return b64decode(say("Page.printToPDF", preferCSSPageSize=True, printBackground=True)["data"])


@contextmanager
def _opened(page: Path, width: int) -> Iterator[Any]:
    """Opens a page with all its charts drawn, in a browser that ends with the block; gives a way to command it."""
    root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with TemporaryDirectory(ignore_cleanup_errors=True) as home:
        browser = Popen([find(), *FLAGS, *root, f"--user-data-dir={home}"], stdout=DEVNULL, stderr=DEVNULL)
        try:
            say = _talking(Path(home) / "DevToolsActivePort", browser)
            say("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
            say("Page.navigate", url=page.resolve().as_uri())
            _until(lambda: say("Runtime.evaluate", expression=DRAWN)["result"].get("value"), "the page was not drawn")
            yield say
        finally:
            browser.kill()
            browser.wait()


def _talking(port: Path, browser: Popen) -> Any:
    """say(method, **params) to a new tab of the browser."""
    _until(lambda: browser.poll() is not None or (port.exists() and "\n" in port.read_text()), "Chromium did not start")
    if browser.poll() is not None:
        raise KpiError(f"Chromium ended at once (status {browser.returncode}); start it by hand to see why")
    at, path = port.read_text().split("\n")[:2]
    line = websocket.create_connection(f"ws://127.0.0.1:{at}{path}", suppress_origin=True, timeout=SECONDS)
    numbers, session = count(1), {}

    def say(method: str, **params: Any) -> dict[str, Any]:
        number = next(numbers)
        line.send(json.dumps({"id": number, "method": method, "params": params, **session}))
        while (answer := json.loads(line.recv())).get("id") != number:
            pass
        if "error" in answer:
            raise KpiError(f"Chromium could not do {method}: {answer['error'].get('message')}")
        return answer["result"]

    tab = say("Target.createTarget", url="about:blank")["targetId"]
    session["sessionId"] = say("Target.attachToTarget", targetId=tab, flatten=True)["sessionId"]
    return say


def _until(done: Any, otherwise: str) -> None:
    end = monotonic() + SECONDS
    while not done():
        if monotonic() > end:
            raise KpiError(f"{otherwise} within {SECONDS} seconds; try again when the machine is less busy")
        sleep(0.1)
