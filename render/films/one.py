"""One frame of a film, rendered and written by this process: what all ways to make a film come down to."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable

from render import device as devices
from render.core.errors import OutputError
from render.films.failures import OvertakenError
from render.films.folder import STAMP_KEY, is_written
from render.films.plan import FilmPlan, Made
from render.films.presence import LOOK_EVERY_S, OF_PLACES, Presence
from render.formats.png import write_png, write_png_bands
from render.frame.development import develop_frame, developed_bands
from render.frame.moment import moment_of
from render.frame.render import render_frame
from render.frame.result import frame_header, is_in_bands
from render.frame.stage import prepare
from render.integrator.bands import BAND_PIXELS

TRIES = 3  # to write a frame while its folder comes and goes: within one of our looks at it, they would else not count


def render_one(
    plan: FilmPlan, index: int, device: str = "auto", *, durable: bool = True, band_pixels: int | None = None,
    presence: Presence | None = None,
) -> Made:  # fmt: skip
    """Render a frame of a film and write it, whole or not at all, under its name and stamp.

    `durable`: the file is on the disk, not only on its way there, when this returns. `band_pixels`: of the bands in
    which a large frame is marched, None for the usual ones; the picture is the same. `presence`: of the folder; where
    that is away a frame that is done waits for it. Raises InputError for an instant that the scene's files do not
    cover, OutputError where the folder takes no file, with a presence also FolderAwayError, and OvertakenError where
    another was first.
    """
    begun, scene = time.monotonic(), plan.scene
    if is_in_bands(plan.size):
        return _in_bands(plan, index, device, durable, band_pixels or BAND_PIXELS, presence, begun)
    frame = render_frame(scene, plan.epoch(index), size=plan.size, device=device)
    metadata = {**frame_header(frame, scene), STAMP_KEY: plan.stamp(index)}
    image = develop_frame(frame, scene)

    def write() -> None:
        write_png(plan.path(index), image, scene.develop.bits, metadata, durable=durable)

    _written(plan, index, presence, write)
    return Made(frame.device.label, time.monotonic() - begun)


def _in_bands(
    plan: FilmPlan, index: int, device: str, durable: bool, band_pixels: int, presence: Presence | None, begun: float
) -> Made:
    """Render a frame that is too large to be held; the same bands on every machine give the same picture.

    Where its folder goes before it is whole it is marched anew.
    """
    running = devices.start(device)
    stage = prepare(plan.scene, moment_of(plan.scene, plan.epoch(index), plan.size), running)
    metadata = {**frame_header(stage, plan.scene), STAMP_KEY: plan.stamp(index)}

    def write() -> None:
        bands = developed_bands(stage, band_pixels=band_pixels)
        write_png_bands(plan.path(index), plan.size, bands, plan.scene.develop.bits, metadata, durable=durable)

    _written(plan, index, presence, write)
    return Made(running.label, time.monotonic() - begun)


def _written(plan: FilmPlan, index: int, presence: Presence | None, write: Callable[[], None]) -> None:
    """Write a frame where its folder is there, and nobody has written it meanwhile; raises as `render_one`.

    Who was away for longer than a lease lasts may come back to a frame that another has made, on another device too:
    who was first is right.
    """
    tries, has_written = TRIES if presence else 1, False
    while tries:
        tries -= 1
        if presence:
            presence.wait()
            if is_written(plan.path(index), plan.stamp(index)):
                if has_written:
                    return
                raise OvertakenError(f"frame {index} was written by another meanwhile")
        try:
            write()
            has_written = True
            if presence is None or (presence.is_there() and plan.path(index).exists()):
                return  # and not to where the folder was a moment before
            if not presence.is_there():
                tries = TRIES
        except (OutputError, OSError) as error:
            cause = error if isinstance(error, OSError) else error.__cause__
            if presence and not presence.is_there():
                tries = TRIES
            elif not tries or getattr(cause, "errno", errno.ENOENT) not in OF_PLACES:
                raise
            time.sleep(LOOK_EVERY_S)
    raise OutputError(f"cannot write {plan.path(index)}: it was written {TRIES} times, and is not there")
