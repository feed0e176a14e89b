"""From 2-D coordinates anywhere on the sphere to a straight grid around it: maps that hold a pole, rings, both halves.

Each cell of four neighbours is two triangles of great circles, which know neither pole nor date line: a point is
p = w1 a + w2 b + w3 c in the unit vectors of the corners, inside where no w is negative, and flux is linear in them
(central projection). A row or column that goes round a pole closes; the pole inside the last row of such a ring, at
most two steps off, gets that row's mean. The straight grid has two nodes per typical cell, either way, and rows only
where there are triangles.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from render.geophysics.user_map.contents import MOST_CELLS, Array
from render.geophysics.user_map.grid import CLOSING_STEPS, POLE_STEPS, SAME_PLACE
from render.geophysics.user_map.regrid import MOST_FOLDED, MOST_TRIED, Straight, ranges, sampled, triangles_of

NODES_PER_CELL = 2.0  # straight nodes per typical distance of neighbours
FINER = 8  # straight cells per curved cell at most, unless those are few
FEW_CELLS = 250_000  # straight cells that are always allowed
TORN_DEG, TORN_STEPS = 30.0, 10.0  # neighbours farther apart than both belong to two sheets, as two hemispheres stacked
SAME_DEG = 1e-6  # neighbours nearer than this are one place
AROUND_DEG = 170.0  # of longitude: a wider triangle holds the pole, or touches it
EDGE = 1e-7  # slack of w: a node on an edge belongs to both triangles
MOST_PLACES = 2_000_000  # curved nodes: a gigabyte while they are laid
CHUNK = 50_000  # triangles at once: bounds the memory


class Nodes(NamedTuple):
    """Curved nodes in one row: `latitude`, `longitude`, deg [n]; `flux`, `log_energy` [time, n]; NaN: no place."""

    latitude: Array
    longitude: Array
    flux: Array
    log_energy: Array


def meshed(latitude: Array, longitude: Array, flux: Array, log_energy: Array) -> Straight | str:
    """Return the map [time, y, x] on a straight grid, or what is wrong with its coordinates [y, x], deg; NaN: no place.

    As `straightened`, of any extent. The straight grid's longitudes go all the way round.
    """
    if latitude.size > MOST_PLACES:
        return f"2-D coordinates of {latitude.size} places about a pole; at most {MOST_PLACES}: take every second"
    nodes = Nodes(
        latitude.reshape(-1),
        longitude.reshape(-1),
        flux.reshape(len(flux), -1),
        log_energy.reshape(len(log_energy), -1),
    )
    grid = np.arange(latitude.size).reshape(latitude.shape)
    step = min(_median_step_deg(nodes, grid), _median_step_deg(nodes, grid.T))
    if not step > SAME_DEG:
        return "neighbouring cells have the same place, or none have four neighbours with a place"
    parts = []
    for sheet in _sheets(nodes, grid):
        wound, nodes = _wound(nodes, sheet)
        triangles, turning = _whole_triangles(nodes, wound, step)
        if abs(turning.sum()) < (1.0 - 2.0 * MOST_FOLDED) * np.abs(turning).sum():
            return "2-D coordinates that are no grid: it folds over itself; do neighbours in [y, x] lie side by side?"
        parts.append(triangles)
    triangles = np.concatenate(parts) if parts else np.zeros((0, 3), int)
    if not len(triangles):
        return "no cell has four neighbours with a place"
    rows, columns = _straight_axes(nodes, triangles, step / NODES_PER_CELL, flux.size // len(flux), len(flux))
    found = _weights(nodes, triangles, rows, columns)
    if isinstance(found, str):
        return found
    return sampled(rows, columns, nodes.flux, nodes.log_energy, found)


def _sheets(nodes: Nodes, grid: Array) -> list[Array]:
    """Return a grid of indices cut where one row lies far from the next, and where one column does."""
    sheets = [across.T for down in _cut(nodes, grid) for across in _cut(nodes, down.T)]
    return [sheet for sheet in sheets if min(sheet.shape) > 1]


def _cut(nodes: Nodes, grid: Array) -> list[Array]:
    apart = _steps_deg(nodes, grid)
    apart = np.median(np.where(np.isfinite(apart), apart, np.inf), axis=1)
    torn = np.isfinite(apart) & (apart > max(TORN_DEG, TORN_STEPS * float(np.median(apart))))
    return np.split(grid, np.flatnonzero(torn) + 1)


def _wound(nodes: Nodes, sheet: Array) -> tuple[Array, Nodes]:
    """Return a sheet of indices closed, if it goes round a pole, and that pole and the nodes with it, if it is near."""
    ring, closed = max((_closed(nodes, way) for way in (sheet, sheet.T)), key=lambda found: found[1])
    for end in (0, -1) if closed else ():
        ring, nodes = _with_pole(nodes, ring, end)
    return ring, nodes


def _whole_triangles(nodes: Nodes, sheet: Array, step: float) -> tuple[Array, Array]:
    """Return the corners [t, 3] of triangles that have places and no edge much longer than `step`, deg, and how they
    turn [t]: six times the volume that they span with the centre of the sphere.
    """
    triangles = triangles_of(sheet)
    triangles = triangles[np.isfinite(nodes.latitude + nodes.longitude)[triangles].all(axis=-1)]
    corners = _vectors(nodes.latitude, nodes.longitude)[triangles]
    longest = np.degrees(np.max([_angle(corners[:, i], corners[:, i - 1]) for i in range(3)], axis=0, initial=0.0))
    whole = longest <= max(TORN_DEG, TORN_STEPS * step)
    return triangles[whole], np.linalg.det(corners[whole])


def _closed(nodes: Nodes, grid: Array) -> tuple[Array, bool]:
    """Return a grid of indices, its first column repeated, where all its rows go round a pole, and whether they do.

    Rows at a pole, or with a gap, say nothing.
    """
    longitude, latitude = nodes.longitude[grid], nodes.latitude[grid]
    telling = np.isfinite(longitude + latitude).all(axis=1) & (np.abs(latitude) < 90.0 * (1.0 - SAME_PLACE)).all(axis=1)
    if not telling.any() or grid.shape[1] < 3:
        return grid, False
    around = np.concatenate([longitude, longitude[:, :1]], axis=1)[telling]
    steps = _wrapped(np.diff(around, axis=1))
    once = np.abs(np.abs(steps.sum(axis=1)) - 360.0) < 1.0
    widest = np.abs(steps[:, :-1]).max(axis=1)
    if not (once & (np.abs(steps[:, -1]) <= CLOSING_STEPS * widest)).all():
        return grid, False
    repeated = (np.abs(steps[:, -1]) <= 360.0 * SAME_PLACE).all()
    return (grid if repeated else np.concatenate([grid, grid[:, :1]], axis=1)), True


def _with_pole(nodes: Nodes, sheet: Array, end: int) -> tuple[Array, Nodes]:
    """Return a closed sheet and the nodes with the pole added within its first (0) or last (-1) row, if it is near."""
    row, following = sheet[end], sheet[1 if end == 0 else -2]
    latitude, inner = nodes.latitude[row], nodes.latitude[following]
    pole = 90.0 if np.nanmean(latitude) > 0.0 else -90.0
    short, step = np.abs(pole - latitude), float(np.nanmean(np.abs(pole - inner)) - np.nanmean(np.abs(pole - latitude)))
    if not np.isfinite(latitude).all() or not 0.0 < short.max() <= POLE_STEPS * step:
        return sheet, nodes
    members = row[:-1]  # the last is the first again
    weight = nodes.flux[:, members].astype(float) + 1e-30
    if len(nodes.log_energy) == 1:
        weight = weight.sum(axis=0, keepdims=True)
    energy = (weight * nodes.log_energy[:, members]).sum(axis=1, keepdims=True) / weight.sum(axis=1, keepdims=True)
    flux = nodes.flux[:, members].mean(axis=1, keepdims=True, dtype=float)
    polar = np.full((1, sheet.shape[1]), len(nodes.latitude))
    more = Nodes(
        np.append(nodes.latitude, pole),
        np.append(nodes.longitude, 0.0),
        np.concatenate([nodes.flux, flux.astype(nodes.flux.dtype)], axis=1),
        np.concatenate([nodes.log_energy, energy.astype(nodes.log_energy.dtype)], axis=1),
    )
    return np.concatenate([polar, sheet] if end == 0 else [sheet, polar]), more


def _straight_axes(nodes: Nodes, triangles: Array, step: float, cells: int, times: int) -> tuple[Array, Array]:
    """Return latitudes, the poles among them where triangles are near, and longitudes all round, `step` deg apart."""
    latitude = nodes.latitude[triangles]
    bands = np.unique(np.floor(latitude)).size + 1.0  # deg of latitude that are covered
    around = 360.0 * float(np.cos(np.radians(np.abs(latitude).min())))
    most = min(max(FINER * cells, FEW_CELLS), MOST_CELLS // times)
    step *= max(1.0, float(np.sqrt(bands * around / step**2 / most)))
    rows = np.linspace(-90.0, 90.0, int(np.ceil(180.0 / step)) + 1)
    low, high, _, _ = _boxes(latitude, nodes.longitude[triangles])
    first, last = np.searchsorted(rows, low), np.searchsorted(rows, high, side="right")
    begun, ended = (np.cumsum(np.bincount(ends, minlength=len(rows) + 1)) for ends in (first, last))
    covered = (begun > ended)[:-1]
    covered[1:] |= covered[:-1].copy()
    covered[:-1] |= covered[1:].copy()  # a row of nothing ends what does not end at a pole
    covered &= (rows >= 0.0) | (latitude.min() < 0.0)
    covered &= (rows <= 0.0) | (latitude.max() > 0.0)
    count = max(int(np.ceil(around / step)), 4)
    return rows[covered], 360.0 / count * np.arange(count)


def _boxes(latitude: Array, longitude: Array) -> tuple[Array, Array, Array, Array]:
    """Return the least and largest latitude, the westernmost longitude, and the width, deg, of triangles [t, 3].

    Edges are great circles, which rise above their ends: tan(highest) <= tan(higher end) / cos(half the width).
    """
    at_pole = np.abs(latitude) >= 90.0 * (1.0 - SAME_PLACE)
    other = np.take_along_axis(longitude, np.argmin(at_pole, axis=1)[:, None], axis=1)  # a pole has no longitude
    along = _wrapped(np.where(at_pole, other, longitude) - other)
    width = np.ptp(along, axis=1)
    turned = _wrapped(np.diff(along, axis=1, append=along[:, :1])).sum(axis=1)  # 0, or once round, either way
    round_it = (width >= AROUND_DEG) | (np.abs(turned) > 180.0)
    bulge = np.cos(np.radians(0.5 * np.minimum(width, AROUND_DEG)))[:, None]
    reach = np.degrees(np.arctan(np.tan(np.radians(np.clip(latitude, -89.9999, 89.9999))) / bulge))
    north = latitude.mean(axis=1) > 0.0
    touching = round_it | at_pole.any(axis=1)
    low = np.where(touching & ~north, -90.0, np.minimum(latitude, reach).min(axis=1))
    high = np.where(touching & north, 90.0, np.maximum(latitude, reach).max(axis=1))
    west = (other[:, 0] + along.min(axis=1)) % 360.0
    return low, high, np.where(round_it, 0.0, west), np.where(round_it, 360.0, width)


def _weights(nodes: Nodes, triangles: Array, rows: Array, columns: Array) -> tuple[Array, Array, Array] | str:
    """Return straight nodes [n] that lie in triangles, the curved corners [n, 3] and their weights [n, 3]."""
    a, b, c = _vectors(nodes.latitude, nodes.longitude)[triangles].swapaxes(0, 1)
    dual = np.stack([np.cross(b, c), np.cross(c, a), np.cross(a, b)], axis=1)  # times p: w, but for the volume
    volume = (a * dual[:, 0]).sum(axis=-1)
    solid = volume != 0.0
    dual[solid] /= volume[solid, None, None]
    low, high, west, width = _boxes(nodes.latitude[triangles], nodes.longitude[triangles])
    first = np.searchsorted(rows, low - EDGE)
    down = np.searchsorted(rows, high + EDGE, side="right") - first
    left = np.ceil(west / columns[1] - EDGE).astype(int)
    across = np.minimum(np.floor((west + width) / columns[1] + EDGE).astype(int) - left + 1, len(columns))
    if (np.maximum(down, 0) * np.maximum(across, 0)).sum() > MOST_TRIED:
        return "2-D coordinates that are no grid: neighbours in [y, x] lie far apart"
    parts = []
    for start in range(0, len(triangles), CHUNK):
        s = slice(start, start + CHUNK)
        which, row, column = ranges(first[s], down[s], left[s], across[s])
        column %= len(columns)
        w = np.einsum("nij,nj->ni", dual[s][which], _vectors(rows[row], columns[column]))
        inside = (w >= -EDGE).all(axis=-1) & solid[s][which]
        w = np.clip(w[inside], 0.0, None)
        parts.append((
            (row * len(columns) + column)[inside], triangles[s][which[inside]], w / w.sum(axis=-1, keepdims=True)
        ))  # fmt: skip
    at, corner, weights = (np.concatenate(part) for part in zip(*parts, strict=True))
    return at, corner, weights


def _median_step_deg(nodes: Nodes, grid: Array) -> float:
    """Return the median distance of neighbours along the columns of a grid of indices, deg; 0 for none."""
    apart = _steps_deg(nodes, grid)
    apart = apart[np.isfinite(apart)]
    return float(np.median(apart)) if apart.size else 0.0


def _steps_deg(nodes: Nodes, grid: Array) -> Array:
    at = _vectors(nodes.latitude, nodes.longitude)
    return np.asarray(np.degrees(_angle(at[grid[1:]], at[grid[:-1]])))


def _angle(a: Array, b: Array) -> Array:
    """Return the angle, rad, between unit vectors [..., 3]; exact for small ones."""
    return np.asarray(2.0 * np.arcsin(np.clip(0.5 * np.linalg.norm(a - b, axis=-1), 0.0, 1.0)))


def _vectors(latitude: Array, longitude: Array) -> Array:
    """Return unit vectors [..., 3] of places, deg."""
    lat, lon = np.radians(latitude), np.radians(longitude)
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=-1)


def _wrapped(longitude: Array) -> Array:
    """Return differences of longitude, deg, in -180 to 180."""
    return np.asarray((longitude + 180.0) % 360.0 - 180.0)
