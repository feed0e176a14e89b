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
from render.frame.result import frame_header, is_in_bands
from render.frame.stage import prepare
from render.integrator.bands import BAND_PIXELS


def render_one(
    plan: FilmPlan, index: int, device: str = "auto", *, durable: bool = True, band_pixels: int | None = None
) -> Made:
    """Render a frame of a film and write it, whole or not at all, under its name and stamp.

    `durable`: the file is on the disk, not only on its way there, when this returns. `band_pixels`: of the bands in
    which a large frame is marched, None for the usual ones; the picture is the same. Raises InputError for an instant
    that the scene's files do not cover, OutputError where the folder takes no file.
    """
    begun, scene = time.monotonic(), plan.scene
    if is_in_bands(plan.size):
        return _in_bands(plan, index, device, durable, band_pixels or BAND_PIXELS, begun)
    frame = render_frame(scene, plan.epoch(index), size=plan.size, device=device)
    metadata = {**frame_header(frame, scene), STAMP_KEY: plan.stamp(index)}
    write_png(plan.path(index), develop_frame(frame, scene), scene.develop.bits, metadata, durable=durable)
    return Made(frame.device.label, time.monotonic() - begun)


def _in_bands(plan: FilmPlan, index: int, device: str, durable: bool, band_pixels: int, begun: float) -> Made:
    """Render a frame that is too large to be held; the same bands on every machine give the same picture."""
    running = devices.start(device)
    stage = prepare(plan.scene, moment_of(plan.scene, plan.epoch(index), plan.size), running)
    metadata = {**frame_header(stage, plan.scene), STAMP_KEY: plan.stamp(index)}
    bands = developed_bands(stage, band_pixels=band_pixels)
    write_png_bands(plan.path(index), plan.size, bands, plan.scene.develop.bits, metadata, durable=durable)
    return Made(running.label, time.monotonic() - begun)
