"""A contact sheet: a film's frames side by side on one picture."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path

import imageio.v3 as iio
import numpy as np

from render.core.errors import InputError
from render.core.files import reading_error
from render.core.messages import one_line
from render.formats.png import png_colours, png_size, write_png
from render.imaging.colour import Image
from render.imaging.encoding import as_srgb

MOST_FRAMES = 48  # on a sheet; of a longer film, evenly chosen ones
WIDEST_PX = 480  # of one frame on the sheet
GAP_PX = 4  # black, between frames


def write_sheet(frame_paths: Sequence[str | Path], path: str | Path) -> None:
    """Put PNG frames of one size on a sheet, row by row in their order, and write it as PNG, whole or not at all.

    Large frames are made smaller by a whole factor. Raises InputError for no frame, or one of another size;
    OutputError where the sheet cannot be written.
    """
    if not frame_paths:
        raise InputError("a contact sheet needs at least one frame")
    chosen = np.unique(np.linspace(0, len(frame_paths) - 1, min(len(frame_paths), MOST_FRAMES)).round().astype(int))
    frames = [Path(frame_paths[index]) for index in chosen]
    size = png_size(frames[0])
    for frame in frames:
        if png_size(frame) != size:
            raise InputError(f"{frame} is {png_size(frame)[0]} x {png_size(frame)[1]}, the first {size[0]} x {size[1]}")
    factor = max(1, -(-size[0] // WIDEST_PX))
    across = int(np.ceil(np.sqrt(len(frames))))
    down = -(-len(frames) // across)
    wide, high = size[0] // factor, size[1] // factor
    sheet = np.zeros((down * (high + GAP_PX) - GAP_PX, across * (wide + GAP_PX) - GAP_PX, 3), np.float32)
    for place, frame in enumerate(frames):
        top, left = place // across * (high + GAP_PX), place % across * (wide + GAP_PX)
        sheet[top : top + high, left : left + wide] = _reduced(frame, factor)
    write_png(path, Image(sheet))


def _reduced(frame: Path, factor: int) -> np.ndarray:
    """Return a frame's pixels, sRGB, 0 to 1, each the mean of factor x factor of its own."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pixels = iio.imread(frame)
    except OSError as error:
        raise reading_error(f"cannot read {frame} as PNG", error) from error
    except Exception as error:  # Pillow raises a dozen kinds for a damaged file
        raise InputError(f"cannot read {frame} as PNG: {one_line(error)}") from error
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype.kind != "u":
        raise InputError(f"cannot read {frame}: its pixels are not red, green and blue")
    pixels = as_srgb(pixels.astype(np.float32) / np.iinfo(pixels.dtype).max, *png_colours(frame))
    high, wide = pixels.shape[0] // factor * factor, pixels.shape[1] // factor * factor
    blocks = pixels[:high, :wide].reshape(high // factor, factor, wide // factor, factor, 3)
    return blocks.mean(axis=(1, 3))
