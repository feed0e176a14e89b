"""Hand the light raster to the device and add its light to a picture: towns, suburbs, roads and their halo."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from render import device as devices
from render.core.radiance import SKY_WAVELENGTHS_NM
from render.integrator.kept import kept_on_device
from render.integrator.sky.pixels import SkyStage
from render.integrator.view import device_view, pixel_angle_rad
from shaders.ground import city_lights as shader

AIR_EXPONENT, AIR_REFERENCE_NM = 2.0, 550.0  # light scattered by air and haze ~ wavelength^-2, between -4 and -1
PER_KM2 = 1.0e-6  # W m-2 sr-1 of 1 W sr-1 km-2 seen from the zenith
CLEAR = np.ones((1, 1, 2))


@dataclass(frozen=True, eq=False)
class CityLights:
    """The light raster of a region and what its lamps are like.

    `index`, `words` and `corner`, the first block's row and column, as `render.earth.lights.grid.LightRaster` has them;
    `spectra` [2, band] nm-1 of sodium and white lamps; `upward`: see `shaders.ground.city_lights.Grid`.
    """

    index: np.ndarray
    words: np.ndarray
    corner: tuple[int, int]
    spectra: np.ndarray
    upward: float


@dataclass(frozen=True, eq=False)
class CityView:
    """City lights of an instant, and how the camera moves over them: `shutter`, (camera, ITRS position km) as the
    shutter opens and as it closes."""

    lights: CityLights
    shutter: tuple[tuple[Any, np.ndarray], tuple[Any, np.ndarray]]


@kept_on_device(maxsize=2)
def _staged(lights: CityLights) -> tuple[Any, Any]:
    """Return a raster and its lamps' spectra on the device."""
    raster = devices.upload_pack(shader.Raster, index=lights.index, words=lights.words)
    return raster, devices.upload(lamp_rows(lights.spectra))


def lamp_rows(spectra: np.ndarray) -> np.ndarray:
    """Return [4, band] as `shaders.ground.city_lights.Lamp`."""
    bluer = (AIR_REFERENCE_NM / SKY_WAVELENGTHS_NM) ** AIR_EXPONENT
    rows = np.empty((4, spectra.shape[1]))
    rows[shader.Lamp.SODIUM], rows[shader.Lamp.WHITE] = PER_KM2 * spectra
    rows[shader.Lamp.SODIUM_AIR], rows[shader.Lamp.WHITE_AIR] = PER_KM2 * spectra * bluer
    return rows


def add_cities(
    view: CityView, sky: SkyStage, camera: Any, first_row: int, out: np.ndarray, veil: np.ndarray = CLEAR
) -> None:
    """Add a raster's light to `out` [band, row, column], W m-2 sr-1 nm-1, of rows from `first_row` (0 = top), in place.

    `camera`: of the whole picture, at mid exposure. `veil` [row, column, 2]: the share of a light on the ground that
    clouds let through unscattered, and of all its light.
    """
    shrunk = np.linalg.norm(sky.position_km) / np.linalg.norm(0.5 * (view.shutter[0][1] + view.shutter[1][1]))
    opening, closing = (device_view(seen, shrunk * place, first_row) for seen, place in view.shutter)
    pixel = pixel_angle_rad(camera)
    lights = view.lights
    raster, spectra = _staged(lights)
    grid = devices.record(
        shader.Grid, row=lights.corner[0], column=lights.corner[1], moving=int(_moves(*view.shutter)), pixel=pixel,
        upward=lights.upward,
    )  # fmt: skip
    whole = np.ascontiguousarray(out)
    shader.add_city_lights(
        device_view(camera, sky.position_km, first_row), opening, closing, grid, sky.layout, sky.tables, raster,
        spectra, np.ascontiguousarray(veil), whole,
    )  # fmt: skip
    if whole is not out:
        out[...] = whole


def _moves(opening: tuple[Any, np.ndarray], closing: tuple[Any, np.ndarray]) -> bool:
    """Return whether a camera moves or turns while the shutter is open."""
    (first, start), (last, end) = opening, closing
    turns = not np.array_equal(first.itrs_from_camera, last.itrs_from_camera)
    return turns or not np.array_equal(start, end)
