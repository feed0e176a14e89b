"""City lights: every populated place as a seeded cluster of lamps whose sum follows its population.

Calibration. VIIRS day/night band (500-900 nm), from above: cores of large cities 50 to 200 nW cm-2 sr-1, suburbs 10 to
40, towns 2 to 10 (range of Miller et al. 2013, Remote Sens. 5, 6717, and composites; uncertain by a factor 2). The
inner 10 000 persons km-2 of New York at 100 nW cm-2 sr-1 give 0.1 W sr-1 per person, taken for all; Europe
emits some four times less per person (Kyba et al. 2015, Remote Sens. 7, 1): the scene may say so.
"""

from __future__ import annotations

import csv
import functools
import importlib.resources
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from render.core.geodesy import itrs_from_geodetic, itrs_from_local
from render.core.lights import GroundLights
from render.core.radiance import SKY_WAVELENGTHS_NM
from render.core.units import EARTH_MEAN_RADIUS_KM
from render.earth.settings import EarthSettings
from render.earth.surface import LAND, surface_class

Array = NDArray[np.float64]

MOST_LIGHTS = 300_000  # of one region; beyond it each light stands for more people
PEOPLE_PER_LIGHT = 1000.0  # persons, doubled until the region's lights are few enough
# Built-up area, km2, 0.0089 x population^0.75: through Toronto (610), Chicago (590), towns of 5000 (5); exponents of
# 0.7 to 0.9 are published; uncertain by a factor 1.5
AREA_KM2, AREA_EXPONENT = 0.0089, 0.75
CITY_SCATTER = 0.4  # natural log, of light per person between cities; uncertain
LAMP_SCATTER = 1.2  # natural log: a heavy tail of lamps 10 times the mean (malls, ports, stadiums); uncertain
MASK_BLUR_KM = 2.5  # km: nearer to a city's centre the 5 km cells of the land mask are not asked
# How a city's lights are shared among its parts, and each part's scale relative to the city's; chosen by eye
CORE, DISTRICTS, ROADS = 0.38, 0.28, 0.22  # the rest is spread evenly
CORE_SCALE, DISTRICT_SCALE, DISTRICT_REACH, ROAD_REACH = 0.30, 0.12, 1.1, 1.6
PEOPLE_PER_DISTRICT = 20000.0
CENTRE = 4.0  # how much brighter than its mean the light at the very centre is, so that towns have a middle; by eye
WHITE_SCATTER = 0.15  # of a city's white share about the scene's; uncertain
GOLDEN_64 = 0x9E3779B97F4A7C15  # 2^64 / golden ratio, odd: keeps seeds and channels apart (splitmix64)
WHITE_PATCHES = 0.6  # part of the white share that comes as wholly white places; uncertain


@dataclass(frozen=True)
class Places:
    """Hold populated places, [place]: degrees, persons, and a seed that stays when the list is rebuilt."""

    latitude_deg: Array
    longitude_deg: Array
    population: Array
    seed: NDArray[np.uint64]


def city_lights(
    settings: EarthSettings, centre_latitude_deg: float, centre_longitude_deg: float, radius_km: float
) -> GroundLights:
    """Return the lights of all places within `radius_km` of a point; none when cities are switched off.

    Depends on the region only (rounded to 0.1 degree and 10 km), never on the instant: ask once per scene, for all that
    its film sees. In a crowded region each light stands for more people, but lights keep their places.
    """
    region = round(centre_latitude_deg, 1), round(centre_longitude_deg, 1), round(radius_km, -1)
    return _city_lights(settings, *region)


@functools.cache
def places() -> Places:
    """Return all populated places, largest first (GeoNames, CC-BY 4.0; see render/data/README.md)."""
    with (importlib.resources.files("render") / "data" / "cities.npz").open("rb") as stream:
        table = np.load(stream)
        latitude, longitude, population = (table[k] for k in ("latitude_e4", "longitude_e4", "population"))
    seed = (latitude.astype(np.int64) + 900_000) * 3_600_001 + longitude.astype(np.int64) + 1_800_000
    return Places(latitude / 1e4, longitude / 1e4, population.astype(float), seed.astype(np.uint64))


@functools.cache
def lamp_spectra() -> Array:
    """Return the spectra of sodium and white lamps, nm-1, [2, band], unit integral over 500-900 nm.

    The fine table is projected on the bands' linear shapes, so that the integral over bands keeps the light of lines.
    """
    text = (importlib.resources.files("render") / "data" / "lamp_spectra.csv").read_text(encoding="utf-8")
    rows = list(csv.reader(line for line in text.splitlines() if not line.startswith("#")))[1:]
    fine = np.array(rows, dtype=float)
    bands = SKY_WAVELENGTHS_NM
    hats = np.array([np.interp(fine[:, 0], bands, row, left=0.0, right=0.0) for row in np.eye(len(bands))])
    return np.trapezoid(fine[:, 1:].T[:, None] * hats, fine[:, 0]) / np.trapezoid(hats, fine[:, 0])


def garstang_law(cos_zenith: ArrayLike, direct_upward_fraction: float, ground_albedo: float = 0.15) -> Array:
    """Return the intensity towards a zenith angle relative to the zenith's.

    Lambertian light from the ground plus lamps' own light near the horizontal: Garstang 1986 (PASP 98, 364, eq. 1),
    2 G (1 - F) cos z + 0.554 F z^4. His G = 0.15 and F = 0.15 were for old lamps; shielded lamps have F of 0 to 0.05.
    """
    cosine = np.asarray(cos_zenith, dtype=float)
    level = 2.0 * ground_albedo * (1.0 - direct_upward_fraction)
    return cosine + 0.554 * direct_upward_fraction * np.arccos(np.clip(cosine, -1.0, 1.0)) ** 4 / level


@functools.lru_cache(maxsize=4)
def _city_lights(settings: EarthSettings, latitude_deg: float, longitude_deg: float, radius_km: float) -> GroundLights:
    """Make the lights of a region."""
    chosen = _within(places(), latitude_deg, longitude_deg, radius_km if settings.cities else -1.0)
    city, number = _lights_of(chosen.population)
    city_seed = chosen.seed + np.uint64(settings.seed * GOLDEN_64 % 2**64)
    seed = city_seed[city]
    east, north = _pattern(seed, number, chosen.population[city])
    latitude = chosen.latitude_deg[city] + north / 111.2
    longitude = chosen.longitude_deg[city] + east / (111.3 * np.cos(np.radians(chosen.latitude_deg[city])))
    weight = np.exp(LAMP_SCATTER * _normal(seed, number, 20))
    weight = np.where(number == 0, CENTRE * np.exp(LAMP_SCATTER**2 / 2.0), weight)
    ashore = surface_class(np.clip(latitude, -90.0, 90.0), longitude) == LAND
    weight *= ashore | (np.hypot(east, north) < MASK_BLUR_KM) | (number == 0)
    of_city = settings.upward_w_sr_per_person * chosen.population
    of_city = of_city * np.exp(CITY_SCATTER * _normal(city_seed, 0, 22) - CITY_SCATTER**2 / 2.0)
    intensity = weight * (of_city / np.bincount(city, weight, minlength=len(of_city)))[city]
    lit = np.flatnonzero(intensity > 0.0)
    return GroundLights(
        position_km=itrs_from_geodetic(latitude[lit], longitude[lit], 0.0),
        normal=itrs_from_local(latitude[lit], longitude[lit])[..., 2],
        intensity=intensity[lit],
        white_share=_white_share(settings.led_fraction, city_seed, city, seed, number)[lit],
        spectra=lamp_spectra(),
        emission_law=functools.partial(garstang_law, direct_upward_fraction=settings.direct_upward_fraction),
    )


def _within(all_places: Places, latitude_deg: float, longitude_deg: float, radius_km: float) -> Places:
    """Return the places whose great-circle distance from a point is below the radius."""
    lat, lon = np.radians(all_places.latitude_deg), np.radians(all_places.longitude_deg)
    lat0, lon0 = np.radians(latitude_deg), np.radians(longitude_deg)
    haversine = np.sin((lat - lat0) / 2.0) ** 2 + np.cos(lat) * np.cos(lat0) * np.sin((lon - lon0) / 2.0) ** 2
    near = 2.0 * EARTH_MEAN_RADIUS_KM * np.arcsin(np.sqrt(np.clip(haversine, 0.0, 1.0))) < radius_km
    return Places(*(getattr(all_places, name)[near] for name in Places.__dataclass_fields__))


def _lights_of(population: Array) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return, per light, its city and its number within the city; every city has at least one light."""
    people = PEOPLE_PER_LIGHT
    count = np.maximum(np.ceil(population / people), 1.0)
    while count.sum() > max(MOST_LIGHTS, len(population)):
        people *= 2.0
        count = np.maximum(np.ceil(population / people), 1.0)
    city = np.repeat(np.arange(len(population)), count.astype(int))
    first = np.cumsum(count) - count
    return city, np.arange(len(city)) - first[city].astype(int)


def _pattern(seed: NDArray[np.uint64], number: NDArray[np.intp], population: Array) -> tuple[Array, Array]:
    """Return each light's place, km east and north of its city's centre.

    Radii in core, districts and the even part follow an exponential disc, r = -scale ln(u1 u2); roads leave the centre
    in four to eight directions and bend a little.
    """
    scale = np.sqrt(AREA_KM2 * population**AREA_EXPONENT / (2.0 * np.pi))  # 2 pi scale^2 is the disc's effective area
    part = _uniform(seed, number, 0)
    radius = -np.log(_uniform(seed, number, 1) * _uniform(seed, number, 2)) * scale
    angle = 2.0 * np.pi * _uniform(seed, number, 3)
    in_core, in_district = part < CORE, (part >= CORE) & (part < CORE + DISTRICTS)
    on_road = (part >= CORE + DISTRICTS) & (part < CORE + DISTRICTS + ROADS)

    district = (_uniform(seed, number, 4) * (1.0 + population / PEOPLE_PER_DISTRICT)).astype(int)
    district_radius = -np.log(_uniform(seed, district, 5) * _uniform(seed, district, 6)) * scale * DISTRICT_REACH
    district_angle = 2.0 * np.pi * _uniform(seed, district, 7)

    roads = 4 + (_uniform(seed, 0, 8) * 5.0).astype(int)
    road = (_uniform(seed, number, 9) * roads).astype(int)
    way = 2.0 * np.pi * (road + 0.7 * _uniform(seed, road, 10)) / roads
    way = way + 0.6 * (_uniform(seed, road, 11) - 0.5) * radius / scale
    angle = np.where(on_road, way + 0.02 * _normal(seed, number, 12), angle)
    radius = radius * np.select([in_core, in_district, on_road], [CORE_SCALE, DISTRICT_SCALE, ROAD_REACH], 1.0)
    radius = np.where(number == 0, 0.0, radius)  # a place of one light stands where its name stands
    off_centre = np.where(in_district & (number > 0), district_radius, 0.0)
    east = radius * np.sin(angle) + off_centre * np.sin(district_angle)
    return east, radius * np.cos(angle) + off_centre * np.cos(district_angle)


def _white_share(
    mean: float, city_seed: NDArray[np.uint64], city: NDArray[np.intp], seed: NDArray[np.uint64], number: ArrayLike
) -> Array:
    """Return each light's share of white lamps: its city's, partly gathered into wholly white places.

    The mean over many lights stays the city's; cities scatter about the scene's fraction, narrowing at 0 and 1.
    """
    width = min(WHITE_SCATTER, mean, 1.0 - mean)
    of_city = (mean + width * (2.0 * _uniform(city_seed, 0, 30) - 1.0))[city]
    patch = _uniform(seed, number, 31) < of_city
    return (1.0 - WHITE_PATCHES) * of_city + WHITE_PATCHES * patch


def _uniform(seed: NDArray[np.uint64], number: ArrayLike, channel: int) -> Array:
    """Return a number in (0, 1) for each (seed, number, channel): two rounds of splitmix64 (Steele et al. 2014)."""
    bits = seed + np.asarray(number, dtype=np.uint64) * np.uint64(0xD1B54A32D192ED03)
    bits = _mix(bits) + np.uint64(channel * GOLDEN_64 % 2**64)
    return ((_mix(bits) >> np.uint64(11)).astype(float) + 0.5) * 2.0**-53


def _mix(bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return the bits well stirred; overflow is meant."""
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))


def _normal(seed: NDArray[np.uint64], number: ArrayLike, channel: int) -> Array:
    """Return a standard normal deviate for each (seed, number), by Box and Muller from two channels."""
    radius = np.sqrt(-2.0 * np.log(_uniform(seed, number, channel)))
    return radius * np.cos(2.0 * np.pi * _uniform(seed, number, channel + 1))
