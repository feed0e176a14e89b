"""The march of scattered light: closed forms, Earth's shadow, refraction, steps, precision and devices."""

import numpy as np
import pytest

from render.atmosphere.extinction import SPECIES, Atmosphere, build_atmosphere
from render.atmosphere.refraction import limb_bending, optical_air
from render.atmosphere.settings import AtmosphereSettings
from render.atmosphere.sunlight import MEAN_DISC_RAD, POINT_RAD, sunlight_table
from render.atmosphere.transmission import limb_columns
from render.core.units import EARTH_MEAN_RADIUS_KM
from render.integrator.sky import sky_view
from render.integrator.sky.diffuse import DiffuseTable, Quadrature, build_diffuse, node_index, zenith_nodes
from render.integrator.sky.scattered import WGS84_KM, ScatteringAir, march, rays_through, scattering_air
from render.sky.sunlight import SkySource
from tests.devices import start_or_skip

AXES = np.full(3, EARTH_MEAN_RADIUS_KM)
GREEN = (560.0,)
THIN_RTOL = 3e-3
COLUMN_RTOL = 0.01  # steps of 1 km of climb against shells of 0.5 km
BENDING_RTOL = 0.02
PRECISION_RTOL, PRECISION_ATOL = 0.01, 1e-9  # of the value (0.6 % on Vulkan, grazing the ground); of irradiance, sr-1
STEP_P95 = 0.01
BARE = AtmosphereSettings(ozone_du=0.0, aerosol="none", ground_albedo=0.0, refraction=False)


def source(direction, bands=1):
    unit = np.ones(bands)
    return SkySource(np.asarray(direction) / np.linalg.norm(direction), unit, MEAN_DISC_RAD, unit)


def limb_rays(optical, tangent_km):
    """Return rays whose straight lines are lowest over +z and that look along +x, from 415 km."""
    tangent = np.asarray(tangent_km, dtype=float)
    back = np.sqrt((EARTH_MEAN_RADIUS_KM + 415.0) ** 2 - (EARTH_MEAN_RADIUS_KM + tangent) ** 2)
    origin = np.stack([-back, 0.0 * tangent, EARTH_MEAN_RADIUS_KM + tangent], axis=-1) * optical.shrink(415.0)
    direction = np.tile([1.0, 0.0, 0.0], (len(tangent), 1))
    return direction, *rays_through(origin, direction, AXES, np.zeros(len(tangent), bool))


def limb(air, sza_deg, azimuth_deg, tangent_km):
    s, a = np.radians([sza_deg, azimuth_deg])
    sun = source([np.sin(s) * np.cos(a), np.sin(s) * np.sin(a), np.cos(s)], len(air.atmosphere.wavelengths_nm))
    return march(air, [sun], *limb_rays(air.optical, tangent_km), AXES)


def thin_atmosphere():
    z, base = np.arange(0.0, 120.1, 0.5), build_atmosphere(BARE, GREEN)
    density = np.zeros((len(z), len(SPECIES)))
    density[:, 0] = 1e-5 * np.exp(-z / 8.0)
    optics = (base.wavelengths_nm, base.air_beta2, base.angstrom, base.asymmetry, base.albedo)
    return Atmosphere(z, density, *optics, ground_albedo=0.0, refracts=False)


def test_thin_limb_is_irradiance_times_phase_times_column():
    atmosphere = thin_atmosphere()
    start_or_skip("cpu", "single")
    air = scattering_air(atmosphere, POINT_RAD)
    tangent = np.array([0.0, 5.0, 21.0, 47.0])
    got = limb(air, 40.0, 130.0, tangent)
    column = limb_columns(atmosphere, tangent)[:, :1]
    cosine = np.sin(np.radians(40.0)) * np.cos(np.radians(130.0))
    phase = (1.0 + atmosphere.air_beta2 * (1.5 * cosine**2 - 0.5)) / (4.0 * np.pi)
    np.testing.assert_allclose(got.single, column * atmosphere.coefficients()[0] * phase, rtol=THIN_RTOL)
    np.testing.assert_allclose(got.columns[:, :1], column, rtol=THIN_RTOL)
    assert (got.multiple < 1e-3 * got.single).all()


def test_only_multiply_scattered_light_reaches_into_the_shadow():
    start_or_skip("cpu", "single")
    air = scattering_air(build_atmosphere(BARE, GREEN))
    top_dip = np.degrees(np.arccos(EARTH_MEAN_RADIUS_KM / (EARTH_MEAN_RADIUS_KM + 120.0)))
    across = limb(air, 90.0 + top_dip + 0.6, 90.0, [10.0, 100.0])
    assert (across.single == 0.0).all()  # even the disc's upper edge, seen from 120 km at either end of the ray
    assert (across.multiple > 0.0).all() and (across.multiple < 1e-6).all()
    assert (limb(air, 108.0, 180.0, [1.0, 30.0, 90.0]).single > 0.0).any()  # the ray's far end is lit
    assert (limb(air, 180.0, 0.0, [1.0, 30.0, 90.0]).total == 0.0).all()


def test_rays_are_bent_as_the_columns_say():
    atmosphere = build_atmosphere(AtmosphereSettings(), GREEN)
    start_or_skip("cpu", "single")
    air = scattering_air(atmosphere)
    tangent = np.array([3.0, 6.0, 10.0, 20.0, 35.0])
    got = limb(air, 85.0, 0.0, tangent)
    np.testing.assert_allclose(got.bending_rad, limb_bending(optical_air(atmosphere), tangent), rtol=BENDING_RTOL)
    np.testing.assert_allclose(got.columns[:, :2], limb_columns(atmosphere, tangent)[:, :2], rtol=COLUMN_RTOL)


def test_refraction_lights_air_that_stands_in_the_geometric_shadow():
    start_or_skip("cpu", "single")
    bent = scattering_air(build_atmosphere(AtmosphereSettings(), (680.0,)))
    straight = scattering_air(build_atmosphere(AtmosphereSettings(refraction=False), (680.0,)))
    # Twilight is later by the bending of light that passes 10 to 20 km high: 0.1 to 0.4 degree
    found = limb(bent, 97.0, 90.0, [25.0]).total
    early, late = (limb(straight, sza, 90.0, [25.0]).total for sza in (96.95, 96.5))
    assert early < found < late


def test_halved_steps_change_little():
    start_or_skip("cpu", "single")
    air = scattering_air(build_atmosphere(AtmosphereSettings(), (440.0, 560.0, 680.0)))
    position = np.array([6800.0, 0.0, 0.0]) * air.optical.shrink(420.0)
    layout = sky_view.view_layout(position, np.array([0.0, 1.0, 0.0]))
    rays = [array[::97] for array in sky_view.view_rays(layout, position)]
    sun = source([-np.sin(np.radians(22.0)), np.cos(np.radians(22.0)), 0.0], 3)
    coarse = march(air, [sun], *rays, WGS84_KM).total
    fine = march(air, [sun], *rays, WGS84_KM, step_km=(12.5, 0.5)).total
    seen = fine > 1e-3 * fine.max(axis=0)
    assert np.percentile(np.abs(coarse[seen] / fine[seen] - 1.0), 95) < STEP_P95


@pytest.mark.usefixtures("any_device")
def test_devices_and_precisions_agree(in_double):
    atmosphere, tangent = build_atmosphere(AtmosphereSettings(), (440.0, 680.0)), np.arange(0.0, 110.0, 5.0)
    light, quadrature = sunlight_table(atmosphere), Quadrature(directions=4, azimuths=3, climb_km=4.0)

    def found():
        kept = build_diffuse(atmosphere, light, quadrature)
        table = DiffuseTable(kept["moments"], kept["irradiance"], node_index(quadrature), zenith_nodes(quadrature))
        air = ScatteringAir(atmosphere, optical_air(atmosphere), light, table)
        return [limb(air, sza, 30.0, tangent).total for sza in (70.0, 92.0, 99.0, 104.0)]

    got = found()
    np.testing.assert_allclose(got, in_double("twilight", found), rtol=PRECISION_RTOL, atol=PRECISION_ATOL)


@pytest.mark.parametrize("settings", [BARE, AtmosphereSettings()])
def test_light_is_the_sum_of_its_sources(settings):
    start_or_skip("cpu", "single")
    air = scattering_air(build_atmosphere(settings, GREEN))
    rays = limb_rays(air.optical, [5.0, 30.0, 80.0])
    suns = [source([0.6, 0.2, 0.1]), source([-0.3, 0.9, 0.2])]
    apart = sum(march(air, [sun], *rays, AXES).total for sun in suns)
    np.testing.assert_allclose(march(air, suns, *rays, AXES).total, apart, rtol=0.01)  # steps heed both shadows
