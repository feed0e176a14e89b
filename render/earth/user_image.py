"""A user's own picture of the whole Earth: equirectangular, first row north, first column at 180 W."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from render.core.errors import InputError

MOST_BYTES = 400_000_000  # of a file: larger ones are told before they are read
MOST_SIDE = 43_200  # cells along a side: half a minute of arc
IMAGES, ARRAYS = (".png", ".jpg", ".jpeg", ".tif", ".tiff"), (".npy", ".npz")


def equirectangular(path: Path, key: str) -> NDArray[np.float32]:
    """Return a picture [latitude from -90, longitude from -180, channel], 1 to 3 channels; `key` is what names it.

    Images are scaled so that their full scale is 1, arrays are as they stand; no transfer function is taken off. Raises
    InputError, one line, for what is no such picture.
    """
    told = f"{key}: {path}"
    suffix = path.suffix.lower()
    if suffix not in (*IMAGES, *ARRAYS):
        raise InputError(f"{told}: ending {suffix or 'none'!s}; allowed: {', '.join((*IMAGES, *ARRAYS))}")
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InputError(f"{told}: {path.stat().st_size / 1e6:.0f} MB; allowed: {MOST_BYTES / 1e6:.0f} MB")
        found = _array(path) if suffix in ARRAYS else _image(path)
    except InputError:
        raise
    except Exception:  # readers raise of many kinds, in words of their own
        raise InputError(f"{told}: cannot be read as what its ending says; allowed: a whole {suffix} file") from None
    if found.ndim == 2:
        found = found[..., None]
    if found.ndim != 3 or found.dtype.kind not in "fiu":
        raise InputError(f"{told}: shape {found.shape}, {found.dtype}; allowed: rows x columns (x channels) of numbers")
    rows, columns = found.shape[:2]
    if not 2 <= rows <= columns <= MOST_SIDE or abs(columns - 2 * rows) > 0.02 * columns:
        raise InputError(f"{told}: {columns}x{rows}; allowed: the whole Earth, twice as wide as high")
    found = found[..., : 1 if found.shape[2] == 2 else 3].astype(np.float32)
    if not np.isfinite(found).all() or found.min() < 0.0:
        raise InputError(f"{told}: holds numbers below 0 or that are none; allowed: 0 and more")
    return np.ascontiguousarray(found[::-1])


def _array(path: Path) -> np.ndarray:
    """Return the first array of a file of NumPy's."""
    loaded = np.load(path, allow_pickle=False)
    if isinstance(loaded, np.ndarray):
        return loaded
    with loaded:
        return np.asarray(loaded[loaded.files[0]])


def _image(path: Path) -> np.ndarray:
    """Return an image's values, full scale 1."""
    import imageio.v3 as iio  # noqa: PLC0415 - a fifth of a second, only when asked

    image = np.asarray(iio.imread(path, plugin="pillow"))
    return image.astype(np.float32) / np.iinfo(image.dtype).max if image.dtype.kind == "u" else image
