"""Stars and streaks that were drawn with known places, lights and lengths are measured as such."""

from __future__ import annotations

import math

import numpy as np
import pytest

from render.instruments import spots, surfaces

ROOM = 60
_erf = np.vectorize(math.erf, otypes=[float])


def drawn_star(x: float, y: float, flux: float, fwhm: float, background: float = 0.01) -> np.ndarray:
    """Return a picture of a Gaussian star, exactly averaged over each pixel."""
    edges = np.arange(ROOM + 1) + 0.5
    sigma = fwhm / 2.354820
    across, down = (np.diff(_erf((edges - c) / (sigma * math.sqrt(2.0)))) / 2.0 for c in (x, y))
    return background + flux * down[:, None] * across


def drawn_streak(x: float, y: float, length: float, angle_deg: float, flux: float = 3.0) -> np.ndarray:
    """Return a picture of an even bar as many stars in a row."""
    steps = (np.arange(60) + 0.5) / 60 - 0.5
    way = np.array([math.cos(math.radians(angle_deg)), math.sin(math.radians(angle_deg))])
    return sum(drawn_star(x + t * length * way[0], y + t * length * way[1], flux / 60, 1.0, 0.0) for t in steps) + 0.01


@pytest.mark.parametrize("fwhm", [0.9, 1.3, 2.2])
@pytest.mark.parametrize("offset", [(0.0, 0.0), (0.31, -0.44), (-0.5, 0.2)])
def test_a_star_has_its_place_light_and_width(fwhm, offset):
    x, y = 30.0 + offset[0], 31.0 + offset[1]
    found = spots.find_star(drawn_star(x, y, 0.7, fwhm), 30.0, 30.0)
    assert found is not None
    assert math.hypot(found.x - x, found.y - y) < 0.02  # pixels
    assert found.flux == pytest.approx(0.7, rel=0.005)
    assert found.fwhm == pytest.approx(fwhm, rel=0.03)


def test_no_star_is_found_where_there_is_none():
    noise = 0.02 + 0.003 * np.random.default_rng(1).standard_normal((ROOM, ROOM))
    assert [spots.find_star(noise, x, 30.0) for x in (20.0, 30.0, 40.0)] == [None] * 3
    assert spots.find_star(drawn_star(40.0, 30.0, 0.7, 1.3), 30.0, 30.0) is None  # ten pixels off
    assert spots.find_star(drawn_star(3.0, 3.0, 0.7, 1.3), 3.0, 3.0) is None  # at the edge


def test_light_within_an_aperture():
    picture = drawn_star(30.2, 30.1, 0.5, 1.3) + 0.02  # a background that is taken off
    assert spots.aperture_sums(picture, np.array([30.2]), np.array([30.1]))[0] == pytest.approx(0.5, rel=0.01)
    assert np.isnan(spots.aperture_sums(picture, np.array([2.0]), np.array([30.0]))[0])


def test_stars_before_something_rough_do_not_count():
    picture = np.full((200, 200), 0.01)
    picture[100:] += 0.3 * np.random.default_rng(2).random((100, 200))
    sums = spots.aperture_sums(picture, np.array([50.0, 80.0, 120.0, 100.0]), np.array([50.0, 60.0, 40.0, 150.0]))
    assert np.isfinite(sums[:3]).all() and np.isnan(sums[3])


@pytest.mark.parametrize(("length", "angle"), [(5.0, 0.0), (7.0, -20.0), (12.0, 60.0)])
def test_a_streak_has_its_length_and_direction(length, angle):
    picture = drawn_streak(30.3, 29.8, length, angle)
    row, column = np.unravel_index(int(np.argmax(picture)), picture.shape)
    found = spots.find_streak(picture, int(row), int(column), 14)
    assert found is not None
    assert found.length == pytest.approx(length, rel=0.06)  # its faint ends fall below the threshold
    assert (found.angle_deg - angle + 90.0) % 180.0 - 90.0 == pytest.approx(0.0, abs=1.5)
    assert math.hypot(found.x - 30.3, found.y - 29.8) < 0.1


def test_peaks_are_counted_above_their_background():
    picture = sum(drawn_star(x, y, 0.5, 1.3, 0.0) for x, y in ((15.0, 15.0), (30.0, 40.0), (48.0, 20.0)))
    picture = picture + np.linspace(0.0, 0.5, ROOM)  # a slope is no star
    over = spots.over_background(picture)
    rows, columns = spots.peaks(over, 24.0 / 255.0, np.ones(picture.shape, bool))
    assert sorted(zip(columns + 1, rows + 1, strict=True)) == [(15, 15), (30, 40), (48, 20)]
    assert len(spots.peaks(over, 24.0 / 255.0, np.zeros(picture.shape, bool))[0]) == 0


def test_grain_is_as_wide_and_as_correlated_as_it_was_made():
    rng = np.random.default_rng(3)
    white = rng.standard_normal((320, 320))
    smooth = (white + np.roll(white, 1, 0) + np.roll(white, 1, 1) + np.roll(white, (1, 1), (0, 1))) / 2.0
    everywhere = np.ones(white.shape, bool)
    for plane, lag in ((white, 0.0), (smooth, 0.5)):
        grey = np.repeat((0.3 + 3.0 / 255.0 * plane)[..., None], 3, axis=-1)
        found = surfaces.grain(grey, everywhere)
        assert found is not None
        assert found["scatter_255"] == pytest.approx(3.0, rel=0.1)
        assert found["lag_1"] == pytest.approx(lag, abs=0.05)
        assert found["red_green"] == pytest.approx(1.0)
    assert surfaces.grain(grey, ~everywhere) is None


def test_corners_that_darken_are_told():
    rng = np.random.default_rng(4)
    radius, v = rng.random(60) ** 0.5, 3.0 + 3.0 * rng.random(60)
    flux = 10.0 ** (-0.4 * v) * 2.0 ** (-2.0 * radius**2) * np.exp(0.05 * rng.standard_normal(60))
    flux[:3] *= 10.0  # of another star
    found = surfaces.corner_stops(radius, v, flux)
    assert found is not None
    assert found["at_0.5"] == pytest.approx(-0.5, abs=0.08) and found["at_0.8"] == pytest.approx(-1.28, abs=0.2)
    assert surfaces.corner_stops(radius[:5], v[:5], flux[:5]) is None


@pytest.mark.parametrize("shift_km", [-4.0, 0.0, 3.0])
def test_a_ridge_and_a_step_are_found_where_they_are(shift_km):
    altitude = np.linspace(260.0, -60.0, 160)[:, None] + np.zeros((1, 240))  # 2 km per pixel
    ridge = 0.05 + 0.1 * np.exp(-0.5 * ((altitude - 97.0 - shift_km) / 4.0) ** 2)
    found = surfaces.edges(ridge, altitude, 97.0, "airglow")
    assert len(found) == surfaces.SECTIONS
    np.testing.assert_allclose([edge.altitude_km for edge in found], 97.0 + shift_km, atol=0.4)
    step = 0.05 + 0.4 / (1.0 + np.exp((altitude - shift_km) / 2.0))
    found = surfaces.edges(step, altitude, 0.0, "limb")
    assert len(found) == surfaces.SECTIONS
    np.testing.assert_allclose([edge.above_px for edge in found], shift_km / 2.0, atol=2.0)
    assert surfaces.edges(np.full(altitude.shape, 0.1), altitude, 97.0, "airglow") == []
    assert surfaces.edges(np.full(altitude.shape, 0.1), altitude, 0.0, "limb") == []
