"""Starlight and zodiacal light: published brightness, the Galaxy's dark clouds in place, nothing counted twice."""

from __future__ import annotations

import numpy as np
import pytest

from render.core.epoch import Epoch
from render.core.radiance import SKY_WAVELENGTHS_NM
from render.data import build_starlight
from render.observer import ephemeris
from render.sky import background, starlight, zodiacal
from render.sky.settings import SkySettings

# S10(V) of stars fainter than 6.5 by galactic latitude (rows) and longitude: a disc of stars, one of dust and a bar,
# scaled to 24 at the pole (fainter than 6.5: about 30 at the pole less 6 of the brighter ones, Roach & Megill 1961)
LONGITUDES = np.array([0.0, 15.0, 30.0, 60.0, 90.0, 120.0, 180.0, 240.0, 300.0, 330.0, 345.0])
SMOOTH = {
    0.0: (217, 211, 207, 194, 166, 136, 112, 136, 194, 208, 212),
    5.0: (825, 534, 376, 211, 139, 105, 85, 105, 211, 381, 559),
    20.0: (141, 124, 104, 77, 61, 52, 46, 52, 77, 105, 125),
    60.0: (31, 31, 31, 29, 27, 26, 25, 26, 29, 31, 31),
    -5.0: (711, 471, 344, 205, 141, 109, 89, 109, 206, 348, 491),
}
SMOOTH_RTOL = 0.03
MEANS = {(0.0, 5.0): 204.0, (5.0, 10.0): 177.0, (20.0, 40.0): 53.0, (60.0, 90.0): 27.0}  # of the same, over longitude
MEANS_RTOL = 0.15  # dark clouds take, bright fields add


def table_at(longitude_deg, latitude_deg, radius_deg=1.0):
    """Return the mean S10(V), of stars fainter than 6.5, within a square of the shipped table."""
    s10 = np.exp(starlight.unresolved_starlight(SkySettings(magnitude_limit=6.5)).ln_s10)
    rows = np.round((np.array([-radius_deg, radius_deg]) + latitude_deg + 90.0) * 4.0).astype(int)
    columns = np.arange(*np.round((np.array([-radius_deg, radius_deg]) + longitude_deg + 180.0) * 4.0)).astype(int)
    return s10[rows[0] : rows[1], columns % s10.shape[1]].mean()


@pytest.mark.parametrize("latitude", SMOOTH)
def test_smooth_galaxy_is_as_bright_as_published(latitude):
    found = build_starlight.smooth_s10(LONGITUDES, np.full(len(LONGITUDES), latitude))
    np.testing.assert_allclose(found, SMOOTH[latitude], rtol=SMOOTH_RTOL)


@pytest.mark.parametrize(("low", "high"), MEANS)
def test_clouds_keep_the_mean_by_latitude(low, high):
    s10 = np.exp(starlight.unresolved_starlight(SkySettings(magnitude_limit=6.5)).ln_s10)
    latitude = np.abs((np.arange(len(s10)) + 0.5) / len(s10) * 180.0 - 90.0)
    assert s10[(latitude >= low) & (latitude < high)].mean() == pytest.approx(MEANS[low, high], rel=MEANS_RTOL)


@pytest.mark.parametrize(
    ("name", "dark", "beside"),
    [
        ("Coalsack", (302.8, -0.6), (311.0, -0.6)), ("Great Rift in Aquila", (28.0, 3.6), (27.0, -3.5)),
        ("Great Rift in Cygnus", (80.0, 1.5), (68.0, 3.0)), ("rho Ophiuchi", (353.2, 16.7), (347.0, 16.7)),
        ("Pipe", (358.5, 5.6), (1.0, -4.5)), ("Taurus", (171.0, -15.0), (187.0, -15.0)),
        ("Orion A", (211.0, -19.3), (222.0, -19.3)),
    ],
)  # fmt: skip
def test_dark_clouds_are_where_they_are(name, dark, beside):
    assert table_at(*dark) < 0.75 * table_at(*beside), name


def test_bright_fields_are_where_they_are():
    assert table_at(280.0, -33.2) > 2.0 * table_at(280.0, -40.0)  # Large Magellanic Cloud
    assert 400.0 < table_at(27.0, -3.0) < 1100.0  # Scutum
    assert 600.0 < table_at(3.0, -4.5) < 1500.0  # Sagittarius


def test_the_plane_of_the_sky_is_the_galaxys():
    centre, pole = (np.radians(a) for a in ((266.405, -28.936), (192.859, 27.128)))  # right ascension, declination
    for (ra, dec), axis in ((centre, 0), (pole, 2)):
        direction = np.array([np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)])
        np.testing.assert_allclose(starlight.GALACTIC_FROM_GCRS @ direction, np.eye(3)[axis], atol=2e-5)


@pytest.mark.parametrize("limit", [3.0, 6.5, 7.3, 8.0])
def test_no_star_shines_twice(limit):
    """What is drawn and what is not add up to the same light whatever the limit, in each band of latitude."""

    def unresolved(magnitude):
        s10 = np.exp(starlight.unresolved_starlight(SkySettings(magnitude_limit=magnitude)).ln_s10)
        latitude = np.abs((np.arange(len(s10)) + 0.5) / len(s10) * 180.0 - 90.0)
        of_band = np.digitize(latitude, starlight.BANDS_DEG) - 1
        weight = np.cos(np.radians(latitude))
        sums = [np.bincount(of_band, weight * values) for values in (s10.mean(axis=1), np.ones(len(s10)))]
        return sums[0] / sums[1]

    whole = unresolved(limit) + starlight.catalogue_s10(limit)
    np.testing.assert_allclose(whole, unresolved(6.5) + starlight.catalogue_s10(6.5), rtol=0.03)
    without = unresolved(6.5) + starlight.catalogue_s10(limit)
    assert limit == 6.5 or np.abs(without / whole - 1.0).max() > 0.03  # as it would be were the table not changed


def test_drawn_stars_by_latitude():
    """S10(V) of V < 8, and of 6.5 < V < 8, in bands of latitude, as counted in Hipparcos."""
    to_8, to_6 = starlight.catalogue_s10(8.0), starlight.catalogue_s10(6.5)
    np.testing.assert_allclose(to_8, (55, 56, 38, 27, 22, 21), rtol=0.05)
    np.testing.assert_allclose(to_8 - to_6, (14, 12, 10.5, 8, 6.5, 5.5), rtol=0.05)


def test_the_unit_is_a_tenth_magnitude_star_per_square_degree():
    for b_v in (0.6, 1.4):
        assert np.interp(550.0, SKY_WAVELENGTHS_NM, background.starlight_spectrum(b_v)) == pytest.approx(
            1.19e-11, rel=0.01
        )
    blue, red = (background.starlight_spectrum(b_v) for b_v in (0.6, 1.4))
    assert (red / blue)[-1] > 1.3 * (red / blue)[3]
    assert np.interp(550.0, SKY_WAVELENGTHS_NM, zodiacal.zodiacal_spectrum()) == pytest.approx(1.25e-11, rel=0.03)


def test_the_bulge_is_redder_than_the_pole():
    b_v = starlight.unresolved_starlight(SkySettings()).b_v
    assert b_v[85, 180] > 0.9
    assert 0.55 < b_v[-1, 180] < 0.7


def zodiacal_at(longitude, latitude):
    elongation = zodiacal.elongation_deg(longitude, latitude)
    row, column = np.round([longitude, latitude]).astype(int)
    return np.exp(zodiacal.zodiacal_table()[row, column]) * elongation**-zodiacal.NEAR_SUN_POWER


@pytest.mark.parametrize(
    ("longitude", "latitude", "s10"),
    [(15, 0, 9000), (30, 0, 1940), (90, 0, 202), (120, 30, 88), (180, 0, 180), (0, 30, 500), (77, 90, 60)],
)
def test_zodiacal_light_is_as_tabulated(longitude, latitude, s10):
    assert zodiacal_at(longitude, latitude) == pytest.approx(s10, rel=1e-6)


def test_zodiacal_light_near_the_sun_follows_the_power():
    assert zodiacal_at(2, 0) == pytest.approx(1e6, rel=0.35)
    assert zodiacal_at(0, 7) / zodiacal_at(0, 14) == pytest.approx(2.0**2.3, rel=0.01)
    whole = [zodiacal_at(x, 0) for x in range(1, 130)]
    assert (np.diff(whole) < 0.0).all()


def test_the_sun_stands_in_longitude_zero():
    epoch, place = Epoch.parse("2015-01-28T09:49:06Z"), np.array([6800.0, 0.0, 0.0])
    sun = ephemeris.sun(epoch, place).direction_itrs
    found = background.background(SkySettings(), ephemeris.itrs_from_gcrs(epoch), sun)
    x, y, z = found.ecliptic_from_itrs @ sun
    assert (x, y) == (pytest.approx(1.0, abs=1e-5), pytest.approx(0.0, abs=1e-12))
    assert abs(z) < 1e-4  # the Sun keeps to the ecliptic: 3 arcsec, and 15 years of its motion
    np.testing.assert_allclose(found.galactic_from_itrs @ found.galactic_from_itrs.T, np.eye(3), atol=1e-8)


def test_what_is_switched_off_is_dark():
    sun, turn = np.array([1.0, 0.0, 0.0]), np.eye(3)
    assert background.background(SkySettings(starlight=False, zodiacal=False), turn, sun) is None
    dusty = background.background(SkySettings(starlight=False), turn, sun).spectra
    starry = background.background(SkySettings(zodiacal=False), turn, sun).spectra
    assert not dusty[:, :2].any() and dusty[:, 2].all() and starry[:, :2].all() and not starry[:, 2].any()
