"""The all-sky picture of an instrument on the ground: calibrated rayleighs, and where each pixel looks.

An equidistant fisheye of 180 degrees, centred on the zenith. Row 0 is in the north, column 0 in the east: as the
sky is seen by who looks up, and by a scene's camera of `projection = "equidistant"` that looks to the zenith.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from render.core.epoch import Epoch
from render.core.geodesy import Array, geodetic_from_itrs, itrs_from_local, shell_distances
from render.formats.sky_instruments import variable_name
from render.frame.moment import Moment, moment_of
from render.instruments.looking import light_along, of_keys
from render.instruments.parts import part_path, read_part, stamp_of, write_part
from render.instruments.passband import Passband, through
from render.scene import Scene

MAP_ALTITUDES_KM = (90.0, 110.0, 150.0)  # km, of the University of Calgary's skymaps


@dataclass(frozen=True)
class Instrument:
    """What an all-sky camera measures: pictures of `pixels` x `pixels`, lines, and filters by line."""

    pixels: int
    keys: tuple[str, ...]
    passbands: tuple[tuple[str, Passband], ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of its planes, as in files."""
        return (*map(variable_name, self.keys), *(variable_name(key, "filtered") for key, _ in self.passbands))


def picture(scene: Scene, moment: Moment, instrument: Instrument) -> dict[str, np.ndarray]:
    """Return kR [row, column] of each plane of an instrument at a moment's place; NaN below the horizon.

    A device must have been started. Raises InputError for an instant outside the times of a user's map.
    """
    pixels = instrument.pixels
    directions, zenith, _ = _looks(moment.position_km, np.arange(float(pixels)) + 0.5, pixels)
    seen = zenith < 90.0
    light = light_along(scene, moment, directions[seen], np.pi / pixels, sky=bool(instrument.passbands))
    read = [*of_keys(light.lines_r, instrument.keys)]
    read += [through(one, light.lines_r, light.sky) for _, one in instrument.passbands]
    planes = np.full((len(read), pixels, pixels), np.nan)
    planes[:, seen] = np.stack(read) / 1e3
    return dict(zip(instrument.names, planes, strict=True))


def pictures_of(
    scene: Scene, epochs: Sequence[Epoch], instrument: Instrument, folder: Path, tell: Callable[[float, str], None]
) -> Iterator[tuple[dict[str, np.ndarray], bool]]:
    """Yield (planes, whether they were kept) of each instant; finished pictures stay in `folder`.

    A picture that lies there already, of the same scene, instant and instrument, is read, not made. A device must have
    been started where one is missing. `tell` hears of the share done and what is done before it is done.
    """
    for index, epoch in enumerate(epochs):
        stamp = stamp_of(scene, epoch, repr(instrument))
        path = part_path(folder, "picture", index, stamp)
        held = read_part(path, stamp, instrument.names)
        kept = held is not None
        if held is None:
            tell(index / len(epochs), f"picture {index + 1} of {len(epochs)}")
            held = write_part(path, stamp, picture(scene, moment_of(scene, epoch, (1, 1)), instrument))
        yield held, kept


def skymap_of(position_km: Array, pixels: int) -> dict[str, np.ndarray]:
    """Return where each pixel looks from a place, ITRS km [3], named as PyAuroraX names the parts of a skymap."""
    _, zenith, azimuth = _looks(position_km, np.arange(float(pixels)) + 0.5, pixels)
    seen = zenith < 90.0
    looks = {"full_elevation": np.where(seen, 90.0 - zenith, np.nan), "full_azimuth": np.where(seen, azimuth, np.nan)}
    heights = {"full_map_altitude": 1e3 * np.array(MAP_ALTITUDES_KM)}
    return looks | heights | places_of(position_km, pixels)


def places_of(position_km: Array, pixels: int) -> dict[str, np.ndarray]:
    """Return the parts of a skymap that follow the instrument's place."""
    corners, corner_zenith, _ = _looks(position_km, np.arange(pixels + 1.0), pixels)
    maps = [_pierced(position_km, corners, corner_zenith, height) for height in MAP_ALTITUDES_KM]
    latitude, longitude, altitude = (float(value) for value in geodetic_from_itrs(position_km))
    return {
        "full_map_latitude": np.stack([each[0] for each in maps]),
        "full_map_longitude": np.stack([each[1] for each in maps]),
        "site_map_latitude": np.array(latitude), "site_map_longitude": np.array(longitude % 360.0),
        "site_map_altitude": np.array(1e3 * altitude),
    }  # fmt: skip


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
