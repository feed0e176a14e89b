"""Draw the footprint into tiles on the device: of now, through the time that the shutter is open, and of the past."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from render import device as devices
from render.emission import afterglow
from render.geophysics.field import field_lines
from render.geophysics.field.magnetic_coordinates import KM_PER_HOUR
from render.geophysics.forms import curtain
from render.geophysics.forms.arc_details import CURLS, RAYS
from render.geophysics.forms.arc_groups import GROUP_COLUMNS, TRACK_COLUMNS, Band
from render.geophysics.forms.aurora_settings import AuroraSettings
from render.geophysics.forms.vortices import FOLDS
from render.integrator.aurora import tiles as tiling
from render.integrator.aurora.texels import Pool
from render.integrator.bands import in_bands
from shaders.footprint import forms as footprint
from shaders.footprint import glow
from shaders.footprint import tiles as footprint_tiles

TEXEL_PER_SIGMA = 0.9  # texel size that the footprint is asked for, per sigma of blur: an arc's edges are 1.1 texels
RAYS_KM_S = 2.5  # km/s at which rays drift, added to the camera's own way: the fast ones of 1 to 3 km/s
GAP_TEXELS, GAP_KM = 1.2, 0.35  # the larger: how far curtains may move between two instants of an exposure (by eye)
SIGMA_PER_GAP = 0.3  # sigma of the blur that joins two instants, per gap between them: 1/sqrt(12), that of a box
# km between nodes of the carpet's mask, along the oval and across it: of now, and of the past. Its finest
# streaks are 33 by 10 km; the past, whose texels are 8 km, keeps sheets and patches
MASK_SPACING_KM, PAST_MASK_SPACING_KM = (8.0, 4.0), (32.0, 16.0)
MASK_LASTS_S = 4.0  # s for which one mask serves
GPU_PIECE = 8  # texels of a row that a GPU's thread draws; a CPU's draws the whole row
ROWS_AT_ONCE = 2048  # rows of tiles that a call draws: under a second on two CPU cores, so that Ctrl-C is heard
SECONDS_PER_HOUR, SECONDS_PER_DAY = 3600.0, 86_400.0
DRIFT_KM_S = KM_PER_HOUR / SECONDS_PER_HOUR  # km/s: the Earth turns east under the magnetic map, which the Sun holds


def folded(time_s: float) -> float:
    """Return the clock, s, of what is small and quick (rays, curls, patches): the scene's, within a day of its time.

    In single precision, as the device reckons, a clock further on would step by more than instants of an exposure are
    apart. It starts anew a day before the scene's time, a day after it, and every two days: there, small forms jump.
    """
    if abs(time_s) < SECONDS_PER_DAY:
        return time_s
    return (time_s + SECONDS_PER_DAY) % (2.0 * SECONDS_PER_DAY) - SECONDS_PER_DAY


@dataclass(frozen=True)
class Instants:
    """When the footprint is drawn, and what each drawing counts.

    `ages` [age, 3]: s before the frame's instant, blur km, and s by which the camera has flown on; `weights`
    [age, flux]: the share of each in the texel's fluxes.
    """

    ages: np.ndarray
    weights: np.ndarray

    @property
    def seconds_back(self) -> np.ndarray:
        """Return [age]: s before the frame's instant."""
        return self.ages[:, 0]


def shutter_way_km(exposure_s: float, flight_km_s: float) -> float:
    """Return how far, km, curtains move on the map in an exposure; `flight_km_s`: the camera's speed at 110 km."""
    return exposure_s * (flight_km_s + RAYS_KM_S)


def instants_wanted(way_km: float, texel_km: np.ndarray, most: int) -> np.ndarray:
    """Return how many instants tiles of a texel size need, a power of two, so that no gap shows; at most `most`."""
    wanted = way_km / np.maximum(GAP_TEXELS * texel_km, GAP_KM)
    return np.minimum(2 ** np.ceil(np.log2(np.maximum(wanted, 1.0))), most).astype(int)


def shutter_instants(exposure_s: float, way_km: float, count: int) -> Instants:
    """Return `count` instants of an exposure for the fine map, and a third as many for 557.7's past (see `afterglow`).

    `way_km`: how far curtains move meanwhile; each instant is blurred by its part of that.
    """
    now, then = _opening(exposure_s, count), _opening(exposure_s, (count + 2) // 3)
    ages = np.concatenate([
        np.column_stack([-now, np.full(len(now), way_km / count if count > 1 else 0.0), now]),
        np.column_stack([afterglow.GREEN_AGE_S - then, np.full(len(then), way_km / len(then)), then]),
    ])  # fmt: skip
    sigma = SIGMA_PER_GAP * ages[:, 1]
    sigma[len(now) :] = np.maximum(sigma[len(now) :], afterglow.GREEN_BLUR_KM)
    ages[:, 1] = TEXEL_PER_SIGMA * sigma
    weights = np.zeros((len(ages), 2))
    weights[: len(now), 0], weights[len(now) :, 1] = 1.0 / len(now), 1.0 / len(then)
    return Instants(ages, weights)


def _opening(exposure_s: float, count: int) -> np.ndarray:
    """Return [count]: the middles of equal parts of an exposure, s after its own middle, the frame's instant."""
    return exposure_s * ((np.arange(count) + 0.5) / count - 0.5)


def afterglow_instants(ages_s: np.ndarray = afterglow.AGES_S) -> Instants:
    """Return the ages of the memory (see `render.emission.afterglow`)."""
    ages = np.column_stack([ages_s, TEXEL_PER_SIGMA * afterglow.blur_km(ages_s), 0.0 * ages_s])
    return Instants(ages, afterglow.age_weights(ages_s))


def present_only(fluxes: int) -> Instants:
    """Return the frame's instant alone, counted in every flux."""
    return Instants(np.zeros((1, 3)), np.ones((1, fluxes)))


@dataclass(frozen=True)
class UserMapValues:
    """A user map at certain instants: `values` [age, row, column, 2] flux mW m-2 and flux x keV at `window`."""

    window: field_lines.Window
    values: np.ndarray


@dataclass(frozen=True)
class Place:
    """Where maps are drawn: nodes of `window`, their `magnetic` coordinates [row, column, 2], km; the hemisphere.

    `span_km`: magnetic y between which anything is drawn; `cell_km`: side of a tile's cell; `mask_km`: between nodes of
    the carpet's mask, along the oval and across it.
    """

    window: field_lines.Window
    magnetic: np.ndarray
    hemisphere: int
    span_km: tuple[float, float]
    cell_km: float = tiling.CELL_KM
    mask_km: tuple[float, float] = MASK_SPACING_KM


class MapBuilder:
    """The footprint at certain instants, staged to be drawn into tiles of any size.

    `curtains`: at these instants; `time_s`: the frame's, since the scene's time; `turn_rad_s` [3]: rotation of the
    camera about the Earth's centre, ITRS, rad/s (None: it stands still); `own`: a user's map in place of the oval;
    `two_spectra`: texels end with the diffuse share of their hard flux; `masks`: of builders of the same drawing,
    which are not made again: one's own are put there.
    """

    def __init__(
        self, settings: AuroraSettings, curtains: curtain.Curtains, place: Place, instants: Instants,
        time_s: float, turn_rad_s: np.ndarray | None = None, own: UserMapValues | None = None,
        two_spectra: bool = False, masks: dict[Any, Any] | None = None,
    ) -> None:  # fmt: skip
        self._fluxes = instants.weights.shape[1]
        self._columns = 1 + 2 * self._fluxes + two_spectra
        window, patches = place.window, settings.patches
        ages, mask_times = _with_masks(instants.ages, time_s)
        blurred = curtains.spacing_km > curtain.TRACK_SPACING_KM  # tabulated for the past
        spacing = np.array(PAST_MASK_SPACING_KM if blurred else place.mask_km)
        corner = spacing * np.floor(np.array([curtains.x0_km, place.span_km[0]]) / spacing)
        mask_axis = np.concatenate([corner, spacing])
        track_axis = np.array([curtains.x0_km, curtains.spacing_km])
        self._drawing = devices.record(
            footprint_tiles.Drawing, cell_km=place.cell_km, t=folded(time_s), drift_km_s=DRIFT_KM_S,
            plane=(window.x0_km, window.y0_km, window.spacing_km),
            sphere=(float(place.hemisphere), field_lines.PLANE_RADIUS_KM),
            turn_rad_s=np.zeros(3) if turn_rad_s is None else np.asarray(turn_rad_s, float),
        )  # fmt: skip
        self._axes = devices.record(
            footprint.Axes, track=track_axis, oval=np.array(curtains.oval_axis), mask=mask_axis,
            patches=np.array([patches.size_km, patches.period_s, patches.energy_kev, patches.drift_km_s]),
            user=np.zeros(4) if own is None else _user_axis(own, settings.fine_structure),
        )  # fmt: skip
        oval = devices.upload(curtains.oval)
        known, key = {} if masks is None else masks, (*mask_axis, *mask_times)
        if key not in known:
            known[key] = _tabulated_masks(curtains, oval, place, mask_times, mask_axis)
        times = devices.upload(time_s - instants.seconds_back)
        self._curtains = _device_curtains(_at_least_one_group(curtains), times, track_axis, oval, known[key])
        self._instants = devices.upload(ages), devices.upload(instants.weights)
        self._own = own is not None
        self._ground = devices.pack(
            footprint_tiles.Ground, magnetic=devices.upload_kept(place.magnetic),
            user=devices.upload(np.zeros((1, 1, 1, 2)) if own is None else own.values),
        )  # fmt: skip

    def build(self, tiles: tiling.Tiles, pool: Pool | None = None, moving: np.ndarray | None = None) -> Pool:
        """Draw tiles into their pool, by default a new one, and return it.

        Rims that tiles have from their neighbours are left to `Pool.fill_rims`. In `pool` these tiles are still dark.
        `moving` [tile, part]: see `shaders.footprint.tiles.Tiles`; by default all parts move.
        """
        pool = pool or Pool.dark(tiles.total, self._columns)
        if len(tiles.cells):
            ages, weights = self._instants
            rows = tiles.device_rows(None if devices.running().name == "cpu" else GPU_PIECE)
            listed = devices.pack(
                footprint_tiles.Tiles, tile_rows=devices.upload(rows),
                tiles=devices.upload(tiles.device_tiles()), beside=devices.upload(tiles.device_beside()),
                moving=devices.upload(_moving(moving, len(tiles.cells))), ages=ages, weights=weights,
            )  # fmt: skip
            for begin, count in in_bands(len(rows), ROWS_AT_ONCE):
                footprint_tiles.build_tiles(
                    listed, self._drawing, self._axes, self._curtains, self._ground, pool.values, pool.thin, self._own,
                    begin, count,
                )  # fmt: skip
        return pool


def _moving(moving: np.ndarray | None, tiles: int) -> np.ndarray:
    parts = footprint_tiles.PARTS**2
    return np.ones((tiles, parts), np.int32) if moving is None else moving.astype(np.int32)


def _with_masks(ages: np.ndarray, time_s: float) -> tuple[np.ndarray, np.ndarray]:
    """Return ages [age, 4], with the number of its diffuse mask, and the masks' instants, s.

    The glow drifts by 0.6 km/s at most: within a few seconds one mask serves.
    """
    slots, which = np.unique(np.floor(np.maximum(ages[:, 0], 0.0) / MASK_LASTS_S), return_inverse=True)
    return np.column_stack([ages, which.ravel()]), time_s - MASK_LASTS_S * slots


def _tabulated_masks(curtains: curtain.Curtains, oval: Any, place: Place, times_s: np.ndarray, axis: np.ndarray) -> Any:
    """Return the diffuse glow's masks at instants, tabulated by the device, [instant, row, column]."""
    length = curtains.spacing_km * curtains.glow.shape[1]
    columns = int(np.ceil(length / axis[2])) + 2
    rows = int(np.ceil((place.span_km[1] - place.span_km[0]) / axis[3])) + 3
    masks = devices.empty((len(times_s), rows, columns))
    glow.tabulate_masks(devices.upload(times_s), axis, np.array(curtains.oval_axis), oval, masks)
    return masks


def _user_axis(own: UserMapValues, fine_structure: float) -> np.ndarray:
    """Return a user's map's axis as `shaders.footprint.user_map` has it."""
    return np.array([own.window.x0_km, own.window.y0_km, own.window.spacing_km, fine_structure])


def _at_least_one_group(curtains: curtain.Curtains) -> curtain.Curtains:
    """Return the curtains with a dark group where there is none: the device knows no empty arrays."""
    if len(curtains.groups):
        return curtains
    instants, nodes = curtains.glow.shape[:2]
    dark = np.array([[0.0] + [1.0] * (GROUP_COLUMNS - 1)])
    band = Band(tuple(dark[0]), 0, np.zeros((instants, nodes, TRACK_COLUMNS)), FOLDS)
    x = curtains.x0_km + curtains.spacing_km * np.arange(nodes)
    vortices = curtain.vortices_of([band], np.zeros(instants), x, curtains.spacing_km)
    return replace(curtains, groups=dark, seeds=np.zeros(1, np.int32), tracks=band.track[:, None], vortices=vortices)


def _device_curtains(curtains: curtain.Curtains, times: Any, track_axis: np.ndarray, oval: Any, masks: Any) -> Any:
    """Return the curtains as the kernel takes them, `shaders.footprint.forms.Curtains`; `times` [age] on the device."""
    vortices, upload = curtains.vortices, devices.upload
    seeds = upload(curtains.seeds)
    return devices.pack(
        footprint.Curtains, groups=upload(curtains.groups), seeds=seeds, curls=upload(CURLS),
        rays=upload(RAYS), tracks=upload(curtains.tracks),
        arcs=_tabulated_arcs(curtains, times, seeds, track_axis), glows=upload(curtains.glow),
        offsets=upload(vortices.offsets.astype(np.int32)), rows=upload(vortices.rows), vortices=upload(vortices.table),
        streamers=upload(curtains.streamers), oval=oval, masks=masks,
    )  # fmt: skip


def _tabulated_arcs(curtains: curtain.Curtains, times: Any, seeds: Any, axis: np.ndarray) -> Any:
    """Return what depends on the place along an arc alone, tabulated by the device, [age, group, arc, node, 3]."""
    most = max(int(curtains.groups[:, 0].max()), 1)
    ages, groups, nodes = curtains.tracks.shape[:3]
    arcs = devices.empty((ages, groups, most, nodes, footprint.ARC_COLUMNS))
    footprint.tabulate_arcs(times, seeds, axis, arcs)
    return arcs
