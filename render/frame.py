"""The one road of a frame: Scene + Epoch -> Frame, light absolute and spectral all the way.

The order is that of the light: aurora, airglow and sky are marched tile by tile; stars and city lights, points to any
lens, are laid on the whole picture; the station stands in front. Nothing is kept from one frame to the next but what
depends on the scene alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from render import __version__
from render import device as devices
from render.atmosphere.extinction import build_atmosphere
from render.device import Device
from render.epoch import Epoch
from render.film.colour import Image, develop
from render.film.sensor import expose
from render.geodesy import geodetic_from_itrs
from render.geophysics.driven import drive_of
from render.integrator import aurora, sky, subauroral
from render.integrator.magnetosphere import magnetosphere_around
from render.lines import LINE_KEYS
from render.observer import ephemeris
from render.observer.camera import Camera, camera_at
from render.observer.orbit import Observer, observe
from render.radiance import SKY_WAVELENGTHS_NM, LineRadiance, SkyRadiance
from render.scene import Scene
from render.sky.moonlight import moon_source
from render.sky.sunlight import sun_source
from render.staging import (
    foreground,
    ground_model,
    layer_rows,
    limb_table,
    line_wavelengths_nm,
    oval_emission,
    points_of_light,
    rising_table,
)

Progress = Callable[[float, str], None]

TILE_PIXELS = 65536  # pixels marched at once: a tile's results are 8 MB
NOISE_TICKS_PER_S = 1000.0  # the noise of a frame is keyed by its instant to the millisecond
BASE_MEMORY = 330e6  # bytes: Python, Taichi, ephemeris, land mask, tables (measured on the CPU)
MEMORY_PER_PIXEL = 4.0 * (len(LINE_KEYS) + len(SKY_WAVELENGTHS_NM)) + 160.0  # bytes: radiances, exposure, image, map


@dataclass(frozen=True)
class Frame:
    """One rendered frame.

    `lines` and `sky`: the radiances; `camera`: where it looked and how it is exposed; `time_s`: seconds since the
    scene's time; `device`: what rendered it; `seconds`: how long that took.
    """

    lines: LineRadiance
    sky: SkyRadiance
    camera: Camera
    epoch: Epoch
    time_s: float
    device: Device
    seconds: float


@dataclass(frozen=True)
class Moment:
    """What one instant of a scene looks from and at."""

    epoch: Epoch
    time_s: float
    observer: Observer
    camera: Camera

    @property
    def turn_rad_s(self) -> np.ndarray:
        """Return the observer's rotation about the Earth's centre over the turning ground, [3], ITRS, rad/s."""
        position = self.observer.position_km
        turn: np.ndarray = np.cross(position, self.observer.velocity_km_s) / (position @ position)
        return turn


def moment_of(scene: Scene, epoch: Epoch, size: tuple[int, int] | None) -> Moment:
    """Return observer and camera of a scene at an instant; `size` is (columns, rows), by default the scene's."""
    time_s = epoch.seconds_since(scene.time.epoch)
    observer = observe(scene.observer, epoch)
    return Moment(epoch, time_s, observer, camera_at(scene.camera, observer, epoch, time_s, size))


def render_frame(
    scene: Scene,
    epoch: Epoch | None = None,
    size: tuple[int, int] | None = None,
    device: str = "auto",
    precision: str = "single",
    progress: Progress | None = None,
) -> Frame:
    """Render a scene at an instant (by default its own) and return its radiances at the camera.

    `size` (columns, rows); `device` auto, cuda, metal, vulkan or cpu; `progress` is called with the share done (0 to
    1) and what is being done. Raises InputError for what cannot be looked at, DeviceError for an absent device.
    """
    started = time.perf_counter()
    tell = progress or (lambda share, doing: None)
    tell(0.0, "starting the device")
    running = devices.start(device, precision)
    moment = moment_of(scene, epoch or scene.time.epoch, size)
    lines, light = _march(scene, moment, running, tell)
    tell(0.9, "stars and cities")
    points_of_light(scene, moment, lambda at: moment_of(scene, at, size), light)
    tell(0.95, "the station")
    foreground(scene, moment, running, lines, light)
    tell(1.0, "done")
    return Frame(
        lines=LineRadiance(LINE_KEYS, lines),
        sky=SkyRadiance(SKY_WAVELENGTHS_NM, light),
        camera=moment.camera,
        epoch=moment.epoch,
        time_s=moment.time_s,
        device=running,
        seconds=time.perf_counter() - started,
    )


def _march(scene: Scene, moment: Moment, device: Device, tell: Progress) -> tuple[np.ndarray, np.ndarray]:
    """March tile by tile; return rayleighs [line, row, column] and radiance [band, row, column]."""
    position, camera = moment.observer.position_km, moment.camera
    atmosphere = build_atmosphere(scene.atmosphere)
    tell(0.02, "the map of the aurora")
    table, thermosphere = oval_emission(scene)
    curtains, glows = None, None
    if scene.aurora.enabled:
        around = magnetosphere_around(position, moment.epoch.decimal_year)
        drive = drive_of(scene.drive, scene.time.epoch)
        curtains = aurora.prepare_aurora(
            device, scene.aurora, scene.emission, drive, around, table, camera, position, moment.turn_rad_s,
            ephemeris.sun(moment.epoch, position).direction_itrs, moment.epoch, moment.time_s,
        )  # fmt: skip
        kp = float(drive(np.array([moment.time_s])).kp[0])
        glows = subauroral.prepare(scene.aurora, kp, around, moment.epoch, moment.time_s)
    tell(0.15, "the twilight table")
    dawn = sky.prepare_sky(device, atmosphere, position, *_sources(scene, moment), ground_model(scene), camera)
    layers, limb = layer_rows(scene, thermosphere), limb_table(atmosphere)
    rising = rising_table(atmosphere, float(geodetic_from_itrs(position)[2]), line_wavelengths_nm())
    lines = np.empty((len(LINE_KEYS), camera.rows, camera.columns), np.float32)
    light = np.empty((len(SKY_WAVELENGTHS_NM), camera.rows, camera.columns), np.float32)
    step = max(1, TILE_PIXELS // camera.columns)
    for first in range(0, camera.rows, step):
        rows = min(step, camera.rows - first)
        part = np.s_[:, first : first + rows]
        lines[part] = aurora.march_aurora(curtains, layers, limb, camera, position, first, rows, rising, glows)
        light[part] = sky.render_sky(dawn, camera, first, rows)
        tell(0.2 + 0.7 * (first + rows) / camera.rows, "marching")
    return lines, light


def _sources(scene: Scene, moment: Moment) -> tuple[Any, Any]:
    """Return the Sun and the Moon (None when switched off) as sources of light; a Sun switched off is dark."""
    position = moment.observer.position_km
    body = ephemeris.sun(moment.epoch, position)
    sun = sun_source(body.direction_itrs, body.distance_km)
    moon = None
    if scene.sky.moon:
        seen = ephemeris.moon(moment.epoch, position)
        moon = moon_source(seen.direction_itrs, seen.distance_km, body.direction_itrs, body.distance_km)
    if not scene.sky.sun:
        sun = replace(sun, irradiance=0.0 * sun.irradiance, disc_radiance=0.0 * sun.disc_radiance)
    return sun, moon


def develop_frame(frame: Frame, scene: Scene) -> Image:
    """Expose the scene's sensor to a frame's light and develop it: the picture, encoded sRGB."""
    camera, film = frame.camera, scene.film
    exposure = expose(
        frame.lines,
        frame.sky,
        photosite_area_m2=camera.photosite_area_m2,
        f_number=camera.f_number,
        exposure_s=camera.exposure_s,
        iso=camera.iso,
        response=film.response,
        noise=film.noise,
        seed=film.seed,
        frame_index=round(frame.time_s * NOISE_TICKS_PER_S) % 2**63,
    )
    return develop(exposure, film)


def frame_header(frame: Frame, scene: Scene) -> dict[str, str]:
    """Return what a file of the frame says of itself: scene, time, exposure, device, version."""
    camera = frame.camera
    return {
        "software": f"polarlight {__version__}",
        "scene": scene.name,
        "scene_hash": scene.scene_hash,
        "time_utc": frame.epoch.isoformat(),
        "size": f"{camera.columns}x{camera.rows}",
        "f_number": f"{camera.f_number:g}",
        "exposure_s": f"{camera.exposure_s:g}",
        "iso": f"{camera.iso:g}",
        "device": frame.device.label,
        "precision": frame.device.precision,
    }


def expected_memory_bytes(scene: Scene, size: tuple[int, int] | None = None) -> int:
    """Return about how much memory a frame takes at its peak; `size` (columns, rows)."""
    columns, rows = size or (scene.camera.columns, scene.camera.rows)
    return round(BASE_MEMORY + MEMORY_PER_PIXEL * columns * rows)
