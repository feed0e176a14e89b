"""Arc groups: the bands that curtains hang in, as rows of numbers and tracks along the oval for the device.

A group is an arc system: soft-edged glow with two to five thin arcs in it, under one inverted V (Knudsen et al. 2001;
Partamies et al. 2010). Besides the scene's own groups there are those of its substorms, of omega bands, and STEVE's
pickets.

Whatever its kind, the device gets it as a `Band`: a row of numbers that hold all along (`GroupRow`), and a track of
centre line, activity and occupancy against x, which `wandering`, `activity_along` and `occupancy_along` make of noise
in place and time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from pydantic import Field

from render.core.record import Record
from render.geophysics.field.magnetic_coordinates import HALF_DAY_H, KM_PER_HOUR
from render.geophysics.forms.noise import gradient_noise
from render.geophysics.forms.vortices import FOLDS, Level, smooth_step

REACH_KM = 110.0  # km from the centre line within which an ordinary group has its arcs and glow


class GroupRow(NamedTuple):
    """What holds all along a group, in the order of the device's columns (`shaders.footprint.forms`, `groups`).

    `arcs`: how many thin arcs, `spacing_km` apart; `equatorward_km`, `poleward_km`: half-widths of its glow;
    `reach_km` from the centre line within which the group has any light. All else is relative to an average group or
    arc: flux of the arcs and of the glow, width of an arc, contrast of its rays and their length along it, flux of the
    soft electrons in it, and energy of the hard ones.
    """

    arcs: float
    spacing_km: float
    equatorward_km: float
    poleward_km: float
    arc_flux: float
    arc_width: float = 1.0
    ray_contrast: float = 1.0
    ray_length: float = 1.0
    soft_flux: float = 1.0
    energy: float = 1.0
    reach_km: float = REACH_KM


GROUP_COLUMNS = len(GroupRow._fields)


class TrackRow(NamedTuple):
    """What changes along a group, each [instant, node], in the order of the device's columns
    (`shaders.footprint.forms`).

    `brightness`: of its arcs, relative to an average group; `glow_flux`: mW m-2 in the middle of its glow.
    """

    centre_km: np.ndarray
    activity: np.ndarray
    brightness: np.ndarray
    glow_flux: np.ndarray


TRACK_COLUMNS = len(TrackRow._fields)
Seeds = int | np.ndarray
"""Of one group, or of several, [group, 1, 1]: what is asked of them then is [group, instant, node]."""
MOST_ARCS = 8
# Half-widths of an arc system's glow, relative to `envelope_km`: the poleward side is the softer one (chosen by eye)
EQUATORWARD_HALF, POLEWARD_HALF = 0.75, 1.35
REACH_HALVES = 3.2  # half-widths of a wide arc system from its centre line to where it has no light

# wavelength km, amplitude km, period s, drift km/s: how a group's centre line wanders (uncertain, chosen by eye)
MEANDERS = ((1500.0, 60.0, 1500.0, 0.15), (560.0, 34.0, 600.0, 0.3), (230.0, 15.0, 220.0, 0.6),
            (100.0, 7.0, 80.0, 0.9), (45.0, 2.6, 35.0, 1.2))  # fmt: skip
LEAST_DRIVE_FACTOR, MOST_DRIVE_FACTOR = 0.5, 1.35  # of the drive, between which arc systems widen
WIDENING = 0.5  # of an arc system's width, which follows the square of the drive's activity (uncertain)
MEAN_ACTIVITY = 0.42  # before it is sharpened, without bias (uncertain, chosen by eye)
SURGE_DRIFT_KM_S = 0.8  # km/s westward at which activity moves along an arc (uncertain)
# h from magnetic noon: up to the first there are no arcs, from the second on all of them. Discrete arcs do leave a gap
# at midday (Dandekar & Pike 1978, from memory: some 10.5 to 13.5 h; ours is narrower)
MIDDAY_GAP_H = (0.15, 0.75)
MOST_ACTIVE, MOST_OCCUPIED = 1.25, 1.4  # where activity, and the root of occupancy, end (chosen by eye)


class ArcGroup(Record):
    """Two to five parallel arcs in one arc system (an inverted V)."""

    position: float = Field(ge=-0.5, le=1.5, description="place across the oval: 0 equatorward edge, 1 poleward edge")
    arcs: int = Field(default=3, ge=0, le=MOST_ARCS, description="number of parallel arcs; 0: glow alone")
    spacing_km: float = Field(default=10.0, gt=0.5, le=60.0, description="km between arcs")
    envelope_km: float = Field(default=22.0, gt=1.0, le=80.0, description="km, half-width of the arc system's glow")
    brightness: float = Field(default=1.0, ge=0.0, le=20.0, description="energy flux relative to an average group")
    glow: float = Field(default=1.0, ge=0.0, le=10.0, description="flux of the arc system's glow, relative again")
    rays: float = Field(default=1.0, ge=0.0, le=2.0, description="contrast of rays relative to an average group")
    filled: float = Field(
        default=0.0, ge=-1.0, le=1.5, description="added to how much of the oval the arc system fills; 1: all of it"
    )
    activity_bias: float = Field(default=0.0, ge=-1.0, le=1.0, description="added to the group's activity (0 to 1)")


DEFAULT_GROUPS = (
    ArcGroup(position=0.06, arcs=2, spacing_km=15.0, envelope_km=50.0, brightness=0.36, glow=2.4, activity_bias=-0.40),
    ArcGroup(position=0.17, arcs=3, spacing_km=9.0, envelope_km=45.0, brightness=0.62, glow=1.9, activity_bias=0.10),
    ArcGroup(position=0.29, arcs=4, spacing_km=8.0, envelope_km=50.0, brightness=1.1, glow=1.3, activity_bias=0.30),
    ArcGroup(position=0.46, arcs=3, spacing_km=12.0, envelope_km=45.0, brightness=0.42, glow=2.2, activity_bias=-0.05),
    ArcGroup(position=0.66, arcs=2, spacing_km=13.0, envelope_km=40.0, brightness=0.36, glow=2.0, activity_bias=-0.10),
    ArcGroup(position=0.90, arcs=3, spacing_km=10.0, envelope_km=32.0, brightness=0.55, glow=1.3, activity_bias=0.15),
)


@dataclass(frozen=True)
class Band:
    """One group of an instant or several, ready for the device.

    `row` [GROUP_COLUMNS] as `GroupRow`; `seed`; `track` [instant, node, 4] as `TrackRow`: centre line y km in magnetic
    coordinates, activity 0 to 1.25, brightness, flux of the glow mW m-2; `levels`: its vortices' rows; `strength`
    [level, instant] or None: what the angles of a level are multiplied by; `head_km` [instant] or None: x, km, of a
    surge's head, with which the first level's vortices move.
    """

    row: tuple[float, ...]
    seed: int
    track: np.ndarray
    levels: tuple[Level, ...] = FOLDS
    strength: np.ndarray | None = None
    head_km: np.ndarray | None = None


def envelope_km(group: ArcGroup, drive_factor: float) -> float:
    """Return the half-width, km, of a group's glow: arc systems widen with the drive's activity (uncertain).

    `drive_factor`: activity of the drive, 1 in an active hour.
    """
    v = min(max(drive_factor, LEAST_DRIVE_FACTOR), MOST_DRIVE_FACTOR)
    return group.envelope_km * (1.0 - WIDENING + WIDENING * v * v)


def group_row(group: ArcGroup, drive_factor: float) -> GroupRow:
    """Return the device's row of a scene's group; `drive_factor` as for `envelope_km`."""
    wide = envelope_km(group, drive_factor)
    return GroupRow(
        arcs=group.arcs,
        spacing_km=group.spacing_km,
        equatorward_km=EQUATORWARD_HALF * wide,
        poleward_km=POLEWARD_HALF * wide,
        arc_flux=group.brightness,
        ray_contrast=group.rays,
        reach_km=max(REACH_KM, REACH_HALVES * wide),
    )


def stirred(activity: np.ndarray) -> np.ndarray:
    """Return how bright the glow of an arc system is by its activity, relative: more where it is stirred (by eye)."""
    return 0.7 + 1.5 * activity


def wandering(x_km: np.ndarray, times_s: np.ndarray, seed: Seeds, scale: float | np.ndarray = 1.0) -> np.ndarray:
    """Return how far, km poleward, a centre line strays from its place, [instant, node], or for several seeds
    [group, instant, node].

    `x_km` [node] in magnetic coordinates; `times_s` [instant, 1]; `scale`: of all meanders, or of each
    group's. Takes five seeds.
    """
    strayed = np.zeros(np.broadcast_shapes(x_km.shape, times_s.shape, np.shape(seed)))
    for k, (wavelength, amplitude, period, drift) in enumerate(MEANDERS):
        strayed += scale * amplitude * gradient_noise((x_km - drift * times_s) / wavelength, times_s / period, seed + k)
    return strayed


def activity_along(
    x_km: np.ndarray, times_s: np.ndarray, seed: Seeds, bias: float | np.ndarray, scale: np.ndarray
) -> np.ndarray:
    """Return a group's activity, 0 to 1.25, [instant, node]: most of an arc is calm, stretches of it are not.

    `x_km` [node], `times_s` [instant, 1] and several seeds as for `wandering`; `bias`: the group's own, added; `scale`
    [instant, 1]: the drive's and the scene's activity. Uses seeds 10 and 11 above `seed`. The sum of noises is
    sharpened by a cubic, which leaves 0 and 1 where they are.
    """
    moving = x_km + SURGE_DRIFT_KM_S * times_s
    raw = MEAN_ACTIVITY + bias + gradient_noise(moving / 520.0, times_s / 240.0, seed + 10)  # km, s: chosen by eye
    raw = np.clip(raw + 0.5 * gradient_noise(moving / 140.0, times_s / 70.0, seed + 11), 0.0, 1.5) * scale
    return np.clip(raw * raw * (3.0 - raw) / 2.0, 0.0, MOST_ACTIVE)


def occupancy_along(
    x_km: np.ndarray, times_s: np.ndarray, seed: Seeds, activity: np.ndarray, scale: np.ndarray,
    filled: float | np.ndarray,
) -> np.ndarray:  # fmt: skip
    """Return how much of an arc system is there, 0 to 2, [instant, node]: they begin and end along the oval.

    `activity` [instant, node]: the group's; other arguments as for `activity_along`; `filled` is added, 1 lights all
    of it. Uses the seed 12 above `seed`.
    """
    ends = 1.1 * gradient_noise((x_km + 0.3 * times_s) / 700.0, times_s / 900.0, seed + 12)  # km/s, km, s: by eye
    lit = 0.05 + 0.5 * scale + 1.4 * np.maximum(scale - 1.0, 0.0) + ends + 0.45 * activity + filled
    return np.clip(lit, 0.0, MOST_OCCUPIED) ** 2


def outside_midday_gap(x_km: np.ndarray) -> np.ndarray:
    """Return 0 at magnetic noon to 1 away from it, [node], by which occupancy is multiplied.

    x is cut at noon, and noise on either side is another: an arc that reached it would end there as if cut off.
    """
    hours = (x_km / KM_PER_HOUR + HALF_DAY_H) % (2.0 * HALF_DAY_H) - HALF_DAY_H
    return smooth_step(*MIDDAY_GAP_H, HALF_DAY_H - np.abs(hours))
