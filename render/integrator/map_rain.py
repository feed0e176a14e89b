"""What rains on an area seen from above: the footprint, drawn into tiles that are as fine as the area's pixels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from render.emission import afterglow
from render.epoch import Epoch
from render.geophysics import curtain, field_lines
from render.geophysics.driven import Drive
from render.geophysics.footprint_file import read_footprint
from render.geophysics.geomagnetic import magnetic_local_time_h
from render.geophysics.magnetic_map import magnetic_xy
from render.integrator import footprint_map
from render.integrator import tiles as tiling
from render.integrator.magnetosphere import Magnetosphere
from render.integrator.map_area import MapArea
from render.integrator.map_builder import (
    Instants,
    MapBuilder,
    Place,
    memory_instants,
    present_only,
    shutter_instants,
)
from render.integrator.own_map import OwnSource, own_source

ROWS_AT_ONCE = 256  # of a picture: bounds the memory


@dataclass(frozen=True)
class Night:
    """The aurora of an instant, `time_s` after the scene's time, in the region `around` a place."""

    settings: curtain.AuroraSettings
    drive: Drive
    around: Magnetosphere
    epoch: Epoch
    time_s: float

    @cached_property
    def magnetic(self) -> np.ndarray:
        """Return the magnetic coordinates [row, column, 2], km, at the nodes of the region's window."""
        hours = magnetic_local_time_h(self.around.longitude_deg, self.epoch) + self.settings.local_time_shift_h
        return np.stack(magnetic_xy(self.around.latitude_deg, hours), axis=-1)


@dataclass(frozen=True)
class Texels:
    """Tiles, and what rains into their texels: `values` [texel, 1 + 2 K] as `shaders.aurora` lays them out."""

    tiles: tiling.Tiles
    values: np.ndarray


class FootprintMap:
    """The footprint over an area at an instant; `lit` is False where no cell of it has light.

    Raises InputError for an instant outside the times of a user's own map.
    """

    def __init__(self, night: Night, area: MapArea) -> None:
        self._night = night
        self.grid, touched = touched_cells(area)
        self._own = self._own_source(touched) if night.settings.footprint else None
        self._x, self._y = footprint_map._at_cells(self.grid, night.around.window, *np.moveaxis(night.magnetic, -1, 0))
        curtains, now = self._builder(present_only(2), curtain.TRACK_SPACING_KM)
        lit = self._own.lit if self._own else touched & footprint_map._near_oval(self._x, self._y, curtains)
        self.lit = bool(lit.any())
        if self.lit:
            row, column = np.nonzero(lit)
            cells = np.column_stack([column + self.grid.first_column, row + self.grid.first_row])
            self._now, self._tiles = now, _refine(now, cells, area)

    def now(self) -> Texels:
        """Return the fine map, K = 2: the instant, and GREEN_AGE_S before where arcs may have moved."""
        thin = self._tiles.texels_along > tiling.COARSE
        values = self._builder(shutter_instants(0.0, 0.0, 1), curtain.TRACK_SPACING_KM)[1].build(self._tiles.some(thin))
        self._now.build(self._tiles.some(~thin), values[0])
        return Texels(self._tiles, values[0].to_numpy())

    def remembered(self, lasting: bool = True) -> Texels:
        """Return the memory, K = 7; `lasting` False: nothing is remembered but the footprint of now."""
        tiles, moving = footprint_map._memory_tiles(self._tiles)
        moving &= lasting
        values = self._builder(memory_instants(), curtain.MEMORY_SPACING_KM)[1].build(tiles.some(moving))[0]
        still = self._builder(present_only(len(afterglow.FILTERS_S)), curtain.TRACK_SPACING_KM)[1]
        still.build(tiles.some(~moving), values)
        return Texels(tiles, values.to_numpy())

    def _builder(self, instants: Instants, spacing_km: float) -> tuple[curtain.Curtains, MapBuilder]:
        """Return the curtains at instants, and what draws them: as `footprint_map.build_maps` does for a camera."""
        night = self._night
        reach = self._x.min() - footprint_map.BEYOND_VIEW_KM, self._x.max() + footprint_map.BEYOND_VIEW_KM
        times = night.time_s - instants.seconds_back
        curtains = curtain.curtains_at(night.settings, night.drive(times), times, *reach, spacing_km=spacing_km)
        place = Place(night.around.window, night.magnetic, night.around.hemisphere)
        own = self._own.at(instants) if self._own and self._own.lit.any() else None
        return curtains, MapBuilder(night.settings, curtains, place, instants, night.time_s, None, own)

    def _own_source(self, touched: np.ndarray) -> OwnSource:
        night = self._night
        file, shift = read_footprint(str(night.settings.footprint)), night.settings.local_time_shift_h
        return own_source(file, night.around, self.grid, touched, night.epoch, night.time_s, shift)


def touched_cells(area: MapArea) -> tuple[tiling.Grid, np.ndarray]:
    """Return the block of cells around an area, and which of them [row, column] its pixels fall on."""
    corners = [np.concatenate([part.min(axis=(0, 1)), part.max(axis=(0, 1))]) for _, part in _cells(area)]
    low, high = np.min(corners, axis=0)[:2], np.max(corners, axis=0)[2:]
    touched = np.zeros((high - low + 1)[::-1], bool)
    for _, part in _cells(area):
        touched[part[..., 1] - low[1], part[..., 0] - low[0]] = True
    return tiling.Grid(int(low[0]), int(low[1]), touched.shape[1], touched.shape[0]), touched


def plane_rows(area: MapArea) -> list[tuple[slice, np.ndarray, np.ndarray]]:
    """Return blocks of rows with the plane's (X, Y), km, of their pixels, each [row, column]."""
    blocks = [slice(k, min(k + ROWS_AT_ONCE, area.rows)) for k in range(0, area.rows, ROWS_AT_ONCE)]
    return [(rows, *area.plane(area.x_km[None, :], area.y_km[rows, None])) for rows in blocks]


def _cells(area: MapArea) -> list[tuple[slice, np.ndarray]]:
    """Return blocks of rows with the cell (column, row) that each pixel falls on, [row, column, 2]."""
    return [
        (rows, np.floor(np.stack([x, y], axis=-1) / tiling.CELL_KM).astype(int)) for rows, x, y in plane_rows(area)
    ]


def _refine(builder: MapBuilder, cells: np.ndarray, area: MapArea) -> tiling.Tiles:
    """Return a tile for each cell: as fine as the picture where thin arcs are, coarse elsewhere."""
    coarse = tiling.lay_tiles(cells, np.full(len(cells), tiling.COARSE))
    flux = builder.build(coarse)[1][tiling.EMPTY_TEXELS :].reshape(len(cells), -1).max(axis=1)
    fine = _texels_along(cells, area)
    streaked = np.where(flux > footprint_map.STREAKED_FLUX, np.minimum(fine, footprint_map.STREAKED), tiling.COARSE)
    return tiling.lay_tiles(cells, np.where(flux > footprint_map.THIN_FLUX, fine, streaked))


def _texels_along(cells: np.ndarray, area: MapArea) -> np.ndarray:
    """Return n [cell], the power of two that makes a texel nearest to 1 / TEXELS_PER_PIXEL of the area's pixels."""
    middle = tiling.CELL_KM * (cells + 0.5)
    stretch = 1.0 + (middle**2).sum(axis=1) / (4.0 * field_lines.PLANE_RADIUS_KM**2)  # plane km per km
    wanted = tiling.CELL_KM * tiling.TEXELS_PER_PIXEL / (area.pixel_km * stretch)
    return np.clip(2 ** np.rint(np.log2(wanted)), 2 * tiling.COARSE, tiling.FINEST).astype(int)
