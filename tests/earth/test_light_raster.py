"""The light raster against its list of places, what the day/night band sees, and the map."""

import numpy as np
import pytest

from render.earth.lights import lamps
from render.earth.lights.grid import (
    BLOCK,
    CELL_KM,
    CELLS_PER_DEGREE,
    LEAST,
    NW,
    PATCH,
    Of,
    coded,
    decoded,
    halved,
    region_about,
)
from render.earth.lights.lamps import LightsKey
from render.earth.lights.neighbours import AREA_EXPONENT, AREA_KM2, NEAR_KM, in_bins, neighbours
from render.earth.lights.places import Places, distance_km, places
from render.earth.lights.raster import HAMLETS, SPARKLE, build_raster, light_raster
from render.earth.lights.texture import SECTION_KM, _line, _smooth
from render.earth.lights.towns import STREETS, scale_km, town_discs
from render.earth.settings import EarthSettings
from render.earth.snow import MonthSnow
from render.earth.surface import land_share

SETTINGS, JULY = EarthSettings(), MonthSnow(7)
NEW_YORK, ITHACA, LEVITTOWN, ADIRONDACKS = (40.75, -73.98), (42.44, -76.50), (40.72, -73.51), (44.1, -74.3)
MOST_BYTES = 65e6
WINNIPEG_NW = [
    16.0,
    3.6,
    1.2,
    0.5,
]  # nW cm-2 sr-1, 6 to 10, 10 to 15, 15 to 20, 20 to 30 km: photograph ISS030-E-102170
APART_KM = 45.0  # between spots that count: a metropolis has one
# Central places of the largest cities from Virginia to Maine, deg, from maps; Queens is a fourth of New York
CITIES = {
    "New York": (40.73, -73.99), "Queens": (40.70, -73.83), "Philadelphia": (39.95, -75.16),
    "Washington": (38.90, -77.03),
    "Boston": (42.36, -71.06), "Baltimore": (39.29, -76.61), "Norfolk": (36.85, -76.28), "Richmond": (37.54, -77.44),
    "Providence": (41.82, -71.41), "Hartford": (41.76, -72.68), "Worcester": (42.26, -71.80),
    "New Haven": (41.31, -72.92), "Stamford": (41.05, -73.54), "Springfield": (42.10, -72.59),
    "Allentown": (40.60, -75.48), "Reading": (40.34, -75.93), "Lancaster": (40.04, -76.31),
    "Harrisburg": (40.27, -76.88), "Newark": (40.74, -74.17), "Scranton": (41.41, -75.66), "Trenton": (40.22, -74.76),
    "Albany": (42.65, -73.76), "Virginia Beach": (36.85, -76.06), "Newport News": (37.03, -76.42),
    "Lowell": (42.64, -71.32),
    "Manchester": (42.99, -71.46), "Waterbury": (41.56, -73.04), "New Bedford": (41.64, -70.93),
    "Dale City": (38.65, -77.33), "Wilmington": (39.74, -75.55), "Toms River": (39.98, -74.20),
    "Bridgeport": (41.18, -73.19), "Syracuse": (43.05, -76.15), "Danbury": (41.40, -73.47), "Utica": (43.10, -75.23),
    "New Brunswick": (40.49, -74.45),
}  # fmt: skip


def key(latitude, longitude, radius_km, settings=SETTINGS, snow=JULY):
    return LightsKey(settings, 2015, snow, latitude, longitude, radius_km)


@pytest.fixture(scope="module")
def seaboard():
    return build_raster(key(40.5, -74.5, 480.0))


def patches(raster, of=(Of.LEVEL_3, Of.GROUND_HALO)):
    """Return latitude and longitude of patches, deg, and their sodium and white light, W sr-1 km-2, [row, column]."""
    region = raster.region
    row, column = np.indices((region.rows * PATCH, region.columns * PATCH))
    base = raster.index[row // PATCH, column // PATCH]
    at = (row % PATCH) * PATCH + column % PATCH
    light = sum(decoded(raster.words[np.where(base > 0, base + first + at, 0)]) for first in of)
    per_degree = CELLS_PER_DEGREE / PATCH
    latitude = (region.row * PATCH + row + 0.5) / per_degree - 90.0
    longitude = (region.column * PATCH + column + 0.5) / per_degree - 180.0
    return latitude, longitude, light * (base > 0)[..., None]


def radiance_nw_cm2_sr(raster, place, radius_km):
    """Return the mean radiance from the zenith of a disc about a place."""
    latitude, longitude, light = patches(raster)
    near = distance_km(latitude, longitude, *place) < radius_km
    return light.sum(axis=-1)[near].mean() / NW


def area_km2(latitude):
    return (111.195 * PATCH / CELLS_PER_DEGREE) ** 2 * np.cos(np.radians(latitude))


def test_its_total_is_that_of_the_list(seaboard):
    about = places().within(40.5, -74.5, 480.0)
    light = (1.0 - SPARKLE) * lamps.place_light(SETTINGS, about) + lamps.country_light(SETTINGS, about)
    white = (light * lamps.white_share(SETTINGS, 2015, about)).sum() / light.sum()
    total = sum(seaboard.total_w_sr)
    assert total == pytest.approx(light.sum(), rel=0.01)
    assert seaboard.total_w_sr[1] / total == pytest.approx(white, abs=0.03)


def test_the_brightest_spots_are_the_large_cities(seaboard):
    latitude, longitude, light = patches(seaboard)
    total = light.sum(axis=-1)
    total[(latitude < 36.7) | (latitude > 43.2) | (longitude < -77.6) | (longitude > -69.8)] = 0.0
    found = []
    for _ in range(20):
        here = tuple(axis.flat[total.argmax()] for axis in (latitude, longitude))
        away = {name: float(distance_km(*here, *of)) for name, of in CITIES.items()}
        nearest = min(away, key=away.__getitem__)
        found.append(nearest if away[nearest] < 5.0 else "")
        total[distance_km(latitude, longitude, *here) < APART_KM] = 0.0
    assert all(found[:8]) and found[0] in ("New York", "Queens")
    assert {"Philadelphia", "Washington", "Boston", "Baltimore"} == set(found[1:5])
    assert "Norfolk" in found[:10]
    assert sum(map(bool, found)) >= 17  # the others are suburbs and smaller towns


def test_cores_suburbs_towns_and_wilderness_come_in_order(seaboard):
    assert 60.0 < radiance_nw_cm2_sr(seaboard, NEW_YORK, 5.0) < 220.0  # 50 to 200 in cores
    assert 10.0 < radiance_nw_cm2_sr(seaboard, LEVITTOWN, 5.0) < 45.0
    assert 2.0 < radiance_nw_cm2_sr(seaboard, ITHACA, 4.0) < 15.0  # 30 000 people
    assert radiance_nw_cm2_sr(seaboard, ADIRONDACKS, 10.0) < 0.3


def test_a_prairie_city_is_as_compact_as_in_a_photograph():
    snow = build_raster(LightsKey(SETTINGS, 2012, MonthSnow(1), 49.9, -97.14, 150.0))
    latitude, longitude, light = patches(snow)
    away = distance_km(latitude, longitude, 49.884, -97.147)
    rings = [(6.0, 10.0), (10.0, 15.0), (15.0, 20.0), (20.0, 30.0)]
    found = [light.sum(axis=-1)[(away >= near) & (away < far)].mean() / NW for near, far in rings]
    np.testing.assert_allclose(np.log(found), np.log(WINNIPEG_NW), atol=np.log(1.8))  # the reading: within a factor 2
    assert found[1] / found[0] == pytest.approx(WINNIPEG_NW[1] / WINNIPEG_NW[0], rel=0.4)


def test_suburbs_run_into_one_another_and_leave_their_cores_to_the_city():
    lone = Places(np.array([45.0, 46.0]), np.array([5.0, 5.0]), np.array([9e4, 3e4]), np.arange(2, dtype=np.uint64))
    pair = Places(np.array([45.0, 45.05]), np.array([5.0, 5.0]), np.array([9e4, 3e4]), np.arange(2, dtype=np.uint64))
    apart, near = (neighbours(of, in_bins(of)) for of in (lone, pair))
    assert not apart.crowding.any() and apart.centre.tolist() == [0, 1] and near.centre.tolist() == [0, 0]
    weight = np.exp(-0.5 * (0.05 * 111.195 / NEAR_KM) ** 2) / (2.0 * np.pi * NEAR_KM**2)
    np.testing.assert_allclose(near.crowding, weight * AREA_KM2 * pair.population[::-1] ** AREA_EXPONENT, rtol=1e-3)
    light, white = np.array([100.0, 30.0]), np.full(2, 0.3)
    core = [town_discs(of, light, white, n, 1).light[:2] for of, n in ((lone, apart), (pair, near))]
    assert core[1][0] - core[0][0] == pytest.approx(core[0][1] - core[1][1])  # what one gives the other has
    assert core[1][1] < core[0][1]
    discs = town_discs(pair, light, white, near, 1)
    assert discs.light.sum() == pytest.approx((1.0 - STREETS) * light.sum())


def test_the_grain_of_towns_is_as_rough_on_its_lattice_as_between():
    rng = np.random.default_rng(4)
    row, column = rng.integers(20_000, 25_000, (2, 6000)) * PATCH
    noise = _smooth(row, column, 3.1, 1)
    step = round(3.1 / CELL_KM)  # cells between lattice points, from south to north
    phase = (row[:, None] + np.arange(PATCH)) % step
    spread = [noise[phase == k].std() for k in range(step)]
    np.testing.assert_allclose(spread, 1.0, atol=0.06)  # 0.85 to 1.15 where sums of squares are not 1


def test_section_roads_are_lit_by_stretches_and_as_much_in_the_mean():
    rows = np.arange(80_000).reshape(-1, PATCH)
    per_cell = np.full((len(rows), 1), CELL_KM / SECTION_KM)
    light = _line(rows, per_cell, rows[:, 0] % 7, 3)
    assert light.mean() == pytest.approx(CELL_KM / SECTION_KM, rel=0.03)  # a triangle two cells wide, a mile apart
    assert light.max() > 1.9 and np.percentile(light.max(axis=1), 10) < 0.7  # all alike: 0.8 at least


def test_little_light_lies_outside_towns(seaboard):
    latitude, longitude, light = patches(seaboard, (Of.LEVEL_3,))
    lit = light.sum(axis=-1) * area_km2(latitude)
    inside = np.zeros(lit.shape, bool)
    about = places().within(40.5, -74.5, 480.0)
    # twice the radius of the built-up area, and half a patch
    reach = 2.0 * np.sqrt(2.0) * scale_km(about.population) + 3.0
    for place, north in enumerate(about.latitude_deg):
        i = int((north + 90.0) * CELLS_PER_DEGREE / PATCH) - seaboard.region.row * PATCH
        j = int((about.longitude_deg[place] + 180.0) * CELLS_PER_DEGREE / PATCH) - seaboard.region.column * PATCH
        n = int(reach[place] / 3.0) + 1
        part = slice(i - n, i + n + 1), slice(j - n, j + n + 1)
        away = distance_km(latitude[part], longitude[part], north, about.longitude_deg[place])
        inside[part] |= away < reach[place]
    listed = lamps.place_light(SETTINGS, about).sum()
    assert lit[~inside].sum() < 0.05 * listed + HAMLETS * lamps.country_light(SETTINGS, about).sum()


def test_no_lamp_stands_in_the_sea(seaboard):
    latitude, longitude, light = patches(seaboard, (Of.LEVEL_3,))
    wet = land_share(latitude, longitude) < 0.01
    for shift in (-0.03, 0.03):
        wet &= (land_share(latitude + shift, longitude) < 0.01) & (land_share(latitude, longitude + shift) < 0.01)
    assert wet.sum() > 5000
    assert light[wet].sum() < 0.003 * light.sum()  # a few islands that the mask lacks


def test_the_same_whatever_region_is_asked_for(seaboard):
    smaller = build_raster(key(40.5, -75.0, 250.0))
    latitude, longitude, light = patches(smaller, (Of.LEVEL_3,))
    middle = distance_km(latitude, longitude, 40.5, -75.0) < 120.0
    there = patches(seaboard, (Of.LEVEL_3,))[2]
    region, large = smaller.region, seaboard.region
    i, j = (region.row - large.row) * PATCH, (region.column - large.column) * PATCH
    rows, columns = light.shape[:2]
    np.testing.assert_allclose(light[middle], there[i : i + rows, j : j + columns][middle], rtol=2e-3, atol=5.0 * LEAST)


def test_another_seed_makes_another_pattern_of_the_same_light():
    first, again, other = (build_raster(key(42.4, -71.6, 60.0, EarthSettings(seed=seed))) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.words, again.words)
    assert first.words.shape != other.words.shape or (first.words != other.words).any()
    assert sum(other.total_w_sr) == pytest.approx(sum(first.total_w_sr), rel=0.25)  # towns scatter


def test_memory_is_bounded(seaboard):
    assert seaboard.words.nbytes + seaboard.index.nbytes < 0.25 * MOST_BYTES  # Europe of 2360 km about 52 N: 60 MB


def test_lamps_may_be_dim():
    """So dim that nowhere quarters are told apart."""
    dim = EarthSettings(upward_w_sr_per_person=1e-4)
    for latitude, longitude in ((68.0, -100.0), (52.0, 12.0)):  # a wilderness, and Germany
        found = build_raster(LightsKey(dim, 2015, JULY, latitude, longitude, 100.0))
        assert found is None or np.isfinite(decoded(found.words)).all()


def test_the_sea_and_cities_off_have_none():
    assert light_raster(EarthSettings(cities=False), 2015, 7, 42.0, -78.0, 500.0) is None
    assert build_raster(key(-45.0, -120.0, 300.0)) is None


def test_snow_under_lamps_multiplies_their_light():
    bare, white = (build_raster(key(44.0, -72.0, 80.0, snow=lambda lat, lon, s=s: s + 0.0 * lat)) for s in (0.0, 1.0))
    assert sum(white.total_w_sr) == pytest.approx(lamps.SNOW_GAIN * sum(bare.total_w_sr), rel=0.01)


def test_words_hold_values_to_a_thousandth():
    values = np.geomspace(2.0 * LEAST, 1e5, 1001).astype(np.float32)
    found = decoded(coded(values, values[::-1]))
    np.testing.assert_allclose(found[:, 0], values, rtol=2e-4)
    np.testing.assert_allclose(found[:, 1], values[::-1], rtol=2e-4)
    assert not decoded(coded(np.zeros(3, np.float32), np.zeros(3, np.float32))).any()
    assert decoded(coded(np.array([1e9], np.float32), np.array([1e-9], np.float32)))[0, 1] == 0.0


def test_halving_keeps_the_mean():
    values = np.random.default_rng(3).random((5, 8, 8)).astype(np.float32)
    assert halved(values).mean() == pytest.approx(values.mean(), rel=1e-6)


@pytest.mark.parametrize(("latitude", "longitude"), [(42.0, -78.0), (75.0, 179.0), (-88.0, 10.0), (0.0, -179.9)])
def test_a_region_holds_its_disc(latitude, longitude):
    region = region_about(latitude, longitude, 800.0)
    rng = np.random.default_rng(1)
    lat, lon = np.degrees(np.arcsin(rng.uniform(-1, 1, 40000))), rng.uniform(-180, 180, 40000)
    near = distance_km(lat, lon, latitude, longitude) < 790.0
    row = (lat[near] + 90.0) * CELLS_PER_DEGREE / BLOCK - region.row
    column = ((lon[near] + 180.0) * CELLS_PER_DEGREE / BLOCK - region.column) % (360.0 * CELLS_PER_DEGREE / BLOCK)
    assert near.sum() > 50
    assert ((row >= 0.0) & (row <= region.rows)).all() and (column <= region.columns).all()
