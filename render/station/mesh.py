"""Triangle meshes of the station's parts: corners, normals, materials and panels, and how they are put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

PANEL_STEP = 16
"""Panels are numbered in sixteens: what is below a multiple of it tells strips of one panel apart."""


@dataclass(frozen=True, eq=False)
class Mesh:
    """Hold n triangles, m: `corners` [n, 3, 3] and outward unit `normals` at them [n, 3, 3].

    `material` int32 [n, 2]: of the side that the normals point to, of the other; `panel` int32 [n]: triangles of one
    number are shaded as one panel.
    """

    corners: np.ndarray
    normals: np.ndarray
    material: np.ndarray
    panel: np.ndarray

    def __len__(self) -> int:
        return len(self.corners)

    def moved(self, rotation: np.ndarray, shift_m: np.ndarray | None = None) -> Mesh:
        """Return the mesh rotated about the origin (3x3, may mirror), then shifted, m."""
        shift = np.zeros(3) if shift_m is None else np.asarray(shift_m, float)
        return Mesh(self.corners @ rotation.T + shift, self.normals @ rotation.T, self.material, self.panel)

    def placed(self, axes: np.ndarray, origin_m: np.ndarray) -> Mesh:
        """Return the mesh out of local `axes` (their rows in the new frame) whose origin is `origin_m`."""
        return self.moved(axes.T, origin_m)

    def box(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the lowest and highest corner [3], m."""
        return self.corners.min(axis=(0, 1)), self.corners.max(axis=(0, 1))


def join(meshes: Sequence[Mesh]) -> Mesh:
    """Return one mesh of all; panels keep apart. Raises ValueError when there is none."""
    if not meshes:
        raise ValueError("a station needs at least one mesh")
    panels, first = [], 0
    for mesh in meshes:
        panels.append(mesh.panel + first)
        first += (int(mesh.panel.max(initial=0)) // PANEL_STEP + 1) * PANEL_STEP
    return Mesh(
        np.concatenate([m.corners for m in meshes]), np.concatenate([m.normals for m in meshes]),
        np.concatenate([m.material for m in meshes]), np.concatenate(panels).astype(np.int32),
    )  # fmt: skip


def quads(
    points: np.ndarray, material: np.ndarray | int, normals: np.ndarray | None = None, panel: np.ndarray | int = 0
) -> Mesh:
    """Return a mesh of q quadrilaterals [q, 4, 3], m, whose corners go around.

    `material`: one for all, [q], or [q, 2] of both sides; `normals` [q, 4, 3], by default flat ones by the right-hand
    rule; `panel` [q] or one. Triangles without area, where two corners meet, are left out.
    """
    points = np.asarray(points, float).reshape(-1, 4, 3)
    count = len(points)
    if normals is None:
        flat = np.cross(points[:, 2] - points[:, 0], points[:, 3] - points[:, 1])
        length = np.linalg.norm(flat, axis=1, keepdims=True)
        normals = np.repeat((flat / np.where(length > 0.0, length, 1.0))[:, None], 4, axis=1)
    sides = np.asarray(material, np.int32)
    sides = np.broadcast_to(sides if sides.ndim == 2 else sides.reshape(-1, 1), (count, 2))
    panels = np.broadcast_to(np.asarray(panel, np.int32), (count,))
    pick = np.array([[0, 1, 2], [0, 2, 3]])
    corners, at = points[:, pick].reshape(-1, 3, 3), np.asarray(normals)[:, pick].reshape(-1, 3, 3)
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    keep = area > 1e-9  # m2
    return Mesh(corners[keep], at[keep], np.repeat(sides, 2, axis=0)[keep], np.repeat(panels, 2)[keep])
