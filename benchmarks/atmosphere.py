"""The sky: seconds to march its table for one instant, rays of that table and pixels looked up per second."""

from __future__ import annotations

import time
from typing import Any

from benchmarks import seconds_of
from render import load_scene
from render.atmosphere.extinction import build_atmosphere
from render.atmosphere.sunlight import sunlight_table
from render.frame.moment import moment_of
from render.frame.sources import sun_and_moon
from render.integrator.sky import pixels as sky
from render.integrator.sky.diffuse import Quadrature, build_diffuse

SIZE = (640, 360)
INSTANTS_S = (0.0, 240.0)  # of the film: in the night, and before sunrise


def measure() -> dict[str, Any]:
    """Return seconds to make the diffuse field's table, and seconds and rates at two instants of the main scene."""
    found: dict[str, Any] = {f"at_{time_s:.0f}_s": _at(time_s) for time_s in INSTANTS_S}
    air = build_atmosphere(load_scene("angels_singing").atmosphere)
    light = sunlight_table(air)
    started = time.perf_counter()
    build_diffuse(air, light, Quadrature())
    return {**found, "diffuse_table_s": time.perf_counter() - started, "bands": len(air.wavelengths_nm)}


def _at(time_s: float) -> dict[str, Any]:
    scene = load_scene("angels_singing")
    moment = moment_of(scene, scene.time.epoch.plus_seconds(time_s), SIZE)
    air, sources = build_atmosphere(scene.atmosphere), sun_and_moon(scene, moment)
    position, camera = moment.observer.position_km, moment.camera

    def prepare() -> sky.SkyStage:
        return sky.prepare_sky(air, position, *sources, camera)

    stage = prepare()  # compiles, and makes what depends on the air alone
    sky.render_sky(stage, camera, 0, camera.rows)
    prepare_s = seconds_of(prepare)
    render_s = seconds_of(lambda: sky.render_sky(stage, camera, 0, camera.rows))
    return {
        "rays": stage.rays, "prepare_sky_s": prepare_s, "rays_per_s": stage.rays / prepare_s,
        "render_sky_s": render_s, "pixels_per_s": SIZE[0] * SIZE[1] / render_s,
    }  # fmt: skip
