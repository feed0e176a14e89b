"""Stage the light behind the stars for the device, as `shaders.sky.background` takes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from render import device as devices
from render.integrator.kept import kept_on_device
from render.sky.background import BLUE_B_V, RED_B_V, Background
from render.sky.starlight import Starlight
from render.sky.zodiacal import NEAR_SUN_POWER, NEAREST_DEG, zodiacal_table
from shaders.sky import background as shader
from shaders.sky.background import Part


@dataclass(frozen=True, eq=False)
class BackgroundStage:
    """The light behind the stars on the device: `shaders.sky.background.Behind` and its tables."""

    behind: Any
    tables: Any


def stage_background(light: Background | None, bands: int) -> BackgroundStage:
    """Stage the light of an instant; None: none shines, and tables hold one dark cell."""
    if light is None:
        dark, spectra = np.zeros((2, 3)), np.zeros((bands, Part.ZODIACAL + 1))
        tables = devices.upload_pack(
            shader.BehindTables, starlight=dark, colour=dark, zodiacal=dark, spectra=spectra,
        )  # fmt: skip
        return BackgroundStage(_behind(np.eye(3), np.eye(3), 0), tables)
    starlight, colour = _device_starlight(light.starlight)
    tables = devices.pack(
        shader.BehindTables, starlight=starlight, colour=colour, zodiacal=devices.upload_kept(zodiacal_table()),
        spectra=devices.upload(light.spectra),
    )  # fmt: skip
    return BackgroundStage(_behind(light.galactic_from_itrs, light.ecliptic_from_itrs, 1), tables)


def _behind(galactic_from_itrs: np.ndarray, ecliptic_from_itrs: np.ndarray, shines: int) -> Any:
    return devices.record(
        shader.Behind, galactic_from_itrs=galactic_from_itrs, ecliptic_from_itrs=ecliptic_from_itrs,
        blue_b_v=BLUE_B_V, per_b_v=1.0 / (RED_B_V - BLUE_B_V), power=NEAR_SUN_POWER, nearest=NEAREST_DEG,
        shines=shines,
    )  # fmt: skip


@kept_on_device(maxsize=2)
def _device_starlight(light: Starlight) -> tuple[Any, Any]:
    return devices.upload(closed(light.ln_s10)), devices.upload(closed(light.b_v))


def closed(table: np.ndarray) -> np.ndarray:
    """Return a table of a circle with its last column before the first and its first after the last."""
    return np.concatenate([table[:, -1:], table, table[:, :1]], axis=1)
