"""The magnetic map's cut at noon: what look-ups between nodes of a lattice make of it."""

import numpy as np
import pytest

from render.geophysics.field.field_lines import Window, bilinear
from render.geophysics.field.magnetic_coordinates import (
    KM_PER_DEGREE,
    KM_PER_HOUR,
    OFF_MAP_KM,
    dark_at_noon,
    magnetic_xy,
)

SPACING_KM = 50.0  # of the nodes, as `integrator.magnetosphere` has it
HIGHEST_DEG = 88.0  # to which the statistical oval is tabulated
DAY_H = 24.0


def polar(x_km, y_km, noon_deg):
    """Return magnetic latitude, deg, and local time, h, about a pole at the origin, of equidistant circles."""
    hours = 12.0 + (np.degrees(np.arctan2(y_km, x_km)) - noon_deg) / 15.0
    return 90.0 - np.hypot(x_km, y_km) / KM_PER_DEGREE, hours % DAY_H


def looked_up(noon_deg, points=40_000, seed=4):
    """Return x and y, km, that a look-up finds at random places, and the places' latitude, deg, local time, h."""
    window = Window.covering(-3500.0, -3500.0, 3500.0, 3500.0, SPACING_KM)
    x, y = magnetic_xy(*polar(*window.nodes_km(), noon_deg))
    table = np.stack([x, dark_at_noon(x, y, OFF_MAP_KM)], axis=-1)
    rng = np.random.default_rng(seed)
    places = rng.uniform(-3400.0, 3400.0, (2, points))
    found = bilinear(table, window, *places)
    return found[:, 0], found[:, 1], *polar(*places, noon_deg)


@pytest.mark.parametrize("noon_deg", [0.0, 33.0, 90.0, 225.0, 301.0])
def test_no_look_up_runs_through_other_local_times(noon_deg):
    x, y, latitude, hours = looked_up(noon_deg)
    drawn = (y < HIGHEST_DEG * KM_PER_DEGREE) & (latitude < HIGHEST_DEG)
    off = (x / KM_PER_HOUR - hours + 0.5 * DAY_H) % DAY_H - 0.5 * DAY_H
    assert np.abs(off[drawn] * 15.0 * KM_PER_DEGREE * np.cos(np.radians(latitude[drawn]))).max() < SPACING_KM
    np.testing.assert_allclose(y[drawn], latitude[drawn] * KM_PER_DEGREE, atol=0.5 * SPACING_KM)


@pytest.mark.parametrize("noon_deg", [0.0, 33.0, 90.0])
def test_no_more_than_a_few_cells_are_dark_about_noon(noon_deg):
    _, y, latitude, hours = looked_up(noon_deg)
    dark = (y >= HIGHEST_DEG * KM_PER_DEGREE) & (latitude < 87.0)
    across = np.abs(hours - 12.0) * 15.0 * KM_PER_DEGREE * (90.0 - latitude) * np.pi / 180.0  # km along the circle
    assert dark.any()
    assert across[dark].max() < 2.0 * np.sqrt(2.0) * SPACING_KM
    assert (across[dark] < 1.1 * SPACING_KM).mean() > 0.5


def test_a_lattice_away_from_noon_is_left_as_it_is():
    x, y = magnetic_xy(*np.meshgrid([64.0, 65.0, 66.0], [22.0, 23.0, 0.0, 1.0]))
    np.testing.assert_array_equal(dark_at_noon(x, y), y)
