"""Populated places, and the numbers that are drawn for each: the same whatever region is asked for."""

from __future__ import annotations

import functools
import importlib.resources
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from render.core.units import EARTH_MEAN_RADIUS_KM

Array = NDArray[np.float64]
Seeds = NDArray[np.uint64]

KM_PER_DEGREE = 111.195  # km of a great circle, of a sphere of Earth's mean radius
GOLDEN_64 = 0x9E3779B97F4A7C15  # 2^64 / golden ratio, odd: keeps seeds and channels apart (splitmix64)


@dataclass(frozen=True)
class Places:
    """Hold populated places, [place]: degrees, persons, and a seed that stays when the list is rebuilt."""

    latitude_deg: Array
    longitude_deg: Array
    population: Array
    seed: Seeds

    def some(self, which: NDArray[np.bool_] | NDArray[np.intp]) -> Places:
        """Return the places that `which` picks."""
        return Places(*(getattr(self, name)[which] for name in Places.__dataclass_fields__))

    def within(self, latitude_deg: float, longitude_deg: float, radius_km: float) -> Places:
        """Return the places whose great-circle distance from a point is below the radius."""
        away = distance_km(self.latitude_deg, self.longitude_deg, latitude_deg, longitude_deg)
        return self.some(away < radius_km)


@functools.cache
def places() -> Places:
    """Return all populated places, largest first (GeoNames, CC-BY 4.0; see render/data/README.md)."""
    with (importlib.resources.files("render") / "data" / "cities.npz").open("rb") as stream:
        table = np.load(stream)
        latitude, longitude, population = (table[k] for k in ("latitude_e4", "longitude_e4", "population"))
    seed = (latitude.astype(np.int64) + 900_000) * 3_600_001 + longitude.astype(np.int64) + 1_800_000
    return Places(latitude / 1e4, longitude / 1e4, population.astype(float), seed.astype(np.uint64))


def scene_seeds(seed: Seeds, scene_seed: int) -> Seeds:
    """Return the seeds of places in a scene of this seed."""
    return seed + np.uint64(scene_seed * GOLDEN_64 % 2**64)


def distance_km(
    latitude_deg: ArrayLike, longitude_deg: ArrayLike, of_latitude: ArrayLike, of_longitude: ArrayLike
) -> Array:
    """Return the great-circle distance between places in degrees; all broadcast."""
    lat, lat0 = np.radians(np.asarray(latitude_deg, float)), np.radians(np.asarray(of_latitude, float))
    east = np.radians(np.asarray(longitude_deg, float) - np.asarray(of_longitude, float))
    haversine = np.sin((lat - lat0) / 2.0) ** 2 + np.cos(lat) * np.cos(lat0) * np.sin(east / 2.0) ** 2
    return 2.0 * EARTH_MEAN_RADIUS_KM * np.arcsin(np.sqrt(np.clip(haversine, 0.0, 1.0)))


def uniform(seed: Seeds, number: ArrayLike, channel: int) -> Array:
    """Return a number in (0, 1) for each (seed, number, channel): two rounds of splitmix64 (Steele et al. 2014)."""
    bits = seed + np.asarray(number, dtype=np.uint64) * np.uint64(0xD1B54A32D192ED03)
    bits = _mix(bits) + np.uint64(channel * GOLDEN_64 % 2**64)
    return ((_mix(bits) >> np.uint64(11)).astype(float) + 0.5) * 2.0**-53


def normal(seed: Seeds, number: ArrayLike, channel: int) -> Array:
    """Return a standard normal deviate for each (seed, number), by Box and Muller from two channels."""
    radius = np.sqrt(-2.0 * np.log(uniform(seed, number, channel)))
    return radius * np.cos(2.0 * np.pi * uniform(seed, number, channel + 1))


def _mix(bits: Seeds) -> Seeds:
    """Return the bits well stirred; overflow is meant."""
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))
