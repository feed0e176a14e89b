"""The march through the aurora: its speed, and what its step and the fineness of its map cost in accuracy.

The experiment behind `shaders.aurora.march` (the step), `render.integrator.aurora.tiles.TEXELS_PER_PIXEL` and
`render.integrator.quality.MEMORY_TEXELS`: the main scene is marched with half the step, and with maps
twice as fine, of now and of the past; errors are per line, in percent of the 99th percentile of the frame. A map that
is finer also shows finer arcs, so that error is largest where one arc fills a pixel; a picture of twice the size, four
pixels taken together, says how far one ray stands for its pixel.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from unittest import mock

import numpy as np

from benchmarks import seconds_of
from render import load_scene
from render.atmosphere.extinction import build_atmosphere
from render.core.lines import AURORA_KEYS
from render.device import synchronise
from render.frame.air import layer_rows, oval_emission
from render.frame.aurora import aurora_at
from render.frame.moment import Moment, moment_of
from render.integrator.airglow import device_layers
from render.integrator.aurora import march as aurora
from render.integrator.aurora import tiles as tiling
from render.integrator.aurora.magnetosphere import magnetosphere_around
from render.integrator.lattice import EVERY_PIXEL, STANDARD, Part, Sampling
from render.integrator.quality import MEMORY_TEXELS, QUALITIES
from render.integrator.sky.transmittance import limb_table
from render.integrator.view import device_view, lower_air
from render.observer import ephemeris
from render.scene import Scene

SIZE = (640, 360)
ERROR_SIZE = (320, 180)


@dataclass(frozen=True)
class Staged:
    """The main scene's aurora, ready to be marched."""

    scene: Scene
    moment: Moment
    stage: aurora.AuroraStage
    air: Any
    view: Any

    def march(self, step_scale: float = 1.0, sampling: Sampling = EVERY_PIXEL) -> np.ndarray:
        """Return rayleighs [line, row, column] with a step this much longer."""
        camera = self.moment.camera
        stage = self.stage.with_step(step_scale)
        part = Part.whole(camera.rows, camera.columns)
        return aurora.march_aurora(stage, None, self.air, self.view, part, sampling)


def staged(size: tuple[int, int]) -> Staged:
    """Return the main scene at its first instant."""
    scene = load_scene("angels_singing")
    moment = moment_of(scene, scene.time.epoch, size)
    air = lower_air(limb_table(build_atmosphere(scene.atmosphere)))
    view = device_view(moment.camera, moment.position_km)
    return Staged(scene, moment, build_map(scene, moment), air, view)


def build_map(scene: Scene, moment: Moment) -> aurora.AuroraStage:
    """Return the map of the aurora of an instant, on the device. Raises ValueError where there is none."""
    position = moment.observer.position_km
    around = magnetosphere_around(position, moment.epoch.decimal_year)
    stage = aurora.prepare_aurora(
        aurora_at(scene, moment.epoch, around), scene.emission, oval_emission(scene)[0], moment.camera, position,
        moment.turn_rad_s, ephemeris.sun(moment.epoch, position).direction_itrs,
    )  # fmt: skip
    if stage is None:
        raise ValueError("the main scene sees no aurora")
    synchronise()
    return stage


def measure() -> dict[str, Any]:
    """Return the speed of the map and of the march as frames have it, on a lattice: texels, and pixels, per second."""
    ready = staged(SIZE)
    ready.march(sampling=STANDARD)  # compiles
    layers = device_layers(layer_rows(ready.scene, oval_emission(ready.scene)[1]))
    pixels = SIZE[0] * SIZE[1]
    map_s = seconds_of(lambda: build_map(ready.scene, ready.moment))
    march_s = seconds_of(lambda: ready.march(sampling=STANDARD))
    airglow_s = seconds_of(
        lambda: aurora.march_aurora(None, layers, ready.air, ready.view, Part.whole(*SIZE[::-1]), STANDARD)
    )
    return {
        "size": list(SIZE), "texels": ready.stage.texels, "map_s": map_s, "texels_per_s": ready.stage.texels / map_s,
        "march_s": march_s, "pixels_per_s": pixels / march_s, "line_pixels_per_s": len(AURORA_KEYS) * pixels / march_s,
        "airglow_s": airglow_s,
    }  # fmt: skip


def errors(size: tuple[int, int] = ERROR_SIZE) -> dict[str, Any]:
    """Return what half the step, a map twice as fine, four rays per pixel, and a lattice of rays change, per line."""
    ready = staged(size)
    whole = ready.march()
    halved = ready.march(0.5)
    with (
        mock.patch.object(tiling, "TEXELS_PER_PIXEL", 2.0 * tiling.TEXELS_PER_PIXEL),
        mock.patch.dict(QUALITIES, {"standard": replace(QUALITIES["standard"], memory_texels=2 * MEMORY_TEXELS)}),
    ):
        finer = replace(ready, stage=build_map(ready.scene, ready.moment))
    twice = staged((2 * size[0], 2 * size[1])).march(0.5)
    mean = twice.reshape(len(twice), size[1], 2, size[0], 2).mean(axis=(2, 4))
    return {
        "size": list(size), "texels_per_pixel": tiling.TEXELS_PER_PIXEL,
        "half_step": differences(whole, halved), "lattice": differences(ready.march(sampling=STANDARD), whole),
        "finer_map": differences(halved, finer.march(0.5)),
        "mean_of_four_rays": differences(halved, mean),
    }  # fmt: skip


def differences(one: np.ndarray, other: np.ndarray) -> dict[str, Any]:
    """Return per line: largest and root mean square difference in percent of the 99th percentile; pixels above 1 %."""
    lines = slice(len(AURORA_KEYS))
    top = np.percentile(other[lines], 99.0, axis=(1, 2))
    percent = 100.0 * np.abs(one - other)[lines].astype(float) / top[:, None, None]
    rows = zip(AURORA_KEYS, percent.max(axis=(1, 2)), np.sqrt((percent**2).mean(axis=(1, 2))), strict=True)
    return {
        "percent_of_p99": {key: {"largest": round(a, 3), "rms": round(b, 4)} for key, a, b in rows},
        "pixels_above_1_percent": int((percent > 1.0).any(axis=0).sum()),
    }
