"""Columns against the Chapman function of an exponential atmosphere; limits and laws of the transmittance."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.atmosphere.extinction import SPECIES, build_atmosphere, outward_columns
from render.atmosphere.refraction import impact_altitude, optical_air, ray_columns
from render.atmosphere.settings import AtmosphereSettings
from render.atmosphere.transmission import (
    limb_columns,
    limb_transmittance,
    slant_columns,
    slant_transmittance,
    transmittance,
)
from render.core.units import EARTH_MEAN_RADIUS_KM
from tests.atmosphere.airs import NO_HAZE, SCALE_KM, UNBENT, chapman_horizontal, exponential

CHAPMAN_RTOL = 1e-3  # linear between nodes of 0.25 km, shells of 0.5 km, and an end at 120 km
ROUNDING = 1e-9  # what is the same sum in another order
GREEN = np.array([550.0])
OZONE = SPECIES.index("ozone")


@pytest.mark.parametrize("perigee_km", [0.0, 3.3, 17.0, 40.0, 60.0])
def test_level_ray_has_the_column_of_the_chapman_function(perigee_km: float) -> None:
    expected = np.exp(-perigee_km / SCALE_KM) * chapman_horizontal(perigee_km)
    assert outward_columns(exponential(), perigee_km, perigee_km)[0] == pytest.approx(expected, rel=CHAPMAN_RTOL)


@pytest.mark.parametrize("perigee_km", [0.0, 3.3, 17.0, 40.0, 60.0])
def test_so_it_has_in_optical_air_that_does_not_refract(perigee_km: float) -> None:
    expected = np.exp(-perigee_km / SCALE_KM) * chapman_horizontal(perigee_km)
    columns, bending = ray_columns(optical_air(exponential()), perigee_km, perigee_km)
    assert columns[0] == pytest.approx(expected, rel=CHAPMAN_RTOL)
    assert bending == 0.0


def test_vertical_ray_has_one_scale_height() -> None:
    assert outward_columns(exponential(), -EARTH_MEAN_RADIUS_KM, 0.0)[0] == pytest.approx(SCALE_KM, rel=CHAPMAN_RTOL)


@pytest.mark.parametrize("altitude_km", [0.0, 7.7, 40.0])
def test_refraction_leaves_the_vertical_column(altitude_km: float) -> None:
    """The straight picture is a change of variable, and the zenith's column does not depend on it."""
    bent, straight = (slant_columns(exponential(refracts=on), [1.0], altitude_km)[0, 0] for on in (True, False))
    assert bent == pytest.approx(straight, rel=CHAPMAN_RTOL)


def test_limb_is_black_below_the_ground_and_clear_above_the_air() -> None:
    atmosphere = build_atmosphere(UNBENT)
    through = limb_transmittance(atmosphere, [-0.1, 0.0, 12.0, 121.0], [440.0, 600.0])
    assert through.shape == (4, 2)
    assert (through[0] == 0.0).all() and (through[-1] == 1.0).all()
    assert (through[1] > 0.0).all() and (through[2] > through[1]).all()


def test_bent_limb_is_black_where_the_bent_ray_meets_the_ground() -> None:
    """The grazing ray's straight tangent is (n - 1) R = 1.77 km up."""
    low, high = limb_transmittance(build_atmosphere(AtmosphereSettings()), [1.7, 1.8], [660.0])[:, 0]
    assert low == 0.0 and high > 0.0


@pytest.mark.parametrize("settings", [UNBENT, AtmosphereSettings()])
@pytest.mark.parametrize("altitude_km", [0.5, 10.0, 47.0])
def test_level_ray_is_half_the_limb(settings: AtmosphereSettings, altitude_km: float) -> None:
    atmosphere = build_atmosphere(settings)
    optical = optical_air(atmosphere)
    tangent = (EARTH_MEAN_RADIUS_KM + altitude_km) * optical.shrink(altitude_km) * optical.surface_index
    half = slant_columns(atmosphere, [0.0], altitude_km)
    np.testing.assert_allclose(2.0 * half, limb_columns(atmosphere, [tangent - EARTH_MEAN_RADIUS_KM]), rtol=1e-6)
    lowest = impact_altitude(optical, tangent - EARTH_MEAN_RADIUS_KM)
    assert optical.true_altitude(lowest) == pytest.approx(altitude_km, abs=1e-3)


def test_below_the_horizon_counts_as_level() -> None:
    atmosphere = build_atmosphere(UNBENT)
    np.testing.assert_array_equal(slant_columns(atmosphere, [-0.5]), slant_columns(atmosphere, [0.0]))


@given(st.floats(2.0, 100.0), st.floats(0.05, 20.0))
def test_higher_paths_through_clean_air_lose_less(tangent_km: float, more_km: float) -> None:
    low, high = limb_transmittance(build_atmosphere(NO_HAZE), [tangent_km, tangent_km + more_km], GREEN)[:, 0]
    assert 0.0 <= low <= high <= 1.0


@given(st.floats(0.0, 2.0), st.floats(0.0, 80.0))
def test_columns_are_linear_in_density(share: float, tangent_km: float) -> None:
    one, other = (limb_columns(exponential(n), [tangent_km])[0, 0] for n in (1e25, share * 1e25))
    assert other == pytest.approx(share * one, rel=ROUNDING)


@given(st.lists(st.floats(0.0, 30.0), min_size=12, max_size=12), st.floats(380.0, 780.0))
def test_depths_add_and_light_falls_with_every_column(columns: list[float], wavelength_nm: float) -> None:
    atmosphere = build_atmosphere(NO_HAZE)
    first, second = np.array(columns[:6]), np.array(columns[6:])
    a, b, both = (transmittance(atmosphere, c, [wavelength_nm])[0] for c in (first, second, first + second))
    assert both == pytest.approx(a * b, rel=1e-6)
    assert both <= min(a, b) <= 1.0


@given(st.floats(0.0, 700.0), st.floats(0.02, 1.0))
def test_ozone_columns_go_with_the_dobson_units(ozone_du: float, cos_zenith: float) -> None:
    one, other = (
        slant_columns(build_atmosphere(AtmosphereSettings(ozone_du=du)), [cos_zenith])[0, OZONE]
        for du in (100.0, ozone_du)
    )
    assert other == pytest.approx(one * ozone_du / 100.0, rel=ROUNDING)


def test_no_atmosphere_leaves_light_alone() -> None:
    nothing = build_atmosphere(AtmosphereSettings(enabled=False))
    assert not nothing.refracts
    assert (slant_transmittance(nothing, [0.0, 1.0], GREEN) == 1.0).all()


def test_same_settings_share_one_atmosphere() -> None:
    assert build_atmosphere(AtmosphereSettings()) is build_atmosphere(AtmosphereSettings())
