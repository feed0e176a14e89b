"""Choose and draw the maps of the aurora's footprint: the fine one of now, and the memory of what was.

The fine map holds the footprint now and a moment ago, as finely as a pixel is at its distance. The memory holds
averages over minutes (see `render.emission.afterglow`); what it draws is blurred, so that it stays coarse.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from render import device as devices
from render.emission import afterglow
from render.geophysics import curtain, field_lines
from render.integrator import tiles as tiling
from shaders import footprint

THIN_FLUX = 0.04  # mW m-2 of thin arcs, smeared over a coarse texel: more makes the cell a fine one
STATISTICAL_FLOOR = 0.05  # mW m-2: where the statistical oval is fainter no tile is made
MERIDIAN_MARGIN_KM = 150.0  # km of magnetic latitude beyond the outermost arc that tiles may reach
MEMORY_TEXELS = 16  # texels along the memory's finest tiles, 2 km: half as many move red light by 5 % at most
TEXEL_PER_SIGMA = 0.9  # texel size that the footprint is asked for, per sigma of blur: an arc's edges are 1.1 texels
FINE_AGES = np.array([(0.0, 0.0), (afterglow.GREEN_AGE_S, TEXEL_PER_SIGMA * afterglow.GREEN_BLUR_KM)])
MEMORY_AGES = np.stack([afterglow.AGES_S, TEXEL_PER_SIGMA * afterglow.blur_km()], axis=-1)
SECONDS_PER_HOUR = 3600.0


@dataclass(frozen=True)
class Sight:
    """What may be seen: cells around the observer, field lines, and the camera (position ITRS km)."""

    grid: tiling.Grid
    field: field_lines.FieldLineMap
    hemisphere: int
    camera: Any
    position_km: np.ndarray


@dataclass(frozen=True)
class Maps:
    """The maps of one instant, laid out as `shaders.aurora` says: `cells` on the host, `fine` and `past` on the device.

    `texels`: of all maps together.
    """

    cells: np.ndarray
    fine: Any
    past: Any
    texels: int


def build_maps(
    settings: curtain.AuroraSettings, kp: float, time_s: float, window: field_lines.Window, x: np.ndarray,
    y: np.ndarray, sight: Sight, lasting: bool = True,
) -> Maps | None:  # fmt: skip
    """Return the fine map and the memory of an instant, or None where nothing is in view.

    `x`, `y` [row, column]: magnetic coordinates, km, at the nodes of `window`. `lasting` False: nothing is remembered
    but the footprint of now.
    """
    reach = float(x.min()), float(x.max())
    fine = curtain.curtains_at(settings, kp, time_s - FINE_AGES[:, 0], *reach)
    distance = tiling.seen_distance_km(sight.grid, sight.field, sight.hemisphere, sight.camera, sight.position_km)
    lit = np.isfinite(distance) & _near_oval(sight.grid, window, x, y, fine)
    if not lit.any():
        return None
    magnetic = np.stack([x, y], axis=-1)
    builder = _MapBuilder(settings, time_s, fine, window, magnetic, FINE_AGES, np.eye(len(FINE_AGES)))
    tiles = _refine(builder, sight, lit, distance)
    low, high = tiling.halves(tiles)
    memory, moving = _memory_tiles(low)
    moving &= lasting
    past = curtain.curtains_at(settings, kp, time_s - MEMORY_AGES[:, 0], *reach, spacing_km=curtain.MEMORY_SPACING_KM)
    builder_of_past = _MapBuilder(settings, time_s, past, window, magnetic, MEMORY_AGES, afterglow.age_weights())
    now = _MapBuilder(settings, time_s, fine, window, magnetic, FINE_AGES[:1], np.ones((1, len(afterglow.FILTERS_S))))
    remembered = builder_of_past.build(memory.some(moving))[0]
    now.build(memory.some(~moving), remembered)
    cells = tiling.cell_table(sight.grid, low, high, memory)
    return Maps(cells, builder.build(tiles)[0], remembered, tiles.total + memory.total)


def _memory_tiles(fine: tiling.Tiles) -> tuple[tiling.Tiles, np.ndarray]:
    """Return the memory's tiles, of the same cells, and which of them [tile] have a past: thin arcs are, or were, near.

    Elsewhere only the diffuse glow lies, which drifts slowly: it is taken to have been as it is.
    """
    thin = {tuple(cell) for cell in fine.cells[fine.texels_along > tiling.COARSE]}
    near = np.array([
        any((column + i, row + j) in thin for i in (-1, 0, 1) for j in (-1, 0, 1)) for column, row in fine.cells
    ])  # fmt: skip
    along = np.clip(fine.texels_along // 2, tiling.COARSE, MEMORY_TEXELS)
    return tiling.lay_tiles(fine.cells, np.where(near, along, tiling.COARSE)), near


def _near_oval(
    grid: tiling.Grid, window: field_lines.Window, x: np.ndarray, y: np.ndarray, curtains: curtain.Curtains
) -> np.ndarray:
    """Say for each cell whether the statistical oval or an arc group may light it."""
    cx, cy = grid.centres_km()
    row = np.clip(np.rint((cy - window.y0_km) / window.spacing_km).astype(int), 0, window.rows - 1)
    column = np.clip(np.rint((cx - window.x0_km) / window.spacing_km).astype(int), 0, window.columns - 1)
    mx, my = x[row, column], y[row, column]
    x0, y0, dx, dy = curtains.oval_axis
    i = np.clip(((my - y0) / dy).astype(int), 0, curtains.oval.shape[0] - 1)
    j = np.clip(((mx - x0) / dx).astype(int), 0, curtains.oval.shape[1] - 1)
    lit = (curtains.oval[i, j, 0] > STATISTICAL_FLOOR) & (my > y0)
    tracks = curtains.tracks[0]
    node = np.clip(((mx - curtains.x0_km) / curtains.spacing_km).astype(int), 0, tracks.shape[1] - 1)
    for track in tracks:
        lit |= (np.abs(my - track[node, 0]) < footprint.REACH_KM + tiling.CELL_KM) & (track[node, 2] > 0.0)
    if len(tracks):  # the statistical oval's poleward tail reaches the pole; arcs end it
        lit &= my < tracks[:, :, 0].max(axis=0)[node] + MERIDIAN_MARGIN_KM + footprint.REACH_KM
    return lit


def _refine(builder: _MapBuilder, sight: Sight, lit: np.ndarray, distance: np.ndarray) -> tiling.Tiles:
    """Draw every lit cell coarsely, and give those that hold thin arcs the texels that the camera resolves.

    Every cell is listed twice: with its map, and with its map for high altitudes.
    """
    grid = sight.grid
    row, column = np.nonzero(lit)
    cells = np.column_stack([column + grid.first_column, row + grid.first_row])
    coarse = tiling.lay_tiles(cells, np.full(len(cells), tiling.COARSE))
    side = tiling.COARSE + 3
    flux = builder.build(coarse)[1][tiling.EMPTY_TEXELS :].reshape(len(cells), side, side)
    thin = flux.max(axis=(1, 2)) > THIN_FLUX
    x, y = grid.centres_km()
    scale = 1.0 + (x[row, column] ** 2 + y[row, column] ** 2) / (4.0 * field_lines.PLANE_RADIUS_KM**2)
    pixel_rad = float(np.linalg.norm(sight.camera.tangent_from_pixel[:, 0]))
    fine = tiling.texels_for(distance[row, column], pixel_rad, 1.0 / scale)
    along = np.where(thin, fine, tiling.COARSE)
    return tiling.lay_tiles(np.tile(cells, (2, 1)), np.concatenate([along, tiling.texels_high(along)]))


class _MapBuilder:
    """The curtains of several ages, staged; builds any set of tiles from them."""

    def __init__(
        self, settings: curtain.AuroraSettings, time_s: float, curtains: curtain.Curtains,
        window: field_lines.Window, magnetic: np.ndarray, ages: np.ndarray, weights: np.ndarray,
    ) -> None:  # fmt: skip
        self._fluxes = weights.shape[1]
        self._scalars = (
            np.array([window.x0_km, window.y0_km, window.spacing_km]), time_s, settings.diffuse_fraction,
            curtain.KM_PER_HOUR / SECONDS_PER_HOUR, np.array([curtains.x0_km, curtains.spacing_km]),
            np.array(curtains.oval_axis),
        )  # fmt: skip
        groups = curtains.groups if len(curtains.groups) else np.array([[0.0, 1.0, 1.0, 0.0]])
        seeds = curtains.seeds if len(curtains.seeds) else np.zeros(1, np.int32)
        nodes = curtains.tracks.shape[2]
        tracks = curtains.tracks if len(curtains.groups) else np.zeros((len(ages), 1, nodes, 3))
        tables = (ages, weights, groups, seeds, curtain.TWISTS, curtain.RAYS, tracks, curtains.oval, magnetic)
        self._tables = tuple(devices.upload(np.array(table)) for table in tables)

    def build(self, tiles: tiling.Tiles, texels: Any = None) -> tuple[Any, np.ndarray]:
        """Return the texels on the device, as `shaders.aurora` lays them out, and the thin arcs' part on the host.

        `texels`: of the same pool, to be added to; by default new ones, all zero.
        """
        thin = devices.empty((tiles.total,))
        thin.fill(0.0)
        if texels is None:
            texels = devices.empty((tiles.total, 1 + 2 * self._fluxes))
            texels.fill(0.0)
        if not len(tiles.cells):
            return texels, thin.to_numpy()
        axis, time_s, diffuse, drift, track_axis, oval_axis = self._scalars
        footprint.build_tiles(
            devices.upload(tiles.device_rows()), devices.upload(tiles.device_tiles()), tiling.CELL_KM, axis, time_s,
            diffuse, drift, track_axis, oval_axis, *self._tables, texels, thin,
        )  # fmt: skip
        return texels, thin.to_numpy()
