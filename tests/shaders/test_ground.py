"""What comes up from clouds and ground: closed forms without air, energy, devices, rows alone."""

import numpy as np
import pytest
import taichi as ti
import taichi.math as tm

from render.atmosphere.extinction import build_atmosphere
from render.atmosphere.settings import AtmosphereSettings
from render.earth.cloud_light import cloud_tables, diffuse_transmission
from render.earth.settings import EarthSettings
from render.earth.weather import WeatherField, weather_of
from render.integrator.ground import stage as ground
from render.integrator.sky.scattered import scattering_air
from render.sky.moonlight import moon_source
from render.sky.sunlight import sun_source
from shaders.ground import reflection
from tests.devices import start_or_skip
from tests.earth_below import earth, even_night, sky_and_earth
from tests.shaders.test_sky import NOTHING, POSITION, look, towards

DARK_SUN = sun_source(towards(0.0, -90.0))
PRECISION_RTOL, PRECISION_ATOL = 2e-3, 1e-4  # of the value; of the maximum: clouds' edges are sharp


def even_clouds(depth):
    """Return a weather of one optical depth everywhere."""
    return WeatherField(0.0, 0, np.zeros(3), True, np.full((2, 4), depth, np.float32))


def view(model, night=None, sun=DARK_SUN, moon=None, settings=NOTHING, camera=None, rows=None):
    return sky_and_earth(
        camera or look(0.0, -89.0, 40.0, 16, 12), POSITION, build_atmosphere(settings), sun, moon, model, night, rows
    )


@pytest.mark.usefixtures("coarse_sky")
def test_lines_on_bare_ground_are_lambertian():
    start_or_skip("cpu", "single")
    _, lines, veil = view(earth(0.4), even_night(aurora_r_sr=300.0, airglow_r_sr=20.0))
    np.testing.assert_allclose(lines, 0.4 * 320.0 / np.pi, rtol=1e-5)
    np.testing.assert_array_equal(veil, 1.0)


@pytest.mark.usefixtures("coarse_sky")
@pytest.mark.parametrize("depth", [0.5, 3.0, 12.0, 60.0])
def test_even_clouds_under_light_from_all_sides_follow_the_escape_law(depth):
    start_or_skip("cpu", "single")
    camera = look(0.0, -89.9, 2.0, 3, 3)
    out, lines, _ = view(earth(0.0, 2.0, even_clouds(depth)), even_night(aurora_r_sr=100.0), camera=camera)
    expected = (1.0 - float(diffuse_transmission(depth))) * 3.0 / 7.0 * 3.0
    np.testing.assert_allclose(out[:, 1, 1], 2.0 / np.pi * expected, rtol=3e-3)
    np.testing.assert_allclose(lines[:, 1, 1], 100.0 / np.pi * expected, rtol=3e-3)


@pytest.mark.usefixtures("coarse_sky")
@pytest.mark.parametrize("depth", [0.5, 1.5, 6.0, 25.0])
def test_white_ground_under_clouds_sends_all_light_back(depth):
    """By angles of the view, 2 mu d mu of them: whatever a cloud keeps from white ground it has sent up before.

    From mu = 0.05 up: from 0.15, as a coarser picture sees it, the mean of King's law alone is 1.012.
    """
    start_or_skip("cpu", "single")
    camera = look(90.0, -45.0, 8.0, 12, 180)
    out, _, _ = view(earth(1.0, 1.0, even_clouds(depth)), camera=camera)
    mu = cosines(camera, 4.0)
    some = mu > 0.02
    order = np.argsort(mu[some])
    radiance, at = (out[0][some] * np.pi)[order], mu[some][order]
    mean = np.trapezoid(2.0 * at * radiance, at) / np.trapezoid(2.0 * at, at)
    assert at[0] < 0.06
    assert mean == pytest.approx(1.0, abs=0.008)


def cosines(camera, altitude_km):
    """Return [row, column]: cosine between the vertical and the line of sight where it meets a sphere, 0 beside it."""
    x, y = np.meshgrid(np.arange(1.0, camera.columns + 1.0), np.arange(1.0, camera.rows + 1.0))
    uv = (np.stack([x, y], -1) - camera.reference_pixel) @ camera.tangent_from_pixel.T
    d = np.concatenate([uv, np.ones((*x.shape, 1))], -1) @ camera.itrs_from_camera.T
    d /= np.linalg.norm(d, axis=-1, keepdims=True)
    radius = np.linalg.norm(POSITION) - 415.0 + altitude_km
    half = d @ POSITION
    inside = half**2 - (POSITION @ POSITION - radius**2)
    p = POSITION + (-half - np.sqrt(np.maximum(inside, 0.0)))[..., None] * d
    return np.where((inside > 0.0) & (half < 0.0), -(d * p).sum(-1) / radius, 0.0)


@pytest.mark.usefixtures("coarse_sky")
def test_a_low_source_ahead_outshines_one_behind():
    """Cloud of depth 8 at mu0 0.2, mu 0.25: 5.0 of white paper towards the source, 0.38 away from it (Monte Carlo)."""
    start_or_skip("cpu", "single")
    table = cloud_tables().reflectance
    depth = np.array([8.0])
    row = float(np.log(depth[0] / 0.1) * 30.0 / np.log(1000.0))
    i = int(row)
    at = table[i] * (1 - (row - i)) + table[i + 1] * (row - i)
    assert at[3, 2, 0] == pytest.approx(5.0, rel=0.1)
    assert at[3, 2, 5] == pytest.approx(0.38, rel=0.1)
    ahead, behind = (
        view(
            earth(0.0, 0.0, even_clouds(8.0)),
            sun=sun_source(towards(azimuth, 12.0)),
            camera=look(90.0, -22.0, 4.0, 5, 5),
        )
        for azimuth in (90.0, 270.0)
    )
    assert ahead[0][9, 2, 2] > 6.0 * behind[0][9, 2, 2] > 0.0


@ti.kernel
def probe_glint(elevation: ti.types.ndarray(), variance: float, out: ti.types.ndarray()):
    for i in range(elevation.shape[0]):
        c, s = ti.cos(elevation[i]), ti.sin(elevation[i])
        out[i] = reflection.glint(tm.vec3(0.0, 0.0, 1.0), tm.vec3(c, 0.0, s), tm.vec3(-c, 0.0, s), variance)


def test_glint_at_the_mirror_point():
    """Cox and Munk at a wind of 5 m/s, in units of white paper, waves' masking apart (4 % at ten degrees)."""
    start_or_skip("cpu", "single")
    out = np.zeros(4, np.float32)
    probe_glint(np.radians(np.array([10.0, 20.0, 40.0, 70.0], np.float32)), 0.003 + 0.00512 * 5.0, out)
    np.testing.assert_allclose(out, [102.0, 10.1, 0.73, 0.21], rtol=0.06)


@pytest.mark.usefixtures("coarse_sky")
def test_clouds_hide_the_ground_and_its_lights():
    start_or_skip("cpu", "single")
    camera = look(0.0, -89.9, 2.0, 3, 3)
    thin, thick = (view(earth(1.0, 1.0, even_clouds(depth)), camera=camera)[2][1, 1] for depth in (0.2, 30.0))
    assert thin[0] == pytest.approx(np.exp(-0.1), rel=0.01)
    assert thin[1] > thin[0] and thick[0] < 1e-6
    assert thick[1] == pytest.approx(float(diffuse_transmission(30.0)) * 9.0 / 7.0, rel=0.05)  # escape towards nadir


@pytest.mark.usefixtures("coarse_sky")
def test_rows_alone_are_those_of_the_whole_picture():
    start_or_skip("cpu", "single")
    camera, model = look(90.0, -25.0, 50.0, 40, 30), earth(0.1, 1e-8, weather_of(EarthSettings()))
    sun = sun_source(towards(90.0, 5.0))
    whole = view(model, sun=sun, settings=AtmosphereSettings(), camera=camera)
    part = view(model, sun=sun, settings=AtmosphereSettings(), camera=camera, rows=(11, 7))
    np.testing.assert_array_equal(part[0], whole[0][:, 11:18])
    np.testing.assert_array_equal(part[2], whole[2][11:18])


@pytest.mark.usefixtures("coarse_sky")
def test_devices_agree(any_device, in_double):
    camera, model = look(100.0, -30.0, 40.0, 36, 24), earth(0.1, 1e-8, weather_of(EarthSettings(cloud_cover=0.7)))
    sun = sun_source(towards(95.0, -12.0))
    moon = moon_source(towards(300.0, 20.0), 384400.0, sun.direction_itrs)

    def render():
        return view(model, even_night(aurora_r_sr=50.0), sun, moon, AtmosphereSettings(), camera)[0]

    found, expected = render(), in_double("ground", render)
    assert np.isfinite(found).all() and (found >= 0.0).all()
    off = np.abs(found - expected) > PRECISION_RTOL * expected + PRECISION_ATOL * expected.max()
    assert off.mean() < 0.01  # the edges of cells, which a rounding moves


def test_level_light_is_less_air_higher_up():
    start_or_skip("cpu", "single")
    air = scattering_air(build_atmosphere(AtmosphereSettings()))
    table = ground.level_table(air)
    noon, dusk = table[:, 200, :, 9], table[:, 925, :, 9]
    assert (np.diff(noon[1:, 0]) > 0.0).all() and (
        np.diff(noon[:, 1]) < 0.0
    ).all()  # direct light grows, skylight falls
    assert dusk[3, 0] > 0.0 == dusk[0, 0]  # two and a half degrees after sunset below, tops of 10 km still have the Sun
    above = ground.columns_above(air.atmosphere)
    assert above[0, 0] == pytest.approx(1.0) and above[32, 0] == pytest.approx(np.exp(-8.0 / 8.4), rel=0.15)
