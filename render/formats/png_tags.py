"""The chunks that say what a PNG's numbers mean: sRGB's own, a profile and code points, or HDR's side data."""

from __future__ import annotations

import struct
import zlib

from render.formats.icc import GAMUT_NAMES, profile
from render.formats.light_levels import (
    CICP_PRIMARIES,
    CICP_TRANSFER,
    DARKEST_CD_M2,
    MASTERING_XY,
    light_level,
)
from render.imaging.colour import Image
from render.imaging.encoding import PEAK_CD_M2

_PERCEPTUAL = b"\x00"  # rendering intent of the sRGB chunk (W3C PNG third edition, 11.3.2.5)
_XY_UNIT, CD_M2_UNIT = 2e-5, 1e-4  # of mDCV and cLLI (11.3.2.7, 11.3.2.8)


def colour_chunks(image: Image, *, whole: bool = True) -> list[tuple[bytes, bytes]]:
    """Return (type, data) of the chunks before the pixels; `whole`: the image is all of the picture.

    Code points (cICP) have the last word in readers that know them, then the profile.
    """
    if image.gamut == "srgb" and image.transfer == "srgb":
        return [(b"sRGB", _PERCEPTUAL)]
    points = bytes([CICP_PRIMARIES[image.gamut], CICP_TRANSFER[image.transfer], 0, 1])  # RGB, full range
    if image.transfer == "srgb":
        name = GAMUT_NAMES[image.gamut].encode("latin-1") + b"\0\0"
        return [(b"cICP", points), (b"iCCP", name + zlib.compress(profile(image.gamut)))]
    mastering = [round(value / _XY_UNIT) for xy in MASTERING_XY for value in xy]
    levels = [round(value / CD_M2_UNIT) for value in (PEAK_CD_M2, DARKEST_CD_M2)]
    chunks = [(b"cICP", points), (b"mDCV", struct.pack(">8H2I", *mastering, *levels))]
    if whole:
        found = light_level(image.pixels)
        level = [round(value / CD_M2_UNIT) for value in (found.most_cd_m2, found.mean_cd_m2)]
        chunks.append((b"cLLI", struct.pack(">2I", *level)))
    return chunks
