"""Bring a user map of precipitation to the Earth-fixed plane, at the instants and where the camera looks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from render.core.epoch import Epoch
from render.core.geodesy import geodetic_from_itrs
from render.geophysics.field import field_lines
from render.geophysics.field.geomagnetic import magnetic_local_time_h
from render.geophysics.user_map.file import UserMap
from render.integrator.aurora import tiles as tiling
from render.integrator.aurora.magnetosphere import Magnetosphere
from render.integrator.aurora.tile_builder import Instants, UserMapValues

LEAST_FLUX = 0.02  # mW m-2: fainter cells of a user's map are not drawn
NODES_PER_CELL = 2.0  # nodes of the plane per cell of the user's map, either way
FINEST_KM = 1.0  # km between nodes of the plane
MOST_NODES = 480  # along a side of the plane's map: all instants together stay below 100 MB
MEAN_PER_CHARACTERISTIC = 2.0  # mean energy of a Maxwellian is twice its characteristic energy


@dataclass(frozen=True)
class UserMapSource:
    """A user's map as seen from one place: `lit` [row, column] says which cells of the grid it lights.

    `epoch`, `time_s`: the frame's instant; `shift_h`: hours added to magnetic local time.
    """

    file: UserMap
    around: Magnetosphere
    grid: tiling.Grid
    lit: np.ndarray
    epoch: Epoch
    time_s: float
    shift_h: float

    def at(self, instants: Instants) -> UserMapValues:
        """Return the map on the plane at instants; those outside the file's times are taken from its ends."""
        window = self._window()
        coordinates = _coordinates(self.around, *window.nodes_km())
        values = [_values(self, coordinates, float(back)) for back in instants.seconds_back]
        return UserMapValues(window, np.stack(values))

    def _window(self) -> field_lines.Window:
        """Return the window of nodes about the lit cells: as fine as the map is, but of bounded size."""
        row, column = np.nonzero(self.lit)
        corner = tiling.CELL_KM * np.array([self.grid.first_column, self.grid.first_row], float)
        low = corner + tiling.CELL_KM * np.array([column.min() - 1, row.min() - 1])
        high = corner + tiling.CELL_KM * np.array([column.max() + 2, row.max() + 2])
        finest = max(self.file.spacing_km / NODES_PER_CELL, FINEST_KM, float((high - low).max()) / MOST_NODES)
        return field_lines.Window.covering(float(low[0]), float(low[1]), float(high[0]), float(high[1]), finest)


def user_map_source(
    file: UserMap, around: Magnetosphere, grid: tiling.Grid, visible: np.ndarray, epoch: Epoch, time_s: float,
    shift_h: float,
) -> UserMapSource:  # fmt: skip
    """Return the user's map as seen from a place; `visible` [row, column]: cells of the grid that the camera sees.

    Raises InputError for an instant outside the file's times.
    """
    file.times.between(epoch.plus_seconds(-time_s), time_s)
    source = UserMapSource(file, around, grid, np.zeros_like(visible), epoch, time_s, shift_h)
    flux = _values(source, _coordinates(around, *grid.centres_km()), 0.0)[..., 0]
    lit = visible & tiling.with_neighbours(flux > LEAST_FLUX)
    return UserMapSource(file, around, grid, lit, epoch, time_s, shift_h)


def _values(source: UserMapSource, coordinates: dict[str, np.ndarray], back_s: float) -> np.ndarray:
    """Return [row, column, 2]: flux mW m-2, and flux x characteristic energy, some seconds before the frame."""
    epoch = source.epoch.plus_seconds(-back_s)
    hours = magnetic_local_time_h(coordinates["apex_longitude_deg"], epoch) + source.shift_h
    scene_epoch = source.epoch.plus_seconds(-source.time_s)
    flux, energy, _ = source.file.at(
        scene_epoch, source.time_s - back_s, **coordinates, local_time_h=hours % 24.0, hold=back_s != 0.0
    )
    return np.stack([flux, flux * energy / MEAN_PER_CHARACTERISTIC], axis=-1)


def _coordinates(around: Magnetosphere, x_km: np.ndarray, y_km: np.ndarray) -> dict[str, np.ndarray]:
    """Return geodetic and apex coordinates, deg, of places of the plane at 110 km; each of their shape."""
    direction = field_lines.direction_from_plane(x_km, y_km, around.hemisphere)
    latitude, longitude, _ = geodetic_from_itrs(
        field_lines.position_above(direction, np.full(np.shape(x_km), field_lines.FOOTPRINT_ALTITUDE_KM))
    )
    apex = field_lines.bilinear(
        np.stack([around.latitude_deg, around.longitude_deg], axis=-1), around.window, x_km, y_km
    )
    return {
        "latitude_deg": latitude, "longitude_deg": longitude, "apex_latitude_deg": apex[..., 0],
        "apex_longitude_deg": apex[..., 1],
    }  # fmt: skip
