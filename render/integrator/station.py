"""Stage the station for the device and render it, tile by tile."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from typing import Any

import numpy as np

from render import device as devices
from render.core.cache import file_digest
from render.core.radiance import SKY_WAVELENGTHS_NM
from render.integrator.kept import kept_on_device
from render.integrator.station_pose import (
    CameraLike,
    ObserverLike,
    box_corners,
    lens_radius_m,
    pose,
    ray_samples,
    tile_mask,
)
from render.integrator.station_trees import Trees, device_trees
from render.integrator.surroundings import Surroundings, blurred, half_spaces, level_axes, six_irradiances
from render.integrator.view import device_view
from render.station.composition import Instance
from render.station.materials import (
    BAY_M,
    BLANKET_WIDTH_M,
    STRIPS,
    WIDTHS_DEG,
    cabin_spectrum,
    lux_per_560_nm,
    materials,
)
from render.station.settings import StationSettings
from render.station.user_mesh import MOST_BYTES, user_mesh
from render.station.wing import MAST_WIDTH_M, WING_ROOT_M
from shaders.station import lighting, surface, tree
from shaders.station import pixels as shader
from shaders.station.lighting import Light, Toward
from shaders.station.pixels import TILE
from shaders.station.surface import Finish, Kind
from shaders.station.tree import Copy

CABIN_REFERENCE_M = 5.0  # m from the window, where the setting's irradiance holds
CABIN_OFFSET_M = np.array([-0.4, 0.3, 0.0])  # m in camera axes, lamp-lit window beside the lens; uncertain
PANES = 0.5  # of the light inside: what walls reflect and panes let through; uncertain


@dataclass(frozen=True)
class StationLights:
    """Hold what lights the station: directions are ITRS unit vectors, spectra W m-2 nm-1 at SKY_WAVELENGTHS_NM.

    `sun_irradiance`, `moon_irradiance`: on a plate square to the light, before Earth's air; `sun_transmittance`,
    `moon_transmittance` [band]: 0..1 through the limb, 0 in Earth's shadow (the visible share of the disc belongs in
    it); `below_irradiance`: on a level plate looking down (aurora, airglow, twilight, ground); `above_irradiance`:
    on one looking up (stars, airglow above). `around`: all of that by direction; None for two even half spaces.
    """

    sun_direction_itrs: np.ndarray
    sun_irradiance: np.ndarray
    sun_transmittance: np.ndarray
    moon_direction_itrs: np.ndarray
    moon_irradiance: np.ndarray
    moon_transmittance: np.ndarray
    below_irradiance: np.ndarray
    above_irradiance: np.ndarray
    around: Surroundings | None = None


@dataclass(frozen=True)
class StationStage:
    """Hold the station staged on the device: `mask` [cell row, cell column] as of tile_mask, the rest the kernel's."""

    mask: np.ndarray
    camera: Any
    lens: Any
    samples: Any
    sampling: Any
    trees: Trees
    copies: Any
    lights: Any
    materials: Any
    device_mask: Any


def check_station(settings: StationSettings) -> None:
    """Raise InputError for a user's mesh that cannot be used, before the picture's light is gathered."""
    if settings.visible and settings.mesh:
        user_mesh(settings.mesh, settings.mesh_scale)


def prepare_station(
    settings: StationSettings, camera: CameraLike, observer: ObserverLike, lights: StationLights
) -> StationStage | None:
    """Stage meshes, pose and lights of one instant; None when the station is off or wholly out of the frame.

    Raises InputError for a user's mesh that cannot be used.
    """
    return _staged(settings, camera, camera, observer, lights)


def station_cover(
    settings: StationSettings, camera: CameraLike, looking: CameraLike, observer: ObserverLike, sun_itrs: np.ndarray
) -> np.ndarray:
    """Return how much of each pixel of another camera, [row, column] in 0..1, the station covers that stands before
    `camera`; `looking` stands in its place and looks elsewhere."""
    cover = np.zeros((looking.rows, looking.columns), np.float32)
    dark = np.zeros(len(SKY_WAVELENGTHS_NM))
    unlit = StationLights(sun_itrs, dark, dark, sun_itrs, dark, dark, dark, dark)
    stage = _staged(settings, camera, looking, observer, unlit)
    if stage is not None:
        part, covered, _ = render_station(stage, 0, looking.rows)
        cover[part] = covered[:, : cover[part].shape[1]]  # its cells may stand out over the right edge
    return cover


def _staged(
    settings: StationSettings, camera: CameraLike, looking: CameraLike, observer: ObserverLike, lights: StationLights
) -> StationStage | None:
    """Stage the station that stands before `camera` for one in its place that looks elsewhere, or is the same."""
    if not settings.visible:
        return None
    placed, station_from_camera, position_m = pose(settings, camera, observer, lights.sun_direction_itrs)
    if looking is not camera:
        station_from_camera = station_from_camera @ camera.itrs_from_camera.T @ looking.itrs_from_camera
    nadir_itrs = -np.asarray(observer.position_km) / np.linalg.norm(observer.position_km)
    file = (
        (settings.mesh, file_digest(settings.mesh, MOST_BYTES), settings.mesh_scale) if settings.mesh else ("", "", 1.0)
    )
    names = tuple(sorted({one.mesh for one in placed}))
    trees = device_trees(tuple((name, *(file if name == "mesh" else ("", "", 1.0))) for name in names))
    copies = [(one, names.index(one.mesh)) for one in placed]
    return stage_copies(settings, trees, copies, station_from_camera, position_m, looking, nadir_itrs, lights)


def stage_copies(
    settings: StationSettings, trees: Trees, copies: list[tuple[Instance, int]], station_from_camera: np.ndarray,
    position_m: np.ndarray, camera: CameraLike, nadir_itrs: np.ndarray, lights: StationLights,
) -> StationStage | None:  # fmt: skip
    """Stage copies of trees, (where, which), seen by a camera at `position_m`; None when none is in the picture."""
    corners = [box_corners(trees.boxes[which], one) for one, which in copies]
    mask = tile_mask(np.concatenate(corners), station_from_camera, position_m, camera)
    if not mask.any():
        return None
    toward, irradiance, distant = _lights(settings, lights, station_from_camera @ camera.itrs_from_camera.T)
    toward[Toward.LAMP] = position_m + station_from_camera @ CABIN_OFFSET_M
    around = _around(lights, nadir_itrs)
    irradiance[Light.SIDES : Light.SIDES + 6] = _six(lights, around)
    axes = around.axes_itrs @ camera.itrs_from_camera @ station_from_camera.T
    return StationStage(
        mask, device_view(_as_in_station(camera, station_from_camera), position_m),
        _device_lens(settings, station_from_camera, camera), _device_samples(settings.samples_per_side),
        _sampling(settings, distant), trees, _device_copies(trees, copies, corners),
        devices.upload_pack(
            lighting.Lights, toward=toward, irradiance=irradiance, sky_axes=axes,
            surroundings=blurred(around.radiance, WIDTHS_DEG),
        ),
        _device_materials(settings.cabin_lx), devices.upload(mask),
    )  # fmt: skip


@kept_on_device(maxsize=4)
def _device_samples(samples_per_side: int) -> Any:
    return devices.upload(ray_samples(samples_per_side))


@kept_on_device(maxsize=2)
def _device_materials(cabin_lx: float) -> Any:
    """Return `shaders.station.surface.Materials`; panes shine with the light behind them."""
    made, (finish, kinds) = materials(), material_columns()
    emission = np.zeros_like(made.reflectance)
    inside = cabin_lx / lux_per_560_nm() * cabin_spectrum(SKY_WAVELENGTHS_NM)
    emission[made.names.index("pane")] = PANES * inside / np.pi
    return devices.upload_pack(
        surface.Materials, reflectance=made.reflectance, transmittance=made.transmittance, emission=emission,
        finish=finish, kinds=kinds,
    )  # fmt: skip


def material_columns() -> tuple[np.ndarray, np.ndarray]:
    """Return `shaders.station.surface.Finish` and `Kind` of all materials."""
    made = materials()
    finish, kinds = np.empty((len(made.names), Finish.SEAM + 1)), np.empty((len(made.names), Kind.TRIM + 1), np.int32)
    finish[:, Finish.LOBE], finish[:, Finish.SPREAD], finish[:, Finish.TILT] = made.lobe, made.spread, made.tilt
    finish[:, Finish.WIDTH], finish[:, Finish.SEAM] = np.radians(WIDTHS_DEG)[made.width], made.seam_m
    kinds[:, Kind.BLUR], kinds[:, Kind.TRIM] = made.width, made.trim
    return finish, kinds


def _sampling(settings: StationSettings, distant_lights: int) -> Any:
    seams = devices.record(
        surface.Seams, start=np.array([MAST_WIDTH_M / 2.0, WING_ROOT_M]),
        pitch=np.array([BLANKET_WIDTH_M / STRIPS, BAY_M]),
    )  # fmt: skip
    return devices.record(
        shader.Sampling, first=settings.samples_per_side, distant_lights=distant_lights, first_column=0, seams=seams
    )


def _as_in_station(camera: CameraLike, station_from_camera: np.ndarray) -> Any:
    """Return the camera with the station's frame in place of ITRS."""
    turned = copy(camera)
    object.__setattr__(turned, "itrs_from_camera", station_from_camera)
    return turned


def _device_lens(settings: StationSettings, station_from_camera: np.ndarray, camera: CameraLike) -> Any:
    """Return `shaders.station.pixels.Lens` of a camera."""
    right, down = lens_radius_m(camera) * station_from_camera[:, :2].T
    first = settings.samples_per_side  # rays share a pixel's area, and inside faces there are no more than the first
    half_angle = float(np.sqrt(abs(np.linalg.det(camera.tangent_from_pixel)) / first)) / 2.0
    return devices.record(shader.Lens, right=right, down=down, ray_half_angle=half_angle)


def _device_copies(trees: Trees, copies: list[tuple[Instance, int]], corners: list[np.ndarray]) -> Any:
    """Return `shaders.station.tree.Copies`; `corners` of the boxes that hold each copy, station frame, m."""
    around = np.array([[*c.min(axis=(0, 1)), *c.max(axis=(0, 1))] for c in corners])
    return devices.pack(
        tree.Copies, axes=devices.upload(np.array([one.axes.ravel() for one, _ in copies])),
        origins=devices.upload(np.array([one.origin_m for one, _ in copies], dtype=float)),
        spans=devices.upload(copy_spans(trees, copies)), around=devices.upload(around, vectors=True),
    )  # fmt: skip


def copy_spans(trees: Trees, copies: list[tuple[Instance, int]]) -> np.ndarray:
    """Return `shaders.station.tree.Copy` of copies of trees."""
    spans = np.empty((len(copies), Copy.SEED + 1), np.int32)
    spans[:, [Copy.FIRST, Copy.LAST]] = [trees.spans[which] for _, which in copies]
    spans[:, Copy.SEED] = [one.seed for one, _ in copies]
    return spans


def render_station(
    stage: StationStage, first_row: int, rows: int
) -> tuple[tuple[slice, slice], np.ndarray, np.ndarray]:
    """Return which (rows, columns) of a band of rows the station may cover, and there its coverage [row, column] in
    0..1 and radiance [band, row, column], W m-2 sr-1 nm-1, float32.

    `first_row` of the band counts from 0. Radiance is already multiplied by coverage: picture = radiance +
    (1 - coverage) x behind.
    """
    shown = stage.mask[first_row // TILE : (first_row + rows - 1) // TILE + 1]
    cell_rows, cell_columns = np.flatnonzero(shown.any(axis=1)), np.flatnonzero(shown.any(axis=0))
    if len(cell_rows) == 0:
        nothing = np.zeros((len(SKY_WAVELENGTHS_NM), 0, 0), np.float32)
        return (slice(0), slice(0)), nothing[0], nothing
    top = first_row // TILE
    upper, lower = max(first_row, (top + cell_rows[0]) * TILE), min(first_row + rows, (top + cell_rows[-1] + 1) * TILE)
    left, right = int(cell_columns[0]) * TILE, int(cell_columns[-1] + 1) * TILE
    shape = (lower - upper, right - left)
    cover, light = devices.empty(shape), devices.empty((len(SKY_WAVELENGTHS_NM), *shape))
    stage.camera.first_row, stage.sampling.first_column = upper, left
    shader.station_tile(
        stage.camera, stage.lens, stage.samples, stage.sampling, stage.trees.device, stage.copies, stage.lights,
        stage.materials, stage.device_mask, cover, light,
    )  # fmt: skip
    coverage, radiance = (made.to_numpy().astype(np.float32, copy=False) for made in (cover, light))
    return (slice(upper - first_row, lower - first_row), slice(left, right)), coverage, radiance


def _lights(
    settings: StationSettings, lights: StationLights, station_from_itrs: np.ndarray
) -> tuple[np.ndarray, np.ndarray, int]:
    """Return directions [3, 3], irradiance [9, band] and the number of distant lights that shine.

    Rows as `shaders.station.lighting.Toward` and `Light`; the lamp's place and the six sides are left to the caller.
    """
    toward = np.zeros((Toward.LAMP + 1, 3))
    irradiance = np.zeros((Light.LAMP + 1, len(SKY_WAVELENGTHS_NM)))
    distant = 0
    for direction, spectrum in (
        (lights.sun_direction_itrs, lights.sun_irradiance * lights.sun_transmittance),
        (lights.moon_direction_itrs, lights.moon_irradiance * lights.moon_transmittance),
    ):
        if np.any(spectrum > 0.0):
            toward[Toward.FIRST + distant] = station_from_itrs @ direction
            irradiance[Light.FIRST + distant] = spectrum
            distant += 1
    irradiance[Light.LAMP] = settings.cabin_light_w_m2_nm * CABIN_REFERENCE_M**2 * cabin_spectrum(SKY_WAVELENGTHS_NM)
    return toward, irradiance, distant


def _around(lights: StationLights, nadir_itrs: np.ndarray) -> Surroundings:
    """Return what lies around, by default two even half spaces."""
    if lights.around is not None:
        return lights.around
    axes = level_axes(-nadir_itrs, np.array([0.31, 0.58, 0.75]))  # any heading
    return Surroundings(half_spaces(lights.below_irradiance, lights.above_irradiance), axes)


def _six(lights: StationLights, around: Surroundings) -> np.ndarray:
    """Return the light on six sides [6, band]; of even half spaces to the last digit."""
    if lights.around is not None:
        return six_irradiances(around.radiance)
    level = 0.5 * (lights.below_irradiance + lights.above_irradiance)
    return np.array([level, level, level, level, lights.above_irradiance, lights.below_irradiance])
