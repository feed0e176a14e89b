"""Vortices are what they claim: compact, area-preserving, of one sense of rotation, still where nothing is active."""

import numpy as np
import pytest

from render import device as devices
from render.geophysics.forms import vortices
from render.geophysics.forms.arc_details import CURLS
from render.geophysics.forms.vortices import COLUMNS, FOLDS, Level, LevelRow, extent, strengthened, vortex_rows
from tests import probes

REACH_KM = 600.0
INSTANT_S = 210.0
WEAK = 0.42  # activity at which vortices are wound by a fraction of a turn: the sense is plain


def curl(points, t, activity, level, device, sense=1.0):
    out = np.zeros_like(points, device.real)
    points = np.ascontiguousarray(points, device.real)
    probes.curled(points, t, activity, level, sense, devices.upload(CURLS), out)
    return out


def vortex_row(level, seed, times, x_min_km, count, head_km=None):
    """Return (begin [instant], vortices [instant, cell, COLUMNS]) of one level."""
    begin, rows = vortex_rows([level], np.array([seed]), times, x_min_km, count, [head_km])
    return begin[0], rows[0]


def wound_row(level, activity, t=INSTANT_S):
    """Return (begin, vortices [1, cell, COLUMNS]) of a level whose activity is even."""
    count = int(np.ceil((2.0 * REACH_KM + 2.0 * vortices.MARGIN_KM) / level.spacing_km)) + 4
    begin, rows = vortex_row(level, 7, np.array([t]), -REACH_KM, count)
    return begin[0], strengthened(rows[None], [level], np.full((1, 1, 2), activity), -REACH_KM, 2.0 * REACH_KM)[0]


def fold(points, level, device, activity=1.0, t=INSTANT_S):
    """Return points unwound by one tabulated level whose activity is even."""
    begin, rows = wound_row(level, activity, t)
    out = np.zeros_like(points, device.real)
    of_level = LevelRow(begin, level.spacing_km, *(float(each[0]) for each in extent(rows)))
    probes.unwound(
        np.ascontiguousarray(points, device.real), 0, devices.upload(np.array([0, rows.shape[1]], np.int32)),
        devices.upload(np.array([[[of_level]]])), devices.upload(rows[:, None]), out,
    )  # fmt: skip
    return out


def scattered(seed, spacing, count=4000):
    """Return points along an arc, within the reach of vortices of this spacing."""
    return np.random.default_rng(seed).uniform(-1.0, 1.0, (count, 2)) * [REACH_KM, 0.6 * spacing]


def warps(double, activity=1.0):
    """Return (name, spacing, function of points) of every level, tabulated and hashed."""
    for k, level in enumerate(FOLDS):
        yield f"fold {k}", level.spacing_km, lambda p, level=level: fold(p, level, double, activity)
    for k, row in enumerate(CURLS):
        yield f"curl {k}", row[0], lambda p, k=k: curl(p, 33.0, activity, k, double)


def test_calm_sheets_are_not_moved(any_device):
    points = scattered(1, 155.0, 500)
    for level in FOLDS:
        np.testing.assert_allclose(fold(points, level, any_device, 0.0), points, atol=1e-3)
    for k in range(len(CURLS)):
        np.testing.assert_allclose(curl(points, 100.0, 0.0, k, any_device), points, atol=1e-3)


def test_vortices_preserve_area(double):
    for name, spacing, warp in warps(double):
        points, h = scattered(2, spacing), 1e-5 * spacing
        dx = (warp(points + [h, 0]) - warp(points - [h, 0])) / (2 * h)
        dy = (warp(points + [0, h]) - warp(points - [0, h])) / (2 * h)
        jacobian = dx[:, 0] * dy[:, 1] - dx[:, 1] * dy[:, 0]
        assert np.median(np.abs(jacobian - 1.0)) < 1e-4, name
        assert np.quantile(np.abs(jacobian - 1.0), 0.99) < 1e-2, name


def test_sheets_wind_clockwise_seen_from_above(double):
    """The map is the inverse: it turns a vortex's core anticlockwise, so that the sheet has been turned clockwise."""
    for name, spacing, warp in warps(double, WEAK):
        points, h = scattered(5, spacing, 20000), 1e-4 * spacing
        dx = (warp(points + [h, 0]) - warp(points - [h, 0]))[:, 1] / (2 * h)
        dy = (warp(points + [0, h]) - warp(points - [0, h]))[:, 0] / (2 * h)
        curl_of_shift = dx - dy
        strongest = np.argsort(np.abs(curl_of_shift))[-5:]  # in a core: rims turn back, by a third as much
        assert (curl_of_shift[strongest] > 0.0).all(), name


def test_black_arcs_curl_the_other_way(double):
    points = scattered(6, CURLS[0, 0])
    there, back = curl(points, 33.0, 1.0, 0, double), curl(points, 33.0, 1.0, 0, double, sense=-1.0)
    moved = np.abs(there - points).sum(axis=1) > 0.1
    assert moved.any()
    np.testing.assert_allclose(curl(back, 33.0, 1.0, 0, double), points, atol=1e-9)  # undone by the first


def test_a_vortex_stays_inside_its_cell():
    level = FOLDS[0]
    _, rows = vortex_row(level, 11, np.arange(0.0, 4000.0, 50.0), -REACH_KM, 12)
    left, centre, long, wide, c, s = (rows[..., k] for k in (0, 1, 3, 4, 5, 6))
    half = np.hypot(long * c, wide * s)  # along the arc, of a tilted ellipse
    assert (centre - half >= left - 1e-9).all()
    assert (centre[:, :-1] + half[:, :-1] <= left[:, 1:] + 1e-9).all()
    spacing = np.diff(left, axis=1)
    assert spacing.min() < 0.9 * level.spacing_km < 1.1 * level.spacing_km < spacing.max()  # no even street


def test_nothing_is_moved_beyond_the_reach_that_a_level_is_said_to_have(double):
    x = np.random.default_rng(5).uniform(-REACH_KM, REACH_KM, 40_000)
    for level in FOLDS:
        (reach,), _ = extent(wound_row(level, 1.0)[1])

        def most_moved(y_km, level=level):
            sides = (np.column_stack([x, np.full_like(x, side * y_km)]) for side in (-1.0, 1.0))
            return max(np.abs(fold(points, level, double) - points).max() for points in sides)

        assert most_moved(reach) < 1e-9
        assert most_moved(0.9 * reach) > 1e-6  # it is no longer than it must be


def test_a_calm_level_has_no_reach():
    reach, widest = extent(wound_row(FOLDS[2], 0.0)[1])
    assert reach == [0.0] and widest == [0.0]


def test_vortices_change_smoothly_with_time_and_not_with_the_window():
    level = FOLDS[3]
    times = np.arange(0.0, 120.0, 0.5)
    _, rows = vortex_row(level, 3, times, -200.0, 24)
    _, wider = vortex_row(level, 3, times, -200.0 - 3.0 * level.spacing_km, 27)
    np.testing.assert_allclose(wider[:, 3:], rows, atol=1e-6)
    place = np.round(rows[..., 1] - level.drift_km_s * times[:, None], 6)
    for value in np.unique(place)[5:15]:
        angle = rows[place == value][:, COLUMNS - 1]
        assert len(angle) > 50
        assert np.abs(np.diff(angle)).max() < 0.15


def test_rows_of_vortices_do_not_know_of_each_other():
    tongues = Level(180.0, 2.0, 0.8, 1e9, 0.0, 1.0, (1.1, 1.6), alternate=True, steady=True)
    heads, times = np.array([-100.0, -350.0]), np.array([0.0, -290.0])
    levels, seeds = [FOLDS[4], tongues, FOLDS[0]], [3, 4, 5]
    begin, rows = vortex_rows(levels, np.array(seeds), times, -REACH_KM, 9, [None, None, heads])
    for k, head in enumerate((None, None, heads)):
        alone = vortex_row(levels[k], seeds[k], times, -REACH_KM, 9, head)
        np.testing.assert_array_equal(begin[k], alone[0])
        np.testing.assert_array_equal(rows[k], alone[1])
    assert np.abs(vortex_row(levels[0], 4, times, -REACH_KM, 9)[1] - rows[0]).max() > 0.1


def test_neighbours_of_an_alternating_row_turn_against_each_other():
    level = Level(100.0, 1.0, 0.0, 1e9, 0.0, 1.0, alternate=True, steady=True)
    _, rows = vortex_row(level, 3, np.zeros(1), -REACH_KM, 10)
    assert (rows[0, 1:, 7] * rows[0, :-1, 7] < 0.0).all()


def test_the_head_of_a_surge_is_wound_most_and_carried():
    level = Level(300.0, 2.0, 0.0, 1e9, 0.0, 1.0, steady=True)
    heads = np.array([-100.0, -350.0])
    _, rows = vortex_row(level, 3, np.zeros(2), -REACH_KM, 10, heads)
    for row, head in zip(rows, heads, strict=True):
        strongest = int(np.argmax(row[:, 7]))
        assert row[strongest, 0] < head < row[strongest + 1, 0]
        others = np.delete(row[:, 7], strongest)
        assert others == pytest.approx(vortices.BEHIND_HEAD * level.angle_rad)
