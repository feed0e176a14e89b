"""Precipitation on an area seen from above: the footprint, drawn into tiles that are as fine as the area's pixels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from render.emission import afterglow
from render.geophysics.field import field_lines
from render.geophysics.field.magnetic_coordinates import KM_PER_DEGREE
from render.geophysics.forms import curtain
from render.integrator.above.area import AreaFromAbove
from render.integrator.aurora import footprint_map
from render.integrator.aurora import tiles as tiling
from render.integrator.aurora.instant import HALF_DAY_KM, AuroraInstant, Extent
from render.integrator.aurora.texels import Pool
from render.integrator.aurora.tile_builder import (
    Instants,
    MapBuilder,
    afterglow_instants,
    present_only,
    shutter_instants,
)
from render.integrator.quality import QUALITIES

ROWS_AT_ONCE = 256  # of a picture: bounds the memory
BROAD = 2  # texels along a cell, 16 km, of light that is wanted at a distance of 100 km
NOON_KM = 150.0  # km of x on either side of the cut at noon, within which a cell's nodes may lie beyond it


@dataclass(frozen=True)
class Texels:
    """Tiles, and the precipitation of their texels: `values` [texel, 1 + 2 K], or one more with the diffuse share, as
    `shaders.aurora.emission` lays them out."""

    tiles: tiling.Tiles
    values: np.ndarray

    @property
    def fluxes(self) -> int:
        """K, of hard electrons and of soft ones."""
        return (self.values.shape[1] - 1) // 2

    @property
    def diffuse_share(self) -> np.ndarray:
        """Share of the hard flux [texel] that is diffuse; 0 where texels do not tell."""
        return self.values[:, -1] if self.values.shape[1] % 2 == 0 else np.zeros(len(self.values))


class FootprintMap:
    """The footprint at an instant over cells of a grid; `lit` [row, column] of those `wanted` that may have light.

    Tiles are made for pixels of `pixel_km`; `two_spectra`: see `MapBuilder`; `spacing_km` of the present's tracks, as
    `AuroraInstant.curtains` takes it. Raises InputError for an instant outside the times of a user map.
    """

    def __init__(
        self, instant: AuroraInstant, grid: tiling.Grid, wanted: np.ndarray, pixel_km: float = 1.0,
        two_spectra: bool = False, spacing_km: float = curtain.TRACK_SPACING_KM,
    ) -> None:  # fmt: skip
        self.grid, self._two_spectra = grid, two_spectra
        self._instant, self._pixel_km = instant, pixel_km
        self._user_map = instant.user_map(grid, wanted)
        x, y = grid.centres_km()
        window = instant.around.window
        row, column = (_nearest(at, first, window) for at, first in ((y, window.y0_km), (x, window.x0_km)))
        magnetic_x, magnetic_y = np.moveaxis(instant.magnetic[row, column], -1, 0)
        self._magnetic_x, self._magnetic_y = magnetic_x, magnetic_y
        self._extent = Extent.of(magnetic_x, magnetic_y)
        self._side = np.zeros(wanted.shape, int)
        if (np.abs(magnetic_x) > HALF_DAY_KM - NOON_KM).any():
            self._side = np.where(magnetic_x >= 0.0, 1, -1)
        self.lit = (
            self._user_map.lit if self._user_map else wanted & (magnetic_y > curtain.OVAL_FROM_DEG * KM_PER_DEGREE)
        )
        self._curtains = instant.curtains(present_only(2), spacing_km, self._extent)
        self._present = self._builder(present_only(2), self._curtains)

    def coarse_flux(self) -> np.ndarray:
        """Return the mean energy flux, mW m-2, of each cell [row, column] of the grid; 0 where none is lit."""
        flux, coarse = np.zeros(self.lit.shape), self._coarse
        values = self._present.build(coarse).values.to_numpy()[tiling.EMPTY_TEXELS :, 1]
        flux[self.lit] = values.reshape(len(coarse.cells), -1).mean(axis=1)
        return flux

    @cached_property
    def _coarse(self) -> tiling.Tiles:
        """Return a coarse tile for each lit cell, row by row."""
        return tiling.coarse_tiles(self.grid, self.lit)

    @cached_property
    def tiles(self) -> tiling.Tiles:
        """Return a tile for each lit cell: as fine as the pixels where thin arcs are, coarse elsewhere."""
        cells, thin = self._coarse.cells, self._present.build(self._coarse).thin_flux()[tiling.EMPTY_TEXELS :]
        along = tiling.texels_for(self._pixel_km, cells)
        return tiling.lay_tiles(cells, footprint_map.texels_wanted(thin.reshape(len(cells), -1), along))

    def now(self) -> Texels:
        """Return the fine map, K = 2: the instant, and GREEN_AGE_S before where arcs may have moved."""
        with_arcs = self.tiles.texels_along > tiling.CARPET
        moving = self._builder(shutter_instants(0.0, 0.0, 1))
        drawn = moving.build(self.tiles.some(with_arcs))
        self._present.build(self.tiles.some(~with_arcs), drawn)
        return Texels(self.tiles, drawn.values.to_numpy())

    def averages(self, afterglow_on: bool = True) -> Texels:
        """Return the averages of the past, K = 7; `afterglow_on` False: of the footprint of now alone."""
        tiles, moving = footprint_map.afterglow_tiles(self.tiles)
        moving &= afterglow_on
        still = self._builder(present_only(len(afterglow.FILTERS_S)))
        drawn = still.build(tiles.some(~moving))
        for ages, some in footprint_map.by_ages(tiles.texels_along, QUALITIES["standard"]):
            instants = afterglow_instants(ages)
            curtains = self._instant.curtains(instants, curtain.AFTERGLOW_SPACING_KM, self._extent)
            self._builder(instants, curtains).build(tiles.some(moving & some), drawn)
        return Texels(tiles, drawn.values.to_numpy())

    def broad(self) -> Texels:
        """Return the present as BROAD texels to a cell have it, K = 2: for light that spreads over 100 km and more.

        Cells that neither the carpet nor an arc group may light are left out.
        """
        cells = self._coarse.cells[self._near_oval()]
        tiles = tiling.lay_tiles(cells, np.full(len(cells), BROAD), tiling.MEMORY_RIM)
        return Texels(tiles, self._present.build(tiles).values.to_numpy())

    def _near_oval(self) -> np.ndarray:
        """Return which lit cells [cell] the carpet or an arc group may light."""
        if self._user_map is not None:
            return np.ones(int(self.lit.sum()), bool)
        near = np.zeros(self.lit.shape, bool)
        for shift in (0.0, -2.0 * HALF_DAY_KM, 2.0 * HALF_DAY_KM) if self._side.any() else (0.0,):
            near |= footprint_map.near_oval(self._magnetic_x + shift, self._magnetic_y, self._curtains)
        return near[self.lit]

    def _builder(self, instants: Instants, curtains: curtain.Curtains | None = None) -> _Builders:
        """Return what draws the footprint at instants: one builder for each side of the cut at noon.

        `curtains`: at these instants, where they are there.
        """
        instant = self._instant
        curtains = curtains or instant.curtains(instants, curtain.TRACK_SPACING_KM, self._extent)
        sides = {
            int(side): instant.builder(
                curtains, instants, self._extent, instant.continued(side) if side else instant.magnetic,
                source=self._user_map, two_spectra=self._two_spectra,
            )
            for side in np.unique(self._side)
        }  # fmt: skip
        return _Builders(sides, self._side_of)

    def _side_of(self, cells: np.ndarray) -> np.ndarray:
        """Return on which side of the cut at noon cells [cell, 2] lie: +1, -1, or 0 where the cut is far."""
        return np.asarray(self._side[cells[:, 1] - self.grid.first_row, cells[:, 0] - self.grid.first_column])


@dataclass(frozen=True)
class _Builders:
    """Builders by the side of noon that their cells lie on."""

    sides: dict[int, MapBuilder]
    side_of: Callable[[np.ndarray], np.ndarray]

    def build(self, tiles: tiling.Tiles, pool: Pool | None = None) -> Pool:
        """Draw tiles as `MapBuilder.build` does."""
        side = self.side_of(tiles.cells)
        for this, builder in self.sides.items():
            pool = builder.build(tiles.some(side == this), pool)
        if pool is None:
            raise ValueError("no side of noon has a builder")
        return pool


def touched_cells(area: AreaFromAbove) -> tuple[tiling.Grid, np.ndarray]:
    """Return the block of cells around an area, and which of them [row, column] its pixels fall on or beside.

    One more on every side: whether a cell has a past depends on its neighbours, which must not depend on the window.
    """
    corners = [np.concatenate([part.min(axis=(0, 1)) - 1, part.max(axis=(0, 1)) + 2]) for part in _cells(area)]
    low, high = np.min(corners, axis=0)[:2], np.max(corners, axis=0)[2:]
    touched = np.zeros((high - low)[::-1], bool)
    for part in _cells(area):
        column, row = part[..., 0] - low[0], part[..., 1] - low[1]
        touched[row, column] = True
    return tiling.Grid(int(low[0]), int(low[1]), touched.shape[1], touched.shape[0]), tiling.with_neighbours(touched)


def plane_rows(area: AreaFromAbove) -> list[tuple[slice, np.ndarray, np.ndarray]]:
    """Return blocks of rows with the plane's (X, Y), km, of their pixels, each [row, column]."""
    blocks = [slice(k, min(k + ROWS_AT_ONCE, area.rows)) for k in range(0, area.rows, ROWS_AT_ONCE)]
    return [(rows, *area.plane(area.x_km[None, :], area.y_km[rows, None])) for rows in blocks]


def _cells(area: AreaFromAbove) -> list[np.ndarray]:
    """Return, for blocks of rows, the cell (column, row) that each pixel falls on, [row, column, 2]."""
    return [np.floor(np.stack([x, y], axis=-1) / tiling.CELL_KM).astype(int) for _, x, y in plane_rows(area)]


def _nearest(at_km: np.ndarray, first_km: float, window: field_lines.Window) -> np.ndarray:
    """Return the numbers of the nearest nodes along a side of a square window."""
    return np.clip(np.rint((at_km - first_km) / window.spacing_km).astype(int), 0, window.rows - 1)
