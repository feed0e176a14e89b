"""The light of a region's lamps as a raster: towns, suburbs, districts, the roads within and between them.

    places -> discs and samples -> lit patches -> texture and coast -> cells -> halo -> words for the device

Every disc and every sample of a road keeps its light: texture and coast only move it. What a cell holds depends on the
places near it, never on the region asked for; at a region's rim places beyond it are missing.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from render.core.cache import cached_arrays
from render.earth.lights import grid, halo, lamps, roads, towns
from render.earth.lights.grid import BLOCK, CELL_KM, CELLS_PER_DEGREE, PATCH, Floats, Index, LightRaster, Region
from render.earth.lights.image import image_raster
from render.earth.lights.lamps import REGIONS, LightsKey, Snow
from render.earth.lights.neighbours import in_bins, neighbours
from render.earth.lights.places import distance_km, places
from render.earth.lights.spread import lit_patches, place_in_cells, spread
from render.earth.lights.texture import AT_ONCE, cosine, grain_on_land, whiteness
from render.earth.lights.towns import Discs, Samples
from render.earth.settings import EarthSettings

ROADS_REACH_KM = 270.0  # km beyond the region, of places that roads may lead to
HAMLETS = 0.25  # of the light of people in no listed place: along roads; of the rest, farms, none is seen alone; by eye
FARMS_KM = 10.0  # km, standard deviation of farms about their place: half of the way between places; by eye
SPARKLE = 0.03  # of a place's light: its brightest lamps, which are drawn as points (`render.earth.lights.points`)
WHITE_QUARTERS = 0.7  # how far a quarter's lamps may be from its town's: of the way to all or no white; uncertain


def light_raster(
    settings: EarthSettings, year: int, snow: Snow | int, latitude_deg: float, longitude_deg: float, radius_km: float
) -> LightRaster | None:
    """Return the light of all places within `radius_km` of a point, or None where there is none or cities are off.

    `snow`: what says how much of the ground is under snow, or the month, 1 to 12, by which a simple one says it. Asked
    for once per scene, for all that its film sees. Raises InputError for a picture of lights that cannot be used.
    """
    if not settings.cities:
        return None
    return _kept(lamps.lights_key(settings, year, snow, latitude_deg, longitude_deg, radius_km))


@lru_cache(maxsize=2)
def _kept(key: LightsKey) -> LightRaster | None:
    if key.settings.night_lights is not None:
        return image_raster(
            key.settings, key.year, grid.region_about(key.latitude_deg, key.longitude_deg, key.radius_km)
        )
    arrays = cached_arrays("light-raster", _depends_on(key), lambda: _arrays(key), __name__)
    if not arrays["index"].any():
        return None
    return LightRaster(Region(*(int(n) for n in arrays["region"])), arrays["index"], arrays["words"])


def _depends_on(key: LightsKey) -> tuple[object, ...]:
    """Return what of a key changes the raster: the ground's cover and the points drawn besides do not."""
    s = key.settings
    return s.upward_w_sr_per_person, s.led_fraction, s.seed, key.year, key.snow, *tuple(key.__dict__.values())[3:]


def _arrays(key: LightsKey) -> dict[str, np.ndarray]:
    raster = build_raster(key)
    if raster is None:
        return {"index": np.zeros((1, 1), np.int32)}
    return {"region": np.array(raster.region, np.int64), "index": raster.index, "words": raster.words}


def build_raster(key: LightsKey) -> LightRaster | None:
    """Return the raster, made anew; None where there is no light."""
    discs, samples, farms = lights_of(key)
    if not len(discs.light):
        return None
    region = grid.region_about(key.latitude_deg, key.longitude_deg, key.radius_km + 60.0)
    patch, built = lit_patches(discs, samples, region)
    row, column = _first_cells(patch, region)
    light = spread(discs, samples, region, patch, grain_on_land(row, column, built, key.settings.seed))
    plain = np.zeros((region.rows * PATCH, region.columns * PATCH), np.complex64)
    details = []
    for first in range(0, len(patch), AT_ONCE):
        part = slice(first, first + AT_ONCE)
        cells = _lamps(light[part], row[part], column[part], key.settings.seed)
        mean = [plane.reshape(-1, PATCH**2).mean(axis=1) for plane in cells]
        plain.ravel()[patch[part]] = mean[0] + 1j * mean[1]
        details.append(grid.detail_of(patch[part], cells))
    whole = (plain / np.float32(1.0 - halo.GROUND_SHARE)).astype(np.complex64)
    ground, air = halo.halos(whole, region)
    return grid.assembled(region, grid.joined(details), plain, ground + _country(farms, region), air)


def _lamps(light: NDArray[np.complex64], row: Index, column: Index, seed: int) -> tuple[Floats, Floats]:
    """Return the light of patches' sodium and white lamps, W sr-1 km-2, [n, 8, 8]; what the halo takes is left out.

    `light`: as `spread` returns it; `row`, `column` [n]: the patches' first cells.
    """
    density = (1.0 - halo.GROUND_SHARE) / (CELL_KM**2 * cosine(row)[:, None, None])
    whole = light.real * density
    share = np.divide(light.imag, light.real, out=np.zeros_like(whole), where=light.real > 0.0)
    seen = whole.reshape(-1, PATCH**2).max(axis=1) > grid.FAINT  # where quarters are told apart
    if seen.any():
        quarters = whiteness(row[seen], column[seen], seed)
        share[seen] += WHITE_QUARTERS * np.minimum(share[seen], 1.0 - share[seen]) * quarters
    white = whole * share
    return whole - white, white


def _first_cells(patch: NDArray[np.intp], region: Region) -> tuple[Index, Index]:
    """Return the global row and column of the first cell of patches, [n]."""
    i, j = np.divmod(patch.astype(np.int64), region.columns * PATCH)
    return region.row * BLOCK + i * PATCH, (region.column * BLOCK + j * PATCH) % (360 * CELLS_PER_DEGREE)


class Lights(NamedTuple):
    """What a region's light consists of: discs, samples in parts, and farms that stand about places."""

    discs: Discs
    samples: list[Samples]
    farms: Samples


def lights_of(key: LightsKey) -> Lights:
    """Return a region's light; in all that of its places and their countryside but what is drawn as points."""
    about = places().within(key.latitude_deg, key.longitude_deg, key.radius_km + ROADS_REACH_KM)
    within = distance_km(about.latitude_deg, about.longitude_deg, key.latitude_deg, key.longitude_deg) < key.radius_km
    snow = key.snow(about.latitude_deg, about.longitude_deg)
    light = (1.0 - SPARKLE) * lamps.place_light(key.settings, about, snow)
    light = np.where(within, light, 0.0)
    white = lamps.white_share(key.settings, key.year, about)
    level = np.array([r.light for r in REGIONS])[lamps.region_of(about.latitude_deg, about.longitude_deg)]
    level = level * lamps.snow_gain(snow) * key.settings.upward_w_sr_per_person / 0.1
    country = np.where(within, lamps.country_light(key.settings, about, snow), 0.0)
    pairs = in_bins(about)
    between, left = roads.road_samples(about, pairs, light, HAMLETS * country, white, level, key.settings.seed)
    inside, kept, kinds = about.some(within), left[within], white[within]
    discs = towns.town_discs(about, left, white, neighbours(about, pairs), key.settings.seed)
    streets = towns.town_streets(inside, kept, kinds, key.settings.seed)
    farms = Samples(about.latitude_deg, about.longitude_deg, (1.0 - HAMLETS) * country, white)
    return Lights(discs, [*between, streets], farms)


def _country(farms: Samples, region: Region) -> NDArray[np.complex64]:
    """Return the light of farms about places, W sr-1 km-2, sodium + i white, [patch row, patch column]."""
    plane = np.zeros((region.rows * PATCH, region.columns * PATCH), np.complex64)
    y, x = (np.floor(at / PATCH).astype(np.int64) for at in place_in_cells(farms.latitude, farms.longitude, region))
    there = (y >= 0) & (y < plane.shape[0]) & (x < plane.shape[1])
    light = farms.light * (1.0 - farms.white + 1j * farms.white) / (PATCH * CELL_KM) ** 2
    np.add.at(plane, (y[there], x[there]), light[there].astype(np.complex64))
    plane /= cosine(region.row * BLOCK + np.arange(plane.shape[0]) * PATCH)[:, None]
    return halo.blurred_by(plane, region, FARMS_KM)
