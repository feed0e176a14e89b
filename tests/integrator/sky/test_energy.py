"""Laws of scattered light: what comes in goes out, and what holds for every view of it."""

from __future__ import annotations

from functools import cache

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from render.atmosphere.extinction import build_atmosphere
from render.atmosphere.settings import AtmosphereSettings, BackgroundLayer, BoundaryLayer
from render.atmosphere.sunlight import POINT_RAD, ground_irradiance, horizon_dip, source_rays
from render.core.units import EARTH_MEAN_RADIUS_KM
from render.integrator.sky.diffuse import Quadrature
from render.integrator.sky.limb import limb_radiance
from render.integrator.sky.scattered import ScatteringAir, scattering_air
from tests.devices import start_or_skip

CONSERVATIVE_NM = (440.0,)
BALANCE, KEPT = 0.02, 0.01  # of the sunlight on a disc of Earth's radius
LEVEL = 1e-3  # of the flux through level ground, node by node
ROUNDING = 2e-3  # single precision, and steps that fall otherwise
LEAST = 1e-12  # sr-1, below which night is dark


@cache
def conservative(ground_albedo: float) -> ScatteringAir:
    """Return air that absorbs nothing."""
    white = {"boundary": BoundaryLayer(albedo=1.0), "background": BackgroundLayer(albedo=1.0)}
    chosen = AtmosphereSettings(refraction=False, ozone_du=0.0, ground_albedo=ground_albedo, **white)
    start_or_skip("cpu", "single")
    return scattering_air(build_atmosphere(chosen, CONSERVATIVE_NM), POINT_RAD)


def over_sphere(zenith: np.ndarray, flux: np.ndarray) -> float:
    """Return the integral of flux over the sphere's zenith angles, per pi."""
    f = 2.0 * flux * np.sin(zenith)
    return float(((f[1:] + f[:-1]) / 2.0 * np.diff(zenith)).sum())


def power_through_spheres(air: ScatteringAir) -> np.ndarray:
    """Return [altitude]: net power outward per that of the sunlight on Earth's disc; all light, all zenith angles."""
    found, radius = [], EARTH_MEAN_RADIUS_KM
    every = np.radians(np.linspace(0.0, 120.0, 4801))
    altitudes = np.array(Quadrature().altitudes_km)
    for node in range(0, len(altitudes), 3):
        moments = air.diffuse.moments[node, :, :, 0]
        mean, ratio = (np.interp(every, air.diffuse.zenith_rad, moments[:, k]) for k in (0, 1))  # as the device reads
        above = (np.pi / 2.0 + horizon_dip(altitudes[node : node + 1])) * np.linspace(1.0, 0.0, 1001) ** 2
        zenith = above[0] - above
        columns, _ = source_rays(air.optical, altitudes[node], above)
        direct = np.exp(-(columns @ air.atmosphere.coefficients())[:, 0]) * -np.cos(zenith)
        net = over_sphere(every, 4.0 * np.pi * np.exp(mean) * ratio) + over_sphere(zenith, direct)
        found.append(net * ((radius + altitudes[node]) / radius) ** 2)
    return np.array(found)


def test_energy_is_kept_over_white_ground() -> None:
    assert np.abs(power_through_spheres(conservative(1.0))).max() < BALANCE


def test_energy_that_black_ground_takes_comes_from_the_top() -> None:
    power = power_through_spheres(conservative(0.0))
    assert power[0] < -0.5
    assert np.abs(power - power[0]).max() < KEPT


def test_white_ground_sends_back_what_it_gets() -> None:
    air = conservative(1.0)
    zenith = air.diffuse.zenith_rad
    moments = air.diffuse.moments[0, :, :, 0]
    upward = 4.0 * np.pi * np.exp(moments[:, 0]) * moments[:, 1]
    day = zenith < np.radians(88.0)
    direct = ground_irradiance(air.atmosphere, zenith, POINT_RAD)[:, 0]
    np.testing.assert_allclose(upward[day], direct[day], rtol=LEVEL)


VIEWS = {"sza": st.floats(0.0, 112.0), "azimuth": st.floats(-180.0, 180.0), "tangent": st.floats(-100.0, 110.0)}


@settings(max_examples=30)
@given(**VIEWS, observer=st.floats(121.0, 40_000.0))
def test_laws_of_any_view(sza: float, azimuth: float, tangent: float, observer: float) -> None:
    start_or_skip("cpu", "single")
    white, black = conservative(1.0), conservative(0.0)
    single, every = limb_radiance(white, sza, azimuth, [tangent])
    assert (single >= 0.0).all()
    assert (every >= single).all()
    mirrored = np.concatenate(limb_radiance(white, sza, -azimuth, [tangent], observer))  # and from elsewhere
    np.testing.assert_allclose(mirrored, np.concatenate([single, every]), rtol=ROUNDING, atol=LEAST)
    darker = limb_radiance(black, sza, azimuth, [tangent])
    assert (every >= darker[1] * (1.0 - ROUNDING)).all()
    assert (single >= darker[0] * (1.0 - ROUNDING)).all()
