"""A developed picture, a photograph or a render, as numbers that can be compared."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as Pillow
from PIL import JpegImagePlugin, UnidentifiedImageError

from render.core.errors import InputError
from render.core.files import what_is_wrong_with
from render.core.messages import cut, one_line
from render.earth.opened_picture import FOREIGN, opened_picture
from render.earth.user_image import MOST_WORDS
from render.instruments.spots import over_background

LUMINANCE = np.array([0.2126, 0.7152, 0.0722])  # of linear sRGB; IEC 61966-2-1
MOST_PIXELS = 250_000_000  # of a photograph
SHAPE_TOLERANCE = 0.005  # of the height: what rounding and a cropped row or two make of a picture's shape


@dataclass(frozen=True, eq=False)
class Picture:
    """Hold a picture: `encoded` [row, column, 3], sRGB, 0 to 1.

    `jpeg`: of a JPEG file's picture at its own size, Pillow's options that save another with the same losses.
    """

    encoded: np.ndarray
    jpeg: dict[str, Any] | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Return (columns, rows)."""
        return self.encoded.shape[1], self.encoded.shape[0]

    @cached_property
    def linear(self) -> np.ndarray:
        """Return linear sRGB, 1 = white."""
        e = np.asarray(self.encoded, float)
        return np.where(e <= 0.04045, e / 12.92, ((e + 0.055) / 1.055) ** 2.4)  # IEC 61966-2-1

    @cached_property
    def luminance(self) -> np.ndarray:
        """Return the luminance, 1 = white."""
        return np.asarray(self.linear @ LUMINANCE)

    @cached_property
    def over_background(self) -> np.ndarray:
        """Return the encoded luminance less that of the surroundings; see `render.instruments.spots`."""
        return over_background(np.asarray(self.encoded, float) @ LUMINANCE)

    def saved_like(self, other: Picture) -> Picture:
        """Return the picture with the losses of the JPEG file that another is of; itself where that is none."""
        if other.jpeg is None or self.size != other.size:
            return self
        held = io.BytesIO()
        eight_bits = (np.clip(self.encoded, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)
        Pillow.fromarray(eight_bits).save(held, "JPEG", **other.jpeg)
        with Pillow.open(held) as opened:
            return Picture(np.asarray(opened.convert("RGB"), np.float32) / np.float32(255.0))

    def resized(self, size: tuple[int, int]) -> Picture:
        """Return the picture at another (columns, rows): means of linear light over the area of each new pixel."""
        if size == self.size:
            return self
        planes = [
            np.asarray(Pillow.fromarray(self.linear[..., k].astype(np.float32)).resize(size, Pillow.Resampling.BOX))
            for k in range(3)
        ]
        linear = np.clip(np.stack(planes, axis=-1), 0.0, 1.0)
        encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1.0 / 2.4) - 0.055)
        return Picture(encoded.astype(np.float32))


def read_photograph(path: str | Path, shape: tuple[int, int]) -> Picture:
    """Read a photograph (JPEG, PNG, TIFF and what else Pillow reads) that must have the shape of `shape`'s picture.

    `shape` (columns, rows): only their ratio counts. Raises InputError, one line, for what cannot be read or is of
    another shape.
    """
    place = Path(path)
    if place.exists() and not place.is_dir() and what_is_wrong_with(place):  # a pipe would be waited for
        raise InputError(f"{path}: cannot be read as a picture: not an ordinary file")
    try:
        with opened_picture(place, MOST_PIXELS) as opened:
            pixels = np.asarray(opened.convert("RGB"), np.float32) / np.float32(255.0)
            jpeg = _losses(opened)
    except UnidentifiedImageError:
        raise InputError(f"{path}: not a picture that can be read; give a JPEG, PNG or TIFF") from None
    except FOREIGN as error:
        reason = getattr(error, "strerror", None) or cut(one_line(error), MOST_WORDS) or type(error).__name__
        raise InputError(f"{path}: cannot be read as a picture: {reason}") from None
    rows, columns = pixels.shape[:2]
    wanted = columns * shape[1] / shape[0]
    if abs(rows - wanted) > max(1.0, SHAPE_TOLERANCE * wanted):
        raise InputError(
            f"{path}: {columns} x {rows} pixels; the scene's camera has the shape {shape[0]} x {shape[1]}, "
            f"which is {columns} x {round(wanted)}: is it cropped, turned, or another photograph?"
        )
    return Picture(pixels, jpeg)


def _losses(opened: Any) -> dict[str, Any] | None:
    """Return Pillow's options that save a colour picture with the losses of an opened file; None for no JPEG."""
    tables = getattr(opened, "quantization", None)
    if opened.format not in ("JPEG", "MPO") or opened.mode != "RGB" or not tables:
        return None
    sampling = JpegImagePlugin.get_sampling(opened)
    return {"qtables": tables, **({"subsampling": sampling} if sampling >= 0 else {})}
