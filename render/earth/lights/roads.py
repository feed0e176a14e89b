"""Lit roads between towns: from each place to its nearest larger ones, and between cities.

Which roads there are depends on the places about each end alone, so that any region has the same.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from render.earth.lights.grid import CELL_KM, NW
from render.earth.lights.neighbours import Pairs, apart_km, in_bins
from render.earth.lights.places import KM_PER_DEGREE, Array, Places, normal, scene_seeds
from render.earth.lights.towns import STEP_KM, Samples
from render.earth.surface import LAND, surface_class

# Kinds of roads: least population of both ends, how many each end has, longest, km; seen from above, nW cm-2 sr-1, mean
# of a cell of half a kilometre: at a town's edge and far from it; and over how many km it falls. Lit roads have 1 to 5,
# rural land 0.2 to 0.5 (VIIRS day/night band, recalled); uncertain by a factor 2
KINDS = ((0.0, 2, 60.0, 2.0, 0.15, 3.0), (3.0e4, 2, 120.0, 4.0, 0.35, 8.0), (3.0e5, 2, 250.0, 5.0, 0.50, 12.0))
MOST_OF_TOWN = 0.25  # of a place's light, that its roads may take
WIDE_BIN_DEG = 0.6  # deg, in which a place looks for larger ones that has none near
WET = 0.25  # share of a straight way that may lie on water: bridges, not ferries
BEND = 0.07  # of a road's length, standard deviation of its middle from the straight line; by eye
WAVES = (1, 2, 3, 5)  # half waves of a bent road, the longer the wider; by eye
SAMPLES_AT_ONCE = 65_536  # points along roads: arrays stay in the processor's cache
LAMP_SIGMA = 0.7  # natural log, between neighbouring samples: junctions, petrol stations; by eye
HAMLET_SIGMA = 1.5  # natural log, of what stands along a road, between neighbouring samples: hamlets, gaps; by eye


class Roads(NamedTuple):
    """Roads [n]: the indices of their ends among the places, the larger one second, and their kind."""

    start: NDArray[np.intp]
    end: NDArray[np.intp]
    kind: NDArray[np.intp]


def roads_between(of: Places, near: Pairs) -> Roads:
    """Return the roads of places, largest first; a pair has one, of the highest kind. `near`: see `road_samples`."""
    found: dict[tuple[int, int], int] = {}
    for kind, (least, count, longest, *_) in enumerate(KINDS):
        some = np.flatnonzero(of.population >= least)
        chosen = of.some(some)
        pairs = _near_pairs(of, near, count) if kind == 0 else _all_pairs(chosen, longest)
        start, end = _nearest(chosen, *pairs, count, longest)
        found.update(dict.fromkeys(zip(some[start].tolist(), some[end].tolist(), strict=True), kind))
    if not found:
        return Roads(*(np.zeros(0, np.intp) for _ in range(3)))
    ends = np.array(list(found), np.intp)
    return Roads(ends[:, 0], ends[:, 1], np.array(list(found.values()), np.intp))


def road_samples(
    of: Places, near: Pairs, light: Array, hamlets: Array, white: Array, level: Array, scene_seed: int
) -> tuple[list[Samples], Array]:
    """Return points of light along the roads of places, in parts, and what of each place's light they leave to it.

    `near`: pairs of `of`, see `render.earth.lights.neighbours.in_bins`. `light`, `hamlets` and what is left [place],
    W sr-1: of the places, and of what stands along the roads about them; `level`: of their light per person, relative
    to North America's.
    """
    roads = roads_between(of, near)
    lit_end = (light[roads.start] > 0.0) | (light[roads.end] > 0.0)
    roads = _dry(of, Roads(*(member[lit_end] for member in roads)))
    length = np.hypot(*apart_km(of, roads.start, roads.end))
    steps = np.maximum(np.ceil(length / STEP_KM), 1.0).astype(int)
    part = np.cumsum(steps) // SAMPLES_AT_ONCE
    edges = [0, *(np.flatnonzero(np.diff(part)) + 1).tolist(), len(steps)]
    found = []
    for some in (slice(*pair) for pair in pairwise(edges)):
        found.append(_lit(of, Roads(*(m[some] for m in roads)), length[some], steps[some], level, scene_seed))
    taken, standing = np.zeros(len(light)), np.zeros(len(light))
    for *_, town, value, weight in found:
        taken += np.bincount(town, value, minlength=len(light))
        standing += np.bincount(town, weight, minlength=len(light))
    share = np.minimum(1.0, MOST_OF_TOWN * light / np.maximum(taken, 1e-30))
    each = np.divide(hamlets, standing, out=np.zeros_like(hamlets), where=standing > 0.0)
    lit = [
        Samples(latitude, longitude, value * share[town] + weight * each[town], white[town])
        for latitude, longitude, town, value, weight in found
    ]
    return lit, light - taken * share + np.where(standing > 0.0, 0.0, hamlets)


def _lit(
    of: Places, roads: Roads, length: Array, steps: NDArray[np.int_], level: Array, scene_seed: int
) -> tuple[Array, Array, NDArray[np.intp], Array, Array]:
    """Return latitude, longitude, nearer town and light, W sr-1, of the samples of some roads; and relative to others'
    about the town, how much of its hamlets stands there."""
    latitude, longitude, road, along = _ways(of, roads, steps, scene_seed)
    nearer_end = along > 0.5
    town = np.where(nearer_end, roads.end[road], roads.start[road])
    away = np.where(nearer_end, 1.0 - along, along) * length[road]
    near, far, falls = (np.array([kind[k] for kind in KINDS])[roads.kind[road]] for k in (3, 4, 5))
    seed = scene_seeds(of.seed, scene_seed)
    deviate = normal(seed[town], road_number(along, road, roads), 60)
    density = NW * (near * np.exp(-away / falls) + far) * level[town] * CELL_KM  # W sr-1 per km of road
    ashore = surface_class(latitude, longitude) == LAND
    value = density * np.exp(LAMP_SIGMA * deviate - LAMP_SIGMA**2 / 2.0) * STEP_KM * ashore
    return latitude, longitude, town, value, np.exp(HAMLET_SIGMA * deviate) * ashore


def road_number(along: Array, road: NDArray[np.intp], roads: Roads) -> NDArray[np.int64]:
    """Return a number for each sample of a road that tells it from others of its places, whatever the region."""
    kind = roads.kind[road]
    return np.rint(along * 4096).astype(np.int64) * 4 + kind


def _ways(
    of: Places, roads: Roads, steps: NDArray[np.int_], scene_seed: int
) -> tuple[Array, Array, NDArray[np.intp], Array]:
    """Return latitude, longitude, road and place along it (0 to 1) of samples, `steps` of each road."""
    north, east = apart_km(of, roads.start, roads.end)
    road = np.repeat(np.arange(len(steps)), steps)
    step = np.arange(len(road)) - (np.cumsum(steps) - steps)[road]
    along = (step + 0.5) / steps[road]
    seed = scene_seeds(of.seed[roads.start] ^ (of.seed[roads.end] << np.uint64(1)), scene_seed)
    bow = _bow(along, [BEND / k * normal(seed, 0, 50 + 2 * k)[road] for k in WAVES])
    start = roads.start[road]
    y = along * north[road] + bow * east[road]
    x = along * east[road] - bow * north[road]
    narrow = np.cos(np.radians(0.5 * (of.latitude_deg[roads.start] + of.latitude_deg[roads.end])))[road]
    latitude = np.clip(of.latitude_deg[start] + y / KM_PER_DEGREE, -89.9, 89.9)
    longitude = of.longitude_deg[start] + x / (KM_PER_DEGREE * np.maximum(narrow, 0.02))
    return latitude, longitude, road, along


def _bow(along: Array, amplitudes: list[Array]) -> Array:
    """Return how far a road is left of the straight line, of its length: sines of WAVES half waves, by Chebyshev."""
    sine, cosine = np.sin(np.pi * along), np.cos(np.pi * along)
    wave = {0: np.zeros(len(along)), 1: sine}
    for k in range(2, max(WAVES) + 1):
        wave[k] = 2.0 * cosine * wave[k - 1] - wave[k - 2]
    bow: Array = sum(a * wave[k] for a, k in zip(amplitudes, WAVES, strict=True))
    return bow


def _dry(of: Places, roads: Roads) -> Roads:
    """Return the roads whose straight ways lie on land but for short bridges."""
    share = np.zeros(len(roads.start))
    for part in (np.arange(12) + 0.5) / 12.0:
        places = (1.0 - part) * column(of, roads.start) + part * column(of, roads.end)
        share += (surface_class(*places) != LAND) / 12.0
    return Roads(*(member[share <= WET] for member in roads))


def column(of: Places, which: NDArray[np.intp]) -> Array:
    """Return latitude and longitude of some places, [2, n]."""
    return np.stack([of.latitude_deg[which], of.longitude_deg[which]])


def _nearest(
    of: Places, start: NDArray[np.intp], end: NDArray[np.intp], count: int, longest_km: float
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return, of pairs of a place and a larger one, the `count` shortest of each place."""
    length = np.hypot(*apart_km(of, start, end))
    short = length < longest_km
    start, end, length = start[short], end[short], length[short]
    order = np.argsort(start * 1024.0 + length)  # a road is shorter than 500 km
    start, end = start[order], end[order]
    first = np.searchsorted(start, start)
    kept = np.arange(len(start)) - first < count
    return start[kept], end[kept]


def _all_pairs(of: Places, longest_km: float) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return all pairs of a place and a larger one (earlier in the list) whose latitudes allow a road."""
    starts, ends = [], []
    for first in range(0, len(of.seed), 512):
        near = np.abs(of.latitude_deg[first : first + 512, None] - of.latitude_deg) < longest_km / KM_PER_DEGREE
        start, end = np.nonzero(near)
        larger = end < start + first
        starts.append(start[larger] + first)
        ends.append(end[larger])
    return np.concatenate([*starts, np.zeros(0, np.intp)]), np.concatenate([*ends, np.zeros(0, np.intp)])


def _near_pairs(of: Places, near_pairs: Pairs, count: int) -> Pairs:
    """Return pairs of a place and a larger one near it; farther ones where fewer than `count` are near."""
    start, end = near_pairs
    few = np.bincount(start, minlength=len(of.seed)) < count
    far_start, far_end = in_bins(of, WIDE_BIN_DEG, few)
    near = ~few[start]
    return np.concatenate([start[near], far_start]), np.concatenate([end[near], far_end])
