"""Small ICC profiles of displays, so that a picture's colours are known wherever it is opened.

Version 4, matrix and curve (ICC.1:2022, section 8.3.3): three primaries seen under D50, and sRGB's transfer as a
parametric curve.
"""

from __future__ import annotations

import struct
from functools import cache

import numpy as np

from render.imaging.colour import BRADFORD
from render.imaging.gamut import xyz_from_rgb
from render.imaging.settings import Gamut

GAMUT_NAMES: dict[Gamut, str] = {"srgb": "sRGB", "display_p3": "Display P3", "rec2020": "Rec. 2020 with sRGB transfer"}
D50_XYZ = (0.9642, 1.0, 0.8249)  # the profile connection space's white (ICC.1:2022, 7.2.16)
SRGB_CURVE = (2.4, 1.0 / 1.055, 0.055 / 1.055, 1.0 / 12.92, 0.04045)  # g a b c d of curve 3 (IEC 61966-2-1)
_MADE = (2024, 1, 1, 0, 0, 0)  # a fixed date: the same profile is the same bytes


@cache
def profile(gamut: Gamut) -> bytes:
    """Return the ICC profile of a gamut with sRGB's transfer, 0.5 kB."""
    primaries = xyz_from_rgb(gamut)
    gains = (BRADFORD @ D50_XYZ) / (BRADFORD @ primaries.sum(axis=1))
    to_d50 = np.linalg.solve(BRADFORD, gains[:, None] * BRADFORD)
    curve = b"para" + struct.pack(">IHH", 0, 3, 0) + _fixed(SRGB_CURVE)
    tags = {
        b"desc": _text(f"{GAMUT_NAMES[gamut]}, by polarlight"),
        b"cprt": _text("No copyright, use freely"),
        b"wtpt": _xyz(D50_XYZ),
        b"chad": b"sf32" + bytes(4) + _fixed(to_d50.ravel()),
        **{
            name + b"XYZ": _xyz(column) for name, column in zip((b"r", b"g", b"b"), (to_d50 @ primaries).T, strict=True)
        },
        **{name + b"TRC": curve for name in (b"r", b"g", b"b")},
    }
    places: dict[bytes, int] = {}
    start, body, table = 128 + 4 + 12 * len(tags), b"", b""
    for name, data in tags.items():
        if data not in places:  # the three curves are one
            places[data] = start + len(body)
            body += data + bytes(-len(data) % 4)
        table += name + struct.pack(">II", places[data], len(data))
    return _header(start + len(body)) + struct.pack(">I", len(tags)) + table + body


def _header(size: int) -> bytes:
    """Return the 128 bytes of a display profile's header (ICC.1:2022, table 17)."""
    head = struct.pack(">I4sI4s4s4s", size, b"none", 0x04400000, b"mntr", b"RGB ", b"XYZ ")
    head += struct.pack(">6H", *_MADE) + b"acsp" + bytes(28) + _fixed(D50_XYZ) + b"none"
    return head + bytes(128 - len(head))


def _fixed(values: tuple[float, ...] | np.ndarray) -> bytes:
    """Return numbers as s15Fixed16."""
    return b"".join(struct.pack(">i", round(float(value) * 65536.0)) for value in values)


def _xyz(values: tuple[float, ...] | np.ndarray) -> bytes:
    return b"XYZ " + bytes(4) + _fixed(values)


def _text(words: str) -> bytes:
    """Return words as multiLocalizedUnicode in English."""
    data = words.encode("utf-16-be")
    return b"mluc" + struct.pack(">IIIHHII", 0, 1, 12, 0x656E, 0x5553, len(data), 28) + data
