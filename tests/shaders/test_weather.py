"""Clouds: how much of the globe they cover, how they look at any resolution, their spectrum, their drift."""

import numpy as np
import pytest
import taichi as ti
import taichi.math as tm

from render import device
from render.earth.settings import EarthSettings
from render.earth.weather import CLOUDY_DEPTH, bias_of, weather_of
from shaders.ground import decks as decks_shader
from shaders.ground import noise, weather
from tests.devices import start_or_skip

COVER_ATOL = 0.03
EARTH_KM = 6371.0


@ti.kernel
def probe(p: ti.types.ndarray(), pixel: float, state: weather.Weather, out: ti.types.ndarray()):
    for i in range(p.shape[0]):
        for deck in range(3):
            found = weather.deck_at(deck, tm.vec3(p[i, 0], p[i, 1], p[i, 2]), pixel, state)
            out[i, 2 * deck], out[i, 2 * deck + 1] = found.x, found.y


@ti.kernel
def probe_noise(p: ti.types.ndarray(), out: ti.types.ndarray()):
    for i in range(p.shape[0]):
        out[i] = noise.space_noise(tm.vec3(p[i, 0], p[i, 1], p[i, 2]), 5)


def decks(p, cover=0.6, seed=1, pixel=2.0, time_s=0.0):
    """Return [place, 3, 2]: optical depth and top of each deck above unit vectors [place, 3]."""
    field = weather_of(EarthSettings(cloud_cover=cover, cloud_seed=seed))
    state = device.record(
        weather.Weather, bias=field.bias, seed=field.seed, drift=field.drift_rad(time_s), mapped=int(field.mapped)
    )
    real = device.running().real
    out = np.empty((len(p), 6), real)
    probe(np.asarray(p, real), pixel, state, out)
    return out.reshape(-1, 3, 2)


def globe(count, seed=0):
    p = np.random.default_rng(seed).normal(size=(count, 3))
    return p / np.linalg.norm(p, axis=1)[:, None]


def square(latitude_deg, longitude_deg, side_km, count):
    """Return unit vectors [row, column, 3] of an even lattice about a place."""
    la, lo = np.radians([latitude_deg, longitude_deg])
    up = np.array([np.cos(la) * np.cos(lo), np.cos(la) * np.sin(lo), np.sin(la)])
    east = np.array([-np.sin(lo), np.cos(lo), 0.0])
    at = (np.arange(count) + 0.5) / count * side_km - side_km / 2.0
    x, y = np.meshgrid(at / EARTH_KM, at / EARTH_KM)
    p = up + x[..., None] * east + y[..., None] * np.cross(up, east)
    return p / np.linalg.norm(p, axis=-1, keepdims=True)


def albedo(depth):
    return 1.0 - 1.0 / (1.0 + 0.1125 * depth)


@pytest.mark.parametrize("cover", [0.2, 0.6, 0.85])
def test_cover_of_the_globe_is_the_scenes(cover):
    start_or_skip("cpu", "single")
    p = globe(12_000)
    found = np.mean([(decks(p, cover, seed)[..., 0].sum(axis=1) > CLOUDY_DEPTH).mean() for seed in (3, 77, 1234)])
    assert found == pytest.approx(cover, abs=COVER_ATOL)
    wrong = (decks(p, min(cover + 0.2, 1.0), 3)[..., 0].sum(axis=1) > CLOUDY_DEPTH).mean()
    assert abs(wrong - cover) > COVER_ATOL  # the check sees a wrong table


def test_no_cover_is_no_cloud_and_depths_are_those_of_clouds():
    start_or_skip("cpu", "single")
    p = globe(6000)
    assert decks(p, 0.0)[..., 0].max() == 0.0
    found = decks(p, 0.6)
    depth = found[..., 0].sum(axis=1)
    assert np.isfinite(found).all() and (found[..., 0] >= 0.0).all()
    assert 2.0 < np.median(depth[depth > CLOUDY_DEPTH]) < 8.0
    for k, (low, high) in enumerate(((0.5, 3.5), (2.5, 9.0), (7.5, 12.0))):
        tops = found[found[:, k, 0] > 0.0, k, 1]
        assert low < tops.min() and tops.max() < high, k
    assert bias_of(0.5) < bias_of(0.6)


def test_seeds_are_other_weathers_and_the_poles_are_places_like_others():
    start_or_skip("cpu", "single")
    p = globe(3000)
    one, other = (albedo(decks(p, seed=seed)[..., 0].sum(axis=1)) for seed in (1, 2))
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.2
    near = square(89.99, 0.0, 100.0, 24).reshape(-1, 3)
    assert np.isfinite(decks(near)).all()


def test_a_coarse_pixel_sees_the_mean_of_fine_ones():
    start_or_skip("cpu", "single")
    fine = albedo(decks(square(48.0, 40.0, 256.0, 256).reshape(-1, 3), pixel=1.0)[..., 0].sum(axis=1))
    coarse = albedo(decks(square(48.0, 40.0, 256.0, 64).reshape(-1, 3), pixel=4.0)[..., 0].sum(axis=1))
    mean = fine.reshape(64, 4, 64, 4).mean(axis=(1, 3)).ravel()
    assert coarse.mean() == pytest.approx(mean.mean(), abs=0.03)
    assert np.sqrt(np.mean((coarse - mean) ** 2)) < 0.08


def test_spectrum_falls_with_five_thirds():
    """Per axis, 4 to 64 km, of the albedo of cloudy squares; white noise falls with 0."""
    start_or_skip("cpu", "single")
    slopes = [spectral_slope(square(*place, 256.0, 256)) for place in ((45.0, 10.0), (52.0, -30.0), (40.0, 150.0))]
    assert np.mean(slopes) == pytest.approx(-5.0 / 3.0, abs=0.35)


def spectral_slope(places):
    field = albedo(decks(places.reshape(-1, 3), 0.7, pixel=1.0)[..., 0].sum(axis=1)).reshape(places.shape[:2])
    window = np.hanning(256)
    lines = (field - field.mean(axis=1, keepdims=True)) * window
    power = (np.abs(np.fft.rfft(lines, axis=1)) ** 2).mean(axis=0)
    wave = np.fft.rfftfreq(256, 1.0)
    some = (wave > 1.0 / 64.0) & (wave < 1.0 / 4.0)
    return np.polyfit(np.log(wave[some]), np.log(power[some]), 1)[0]


def test_clouds_drift_east_without_changing():
    start_or_skip("cpu", "single")
    field, p = weather_of(EarthSettings()), globe(500)
    for deck in range(3):
        turn = field.drift_rad(300.0)[deck]
        c, s = np.cos(turn), np.sin(turn)
        later = decks(p @ np.array([[c, s, 0.0], [-s, c, 0.0], [0.0, 0.0, 1.0]]), time_s=300.0)[:, deck, 0]
        before = decks(p)[:, deck, 0]
        assert np.median(np.abs(later - before)) < 1e-3 and np.mean(np.abs(later - before) > 0.1) < 0.02
        assert 2.9 < turn * EARTH_KM < 7.6  # km in five minutes


def test_noise_is_centred_and_its_spread_is_that_assumed():
    start_or_skip("cpu", "single")
    p = np.random.default_rng(3).uniform(-50.0, 50.0, (40_000, 3)).astype(np.float32)
    out = np.empty(len(p), np.float32)
    probe_noise(p, out)
    assert abs(out.mean()) < 0.01
    assert out.std() == pytest.approx(1.0 / noise.SPREAD, rel=0.15)


def test_devices_have_one_weather(any_device, in_double):
    p = globe(2000)
    found, expected = decks(p)[..., 0], in_double("weather", lambda: decks(p)[..., 0])
    off = np.abs(albedo(found.sum(axis=1)) - albedo(expected.sum(axis=1)))
    assert off.mean() < 4e-3 and np.percentile(off, 95) < 0.01  # cells' edges move by a rounding
    assert any_device.name in ("cpu", "vulkan", "cuda")


@ti.kernel
def probe_shadow(p: tm.vec3, towards: tm.vec3, height: float, out: ti.types.ndarray()):
    found = decks_shader.shadow_place(p, towards, height)
    for k in ti.static(range(3)):
        out[k] = found[k]


@pytest.mark.parametrize("elevation_deg", [5.0, 20.0, 35.0])
def test_a_deck_shades_what_lies_away_from_the_source(elevation_deg):
    """Four km below it lies four km over the tangent of the elevation away; of a high source none is sought."""
    start_or_skip("cpu", "single")
    p, e = np.array([EARTH_KM, 0.0, 0.0]), np.radians(elevation_deg)
    towards, out = np.array([np.sin(e), np.cos(e), 0.0]), np.empty(3, np.float32)
    probe_shadow(tm.vec3(*p), tm.vec3(*towards), 4.0, out)
    assert out[1] * EARTH_KM == pytest.approx(4.0 / np.tan(e), rel=0.02) and abs(out[2]) < 1e-6
    probe_shadow(tm.vec3(*p), tm.vec3(np.sin(1.2), np.cos(1.2), 0.0), 4.0, out)
    np.testing.assert_array_equal(out, 0.0)
