"""The all-sky picture of an instrument on the ground: calibrated rayleighs, and where each pixel looks.

An equidistant fisheye of 180 degrees, centred on the zenith. Row 0 is in the north, column 0 in the east: as the
sky is seen by who looks up, and by a scene's camera of `projection = "equidistant"` that looks to the zenith.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from render.core.geodesy import Array, geodetic_from_itrs, itrs_from_local, shell_distances
from render.frame.moment import Moment
from render.instruments.looking import light_along, of_keys
from render.scene import Scene

MAP_ALTITUDES_KM = (90.0, 110.0, 150.0)  # km, of the University of Calgary's skymaps


@dataclass(frozen=True, eq=False)
class AllSky:
    """Hold kR [key, row, column] of an all-sky picture and its skymap, named as PyAuroraX names its parts."""

    brightness_kr: dict[str, np.ndarray]
    skymap: dict[str, np.ndarray]


def allsky(scene: Scene, moment: Moment, pixels: int, keys: tuple[str, ...]) -> AllSky:
    """Return the picture of `pixels` x `pixels` at a moment's place; NaN below the horizon.

    A device must have been started. Raises InputError for an instant outside the times of a user's map.
    """
    position = moment.position_km
    directions, zenith, azimuth = _looks(position, np.arange(float(pixels)) + 0.5, pixels)
    seen = zenith < 90.0
    lines = light_along(scene, moment, directions[seen], np.pi / pixels)
    planes = np.full((len(keys), pixels, pixels), np.nan)
    planes[:, seen] = of_keys(lines, keys) / 1e3
    corners, corner_zenith, _ = _looks(position, np.arange(pixels + 1.0), pixels)
    maps = [_pierced(position, corners, corner_zenith, height) for height in MAP_ALTITUDES_KM]
    latitude, longitude, altitude = (float(value) for value in geodetic_from_itrs(position))
    skymap = {
        "full_elevation": np.where(seen, 90.0 - zenith, np.nan), "full_azimuth": np.where(seen, azimuth, np.nan),
        "full_map_altitude": 1e3 * np.array(MAP_ALTITUDES_KM),
        "full_map_latitude": np.stack([each[0] for each in maps]),
        "full_map_longitude": np.stack([each[1] for each in maps]),
        "site_map_latitude": np.array(latitude), "site_map_longitude": np.array(longitude % 360.0),
        "site_map_altitude": np.array(1e3 * altitude),
    }  # fmt: skip
    return AllSky(dict(zip(keys, planes, strict=True)), skymap)


def _looks(position_km: Array, edge: Array, pixels: int) -> tuple[Array, Array, Array]:
    """Return (unit directions ITRS [n, n, 3], zenith angles, azimuths, degrees [n, n]) of places on the picture.

    `edge` [n]: rows and columns in pixels from the picture's edge. Zenith angles grow evenly from the middle.
    """
    middle = 0.5 * pixels
    south, west = np.meshgrid(edge - middle, edge - middle, indexing="ij")
    zenith, azimuth = np.hypot(south, west) * (0.5 * np.pi / middle), np.arctan2(-west, -south)
    latitude, longitude, _ = geodetic_from_itrs(position_km)
    local = np.stack([np.sin(zenith) * np.sin(azimuth), np.sin(zenith) * np.cos(azimuth), np.cos(zenith)], axis=-1)
    return local @ itrs_from_local(latitude, longitude).T, np.degrees(zenith), np.degrees(azimuth) % 360.0


def _pierced(position_km: Array, directions: Array, zenith_deg: Array, height_km: float) -> tuple[Array, Array]:
    """Return latitude and longitude (0 to 360) at which lines of sight are at a height; NaN below the horizon."""
    far = shell_distances(position_km, directions, height_km)[1]
    latitude, longitude, _ = geodetic_from_itrs(position_km + far[..., None] * directions)
    up = zenith_deg <= 90.0
    return np.where(up, latitude, np.nan), np.where(up, longitude % 360.0, np.nan)
