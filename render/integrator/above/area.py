"""An area of the upper air seen from straight above: which place is on which pixel.

Stereographic about the area's own centre, north up there, at 110 km: angles are kept, and the scale grows from the
centre outwards by 0.3 % in 750 km. Lengths are those of the sphere on which footprints lie.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from render.core.geodesy import geodetic_from_itrs, itrs_from_geodetic
from render.geophysics.field.field_lines import (
    FOOTPRINT_ALTITUDE_KM,
    PLANE_RADIUS_KM,
    plane_from_direction,
    position_above,
)


@dataclass(frozen=True)
class AreaFromAbove:
    """A picture of `columns` x `rows` pixels, `width_km` wide, about a geodetic place (east and north positive).

    Pixels are counted from 0 at the top left; the middle of pixel (column, row) stands at `x_km[column]` right of the
    centre and `y_km[row]` above it.
    """

    latitude_deg: float
    longitude_deg: float
    width_km: float
    columns: int
    rows: int

    @property
    def pixel_km(self) -> float:
        """Return the side of a pixel at the centre, km."""
        return self.width_km / self.columns

    @property
    def height_km(self) -> float:
        """Return the height of the picture, km."""
        return self.pixel_km * self.rows

    @property
    def hemisphere(self) -> int:
        """Return +1 or -1: on which of the two planes its curtains are drawn."""
        return 1 if self.latitude_deg >= 0.0 else -1

    @property
    def x_km(self) -> np.ndarray:
        """Return the middles of the columns, km to the right of the centre, [columns]."""
        return (np.arange(self.columns) + 0.5) * self.pixel_km - 0.5 * self.width_km

    @property
    def y_km(self) -> np.ndarray:
        """Return the middles of the rows, km above the centre, falling, [rows]."""
        return 0.5 * self.height_km - (np.arange(self.rows) + 0.5) * self.pixel_km

    def directions(self, x_km: np.ndarray, y_km: np.ndarray) -> np.ndarray:
        """Return the geocentric ITRS unit vectors [..., 3] of places of the picture; both arguments broadcast."""
        u, v = np.broadcast_arrays(0.5 * np.asarray(x_km) / PLANE_RADIUS_KM, 0.5 * np.asarray(y_km) / PLANE_RADIUS_KM)
        quarter = u * u + v * v
        frame = self.frame
        along = np.stack([2.0 * u, 2.0 * v, 1.0 - quarter], axis=-1) / (1.0 + quarter)[..., None]
        return np.einsum("...i,ij->...j", along, frame)  # thousands of places: no threads for three sums

    def geodetic(self, x_km: np.ndarray, y_km: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return (latitude, longitude), deg, at 110 km of places of the picture."""
        position = position_above(self.directions(x_km, y_km), FOOTPRINT_ALTITUDE_KM)
        latitude, longitude, _ = geodetic_from_itrs(position)
        return latitude, longitude

    def plane(self, x_km: np.ndarray, y_km: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the Earth-fixed plane's (X, Y), km, of places of the picture."""
        return plane_from_direction(self.directions(x_km, y_km), self.hemisphere)

    def place_of(self, latitude_deg: np.ndarray, longitude_deg: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return (x, y), km from the centre, of geodetic places at 110 km: the inverse of `geodetic`.

        NaN on the far half of the Earth.
        """
        return self.place_of_direction(itrs_from_geodetic(latitude_deg, longitude_deg, FOOTPRINT_ALTITUDE_KM))

    def place_of_direction(self, direction_itrs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return (x, y), km from the centre, of geocentric ITRS vectors [..., 3] of any length; NaN on the far half."""
        n = np.asarray(direction_itrs, float)
        east, north, up = np.moveaxis(n / np.linalg.norm(n, axis=-1, keepdims=True) @ self.frame.T, -1, 0)
        scale = 2.0 * PLANE_RADIUS_KM / np.where(up > 0.0, 1.0 + up, np.nan)
        return east * scale, north * scale

    @property
    def pixels_per_rad(self) -> float:
        """Return how many pixels a radian of the sphere is long at the centre."""
        return PLANE_RADIUS_KM / self.pixel_km

    @property
    def frame(self) -> np.ndarray:
        """Return the rows east, north and outward, ITRS, at the centre, geocentric."""
        outward = itrs_from_geodetic(self.latitude_deg, self.longitude_deg, FOOTPRINT_ALTITUDE_KM)
        outward = outward / np.linalg.norm(outward)
        longitude = np.radians(self.longitude_deg)  # names an east also at the poles
        east = np.array([-np.sin(longitude), np.cos(longitude), 0.0])
        return np.stack([east, np.cross(outward, east), outward])
