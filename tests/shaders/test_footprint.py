"""Twists are what they claim: compact, area-preserving, of one sense of rotation, still where nothing is active."""

import numpy as np
import pytest

from render import device as devices
from render.geophysics.curtain import TWISTS
from tests import probes
from tests.devices import start_or_skip


def twist(points, t, activity, level, device):
    out = np.zeros_like(points, device.real)
    probes.twisted(np.ascontiguousarray(points, device.real), t, activity, level, devices.upload(TWISTS), out)
    return out


@pytest.fixture(scope="module")
def double():
    return start_or_skip("cpu", "double")


def test_calm_sheet_is_not_moved(any_device):
    points = np.random.default_rng(1).uniform(-400, 400, (500, 2))
    out = twist(points, 100.0, 0.0, 0, any_device)
    assert np.abs(out - points).max() < 1e-3


@pytest.mark.parametrize("level", range(len(TWISTS)))
def test_twist_preserves_area(level):
    double = start_or_skip("cpu", "double")
    spacing = TWISTS[level, 0]
    points = np.random.default_rng(2).uniform(-20 * spacing, 20 * spacing, (4000, 2)) * [1.0, 0.02]
    h = 1e-5 * spacing
    dx = (twist(points + [h, 0], 33.0, 1.0, level, double) - twist(points - [h, 0], 33.0, 1.0, level, double)) / (2 * h)
    dy = (twist(points + [0, h], 33.0, 1.0, level, double) - twist(points - [0, h], 33.0, 1.0, level, double)) / (2 * h)
    jacobian = dx[:, 0] * dy[:, 1] - dx[:, 1] * dy[:, 0]
    assert np.median(np.abs(jacobian - 1.0)) < 1e-4
    assert np.quantile(np.abs(jacobian - 1.0), 0.99) < 1e-2


def test_sheets_wind_clockwise_seen_from_above(double):
    """The map is the inverse: it turns a point anticlockwise, so the sheet has been turned clockwise (north)."""
    level, t = 0, 210.0
    points = np.random.default_rng(5).uniform(-3000, 3000, (20000, 2)) * [1.0, 0.02]
    moved = twist(points, t, 1.0, level, double) - points
    step = np.array([0.5, 0.0])
    right = twist(points + step, t, 1.0, level, double) - (points + step)
    turn = (right - moved)[:, 1]  # d(shift y)/dx > 0: anticlockwise
    inside = np.abs(moved).sum(axis=1) > 1.0
    assert inside.any()
    assert turn[inside].sum() > 0.0
