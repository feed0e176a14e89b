"""Curtains: where arc groups stand along the oval and how active they are, a pure function of (place, time, seed).

This is the host's half: what depends on one coordinate only (a group's centre line, its activity, where it is lit) is
tabulated here against magnetic local time; the folds, curls and rays are the device's half (`shaders.footprint`).
First form: arc groups, six levels of twist, rays, diffuse glow. Numbers follow the morphology of Knudsen et al. 2001
(widths), Partamies et al. 2010, Hallinan & Davis 1970 (folds), Trondsen & Cogger 1998 (curls), as collected in the
project's geophysics note; those without a name here were chosen by eye and are uncertain.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from pydantic import Field

from render.geophysics.noise import gradient_noise
from render.geophysics.oval import energy_flux_and_mean_energy, starkov_boundaries
from render.record import Record
from render.units import EARTH_MEAN_RADIUS_KM

FOOT_RADIUS_KM = EARTH_MEAN_RADIUS_KM + 110.0  # km, radius of the 110 km shell on which footprints are drawn
KM_PER_DEGREE = FOOT_RADIUS_KM * np.pi / 180.0  # km per degree of magnetic latitude
REFERENCE_LATITUDE_DEG = 66.0  # degrees: magnetic latitude at which x counts true km eastward
KM_PER_HOUR = 15.0 * KM_PER_DEGREE * float(np.cos(np.radians(REFERENCE_LATITUDE_DEG)))
TRACK_SPACING_KM = 4.0  # km between nodes of the tracks; their shortest wave is 45 km
MEMORY_SPACING_KM = 8.0  # km, of tracks whose arcs are drawn blurred: the shortest wave is right to 0.4 km

# wavelength km, amplitude km, period s, drift km/s: how a group's centre line wanders (uncertain, chosen by eye)
MEANDERS = ((1500.0, 60.0, 1500.0, 0.15), (560.0, 34.0, 600.0, 0.3), (230.0, 15.0, 220.0, 0.6),
            (100.0, 7.0, 80.0, 0.9), (45.0, 2.6, 35.0, 1.2))  # fmt: skip

# spacing km, largest angle rad, drift km/s, life s, flattening, activity gain, activity offset, shift km
TWISTS = np.array([
    (150.0, 1.5 * np.pi, -0.8, 420.0, 0.75, 1.2, -0.45, 0.0),  # spirals: 25-75 km across, 125-175 km apart (Partamies)
    (52.0, 1.15 * np.pi, -1.1, 110.0, 0.80, 1.2, -0.15, 0.0),  # large folds, tens of km, about a minute
    (41.0, 1.00 * np.pi, 0.9, 75.0, 0.80, 1.1, -0.10, 26.0),  # a second lattice between them, drifting against it
    (17.0, 1.00 * np.pi, -1.6, 26.0, 0.90, 1.1, -0.10, 0.0),  # folds, 2-20 km (Hallinan & Davis 1970)
    (6.4, 1.15 * np.pi, 1.5, 15.0, 1.00, 1.15, -0.15, 0.0),  # curls, 2-10 km (Trondsen & Cogger 1998)
    (2.3, 1.30 * np.pi, -1.8, 6.0, 1.00, 1.2, -0.30, 1.1),  # small curls: rays when seen edge-on
])  # fmt: skip

# wavelength km, amplitude, speed factor, life s
RAYS = np.array([
    (14.0, 0.5, 0.8, 30.0), (5.5, 0.6, 1.0, 14.0), (2.1, 0.8, 1.3, 7.0), (0.8, 0.7, 1.7, 3.5)
])  # fmt: skip


class ArcGroup(Record):
    """Two to five parallel arcs in a common envelope (an inverted-V packet)."""

    position: float = Field(ge=-0.5, le=1.5, description="place across the oval: 0 equatorward edge, 1 poleward edge")
    arcs: int = Field(default=3, ge=1, le=8, description="number of parallel arcs")
    spacing_km: float = Field(default=10.0, gt=0.5, le=60.0, description="km between arcs")
    envelope_km: float = Field(default=11.0, gt=1.0, le=80.0, description="km, half-width of the packet's glow")
    brightness: float = Field(default=1.0, ge=0.0, le=20.0, description="energy flux relative to an average group")
    activity_bias: float = Field(default=0.0, ge=-1.0, le=1.0, description="added to the group's activity (0 to 1)")


DEFAULT_GROUPS = (
    ArcGroup(position=0.06, arcs=2, spacing_km=15.0, envelope_km=11.0, brightness=0.45, activity_bias=-0.40),
    ArcGroup(position=0.17, arcs=3, spacing_km=9.0, envelope_km=12.0, brightness=0.9, activity_bias=0.10),
    ArcGroup(position=0.29, arcs=4, spacing_km=8.0, envelope_km=13.0, brightness=1.6, activity_bias=0.40),
    ArcGroup(position=0.46, arcs=3, spacing_km=12.0, envelope_km=11.0, brightness=0.5, activity_bias=-0.05),
    ArcGroup(position=0.66, arcs=2, spacing_km=13.0, envelope_km=10.0, brightness=0.45, activity_bias=-0.10),
    ArcGroup(position=0.90, arcs=3, spacing_km=10.0, envelope_km=11.0, brightness=0.8, activity_bias=0.20),
)


class AuroraSettings(Record):
    """The `[aurora]` section: how the energy of the oval is arranged in curtains."""

    enabled: bool = Field(default=True, description="false leaves the sky without aurora")
    seed: int = Field(default=1, ge=0, le=100_000, description="which of all auroras of this drive")
    local_time_shift_h: float = Field(
        default=0.0,
        ge=-12.0,
        le=12.0,
        description="hours added to magnetic local time: an open assumption of the scene",
    )
    activity: float = Field(default=1.0, ge=0.0, le=1.5, description="scales the groups' activity: folds, rays, flux")
    diffuse_fraction: float = Field(
        default=0.06, ge=0.0, le=1.0, description="part of the statistical oval's flux that glows diffusely"
    )
    soft_energy_kev: float = Field(
        default=0.25, ge=0.05, le=2.0, description="keV, characteristic energy of the soft electrons of tall rays"
    )
    step_scale: float = Field(default=1.0, ge=0.1, le=4.0, description="length of a march step relative to the default")
    groups: tuple[ArcGroup, ...] = Field(
        default=DEFAULT_GROUPS, max_length=16, description="arc groups, [[aurora.groups]]"
    )


@dataclass(frozen=True)
class Curtains:
    """The arc groups of one or several instants.

    `groups` [group, 4] arcs, spacing km, envelope km, brightness; `seeds` [group] int32; `tracks` [instant, group,
    node, 3] centre line y km, activity, occupancy, at x = `x0_km` + node * `spacing_km`; `oval` [row, column, 2]
    statistical energy flux mW m-2 and mean energy keV at y, x from `oval_axis` (x0, y0, dx, dy km). x: km eastward by
    magnetic local time from magnetic midnight; y: km of magnetic latitude.
    """

    groups: np.ndarray
    seeds: np.ndarray
    x0_km: float
    spacing_km: float
    tracks: np.ndarray
    oval: np.ndarray
    oval_axis: tuple[float, float, float, float]


def magnetic_xy(apex_latitude_deg: np.ndarray, local_time_h: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (x, y) km on the magnetic map: x from midnight (-12 h to 12 h), y of the absolute magnetic latitude."""
    hours = (local_time_h + 12.0) % 24.0 - 12.0
    return hours * KM_PER_HOUR, np.abs(apex_latitude_deg) * KM_PER_DEGREE


def curtains_at(
    settings: AuroraSettings,
    kp: float,
    times_s: np.ndarray,
    x_min_km: float,
    x_max_km: float,
    spacing_km: float = TRACK_SPACING_KM,
) -> Curtains:
    """Return the arc groups at instants [instant], s since the scene's time, for the given range of x; `kp` 0 to 9."""
    first = np.floor(x_min_km / spacing_km) - 1.0
    nodes = int(np.ceil(x_max_km / spacing_km) - first) + 2
    x = (first + np.arange(nodes)) * spacing_km
    low, high, _ = starkov_boundaries(x / KM_PER_HOUR % 24.0, kp)
    times = np.asarray(times_s, float)[:, None]
    tracks = np.stack([
        _track(settings, g, group, x, times, low + (high - low) * group.position)
        for g, group in enumerate(settings.groups)
    ], axis=1) if settings.groups else np.zeros((len(times), 0, nodes, 3))  # fmt: skip
    rows = [(group.arcs, group.spacing_km, group.envelope_km, group.brightness) for group in settings.groups]
    oval, axis = _oval(kp, float(x[0]), float(x[-1]))
    seeds = np.array([group_seed(settings, g) for g in range(len(rows))], np.int32)
    return Curtains(np.array(rows, float).reshape(-1, 4), seeds, float(x[0]), spacing_km, tracks, oval, axis)


def group_seed(settings: AuroraSettings, group: int) -> int:
    """Return the seed of a group; those of arcs and levels follow it by offsets below 1000. Fits 31 bits."""
    return settings.seed * 16000 + group * 1000 + 50


def _track(
    settings: AuroraSettings, g: int, group: ArcGroup, x: np.ndarray, t: np.ndarray, latitude_deg: np.ndarray
) -> np.ndarray:
    """Return one group's track [instant, node, 3]: centre line km, activity 0 to 1.25, occupancy 0 to 2."""
    seed = group_seed(settings, g) - 50
    centre = latitude_deg * KM_PER_DEGREE
    for k, (wavelength, amplitude, period, drift) in enumerate(MEANDERS):
        centre = centre + amplitude * gradient_noise((x - drift * t) / wavelength, t / period, seed + k)
    moving = x + 0.8 * t  # km: activity drifts westward with the surge, uncertain
    raw = 0.42 + group.activity_bias + gradient_noise(moving / 520.0, t / 240.0, seed + 10)
    raw = np.clip(raw + 0.5 * gradient_noise(moving / 140.0, t / 70.0, seed + 11), 0.0, 1.5) * settings.activity
    activity = np.clip(raw * raw * (3.0 - raw) / 2.0, 0.0, 1.25)
    lit = 0.45 + 1.1 * gradient_noise((x + 0.3 * t) / 700.0, t / 900.0, seed + 12) + 0.45 * activity
    return np.stack([centre, activity, np.clip(lit, 0.0, 1.4) ** 2], axis=-1)


@lru_cache(maxsize=8)
def _oval(kp: float, x_min: float, x_max: float) -> tuple[np.ndarray, tuple[float, float, float, float]]:
    """Return the statistical oval [row, column, 2] and its axis (x0, y0, dx, dy) on the magnetic map."""
    dx, dy = 60.0, 20.0  # km: the oval is smooth over degrees
    x = np.arange(x_min, x_max + dx, dx)
    y = np.arange(48.0, 88.0, dy / KM_PER_DEGREE) * KM_PER_DEGREE
    flux, energy = energy_flux_and_mean_energy((y / KM_PER_DEGREE)[:, None], (x / KM_PER_HOUR % 24.0)[None, :], kp)
    return np.stack([flux, energy], axis=-1), (float(x[0]), float(y[0]), dx, dy)
