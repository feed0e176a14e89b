"""The grid of the light raster: cells of 1/216 degree, kept where it is lit, averaged to ever coarser levels.

    level 0   cells of 0.515 km from south to north, x cos(latitude) from west to east
    level 3   8 x 8 of them: a *patch*, 4.1 km, whose levels 2 to 0 are kept where one of its cells is bright
    level 6   64 x 64: a *block*, 33 km, whose levels 3 to 6 are kept where anything in it is lit

A value is the zenith intensity per ground area, W sr-1 km-2 within 500-900 nm (1 nW cm-2 sr-1 seen from above = 10), of
sodium and of white lamps: 16 bits each in a word, logarithms. Rows count from 90 S, columns from 180 W; columns of any
turn are the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from render.core.units import EARTH_MEAN_RADIUS_KM

Index = NDArray[np.int64]
Floats = NDArray[np.float32]
Words = NDArray[np.uint32]
T = TypeVar("T", bound=np.generic)

CELLS_PER_DEGREE = 216
CELL_KM = float(np.radians(1.0 / CELLS_PER_DEGREE) * EARTH_MEAN_RADIUS_KM)  # 0.515
PATCH, BLOCK = 8, 64  # cells along
AROUND = 360 * CELLS_PER_DEGREE // BLOCK  # blocks round the globe: 1215
ROWS = 180 * CELLS_PER_DEGREE
LEAST, STEP = 1.0e-3, 3.2e-4  # W sr-1 km-2 of code 1; of the logarithm: 65534 steps reach 1.3e6
CODED_AT_ONCE = 65_536  # values: arrays stay in the processor's cache
NW = 10.0  # W sr-1 km-2 of 1 nW cm-2 sr-1 seen from above
FAINT, BRIGHT = 0.2 * NW, 5.0 * NW  # patches without a brighter cell have no level 2 and 1, and no level 0


class Of:
    """Where in a block's words something begins, and how many words it has; `PATCHES`: twice the addresses, 0 for none,
    and 1 more where there is level 0. In a patch's: level 2, then 1, then 0."""

    PATCHES, LEVEL_3, LEVEL_4, LEVEL_5, LEVEL_6, GROUND_HALO, AIR_HALO, WORDS = 0, 64, 128, 144, 148, 149, 213, 277


class Region(NamedTuple):
    """A rectangle of whole blocks: its first block's row and column (of any turn), and how many."""

    row: int
    column: int
    rows: int
    columns: int

    @property
    def cells(self) -> tuple[int, int]:
        """Return how many cells lie along it, from south to north and from west to east."""
        return self.rows * BLOCK, self.columns * BLOCK


@dataclass(frozen=True, eq=False)
class LightRaster:
    """Hold the raster of a region: `index` int32 [block row, block column] of a block's first word, 0 for none;
    `words` uint32, see `Of`; a patch's are its levels 2 (2 x 2), 1 and, where it is BRIGHT, 0."""

    region: Region
    index: NDArray[np.int32]
    words: Words

    @property
    def total_w_sr(self) -> tuple[float, float]:
        """Return the zenith intensity of all sodium and all white lamps, their halo on the ground included."""
        found = np.flatnonzero(self.index)
        row = self.region.row + found // self.region.columns
        centre = np.radians(((row[:, None] + (np.arange(PATCH) + 0.5) / PATCH) * BLOCK) / CELLS_PER_DEGREE - 90.0)
        area = np.repeat((PATCH * CELL_KM) ** 2 * np.cos(centre), PATCH, axis=1)
        first = self.index.ravel()[found][:, None]
        values = [decoded(self.words[first + at + np.arange(64)]) for at in (Of.LEVEL_3, Of.GROUND_HALO)]
        sodium, white = ((area * (values[0][..., k] + values[1][..., k])).sum() for k in (0, 1))
        return float(sodium), float(white)


def region_about(latitude_deg: float, longitude_deg: float, radius_km: float) -> Region:
    """Return the blocks that hold a disc about a place."""
    reach = radius_km / EARTH_MEAN_RADIUS_KM
    south, north = (np.radians(latitude_deg) + sign * reach for sign in (-1.0, 1.0))
    first, last = ((np.degrees(side) + 90.0) * CELLS_PER_DEGREE / BLOCK for side in (south, north))
    first, last = max(int(np.floor(first)), 0), min(int(np.floor(last)), (ROWS - 1) // BLOCK)
    wide = 180.0
    if max(abs(south), abs(north)) < np.pi / 2.0:
        wide = float(np.degrees(np.arcsin(min(np.sin(reach) / np.cos(np.radians(latitude_deg)), 1.0))))
    per_block = CELLS_PER_DEGREE / BLOCK
    west = int(np.floor((longitude_deg - wide + 180.0) * per_block))
    east = int(np.floor((longitude_deg + wide + 180.0) * per_block))
    return Region(first, west, last - first + 1, min(east - west + 1, AROUND))


def coded(sodium: Floats, white: Floats) -> Words:
    """Return values as words; what lies beyond the codes is held to their ends."""
    words = np.empty(sodium.shape, np.uint32)
    parts = [np.ascontiguousarray(value, np.float32).ravel() for value in (sodium, white)]
    for first in range(0, words.size, CODED_AT_ONCE):
        part = slice(first, first + CODED_AT_ONCE)
        high, low = (_codes(value[part]) for value in parts)
        words.reshape(-1)[part] = (high << np.uint32(16)) | low
    return words


def _codes(value: Floats) -> Words:
    """Return logarithms in steps, 1 to 65535; 0 for what is less than half of the least."""
    step = np.maximum(value, np.float32(LEAST * 0.5))
    step /= np.float32(LEAST)
    np.log(step, out=step)
    step /= np.float32(STEP)
    np.rint(step, out=step)
    step += np.float32(1.0)
    np.clip(step, 1.0, 65535.0, out=step)
    step[value < np.float32(LEAST * 0.5)] = 0.0
    return step.astype(np.uint32)


def decoded(words: Words) -> NDArray[np.float64]:
    """Return what words stand for, [..., 2]: sodium, white."""
    codes = np.stack([words >> np.uint32(16), words & np.uint32(0xFFFF)], axis=-1).astype(float)
    return np.where(codes > 0.0, LEAST * np.exp(STEP * (codes - 1.0)), 0.0)


def halved(values: NDArray[T]) -> NDArray[T]:
    """Return the means of 2 x 2 cells, [..., n, n] -> [..., n / 2, n / 2]."""
    v: Any = values
    means: NDArray[T] = np.float32(0.25) * (
        v[..., ::2, ::2] + v[..., 1::2, ::2] + v[..., ::2, 1::2] + v[..., 1::2, 1::2]
    )
    return means


class Detail(NamedTuple):
    """The detail of patches: flat indices in the region's patches, rising [n]; which have level 0 [n]; their words."""

    patch: NDArray[np.intp]
    bright: NDArray[np.bool_]
    words: Words

    @property
    def starts(self) -> NDArray[np.int64]:
        """Return where each patch's words begin, [n]."""
        size = _sizes(self.bright)
        return np.cumsum(size) - size


def detail_of(patch: NDArray[np.intp], cells: tuple[Floats, Floats]) -> Detail:
    """Return the detail of those patches that are bright enough to have any; `cells` sodium and white [n, 8, 8]."""
    brightest = np.maximum(cells[0], cells[1]).reshape(-1, PATCH * PATCH).max(axis=1)
    some = brightest > FAINT
    cells, bright = (cells[0][some], cells[1][some]), brightest[some] > BRIGHT
    middle = [halved(plane) for plane in cells]
    parts = [
        coded(*(halved(plane) for plane in middle)).reshape(-1, 4), coded(*middle).reshape(-1, 16),
        coded(*(plane[bright] for plane in cells)).reshape(-1, 64),
    ]  # fmt: skip
    words = np.zeros(_sizes(bright).sum(), np.uint32)
    found = Detail(patch[some], bright, words)
    starts = found.starts
    for part, offset, owners in ((parts[0], 0, starts), (parts[1], 4, starts), (parts[2], 20, starts[bright])):
        words[owners[:, None] + offset + np.arange(part.shape[1])] = part
    return found


def _sizes(bright: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return how many words patches have, [n]."""
    return np.where(bright, 84, 20).astype(np.int64)


def joined(details: list[Detail]) -> Detail:
    """Return the detail of all of several, in their order."""
    return Detail(*(np.concatenate(member) for member in zip(*details, strict=True)))


def assembled(
    region: Region, detail: Detail, plain: NDArray[np.complex64],
    ground_halo: NDArray[np.complex64], air_halo: NDArray[np.complex64],
) -> LightRaster:  # fmt: skip
    """Return the raster of patches with detail, of level 3 of the whole region, and of its halos.

    `plain` and the halos [patch row, patch column], sodium + i white, W sr-1 km-2.
    """
    lit = by_block((plain + ground_halo + air_halo) != 0, region)
    found = np.flatnonzero(lit.any(axis=1))
    blocks = np.zeros((len(found), Of.WORDS), np.uint32)
    address = np.zeros(region.rows * region.columns * 64, np.uint32)
    first = 1 + blocks.size  # word 0 is nobody's
    address[_in_block_order(detail.patch, region)] = 2 * (first + detail.starts) + detail.bright
    blocks[:, : Of.LEVEL_3] = address.reshape(-1, 64)[found]
    level = by_block(plain, region)[found].reshape(-1, PATCH, PATCH)
    for at, end in pairwise((Of.LEVEL_3, Of.LEVEL_4, Of.LEVEL_5, Of.LEVEL_6, Of.GROUND_HALO)):
        blocks[:, at:end] = coded(level.real, level.imag).reshape(len(found), -1)
        level = halved(level) if level.shape[-1] > 1 else level
    for at, halo in ((Of.GROUND_HALO, ground_halo), (Of.AIR_HALO, air_halo)):
        plane = by_block(halo, region)[found]
        blocks[:, at : at + 64] = coded(plane.real, plane.imag)
    index = np.zeros(region.rows * region.columns, np.int32)
    index[found] = 1 + np.arange(len(found)) * Of.WORDS
    words = np.concatenate([np.zeros(1, np.uint32), blocks.ravel(), detail.words])
    return LightRaster(region, index.reshape(region.rows, region.columns), words)


def by_block(plane: NDArray[T], region: Region) -> NDArray[T]:
    """Return a plane [patch row, patch column] of a region as [block, 64]."""
    return plane.reshape(region.rows, PATCH, region.columns, PATCH).swapaxes(1, 2).reshape(-1, 64)


def _in_block_order(patch: NDArray[np.intp], region: Region) -> NDArray[np.intp]:
    """Return where patches, flat indices in the region, stand in an array [block, 64], flat."""
    row, column = np.divmod(patch, region.columns * PATCH)
    block = (row // PATCH) * region.columns + column // PATCH
    order: NDArray[np.intp] = block * 64 + (row % PATCH) * PATCH + column % PATCH
    return order
