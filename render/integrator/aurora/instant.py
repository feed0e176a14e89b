"""The aurora of an instant around a place: one preparation for a camera's march and for the view from above."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from render.core.epoch import Epoch
from render.geophysics.field.geomagnetic import magnetic_local_time_h
from render.geophysics.field.magnetic_coordinates import KM_PER_HOUR, magnetic_xy
from render.geophysics.forms import curtain
from render.geophysics.forms.aurora_settings import AuroraSettings
from render.geophysics.forms.drive_series import DriveFunction
from render.geophysics.user_map.file import read_user_map
from render.integrator.aurora import tiles as tiling
from render.integrator.aurora.magnetosphere import Magnetosphere
from render.integrator.aurora.tile_builder import Instants, MapBuilder, Place
from render.integrator.aurora.user_map import UserMapSource, user_map_source

BEYOND_VIEW_KM = 300.0  # km of the magnetic map tabulated beyond what is in view: vortices reach so far together
HALF_DAY_KM = 12.0 * KM_PER_HOUR


class Extent(NamedTuple):
    """What of the magnetic map is tabulated, km: from where to where along x and along y."""

    reach: tuple[float, float]
    span: tuple[float, float]

    @classmethod
    def of(cls, x_km: np.ndarray, y_km: np.ndarray) -> Extent:
        """Return the extent of places, and what reaches them from beyond."""
        (x0, x1), (y0, y1) = ((float(at.min()), float(at.max())) for at in (x_km, y_km))
        return cls((x0 - BEYOND_VIEW_KM, x1 + BEYOND_VIEW_KM), (y0 - BEYOND_VIEW_KM, y1 + BEYOND_VIEW_KM))


@dataclass(frozen=True)
class AuroraInstant:
    """The aurora of an instant, `time_s` after the scene's time, in the region `around` a place."""

    settings: AuroraSettings
    drive: DriveFunction
    around: Magnetosphere
    epoch: Epoch
    time_s: float

    @property
    def kp(self) -> float:
        """Return Kp at the instant."""
        return float(self.drive(np.array([self.time_s])).kp[0])

    @cached_property
    def magnetic(self) -> np.ndarray:
        """Return the magnetic coordinates [row, column, 2], km, at the nodes of the region's window."""
        hours = magnetic_local_time_h(self.around.longitude_deg, self.epoch) + self.settings.local_time_shift_h
        return np.stack(magnetic_xy(self.around.latitude_deg, hours), axis=-1)

    def continued(self, side: int) -> np.ndarray:
        """Return the same with x running on over noon, where it is cut, from the morning's (+1) or evening's (-1) side.

        Between nodes on either side of the cut x would run through all other local times.
        """
        x = self.magnetic[..., :1]
        moved = np.where(side * x < -0.5 * HALF_DAY_KM, x + 2.0 * side * HALF_DAY_KM, x)
        return np.concatenate([moved, self.magnetic[..., 1:]], axis=-1)

    def user_map(self, grid: tiling.Grid, wanted: np.ndarray) -> UserMapSource | None:
        """Return the user's map that is drawn in place of the oval, for cells [row, column]; None: there is none.

        Raises InputError for an instant outside the map's times.
        """
        if not self.settings.footprint:
            return None
        file, shift = read_user_map(str(self.settings.footprint)), self.settings.local_time_shift_h
        return user_map_source(file, self.around, grid, wanted, self.epoch, self.time_s, shift)

    def curtains(self, instants: Instants, spacing_km: float, extent: Extent) -> curtain.Curtains:
        """Return the curtains at instants, tabulated every `spacing_km` along the oval."""
        times = self.time_s - instants.seconds_back
        series = self.drive(np.minimum(times, self.time_s))  # it may end with the film, before the last shutter closes
        return curtain.curtains_at(self.settings, series, times, *extent.reach, spacing_km=spacing_km)

    def builder(
        self, curtains: curtain.Curtains, instants: Instants, extent: Extent, magnetic: np.ndarray,
        turn_rad_s: np.ndarray | None = None, source: UserMapSource | None = None,
        two_spectra: bool = False, masks: dict[Any, Any] | None = None,
    ) -> MapBuilder:  # fmt: skip
        """Return what draws the curtains, or a user's map, of instants into tiles.

        `magnetic` [row, column, 2]: this instant's, or what of it a picture has made of it; `turn_rad_s`: of a camera;
        `two_spectra`, `masks`: see `MapBuilder`.
        """
        place = Place(self.around.window, magnetic, self.around.hemisphere, extent.span)
        values = source.at(instants) if source and source.lit.any() else None
        return MapBuilder(self.settings, curtains, place, instants, self.time_s, turn_rad_s, values, two_spectra, masks)
