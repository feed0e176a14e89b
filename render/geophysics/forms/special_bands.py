"""Arc groups of special forms: omega bands, STEVE's picket fence, and the structure drawn into a user map."""

from __future__ import annotations

import numpy as np

from render.geophysics.forms.arc_groups import MOST_ACTIVE, REACH_KM, Band, GroupRow, TrackRow, stirred, wandering
from render.geophysics.forms.glow import OMEGA_EQUATORWARD_KM, OMEGA_POLEWARD_KM, OmegaSettings, omega_levels
from render.geophysics.forms.subauroral import SteveSettings, along, picket_track_km
from render.geophysics.forms.vortices import FOLDS, STILL

# Pickets: some tens of bright green columns, km apart, that drift at 0.4-0.6 km/s (Gillies et al. 2020, abstract)
PICKET_WIDTH, PICKET_LENGTH = 0.8, 2.2  # of an average arc's width, and of its rays' length along it (uncertain)
PICKET_CONTRAST = 4.5  # of an average arc's rays: dark between the columns (chosen by eye)
PICKET_REACH_KM = 30.0  # km from its line to where it has no light
PICKET_FLUX = 2.4  # of an average calm arc's (uncertain)
PICKET_ENERGY = 1.0  # of an average arc's: columns reach from 95 to 150 km (Archer et al. 2019, as recalled)
STRUCTURE_BANDS = 8  # bands of structure, one after the other across a user map, before they repeat
STRUCTURE_WIDTH_KM = 60.0  # km across one of them, as `shaders.footprint.user_map` has it
STRUCTURE_FOLD_KM = 1.7 * STRUCTURE_WIDTH_KM  # km between vortices: larger ones would carry light beyond the band
PICKET_CALM = 0.28  # activity: below what bends a fence (chosen by eye)
STRUCTURE_ACTIVITY = 0.75  # of the scene's: a user map says itself where it is bright (chosen by eye)


def omega_band(
    omega: OmegaSettings, seed: int, x: np.ndarray, times: np.ndarray, edges_km: np.ndarray, activity: np.ndarray,
    level: np.ndarray,
) -> Band:  # fmt: skip
    """Return an omega band: glow with a sharp poleward edge, which pairs of vortices push into tongues.

    `edges_km` [2, instant, node] of the oval; `activity`, `level` [instant, node].
    """
    centre = edges_km[0] + (edges_km[1] - edges_km[0]) * omega.position + wandering(x, times[:, None], seed, 0.4)
    row = GroupRow(  # one wide, faint, hardly rayed arc along the edge (chosen by eye)
        arcs=1.0,
        spacing_km=10.0,
        equatorward_km=OMEGA_EQUATORWARD_KM,
        poleward_km=OMEGA_POLEWARD_KM,
        arc_flux=0.35,
        arc_width=1.6,
        ray_contrast=0.5,
        soft_flux=0.3,
        energy=1.3,
        reach_km=REACH_KM + 3.0 * OMEGA_EQUATORWARD_KM,
    )
    track = TrackRow(centre, activity, brightness=level, glow_flux=level * stirred(activity))
    return Band(row, seed, np.stack(track, axis=-1), omega_levels(omega))


def picket_track(steve: SteveSettings, kp: float, seed: int, x: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Return the picket fence's track [instant, node, 4] as `Band` has it: calm, without folds or glow, as STEVE says.

    `x` [node], km in magnetic coordinates; `times` [instant], s since the scene's time.
    """
    centre = np.stack([picket_track_km(steve, kp, x, float(t), seed) for t in times])
    lit = np.broadcast_to(along(steve, x), centre.shape)
    track = TrackRow(centre, np.full_like(centre, PICKET_CALM), brightness=lit, glow_flux=np.zeros_like(centre))
    return np.stack(track, axis=-1)


def picket_band(seed: int, track: np.ndarray) -> Band:
    """Return the picket fence: one thin arc of strong, slow, widely spaced rays and no tall red ones."""
    row = GroupRow(
        arcs=1.0,
        spacing_km=10.0,
        equatorward_km=8.0,
        poleward_km=8.0,
        arc_flux=PICKET_FLUX,
        arc_width=PICKET_WIDTH,
        ray_contrast=PICKET_CONTRAST,
        ray_length=PICKET_LENGTH,
        soft_flux=0.0,
        energy=PICKET_ENERGY,
        reach_km=PICKET_REACH_KM,
    )
    return Band(row, seed, track, (STILL,) * len(FOLDS))


def structure_bands(seed: int, instants: int, nodes: int, activity: float) -> list[Band]:
    """Return the bands of curtains that are drawn into a user map; they have no place of their own.

    Their centre lines are zero, their activity and brightness the same at all `instants` and `nodes`; `activity`: the
    scene's. Only folds that end within a band's reach: there is no trace of where it ends.
    """
    row = GroupRow(
        arcs=3.0,
        spacing_km=15.0,
        equatorward_km=18.0,
        poleward_km=26.0,
        arc_flux=1.0,
        reach_km=STRUCTURE_WIDTH_KM,
    )
    one = np.ones((instants, nodes))
    active = min(STRUCTURE_ACTIVITY * activity, MOST_ACTIVE) * one
    track = np.stack(TrackRow(0.0 * one, active, brightness=one, glow_flux=stirred(active)), axis=-1)
    folds = tuple(level if level.spacing_km < STRUCTURE_FOLD_KM else STILL for level in FOLDS)
    return [Band(row, seed + 1000 * k + 50, track, folds) for k in range(STRUCTURE_BANDS)]
