"""The one road of a frame: Scene + Epoch -> Frame, light absolute and spectral all the way.

The order is that of the light: aurora, airglow and sky are marched tile by tile; stars and city lights, points to any
lens, are laid on the whole picture; the station stands in front. Nothing is kept from one frame to the next but what
depends on the scene alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from render import device as devices
from render.atmosphere.extinction import build_atmosphere
from render.core.epoch import Epoch
from render.core.geodesy import geodetic_from_itrs
from render.core.lines import LINE_KEYS
from render.core.radiance import SKY_WAVELENGTHS_NM, LineRadiance, SkyRadiance
from render.device import Device
from render.frame.air import layer_rows, oval_emission
from render.frame.foreground import foreground
from render.frame.moment import Moment, moment_of
from render.frame.points_of_light import points_of_light
from render.frame.result import Frame
from render.frame.sources import _sources, ground_model
from render.geophysics.forms.drive_series import drive_function
from render.integrator.aurora import march as aurora
from render.integrator.aurora import subauroral
from render.integrator.aurora.magnetosphere import magnetosphere_around
from render.integrator.sky import pixels as sky
from render.integrator.sky.transmittance import limb_table, line_wavelengths_nm, rising_table
from render.observer import ephemeris
from render.scene import Scene

Progress = Callable[[float, str], None]

TILE_PIXELS = 65536  # pixels marched at once: a tile's results are 8 MB


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
        drive = drive_function(scene.drive, scene.time.epoch)
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
