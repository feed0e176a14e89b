"""What a town's light is spread over: a core, districts, suburbs, and the roads that leave and ring it.

Each form is a list: discs whose density falls exponentially, and samples along lines. Places too small for districts
have a core and houses about it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from render.earth.lights.places import KM_PER_DEGREE, Array, Places, Seeds, normal, scene_seeds, uniform
from render.earth.surface import LAND, surface_class

# Built-up area, km2, 0.0089 x population^0.75: through Toronto (610), Chicago (590), towns of 5000 (5); exponents of
# 0.7 to 0.9 are published; uncertain by a factor 1.5
AREA_KM2, AREA_EXPONENT = 0.0089, 0.75
# How a town's light is shared among its forms, and each form's scale relative to the town's; chosen by eye
CORE, DISTRICTS, STREETS = 0.20, 0.38, 0.09  # the rest is suburbs
VILLAGE_CORE = 0.30  # core of a place without districts; the rest is the houses about it
VILLAGE_PEOPLE, HAMLET_SCALE = 8_000.0, 0.90  # persons, below which a place is one disc, and its scale
CORE_SCALE, VILLAGE_SCALE, SUBURB_SCALE, DISTRICT_REACH, STREET_REACH = 0.32, 0.60, 1.05, 0.85, 3.0
PEOPLE_PER_DISTRICT = 30000.0
DISTRICT_KM = 1.3  # km, scale of a district
LEAST_KM = 0.30  # km, scale of the smallest disc: half a cell
STREET_PEOPLE, RING_PEOPLE = 25_000.0, 150_000.0  # persons, from which on radial roads and a ring road are drawn
STEP_KM = 0.4  # km, between samples of a road


class Discs(NamedTuple):
    """Discs [n]: centre, deg; light, W sr-1; scale of the exponential, km; share of white lamps."""

    latitude: Array
    longitude: Array
    light: Array
    scale_km: Array
    white: Array


class Samples(NamedTuple):
    """Points of light [n]: place, deg; light, W sr-1; share of white lamps."""

    latitude: Array
    longitude: Array
    light: Array
    white: Array


def scale_km(population: Array) -> Array:
    """Return the scale of an exponential disc of a town's area: 2 pi scale^2."""
    return np.asarray(np.sqrt(AREA_KM2 * population**AREA_EXPONENT / (2.0 * np.pi)))


def town_discs(of: Places, light: Array, white: Array, scene_seed: int) -> Discs:
    """Return the cores, districts and suburbs of places whose discs and streets have `light`, W sr-1, [place]."""
    scale, large = scale_km(of.population), of.population >= PEOPLE_PER_DISTRICT
    core = light * np.where(large, CORE, VILLAGE_CORE)
    streets = np.where(of.population >= STREET_PEOPLE, STREETS, 0.0)
    suburbs = light * np.where(large, 1.0 - CORE - DISTRICTS, 1.0 - VILLAGE_CORE) - light * streets
    centres = (of.latitude_deg, of.longitude_deg)
    small = of.population < VILLAGE_PEOPLE
    core = np.where(small, light, core)
    core_scale = scale * np.select([small, large], [HAMLET_SCALE, CORE_SCALE], VILLAGE_SCALE)
    parts = [
        Discs(*centres, core, core_scale, white),
        Discs(*(column[~small] for column in (*centres, suburbs, scale * SUBURB_SCALE, white))),
        _districts(of.some(large), light[large] * DISTRICTS, white[large], scene_seed),
    ]
    found = Discs(*(np.concatenate(column) for column in zip(*parts, strict=True)))
    return found._replace(scale_km=np.maximum(found.scale_km, LEAST_KM))


def town_streets(of: Places, light: Array, white: Array, scene_seed: int) -> Samples:
    """Return the radial and ring roads of places; `light` as for `town_discs`, of which streets are a share."""
    some = of.population >= STREET_PEOPLE
    of, light, white = of.some(some), light[some] * STREETS, white[some]
    seed, scale = scene_seeds(of.seed, scene_seed), scale_km(of.population)
    count = 4 + (uniform(seed, 0, 8) * 5.0).astype(int)
    town, road = _each(count)
    steps = np.ceil(STREET_REACH * scale[town] / STEP_KM).astype(int)
    line, step = _each(steps)
    town, road = town[line], road[line]
    radius = (step + 0.5) * STREET_REACH * scale[town] / steps[line]
    way = 2.0 * np.pi * (road + 0.7 * uniform(seed[town], road, 10)) / count[town]
    way = way + 0.5 * (uniform(seed[town], road, 11) - 0.5) * radius / scale[town]
    weight = np.exp(-radius / scale[town])
    ring_town, ring_radius, ring_way, ring_weight = _rings(of, seed, scale)
    town = np.concatenate([town, ring_town])
    radius, way = np.concatenate([radius, ring_radius]), np.concatenate([way, ring_way])
    weight = np.concatenate([weight, ring_weight])
    latitude, longitude = _away(
        of.latitude_deg[town], of.longitude_deg[town], radius * np.sin(way), radius * np.cos(way)
    )
    weight = weight * (surface_class(latitude, longitude) == LAND)
    total = np.bincount(town, weight, minlength=len(light))
    wet = total <= 0.0  # a town of piers
    weight, total = np.where(wet[town], 1.0, weight), np.where(wet, np.bincount(town, minlength=len(light)), total)
    return Samples(latitude, longitude, light[town] * weight / total[town], white[town])


def _rings(of: Places, seed: Seeds, scale: Array) -> tuple[NDArray[np.intp], Array, Array, Array]:
    """Return town, radius, km, angle and weight of the samples of ring roads: one, two about a million people."""
    count = (of.population >= RING_PEOPLE).astype(int) + (of.population >= 1.0e6)
    town, ring = _each(count)
    radius = scale[town] * (1.1 + 1.1 * ring) * np.exp(0.15 * normal(seed[town], ring, 14))
    steps = np.ceil(2.0 * np.pi * radius / STEP_KM).astype(int)
    line, step = _each(steps)
    town, ring, radius = town[line], ring[line], radius[line]
    way = 2.0 * np.pi * (step + 0.5) / steps[line]
    bent = 1.0 + 0.12 * np.sin(2.0 * way + 6.3 * uniform(seed[town], ring, 16))
    bent = bent + 0.07 * np.sin(3.0 * way + 6.3 * uniform(seed[town], ring, 17))
    return town, radius * bent, way, np.exp(-radius / scale[town])


def _districts(of: Places, light: Array, white: Array, scene_seed: int) -> Discs:
    """Return the districts of large places."""
    seed, scale = scene_seeds(of.seed, scene_seed), scale_km(of.population)
    town, number = _each(1 + (of.population / PEOPLE_PER_DISTRICT).astype(int))
    radius = -np.log(uniform(seed[town], number, 5) * uniform(seed[town], number, 6)) * scale[town] * DISTRICT_REACH
    way = 2.0 * np.pi * uniform(seed[town], number, 7)
    latitude, longitude = _away(
        of.latitude_deg[town], of.longitude_deg[town], radius * np.sin(way), radius * np.cos(way)
    )
    ashore = (surface_class(latitude, longitude) == LAND) | (number == 0)
    weight = np.exp(0.6 * normal(seed[town], number, 12)) * ashore
    total = np.bincount(town, weight, minlength=len(light))
    size = DISTRICT_KM * np.exp(0.35 * normal(seed[town], number, 18))
    some = weight > 0.0
    light_of = light[town] * weight / total[town]
    return Discs(latitude[some], longitude[some], light_of[some], size[some], white[town][some])


def _each(count: NDArray[np.int_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return, for `count` [n] members of each, whose member each is and its number among them."""
    owner = np.repeat(np.arange(len(count)), count)
    return owner, np.arange(len(owner)) - (np.cumsum(count) - count)[owner]


def _away(latitude: Array, longitude: Array, east_km: Array, north_km: Array) -> tuple[Array, Array]:
    """Return latitude and longitude of places some km east and north of others."""
    narrow = np.maximum(np.cos(np.radians(latitude)), 0.02)
    return np.clip(latitude + north_km / KM_PER_DEGREE, -89.9, 89.9), longitude + east_km / (KM_PER_DEGREE * narrow)
