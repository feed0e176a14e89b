"""A user's own picture of the whole Earth: equirectangular, first row north, first column at 180 W.

.png .tif .tiff .jpg .jpeg   8, 16 or 32 bits a channel; full scale is 1, no transfer function is taken off
.npy .npz                    [row, column] or [row, column, channel] numbers as they stand; an .npz: its only array, or
                             the one that is called as the scene's key
"""

from __future__ import annotations

import tokenize
import zipfile
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from render.core.errors import InputError
from render.core.files import real_path
from render.core.messages import cut, one_line
from render.earth.opened_picture import FOREIGN, opened_picture

PICTURES, ARRAYS = (".png", ".tif", ".tiff", ".jpg", ".jpeg"), (".npy", ".npz")
MOST_BYTES, MOST_PIXELS = 2**31, 600_000_000  # of a file; 1/96 degree is 597 million
MOST_WORDS = 120  # characters of a library's message
LEAST_COLUMNS, LEAST_ROWS = 4, 2


def equirectangular(path: str, key: str, channels: int) -> NDArray[np.float32]:
    """Return a picture [row from 90 N, column from 180 W, channel], of `channels` at the most for an array's.

    `key`: section and key of the scene that name it, "[earth] clouds". Raises InputError, one line, for a bad one.
    """
    ending = check_picture_file(path, key)
    place = real_path(path)
    try:
        raw = _array(place, ending, key.rsplit(maxsplit=1)[-1]) if ending in ARRAYS else _picture(place)
    except (*FOREIGN, zipfile.BadZipFile, tokenize.TokenError, zlib.error) as error:
        of_file = isinstance(error, OSError | ValueError | SyntaxError | KeyError)
        words = cut(one_line(error), MOST_WORDS) if of_file and str(error) else f"damaged: {type(error).__name__}"
        raise InputError(f"{path}: {key} cannot be read: {words}") from None
    _check(raw, channels if ending in ARRAYS else raw.shape[-1], f"{path}: {key}")
    return raw[..., None] if raw.ndim == 2 else raw


def check_picture_file(path: str, key: str = "it") -> str:
    """Return a file's ending, in small letters. Raises InputError for another ending, and for too large a file."""
    ending = Path(path).suffix.lower()
    if ending not in (*PICTURES, *ARRAYS):
        raise InputError(
            f"{path}: {key} takes {', '.join((*PICTURES, *ARRAYS))}, not {ending or 'a name without ending'}"
        )
    try:
        size = real_path(path).stat().st_size
    except OSError as error:
        raise InputError(f"{path}: {key} cannot be read: {error.strerror or error}") from None
    if size > MOST_BYTES:
        raise InputError(
            f"{path}: {key} cannot be read: it has {size / 1e9:.1f} GB, {MOST_BYTES / 1e9:.1f} at the most"
        )
    return ending


def _check(raw: NDArray[np.float32], channels: int, told: str) -> None:
    """Raise InputError for what is no picture of the whole Earth."""
    deep = raw.ndim == 3 and 1 <= raw.shape[2] <= channels
    if not (raw.ndim == 2 or deep) or raw.shape[0] < LEAST_ROWS or raw.shape[1] < LEAST_COLUMNS:
        raise InputError(f"{told} has shape {raw.shape}; wanted [row, column], at least 2 x 4")
    if raw.shape[0] * raw.shape[1] > MOST_PIXELS:
        raise InputError(f"{told} has shape {raw.shape}; wanted 600 million at most")
    if abs(raw.shape[1] / raw.shape[0] - 2.0) > 0.02:
        raise InputError(f"{told} is {raw.shape[1]} x {raw.shape[0]}; the whole Earth is twice as wide as high")
    if not np.isfinite(raw).all() or raw.min() < 0.0:
        raise InputError(f"{told} holds values below 0 or not finite; wanted 0 and above")


def _array(path: Path, ending: str, name: str) -> NDArray[np.float32]:
    """Return the numbers of an .npy, or of an .npz's only array or that called `name`."""
    held = np.load(path, allow_pickle=False)
    if ending == ".npz":
        names = list(held.files)
        if name not in names and len(names) != 1:
            raise ValueError(f"it holds {', '.join(names)[:60]}; wanted one array, or one called {name}")
        held = held[name if name in names else names[0]]
    if held.dtype.kind not in "fiub":
        raise ValueError(f"it holds {held.dtype}, wanted numbers")
    with np.errstate(over="ignore"):  # what is beyond single precision is refused as not finite
        return np.array(held, np.float32)


def _picture(path: Path) -> NDArray[np.float32]:
    """Return a picture's channels, of full scale."""
    with opened_picture(path, MOST_PIXELS) as opened:
        plain = opened.mode in ("L", "I", "I;16", "I;16B", "F", "RGB")
        raw = np.asarray(opened if plain else opened.convert("RGB"))
    full = np.iinfo(raw.dtype).max if raw.dtype.kind == "u" else 65535.0 if raw.dtype.kind == "i" else 1.0
    return raw.astype(np.float32) / np.float32(full)
