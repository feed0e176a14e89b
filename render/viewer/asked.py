"""What server and renderer say to each other, pickled: requests one way, what becomes of them the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from render.imaging.auto_exposure import ExposureCurve
from render.scene import Scene

SOURCES = ("aurora", "airglow", "sky", "stars", "cities", "station")
"""Those of `render.frame.stage`, which the server may not import: Taichi comes with it."""
DIVISORS = (16, 8, 4, 2, 1)
"""Of the picture's sides, pass by pass; the first where the second takes too long to follow a hand."""
MOST_PIXELS, LEAST_SIDE, MOST_SIDE = 1 << 20, 16, 4096


@dataclass(frozen=True)
class FalseColour:
    """Lines in rayleighs, logarithmic from `low_r` to `high_r`, in colours of a `scale`; no `lines`: all of them."""

    lines: tuple[str, ...]
    low_r: float
    high_r: float
    scale: str


@dataclass(frozen=True)
class Start:
    """What a renderer is started for: its device, and the names of the memory that it shares with the server."""

    device: str
    newest: str


@dataclass(frozen=True)
class Request:
    """A picture of a scene at `time_s`, `size` (columns, rows), of light of some `sources` without the `dark` lines.

    `number` grows from request to request; `state`: of the page, that it shows. `moving`: coarse passes only, without
    noise. `base`: the scene as its file has it, whose film is metered where the exposure is automatic. `planes`: the
    name of the memory where the last finished pass is laid.
    """

    number: int
    state: int
    scene: Scene
    base: Scene
    time_s: float
    size: tuple[int, int]
    moving: bool
    sources: frozenset[str]
    dark: frozenset[str] = frozenset()
    false_colour: FalseColour | None = None
    linear: bool = True
    planes: str = ""


@dataclass(frozen=True)
class Ready:
    """The renderer has started its device."""

    device: str


@dataclass(frozen=True)
class Doing:
    """What the renderer does, of which pass, and which share is done."""

    number: int
    doing: str
    share: float | None
    divisor: int | None


@dataclass(frozen=True)
class Pass:
    """A pass of a picture: `head` as the page gets it, the JPEG; of the last the PNG as `polarlight render` has it, of
    those that the page develops itself the linear planes and their head."""

    number: int
    head: dict[str, Any]
    jpeg: bytes
    png: bytes = b""
    linear_head: dict[str, Any] | None = None
    linear: bytes = b""


@dataclass(frozen=True)
class Metered:
    """The exposure of a scene's film, by the scene's hash."""

    scene_hash: str
    curve: ExposureCurve


@dataclass(frozen=True)
class Refused:
    """A request that cannot be met, in one line; `broken`: by a fault of ours, not of the scene."""

    number: int
    text: str
    broken: bool = False


@dataclass(frozen=True)
class Rested:
    """All passes of a request are done, and light is kept apart by source; `counts` of what was made so far."""

    number: int
    counts: dict[str, int]
