"""Hand the light raster to the device and add its light to a picture: towns, suburbs, roads and their halo."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from render import device as devices
from render.core.radiance import SKY_WAVELENGTHS_NM
from render.integrator.sky.pixels import SkyStage
from render.integrator.view import device_view
from shaders.ground import city_lights as shader

AIR_EXPONENT, AIR_REFERENCE_NM = 2.0, 550.0  # light scattered by air and haze ~ wavelength^-2, between -4 and -1
PER_KM2 = 1.0e-6  # W m-2 sr-1 of 1 W sr-1 km-2 seen from the zenith
CLEAR = np.ones((1, 1, 2))


@dataclass(frozen=True, eq=False)
class CityStage:
    """The light raster of a region on the device, and how the camera moves over it.

    `shutter`: (camera, ITRS position km) as the shutter opens and as it closes.
    """

    grid: dict[str, Any]
    raster: Any
    spectra: Any
    shutter: tuple[tuple[Any, np.ndarray], tuple[Any, np.ndarray]]


def prepare_cities(
    index: np.ndarray, words: np.ndarray, corner: tuple[int, int], spectra: np.ndarray, upward: float,
    shutter: tuple[tuple[Any, np.ndarray], tuple[Any, np.ndarray]],
) -> CityStage:  # fmt: skip
    """Stage a raster: `index`, `words` and its `corner`, the first block's row and column, as `LightRaster` has them.

    `spectra` [2, band] nm-1 of sodium and white lamps; `upward`: see `shaders.ground.city_lights.Grid`.
    """
    pack = devices.pack(
        shader.Raster, index=devices.upload_kept(index), words=devices.upload_kept(words)
    )  # fmt: skip
    grid = {"row": corner[0], "column": corner[1], "rows": index.shape[0], "columns": index.shape[1], "upward": upward}
    return CityStage(grid, pack, devices.upload(lamp_rows(spectra)), shutter)


def lamp_rows(spectra: np.ndarray) -> np.ndarray:
    """Return [4, band] as `shaders.ground.city_lights.Lamp`."""
    bluer = (AIR_REFERENCE_NM / SKY_WAVELENGTHS_NM) ** AIR_EXPONENT
    rows = np.empty((4, spectra.shape[1]))
    rows[shader.Lamp.SODIUM], rows[shader.Lamp.WHITE] = PER_KM2 * spectra
    rows[shader.Lamp.SODIUM_AIR], rows[shader.Lamp.WHITE_AIR] = PER_KM2 * spectra * bluer
    return rows


def add_cities(
    stage: CityStage, sky: SkyStage, camera: Any, first_row: int, out: np.ndarray, veil: np.ndarray = CLEAR
) -> None:
    """Add a raster's light to `out` [band, row, column], W m-2 sr-1 nm-1, of rows from `first_row` (0 = top), in place.

    `camera`: of the whole picture, at mid exposure. `veil` [row, column, 2]: the share of a light on the ground that
    clouds let through unscattered, and of all its light.
    """
    shrunk = np.linalg.norm(sky.position_km) / np.linalg.norm(0.5 * (stage.shutter[0][1] + stage.shutter[1][1]))
    opening, closing = (device_view(seen, shrunk * place, first_row) for seen, place in stage.shutter)
    pixel = float(np.sqrt(abs(np.linalg.det(np.asarray(camera.tangent_from_pixel, dtype=np.float64)))))
    whole = np.ascontiguousarray(out)
    shader.add_city_lights(
        device_view(camera, sky.position_km, first_row), opening, closing,
        devices.record(shader.Grid, pixel=pixel, **stage.grid), sky.layout, sky.tables, stage.raster, stage.spectra,
        np.ascontiguousarray(veil), whole,
    )  # fmt: skip
    if whole is not out:
        out[...] = whole
