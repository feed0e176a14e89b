"""Where the station stands before the camera: its pose, the pixels that it may cover, rays through the lens."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from render.integrator.view import along, is_rectilinear
from render.station.composition import Instance, groups, turn, whole_station
from render.station.settings import StationSettings
from shaders.station.pixels import TILE, Sample

EARTH_ROTATION_RAD_S = 7.292115e-5  # rad s-1, WGS84
CLIP_M = 0.05  # m, boxes are bounded from this distance in front of the camera
CELL_GAIN = 1.5  # of a cell's half diagonal, as seen from its middle: corners of cells at an image circle lie askew
MOST_PIECES = 4  # of a box's longest side
MOST_CELLS, CONES_AT_ONCE = 64, 1024  # along a picture's longer side that are asked about; of which matrices are made
_EDGES = np.array([(a, a | bit) for a in range(8) for bit in (1, 2, 4) if not a & bit])
"""Corners of a box at either end of its edges; corner k lies on the high side of the axes that are k's bits."""


class CameraLike(Protocol):
    """What is needed of the camera.

    A rectilinear one looks along [u, v, 1], [u, v] = tangent_from_pixel @ (pixel - reference_pixel), pixels from 1.
    """

    @property
    def rows(self) -> int: ...  # noqa: D102
    @property
    def columns(self) -> int: ...  # noqa: D102
    @property
    def photosite_area_m2(self) -> float: ...  # noqa: D102
    @property
    def f_number(self) -> float: ...  # noqa: D102
    @property
    def tangent_from_pixel(self) -> np.ndarray: ...  # noqa: D102
    @property
    def reference_pixel(self) -> np.ndarray: ...  # noqa: D102
    @property
    def itrs_from_camera(self) -> np.ndarray: ...  # noqa: D102


class ObserverLike(Protocol):
    """What is needed of the observer: ITRS position, km, and Earth-fixed velocity, km s-1."""

    @property
    def position_km(self) -> np.ndarray: ...  # noqa: D102
    @property
    def velocity_km_s(self) -> np.ndarray: ...  # noqa: D102


def pose(
    settings: StationSettings, camera: CameraLike, observer: ObserverLike, sun_itrs: np.ndarray
) -> tuple[list[Instance], np.ndarray, np.ndarray]:
    """Return the station's meshes, station_from_camera (3x3) and the camera's position in their frame, m.

    `sun_itrs` [3]: direction of the Sun, for wings that track it.
    """
    if settings.frame == "lvlh":
        station_from_itrs = itrs_from_lvlh(observer).T
        placed = whole_station(settings, station_from_itrs @ sun_itrs if settings.track_sun else None)
        return placed, station_from_itrs @ camera.itrs_from_camera, np.array(settings.window_position_m)
    placed = []
    sun = camera.itrs_from_camera.T @ sun_itrs if settings.track_sun else None
    for group in groups(settings, sun):
        x = 0.5 + group.frame_point[0] * camera.columns  # pixels from 1: the frame spans 0.5 .. columns + 0.5
        y = 0.5 + group.frame_point[1] * camera.rows
        rotation = turn(group.anchor, along(camera, np.asarray(x), np.asarray(y)))
        placed += [one.moved(rotation) for one in group.instances]
    return placed, np.eye(3), np.zeros(3)


def itrs_from_lvlh(observer: ObserverLike) -> np.ndarray:
    """Return the 3x3 from the level flying frame (x velocity, y starboard, z nadir) to ITRS.

    Flight is by the inertial velocity, v + omega x r: so a fixed observer looks forward to the east.
    """
    position = np.asarray(observer.position_km, dtype=float)
    velocity = np.asarray(observer.velocity_km_s, dtype=float)
    velocity = velocity + np.cross([0.0, 0.0, EARTH_ROTATION_RAD_S], position)
    nadir = -position / np.linalg.norm(position)
    starboard = np.cross(nadir, velocity)
    if np.linalg.norm(starboard) < 1e-9:  # km s-1; at rest above a pole any heading serves
        starboard = np.cross(nadir, [1.0, 0.0, 0.0])
    starboard = starboard / np.linalg.norm(starboard)
    return np.column_stack([np.cross(starboard, nadir), starboard, nadir])


def lens_radius_m(camera: CameraLike) -> float:
    """Return the entrance pupil's radius, m: focal length / f-number / 2; photosite area = focal length^2 x det."""
    focal_m = float(np.sqrt(camera.photosite_area_m2 / abs(np.linalg.det(camera.tangent_from_pixel))))
    return focal_m / camera.f_number / 2.0


def ray_samples(side: int) -> np.ndarray:
    """Return stratified samples [side^2, 4] (`shaders.station.pixels.Sample`): offset in the pixel, point on the unit
    lens.

    Each of the side x side cells of the pixel is paired with another cell of the lens, each used once. The first
    `side` lie one in each row and each column of the pixel, and of the lens.
    """
    step, ((a, b), (c, d)) = pairing(side)
    index = np.arange(side * side)
    down = index % side
    across = (step * down + index // side) % side
    pixel = (np.stack([across, down], axis=1) + 0.5) / side - 0.5
    square = (
        np.stack([(a * across + b * down) % side, (c * across + d * down) % side], axis=1) + 0.5
    ) / side * 2.0 - 1.0
    samples = np.empty((side * side, 4))
    samples[:, [Sample.RIGHT, Sample.DOWN]] = pixel
    samples[:, [Sample.LENS_RIGHT, Sample.LENS_DOWN]] = _disc(square)
    return samples


def pairing(side: int) -> tuple[int, tuple[tuple[int, int], tuple[int, int]]]:
    """Return how far columns step from row to row in the first samples, and the matrix from pixel to lens cells.

    Whole numbers modulo `side`: the matrix's determinant, and what it makes of (step, 1), have no divisor in common
    with it, so each cell, row and column comes once.
    """
    matrices = (((1, 2), (2, 1)), ((1, 1), (1, 0)), ((1, 0), (0, 1)))
    for step in (2, 3, 1):
        for (a, b), (c, d) in matrices:
            units = step, a * d - b * c, a * step + b, c * step + d
            if all(np.gcd(unit, side) == 1 for unit in units):
                return step, ((a, b), (c, d))
    raise ValueError(f"no pairing of {side} x {side} cells")


def _disc(square: np.ndarray) -> np.ndarray:
    """Map [-1, 1]^2 to the unit disc keeping areas (Shirley & Chiu 1997)."""
    a, b = square[:, 0], square[:, 1]
    wide = np.abs(a) > np.abs(b)
    r = np.where(wide, a, b)
    small = np.where(wide, b, a) / np.where(r == 0.0, 1.0, r) * np.pi / 4.0
    angle = np.where(wide, small, np.pi / 2.0 - small)
    return np.stack([r * np.cos(angle), r * np.sin(angle)], axis=1)


def tile_mask(
    boxes: np.ndarray, station_from_camera: np.ndarray, position_m: np.ndarray, camera: CameraLike
) -> np.ndarray:  # fmt: skip
    """Return int32 [cell row, cell column]: 1 where one of the boxes may be seen in a cell of TILE x TILE pixels.

    `boxes` [k, 8, 3]: corners, station frame, m. Their projections are widened by the lens' blur and one pixel; those
    of a lens that is not rectilinear are bounded by cones.
    """
    if not is_rectilinear(camera) or getattr(camera, "distortion", None) is not None:
        return cone_mask((boxes - position_m) @ station_from_camera, camera)
    mask = np.zeros((-(-camera.rows // TILE), -(-camera.columns // TILE)), dtype=np.int32)
    first, last = projected_bounds(boxes, station_from_camera, position_m, camera)
    for (left, upper), (right, lower) in zip((first - 1) // TILE, (last - 1) // TILE, strict=True):
        if left <= right and upper <= lower:
            mask[upper : lower + 1, left : right + 1] = 1
    return mask


def cone_mask(boxes: np.ndarray, camera: CameraLike) -> np.ndarray:
    """Return the mask of `tile_mask` for boxes [k, 8, 3] in camera axes, m, from the camera, whatever the projection.

    By cones about boxes, the long ones cut in pieces, and about cells; of large pictures about some cells at once.
    """
    shape = -(-camera.rows // TILE), -(-camera.columns // TILE)
    side = -(-max(shape) // MOST_CELLS)
    rows, columns = (-(-cells // side) for cells in shape)
    x, y = np.meshgrid(*(side * TILE * np.arange(n + 1.0) + 0.5 for n in (columns, rows)))
    corners = _unit(along(camera, x, y))
    middles = _unit(along(camera, *(0.5 * (a[1:, 1:] + a[:-1, :-1]) for a in (x, y))))
    around = [corners[i : rows + i, j : columns + j] for i in (0, 1) for j in (0, 1)]
    apart = np.max([np.linalg.norm(middles - one, axis=-1) for one in around], axis=0).ravel()  # chords: below arcs
    cell = 2.0 * np.arcsin(np.minimum(0.5 * CELL_GAIN * apart, 1.0))
    centres, radii = _spheres(boxes)
    distance, lens = np.linalg.norm(centres, axis=1), lens_radius_m(camera)
    if (distance <= radii + lens + CLIP_M).any():  # among its parts
        return np.ones(shape, np.int32)
    cone = np.arcsin((radii + lens) / distance)
    seen = np.zeros(rows * columns, bool)
    for k in range(0, len(cone), CONES_AT_ONCE):
        part = np.s_[k : k + CONES_AT_ONCE]
        together = np.minimum(cell[:, None] + cone[part], np.pi)
        seen |= (middles.reshape(-1, 3) @ _unit(centres[part]).T >= np.cos(together)).any(axis=1)
    whole = seen.reshape(rows, columns).repeat(side, axis=0).repeat(side, axis=1)
    return whole[: shape[0], : shape[1]].astype(np.int32)


def _unit(vectors: np.ndarray) -> np.ndarray:
    found: np.ndarray = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
    return found


def _spheres(boxes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return centres [n, 3] and radii [n], m, of spheres that hold boxes [k, 8, 3], the longer ones cut up."""
    centres, radii = [], []
    for box in boxes:
        sides = np.stack([box[4] - box[0], box[2] - box[0], box[1] - box[0]])
        lengths = np.linalg.norm(sides, axis=1)
        pieces = np.clip(np.ceil(lengths / max(lengths.min(), lengths.max() / MOST_PIECES, 1e-9)), 1, MOST_PIECES)
        at = np.stack(np.meshgrid(*((np.arange(n) + 0.5) / n for n in pieces), indexing="ij"), axis=-1).reshape(-1, 3)
        centres.append(box[0] + at @ sides)
        radii.append(np.full(len(at), 0.5 * np.linalg.norm(lengths / pieces)))
    return np.concatenate(centres), np.concatenate(radii)


def projected_bounds(
    boxes: np.ndarray, station_from_camera: np.ndarray, position_m: np.ndarray, camera: CameraLike
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Return the first and last pixel (column, row) [k, 2] of each box's projection, from 1, clipped to the frame.

    Of the corners, and of the points where edges come nearer than CLIP_M. A box out of the frame has first > last.
    """
    corners = (boxes - position_m) @ station_from_camera
    start, stop = corners[:, _EDGES[:, 0]], corners[:, _EDGES[:, 1]]
    a, b = start[..., 2] - CLIP_M, stop[..., 2] - CLIP_M
    crosses = (a < 0.0) != (b < 0.0)
    share = np.where(crosses, a / np.where(crosses, a - b, 1.0), 0.0)
    points = np.concatenate([corners, start + (stop - start) * share[..., None]], axis=1)
    valid = np.concatenate([corners[..., 2] >= CLIP_M, crosses], axis=1)[..., None]
    depth = np.where(valid, np.maximum(points[..., 2:], 0.5 * CLIP_M), 1.0)
    pixel_from_tangent = np.linalg.inv(camera.tangent_from_pixel)
    blur = lens_radius_m(camera) / depth * np.abs(pixel_from_tangent).sum(axis=1)
    pixels = points[..., :2] / depth @ pixel_from_tangent.T + camera.reference_pixel
    low = np.where(valid, pixels - blur, np.inf).min(axis=1) - 1.0
    high = np.where(valid, pixels + blur, -np.inf).max(axis=1) + 1.0
    limit = np.array([camera.columns, camera.rows])
    first, last = np.floor(np.clip(low, 1, limit + 1)), np.ceil(np.clip(high, 0, limit))
    out = (first > last).any(axis=1)
    first[out], last[out] = 1, 0
    return first.astype(int), last.astype(int)


def box_corners(boxes: np.ndarray, instance: Instance) -> np.ndarray:
    """Return the corners [k, 8, 3], station frame, m, of boxes [k, 6] in an instance's own frame."""
    bits = np.array([[k >> j & 1 for j in range(3)] for k in range(8)], dtype=bool)
    corners = np.where(bits, boxes[:, None, 3:], boxes[:, None, :3])
    found: np.ndarray = corners @ instance.axes + instance.origin_m
    return found
