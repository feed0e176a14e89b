"""A keogram: the brightness of a meridian of the sky against time, as all-sky cameras and photometers draw it.

The scan runs from the northern horizon through the zenith to the southern one, in the geographic meridian, the magnetic
one, or any other azimuth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from render.core.epoch import Epoch
from render.core.geodesy import Array, geodetic_from_itrs, itrs_from_local, shell_distances
from render.core.radiance import SKY_WAVELENGTHS_NM
from render.frame.moment import moment_of
from render.geophysics.field.geomagnetic import magnetic_field_nt
from render.instruments.looking import Along, light_along, of_keys
from render.instruments.parts import part_path, read_part, stamp_of, write_part
from render.instruments.passband import Passband, through
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
    scene: Scene, epochs: Sequence[Epoch], scan_at: Callable[[Epoch], Scan], folder: Path,
    tell: Callable[[float, str], None], *, sky: bool = False,
) -> Iterator[tuple[Along, bool]]:  # fmt: skip
    """Yield (light [angle, line or band], whether it was kept) of each instant; finished columns stay in `folder`.

    A column that lies there already, of the same scene, instant and scan, is read, not made; one without the sky is
    made anew where `sky` is asked for. A device must have been started where one is missing. `tell` hears of the share
    done and what is done before it is done.
    """
    names = ("rayleighs", "sky") if sky else ("rayleighs",)
    for index, epoch in enumerate(epochs):
        scan = scan_at(epoch)
        stamp = stamp_of(scene, epoch, scan.stamp)
        path = part_path(folder, "column", index, stamp)
        held = read_part(path, stamp, names)
        kept = held is not None
        if held is None:
            tell(index / len(epochs), f"column {index + 1} of {len(epochs)}")
            made = keogram_column(scene, epoch, scan, sky=sky)
            held = write_part(path, stamp, {"rayleighs": made.lines_r, **({"sky": made.sky} if sky else {})})
        unseen = np.broadcast_to(np.float32(0.0), (len(scan.angle_deg), len(SKY_WAVELENGTHS_NM)))
        yield Along(held["rayleighs"], held.get("sky", unseen)), kept


def keogram_column(scene: Scene, epoch: Epoch, scan: Scan, *, sky: bool = False) -> Along:
    """Return the light [angle, line or band], means over a scan's width, at an instant."""
    moment = moment_of(scene, epoch, (1, 1))
    rows, width, _ = scan.directions.shape
    found = light_along(scene, moment, scan.directions.reshape(-1, 3), scan.step_rad, sky=sky)
    return Along(*(part.reshape(rows, width, -1).mean(axis=1) for part in (found.lines_r, found.sky)))


def brightness(columns: Sequence[Along], keys: tuple[str, ...]) -> np.ndarray:
    """Return kR [key, time, angle] of columns."""
    return of_keys(np.stack([column.lines_r for column in columns]), keys) / 1e3


def filtered(columns: Sequence[Along], passbands: Sequence[Passband]) -> np.ndarray:
    """Return kR [filter, time, angle] that filters read of columns with their sky."""
    return np.array([[through(one, c.lines_r, c.sky) for c in columns] for one in passbands]) / 1e3
