"""A user's own picture of the Earth's lights as a raster: equirectangular, 90 N first, from 180 W.

    .png .tif .tiff .jpg .jpeg   the brightest channel of 8, 16 or 32 bits; full scale = `earth.night_lights_scale`
    .npy .npz                    [row, column] numbers (an .npz: its only array, or `night_lights`); 1.0 = that scale

A halo, if any, is in the picture. Its lamps are of the mix of their region and year.
"""

from __future__ import annotations

import warnings
import zipfile
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from render.core.cache import file_digest
from render.core.errors import InputError
from render.earth.lights import grid, lamps
from render.earth.lights.grid import BLOCK, CELLS_PER_DEGREE, FAINT, PATCH, LightRaster, Region
from render.earth.settings import EarthSettings

PICTURES, ARRAYS = (".png", ".tif", ".tiff", ".jpg", ".jpeg"), (".npy", ".npz")
MOST_BYTES, MOST_PIXELS = 2**31, 600_000_000  # of a file; 1/96 degree is 597 million
LEAST_COLUMNS, LEAST_ROWS = 4, 2
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
    return grid.assembled(region, detailed, (fine * (1.0 - white), fine * white), level, none, none)


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
    """Return a picture of lights, [row, column] of full scale, read-only. Raises InputError for a bad one."""
    ending = Path(path).suffix.lower()
    if ending not in (*PICTURES, *ARRAYS):
        raise InputError(
            f"{path}: {KEY} takes {', '.join((*PICTURES, *ARRAYS))}, not {ending or 'a name without ending'}"
        )
    try:
        raw = _array(path, ending) if ending in ARRAYS else _picture(path)
    except (OSError, ValueError, EOFError, KeyError, SyntaxError, MemoryError, zipfile.BadZipFile) as error:
        raise InputError(f"{path}: {KEY} cannot be read: {' '.join(str(error).split())[:120]}") from None
    if raw.ndim != 2 or raw.shape[0] < LEAST_ROWS or raw.shape[1] < LEAST_COLUMNS or raw.size > MOST_PIXELS:
        raise InputError(
            f"{path}: {KEY} has shape {raw.shape}; wanted [row, column], at least 2 x 4, 600 million at most"
        )
    if abs(raw.shape[1] / raw.shape[0] - 2.0) > 0.02:
        raise InputError(f"{path}: {KEY} is {raw.shape[1]} x {raw.shape[0]}; the whole Earth is twice as wide as high")
    if not np.isfinite(raw).all() or raw.min() < 0.0:
        raise InputError(f"{path}: {KEY} holds values below 0 or not finite; wanted 0 and above")
    raw.flags.writeable = False
    return raw


def _array(path: str, ending: str) -> NDArray[np.float32]:
    """Return the numbers of an .npy, or of an .npz's only array or that called `night_lights`."""
    held = np.load(path, allow_pickle=False)
    if ending == ".npz":
        names = list(held.files)
        if "night_lights" not in names and len(names) != 1:
            raise ValueError(f"it holds {', '.join(names)[:60]}; wanted one array, or one called night_lights")
        held = held["night_lights" if "night_lights" in names else names[0]]
    if held.dtype.kind not in "fiub":
        raise ValueError(f"it holds {held.dtype}, wanted numbers")
    return np.array(held, np.float32)


def _picture(path: str) -> NDArray[np.float32]:
    """Return a picture's brightest channel, of full scale."""
    from PIL import Image  # noqa: PLC0415 - only with a picture of one's own

    with warnings.catch_warnings(), Image.open(path) as opened:
        warnings.simplefilter("ignore")
        plain = opened.mode in ("L", "I", "I;16", "I;16B", "F", "RGB")
        raw = np.asarray(opened if plain else opened.convert("RGB"))
    full = np.iinfo(raw.dtype).max if raw.dtype.kind == "u" else 65535.0 if raw.dtype.kind == "i" else 1.0
    flat = raw.max(axis=2) if raw.ndim == 3 else raw
    return flat.astype(np.float32) / np.float32(full)
