"""How directions fall on a lens's plane, and back: closed forms for each projection, no iteration.

The plane is counted in focal lengths, p to the right and q down; near the axis all projections are p = x / z, q = y / z
of a direction (x, y, z) in camera axes (x right, y down, z forward). With theta the angle off the axis and r the
distance on the plane from where the axis meets it:

    rectilinear      r = tan theta           below 90 degrees
    equidistant      r = theta               all round
    equisolid        r = 2 sin(theta / 2)    all round
    stereographic    r = 2 tan(theta / 2)    all round but for straight behind
    orthographic     r = sin theta           below 90 degrees
    equirectangular  p: angle to the right about the camera's vertical, q: angle below its horizontal, rad
    cube             six faces side by side, each 2 wide, a horizontal cross about the one in front (see `CROSS`)

Angles come from atan2, never from acos, which loses half its figures near the axis. Past its last angle a fisheye's
plane is given the direction of that angle, so that every pixel has one. Source: Kannala & Brandt 2006, IEEE TPAMI 28,
1335, for the fisheyes.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from render.core.geodesy import Array

FISHEYES = ("equidistant", "equisolid", "stereographic", "orthographic")
PROJECTIONS = ("rectilinear", *FISHEYES, "equirectangular", "cube")
LAST_ANGLE_RAD = {"rectilinear": 0.5 * math.pi, "orthographic": 0.5 * math.pi}
"""Angle off the axis at which a projection ends, where that is not straight behind."""
LEAST = 1e-6  # of what solid angles are a part of or are divided by: where they go to nothing, or beyond all bounds

# Faces as rows (right, down, forward) in the axes of the camera. Named as OpenGL and DirectX name them: +x to the
# right, +y up, +z ahead, each face seen from inside, its first row at the top
FACES = {
    "px": np.array([[0.0, 0.0, -1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]),
    "nx": np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]]),
    "py": np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]]),
    "ny": np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]]),
    "pz": np.eye(3),
    "nz": np.array([[-1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, -1.0]]),
}
CROSS = {"px": (1, 0), "nx": (-1, 0), "py": (0, -1), "ny": (0, 1), "pz": (0, 0), "nz": (2, 0)}
"""(columns to the right, rows down) of each face's cell from the one in front: four cells wide, three high."""


def last_angle_rad(projection: str) -> float:
    """Return the angle off the axis, rad, at which a projection ends."""
    return LAST_ANGLE_RAD.get(projection, math.pi)


def radius_of(projection: str, theta: Array) -> Array:
    """Return the distance from the axis, focal lengths, of angles off it, rad; of a rectilinear lens or a fisheye."""
    half = 0.5 * theta
    of = {
        "rectilinear": lambda: np.tan(theta),
        "equidistant": lambda: theta,
        "equisolid": lambda: 2.0 * np.sin(half),
        "stereographic": lambda: 2.0 * np.tan(half),
        "orthographic": lambda: np.sin(theta),
    }
    return np.asarray(of[projection](), dtype=np.float64)


def angle_of(projection: str, radius: Array) -> Array:
    """Return the angle off the axis, rad, of distances from it; beyond the last angle that angle."""
    half = 0.5 * radius
    of = {
        "rectilinear": lambda: np.arctan(radius),
        "equidistant": lambda: np.minimum(radius, math.pi),
        "equisolid": lambda: 2.0 * np.arcsin(np.minimum(half, 1.0)),
        "stereographic": lambda: 2.0 * np.arctan(half),
        "orthographic": lambda: np.arcsin(np.minimum(radius, 1.0)),
    }
    return np.asarray(of[projection](), dtype=np.float64)


def directions(projection: str, p: Array, q: Array) -> Array:
    """Return directions [..., 3], camera axes, of places on the plane: (p, q, 1) of a rectilinear lens, else of unit
    length."""
    if projection == "rectilinear":
        return np.stack([p, q, np.ones_like(p)], axis=-1)
    if projection == "equirectangular":
        return np.stack([np.sin(p) * np.cos(q), np.sin(q), np.cos(p) * np.cos(q)], axis=-1)
    if projection == "cube":
        return _on_cube(p, q)
    radius = np.hypot(p, q)
    theta = angle_of(projection, radius)
    aside = np.where(radius > 0.0, np.sin(theta) / np.where(radius > 0.0, radius, 1.0), 1.0)
    return np.stack([p * aside, q * aside, np.cos(theta)], axis=-1)


def plane(projection: str, x: Array, y: Array, z: Array) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Return (p, q, seen) of directions of any length, camera axes; NaN where not seen, past the last angle."""
    if projection == "rectilinear":
        seen = z > 0.0
        depth = np.where(seen, z, np.nan)
        return x / depth, y / depth, seen
    if projection == "equirectangular":
        return np.arctan2(x, z), np.arctan2(y, np.hypot(x, z)), np.ones(np.shape(x), bool)
    if projection == "cube":
        return *_on_cross(x, y, z), np.ones(np.shape(x), bool)
    aside = np.hypot(x, y)
    theta = np.arctan2(aside, z)
    seen = theta < last_angle_rad(projection)
    with np.errstate(invalid="ignore", divide="ignore"):
        scale = np.where(aside > 0.0, radius_of(projection, theta) / aside, 1.0 / np.abs(z))
    scale = np.where(seen, scale, np.nan)
    return x * scale, y * scale, seen


def steradians(projection: str, p: Array, q: Array) -> Array:
    """Return the solid angle, sr, of a unit of the plane's area at places on it; past the last angle as there."""
    if projection == "equirectangular":
        return np.cos(q) * np.ones_like(p)
    if projection == "cube":
        a, b = p - 2.0 * np.floor(0.5 * (p + 1.0)), q - 2.0 * np.floor(0.5 * (q + 1.0))
        return np.asarray((1.0 + a * a + b * b) ** -1.5)
    squared = np.asarray(p * p + q * q)
    of = {
        "rectilinear": lambda: (1.0 + squared) ** -1.5,
        "equidistant": lambda: np.maximum(np.sinc(np.minimum(np.sqrt(squared) / math.pi, 1.0)), LEAST),
        "equisolid": lambda: np.ones_like(squared),
        "stereographic": lambda: (1.0 + 0.25 * squared) ** -2,
        "orthographic": lambda: np.maximum(1.0 - squared, LEAST) ** -0.5,
    }
    return np.asarray(of[projection]())


def on_picture(projection: str, p: Array, q: Array) -> NDArray[np.bool_]:
    """Return whether places on the plane show anything: not past the last angle, nor in a corner of the cross."""
    if projection in ("rectilinear", "stereographic"):
        return np.ones(np.broadcast(p, q).shape, bool)
    if projection == "equirectangular":
        return np.asarray((np.abs(p) <= math.pi) & (np.abs(q) <= 0.5 * math.pi))
    if projection == "cube":
        i, j = np.floor(0.5 * (p + 1.0)), np.floor(0.5 * (q + 1.0))
        return np.asarray(((j == 0) & (i >= -1) & (i <= 2)) | ((i == 0) & (np.abs(j) == 1)))
    return np.asarray(np.hypot(p, q) <= radius_of(projection, np.array(last_angle_rad(projection))))


def _on_cube(p: Array, q: Array) -> Array:
    """Return unit directions of places on the cross; a corner beside the upper or lower face has that of its edge."""
    row = np.clip(np.floor(0.5 * (q + 1.0)), -1.0, 1.0)
    column = np.where(row == 0.0, np.clip(np.floor(0.5 * (p + 1.0)), -1.0, 2.0), 0.0)
    a, b = np.clip(p - 2.0 * column, -1.0, 1.0), np.clip(q - 2.0 * row, -1.0, 1.0)
    found = np.zeros((*np.shape(p), 3))
    for name, (right, down) in CROSS.items():
        here = (column == right) & (row == down)
        face = FACES[name]
        found = np.where(here[..., None], a[..., None] * face[0] + b[..., None] * face[1] + face[2], found)
    found /= np.linalg.norm(found, axis=-1, keepdims=True)
    return found


def _on_cross(x: Array, y: Array, z: Array) -> tuple[Array, Array]:
    """Return the place on the cross of directions of any length."""
    direction = np.stack(np.broadcast_arrays(x, y, z), axis=-1)
    ahead = np.stack([direction @ FACES[name][2] for name in CROSS], axis=-1)
    nearest = np.argmax(ahead, axis=-1)
    p, q = np.zeros(nearest.shape), np.zeros(nearest.shape)
    for k, (name, (right, down)) in enumerate(CROSS.items()):
        here = nearest == k
        depth = np.where(here, ahead[..., k], 1.0)
        p = np.where(here, direction @ FACES[name][0] / depth + 2.0 * right, p)
        q = np.where(here, direction @ FACES[name][1] / depth + 2.0 * down, q)
    return p, q
