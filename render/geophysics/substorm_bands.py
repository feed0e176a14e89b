"""The arc groups of a substorm: the onset arc, the bulge's front, and what fills it."""

from __future__ import annotations

import numpy as np

from render.geophysics.arc_groups import Band, wandering
from render.geophysics.magnetic_map import KM_PER_DEGREE, KM_PER_HOUR
from render.geophysics.noise import gradient_noise
from render.geophysics.substorm import BULGE_BRIGHTNESS, BULGE_PLACES, Bulge, Substorm, bulge, growth
from render.geophysics.vortices import FOLDS, Level

ONSET_PLACE = 1.0 / 6.0  # across the oval, where a substorm begins: near its equatorward edge
BEYOND_DEG = 1.0  # degrees that the front runs beyond the statistical poleward edge
LEAST_ROOM_KM = 80.0
BULGE_ACTIVITY = 1.15  # of all arcs in the bulge
SURGE_SPACING_KM = 300.0  # km, cell of the surge's spiral: some 200 km across (up to 1300 km: Davis & Hallinan 1976)


def substorm_bands(
    event: Substorm, seed: int, x_km: np.ndarray, times_s: np.ndarray, edges_km: np.ndarray
) -> list[Band]:
    """Return the groups of a substorm at instants [instant] along x [node]; `edges_km` [2, instant, node]."""
    onset_x = ((event.mlt_h + 12.0) % 24.0 - 12.0) * KM_PER_HOUR
    base = edges_km[0] + ONSET_PLACE * (edges_km[1] - edges_km[0])
    if event.latitude_deg is not None:
        base = np.full_like(base, event.latitude_deg * KM_PER_DEGREE)
    shift = growth(event, times_s)[0][:, None]
    room = np.maximum(edges_km[1] + BEYOND_DEG * KM_PER_DEGREE - base, LEAST_ROOM_KM)
    found = bulge(event, x_km, onset_x, room, times_s)
    base = base - shift + wandering(x_km, times_s[:, None], seed, 0.35)
    return [_band(event, seed + 60 * k, k, x_km, times_s, base, found, onset_x) for k in range(len(BULGE_PLACES))]


def _band(
    event: Substorm, seed: int, k: int, x: np.ndarray, times: np.ndarray, base: np.ndarray, found: Bulge, onset_x: float
) -> Band:
    """Return the k-th group of a bulge; the first is the onset arc, which is there before."""
    place, brightness = BULGE_PLACES[k], BULGE_BRIGHTNESS[k] * event.strength
    t = times[:, None]
    centre = base + place * found.height_km + wandering(x, t, seed + 500, 0.30 if k else 0.0)
    lit = found.lit if k == 0 else found.filled
    uneven = np.clip(0.9 + 0.9 * gradient_noise((x + 1.0 * t) / 230.0, t / 160.0, seed + 13), 0.15, 1.5)
    occupied = lit * (uneven if k else 0.5 + 0.5 * uneven)
    quick = np.maximum(found.filled, 0.8 * found.lit)
    activity = np.clip(
        BULGE_ACTIVITY * quick * (0.8 + 0.5 * gradient_noise((x + 0.8 * t) / 170.0, t / 60.0, seed + 14)), 0.0, 1.25
    )
    row = (
        4.0 if k else 2.0, 12.0 if k else 9.0, 34.0 if k else 16.0, 46.0 if k else 20.0, brightness, 0.9 * brightness,
        1.0, 1.1, 1.0, 1.3, 1.25, 220.0,
    )  # fmt: skip
    surge, beads = found.surge, found.beads
    still = np.ones_like(surge)
    levels = (
        Level(SURGE_SPACING_KM, 1.55 * np.pi, 0.0, 1e9, 0.0, 1.0, (0.7, 0.8), steady=True),
        Level(
            event.bead_km, 0.9 * np.pi, 0.25, 1e9, 0.0, 1.0, (0.6, 0.9), steady=True,
            anchor_km=onset_x - 0.5 * event.bead_km,
        ),
        *FOLDS[2:],
    )  # fmt: skip
    strength = np.stack([surge if k in (1, 3) else 0.0 * surge, beads if k == 0 else 0.35 * beads, *[still] * 3])
    return Band(row, seed, np.stack([centre, activity, occupied], axis=-1), levels, strength, found.west_km)
