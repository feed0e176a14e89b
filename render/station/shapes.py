"""Plain shapes as meshes: boxes, bodies of revolution, tubes, strips. Metres; smooth where the true surface is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from render.station.materials import material_id
from render.station.mesh import PANEL_STEP, Mesh, quads

PIECE_M = 0.8  # m, by what rays cost
SIDES = 8  # of a tube; thinner ones may have fewer
_FACES = np.array([[0, 2, 3, 1], [4, 5, 7, 6], [0, 1, 5, 4], [2, 6, 7, 3], [0, 4, 6, 2], [1, 3, 7, 5]])  # bit k: axis k


def axes_from(along: np.ndarray, across: np.ndarray) -> np.ndarray:
    """Return right-handed local axes (rows x, y, z): z = `along`, x = the part of `across` square to it."""
    z = np.asarray(along, float) / np.linalg.norm(along)
    x = np.asarray(across, float) - np.dot(across, z) * z
    x = x / np.linalg.norm(x)
    return np.array([x, np.cross(z, x), z])


def across_of(along: np.ndarray) -> np.ndarray:
    """Return some direction that is not along `along`: the frame's third axis where it can be."""
    upright = abs(along[2]) < 0.9 * np.linalg.norm(along)
    return np.array([0.0, 0.0, 1.0]) if upright else np.array([1.0, 0.0, 0.0])


def boxes(
    centres: np.ndarray, sizes: np.ndarray, material: np.ndarray | int, axes: np.ndarray | None = None
) -> Mesh:  # fmt: skip
    """Return k boxes, a panel each: `centres` and full `sizes` [k, 3], m; `axes` [k, 3, 3], rows, or level."""
    centres, sizes = np.atleast_2d(centres), np.atleast_2d(sizes)
    signs = np.array([[(k >> j & 1) - 0.5 for j in range(3)] for k in range(8)])
    corners = signs * sizes[:, None]
    if axes is not None:
        corners = np.einsum("kcj,kji->kci", corners, np.broadcast_to(axes, (len(centres), 3, 3)))
    points = (corners + centres[:, None])[:, _FACES].reshape(-1, 4, 3)
    number = np.repeat(np.arange(len(centres)) * PANEL_STEP, 6)
    return quads(points, np.repeat(np.broadcast_to(material, (len(centres),)), 6), panel=number)


def box(centre_m: np.ndarray, axes: np.ndarray, size_m: Sequence[float], name: str) -> Mesh:
    """Return a box of full sizes, m, along the local axes (rows)."""
    return boxes(np.asarray(centre_m, float), np.asarray(size_m, float), material_id(name), np.asarray(axes)[None])


def revolved(
    profile: Sequence[tuple[float, float]], name: str, segments: int = 48, *, smooth: bool = False
) -> Mesh:  # fmt: skip
    """Return a body of revolution about z: `profile` (z, radius), m, from below to above on its outside.

    Smooth around; `smooth` also along the profile, else with an edge at each of its points.
    """
    z, r = np.asarray(profile, float).T
    angle = np.linspace(0.0, 2.0 * np.pi, segments + 1)
    ring = np.stack([np.cos(angle), np.sin(angle)], axis=-1)  # [s + 1, 2]
    height = np.broadcast_to(z[:, None, None], (len(z), segments + 1, 1))
    points = np.concatenate([ring[None] * r[:, None, None], height], axis=2)
    cells = np.stack([points[:-1, :-1], points[:-1, 1:], points[1:, 1:], points[1:, :-1]], axis=2)
    slope = np.stack([np.diff(z), -np.diff(r)], axis=-1)
    slope = slope / np.linalg.norm(slope, axis=1, keepdims=True)  # (outwards, along z) of each piece
    low = high = slope
    if smooth:
        mean = np.concatenate([slope[:1], slope[1:] + slope[:-1], slope[-1:]])
        mean = mean / np.linalg.norm(mean, axis=1, keepdims=True)
        low, high = mean[:-1], mean[1:]
    one, two = (
        np.concatenate(
            [ring[None] * s[:, :1, None], np.broadcast_to(s[:, 1:, None], (len(s), segments + 1, 1))], axis=2
        )
        for s in (low, high)
    )
    normals = np.stack([one[:, :-1], one[:, 1:], two[:, 1:], two[:, :-1]], axis=2)
    return quads(cells.reshape(-1, 4, 3), material_id(name), normals.reshape(-1, 4, 3))


def cylinder(start_m: np.ndarray, end_m: np.ndarray, diameter_m: float, name: str, segments: int = 48) -> Mesh:
    """Return a closed, smooth cylinder between two end-face centres, m."""
    start, along = np.asarray(start_m, float), np.asarray(end_m, float) - np.asarray(start_m, float)
    r, length = diameter_m / 2.0, float(np.linalg.norm(along))
    side = [(z, r) for z in np.linspace(0.0, length, 1 + int(np.ceil(length / (2.0 * PIECE_M))))]
    made = revolved([(0.0, 0.0), *side, (length, 0.0)], name, segments)
    return made.placed(axes_from(along, across_of(along)), start)


def ball(centre_m: np.ndarray, diameter_m: float, name: str, rings: int = 24) -> Mesh:
    """Return a smooth sphere."""
    angle = np.linspace(-np.pi / 2.0, np.pi / 2.0, rings + 1)
    r = diameter_m / 2.0
    made = revolved([(r * np.sin(a), r * np.cos(a)) for a in angle], name, 2 * rings)
    return Mesh(made.corners + np.asarray(centre_m), made.corners / r, made.material, made.panel)


def tubes(starts: np.ndarray, ends: np.ndarray, radius_m: float, name: str, sides: int = SIDES) -> Mesh:
    """Return k straight tubes without lids between `starts` and `ends` [k, 3], m; smooth around.

    Long ones are cut in pieces of at most PIECE_M: the boxes of a tree about long slanted triangles hold much air.
    """
    starts, ends = np.atleast_2d(starts).astype(float), np.atleast_2d(ends).astype(float)
    pieces = np.maximum(1, np.ceil(np.linalg.norm(ends - starts, axis=1) / PIECE_M)).astype(int)
    which = np.repeat(np.arange(len(starts)), pieces)
    step = (np.arange(len(which)) - np.repeat(np.cumsum(pieces) - pieces, pieces))[:, None]
    way = (ends - starts)[which] / pieces[which, None]
    starts, ends = starts[which] + step * way, starts[which] + (step + 1) * way
    along = ends - starts
    along = along / np.linalg.norm(along, axis=1, keepdims=True)
    upright = np.abs(along[:, 2:]) < 0.9
    x = np.cross(along, np.where(upright, [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]))
    x = x / np.linalg.norm(x, axis=1, keepdims=True)
    y = np.cross(along, x)
    angle = np.linspace(0.0, 2.0 * np.pi, sides + 1)[None, :, None]
    outward = np.cos(angle) * x[:, None] + np.sin(angle) * y[:, None]  # [k, sides + 1, 3]
    low, high = starts[:, None] + radius_m * outward, ends[:, None] + radius_m * outward
    points = np.stack([low[:, :-1], low[:, 1:], high[:, 1:], high[:, :-1]], axis=2).reshape(-1, 4, 3)
    normals = np.stack([outward[:, :-1], outward[:, 1:], outward[:, 1:], outward[:, :-1]], axis=2).reshape(-1, 4, 3)
    return quads(points, material_id(name), normals)


def line(points: np.ndarray, radius_m: float, name: str, sides: int = SIDES) -> Mesh:
    """Return a tube along a broken line [k, 3], m."""
    return tubes(points[:-1], points[1:], radius_m, name, sides)


def hashed(seed: int, count: int) -> np.ndarray:
    """Return `count` numbers in 0..1 that are the same on every machine, by a 32-bit integer hash."""
    h = (np.arange(count, dtype=np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B1) + np.uint64(seed * 0x85EBCA77)
    h = h & np.uint64(0xFFFFFFFF)
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):  # Wellons 2018, "lowbias32"
        h = ((h ^ (h >> np.uint64(shift))) * np.uint64(factor)) & np.uint64(0xFFFFFFFF)
    return np.asarray((h ^ (h >> np.uint64(16))).astype(float) / 2.0**32)
