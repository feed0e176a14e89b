"""The station's meshes on the device: their trees one after another, and how open each corner of them stands."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from render import device as devices
from render.integrator.kept import kept_on_device
from render.station.composition import mesh_of
from render.station.mesh import Mesh
from render.station.tree import Tree, build_tree, cover
from render.station.user_mesh import user_mesh
from shaders.station import tree as shader
from shaders.station.tree import WAYS, Leaf, Side

DIRECTIONS = 24  # over the sphere, of which half leave a surface
OFF_M = 0.012  # m off the surface, where openness is asked for
SMALL_M2 = 0.015  # m2, triangles smaller than this are not asked about
SAME_M = 1e-4  # m; corners nearer than this with one normal are asked once
COVER = 256  # boxes or so say where in the picture a tree may be


@dataclass(frozen=True, eq=False)
class Trees:
    """Hold the trees of some meshes: `device`, the pack that kernels take; by mesh, in their order:

    `spans` [mesh, 2] first node and the one after the last; `boxes`: boxes [k, 6], m, that hold all of it.
    """  # fmt: skip

    device: Any
    spans: np.ndarray
    boxes: tuple[np.ndarray, ...]


Key = tuple[str, str, str, float]
"""Name of a mesh; for a user's also its path, its content's digest and its scale."""


@lru_cache(maxsize=8)
def tree_of(key: Key) -> Tree:
    """Return the tree of a mesh, built once. Raises InputError for a user's file that cannot be used."""
    name, path, _, scale = key
    return build_tree(user_mesh(path, scale) if name == "mesh" else mesh_of(name))


@kept_on_device(maxsize=2)
def device_trees(keys: tuple[Key, ...]) -> Trees:
    """Stage the trees of some meshes."""
    return stage_trees([tree_of(key) for key in keys])


def stage_trees(trees: list[Tree]) -> Trees:
    """Stage trees one after another."""
    spans, leaves, ways, nodes, triangles = [], [], [], 0, 0
    for tree in trees:
        leaves.append(leaves_of(tree.links, triangles))
        ways.append(tree.ways.reshape(-1, WAYS) + nodes)
        spans.append((nodes, nodes + len(tree.links)))
        nodes, triangles = nodes + len(tree.links), triangles + len(tree.mesh)
    meshes = [tree.mesh for tree in trees]
    staged = devices.pack(
        shader.Trees, boxes=devices.upload(np.concatenate([t.boxes for t in trees]), vectors=True),
        corners=devices.upload(np.concatenate([m.corners.reshape(-1, 9) for m in meshes]), vectors=True),
        normals=devices.upload(np.concatenate([m.normals.reshape(-1, 9) for m in meshes])),
        open_share=devices.upload(np.concatenate([open_share(tree) for tree in trees])),
        leaves=devices.upload(np.concatenate(leaves)), ways=devices.upload(np.concatenate(ways)),
        labels=devices.upload(labels_of(meshes)),
    )  # fmt: skip
    return Trees(staged, np.array(spans), tuple(cover(tree, COVER) for tree in trees))


def leaves_of(links: np.ndarray, first_triangle: int) -> np.ndarray:
    """Return `shaders.station.tree.Leaf` of a tree's links, its triangles counted from the first of all trees."""
    leaves = np.empty((len(links), Leaf.COUNT + 1), np.int32)
    leaves[:, Leaf.FIRST], leaves[:, Leaf.COUNT] = links[:, 1] + first_triangle, links[:, 2]
    return leaves


def labels_of(meshes: list[Mesh]) -> np.ndarray:
    """Return `shaders.station.tree.Side` of all triangles."""
    labels = np.empty((sum(len(m) for m in meshes), Side.PANEL + 1), np.int32)
    labels[:, [Side.FRONT, Side.BACK]] = np.concatenate([m.material for m in meshes])
    labels[:, Side.PANEL] = np.concatenate([m.panel for m in meshes])
    return labels


def open_share(tree: Tree) -> np.ndarray:
    """Return, at each triangle's corners [triangle, 3], the share of the half space above that the mesh leaves open.

    Sheets that are seen from both sides, as blankets are, and small pieces of tubes and studs count as open.
    """
    mesh = tree.mesh
    sides = mesh.corners[:, 1:] - mesh.corners[:, :1]
    area = 0.5 * np.linalg.norm(np.cross(sides[:, 0], sides[:, 1]), axis=1)
    closed = np.flatnonzero((mesh.material[:, 0] == mesh.material[:, 1]) & (area > SMALL_M2))
    share = np.ones((len(mesh), 3))
    if len(closed) == 0:
        return share
    which, at = _distinct(mesh, closed)
    places = mesh.corners[closed].reshape(-1, 3)[which]
    normals = mesh.normals[closed].reshape(-1, 3)[which]
    pack = devices.pack(
        shader.Bare, boxes=devices.upload(tree.boxes, vectors=True), leaves=devices.upload(tree.links[:, 1:]),
        ways=devices.upload(tree.ways.reshape(-1, WAYS)),
        corners=devices.upload(mesh.corners.reshape(-1, 9), vectors=True),
    )  # fmt: skip
    found, rays = devices.empty((len(places),)), devices.upload(even_directions(DIRECTIONS))
    shader.open_shares(pack, devices.upload(places + OFF_M * normals), devices.upload(normals), rays, found)
    share[closed] = found.to_numpy()[at].reshape(-1, 3)
    return share


def _distinct(mesh: Mesh, triangles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return which corners to ask, one of each place and normal, and of each corner which of those is its."""
    place = np.round(mesh.corners[triangles].reshape(-1, 3) / SAME_M).astype(np.int64)
    normal = np.round(mesh.normals[triangles].reshape(-1, 3) * 100.0).astype(np.int64)
    mixed = np.zeros(len(place), dtype=np.uint64)
    for column in (*place.T, *normal.T):
        mixed = (mixed ^ column.astype(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
    _, which, at = np.unique(mixed, return_index=True, return_inverse=True)
    return which, at


def even_directions(count: int) -> np.ndarray:
    """Return unit vectors [count, 3] spread evenly over the sphere (Fibonacci lattice, Gonzalez 2010)."""
    k = np.arange(count) + 0.5
    z, turn = 1.0 - 2.0 * k / count, np.pi * (1.0 + 5.0**0.5) * k
    flat = np.sqrt(1.0 - z * z)
    return np.stack([flat * np.cos(turn), flat * np.sin(turn), z], axis=-1)
