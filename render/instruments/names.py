"""Names of bright stars and of the larger places, for labels."""

from __future__ import annotations

import functools
import lzma
from importlib.resources import files

import numpy as np

from render.sky.stars import catalogue

SAME_STAR_RAD = np.radians(60.0 / 3600.0)  # rad; proper motion moves 61 Cygni, the swiftest here, by 80 arcsec in 15 a
FAINTEST_LISTED = 5.0  # mag, V, of `data/star_names.csv`
SAME_STAR_MAG = 1.2  # mag: the list has components, the catalogue some of their sums


@functools.cache
def star_names() -> dict[int, str]:
    """Return index in `render.sky.stars.catalogue` -> the name of that star to V 5 (`data/star_names.csv`).

    The name of the International Astronomical Union where there is one, else the number in Hipparcos.
    """
    text = (files("render") / "data" / "star_names.csv").read_text(encoding="utf-8")
    rows = [line.split(",") for line in text.splitlines() if line and not line.startswith("#")][1:]
    direction, visual, _ = catalogue()
    bright = visual < FAINTEST_LISTED + SAME_STAR_MAG
    direction, visual = direction[bright], visual[bright]
    named: dict[int, str] = {}
    numbered: dict[int, str] = {}
    for number, magnitude, right_ascension, declination, name in rows:
        ra, dec = np.radians(float(right_ascension)), np.radians(float(declination))
        towards = np.array([np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)])
        apart = 1.0 - direction @ towards
        apart[np.abs(visual - float(magnitude)) > SAME_STAR_MAG] = np.inf
        nearest = int(np.argmin(apart))
        if apart[nearest] < 0.5 * SAME_STAR_RAD**2:
            # Brighter ones come first: of a pair the brighter one's name counts.
            (named if name else numbered).setdefault(nearest, name or f"HIP {number}")
    return {**numbered, **named}


@functools.cache
def place_names() -> tuple[str, ...]:
    """Return the names of the first places of `render.earth.lights.places.places`, in its order (GeoNames)."""
    packed = (files("render") / "data" / "city_names.txt.xz").read_bytes()
    lines = lzma.decompress(packed).decode("utf-8").splitlines()
    return tuple(line for line in lines if not line.startswith("#"))
