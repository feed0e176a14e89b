"""Points of light on the ground: the brightest lamps of towns, gas flares and fishing fleets.

What towns and roads send besides is `render.earth.lights.raster`. Stadiums, ports and malls hold a few per cent of a
town's light in places smaller than a pixel: they twinkle in films and streak.
"""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

from render.core.geodesy import itrs_from_geodetic, itrs_from_local
from render.core.lights import GroundLights
from render.earth.lights import lamps, remote
from render.earth.lights.lamps import LightsKey, Snow, garstang_law, lamp_spectra, lights_key
from render.earth.lights.places import KM_PER_DEGREE, Array, normal, places, scene_seeds, uniform
from render.earth.lights.raster import SPARKLE
from render.earth.lights.towns import scale_km
from render.earth.settings import EarthSettings
from render.earth.surface import LAND, surface_class

MOST_LIGHTS = 60_000  # of one region; beyond it each light stands for more people
PEOPLE_PER_LIGHT = 12_000.0  # persons, doubled until the region's lights are few enough
LAMP_SCATTER = 1.0  # natural log: a tail of lamps 5 times the mean; uncertain
SPREAD = 0.9  # of the town's scale, on which its brightest lamps lie about its centre; by eye


def city_lights(
    settings: EarthSettings, year: int, snow: Snow | int, latitude_deg: float, longitude_deg: float, radius_km: float
) -> GroundLights:
    """Return the points of light within `radius_km` of a place; of towns none when cities are off or are a picture.

    `year` of the lamps; `snow` as for `render.earth.lights.raster.light_raster`. Depends on the region only (rounded to
    0.1 degree and 10 km), never on the instant: ask once per scene, for all that its film sees. In a crowded region
    each light stands for more people, but lights keep their places.
    """
    return _kept(lights_key(settings, year, snow, latitude_deg, longitude_deg, radius_km))


@functools.lru_cache(maxsize=4)
def _kept(key: LightsKey) -> GroundLights:
    """Make the points of a region."""
    settings = key.settings
    parts = [remote.remote_lights(settings, key.latitude_deg, key.longitude_deg, key.radius_km)]
    if settings.cities and settings.night_lights is None:
        parts.append(_of_towns(key))
    latitude, longitude, intensity, white = (np.concatenate(column) for column in zip(*parts, strict=True))
    return GroundLights(
        position_km=itrs_from_geodetic(latitude, longitude, 0.0),
        normal=itrs_from_local(latitude, longitude)[..., 2],
        intensity=intensity,
        white_share=white,
        spectra=lamp_spectra(),
        emission_law=functools.partial(garstang_law, direct_upward_fraction=settings.direct_upward_fraction),
    )


def _of_towns(key: LightsKey) -> tuple[Array, Array, Array, Array]:
    """Return latitude, longitude, zenith intensity and white share of towns' brightest lamps."""
    settings = key.settings
    of = places().within(key.latitude_deg, key.longitude_deg, key.radius_km)
    light = SPARKLE * lamps.place_light(settings, of, key.snow(of.latitude_deg, of.longitude_deg))
    town, number = _lights_of(of.population)
    seed = scene_seeds(of.seed, settings.seed)[town]
    scale = SPREAD * scale_km(of.population)[town]
    radius = np.sqrt(-2.0 * np.log(uniform(seed, number, 1))) * scale
    radius = np.where(number == 0, 0.3 * radius, radius)
    way = 2.0 * np.pi * uniform(seed, number, 3)
    latitude = np.clip(of.latitude_deg[town] + radius * np.cos(way) / KM_PER_DEGREE, -89.9, 89.9)
    narrow = np.maximum(np.cos(np.radians(of.latitude_deg[town])), 0.02)
    longitude = of.longitude_deg[town] + radius * np.sin(way) / (KM_PER_DEGREE * narrow)
    weight = np.exp(LAMP_SCATTER * normal(seed, number, 20))
    weight = weight * ((surface_class(latitude, longitude) == LAND) | (number == 0))
    intensity = weight * (light / np.bincount(town, weight, minlength=len(light)))[town]
    mean = lamps.white_share(settings, key.year, of)[town]
    white = 0.3 * mean + 0.7 * (uniform(seed, number, 31) < mean)  # most lamps of a kind stand together
    lit = intensity > 0.0
    return latitude[lit], longitude[lit], intensity[lit], white[lit]


def _lights_of(population: Array) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return, per light, its town and its number within the town; every town has at least one light."""
    people = PEOPLE_PER_LIGHT
    count = np.maximum(np.ceil(population / people), 1.0)
    while count.sum() > max(MOST_LIGHTS, len(population)):
        people *= 2.0
        count = np.maximum(np.ceil(population / people), 1.0)
    town = np.repeat(np.arange(len(population)), count.astype(int))
    first = np.cumsum(count) - count
    return town, np.arange(len(town)) - first[town].astype(int)
