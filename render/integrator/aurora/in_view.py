"""Which cells of the plane a camera may see light above, and how far away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from render.core.geodesy import component
from render.core.units import EARTH_A_KM, EARTH_B_KM, EARTH_MEAN_RADIUS_KM
from render.geophysics.field.field_lines import FieldLineMap, direction_from_plane
from render.integrator.aurora.tiles import CELL_KM, Grid
from render.integrator.view import is_rectilinear

# km at which a cell's light is looked for on the picture, from 75 to 800: no point is farther than SEEN_WITHIN_KM from
# one of them, half the way between two (40 km) and half a cell's diagonal (23 km) at right angles
LIT_ALTITUDES_KM = (95.0, 130.0, 200.0, 280.0, 360.0, 440.0, 520.0, 600.0, 680.0, 760.0)
SEEN_WITHIN_KM = 1.5 * CELL_KM
CLOSE_KM = 3.0 * CELL_KM  # km: light nearer than that is looked for all around
# Cells along a block, which is looked into where some of it may be in view; km from the light above its middle within
# which that of its cells lies (160 on the plane at 110 km, 180 at 800 km, and how field lines there differ), and
# SEEN_WITHIN_KM in both directions
BLOCK, BLOCK_WITHIN_KM = 8, 320.0
FAR_KM = 4900.0  # km, the farthest light from the station: rays that graze 60 km, from 430 km up to 600 km
GRAZING_KM, HIGHEST_FAR_KM = 60.0, 600.0  # km, of such rays: altitude of the lowest point, and of the farthest light


def seen_distance_km(
    grid: Grid, field: FieldLineMap, hemisphere: int, camera: Any, position_km: np.ndarray
) -> np.ndarray:
    """Return for each cell [rows, columns] the distance of its nearest visible light, km; inf where none is in view.

    The light above a footprint stands up its field line; the cubic shift of the field map, evaluated at the footprint
    instead of the point, places it within a few km. The grid's edge is never in view: the march takes places beyond the
    grid for those at its edge.
    """
    looked_at = _blocks_in_view(grid, field, hemisphere, camera, position_km)
    x, y = (part[looked_at] for part in grid.centres_km())
    nearest, farthest = np.full(x.shape, np.inf), farthest_km(position_km)
    for ray in _rays_to_light(x, y, field, hemisphere, position_km):
        distance = np.linalg.norm(ray, axis=-1)
        inside = _in_frame(camera, ray, distance) if is_rectilinear(camera) else _in_cone(camera, ray, distance)
        close = distance < CLOSE_KM  # all around the observer
        nearest = np.where((inside | close) & (distance < farthest), np.minimum(nearest, distance), nearest)
    found = np.full(looked_at.shape, np.inf)
    found[looked_at] = nearest
    found[[0, -1]] = found[:, [0, -1]] = np.inf
    return found


def _blocks_in_view(
    grid: Grid, field: FieldLineMap, hemisphere: int, camera: Any, position_km: np.ndarray
) -> np.ndarray:
    """Return which cells [rows, columns] are looked at one by one: those of blocks that come near the cone of view."""
    x = (grid.first_column + BLOCK * (np.arange(-(-grid.columns // BLOCK)) + 0.5)) * CELL_KM
    y = (grid.first_row + BLOCK * (np.arange(-(-grid.rows // BLOCK)) + 0.5)) * CELL_KM
    near, farthest = np.zeros((len(y), len(x)), bool), farthest_km(position_km)
    for ray in _rays_to_light(x[None, :], y[:, None], field, hemisphere, position_km):
        distance = np.linalg.norm(ray, axis=-1)
        seen = _in_cone(camera, ray, distance, BLOCK_WITHIN_KM) & (distance - BLOCK_WITHIN_KM < farthest)
        near |= seen | (distance < CLOSE_KM + BLOCK_WITHIN_KM)
    return near.repeat(BLOCK, axis=0).repeat(BLOCK, axis=1)[: grid.rows, : grid.columns]


def _in_frame(camera: Any, ray: np.ndarray, distance: np.ndarray) -> np.ndarray:
    """Return which ways [..., 3], of lengths `distance`, end within SEEN_WITHIN_KM of a rectilinear camera's frame."""
    margin = SEEN_WITHIN_KM / np.maximum(distance, CELL_KM) / np.linalg.norm(camera.tangent_from_pixel[:, 0])
    column, row, ahead = camera.project(ray)
    inside = (column > -margin) & (column < camera.columns + margin) & (row > -margin) & (row < camera.rows + margin)
    return np.asarray(inside & ahead)


def _in_cone(camera: Any, ray: np.ndarray, distance: np.ndarray, within_km: float = SEEN_WITHIN_KM) -> np.ndarray:
    """Return which ways [..., 3], of lengths `distance`, end within so many km of the cone that holds a frame."""
    off_axis = np.arccos(np.clip(component(ray, camera.itrs_from_camera[:, 2]) / distance, -1.0, 1.0))
    wide = np.arcsin(np.clip(within_km / distance, 0.0, 1.0))
    return np.asarray(off_axis - wide < camera.widest_angle_rad())


def _rays_to_light(
    x: np.ndarray, y: np.ndarray, field: FieldLineMap, hemisphere: int, position_km: np.ndarray
) -> Iterator[np.ndarray]:
    """Yield the ways [..., 3], ITRS km, from a position to the light above footprints, at each of LIT_ALTITUDES_KM."""
    feet = field.footprint(x, y, np.array(LIT_ALTITUDES_KM).reshape(-1, *[1] * x.ndim))
    for altitude, foot_x, foot_y in zip(LIT_ALTITUDES_KM, *feet, strict=True):
        direction = direction_from_plane(2.0 * x - foot_x, 2.0 * y - foot_y, hemisphere)
        axes = altitude + np.array([EARTH_A_KM, EARTH_A_KM, EARTH_B_KM])
        yield direction / np.linalg.norm(direction / axes, axis=-1, keepdims=True) - position_km  # to the shell


def farthest_km(position_km: np.ndarray) -> float:
    """Return how far from a position, ITRS km, light can be seen: FAR_KM, and from higher up as the horizon has it."""
    grazed = EARTH_MEAN_RADIUS_KM + GRAZING_KM
    radii = np.array([np.linalg.norm(position_km), EARTH_MEAN_RADIUS_KM + HIGHEST_FAR_KM])
    return max(FAR_KM, float(np.sqrt(np.maximum(radii**2 - grazed**2, 0.0)).sum()))
