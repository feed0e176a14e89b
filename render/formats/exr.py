"""Radiances in an OpenEXR file: everything that is needed to develop the frame again, and nothing lost.

Channels, 32-bit float: `rayleighs.<line>` (line keys with "." written "_"), `radiance.<nm>nm` in W m-2 sr-1 nm-1.
Before them, for any viewer, R, G and B: linear, before noise and tone, 1 where the sensor saturates; their primaries
are the attribute `chromaticities`. They are not read back: a picture is developed from the radiances.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR

from render.core.errors import InputError
from render.core.files import disk_error_in, is_utf_8, whole_file
from render.core.messages import shown
from render.core.quiet import silent_descriptors
from render.core.radiance import LineRadiance, SkyRadiance
from render.imaging.scene_linear import chromaticities
from render.imaging.settings import ExrPrimaries

UNITS = (
    "rayleighs.*: rayleigh (1 R = 1e10/4pi photons m-2 s-1 sr-1); radiance.*: W m-2 sr-1 nm-1; "
    "R, G, B: exposure over the sensor's saturation, linear, before noise"
)
LARGEST = 1.0e18  # R: the Sun's disc has 1e14 R per nm; sums and squares stay in single precision
LARGEST_RADIANCE = 1.0e9  # W m-2 sr-1 nm-1: the same disc has 3e4
_KEYS, _WAVELENGTHS, _UNITS = "line_keys", "wavelengths_nm", "units"  # attributes that this file adds


def line_channel(key: str) -> str:
    """Return the channel's name of a line; dots mean layers in OpenEXR, so the key's are replaced."""
    return f"rayleighs.{key.replace('.', '_')}"


def band_channel(wavelength_nm: float) -> str:
    """Return the channel's name of a band."""
    return f"radiance.{int(wavelength_nm)}nm"


def write_exr(
    path: str | Path,
    lines: LineRadiance,
    sky: SkyRadiance,
    header: dict[str, str],
    rgb: Sequence[np.ndarray] = (),
    primaries: ExrPrimaries = "srgb",
) -> None:
    """Write lines and sky as float32 channels, with `header` as string attributes, whole or not at all.

    `rgb`: three planes [row, column] for viewers, of these primaries. Raises OutputError if the place cannot be
    written; InputError if two planes would share a channel or a header name is one of line_keys, wavelengths_nm, units.
    """
    taken = {_KEYS, _WAVELENGTHS, _UNITS} & set(header)
    if taken:
        raise InputError(f"header name {min(taken)!r} is kept for the file's own use")
    channels = {
        line_channel(k): np.ascontiguousarray(p, np.float32) for k, p in zip(lines.keys, lines.rayleighs, strict=True)
    }
    bands = {
        band_channel(w): np.ascontiguousarray(p, np.float32)
        for w, p in zip(sky.wavelengths_nm, sky.radiance, strict=True)
    }
    if len(channels) != len(lines.keys) or len(bands) != len(sky.wavelengths_nm):
        raise InputError("two lines or two bands would share one EXR channel")
    shown = {name: np.ascontiguousarray(p, np.float32) for name, p in zip("RGB", rgb, strict=bool(len(rgb)))}
    attributes: dict[str, Any] = {
        "type": OpenEXR.scanlineimage,
        "compression": OpenEXR.ZIP_COMPRESSION,
        _KEYS: ",".join(lines.keys),
        _WAVELENGTHS: ",".join(repr(float(w)) for w in sky.wavelengths_nm),
        _UNITS: UNITS,
        **({"chromaticities": chromaticities(primaries)} if shown else {}),
        **header,
    }
    with whole_file(path) as part:
        try:
            with OpenEXR.File(attributes, shown | channels | bands) as file:
                if is_utf_8(part):
                    file.write(str(part))
                else:  # OpenEXR takes no other name
                    held = io.BytesIO()
                    file.write(held)
                    part.write_bytes(held.getvalue())
        except RuntimeError as error:  # what OpenEXR raises for any failure to write
            raise disk_error_in(str(error)) or OSError(_one_line(error)) from error


def read_exr(path: str | Path) -> tuple[LineRadiance, SkyRadiance, dict[str, str]]:
    """Return lines, sky and the string attributes of a file of `write_exr`. Raises InputError for any other file."""
    path = Path(path)
    if path.is_dir():
        raise InputError(f"cannot read {path}: it is a folder; give an .exr file in it")
    if not path.is_file():
        raise InputError(f"cannot read {path}: no such file")
    try:
        # Of a damaged file OpenEXR prints, and writes to descriptor 2, besides raising.
        source = str(path) if is_utf_8(path) else io.BytesIO(path.read_bytes())
        with silent_descriptors(), OpenEXR.File(source, separate_channels=True) as file:
            attributes = file.header()
            header = {name: value for name, value in attributes.items() if isinstance(value, str)}
            planes = {name: channel.pixels for name, channel in file.channels().items()}
    except Exception as error:  # OpenEXR raises bare exceptions of several kinds for a damaged file
        raise InputError(f"cannot read {path} as OpenEXR: {_one_line(error)}") from error
    if _KEYS not in header or _WAVELENGTHS not in header:
        raise InputError(f"cannot develop {path}: it holds no radiances written by polarlight")
    keys = tuple(key for key in header.pop(_KEYS).split(",") if key)
    wavelengths = _numbers(path, header.pop(_WAVELENGTHS))
    try:
        rayleighs = [planes[line_channel(key)] for key in keys]
        radiance = np.stack([planes[band_channel(w)] for w in wavelengths])
    except (KeyError, ValueError) as error:
        raise InputError(f"cannot develop {path}: channel missing or damaged: {_one_line(error)}") from error
    for name, plane in zip(
        (*map(line_channel, keys), *map(band_channel, wavelengths)), (*rayleighs, *radiance), strict=True
    ):
        _check_values(path, name, plane, LARGEST_RADIANCE if name.startswith("radiance.") else LARGEST)
    header.pop(_UNITS, None)
    stacked = np.stack(rayleighs) if rayleighs else np.zeros((0, *radiance.shape[1:]), np.float32)
    return LineRadiance(keys, stacked), SkyRadiance(wavelengths, radiance), header


def _numbers(path: Path, told: str) -> np.ndarray:
    """Return the wavelengths of a header, nm. Raises InputError for what is none."""
    try:
        found = np.array([float(word) for word in told.split(",")])
    except ValueError:
        found = np.array([np.nan])
    if not ((found > 0.0) & (found < LARGEST)).all():
        raise InputError(f"cannot develop {path}: {_WAVELENGTHS} of its header is {shown(told)}; allowed: numbers, nm")
    return found


def _check_values(path: Path, name: str, plane: np.ndarray, largest: float) -> None:
    """Raise InputError where a channel holds what is no number, or one that would not stay finite when developed."""
    wrong = ~(np.abs(plane) <= largest)
    if not wrong.any():
        return
    row, column = np.argwhere(wrong)[0]
    value = plane[row, column]
    what = "NaN" if np.isnan(value) else "an infinity" if np.isinf(value) else f"{value:.3g}"
    raise InputError(
        f"cannot develop {path}: channel {name} has {what} at row {row + 1}, column {column + 1} "
        f"({int(wrong.sum())} such values); radiances must be finite, {largest:g} at most"
    )


def _one_line(error: BaseException) -> str:
    """Return an error's text as one line."""
    return " ".join(str(error).split()) or type(error).__name__
