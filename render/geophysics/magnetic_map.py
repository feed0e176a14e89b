"""The magnetic map on which curtains are drawn: km of magnetic local time and of magnetic latitude."""

from __future__ import annotations

import numpy as np

from render.units import EARTH_MEAN_RADIUS_KM

FOOT_RADIUS_KM = EARTH_MEAN_RADIUS_KM + 110.0  # km, radius of the 110 km shell on which footprints are drawn
KM_PER_DEGREE = FOOT_RADIUS_KM * np.pi / 180.0  # km per degree of magnetic latitude
REFERENCE_LATITUDE_DEG = 66.0  # degrees: magnetic latitude at which x counts true km eastward
OFF_MAP_KM = 1e9  # y of a place that is on no map
CUT_H = 0.25  # h on either side of 12 MLT in which nothing is drawn
KM_PER_HOUR = 15.0 * KM_PER_DEGREE * float(np.cos(np.radians(REFERENCE_LATITUDE_DEG)))


def dark_at_noon(x_km: np.ndarray, y_km: np.ndarray, dark_km: float = 90.0 * KM_PER_DEGREE) -> np.ndarray:
    """Return y with the places beside magnetic noon, where x is cut, put where nothing glows: on the pole, or farther.

    Between nodes on either side of the cut x would run through the whole map, and draw it along the noon meridian. The
    farther `dark_km`, the narrower the strip in which y runs through the oval on its way there.
    """
    return np.where(np.abs(x_km) > (12.0 - CUT_H) * KM_PER_HOUR, dark_km, y_km)


def magnetic_xy(apex_latitude_deg: np.ndarray, local_time_h: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (x, y) km on the magnetic map: x from midnight (-12 h to 12 h), y of the absolute magnetic latitude."""
    hours = (local_time_h + 12.0) % 24.0 - 12.0
    return hours * KM_PER_HOUR, np.abs(apex_latitude_deg) * KM_PER_DEGREE
