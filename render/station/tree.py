"""A tree of boxes about a mesh's triangles, walked on the device without a stack (Smits 1998, J. Graphics Tools 3).

Each node knows the node that follows when its box is met, and when it is missed: for six orders, since a ray is to ask
first what it meets first (Torres et al. 2009, SIGGRAPH Asia posters). A node is a run of the ordered triangles; it is
cut in two where rays are likely to meet the least.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from render.station.mesh import Mesh

LEAF = 8  # triangles in a leaf at most; rays take a tenth less than with 4, and the tree half the memory


@dataclass(frozen=True, eq=False)
class Tree:
    """Hold m nodes over n triangles: `boxes` [m, 6] low and high corner, m; `links` int32 [m, 3]; `ways` [m, 6, 2].

    Links, depth first: the node after the last one below, first triangle, and how many (0: not a leaf). Ways of rays
    along +x, -x, +y ...: the node that follows where the box is met, and where it is missed; m at the end. `mesh`: the
    triangles in the order of the leaves.
    """

    boxes: np.ndarray
    links: np.ndarray
    ways: np.ndarray
    mesh: Mesh


@dataclass(frozen=True, eq=False)
class _Nodes:
    """Hold nodes: first triangle and the one after the last, and `bounds` [k, 6], low corner and minus the high one."""

    start: np.ndarray
    stop: np.ndarray
    bounds: np.ndarray


def build_tree(mesh: Mesh) -> Tree:
    """Return the tree of a mesh. Raises ValueError when it has no triangle."""
    if len(mesh) == 0:
        raise ValueError("a tree needs at least one triangle")
    bounds = np.concatenate([mesh.corners.min(axis=1), -mesh.corners.max(axis=1)], axis=1)
    order = np.arange(len(mesh))
    nodes = [_Nodes(np.array([0]), np.array([len(mesh)]), bounds.min(axis=0)[None])]
    while (nodes[-1].stop - nodes[-1].start).max() > LEAF:
        nodes.append(_halved(bounds, order, nodes[-1]))
    start, stop, boxes = (np.concatenate([getattr(n, name) for n in nodes]) for name in ("start", "stop", "bounds"))
    depth_first = np.lexsort((-stop, start))
    start, stop, boxes = start[depth_first], stop[depth_first], boxes[depth_first]
    following = np.searchsorted(start, stop)
    leaf = following == np.arange(len(start)) + 1
    links = np.stack([following, start, np.where(leaf, stop - start, 0)], axis=1).astype(np.int32)
    ordered = Mesh(mesh.corners[order], mesh.normals[order], mesh.material[order], mesh.panel[order])
    level = np.repeat(np.arange(len(nodes)), [len(n.start) for n in nodes])[depth_first]
    ways = _ways(boxes[:, :3] - boxes[:, 3:], following, leaf, level)
    return Tree(np.concatenate([boxes[:, :3], -boxes[:, 3:]], axis=1), links, ways, ordered)


def _ways(middle: np.ndarray, following: np.ndarray, leaf: np.ndarray, level: np.ndarray) -> np.ndarray:
    """Return int32 [node, 6, 2], see Tree; `middle` [node, 3] of the boxes, `following` depth first."""
    count = len(middle)
    ways = np.full((count, 6, 2), count, dtype=np.int32)
    by_level = np.argsort(level, kind="stable")
    for nodes in np.split(by_level, np.cumsum(np.bincount(level))[:-1]):
        parent = nodes[~leaf[nodes]]
        one = parent + 1
        other = following[one]
        for order in range(6):
            axis, sign = order // 2, 1 - 2 * (order % 2)
            ahead = sign * middle[one, axis] <= sign * middle[other, axis]
            first, second = np.where(ahead, one, other), np.where(ahead, other, one)
            ways[parent, order, 0], ways[first, order, 1] = first, second
            ways[second, order, 1] = ways[parent, order, 1]
    ways[leaf, :, 0] = ways[leaf, :, 1]
    return ways


def cover(tree: Tree, most: int) -> np.ndarray:
    """Return boxes [k, 6] that together hold all of a tree: of nodes with no more than 1 / `most` of the triangles."""
    total = len(tree.mesh)
    first = np.append(tree.links[:, 1], total)
    small = (first[tree.links[:, 0]] - first[:-1] <= max(total // most, LEAF)) | (tree.links[:, 2] > 0)
    chosen, node = [], 0
    while node < len(tree.links):
        if small[node]:
            chosen.append(node)
        node = int(tree.links[node, 0]) if small[node] else node + 1
    found: np.ndarray = tree.boxes[chosen]
    return found


def _halved(bounds: np.ndarray, order: np.ndarray, nodes: _Nodes) -> _Nodes:
    """Return the halves of all nodes that are too large for a leaf, and put `order` so, in place.

    Along the longest side of the box of their triangles' middles, where the sum of both halves' surfaces, each times
    its triangles, is least (Goldsmith & Salmon 1987).
    """
    wide = nodes.stop - nodes.start > LEAF
    start, count = nodes.start[wide], (nodes.stop - nodes.start)[wide]
    first = np.cumsum(count) - count
    run = np.repeat(np.arange(len(count)), count)
    place = np.arange(len(run)) - first[run]
    there = order[start[run] + place]
    middle = bounds[there, :3] - bounds[there, 3:]
    extent = np.maximum.reduceat(middle, first) - np.minimum.reduceat(middle, first)
    there = there[np.lexsort((middle[np.arange(len(there)), extent.argmax(axis=1)[run]], run))]
    order[start[run] + place] = there
    apart = 2.0 * np.abs(bounds).max() + 1.0
    ahead, behind = _running(bounds[there], run, apart), _running(bounds[there[::-1]], run[-1] - run[::-1], apart)[::-1]
    cost = _surface(ahead) * (place + 1) + np.append(_surface(behind)[1:], 0.0) * (count[run] - place - 1)
    cost[first + count - 1] = np.inf  # a cut after the last leaves nothing
    at = np.flatnonzero(cost == np.minimum.reduceat(cost, first)[run])
    last = at[np.unique(run[at], return_index=True)[1]]  # of the first half
    cut = start + last - first + 1
    return _Nodes(
        np.concatenate([start, cut]),
        np.concatenate([cut, start + count]),
        np.concatenate([ahead[last], behind[last + 1]]),
    )


def _running(bounds: np.ndarray, run: np.ndarray, apart: float) -> np.ndarray:
    """Return the bounds of each run's first triangle, first two, and so on, for all runs at once.

    `run` rises from 0; a run's numbers are lowered by `apart` below those of the run before, so that the minimum begins
    anew there.
    """
    lowered = run[:, None] * apart
    found: np.ndarray = np.minimum.accumulate(bounds - lowered, axis=0) + lowered
    return found


def _surface(bounds: np.ndarray) -> np.ndarray:
    """Return half the surface of boxes, m2."""
    x, y, z = (-bounds[:, 3:] - bounds[:, :3]).T
    return np.asarray(x * y + y * z + z * x)
