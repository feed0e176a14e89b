"""What a town's light is spread over: a core, districts, suburbs, and the roads that leave and ring it.

Each form is a list: discs whose density is a Gaussian, and samples along lines. Places too small for districts have a
core and houses about it. Where places crowd, as suburbs do, each has less of a core and wider streets of houses: they
run into one another.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from render.earth.lights.neighbours import Neighbours, area_km2
from render.earth.lights.places import KM_PER_DEGREE, Array, Places, Seeds, normal, scene_seeds, uniform
from render.earth.surface import LAND, surface_class

# How a town's light is shared among its forms, and each form's scale relative to the town's; chosen by eye
CORE, DISTRICTS, STREETS = 0.28, 0.30, 0.09  # the rest is suburbs
VILLAGE_CORE = 0.30  # core of a place without districts; the rest is the houses about it
VILLAGE_PEOPLE, HAMLET_SCALE = 8_000.0, 0.90  # persons, below which a place is one disc, and its scale
CORE_SCALE, VILLAGE_SCALE, SUBURB_SCALE, DISTRICT_REACH, STREET_REACH = 0.32, 0.60, 0.85, 0.80, 3.0
STREET_SCALE = 1.0  # of the town's, on which its streets' light falls; by eye
SUBURB_PEOPLE = 1.0e5  # persons, of a place that keeps half of its core among neighbours; by eye
SUBURB_WIDER = 1.2  # by how much a place wholly among others is wider; by eye
PEOPLE_PER_DISTRICT = 30000.0
DISTRICT_KM = 1.3  # km, scale of a district
LEAST_KM = 0.30  # km, scale of the smallest disc: half a cell
STREET_PEOPLE, RING_PEOPLE = 25_000.0, 150_000.0  # persons, from which on radial roads and a ring road are drawn
STEP_KM = 0.5  # km, between samples of a road


class Discs(NamedTuple):
    """Discs [n]: centre, deg; light, W sr-1; standard deviation of the Gaussian, km; share of white lamps."""

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
    """Return the standard deviation of a Gaussian disc of a town's area: 2 pi scale^2."""
    return np.asarray(np.sqrt(area_km2(population) / (2.0 * np.pi)))


def town_discs(of: Places, light: Array, white: Array, near: Neighbours, scene_seed: int) -> Discs:
    """Return the cores, districts and suburbs of places whose discs and streets have `light`, W sr-1, [place].

    A place amid others has no core of its own: the largest near has it. Of places without light, `of` those beyond a
    region, there is nothing.
    """
    amid = near.crowding / (1.0 + of.population / SUBURB_PEOPLE)
    own = light * np.where(of.population >= PEOPLE_PER_DISTRICT, CORE, VILLAGE_CORE)
    given = np.where(light[near.centre] > 0.0, amid * own, 0.0)
    received = np.bincount(near.centre, given, len(light))
    lit = np.flatnonzero(light > 0.0)
    of, light, white = of.some(lit), light[lit], white[lit]
    amid, own = amid[lit], own[lit]
    given, received = given[lit], received[lit]
    large, small = of.population >= PEOPLE_PER_DISTRICT, of.population < VILLAGE_PEOPLE
    scale = scale_km(of.population)
    wider = scale * (1.0 + SUBURB_WIDER * amid)
    streets = np.where(of.population >= STREET_PEOPLE, STREETS, 0.0)
    suburbs = light * (1.0 - np.where(large, DISTRICTS, 0.0) - streets) - own
    core = own - given + received + np.where(small, suburbs, 0.0)
    centres = (of.latitude_deg, of.longitude_deg)
    centre = scale_km(of.population * (1.0 + received / own))  # of all whose shops and offices it has
    core_scale = np.select([small, large], [wider * HAMLET_SCALE, centre * CORE_SCALE], centre * VILLAGE_SCALE)
    parts = [
        Discs(*centres, core, core_scale, white),
        Discs(*(column[~small] for column in (*centres, suburbs, wider * SUBURB_SCALE, white))),
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
    weight = np.exp(-0.5 * (radius / (STREET_SCALE * scale[town])) ** 2)
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
    return town, radius * bent, way, np.exp(-0.5 * (radius / (STREET_SCALE * scale[town])) ** 2)


def _districts(of: Places, light: Array, white: Array, scene_seed: int) -> Discs:
    """Return the districts of large places."""
    seed, scale = scene_seeds(of.seed, scene_seed), scale_km(of.population)
    town, number = _each(1 + (of.population / PEOPLE_PER_DISTRICT).astype(int))
    radius = np.sqrt(-2.0 * np.log(uniform(seed[town], number, 5))) * scale[town] * DISTRICT_REACH
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
