"""Arc groups of special forms: omega bands, STEVE's picket fence, and the structure drawn into a user's own map."""

from __future__ import annotations

import numpy as np

from render.geophysics.arc_groups import REACH_KM, Band, wandering
from render.geophysics.glow import OMEGA_EQUATORWARD_KM, OMEGA_POLEWARD_KM, OmegaSettings, omega_levels
from render.geophysics.subauroral import SteveSettings, along, picket_track_km
from render.geophysics.vortices import FOLDS, Level

# Pickets: some tens of bright green columns, km apart, that drift at 0.4-0.6 km/s (Gillies et al. 2020, abstract)
PICKET_WIDTH, PICKET_LENGTH = 0.8, 2.2  # of an average arc's width, and of its rays' length along it (uncertain)
PICKET_FLUX = 12.0  # of an average calm arc: below the oval, where arcs have a fifth of theirs (uncertain)
PICKET_ENERGY = 1.0  # of an average arc's: columns reach from 95 to 150 km (Archer et al. 2019, as recalled)
STRUCTURE_BANDS = 8  # bands of structure, one after the other across a user's map, before they repeat
STRUCTURE_WIDTH_KM = 60.0  # km across one of them, as `shaders.own_map` has it
STILL = Level(160.0, 0.0, 0.0, 1e9, 0.0, 0.0, steady=True)


def omega_band(
    omega: OmegaSettings, seed: int, x: np.ndarray, times: np.ndarray, edges_km: np.ndarray, activity: np.ndarray,
    level: np.ndarray,
) -> Band:  # fmt: skip
    """Return an omega band: glow with a sharp poleward edge, which pairs of vortices push into tongues.

    `edges_km` [2, instant, node] of the oval; `activity`, `level` [instant, node].
    """
    centre = edges_km[0] + (edges_km[1] - edges_km[0]) * omega.position + wandering(x, times[:, None], seed, 0.4)
    row = (
        1.0, 10.0, OMEGA_EQUATORWARD_KM, OMEGA_POLEWARD_KM, 0.35, 1.0, 1.6, 0.5, 1.0, 0.3, 1.3,
        REACH_KM + 3.0 * OMEGA_EQUATORWARD_KM,
    )  # fmt: skip
    return Band(row, seed, np.stack([centre, activity, level], axis=-1), omega_levels(omega))


def picket_track(steve: SteveSettings, kp: float, seed: int, x: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Return the picket fence's track [instant, node, 3]: calm, without folds, where STEVE says."""
    centre = np.stack([picket_track_km(steve, kp, x, float(t), seed) for t in times])
    lit = np.broadcast_to(along(steve, x), centre.shape)
    return np.stack([centre, np.full_like(centre, 0.28), lit], axis=-1)


def picket_band(seed: int, track: np.ndarray) -> Band:
    """Return the picket fence: one thin arc of strong, slow, widely spaced rays and no tall red ones."""
    row = (1.0, 10.0, 8.0, 8.0, PICKET_FLUX, 0.0, PICKET_WIDTH, 4.5, PICKET_LENGTH, 0.0, PICKET_ENERGY, 30.0)
    return Band(row, seed, track, (STILL,) * len(FOLDS))


def structure_bands(seed: int, instants: int, nodes: int, activity: float) -> list[Band]:
    """Return the bands of curtains that are drawn into a user's own map; they have no place of their own.

    Only folds that end within a band's reach: there is no trace of where it ends.
    """
    row = (3.0, 15.0, 18.0, 26.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, STRUCTURE_WIDTH_KM)
    track = np.zeros((instants, nodes, 3))
    track[..., 1], track[..., 2] = min(0.75 * activity, 1.25), 1.0
    folds = tuple(level if level.spacing_km < 1.7 * STRUCTURE_WIDTH_KM else STILL for level in FOLDS)
    return [Band(row, seed + 1000 * k + 50, track, folds) for k in range(STRUCTURE_BANDS)]
