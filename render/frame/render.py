"""The one road of a frame: Scene + Epoch -> Frame, light absolute and spectral all the way.

The order is that of the light: aurora, airglow and sky are marched in bands of rows; stars and city lights, points to
any lens, are laid on the whole picture; the station stands in front. Nothing is kept from one frame to the next but
what depends on the scene alone; who wants to keep more holds the stages of `render.frame.stage`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace

from render import device as devices
from render.core.epoch import Epoch
from render.device import Device
from render.frame.metering import metered
from render.frame.moment import moment_of
from render.frame.result import Frame
from render.frame.stage import Progress, finish, prepare
from render.scene import Scene

METERED = 0.5  # of a picture's time, about, when its film is metered, where that is not done yet
PREPARED, MARCHED = 0.25, 0.9  # of a frame's time, about, when its stage is prepared and when all rows are marched

_listener: ContextVar[Progress | None] = ContextVar("listener", default=None)


@contextmanager
def stages_heard(listener: Progress) -> Iterator[None]:
    """Let `listener` hear of the stages of each frame that is rendered in the block, as its `progress` does."""
    before = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(before)


def stage_listener() -> Progress:
    """Return what hears of stages here: of `stages_heard`, or nobody. For threads and processes that work for this."""
    return _listener.get() or (lambda share, doing: None)


def render_frame(
    scene: Scene,
    epoch: Epoch | None = None,
    size: tuple[int, int] | None = None,
    device: str = "auto",
    precision: str = "single",
    progress: Progress | None = None,
) -> Frame:
    """Render a scene at an instant (by default its own) and return its radiances at the camera.

    `size` (columns, rows); `device` auto, cuda, metal, vulkan or cpu; `progress` is called with the share done (0 to
    1) and what is being done, before it is done. Raises InputError for what cannot be looked at, DeviceError for an
    absent device.
    """
    started = time.perf_counter()
    listeners = [one for one in (progress, _listener.get()) if one]

    def everybody(share: float, doing: str) -> None:
        for listener in listeners:
            listener(share, doing)

    everybody(0.0, "starting the device")
    running = devices.start(device, precision)
    scene, tell = metered_first(scene, running, everybody)
    moment = moment_of(scene, epoch or scene.time.epoch, size)
    stage = prepare(scene, moment, running, tell=part_of(tell, 0.0, PREPARED))
    light = stage.march(tell=part_of(tell, PREPARED, MARCHED))
    frame = finish(stage, light, tell=part_of(tell, MARCHED, 1.0))
    tell(1.0, "done")
    return replace(frame, seconds=time.perf_counter() - started)


def metered_first(scene: Scene, device: Device, tell: Progress) -> tuple[Scene, Progress]:
    """Return (`metered(scene)`, the progress of what comes after it); raises as `metered`."""
    begun = 0.0

    def of_metering(share: float, doing: str) -> None:
        nonlocal begun
        begun = METERED
        tell(share * METERED, doing)

    scene = metered(scene, device, of_metering)
    return scene, part_of(tell, begun, 1.0)


def part_of(tell: Progress, start: float, stop: float) -> Progress:
    """Return a progress whose 0 to 1 is `start` to `stop` of another."""
    return lambda share, doing: tell(start + share * (stop - start), doing)
