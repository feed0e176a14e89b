"""Noctilucent clouds: where they stand, how bright, and that they add up."""

import numpy as np
import pytest

from render.atmosphere.extinction import build_atmosphere
from render.atmosphere.settings import AtmosphereSettings, NoctilucentLayer
from render.integrator.ground.noctilucent import add_noctilucent, stage_noctilucent
from render.integrator.sky import pixels as sky
from render.integrator.sky.scattered import scattering_air
from render.sky.sunlight import sun_source
from tests.devices import start_or_skip
from tests.shaders.test_sky import POSITION, look, towards


def layer_light(camera, sun, rows=None, **settings):
    """Return what the layer alone adds, [band, row, column]."""
    atmosphere = build_atmosphere(AtmosphereSettings())
    first, count = rows or (0, camera.rows)
    stage = sky.prepare_sky(atmosphere, POSITION, sun, None, camera)
    out = np.zeros((stage.bands, count, camera.columns), np.float32)
    layer = NoctilucentLayer(**{"optical_depth": 1e-4, "from_latitude_deg": 0.0, **settings})
    staged = stage_noctilucent(layer, scattering_air(atmosphere), sun, camera)
    add_noctilucent(staged, stage, camera, first, out)
    return out


@pytest.mark.usefixtures("coarse_sky")
def test_straight_down_it_is_the_product_of_light_depth_and_phase():
    """E tau p(90 deg + elevation) (550 nm / wavelength)^2.5, times 0 to 1.5 by its bands; single scattering."""
    start_or_skip("cpu", "single")
    sun = sun_source(towards(90.0, 30.0))
    found = layer_light(look(0.0, -89.9, 12.0, 48, 48), sun)
    g, cosine = 0.25, -np.sin(np.radians(30.0))
    phase = (1.0 - g * g) / (4.0 * np.pi * (1.0 + g * g - 2.0 * g * cosine) ** 1.5)
    brightest = sun.irradiance[9] * 1e-4 * phase * (560.0 / 550.0) ** -2.5
    assert 0.3 * brightest < found[9].max() < 1.6 * brightest
    assert found[9].min() < 0.5 * found[9].max()  # bands
    bluer = found[2].max() / found[9].max() * sun.irradiance[9] / sun.irradiance[2]
    assert bluer == pytest.approx((420.0 / 560.0) ** -2.5, rel=0.05)


@pytest.mark.usefixtures("coarse_sky")
def test_it_is_dark_in_the_shadow_and_equatorward_of_its_edge():
    start_or_skip("cpu", "single")
    camera = look(0.0, -22.0, 20.0, 24, 16)
    assert layer_light(camera, sun_source(towards(180.0, -60.0))).max() < 1e-30
    assert layer_light(camera, sun_source(towards(0.0, -20.0)), from_latitude_deg=85.0).max() < 1e-30
    assert layer_light(camera, sun_source(towards(0.0, -20.0))).max() > 0.0


@pytest.mark.usefixtures("coarse_sky")
def test_light_grows_with_the_depth_and_rows_are_those_of_the_whole():
    start_or_skip("cpu", "single")
    camera, sun = look(0.0, -19.0, 20.0, 24, 16), sun_source(towards(0.0, -20.0))
    once, twice = (layer_light(camera, sun, optical_depth=depth) for depth in (1e-4, 2e-4))
    np.testing.assert_allclose(twice, 2.0 * once, rtol=2e-3, atol=1e-3 * once.max())
    np.testing.assert_allclose(layer_light(camera, sun, rows=(5, 4)), once[:, 5:9], rtol=1e-5, atol=1e-6 * once.max())


def test_none_is_staged_unless_given_a_depth():
    assert stage_noctilucent(NoctilucentLayer(), None, None, None) is None
