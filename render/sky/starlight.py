"""Unresolved starlight: the light of stars too faint to be drawn, by galactic coordinates."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

import numpy as np

from render.core.geodesy import Array
from render.sky.settings import SkySettings
from render.sky.stars import catalogue

GALACTIC_FROM_GCRS = np.array(  # rotation, J2000 (ESA 1997, The Hipparcos and Tycho Catalogues, vol. 1, eq. 1.5.11)
    [
        (-0.0548755604, -0.8734370902, -0.4838350155),
        (0.4941094279, -0.4448296300, 0.7469822445),
        (-0.8676661490, -0.1980763734, 0.4559837762),
    ]
)
TABLE_LIMIT_V = 6.5  # mag: the table holds the light of fainter stars
LN_STEP = 0.01  # of ln S10(V) in the table
BANDS_DEG = np.array([0.0, 5.0, 10.0, 20.0, 40.0, 60.0, 90.0])  # edges in galactic latitude, either sign
LEAST_SHARE = 0.2  # of the table's light that stays where many of its stars are drawn
SQUARE_DEGREES_PER_SR = (180.0 / np.pi) ** 2


@dataclass(frozen=True, eq=False)
class Starlight:
    """Surface brightness by galactic coordinates, cell centres: latitude from -90 up, longitude from -180; read-only.

    `ln_s10` [720, 1440]: ln of S10(V), stars of V = 10 per square degree; `b_v` [180, 360]: its colour, mag.
    """

    ln_s10: Array
    b_v: Array


def unresolved_starlight(settings: SkySettings) -> Starlight:
    """Return the light of the stars beyond the scene's magnitude limit; of one limit always the same object."""
    return _unresolved(settings.magnitude_limit)


@lru_cache(maxsize=2)
def _unresolved(limit: float) -> Starlight:
    """Take from the table what is drawn beyond its limit, or add what is not: the catalogue's means by latitude."""
    s10, b_v = _table()
    middles = 0.5 * (BANDS_DEG[1:] + BANDS_DEG[:-1])
    latitude = np.abs((np.arange(len(s10)) + 0.5) / len(s10) * 180.0 - 90.0)
    drawn = np.interp(latitude, middles, catalogue_s10(limit) - catalogue_s10(TABLE_LIMIT_V))
    ln_s10 = np.log(np.maximum(s10 - drawn[:, None], LEAST_SHARE * s10))
    ln_s10.flags.writeable = False
    return Starlight(ln_s10, b_v)


@cache
def _table() -> tuple[Array, Array]:
    """Return S10(V) and B-V of the shipped table (see render/data/README.md)."""
    with (files("render") / "data" / "starlight.npz").open("rb") as stream:
        table = np.load(stream)
        s10 = np.exp(LN_STEP * np.cumsum(table["s10_steps"], axis=1, dtype=np.int64))
        b_v = table["b_v_hundredths"] / 100.0
    s10.flags.writeable = b_v.flags.writeable = False
    return s10, b_v


def catalogue_s10(limit: float) -> Array:
    """Return the light of the catalogue's stars to a magnitude, S10(V), mean over each band of BANDS_DEG."""
    direction, visual, _ = catalogue()
    latitude = np.degrees(np.arcsin(np.clip(np.abs(direction @ GALACTIC_FROM_GCRS[2]), 0.0, 1.0)))
    light = np.where(visual <= limit, 10.0 ** (-0.4 * (visual - 10.0)), 0.0)
    area = 4.0 * np.pi * np.diff(np.sin(np.radians(BANDS_DEG))) * SQUARE_DEGREES_PER_SR  # both hemispheres
    return np.asarray(np.histogram(latitude, BANDS_DEG, weights=light)[0] / area)
