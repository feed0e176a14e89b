"""Lay a region's discs and samples on the cells of its lit patches: which patches those are, and what each cell gets.

Work goes by discs that reach equally far and by some hundred thousand cells at once, so that arrays stay in the
processor's cache. What lies in no lit patch goes to one more, that is cut off at the end: no cell is asked twice.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from render.earth.lights.grid import BLOCK, CELL_KM, CELLS_PER_DEGREE, PATCH, Floats, Index, Region
from render.earth.lights.places import Array
from render.earth.lights.towns import Discs, Samples

DISC_REACH = 2.75  # standard deviations, at which a disc ends, along each axis
CELLS_AT_ONCE = 100_000  # of discs: bounds memory, and keeps arrays in the processor's cache
CELLS = PATCH * PATCH


def lit_patches(discs: Discs, samples: list[Samples], region: Region) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Return the patches of a region, flat and rising, that discs and samples reach, and which of them discs do."""
    lit = np.zeros((region.rows * PATCH + 2, region.columns * PATCH + 2), bool)  # a patch beyond each side
    y, x = place_in_cells(discs.latitude, discs.longitude, region)
    for some, down, across in _groups(discs):
        first, last = ((y[some] + s * down) // PATCH for s in (-1, 1))
        west, east = ((x[some] + s * across) // PATCH for s in (-1, 1))
        i = np.minimum(first[:, None] + np.arange(2 * down // PATCH + 2), last[:, None])
        j = np.minimum(west[:, None] + np.arange(2 * across // PATCH + 2), east[:, None])
        lit[_held(i, lit.shape[0])[:, :, None], _held(j, lit.shape[1])[:, None, :]] = True
    built = lit[1:-1, 1:-1].copy()
    for part in samples:
        y, x = place_in_cells(part.latitude, part.longitude, region)
        rows = [_held((y + s) // PATCH, lit.shape[0]) for s in (-0.5, 0.5)]
        columns = [_held((x + s) // PATCH, lit.shape[1]) for s in (-0.5, 0.5)]
        for i in rows:
            for j in columns:
                lit.ravel()[i * lit.shape[1] + j] = True
    patch = np.flatnonzero(lit[1:-1, 1:-1])
    return patch, built.ravel()[patch]


def spread(
    discs: Discs, samples: list[Samples], region: Region, patch: NDArray[np.intp], grain: Floats
) -> NDArray[np.complex64]:
    """Return the light of the cells of lit patches, W sr-1, all of it + i what is white of it, [patch, 8, 8].

    `grain` [patch + 1, 8, 8]: relative density of discs' light, and none in the patch beyond. A disc keeps
    its light: where none of its cells is on land, they share it as if all were.
    """
    start = np.full((region.rows * PATCH + 2, region.columns * PATCH + 2), len(patch) * CELLS, np.int64)
    row, column = np.divmod(patch, region.columns * PATCH)
    start[row + 1, column + 1] = np.arange(len(patch)) * CELLS
    light = np.zeros((len(patch) + 1) * CELLS, np.complex64)
    y, x = place_in_cells(discs.latitude, discs.longitude, region)
    coloured = discs.light * (1.0 + 1j * discs.white)
    for some, down, across in _groups(discs):
        i = np.floor(y[some]).astype(np.int64)[:, None] + np.arange(-down, down + 1)
        j = np.floor(x[some]).astype(np.int64)[:, None] + np.arange(-across, across + 1)
        weight = _weights(discs, some, i + 0.5 - y[some, None], j + 0.5 - x[some, None])
        cell = _cells(i[:, :, None], j[:, None, :], start)
        textured = weight * grain.ravel()[cell]
        total, plain = textured.sum(axis=(1, 2)), weight.sum(axis=(1, 2))
        lost = total < 0.02 * plain  # a pier, an island that the land mask lacks
        textured[lost], total[lost] = weight[lost], plain[lost]
        per = (coloured[some] / np.maximum(total, 1e-30)).astype(np.complex64)
        np.add.at(light, cell.ravel(), (textured * per[:, None, None]).ravel())
    for part in samples:
        y, x = (at - 0.5 for at in place_in_cells(part.latitude, part.longitude, region))
        i, j = np.floor(y).astype(np.int64), np.floor(x).astype(np.int64)
        v, u = y - i, x - j
        value = part.light * (1.0 + 1j * part.white)
        for di, dj, share in ((0, 0, (1 - v) * (1 - u)), (0, 1, (1 - v) * u), (1, 0, v * (1 - u)), (1, 1, v * u)):
            np.add.at(light, _cells(i + di, j + dj, start), (value * share).astype(np.complex64))
    return light[:-CELLS].reshape(-1, PATCH, PATCH)


def _weights(discs: Discs, some: NDArray[np.intp], north: Array, east: Array) -> Floats:
    """Return the density of discs at rows and columns of cells away from their centres, [disc, row, column]."""
    per = (CELL_KM / discs.scale_km[some])[:, None]
    narrow = np.cos(np.radians(discs.latitude[some]))[:, None]
    y, x = (_bell((away * per).astype(np.float32)) for away in (north, east * narrow))
    return y[:, :, None] * x[:, None, :]


def _bell(away: Floats) -> Floats:
    """Return a Gaussian of unit deviation, lowered so that it ends at DISC_REACH."""
    return np.maximum(np.exp(np.float32(-0.5) * away**2) - np.float32(np.exp(-0.5 * DISC_REACH**2)), np.float32(0.0))


def _cells(i: Index, j: Index, start: Index) -> Index:
    """Return where cells (row, column from the region's corner) stand among those of lit patches; the rest: in one
    patch more. `start`: where a patch's cells begin, of the region's patches and of one beyond each side."""
    patch = _held(i // PATCH, start.shape[0]) * start.shape[1] + _held(j // PATCH, start.shape[1])
    return start.ravel()[patch] + (i % PATCH * PATCH + j % PATCH)


def _held(patch: NDArray[np.generic], count: int) -> Index:
    """Return the rows or columns of patches in an array with one more on each side, which holds all beyond."""
    return np.clip(patch, -1, count - 2).astype(np.int64) + 1


def place_in_cells(latitude: Array, longitude: Array, region: Region) -> tuple[Array, Array]:
    """Return the places in cells, fractional, from the region's first corner; longitudes of the turn that it has."""
    y = (latitude + 90.0) * CELLS_PER_DEGREE - region.row * BLOCK
    x = (longitude + 180.0) * CELLS_PER_DEGREE - region.column * BLOCK
    return y, x % (360.0 * CELLS_PER_DEGREE)


def _reach(discs: Discs) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return how many cells discs reach to north and south, and to east and west; of large ones in coarse steps."""
    narrow = np.maximum(np.cos(np.radians(discs.latitude)), 0.05)
    rows = DISC_REACH * discs.scale_km / CELL_KM + 0.5
    reach = [
        np.where(n < 12.0, np.ceil(n), np.ceil(2.0 ** (np.ceil(4.0 * np.log2(n)) / 4.0))) for n in (rows, rows / narrow)
    ]
    return reach[0].astype(np.intp), reach[1].astype(np.intp)


def _groups(discs: Discs) -> Iterator[tuple[NDArray[np.intp], int, int]]:
    """Yield discs (indices) that reach equally far, at most some hundred thousand cells at once."""
    rows, columns = _reach(discs)
    kinds = rows * 65536 + columns
    order = np.argsort(kinds, kind="stable")
    edges = np.flatnonzero(np.diff(kinds[order])) + 1
    for group in np.split(order, edges):
        down, across = int(rows[group[0]]), int(columns[group[0]])
        for part in _parts(len(group), max(CELLS_AT_ONCE // ((2 * down + 1) * (2 * across + 1)), 1)):
            yield group[part], down, across


def _parts(count: int, step: int) -> Iterator[slice]:
    """Yield slices of at most `step` that cover `count` members."""
    for first in range(0, count, step):
        yield slice(first, min(first + step, count))
