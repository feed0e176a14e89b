"""A page in headless Chromium, held to its word: it raises no error and asks nobody but its own server."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

PATIENCE_MS = 60_000.0
FLAGS = (  # a container without a GPU, and nothing asked of the network but what the page asks
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run",
)  # fmt: skip
KNOWN = "import(new URL('page/store.js', document.baseURI).href)"  # the window's page may lie in a folder
NAMES = ("chromium", "chromium-browser", "google-chrome")


def chromium() -> str:
    """Return the browser's path, or skip the test with what is missing."""
    pytest.importorskip("playwright.sync_api", reason="needs playwright (extra `dev`) to drive a browser")
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("needs Chromium (Debian's package `chromium`)")
    return found


@contextmanager
def browser(*flags: str) -> Iterator[Any]:
    """Start a browser, with more flags; proxies of the machine are not for it."""
    path = chromium()
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - skipped above where it is missing

    environment = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=path, args=[*FLAGS, *flags], env=environment)
        yield started
        started.close()


class Seen:
    """An opened page, what it complained of, and whom it asked."""

    def __init__(self, started: Any, base: str, **options: Any) -> None:
        self.context = started.new_context(viewport={"width": 1280, "height": 720}, **options)
        self.page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.within: Any = self.page  # where the window is: here, or in a frame
        self.complaints: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda m: self.complaints.append(m.text) if m.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(f"{request.method} {request.url}"))
        self.base = base

    def outside(self) -> list[str]:
        """Return what was asked of others, or sent."""
        own = f"GET {self.base}/", f"GET blob:{self.base}/"
        return [asked for asked in self.asked if not asked.startswith(own)]

    def data(self) -> dict[str, str]:
        """Return what the page tells of the picture on it."""
        return dict(self.within.evaluate("({...document.getElementById('picture').dataset})"))

    def state(self) -> dict[str, Any]:
        """Return the state as the page has it."""
        return dict(self.within.evaluate(f"{KNOWN}.then(({{known}}) => known.state)"))

    def set(self, **changes: Any) -> None:
        """Change the state as the page's controls do."""
        self.within.evaluate(f"(changes) => {KNOWN}.then(({{set}}) => set(changes))", changes)

    def say(self, kind: str) -> None:
        """Have the page say something."""
        self.within.evaluate(f"(type) => {KNOWN}.then(({{say}}) => say({{type}}))", kind)

    def until(self, expression: str) -> None:
        """Wait until something is true, where `d` is the picture's data, and `known`, `isMoving` the page's own."""
        asked = (
            f"{KNOWN}.then(({{known, isMoving}}) => {{ const d = document.getElementById('picture').dataset;"
            f" return Boolean({expression}); }})"
        )
        deadline = time.monotonic() + PATIENCE_MS / 1000.0
        while not self.within.evaluate(asked):
            assert time.monotonic() < deadline, f"{expression} {self.data()} {self.complaints}"
            self.page.wait_for_timeout(30)

    def answered(self, version: int) -> dict[str, str]:
        """Wait for the resting picture of a newer state than that."""
        self.until(f"known.told.version > {version}")
        return self.rest()

    def version(self) -> int:
        """Return the version of the state."""
        return int(self.within.evaluate(f"{KNOWN}.then(({{known}}) => known.told.version)"))

    def rest(self) -> dict[str, str]:
        """Wait for the resting picture of the newest state, without the losses of JPEG; return its data."""
        self.until(
            "!isMoving() && d.divisor === '1' && d.moving === 'false' && Number(d.state) === known.told.version"
            " && (d.final !== 'true' || (d.exact === d.state && d.linear === d.state))"
        )
        return self.data()

    def pixels(self) -> Any:
        """Return the picture's red, green and blue, [row][column][channel] flat."""
        return self.within.evaluate(
            "Array.from(picture.getContext('2d').getImageData(0, 0, picture.width, picture.height).data)"
        )

    def middle(self) -> tuple[float, float, float, float]:
        """Return the middle of the picture on the screen, its width and height."""
        box = self.page.locator("#frame").bounding_box()
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, box["width"], box["height"]
