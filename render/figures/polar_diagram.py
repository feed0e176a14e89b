"""The polar diagram in which the oval is drawn: its projection, its magnetic coordinates, and what a scene sees of it.

Projection: polar stereographic from above the pole, turned so that the Sun stands above and midnight below; the unit
is the distance from the pole to RIM_DEG of latitude. East is anticlockwise in the north, clockwise in the south.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from render.core.epoch import Epoch
from render.core.geodesy import itrs_from_geodetic, itrs_from_local
from render.core.units import EARTH_FLATTENING
from render.earth.surface import surface_class
from render.geophysics.field.field_lines import (
    FOOTPRINT_ALTITUDE_KM,
    Window,
    direction_from_plane,
    magnetic_plane,
    plane_from_direction,
    position_above,
)
from render.geophysics.field.geomagnetic import apex_coordinates, magnetic_local_time_h, sun_direction

RIM_DEG = 40.0  # geodetic latitude of the diagram's rim
MAGNETIC_SPACING_KM = 25.0  # on the plane, between the nodes of flux and boundaries
RIM_STEP_DEG = 5.0  # of longitude, between the rim's points whose local time is traced
SUPERSAMPLING = 2  # of the land mask, per side of a pixel


@dataclass(frozen=True)
class PolarDiagram:
    """The diagram of one hemisphere (+1 north, -1 south) at an instant; `sun_itrs`: unit vector [3] to the Sun."""

    epoch: Epoch
    hemisphere: int
    sun_itrs: np.ndarray

    @classmethod
    def at(cls, epoch: Epoch, hemisphere: int) -> PolarDiagram:
        """Return the diagram at the instant."""
        return cls(epoch, hemisphere, sun_direction(epoch))

    def place(self, direction_itrs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return (x, y), the rim's radius being 1, of geocentric ITRS vectors [..., 3] of any length."""
        return self._turned(*plane_from_direction(direction_itrs, self.hemisphere))

    def place_of(self, latitude_deg: np.ndarray | float, longitude_deg: np.ndarray | float) -> tuple[np.ndarray, ...]:
        """Return (x, y) of geodetic coordinates, deg; the latitude counts from the diagram's own pole, positive."""
        latitude = self.hemisphere * np.asarray(latitude_deg, float)
        return self.place(itrs_from_geodetic(latitude, longitude_deg, FOOTPRINT_ALTITUDE_KM))

    def directions(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the geocentric ITRS unit vectors [..., 3] of places: the inverse of `place`."""
        plane = (np.asarray(x) + 1j * np.asarray(y)) * self._rim_km / self._turn
        return direction_from_plane(plane.real, self.hemisphere * plane.imag, self.hemisphere)

    def magnetic_grid(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Return (x, y, absolute apex latitude deg, magnetic local time h), each [n, n], at 110 km over the disc.

        The grid covers the disc but is turned against x and y.
        """
        half = self._rim_km + MAGNETIC_SPACING_KM
        window = Window.covering(-half, -half, half, half, MAGNETIC_SPACING_KM)
        latitude, longitude = magnetic_plane(window, self.hemisphere, self.epoch.decimal_year)
        x, y = self._turned(*window.nodes_km())
        return x, y, self.hemisphere * latitude, magnetic_local_time_h(longitude, self.epoch, self.sun_itrs)

    def rim_local_times(self) -> np.ndarray:
        """Return the angles, rad, anticlockwise from the right, of whole hours of magnetic time on the rim, [24]."""
        longitude = np.arange(0.0, 360.0 + 0.5 * RIM_STEP_DEG, RIM_STEP_DEG)
        latitude, year = self.hemisphere * RIM_DEG, self.epoch.decimal_year
        _, meridian = apex_coordinates(latitude, longitude, FOOTPRINT_ALTITUDE_KM, year)
        hours = np.unwrap(magnetic_local_time_h(meridian, self.epoch, self.sun_itrs), period=24.0)  # grow eastward
        x, y = self.place_of(RIM_DEG, longitude)
        return np.interp((np.arange(24.0) - hours[0]) % 24.0, hours - hours[0], np.unwrap(np.arctan2(y, x)))

    def ground(self, pixels: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the share of land, 0..1, and the Sun's elevation on the ground, deg, [pixels, pixels].

        Rows run upward (y from -1 to 1); the elevation is geometric, of the Sun's centre.
        """
        fine = pixels * SUPERSAMPLING
        at = (np.arange(fine) + 0.5) * (2.0 / fine) - 1.0
        n = self.directions(at[None, :], at[:, None])
        # On the ellipsoid tan(geodetic latitude) = tan(geocentric latitude) / (1 - f)^2.
        latitude = np.degrees(np.arctan2(n[..., 2], (1.0 - EARTH_FLATTENING) ** 2 * np.hypot(n[..., 0], n[..., 1])))
        longitude = np.degrees(np.arctan2(n[..., 1], n[..., 0]))
        cells = surface_class(latitude, longitude).reshape(pixels, SUPERSAMPLING, pixels, SUPERSAMPLING)
        half = slice(SUPERSAMPLING // 2, None, SUPERSAMPLING)
        up = itrs_from_local(latitude[half, half], longitude[half, half])[..., 2]
        return cells.mean(axis=(1, 3)), np.degrees(np.arcsin(np.clip(up @ self.sun_itrs, -1.0, 1.0)))

    @property
    def _rim_km(self) -> float:
        """Return the rim's radius on the stereographic plane, km."""
        edge = itrs_from_geodetic(self.hemisphere * RIM_DEG, 0.0, FOOTPRINT_ALTITUDE_KM)
        return float(plane_from_direction(edge, self.hemisphere)[0])

    @property
    def _turn(self) -> complex:
        """Return the factor that turns X + i s Y, s the hemisphere, so that the Sun's meridian points up."""
        noon = complex(self.sun_itrs[0], self.hemisphere * self.sun_itrs[1])
        return 1j * noon.conjugate() / abs(noon)

    def _turned(self, plane_x_km: np.ndarray, plane_y_km: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        turned = (plane_x_km + 1j * self.hemisphere * plane_y_km) * self._turn / self._rim_km
        return turned.real, turned.imag


def grid_at_footprint(polar: PolarDiagram, nodes: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return x, y, each [nodes], from -1 to 1, and the ITRS positions, km, [y, x, 3], at 110 km."""
    at = np.linspace(-1.0, 1.0, nodes)
    return at, at, position_above(polar.directions(at[None, :], at[:, None]), FOOTPRINT_ALTITUDE_KM)
