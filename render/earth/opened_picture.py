"""Pictures of a user's, opened by Pillow: what its libraries print and warn of is kept quiet, and sizes that lie refused."""

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
                pixels = opened.size[0] * opened.size[1]
                if pixels > most_pixels:
                    raise ValueError(
                        f"{opened.size[0]} x {opened.size[1]} pixels; at most {most_pixels / 1e6:.0f} million"
                    )
                if pixels > PIXELS_PER_BYTE * path.stat().st_size:
                    raise ValueError(
                        f"it says {opened.size[0]} x {opened.size[1]} pixels and is far too short for them"
                    )
                yield opened
        finally:
            Image.MAX_IMAGE_PIXELS = kept
