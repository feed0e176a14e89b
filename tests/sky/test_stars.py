"""Stars where the almanac has them and as bright as photometry says."""

import numpy as np
import pytest

from render.core.radiance import SKY_WAVELENGTHS_NM
from render.sky.settings import SkySettings
from render.sky.stars import V_ZERO_IRRADIANCE, colour_temperature, planck, star_irradiance, stars

PLACE_DEG = 0.01  # proper motion between the almanac's epoch (J2000) and ours (J2015), for these stars
MAGNITUDE = 0.06  # of V from Hp, and of variable stars

# Name, right ascension and declination (degrees, J2000), V, B-V: SIMBAD, 2026
KNOWN = [
    ("Vega", 279.23473, 38.78369, 0.03, 0.00),
    ("Polaris", 37.95456, 89.26411, 1.98, 0.64),
    ("Betelgeuse", 88.79294, 7.40706, 0.50, 1.50),
    ("Deneb", 310.35798, 45.28034, 1.25, 0.09),
    ("Spica", 201.29825, -11.16132, 0.97, -0.24),
]


def nearest(light, right_ascension, declination):
    ra, dec = np.radians([right_ascension, declination])
    at = np.array([np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)])
    away = np.degrees(2.0 * np.arcsin(np.linalg.norm(light.direction_gcrs - at, axis=1) / 2.0))
    return int(away.argmin()), float(away.min())


@pytest.mark.parametrize(("name", "ra", "dec", "v", "b_v"), KNOWN, ids=[k[0] for k in KNOWN])
def test_bright_stars_stand_and_shine_as_catalogued(name, ra, dec, v, b_v):
    light = stars(SkySettings(magnitude_limit=3.0))
    index, away = nearest(light, ra, dec)
    assert away < PLACE_DEG
    at_v = np.interp(550.0, SKY_WAVELENGTHS_NM, light.irradiance[index])
    tolerance = 0.15 if name == "Betelgeuse" else MAGNITUDE
    assert -2.5 * np.log10(at_v / V_ZERO_IRRADIANCE) == pytest.approx(v, abs=tolerance)


def test_star_of_magnitude_zero_and_five():
    assert star_irradiance([0.0, 5.0], [0.0, 1.2], [550.0])[:, 0] == pytest.approx([3.63e-11, 3.63e-13])


def test_colour_follows_temperature():
    assert colour_temperature(0.65) == pytest.approx(5770.0, abs=60.0)  # the Sun, B-V 0.65
    assert (np.diff(colour_temperature(np.linspace(-0.3, 2.0, 20))) < 0.0).all()
    assert colour_temperature(-5.0) == colour_temperature(-0.35)
    blue, red = star_irradiance([0.0, 0.0], [-0.2, 1.6], [450.0, 650.0])
    assert blue[0] > blue[1]
    assert red[0] < red[1]


def test_planck_peaks_at_wiens_law():
    wavelength = np.linspace(300.0, 1500.0, 12001)
    assert wavelength[planck(wavelength, 4000.0).argmax()] == pytest.approx(2.897772e6 / 4000.0, abs=0.2)


def test_magnitude_limit_sorts_and_cuts():
    few, more = stars(SkySettings(magnitude_limit=1.0)), stars(SkySettings(magnitude_limit=6.5))
    assert 10 <= len(few.irradiance) <= 18  # 15 or 16 stars are of first magnitude or brighter
    assert 7500 < len(more.irradiance) < 9500  # the Bright Star Catalogue has 8404 to V 6.5
    ra, dec = np.radians([101.287, -16.716])  # Sirius, the brightest
    assert more.direction_gcrs[0] @ [np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)] > 1.0 - 1e-7
    assert np.linalg.norm(more.direction_gcrs, axis=1) == pytest.approx(1.0)


def test_stars_off_are_none():
    dark = stars(SkySettings(stars=False))
    assert dark.direction_gcrs.shape == (0, 3)
    assert dark.irradiance.shape == (0, 21)
