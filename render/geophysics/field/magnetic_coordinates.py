"""Magnetic coordinates, in which curtains are drawn: km of magnetic local time and of magnetic latitude.

x runs east from magnetic midnight, y poleward, in either hemisphere: the south is the north in a mirror. They are a
strip that is cut at magnetic noon, where x jumps from +12 h to -12 h; `dark_at_noon` keeps look-ups between nodes of a
lattice from running through that jump.
"""

from __future__ import annotations

import numpy as np

from render.core.units import EARTH_MEAN_RADIUS_KM

FOOT_RADIUS_KM = EARTH_MEAN_RADIUS_KM + 110.0  # km, radius of the 110 km shell on which footprints are drawn
KM_PER_DEGREE = FOOT_RADIUS_KM * np.pi / 180.0  # km per degree of magnetic latitude
REFERENCE_LATITUDE_DEG = 66.0  # degrees: magnetic latitude at which x counts true km eastward
KM_PER_HOUR = 15.0 * KM_PER_DEGREE * float(np.cos(np.radians(REFERENCE_LATITUDE_DEG)))  # x per hour of local time
HALF_DAY_H = 12.0
OFF_MAP_KM = 1e9  # y of a place that is left out of magnetic coordinates


def dark_at_noon(x_km: np.ndarray, y_km: np.ndarray, dark_km: float = 90.0 * KM_PER_DEGREE) -> np.ndarray:
    """Return y with the nodes about magnetic noon, where x is cut, put where nothing glows: on the pole, or farther.

    `x_km`, `y_km` [row, column] at the nodes of a lattice, which is read by bilinear interpolation: in a cell with
    nodes on either side of the cut x runs through all local times, which would be drawn along the noon meridian. All
    four of its nodes are moved to `dark_km`. Its neighbours are dark for the most part too, which leaves out three
    cells in all across noon; the farther `dark_km`, the narrower the strip in which y runs through the oval on its
    way there.
    """
    corners = np.stack([x_km[:-1, :-1], x_km[:-1, 1:], x_km[1:, :-1], x_km[1:, 1:]])
    cut = np.ptp(corners, axis=0) > HALF_DAY_H * KM_PER_HOUR
    dark = np.zeros(x_km.shape, bool)
    for corner in (dark[:-1, :-1], dark[:-1, 1:], dark[1:, :-1], dark[1:, 1:]):
        corner[cut] = True
    return np.where(dark, dark_km, y_km)


def magnetic_xy(apex_latitude_deg: np.ndarray, local_time_h: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (x, y) km in magnetic coordinates, of the arguments' shape.

    x from midnight, -12 h to 12 h, of any magnetic local time, h; y of the absolute apex latitude, deg.
    """
    hours = (local_time_h + HALF_DAY_H) % (2.0 * HALF_DAY_H) - HALF_DAY_H
    return hours * KM_PER_HOUR, np.abs(apex_latitude_deg) * KM_PER_DEGREE
