"""Subauroral light: STEVE's continuum is smooth and mauve, profiles hold all their light where it is observed."""

from itertools import pairwise

import numpy as np
import pytest

from render.core.lines import bin_shares, spectrum
from render.core.radiance import SKY_WAVELENGTHS_NM, LineRadiance, SkyRadiance
from render.emission import subauroral
from render.emission.subauroral import Profile, sar_form, steve_form
from render.geophysics.forms.subauroral import SarArcSettings, SteveSettings
from render.imaging.capture.response import channel_weights, electrons_per_photon, integral, read_curves
from render.imaging.capture.sensor import collect, read_out
from render.imaging.colour import develop
from render.imaging.settings import DevelopSettings


def chromaticity(key):
    """Return CIE 1931 (x, y) of a line's light."""
    grid, matching = read_curves("cie_1931.csv")
    sums = integral(matching * (spectrum(key, grid) / grid), grid)
    return sums[:2] / sums.sum()


def test_the_continuum_is_smooth_and_rises_to_the_red():
    nm = np.arange(420.0, 741.0, 1.0)
    density = spectrum("STEVE", nm)
    assert np.abs(np.diff(np.log(density))).max() < 0.02  # per nm: no line, no band
    assert density.max() / density.min() < 1.9
    blue, red = bin_shares("STEVE", np.array([420.0, 500.0, 650.0, 730.0]))[[0, 2]]
    assert 1.1 < red / blue < 1.6
    assert bin_shares("STEVE", np.array([390.0, 770.0]))[0] > 0.97
    assert bin_shares("STEVE", np.array([400.0, 700.0]))[0] == pytest.approx(0.77, abs=0.03)


def test_the_sensor_folds_wide_components():
    nm = np.arange(330.0, 850.0, 0.25)
    whole = (electrons_per_photon("d3s", nm) * spectrum("STEVE", nm)).sum(axis=1) * 0.25
    assert channel_weights("d3s", ["STEVE"])[:, 0] == pytest.approx(whole, rel=0.015)


def test_it_is_mauve():
    """Between purple and white: below the daylight locus (0.332, 0.347 for 5500 K), and pale."""
    x, y = chromaticity("STEVE")
    assert 0.30 < x < 0.34
    assert 0.28 < y < 0.33


@pytest.mark.parametrize("response", ["d3s", "ideal_cie"])
def test_developed_it_is_less_green_than_grey(response):
    lines = LineRadiance(("STEVE",), np.full((1, 4, 4), 1e5, np.float32))
    sky = SkyRadiance(SKY_WAVELENGTHS_NM, np.zeros((len(SKY_WAVELENGTHS_NM), 4, 4), np.float32))
    setting = {"photosite_area_m2": (8.45e-6) ** 2, "f_number": 1.4, "exposure_s": 0.5, "response": response}
    exposure = read_out(collect(lines, sky, **setting), iso=6400.0, noise=False)
    for kelvin in (5200.0, 6000.0):
        red, green, blue = develop(exposure, DevelopSettings(white_balance_k=kelvin)).pixels[2, 2]
        assert green > 0.05
        assert 1.05 * green < red < 1.6 * green
        assert 1.02 * green < blue < 1.6 * green


def shares(profile, edges):
    """Return what part of the column lies between neighbouring edges, km."""
    h = np.arange(0.0, 900.0, 0.1) + 0.05
    z = (h - profile.peak_km) / np.where(h < profile.peak_km, profile.below_km, profile.above_km)
    rate = profile.per_km * np.exp(-0.5 * z**2) * ((h > profile.bottom_km) & (h < profile.top_km))
    return np.array([rate[(h > a) & (h < b)].sum() * 0.1 for a, b in pairwise(edges)])


@pytest.mark.parametrize("altitude", [250.0, 400.0, 500.0])
def test_a_column_is_whole(altitude):
    for profile in (sar_form(SarArcSettings(altitude_km=altitude)).profile, Profile(210.0, 36.0, 27.0, 180.0, 220.0)):
        assert shares(profile, [0.0, 900.0])[0] == pytest.approx(1.0, abs=1e-3)
        assert profile.top_km <= subauroral.HIGHEST_KM


def test_altitudes_are_those_observed():
    """STEVE 130-270 km (Archer et al. 2019); SAR arcs around 400 km."""
    steve, sar = steve_form(SteveSettings(), 5.0, 0.0).profile, sar_form(SarArcSettings()).profile
    assert shares(steve, [130.0, 270.0])[0] > 0.95
    assert shares(sar, [300.0, 550.0])[0] > 0.9


def test_lines_of_the_arcs():
    sar = sar_form(SarArcSettings(brightness_r=900.0))
    assert sar.brightness_r == {"630.0": 900.0, "636.4": pytest.approx(300.0)}
    steve = steve_form(SteveSettings(brightness_kr=5.0, red_line_r=0.0), 5.0, 0.0)
    assert steve.brightness_r["STEVE"] == 5000.0
    assert steve.brightness_r["630.0"] == 0.0
    x = subauroral.track_x_km()
    assert steve.track.shape == (len(x), 2)
    assert x[0] == -x[-1]
    assert (steve.track[[0, -1], 1] == 0.0).all()
