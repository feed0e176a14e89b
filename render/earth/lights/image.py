"""A user's own picture of the Earth's lights as a raster (files: `render.earth.user_image`).

Its brightest channel counts; full scale, of an array 1.0, stands for `earth.night_lights_scale`. A halo, if any, is in
the picture. Its lamps are of the mix of their region and year.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from render.core.cache import file_digest
from render.earth.lights import grid, lamps
from render.earth.lights.grid import BLOCK, CELLS_PER_DEGREE, FAINT, PATCH, LightRaster, Region
from render.earth.settings import EarthSettings
from render.earth.user_image import MOST_BYTES, equirectangular

MOST_DETAILED = 120_000  # patches of a region that have detail, the brightest: 40 MB
KEY = "[earth] night_lights"


def image_raster(settings: EarthSettings, year: int, region: Region) -> LightRaster | None:
    """Return the raster of a region from the scene's picture, or None where it is dark.

    Raises InputError for a file that cannot be used.
    """
    assert settings.night_lights is not None
    picture = read_picture(settings.night_lights, file_digest(settings.night_lights, MOST_BYTES))
    scale = np.float32(settings.night_lights_scale * 1.0e6)  # W sr-1 km-2
    wide = region.columns * PATCH
    plain, brightest = _patches(picture, region)
    plain, brightest = scale * plain, scale * brightest
    middles = [(index + 0.5) * PATCH for index in np.indices(plain.shape)]
    latitude, longitude = _degrees(region, *middles)
    share = lamps.mean_white(settings, year, latitude, (longitude + 180.0) % 360.0 - 180.0).astype(np.float32)
    detailed = np.zeros(0, np.intp)
    if picture.shape[1] > 360 * CELLS_PER_DEGREE / PATCH:  # finer than patches: lit ones have cells
        least = np.partition(brightest.ravel(), -MOST_DETAILED)[-MOST_DETAILED] if plain.size > MOST_DETAILED else 0.0
        detailed = np.flatnonzero(brightest > max(FAINT, float(least)))
    i, j = (part[:, None, None] * PATCH for part in np.divmod(detailed, wide))
    fine = scale * sampled(picture, *_degrees(region, i + np.arange(PATCH)[:, None] + 0.5, j + np.arange(PATCH) + 0.5))
    plain.ravel()[detailed] = fine.mean(axis=(1, 2)) if len(detailed) else 0.0
    if not plain.any():
        return None
    none = np.zeros(plain.shape, np.complex64)
    white = share.ravel()[detailed][:, None, None]
    level = (plain * (1.0 - share) + 1j * plain * share).astype(np.complex64)
    detail = grid.detail_of(detailed, (fine * (1.0 - white), fine * white))
    return grid.assembled(region, detail, level, none, none)


def _degrees(region: Region, row: Any, column: Any) -> tuple[Any, Any]:
    """Return latitude and longitude of places counted in cells from a region's corner."""
    latitude = (region.row * BLOCK + row) / CELLS_PER_DEGREE - 90.0
    return latitude, (region.column * BLOCK + column) / CELLS_PER_DEGREE - 180.0


def _patches(picture: NDArray[np.float32], region: Region) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the mean and the brightest of a picture in each patch of a region, by samples as dense as its pixels."""
    high, wide = region.rows * PATCH, region.columns * PATCH
    along = int(np.clip(np.ceil(picture.shape[1] * PATCH / (360.0 * CELLS_PER_DEGREE)), 1, PATCH))
    mean, most = np.zeros((high, wide), np.float32), np.zeros((high, wide), np.float32)
    for part in range(along * along):
        down, over = (PATCH * (k + 0.5) / along for k in divmod(part, along))
        found = sampled(
            picture, *_degrees(region, np.arange(high)[:, None] * PATCH + down, np.arange(wide) * PATCH + over)
        )
        mean += found / np.float32(along * along)
        np.maximum(most, found, out=most)
    return mean, most


def sampled(picture: NDArray[np.float32], latitude: NDArray[np.float64], longitude: NDArray[np.float64]) -> Any:
    """Return a picture at places in degrees, bilinear; longitudes of any turn."""
    rows, columns = picture.shape
    y = np.clip((90.0 - latitude) / 180.0 * rows - 0.5, 0.0, rows - 1.0)
    x = ((longitude + 180.0) / 360.0 * columns - 0.5) % columns
    i, j = np.minimum(y.astype(np.int64), rows - 2), x.astype(np.int64)
    v, u = (y - i).astype(np.float32), (x - j).astype(np.float32)
    after = (j + 1) % columns
    upper = picture[i, j % columns] * (1.0 - u) + picture[i, after] * u
    return upper * (1.0 - v) + (picture[i + 1, j % columns] * (1.0 - u) + picture[i + 1, after] * u) * v


@lru_cache(maxsize=1)
def read_picture(path: str, _digest: str) -> NDArray[np.float32]:
    """Return a picture of lights, [row, column] of full scale, its brightest channel, read-only.

    Raises InputError for a bad one.
    """
    raw = equirectangular(path, KEY, channels=1).max(axis=2)
    raw.flags.writeable = False
    return raw
