"""The Moon's face in the picture: its map the right way round, sunlit below the Sun, earthshine beside."""

import numpy as np
import pytest

from render import device
from render.atmosphere.extinction import build_atmosphere
from render.integrator.sky import pixels as sky
from render.sky import moonlight
from render.sky.lunar_axes import facing
from render.sky.sunlight import sun_source
from tests.devices import start_or_skip
from tests.shaders.test_sky import NOTHING, POSITION, look, rays, towards

DISTANCE_KM = 384400.0
MAP_RTOL = 0.04  # a mean of lines of sight over a pixel against its middle: craters are as small as that
TURN = np.radians(37.0)


def seen(sun_azimuth_deg):
    """Return (picture [row, column] of the band at 560 nm, the Moon, normals [row, column, 3] of its surface)."""
    start_or_skip("cpu", "single")
    camera, toward = look(0.0, 30.0, 0.7, 64, 64), towards(0.0, 30.0)
    sun = sun_source(towards(sun_azimuth_deg, 30.0) if sun_azimuth_deg else -toward)
    c, s = np.cos(TURN), np.sin(TURN)
    axes = np.array([[1.0, 0.0, 0.0], [0.0, c, s], [0.0, -s, c]]) @ facing(toward)
    moon = moonlight.moon_source(toward, DISTANCE_KM, sun.direction_itrs, moon_from_itrs=axes)
    stage = sky.prepare_sky(build_atmosphere(NOTHING), POSITION, sun, moon, camera)
    d = rays(camera)
    offset = (d - (d @ toward)[..., None] * toward) / np.sin(moon.angular_radius_rad)
    mu = np.sqrt(np.maximum(1.0 - (offset**2).sum(-1), 0.0))
    return device.to_host(sky.render_sky(stage, camera, 0, 64))[9], moon, offset - mu[..., None] * toward, mu


@pytest.mark.usefixtures("coarse_sky")
def test_the_full_moon_shows_its_map():
    image, moon, normal, mu = seen(0.0)
    face = mu > 0.4
    expected = 0.5 * moon.disc_radiance[9] * moonlight.albedo_at(normal @ moon.moon_from_itrs.T)
    assert np.median(image[face] / expected[face]) == pytest.approx(1.0, abs=0.01)
    assert np.abs(image[face] / expected[face] - 1.0).mean() < MAP_RTOL
    assert np.corrcoef(image[face], expected[face])[0, 1] > 0.97
    mirrored = image[:, ::-1]
    assert np.corrcoef(mirrored[face], expected[face])[0, 1] < 0.7  # a map the wrong way round would be seen


@pytest.mark.usefixtures("coarse_sky")
def test_beside_the_crescent_lies_earthshine():
    image, moon, normal, mu = seen(25.0)
    dark = (mu > 0.5) & (normal @ towards(25.0, 30.0) < -0.1)
    expected = moon.earthshine[9] * moonlight.albedo_at(normal @ moon.moon_from_itrs.T)
    assert dark.sum() > 100
    assert np.median(image[dark] / expected[dark]) == pytest.approx(1.0, abs=0.02)
    assert image.max() > 200.0 * image[dark].max()
