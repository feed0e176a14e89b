"""Stage the aurora for the device, march it tile by tile, and bring the rayleighs back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from render import device as devices
from render.core.lines import AURORA_KEYS, PROMPT_KEYS, SLOW_KEYS, TIED
from render.emission import afterglow
from render.emission.settings import EmissionSettings
from render.emission.table import EmissionTable
from render.geophysics.field import field_lines
from render.integrator.aurora import footprint_map, subauroral
from render.integrator.aurora import tiles as tiling
from render.integrator.aurora.instant import AuroraInstant
from render.integrator.aurora.magnetosphere import REACH_KM, plane_position
from render.integrator.kept import kept_on_device
from render.integrator.lattice import EVERY_PIXEL, Part, Sampling, Source, Tell, gather
from render.integrator.quality import quality_named
from shaders.aurora import airglow, march
from shaders.aurora import emission as shader
from shaders.aurora import subauroral as subauroral_shader

LIMB_EDGE_KM = 7.0  # km, scale height of the air that dims sunlight at its limb


@dataclass(frozen=True, eq=False)
class AuroraStage:
    """The aurora of one instant as the march takes it: records of `shaders.aurora.march` and `shaders.aurora.emission`
    on the device.

    `texels`: how many, in all maps together.
    """

    axes: Any
    sun: Any
    maps: Any
    tables: Any
    texels: int

    def with_step(self, factor: float) -> AuroraStage:
        """Return the same aurora, to be marched with a step so many times as long."""
        axes = self.axes.to_dict()
        axes["step_scale"] *= factor
        return replace(self, axes=devices.record(march.Axes, **axes))


def prepare_aurora(
    instant: AuroraInstant, emission: EmissionSettings, table: EmissionTable, camera: Any, position_km: np.ndarray,
    turn_rad_s: np.ndarray, sun_itrs: np.ndarray,
) -> AuroraStage | None:  # fmt: skip
    """Build the maps of the aurora that this camera sees at an instant; None where it can see none.

    `position_km` [3]: the camera's, ITRS; `turn_rad_s` [3]: its rotation about the Earth's centre, ITRS; `sun_itrs`
    [3]: unit vector towards the Sun, which lights the ions. Raises InputError for an instant outside the times of a
    user map.
    """
    settings, magnetosphere = instant.settings, instant.around
    sight = footprint_map.Sight(
        tiling.grid_around(np.array(plane_position(position_km, magnetosphere.hemisphere)), REACH_KM),
        magnetosphere.field, magnetosphere.hemisphere, camera, position_km, turn_rad_s,
    )  # fmt: skip
    maps = footprint_map.build_maps(instant, sight, emission.afterglow, table.diffuse is not None)
    if maps is None:
        return None
    field, log_energy = magnetosphere.field, np.log(table.energy_kev)
    altitude_step = float(table.altitude_km[1] - table.altitude_km[0])
    axes = devices.record(
        march.Axes, step_scale=settings.step_scale * quality_named(camera.quality).step,
        sphere=(float(magnetosphere.hemisphere), field_lines.PLANE_RADIUS_KM),
        field=(field.window.x0_km, field.window.y0_km, field.window.spacing_km),
        cells=(float(sight.grid.first_column), float(sight.grid.first_row), tiling.CELL_KM, 1.0 / tiling.CELL_KM),
        table=(
            float(table.altitude_km[0]), 1.0 / altitude_step,
            float(log_energy[0]), 1.0 / float(log_energy[1] - log_energy[0]),
        ),
    )  # fmt: skip
    return AuroraStage(
        axes=axes,
        sun=devices.record(
            shader.Sunlight, direction=sun_itrs, screening_km=emission.sunlit.screening_height_km,
            sharpness=1.0 / LIMB_EDGE_KM,
        ),
        maps=devices.pack(
            march.Maps, field=devices.upload_kept(field.vectors, vectors=True), cells=devices.upload(maps.cells),
            thin=devices.upload(maps.thin), texels=maps.fine, past=maps.past,
        ),
        tables=device_tables(table, emission, settings.soft_energy_kev),
        texels=maps.texels,
    )  # fmt: skip


@kept_on_device(maxsize=4)
def device_tables(table: EmissionTable, emission: EmissionSettings, soft_energy_kev: float) -> Any:
    """Return the emission table as the march takes it, `shaders.aurora.march.Tables`.

    `soft_energy_kev`: characteristic energy of tall rays' soft electrons.
    """
    ratios = [emission.hydrogen_per_1ng if key == "H-beta" else ratio for key, (_, ratio) in TIED.items()]
    soft_energy = np.log(soft_energy_kev)
    (prompt, prompt_soft), (slow, slow_soft) = (_line_tables(table, of_slow, soft_energy) for of_slow in (False, True))
    return devices.pack(
        march.Tables, table=prompt, soft=prompt_soft, slow_table=slow, slow_soft=slow_soft,
        memory=devices.upload(_mixture_table(table), vectors=True), tied=devices.upload(np.array(ratios)),
    )  # fmt: skip


def _line_tables(table: EmissionTable, slow: bool, ln_soft: float) -> tuple[Any, Any]:
    """Stage the emission table [altitude, energy, line] of a kind of lines, and its row for the soft electrons.

    Where diffuse electrons have a table of their own its lines follow.
    """
    rows, log_energy = _device_table(table, slow), np.log(table.energy_kev)
    soft_rows = _device_table(table.of_soft, slow)
    node = int(np.clip(np.searchsorted(log_energy, ln_soft) - 1, 0, len(log_energy) - 2))
    part = (ln_soft - log_energy[node]) / (log_energy[node + 1] - log_energy[node])
    soft = (1.0 - part) * soft_rows[:, node] + part * soft_rows[:, node + 1]
    if table.diffuse is not None:
        lines = len(SLOW_KEYS if slow else PROMPT_KEYS)
        rows = np.concatenate([rows, _device_table(table.diffuse, slow)[..., :lines]], axis=2)
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


def _mixture_table(table: EmissionTable) -> np.ndarray:
    """Return [altitude, filter x line]: how slow lines mix the averages of the memory."""
    lifetimes = np.stack([table.lifetime_s[AURORA_KEYS.index(key)] for key in SLOW_KEYS], axis=-1)
    return np.swapaxes(afterglow.mixing(lifetimes), -1, -2).reshape(len(table.altitude_km), -1)


def march_aurora(
    stage: AuroraStage | None, layers: Any, air: Any, view: Any, part: Part, sampling: Sampling = EVERY_PIXEL,
    arcs: subauroral.SubauroralStage | None = None, tell: Tell | None = None,
) -> np.ndarray:  # fmt: skip
    """Return rayleighs [line, row, column] (all catalogue lines) of a part of a picture, float32.

    `layers`: the airglow, `integrator.airglow.device_layers`; `air`, `view`: `integrator.view.lower_air` and
    `device_view`; `arcs`: SAR arc and STEVE. None of any source: it is dark. `tell` hears of the share done.
    """
    sources: list[Source] = []
    if layers is not None:
        sources.append(Source(partial(airglow.layers_nodes, view, layers, air)))
    if arcs is not None:
        sources.append(Source(partial(subauroral_shader.arcs_nodes, view, arcs.axes, arcs.arcs, air)))
    if stage is not None:
        sources += [aurora_source(stage, view, air, slow) for slow in (True, False)]
    light = devices.to_host(gather(part, sampling, sources, tell))
    return light.astype(np.float32, copy=False)


def aurora_source(stage: AuroraStage, view: Any, air: Any, slow: bool) -> Source:
    """Return the aurora's prompt or slow lines, and those tied to them, as a source of light on a lattice."""
    return Source(partial(add_lines, stage, view, air, slow), shader.planes_of(slow))


def add_lines(
    stage: AuroraStage, view: Any, air: Any, slow: bool, level: Any, unevenness: Any, values: Any, begin: int,
    count: int,
) -> None:  # fmt: skip
    """Add the light of prompt or slow lines to nodes of a lattice, as `integrator.lattice.AddLight`."""
    march.aurora_nodes(
        view, stage.sun, stage.axes, stage.maps, stage.tables, air, level, unevenness, values, slow, begin, count
    )
