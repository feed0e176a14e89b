"""The pixel's look-up: mapping pairs, where the limb falls, discs, ground light, interpolation against the march."""

from types import SimpleNamespace

import numpy as np
import pytest
import taichi as ti

from render import device
from render.atmosphere import sunlight
from render.atmosphere.extinction import build_atmosphere
from render.atmosphere.settings import AtmosphereSettings
from render.core.geodesy import itrs_from_geodetic, itrs_from_local
from render.core.radiance import SKY_WAVELENGTHS_NM
from render.integrator.sky import pixels as sky
from render.integrator.sky import sky_view
from render.integrator.sky.scattered import WGS84_KM, march, rays_through, scattering_air
from render.sky.moonlight import moon_source
from render.sky.sunlight import sun_source
from shaders.sky import pixels as shader
from tests.devices import start_or_skip

PLACE = (43.0, -75.0)
POSITION = itrs_from_geodetic(*PLACE, 415.0)
BANDS = len(SKY_WAVELENGTHS_NM)
ROW_ATOL = 0.05  # rows; single precision near the horizon, 0.3 m
INTERPOLATION_P95 = 0.01  # of the local radiance where it exceeds 1e-3 of the brightest
PRECISION_RTOL, PRECISION_ATOL = 5e-4, 1e-5  # of the value; of the maximum
DISC_RTOL = 0.02  # 68 pixels across; a crescent is thinner
NOTHING = AtmosphereSettings(enabled=False)


def towards(azimuth_deg, elevation_deg):
    a, e = np.radians([azimuth_deg, elevation_deg])
    return itrs_from_local(*PLACE) @ [np.sin(a) * np.cos(e), np.cos(a) * np.cos(e), np.sin(e)]


def look(azimuth_deg, elevation_deg, field_deg, columns, rows):
    z = towards(azimuth_deg, elevation_deg)
    x = np.cross(z, towards(0.0, 90.0))
    x /= np.linalg.norm(x)
    scale = 2.0 * np.tan(np.radians(field_deg) / 2.0) / columns
    return SimpleNamespace(
        rows=rows, columns=columns, itrs_from_camera=np.stack([x, np.cross(z, x), z], axis=1),
        tangent_from_pixel=np.eye(2) * scale, reference_pixel=np.array([(columns + 1) / 2, (rows + 1) / 2]),
    )  # fmt: skip


def rays(camera):
    x, y = np.meshgrid(np.arange(1.0, camera.columns + 1.0), np.arange(1.0, camera.rows + 1.0))
    uv = (np.stack([x, y], -1) - camera.reference_pixel) @ camera.tangent_from_pixel.T
    d = np.concatenate([uv, np.ones((*x.shape, 1))], -1) @ camera.itrs_from_camera.T
    return d / np.linalg.norm(d, axis=-1, keepdims=True)


def lowest_in_scaled_space(direction, position=POSITION):
    q, d = position / WGS84_KM, direction / WGS84_KM
    return np.linalg.norm(q - ((d @ q) / (d * d).sum(-1))[..., None] * d, axis=-1)


def ground(albedo=0.0, night=0.0):
    return sky.GroundModel(np.zeros((18, 5), np.uint8), np.full((1, BANDS), albedo), np.full(BANDS, night))


def render(camera, sun, moon=None, settings=None, model=None, running=None):
    running = running or start_or_skip("cpu", "single")
    atmosphere = build_atmosphere(settings or AtmosphereSettings())
    stage = sky.prepare_sky(atmosphere, POSITION, sun, moon, model or ground(), camera)
    return sky.render_sky(stage, camera, 0, camera.rows)


@ti.kernel
def rows_of(angle: ti.types.ndarray(), layout: shader.Layout, out: ti.types.ndarray()):
    for i in range(angle.shape[0]):
        out[i] = shader.view_row(angle[i], layout)


def test_rows_and_their_angles_are_inverse():
    start_or_skip("cpu", "single")
    layout = sky_view.view_layout(POSITION, towards(90.0, -20.0))
    angles, out = sky_view.row_angles(layout), device.empty((sky_view.GROUND_ROWS + sky_view.AIR_ROWS,))
    rows_of(device.upload(angles), sky.device_layout(layout), out)
    expected = np.arange(len(angles), dtype=float)
    expected[0] = sky_view.GROUND_ROWS  # the edge itself counts as air
    np.testing.assert_allclose(out.to_numpy(), expected, atol=ROW_ATOL)


@pytest.mark.usefixtures("coarse_sky")
def test_limb_falls_where_the_ellipsoid_is():
    camera = look(35.0, -20.0, 50.0, 160, 120)
    image = render(camera, sun_source(towards(90.0, 80.0)), settings=NOTHING, model=ground(1.0, 1.0))
    assert (lowest_in_scaled_space(rays(camera)) < 1.0).mean() > 0.3
    np.testing.assert_array_equal(image[9] > 0.1, lowest_in_scaled_space(rays(camera)) < 1.0)


@pytest.mark.usefixtures("coarse_sky")
def test_ground_under_starlight_is_lambertian():
    camera = look(0.0, -89.0, 40.0, 16, 12)
    image = render(camera, sun_source(towards(0.0, -90.0)), settings=NOTHING, model=ground(0.4, 2.0))
    np.testing.assert_allclose(image, 0.4 * 2.0 / np.pi, rtol=1e-5)


def test_interpolation_agrees_with_direct_march(monkeypatch):
    running = start_or_skip("cpu", "single")
    # A strip from the ground to the sky beside the Sun's azimuth, where light changes most; the table's steps are kept.
    monkeypatch.setattr(sky_view, "FEWEST_AZIMUTHS", 3)
    atmosphere, camera = build_atmosphere(AtmosphereSettings()), look(117.0, -19.0, 10.0, 16, 96)
    for elevation in (-24.0, -21.0, -12.0, 10.0):
        sun = sun_source(towards(125.0, elevation))
        image = render(camera, sun, running=running).reshape(BANDS, -1).T
        direction = rays(camera).reshape(-1, 3)
        air = scattering_air(atmosphere)
        shrunk = POSITION * air.optical.shrink(415.0)
        hit = lowest_in_scaled_space(direction, shrunk) < 1.0
        paths = rays_through(np.broadcast_to(shrunk, direction.shape), direction, WGS84_KM, hit)
        direct = march(air, [sun], direction, *paths).total
        seen = direct > 1e-3 * direct.max(axis=0)
        assert np.percentile(np.abs(image[seen] / direct[seen] - 1.0), 95) < INTERPOLATION_P95, elevation


def test_azimuths_between_marched_ones_are_cubic():
    camera = look(117.0, -19.0, 10.0, 16, 96)
    layout = sky_view.view_layout(POSITION, towards(117.0, -19.0), camera)
    azimuth, rows = layout.azimuths / layout.azimuths[0], sky_view.GROUND_ROWS + sky_view.AIR_ROWS
    curve = 1.0 + azimuth - 2.0 * azimuth**2 + 3.0 * azimuth**3
    marched = np.tile(curve[:: sky_view.AZIMUTHS_APART], rows)[:, None]
    assert len(marched) == len(sky_view.view_rays(layout, POSITION)[0])
    table = sky_view.all_azimuths(layout, marched)
    assert table.shape == (rows, len(azimuth), 1)
    np.testing.assert_allclose(table[..., 0], np.broadcast_to(curve, table.shape[:2]), atol=1e-9)
    bent = np.abs(sky_view.all_azimuths(layout, marched**2)[0, :, 0] - curve**2)
    assert bent.max() > 1e-6  # of degree six: it does not pass whatever it is given


@pytest.mark.usefixtures("coarse_sky")
def test_devices_agree_and_nothing_is_negative(any_device, in_double):
    camera = look(100.0, -20.0, 60.0, 48, 32)
    sun = sun_source(towards(95.0, -21.0))
    moon = moon_source(towards(300.0, 20.0), 384400.0, sun.direction_itrs)
    found = render(camera, sun, moon, model=ground(0.2, 1e-8), running=any_device)
    running = any_device
    expected = in_double("sky", lambda: render(camera, sun, moon, model=ground(0.2, 1e-8), running=running))
    assert np.isfinite(found).all() and (found >= 0.0).all() and found.max() > 0.0
    np.testing.assert_allclose(found, expected, rtol=PRECISION_RTOL, atol=PRECISION_ATOL * expected.max())


@pytest.mark.usefixtures("coarse_sky")
def test_rows_rendered_alone_are_the_same():
    start_or_skip("cpu", "single")
    camera = look(90.0, -20.0, 60.0, 40, 30)
    atmosphere = build_atmosphere(AtmosphereSettings())
    stage = sky.prepare_sky(atmosphere, POSITION, sun_source(towards(90.0, -22.0)), None, ground(0.1), camera)
    whole = sky.render_sky(stage, camera, 0, 30)
    np.testing.assert_array_equal(sky.render_sky(stage, camera, 11, 7), whole[:, 11:18])


@pytest.mark.usefixtures("coarse_sky")
@pytest.mark.parametrize("body", ["sun", "crescent", "gibbous"])
def test_disc_in_the_picture_holds_the_irradiance(body):
    camera = look(0.0, 30.0, 1.0, 128, 128)
    sun = sun_source(towards(0.03, 30.02) if body == "sun" else towards(70.0 if body == "crescent" else 160.0, 30.0))
    moon = None if body == "sun" else moon_source(towards(0.03, 30.02), 384400.0, sun.direction_itrs)
    image = render(camera, sun, moon, settings=NOTHING)
    steradian = np.linalg.det(camera.tangent_from_pixel)  # the field is small: cos^3 is 1 within 2e-4
    expected = (sun if moon is None else moon).irradiance
    np.testing.assert_allclose(image.sum(axis=(1, 2)) * steradian, expected, rtol=DISC_RTOL)


@pytest.mark.usefixtures("coarse_sky")
def test_earth_hides_the_sun():
    camera = look(90.0, -25.0, 3.0, 32, 32)
    assert render(camera, sun_source(towards(90.0, -25.0)), settings=NOTHING).max() == 0.0


def test_refraction_flattens_and_lifts_the_low_sun(monkeypatch):
    monkeypatch.setattr(sky_view, "FEWEST_AZIMUTHS", 5)  # one degree wide
    # True centre 0.5 degree above the geometric horizon: 0.71 as high as wide (Abel integral over a sphere)
    dip = np.degrees(np.arccos(6378.137 / (6378.137 + 415.0)))
    here = itrs_from_geodetic(0.0, 0.0, 415.0)
    a = np.radians(0.5 - dip)
    sun = sun_source(itrs_from_local(0.0, 0.0) @ [np.cos(a), 0.0, np.sin(a)])  # east, where the equator is a circle
    z = itrs_from_local(0.0, 0.0) @ [np.cos(a), 0.0, np.sin(a)]
    x = np.array([0.0, 0.0, -1.0])
    camera = SimpleNamespace(
        rows=200, columns=200, itrs_from_camera=np.stack([x, np.cross(z, x), z], axis=1),
        tangent_from_pixel=np.eye(2) * np.radians(0.005), reference_pixel=np.array([100.5, 100.5]),
    )  # fmt: skip
    start_or_skip("cpu", "single")
    atmosphere = build_atmosphere(AtmosphereSettings())
    stage = sky.prepare_sky(atmosphere, here, sun, None, ground(), camera)
    disc = sky.render_sky(stage, camera, 0, 200)[19] > 1e-3 * sun.disc_radiance[19]
    across, down = disc.any(axis=0).sum(), disc.any(axis=1).sum()
    assert across * 0.005 == pytest.approx(0.533, rel=0.03)
    assert down / across == pytest.approx(0.71, rel=0.03)
    middle = np.flatnonzero(disc.any(axis=1)).mean()
    assert (99.5 - middle) * 0.005 == pytest.approx(0.1, abs=0.06)  # degrees, up


@pytest.mark.usefixtures("coarse_sky")
def test_air_reddens_the_low_sun():
    camera = look(90.0, -19.65, 1.0, 65, 65)
    image = render(camera, sun_source(towards(90.0, -19.75)))
    centre = image[:, *np.unravel_index(image[19].argmax(), image[19].shape)]
    low = image[:, np.flatnonzero(image[19].max(axis=1) > 0.05 * image[19].max())[-1], 32]
    assert centre[19] > centre[3] > 0.0
    assert low[19] / low[3] > 3.0 * centre[19] / centre[3]  # redder towards the horizon


def test_skylight_is_blue_by_day_and_dies_with_the_twilight():
    start_or_skip("cpu", "single")
    air = scattering_air(build_atmosphere(AtmosphereSettings()))
    whole, nodes = sky.ground_irradiance(air), np.radians([30.0, 90.0, 94.0, 100.0, 107.0])
    bands = np.log(air.diffuse.irradiance.T)
    diffuse = np.exp(np.stack([np.interp(nodes, air.diffuse.zenith_rad, band) for band in bands], -1))
    assert diffuse[0, 3] > 2.0 * diffuse[0, 15]
    assert (np.diff(diffuse, axis=0) < 0.0).all() and diffuse[-1].max() < 1e-7
    assert (whole > 0.0).all() and whole[0, 9] < 1.05
    assert whole[60, 9] == pytest.approx(diffuse[0, 9] + sunlight.ground_irradiance(air.atmosphere, nodes[:1])[0, 9])
