"""A scene's aurora from straight above: which area, and the brightness of its columns there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from render import device as devices
from render.core.epoch import Epoch
from render.core.errors import InputError
from render.core.geodesy import geodetic_from_itrs, itrs_from_geodetic
from render.formats.arrays import write_npz
from render.frame.air import oval_emission
from render.frame.aurora import aurora_at
from render.frame.moment import moment_of
from render.geophysics.field import field_lines
from render.geophysics.field.geomagnetic import magnetic_local_time_h
from render.integrator.above.area import AreaFromAbove
from render.integrator.above.columns import columns_from_above
from render.integrator.above.precipitation import FootprintMap
from render.integrator.aurora import in_view
from render.integrator.aurora import tiles as tiling
from render.integrator.aurora.magnetosphere import REACH_KM, Magnetosphere, magnetosphere_around, plane_position
from render.integrator.aurora.user_map import LEAST_FLUX
from render.questions.memory import BASE_MEMORY
from render.scene import Scene

CENTRE_DECIMALS = 1  # of degrees, of a centre that is chosen and not given
MEMORY_PER_PIXEL = 420.0  # bytes: up to five texels, their light, and the picture (measured on the CPU)


@dataclass(frozen=True, eq=False)
class AuroraFromAbove:
    """The aurora from above: `kilorayleighs` [key, row, column] of the columns above an area at an instant.

    `kp` then; `local_time_h`: magnetic, at the area's centre, without the scene's shift; `around`: magnetic coordinates
    of the region.
    """

    area: AreaFromAbove
    keys: tuple[str, ...]
    kilorayleighs: np.ndarray
    epoch: Epoch
    kp: float
    local_time_h: float
    around: Magnetosphere


def aurora_from_above(
    scene: Scene, epoch: Epoch, area: AreaFromAbove, keys: tuple[str, ...], device: str = "auto"
) -> AuroraFromAbove:
    """Return the aurora above an area at an instant; `keys` of `render.integrator.above.columns.KEYS_FROM_ABOVE`.

    Raises InputError for a scene without aurora, or an instant that its files do not cover; DeviceError.
    """
    check_aurora(scene)
    devices.start(device)
    around = magnetosphere_around(
        itrs_from_geodetic(area.latitude_deg, area.longitude_deg, field_lines.FOOTPRINT_ALTITUDE_KM), epoch.decimal_year
    )
    instant = aurora_at(scene, epoch, around)
    values = columns_from_above(instant, oval_emission(scene)[0], scene.emission, area, keys)
    longitude = _at_centre(area, around)[1]
    return AuroraFromAbove(
        area, keys, values, epoch, instant.kp,
        float(magnetic_local_time_h(np.array(longitude), epoch)), around,
    )  # fmt: skip


def write_arrays(path: str | Path, made: AuroraFromAbove, header: dict[str, str]) -> None:
    """Write what was seen as NumPy arrays to a .npz file, with this `header`. Raises OutputError.

    `kilorayleighs` [line, row, column], `line` [line], and [row, column] of each pixel's middle at 110 km: geodetic
    `latitude_deg` and `longitude_deg`, and `apex_latitude_deg`; `x_km` [column] and `y_km` [row] from the centre.
    """
    area = made.area
    latitude, longitude, magnetic = (np.empty((area.rows, area.columns), np.float32) for _ in range(3))
    for row, y in enumerate(area.y_km):
        latitude[row], longitude[row] = area.geodetic(area.x_km, y)
        magnetic[row] = magnetic_latitude_deg(made, area.x_km, y)
    arrays: dict[str, Any] = {
        "kilorayleighs": made.kilorayleighs, "line": np.array(made.keys), "latitude_deg": latitude,
        "longitude_deg": longitude, "apex_latitude_deg": magnetic, "x_km": area.x_km, "y_km": area.y_km, **header,
    }  # fmt: skip
    write_npz(path, arrays)


def check_aurora(scene: Scene) -> None:
    """Raise InputError for a scene without aurora."""
    if not scene.aurora.enabled:
        raise InputError(f"scene {scene.name}: [aurora] enabled is false; there is no aurora to be mapped")


def middle_of_view(scene: Scene, epoch: Epoch) -> tuple[float, float]:
    """Return (latitude, longitude), deg, of the middle of the aurora that the camera sees, by its light.

    Where it sees none: the place below the observer. The device must have been started. Raises InputError.
    """
    moment = moment_of(scene, epoch)
    position = moment.observer.position_km
    around = magnetosphere_around(position, epoch.decimal_year)
    grid = tiling.grid_around(np.array(plane_position(position, around.hemisphere)), REACH_KM)
    distance = in_view.seen_distance_km(grid, around.field, around.hemisphere, moment.camera, position)
    where = position
    if np.isfinite(distance).any():
        footprint = FootprintMap(aurora_at(scene, epoch, around), grid, np.isfinite(distance))
        flux = footprint.coarse_flux()
        light = np.where(flux > LEAST_FLUX, flux, 0.0) / distance**2
        if light.any():
            direction = field_lines.direction_from_plane(*grid.centres_km(), around.hemisphere)
            where = (direction * light[..., None]).sum(axis=(0, 1))
    latitude, longitude, _ = geodetic_from_itrs(field_lines.PLANE_RADIUS_KM * where / np.linalg.norm(where))
    return round(float(latitude), CENTRE_DECIMALS), round(float(longitude), CENTRE_DECIMALS)


def expected_memory_bytes(pixels: int, lines: int) -> float:
    """Return about how much memory a picture of so many pixels takes at its peak."""
    return BASE_MEMORY + (MEMORY_PER_PIXEL + 8.0 * lines) * pixels


def magnetic_latitude_deg(made: AuroraFromAbove, x_km: np.ndarray, y_km: np.ndarray) -> np.ndarray:
    """Return the apex latitude, deg, of places, km from the centre of the area."""
    table = made.around.latitude_deg[..., None]
    return np.asarray(field_lines.bilinear(table, made.around.window, *made.area.plane(x_km, y_km))[..., 0])


def _at_centre(area: AreaFromAbove, around: Magnetosphere) -> tuple[float, float]:
    """Return the apex latitude and longitude, deg, of an area's centre."""
    table = np.stack([around.latitude_deg, around.longitude_deg], axis=-1)
    x, y = area.plane(np.zeros(1), np.zeros(1))
    latitude, longitude = field_lines.bilinear(table, around.window, x, y)[0]
    return float(latitude), float(longitude)
