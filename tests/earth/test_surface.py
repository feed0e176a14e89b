"""Land, sea and what they reflect."""

import numpy as np
import pytest

from render.core.radiance import SKY_WAVELENGTHS_NM
from render.earth.surface import LAND, SEA, albedo, land_mask, land_share, starlight_irradiance, surface_class

LAND_SHARE = 0.292  # of Earth's surface; CIA World Factbook
LAND_SHARE_TOLERANCE = 0.01


@pytest.mark.parametrize(
    ("latitude", "longitude", "expected"),
    [
        (40.73, -73.99, LAND),  # Manhattan
        (42.36, -71.06, LAND),  # Boston
        (38.90, -77.03, LAND),  # Washington
        (45.0, -30.0, SEA),  # mid-Atlantic
        (40.0, -72.5, SEA),  # off Long Island
        (44.5, -82.3, SEA),  # Lake Huron
        (43.6, -78.0, SEA),  # Lake Ontario
        (51.6, 110.0, LAND),  # Siberia
        (-51.6, 110.0, SEA),  # south of Australia
        (-89.9, 0.0, LAND),  # the South Pole
        (90.0, 0.0, SEA),  # the North Pole
    ],
)
def test_known_places(latitude, longitude, expected):
    assert surface_class(latitude, longitude) == expected


def test_land_is_the_right_share_of_earth():
    rows = np.cos(np.radians((np.arange(180 * 48) + 0.5) / 48.0 - 90.0))
    share = (np.unpackbits(land_mask(), axis=1).mean(axis=1) * rows).sum() / rows.sum()
    assert share == pytest.approx(LAND_SHARE, abs=LAND_SHARE_TOLERANCE)


def test_mask_is_of_the_agreed_form():
    mask = land_mask()
    assert mask.shape == (180 * 48, 360 * 48 // 8)
    assert mask.dtype == np.uint8
    assert not mask.flags.writeable


def test_the_coast_runs_where_half_of_the_land_is():
    assert land_share(42.0, -75.0) == 1.0 and land_share(40.0, -60.0) == 0.0
    longitude = np.linspace(-124.4, -123.9, 400)  # across the shore of Oregon at 44 north
    share = land_share(np.full(400, 44.0), longitude)
    assert share[0] == 0.0 and share[-1] == 1.0
    assert longitude[np.argmax(share > 0.5)] == pytest.approx(-124.13, abs=0.042)  # by Florence, two cells
    assert (np.abs(np.diff(share)) < 0.1).all()


def test_longitude_may_be_any_turn_and_latitude_may_not_pass_a_pole():
    assert surface_class(40.73, 360 - 73.99) == surface_class(40.73, -73.99 - 360) == LAND
    with pytest.raises(ValueError, match=r"latitude 90\.5 is outside"):
        surface_class([0.0, 90.5], 0.0)


def test_albedo_has_sea_then_land_and_stays_physical():
    for cover in ("winter", "vegetation", "soil", "snow"):
        table = albedo(SKY_WAVELENGTHS_NM, cover)
        assert table.shape == (8, 21)
        assert ((table[:5] > 0.0) & (table[:5] < 1.0)).all()
        assert ((table[SEA] >= 0.05) & (table[SEA] <= 0.06)).all()
    assert albedo([550.0], "winter")[LAND, 0] == pytest.approx(0.11)


def test_stars_and_zodiacal_light_are_165_tenth_magnitude_stars_per_square_degree():
    lux = 683.0 * 106.9 * starlight_irradiance([550.0])[0]  # flat spectrum; the integral of V(lambda) is 106.9 nm
    assert lux == pytest.approx(165.0 * 8.3e-7 * np.pi, rel=0.1)  # cd m-2 of one such star


def test_red_green_and_blue_share_every_wavelength():
    kinds = albedo(np.linspace(380.0, 780.0, 81))
    np.testing.assert_allclose(kinds[-3:].sum(axis=0), 1.0, rtol=1e-12)
