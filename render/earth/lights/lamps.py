"""What lamps send upward: how much light per person by region and year, of which lamps, and towards where.

Calibration. VIIRS day/night band (500-900 nm), from above: cores of large cities 50 to 200 nW cm-2 sr-1, suburbs 10 to
40, towns 2 to 10 (range of Miller et al. 2013, Remote Sens. 5, 6717, and composites; uncertain by a factor 2). The
inner 10 000 persons km-2 of New York at 100 nW cm-2 sr-1 give 0.1 W sr-1 per person in North America. Elsewhere light
per person was measured relative to it on a public composite of the same band (5 km, not shipped): see `REGIONS`.
The contiguous United States so have 2.4e7 W sr-1 of 247 million persons in listed places, and 0.7e7 of the 73 million
others at the same light per person (assumed: half of light per person less moves the total by a ninth): a mean of 0.38
nW cm-2 sr-1. Sums of annual composites are expected to give 0.35 to 0.6 (recalled; no printed figure could be read).
"""

from __future__ import annotations

import csv
import functools
import importlib.resources
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from render.core.radiance import SKY_WAVELENGTHS_NM
from render.earth.lights.places import Array, Places, normal, places, scene_seeds, uniform
from render.earth.settings import EarthSettings
from render.earth.snow import MonthSnow

POPULATION_SLOPE = 0.92  # light ~ persons^slope within a region; 0.81 to 0.93 measured on the composite, see above
# Of listed people, 75 to 245 in round numbers: of the contiguous United States' 320 million in 2015 (US Census Bureau)
UNLISTED = 0.306
COUNTRY_SLOPE = 0.5  # of the light beside a place with its people: between evenly and by its size; uncertain
# Natural log, of light per person between cities: 0.4 to 0.5 about the trend of 312 lone American towns on that
# composite, of which the errors of list and composite have a part; uncertain
CITY_SCATTER = 0.3
WHITE_OWN = 0.7  # of a town's lamps: of its own choice, see `white_share`; the others are shops', yards'; uncertain
SNOW_GAIN = 2.0  # times: fitted to Winnipeg in a photograph, see `halo`; uncertain by a factor 1.5
YEARS = (2005.0, 2012.0, 2015.0, 2020.0, 2025.0)  # of the knots of a region's white share; held beyond them


class Region(NamedTuple):
    """A region: a box in degrees, light per person (North America: 1), and the share of white lamps at `YEARS`."""

    name: str
    south: float
    north: float
    west: float
    east: float
    light: float
    white: tuple[float, ...]


# White: metal halide, mercury, fluorescent and light-emitting diodes; the rest is sodium, of high and low pressure (of
# low a fifth in Britain and the Low Countries; drawn as high). Of US roadway lamps 0.25 were not sodium in 2012,
# 0.38 in 2015 (adoption reports of the US Department of Energy, recalled, +-0.05); of light that goes up two thirds of
# that (assumed, without a source: diodes are shielded; +-0.1). All others are estimates, +-0.15. Light: see the head,
# uncertain by 0.3; "est." where flares, fires or full cells of the composite leave only an estimate. The first box that
# holds a place counts.
_OLD_WORLD = (0.15, 0.17, 0.22, 0.40, 0.60)
REGIONS = (
    Region("Hawaii", 18.0, 23.0, -161.0, -154.0, 0.3, (0.1, 0.1, 0.15, 0.4, 0.6)),  # est.
    Region("southern California", 32.0, 34.9, -121.0, -114.5, 0.6, (0.20, 0.28, 0.42, 0.55, 0.68)),  # est.
    Region("Las Vegas", 35.8, 36.5, -115.5, -114.8, 1.0, (0.30, 0.38, 0.46, 0.58, 0.70)),
    Region("Boston", 42.2, 42.5, -71.3, -70.9, 1.0, (0.20, 0.25, 0.42, 0.58, 0.70)),
    Region("North America", 24.4, 30.0, -97.5, -79.5, 1.0, (0.13, 0.16, 0.25, 0.45, 0.65)),
    Region("North America", 30.0, 32.2, -106.2, -79.5, 1.0, (0.13, 0.16, 0.25, 0.45, 0.65)),
    Region("North America", 32.2, 84.0, -170.0, -52.0, 1.0, (0.13, 0.16, 0.25, 0.45, 0.65)),
    Region("Mexico", 14.5, 32.7, -118.0, -86.7, 0.31, (0.15, 0.18, 0.22, 0.40, 0.55)),
    Region("Caribbean", 10.0, 27.0, -92.0, -59.0, 0.23, (0.2, 0.2, 0.25, 0.4, 0.55)),
    Region("Brazil", -34.0, 5.0, -57.5, -34.0, 0.22, (0.15, 0.15, 0.18, 0.40, 0.65)),
    Region("South America", -56.0, 13.0, -82.0, -53.0, 0.28, (0.12, 0.14, 0.20, 0.45, 0.65)),
    Region("Iceland", 63.0, 67.0, -25.0, -13.0, 1.5, (0.25, 0.25, 0.3, 0.5, 0.7)),  # est.
    Region("Milan", 45.40, 45.55, 9.05, 9.30, 0.44, (0.2, 0.25, 0.85, 0.90, 0.92)),
    Region("Scandinavia", 55.0, 71.5, 4.5, 31.5, 0.62, (0.25, 0.28, 0.35, 0.60, 0.80)),
    Region("western Europe", 35.8, 61.0, -11.0, 15.0, 0.44, _OLD_WORLD),
    Region("eastern Europe", 39.0, 60.0, 15.0, 30.0, 0.28, (0.15, 0.16, 0.20, 0.40, 0.60)),
    Region("North Africa", 18.0, 37.5, -17.0, 25.0, 0.40, (0.15, 0.15, 0.18, 0.30, 0.50)),  # est.
    Region("Egypt, Levant", 22.0, 37.0, 25.0, 43.0, 0.60, (0.15, 0.18, 0.22, 0.35, 0.55)),
    Region("Persian Gulf", 12.0, 31.0, 43.0, 60.0, 1.2, (0.20, 0.22, 0.28, 0.45, 0.65)),  # est.
    Region("western Asia", 25.0, 42.5, 26.0, 63.0, 0.44, (0.2, 0.2, 0.25, 0.4, 0.55)),
    Region("India", 5.0, 33.0, 60.0, 89.0, 0.22, (0.30, 0.30, 0.35, 0.70, 0.85)),
    Region("Japan", 24.0, 46.0, 128.9, 147.0, 0.21, (0.70, 0.72, 0.75, 0.85, 0.92)),
    Region("Korea", 33.0, 38.5, 124.0, 130.5, 0.33, (0.25, 0.30, 0.35, 0.60, 0.80)),
    Region("Taiwan", 21.5, 25.5, 119.9, 122.2, 0.30, (0.4, 0.45, 0.6, 0.85, 0.9)),
    Region("China", 18.0, 54.0, 73.0, 128.9, 0.19, (0.20, 0.25, 0.32, 0.55, 0.75)),
    Region("south-east Asia", -11.0, 28.0, 89.0, 142.0, 0.16, (0.35, 0.35, 0.4, 0.6, 0.75)),
    Region("Australia", -48.0, -9.0, 110.0, 180.0, 0.50, (0.35, 0.35, 0.38, 0.5, 0.7)),  # est.
    Region("southern Africa", -36.0, -20.0, 10.0, 41.0, 0.25, (0.2, 0.2, 0.22, 0.35, 0.5)),
    Region("Africa", -36.0, 18.0, -20.0, 60.0, 0.09, (0.25, 0.25, 0.28, 0.45, 0.6)),
    Region("northern Asia", 42.0, 82.0, 30.0, 180.0, 0.40, (0.25, 0.25, 0.28, 0.40, 0.60)),  # est.
    Region("elsewhere", -90.0, 90.0, -181.0, 181.0, 0.35, _OLD_WORLD),  # est.
)


def region_of(latitude_deg: ArrayLike, longitude_deg: ArrayLike) -> NDArray[np.intp]:
    """Return the index in `REGIONS` of places in degrees."""
    latitude, longitude = np.broadcast_arrays(np.asarray(latitude_deg, float), np.asarray(longitude_deg, float))
    found = np.full(latitude.shape, len(REGIONS) - 1)
    for index in reversed(range(len(REGIONS))):
        r = REGIONS[index]
        inside = (r.south <= latitude) & (latitude < r.north) & (r.west <= longitude) & (longitude < r.east)
        found[inside] = index
    return found


def place_light(settings: EarthSettings, of: Places, snow: ArrayLike = 0.0) -> Array:
    """Return the zenith intensity of places' lamps within 500-900 nm, W sr-1, [place].

    `snow`: share of the ground about each place that snow covers, 0 to 1, [place] or one for all.
    """
    region = region_of(of.latitude_deg, of.longitude_deg)
    person = settings.upward_w_sr_per_person * _per_person()[region] * of.population ** (POPULATION_SLOPE - 1.0)
    scatter = np.exp(CITY_SCATTER * normal(scene_seeds(of.seed, settings.seed), 0, 22) - CITY_SCATTER**2 / 2.0)
    return np.asarray(person * of.population * scatter * snow_gain(snow))


def country_light(settings: EarthSettings, of: Places, snow: ArrayLike = 0.0) -> Array:
    """Return the zenith intensity of the lamps of people in no listed place, by the listed place that is near, W sr-1.

    In a region they have UNLISTED of what its places have in the mean; a place has of it by the COUNTRY_SLOPE'th power
    of its population, so that small ones have more beside them than large ones.
    """
    region = region_of(of.latitude_deg, of.longitude_deg)
    person = settings.upward_w_sr_per_person * UNLISTED * _per_country()[region]
    return np.asarray(person * of.population**COUNTRY_SLOPE * snow_gain(snow))


def snow_gain(snow: ArrayLike) -> Array:
    """Return how many times more light goes up where snow covers a share of the ground, 0 to 1."""
    return np.asarray(1.0 + (SNOW_GAIN - 1.0) * np.clip(np.asarray(snow, float), 0.0, 1.0))


def mean_white(settings: EarthSettings, year: float, latitude_deg: ArrayLike, longitude_deg: ArrayLike) -> Array:
    """Return the share of white lamps at places in degrees: their region's of that year, or the scene's."""
    region = region_of(latitude_deg, longitude_deg)
    if settings.led_fraction is not None:
        return np.full(region.shape, settings.led_fraction)
    by_region = np.array([np.interp(year, YEARS, r.white) for r in REGIONS])
    return np.asarray(by_region[region])


def white_share(settings: EarthSettings, year: float, of: Places) -> Array:
    """Return the share of white lamps of each place, [place].

    A power of an even random number u, u^(1 / mean - 1), has the mean wanted and all of 0 to 1: towns of one kind of
    lamp, as streets are relit town by town. WHITE_OWN of a town's lamps are so, the rest of the mix about it.
    """
    mean = mean_white(settings, year, of.latitude_deg, of.longitude_deg)
    number = uniform(scene_seeds(of.seed, settings.seed), 0, 30)
    own = np.where(mean > 0.0, number ** (1.0 / np.maximum(mean, 1e-6) - 1.0), 0.0)
    return np.asarray(mean + WHITE_OWN * (own - mean))


@functools.cache
def _per_person() -> Array:
    """Return what persons^(slope - 1) is multiplied by, [region], so that a region's mean person has its `light`."""
    return _per_power(POPULATION_SLOPE)


@functools.cache
def _per_country() -> Array:
    """Return what persons^COUNTRY_SLOPE is multiplied by, [region], so that a region's countryside has UNLISTED."""
    return _per_power(COUNTRY_SLOPE)


def _per_power(slope: float) -> Array:
    """Return what persons^slope is multiplied by, [region], so that a region's people have its `light` in all."""
    every = places()
    region = region_of(every.latitude_deg, every.longitude_deg)
    count = len(REGIONS)
    people = np.bincount(region, every.population, count)
    light = np.bincount(region, every.population**slope, count)
    wanted = np.array([r.light for r in REGIONS])
    return wanted * np.divide(people, light, out=np.ones(count), where=light > 0.0)


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


class Snow(Protocol):
    """What says how much of the ground is under snow; compares equal, and prints alike, where it says the same."""

    def __call__(self, latitude_deg: Array, longitude_deg: Array) -> Array:
        """Return the share, 0 to 1, at places in degrees."""
        ...


@dataclass(frozen=True)
class LightsKey:
    """What the lights of a region depend on: settings, year, snow, and the disc about a place that is wanted."""

    settings: EarthSettings
    year: int
    snow: Snow
    latitude_deg: float
    longitude_deg: float
    radius_km: float


def lights_key(
    settings: EarthSettings, year: int, snow: Snow | int, latitude_deg: float, longitude_deg: float, radius_km: float
) -> LightsKey:
    """Return the key of a region, rounded to 0.1 degree and 10 km; `snow` as for `raster.light_raster`."""
    known = MonthSnow(snow) if isinstance(snow, int) else snow
    return LightsKey(settings, year, known, round(latitude_deg, 1), round(longitude_deg, 1), round(radius_km, -1))
