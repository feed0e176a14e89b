"""From radiance to a picture: megapixels exposed and developed per second, with the noise of the sensor."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks import seconds_of
from render import load_scene
from render.core.lines import LINE_KEYS
from render.core.radiance import SKY_WAVELENGTHS_NM, LineRadiance, SkyRadiance
from render.device import Device
from render.frame.development import develop_frame
from render.frame.moment import moment_of
from render.frame.result import Frame
from render.imaging.capture.sensor import collect, read_out

SIZE = (1280, 720)


def measure() -> dict[str, Any]:
    """Return seconds and megapixels per second of exposing, and of exposing and developing."""
    scene = load_scene("angels_singing")
    moment = moment_of(scene, scene.time.epoch, SIZE)
    random = np.random.default_rng(0)
    shape = (SIZE[1], SIZE[0])
    lines = (1e4 * random.random((len(LINE_KEYS), *shape), np.float32)).astype(np.float32)
    light = (1e-8 * random.random((len(SKY_WAVELENGTHS_NM), *shape), np.float32)).astype(np.float32)
    frame = Frame(
        LineRadiance(LINE_KEYS, lines), SkyRadiance(SKY_WAVELENGTHS_NM, light), moment, Device("cpu", "single", "none")
    )  # fmt: skip
    camera = moment.camera

    def exposed() -> object:
        collected = collect(
            frame.lines, frame.sky, photosite_area_m2=camera.photosite_area_m2, f_number=camera.f_number,
            exposure_s=camera.exposure_s,
        )  # fmt: skip
        return read_out(collected, iso=camera.iso)

    develop_frame(frame, scene)  # reads the tables
    megapixels = SIZE[0] * SIZE[1] / 1e6
    expose_s, whole_s = seconds_of(exposed), seconds_of(lambda: develop_frame(frame, scene))
    return {
        "size": list(SIZE), "expose_s": expose_s, "expose_and_develop_s": whole_s,
        "megapixels_per_s": megapixels / whole_s,
    }  # fmt: skip
