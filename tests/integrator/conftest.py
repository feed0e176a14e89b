"""The main scene as the aurora's march sees it, staged on the CPU."""

from types import SimpleNamespace

import numpy as np
import pytest

from render import load_scene
from render.atmosphere.extinction import build_atmosphere
from render.frame import moment_of
from render.integrator import aurora
from render.staging import limb_table, oval_emission
from tests.devices import start_or_skip

NO_LAYERS = np.zeros((0, 7))


def staged(size, time_s=0.0):
    """Return the main scene's aurora at an instant: stage, camera, position, scene, and a function that marches it."""
    device, scene = start_or_skip("cpu"), load_scene("angels_singing")
    moment = moment_of(scene, scene.time.epoch.plus_seconds(time_s), size)
    position, camera = moment.observer.position_km, moment.camera
    around = aurora.magnetosphere_around(position, moment.epoch.decimal_year)
    stage = aurora.prepare_aurora(
        device, scene.aurora, scene.drive.kp, around, oval_emission(scene)[0], camera, position, moment.epoch, time_s
    )
    seen = limb_table(build_atmosphere(scene.atmosphere))

    def march(stage, first_row=0, rows=camera.rows):
        return aurora.march_aurora(stage, NO_LAYERS, seen, camera, position, first_row, rows).astype(float)

    return SimpleNamespace(
        scene=scene, stage=stage, camera=camera, position_km=position, around=around, moment=moment, march=march
    )


@pytest.fixture(scope="module")
def main_scene():
    """Return the main scene at a quarter of its size."""
    return staged((320, 180))
