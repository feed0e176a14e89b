"""Choose and draw the maps of the aurora's footprint: the fine one of now, and the memory of what was.

The fine map holds the footprint while the shutter is open and a moment before, as finely as a pixel is at its distance.
The memory holds averages over minutes (see `render.emission.afterglow`); what it draws is blurred, so that it stays
coarse.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from render.emission import afterglow
from render.geophysics.field import field_lines
from render.geophysics.field.magnetic_coordinates import OFF_MAP_KM, dark_at_noon
from render.geophysics.forms import curtain
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
from shaders.footprint.forms import REACH, Oval
from shaders.footprint.glow import Glow

THIN_FLUX = 0.04  # mW m-2 of thin arcs, smeared over a coarse texel: more makes the cell a fine one
STREAKED_FLUX = 0.001  # mW m-2, of the share of an arc system's glow that counts as thin: more makes a streaked tile
STREAKED = 16  # texels along a streaked tile, 2 km: an arc system's streaks are 5 km wide
CARPET_FLOOR = 0.02  # mW m-2: where a carpet of all the oval's power would be fainter no tile is made for it
AFTERGLOW_TEXELS = 16  # texels along the memory's finest tiles, 2 km: half as many move red light by 5 % at most


@dataclass(frozen=True)
class Sight:
    """What may be seen: cells around the observer, field lines, and the camera (position ITRS km).

    `turn_rad_s` [3]: how fast the camera turns about the Earth's centre, ITRS, rad/s.
    """

    grid: tiling.Grid
    field: field_lines.FieldLineMap
    hemisphere: int
    camera: Any
    position_km: np.ndarray
    turn_rad_s: np.ndarray


@dataclass(frozen=True)
class Maps:
    """The maps of one instant, laid out as `shaders.aurora.emission` says: `cells` on the host, `fine` and `past` on
    the device.

    `texels`: of all maps together.
    """

    cells: np.ndarray
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
    distance = tiling.seen_distance_km(sight.grid, sight.field, sight.hemisphere, sight.camera, sight.position_km)
    cell_x, cell_y = _at_cells(sight.grid, instant.around.window, *np.moveaxis(magnetic, -1, 0))
    visible = np.isfinite(distance) & (cell_y < OFF_MAP_KM)
    if not visible.any():
        return None
    extent = Extent.of(cell_x[visible], cell_y[visible])
    source = instant.user_map(sight.grid, visible)
    if source is not None and not source.lit.any():
        return None

    masks: dict[Any, Any] = {}

    def builder(instants: Instants, spacing_km: float) -> tuple[curtain.Curtains, MapBuilder]:
        curtains, turn = instant.curtains(instants, spacing_km, extent), sight.turn_rad_s
        return curtains, instant.builder(curtains, instants, extent, magnetic, turn, source, two_spectra, masks)

    curtains, now = builder(present_only(2), curtain.TRACK_SPACING_KM)
    lit = source.lit if source else visible & _near_oval(cell_x, cell_y, curtains)
    if not lit.any():
        return None
    tiles, with_arcs = _refine(now, sight, lit, distance)
    fine = now.build(tiles.some(~with_arcs))[0]
    for count, some in _by_instants(tiles, with_arcs, sight, instant.settings.sub_frames):
        instants = shutter_instants(sight.camera.exposure_s, _way_km(sight), count)
        builder(instants, curtain.TRACK_SPACING_KM)[1].build(some, fine)
    low, high = tiling.halves(tiles)
    coarse, moving = afterglow_tiles(low)
    moving &= afterglow_on
    past = builder(afterglow_instants(), curtain.AFTERGLOW_SPACING_KM)[1].build(coarse.some(moving))[0]
    still = builder(present_only(len(afterglow.FILTERS_S)), curtain.TRACK_SPACING_KM)[1]
    still.build(coarse.some(~moving), past)
    cells = tiling.cell_table(sight.grid, low, high, coarse)
    return Maps(cells, fine, past, tiles.total + coarse.total)


def _way_km(sight: Sight) -> float:
    """Return how far curtains move on the map while the shutter is open, km."""
    flight = float(np.linalg.norm(sight.turn_rad_s)) * field_lines.PLANE_RADIUS_KM
    return shutter_way_km(sight.camera.exposure_s, flight)


def _by_instants(tiles: tiling.Tiles, thin: np.ndarray, sight: Sight, most: int) -> Iterator[tuple[int, tiling.Tiles]]:
    """Yield (number of instants, tiles) of those with thin arcs: coarser texels need fewer instants."""
    asked = instants_wanted(_way_km(sight), tiling.CELL_KM / tiles.texels_along, most)
    for count in np.unique(asked[thin]):
        yield int(count), tiles.some(thin & (asked == count))


def afterglow_tiles(fine: tiling.Tiles) -> tuple[tiling.Tiles, np.ndarray]:
    """Return the memory's tiles, of the same cells, and which of them [tile] have a past: thin arcs are, or were, near.

    Elsewhere only the diffuse glow lies, which drifts slowly: it is taken to have been as it is.
    """
    thin = {tuple(cell) for cell in fine.cells[fine.texels_along > tiling.CARPET]}
    near = np.array([
        any((column + i, row + j) in thin for i in (-1, 0, 1) for j in (-1, 0, 1)) for column, row in fine.cells
    ])  # fmt: skip
    along = np.clip(fine.texels_along // 2, tiling.COARSE, AFTERGLOW_TEXELS)
    return tiling.lay_tiles(fine.cells, np.where(near, along, tiling.COARSE)), near


def _at_cells(
    grid: tiling.Grid, window: field_lines.Window, x: np.ndarray, y: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the magnetic coordinates, km, of the nodes nearest to the cells' centres, each [row, column]."""
    cx, cy = grid.centres_km()
    row = np.clip(np.rint((cy - window.y0_km) / window.spacing_km).astype(int), 0, window.rows - 1)
    column = np.clip(np.rint((cx - window.x0_km) / window.spacing_km).astype(int), 0, window.columns - 1)
    return x[row, column], y[row, column]


def _near_oval(x: np.ndarray, y: np.ndarray, curtains: curtain.Curtains) -> np.ndarray:
    """Say for each cell, by its magnetic coordinates, km, whether the carpet or an arc group may light it."""
    x0, y0, dx, dy = curtains.oval_axis
    tracks, reach = curtains.tracks[0], curtains.groups[:, REACH] if len(curtains.groups) else np.zeros(0)
    node = np.clip(((x - curtains.x0_km) / curtains.spacing_km).astype(int), 0, tracks.shape[1] - 1)
    shifted = y - curtains.glow[0, node, Glow.SHIFT]
    j = np.clip(((x - x0) / dx).astype(int), 0, curtains.oval.shape[1] - 1)
    lit = np.zeros(x.shape, bool)
    for beside in (-tiling.CELL_KM, 0.0, tiling.CELL_KM):  # the edge may run through a cell whose middle is dark
        i = np.clip(((shifted + beside - y0) / dy).astype(int), 0, curtains.oval.shape[0] - 1)
        lit |= (curtains.oval[i, j, Oval.FLUX] > CARPET_FLOOR) & (y > y0)
    for track, wide in zip(tracks, reach, strict=True):
        lit |= (np.abs(y - track[node, 0]) < wide + tiling.CELL_KM) & (track[node, 2:].max(axis=-1) > 0.0)
    return lit


def _refine(
    builder: MapBuilder, sight: Sight, lit: np.ndarray, distance: np.ndarray
) -> tuple[tiling.Tiles, np.ndarray]:
    """Draw every lit cell coarsely, and give those that hold thin arcs the texels that the camera resolves.

    Every cell is listed twice: with its map, and with its map for high altitudes. Returned with the tiles: which of
    them [tile] hold thin arcs, and so move while the shutter is open.
    """
    coarse = tiling.coarse_tiles(sight.grid, lit)
    pixel_rad = float(np.linalg.norm(sight.camera.tangent_from_pixel[:, 0]))
    pixel_km = np.maximum(distance[lit], tiling.NEAREST_KM) * pixel_rad
    along = texels_wanted(builder.build(coarse)[1], tiling.texels_for(pixel_km, coarse.cells))
    tiles = tiling.lay_tiles(np.tile(coarse.cells, (2, 1)), np.concatenate([along, tiling.texels_high(along)]))
    return tiles, np.tile(along > tiling.CARPET, 2)


def texels_wanted(thin: np.ndarray, finest: np.ndarray) -> np.ndarray:
    """Return n [cell]: `finest` [cell] where thin arcs are, 2 km in an arc system's streaks, coarse elsewhere.

    `thin` [texel]: the thin arcs' part, mW m-2, of the pool of all cells' coarse tiles, as `MapBuilder.build` has it.
    """
    flux = thin[tiling.EMPTY_TEXELS :].reshape(len(finest), -1).max(axis=1)
    carpet = np.where(flux > 0.0, tiling.CARPET, tiling.COARSE)
    streaked = np.where(flux > STREAKED_FLUX, np.minimum(finest, STREAKED), carpet)
    return np.where(flux > THIN_FLUX, finest, streaked)
