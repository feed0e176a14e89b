"""What one molecule does: published fits and other laboratories' measurements."""

from __future__ import annotations

import numpy as np
import pytest

from render.atmosphere import air, no2, ozone
from render.atmosphere.extinction import build_atmosphere
from render.atmosphere.settings import AtmosphereSettings
from render.atmosphere.transmission import slant_transmittance
from tests.atmosphere.airs import NO_HAZE

BODHAINE_RTOL = 3e-3  # two fits of refractivity and depolarisation
HANSEN_TRAVIS_RTOL = 0.015  # an older fit
BEYOND_RTOL = 0.01  # extrapolated from 380 to 330 nm
OZONE_RTOL = 0.05  # laboratories, and 295 K for 233 K
NO2_RTOL = 0.08  # laboratories: Burrows' is the lowest by 6 %
COLUMN_ATOL_DU = 0.05  # Dobson units


def bodhaine_m2(wavelengths_nm: np.ndarray) -> np.ndarray:
    """Return the molecular cross section (Bodhaine et al. 1999, J. Atmos. Ocean. Technol. 16, 1854, eq. 29)."""
    x = (np.asarray(wavelengths_nm) / 1e3) ** 2
    return 1e-32 * (1.0455996 - 341.29061 / x - 0.90230850 * x) / (1.0 + 0.0027059889 / x - 85.968563 * x)


def hansen_travis(wavelengths_nm: np.ndarray) -> np.ndarray:
    """Return the molecular optical depth of the zenith at 1013 hPa (Hansen & Travis 1974, eq. 2.30)."""
    um = np.asarray(wavelengths_nm) / 1e3
    return 0.008569 * um**-4 * (1.0 + 0.0113 * um**-2 + 0.00013 * um**-4)


def test_molecules_scatter_as_published() -> None:
    wavelengths = np.linspace(380.0, 780.0, 41)
    np.testing.assert_allclose(air.rayleigh_cross_section_m2(wavelengths), bodhaine_m2(wavelengths), rtol=BODHAINE_RTOL)


def test_beyond_the_table_too() -> None:
    wavelengths = np.array([330.0, 360.0, 850.0, 900.0])
    np.testing.assert_allclose(air.rayleigh_cross_section_m2(wavelengths), bodhaine_m2(wavelengths), rtol=BEYOND_RTOL)


def test_molecular_depth_of_the_zenith() -> None:
    wavelengths = np.array([391.0, 450.0, 550.0, 650.0, 780.0])
    depth = -np.log(slant_transmittance(build_atmosphere(NO_HAZE), [1.0], wavelengths))[0]
    np.testing.assert_allclose(depth, hansen_travis(wavelengths), rtol=HANSEN_TRAVIS_RTOL)


def test_phase_function_is_nearly_rayleighs() -> None:
    assert air.rayleigh_beta2([400.0, 700.0]) == pytest.approx([0.478, 0.479], abs=1e-3)  # 0.5 without depolarisation


def test_index_of_air() -> None:
    assert 1e6 * air.refractivity([400.0, 550.0, 700.0]) == pytest.approx([282.8, 277.8, 275.8], abs=0.1)  # Ciddor 1996


@pytest.mark.parametrize(
    ("wavelength_nm", "expected_m2"),
    [(540.0, 2.976e-25), (580.0, 4.639e-25), (600.0, 5.084e-25), (620.0, 4.071e-25), (660.0, 2.100e-25)],
)
def test_ozone_in_the_chappuis_band(wavelength_nm: float, expected_m2: float) -> None:
    """Means over 10 nm of Brion et al. 1998, J. Atmos. Chem. 30, 291, at 295 K: another laboratory than the table's."""
    assert ozone.ozone_cross_section_m2(wavelength_nm) == pytest.approx(expected_m2, rel=OZONE_RTOL)


def test_ozone_has_its_window_near_380_nm() -> None:
    foot = ozone.ozone_cross_section_m2([330.0, 340.0, 350.0, 365.0, 377.0])
    assert (np.diff(foot) < 0.0).all()
    assert ozone.ozone_cross_section_m2(900.0) == ozone.ozone_cross_section_m2(780.0)


def test_default_ozone_is_the_profiles() -> None:
    z = np.linspace(0.0, 120.0, 241)
    density = build_atmosphere(AtmosphereSettings()).densities(z)[:, 1] * 1e18
    assert ozone.column_du(z, density) == pytest.approx(344.8245, abs=1e-3)  # AFGL US standard


@pytest.mark.parametrize("ozone_du", [0.0, 110.0, 344.8, 700.0])
def test_ozone_column_is_the_one_asked_for(ozone_du: float) -> None:
    z = np.linspace(0.0, 120.0, 241)
    density = build_atmosphere(AtmosphereSettings(ozone_du=ozone_du)).densities(z)[:, 1] * 1e18
    assert ozone.column_du(z, density) == pytest.approx(ozone_du, abs=COLUMN_ATOL_DU)


@pytest.mark.parametrize(
    ("wavelength_nm", "expected_1e24_m2"),
    [(400.0, 58.1), (440.0, 48.5), (500.0, 21.6), (440.0, 53.5), (540.0, 11.9), (600.0, 3.39)],
)
def test_no2_of_other_laboratories(wavelength_nm: float, expected_1e24_m2: float) -> None:
    """Means over 20 nm at 220 K: Burrows et al. 1998 (first three), Bogumil et al. 2003."""
    assert no2.no2_cross_section_m2(wavelength_nm) * 1e24 == pytest.approx(expected_1e24_m2, rel=NO2_RTOL)


def test_no2_is_yellow_brown() -> None:
    blue, green, red = no2.no2_cross_section_m2([440.0, 550.0, 680.0])
    assert blue / green == pytest.approx(5.3, rel=0.1)  # Bogumil et al. 2003 at 293 K: 5.1 over 40 nm
    assert red < 0.1 * green
    assert no2.no2_cross_section_m2(900.0) == no2.NO2_M2[-1]
