"""The Moon as a source: the lunar model's irradiance and colour, a disc that keeps it, and how the Moon is turned."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from render.core.epoch import Epoch
from render.core.radiance import SKY_WAVELENGTHS_NM
from render.observer import ephemeris
from render.sky import moonlight
from render.sky.lunar_axes import facing, moon_from_gcrs
from render.sky.sunlight import solar_irradiance

# Phase angle, deg; irradiance over the Sun's, mean of the bands at 544, 549 and 554 nm; lx above the air; reflectance
# at 442 and 693 nm over that at 554: the coefficients of Kieffer & Stone 2005 at mean distance, Sun over longitude 0
TABLE = [
    (1.5, 2.75e-6, 0.352, 0.83, 1.20), (5.0, 2.20e-6, 0.281, 0.82, 1.21), (10.0, 1.81e-6, 0.232, 0.81, 1.22),
    (20.0, 1.39e-6, 0.178, 0.80, 1.24), (45.0, 7.6e-7, 0.097, 0.78, 1.27), (60.0, 5.2e-7, 0.066, 0.775, 1.28),
    (90.0, 2.1e-7, 0.027, 0.77, 1.30),
]  # fmt: skip
ROUNDED = 0.012  # of the table's figures
SMOOTHED = 0.02  # of colours by a parabola through bands that scatter
LUX_PER_GREEN = 0.352 / 2.75e-6 / 1.858  # lx per W m-2 nm-1 at 550 nm of sunlight's spectrum
DISC_RTOL = 0.01  # mean of a pixelled disc
LIBRATION_DEG = (8.2, 6.95)  # largest in longitude and latitude


def at(wavelength_nm, values):
    return np.interp(wavelength_nm, SKY_WAVELENGTHS_NM, values)


def green_share(degrees):
    irradiance = moonlight.moon_irradiance(np.radians(degrees), moonlight.MOON_MEAN_DISTANCE_KM)
    return at(549.0, irradiance / solar_irradiance())


def allen(degrees):
    """Return the law of Allen 1976, which has no surge."""
    return 10.0 ** (-0.4 * (-12.73 + 0.026 * degrees + 4e-9 * degrees**4 + 26.74))


@pytest.mark.parametrize(("degrees", "share", "lux", "blue", "red"), TABLE)
def test_irradiance_and_colour_are_the_lunar_models(degrees, share, lux, blue, red):
    band, coefficients = moonlight.rolo_coefficients()
    published = moonlight.lunar_reflectance(coefficients, np.radians(degrees))
    green = published[(band > 540.0) & (band < 556.0)].mean()
    assert green * moonlight.MOON_SOLID_ANGLE_SR / np.pi == pytest.approx(share, rel=ROUNDED)
    assert green_share(degrees) == pytest.approx(share, rel=ROUNDED)
    assert green_share(degrees) * solar_irradiance()[8:10].mean() * LUX_PER_GREEN == pytest.approx(lux, rel=0.02)
    ours = moonlight.moon_irradiance(np.radians(degrees), moonlight.MOON_MEAN_DISTANCE_KM) / solar_irradiance()
    assert at(442.0, ours) / at(554.0, ours) == pytest.approx(blue, rel=SMOOTHED)
    assert at(693.0, ours) / at(554.0, ours) == pytest.approx(red, rel=SMOOTHED)


def test_a_law_without_surge_would_fail():
    assert allen(1.5) / green_share(1.5) == pytest.approx(0.87, abs=0.01)
    assert allen(20.0) / green_share(20.0) == pytest.approx(1.11, abs=0.01)


def test_moonlight_reddens_with_phase():
    slopes = []
    for degrees in (7.0, 60.0):
        irradiance = moonlight.moon_irradiance(np.radians(degrees), moonlight.MOON_MEAN_DISTANCE_KM)
        share = irradiance / solar_irradiance()
        slopes.append(np.polyfit(SKY_WAVELENGTHS_NM[3:] - 550.0, share[3:] / at(550.0, share), 1)[0])
    assert slopes == pytest.approx([1.45e-3, 1.9e-3], rel=0.07)  # per nm


def test_the_waxing_moon_is_brighter():
    """Maria lie in the half that the waning Moon shows: 6 % either way at the quarters."""
    waxing, waning = (
        moonlight.moon_irradiance(np.pi / 2, 384400.0, sun_longitude_rad=sign * np.pi / 2) for sign in (1, -1)
    )
    assert at(550.0, waxing / waning) == pytest.approx(1.13, abs=0.02)
    direction, north = np.array([1.0, 0.0, 0.0]), np.array([0.0, 0.0, 1.0])
    east_on_the_moon = -np.cross(north, direction)  # to the right of an observer in the north: first quarter
    found = [at(550.0, moonlight.moon_source(direction, 384400.0, s * east_on_the_moon).irradiance) for s in (1, -1)]
    assert found == pytest.approx([at(550.0, waxing), at(550.0, waning)])


def test_farther_is_fainter_by_squares():
    near, far, dim = (moonlight.moon_irradiance(0.5, d, s * moonlight.AU_KM) for d, s in ((2e5, 1), (4e5, 1), (2e5, 2)))
    np.testing.assert_allclose([far, dim], [near / 4.0] * 2)


@given(st.floats(0.0, 2.9), st.floats(-3.0, 3.0))
@settings(max_examples=10, deadline=None)
def test_moon_disc_integrates_to_the_irradiance(phase, turn):
    direction = np.array([1.0, 0.0, 0.0])
    sun = np.array([-np.cos(phase), np.sin(phase), 0.0])
    axes = facing(np.array([np.cos(turn), 0.4, np.sin(turn)]))
    moon = moonlight.moon_source(direction, 384400.0, sun, moon_from_itrs=axes)
    lit, _ = moonlight.disc_means(direction, sun, axes)
    whole = moon.disc_radiance * lit * np.pi * np.sin(moon.angular_radius_rad) ** 2
    np.testing.assert_allclose(whole, moon.irradiance, rtol=DISC_RTOL)


def test_full_moon_is_flat_but_for_its_map():
    lit, albedo = moonlight.disc_means(np.array([1.0, 0.0, 0.0]), np.array([-1.0, 0.0, 0.0]), np.eye(3))
    assert lit / albedo == pytest.approx(0.5)


def test_earthshine_is_a_ten_thousandth_of_the_full_moon_at_new_moon_and_gone_at_full():
    direction = np.array([1.0, 0.0, 0.0])
    new, full = (moonlight.moon_source(direction, 384400.0, s * direction) for s in (1.0, -1.0))
    assert full.earthshine == pytest.approx(0.0, abs=1e-12 * new.earthshine.max())
    assert new.earthshine == pytest.approx(1e-4 * full.disc_radiance * 0.5, rel=0.02)


def test_maria_and_craters_are_where_they_are():
    def albedo(latitude, longitude):
        b, m = np.radians([latitude, longitude])
        return float(moonlight.albedo_at(np.array([np.cos(b) * np.cos(m), np.cos(b) * np.sin(m), np.sin(b)])))

    maria = [albedo(17.0, 59.0), albedo(27.0, 17.0), albedo(35.0, -17.0), albedo(18.0, -57.0)]
    assert max(maria) < 0.6 * albedo(-50.0, 10.0)  # Crisium, Serenitatis, Imbrium, Procellarum; southern highlands
    assert albedo(-43.3, -11.2) > albedo(-50.0, 10.0)  # Tycho


def test_the_moon_keeps_its_face_to_the_earth():
    """The Earth stands within the librations of longitude and latitude 0, and within 1 degree of them in the mean."""
    centre = np.array([0.0, 0.0, 1.0])  # km: at the centre itself the ephemeris divides by zero
    found = []
    for day in range(0, 364, 3):
        epoch = Epoch.parse("2015-01-01T00:00:00Z").plus_seconds(86400.0 * day)
        to_moon = ephemeris.itrs_from_gcrs(epoch).T @ ephemeris.moon(epoch, centre).direction_itrs
        x, y, z = moon_from_gcrs(epoch) @ -to_moon
        found.append((np.degrees(np.arctan2(y, x)), np.degrees(np.arcsin(z))))
    largest, mean = np.abs(found).max(axis=0), np.mean(found, axis=0)
    assert (largest < LIBRATION_DEG).all() and (largest > (6.0, 6.4)).all()
    assert np.abs(mean).max() < 1.0


def test_the_moons_pole_stands_1_54_degrees_from_the_ecliptics():
    turned = moon_from_gcrs(Epoch.parse("2015-01-28T00:00:00Z"))
    np.testing.assert_allclose(turned @ turned.T, np.eye(3), atol=1e-12)
    pole = [0.0, -np.sin(np.radians(23.44)), np.cos(np.radians(23.44))]
    assert turned[2] @ pole == pytest.approx(np.cos(np.radians(1.54)), abs=2e-4)
