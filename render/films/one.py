"""One frame of a film, rendered and written by this process: what all ways to make a film come down to."""

from __future__ import annotations

import time

from render import device as devices
from render.films.folder import STAMP_KEY
from render.films.plan import FilmPlan, Made
from render.formats.png import write_png, write_png_bands
from render.frame.development import develop_frame, developed_bands
from render.frame.moment import moment_of
from render.frame.render import render_frame
from render.frame.result import frame_header
from render.frame.stage import prepare

WHOLE_PIXELS = 2**22  # of the largest frame that is developed whole; larger ones are written in bands of rows


def render_one(plan: FilmPlan, index: int, device: str = "auto", *, durable: bool = True) -> Made:
    """Render a frame of a film and write it, whole or not at all, under its name and stamp.

    `durable`: the file is on the disk, not only on its way there, when this returns. Raises InputError for an instant
    that the scene's files do not cover, OutputError where the folder takes no file.
    """
    begun, scene = time.monotonic(), plan.scene
    if plan.size[0] * plan.size[1] > WHOLE_PIXELS:
        return _in_bands(plan, index, device, durable, begun)
    frame = render_frame(scene, plan.epoch(index), size=plan.size, device=device)
    metadata = {**frame_header(frame, scene), STAMP_KEY: plan.stamp(index)}
    write_png(plan.path(index), develop_frame(frame, scene), scene.develop.bits, metadata, durable=durable)
    return Made(frame.device.label, time.monotonic() - begun)


def _in_bands(plan: FilmPlan, index: int, device: str, durable: bool, begun: float) -> Made:
    """Render a frame that is too large to be held; the same bands on every machine give the same picture."""
    running = devices.start(device)
    stage = prepare(plan.scene, moment_of(plan.scene, plan.epoch(index), plan.size), running)
    metadata = {**frame_header(stage, plan.scene), STAMP_KEY: plan.stamp(index)}
    bands = developed_bands(stage)
    write_png_bands(plan.path(index), plan.size, bands, plan.scene.develop.bits, metadata, durable=durable)
    return Made(running.label, time.monotonic() - begun)
