"""The two questions as a user asks them, of a scene and an instant."""

import math

import numpy as np
import pytest

from render import load_scene
from render.core.errors import InputError
from render.core.lines import LINE_KEYS
from render.frame.moment import moment_of
from render.frame.stage import prepare
from render.integrator.above import irradiance as above
from render.integrator.above.area import AreaFromAbove
from render.questions import asked as questions
from tests.devices import start_or_skip
from tests.small import changed

GREEN, RED, SODIUM = (LINE_KEYS.index(key) for key in ("557.7", "630.0", "Na"))


@pytest.fixture(scope="module")
def quiet():
    start_or_skip("cpu")
    scene = load_scene("quiet_arc")
    return scene, moment_of(scene, scene.time.epoch, (32, 18))


def test_a_place_under_the_aurora_is_lit_by_it(quiet, monkeypatch):
    monkeypatch.setattr(questions, "MAP_KM", 960.0)  # quicker, and enough for its order
    monkeypatch.setattr(questions, "MAP_PIXELS", 24)
    scene, moment = quiet
    found = questions.light_on_place(scene, moment, 59.0, -102.0, 10.0)
    dim = questions.light_on_place(scene, moment, 59.0, -102.0, 10.0, through_air=True)
    assert 10.0 < found.aurora[GREEN, 0] < 1e5
    assert found.aurora[SODIUM, 0] == 0.0 and 100.0 < found.airglow[SODIUM, 0] < 1000.0
    assert (dim.aurora <= found.aurora).all() and dim.aurora[GREEN, 0] > 0.7 * found.aurora[GREEN, 0]
    np.testing.assert_allclose(found.photons_m2_s / 1e10 * 4.0 * np.pi, found.aurora + found.airglow)
    assert found.sky.shape == (21, 1) and (found.sky >= 0.0).all()


def test_a_place_below_the_airs_ground_has_its_light(quiet):
    scene, moment = quiet
    dark = changed(scene, "aurora", enabled=False)
    low, ground = (questions.light_on_place(dark, moment, 31.5, 35.5, km, through_air=True) for km in (-0.43, 0.0))
    np.testing.assert_array_equal(low.airglow, ground.airglow)
    np.testing.assert_array_equal(low.sky, ground.sky)
    assert np.isfinite(low.sky).all()


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ((91.0, 0.0, 0.0), "latitude of the place is 91 deg; allowed: -90 to 90"),
        ((math.nan, 0.0, 0.0), "latitude of the place is nan deg"),
        ((0.0, math.inf, 0.0), "longitude of the place is inf deg; allowed: -360 to 360"),
        ((0.0, math.nan, 0.0), "longitude of the place is nan deg"),
        ((0.0, 0.0, -0.6), "altitude of the place is -0.6 km; allowed: -0.5 km and more"),
        ((0.0, 0.0, math.nan), "altitude of the place is nan km"),
        ((0.0, 0.0, math.inf), "altitude of the place is inf km"),
    ],
)
def test_what_is_no_place_is_refused(place, words):
    scene = load_scene("quiet_arc")
    moment = moment_of(scene, scene.time.epoch, (32, 18))
    with pytest.raises(InputError, match=words):
        questions.light_on_place(scene, moment, *place)
    with pytest.raises(InputError, match=words):
        questions.aurora_on_places(scene, moment, AreaFromAbove(*place[:2], 100.0, 4, 4), place[2])


@pytest.mark.usefixtures("coarse_sky")
def test_the_camera_sees_light_in_front_of_the_ground(quiet):
    scene, moment = quiet
    down = -moment.observer.position_km / np.linalg.norm(moment.observer.position_km)
    stage = prepare(scene, moment, start_or_skip("cpu"))
    found = questions.look_to_points(stage, np.stack([down, down]), np.array([200.0, 1e4]))
    assert (found.band_transmittance[0] == 1.0).all() and (found.band_transmittance[1] < 0.95).all()
    assert (found.lines_r[1] >= found.lines_r[0]).all() and found.lines_r[1, SODIUM] > 10.0


def test_layers_keep_all_light_and_its_height():
    altitude = np.linspace(100.0, 500.0, 81)
    weights = above.layer_weights(altitude)
    np.testing.assert_allclose(weights.sum(axis=0), 1.0)
    np.testing.assert_allclose(np.array(above.LAYERS_KM) @ weights, altitude)
