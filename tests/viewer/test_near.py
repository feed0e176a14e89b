"""The stage of coarse passes: wider, rougher, and as near to the exact one as a coarse picture bears."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from render.frame.air import air_column
from render.frame.moment import moment_of
from render.frame.stage import prepare
from render.scene import Scene, load_scene
from render.viewer.near import WIDER, NearStage, widened
from tests.devices import start_or_skip
from tests.small import changed

SIZE, FINEST = (32, 18), (64, 36)
SKY_ERROR = 0.03  # of the local radiance, at the 95th percentile: what a fourth of the table's rows costs


@pytest.fixture(scope="module")
def dawn() -> Scene:
    """Return the main scene at dawn, without what takes long beside the sky."""
    scene = changed(load_scene("angels_singing"), "aurora", enabled=False)
    for section, setting in (("camera", {"exposure": "manual"}), ("station", {"visible": False})):
        scene = changed(scene, section, **setting)
    return changed(changed(scene, "earth", visible=False, cities=False), "sky", stars=False, planets=False, moon=False)


def test_a_wide_camera_sees_the_same_in_its_middle_and_more_beside(dawn: Scene) -> None:
    moment = moment_of(dawn, dawn.time.epoch, SIZE)
    wide_scene, wide = widened(dawn, moment)
    assert wide.camera.columns == np.ceil(WIDER * SIZE[0]) and wide_scene.camera.quality == "glance"
    assert wide.camera.exposure_s < 0.01 and wide.camera.quality == "glance"
    corners = moment.camera.directions_at(np.array([1.0, SIZE[0]]), np.array([1.0, SIZE[1]]))
    x, y, ahead = wide.camera.project(corners)
    assert ahead.all() and (x > 5.0).all() and (x < wide.camera.columns - 4.0).all()
    np.testing.assert_allclose(np.diff(x), SIZE[0] - 1.0, rtol=1e-9)
    np.testing.assert_allclose(np.diff(y), SIZE[1] - 1.0, rtol=1e-9)


def test_the_rough_sky_is_near_the_exact_one(dawn: Scene) -> None:
    device = start_or_skip("cpu")
    epoch = dawn.time.epoch.plus_seconds(200.0)
    moment, finest = (moment_of(dawn, epoch, size) for size in (SIZE, FINEST))
    near = NearStage(device)
    rough = near.stage(dawn, moment, finest, partly=False).march(["sky"]).sky.sum(axis=0)
    exact = prepare(dawn, replace(moment, camera=replace(moment.camera, exposure_s=1e-3)), device)
    light = exact.march(["sky"]).sky.sum(axis=0)
    bright = light > 1e-6 * light.max()  # the rest is night
    error = np.abs(rough[bright] / light[bright] - 1.0)
    assert bright.mean() > 0.2 and 0.0 < np.percentile(error, 95.0) < SKY_ERROR


def test_the_air_stays_in_place_while_the_camera_turns(dawn: Scene) -> None:
    near = NearStage(start_or_skip("cpu"))
    places = set()
    for turn in (0.0, 3.0, 6.0):
        keys = tuple(
            key.model_copy(update={"azimuth_deg": (key.azimuth_deg or 0.0) + turn}) for key in dawn.camera.keys
        )
        turned = changed(dawn, "camera", keys=keys)
        places.add(air_column(near._with_air(turned))[1:3])
    assert len(places) == 1


def test_a_place_that_the_scene_gives_its_air_holds_wherever_the_camera_looks(dawn: Scene) -> None:
    there = changed(dawn, "thermosphere", latitude_deg=50.0, longitude_deg=-70.0)
    turned = changed(there, "camera", keys=(), azimuth_deg=200.0)
    assert air_column(there) == air_column(turned) and air_column(there)[1:3] == (50.0, -70.0)
    assert air_column(dawn) != air_column(changed(dawn, "camera", keys=(), azimuth_deg=200.0))
