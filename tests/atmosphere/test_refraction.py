"""Bent rays: the isothermal approximation, an Abel integration made outside, and the straight limit."""

from __future__ import annotations

import numpy as np
import pytest

from render.atmosphere import air, refraction
from render.atmosphere.extinction import build_atmosphere
from render.atmosphere.settings import AtmosphereSettings
from render.atmosphere.transmission import limb_transmittance
from render.core.errors import InputError
from render.core.units import EARTH_MEAN_RADIUS_KM
from tests import REFERENCE
from tests.atmosphere.airs import SCALE_KM, UNBENT, atmosphere_of, exponential

BENDINGS = REFERENCE / "refraction.csv"
BENDING_RTOL = 0.02  # the gradient of air that is linear between rows of 1 km, at single altitudes
PERIGEE_ATOL_KM = 0.02  # km
LOW_RTOL, LOW_KM = 0.06, 2.0  # of the transmittance below 8 km: 60 optical depths, 0.1 % off
HIGH_RTOL, HIGH_KM = 0.01, 8.0  # of the transmittance above
ISOTHERMAL_RTOL = 1e-3  # second order in (n - 1) r / H, which is 0.03 at 15 km
INVERSE_ATOL_KM = 1e-6  # km


@pytest.fixture(scope="module")
def table() -> dict[str, np.ndarray]:
    lines = [line for line in BENDINGS.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    values = np.array([[float(cell) for cell in line.split(",")] for line in lines[1:]])
    return dict(zip(lines[0].split(","), values.T, strict=True))


@pytest.fixture(scope="module")
def optical() -> refraction.OpticalAir:
    return refraction.optical_air(build_atmosphere(AtmosphereSettings()))


def test_bending_is_that_of_the_abel_integral(table, optical) -> None:
    bending = np.degrees(refraction.limb_bending(optical, table["impact_tangent_km"]))
    np.testing.assert_allclose(bending, table["bend_deg"], rtol=BENDING_RTOL)


def test_lowest_point_lies_where_bouguer_puts_it(table, optical) -> None:
    lowest = optical.true_altitude(refraction.impact_altitude(optical, table["impact_tangent_km"]))
    np.testing.assert_allclose(lowest, table["perigee_km"], atol=PERIGEE_ATOL_KM)


@pytest.mark.parametrize(("least_km", "rtol"), [(LOW_KM, LOW_RTOL), (HIGH_KM, HIGH_RTOL)])
def test_bent_light_is_dimmed_as_the_direct_integral(table, least_km: float, rtol: float) -> None:
    rows = table["perigee_km"] >= least_km
    found = limb_transmittance(
        build_atmosphere(AtmosphereSettings()), table["impact_tangent_km"][rows], [440.0, 560.0, 660.0]
    )
    expected = np.stack([table[name][rows] for name in ("T440", "T560", "T660")], axis=-1)
    np.testing.assert_allclose(found, expected, rtol=rtol)


@pytest.mark.parametrize("perigee_km", [15.0, 20.0, 30.0, 45.0])
def test_exponential_air_bends_by_the_isothermal_approximation(perigee_km: float) -> None:
    """alpha = (n - 1) sqrt(2 pi r / H) (1 + (sqrt(2) - 1) (n - 1) r / H), n and r of the perigee.

    Second order of Lagrange's series: the square of an exponential falls twice as fast, and the impact parameter lies
    (n - 1) r above the perigee.
    """
    optical = refraction.optical_air(exponential(2.5e25, refracts=True))
    excess = air.refractivity(550.0) * 2.5e25 * np.exp(-perigee_km / SCALE_KM) / air.STANDARD_AIR_M3
    r = EARTH_MEAN_RADIUS_KM + perigee_km
    bending = refraction.limb_bending(optical, r * (1.0 + excess) - EARTH_MEAN_RADIUS_KM)
    expected = excess * np.sqrt(2.0 * np.pi * r / SCALE_KM) * (1.0 + (np.sqrt(2.0) - 1.0) * excess * r / SCALE_KM)
    assert bending == pytest.approx(expected, rel=ISOTHERMAL_RTOL)


def test_without_refraction_optical_and_true_altitude_are_one() -> None:
    optical = refraction.optical_air(build_atmosphere(UNBENT))
    z = np.array([0.0, 0.3, 11.0, 86.0, 119.9, 415.0])
    np.testing.assert_allclose(optical.optical_altitude(z), z, atol=INVERSE_ATOL_KM)
    np.testing.assert_allclose(optical.true_altitude(z[:-1]), z[:-1], atol=INVERSE_ATOL_KM)
    np.testing.assert_allclose(refraction.impact_altitude(optical, z), z, atol=INVERSE_ATOL_KM)
    assert (refraction.limb_bending(optical, z) == 0.0).all()
    assert optical.surface_index == 1.0 and optical.shrink(8.0) == 1.0


def test_altitudes_there_and_back(optical) -> None:
    z = np.linspace(0.0, 118.0, 237)
    np.testing.assert_allclose(optical.true_altitude(optical.optical_altitude(z)), z, atol=INVERSE_ATOL_KM)


def test_bending_falls_with_altitude_and_ends_with_the_air(optical) -> None:
    bending = refraction.limb_bending(optical, np.array([2.0, 10.0, 20.0, 40.0, 80.0, 122.0]))
    assert (np.diff(bending) < 0.0).all()
    assert bending[-1] == 0.0


def test_below_the_grazing_ray_bending_is_its_own(optical) -> None:
    deep, grazing = refraction.limb_bending(optical, [-30.0, EARTH_MEAN_RADIUS_KM * (optical.surface_index - 1.0)])
    assert deep == pytest.approx(grazing, rel=1e-9)


def test_blue_bends_more() -> None:
    blue, green, red = refraction.dispersion([400.0, 550.0, 700.0])
    assert blue == pytest.approx(282.8 / 277.8, abs=1e-3)  # Ciddor 1996
    assert green == 1.0
    assert red == pytest.approx(275.8 / 277.8, abs=1e-3)


def test_air_that_would_trap_light_is_refused() -> None:
    """Index falls by 1.4e-4 in 0.25 km: more than 1 / r per km, as over a sea that makes mirages."""
    z = np.array([0.0, 4.0, 4.25, 120.0])
    trap = atmosphere_of(z, np.array([2.5e25, 2.4e25, 1.1e25, 1e17]), refracts=True)
    with pytest.raises(InputError, match=r"falls so fast at 4\.?\d* km that it would trap light; check the profile"):
        refraction.optical_air(trap)
