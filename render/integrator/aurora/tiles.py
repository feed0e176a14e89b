"""Choose which cells of the Earth-fixed plane need a map of the aurora, and how fine: only what the camera can see.

A cell is a square of CELL_KM on the polar stereographic plane. Cells far from every arc get a coarse tile; those that
hold thin arcs get as many texels as the camera resolves at their distance. Everything is a function of the instant.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from render.geophysics.field.field_lines import PLANE_RADIUS_KM
from shaders.aurora.emission import EMPTY, SMOOTH, SUBCELLS

CELL_KM = 32.0  # km, side of a cell
RIM = 3  # texels along a tile beyond n: the other edge's, and one beyond on either side, which a spline takes
MEMORY_RIM = 1  # the same of the memory's tiles, between whose texels the march interpolates linearly
EMPTY_TEXELS = (1 + RIM) ** 2  # the tile, n = 1, of cells without light
COARSE = 4  # texels along the coarsest tile: 8 km
CARPET = 6  # texels along a tile with the carpet alone, fewer than with any arc: 5.3 km hold its streaks
FINEST = 256  # texels along the finest tile: 125 m, below what any lens of the station resolves
TEXELS_PER_PIXEL = 1.6  # texels across one pixel: twice as many move 557.7 by 1.5 % rms of the 99th percentile
NEAREST_KM = 10.0  # km: light is not taken to be nearer when texels are chosen
FARTHEST_CELLS = 16  # cells: distances to light are not counted beyond; a leap of 240 km is long enough
FARTHEST_SUBCELLS = 4  # distances to thin arcs are not counted beyond; a step of 12 km is long enough


@dataclass(frozen=True)
class Grid:
    """A block of cells: first column and row (cell numbers of the plane) and how many."""

    first_column: int
    first_row: int
    columns: int
    rows: int

    def centres_km(self) -> tuple[np.ndarray, np.ndarray]:
        """Return plane (x, y) of the cells' centres, each [rows, columns], km."""
        x = (self.first_column + np.arange(self.columns) + 0.5) * CELL_KM
        y = (self.first_row + np.arange(self.rows) + 0.5) * CELL_KM
        return np.broadcast_arrays(x[None, :], y[:, None])  # type: ignore[return-value]


@dataclass(frozen=True)
class Tiles:
    """Square tiles of texels, one per listed cell.

    `cells` [tile, 2] (column, row) of the plane; `texels_along` [tile] n; `first` [tile] index of the first texel.
    The first EMPTY_TEXELS are an empty tile. `total`: texels in all; `rim`: RIM or MEMORY_RIM; `beside`: see
    `neighbours`, where texels that tiles share are drawn once.
    """

    cells: np.ndarray
    texels_along: np.ndarray
    first: np.ndarray
    total: int
    rim: int = RIM
    beside: np.ndarray | None = None

    def some(self, which: np.ndarray | slice) -> Tiles:
        """Return the tiles that `which` [tile] (or a slice) picks, of the same pool of texels."""
        beside = None if self.beside is None else self.beside[which]
        return replace(
            self, cells=self.cells[which], texels_along=self.texels_along[which], first=self.first[which], beside=beside
        )

    def neighbours(self) -> np.ndarray:
        """Return [tile, 9] int32: the first texel of the tile on each side of tiles of distinct cells, row by row from
        the south-west as they lie on the plane, where it is as fine; 0 where there is none, and in the middle."""
        low = self.cells.min(axis=0) - 1
        column, row = (self.cells - low).T
        firsts, along = np.zeros((2, row.max() + 2, column.max() + 2), np.int32)
        firsts[row, column], along[row, column] = self.first, self.texels_along
        shifts = [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)]
        beside = np.column_stack([firsts[row + i, column + j] for i, j in shifts])
        beside *= np.column_stack([along[row + i, column + j] for i, j in shifts]) == self.texels_along[:, None]
        beside[:, shifts.index((0, 0))] = 0
        return beside

    def device_beside(self) -> np.ndarray:
        """Return `beside`; without it nothing, so that every tile draws its own rim."""
        return np.zeros((len(self.cells), 9), np.int32) if self.beside is None else self.beside

    def device_tiles(self) -> np.ndarray:
        """Return [tile, 5] int32: (cell column, cell row, n, first texel, rim)."""
        rims = np.full(len(self.cells), self.rim)
        return np.column_stack([self.cells, self.texels_along, self.first, rims]).astype(np.int32)

    def device_rows(self, piece: int | None = None) -> np.ndarray:
        """Return [k, 4] int32: (tile, row, first column, columns), every texel once: rows, or pieces of so many."""
        sides = self.texels_along + self.rim
        pieces = np.ones_like(sides) if piece is None else -(-sides // piece)
        counts = sides * pieces
        tile = np.repeat(np.arange(len(counts)), counts)
        k = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        row, part = np.divmod(k, pieces[tile])
        length = sides[tile] if piece is None else piece
        columns = np.minimum(length, sides[tile] - part * length)
        return np.column_stack([tile, row, part * length, columns]).astype(np.int32)


def grid_around(plane_km: np.ndarray, reach_km: float) -> Grid:
    """Return the cells within `reach_km` (plane km) of a place of the plane."""
    low = np.floor((np.asarray(plane_km) - reach_km) / CELL_KM).astype(int)
    high = np.ceil((np.asarray(plane_km) + reach_km) / CELL_KM).astype(int)
    return Grid(int(low[0]), int(low[1]), int(high[0] - low[0]), int(high[1] - low[1]))


def lay_tiles(cells: np.ndarray, texels_along: np.ndarray, rim: int = RIM) -> Tiles:
    """Give each cell its place in the pool of texels, (n + rim)^2 of them; the first EMPTY_TEXELS stay empty."""
    counts = (texels_along + rim) ** 2
    first = EMPTY_TEXELS + np.cumsum(counts) - counts
    return Tiles(cells, texels_along, first, int(EMPTY_TEXELS + counts.sum()), rim)


def coarse_tiles(grid: Grid, lit: np.ndarray) -> Tiles:
    """Return a coarse tile for each lit cell of the grid; `lit` [row, column], whose order they have."""
    row, column = np.nonzero(lit)
    cells = np.column_stack([column + grid.first_column, row + grid.first_row])
    return lay_tiles(cells, np.full(len(cells), COARSE))


def halves(tiles: Tiles) -> tuple[Tiles, Tiles]:
    """Split a pool whose cells are listed twice, all once and all again, into the two lists that share it."""
    n = len(tiles.cells) // 2
    return tiles.some(slice(n)), tiles.some(slice(n, None))


def texels_high(texels_along: np.ndarray) -> np.ndarray:
    """Return n of the map for high altitudes: a quarter, and for the diffuse glow half."""
    return np.maximum(texels_along // 4, COARSE // 2)


def plane_scale(cells: np.ndarray) -> np.ndarray:
    """Return the stereographic scale, plane km per km on the sphere, in the middle of cells [cell, 2]."""
    middle = CELL_KM * (cells + 0.5)
    return 1.0 + (middle[:, 0] ** 2 + middle[:, 1] ** 2) / (4.0 * PLANE_RADIUS_KM**2)


def texels_for(pixel_km: np.ndarray | float, cells: np.ndarray) -> np.ndarray:
    """Return n [cell], the power of two that makes a texel nearest to 1 / TEXELS_PER_PIXEL of a pixel on the ground.

    `cells` [cell, 2] (column, row); `pixel_km` [cell], or one for all.
    """
    wanted = CELL_KM * TEXELS_PER_PIXEL / (pixel_km * plane_scale(cells))
    return np.clip(2 ** np.rint(np.log2(wanted)), 2 * COARSE, FINEST).astype(int)


def cell_table(grid: Grid, fine: Tiles, high: Tiles, memory: Tiles) -> np.ndarray:
    """Return what the march reads: cells [rows, columns, 8] int32, laid out as `shaders.aurora.emission` says.

    `high`: tiles for high altitudes, `memory`: tiles of the past, of the same cells. A cell holds thin arcs where its
    fine tile is finer than a carpet's.
    """
    cells = np.zeros((grid.rows, grid.columns, 8), np.int32)
    row, column = fine.cells[:, 1] - grid.first_row, fine.cells[:, 0] - grid.first_column
    for k, tiles in enumerate((fine, high, memory)):
        cells[..., 2 * k + 1] = 1
        cells[row, column, 2 * k], cells[row, column, 2 * k + 1] = tiles.first, tiles.texels_along
    cells[..., EMPTY] = _cells_to(cells[..., 0] > 0)
    cells[..., SMOOTH] = _cells_to(cells[..., 1] > CARPET)
    return cells


def to_thin_arcs(grid: Grid, tiles: Tiles, thin: np.ndarray, least: float) -> np.ndarray:
    """Return for each subcell of the grid, [SUBCELLS x rows, SUBCELLS x columns] uint8, how many subcells away the
    nearest one with thin arcs is: 0 in such a one, at most FARTHEST_SUBCELLS.

    `thin` [texel]: the thin arcs' part of the flux, mW m-2; `least`: from which a subcell counts. Tiles with fewer
    texels along than a cell has subcells hold none.
    """
    distance = np.full((grid.rows * SUBCELLS, grid.columns * SUBCELLS), FARTHEST_SUBCELLS, np.uint8)
    row, column = _subcells_of(grid, tiles, np.flatnonzero(thin > least))
    if not len(row):
        return distance
    # No subcell farther from all of them than is counted is looked at
    top, left = (max(int(at.min()) - FARTHEST_SUBCELLS, 0) for at in (row, column))
    around = distance[top : row.max() + FARTHEST_SUBCELLS + 1, left : column.max() + FARTHEST_SUBCELLS + 1]
    near = np.zeros(around.shape, bool)
    near[row - top, column - left] = True
    around -= near
    for _ in range(1, FARTHEST_SUBCELLS):
        near = with_neighbours(near)
        around -= near
    return distance


def _subcells_of(grid: Grid, tiles: Tiles, texels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (row, column) of the grid's subcells in which texels of a pool lie; those of rims, and of other or too
    coarse tiles, are left out.

    `texels` [k]: their places in the pool, in which the tiles follow one another.
    """
    tile = np.searchsorted(tiles.first, texels, side="right") - 1
    along = tiles.texels_along.astype(np.int32)  # halves the time of divisions
    row, column = np.divmod((texels - tiles.first[tile]).astype(np.int32), (along + RIM)[tile])
    inside = (tile >= 0) & (row >= 1) & (row <= along[tile]) & (column >= 1) & (column <= along[tile])
    inside &= (along >= SUBCELLS)[tile]
    tile, row, column = tile[inside], row[inside], column[inside]
    within = np.maximum(along // SUBCELLS, 1)[tile]
    first = SUBCELLS * (tiles.cells - np.array([grid.first_column, grid.first_row]))
    return first[tile, 1] + (row - 1) // within, first[tile, 0] + (column - 1) // within


def with_neighbours(cells: np.ndarray) -> np.ndarray:
    """Return the cells [row, column] that are marked, or beside a marked one."""
    padded = np.pad(cells, 1)
    rows = padded[:-2] | padded[1:-1] | padded[2:]
    return np.asarray(rows[:, :-2] | rows[:, 1:-1] | rows[:, 2:])


def _cells_to(wanted: np.ndarray) -> np.ndarray:
    """Return the chessboard distance, in cells, of every cell to the nearest wanted one, at most FARTHEST_CELLS."""
    distance = np.where(wanted, 0, FARTHEST_CELLS).astype(np.uint8)  # an eighth of the memory to walk through
    for ring in range(1, FARTHEST_CELLS):
        distance = np.minimum(distance, _minimum_3x3(distance) + 1)
        if not (distance > ring).any():
            break
    return distance


def _minimum_3x3(values: np.ndarray) -> np.ndarray:
    """Return the minimum over each element and its eight neighbours."""
    padded = np.pad(values, 1, mode="edge")
    rows = np.minimum(np.minimum(padded[:-2], padded[1:-1]), padded[2:])
    return np.minimum(np.minimum(rows[:, :-2], rows[:, 1:-1]), rows[:, 2:])
