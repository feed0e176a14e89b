"""What the kernel of a notebook asks of a window's server, and its answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from render.scene import Scene

LOOPBACK = "127.0.0.1"


PATIENCE_S = 20.0  # s that a server has to end in: 2 for its pages, 10 for a final picture, 3 for the renderer


@dataclass(frozen=True)
class Ask:
    """A window: of a scene's name, file or value, of `size` (columns, rows), framed by pages of `framed_by`.

    `proxy`: address before the port's number under which the browser finds it; "": the browser is on this machine.
    """

    scene: str | Scene
    started_in: str
    size: tuple[int, int] | None
    device: str
    port: int
    framed_by: tuple[str, ...]
    proxy: str = ""


@dataclass(frozen=True)
class Opened:
    """The window is served: the scene's name, and the address with its key. What cannot be is answered by the error."""

    name: str
    address: str
