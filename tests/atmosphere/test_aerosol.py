"""Aerosol layers: their columns as asked for, where they lie, and how they go with wavelength."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.atmosphere import aerosol
from render.atmosphere.air import data_table
from render.atmosphere.extinction import AEROSOLS, Atmosphere, build_atmosphere
from render.atmosphere.settings import AtmosphereSettings, BackgroundLayer, BoundaryLayer, VolcanicLayer
from render.atmosphere.transmission import slant_columns, slant_transmittance

DESIGN_RTOL = 1e-4  # outside radiances were computed with the file's aerosol: the default is the same
COLUMN_RTOL = 1e-5  # shells of 0.5 km on a sphere against trapezoids of altitude
UNBENT = {"refraction": False, "ozone_du": 0.0}


def vertical_depths(atmosphere: Atmosphere) -> np.ndarray:
    """Return the three layers' optical depths at 550 nm."""
    return slant_columns(atmosphere, [1.0])[0, AEROSOLS]


def file_aerosol_per_km() -> tuple[np.ndarray, np.ndarray]:
    table = data_table("atmosphere_us76.csv")
    return table["altitude_km"], table["aerosol_extinction_550nm_per_m"] * 1e3


def test_default_layers_are_the_files_aerosol_everywhere() -> None:
    z, expected = file_aerosol_per_km()
    atmosphere = build_atmosphere(AtmosphereSettings())
    at = np.arange(0.0, 45.0, 0.25)
    np.testing.assert_allclose(
        atmosphere.densities(at)[:, AEROSOLS].sum(-1), np.interp(at, z, expected), rtol=DESIGN_RTOL, atol=1e-12
    )


def test_default_column_is_the_files() -> None:
    z, per_km = file_aerosol_per_km()
    column = float(np.sum((per_km[1:] + per_km[:-1]) / 2.0 * np.diff(z)))
    assert column == pytest.approx(0.0572234, rel=1e-6)
    default = AtmosphereSettings()
    assert default.boundary.optical_depth + default.background.optical_depth == pytest.approx(column, rel=DESIGN_RTOL)
    found = vertical_depths(build_atmosphere(AtmosphereSettings(**UNBENT)))
    assert found.sum() == pytest.approx(column, rel=DESIGN_RTOL)
    assert found[2] == 0.0


@given(st.tuples(*[st.floats(0.0, 5.0)] * 3))
def test_every_layer_has_the_column_asked_for(depths: tuple[float, float, float]) -> None:
    settings = AtmosphereSettings(
        boundary=BoundaryLayer(optical_depth=depths[0]), background=BackgroundLayer(optical_depth=depths[1]),
        volcanic=VolcanicLayer(optical_depth=depths[2]), **UNBENT,
    )  # fmt: skip
    assert vertical_depths(build_atmosphere(settings)) == pytest.approx(depths, rel=COLUMN_RTOL)


@pytest.mark.parametrize(("altitude_km", "thickness_km"), [(21.0, 6.0), (15.5, 1.0), (40.0, 20.0)])
def test_volcanic_layer_lies_where_it_is_put(altitude_km: float, thickness_km: float) -> None:
    layer = VolcanicLayer(optical_depth=0.15, altitude_km=altitude_km, thickness_km=thickness_km)
    half = thickness_km / 2.0
    centre, below, above, far = aerosol.volcanic_shape(
        altitude_km + np.array([0.0, -half, half, 3.0 * thickness_km]), layer
    )
    assert (centre, below, above) == pytest.approx((1.0, 0.5, 0.5))
    assert far < 1e-10
    atmosphere = build_atmosphere(AtmosphereSettings(volcanic=layer, **UNBENT))
    assert vertical_depths(atmosphere)[2] == pytest.approx(0.15, rel=COLUMN_RTOL)
    peak = np.argmax(atmosphere.density[:, AEROSOLS][:, 2])
    assert atmosphere.altitude_km[peak] == pytest.approx(altitude_km, abs=0.25)


def test_haze_lies_below_12_km_and_the_background_above_it() -> None:
    z = np.arange(0.0, 60.0, 0.5)
    haze, quiet = aerosol.boundary_shape(z), aerosol.background_shape(z)
    assert haze[0] == 1.0 and quiet[0] == 0.0
    assert (haze[z >= aerosol.BOUNDARY_TOP_KM] == 0.0).all()
    assert 14.0 < np.sum(z * quiet) / np.sum(quiet) < 22.0


@pytest.mark.parametrize("angstrom", [-0.5, 0.0, 1.3, 4.0])
def test_extinction_goes_by_the_angstrom_exponent(angstrom: float) -> None:
    clear, hazy = (
        build_atmosphere(AtmosphereSettings(boundary=BoundaryLayer(optical_depth=depth, angstrom=angstrom), **UNBENT))
        for depth in (0.0, 0.3)
    )
    ratio = slant_transmittance(hazy, [1.0], [440.0, 550.0, 660.0]) / slant_transmittance(
        clear, [1.0], [440.0, 550.0, 660.0]
    )
    expected = 0.3 * (np.array([440.0, 550.0, 660.0]) / 550.0) ** -angstrom
    np.testing.assert_allclose(-np.log(ratio[0]), expected, rtol=COLUMN_RTOL)


def test_none_takes_every_layer_away() -> None:
    settings = AtmosphereSettings(aerosol="none", volcanic=VolcanicLayer(optical_depth=1.0))
    assert (build_atmosphere(settings).density[:, AEROSOLS] == 0.0).all()


def test_a_shape_that_is_nothing_stays_nothing() -> None:
    z = np.linspace(0.0, 10.0, 11)
    assert (aerosol.scaled_to_depth(np.zeros(11), z, 0.5) == 0.0).all()
