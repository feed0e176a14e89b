"""Stage noctilucent clouds for the device and add their light to a picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from render import device as devices
from render.atmosphere.settings import NoctilucentLayer
from render.atmosphere.sunlight import direct_transmittance
from render.integrator.sky.pixels import SkyStage
from render.integrator.sky.scattered import ScatteringAir
from render.integrator.view import device_view, pixel_angle_rad
from render.sky.sunlight import SkySource
from shaders.ground import noctilucent as shader

NODES_PER_DEGREE, FARTHEST_DEG = 20.0, 120.0  # of the Sun's zenith angle: the edge of Earth's shadow is 0.5 degree wide
REFERENCE_NM = 550.0  # nm, of the layer's optical depth


@dataclass(frozen=True, eq=False)
class NoctilucentStage:
    """The layer of one instant on the device, as `shaders.ground.noctilucent` takes it."""

    layer: Any
    light: Any


def stage_noctilucent(
    settings: NoctilucentLayer, air: ScatteringAir, sun: SkySource, camera: Any
) -> NoctilucentStage | None:
    """Return the layer of a scene at an instant; None where it has none."""
    if settings.optical_depth == 0.0:
        return None
    zenith = np.radians(np.arange(FARTHEST_DEG * NODES_PER_DEGREE + 1.0) / NODES_PER_DEGREE)
    height = float(air.optical.optical_altitude(settings.altitude_km))
    colour = (air.atmosphere.wavelengths_nm / REFERENCE_NM) ** -settings.angstrom
    light = direct_transmittance(air.light, height, zenith) * sun.irradiance * colour
    pixel_rad = pixel_angle_rad(camera)
    layer = devices.record(
        shader.Layer, altitude=settings.altitude_km, thickness=settings.thickness_km, depth=settings.optical_depth,
        asymmetry=settings.asymmetry, from_latitude=np.radians(settings.from_latitude_deg), seed=settings.seed,
        sun=sun.direction_itrs, nodes_per_rad=NODES_PER_DEGREE * 180.0 / np.pi, pixel=pixel_rad,
    )  # fmt: skip
    return NoctilucentStage(layer, devices.upload(light))


def add_noctilucent(stage: NoctilucentStage, sky: SkyStage, camera: Any, first_row: int, out: Any) -> None:
    """Add the layer's light to `out` [band, row, column] of the sky's rows from `first_row` (0 = top), in place."""
    view = device_view(camera, sky.position_km, first_row)
    shader.add_noctilucent(view, stage.layer, sky.layout, sky.tables, stage.light, out)
