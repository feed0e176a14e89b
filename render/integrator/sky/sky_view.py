"""The sky-view table: which rays are marched, and how the table is laid out.

Path light is a smooth function of direction once directions are counted from the horizon, so a few thousand rays stand
for all pixels. Everything is laid out in scaled space, p / (a, a, b), where Earth is the unit sphere: the angle of the
horizon is one number there. Positions are those of the picture of straight rays (`OpticalAir.shrink`), so that the
horizon is the apparent one. The table depends on the instant.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from render.atmosphere.extinction import TOP_KM
from render.core.geodesy import component
from render.core.units import EARTH_A_KM, EARTH_B_KM
from render.integrator.quality import quality_named
from render.integrator.sky.scattered import WGS84_KM, rays_through
from render.integrator.view import along, is_rectilinear
from shaders.sky import pixels as sky_shader

GROUND_ROWS, AIR_ROWS = 129, 241
FIRST_ROW_KM = 0.05  # tangent altitude of the second air row
AZIMUTH_STEP_RAD = np.radians(1.25)
FEWEST_AZIMUTHS, FULL_TURN_RAD = 33, np.radians(300.0)
# Of the table's azimuths every so many is marched, those between are cubic: 95 % of a frame's sky is within 0.5 % of a
# table with thrice the azimuths (0.2 % if all are marched; rows are another matter, where shadows end)
AZIMUTHS_APART = 3
FLOOR = 1.0e-13  # W m-2 sr-1 nm-1: logarithmic above, linear below; 1e-4 of the darkest ground under stars


@dataclass(frozen=True)
class ViewLayout:
    """Where the table's nodes lie, seen from one place.

    `frame` [3, 3] rows ahead, left, up in scaled space; `horizon` rad from the nadir, `highest` rad above the horizon,
    both there; `power` spacing of the air rows; `azimuths` [column] rad from ahead.
    """

    frame: np.ndarray
    horizon: float
    highest: float
    power: float
    azimuths: np.ndarray
    ground_rows: int
    air_rows: int


def row_angles(layout: ViewLayout) -> np.ndarray:
    """Return the angle above the horizon, rad, of each row: ground from the horizon down, then air from it up."""
    ground = -layout.horizon * np.linspace(0.0, 1.0, layout.ground_rows) ** sky_shader.GROUND_POWER
    return np.concatenate([ground, layout.highest * np.linspace(0.0, 1.0, layout.air_rows) ** layout.power])


def view_layout(position_km: np.ndarray, ahead: np.ndarray, camera: Any = None) -> ViewLayout:
    """Return the layout for an observer, ITRS km, azimuths about the direction `ahead`; all round without camera.

    A camera's quality says how many rows there are.
    """
    q = np.asarray(position_km, dtype=np.float64) / WGS84_KM
    distance = max(float(np.linalg.norm(q)), 1.0 + 1e-9)
    up = q / np.linalg.norm(q)
    horizon = float(np.arcsin(1.0 / distance))
    reach = (1.0 + TOP_KM / EARTH_B_KM) / distance
    highest = float(np.arcsin(reach)) - horizon if reach < 1.0 else np.pi - horizon
    limb_km = max(float(np.sqrt(distance**2 - 1.0)) * EARTH_A_KM, 10.0)
    apart = quality_named(getattr(camera, "quality", "standard")).sky_rows_apart
    ground_rows, air_rows = ((rows - 1) // apart + 1 for rows in (GROUND_ROWS, AIR_ROWS))
    power = float(np.clip(np.log(highest * limb_km / FIRST_ROW_KM) / np.log(air_rows - 1.0), 1.0, 4.0))
    frame = _frame(up, np.asarray(ahead, dtype=np.float64) / WGS84_KM)
    return ViewLayout(frame, horizon, highest, power, _azimuths(frame, camera), ground_rows, air_rows)


def view_rays(layout: ViewLayout, position_km: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (directions, lowest points, shapes) of the rays that are marched, [row x azimuth, ...]."""
    angle = layout.horizon + row_angles(layout)
    theta, phi = np.meshgrid(angle, layout.azimuths[::AZIMUTHS_APART], indexing="ij")
    local = np.stack([np.sin(theta) * np.cos(phi), np.sin(theta) * np.sin(phi), -np.cos(theta)], axis=-1)
    direction = np.stack([component(local.reshape(-1, 3), axis) for axis in layout.frame.T], axis=-1) * WGS84_KM
    direction /= np.linalg.norm(direction, axis=-1, keepdims=True)
    on_ground = np.repeat(np.arange(len(angle)) < layout.ground_rows, phi.shape[1])
    origin = np.broadcast_to(np.asarray(position_km, dtype=np.float64), direction.shape)
    return direction, *rays_through(origin, direction, WGS84_KM, on_ground)


def all_azimuths(layout: ViewLayout, marched: np.ndarray) -> np.ndarray:
    """Return the table [row, azimuth, column] of values at the rays of `view_rays`, [ray, column]; cubic between."""
    spans = len(layout.azimuths[::AZIMUTHS_APART]) - 1
    at = marched.astype(np.float64).reshape(-1, spans + 1, marched.shape[-1])
    table = np.empty((len(at), AZIMUTHS_APART * spans + 1, marched.shape[-1]))
    table[:, ::AZIMUTHS_APART] = at
    for step in range(1, AZIMUTHS_APART):
        between, part = table[:, step::AZIMUTHS_APART], step / AZIMUTHS_APART
        # Through the nearest four; at either end three of them lie to one side
        between[:, :1] = _cubic(part, [at[:, k : k + 1] for k in range(4)])
        between[:, 1:-1] = _cubic(1.0 + part, [at[:, k : k + spans - 2] for k in range(4)])
        between[:, -1:] = _cubic(2.0 + part, [at[:, spans - 3 + k : spans - 2 + k] for k in range(4)])
    return table


def _cubic(place: float, values: list[np.ndarray]) -> np.ndarray:
    """Return the cubic through values at 0, 1, 2 and 3, at a place between (Lagrange)."""
    weights = [math.prod((place - n) / (k - n) for n in range(4) if n != k) for k in range(4)]
    return np.asarray(sum(weight * value for weight, value in zip(weights, values, strict=True)))


def _frame(up: np.ndarray, ahead: np.ndarray) -> np.ndarray:
    """Return rows (ahead, left, up), orthonormal; where `ahead` is vertical any azimuth will do."""
    level = ahead - (ahead @ up) * up
    if np.linalg.norm(level) < 1e-6 * np.linalg.norm(ahead):
        level = np.cross(up, np.eye(3)[np.argmin(np.abs(up))])
    level /= np.linalg.norm(level)
    return np.stack([level, np.cross(up, level), up])


def _azimuths(frame: np.ndarray, camera: Any) -> np.ndarray:
    """Return evenly spaced azimuths: those that the camera sees, or a whole turn."""
    low, high = -np.pi, np.pi
    if camera is not None and not any(_in_picture(camera, s * frame[2] * WGS84_KM) for s in (1.0, -1.0)):
        x, y = np.meshgrid(np.linspace(0.0, camera.columns + 1.0, 41), np.linspace(0.0, camera.rows + 1.0, 41))
        seen = along(camera, x, y) @ np.asarray(camera.itrs_from_camera).T
        q = (seen / WGS84_KM) @ frame.T
        phi = np.arctan2(q[..., 1], q[..., 0])
        margin = 0.02 * np.ptp(phi)  # the extremes may fall between the sampled pixels
        if np.ptp(phi) < FULL_TURN_RAD:
            low, high = phi.min() - margin, phi.max() + margin
    count = max(int(np.ceil((high - low) / AZIMUTH_STEP_RAD)), FEWEST_AZIMUTHS - 1)
    spans = max(-(-count // AZIMUTHS_APART), 3)  # a cubic needs four
    return np.linspace(low, high, AZIMUTHS_APART * spans + 1)


def _in_picture(camera: Any, direction: np.ndarray) -> bool:
    """Say whether a direction falls in the picture or close to it."""
    if not is_rectilinear(camera):
        axis = np.asarray(camera.itrs_from_camera)[:, 2]
        off_axis = np.arctan2(np.linalg.norm(np.cross(axis, direction)), axis @ direction)
        return bool(off_axis < 1.1 * camera.widest_angle_rad())
    x, y, z = direction @ np.asarray(camera.itrs_from_camera)
    if z <= 0.0:
        return False
    pixel = np.linalg.solve(np.asarray(camera.tangent_from_pixel), [x / z, y / z]) + camera.reference_pixel
    size = np.array([camera.columns, camera.rows])
    return bool(np.all(pixel > -0.1 * size) and np.all(pixel < 1.1 * size))
