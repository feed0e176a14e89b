"""The light of a region's lamps as a raster: towns, suburbs, districts, the roads within and between them.

    places -> discs and samples -> lit patches -> texture and coast -> cells -> halo -> words for the device

Every disc and every sample of a road keeps its light: texture and coast only move it. What a cell holds depends on the
places near it, never on the region asked for; at a region's rim places beyond it are missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from render.core.cache import cached_arrays
from render.earth.lights import grid, halo, lamps, roads, towns
from render.earth.lights.grid import BLOCK, CELL_KM, CELLS_PER_DEGREE, PATCH, Floats, LightRaster, Region
from render.earth.lights.image import image_raster
from render.earth.lights.lamps import REGIONS, LightsKey, Snow
from render.earth.lights.places import Array, distance_km, places
from render.earth.lights.texture import cosine, on_land, texture, whiteness
from render.earth.lights.towns import Discs, Samples
from render.earth.settings import EarthSettings

ROADS_REACH_KM = 270.0  # km beyond the region, of places that roads may lead to
SPARKLE = 0.03  # of a place's light: its brightest lamps, which are drawn as points (`render.earth.lights.points`)
DISC_REACH = 3.7  # scales, at which a disc ends
CELLS_AT_ONCE = 400_000  # of discs: bounds memory, and keeps arrays in the processor's cache
WHITE_QUARTERS = 0.7  # how far a quarter's lamps may be from its town's: of the way to all or no white; uncertain

Index = NDArray[np.int64]


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
    discs, samples = lights_of(key)
    if not len(discs.light):
        return None
    region = grid.region_about(key.latitude_deg, key.longitude_deg, key.radius_km + 60.0)
    lit = _lit_patches(discs, samples, region)
    patch = np.flatnonzero(lit)
    where = np.full(lit.size, -1, np.int32)
    where[patch] = np.arange(len(patch), dtype=np.int32)
    row, column = _first_cells(patch, region)
    grain = texture(row, column, key.settings.seed) * on_land(row, column)
    light, white = _spread(discs, samples, region, where, grain.ravel())
    light /= np.repeat((CELL_KM**2 / (1.0 - halo.GROUND_SHARE)) * cosine(row), PATCH**2)
    share = white.reshape(grain.shape)
    share += WHITE_QUARTERS * np.minimum(share, 1.0 - share) * whiteness(row, column, key.settings.seed)
    light = light.reshape(grain.shape)
    cells = light * (1.0 - share), light * share
    plain = np.zeros((region.rows * PATCH, region.columns * PATCH), np.complex64)
    plain.ravel()[patch] = cells[0].mean(axis=(1, 2)) + 1j * cells[1].mean(axis=(1, 2))
    whole = (plain / np.float32(1.0 - halo.GROUND_SHARE)).astype(np.complex64)
    return grid.assembled(region, patch, cells, plain, *halo.halos(whole, region))


def lights_of(key: LightsKey) -> tuple[Discs, Samples]:
    """Return what the region's light consists of; in all the light of its places but what is drawn as points."""
    about = places().within(key.latitude_deg, key.longitude_deg, key.radius_km + ROADS_REACH_KM)
    within = distance_km(about.latitude_deg, about.longitude_deg, key.latitude_deg, key.longitude_deg) < key.radius_km
    snow = key.snow(about.latitude_deg, about.longitude_deg)
    light = (1.0 - SPARKLE) * lamps.place_light(key.settings, about, snow)
    light = np.where(within, light, 0.0)
    white = lamps.white_share(key.settings, key.year, about)
    level = np.array([r.light for r in REGIONS])[lamps.region_of(about.latitude_deg, about.longitude_deg)]
    level = level * lamps.snow_gain(snow) * key.settings.upward_w_sr_per_person / 0.1
    between, taken = roads.road_samples(about, light, white, level, key.settings.seed)
    inside, kept = about.some(within), (light - taken)[within]
    discs = towns.town_discs(inside, kept, white[within], key.settings.seed)
    streets = towns.town_streets(inside, kept, white[within], key.settings.seed)
    return discs, Samples(*(np.concatenate(pair) for pair in zip(between, streets, strict=True)))


def _place(latitude: Array, longitude: Array, region: Region) -> tuple[Array, Array]:
    """Return the places in cells, fractional, from the region's first corner; longitudes of the turn that it has."""
    y = (latitude + 90.0) * CELLS_PER_DEGREE - region.row * BLOCK
    x = (longitude + 180.0) * CELLS_PER_DEGREE - region.column * BLOCK
    return y, x % (360.0 * CELLS_PER_DEGREE)


def _reach(discs: Discs) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return how many cells discs reach to north and south, and to east and west; of large ones in coarse steps."""
    narrow = np.maximum(np.cos(np.radians(discs.latitude)), 0.05)
    rows = DISC_REACH * discs.scale_km / CELL_KM + 0.5
    reach = [
        np.where(n < 12.0, np.ceil(n), np.ceil(2.0 ** (np.ceil(4.0 * np.log2(n)) / 4.0))) for n in (rows, rows / narrow)
    ]
    return reach[0].astype(np.intp), reach[1].astype(np.intp)


def _groups(discs: Discs) -> Iterator[tuple[NDArray[np.intp], int, int]]:
    """Yield discs (indices) that reach equally far, at most some hundred thousand cells at once."""
    rows, columns = _reach(discs)
    kinds = rows * 65536 + columns
    order = np.argsort(kinds, kind="stable")
    edges = np.flatnonzero(np.diff(kinds[order])) + 1
    for group in np.split(order, edges):
        down, across = int(rows[group[0]]), int(columns[group[0]])
        step = max(CELLS_AT_ONCE // ((2 * down + 1) * (2 * across + 1)), 1)
        for first in range(0, len(group), step):
            yield group[first : first + step], down, across


def _lit_patches(discs: Discs, samples: Samples, region: Region) -> NDArray[np.bool_]:
    """Return which patches of a region, flat, discs and samples reach."""
    high, wide = region.rows * PATCH, region.columns * PATCH
    lit = np.zeros((high, wide), bool)
    y, x = _place(discs.latitude, discs.longitude, region)
    for some, down, across in _groups(discs):
        first, last = ((y[some] + s * down) // PATCH for s in (-1, 1))
        west, east = ((x[some] + s * across) // PATCH for s in (-1, 1))
        i = first[:, None] + np.arange(2 * down // PATCH + 2)
        j = west[:, None] + np.arange(2 * across // PATCH + 2)
        good_i, good_j = (i <= last[:, None]) & (i >= 0) & (i < high), (j <= east[:, None]) & (j >= 0) & (j < wide)
        good = good_i[:, :, None] & good_j[:, None, :]
        flat = i.astype(np.int64)[:, :, None] * wide + j.astype(np.int64)[:, None, :]
        lit.ravel()[flat[good]] = True
    y, x = _place(samples.latitude, samples.longitude, region)
    for dy, dx in ((-0.5, -0.5), (-0.5, 0.5), (0.5, -0.5), (0.5, 0.5)):
        i, j = ((y + dy) // PATCH).astype(np.int64), ((x + dx) // PATCH).astype(np.int64)
        inside = (i >= 0) & (i < high) & (j >= 0) & (j < wide)
        lit[i[inside], j[inside]] = True
    return lit.ravel()


def _first_cells(patch: NDArray[np.intp], region: Region) -> tuple[Index, Index]:
    """Return the global row and column of the first cell of patches, [n]."""
    i, j = np.divmod(patch.astype(np.int64), region.columns * PATCH)
    return region.row * BLOCK + i * PATCH, (region.column * BLOCK + j * PATCH) % (360 * CELLS_PER_DEGREE)


def _spread(
    discs: Discs, samples: Samples, region: Region, where: NDArray[np.int32], grain: Floats
) -> tuple[Floats, Floats]:
    """Return the light of cells in lit patches, W sr-1, and the share of white lamps, [patch x 64]."""
    light, white = np.zeros(len(grain), np.float32), np.zeros(len(grain), np.float32)
    y, x = _place(discs.latitude, discs.longitude, region)
    lit = np.concatenate([grain, np.zeros(1, np.float32)])  # the last: cells of no patch
    for some, down, across in _groups(discs):
        cell, weight = _disc_cells(discs, some, (y, x), (down, across), region, where)
        textured = weight * lit[cell]
        total = textured.sum(axis=1)
        lost = total < 0.02 * weight.sum(axis=1)  # a pier, an island that the land mask lacks
        textured[lost], total[lost] = weight[lost] * (cell[lost] < len(grain)), weight[lost].sum(axis=1)
        textured *= (discs.light[some] / np.maximum(total, 1e-30))[:, None].astype(np.float32)
        _add(light, white, cell, textured, discs.white[some][:, None])
    y, x = _place(samples.latitude, samples.longitude, region)
    i, j = np.floor(y - 0.5).astype(np.int64), np.floor(x - 0.5).astype(np.int64)
    v, u = y - 0.5 - i, x - 0.5 - j
    for di, dj, part in ((0, 0, (1 - v) * (1 - u)), (0, 1, (1 - v) * u), (1, 0, v * (1 - u)), (1, 1, v * u)):
        _add(light, white, _index(i + di, j + dj, region, where, len(grain)), samples.light * part, samples.white)
    np.divide(white, light, out=white, where=light > 0.0)
    return light, white


def _disc_cells(
    discs: Discs, some: NDArray[np.intp], place: tuple[Array, Array], reach: tuple[int, int], region: Region,
    where: NDArray[np.int32],
) -> tuple[Index, Floats]:  # fmt: skip
    """Return cells (indices among those of lit patches) and weights, [disc, cell], of discs that reach equally far."""
    y, x = (p[some] for p in place)
    i = np.floor(y).astype(np.int64)[:, None] + np.arange(-reach[0], reach[0] + 1)
    j = np.floor(x).astype(np.int64)[:, None] + np.arange(-reach[1], reach[1] + 1)
    narrow = np.cos(np.radians(discs.latitude[some]))[:, None]
    per = (CELL_KM / discs.scale_km[some])[:, None]
    north = ((i + 0.5 - y[:, None]) * per).astype(np.float32)
    east = ((j + 0.5 - x[:, None]) * per * narrow).astype(np.float32)
    away = np.sqrt(north[:, :, None] ** 2 + east[:, None, :] ** 2)
    weight = np.maximum(np.exp(-away) - np.float32(np.exp(-DISC_REACH)), 0.0)
    cell = _index(i[:, :, None], j[:, None, :], region, where, where.size * 64)
    cell = np.minimum(cell, int(where.max() + 1) * 64)
    return cell.reshape(len(some), -1), weight.reshape(len(some), -1)


def _index(i: Index, j: Index, region: Region, where: NDArray[np.int32], none: int) -> Index:
    """Return the indices among the lit patches' cells of the region's cells (row, column); `none` for others."""
    wide = region.columns * PATCH
    inside = (i >= 0) & (i < region.rows * BLOCK) & (j >= 0) & (j < region.columns * BLOCK)
    patch = where[np.where(inside, (i >> 3) * wide + (j >> 3), 0)].astype(np.int64)
    found: Index = np.where(inside & (patch >= 0), patch * 64 + (i & 7) * PATCH + (j & 7), none)
    return found


def _add(light: Floats, white: Floats, cell: Index, value: NDArray[np.floating], share: Array) -> None:
    """Add light to cells, and what is white of it; cells beyond the last are nobody's."""
    there = (cell < len(light)) & (value > 0.0)
    cell, value, share = cell[there], value[there].astype(np.float32), np.broadcast_to(share, value.shape)[there]
    np.add.at(light, cell, value)
    np.add.at(white, cell, value * share.astype(np.float32))
