"""Curtains: where arc groups stand along the oval and how active they are, a pure function of (place, time, seed).

This is the host's half: what depends on one coordinate only (centre lines, activity, where a group is lit, the row of
its vortices) is tabulated here against magnetic local time; folding, curls, rays and patches are the device's half
(`shaders.footprint.forms`). `curtains_at` collects the bands of all kinds (the scene's own groups, its substorms',
omega bands, STEVE's pickets, or those that structure a user map), and lays their tables side by side. Numbers follow
the morphology of Knudsen et al. 2001 (widths), Partamies et al. 2010, Hallinan & Davis 1970 (folds), Trondsen & Cogger
1998 (curls), as collected in the project's geophysics note; those without a name were chosen by eye and are uncertain.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from render.geophysics.field.magnetic_coordinates import KM_PER_DEGREE, KM_PER_HOUR
from render.geophysics.forms import energy_budget, glow, streamers
from render.geophysics.forms.arc_groups import (
    TRACK_COLUMNS,
    Band,
    TrackRow,
    activity_along,
    group_row,
    occupancy_along,
    outside_midday_gap,
    stirred,
    wandering,
)
from render.geophysics.forms.aurora_settings import AuroraSettings
from render.geophysics.forms.drive_series import DriveSeries
from render.geophysics.forms.energy_budget import Budget
from render.geophysics.forms.oval import starkov_boundaries
from render.geophysics.forms.special_bands import omega_band, picket_band, picket_track, structure_bands
from render.geophysics.forms.substorm import Substorm, growth, injection, recovery
from render.geophysics.forms.substorm_bands import stage, substorm_bands
from render.geophysics.forms.vortices import (
    COLUMNS,
    LEVEL_COLUMNS,
    LEVELS,
    SEED_STEP,
    LevelRow,
    VortexRow,
    Vortices,
    cells_of,
    extent,
    strengthened,
    vortex_rows,
)

TRACK_SPACING_KM = 4.0  # km between nodes of the tracks; their shortest wave is 45 km
OVAL_DX_KM, OVAL_DY_KM = 60.0, 20.0  # km between nodes of the oval's carpet: it is smooth over degrees
OVAL_SHARED = 40  # nodes along x, 2400 km: ranges of the carpet begin and end at multiples of them
AFTERGLOW_SPACING_KM = 8.0  # km, of tracks whose arcs are drawn blurred: the shortest wave is right to 0.4 km
OVAL_FROM_DEG, OVAL_TO_DEG = 44.0, 88.0  # magnetic latitude that the statistical oval's table spans
GROUP_SEEDS, AURORA_SEEDS = 1000, 20_000  # between groups, and between auroras: arcs and levels follow by offsets
TRACK_SEEDS = 50  # of a group's thousand, for its track; the seed that the device gets comes after them
EVENT_SEEDS, EVENT_SPREAD = 16_100, 1_499  # above those of the scene's own groups, and so are the next two
EVENT_STEP = 131  # between onsets a second apart: no factor of the (prime) spread
OMEGA_SEED, PICKET_SEED = 19_050, 18_050
GROWTH_CALM = 0.5  # of their activity, which the scene's own groups lose late in a growth phase (uncertain)
EARLY_BLACK = 0.4  # of black aurora, what there is before midnight (it is a form of the morning; uncertain)
CARPET_SEED, CARPET_WANDERS = 19_550, 0.4  # the carpet's, and how far it strays, of a group's meanders (by eye)
OMEGA_BIAS = -0.1  # of an omega band's activity (chosen by eye)


class OvalRow(NamedTuple):
    """Columns of the oval's carpet, in the order of the device's (`shaders.footprint.forms.Oval`): energy flux, mW m-2,
    if the carpet had all power, and characteristic energy, keV."""

    flux: np.ndarray
    energy: np.ndarray


@dataclass(frozen=True)
class Curtains:
    """The arc groups of one or several instants.

    `groups` [group, GROUP_COLUMNS] and `seeds` [group] int32; `tracks` [instant, group, node, 4] as `TrackRow`,
    and `glow` [instant, node, GLOW_COLUMNS], at x = `x0_km` + node * `spacing_km`; `vortices`; `streamers` [instant,
    streamer, streamers.COLUMNS]; `oval` [row, column, 2] as `OvalRow` at y, x from `oval_axis` (x0, y0, dx, dy km).
    x: km eastward by magnetic local time from magnetic midnight; y: km of magnetic latitude.
    """

    groups: np.ndarray
    seeds: np.ndarray
    x0_km: float
    spacing_km: float
    tracks: np.ndarray
    glow: np.ndarray
    vortices: Vortices
    streamers: np.ndarray
    oval: np.ndarray
    oval_axis: tuple[float, float, float, float]


def curtains_at(
    settings: AuroraSettings, series: DriveSeries, times_s: np.ndarray, x_min_km: float, x_max_km: float,
    spacing_km: float = TRACK_SPACING_KM,
) -> Curtains:  # fmt: skip
    """Return the arc groups at instants [instant], s since the scene's time, for the given range of x, km.

    `series`: the drive at these instants; the statistical oval, and how wide arc systems are, is that of the first.
    `spacing_km`: between nodes, which are its multiples, so that every range has the same ones.
    """
    first = np.floor(x_min_km / spacing_km) - 1.0
    nodes = int(np.ceil(x_max_km / spacing_km) - first) + 2
    x = (first + np.arange(nodes)) * spacing_km
    times = np.asarray(times_s, float)
    edges = oval_edges_km(x, series.kp)
    events = (*settings.event, *series.events)
    oval, axis = _oval(float(series.kp[0]), float(x[0]), float(x[-1]))
    budget = energy_budget.Budget.of(settings, series, times, x, oval[..., 0], axis)
    bands = _bands(settings, series, events, x, times, edges, budget)
    none = np.zeros((len(times), 0, nodes, TRACK_COLUMNS))
    return Curtains(
        np.array([band.row for band in bands]), np.array([band.seed for band in bands], np.int32), float(x[0]),
        spacing_km, np.stack([band.track for band in bands], axis=1) if bands else none,
        _glow(settings, series, events, x, times, edges, budget), vortices_of(bands, times, x, spacing_km),
        _streamers(settings, series, events, times), oval, axis,
    )  # fmt: skip


def _bands(
    settings: AuroraSettings, series: DriveSeries, events: tuple[Substorm, ...], x: np.ndarray, times: np.ndarray,
    edges: np.ndarray, budget: Budget,
) -> list[Band]:  # fmt: skip
    """Return the bands of all kinds, or those that structure a user map in their place.

    Here and below: `events`, the scene's substorms and the drive's; `x` [node] km, `times` [instant] s; `edges`
    [2, instant, node]: y, km, of the oval's equatorward and poleward edge; `budget`: what the oval gives.
    """
    if settings.footprint is not None:
        return structure_bands(settings.seed * AURORA_SEEDS, len(times), len(x), settings.activity)
    bands = [
        *_scene_bands(settings, series, events, x, times, edges, budget),
        *(band for event in events for band in substorm_bands(event, event_seed(settings, event), x, times, edges)),
        *_omega(settings, series, events, x, times, edges, budget),
    ]
    if settings.steve is not None and settings.steve.picket_fence:
        track = picket_track(settings.steve, float(series.kp[0]), settings.seed, x, times)
        bands.append(picket_band(settings.seed * AURORA_SEEDS + PICKET_SEED, track))
    one, gap = np.ones_like(x), outside_midday_gap(x)
    there = np.stack(TrackRow(one, one, brightness=gap, glow_flux=gap), axis=-1)
    return [replace(band, track=band.track * there) for band in bands]


def _streamers(
    settings: AuroraSettings, series: DriveSeries, events: tuple[Substorm, ...], times: np.ndarray
) -> np.ndarray:
    """Return the streamers of all substorms; a user map has none.

    On nodes of their own: they lean far, and one whose poleward end is out of view is drawn like any other.
    """
    parts = []
    for event in events if settings.footprint is None else ():
        if streamers.may_run(event, times):
            x, seed = streamers.nodes_km(event), event_seed(settings, event)
            base, found = stage(event, seed, x, times, oval_edges_km(x, series.kp))
            parts.append(streamers.streamers_of(event, seed, x, times, base, found))
    return streamers.joined(parts, len(times))


def group_seed(settings: AuroraSettings, group: int) -> int:
    """Return the seed of a group; those of arcs and levels follow it by offsets below 1000. Fits 31 bits."""
    return settings.seed * AURORA_SEEDS + group * GROUP_SEEDS + TRACK_SEEDS


def event_seed(settings: AuroraSettings, event: Substorm) -> int:
    """Return the seed of a substorm, by the second of its onset: which others are felt changes from frame to frame."""
    return settings.seed * AURORA_SEEDS + EVENT_SEEDS + EVENT_STEP * round(event.onset_s) % EVENT_SPREAD


def oval_edges_km(x_km: np.ndarray, kp: np.ndarray) -> np.ndarray:
    """Return [2, instant, node]: y, km, of Starkov's equatorward and poleward oval edge; `kp` [instant]."""
    values, which = np.unique(kp, return_inverse=True)  # not rounded: centre lines would jump as Kp rises
    edges = np.array([starkov_boundaries(x_km / KM_PER_HOUR % 24.0, float(value))[:2] for value in values])
    return np.moveaxis(edges, 1, 0)[:, which.ravel()] * KM_PER_DEGREE


def _scene_bands(
    settings: AuroraSettings, series: DriveSeries, events: tuple[Substorm, ...], x: np.ndarray, times: np.ndarray,
    edges: np.ndarray, budget: Budget,
) -> list[Band]:  # fmt: skip
    """Return the bands of the scene's own groups: in a growth phase they drift equatorward and calm down."""
    shift, calm = np.zeros_like(times), np.zeros_like(times)
    for event in events:
        one, quiet = growth(event, times)
        shift, calm = np.maximum(shift, one), np.maximum(calm, quiet)
    whole = (settings.activity * series.activity)[:, None]
    if not settings.groups:
        return []
    t, seeds = times[:, None], [group_seed(settings, g) for g in range(len(settings.groups))]

    def of_groups(name: str) -> np.ndarray:  # [group, 1, 1]
        return np.array([getattr(group, name) for group in settings.groups])[:, None, None]

    own = np.array(seeds)[:, None, None] - TRACK_SEEDS

    def there(drive: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        active = activity_along(x, t, own, of_groups("activity_bias"), drive)
        return active, occupancy_along(x, t, own, active, whole, of_groups("filled"))

    centre = edges[0] + (edges[1] - edges[0]) * of_groups("position") + wandering(x, t, own) - shift[:, None]
    active, occupancy = there(whole)
    lit = of_groups("brightness") * of_groups("glow")
    glow_flux = lit * stirred(active) * budget.system_flux * np.sqrt(occupancy)
    if calm.any():  # the oval's power stays while the arcs in it fade
        active, occupancy = there(whole * (1.0 - GROWTH_CALM * calm)[:, None])
    tracks = np.stack(TrackRow(centre, active, occupancy * budget.arcs, glow_flux), axis=-1)
    rows = [group_row(group, float(series.activity[0])) for group in settings.groups]
    return [Band(*of_one) for of_one in zip(rows, seeds, tracks, strict=True)]


def _omega(
    settings: AuroraSettings, series: DriveSeries, events: tuple[Substorm, ...], x: np.ndarray, times: np.ndarray,
    edges: np.ndarray, budget: Budget,
) -> list[Band]:  # fmt: skip
    """Return the omega band, if there is one: the scene's own, or that of a substorm's recovery, in the morning."""
    if settings.omega is None and not events:
        return []
    omega = settings.omega or glow.OmegaSettings()
    level = np.broadcast_to(omega.level * budget.arcs, (len(times), len(x)))
    if settings.omega is None:
        recovered = np.max([recovery(event, times) for event in events], axis=0)[:, None]
        level = level * glow.patch_level(x / KM_PER_HOUR, np.zeros(1), recovered)
    seed = settings.seed * AURORA_SEEDS + OMEGA_SEED
    activity = activity_along(x, times[:, None], seed, OMEGA_BIAS, (settings.activity * series.activity)[:, None])
    return [omega_band(omega, seed, x, times, edges, activity, level)]


def _glow(
    settings: AuroraSettings, series: DriveSeries, events: tuple[Substorm, ...], x: np.ndarray, times: np.ndarray,
    edges: np.ndarray, budget: Budget,
) -> np.ndarray:  # fmt: skip
    """Return the diffuse forms along the oval, [instant, node, GLOW_COLUMNS]."""
    recovered = np.max([recovery(event, times) for event in events], axis=0)[:, None] if events else np.zeros((1, 1))
    activity = (settings.activity * series.activity)[:, None]
    patches = glow.patch_level(x / KM_PER_HOUR, activity, recovered)
    if settings.patches.level is not None:
        patches = np.full_like(patches, settings.patches.level)
    late = energy_budget.hardened(x / KM_PER_HOUR)
    black = settings.black_aurora * (EARLY_BLACK + (1.0 - EARLY_BLACK) * late) * outside_midday_gap(x)  # as bright ones
    middle = edges[0] + glow.PATCH_PLACE * (edges[1] - edges[0])
    shift = wandering(x, times[:, None], settings.seed * AURORA_SEEDS + CARPET_SEED, CARPET_WANDERS)
    shape = len(times), len(x)
    share = settings.diffuse_fraction * budget.level * (1.0 + sum(injection(event, x, times) for event in events))
    columns = glow.GlowRow(share=share, patches=patches, black=black, middle_km=middle, shift_km=shift)
    return np.stack([np.broadcast_to(part, shape) for part in columns], axis=-1)


def vortices_of(bands: list[Band], times: np.ndarray, x: np.ndarray, spacing_km: float) -> Vortices:
    """Return the vortices of all bands at all instants [instant], for the nodes `x` [node] of their tracks, km."""
    if not bands:
        none = np.zeros(LEVELS + 1, np.int32)
        return Vortices(np.zeros((len(times), 0, 1, COLUMNS)), np.zeros((len(times), 0, LEVELS, LEVEL_COLUMNS)), none)
    offsets = cells_of([band.levels for band in bands], float(x[0]), float(x[-1]))
    table = np.zeros((len(times), len(bands), offsets[-1], COLUMNS))
    rows = np.zeros((len(times), len(bands), LEVELS, LEVEL_COLUMNS))
    activity = np.stack([band.track[..., TrackRow._fields.index("activity")] for band in bands])
    seeds = np.array([band.seed for band in bands])
    for k in range(LEVELS):
        levels, cells = [band.levels[k] for band in bands], slice(offsets[k], offsets[k + 1])
        heads = [band.head_km if k == 0 else None for band in bands]
        count = int(cells.stop - cells.start)
        begin, found = vortex_rows(levels, seeds + SEED_STEP * k, times, float(x[0]), count, heads)
        found = strengthened(found, levels, activity, float(x[0]), spacing_km)
        for g, band in enumerate(bands):
            if band.strength is not None:
                found[g, ..., VortexRow._fields.index("angle")] *= band.strength[k][:, None]
            rows[:, g, k] = np.column_stack(
                LevelRow(begin[g], np.full(len(times), levels[g].spacing_km), *extent(found[g]))
            )
        table[:, :, cells] = np.swapaxes(found, 0, 1)
    return Vortices(table, rows, offsets)


def _oval(kp: float, x_min: float, x_max: float) -> tuple[np.ndarray, tuple[float, float, float, float]]:
    """Return the oval's carpet [row, column, 2] and its axis (x0, y0, dx, dy) in magnetic coordinates.

    It is made of wider ranges than asked for, which frames of a film share.
    """
    first, last = int(np.floor(x_min / OVAL_DX_KM)), int(np.ceil(x_max / OVAL_DX_KM))
    low, high = (first // OVAL_SHARED) * OVAL_SHARED, -(-last // OVAL_SHARED) * OVAL_SHARED
    y, table = _oval_between(kp, low, high)
    part = np.ascontiguousarray(table[:, first - low : last + 1 - low])
    return part, (OVAL_DX_KM * first, float(y[0]), OVAL_DX_KM, OVAL_DY_KM)


@lru_cache(maxsize=8)
def _oval_between(kp: float, low: int, high: int) -> tuple[np.ndarray, np.ndarray]:
    """Return (y km [row], the oval's carpet [row, column, 2]) at nodes `low` to `high`, OVAL_DX_KM apart."""
    y = np.arange(OVAL_FROM_DEG, OVAL_TO_DEG, OVAL_DY_KM / KM_PER_DEGREE) * KM_PER_DEGREE
    return y, np.stack(OvalRow(*energy_budget.carpet(y, OVAL_DX_KM * np.arange(low, high + 1.0), kp)), axis=-1)
