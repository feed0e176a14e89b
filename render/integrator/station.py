"""Stage the station for the device and render it, tile by tile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from render.core.radiance import SKY_WAVELENGTHS_NM
from render.device import Device, empty, upload
from render.station.composition import groups, turn
from render.station.materials import cabin_spectrum, materials
from render.station.parts import PartTable, station, table, wings
from render.station.settings import StationSettings
from shaders.station import station_tile

EARTH_ROTATION_RAD_S = 7.292115e-5  # rad s-1, WGS84
CABIN_REFERENCE_M = 5.0  # m from the window, where the setting's irradiance holds
CABIN_OFFSET_M = np.array([-0.4, 0.3, 0.0])  # m in camera axes, lamp-lit window beside the lens; uncertain
CLIP_M = 0.05  # m, parts are bounded from this distance in front of the camera


class CameraLike(Protocol):
    """What is needed of the camera.

    direction_camera = normalise([u, v, 1]) with [u, v] = tangent_from_pixel @ (pixel - reference_pixel), pixels from 1.
    """

    @property
    def rows(self) -> int: ...  # noqa: D102
    @property
    def columns(self) -> int: ...  # noqa: D102
    @property
    def photosite_area_m2(self) -> float: ...  # noqa: D102
    @property
    def f_number(self) -> float: ...  # noqa: D102
    @property
    def tangent_from_pixel(self) -> np.ndarray: ...  # noqa: D102
    @property
    def reference_pixel(self) -> np.ndarray: ...  # noqa: D102
    @property
    def itrs_from_camera(self) -> np.ndarray: ...  # noqa: D102


class ObserverLike(Protocol):
    """What is needed of the observer: ITRS position, km, and Earth-fixed velocity, km s-1."""

    @property
    def position_km(self) -> np.ndarray: ...  # noqa: D102
    @property
    def velocity_km_s(self) -> np.ndarray: ...  # noqa: D102


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
    """Hold the station staged on the device: `bounds` [part, 4] as of projected_bounds; `staged`: kernel arguments."""

    bounds: np.ndarray
    ray_half_angle: float
    distant_lights: int
    staged: dict[str, Any]


def prepare_station(
    device: Device, settings: StationSettings, camera: CameraLike, observer: ObserverLike, lights: StationLights
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
    if not np.any((bounds[:, 0] <= bounds[:, 1]) & (bounds[:, 2] <= bounds[:, 3])):
        return None
    station_from_itrs = station_from_camera @ camera.itrs_from_camera.T
    directions, irradiance, distant = _lights(settings, lights, station_from_itrs, nadir_itrs)
    directions[3] = position_m + station_from_camera @ CABIN_OFFSET_M
    spread = np.eye(3)
    spread[:2, :2] = camera.tangent_from_pixel
    made = materials()
    arrays = {
        "geometry": np.hstack([parts.centre_m, parts.axes.reshape(-1, 9), parts.half_m, parts.bay_m[:, None]]),
        "labels": np.hstack([parts.kind[:, None], parts.material]).astype(np.int32),
        "bounds": bounds,
        "station_from_pixel": station_from_camera @ spread,
        "reference_pixel": np.asarray(camera.reference_pixel, dtype=float),
        "lens_m": np.vstack([position_m, lens_radius_m(camera) * station_from_camera[:, :2].T]),
        "samples": ray_samples(settings.samples_per_side),
        "directions": directions,
        "irradiance": irradiance,
        "reflectance": made.reflectance,
        "transmittance": made.transmittance,
    }
    half_angle = float(np.sqrt(abs(np.linalg.det(camera.tangent_from_pixel)))) / (2 * settings.samples_per_side)
    return StationStage(bounds, half_angle, distant, {k: upload(v) for k, v in arrays.items()})


def render_station(stage: StationStage, camera: CameraLike, first_row: int, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Return coverage [rows, column] in 0..1 and radiance [band, rows, column], W m-2 sr-1 nm-1, both float32.

    `first_row` counts from 0. Radiance is already multiplied by coverage: picture = radiance + (1 - coverage) x behind.
    """
    coverage = np.zeros((rows, camera.columns), dtype=np.float32)
    radiance = np.zeros((len(SKY_WAVELENGTHS_NM), rows, camera.columns), dtype=np.float32)
    top, bottom = first_row + 1, first_row + rows
    b = stage.bounds
    seen = b[(b[:, 0] <= b[:, 1]) & (b[:, 2] <= bottom) & (b[:, 3] >= top) & (b[:, 2] <= b[:, 3])]
    if len(seen) == 0:
        return coverage, radiance
    left, right = int(seen[:, 0].min()), int(seen[:, 1].max())
    upper, lower = max(top, int(seen[:, 2].min())), min(bottom, int(seen[:, 3].max()))
    shape = (lower - upper + 1, right - left + 1)
    cover, light = empty(shape), empty((radiance.shape[0], *shape))
    s = stage.staged
    station_tile(
        s["geometry"], s["labels"], s["bounds"], s["station_from_pixel"], s["reference_pixel"], s["lens_m"],
        s["samples"], stage.ray_half_angle, s["directions"], stage.distant_lights, s["irradiance"],
        s["reflectance"], s["transmittance"], left, upper, cover, light,
    )  # fmt: skip
    part = np.s_[upper - top : lower - top + 1, left - 1 : right]
    coverage[part] = cover.to_numpy()
    radiance[(slice(None), *part)] = light.to_numpy()
    return coverage, radiance


def pose(
    settings: StationSettings, camera: CameraLike, observer: ObserverLike
) -> tuple[PartTable, np.ndarray, np.ndarray]:
    """Return the parts, station_from_camera (3x3) and the camera's position in the parts' frame, m."""
    if settings.frame == "lvlh":
        station_from_camera = itrs_from_lvlh(observer).T @ camera.itrs_from_camera
        parts = table([*station(), *wings(settings.array_angle_deg)])
        return parts, station_from_camera, np.array(settings.window_position_m)
    placed = []
    for group in groups(settings):
        x = 0.5 + group.frame_point[0] * camera.columns  # pixels from 1: the frame spans 0.5 .. columns + 0.5
        y = 0.5 + group.frame_point[1] * camera.rows
        tangent = camera.tangent_from_pixel @ (np.array([x, y]) - camera.reference_pixel)
        rotation = turn(group.anchor, np.array([*tangent, 1.0]))
        placed += [p.moved(rotation) for p in group.parts]
    return table(placed), np.eye(3), np.zeros(3)


def itrs_from_lvlh(observer: ObserverLike) -> np.ndarray:
    """Return the 3x3 from the level flying frame (x velocity, y starboard, z nadir) to ITRS.

    Flight is by the inertial velocity, v + omega x r: so a fixed observer looks forward to the east.
    """
    position = np.asarray(observer.position_km, dtype=float)
    velocity = np.asarray(observer.velocity_km_s, dtype=float)
    velocity = velocity + np.cross([0.0, 0.0, EARTH_ROTATION_RAD_S], position)
    nadir = -position / np.linalg.norm(position)
    starboard = np.cross(nadir, velocity)
    if np.linalg.norm(starboard) < 1e-9:  # km s-1; at rest above a pole any heading serves
        starboard = np.cross(nadir, [1.0, 0.0, 0.0])
    starboard = starboard / np.linalg.norm(starboard)
    return np.column_stack([np.cross(starboard, nadir), starboard, nadir])


def lens_radius_m(camera: CameraLike) -> float:
    """Return the entrance pupil's radius, m: focal length / f-number / 2; photosite area = focal length^2 x det."""
    focal_m = float(np.sqrt(camera.photosite_area_m2 / abs(np.linalg.det(camera.tangent_from_pixel))))
    return focal_m / camera.f_number / 2.0


def ray_samples(side: int) -> np.ndarray:
    """Return stratified samples [side^2, 4]: offset in the pixel (-0.5..0.5) and a point on the unit lens.

    Each of the side x side cells of the pixel is paired with another cell of the lens, each used once.
    """
    index = np.arange(side * side)
    across, down = index % side, index // side
    pixel = (np.stack([across, down], axis=1) + 0.5) / side - 0.5
    # (across, down) -> (across + down, across + 2 down): determinant 1, so each lens cell comes once for any side
    square = (np.stack([(down + across) % side, (across + down * 2) % side], axis=1) + 0.5) / side * 2.0 - 1.0
    return np.hstack([pixel, _disc(square)])


def _disc(square: np.ndarray) -> np.ndarray:
    """Map [-1, 1]^2 to the unit disc keeping areas (Shirley & Chiu 1997)."""
    a, b = square[:, 0], square[:, 1]
    wide = np.abs(a) > np.abs(b)
    r = np.where(wide, a, b)
    small = np.where(wide, b, a) / np.where(r == 0.0, 1.0, r) * np.pi / 4.0
    angle = np.where(wide, small, np.pi / 2.0 - small)
    return np.stack([r * np.cos(angle), r * np.sin(angle)], axis=1)


def projected_bounds(
    parts: PartTable, station_from_camera: np.ndarray, position_m: np.ndarray, camera: CameraLike
) -> np.ndarray:
    """Return each part's pixel box [part, 4] int32: first, last column, first, last row, from 1, clipped to the frame.

    Corners of the part's box, and the points where its edges come nearer than CLIP_M, widened by the lens' blur and
    one pixel. A part out of the frame has first > last.
    """
    pixel_from_tangent = np.linalg.inv(camera.tangent_from_pixel)
    lens = lens_radius_m(camera)
    boxes = np.empty((len(parts), 4), dtype=np.int32)
    for i in range(len(parts)):
        corners = _corners(parts.centre_m[i], parts.axes[i], parts.half_m[i]) - position_m
        points = _in_front(corners @ station_from_camera)
        if len(points) == 0:
            boxes[i] = (1, 0, 1, 0)
            continue
        tangents = points[:, :2] / points[:, 2:]
        blur = lens / points[:, 2:] @ np.ones((1, 2)) @ np.abs(pixel_from_tangent).T
        pixels = tangents @ pixel_from_tangent.T + camera.reference_pixel
        low = np.floor((pixels - blur).min(axis=0)) - 1
        high = np.ceil((pixels + blur).max(axis=0)) + 1
        limit = (camera.columns, camera.rows)
        for k in range(2):
            boxes[i, 2 * k] = np.clip(low[k], 1, limit[k] + 1)
            boxes[i, 2 * k + 1] = np.clip(high[k], 0, limit[k])
    return boxes


def _corners(centre: np.ndarray, axes: np.ndarray, half: np.ndarray) -> np.ndarray:
    """Return the eight corners [8, 3] of an oriented box; corner k has the signs of k's bits."""
    signs = np.array([[(k >> j & 1) * 2 - 1 for j in range(3)] for k in range(8)])
    return centre + (signs * half) @ axes


def _in_front(corners: np.ndarray) -> np.ndarray:
    """Return the corners beyond CLIP_M and the points where the box's edges cross it."""
    depth = corners[:, 2] - CLIP_M
    points = [corners[k] for k in range(8) if depth[k] >= 0.0]
    for a in range(8):
        for b in (a | 1, a | 2, a | 4):
            if a != b and (depth[a] < 0.0) != (depth[b] < 0.0):
                points.append(corners[a] + (corners[b] - corners[a]) * depth[a] / (depth[a] - depth[b]))
    return np.array(points)


def _lights(
    settings: StationSettings, lights: StationLights, station_from_itrs: np.ndarray, nadir_itrs: np.ndarray
) -> tuple[np.ndarray, np.ndarray, int]:
    """Return directions [4, 3], irradiance [5, band] and the number of distant lights that shine.

    Row 3 of directions (the lamp) is left to the caller.
    """
    directions = np.zeros((4, 3))
    irradiance = np.zeros((5, len(SKY_WAVELENGTHS_NM)))
    distant = 0
    for direction, spectrum in (
        (lights.sun_direction_itrs, lights.sun_irradiance * lights.sun_transmittance),
        (lights.moon_direction_itrs, lights.moon_irradiance * lights.moon_transmittance),
    ):
        if np.any(spectrum > 0.0):
            directions[distant] = station_from_itrs @ direction
            irradiance[distant] = spectrum
            distant += 1
    directions[2] = station_from_itrs @ nadir_itrs
    irradiance[2] = lights.below_irradiance
    irradiance[3] = lights.above_irradiance
    irradiance[4] = settings.cabin_light_w_m2_nm * CABIN_REFERENCE_M**2 * cabin_spectrum(SKY_WAVELENGTHS_NM)
    return directions, irradiance, distant
