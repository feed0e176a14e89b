"""Stage the station for the device and render it, tile by tile."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np

from render import device as devices
from render.core.radiance import SKY_WAVELENGTHS_NM
from render.integrator.kept import kept_on_device
from render.integrator.station_pose import (
    CameraLike,
    ObserverLike,
    lens_radius_m,
    pose,
    projected_bounds,
    ray_samples,
)
from render.integrator.view import device_view
from render.station.materials import cabin_spectrum, materials
from render.station.parts import PartTable
from render.station.settings import StationSettings
from shaders.station import pixels as shader
from shaders.station.pixels import Light, Toward
from shaders.station.shapes import Bound, Label, Part, Parts

CABIN_REFERENCE_M = 5.0  # m from the window, where the setting's irradiance holds
CABIN_OFFSET_M = np.array([-0.4, 0.3, 0.0])  # m in camera axes, lamp-lit window beside the lens; uncertain


@dataclass(frozen=True)
class StationLights:
    """Hold what lights the station: directions are ITRS unit vectors, spectra W m-2 nm-1 at SKY_WAVELENGTHS_NM.

    `sun_irradiance`, `moon_irradiance`: on a plate square to the light, before Earth's air; `sun_transmittance`,
    `moon_transmittance` [band]: 0..1 through the limb, 0 in Earth's shadow (the visible share of the disc belongs in
    it); `below_irradiance`: on a level plate looking down (aurora, airglow, twilight, ground); `above_irradiance`:
    on one looking up (stars, airglow above).
    """

    sun_direction_itrs: np.ndarray
    sun_irradiance: np.ndarray
    sun_transmittance: np.ndarray
    moon_direction_itrs: np.ndarray
    moon_irradiance: np.ndarray
    moon_transmittance: np.ndarray
    below_irradiance: np.ndarray
    above_irradiance: np.ndarray


@dataclass(frozen=True)
class StationStage:
    """Hold the station staged on the device: `bounds` [part, 4] as of projected_bounds, the rest as the kernel's."""

    bounds: np.ndarray
    camera: Any
    lens: Any
    samples: Any
    parts: Any
    lights: Any
    distant_lights: int
    materials: Any


def prepare_station(
    settings: StationSettings, camera: CameraLike, observer: ObserverLike, lights: StationLights
) -> StationStage | None:
    """Stage parts, pose and lights of one instant; None when the station is off or wholly out of the frame."""
    if not settings.visible:
        return None
    parts, station_from_camera, position_m = pose(settings, camera, observer)
    nadir_itrs = -np.asarray(observer.position_km) / np.linalg.norm(observer.position_km)
    return stage_parts(settings, parts, station_from_camera, position_m, camera, nadir_itrs, lights)


def stage_parts(
    settings: StationSettings, parts: PartTable, station_from_camera: np.ndarray, position_m: np.ndarray,
    camera: CameraLike, nadir_itrs: np.ndarray, lights: StationLights,
) -> StationStage | None:  # fmt: skip
    """Stage any parts seen by a camera at `position_m` in their frame; None when none is in the picture."""
    bounds = projected_bounds(parts, station_from_camera, position_m, camera)
    if not _within(bounds, 1, camera.rows).any():
        return None
    station_from_itrs = station_from_camera @ camera.itrs_from_camera.T
    toward, irradiance, distant = _lights(settings, lights, station_from_itrs, nadir_itrs)
    toward[Toward.LAMP] = position_m + station_from_camera @ CABIN_OFFSET_M
    return StationStage(
        bounds, device_view(_as_in_station(camera, station_from_camera), position_m),
        _device_lens(settings, station_from_camera, camera),
        _device_samples(settings.samples_per_side), _device_parts(parts, bounds),
        devices.upload_pack(shader.Lights, toward=toward, irradiance=irradiance), distant, _device_materials(),
    )  # fmt: skip


@kept_on_device(maxsize=4)
def _device_samples(samples_per_side: int) -> Any:
    return devices.upload(ray_samples(samples_per_side))


@kept_on_device(maxsize=1)
def _device_materials() -> Any:
    made = materials()
    return devices.upload_pack(shader.Materials, reflectance=made.reflectance, transmittance=made.transmittance)


def _as_in_station(camera: CameraLike, station_from_camera: np.ndarray) -> SimpleNamespace:
    """Return the camera with the station's frame in place of ITRS."""
    return SimpleNamespace(
        itrs_from_camera=station_from_camera, tangent_from_pixel=camera.tangent_from_pixel,
        reference_pixel=camera.reference_pixel,
    )  # fmt: skip


def _device_lens(settings: StationSettings, station_from_camera: np.ndarray, camera: CameraLike) -> Any:
    """Return `shaders.station.pixels.Lens` of a camera."""
    right, down = lens_radius_m(camera) * station_from_camera[:, :2].T
    half_angle = float(np.sqrt(abs(np.linalg.det(camera.tangent_from_pixel)))) / (2 * settings.samples_per_side)
    return devices.record(shader.Lens, right=right, down=down, ray_half_angle=half_angle)


def part_rows(parts: PartTable) -> tuple[np.ndarray, np.ndarray]:
    """Return (geometry [part, 16] m, labels [part, 3]) as `shaders.station.shapes` reads them."""
    geometry, labels = np.empty((len(parts), Part.BAY + 1)), np.empty((len(parts), Label.SIDES + 1), dtype=np.int32)
    geometry[:, Part.CENTRE : Part.CENTRE + 3] = parts.centre_m
    geometry[:, Part.AXES : Part.AXES + 9] = parts.axes.reshape(-1, 9)
    geometry[:, Part.HALF : Part.HALF + 3] = parts.half_m
    geometry[:, Part.BAY] = parts.bay_m
    labels[:, Label.KIND] = parts.kind
    labels[:, Label.FACE], labels[:, Label.SIDES] = parts.material.T
    return geometry, labels


def _device_parts(parts: PartTable, bounds: np.ndarray) -> Any:
    geometry, labels = part_rows(parts)
    return devices.upload_pack(Parts, geometry=geometry, labels=labels, bounds=bounds)


def render_station(
    stage: StationStage, first_row: int, rows: int
) -> tuple[tuple[slice, slice], np.ndarray, np.ndarray]:
    """Return which (rows, columns) of a band of rows the station may cover, and there its coverage [row, column] in
    0..1 and radiance [band, row, column], W m-2 sr-1 nm-1, float32.

    `first_row` of the band counts from 0. Radiance is already multiplied by coverage: picture = radiance +
    (1 - coverage) x behind.
    """
    top, bottom = first_row + 1, first_row + rows
    shown = stage.bounds[_within(stage.bounds, top, bottom)]
    if len(shown) == 0:
        nothing = np.zeros((len(SKY_WAVELENGTHS_NM), 0, 0), np.float32)
        return (slice(0), slice(0)), nothing[0], nothing
    left, right = int(shown[:, Bound.FIRST_COLUMN].min()), int(shown[:, Bound.LAST_COLUMN].max())
    upper, lower = max(top, int(shown[:, Bound.FIRST_ROW].min())), min(bottom, int(shown[:, Bound.LAST_ROW].max()))
    shape = (lower - upper + 1, right - left + 1)
    cover, light = devices.empty(shape), devices.empty((len(SKY_WAVELENGTHS_NM), *shape))
    stage.camera.first_row = upper - 1
    shader.station_tile(
        stage.camera, stage.lens, stage.samples, stage.parts, stage.lights, stage.distant_lights, stage.materials,
        left - 1, cover, light,
    )  # fmt: skip
    coverage, radiance = (made.to_numpy().astype(np.float32, copy=False) for made in (cover, light))
    return (slice(upper - top, lower - top + 1), slice(left - 1, right)), coverage, radiance


def _within(bounds: np.ndarray, top: int, bottom: int) -> np.ndarray:
    """Say which parts [part] are seen between two rows, from 1, both counted in."""
    some = (bounds[:, Bound.FIRST_COLUMN] <= bounds[:, Bound.LAST_COLUMN]) & (
        bounds[:, Bound.FIRST_ROW] <= bounds[:, Bound.LAST_ROW]
    )
    return np.asarray(some & (bounds[:, Bound.FIRST_ROW] <= bottom) & (bounds[:, Bound.LAST_ROW] >= top))


def _lights(
    settings: StationSettings, lights: StationLights, station_from_itrs: np.ndarray, nadir_itrs: np.ndarray
) -> tuple[np.ndarray, np.ndarray, int]:
    """Return directions [4, 3], irradiance [5, band] and the number of distant lights that shine.

    Rows as `shaders.station.pixels.Toward` and `Light`; the lamp's place is left to the caller.
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
    toward[Toward.NADIR] = station_from_itrs @ nadir_itrs
    irradiance[Light.BELOW] = lights.below_irradiance
    irradiance[Light.ABOVE] = lights.above_irradiance
    irradiance[Light.LAMP] = settings.cabin_light_w_m2_nm * CABIN_REFERENCE_M**2 * cabin_spectrum(SKY_WAVELENGTHS_NM)
    return toward, irradiance, distant
