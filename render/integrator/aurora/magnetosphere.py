"""Where field lines lead and what they are called, around the place that a camera looks from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

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


class Region(NamedTuple):
    """A region of the plane: its hemisphere, its middle, km, and the year of its field."""

    hemisphere: int
    x_km: float
    y_km: float
    year: float

    @classmethod
    def around(cls, position_km: np.ndarray, year: float) -> Region:
        """Return the region seen from a position (ITRS km): neighbouring places share it."""
        hemisphere = 1 if position_km[2] >= 0.0 else -1
        centre = np.round(np.array(plane_position(position_km, hemisphere)) / WINDOW_SNAP_KM) * WINDOW_SNAP_KM
        return cls(hemisphere, float(centre[0]), float(centre[1]), field_lines.year_of_map(year))

    def window(self, spacing_km: float) -> field_lines.Window:
        """Return the square window of nodes about its middle."""
        reach = REACH_KM + WINDOW_SNAP_KM / 2.0
        count = int(np.ceil(2.0 * reach / spacing_km)) + 1
        return field_lines.Window(self.x_km - reach, self.y_km - reach, spacing_km, count, count)

    @property
    def is_made(self) -> bool:
        """Say whether its field lines lie in the cache."""
        return field_lines.is_mapped(self.window(field_lines.MAP_SPACING_KM), self.hemisphere, self.year)


def magnetosphere_around(position_km: np.ndarray, year: float) -> Magnetosphere:
    """Return the field-line map and magnetic coordinates of the region seen from a position (ITRS km).

    The same object for all places of a region.
    """
    return magnetosphere_of(Region.around(position_km, year))


@lru_cache(maxsize=4)
def magnetosphere_of(region: Region) -> Magnetosphere:
    """Return the field-line map and magnetic coordinates of a region, from the cache where they were made before."""
    coarse, fine = region.window(field_lines.MAP_SPACING_KM), region.window(MAGNETIC_SPACING_KM)
    field = field_lines.field_line_map(coarse, region.hemisphere, region.year)
    latitude, longitude = field_lines.magnetic_plane(fine, region.hemisphere, region.year)
    return Magnetosphere(region.hemisphere, field, fine, latitude, longitude)


def plane_position(position_km: np.ndarray, hemisphere: int) -> tuple[float, float]:
    """Return the plane coordinates, km, of the geocentric direction of a position."""
    x, y = field_lines.plane_from_direction(position_km / np.linalg.norm(position_km), hemisphere)
    return float(x), float(y)
