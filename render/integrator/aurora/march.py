"""Stage the aurora for the device, march it tile by tile, and bring the rayleighs back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from render import device as devices
from render.core.epoch import Epoch
from render.core.lines import AURORA_KEYS, LINE_KEYS, PROMPT_KEYS, SLOW_KEYS, TIED
from render.device import Device
from render.emission import afterglow
from render.emission.settings import EmissionSettings
from render.emission.table import EmissionTable
from render.geophysics.field import field_lines
from render.geophysics.field.geomagnetic import magnetic_local_time_h
from render.geophysics.field.magnetic_coordinates import OFF_MAP_KM, dark_at_noon, magnetic_xy
from render.geophysics.forms.aurora_settings import AuroraSettings
from render.geophysics.forms.drive_series import DriveFunction
from render.geophysics.user_map.file import read_user_map
from render.integrator import airglow
from render.integrator.airglow import NODES_PER_KM
from render.integrator.aurora import footprint_map, subauroral
from render.integrator.aurora import tiles as tiling
from render.integrator.aurora.magnetosphere import REACH_KM, Magnetosphere, plane_position
from render.integrator.aurora.user_map import OwnSource, own_source
from shaders import march

LIMB_EDGE_KM = 7.0  # km, scale height of the air that dims sunlight at its limb


@dataclass(frozen=True)
class AuroraStage:
    """The aurora of one instant: `arrays` on the device in the order of the march's arguments; `texels` in all."""

    step_scale: float
    sphere: tuple[float, float]
    sun: np.ndarray
    field_axis: tuple[float, float, float]
    cells_axis: tuple[float, float, float]
    table_axis: tuple[float, float, float, float]
    arrays: tuple[Any, ...]
    texels: int


def prepare_aurora(
    device: Device, settings: AuroraSettings, emission: EmissionSettings, drive: DriveFunction,
    magnetosphere: Magnetosphere, table: EmissionTable, camera: Any, position_km: np.ndarray, turn_rad_s: np.ndarray,
    sun_itrs: np.ndarray, epoch: Epoch, time_s: float,
) -> AuroraStage | None:  # fmt: skip
    """Build the maps of the aurora that this camera sees at this instant; None where it can see none.

    `drive`: what it says at any instant, s since the scene's time, as `time_s` is; `position_km` [3]: the camera's,
    ITRS; `turn_rad_s` [3]: its rotation about the Earth's centre, ITRS; `sun_itrs` [3]: unit vector towards the Sun,
    which lights the ions. Raises InputError for an instant outside the times of a user's own map.
    """
    local_time = magnetic_local_time_h(magnetosphere.longitude_deg, epoch) + settings.local_time_shift_h
    x, y = magnetic_xy(magnetosphere.latitude_deg, local_time)
    y = dark_at_noon(x, y, OFF_MAP_KM)
    sight = footprint_map.Sight(
        tiling.grid_around(np.array(plane_position(position_km, magnetosphere.hemisphere)), REACH_KM),
        magnetosphere.field, magnetosphere.hemisphere, camera, position_km, turn_rad_s,
    )  # fmt: skip

    def own(visible: np.ndarray) -> OwnSource:
        file = read_user_map(str(settings.footprint))
        return own_source(file, magnetosphere, sight.grid, visible, epoch, time_s, settings.local_time_shift_h)

    maps = footprint_map.build_maps(
        settings, drive, time_s, magnetosphere.window, x, y, sight, emission.afterglow,
        own if settings.footprint else None,
    )  # fmt: skip
    if maps is None:
        return None
    field, log_energy = magnetosphere.field, np.log(table.energy_kev)
    ratios = [emission.hydrogen_per_1ng if key == "H-beta" else ratio for key, (_, ratio) in TIED.items()]
    prompt, slow = (_line_tables(table, of_slow, np.log(settings.soft_energy_kev)) for of_slow in (False, True))
    memory = devices.upload(_memory_table(table), vectors=True)
    return AuroraStage(
        step_scale=settings.step_scale, sphere=(float(magnetosphere.hemisphere), field_lines.PLANE_RADIUS_KM),
        sun=np.array([*sun_itrs, emission.sunlit.screening_height_km, 1.0 / LIMB_EDGE_KM]),
        field_axis=(field.window.x0_km, field.window.y0_km, field.window.spacing_km),
        cells_axis=(float(sight.grid.first_column), float(sight.grid.first_row), tiling.CELL_KM),
        table_axis=(
            float(table.altitude_km[0]), float(table.altitude_km[1] - table.altitude_km[0]),
            float(log_energy[0]), float(log_energy[1] - log_energy[0]),
        ),
        arrays=(
            devices.upload(field.coefficients), devices.upload(maps.cells), maps.fine, *prompt, maps.past, *slow,
            memory, devices.upload(np.array(ratios)),
        ),
        texels=maps.texels,
    )  # fmt: skip


def _line_tables(table: EmissionTable, slow: bool, ln_soft: float) -> tuple[Any, Any]:
    """Stage the emission table [altitude, energy, line] of a kind of lines, and its row for the soft electrons."""
    rows, log_energy = _device_table(table, slow), np.log(table.energy_kev)
    node = int(np.clip(np.searchsorted(log_energy, ln_soft) - 1, 0, len(log_energy) - 2))
    part = (ln_soft - log_energy[node]) / (log_energy[node + 1] - log_energy[node])
    soft = (1.0 - part) * rows[:, node] + part * rows[:, node + 1]
    return devices.upload(rows, vectors=True), devices.upload(soft, vectors=True)


def _device_table(table: EmissionTable, slow: bool) -> np.ndarray:
    """Return the emission table of a kind of lines as the march reads it, [altitude, energy, line].

    Prompt lines are followed by the share of the older footprint in 557.7 (see `afterglow`).
    """
    keys = SLOW_KEYS if slow else PROMPT_KEYS
    rate = np.moveaxis(table.rate[[AURORA_KEYS.index(key) for key in keys]], (0, 1, 2), (2, 1, 0))
    if slow:
        return rate
    share = afterglow.green_mixing(table.lifetime_s[AURORA_KEYS.index("557.7")])
    return np.concatenate([rate, np.broadcast_to(share[:, None, None], (*rate.shape[:2], 1))], axis=2)


def _memory_table(table: EmissionTable) -> np.ndarray:
    """Return [altitude, line x filter]: how slow lines mix the averages of the memory."""
    lifetimes = np.stack([table.lifetime_s[AURORA_KEYS.index(key)] for key in SLOW_KEYS], axis=-1)
    return afterglow.mixing(lifetimes).reshape(len(table.altitude_km), -1)


def march_aurora(
    stage: AuroraStage | None, layers: Any, transmittance: np.ndarray, camera: Any, position_km: np.ndarray,
    first_row: int, rows: int, rising: np.ndarray | None = None, arcs: subauroral.SubauroralStage | None = None,
) -> np.ndarray:  # fmt: skip
    """Return rayleighs [line, row, column] (all catalogue lines) of some rows of the picture, float32.

    `layers`: the airglow, as `integrator.airglow` takes it; `transmittance` [node, line] against the tangent
    altitude, NODES_PER_KM nodes per km from 0 up; `rising` [node, line] against the root of the zenith's cosine, for
    rays that only climb (None: from above the air, which is clear); `arcs`: SAR arc and STEVE. Camera and
    `position_km` [3]: ITRS; `first_row` 0 = top.
    """
    view = (
        first_row, np.asarray(position_km), np.asarray(camera.itrs_from_camera), np.asarray(camera.tangent_from_pixel),
        np.asarray(camera.reference_pixel, float),
    )  # fmt: skip
    out = devices.empty((len(LINE_KEYS), rows, camera.columns))
    out.fill(0.0)
    clear = np.ones((2, len(LINE_KEYS)))
    seen = devices.upload(transmittance), devices.upload(clear if rising is None else rising)
    if stage is not None:
        march.aurora_tile(
            *view, stage.step_scale, stage.sphere, stage.sun, stage.field_axis, stage.cells_axis, stage.table_axis,
            NODES_PER_KM, *stage.arrays, *seen, out,
        )  # fmt: skip
    airglow.add_layers(layers, view, seen, out)
    subauroral.march(arcs, view, seen, out)
    return out.to_numpy().astype(np.float32)
