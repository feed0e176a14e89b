"""A user's pictures, opened by Pillow: what its libraries print and warn of is kept quiet, sizes that lie refused."""

from __future__ import annotations

import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from render.core.quiet import silent_descriptors

PIXELS_PER_BYTE = 10_000  # no format's smallest file has more: deflate 8256 of 1 bit (1032:1), JPEG 512
FOREIGN = (OSError, ValueError, SyntaxError, KeyError, IndexError, TypeError, AttributeError, OverflowError,
           EOFError, MemoryError, NotImplementedError, RuntimeError, ZeroDivisionError, struct.error)  # fmt: skip
"""What Pillow's readers raise for damaged files, besides what says that it knows no such format."""


@contextmanager
def opened_picture(path: Path, most_pixels: int) -> Iterator[Any]:
    """Give a picture as Pillow opens it; it is to be decoded within the block.

    Raises ValueError for one of more pixels, or of more than its file can hold, and otherwise as Pillow does, FOREIGN.
    """
    from PIL import Image  # noqa: PLC0415 - only with a picture of one's own

    kept = Image.MAX_IMAGE_PIXELS
    with warnings.catch_warnings(), silent_descriptors():
        warnings.simplefilter("ignore")
        Image.MAX_IMAGE_PIXELS = None  # it has a smaller limit of its own
        try:
            with Image.open(path) as opened:
                columns, rows = opened.size
                if columns * rows > most_pixels:
                    raise ValueError(f"{columns} x {rows} pixels; at most {most_pixels / 1e6:.0f} million")
                if columns * rows > PIXELS_PER_BYTE * path.stat().st_size:
                    raise ValueError(f"it says {columns} x {rows} pixels, far too many for so short a file")
                yield opened
        finally:
            Image.MAX_IMAGE_PIXELS = kept
