"""The O2 band through O2: closed forms of a Doppler line in a Doppler absorber, and the columns of the air."""

import math

import numpy as np
import pytest

from render.atmosphere import oxygen_band
from render.atmosphere.extinction import build_atmosphere
from render.atmosphere.settings import AtmosphereSettings
from render.atmosphere.transmission import limb_columns, slant_columns
from tests.atmosphere.airs import SCALE_KM, UNBENT, chapman_horizontal, exponential

CLOSED_FORM = 1e-9
CHAPMAN = 0.03  # the air ends at 120 km, a third of a ray's length above 90 km in thin air
ASYMPTOTIC = 0.1  # of the leading term at depths of 1e3 and more


def column(depth):
    return np.asarray(depth) / oxygen_band.PEAK_CROSS_SECTION_CM2


def test_thin_columns_in_closed_form():
    assert oxygen_band.band_transmittance(column(0.0)) == pytest.approx(1.0, rel=CLOSED_FORM)
    assert 1.0 - oxygen_band.band_transmittance(column(1e-4)) == pytest.approx(1e-4 / math.sqrt(2.0), rel=1e-4)


@pytest.mark.parametrize("depth", [0.03, 0.5, 2.0, 6.0])
def test_the_series(depth):
    series = sum((-depth) ** n / (math.factorial(n) * math.sqrt(n + 1.0)) for n in range(60))
    assert oxygen_band.band_transmittance(column(depth)) == pytest.approx(series, rel=CLOSED_FORM)


def test_thick_columns_shine_through_the_wings():
    depth = np.array([1e3, 1e5])
    leading = 1.0 / (depth * np.sqrt(np.pi * np.log(depth)))
    assert oxygen_band.band_transmittance(column(depth)) == pytest.approx(leading, rel=ASYMPTOTIC)


def test_the_whole_air_is_dark_and_the_layer_itself_clear():
    air = build_atmosphere(AtmosphereSettings())
    overhead, level = oxygen_band.slant_band_transmittance(air, np.array([1.0, 0.1]))
    assert 0.0 < level < overhead < 1e-3
    limb = oxygen_band.limb_band_transmittance(air, np.array([30.0, 60.0, 80.0, 93.0, 120.0]))
    assert (np.diff(limb) > 0.0).all()
    assert limb[0] < 1e-3 and limb[3] > 0.85 and limb[4] == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize("settings", [AtmosphereSettings(), UNBENT])
def test_oxygen_overhead(settings):
    """4.5e24 molecules cm-2: 0.2095 of 2.15e25, the air above sea level."""
    overhead = oxygen_band._oxygen_cm2(slant_columns(build_atmosphere(settings), [1.0]))
    assert overhead == pytest.approx([0.2095 * 2.15e25], rel=0.01)


def test_no_air_takes_nothing():
    none = build_atmosphere(AtmosphereSettings(enabled=False))
    assert oxygen_band.slant_band_transmittance(none, np.array([0.5])) == pytest.approx([1.0])
    assert oxygen_band.limb_band_transmittance(none, np.array([20.0])) == pytest.approx([1.0])


def test_oxygen_along_the_limb_is_the_chapman_functions():
    air_cm2 = 2.0 * 1e24 * math.exp(-90.0 / SCALE_KM) * chapman_horizontal(90.0)  # 1e19 cm-3 at the ground, km in cm
    expected = oxygen_band.band_transmittance(oxygen_band.OXYGEN_SHARE * air_cm2)
    found = oxygen_band.limb_band_transmittance(exponential(), np.array([90.0]))
    assert 1.0 - found == pytest.approx([1.0 - expected], rel=CHAPMAN)


def test_light_follows_bent_rays():
    """A straight tangent of 10.598 km dips to 10 km: the column is that of the lower path, and more."""
    bent, straight = build_atmosphere(AtmosphereSettings()), build_atmosphere(UNBENT)
    through = [oxygen_band._oxygen_cm2(limb_columns(air, [10.598]))[0] for air in (bent, straight)]
    lower = oxygen_band._oxygen_cm2(limb_columns(straight, [10.0]))[0]
    assert through[1] < lower < through[0]
