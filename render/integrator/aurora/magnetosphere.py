"""Where field lines lead and what they are called, around the place that a camera looks from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from render.geophysics.field import field_lines

REACH_KM = 5200.0  # plane km around the observer within which light can be seen
MAGNETIC_SPACING_KM = 50.0  # plane km between nodes of magnetic coordinates: bilinear error below 0.1 km
WINDOW_SNAP_KM = 600.0  # windows start on this lattice, so that a film's frames share their field-line map


@dataclass(frozen=True)
class Magnetosphere:
    """Where field lines lead and what they are called, around one place of the plane (host arrays)."""

    hemisphere: int
    field: field_lines.FieldLineMap
    window: field_lines.Window
    latitude_deg: np.ndarray
    longitude_deg: np.ndarray


def magnetosphere_around(position_km: np.ndarray, year: float) -> Magnetosphere:
    """Return the field-line map and magnetic coordinates of the region seen from a position (ITRS km)."""
    hemisphere = 1 if position_km[2] >= 0.0 else -1
    x, y = np.round(np.array(plane_position(position_km, hemisphere)) / WINDOW_SNAP_KM) * WINDOW_SNAP_KM
    return _magnetosphere(hemisphere, float(x), float(y), round(year / field_lines.YEAR_STEP))


@lru_cache(maxsize=4)
def _magnetosphere(hemisphere: int, x_km: float, y_km: float, year_steps: int) -> Magnetosphere:
    """Return the magnetosphere about a place of the plane at a time, in steps of `field_lines.YEAR_STEP`."""
    centre, reach, year = np.array([x_km, y_km]), REACH_KM + WINDOW_SNAP_KM / 2.0, year_steps * field_lines.YEAR_STEP
    coarse = _window(centre, reach, field_lines.MAP_SPACING_KM)
    fine = _window(centre, reach, MAGNETIC_SPACING_KM)
    field = field_lines.field_line_map(coarse, hemisphere, year)
    latitude, longitude = field_lines.magnetic_plane(fine, hemisphere, year)
    return Magnetosphere(hemisphere, field, fine, latitude, longitude)


def plane_position(position_km: np.ndarray, hemisphere: int) -> tuple[float, float]:
    """Return the plane coordinates, km, of the geocentric direction of a position."""
    x, y = field_lines.plane_from_direction(position_km / np.linalg.norm(position_km), hemisphere)
    return float(x), float(y)


def _window(centre: np.ndarray, reach_km: float, spacing_km: float) -> field_lines.Window:
    """Return the square window of nodes about a centre."""
    count = int(np.ceil(2.0 * reach_km / spacing_km)) + 1
    return field_lines.Window(float(centre[0] - reach_km), float(centre[1] - reach_km), spacing_km, count, count)
