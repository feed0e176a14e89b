"""A photograph's pointing solved from its stars: a small JSON file with a gnomonic (TAN) world coordinate system."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from render.core.cache import file_digest
from render.core.errors import InputError

MAX_WCS_BYTES = 1_000_000  # far above any such file: an image given by mistake is not read to its end


@dataclass(frozen=True)
class Wcs:
    """The size of a photograph and the sky on it.

    `columns`, `rows`; `reference_pixel` (x, y), counted from 1, y down; right ascension and declination there, J2000
    degrees; `cd_deg` [2][2], degrees per pixel, from pixel offsets (x, y) to the tangent plane (east, north).
    """

    columns: int
    rows: int
    reference_pixel: tuple[float, float]
    ra_deg: float
    dec_deg: float
    cd_deg: tuple[tuple[float, float], tuple[float, float]]


def read_wcs(path: str) -> Wcs:
    """Read a JSON file with `width_px`, `height_px` and `wcs` (`ctype`, `crval_deg`, `crpix`, `cd_deg_per_px`).

    Rows are counted downwards from the top. An unchanged file gives the same object. Raises InputError that names the
    file and the key at fault.
    """
    return _read(path, file_digest(path, MAX_WCS_BYTES))


@functools.lru_cache(maxsize=8)
def _read(path: str, _digest: str) -> Wcs:
    content = _content(path)
    wcs = content.get("wcs")
    if not isinstance(wcs, dict):
        raise InputError(f"{path}: no object 'wcs' with ctype, crval_deg, crpix and cd_deg_per_px")
    if wcs.get("ctype", ["RA---TAN", "DEC--TAN"]) != ["RA---TAN", "DEC--TAN"]:
        raise InputError(f"{path}: ctype is {wcs['ctype']}; only ['RA---TAN', 'DEC--TAN'] (gnomonic) can be used")
    columns, rows = (_numbers(content, key, (), path) for key in ("width_px", "height_px"))
    ra, dec = _numbers(wcs, "crval_deg", (2,), path)
    x, y = _numbers(wcs, "crpix", (2,), path)
    cd = _numbers(wcs, "cd_deg_per_px", (2, 2), path)
    if columns < 1 or rows < 1 or columns % 1 or rows % 1:
        raise InputError(f"{path}: width_px and height_px are {columns:g} and {rows:g}; expected whole numbers above 0")
    if abs(dec) > 90.0:
        raise InputError(f"{path}: declination in crval_deg is {dec:g}; allowed -90 to 90")
    if abs(np.linalg.det(cd)) < 1e-12 * np.max(np.abs(cd)) ** 2 or not np.any(cd):
        raise InputError(f"{path}: cd_deg_per_px has no inverse")
    (cd11, cd12), (cd21, cd22) = cd.tolist()
    pixel = (float(x), float(y))
    return Wcs(int(columns), int(rows), pixel, float(ra), float(dec), ((cd11, cd12), (cd21, cd22)))


def _content(path: str) -> dict[str, Any]:
    """Return the file's JSON object. Raises InputError."""
    try:
        with Path(path).open("rb") as file:
            raw = file.read(MAX_WCS_BYTES + 1)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from None
    if len(raw) > MAX_WCS_BYTES:
        raise InputError(f"{path}: more than {MAX_WCS_BYTES // 1_000_000} MB; expected a small JSON file")
    try:
        content = json.loads(raw)
    except (ValueError, RecursionError):
        raise InputError(f"{path}: not JSON") from None
    if not isinstance(content, dict):
        raise InputError(f"{path}: not a JSON object")
    return content


def _numbers(table: dict[str, Any], key: str, shape: tuple[int, ...], path: str) -> np.ndarray:
    """Return finite numbers of the shape asked for. Raises InputError that names file and key."""
    expected = f"{'a number' if not shape else 'numbers, ' + ' x '.join(map(str, shape))}"
    try:
        values = np.asarray(table.get(key))
    except ValueError:
        values = np.asarray(None)
    if values.dtype.kind not in "if" or values.shape != shape or not np.all(np.isfinite(values)):
        raise InputError(f"{path}: {key} is {table.get(key)!r}; expected {expected}")
    return values.astype(np.float64)
