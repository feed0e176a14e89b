"""Which places stand near which, and how much of the ground about a place its neighbours have built up."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from render.earth.lights.places import KM_PER_DEGREE, Array, Places

# Built-up area, km2, 0.0089 x population^0.75: through Toronto (610), Chicago (590), towns of 5000 (5); exponents of
# 0.7 to 0.9 are published; uncertain by a factor 1.5
AREA_KM2, AREA_EXPONENT = 0.0089, 0.75
BIN_DEG = 0.12  # deg, bins in which places are near: 13 km
NEAR_KM = 4.0  # km, standard deviation of the weight of neighbours; by eye: suburbs stand 3 to 6 km apart

CENTRE_KM = 13.0  # km, within which a larger place has the shops and offices of a smaller one; by eye

Pairs = tuple[NDArray[np.intp], NDArray[np.intp]]


def area_km2(population: Array) -> Array:
    """Return the built-up area of places."""
    return np.asarray(AREA_KM2 * population**AREA_EXPONENT)


class Neighbours(NamedTuple):
    """What stands about places, [place]: the share of the ground that others' built-up areas cover, at most 1, and
    which place is the largest near, itself where none is larger."""

    crowding: Array
    centre: NDArray[np.intp]


def neighbours(of: Places, near_pairs: Pairs) -> Neighbours:
    """Return what stands about places, largest first; `near_pairs` as `in_bins` returns them."""
    start, end = near_pairs
    away = np.hypot(*apart_km(of, start, end))
    within = away < CENTRE_KM  # beyond it the weight is below 0.005 of the nearest's
    start, end, away = start[within], end[within], away[within]
    near = np.exp(-0.5 * (away / NEAR_KM) ** 2) / (2.0 * np.pi * NEAR_KM**2)
    area, count = area_km2(of.population), len(of.population)
    around = np.bincount(start, near * area[end], count) + np.bincount(end, near * area[start], count)
    centre = np.arange(count)
    np.minimum.at(centre, start, end)
    return Neighbours(np.minimum(around, 1.0), centre)


def apart_km(of: Places, start: NDArray[np.intp], end: NDArray[np.intp]) -> tuple[Array, Array]:
    """Return how many km north and east the ends of pairs lie of their starts, on a plane."""
    north = of.latitude_deg[end] - of.latitude_deg[start]
    east = (of.longitude_deg[end] - of.longitude_deg[start] + 180.0) % 360.0 - 180.0
    narrow = np.cos(np.radians(0.5 * (of.latitude_deg[start] + of.latitude_deg[end])))
    return KM_PER_DEGREE * north, KM_PER_DEGREE * east * narrow


def in_bins(of: Places, bin_deg: float = BIN_DEG, wanting: NDArray[np.bool_] | None = None) -> Pairs:
    """Return pairs of a place (of those `wanting`) and a larger one in the same bin or one beside it."""
    row = np.floor((of.latitude_deg + 90.0) / bin_deg).astype(np.int64)
    middle = np.cos(np.radians((row + 0.5) * bin_deg - 90.0))
    around = np.maximum(np.rint(360.0 / bin_deg * np.maximum(middle, 0.02)), 1).astype(np.int64)
    part = ((of.longitude_deg + 180.0) / 360.0) % 1.0
    number = row * 4096 + np.floor(part * around).astype(np.int64)
    order = np.argsort(number, kind="stable")
    sorted_number = number[order]
    asking = np.arange(len(row)) if wanting is None else np.flatnonzero(wanting)
    starts, ends = [], []
    for down in (-1, 0, 1):
        beside_row = row[asking] + down
        cos = np.cos(np.radians((beside_row + 0.5) * bin_deg - 90.0))
        count = np.maximum(np.rint(360.0 / bin_deg * np.maximum(cos, 0.02)), 1).astype(np.int64)
        for over in (-1, 0, 1):
            wanted = beside_row * 4096 + (np.floor(part[asking] * count).astype(np.int64) + over) % count
            low, high = (np.searchsorted(sorted_number, wanted, side=side) for side in ("left", "right"))
            found = high - low
            start = np.repeat(asking, found)
            within = np.arange(len(start)) - np.repeat(np.cumsum(found) - found, found)
            end = order[np.repeat(low, found) + within]
            larger = end < start
            starts.append(start[larger])
            ends.append(end[larger])
    return np.concatenate(starts), np.concatenate(ends)
