"""`render.view`: a scene's window in a notebook, as a frame."""

from __future__ import annotations

import os
import re
from html import escape
from typing import TYPE_CHECKING, Any

from render.core.errors import InputError
from render.core.messages import shown
from render.viewer.notebook.asked import Ask
from render.viewer.notebook.server import Server, server_of

if TYPE_CHECKING:
    from render.scene import Scene

LOOPBACK_ORIGINS = ("http://localhost:*", "http://127.0.0.1:*")  # of https too, as a policy has it (CSP 3, 6.7.2.8)
ORIGIN = re.compile(r"https?://[A-Za-z0-9][A-Za-z0-9.-]*(:\d{1,5})?")
PROXY = re.compile(rf"({ORIGIN.pattern})(/[A-Za-z0-9._~%@+-]+)+/?")
WIDTH = re.compile(r"\d{1,4}%|\d{1,5}")
HEIGHT_PX = 640
MOST_SIDE_PX, MOST_PORT = 99_999, 65_535


def view(
    scene: str | os.PathLike[str] | Scene, *, width: int | str = "100%", height: int = HEIGHT_PX,
    size: tuple[int, int] | None = None, device: str = "auto", port: int = 0, origin: str = "",
    proxy: str = "",
) -> NotebookView:  # fmt: skip
    """Show a scene in a frame of a notebook, with all that the command `polarlight view` has.

        import render

        render.view("angels_singing")               # as a cell's last line: the frame
        with render.view("my.toml") as window:      # anywhere: an address for the browser
            print(window.url)

    `scene` is a bundled scene's name, a file, or a `Scene`. A file is watched: what is edited is shown. A `Scene` is
    shown as it stands and has no file; what is saved in the window goes to the notebook's working folder.

    `width` (pixels, or "100%") and `height` (pixels) are the frame's; `size` (columns, rows) is the picture's, by
    default 480x270 pixels' worth in the scene's proportions. `device`: auto, cuda, metal, vulkan or cpu. `port`: of
    the page on this machine; 0 is one that is free. `origin`: of a notebook that is not on this machine's loopback,
    such as "https://hub.example.org", whose pages may then hold the frame too. `proxy`: where jupyter-server-proxy has
    the ports of the kernel's machine, such as "https://hub.example.org/user/me/proxy", if the browser is on another.

    The server is a process of its own, which ends with `close`, with the block of a `with`, and with the kernel. A
    scene has one window: another call ends the one before, or gives it again where nothing else is asked for.
    Needs the extra: pip install 'polarlight[view]'.

    Raises SceneError for a scene that is missing or wrong, InputError for any other argument that cannot be used and
    for a package that is missing, each in one line.
    """
    if type(height) is not int or not 1 <= height <= MOST_SIDE_PX:
        raise InputError(f"height {shown(height)}: allowed: pixels, 1 to {MOST_SIDE_PX}")
    if type(width) not in (int, str) or not WIDTH.fullmatch(str(width)):
        raise InputError(f'width {shown(width)}: allowed: pixels, or a share such as "100%"')
    if type(port) is not int or not 0 <= port <= MOST_PORT:
        raise InputError(f"port {shown(port)}: allowed: 0 (a free one) to {MOST_PORT}")
    if not isinstance(origin, str) or (origin and not ORIGIN.fullmatch(origin)):
        raise InputError(f'origin {shown(origin)}: allowed: scheme, host and port, such as "https://hub.example.org"')
    proxy = without_own_port(proxy) if isinstance(proxy, str) else proxy
    found = PROXY.fullmatch(proxy) if isinstance(proxy, str) else None
    if found is None and proxy != "":
        raise InputError(f'proxy {shown(proxy)}: allowed: an address such as "https://hub.example.org/user/me/proxy"')
    named, place = _asked(scene)
    framed_by = (*LOOPBACK_ORIGINS, *filter(None, (origin, found and found[1])))
    ask = Ask(
        named, os.getcwd(), tuple(size) if isinstance(size, list) else size, device, port, framed_by, proxy
    )  # fmt: skip
    return NotebookView(server_of(ask, place), str(width), height)


def without_own_port(address: str) -> str:
    """Return an address as browsers name it, without the port that its scheme has anyway."""
    return re.sub(r"^(https://[^/:]+):443(?=/)|^(http://[^/:]+):80(?=/)", r"\1\2", address)


def _asked(scene: Any) -> tuple[str | Scene, str]:
    """Return what the server is asked for, and by what place its window is known. Raises InputError."""
    if isinstance(scene, str | os.PathLike):
        name = os.fspath(scene)
        if isinstance(name, str):
            is_bundled = name == os.path.basename(name) and not os.path.exists(name)
            return name, name if is_bundled else os.path.abspath(os.path.expanduser(name))
    else:
        from render.scene import Scene  # noqa: PLC0415 - only where it may be one

        if isinstance(scene, Scene):
            return scene, f"{scene.folder}{os.sep}{scene.name}"
    raise InputError(f"scene {shown(scene)}: allowed: a bundled scene's name, a file's path, a Scene")


class NotebookView:
    """A scene's window, which a notebook shows as a frame; see `render.view`."""

    def __init__(self, server: Server, width: str, height: int) -> None:
        self._server, self._width, self._height = server, width, height

    @property
    def url(self) -> str:
        """Return the address with its key, which any browser of this machine opens."""
        return self._server.opened.address

    @property
    def closed(self) -> bool:
        """Say whether the window has ended."""
        return not self._server.is_open

    def close(self) -> None:
        """End the window, its server and renderer."""
        self._server.close()

    def __enter__(self) -> NotebookView:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<polarlight view of {self._server.opened.name}: {'closed' if self.closed else self.url}>"

    def _repr_html_(self) -> str:
        name = escape(self._server.opened.name)
        if self.closed:
            return f"<p>The window of {name} is closed; run the cell again.</p>"
        return (
            f'<iframe src="{escape(self.url)}" width="{self._width}" height="{self._height}" '
            f'title="polarlight: {name}" style="border: 0" allow="clipboard-write; fullscreen"></iframe>'
        )
