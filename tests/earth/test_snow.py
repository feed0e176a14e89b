"""Snow, forest and ice where a month has them; clouds' closed forms; a user's own pictures."""

import imageio.v3 as iio
import numpy as np
import pytest

from render.core.errors import InputError
from render.earth.cloud_light import cloud_tables, depth_nodes, diffuse_transmission, height_nodes, thick_plane_albedo
from render.earth.settings import EarthSettings
from render.earth.snow import month_cover, month_of, snow_probability
from render.earth.surface import land_picture
from render.earth.user_image import equirectangular
from render.earth.weather import weather_of

JANUARY, JULY = 1.9, 7.5
# Places (latitude, longitude) and whether snow lies there at the end of January: climatology, and for the north-east
# the snowstorm of 26 to 28 January 2015
WHITE = [(42.4, -71.1), (40.9, -73.1), (46.8, -71.2), (44.9, -93.2), (55.7, 37.6), (64.8, -147.7), (72.0, -40.0)]
BARE = [(38.9, -77.0), (33.7, -84.4), (51.5, -0.1), (48.9, 2.4), (45.5, -122.7), (41.9, 12.5), (-33.9, 151.2)]


def at(cover, place, plane):
    row, column = int((place[0] + 90.0) * 2.0), int((place[1] + 180.0) * 2.0)
    return float(cover[row, column, plane])


def test_january_is_white_where_it_is():
    cover = month_cover(JANUARY)
    for place in WHITE:
        assert snow_probability(at(cover, place, 0)) > 0.5, place
    for place in BARE:
        assert snow_probability(at(cover, place, 0)) < 0.4, place
    assert not cover.flags.writeable


def test_july_is_green_but_for_the_ice_sheets():
    cover = month_cover(JULY)
    for place in [*WHITE[:-1], *BARE]:
        assert snow_probability(at(cover, place, 0)) < 0.05, place
    for place in ((72.0, -40.0), (-80.0, 0.0)):
        assert snow_probability(at(cover, place, 0)) > 0.99


def test_sea_ice_comes_and_goes():
    march, september = month_cover(3.5), month_cover(9.5)
    assert at(march, (58.0, -85.0), 2) > 2.0 > -2.0 > at(september, (58.0, -85.0), 2)  # Hudson Bay
    assert at(september, (86.0, 0.0), 2) > 2.0 and at(march, (45.0, -45.0), 2) < -3.0
    assert at(march, (-64.0, 0.0), 2) < 0.0 < at(september, (-64.0, 0.0), 2)
    january = month_cover(JANUARY)
    assert at(january, (52.5, -97.8), 2) > 1.0 > -1.0 > at(january, (42.0, -81.5), 2)  # lakes Winnipeg and Erie


def test_months_follow_the_year():
    assert month_of(2015.0 + 27.5 / 365.0) == 1.9 and month_of(2015.0) == 1.0
    assert np.abs(month_cover(12.99) - month_cover(1.0)).max() < 1.0  # the year closes


def test_forests_stand_south_of_the_tree_line_and_not_on_the_plains():
    cover = month_cover(JANUARY)
    assert (
        at(cover, (51.0, -75.0), 1) > 0.7 and at(cover, (70.0, -100.0), 1) == 0.0 and at(cover, (50.0, -105.0), 1) < 0.2
    )


def test_reflectance_sums_to_the_plane_albedo():
    table, mu = cloud_tables(), (np.arange(10) + 0.5) / 10.0
    whole = (table.reflectance.mean(axis=-1) * mu * 0.2).sum(axis=-1)
    np.testing.assert_allclose(whole, table.plane_albedo, atol=2e-3)


def test_thick_clouds_follow_king():
    table, depth, mu0 = cloud_tables().plane_albedo, depth_nodes()[:, None], height_nodes()[None, :]
    some = (depth >= 6.0) & (mu0 >= 0.2)
    off = np.abs(table - thick_plane_albedo(depth, mu0))[some]
    assert off.max() < 0.02
    forward = 1.0 - 3.0 / 7.0 * (1.0 + 2.0 * mu0) / (1.072 + 0.75 * 0.25 * depth)  # of an asymmetry of 0.75
    assert np.abs(table - forward)[some].max() > 0.05


def test_what_does_not_come_back_comes_through():
    table, mu0 = cloud_tables().plane_albedo, height_nodes()
    spherical = np.trapezoid(2.0 * mu0 * table, mu0, axis=1) / np.trapezoid(2.0 * mu0, mu0)
    np.testing.assert_allclose(1.0 - spherical, diffuse_transmission(depth_nodes()), atol=0.015)


def test_a_users_map_of_clouds(tmp_path):
    image = np.zeros((90, 180), np.uint8)
    image[:45] = 255  # the north
    iio.imwrite(tmp_path / "clouds.png", image)
    field = weather_of(EarthSettings(clouds=str(tmp_path / "clouds.png"), cloud_depth=20.0))
    assert field.mapped and field.optical_depth.shape == (90, 180)
    assert field.optical_depth[60, 0] == pytest.approx(20.0) and field.optical_depth[20, 0] == 0.0
    np.save(tmp_path / "tau.npy", np.full((4, 8), 3.5))
    assert weather_of(EarthSettings(clouds=str(tmp_path / "tau.npy"), cloud_depth=1.0)).optical_depth.max() == 3.5
    assert weather_of(EarthSettings(clouds="none")) is None


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.gif", b"GIF89a", "takes .png"),
        ("a.png", b"no picture", "cannot be read"),
        ("a.npy", np.zeros((4, 4)), "4 x 4; the whole Earth is twice as wide as high"),
        ("a.npy", np.full((4, 8), np.nan), "holds values below 0"),
        ("a.npy", np.zeros(8), "wanted [row, column]"),
    ],
)
def test_bad_pictures_are_told_in_one_line(tmp_path, name, content, said):
    path = tmp_path / name
    path.write_bytes(content) if isinstance(content, bytes) else np.save(path, content)
    with pytest.raises(InputError, match=r"\[earth\] clouds") as error:
        equirectangular(str(path), "[earth] clouds", channels=3)
    assert said in str(error.value) and "\n" not in str(error.value)


def test_a_land_of_ones_own_holds_albedos(tmp_path):
    np.save(tmp_path / "land.npy", np.full((4, 8, 3), 1.5))
    with pytest.raises(InputError, match="allowed: albedos, 0 to 1"):
        land_picture(str(tmp_path / "land.npy"))
    assert land_picture(None).shape == (2, 2, 3)
