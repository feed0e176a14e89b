"""The arc groups of a substorm: the onset arc, the bulge's front, and what fills it.

`render.geophysics.forms.substorm` tells when and where the bulge is; here that becomes four bands, one of them the
onset arc, which is there before, and three that rise with the bulge's front. Beads sit on the onset arc, and the
surge's spiral on the bands in the bulge's middle and at its front.
"""

from __future__ import annotations

import numpy as np

from render.geophysics.field.magnetic_coordinates import KM_PER_DEGREE
from render.geophysics.forms.arc_groups import MOST_ACTIVE, Band, GroupRow, TrackRow, stirred, wandering
from render.geophysics.forms.noise import gradient_noise
from render.geophysics.forms.substorm import BULGE_BRIGHTNESS, BULGE_PLACES, Bulge, Substorm, bulge, growth
from render.geophysics.forms.vortices import FOLDS, FOR_EVER_S, Level

ONSET_PLACE = 1.0 / 6.0  # across the oval, where a substorm begins: near its equatorward edge
BEYOND_DEG = 1.0  # degrees that the front runs beyond the statistical poleward edge
LEAST_ROOM_KM = 80.0  # km from the onset arc to where the front stops, however narrow the oval (uncertain)
BULGE_ACTIVITY = 1.15  # of all arcs in the bulge
SURGE_SPACING_KM = 300.0  # km, cell of the surge's spiral: some 200 km across (up to 1300 km: Davis & Hallinan 1976)
SURGE_ANGLE, BEAD_ANGLE = 1.55 * np.pi, 0.9 * np.pi  # rad, fully wound (uncertain, chosen by eye)
BEAD_DRIFT_KM_S = 0.25  # km/s eastward (uncertain)
BEADS_IN_BULGE = 0.35  # of the onset arc's winding, of the same row of vortices in the bulge's bands (uncertain)
SPIRALLED = (1, 3)  # of the bands, that the surge's spiral winds up: the middle of the bulge, and its front
WANDERS, BULGE_WANDERS = 0.35, 0.30  # of an ordinary group's meanders: all together, and each beside (by eye)
SEED_BETWEEN = 70  # between the bands of one substorm: no sum of the steps of arcs (40) and of levels (20)
REACH_KM = 380.0  # km from a band's centre line to where it has no light: the surge carries it far
# Half-widths of the glow, km, equatorward and poleward: of the onset arc and of the bulge, which it fills (uncertain)
ONSET_HALVES_KM, BULGE_HALVES_KM = (16.0, 20.0), (100.0, 130.0)
# mW m-2 of that glow, of bands of brightness 1: a moderate substorm adds 20-60 GW for half an hour (total power doubles
# at onset: Newell & Gjerloev 2011, as recalled)
ONSET_GLOW_FLUX, GLOW_FLUX = 0.6, 3.0


def substorm_bands(
    event: Substorm, seed: int, x_km: np.ndarray, times_s: np.ndarray, edges_km: np.ndarray
) -> list[Band]:
    """Return the groups of a substorm, the onset arc first; arguments as for `stage`."""
    base, found = stage(event, seed, x_km, times_s, edges_km)
    seeds = [seed + SEED_BETWEEN * k for k in range(len(BULGE_PLACES))]
    tracks = _tracks(event, np.array(seeds)[:, None, None], x_km, times_s[:, None], base, found)
    return [
        Band(_row(event, k), seeds[k], tracks[k], *_winding(event, k, found), found.west_km) for k in range(len(seeds))
    ]


def stage(
    event: Substorm, seed: int, x_km: np.ndarray, times_s: np.ndarray, edges_km: np.ndarray
) -> tuple[np.ndarray, Bulge]:
    """Return (y of the onset arc, km [instant, node]; the bulge poleward of it).

    `x_km` [node] in magnetic coordinates; `times_s` [instant], s after the scene's time; `edges_km` [2, instant, node]:
    y of the oval's equatorward and poleward edge.
    """
    base = edges_km[0] + ONSET_PLACE * (edges_km[1] - edges_km[0])
    if event.latitude_deg is not None:
        base = np.full_like(base, event.latitude_deg * KM_PER_DEGREE)
    shift = growth(event, times_s)[0][:, None]
    room = np.maximum(edges_km[1] + BEYOND_DEG * KM_PER_DEGREE - base, LEAST_ROOM_KM)
    found = bulge(event, seed, x_km, room, times_s)
    return base - shift + wandering(x_km, times_s[:, None], seed, WANDERS), found


def _row(event: Substorm, k: int) -> GroupRow:
    """Return the k-th group's row: the bulge's groups are wider than the onset arc's (chosen by eye)."""
    brightness = BULGE_BRIGHTNESS[k] * event.strength
    return GroupRow(
        arcs=4.0 if k else 2.0,
        spacing_km=12.0 if k else 9.0,
        equatorward_km=BULGE_HALVES_KM[0] if k else ONSET_HALVES_KM[0],
        poleward_km=BULGE_HALVES_KM[1] if k else ONSET_HALVES_KM[1],
        arc_flux=brightness,
        ray_contrast=1.1,
        soft_flux=1.3,
        energy=1.25,
        reach_km=REACH_KM,
    )


def _tracks(
    event: Substorm, seeds: np.ndarray, x: np.ndarray, t: np.ndarray, base: np.ndarray, found: Bulge
) -> np.ndarray:
    """Return the groups' tracks [group, instant, node, 4] as `Band` has them; `seeds` [group, 1, 1]; `t` [instant, 1];
    `base`: y of the onset arc.

    Lengths, lives and drifts of their uneven stretches, km, s, km/s westward: chosen by eye.
    """
    place, brightness = (np.array(of_groups)[:, None, None] for of_groups in (BULGE_PLACES, BULGE_BRIGHTNESS))
    onset = np.arange(len(seeds))[:, None, None] == 0
    wanders = np.where(onset, 0.0, BULGE_WANDERS)
    centre = base + place * found.height_km + wandering(x, t, seeds + 500, wanders)
    uneven = np.clip(0.9 + 0.9 * gradient_noise((x + 1.0 * t) / 230.0, t / 160.0, seeds + 13), 0.15, 1.5)
    occupied = np.where(onset, found.lit * (0.5 + 0.5 * uneven), found.filled * uneven)
    quick = np.maximum(found.filled, 0.8 * found.lit)
    uneasy = 0.8 + 0.5 * gradient_noise((x + 0.8 * t) / 170.0, t / 60.0, seeds + 14)
    activity = np.clip(BULGE_ACTIVITY * quick * uneasy, 0.0, MOST_ACTIVE)
    full = np.where(onset, ONSET_GLOW_FLUX, GLOW_FLUX) * brightness * event.strength
    return np.stack(TrackRow(centre, activity, occupied, full * occupied * stirred(activity)), axis=-1)


def _winding(event: Substorm, k: int, found: Bulge) -> tuple[tuple[Level, ...], np.ndarray]:
    """Return the k-th group's rows of vortices, and how strong each is, [level, instant]: the spiral, beads, folds."""
    spiral = Level(SURGE_SPACING_KM, SURGE_ANGLE, 0.0, FOR_EVER_S, 0.0, 1.0, (0.7, 0.8), steady=True)
    beads = Level(
        event.bead_km, BEAD_ANGLE, BEAD_DRIFT_KM_S, FOR_EVER_S, 0.0, 1.0, (0.6, 0.9), steady=True,
        anchor_km=event.onset_x_km - 0.5 * event.bead_km,
    )  # fmt: skip
    folds = FOLDS[2:]
    strength = [
        found.surge if k in SPIRALLED else 0.0 * found.surge,
        BEADS_IN_BULGE * found.beads if k else found.beads,
        *[np.ones_like(found.surge)] * len(folds),
    ]
    return (spiral, beads, *folds), np.stack(strength)
