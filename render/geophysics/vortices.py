"""Vortices: how an arc group is wound up, tabulated for the device at any instant.

A level is a row of cells along the oval with one vortex in each: an area-preserving rotation that dies out at the rim
of an ellipse inside its cell, so that at most one vortex of a level touches a point and the map is inverted exactly
(`shaders.footprint.unwind`). An arc, straight in the frame so wound, comes out as a rolled-up sheet. A vortex winds up
and unwinds with its field-aligned current (Hallinan 1976, from memory). All are of one sense: clockwise seen from above
in the north, where an electron sheet's E x B drift turns it so; in the south y is mirrored, and the sense with it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from render.geophysics.noise import lattice_hash

COLUMNS = 8  # left edge of the cell, centre x, centre y, semi-axes, km; cosine and sine of the tilt; angle, rad
LEVELS = 5  # shared by a group; single arcs have two finer ones (`curtain.CURLS`)
LARGEST = 0.47  # of the cell's width, from a vortex's middle to its rim; pairs that make tongues are all as large
EDGE_JITTER = 0.15  # of the spacing, to either side: spacings vary by 30 per cent at most
LARGEST_TILT = 0.6  # rad of an ellipse against the arc (uncertain, chosen by eye)
SEED_STEP = 20  # between levels
BEHIND_HEAD = 0.3  # of the head's winding, of the vortices behind a surge (uncertain, chosen by eye)
MARGIN_KM = 400.0  # km beyond the range of x that larger vortices may carry a point


@dataclass(frozen=True)
class Level:
    """One row of vortices: numbers that hold for all of them.

    `angle_rad` at full strength; strength = activity x `gain` + `offset`, 0 to 1.1; `flat`: least and largest ratio of
    the ellipse's axes; `alternate`: neighbours turn against each other (mushrooms: omega bands); `steady`: they do not
    wax and wane; `anchor_km`: where cell 0 begins at time 0.
    """

    spacing_km: float
    angle_rad: float
    drift_km_s: float
    life_s: float
    gain: float
    offset: float
    flat: tuple[float, float] = (0.5, 0.95)
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


@dataclass(frozen=True)
class Vortices:
    """Vortices of several instants and groups.

    `table` [instant, group, cell, 8], the levels' cells one after the other; `rows` [instant, group, level, 2]: x, km,
    where the level's first cell nominally begins, and its spacing, km; `offsets` [level + 1]: where its cells begin.
    """

    table: np.ndarray
    rows: np.ndarray
    offsets: np.ndarray


def cells_of(levels: list[tuple[Level, ...]], x_min_km: float, x_max_km: float) -> np.ndarray:
    """Return [level + 1] int32, where each level's cells begin in a table that holds the densest group's."""
    length = x_max_km - x_min_km + 2.0 * MARGIN_KM
    finest = [min(group[k].spacing_km for group in levels) for k in range(LEVELS)]
    return np.concatenate([[0], np.cumsum([int(np.ceil(length / s)) + 4 for s in finest])]).astype(np.int32)


def vortex_row(
    level: Level, seed: int, times_s: np.ndarray, x_min_km: float, count: int, head_km: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return (begin [instant], vortices [instant, cell, 8]) of a level at full strength, from `x_min_km` on.

    `head_km` [instant]: cell 0 moves with this place in its middle, and the cells behind are wound far less.
    """
    spacing = level.spacing_km
    origin = level.anchor_km + level.drift_km_s * np.asarray(times_s, float)
    if head_km is not None:
        origin = np.asarray(head_km, float) - 0.5 * spacing
    first = np.floor((x_min_km - MARGIN_KM - origin) / spacing) - 1.0
    k = first[:, None] + np.arange(count)

    def chance(which: int, at: np.ndarray = k) -> np.ndarray:
        return lattice_hash(at, np.full_like(at, which), seed) / 2.0**32

    def edge(at: np.ndarray) -> np.ndarray:
        return spacing * (at + EDGE_JITTER * (2.0 * chance(5, at) - 1.0)) + origin[:, None]

    left, right = edge(k), edge(k + 1.0)
    width = right - left
    size = np.full_like(k, LARGEST) if level.alternate else LARGEST - 0.2 * chance(0)
    half = width * size  # km along the arc from the vortex's middle to its rim
    centre = left + 0.5 * width + (2.0 * chance(1) - 1.0) * (0.49 * width - half)
    tilt = LARGEST_TILT * (2.0 * chance(6) - 1.0)
    flat = level.flat[0] + (level.flat[1] - level.flat[0]) * chance(7)
    c, s = np.cos(tilt), np.sin(tilt)
    long = half / np.sqrt(c * c + (flat * s) ** 2)
    across = (2.0 * chance(2) - 1.0) * 0.28 * long * flat
    turn = level.angle_rad * (np.ones_like(k) if level.steady else _winding(times_s, k, level, seed, chance))
    if level.alternate:
        turn = turn * np.where(k % 2.0 == 0.0, 1.0, -1.0)
    if head_km is not None:
        turn = turn * np.where(k == 0.0, 1.0, BEHIND_HEAD)
    rows = np.stack([left, centre, across, long, long * flat, c, s, turn], axis=-1)
    return first * spacing + origin, rows


def _winding(times_s: np.ndarray, k: np.ndarray, level: Level, seed: int, chance) -> np.ndarray:  # type: ignore[no-untyped-def]
    """Return how far each vortex is wound, 0 to 1; lives differ in length and phase, and no two are alike."""
    phase = np.asarray(times_s, float)[:, None] / level.life_s * (0.7 + 0.6 * chance(3)) + 8.0 * chance(4)
    life = np.floor(phase)
    within = phase - life
    size = 0.25 + 0.75 * lattice_hash(k, life, seed + 9) / 2.0**32
    return size * smooth_step(0.0, 0.55, within) * (1.0 - smooth_step(0.72, 1.0, within))


def smooth_step(low: float | np.ndarray, high: float | np.ndarray, x: np.ndarray) -> np.ndarray:
    """Rise from 0 at `low` to 1 at `high` with level ends."""
    t = np.clip((x - low) / (np.asarray(high) - low), 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


def strengthened(rows: np.ndarray, level: Level, activity: np.ndarray, x0_km: float, spacing_km: float) -> np.ndarray:
    """Return vortices [instant, cell, 8] with their angles scaled by the activity [instant, node] at their centres."""
    u = np.clip((rows[..., 1] - x0_km) / spacing_km, 0.0, activity.shape[1] - 1.001)
    node = u.astype(int)
    part = u - node
    at = np.take_along_axis(activity, node, axis=1) * (1.0 - part)
    at += np.take_along_axis(activity, node + 1, axis=1) * part
    found = rows.copy()
    found[..., 7] *= np.clip(at * level.gain + level.offset, 0.0, 1.1)
    return found
