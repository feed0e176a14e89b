"""Light to points on lines of sight: with what lies beyond it is the pixel's own; devices, geometry, errors."""

from types import SimpleNamespace

import numpy as np
import pytest

from render import load_scene
from render.atmosphere.extinction import build_atmosphere
from render.atmosphere.settings import AtmosphereSettings
from render.core.geodesy import geodetic_from_itrs, itrs_from_geodetic, itrs_from_local, tangent_point
from render.core.lines import LINE_KEYS
from render.emission.airglow import gaussian_layer
from render.frame.air import layer_rows, oval_emission
from render.frame.moment import moment_of
from render.geophysics.forms.drive_series import drive_function
from render.integrator.above import thin_layers
from render.integrator.airglow import device_layers, layer_table
from render.integrator.aurora import subauroral
from render.integrator.aurora.magnetosphere import magnetosphere_around
from render.integrator.queries import to_point
from render.integrator.sky.scattered import scattering_air
from render.integrator.sky.transmittance import limb_table, line_wavelengths_nm
from render.sky.sunlight import sun_source
from tests.devices import EVERY, start_or_skip
from tests.integrator.conftest import staged
from tests.marching import marched

SIZE = (48, 27)
PIXEL = 0.005  # of a pixel, or of a hundredth of the line's brightest
SEAM = 0.005  # of the whole, or of a thousandth of the brightest
DEVICES = 0.005
PLACE = (56.0, -95.0)
WHOLE = np.inf
SPLIT = [key for key in LINE_KEYS if key != "O2_A"]  # whose own O2 takes the middle of its lines first


def rays_of(camera):
    """Return the directions of all pixels, [n, 3] ITRS."""
    x, y = np.meshgrid(np.arange(1.0, SIZE[0] + 1.0), np.arange(1.0, SIZE[1] + 1.0))
    uv = (np.stack([x, y], axis=-1) - camera.reference_pixel) @ np.asarray(camera.tangent_from_pixel).T
    direction = np.concatenate([uv, np.ones((*x.shape, 1))], axis=-1) @ np.asarray(camera.itrs_from_camera).T
    return (direction / np.linalg.norm(direction, axis=-1, keepdims=True)).reshape(-1, 3)


@pytest.fixture(scope="module")
def scene():
    """Return the main scene: rays of all its pixels, what shines, the air, and a Sun that lights it."""
    seen = staged(SIZE)
    camera = seen.camera
    direction = rays_of(camera)
    atmosphere = build_atmosphere(seen.scene.atmosphere)
    air = scattering_air(atmosphere)
    layers = layer_rows(seen.scene, oval_emission(seen.scene)[1])
    up = seen.position_km / np.linalg.norm(seen.position_km)
    sun = sun_source(direction[len(direction) // 2] - 0.3 * up)  # behind the limb, ahead
    shining = to_point.Shining(seen.stage, device_layers(layers))

    def ask(direction, distance_km, position=seen.position_km):
        return to_point.light_to_points(air, [sun], shining, position, direction, distance_km)

    return SimpleNamespace(
        seen=seen, direction=direction, air=air, layers=layers, ask=ask, position=seen.position_km,
        tangent_km=tangent_point(seen.position_km, direction)[1], atmosphere=atmosphere,
    )  # fmt: skip


def test_the_whole_way_is_the_pixel(scene):
    camera, rows = scene.seen.camera, SIZE[1]
    seen = limb_table(scene.atmosphere)
    pixels = marched(scene.seen.stage, scene.layers, seen, camera, scene.position, 0, rows)
    found = scene.ask(scene.direction, np.full(len(scene.direction), WHOLE)).lines_r
    pixels = pixels.reshape(len(LINE_KEYS), -1).T.astype(float)
    limit = PIXEL * np.maximum(pixels, 0.01 * pixels.max(axis=0))
    assert (pixels.max(axis=0) > 50.0).sum() > 15
    assert (np.abs(found - pixels) <= limit).mean() > 0.999  # a thin arc far behind grazed air may be bent aside


def chosen(scene):
    """Return rays: grazing the troposphere and the stratosphere, above the air, and one that meets the ground."""
    wanted = (8.0, 15.0, 30.0, 95.0, -60.0)
    return [int(np.abs(scene.tangent_km - km).argmin()) for km in wanted]


def split_at(scene, ray, distance_km):
    """Return (light to a point, transmittance, light beyond, whole), each of (lines, bands)."""
    d = scene.direction[[ray]]
    to, whole = (scene.ask(d, np.array([s])) for s in (distance_km, WHOLE))
    beyond = scene.ask(to.direction, np.array([WHOLE]), to.position_km[0])
    lines = [LINE_KEYS.index(key) for key in SPLIT]
    return (
        (to.lines_r[0, lines], to.sky[0]), (to.line_transmittance[0, lines], to.band_transmittance[0]),
        (beyond.lines_r[0, lines], beyond.sky[0]), (whole.lines_r[0, lines], whole.sky[0]),
        (whole.line_transmittance[0, lines], beyond.line_transmittance[0, lines]),
    )  # fmt: skip


@pytest.mark.parametrize("part", [0.25, 0.8, 0.99, 1.05, 1.3])
def test_light_to_a_point_and_beyond_is_the_pixel(scene, part):
    brightest = scene.ask(scene.direction, np.full(len(scene.direction), WHOLE))
    lines = [LINE_KEYS.index(key) for key in SPLIT]
    floors = brightest.lines_r[:, lines].max(axis=0), brightest.sky.max(axis=0)
    broken = 0
    for ray in chosen(scene):
        lowest = float(tangent_point(scene.position, scene.direction[ray])[0])
        if scene.tangent_km[ray] < 0.0 and part > 0.8:
            continue
        to, left, beyond, whole, parts = split_at(scene, ray, part * lowest)
        for k in range(2):
            limit = SEAM * np.maximum(whole[k], 1e-3 * floors[k])
            np.testing.assert_array_less(np.abs(to[k] + left[k] * beyond[k] - whole[k]), limit + 1e-30)
            broken += int((np.abs(to[k] + beyond[k] - whole[k]) > 4.0 * limit).any())  # the control: no air between
        np.testing.assert_allclose(left[0] * parts[1], parts[0], rtol=SEAM, atol=1e-4)
    assert broken > 0 or part < 0.9


def test_light_grows_and_transmittance_falls_with_distance(scene):
    ray = chosen(scene)[1]
    distance = np.linspace(0.0, 4000.0, 41)
    found = scene.ask(np.repeat(scene.direction[[ray]], len(distance), axis=0), distance)
    np.testing.assert_allclose(found.line_transmittance[0], 1.0, atol=1e-12)
    np.testing.assert_allclose(found.band_transmittance[0], 1.0, atol=1e-12)
    assert (found.lines_r[0] == 0.0).all() and (found.sky[0] == 0.0).all()
    np.testing.assert_allclose(found.position_km[0], scene.position, atol=2e-3)
    for rising in (found.lines_r, found.sky, -found.line_transmittance, -found.band_transmittance):
        # blocks of the march end elsewhere for each point: its own step error
        assert (np.diff(rising, axis=0) >= -0.005 * np.abs(rising).max(axis=0)).all()
    assert found.band_transmittance[-1].max() < 0.95


def test_distances_to_an_altitude_lead_there(scene):
    for altitude in (0.0, 10.0, 60.0, 110.0):
        distance = to_point.distance_to_altitude(scene.air, scene.position, scene.direction, altitude)
        some = np.flatnonzero(np.isfinite(distance))[::40]
        assert len(some) > 3
        place = scene.ask(scene.direction[some], distance[some]).position_km
        np.testing.assert_allclose(geodetic_from_itrs(place)[2], altitude, atol=0.03)
    above = scene.tangent_km > 20.0
    assert np.isinf(to_point.distance_to_altitude(scene.air, scene.position, scene.direction, 10.0)[above]).all()


def test_subauroral_arcs_are_the_pixels(scene):
    other = load_scene("steve")
    moment = moment_of(other, other.time.epoch, SIZE)
    camera, position = moment.camera, moment.observer.position_km
    around = magnetosphere_around(position, moment.epoch.decimal_year)
    kp = float(drive_function(other.drive, other.time.epoch)(np.array([0.0])).kp[0])
    arcs = subauroral.prepare(other.aurora, kp, around, moment.epoch, 0.0)
    nothing = np.zeros((0, 7))
    seen = limb_table(scene.atmosphere)
    pixels = marched(None, nothing, seen, camera, position, 0, SIZE[1], None, arcs)
    pixels = pixels.reshape(len(LINE_KEYS), -1).T.astype(float)
    ends = np.full(len(pixels), WHOLE)
    shining = to_point.Shining(None, None, arcs)
    found = to_point.light_to_points(scene.air, [], shining, position, rays_of(camera), ends).lines_r
    assert pixels.max() > 100.0
    assert (np.abs(found - pixels) <= PIXEL * np.maximum(pixels, 0.01 * pixels.max())).mean() > 0.999


def test_what_stands_above_the_ground_is_not_moved_by_bending():
    # Rays that climb are not turned, as those of pixels: turned about Earth's centre by their bending alone they came
    # from 1.8 km beside, and an arc 45 degrees up stood half a degree off.
    start_or_skip("cpu", "single")
    other = load_scene("steve")
    moment = moment_of(other, other.time.epoch, SIZE)
    latitude, longitude, _ = geodetic_from_itrs(moment.observer.position_km)
    position = itrs_from_geodetic(latitude, longitude, 0.0)
    around = magnetosphere_around(moment.observer.position_km, moment.epoch.decimal_year)
    kp = float(drive_function(other.drive, other.time.epoch)(np.array([0.0])).kp[0])
    shining = to_point.Shining(None, None, subauroral.prepare(other.aurora, kp, around, moment.epoch, 0.0))
    angle = np.radians(np.arange(15.0, 165.0, 0.5))  # along the meridian, from north
    direction = np.stack([0.0 * angle, np.cos(angle), np.sin(angle)], axis=-1) @ itrs_from_local(latitude, longitude).T
    ends = np.full(len(angle), WHOLE)
    bent, straight = (
        to_point.light_to_points(scattering_air(build_atmosphere(air)), [], shining, position, direction, ends).lines_r
        for air in (AtmosphereSettings(), AtmosphereSettings(refraction=False))
    )
    assert straight.max() > 100.0
    np.testing.assert_allclose(bent, straight, rtol=PIXEL, atol=PIXEL * straight.max())


@pytest.mark.parametrize("settings", [AtmosphereSettings(), AtmosphereSettings(enabled=False)])
def test_airglow_on_level_ground_is_that_of_its_sky(settings):
    # The light of all directions above a place, as pixels have it, against the closed form and the table of the air.
    atmosphere = build_atmosphere(settings)
    air = scattering_air(atmosphere)
    layers = [gaussian_layer("557.7", 96.0, 9.0, 250.0), gaussian_layer("630.0", 250.0, 60.0, 100.0)]
    place, weight = np.polynomial.legendre.leggauss(60)
    root = 0.5 * (place + 1.0)
    sine, share = root**2, 0.5 * weight * 2.0 * root * root**2 * 2.0 * np.pi
    local = np.stack([np.sqrt(1.0 - sine**2), 0.0 * sine, sine], axis=-1)
    direction, position = local @ itrs_from_local(*PLACE).T, itrs_from_geodetic(*PLACE, 2.0)
    shining = to_point.Shining(None, device_layers(layer_table(layers)))
    found = to_point.light_to_points(air, [], shining, position, direction, np.full(60, WHOLE)).lines_r
    slant = thin_layers.slant_table(atmosphere, 2.0, line_wavelengths_nm())
    table = {key: slant[:, LINE_KEYS.index(key)] for key in ("557.7", "630.0")}
    wanted = thin_layers.of_even_layers(layers, 2.0, table)
    for key in table:
        assert share @ found[:, LINE_KEYS.index(key)] == pytest.approx(wanted[key], rel=0.01)


@pytest.mark.parametrize("which", EVERY)
def test_devices_agree(which, in_double):
    start_or_skip(*which)

    def answer():
        air = scattering_air(build_atmosphere(AtmosphereSettings()))
        position = itrs_from_geodetic(*PLACE, 415.0)
        angle = np.radians([-19.0, -20.0, -30.0, 10.0])
        local = np.stack([np.cos(angle), 0.0 * angle, np.sin(angle)], axis=-1)
        direction = local @ itrs_from_local(*PLACE).T
        sun = sun_source(direction[0])
        shining = to_point.Shining(None, device_layers(layer_table([gaussian_layer("Na", 90.0, 9.0, 60.0)])))
        distance = np.array([3000.0, 2000.0, 700.0, 500.0])
        return to_point.light_to_points(air, [sun], shining, position, direction, distance)

    found, wanted = answer(), in_double("to-point", answer)
    for name in ("lines_r", "sky", "line_transmittance", "band_transmittance", "position_km"):
        expected = getattr(wanted, name)
        np.testing.assert_allclose(
            getattr(found, name), expected, rtol=DEVICES, atol=1e-5 * np.abs(expected).max(), err_msg=name
        )


def test_what_cannot_be_asked_is_refused(scene):
    with pytest.raises(ValueError, match="2 directions need as many distances"):
        scene.ask(scene.direction[:2], np.array([1.0]))
    with pytest.raises(ValueError, match="none below 0"):
        scene.ask(scene.direction[:1], np.array([-1.0]))
