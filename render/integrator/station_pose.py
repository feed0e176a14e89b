"""Where the station stands before the camera: its pose, the pixels that its parts may cover, rays through the lens."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from render.station.composition import groups, turn
from render.station.parts import PartTable, station, table, wings
from render.station.settings import StationSettings
from shaders.station.pixels import Sample
from shaders.station.shapes import Bound

EARTH_ROTATION_RAD_S = 7.292115e-5  # rad s-1, WGS84
CLIP_M = 0.05  # m, parts are bounded from this distance in front of the camera


class CameraLike(Protocol):
    """What is needed of the camera.

    direction_camera = normalise([u, v, 1]) with [u, v] = tangent_from_pixel @ (pixel - reference_pixel), pixels from 1.
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
    settings: StationSettings, camera: CameraLike, observer: ObserverLike
) -> tuple[PartTable, np.ndarray, np.ndarray]:
    """Return the parts, station_from_camera (3x3) and the camera's position in the parts' frame, m."""
    if settings.frame == "lvlh":
        station_from_camera = itrs_from_lvlh(observer).T @ camera.itrs_from_camera
        parts = table([*station(), *wings(settings.array_angle_deg)])
        return parts, station_from_camera, np.array(settings.window_position_m)
    placed = []
    for group in groups(settings):
        x = 0.5 + group.frame_point[0] * camera.columns  # pixels from 1: the frame spans 0.5 .. columns + 0.5
        y = 0.5 + group.frame_point[1] * camera.rows
        tangent = camera.tangent_from_pixel @ (np.array([x, y]) - camera.reference_pixel)
        rotation = turn(group.anchor, np.array([*tangent, 1.0]))
        placed += [p.moved(rotation) for p in group.parts]
    return table(placed), np.eye(3), np.zeros(3)


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

    Each of the side x side cells of the pixel is paired with another cell of the lens, each used once.
    """
    index = np.arange(side * side)
    across, down = index % side, index // side
    pixel = (np.stack([across, down], axis=1) + 0.5) / side - 0.5
    # (across, down) -> (across + down, across + 2 down): determinant 1, so each lens cell comes once for any side
    square = (np.stack([(down + across) % side, (across + down * 2) % side], axis=1) + 0.5) / side * 2.0 - 1.0
    samples = np.empty((side * side, 4))
    samples[:, [Sample.RIGHT, Sample.DOWN]] = pixel
    samples[:, [Sample.LENS_RIGHT, Sample.LENS_DOWN]] = _disc(square)
    return samples


def _disc(square: np.ndarray) -> np.ndarray:
    """Map [-1, 1]^2 to the unit disc keeping areas (Shirley & Chiu 1997)."""
    a, b = square[:, 0], square[:, 1]
    wide = np.abs(a) > np.abs(b)
    r = np.where(wide, a, b)
    small = np.where(wide, b, a) / np.where(r == 0.0, 1.0, r) * np.pi / 4.0
    angle = np.where(wide, small, np.pi / 2.0 - small)
    return np.stack([r * np.cos(angle), r * np.sin(angle)], axis=1)


def projected_bounds(
    parts: PartTable, station_from_camera: np.ndarray, position_m: np.ndarray, camera: CameraLike
) -> np.ndarray:
    """Return each part's pixel box [part, 4] int32 (`shaders.station.shapes.Bound`), from 1, clipped to the frame.

    Corners of the part's box, and the points where its edges come nearer than CLIP_M, widened by the lens' blur and
    one pixel. A part out of the frame has first > last.
    """
    pixel_from_tangent = np.linalg.inv(camera.tangent_from_pixel)
    lens, limit = lens_radius_m(camera), np.array([camera.columns, camera.rows])
    boxes = np.empty((len(parts), 4), dtype=np.int32)
    for i in range(len(parts)):
        corners = _corners(parts.centre_m[i], parts.axes[i], parts.half_m[i]) - position_m
        points = _in_front(corners @ station_from_camera)
        if len(points) == 0:
            boxes[i, [Bound.FIRST_COLUMN, Bound.FIRST_ROW]] = 1
            boxes[i, [Bound.LAST_COLUMN, Bound.LAST_ROW]] = 0
            continue
        tangents = points[:, :2] / points[:, 2:]
        blur = lens / points[:, 2:] @ np.ones((1, 2)) @ np.abs(pixel_from_tangent).T
        pixels = tangents @ pixel_from_tangent.T + camera.reference_pixel
        low = np.floor((pixels - blur).min(axis=0)) - 1
        high = np.ceil((pixels + blur).max(axis=0)) + 1
        firsts, lasts = np.clip(low, 1, limit + 1), np.clip(high, 0, limit)
        boxes[i, Bound.FIRST_COLUMN], boxes[i, Bound.FIRST_ROW] = firsts
        boxes[i, Bound.LAST_COLUMN], boxes[i, Bound.LAST_ROW] = lasts
    return boxes


def _corners(centre: np.ndarray, axes: np.ndarray, half: np.ndarray) -> np.ndarray:
    """Return the eight corners [8, 3] of an oriented box; corner k has the signs of k's bits."""
    signs = np.array([[(k >> j & 1) * 2 - 1 for j in range(3)] for k in range(8)])
    return centre + (signs * half) @ axes


def _in_front(corners: np.ndarray) -> np.ndarray:
    """Return the corners beyond CLIP_M and the points where the box's edges cross it."""
    depth = corners[:, 2] - CLIP_M
    points = [corners[k] for k in range(8) if depth[k] >= 0.0]
    for a in range(8):
        for b in (a | 1, a | 2, a | 4):
            if a != b and (depth[a] < 0.0) != (depth[b] < 0.0):
                points.append(corners[a] + (corners[b] - corners[a]) * depth[a] / (depth[a] - depth[b]))
    return np.array(points)
