"""Light of thin layers on a level place: closed forms on plane and sphere, energy, direct sum against convolution."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from render.atmosphere.extinction import build_atmosphere
from render.atmosphere.settings import AtmosphereSettings
from render.core.units import EARTH_MEAN_RADIUS_KM
from render.emission.airglow import gaussian_layer, profile_layer, uniform_layer
from render.integrator import irradiance
from render.integrator.above.area import MapArea

UNIFORM = {110.0: 0.846, 150.0: 0.825, 250.0: 0.787}
"""What a place at sea level gets of an even layer at an altitude, km, of the plane's 2 pi I."""
SHARE_RTOL = 0.01
CONVOLVED = 0.01  # of the direct sum, where a place gets a hundredth of the brightest at least
QUADRATURE_RTOL = 1e-3
AREA = MapArea(65.0, -100.0, 3600.0, 300, 300)


def grid(area=AREA):
    return np.meshgrid(area.x_km, area.y_km)


def disc(area=AREA, within_km=1700.0):
    """Return an even layer of 1 R that reaches past the horizon of the map's centre."""
    return np.where(np.hypot(*grid(area)) < within_km, 1.0, 0.0)


def arcs(shift, width, slope):
    """Return a curved arc of 1 kR at most, uneven along itself."""
    x, y = grid()
    across = (y - shift - slope * x - 1e-4 * x * x) / width
    return 1e3 * np.exp(-(across**2)) * (1.0 + 0.5 * np.sin(x / 90.0)) * (np.abs(x) < 1500.0)


@pytest.fixture
def flat(monkeypatch):
    """Make the Earth flat: of so large a radius that the maps are."""
    monkeypatch.setattr(irradiance, "EARTH_MEAN_RADIUS_KM", 1e9)
    monkeypatch.setattr(irradiance, "PLANE_RADIUS_KM", 1e9)


@pytest.mark.parametrize(("layer_km", "share"), UNIFORM.items())
def test_an_even_layer_gives_what_its_sky_does(layer_km, share):
    # The sky's own quadrature, without the closed form: brightness by the length of the way through a thin shell.
    cosine = (np.arange(20_000) + 0.5) / 20_000
    r, far = EARTH_MEAN_RADIUS_KM, EARTH_MEAN_RADIUS_KM + np.array([[layer_km - 0.05], [layer_km + 0.05]])
    reach = np.sqrt(far**2 - r**2 * (1.0 - cosine**2)) - r * cosine
    brightness = (reach[1] - reach[0]) / 0.1
    found = 2.0 * np.pi * float((brightness * cosine).mean()) / (2.0 * np.pi)
    assert found == pytest.approx(irradiance.layer_share(0.0, layer_km), rel=QUADRATURE_RTOL)
    assert irradiance.layer_share(0.0, layer_km) == pytest.approx(share, rel=SHARE_RTOL)


def test_an_even_map_gives_as_much_by_either_form():
    middle = AREA.directions(AREA.x_km[150], AREA.y_km[150])[None]
    direct = irradiance.at_places(disc(), AREA, 110.0, middle, 0.0)[0]
    convolved = irradiance.over_map(disc(), AREA, 110.0, 0.0)[150, 150]
    for found in (direct, convolved):
        assert found / (2.0 * np.pi) == pytest.approx(UNIFORM[110.0], rel=SHARE_RTOL)


def test_a_flat_earth_gives_another_answer(flat):
    # The control: without the horizon an even layer gives 2 pi I, and a straight arc of width w gives 4 I atan(w / 2h).
    assert irradiance.layer_share(0.0, 110.0) == pytest.approx(1.0, rel=1e-3)
    x, y = grid()
    strip = np.where(np.abs(y) < 120.0, 1.0, 0.0) + 0.0 * x
    found = irradiance.over_map(strip, AREA, 110.0, 0.0)[149:151, 150].mean()
    ends = 2.0 * 240.0 * 110.0 / 1800.0**2  # what the infinite arc has beyond the map: 2 w h / (x^2), nearly
    assert found == pytest.approx(4.0 * np.arctan(120.0 / 110.0) - 0.5 * ends, rel=2e-3)


@settings(max_examples=8)
@given(st.floats(-600.0, 600.0), st.floats(15.0, 200.0), st.floats(-0.5, 0.5), st.sampled_from([95.0, 115.0, 260.0]))
def test_the_convolution_is_the_direct_sum(shift, width, slope, layer_km):
    light = arcs(shift, width, slope)
    found = irradiance.over_map(light, AREA, layer_km, 2.0)
    rows, columns = (k.ravel() for k in np.meshgrid([20, 90, 150, 200, 270], [10, 120, 150, 260]))
    places = AREA.directions(AREA.x_km[columns], AREA.y_km[rows])
    direct = irradiance.at_places(light, AREA, layer_km, places, 2.0)
    seen = direct > 0.01 * found.max()
    assert seen.sum() > 3
    np.testing.assert_allclose(found[rows, columns][seen], direct[seen], rtol=CONVOLVED)


@pytest.mark.parametrize("layer_km", [100.0, 250.0])
def test_all_light_that_goes_down_lands(layer_km):
    # Of 4 pi I from a patch, (1 - c) / 2 goes to the ground, c the cosine of the angle at which the horizon is seen.
    light = np.zeros((300, 300))
    light[140:144, 155:170] = 7.0
    area = irradiance._pixel_solid_angle(AREA, *grid())
    landed = (irradiance.over_map(light, AREA, layer_km, 0.0) * area).sum() * EARTH_MEAN_RADIUS_KM**2
    emitted = 4.0 * np.pi * (light * area).sum() * (EARTH_MEAN_RADIUS_KM + layer_km) ** 2
    c = np.sqrt(1.0 - (EARTH_MEAN_RADIUS_KM / (EARTH_MEAN_RADIUS_KM + layer_km)) ** 2)
    assert landed == pytest.approx(0.5 * (1.0 - c) * emitted, rel=5e-3)


def test_light_adds_up_and_turns_with_its_map():
    one, two = arcs(100.0, 40.0, 0.2), arcs(-300.0, 80.0, 0.0)
    parts = irradiance.over_map(np.stack([one, two]), AREA, 110.0, 0.0)
    whole = irradiance.over_map(3.0 * one + two, AREA, 110.0, 0.0)
    np.testing.assert_allclose(whole, 3.0 * parts[0] + parts[1], rtol=1e-9, atol=1e-9)
    turned = irradiance.over_map(np.rot90(one), AREA, 110.0, 0.0)
    np.testing.assert_allclose(turned, np.rot90(parts[0]), rtol=1e-9, atol=1e-9)
    moved = irradiance.over_map(np.roll(one, (5, -5), (0, 1)), AREA, 110.0, 0.0)[100:200, 100:200]
    np.testing.assert_allclose(moved, np.roll(parts[0], (5, -5), (0, 1))[100:200, 100:200], rtol=5e-3)


def test_a_higher_place_gets_more_of_what_is_near():
    narrow = arcs(0.0, 15.0, 0.0)
    low, high = (irradiance.over_map(narrow, AREA, 110.0, z).max() for z in (0.0, 12.0))
    assert high > 1.05 * low


@pytest.mark.parametrize("layer", [gaussian_layer("Na", 90.0, 9.0, 60.0), uniform_layer("Na", 80.0, 120.0, 10.0),
                                   profile_layer("Na", 80.0, 100.0, np.array([0.0, 5.0, 9.0, 2.0]))])  # fmt: skip
def test_even_layers_are_sums_of_thin_ones(layer):
    height = np.linspace(layer.bottom_km, layer.top_km, 4001)
    rate = {
        "gaussian": np.exp(-0.5 * ((height - layer.centre_km) / layer.sigma_km) ** 2), "uniform": np.ones(4001),
        "profile": np.interp(height, np.linspace(80.0, 100.0, 4), [0.0, 5.0 / 9.0, 1.0, 2.0 / 9.0]),
    }[layer.shape]  # fmt: skip
    thin = 0.1 * layer.peak_ver_cm3_s * rate * irradiance.layer_share(3.0, height)
    wanted = 2.0 * np.pi * float(np.trapezoid(thin, height))
    assert irradiance.of_even_layers([layer], 3.0)["Na"] == pytest.approx(wanted, rel=QUADRATURE_RTOL)
    clear = irradiance.of_even_layers([layer], 3.0, {"Na": np.ones(5)})["Na"]
    assert clear == pytest.approx(wanted, rel=QUADRATURE_RTOL)


def test_air_takes_away_most_near_the_horizon():
    atmosphere = build_atmosphere(AtmosphereSettings())
    air = irradiance.slant_table(atmosphere, 2.0, np.array([391.4, 557.7]))
    layer = [gaussian_layer("557.7", 96.0, 9.0, 250.0)]
    blue, green = (
        irradiance.of_even_layers(layer, 2.0, {"557.7": air[:, k]})["557.7"]
        / irradiance.of_even_layers(layer, 2.0)["557.7"]
        for k in (0, 1)
    )
    assert blue < green < air[-1, 1]  # less than straight down
    overhead, far = np.zeros((300, 300)), np.zeros((300, 300))
    overhead[148:152, 148:152], far[148:152, 80:90] = 1.0, 1.0
    place = AREA.directions(0.0, 0.0)[None]
    near_left, far_left = (
        irradiance.at_places(each, AREA, 110.0, place, 2.0, air[:, 1])[0]
        / irradiance.at_places(each, AREA, 110.0, place, 2.0)[0]
        for each in (overhead, far)
    )
    assert near_left == pytest.approx(air[-1, 1], rel=0.01)
    assert far_left < 0.35


def test_what_cannot_be_answered_is_refused():
    with pytest.raises(ValueError, match="a layer at 110 km is not above the place at 415 km"):
        irradiance.layer_share(415.0, 110.0)
    with pytest.raises(ValueError, match="pixels of 12 km are too large for a layer 20 km above"):
        irradiance.over_map(disc(), AREA, 100.0, 80.0)
