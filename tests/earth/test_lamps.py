"""Light per person, lamps and laws; points of light."""

import numpy as np
import pytest

from render.core.geodesy import geodetic_from_itrs
from render.core.radiance import SKY_WAVELENGTHS_NM
from render.earth.lights import lamps, remote
from render.earth.lights.lamps import REGIONS, lamp_spectra
from render.earth.lights.places import Places, distance_km, places
from render.earth.lights.points import MOST_LIGHTS, _kept, city_lights
from render.earth.lights.raster import SPARKLE
from render.earth.settings import EarthSettings
from render.earth.snow import MonthSnow
from render.earth.surface import LAND, surface_class

SETTINGS = EarthSettings()
# Light per person relative to the USA, measured on a night-lights composite of the day/night band, and boxes, deg
MEASURED = {
    "western Europe": (0.44, (43.0, 55.0, -4.0, 14.0)), "Japan": (0.21, (31.0, 45.0, 130.6, 145.0)),
    "Brazil": (0.22, (-30.0, -5.0, -52.0, -35.0)), "India": (0.22, (8.5, 30.0, 73.0, 88.0)),
    "eastern China": (0.19, (23.0, 41.0, 106.0, 122.0)), "western Africa": (0.09, (4.0, 15.0, -15.0, 12.0)),
}  # fmt: skip
USA = (32.5, 48.5, -124.0, -68.0)


def per_person(box):
    every = places()
    south, north, west, east = box
    inside = (every.latitude_deg > south) & (every.latitude_deg < north)
    inside &= (every.longitude_deg > west) & (every.longitude_deg < east)
    some = every.some(inside)
    return lamps.place_light(SETTINGS, some).sum() / some.population.sum()


@pytest.mark.parametrize("name", MEASURED)
def test_light_per_person_by_region(name):
    ratio, box = MEASURED[name]
    assert per_person(box) / per_person(USA) == pytest.approx(ratio, rel=0.3)


def test_north_americans_have_the_scene_s_light():
    assert per_person(USA) == pytest.approx(SETTINGS.upward_w_sr_per_person, rel=0.1)


# Borders of the contiguous United States with Canada and Mexico, longitude and latitude, deg, roughly
NORTH = [
    -125.0,
    -123.0,
    -95.2,
    -89.6,
    -84.5,
    -82.5,
    -83.1,
    -79.0,
    -79.0,
    -76.4,
    -74.7,
    -71.5,
    -70.3,
    -69.2,
    -67.8,
    -66.9,
]
NORTH_LAT = [48.3, 49.0, 49.0, 48.0, 46.5, 45.3, 42.2, 42.8, 43.3, 44.1, 45.0, 45.0, 45.9, 47.4, 47.1, 44.8]
SOUTH = [-125.0, -117.1, -114.8, -111.1, -106.5, -104.5, -103.0, -101.4, -99.5, -97.1, -97.0, -66.9]
SOUTH_LAT = [32.5, 32.53, 32.5, 31.33, 31.75, 29.6, 29.0, 29.8, 27.5, 25.9, 24.4, 24.4]


def test_the_total_of_the_contiguous_united_states():
    every = places()
    west, east = every.longitude_deg > -125.0, every.longitude_deg < -66.9
    order = np.argsort(NORTH, kind="stable")
    below = every.latitude_deg < np.interp(every.longitude_deg, np.array(NORTH)[order], np.array(NORTH_LAT)[order])
    states = every.some(west & east & below & (every.latitude_deg > np.interp(every.longitude_deg, SOUTH, SOUTH_LAT)))
    people, light = states.population.sum(), lamps.place_light(SETTINGS, states).sum()
    assert 2.2e8 < people < 2.7e8  # of 320 million: the others live in no listed place
    assert light == pytest.approx(2.4e7, rel=0.1)  # W sr-1
    beside = lamps.country_light(SETTINGS, states).sum()
    assert beside == pytest.approx(light * (320e6 / people - 1.0), rel=0.1)  # as much per person
    mean_nw = (light + beside) / 8.08e6 / 10.0  # over 8.08 million km2 of land and lakes
    assert 0.35 < mean_nw < 0.6  # composites without snow, recalled


def test_beside_small_places_live_more_people_than_in_them():
    some = Places(np.full(2, 40.0), np.full(2, -90.0), np.array([1.0e3, 1.0e6]), np.arange(2, dtype=np.uint64))
    small, large = lamps.country_light(SETTINGS, some)
    assert large / small == pytest.approx(1000.0**lamps.COUNTRY_SLOPE)
    assert (
        small > 0.5 * 1.0e3 * SETTINGS.upward_w_sr_per_person and large < 0.1 * 1.0e6 * SETTINGS.upward_w_sr_per_person
    )


def test_light_grows_more_slowly_than_people():
    every = places()
    some = every.some(every.latitude_deg > 50.0)
    light = lamps.place_light(EarthSettings(seed=5), some) / lamps.snow_gain(0.0)
    in_region = lamps.region_of(some.latitude_deg, some.longitude_deg) == 14  # western Europe
    assert REGIONS[14].name == "western Europe"
    slope = np.polyfit(np.log(some.population[in_region]), np.log(light[in_region]), 1)[0]
    assert 0.81 < slope < 0.97


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ((43.65, -79.38), "North America"), ((29.76, -95.37), "North America"), ((19.43, -99.13), "Mexico"),
        ((-23.5, -46.6), "Brazil"), ((-34.6, -58.4), "South America"), ((51.5, -0.1), "western Europe"),
        ((59.3, 18.1), "Scandinavia"), ((55.75, 37.6), "northern Asia"), ((30.0, 31.2), "Egypt, Levant"),
        ((25.2, 55.3), "Persian Gulf"), ((19.1, 72.9), "India"), ((35.7, 139.7), "Japan"), ((37.5, 127.0), "Korea"),
        ((31.2, 121.5), "China"), ((6.5, 3.4), "Africa"), ((-33.9, 151.2), "Australia"),
    ],
)  # fmt: skip
def test_places_are_in_their_regions(place, name):
    assert REGIONS[int(lamps.region_of(*place))].name == name


def test_sodium_gives_way_to_diodes():
    of = places().within(40.0, -90.0, 800.0)
    mean = [np.average(lamps.white_share(SETTINGS, y, of), weights=of.population) for y in (2000, 2012, 2015, 2025)]
    assert mean == sorted(mean) and 0.1 < mean[1] < 0.25 and mean[3] > 0.5
    fixed = EarthSettings(led_fraction=0.35)
    assert lamps.white_share(fixed, 2012, of).mean() == pytest.approx(0.35, abs=0.01)
    assert not lamps.white_share(EarthSettings(led_fraction=0.0), 2012, of).any()


def test_towns_have_their_own_lamps_about_the_mean_of_their_region():
    of = places().within(40.0, -90.0, 800.0)
    for year in (2005, 2015, 2025):
        mean = lamps.mean_white(SETTINGS, year, of.latitude_deg, of.longitude_deg)
        share = lamps.white_share(SETTINGS, year, of)
        assert share.mean() == pytest.approx(mean.mean(), abs=0.01)
        assert ((share >= 0.0) & (share <= 1.0)).all()
        own = 1.0 / mean.mean() - 1.0  # the power of an even number: its deviation is known
        wanted = lamps.WHITE_OWN * np.sqrt(1.0 / (2.0 * own + 1.0) - 1.0 / (own + 1.0) ** 2)
        assert share.std() == pytest.approx(wanted, rel=0.05)
    again = lamps.white_share(SETTINGS, 2025, of)
    np.testing.assert_array_equal(again, share)
    assert (lamps.white_share(EarthSettings(led_fraction=1.0), 2015, of) == 1.0).all()


def test_winter_s_snow_lies_north_and_summer_has_none():
    latitude, longitude = np.array([30.0, 46.0, 60.0, 48.0]), np.array([-80.0, -80.0, 30.0, 2.0])
    january, july = MonthSnow(1)(latitude, longitude), MonthSnow(7)(latitude, longitude)
    assert january == pytest.approx([0.0, 1.0, 1.0, 0.0], abs=0.1) and july.max() < 0.01
    assert MonthSnow(1) == MonthSnow(1) != MonthSnow(2)


def test_lamp_spectra_keep_their_light_and_colour():
    sodium, white = lamp_spectra()
    assert lamp_spectra().shape == (2, 21)
    total = np.trapezoid(lamp_spectra(), SKY_WAVELENGTHS_NM)
    assert 0.8 < total[0] < 1.0  # the rest is the infrared line at 819 nm
    assert 1.0 < total[1] < 1.3  # blue light that the day/night band does not see
    orange = (SKY_WAVELENGTHS_NM >= 560) & (SKY_WAVELENGTHS_NM <= 620)
    assert sodium[orange].sum() > 0.7 * sodium.sum()
    assert white[SKY_WAVELENGTHS_NM == 460][0] > 5 * sodium[SKY_WAVELENGTHS_NM == 460][0]


@pytest.fixture(scope="module")
def northeast():
    return city_lights(EarthSettings(flares=False, fishing=False), 2015, 7, 42.0, -78.0, 1200.0)


def test_the_brightest_lamps_hold_their_share_of_the_light(northeast):
    about = places().within(42.0, -78.0, 1200.0)
    assert northeast.intensity.sum() == pytest.approx(SPARKLE * lamps.place_light(SETTINGS, about).sum(), rel=1e-6)
    latitude, longitude, altitude = geodetic_from_itrs(northeast.position_km)
    assert np.abs(altitude).max() < 1e-6
    at_sea = surface_class(latitude, longitude) != LAND
    assert northeast.intensity[at_sea].sum() < 0.03 * northeast.intensity.sum()  # only where a town's name stands


def test_normals_point_up(northeast):
    assert np.linalg.norm(northeast.normal, axis=1) == pytest.approx(1.0)
    assert (np.sum(northeast.normal * northeast.position_km, axis=1) > 6300.0).all()


def test_same_scene_same_lights_other_seed_other_streets():
    first = city_lights(SETTINGS, 2015, 7, 42.4, -71.1, 50.0)
    _kept.cache_clear()
    again, other = (
        city_lights(SETTINGS, 2015, 7, 42.4, -71.1, 50.0),
        city_lights(EarthSettings(seed=2), 2015, 7, 42.4, -71.1, 50.0),
    )
    assert again is not first and (first.position_km == again.position_km).all()
    assert (first.intensity == again.intensity).all()
    assert len(other.intensity) != len(first.intensity) or (other.position_km != first.position_km).any()


def test_a_light_keeps_its_place_when_the_region_grows():
    small, large = (city_lights(SETTINGS, 2015, 7, 42.4, -71.1, radius) for radius in (30.0, 60.0))
    inside = {tuple(p) for p in large.position_km}
    assert all(tuple(p) in inside for p in small.position_km)


def test_crowded_regions_stay_bounded():
    assert len(city_lights(SETTINGS, 2015, 7, 30.0, 105.0, 2400.0).intensity) <= MOST_LIGHTS


def test_empty_sea_and_all_off_have_no_lights():
    assert len(city_lights(SETTINGS, 2015, 7, -51.6, 110.0, 300.0).intensity) == 0
    off = EarthSettings(cities=False, flares=False, fishing=False)
    assert len(city_lights(off, 2015, 7, 28.6, -98.9, 1200.0).intensity) == 0


@pytest.mark.parametrize(("key", "place", "white"), [("flares", (48.0, -104.0), 0.0), ("fishing", (20.0, 112.0), 1.0)])
def test_flares_and_fleets_are_where_they_are_seen(key, place, white):
    alone = EarthSettings(cities=False, **{"flares": False, "fishing": False, key: True})
    latitude, longitude, light, whites = remote.remote_lights(alone, *place, 300.0)
    assert len(light) > 100 and (whites == white).all() and light.sum() > 2.0e4
    assert (distance_km(latitude, longitude, *place) < 300.0).all()
    if key == "fishing":
        assert (surface_class(latitude, longitude) != LAND).all()
    off = alone.model_copy(update={key: False})
    assert len(remote.remote_lights(off, *place, 300.0)[0]) == 0
