"""Lights outside the frame are left out before air and lens are reckoned, and the picture is the same to the bit."""

import numpy as np
import pytest

from render import load_scene
from render.core.lights import CUBE_KM
from render.core.radiance import SKY_WAVELENGTHS_NM
from render.frame import points_of_light as points
from render.frame.moment import moment_of
from render.frame.shutter import through_shutter
from tests.small import through_lens

SIZE = (160, 90)


@pytest.mark.parametrize("focal_mm", [14.0, 80.0])
@pytest.mark.parametrize("name", ["angels_singing", "breakup"])
def test_only_lamps_near_the_frame_are_kept_and_the_picture_is_the_same(name, focal_mm, monkeypatch):
    scene = through_lens(load_scene(name), focal_mm)
    moment = moment_of(scene, scene.time.epoch, SIZE)

    def picture():
        light = np.zeros((len(SKY_WAVELENGTHS_NM), SIZE[1], SIZE[0]), np.float32)
        points.points_of_light(scene, moment).add(light, ["cities"])
        return light

    found = picture()
    every = points.region_lights(scene, moment)
    near = points.lamps_near_frame(every, through_shutter(scene, moment))
    monkeypatch.setattr(points, "lamps_near_frame", lambda lights, instants: lights)
    np.testing.assert_array_equal(found, picture())
    assert found.any() and 0 < len(near.intensity) < len(every.intensity)
    if focal_mm == 80.0:
        assert len(near.intensity) < 0.5 * len(every.intensity)


def test_the_margin_is_wider_than_refraction():
    scene = load_scene("angels_singing")
    moment = moment_of(scene, scene.time.epoch, SIZE)
    every = points.region_lights(scene, moment)
    kept = set(map(tuple, points.lamps_near_frame(every, [moment]).position_km))
    lamps = points.points_of_light(scene, moment)
    camera = moment.camera
    seen = [camera.holds(*c.project(d)[:2]) & c.project(d)[2] for c, d in lamps.lamp_paths]
    assert all(tuple(place) in kept for place in lamps.cities.position_km[np.any(seen, axis=0)])


@pytest.mark.parametrize("focal_mm", [14.0, 80.0])
@pytest.mark.parametrize("name", ["angels_singing", "breakup"])
def test_only_stars_near_the_frame_are_kept_and_the_picture_is_the_same(name, focal_mm, monkeypatch):
    scene = through_lens(load_scene(name), focal_mm)
    moment = moment_of(scene, scene.time.epoch, SIZE)

    def picture():
        light = np.zeros((len(SKY_WAVELENGTHS_NM), SIZE[1], SIZE[0]), np.float32)
        made = points.points_of_light(scene, moment)
        made.add(light, ["stars"])
        return light, len(made.star_irradiance)

    found, near = picture()
    monkeypatch.setattr(points, "stars_near_frame", lambda night, instants: night)
    every, total = picture()
    np.testing.assert_array_equal(found, every)
    assert found.any() and 0 < near < 0.3 * total


def test_each_lamp_lies_in_its_cube():
    scene = load_scene("angels_singing")
    lamps = points.region_lights(scene, moment_of(scene, scene.time.epoch, SIZE))
    cube, centres = lamps.cubes
    assert 10 < len(centres) < 0.1 * len(cube)
    assert np.abs(lamps.position_km - centres[cube]).max() <= 0.5 * CUBE_KM
