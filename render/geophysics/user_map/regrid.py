"""From a curved grid to a straight one: maps on 2-D latitudes and longitudes away from the poles (else `mesh`).

Each cell of four neighbours is two triangles, linear inside. The straight grid is as fine as the curved one's typical
cell; its nodes outside all triangles have no value.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from render.geophysics.user_map.contents import MOST_CELLS, Array

WIDEST_DEG = 170.0  # degrees of longitude: a wider map goes round a pole, or holds it, as do
NEAREST_DEG = 88.0  # degrees of latitude that come nearer to it
FINER = 4  # straight cells per curved cell at most
MOST_TRIED = 100_000_000  # nodes tried against triangles: more means that neighbours lie far apart
MOST_FOLDED = 0.1  # of the area may lie the wrong way round: more is no map
CHUNK = 100_000  # triangles at once: bounds the memory
EDGE = 1e-9  # barycentric slack: a node on an edge belongs to both triangles


class Straight(NamedTuple):
    """Nodes of latitude and longitude, deg; flux, log energy [time, lat, lon]; `coverage` [lat, lon], 1 where known."""

    latitude_deg: Array
    longitude_deg: Array
    flux: Array
    log_energy: Array
    coverage: Array


def separable(latitude: Array, longitude: Array) -> tuple[Array, Array, bool] | None:
    """Return the two 1-D axes of 2-D coordinates that are a straight grid, and whether longitude comes first."""
    for first, second, swapped in ((latitude, longitude, False), (longitude, latitude, True)):
        if np.allclose(first, first[:, :1], atol=1e-6, rtol=0.0) and np.allclose(second, second[:1], atol=1e-6, rtol=0):
            axes = (second[0], first[:, 0]) if swapped else (first[:, 0], second[0])
            return axes[0], axes[1], swapped
    return None


def is_regional(latitude: Array, longitude: Array) -> bool:
    """Say whether 2-D coordinates, deg, keep away from the poles, so that latitude and longitude are nearly a plane."""
    span = float(np.ptp(unrolled(longitude)[np.isfinite(longitude)]))
    return span <= WIDEST_DEG and float(np.nanmax(np.abs(latitude))) <= NEAREST_DEG


def unrolled(longitude: Array) -> Array:
    """Return longitudes, deg, within half a turn of their mean direction: no date line parts them. NaN stays."""
    known = np.radians(longitude[np.isfinite(longitude)])
    mean = np.degrees(np.angle(np.exp(1j * known).sum()))
    return np.asarray(mean + (longitude - mean + 180.0) % 360.0 - 180.0)


def straightened(latitude: Array, longitude: Array, flux: Array, log_energy: Array) -> Straight | str:
    """Return the map [time, y, x] on a straight grid, or what is wrong with its coordinates [y, x], deg; NaN: no place.

    Flux is linear in each triangle, the logarithm of energy too, weighted by flux. `log_energy` may have one time.
    """
    longitude = unrolled(longitude)
    step = _step_deg(latitude, longitude)
    if not step > 0.0:
        return "neighbouring cells have the same place, or none have four neighbours with a place"
    nodes = _nodes(latitude, longitude, step, min(FINER * flux[0].size, MOST_CELLS // len(flux)))
    found = _weights((latitude - nodes[0][0]) / np.diff(nodes[0])[0], (longitude - nodes[1][0]) / np.diff(nodes[1])[0],
                     len(nodes[1]))  # fmt: skip
    if isinstance(found, str):
        return found
    return sampled(nodes[0], nodes[1], flux, log_energy, found)


def sampled(rows: Array, columns: Array, flux: Array, log_energy: Array, found: tuple[Array, Array, Array]) -> Straight:
    """Return the map [time, ...] on straight axes, by the nodes, corners and weights `found` in its triangles."""
    at, corners, weights = found
    shape = len(rows), len(columns)
    coverage = np.zeros(shape, np.float32)
    coverage.reshape(-1)[at] = 1.0
    straight = np.zeros((2, len(flux), *shape), np.float32)
    for time, plane in enumerate(flux):
        energies = log_energy[min(time, len(log_energy) - 1)].reshape(-1)[corners]
        parts = weights * plane.reshape(-1)[corners]
        total = parts.sum(axis=-1)
        plain = (weights * energies).sum(axis=-1)
        weighted = (parts * energies).sum(axis=-1) / np.where(total > 0.0, total, 1.0)
        straight[0, time].reshape(-1)[at] = total
        straight[1, time].reshape(-1)[at] = np.where(total > 0.0, weighted, plain)
    return Straight(rows, columns, straight[0], straight[1], coverage)


def _step_deg(latitude: Array, longitude: Array) -> float:
    """Return the smaller of the two median distances between neighbours, degrees of a great circle; 0 for none."""
    stretch = np.cos(np.radians(np.nanmean(latitude)))
    steps = []
    for axis in (0, 1):
        apart = np.hypot(np.diff(latitude, axis=axis), stretch * np.diff(longitude, axis=axis))
        apart = apart[np.isfinite(apart)]
        steps.append(float(np.median(apart)) if apart.size else 0.0)
    return min(steps)


def _nodes(latitude: Array, longitude: Array, step: float, most: int) -> tuple[Array, Array]:
    """Return straight axes over the curved map, steps of about `step` degrees of a great circle, `most` cells."""
    spans = [float(np.nanmax(c) - np.nanmin(c)) for c in (latitude, longitude)]
    stretch = float(np.cos(np.radians(np.nanmean(latitude))))
    counts = [max(spans[0] / step, 1.0), max(spans[1] * stretch / step, 1.0)]
    coarser = max(1.0, float(np.sqrt(counts[0] * counts[1] / most)))
    axes = (
        np.linspace(np.nanmin(c), np.nanmin(c) + max(span, step), int(np.ceil(count / coarser)) + 1)
        for c, span, count in zip((latitude, longitude), spans, counts, strict=True)
    )
    return next(axes), next(axes)


def _weights(v: Array, u: Array, columns: int) -> tuple[Array, Array, Array] | str:
    """Return straight nodes [n] that lie in triangles, the curved corners [n, 3] and their weights [n, 3].

    `v`, `u` [y, x]: where the curved nodes stand on the straight grid, in its steps.
    """
    triangles = triangles_of(np.arange(v.size).reshape(v.shape))
    tv, tu = v.reshape(-1)[triangles], u.reshape(-1)[triangles]
    known = np.isfinite(tv).all(axis=-1) & np.isfinite(tu).all(axis=-1)
    triangles, tv, tu = triangles[known], tv[known], tu[known]
    first = np.stack([np.ceil(tv.min(axis=-1) - EDGE), np.ceil(tu.min(axis=-1) - EDGE)], axis=-1).astype(int)
    last = np.stack([np.floor(tv.max(axis=-1) + EDGE), np.floor(tu.max(axis=-1) + EDGE)], axis=-1).astype(int)
    sides = np.maximum(last - first + 1, 0)
    area = _twice_area(tv, tu)
    if abs(area.sum()) < (1.0 - 2.0 * MOST_FOLDED) * np.abs(area).sum() or sides.prod(axis=-1).sum() > MOST_TRIED:
        return "2-D coordinates that are no grid: it folds over itself; do neighbours in [y, x] lie side by side?"
    parts = [
        _filled(tv[s], tu[s], first[s], sides[s], triangles[s], columns)
        for s in (slice(start, start + CHUNK) for start in range(0, len(triangles), CHUNK))
    ]
    if not parts:
        return "no cell has four neighbours with a place"
    at, corners, weights = (np.concatenate(part) for part in zip(*parts, strict=True))
    return at, corners, weights


def triangles_of(index: Array) -> Array:
    """Return the corners [t, 3] of both triangles of each cell of a grid of indices [y, x]."""
    rows, columns = index.shape
    a, b, c, d = (index[i : rows - 1 + i, j : columns - 1 + j] for i, j in ((0, 0), (0, 1), (1, 1), (1, 0)))
    return np.concatenate([np.stack(t, axis=-1).reshape(-1, 3) for t in ((a, b, c), (a, c, d))])


def ranges(first_row: Array, rows: Array, first_column: Array, columns: Array) -> tuple[Array, Array, Array]:
    """Return which box, row and column of every node in boxes [t] of straight nodes, one after the other."""
    counts = np.maximum(rows, 0) * np.maximum(columns, 0)
    which = np.repeat(np.arange(len(counts)), counts)
    serial = np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
    return which, first_row[which] + serial // columns[which], first_column[which] + serial % columns[which]


def _filled(tv: Array, tu: Array, first: Array, sides: Array, triangles: Array, columns: int) -> tuple[Array, ...]:
    """Return `_weights` of some triangles [t, 3]: every node of their bounding boxes is tried."""
    which, row, column = ranges(first[:, 0], sides[:, 0], first[:, 1], sides[:, 1])
    dv, du = tv - tv[:, :1], tu - tu[:, :1]
    area = _twice_area(tv, tu)
    safe = np.where(area == 0.0, np.inf, area)[which]
    pv, pu = row - tv[which, 0], column - tu[which, 0]
    w1 = (pv * du[which, 2] - dv[which, 2] * pu) / safe
    w2 = (dv[which, 1] * pu - pv * du[which, 1]) / safe
    weights = np.stack([1.0 - w1 - w2, w1, w2], axis=-1)
    inside = (weights >= -EDGE).all(axis=-1) & (area[which] != 0.0)
    return (row * columns + column)[inside], triangles[which[inside]], np.clip(weights[inside], 0.0, 1.0)


def _twice_area(tv: Array, tu: Array) -> Array:
    """Return twice the area of triangles [t, 3], negative for those that turn the other way."""
    dv, du = tv - tv[:, :1], tu - tu[:, :1]
    return np.asarray(dv[:, 1] * du[:, 2] - dv[:, 2] * du[:, 1])
