"""Stage the aurora and the airglow for the device, march them tile by tile, and bring the rayleighs back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from render import device as devices
from render.device import Device
from render.emission.table import EmissionTable
from render.epoch import Epoch
from render.geophysics import curtain, field_lines
from render.geophysics.geomagnetic import magnetic_local_time_h
from render.integrator import tiles as tiling
from shaders import footprint, march

NODES_PER_KM = 2.0  # of the transmittance tables, against tangent altitude
REACH_KM = 5200.0  # plane km around the observer within which light can be seen
MAGNETIC_SPACING_KM = 50.0  # plane km between nodes of magnetic coordinates: bilinear error below 0.1 km
WINDOW_SNAP_KM = 600.0  # windows start on this lattice, so that a film's frames share their field-line map
THIN_FLUX = 0.04  # mW m-2 of thin arcs, smeared over a coarse texel: more makes the cell a fine one
STATISTICAL_FLOOR = 0.05  # mW m-2: where the statistical oval is fainter no tile is made
MERIDIAN_MARGIN_KM = 150.0  # km of magnetic latitude beyond the outermost arc that tiles may reach


@dataclass(frozen=True)
class AuroraStage:
    """The aurora of one instant, on the device; `texels` in all and `cells` are kept for the record."""

    sphere: tuple[float, float]
    field_axis: tuple[float, float, float]
    cells_axis: tuple[float, float, float]
    table_axis: tuple[float, float, float, float]
    step_scale: float
    arrays: dict[str, Any]
    texels: int


@dataclass(frozen=True)
class Magnetosphere:
    """Where field lines lead and what they are called, around one place of the plane (host arrays)."""

    hemisphere: int
    field: field_lines.FieldLineMap
    window: field_lines.Window
    latitude_deg: np.ndarray
    longitude_deg: np.ndarray


def magnetosphere_around(position_km: np.ndarray, year: float) -> Magnetosphere:
    """Return the field-line map and magnetic coordinates of the region seen from a position (ITRS km)."""
    hemisphere = 1 if position_km[2] >= 0.0 else -1
    centre = np.round(np.array(plane_position(position_km, hemisphere)) / WINDOW_SNAP_KM) * WINDOW_SNAP_KM
    reach = REACH_KM + WINDOW_SNAP_KM / 2.0
    coarse = _window(centre, reach, field_lines.MAP_SPACING_KM)
    fine = _window(centre, reach, MAGNETIC_SPACING_KM)
    field = field_lines.field_line_map(coarse, hemisphere, year)
    latitude, longitude = field_lines.magnetic_plane(fine, hemisphere, year)
    return Magnetosphere(hemisphere, field, fine, latitude, longitude)


def plane_position(position_km: np.ndarray, hemisphere: int) -> tuple[float, float]:
    """Return the plane coordinates, km, of the geocentric direction of a position."""
    x, y = field_lines.plane_from_direction(position_km / np.linalg.norm(position_km), hemisphere)
    return float(x), float(y)


def _window(centre: np.ndarray, reach_km: float, spacing_km: float) -> field_lines.Window:
    """Return the square window of nodes about a centre."""
    count = int(np.ceil(2.0 * reach_km / spacing_km)) + 1
    return field_lines.Window(float(centre[0] - reach_km), float(centre[1] - reach_km), spacing_km, count, count)


def prepare_aurora(
    device: Device, settings: curtain.AuroraSettings, kp: float, magnetosphere: Magnetosphere, table: EmissionTable,
    camera: Any, position_km: np.ndarray, epoch: Epoch, time_s: float,
) -> AuroraStage | None:  # fmt: skip
    """Build the map of the aurora that this camera sees at this instant; None where it can see none."""
    local_time = magnetic_local_time_h(magnetosphere.longitude_deg, epoch) + settings.local_time_shift_h
    x, y = curtain.magnetic_xy(magnetosphere.latitude_deg, local_time)
    curtains = curtain.curtains_at(settings, kp, time_s, float(x.min()), float(x.max()))
    grid = tiling.grid_around(np.array(plane_position(position_km, magnetosphere.hemisphere)), REACH_KM)
    distance = tiling.seen_distance_km(grid, magnetosphere.field, magnetosphere.hemisphere, camera, position_km)
    lit = np.isfinite(distance) & _near_oval(grid, magnetosphere.window, x, y, curtains)
    if not lit.any():
        return None
    builder = _MapBuilder(settings, time_s, curtains, magnetosphere.window, np.stack([x, y], axis=-1))
    tiles = _refine(builder, grid, lit, distance, camera)
    cells = tiling.cell_table(grid, *tiling.halves(tiles))
    field = magnetosphere.field
    arrays = {
        "field": devices.upload(field.coefficients), "cells": devices.upload(cells),
        "texels": builder.build(tiles)[0],
        "table": devices.upload(np.moveaxis(table.rate, 0, -1).swapaxes(0, 1), vectors=True),
    }  # fmt: skip
    log_energy = np.log(table.energy_kev)
    return AuroraStage(
        sphere=(float(magnetosphere.hemisphere), field_lines.PLANE_RADIUS_KM),
        field_axis=(field.window.x0_km, field.window.y0_km, field.window.spacing_km),
        cells_axis=(float(grid.first_column), float(grid.first_row), tiling.CELL_KM),
        table_axis=(
            float(table.altitude_km[0]), float(table.altitude_km[1] - table.altitude_km[0]),
            float(log_energy[0]), float(log_energy[1] - log_energy[0]),
        ),
        step_scale=settings.step_scale, arrays=arrays, texels=tiles.total,
    )  # fmt: skip


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
    node = np.clip(((mx - curtains.x0_km) / curtain.TRACK_SPACING_KM).astype(int), 0, curtains.tracks.shape[1] - 1)
    for track in curtains.tracks:
        lit |= (np.abs(my - track[node, 0]) < footprint.REACH_KM + tiling.CELL_KM) & (track[node, 2] > 0.0)
    if len(curtains.tracks):  # the statistical oval's poleward tail reaches the pole; arcs end it
        lit &= my < curtains.tracks[:, :, 0].max(axis=0)[node] + MERIDIAN_MARGIN_KM + footprint.REACH_KM
    return lit


def _refine(
    builder: _MapBuilder, grid: tiling.Grid, lit: np.ndarray, distance: np.ndarray, camera: Any
) -> tiling.Tiles:
    """Draw every lit cell coarsely, and give those that hold thin arcs the texels that the camera resolves.

    Every cell is listed twice: with its map, and with its map for high altitudes.
    """
    row, column = np.nonzero(lit)
    cells = np.column_stack([column + grid.first_column, row + grid.first_row])
    coarse = tiling.lay_tiles(cells, np.full(len(cells), tiling.COARSE))
    side = tiling.COARSE + 3
    flux = builder.build(coarse)[1][tiling.EMPTY_TEXELS :].reshape(len(cells), side, side)
    thin = flux.max(axis=(1, 2)) > THIN_FLUX
    x, y = grid.centres_km()
    scale = 1.0 + (x[row, column] ** 2 + y[row, column] ** 2) / (4.0 * field_lines.PLANE_RADIUS_KM**2)
    pixel_rad = float(np.linalg.norm(camera.tangent_from_pixel[:, 0]))
    fine = tiling.texels_for(distance[row, column], pixel_rad, 1.0 / scale)
    along = np.where(thin, fine, tiling.COARSE)
    return tiling.lay_tiles(np.tile(cells, (2, 1)), np.concatenate([along, tiling.texels_high(along)]))


class _MapBuilder:
    """The curtains of one instant, staged; builds any set of tiles from them."""

    def __init__(
        self, settings: curtain.AuroraSettings, time_s: float, curtains: curtain.Curtains,
        window: field_lines.Window, magnetic: np.ndarray,
    ) -> None:  # fmt: skip
        self._scalars = (
            np.array([window.x0_km, window.y0_km, window.spacing_km]), time_s, settings.diffuse_fraction,
            settings.soft_energy_kev, np.array([curtains.x0_km, curtain.TRACK_SPACING_KM]),
            np.array(curtains.oval_axis),
        )  # fmt: skip
        groups = curtains.groups if len(curtains.groups) else np.array([[0.0, 1.0, 1.0, 0.0]])
        seeds = curtains.seeds if len(curtains.seeds) else np.zeros(1, np.int32)
        tracks = curtains.tracks if len(curtains.tracks) else np.zeros((1, *curtains.tracks.shape[1:]))
        tables = (groups, seeds, curtain.TWISTS, curtain.RAYS, tracks, curtains.oval, magnetic)
        self._tables = tuple(devices.upload(table) for table in tables)

    def build(self, tiles: tiling.Tiles) -> tuple[Any, np.ndarray]:
        """Return the texels on the device, [texel, 4], and the thin arcs' part of each on the host."""
        texels, thin = devices.empty((tiles.total, 4), vectors=True), devices.empty((tiles.total,))
        texels.fill(0.0)
        thin.fill(0.0)
        axis, time_s, diffuse, soft, track_axis, oval_axis = self._scalars
        footprint.build_tiles(
            devices.upload(tiles.device_rows()), devices.upload(tiles.device_tiles()), tiling.CELL_KM, axis, time_s,
            diffuse, soft, track_axis, oval_axis, *self._tables, texels, thin,
        )  # fmt: skip
        return texels, thin.to_numpy()


def march_aurora(
    stage: AuroraStage | None, layers: np.ndarray, transmittance: np.ndarray, camera: Any, position_km: np.ndarray,
    first_row: int, rows: int, rising: np.ndarray | None = None,
) -> np.ndarray:  # fmt: skip
    """Return rayleighs [line, row, column] (all catalogue lines) of some rows of the picture, float32.

    `layers` [layer, 7] as `shaders.march.layers_tile` reads them; `transmittance` [node, line] against the tangent
    altitude, NODES_PER_KM nodes per km from 0 up; `rising` [node, line] against the root of the zenith's cosine, for
    rays that only climb (None: from above the air, which is clear).
    """
    view = (
        first_row, np.asarray(position_km), np.asarray(camera.itrs_from_camera), np.asarray(camera.tangent_from_pixel),
        np.asarray(camera.reference_pixel, float),
    )  # fmt: skip
    out = devices.empty((transmittance.shape[1], rows, camera.columns))
    out.fill(0.0)
    clear = np.ones((2, transmittance.shape[1]))
    seen = devices.upload(transmittance), devices.upload(clear if rising is None else rising)
    if stage is not None:
        a = stage.arrays
        march.aurora_tile(
            *view, stage.step_scale, stage.sphere, stage.field_axis, stage.cells_axis, stage.table_axis, NODES_PER_KM,
            a["field"], a["cells"], a["texels"], a["table"], *seen, out,
        )  # fmt: skip
    if len(layers):
        march.layers_tile(*view, NODES_PER_KM, devices.upload(layers), devices.upload(_GAUSS), *seen, out)
    return out.to_numpy().astype(np.float32)


def _gauss_legendre(nodes: int) -> np.ndarray:
    """Return [node, 2] places and weights on 0..1."""
    place, weight = np.polynomial.legendre.leggauss(nodes)
    return np.column_stack([0.5 * (place + 1.0), 0.5 * weight])


_GAUSS = _gauss_legendre(20)
