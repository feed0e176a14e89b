"""Columns against the Chapman function of an exponential atmosphere; cross sections and limits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.atmosphere import aerosol, air, extinction, ozone
from render.atmosphere.air import AtmosphereSettings
from render.units import EARTH_MEAN_RADIUS_KM

H = 8.0  # km, scale height of the exponential atmosphere
CHAPMAN_RTOL = 1e-3  # linear between nodes of 0.25 km, shells of 0.5 km, and an end at 120 km
RAYLEIGH_RTOL = 0.015  # two fits of refractivity and depolarisation
CLEAN = AtmosphereSettings(ozone_du=0.0, aerosol="none")
GREEN = np.array([550.0])


def exponential(share: float = 1.0) -> extinction.Atmosphere:
    z = np.arange(0.0, 120.1, 0.25)
    n = share * 1e25 * np.exp(-z / H)
    base = extinction.build_atmosphere(CLEAN)
    optics = (base.wavelengths_nm, base.air_m2, base.air_beta2, base.ozone_m2, base.aerosol_factor)
    return extinction.Atmosphere(z, n, 0.0 * n, 0.0 * n, *optics)


def chapman_horizontal(perigee_km: float) -> float:
    """Return r exp(X) K1(X), km, X = r / H: one side of a level ray through unit density at its lowest point."""
    r = EARTH_MEAN_RADIUS_KM + perigee_km
    x = r / H
    return r * np.sqrt(np.pi / (2.0 * x)) * (1.0 + 3.0 / (8.0 * x) - 15.0 / (128.0 * x * x))


@pytest.mark.parametrize("perigee_km", [0.0, 3.3, 17.0, 40.0, 60.0])
def test_level_ray_has_the_column_of_the_chapman_function(perigee_km):
    column = extinction.outward_columns(exponential(), perigee_km, perigee_km)[0]
    assert column == pytest.approx(np.exp(-perigee_km / H) * chapman_horizontal(perigee_km), rel=CHAPMAN_RTOL)


def test_vertical_ray_has_one_scale_height():
    column = extinction.outward_columns(exponential(), -EARTH_MEAN_RADIUS_KM, 0.0)[0]
    assert column == pytest.approx(H, rel=CHAPMAN_RTOL)


def test_limb_is_twice_its_half_and_black_below_the_ground():
    atmosphere = extinction.build_atmosphere(AtmosphereSettings())
    tangent = np.array([-0.1, 0.0, 12.0, 25.0, 121.0])
    whole = extinction.limb_transmittance(atmosphere, tangent, [440.0, 600.0])
    half = extinction.limb_transmittance(atmosphere, tangent, [440.0, 600.0], one_sided=True)
    assert whole.shape == (5, 2)
    np.testing.assert_allclose(whole, half**2, rtol=1e-12)
    assert (whole[0] == 0.0).all() and (whole[-1] == 1.0).all()


def test_level_ray_at_the_ground_is_half_the_limb():
    atmosphere = extinction.build_atmosphere(AtmosphereSettings())
    level = extinction.slant_transmittance(atmosphere, [0.0], [660.0])
    np.testing.assert_allclose(level, extinction.limb_transmittance(atmosphere, [0.0], [660.0], one_sided=True))


@given(st.floats(0.0, 100.0), st.floats(0.05, 20.0))
def test_higher_paths_through_clean_air_lose_less(tangent_km, more_km):
    atmosphere = extinction.build_atmosphere(CLEAN)
    low, high = extinction.limb_transmittance(atmosphere, [tangent_km, tangent_km + more_km], GREEN)[:, 0]
    assert 0.0 <= low <= high <= 1.0


def test_ozone_column_is_the_one_asked_for():
    density = ozone.ozone_density_m3(300.0)
    z = air.profile_altitudes_km() * 1e3
    column = np.sum((density[1:] + density[:-1]) / 2.0 * np.diff(z))
    assert column == pytest.approx(300.0 * 2.6867e20, rel=1e-9)
    assert ozone.profile_column_du() == pytest.approx(345.0, abs=1.0)  # AFGL-86 US standard


def hansen_travis(wavelength_nm):
    """Return the molecular optical depth of the zenith at 1013 hPa (Hansen & Travis 1974, eq. 2.30)."""
    um = np.asarray(wavelength_nm) / 1e3
    return 0.008569 * um**-4 * (1.0 + 0.0113 * um**-2 + 0.00013 * um**-4)


def test_molecular_depth_of_the_zenith_is_the_published_one_beyond_the_table_too():
    wavelengths = np.array([330.0, 391.0, 450.0, 550.0, 650.0, 780.0, 900.0])
    depth = -np.log(extinction.slant_transmittance(extinction.build_atmosphere(CLEAN), [1.0], wavelengths))[0]
    np.testing.assert_allclose(depth, hansen_travis(wavelengths), rtol=RAYLEIGH_RTOL)


def test_aerosol_depth_of_the_zenith_is_as_designed():
    hazy = extinction.build_atmosphere(AtmosphereSettings(ozone_du=0.0))
    clean = extinction.build_atmosphere(CLEAN)
    haze = np.log(
        extinction.slant_transmittance(clean, [1.0], GREEN) / extinction.slant_transmittance(hazy, [1.0], GREEN)
    )
    assert haze[0, 0] == pytest.approx(0.057, abs=0.002)


def test_no_atmosphere_leaves_light_alone():
    nothing = extinction.build_atmosphere(AtmosphereSettings(enabled=False))
    assert (extinction.slant_transmittance(nothing, [0.0, 1.0], GREEN) == 1.0).all()


def test_unknown_aerosol_is_named():
    with pytest.raises(ValueError, match="'volcanic' is unknown; allowed: none, background"):
        aerosol.aerosol_extinction_550_per_km("volcanic")


def test_same_settings_share_one_atmosphere():
    assert extinction.build_atmosphere(AtmosphereSettings()) is extinction.build_atmosphere(AtmosphereSettings())
