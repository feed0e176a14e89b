"""Sun- and moonlight on level places: against the half space above them, finer, and sea level's own tables."""

import numpy as np
import pytest

from render.atmosphere import sunlight
from render.atmosphere.extinction import build_atmosphere
from render.atmosphere.settings import AtmosphereSettings
from render.core.geodesy import itrs_from_geodetic, itrs_from_local
from render.core.units import EARTH_MEAN_RADIUS_KM
from render.integrator.sky import level_light
from render.integrator.sky.scattered import march, rays_through, scattering_air
from render.sky.sunlight import SkySource, sun_source
from tests.devices import start_or_skip

ZENITH = np.radians([30.0, 80.0, 90.0, 93.0, 96.0, 100.0])
HEMISPHERE = 0.02
SEA_LEVEL = 0.065  # of skylight, reddest bands, 96 degrees: the table's rays are straight (unbent air: 0.1 %)
SEA_LEVEL_GREEN = 0.03
BLUE, GREEN = 3, 9  # 440 and 560 nm


@pytest.fixture(scope="module")
def air():
    start_or_skip("cpu")
    return scattering_air(build_atmosphere(AtmosphereSettings()))


def half_space(air, altitude_km, zenith_rad):
    """Return skylight [band] on a level place by even steps in elevation and azimuth, one place alone."""
    elevation = (np.arange(180) + 0.5) * np.pi / 360.0
    azimuth = (np.arange(24) + 0.5) * np.pi / 24.0
    e, a = (k.ravel() for k in np.meshgrid(elevation, azimuth))
    direction = np.stack([np.cos(e) * np.cos(a), np.cos(e) * np.sin(a), np.sin(e)], axis=-1)
    radius = EARTH_MEAN_RADIUS_KM + float(air.optical.optical_altitude(altitude_km))
    origin = np.broadcast_to([0.0, 0.0, radius], direction.shape)
    axes, unit = np.full(3, EARTH_MEAN_RADIUS_KM), np.ones(len(air.atmosphere.wavelengths_nm))
    sun = SkySource(np.array([np.sin(zenith_rad), 0.0, np.cos(zenith_rad)]), unit, air.light.radius_rad, unit)
    rays = rays_through(origin, direction, axes, np.zeros(len(e), bool))
    light = march(air, [sun], direction, *rays, axes).total
    solid_angle = np.cos(e) * (np.pi / 360.0) * (2.0 * np.pi / 24.0)
    return (np.sin(e) * solid_angle) @ light


@pytest.mark.parametrize("altitude_km", [2.0, 10.0])
def test_skylight_is_the_half_space_above(air, altitude_km):
    found = level_light.skylight(air, altitude_km, ZENITH[[1, 3, 4]])
    for each, zenith in zip(found, ZENITH[[1, 3, 4]], strict=True):
        np.testing.assert_allclose(each, half_space(air, altitude_km, zenith), rtol=HEMISPHERE)


def test_sea_level_is_as_the_ground_has_it(air):
    found, table = level_light.skylight(air, 0.0, ZENITH), air.diffuse.skylight(ZENITH, 1e-30)
    np.testing.assert_allclose(found, table, rtol=SEA_LEVEL)
    np.testing.assert_allclose(found[:, [BLUE, GREEN]], table[:, [BLUE, GREEN]], rtol=SEA_LEVEL_GREEN)
    elsewhere = level_light.skylight(air, 10.0, ZENITH)  # the control: another altitude is another light
    assert np.abs(elsewhere / table - 1.0)[:, BLUE].min() > 2.0 * SEA_LEVEL


def test_direct_light_grows_to_that_of_space(air):
    zenith = np.radians([0.0, 50.0, 85.0])
    above = [sunlight.ground_irradiance(air.atmosphere, zenith, altitude_km=z) for z in (0.0, 5.0, 20.0, 100.0)]
    assert (np.diff(above, axis=0) > 0.0).all()
    np.testing.assert_allclose(above[-1], np.cos(zenith)[:, None] * np.ones_like(above[-1]), rtol=2e-3)


def test_the_sun_sets_on_a_deck_where_its_level_hides_it(air):
    # From 10 km the Sun stays in sight to 3.2 degrees below the level, but it shines on a level deck from above alone.
    zenith = np.radians(np.arange(88.0, 94.0, 0.05))
    low, high = (sunlight.ground_irradiance(air.atmosphere, zenith, altitude_km=z)[:, GREEN] for z in (0.0, 10.0))
    ends = [np.degrees(zenith[light > 1e-6].max()) for light in (low, high)]
    assert all(90.27 < end < 91.2 for end in ends)  # half a disc, and refraction
    assert (high >= low)[zenith < np.radians(90.2)].all()


def test_places_are_lit_by_their_own_sun(air):
    place = itrs_from_geodetic(60.0, [-100.0, -90.0], 8.0)
    up = itrs_from_local(60.0, -100.0)[:, 2]
    sun = sun_source(up)
    found = level_light.level_irradiance(air, [sun], place)
    table = level_light.level_light(air, 8.0)
    zenith = np.arccos(np.clip(itrs_from_local(60.0, -90.0)[:, 2] @ up, -1.0, 1.0))
    np.testing.assert_allclose(found[0], sun.irradiance * table.at(np.zeros(1))[0], rtol=1e-3)
    np.testing.assert_allclose(found[1], sun.irradiance * table.at(np.array([zenith]))[0], rtol=1e-6)
    assert (found[0] < 1.05 * sun.irradiance).all() and (found[1] < found[0]).all()
