"""Choose and draw the maps of the aurora's footprint: the fine one of now, and the memory of what was.

The fine map holds the footprint while the shutter is open and a moment before, as finely as a pixel is at its distance.
The memory holds averages over minutes (see `render.emission.afterglow`); what it draws is blurred, so that it stays
coarse.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from render.emission import afterglow
from render.geophysics.field import field_lines
from render.geophysics.field.magnetic_coordinates import OFF_MAP_KM, dark_at_noon
from render.geophysics.forms import curtain
from render.integrator.aurora import in_view
from render.integrator.aurora import tiles as tiling
from render.integrator.aurora.instant import AuroraInstant, Extent
from render.integrator.aurora.tile_builder import (
    Instants,
    MapBuilder,
    afterglow_instants,
    instants_wanted,
    present_only,
    shutter_instants,
    shutter_way_km,
)
from render.integrator.quality import MEMORY_TEXELS, Quality, quality_named
from shaders.aurora.emission import FINE_VALUES, PAST_VALUES
from shaders.footprint.forms import REACH, Oval
from shaders.footprint.glow import Glow
from shaders.footprint.tiles import PARTS

THIN_FLUX = 0.04  # mW m-2 of thin arcs, smeared over a coarse texel: more makes the cell a fine one
STREAKED_FLUX = 0.001  # mW m-2, of the share of an arc system's glow that counts as thin: more makes a streaked tile
MOVING_FLUX = 0.01  # mW m-2 of thin arcs, ditto: more moves while the shutter is open; an arc system's streaks do not
NEAR_WAY_KM = 10.0  # km on the map, in an exposure: a longer way leads beyond the parts beside an arc's, and all move
STREAKED = 16  # texels along a streaked tile, 2 km: an arc system's streaks are 5 km wide
CARPET_FLOOR = 0.02  # mW m-2: where a carpet of all the oval's power would be fainter no tile is made for it
LAGLESS = 8  # texels along a tile, 4 km: in one second, by which 557.7 lags, curtains move by 1 km
LONG_MEMORY_TEXELS = 16  # texels along a tile of the memory from which on all its ages are drawn: 2 km


@dataclass(frozen=True)
class Sight:
    """What may be seen: cells around the observer, field lines, and the camera (position ITRS km).

    `turn_rad_s` [3]: how fast the map turns back about the Earth's centre as the camera sees it, ITRS, rad/s.
    """

    grid: tiling.Grid
    field: field_lines.FieldLineMap
    hemisphere: int
    camera: Any
    position_km: np.ndarray
    turn_rad_s: np.ndarray


@dataclass(frozen=True)
class Maps:
    """The maps of one instant, laid out as `shaders.aurora.emission` says: `cells` and `thin` on the host, `fine` and
    `past` on the device.

    `texels`: of all maps together.
    """

    cells: np.ndarray
    thin: np.ndarray
    fine: Any
    past: Any
    texels: int


def build_maps(
    instant: AuroraInstant, sight: Sight, afterglow_on: bool = True, two_spectra: bool = False
) -> Maps | None:
    """Return the fine map and the averages of the past of an instant, or None where nothing is in view.

    `afterglow_on` False: of the footprint of now alone; `two_spectra`: see `MapBuilder`. Raises InputError for an
    instant outside a user map's times.
    """
    x, y = np.moveaxis(instant.magnetic, -1, 0)
    magnetic = np.stack([x, dark_at_noon(x, y, OFF_MAP_KM)], axis=-1)
    distance = in_view.seen_distance_km(sight.grid, sight.field, sight.hemisphere, sight.camera, sight.position_km)
    cell_x, cell_y = _at_cells(sight.grid, instant.around.window, *np.moveaxis(magnetic, -1, 0))
    visible = np.isfinite(distance) & (cell_y < OFF_MAP_KM)
    if not visible.any():
        return None
    extent = Extent.of(cell_x[visible], cell_y[visible])
    source = instant.user_map(sight.grid, visible)
    if source is not None and not source.lit.any():
        return None

    masks: dict[Any, Any] = {}
    quality = quality_named(sight.camera.quality)

    def builder(instants: Instants, curtains: curtain.Curtains) -> MapBuilder:
        turn = sight.turn_rad_s
        return instant.builder(curtains, instants, extent, magnetic, turn, source, two_spectra, masks)

    def curtains_of(instants: Instants, spacing_km: float = curtain.TRACK_SPACING_KM) -> curtain.Curtains:
        return instant.curtains(instants, spacing_km, extent)

    curtains = curtains_of(present_only(2))
    now = builder(present_only(2), curtains)
    lit = source.lit if source else visible & near_oval(cell_x, cell_y, curtains)
    if not lit.any():
        return None
    tiles, counts, moves = _refine(now, sight, lit, distance, min(instant.settings.sub_frames, quality.instants))
    fine = now.build(tiles.some(counts == 0))
    for count in np.unique(counts[counts > 0]):
        instants = shutter_instants(sight.camera.exposure_s, _way_km(sight), int(count))
        some = counts == count
        builder(instants, curtains_of(instants)).build(tiles.some(some), fine, moves[some])
    low, high = tiling.halves(tiles)
    coarse, moving = afterglow_tiles(low, quality.memory_texels)
    coarse = replace(coarse, beside=coarse.neighbours())
    moving &= afterglow_on
    past = builder(present_only(len(afterglow.FILTERS_S)), curtains).build(coarse.some(~moving))
    for ages, some in by_ages(coarse.texels_along, quality):
        remembered = afterglow_instants(ages)
        drawn = builder(remembered, curtains_of(remembered, curtain.AFTERGLOW_SPACING_KM))
        drawn.build(coarse.some(moving & some), past)
    fine.fill_rims(tiles)
    past.fill_rims(coarse)
    cells = tiling.cell_table(sight.grid, low, high, coarse)
    near = tiling.to_thin_arcs(sight.grid, low, fine.thin_flux(), THIN_FLUX)
    packs = fine.packed(FINE_VALUES), past.packed(PAST_VALUES)
    return Maps(cells, near, *packs, tiles.total + coarse.total)


def _way_km(sight: Sight) -> float:
    """Return how far curtains move on the map while the shutter is open, km."""
    flight = float(np.linalg.norm(sight.turn_rad_s)) * field_lines.PLANE_RADIUS_KM
    return shutter_way_km(sight.camera.exposure_s, flight)


def by_ages(along: np.ndarray, quality: Quality) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield (ages s, which tiles [tile]): those of the memory, `along` texels across, that are drawn at these ages."""
    if quality.memory_ages_s:
        yield np.array(quality.memory_ages_s), np.ones(len(along), bool)
    else:
        yield afterglow.AGES_S, along >= LONG_MEMORY_TEXELS
        yield afterglow.FEW_AGES_S, along < LONG_MEMORY_TEXELS


def afterglow_tiles(fine: tiling.Tiles, most: int = MEMORY_TEXELS) -> tuple[tiling.Tiles, np.ndarray]:
    """Return the memory's tiles, of the same cells, and which of them [tile] have a past: thin arcs are, or were, near.

    `most` texels along a tile. Elsewhere only the diffuse glow lies, which drifts slowly: it is taken to have been as
    it is.
    """
    column, row = (fine.cells - fine.cells.min(axis=0, initial=0)).T
    thin = np.zeros((row.max(initial=0) + 1, column.max(initial=0) + 1), bool)
    thin[row, column] = fine.texels_along > tiling.CARPET
    near = tiling.with_neighbours(thin)[row, column]
    along = np.clip(fine.texels_along // 2, tiling.COARSE, most)
    return tiling.lay_tiles(fine.cells, np.where(near, along, tiling.COARSE), tiling.MEMORY_RIM), near


def _at_cells(
    grid: tiling.Grid, window: field_lines.Window, x: np.ndarray, y: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the magnetic coordinates, km, of the nodes nearest to the cells' centres, each [row, column]."""
    cx, cy = grid.centres_km()
    row = np.clip(np.rint((cy - window.y0_km) / window.spacing_km).astype(int), 0, window.rows - 1)
    column = np.clip(np.rint((cx - window.x0_km) / window.spacing_km).astype(int), 0, window.columns - 1)
    return x[row, column], y[row, column]


def near_oval(x: np.ndarray, y: np.ndarray, curtains: curtain.Curtains) -> np.ndarray:
    """Say for each cell, by its magnetic coordinates, km, whether the carpet or an arc group may light it."""
    x0, y0, dx, dy = curtains.oval_axis
    tracks, reach = curtains.tracks[0], curtains.groups[:, REACH] if len(curtains.groups) else np.zeros(0)
    node = np.clip(((x - curtains.x0_km) / curtains.spacing_km).astype(int), 0, tracks.shape[1] - 1)
    shifted = y - curtains.glow[0, :, Glow.SHIFT][node]
    bright = curtains.oval[..., Oval.FLUX] > CARPET_FLOOR
    j = np.clip(((x - x0) / dx).astype(int), 0, bright.shape[1] - 1)
    lit = np.zeros(x.shape, bool)
    for beside in (-tiling.CELL_KM, 0.0, tiling.CELL_KM):  # the edge may run through a cell whose middle is dark
        i = np.clip(((shifted + beside - y0) / dy).astype(int), 0, bright.shape[0] - 1)
        lit |= bright[i, j] & (y > y0)
    for track, wide in zip(tracks, reach, strict=True):
        # Where a group is dark its centre line is out of reach
        centre = np.where(track[:, 2:].max(axis=-1) > 0.0, track[:, 0], np.inf)
        lit |= np.abs(y - centre[node]) < wide + tiling.CELL_KM
    return lit


def _refine(
    builder: MapBuilder, sight: Sight, lit: np.ndarray, distance: np.ndarray, most_instants: int
) -> tuple[tiling.Tiles, np.ndarray, np.ndarray]:
    """Draw every lit cell coarsely, and give those that hold thin arcs the texels that the camera resolves.

    Every cell is listed twice: with its map, and with its map for high altitudes. Returned with the tiles: how many
    instants of the exposure each of them [tile] needs, fewer where texels are coarse; 0 where nothing moves by a
    texel or pulsates, neither then nor in the second by which 557.7 lags; and which parts of each [tile, part] hold
    what moves.
    """
    coarse = tiling.coarse_tiles(sight.grid, lit)
    coarse = replace(coarse, beside=coarse.neighbours())
    pixel_rad = float(np.linalg.norm(sight.camera.tangent_from_pixel[:, 0]))
    pixel_km = np.maximum(distance[lit], tiling.NEAREST_KM) * pixel_rad * quality_named(sight.camera.quality).pixel
    drawn = builder.build(coarse)
    drawn.fill_rims(coarse)
    thin = drawn.thin_flux()[tiling.EMPTY_TEXELS :].reshape(len(coarse.cells), -1)
    along = texels_wanted(thin, tiling.texels_for(pixel_km, coarse.cells))
    tiles = tiling.lay_tiles(np.tile(coarse.cells, (2, 1)), np.concatenate([along, tiling.texels_high(along)]))
    tiles = replace(tiles, beside=np.concatenate([part.neighbours() for part in tiling.halves(tiles)]))
    counts = instants_wanted(_way_km(sight), tiling.CELL_KM / tiles.texels_along, most_instants)
    still = (counts == 1) & (tiles.texels_along <= LAGLESS) & np.tile(thin.max(axis=1) <= THIN_FLUX, 2)
    moves = moving_parts(thin) | (_way_km(sight) > NEAR_WAY_KM)
    return tiles, np.where(np.tile(along > tiling.CARPET, 2) & ~still, counts, 0), np.tile(moves, (2, 1))


def moving_parts(thin: np.ndarray) -> np.ndarray:
    """Return which parts [cell, part] of cells hold thin forms, by the `thin` flux [cell, texel] of coarse tiles.

    A part is as large as a coarse texel. Thin arcs are smeared there over a texel and a half: they are seen from the
    corners of the part that holds them and of those beside it.
    """
    side = tiling.COARSE + tiling.RIM
    texels = thin.reshape(-1, side, side)
    around = [texels[:, i : i + PARTS, j : j + PARTS] for i in range(4) for j in range(4)]
    return np.asarray(np.max(around, axis=0) > MOVING_FLUX).reshape(len(thin), -1)


def texels_wanted(thin: np.ndarray, finest: np.ndarray) -> np.ndarray:
    """Return n [cell]: `finest` [cell] where thin arcs are, 2 km in an arc system's streaks, coarse elsewhere.

    `thin` [cell, texel]: the thin arcs' part, mW m-2, of the cells' coarse tiles, as `MapBuilder.build` has it.
    """
    flux = thin.max(axis=1)
    carpet = np.where(flux > 0.0, tiling.CARPET, tiling.COARSE)
    streaked = np.where(flux > STREAKED_FLUX, np.minimum(finest, STREAKED), carpet)
    return np.where(flux > THIN_FLUX, finest, streaked)
