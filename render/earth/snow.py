"""Where a month has snow, forest over snow and sea ice: a small map of lines that the device breaks up into patches.

Lines are rounded from climatologies (snow: Rutgers University Global Snow Lab charts; ice: median edges of the US
National Snow and Ice Data Center), from memory: uncertain by two degrees of latitude and by the year.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from render.earth.surface import land_mask

Array = NDArray[np.float64]

ROWS, COLUMNS = 360, 720  # of the map: half a degree
INLAND_LAND, INLAND_CELLS = 0.6, 4  # share of land within so many cells about a place, from which its water is a lake
LAKES_LATER = 4.0  # deg poleward of the snow line from which lakes are frozen; rounded: Winnipeg is, Erie is not
NEVER = -40.0  # deg: so far from any line that there is none
ALWAYS = 30.0  # deg: so far beyond it that there always is

# Latitude of the northern snow line, deg, middle of January to December, in the mean over land
SNOW_NORTH = np.array([41.0, 42.0, 46.0, 54.0, 62.0, 71.0, 82.0, 82.0, 73.0, 62.0, 52.0, 44.0])
# How far north of that mean it runs in winter, by longitude: warm west coasts, cold highlands and plains of the east
WINTER_LONGITUDES = np.array([
    -180.0, -165, -150, -135, -124, -112, -105, -95, -85, -75, -70, -62, -53, -20, -6, 6, 12, 20, 30, 45, 60, 75,
    90, 105, 120, 135, 142, 160, 180,
])  # fmt: skip
WINTER_OFFSET = np.array([
    18.0, 18, 17, 14, 7, -3, -4, 0, -0.5, -1, -1, 2, 5, 22, 20, 16, 7, 7, 6, 5, 3, -1, -4, -2, -1, 1, -3, 10, 18,
])  # fmt: skip
SNOW_SOUTH = np.array([-62.0, -62.0, -60.0, -57.0, -54.0, -51.0, -49.0, -49.0, -51.0, -54.0, -58.0, -61.0])  # deg
# The ice's edge in March and in September, deg north by longitude; months between by a cosine
ICE_LONGITUDES = np.array([
    -180.0, -165, -155, -130, -100, -82, -65, -60, -55, -50, -42, -30, -18, 0, 18, 35, 50, 60, 100, 130, 140, 150,
    160, 180,
])  # fmt: skip
ICE_MARCH = np.array([
    60.0, 59, 62, 65, 52, 47, 46.5, 47.5, 50, 57, 62, 67, 72, 78, 76, 72, 69, 68, 65, 52, 50, 52, 57, 60,
])  # fmt: skip
ICE_SEPTEMBER = np.array([
    75.0, 75, 75, 74, 74, 74, 80, 80, 80, 80, 78, 78, 79, 81, 82, 82, 82, 82, 80, 78, 77, 76, 75, 75,
])  # fmt: skip
ICE_SOUTH = (-70.0, -60.0)  # deg, edges of the southern ice in February and September, in the mean
# Northern tree line, deg by longitude, and the share of forest south of it (Barlage et al. 2005 have the zonal maximum
# of snow's albedo fall to 0.35 at 56-60 N, where forests hide it; shares rounded from memory, uncertain by 0.2)
TREE_LONGITUDES = np.array([
    -180.0, -165, -140, -125, -110, -95, -85, -75, -65, -58, -20, 10, 30, 60, 100, 130, 160, 180,
])  # fmt: skip
TREE_LINE = np.array([60.0, 62, 67, 68, 64, 59, 55, 58, 58, 54, 64, 68, 68, 67, 71, 71, 66, 62])
BOREAL, TEMPERATE, PLAINS = 0.8, 0.45, 0.1  # shares of forest: boreal, of New England's kind, of prairie and steppe


@functools.lru_cache(maxsize=8)
def month_cover(month_of_year: float) -> NDArray[np.float32]:
    """Return [latitude from -90, longitude from -180, 3], read-only: degrees poleward of the snow line, share of forest
    where there is snow, and degrees poleward of the sea ice's edge.

    `month_of_year`: 1.0 is the beginning of January, 2.0 of February; see `month_of`.
    """
    latitude = (np.arange(ROWS) + 0.5) * 180.0 / ROWS - 90.0
    longitude = (np.arange(COLUMNS) + 0.5) * 360.0 / COLUMNS - 180.0
    north = np.broadcast_to(latitude[:, None], (ROWS, COLUMNS))
    east = np.broadcast_to(longitude[None, :], (ROWS, COLUMNS))
    snow_north = north - _snow_line(month_of_year, longitude)[None, :]
    snow = np.where(north >= 0.0, snow_north, _of_month(SNOW_SOUTH, month_of_year) - north)
    snow = np.where(_ice_sheet(north, east), ALWAYS, snow)
    cold = 0.5 + 0.5 * np.cos(2.0 * np.pi * (month_of_year - 1.0 - 2.5) / 12.0)  # 1 in the middle of March
    march, september = (np.interp(longitude, ICE_LONGITUDES, edge) for edge in (ICE_MARCH, ICE_SEPTEMBER))
    ice_north = north - (cold * march + (1.0 - cold) * september)[None, :]
    ice_south = ICE_SOUTH[0] * cold + ICE_SOUTH[1] * (1.0 - cold) - north
    ice = np.where(north >= 0.0, ice_north, ice_south)
    ice = np.where(_inland(), np.maximum(ice, snow - LAKES_LATER), ice)
    found = np.stack([np.clip(snow, NEVER, ALWAYS), _forest(north, east), np.clip(ice, NEVER, ALWAYS)], axis=-1)
    found = found.astype(np.float32)
    found.flags.writeable = False
    return found


@functools.cache
def bare_cover() -> NDArray[np.float32]:
    """Return a cover, as `month_cover`, without snow and ice."""
    found = np.full((2, 2, 3), NEVER, np.float32)
    found.flags.writeable = False
    return found


def month_of(decimal_year: float) -> float:
    """Return the month as a number, 1.0 to 13.0, to a tenth: snow changes slowly, films are short."""
    return round(1.0 + 12.0 * (decimal_year % 1.0), 1)


@dataclass(frozen=True)
class MonthSnow:
    """Say how much of the ground is under snow in the middle of a month, 1 to 12: compares by it."""

    month: int

    def __call__(self, latitude_deg: Array, longitude_deg: Array) -> Array:
        """Return the share of ground under snow, 0 to 1, at places in degrees; patches apart."""
        line = month_cover(self.month + 0.5)[..., 0]
        row = np.clip((np.asarray(latitude_deg) + 90.0) * ROWS / 180.0, 0.0, ROWS - 1.0).astype(int)
        column = np.floor((np.asarray(longitude_deg) + 180.0) * COLUMNS / 360.0).astype(int) % COLUMNS
        return snow_probability(line[row, column].astype(float))


def snow_probability(degrees_beyond: Array) -> Array:
    """Return how much of the land has snow, so many degrees poleward of the line; as `shaders.ground.cover`."""
    return np.asarray(1.0 / (1.0 + np.exp(-degrees_beyond / 1.5)))


def _of_month(values: Array, month_of_year: float) -> float:
    """Return a value of the middles of months at a month, around the year."""
    return float(
        np.interp(month_of_year, np.arange(-0.5, 15.0), np.concatenate([values[-2:], values, values[:2]])[:16])
    )


def _snow_line(month_of_year: float, longitude_deg: Array) -> Array:
    """Return the latitude of the northern snow line, deg; coasts and highlands count less as the line moves north."""
    mean = _of_month(SNOW_NORTH, month_of_year)
    share = np.clip((75.0 - mean) / (75.0 - SNOW_NORTH[0]), 0.0, 1.0)
    return np.asarray(mean + share * np.interp(longitude_deg, WINTER_LONGITUDES, WINTER_OFFSET))


def _ice_sheet(latitude_deg: Array, longitude_deg: Array) -> NDArray[np.bool_]:
    """Return where snow never melts: Greenland's sheet (by a rough outline) and Antarctica."""
    greenland = (latitude_deg > 61.5) & (np.abs(longitude_deg + 43.0) < 3.0 + 0.75 * (latitude_deg - 61.5))
    return np.asarray(greenland & (longitude_deg > -68.0) | (latitude_deg < -62.0))


@functools.cache
def _inland() -> NDArray[np.bool_]:
    """Return where water is that of lakes: [latitude, longitude] of the map's cells."""
    mask = land_mask()
    down, across = mask.shape[0] // ROWS, mask.shape[1] // COLUMNS
    bits = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).sum(axis=1, dtype=np.uint8)
    share = bits[mask].reshape(ROWS, down, COLUMNS, across).mean(axis=(1, 3)) / 8.0
    steps = range(-INLAND_CELLS, INLAND_CELLS + 1)
    around = sum(np.roll(share, (i, j), axis=(0, 1)) for i in steps for j in steps)
    return np.asarray(around / len(steps) ** 2 > INLAND_LAND)


def _forest(latitude_deg: Array, longitude_deg: Array) -> Array:
    """Return the share of forest where snow lies."""
    trees = np.interp(longitude_deg, TREE_LONGITUDES, TREE_LINE)
    north = np.clip((trees + 1.0 - latitude_deg) / 4.0, 0.0, 1.0)
    boreal = np.clip((latitude_deg - 44.0) / 4.0, 0.0, 1.0)
    share = TEMPERATE + (BOREAL - TEMPERATE) * boreal
    prairie = (np.abs(longitude_deg + 105.0) < 10.0) & (latitude_deg < 53.0)
    prairie |= (longitude_deg > -100.0) & (longitude_deg < -88.0) & (latitude_deg < 44.0)
    steppe = (longitude_deg > 30.0) & (longitude_deg < 120.0) & (latitude_deg < 53.0)
    northern = north * np.where(prairie | steppe, PLAINS, share)
    return np.asarray(np.where(latitude_deg > 0.0, northern, 0.3 * (latitude_deg > -60.0)))  # 0.3: Patagonia, guessed
