"""The grain of lit land: blocks, arterial roads, coasts, as factors of the light's density about a mean of one.

Functions of the cell alone, so that a town looks the same whatever region it is drawn in. Noise is drawn at lattice
points and interpolated between them, for the 8 x 8 cells of a patch at once: two products of small matrices. The
lattice counts cells; its step in longitude widens towards the poles.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from render.earth.lights.grid import BLOCK, CELL_KM, CELLS_PER_DEGREE, PATCH, Floats, Index
from render.earth.surface import CELLS_PER_DEGREE as MASK_PER_DEGREE
from render.earth.surface import land_class

BLOCK_KM = (1.55, 3.1)  # km, sides of what is built alike: malls, ports, parks as holes
BLOCK_SIGMA = (0.52, 0.50)  # natural log; together 0.72; our guess from photographs
GRAIN_SIGMA = 0.35  # natural log, between neighbouring cells; by eye
STREET_GAIN = 1.8  # how much brighter an arterial road is than what lies about it, per cell; by eye
SECTION_KM = 1.609344  # km, a mile: the American section grid, whose lines carry the arterial roads
SECTION_WEST, SECTION_EAST, SECTION_SOUTH, SECTION_NORTH = -125.0, -80.5, 25.0, 56.0  # deg, where land was so parcelled
STRETCH = 24  # cells, of such a line that is lit alike: 8 miles; by eye
STREET_KM = 2.3  # km, between arterial roads elsewhere, which wind; by eye
STREET_WIDTH = 0.22  # of the noise whose zeros they follow
WHITE_KM = 2.6  # km, of quarters whose lamps are alike
COAST = 6.0  # how much steeper than the land mask's cells coasts are
NODES = 5  # lattice points, that the 8 cells of a patch lie between where a step is 3 cells or more
AT_ONCE = 4096  # patches: arrays stay in the processor's cache


def grain_on_land(row: Index, column: Index, built: NDArray[np.bool_], seed: int) -> Floats:
    """Return the density of towns' light at the cells of patches relative to its mean, on land alone, [n + 1, 8, 8].

    `row`, `column` [n]: of the patches' first cells; `built` [n]: which have towns, and are filled. The land's share of
    a cell is 1 inland and 0 at sea; a coast is about a cell wide. One patch more, the last, lies at sea.
    """
    out = np.empty((len(row) + 1, PATCH, PATCH), np.float32)
    out[-1] = 0.0
    wanted = np.flatnonzero(built)
    for first in range(0, len(wanted), AT_ONCE):
        some = wanted[first : first + AT_ONCE]
        out[some] = _grain(row[some], column[some], seed) * _land(row[some], column[some])
    return out


def whiteness(row: Index, column: Index, seed: int) -> Floats:
    """Return how white the lamps of a quarter are relative to their town's, -1 to 1, mean zero, [n, 8, 8]."""
    return np.clip(np.float32(0.8) * _smooth(row, column, WHITE_KM, seed + 40), -1.0, 1.0)


def cosine(row: Index) -> Floats:
    """Return the cosine of the latitude of the rows' blocks: the same for all of a block."""
    latitude = np.radians((row // BLOCK + 0.5) * BLOCK / CELLS_PER_DEGREE - 90.0)
    return np.maximum(np.cos(latitude), 0.02).astype(np.float32)


def _grain(row: Index, column: Index, seed: int) -> Floats:
    log = np.zeros((len(row), PATCH, PATCH), np.float32)
    for octave, (length, sigma) in enumerate(zip(BLOCK_KM, BLOCK_SIGMA, strict=True)):
        log += np.float32(sigma) * _smooth(row, column, length, seed + octave)
    cells = np.arange(PATCH)
    grain = _hashed(row[:, None, None] + cells[:, None], column[:, None, None] + cells, seed + 7)
    log += np.float32(GRAIN_SIGMA * np.sqrt(3.0)) * (2.0 * grain - 1.0)
    return np.exp(log) * (1.0 + np.float32(STREET_GAIN) * _streets(row, column, seed))


def _land(row: Index, column: Index) -> Floats:
    per_cell = MASK_PER_DEGREE / CELLS_PER_DEGREE
    first = [np.floor((at + 0.5) * per_cell - 0.5).astype(np.int64) for at in (row, column)]
    nodes = np.arange(4)
    known = land_class(first[0][:, None, None] + nodes[:, None], first[1][:, None, None] + nodes).astype(np.float32)
    period = int(round(1.0 / (per_cell % 1.0))) * 2  # 9 cells are two of the mask's
    weights = np.stack([_linear_weights(k, 1.0 / per_cell, 4, middle=True) for k in range(period)])
    share = weights[row % period] @ known @ weights[column % period].swapaxes(1, 2)
    return np.clip(np.float32(COAST) * (share - np.float32(0.5)) + np.float32(0.5), 0.0, 1.0)


def _streets(row: Index, column: Index, seed: int) -> Floats:
    """Return how much of a cell an arterial road takes, 0 to 1: straight on sections, winding elsewhere."""
    latitude, longitude = row / CELLS_PER_DEGREE - 90.0, column / CELLS_PER_DEGREE - 180.0
    parcelled = (longitude > SECTION_WEST) & (longitude < SECTION_EAST)
    parcelled &= (latitude > SECTION_SOUTH) & (latitude < SECTION_NORTH)
    found = np.exp(-((_smooth(row, column, STREET_KM, seed + 20) / np.float32(STREET_WIDTH)) ** 2))
    if parcelled.any():
        r, c, cells = row[parcelled], column[parcelled], np.arange(PATCH)
        across = _line(r[:, None] + cells, np.full((len(r), 1), CELL_KM / SECTION_KM), c // STRETCH, seed + 24)
        along = _line(c[:, None] + cells, (CELL_KM * cosine(r) / SECTION_KM)[:, None], r // STRETCH, seed + 25)
        found[parcelled] = np.maximum(across[:, :, None], along[:, None, :])
    return found


def _line(index: Index, per_cell: NDArray[np.floating], stretch: Index, seed: int) -> Floats:
    """Return how much of cells [n, 8] the next of evenly spaced lines takes: 1 on it, 0 a cell away, times 0 to 2 by
    the line and the stretch [n] of it: not each carries a lit road, or the picture would have a lattice."""
    place = index * np.asarray(per_cell, float)
    line = np.rint(place)
    near = np.maximum(1.0 - np.abs(place - line) / per_cell, 0.0).astype(np.float32)
    return near * np.float32(2.0) * _hashed(line.astype(np.int64), stretch[:, None], seed)


def _smooth(row: Index, column: Index, length_km: float, seed: int) -> Floats:
    """Return noise of unit variance and zero mean, smooth over `length_km`, at the cells of patches, [n, 8, 8]."""
    down = max(int(round(length_km / CELL_KM)), 3)
    across = np.maximum(np.rint(length_km / (CELL_KM * cosine(row))), 3.0).astype(np.int64)
    i, j, nodes = row // down, column // across, np.arange(NODES)
    values = _hashed(i[:, None, None] + nodes[:, None], j[:, None, None] + nodes, seed)
    low, step = int(across.min()), int(across.max())
    by_step = np.stack([_phases(s, step) for s in range(low, step + 1)])
    in_column = by_step[across - low, column - j * across]
    in_row = _phases(down, down)[row - i * down]
    # a uniform number's deviation is 0.2887
    noise: Floats = (in_row @ (values - np.float32(0.5)) @ in_column.swapaxes(1, 2)) / np.float32(0.2887)
    return noise


@lru_cache(maxsize=128)
def _phases(step: int, most: int) -> Floats:
    """Return the weights of lattice points `step` cells apart at 8 cells, by where the first lies, [most, 8, 5].

    The noise so made is as strong everywhere: sums of the weights' squares are 1. Between points it would have half of
    the variance that it has on them along each axis, and towns would have their bright spots in rows.
    """
    weights = np.stack([_linear_weights(k % step, step, NODES, middle=False) for k in range(most)])
    return weights / np.sqrt((weights**2).sum(axis=2, keepdims=True))


def _linear_weights(first: int, step: float, nodes: int, *, middle: bool) -> Floats:
    """Return weights [8, node] of lattice points at 8 cells from `first` on: linear between middles of coarse cells, or
    smooth between their corners."""
    place = (first + np.arange(PATCH) + 0.5) / step
    if middle:
        place -= 0.5 + np.floor((first + 0.5) / step - 0.5)
    node = np.floor(place).astype(int)
    f = place - node
    f = f if middle else f * f * (3.0 - 2.0 * f)
    weights = np.zeros((PATCH, nodes), np.float32)
    weights[np.arange(PATCH), node] = 1.0 - f
    weights[np.arange(PATCH), node + 1] = f
    return weights


def _hashed(i: Index, j: Index, seed: int) -> Floats:
    """Return a number in [0, 1) for a lattice point (the `lowbias32` finaliser, C. Wellons 2018, public domain)."""
    mixed = _mixed(j.astype(np.uint32) + np.uint32(seed * 0x9E3779B9 % 2**32))
    return (_mixed(i.astype(np.uint32) + mixed) >> np.uint32(8)).astype(np.float32) * np.float32(2.0**-24)


def _mixed(h: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Return 32-bit words well stirred; overflow is meant."""
    h = (h ^ (h >> np.uint32(16))) * np.uint32(0x7FEB352D)
    h = (h ^ (h >> np.uint32(15))) * np.uint32(0x846CA68B)
    return h ^ (h >> np.uint32(16))
