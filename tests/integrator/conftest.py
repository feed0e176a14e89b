"""The main scene as the aurora's march sees it, staged on the CPU."""

from types import SimpleNamespace

import numpy as np
import pytest

from render import load_scene
from render.atmosphere.extinction import build_atmosphere
from render.core.lines import LINE_KEYS
from render.frame.air import oval_emission
from render.frame.aurora import aurora_at
from render.frame.moment import moment_of
from render.integrator.aurora import march as aurora
from render.integrator.aurora.magnetosphere import magnetosphere_around
from render.integrator.sky.transmittance import limb_table
from render.observer import ephemeris
from tests.devices import start_or_skip
from tests.marching import marched
from tests.small import through_lens

NO_LAYERS = np.zeros((0, 7))


def staged(size, time_s=0.0, scene=None, device=("cpu", "single"), sun_itrs=None):
    """Return a scene's aurora at an instant: stage, camera, position, scene, and a function that marches it.

    By default the main scene, lit by its own Sun (`sun_itrs`: unit vector, towards another one).
    """
    start_or_skip(*device)
    scene = scene or load_scene("angels_singing")
    moment = moment_of(scene, scene.time.epoch.plus_seconds(time_s), size)
    position, camera = moment.observer.position_km, moment.camera
    around = magnetosphere_around(position, moment.epoch.decimal_year)
    sun = ephemeris.sun(moment.epoch, position).direction_itrs if sun_itrs is None else np.asarray(sun_itrs)
    stage = aurora.prepare_aurora(
        aurora_at(scene, moment.epoch, around), scene.emission, oval_emission(scene)[0], camera, position,
        moment.turn_rad_s, sun,
    )  # fmt: skip
    seen = limb_table(build_atmosphere(scene.atmosphere))

    def march(stage, first_row=0, rows=camera.rows):
        return marched(stage, NO_LAYERS, seen, camera, position, first_row, rows).astype(float)

    return SimpleNamespace(
        scene=scene, stage=stage, camera=camera, position_km=position, around=around, moment=moment, sun=sun,
        march=march,
    )  # fmt: skip


def without_afterglow(scene):
    """Return the scene with all its light prompt."""
    return scene.model_copy(update={"emission": scene.emission.model_copy(update={"afterglow": False})})


def plane(picture, key):
    """Return one line's plane of a picture."""
    return picture[LINE_KEYS.index(key)]


def sharpness(picture):
    """Return the standard deviation of a plane less its mean over 5 x 5 pixels."""
    padded = np.pad(picture, 2, mode="edge")
    rows, columns = picture.shape
    blurred = sum(padded[i : i + rows, j : j + columns] for i in range(5) for j in range(5)) / 25.0
    return float(np.std(picture - blurred))


_held = []


@pytest.fixture(scope="module")
def main_scene():
    """Return the middle of the main scene, at a quarter of its size, staged once per start: tests leave it as it is."""
    running = start_or_skip("cpu")
    if not _held or _held[0] is not running:
        _held[:] = running, staged((160, 90), scene=through_lens(load_scene("angels_singing"), 34.0))
    return _held[1]
