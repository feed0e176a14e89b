"""Vortices: how an arc group is wound up, tabulated for the device at any instant.

A level is a row of cells along the oval with one vortex in each: an area-preserving rotation that dies out at the rim
of an ellipse inside its cell, so that at most one vortex of a level touches a point and its rotation is undone exactly
(`shaders.footprint.winding.unwind`). An arc, straight in the frame so wound, comes out as a rolled-up sheet. A vortex
winds up and unwinds with its field-aligned current (Hallinan 1976, from memory). All are of one sense: clockwise seen
from above in the north, where an electron sheet's E x B drift turns it so; in the south y is mirrored, and the sense
with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from render.geophysics.forms.noise import lattice_hash


class VortexRow(NamedTuple):
    """Vortices, each [instant, cell], in the order of the device's columns (`shaders.footprint.winding.Vortex`).

    Left edge of the cell, middle and semi-axes (along, across), km; cosine and sine of the tilt; angle, rad.
    """

    left: np.ndarray
    centre_x: np.ndarray
    centre_y: np.ndarray
    long: np.ndarray
    wide: np.ndarray
    cosine: np.ndarray
    sine: np.ndarray
    angle: np.ndarray


class LevelRow(NamedTuple):
    """Where a level's first cell nominally begins, x km [instant], and its spacing, km; how far from the line its
    vortices reach, km, and the longest of their shorter semi-axes, km (`shaders.footprint.winding.Row`)."""

    begin: np.ndarray
    spacing: np.ndarray
    reach: np.ndarray
    widest: np.ndarray


COLUMNS, LEVEL_COLUMNS = len(VortexRow._fields), len(LevelRow._fields)
# Which of a cell's random numbers is what; the device's curls have the first five alike
# (`shaders.footprint.winding.curl`)
CHANCES = 8
SIZE, ALONG, ACROSS, PACE, PHASE, EDGE, TILT, RATIO = range(CHANCES)
LEVELS = 5  # shared by a group; single arcs have two finer ones (`arc_details.CURLS`)
LARGEST = 0.47  # of the cell's width, from a vortex's middle to its rim; pairs that make tongues are all as large
EDGE_JITTER = 0.15  # of the spacing, to either side: spacings vary by 30 per cent at most
LARGEST_TILT = 0.6  # rad of an ellipse against the arc (uncertain, chosen by eye)
MOST_ACROSS = 0.28  # of the shorter semi-axis, from the centre line to a vortex's middle (uncertain, chosen by eye)
SEED_STEP = 20  # between levels
FOR_EVER_S = 1e9  # s of life of a vortex that neither waxes nor wanes
MOST_STRENGTH = 1.1  # of a vortex's angle, in the most active stretches (chosen by eye)
BEHIND_HEAD = 0.3  # of the winding of a surge's head, of the vortices beside it (uncertain, chosen by eye)
MARGIN_KM = 400.0  # km beyond the range of x that larger vortices may carry a point


@dataclass(frozen=True)
class Level:
    """One row of vortices: numbers that hold for all of them.

    `angle_rad` at full strength, positive: the sheet is turned clockwise in the plane of x (east) and y (poleward);
    strength = activity x `gain` + `offset`, 0 to MOST_STRENGTH; `drift_km_s` eastward; `axis_ratio`: least and largest
    ratio of an ellipse's axes, across to along; `alternate`: neighbours turn against each other (mushrooms: omega
    bands); `steady`: they do not wax and wane; `anchor_km`: where cell 0 begins at time 0.
    """

    spacing_km: float
    angle_rad: float
    drift_km_s: float
    life_s: float
    gain: float
    offset: float
    axis_ratio: tuple[float, float] = (0.5, 0.95)
    alternate: bool = False
    steady: bool = False
    anchor_km: float = 0.0


# Spirals: 25-75 km across, 125-175 km apart (Partamies et al. 2001); a second row between them leaves no straight
# stretch. Folds: 2-20 km, ten seconds to a minute (Hallinan & Davis 1970). Angles and drifts: uncertain, by eye.
FOLDS = (
    Level(155.0, 1.5 * np.pi, -0.8, 420.0, 1.2, -0.40, (0.45, 0.9)),
    Level(96.0, 1.1 * np.pi, -0.4, 240.0, 1.2, -0.35, (0.45, 0.95), anchor_km=61.0),
    Level(52.0, 1.15 * np.pi, -1.1, 110.0, 1.2, -0.15),
    Level(41.0, 1.0 * np.pi, 0.9, 75.0, 1.1, -0.10, anchor_km=26.0),
    Level(17.0, 1.0 * np.pi, -1.6, 26.0, 1.1, -0.10, (0.6, 1.0)),
)
STILL = Level(160.0, 0.0, 0.0, FOR_EVER_S, 0.0, 0.0, steady=True)  # a level that winds nothing


@dataclass(frozen=True)
class Vortices:
    """Vortices of several instants and groups.

    `table` [instant, group, cell, COLUMNS], the levels' cells one after the other; `rows` [instant, group, level,
    LEVEL_COLUMNS] as `LevelRow`; `offsets` [level + 1] int32: where its cells begin.
    """

    table: np.ndarray
    rows: np.ndarray
    offsets: np.ndarray


def cells_of(levels: list[tuple[Level, ...]], x_min_km: float, x_max_km: float) -> np.ndarray:
    """Return [level + 1] int32, where each level's cells begin in a table that holds the densest group's."""
    length = x_max_km - x_min_km + 2.0 * MARGIN_KM
    finest = [min(group[k].spacing_km for group in levels) for k in range(LEVELS)]
    return np.concatenate([[0], np.cumsum([int(np.ceil(length / s)) + 4 for s in finest])]).astype(np.int32)


def vortex_rows(
    levels: Sequence[Level], seeds: np.ndarray, times_s: np.ndarray, x_min_km: float, count: int,
    heads_km: Sequence[np.ndarray | None] | None = None,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Return (begin [row, instant], vortices [row, instant, cell, COLUMNS]) of levels at full strength, of each a row.

    `begin`: x, km, where a row's first cell nominally begins, at or below `x_min_km`; `seeds` [row]; `times_s`
    [instant]; `count`: of cells; `heads_km` [row]: x, km, of a surge's head [instant], with which cell 0 moves in its
    middle while all others are wound far less, or None.
    """
    times, seed = np.asarray(times_s, float), np.asarray(seeds)[:, None]
    heads = [None] * len(levels) if heads_km is None else heads_km
    spacing = _of(levels, "spacing_km")
    origin = _of(levels, "anchor_km") + _of(levels, "drift_km_s") * times
    for which, head in enumerate(heads):
        if head is not None:
            origin[which] = np.asarray(head, float) - 0.5 * levels[which].spacing_km
    first = np.floor((x_min_km - MARGIN_KM - origin) / spacing) - 1.0
    # A cell keeps its shape while it drifts: those of all instants are made once, and then picked and moved
    cells = first.min(axis=1, keepdims=True) + np.arange(count + 1 + int(np.ptp(first, axis=1).max()))
    chance = lattice_hash(cells[..., None], np.arange(CHANCES), seed[..., None]) / 2.0**32
    shapes = _shapes(levels, cells, chance, np.array([head is not None for head in heads])[:, None])
    row, cell = np.arange(len(levels))[:, None, None], (first - cells[:, :1]).astype(np.intp)[..., None]
    at = row, cell + np.arange(count)
    found = shapes[at]
    for name in ("left", "centre_x"):
        found[..., VortexRow._fields.index(name)] += origin[..., None]
    life = np.moveaxis(chance[..., (PACE, PHASE)][at], -1, 0)
    found[..., VortexRow._fields.index("angle")] *= _winding(times, cells[at], levels, life, seed)
    return first * spacing + origin, found


def _of(levels: Sequence[Level], name: str) -> np.ndarray:
    """Return one of the numbers of levels, [row, 1]."""
    return np.array([getattr(level, name) for level in levels])[:, None]


def _shapes(levels: Sequence[Level], cells: np.ndarray, chance: np.ndarray, headed: np.ndarray) -> np.ndarray:
    """Return vortices [row, cell, COLUMNS] of all `cells` [row, cell + 1] but the last, fully wound, relative to where
    cell 0 begins: ellipses that lie inside them.

    `chance` [row, cell + 1, number]: the cells' random numbers, for all time; `headed` [row, 1]: whether cell 0 is the
    head of a surge. Neighbours agree on the edge between them.
    """
    edge = _of(levels, "spacing_km") * (cells + EDGE_JITTER * (2.0 * chance[..., EDGE] - 1.0))
    left, width, number = edge[:, :-1], np.diff(edge), np.moveaxis(chance[:, :-1], -1, 0)
    alternate = _of(levels, "alternate")
    half = width * np.where(alternate, LARGEST, LARGEST - 0.2 * number[SIZE])  # km along the arc, from middle to rim
    centre = left + 0.5 * width + (2.0 * number[ALONG] - 1.0) * (0.49 * width - half)
    tilt = LARGEST_TILT * (2.0 * number[TILT] - 1.0)
    roundest = np.array([level.axis_ratio for level in levels])
    ratio = roundest[:, :1] + (roundest[:, 1:] - roundest[:, :1]) * number[RATIO]
    c, s = np.cos(tilt), np.sin(tilt)
    semi_axis = half / np.sqrt(c * c + (ratio * s) ** 2)  # so that the tilted ellipse is `half` long along the arc
    across = (2.0 * number[ACROSS] - 1.0) * MOST_ACROSS * semi_axis * ratio
    turn = _of(levels, "angle_rad") * np.where(alternate & (cells[:, :-1] % 2.0 != 0.0), -1.0, 1.0)
    turn = turn * np.where(headed & (cells[:, :-1] != 0.0), BEHIND_HEAD, 1.0)
    return np.stack(VortexRow(left, centre, across, semi_axis, semi_axis * ratio, c, s, turn), axis=-1)


def _winding(
    times_s: np.ndarray, cells: np.ndarray, levels: Sequence[Level], life: np.ndarray, seed: np.ndarray
) -> np.ndarray:
    """Return how far each vortex of `cells` is wound, 0 to 1, [row, instant, cell].

    `life` [2, row, instant, cell]: their random numbers for pace and phase; `seed` [row, 1]. Lives differ in length and
    phase, and no two are alike; within one it winds up, rests, and unwinds to nothing.
    `shaders.footprint.winding.winding` is the same for the curls of single arcs.
    """
    pace, start = 0.7 + 0.6 * life[0], 8.0 * life[1]
    phase = (times_s / _of(levels, "life_s"))[..., None] * pace + start
    number = np.floor(phase)
    within = phase - number
    size = 0.25 + 0.75 * lattice_hash(cells, number, seed[..., None] + 9) / 2.0**32
    wound = size * smooth_step(0.0, 0.55, within) * (1.0 - smooth_step(0.72, 1.0, within))
    return np.where(_of(levels, "steady")[..., None], 1.0, wound)


def smooth_step(low: float | np.ndarray, high: float | np.ndarray, x: np.ndarray) -> np.ndarray:
    """Rise from 0 at `low` to 1 at `high` with level ends."""
    t = np.clip((x - low) / (np.asarray(high) - low), 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


def strengthened(
    rows: np.ndarray, levels: Sequence[Level], activity: np.ndarray, x0_km: float, spacing_km: float
) -> np.ndarray:
    """Return vortices [row, instant, cell, COLUMNS] with their angles scaled by the activity at their centres.

    `activity` [row, instant, node], at x = `x0_km` + node * `spacing_km`; beyond its ends it is taken to hold.
    """
    centre, angle = (VortexRow._fields.index(name) for name in ("centre_x", "angle"))
    u = np.clip((rows[..., centre] - x0_km) / spacing_km, 0.0, activity.shape[-1] - 1.001)
    node = u.astype(np.intp)
    part = u - node
    at = np.take_along_axis(activity, node, axis=-1) * (1.0 - part)
    at += np.take_along_axis(activity, node + 1, axis=-1) * part
    gain, offset = _of(levels, "gain")[..., None], _of(levels, "offset")[..., None]
    found = rows.copy()
    found[..., angle] *= np.clip(at * gain + offset, 0.0, MOST_STRENGTH)
    return found


def extent(vortices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return how far from the line, km, any of vortices [..., cell, COLUMNS] reaches that is wound, and the longest of
    their shorter semi-axes, km, each [...]; 0 where none is."""
    row = VortexRow(*np.moveaxis(vortices, -1, 0))
    wound = row.angle != 0.0
    high = np.abs(row.centre_y) + np.hypot(row.long * row.sine, row.wide * row.cosine)
    return np.where(wound, high, 0.0).max(axis=-1), np.where(wound, row.wide, 0.0).max(axis=-1)
