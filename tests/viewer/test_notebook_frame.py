"""The frame of a notebook in a browser: a page on another port that holds it, under several names."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from render.viewer.notebook.asked import Ask
from render.viewer.notebook.server import Server
from render.viewer.notebook.view import LOOPBACK_ORIGINS, NotebookView, view
from tests.viewer.browsing import Seen, browser, chromium
from tests.viewer.conftest import slab_text

SIZE = (64, 36)
ELSEWHERE = "notebook.example"  # a name that leads here in this browser alone (RFC 2606: nobody's)


@pytest.fixture(scope="module")
def started() -> Iterator[Any]:
    chromium()
    with browser(f"--host-resolver-rules=MAP {ELSEWHERE} 127.0.0.1") as one:
        yield one


@pytest.fixture
def scene(tmp_path: Path) -> str:
    file = tmp_path / "slab.toml"
    file.write_text(slab_text(), encoding="utf-8")
    return str(file)


class Notebook:
    """A page that holds what a cell gives, at a port of its own, whatever it is called by."""

    def __init__(self) -> None:
        self.cell = ""
        notebook = self

        class Answers(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200 if self.path == "/" else 204)
                self.send_header("content-type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write(f"<!doctype html><title>cells</title>{notebook.cell}".encode())

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture(scope="module")
def notebook() -> Iterator[Notebook]:
    made = Notebook()
    yield made
    made.server.shutdown()
    made.server.server_close()


def shown(started: Any, notebook: Notebook, window: NotebookView, host: str) -> Seen:
    """Open the notebook's page by a name, with a window as its cell's output."""
    notebook.cell = window._repr_html_()
    seen = Seen(started, window.url.rstrip("/"))
    seen.page.goto(f"http://{host}:{notebook.port}/")
    seen.within = seen.page.wait_for_selector("iframe").content_frame()
    return seen


def brightness(seen: Seen) -> float:
    return float(np.reshape(seen.pixels(), (-1, 4))[:, :3].mean())


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_picture_and_controls_are_in_the_frame(started: Any, notebook: Notebook, scene: str, host: str) -> None:
    with view(scene, size=SIZE, device="cpu") as window:
        seen = shown(started, notebook, window, host)
        seen.within.wait_for_selector("#iso")
        seen.rest()
        dark, version, iso = brightness(seen), seen.version(), seen.state()["iso"]
        assert dark > 3.0
        seen.within.focus("#iso")
        for _ in range(3):
            seen.page.keyboard.press("ArrowRight")
        seen.until(f"known.told.version > {version} && known.told.state.iso === {2 * iso}")
        seen.rest()
        assert brightness(seen) > 1.3 * dark
        seen.until(f"location.href === '{window.url}#iso={2 * iso:g}'")  # a link that is copied opens: the key is in it
        page = f"GET http://{host}:{notebook.port}/"
        assert seen.complaints == [] and [one for one in seen.outside() if not one.startswith(page)] == []
        seen.context.close()


@pytest.mark.parametrize(
    ("framed_by", "is_there"),
    [
        (LOOPBACK_ORIGINS, False),
        ((*LOOPBACK_ORIGINS, "http://{}"), True),
        ((*LOOPBACK_ORIGINS, "https://other.example"), False),
        (("*",), True),  # an exception for all would let it in
    ],
)
def test_a_page_from_elsewhere_holds_it_only_where_it_is_named(
    started: Any, notebook: Notebook, scene: str, tmp_path: Path, framed_by: tuple[str, ...], is_there: bool
) -> None:
    named = tuple(one.format(f"{ELSEWHERE}:{notebook.port}") for one in framed_by)
    window = NotebookView(Server(Ask(scene, str(tmp_path), SIZE, "cpu", 0, named)), "100%", 600)
    with window:
        seen = shown(started, notebook, window, ELSEWHERE)
        if is_there:
            seen.within.wait_for_selector("#iso")
            assert seen.complaints == []
        else:
            seen.page.wait_for_function("() => document.readyState === 'complete'")
            seen.page.wait_for_timeout(500.0)
            assert any("frame-ancestors" in complaint for complaint in seen.complaints), seen.complaints
            assert seen.within.url.startswith("chrome-error:") and seen.within.query_selector("#iso") is None
        seen.context.close()


def test_a_page_that_knows_the_port_alone_is_shown_nothing(started: Any, notebook: Notebook, scene: str) -> None:
    with view(scene, size=SIZE, device="cpu") as window:
        base = "/".join(window.url.split("/")[:3])
        notebook.cell = f'<iframe src="{base}/"></iframe>'
        seen = Seen(started, base)
        seen.page.goto(f"http://localhost:{notebook.port}/")
        frame = seen.page.wait_for_selector("iframe").content_frame()
        frame.wait_for_load_state()
        assert frame.inner_text("body").strip() == "open the address that render.view has given"
        seen.context.close()
