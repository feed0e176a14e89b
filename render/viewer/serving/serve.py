"""A window served on this machine until it is ended."""

from __future__ import annotations

import asyncio
import math
import socket
import threading
import time
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvicorn

from render.core.errors import InputError
from render.processes.started import Started
from render.scene import Scene
from render.viewer.serving.application import application
from render.viewer.serving.files import Loaded
from render.viewer.serving.guard import Keys
from render.viewer.serving.messages import MOST_BYTES
from render.viewer.serving.window import Window

PIXELS, MULTIPLE = 480 * 270, 16  # of a picture whose size is not given, and what its width is a multiple of
STARTING_S = 0.02  # s between two looks at whether it is started
GRACE_S = 2  # s that open connections get to end in
PATIENCE_S = 1.5  # s without any page, after which a window that is to close with it does: a page may be loaded anew


class Serving:
    """A window's server, bound to its port but not started; `ahead`: see `render.viewer.renderer.Renderer`."""

    def __init__(
        self, loaded: Loaded, *, host: str, port: int, size: tuple[int, int] | None, device: str, started_in: Path,
        close_with_page: bool = False, framed_by: tuple[str, ...] = (), proxy: str = "", ahead: Started | None = None,
    ) -> None:  # fmt: skip
        self._socket = bound(host, port)
        self.keys = Keys(host, int(self._socket.getsockname()[1]), framed_by, proxy)
        self._closes = close_with_page
        self._window: Window | None = None

        def make() -> Window:
            self._window = Window(loaded, size or size_for(loaded.scene), device, started_in, ahead)
            return self._window

        config = uvicorn.Config(
            application(make, self.keys, self._left), log_level="warning", access_log=False, server_header=False,
            date_header=False, ws="websockets-sansio", ws_max_size=MOST_BYTES, ws_per_message_deflate=False,
            timeout_graceful_shutdown=GRACE_S, lifespan="on",
        )  # fmt: skip
        self._server = uvicorn.Server(config)

    def run(self, *, browser: bool, ready: Callable[[str], None]) -> None:
        """Serve until Ctrl-C; `ready` hears the address, which a browser opens where asked for."""
        ready(self.keys.address)
        if browser:
            threading.Thread(target=webbrowser.open, args=(self.keys.address,), daemon=True).start()
        asyncio.run(self._server.serve(sockets=[self._socket]))

    def end(self) -> None:
        """Have the server end, from any thread; while it is being started it would end without closing anything."""
        while not self._server.started:
            time.sleep(STARTING_S)
        self._server.should_exit = True

    def _left(self) -> None:
        """Hear that the last page is closed."""
        if self._closes:
            asyncio.get_running_loop().call_later(PATIENCE_S, self._end_if_left)

    def _end_if_left(self) -> None:
        if self._window is not None and not self._window.viewers:
            self._server.should_exit = True


def bound(host: str, port: int) -> Any:
    """Return a socket that is bound to a host and port, a free one where it is 0. Raises InputError where it is not."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((host, port))
    except OSError as error:
        made.close()
        raise InputError(f"--host {host} --port {port}: {error.strerror or error}") from None
    made.listen(128)
    made.set_inheritable(False)
    return made


def size_for(scene: Scene) -> tuple[int, int]:
    """Return a size (columns, rows) of PIXELS about, of a scene's proportions."""
    ratio = scene.camera.columns / scene.camera.rows
    columns = max(MULTIPLE, MULTIPLE * round(math.sqrt(PIXELS * ratio) / MULTIPLE))
    return columns, max(MULTIPLE, round(columns / ratio))
