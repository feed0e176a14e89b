import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.core.geodesy import geodetic_from_itrs, itrs_from_geodetic
from render.geophysics.field import field_lines
from render.geophysics.field.geomagnetic import apex_coordinates_of, trace_to_altitude

RMS_TOLERANCE_KM = 0.1
MAX_TOLERANCE_KM = 0.8
LABEL_TOLERANCE_DEG = 0.02
YEAR = 2024.5

# Largest errors measured with 2 x 3000 points per region, 80-500 km, km rms / max: spacing 100 km 0.023 / 0.22, 150
# km 0.042 / 0.29, 200 km 0.071 / 0.44 (the largest at 30 S, 70 W, where the field dips by only 33 deg).
REGIONS = {
    "North America": (30, 70, -100, -40),
    "date line, north": (30, 75, 150, 210),
    "Europe": (30, 75, -30, 60),
    "south of Australia": (-75, -30, 90, 200),
    "South America": (-75, -30, -110, -30),
    "Antarctica": (-75, -50, -180, 180),
}


def _sample(region, n=800, seed=5):
    rng = np.random.default_rng(seed)
    south, north, west, east = region
    altitude = rng.uniform(80.0, 500.0, n)
    return itrs_from_geodetic(rng.uniform(south, north, n), rng.uniform(west, east, n), altitude), altitude


@pytest.mark.parametrize("name", REGIONS)
def test_map_meets_traced_footprints(name):
    position, altitude = _sample(REGIONS[name])
    hemisphere = 1 if REGIONS[name][0] > 0 else -1
    x, y = field_lines.plane_from_direction(position, hemisphere)
    window = field_lines.Window.covering(x.min(), y.min(), x.max(), y.max(), field_lines.MAP_SPACING_KM)
    found = field_lines.field_line_map(window, hemisphere, YEAR).footprint(x, y, altitude)
    expected = field_lines.plane_from_direction(trace_to_altitude(position, 110.0, YEAR, steps=12), hemisphere)
    error = np.hypot(found[0] - expected[0], found[1] - expected[1])
    assert np.sqrt(np.mean(error**2)) < RMS_TOLERANCE_KM
    assert error.max() < MAX_TOLERANCE_KM
    moved = np.hypot(expected[0] - x, expected[1] - y)
    assert np.sqrt(np.mean(moved**2)) > 20.0  # so that a map of zeros fails


def test_footprint_at_110_km_is_the_point_itself():
    window = field_lines.Window(-1500.0, -4500.0, 150.0, 5, 4)
    x, y = np.array([-1400.0, -1000.0]), np.array([-4300.0, -4111.0])
    np.testing.assert_array_equal(field_lines.field_line_map(window, 1, YEAR).footprint(x, y, 110.0), (x, y))


def test_map_is_finite_across_the_magnetic_equator():
    window = field_lines.Window.covering(-2000.0, -16000.0, 2000.0, -8000.0, 400.0)
    assert np.all(np.isfinite(field_lines.field_line_map(window, 1, YEAR).coefficients))


def test_map_comes_from_the_cache_the_second_time(monkeypatch):
    window = field_lines.Window(-1500.0, -4500.0, 150.0, 5, 4)
    first = field_lines.field_line_map(window, 1, YEAR)
    monkeypatch.setattr(field_lines, "_fit", lambda *_: pytest.fail("built again"))
    second = field_lines.field_line_map(window, 1, YEAR + 0.001)
    np.testing.assert_array_equal(first.coefficients, second.coefficients)
    assert second.coefficients.shape == (4, 5, 6)


@given(st.floats(-8000.0, 8000.0), st.floats(-8000.0, 8000.0), st.sampled_from([1, -1]))
def test_plane_and_direction_are_a_pair(x, y, hemisphere):
    direction = field_lines.direction_from_plane(x, y, hemisphere)
    assert np.linalg.norm(direction) == pytest.approx(1.0, abs=1e-12)
    assert field_lines.plane_from_direction(7.0 * direction, hemisphere) == pytest.approx((x, y), abs=1e-8)


def test_plane_keeps_scale_at_the_pole_and_south():
    tiny = 1e-4
    x, y = field_lines.plane_from_direction(np.array([np.sin(tiny), 0.0, np.cos(tiny)]), 1)
    assert (x, y) == pytest.approx((field_lines.PLANE_RADIUS_KM * tiny, 0.0), rel=1e-6)
    assert field_lines.plane_from_direction(np.array([1.0, 0.0, 0.0]), -1)[0] == pytest.approx(
        2.0 * field_lines.PLANE_RADIUS_KM
    )


@given(st.floats(-90.0, 90.0), st.floats(-180.0, 180.0), st.floats(60.0, 800.0))
def test_position_above_has_the_altitude_asked_for(latitude, longitude, altitude):
    direction = itrs_from_geodetic(latitude, longitude, 0.0)
    direction = direction / np.linalg.norm(direction)
    position = field_lines.position_above(direction, altitude)
    assert float(geodetic_from_itrs(position)[2]) == pytest.approx(altitude, abs=1e-6)
    np.testing.assert_allclose(position / np.linalg.norm(position), direction, atol=1e-12)


@pytest.mark.parametrize(
    ("hemisphere", "corners"),
    [(1, (-1500, -4500, 1500, -1500)), (1, (-1500, -2500, 1500, 500)), (-1, (-1000, -3500, 2000, -500))],
)
def test_labels_are_the_traced_apex_coordinates(hemisphere, corners):
    window = field_lines.Window.covering(*corners, 230.0)
    latitude, longitude = field_lines.magnetic_plane(window, hemisphere, YEAR)
    direction = field_lines.direction_from_plane(*window.nodes_km(), hemisphere)
    expected, meridian = apex_coordinates_of(field_lines.position_above(direction, 110.0), YEAR)
    np.testing.assert_allclose(latitude, expected, atol=LABEL_TOLERANCE_DEG)
    turn = (longitude - meridian + 180.0) % 360.0 - 180.0
    assert np.abs(turn * np.cos(np.radians(expected))).max() < LABEL_TOLERANCE_DEG


def test_labels_are_continuous_away_from_the_pole():
    window = field_lines.Window.covering(-2000.0, -5000.0, 2000.0, -3000.0, 50.0)
    _, longitude = field_lines.magnetic_plane(window, 1, YEAR)
    assert max(np.abs(np.diff(longitude, axis=0)).max(), np.abs(np.diff(longitude, axis=1)).max()) < 5.0


def test_small_windows_work():
    window = field_lines.Window(-1000.0, -3000.0, 10.0, 2, 2)
    latitude, longitude = field_lines.magnetic_plane(window, 1, YEAR)
    assert latitude.shape == longitude.shape == (2, 2)


def test_window_covers_its_rectangle():
    window = field_lines.Window.covering(-110.0, -310.0, 95.0, -201.0, 100.0)
    assert (window.x0_km, window.y0_km, window.columns, window.rows) == (-200.0, -400.0, 4, 3)
    assert window.x_km[-1] >= 95.0 and window.y_km[-1] >= -201.0


@pytest.mark.parametrize("build", [field_lines.field_line_map, field_lines.magnetic_plane])
def test_hemisphere_must_be_one_of_two(build):
    with pytest.raises(ValueError, match=r"hemisphere 0 is neither \+1"):
        build(field_lines.Window(0.0, 0.0, 100.0, 3, 3), 0, YEAR)
