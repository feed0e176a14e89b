"""City lights against what the day/night band sees, and their laws."""

import numpy as np
import pytest

from render.core.geodesy import geodetic_from_itrs, itrs_from_geodetic
from render.core.radiance import SKY_WAVELENGTHS_NM
from render.earth.cities import MOST_LIGHTS, city_lights, lamp_spectra, places
from render.earth.settings import EarthSettings
from render.earth.surface import LAND, surface_class

SETTINGS = EarthSettings()
NEW_YORK, CHICAGO, BOSTON, ADIRONDACKS = (40.75, -73.98), (41.88, -87.63), (42.36, -71.06), (44.1, -74.3)
TOTAL_SCATTER = 0.1  # relative, of a region's sum about people x W sr-1: cities scatter by 40 %


@pytest.fixture(scope="module")
def northeast():
    return city_lights(SETTINGS, 42.0, -78.0, 1200.0)


def radiance_nw_cm2_sr(lights, place, radius_km):
    """Mean radiance seen from the zenith, 500-900 nm, of a disc about a place."""
    away = np.linalg.norm(lights.position_km - itrs_from_geodetic(*place, 0.0), axis=1)
    return lights.intensity[away < radius_km].sum() / (np.pi * (radius_km * 1e3) ** 2) * 1e5


@pytest.mark.parametrize("radius_km", [3.0, 4.0, 5.0])
def test_new_york_shines_as_the_day_night_band_sees_it(northeast, radius_km):
    assert 50.0 < radiance_nw_cm2_sr(northeast, NEW_YORK, radius_km) < 220.0  # range 50-200, its core at the top


def test_large_cities_suburbs_towns_and_wilderness_come_in_order(northeast):
    assert 40.0 < radiance_nw_cm2_sr(northeast, CHICAGO, 4.0) < 200.0
    assert 40.0 < radiance_nw_cm2_sr(northeast, BOSTON, 4.0) < 200.0
    assert 10.0 < radiance_nw_cm2_sr(northeast, (40.72, -73.51), 5.0) < 45.0  # suburbs on Long Island
    assert 2.0 < radiance_nw_cm2_sr(northeast, (42.44, -76.50), 4.0) < 15.0  # Ithaca, 30 000 people
    assert radiance_nw_cm2_sr(northeast, ADIRONDACKS, 10.0) < 0.2


def test_light_follows_people(northeast):
    table = places()
    near = np.linalg.norm(
        itrs_from_geodetic(table.latitude_deg, table.longitude_deg, 0.0) - itrs_from_geodetic(42.0, -78.0, 0.0), axis=1
    )
    people = table.population[near < 2 * 6371.0 * np.sin(1200.0 / 2 / 6371.0)].sum()
    expected = people * SETTINGS.upward_w_sr_per_person
    assert northeast.intensity.sum() == pytest.approx(expected, rel=TOTAL_SCATTER)
    mean_white = np.average(northeast.white_share, weights=northeast.intensity)
    assert mean_white == pytest.approx(SETTINGS.led_fraction, abs=0.04)


def test_lights_stand_on_land_so_that_coasts_show(northeast):
    latitude, longitude, altitude = geodetic_from_itrs(northeast.position_km)
    assert np.abs(altitude).max() < 1e-6
    at_sea = surface_class(latitude, longitude) != LAND
    assert northeast.intensity[at_sea].sum() < 0.03 * northeast.intensity.sum()  # only by harbours, within 2.5 km
    assert radiance_nw_cm2_sr(northeast, (41.9, -86.9), 20.0) < 0.2  # Lake Michigan, 60 km off Chicago


def test_normals_point_up(northeast):
    assert np.linalg.norm(northeast.normal, axis=1) == pytest.approx(1.0)
    assert (np.sum(northeast.normal * northeast.position_km, axis=1) > 6300.0).all()


def test_same_scene_same_lights_other_seed_other_streets():
    from render.earth.cities import _city_lights  # noqa: PLC0415 - past the cache

    first, again = (_city_lights.__wrapped__(SETTINGS, 42.4, -71.1, 50.0) for _ in range(2))
    assert (first.position_km == again.position_km).all()
    assert (first.intensity == again.intensity).all()
    other = city_lights(EarthSettings(seed=2), 42.4, -71.1, 50.0)
    assert len(other.intensity) != len(first.intensity) or (other.position_km != first.position_km).any()


def test_a_light_keeps_its_place_when_the_region_grows():
    small, large = city_lights(SETTINGS, 42.4, -71.1, 30.0), city_lights(SETTINGS, 42.4, -71.1, 60.0)
    inside = {tuple(p) for p in large.position_km}
    assert all(tuple(p) in inside for p in small.position_km)


def test_crowded_regions_stay_bounded():
    assert len(city_lights(SETTINGS, 30.0, 105.0, 2400.0).intensity) <= MOST_LIGHTS
    assert len(city_lights(SETTINGS, 50.0, 10.0, 2400.0).intensity) <= MOST_LIGHTS


def test_empty_sea_and_cities_off_have_no_lights():
    assert len(city_lights(SETTINGS, -51.6, 110.0, 300.0).intensity) == 0
    assert len(city_lights(EarthSettings(cities=False), 42.0, -78.0, 1200.0).intensity) == 0


def test_lamp_spectra_keep_their_light_and_colour():
    sodium, white = lamp_spectra()
    assert lamp_spectra().shape == (2, 21)
    total = np.trapezoid(lamp_spectra(), SKY_WAVELENGTHS_NM)
    assert 0.8 < total[0] < 1.0  # the rest is the infrared line at 819 nm
    assert 1.0 < total[1] < 1.3  # blue light that the day/night band does not see
    orange = (SKY_WAVELENGTHS_NM >= 560) & (SKY_WAVELENGTHS_NM <= 620)
    assert sodium[orange].sum() > 0.7 * sodium.sum()
    assert white[SKY_WAVELENGTHS_NM == 460][0] > 5 * sodium[SKY_WAVELENGTHS_NM == 460][0]
