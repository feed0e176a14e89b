"""Streamers: arcs that reach from the poleward edge of a substorm's bulge towards the equator.

Where a burst of fast flow comes in from the tail, the poleward edge brightens; from there an arc grows southward across
the bulge, reaches the onset arc after a few minutes and fades. Seen about ten minutes after onset and when the bulge
has come to the edge of the polar cap (Partamies et al. 2006); across the oval in two to five minutes, and narrower than
an hour of local time (Sergeev et al. 1999). What has no name on its line was chosen by eye and is uncertain.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from render.geophysics.forms.noise import lattice_hash
from render.geophysics.forms.substorm import SECONDS_PER_MINUTE, Bulge, Substorm
from render.geophysics.forms.vortices import smooth_step


class StreamerRow(NamedTuple):
    """Streamers, each [instant, streamer], in the order of the device's columns
    (`shaders.footprint.streamer.Streamer`).

    `x_km`, `y_km`: of the poleward end; `lean`: km east per km south; `bend`: the same per 1000 km; `flux`: relative.
    """

    x_km: np.ndarray
    y_km: np.ndarray
    length_km: np.ndarray
    lean: np.ndarray
    bend: np.ndarray
    half_width_km: np.ndarray
    flux: np.ndarray
    seed: np.ndarray


COLUMNS = len(StreamerRow._fields)
FIRST = 0.55  # of the expansion when the first may start: 8 min of the usual 15 (Partamies et al. 2006: some 10 min)
LAST = 0.35  # of the recovery when the last may start (uncertain)
EVERY_S = 100.0  # s between starts in the whole bulge (uncertain; five in two hours at one place: Zesta et al. 2000)
SPEED_KM_S = (1.4, 3.2)  # km/s towards the equator: 2-5 min across the oval (Sergeev et al. 1999)
BRIGHTENING_S = 50.0  # s in which the poleward edge brightens before the streamer leaves it (uncertain)
FIRST_LENGTH_KM = 35.0  # km of that brightening (uncertain)
FADING_S = 130.0  # s in which it fades, once it is as long as the bulge is high (flow bursts: 2.5 min, Nakamura 2001)
LEAN, BEND = 0.45, 0.5  # most, to either side (uncertain)
HALF_WIDTH_KM = (10.0, 24.0)  # km: far narrower than an hour of local time (uncertain)
DRIFT_KM_S = 0.35  # km/s, most, westward or eastward (uncertain)
MARGIN = 0.12  # of the bulge's length, at either end, where none start (uncertain)
NODES_KM = 8.0  # km between nodes: the shortest wave of the front is 45 km
LONGEST_LIFE_S = 1500.0  # s: the slowest crosses 1800 km
LEAST_HEIGHT_KM = 90.0  # km of bulge: lower ones have none


def joined(parts: list[np.ndarray], instants: int) -> np.ndarray:
    """Return all streamers of several substorms; without any, one that gives no light: the device's tables need one."""
    return np.concatenate(parts, axis=1) if any(part.shape[1] for part in parts) else np.zeros((instants, 1, COLUMNS))


def may_run(event: Substorm, times_s: np.ndarray) -> bool:
    """Say whether a streamer may be lit at any of the instants, s after the scene's time."""
    age = np.asarray(times_s, float) - event.onset_s
    first, last = _span_s(event)
    return bool(((age > first) & (age < last + LONGEST_LIFE_S)).any())


def nodes_km(event: Substorm) -> np.ndarray:
    """Return nodes [node], km in magnetic coordinates, that hold the poleward ends of all streamers of a substorm."""
    west, east = (float(end) for end in event.ends_km(np.array(np.inf)))
    beyond = DRIFT_KM_S * LONGEST_LIFE_S
    return NODES_KM * np.arange(np.floor((west - beyond) / NODES_KM), np.ceil((east + beyond) / NODES_KM) + 1.0)


def streamers_of(
    event: Substorm, seed: int, x_km: np.ndarray, times_s: np.ndarray, base_km: np.ndarray, found: Bulge
) -> np.ndarray:
    """Return [instant, streamer, COLUMNS], those of a substorm that are lit at any of the instants.

    `x_km` [node] in magnetic coordinates; `times_s` [instant], s after the scene's time; `base_km` [instant, node]: y
    of the onset arc; `found`: its bulge, at the same instants and nodes.
    """
    starts, n = _starts(event, seed)
    age = np.asarray(times_s, float)[:, None] - event.onset_s - starts  # [instant, streamer]

    def chance(which: int) -> np.ndarray:
        return lattice_hash(n, np.full_like(n, which), seed) / 2.0**32

    x = _places(event, starts, chance(0)) + DRIFT_KM_S * (2.0 * chance(1) - 1.0) * age
    foot, height = (_at(part, x, x_km) for part in (base_km, found.height_km))
    speed = SPEED_KM_S[0] + (SPEED_KM_S[1] - SPEED_KM_S[0]) * chance(2)
    grown = FIRST_LENGTH_KM + speed * np.maximum(age - BRIGHTENING_S, 0.0)
    whole = np.maximum(height, LEAST_HEIGHT_KM)
    arrived = BRIGHTENING_S + (whole - FIRST_LENGTH_KM) / speed
    flux = smooth_step(0.0, BRIGHTENING_S, age) * (1.0 - smooth_step(arrived, arrived + FADING_S, age))
    flux = flux * event.strength * (0.5 + 0.8 * chance(3)) * smooth_step(LEAST_HEIGHT_KM, 2.0 * LEAST_HEIGHT_KM, height)
    lean, bend = LEAN * (2.0 * chance(4) - 1.0), BEND * (2.0 * chance(5) - 1.0)
    half = HALF_WIDTH_KM[0] + (HALF_WIDTH_KM[1] - HALF_WIDTH_KM[0]) * chance(6)
    seeds = lattice_hash(n, np.full_like(n, 8), seed) >> np.uint32(8)  # 24 bits: whole in single precision
    columns = StreamerRow(x, foot + height, np.minimum(grown, whole), lean, bend, half, flux, seeds)
    table = np.stack([np.broadcast_to(column, age.shape) for column in columns], axis=-1)
    return table[:, (flux > 0.0).any(axis=0)]


def _span_s(event: Substorm) -> tuple[float, float]:
    """Return s after onset between which streamers start."""
    expansion, recovery = event.expansion_min * SECONDS_PER_MINUTE, event.recovery_min * SECONDS_PER_MINUTE
    return FIRST * expansion, expansion + LAST * recovery


def _starts(event: Substorm, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return when streamers start, s after onset, and their numbers, each [streamer]."""
    first, last = _span_s(event)
    n = np.arange(int(event.streamers * (last - first) / EVERY_S))
    apart = EVERY_S / max(event.streamers, 1e-6)
    return first + apart * (n + lattice_hash(n, np.full_like(n, 7), seed) / 2.0**32), n


def _places(event: Substorm, starts_s: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Return x, km, [streamer], at which streamers start: `share` of the way through the bulge of that instant."""
    west, east = event.ends_km(starts_s)
    return west + (MARGIN + (1.0 - 2.0 * MARGIN) * share) * (east - west)


def _at(along: np.ndarray, x: np.ndarray, x_km: np.ndarray) -> np.ndarray:
    """Return `along` [instant, node] at x [instant, streamer], linear between nodes x_km."""
    return np.stack([np.interp(place, x_km, row) for place, row in zip(x, along, strict=True)])
