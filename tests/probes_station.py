"""One-line kernels about device functions of the station."""

import numpy as np
import taichi as ti
from taichi.math import vec2, vec3

from shaders.definitions import Array
from shaders.station import surface, tree


@ti.kernel
def _lobe(cosines: Array(), width: float, out: Array()):
    for i in out:
        out[i] = surface.lobe_value(cosines[i], width)


@ti.kernel
def _mirrored(weights: Array(), cosine: float, out: Array()):
    for i in out:
        out[i] = surface.mirrored_share(weights[i], cosine)


@ti.kernel
def _cast(trees: tree.Trees, starts: Array(), ways: Array(), out: Array()):
    for i in range(out.shape[0]):
        span = vec2(0.0, float(trees.leaves.shape[0]))
        start, way = tree.triple(starts, i, 0), tree.triple(ways, i, 0)
        found = tree.nearest_in_tree(trees, span, start, way, tree.FAR)
        out[i, 0], out[i, 1] = found[0], found[1]


@ti.kernel
def _free(trees: tree.Trees, starts: Array(), ways: Array(), out: Array()):
    for i in range(out.shape[0]):
        span = vec2(0.0, float(trees.leaves.shape[0]))
        free = tree.is_free(trees, span, tree.triple(starts, i, 0), tree.triple(ways, i, 0), tree.FAR)
        out[i] = float(free)


@ti.kernel
def _brute(trees: tree.Trees, starts: Array(), ways: Array(), out: Array()):
    for i in range(out.shape[0]):
        best = vec3(-1.0, tree.FAR, 0.0)
        for k in range(trees.corners.shape[0]):
            start, way = tree.triple(starts, i, 0), tree.triple(ways, i, 0)
            distance = tree.triangle_distance(trees.corners, k, start, way)[0]
            if distance < best[1]:
                best = vec3(float(k), distance, 0.0)
        out[i, 0], out[i, 1] = best[0], best[1]


def lobe(cosines, width):
    """Return lobe_value, sr-1, of cosines [n]."""
    out = np.empty(len(cosines), np.float32)
    _lobe(np.asarray(cosines, np.float32), width, out)
    return out.astype(float)


def mirrored(weights, cosine):
    """Return mirrored_share of weights [n]."""
    out = np.empty(len(weights), np.float32)
    _mirrored(np.asarray(weights, np.float32), cosine, out)
    return out.astype(float)


def cast(trees, starts, ways):
    """Return (triangle, distance) [ray, 2] that rays meet first by the tree."""
    return _rays(_cast, trees, starts, ways, 2)


def brute(trees, starts, ways):
    """Return the same by asking every triangle."""
    return _rays(_brute, trees, starts, ways, 2)


def free(trees, starts, ways):
    """Return [ray], 1 where rays meet nothing."""
    return _rays(_free, trees, starts, ways, 0)


def _rays(kernel, trees, starts, ways, columns):
    out = np.empty((len(starts), columns) if columns else len(starts), np.float32)
    kernel(trees, starts.astype(np.float32), ways.astype(np.float32), out)
    return out
