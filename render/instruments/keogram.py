"""A keogram: the brightness of a meridian of the sky against time, as all-sky cameras and photometers draw it.

The scan runs from the northern horizon through the zenith to the southern one, in the geographic meridian, the magnetic
one, or any other azimuth.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from render.core.epoch import Epoch
from render.core.geodesy import Array, geodetic_from_itrs, itrs_from_local, shell_distances
from render.formats.arrays import write_npz
from render.frame.moment import moment_of, position_at
from render.geophysics.field.geomagnetic import magnetic_field_nt
from render.instruments.looking import light_along, of_keys
from render.observer.ephemeris import azimuth_elevation
from render.scene import Scene

MAP_ALTITUDES_KM = (110.0, 230.0, 250.0)  # km: 557.7 and 427.8 are mapped to the first, 630.0 to one of the others
MERIDIAN_KM = 110.0  # km, the altitude whose field gives the magnetic meridian


@dataclass(frozen=True, eq=False)
class Scan:
    """Lines of sight of a keogram.

    `azimuth_deg` of its northern half; `angle_deg` [n] from the northern horizon over the zenith to the southern, 0 to
    180; `directions` [n, width, 3] ITRS, `width` beside one another; `latitude_deg`, `longitude_deg` [altitude, n]
    where the middle ones pierce MAP_ALTITUDES_KM; `elevation_deg`, `bearing_deg` [n] of the middle ones.
    """

    azimuth_deg: float
    angle_deg: Array
    directions: Array
    latitude_deg: Array
    longitude_deg: Array
    elevation_deg: Array
    bearing_deg: Array

    @property
    def step_rad(self) -> float:
        """Return the angle between neighbouring lines of sight."""
        return float(np.pi / len(self.angle_deg))

    @property
    def stamp(self) -> str:
        """Return what tells this scan from others."""
        return f"{len(self.angle_deg)} rows x {self.directions.shape[1]} azimuth {self.azimuth_deg!r}"


def magnetic_azimuth_deg(position_km: Array, year: float) -> float:
    """Return the azimuth of magnetic north above a place, ITRS km [3]: that of the field's level part at 110 km."""
    latitude, longitude, _ = geodetic_from_itrs(position_km)
    east, north, up = itrs_from_local(latitude, longitude).T
    above = position_km + up * (MERIDIAN_KM - float(geodetic_from_itrs(position_km)[2]))
    field = magnetic_field_nt(above, year)
    return float(np.degrees(np.arctan2(field @ east, field @ north)))


def scan_of(position_km: Array, azimuth_deg: float, rows: int, width: int) -> Scan:
    """Return the lines of sight of a scan of `rows` even steps, each of `width` lines of sight a step apart."""
    latitude, longitude, _ = geodetic_from_itrs(position_km)
    east, north, up = itrs_from_local(latitude, longitude).T
    azimuth = np.radians(azimuth_deg)
    towards = np.cos(azimuth) * north + np.sin(azimuth) * east
    aside = np.cos(azimuth) * east - np.sin(azimuth) * north
    step = np.pi / rows
    angle = (np.arange(rows) + 0.5) * step
    off = (np.arange(width) - 0.5 * (width - 1)) * step
    in_plane = np.cos(angle)[:, None] * towards + np.sin(angle)[:, None] * up
    directions = np.cos(off)[None, :, None] * in_plane[:, None, :] + np.sin(off)[None, :, None] * aside
    bearing, elevation = azimuth_elevation(in_plane, position_km)
    where = [geodetic_from_itrs(position_km + far[:, None] * in_plane)[:2] for far in (
        shell_distances(position_km, in_plane, height)[1] for height in MAP_ALTITUDES_KM)]  # fmt: skip
    return Scan(
        azimuth_deg, np.degrees(angle), directions, np.stack([each[0] for each in where]),
        np.stack([each[1] for each in where]), elevation, bearing,
    )  # fmt: skip


def columns_of(
    scene: Scene, epochs: Sequence[Epoch], scan: Scan, folder: Path, tell: Callable[[float, str], None]
) -> Iterator[tuple[np.ndarray, bool]]:
    """Yield (R [angle, line], whether it was kept) of each instant; finished columns are kept in `folder`.

    A column that lies there already, of the same scene, instant and scan, is read, not made. A device must have been
    started where one is missing. `tell` hears of the share done and what is done before it is done.
    """
    of = scene.scene_hash
    for index, epoch in enumerate(epochs):
        text = f"{of} {epoch.isoformat()} {scan.stamp} {position_at(scene, epoch).round(6).tolist()}"
        stamp = hashlib.sha256(text.encode()).hexdigest()
        path = folder / f"column_{index:05d}_{stamp[:12]}.npz"
        kept = _kept(path, stamp, len(scan.angle_deg))
        if kept is not None:
            yield kept, True
            continue
        tell(index / len(epochs), f"column {index + 1} of {len(epochs)}")
        made = keogram_column(scene, epoch, scan)
        write_npz(path, {"rayleighs": made.astype(np.float32), "stamp": np.array(stamp)})
        yield made.astype(np.float32), False


def keogram_column(scene: Scene, epoch: Epoch, scan: Scan) -> np.ndarray:
    """Return R [angle, line], means over a scan's width, at an instant."""
    moment = moment_of(scene, epoch, (1, 1))
    rows, width, _ = scan.directions.shape
    found = light_along(scene, moment, scan.directions.reshape(-1, 3), scan.step_rad)
    return np.asarray(found.reshape(rows, width, -1).mean(axis=1))


def _kept(path: Path, stamp: str, rows: int) -> np.ndarray | None:
    """Return a kept column; None where there is none that is whole and of this stamp."""
    with suppress(OSError, ValueError, KeyError, EOFError, BadZipFile), np.load(path, allow_pickle=False) as held:
        if str(held["stamp"]) == stamp and len(held["rayleighs"]) == rows:
            return np.asarray(held["rayleighs"])
    return None


def brightness(columns: Sequence[np.ndarray], keys: tuple[str, ...]) -> np.ndarray:
    """Return kR [key, time, angle] of columns [angle, line]."""
    return of_keys(np.stack(columns), keys) / 1e3
