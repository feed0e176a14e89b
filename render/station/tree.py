"""A tree of boxes about a mesh's triangles, walked on the device without a stack (Smits 1998, J. Graphics Tools 3).

Nodes stand in depth-first order; each knows the node that follows when its box is missed. Every level halves its
triangles along the longest side of their centres' box, so that all leaves lie equally deep and places follow in closed
form.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from render.station.mesh import Mesh

LEAF = 4  # triangles in a leaf at most


@dataclass(frozen=True, eq=False)
class Tree:
    """Hold m nodes over n triangles: `boxes` [m, 6] low and high corner, m; `links` int32 [m, 3].

    Links: the node that follows when the box is missed, first triangle, and how many (0: not a leaf). `mesh`: the
    triangles in the order of the leaves.
    """

    boxes: np.ndarray
    links: np.ndarray
    mesh: Mesh


def build_tree(mesh: Mesh) -> Tree:
    """Return the tree of a mesh. Raises ValueError when it has no triangle."""
    count = len(mesh)
    if count == 0:
        raise ValueError("a tree needs at least one triangle")
    low, high = mesh.corners.min(axis=1), mesh.corners.max(axis=1)
    middle, order = 0.5 * (low + high), np.arange(count)
    depth = max(0, int(np.ceil(np.log2(count / LEAF))))
    cuts = np.array([0, count])
    for _ in range(depth):
        order = _sorted_along_longest(middle, order, cuts)
        halves = np.empty(2 * len(cuts) - 1, dtype=int)
        halves[::2], halves[1::2] = cuts, (cuts[:-1] + cuts[1:]) // 2
        cuts = halves
    ordered = Mesh(mesh.corners[order], mesh.normals[order], mesh.material[order], mesh.panel[order])
    return Tree(*_nodes(low[order], high[order], cuts, depth), ordered)


def cover(tree: Tree, level: int) -> np.ndarray:
    """Return boxes [k, 6] that together hold all of a tree: those of a level below its root, or of its last."""
    depth = int(np.log2(len(tree.boxes) + 1)) - 1
    found: np.ndarray = tree.boxes[_places(min(level, depth), depth)]
    return found


def _sorted_along_longest(middle: np.ndarray, order: np.ndarray, cuts: np.ndarray) -> np.ndarray:
    """Return the order in which each run between two cuts rises along its own longest side."""
    there = middle[order]
    extent = np.maximum.reduceat(there, cuts[:-1]) - np.minimum.reduceat(there, cuts[:-1])
    run = np.repeat(np.arange(len(cuts) - 1), np.diff(cuts))
    along = there[np.arange(len(order)), extent.argmax(axis=1)[run]]
    found: np.ndarray = order[np.lexsort((along, run))]
    return found


def _nodes(low: np.ndarray, high: np.ndarray, cuts: np.ndarray, depth: int) -> tuple[np.ndarray, np.ndarray]:
    """Return boxes and links of a full binary tree whose leaves are the runs between cuts."""
    boxes, links = np.empty((2 ** (depth + 1) - 1, 6)), np.zeros((2 ** (depth + 1) - 1, 3), dtype=np.int32)
    bottom, top = np.minimum.reduceat(low, cuts[:-1]), np.maximum.reduceat(high, cuts[:-1])
    for level in range(depth, -1, -1):
        below = 2 ** (depth - level + 1) - 1  # nodes of a subtree from this level on
        place = _places(level, depth)
        boxes[place, :3], boxes[place, 3:] = bottom, top
        links[place, 0] = place + below
        if level == depth:
            links[place, 1], links[place, 2] = cuts[:-1], np.diff(cuts)
        bottom, top = (
            (np.minimum(bottom[::2], bottom[1::2]), np.maximum(top[::2], top[1::2])) if level else (bottom, top)
        )
    return boxes, links


def _places(level: int, depth: int) -> np.ndarray:
    """Return the depth-first places of a level's nodes, left to right."""
    place = np.zeros(1, dtype=np.int64)
    for below in range(1, level + 1):
        size = 2 ** (depth - below + 1) - 1
        place = np.stack([place + 1, place + 1 + size], axis=1).ravel()
    return place
