"""A user map of precipitation: energy flux and mean energy against place and time, from NetCDF or .npz.

What statistical models, inversions of all-sky images and magnetospheric codes give. Variables, by the same names in
NetCDF, classic or 4 (.nc, .nc3, .nc4, .cdf; needs the extra `netcdf`), and in .npz (numpy.savez):

    energy_flux           mW m-2 [time, latitude, longitude]; of electrons, downward, at 110 km; 0 where there is none.
                          units "mW m-2", "erg cm-2 s-1" (the same) or "W m-2"; none: mW m-2
    mean_energy           keV, the same shape, or one map for all times, or one number; units "keV" or "eV"; none: keV.
                          Mean of the flux: energy flux / number flux, twice a Maxwellian's characteristic energy. May
                          be anything where energy_flux is below 0.02 mW m-2
    latitude, longitude   geodetic, deg (lat, lon)                                          one of these three pairs
    magnetic_latitude, magnetic_longitude     apex latitude and longitude, deg (mlat, mlon) names the system of
    magnetic_latitude, magnetic_local_time    deg and h (mlat, mlt)                         coordinates
    time                  of each map: CF times (NetCDF), datetime64 (.npz), or ISO 8601 texts, UTC; or
    time_s                of each map, s after the scene's time
    both_hemispheres      1: a magnetic hemisphere, mirrored, holds in the other; else it is dark there

Axes are rows that rise or fall, evenly or not, the order of dimensions is (time, latitude, longitude); NetCDF may have
any, since its dimensions have names. Without time, or with one, the map is steady. Longitudes and local times may run
to 180, 360 or beyond; a colatitude (`colat`, `colatitude`), deg from the north pole, stands for the latitude of the
other axis's system. A flux that is NaN, or a fill value by the file's attributes or by custom (-1e31, -9999), is no
data: it counts as 0, with a warning that says how many. An axis around the whole circle, its end repeated or not,
closes, and its pole gets the mean of the outermost parallel. A map that ends fades to 0 over one cell. In .npz an
attribute is an array of its own: `energy_flux_units`, `both_hemispheres`. Both coordinates may be 2-D [y, x], curved,
NaN where a pixel sees no place: they are brought onto a straight grid, as fine as their typical cell or twice as fine
around a pole. There a grid may hold the pole, go round it (its first column repeated or not) or stack both hemispheres.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from render.core.cache import file_digest
from render.core.epoch import Epoch
from render.core.errors import InputError
from render.geophysics.field.magnetic_coordinates import KM_PER_DEGREE
from render.geophysics.user_map.axes import SYSTEMS, TURNS, Arranged, System, arranged, arrangement, check_order
from render.geophysics.user_map.check import flux_mw_m2, flux_warnings, log_energy, without_gaps
from render.geophysics.user_map.contents import BOTH, MOST_BYTES, Array, Contents, read_contents
from render.geophysics.user_map.grid import Axis, circle, with_poles
from render.geophysics.user_map.mesh import meshed
from render.geophysics.user_map.regrid import is_regional, separable, straightened
from render.geophysics.user_map.times import UserMapTimes, user_map_times

SEAM_DIFFERENCE = 0.01  # of the largest flux: a repeated end of a circle may differ by less without a word


class Reach(NamedTuple):
    """What of a hemisphere a map covers, its fading edge included, in its own coordinates.

    `low_deg`, `high_deg`: latitudes, signed. `west`, `east`: longitudes, deg, or local times, h; both None for all.
    """

    low_deg: float
    high_deg: float
    west: float | None
    east: float | None


@dataclass(frozen=True, eq=False)
class UserMap:
    """A map of precipitation. `flux` mW m-2, `log_energy` ln keV, both [time, latitude, longitude], float32.

    `latitude`, `longitude`: axes of `system`, rising (deg; h for local time). `coverage` [latitude, longitude], 1 where
    the map says anything, or None for everywhere. `hemispheres`: +1, -1, whose precipitation it gives; `mirrored`: by
    one map for both. `spacing_km`: typical size of a cell. `warnings`: what is strange about the file, one line each.
    """

    path: str
    system: System
    latitude: Axis
    longitude: Axis
    times: UserMapTimes
    flux: Array
    log_energy: Array
    coverage: Array | None
    hemispheres: tuple[int, ...]
    mirrored: bool
    spacing_km: float
    warnings: tuple[str, ...]

    def at(
        self, epoch: Epoch, time_s: float, *, latitude_deg: Array | None = None, longitude_deg: Array | None = None,
        apex_latitude_deg: Array | None = None, apex_longitude_deg: Array | None = None,
        local_time_h: Array | None = None, hold: bool = False,
    ) -> tuple[Array, Array, Array]:  # fmt: skip
        """Return energy flux, mW m-2, mean energy, keV, and `inside`, 0 to 1, at points of any shape.

        `time_s` counts from the scene's `epoch`. Only the coordinates of `system` are read. Flux is bilinear in space
        and linear in time, and has the fade of the map's edges in it. ln(energy) is so too, weighted by the flux: cells
        without flux have no energy, and a soft neighbour must not soften what a bright arc carries. `hold`: before and
        after its times the file holds its first and last map; else such an instant raises InputError.
        """
        rows, columns = self._coordinates(
            latitude_deg, longitude_deg, apex_latitude_deg, apex_longitude_deg, local_time_h
        )
        before, after, late = self.times.between(epoch, time_s, hold)
        lat, lon = self.latitude.place(rows), self.longitude.place(columns)
        flux, moment, known = np.zeros(lat.weight.shape), np.zeros(lat.weight.shape), np.zeros(lat.weight.shape)
        for i, v in ((lat.low, 1.0 - lat.weight), (lat.high, lat.weight)):
            for j, u in ((lon.low, 1.0 - lon.weight), (lon.high, lon.weight)):
                known += v * u * (1.0 if self.coverage is None else self.coverage[i, j])
                for k, w in ((before, 1.0 - late), (after, late)):
                    if w > 0.0:
                        part = v * u * w * self.flux[k, i, j]
                        flux += part
                        moment += part * self.log_energy[k, i, j]
        energy = np.exp(np.divide(moment, flux, out=np.full_like(flux, self._usual_log_energy), where=flux > 0.0))
        edge = lat.inside * lon.inside
        return flux * edge, energy, known * edge

    def plane(self, epoch: Epoch, time_s: float, hold: bool = False) -> tuple[Array, Array]:
        """Return energy flux, mW m-2, and the flux's moment, flux x ln(energy / keV), on the map's own nodes.

        Both [latitude, longitude], float32, and both linear: interpolate them, then energy = exp(moment / flux).
        """
        before, after, late = self.times.between(epoch, time_s, hold)
        parts = [((1.0 - late) * self.flux[before], before), (late * self.flux[after], after)]
        flux, moment = (sum(p for p, _ in parts), sum(p * self.log_energy[k] for p, k in parts))
        return np.asarray(flux, np.float32), np.asarray(moment, np.float32)

    def reach(self, hemisphere: int) -> Reach | None:
        """Return what of a hemisphere (+1, -1) the map covers, or None for nothing."""
        if hemisphere not in self.hemispheres:
            return None
        nodes, (below, above) = self.latitude.nodes, self.latitude.fade
        low, high = max(float(nodes[0]) - below, -90.0), min(float(nodes[-1]) + above, 90.0)
        if hemisphere * (nodes[0] + nodes[-1]) < 0.0 and self.mirrored:
            low, high = -high, -low
        low, high = (max(low, 0.0), high) if hemisphere > 0 else (low, min(high, 0.0))
        if self.longitude.closed:
            return Reach(low, high, None, None)
        across, (west, east) = self.longitude.nodes, self.longitude.fade
        return Reach(low, high, float(across[0]) - west, float(across[-1]) + east)

    def share_lit(self, epoch: Epoch, time_s: float, floor_mw_m2: float = 0.0, **coordinates: Array) -> float:
        """Return the share of points, given as to `at`, with more flux than the floor; 0: the map misses them all."""
        flux, _, _ = self.at(epoch, time_s, **coordinates, hold=True)
        return float(np.mean(flux > floor_mw_m2)) if flux.size else 0.0

    @property
    def _usual_log_energy(self) -> float:
        """Return ln of a fair mean energy for places without flux."""
        return float(self.log_energy[0].mean())

    def _coordinates(
        self, latitude: Array | None, longitude: Array | None, apex_latitude: Array | None,
        apex_longitude: Array | None, local_time: Array | None,
    ) -> tuple[Array, Array]:  # fmt: skip
        """Return the points' places along the map's axes. Raises ValueError where those of its system are missing."""
        rows = latitude if self.system == "geographic" else apex_latitude
        columns = {
            "geographic": longitude, "magnetic_longitude": apex_longitude, "magnetic_local_time": local_time
        }[self.system]  # fmt: skip
        if rows is None or columns is None:
            raise ValueError(f"a map in {self.system} coordinates needs both coordinates of that system")
        rows, columns = np.broadcast_arrays(np.asarray(rows, float), np.asarray(columns, float))
        if self.mirrored:
            rows = np.abs(rows) * self._side
        return rows, columns

    @property
    def _side(self) -> float:
        return 1.0 if self.latitude.nodes[0] + self.latitude.nodes[-1] >= 0.0 else -1.0


def read_user_map(path: str | Path) -> UserMap:
    """Read a map of precipitation. An unchanged file gives the same object.

    Raises InputError, one line that names file and variable, for a file that cannot be read, is larger than 500 MB or
    50 million cells, has not the variables or shapes above, or holds values that look like another unit.
    """
    return _read(str(path), file_digest(path, MOST_BYTES))


@lru_cache(maxsize=2)
def _read(path: str, _content: str) -> UserMap:
    contents = read_contents(path)
    times = user_map_times(contents)
    layout = arrangement(contents, len(times.time_s))
    placed = np.isfinite(layout.rows + layout.columns) if layout.rows.ndim == 2 else None
    given, gaps = without_gaps(contents, "energy_flux", arranged(contents, "energy_flux", layout), placed)
    flux = flux_mw_m2(contents, given, layout)
    energy = log_energy(contents, arranged(contents, "mean_energy", layout), flux, layout)
    energy = np.broadcast_to(energy, (len(energy), *flux.shape[1:]))
    warnings = [*times.warnings(), *gaps, *flux_warnings(contents, flux)]
    rows, columns, flux, energy, coverage = _straight(contents, layout, flux, energy)
    latitude, longitude, flux, energy, seam = _laid(layout.system, rows, columns, flux, energy, coverage is None)
    if seam > SEAM_DIFFERENCE * float(flux.max()):
        warnings.append(
            f"{path}: energy_flux: differs by {seam:.3g} mW m-2 between the two ends of the circle; the first counts"
        )
    hemispheres, mirrored = _hemispheres(contents, layout.system, latitude)
    kilometres = _spacing_km(layout.system, latitude, longitude, flux)
    energy = np.broadcast_to(energy, flux.shape)
    return UserMap(
        path, layout.system, latitude, longitude, times, flux, energy, coverage, hemispheres, mirrored, kilometres,
        tuple(warnings),
    )  # fmt: skip


def _straight(
    contents: Contents, layout: Arranged, flux: Array, energy: Array
) -> tuple[Array, Array, Array, Array, Array | None]:
    """Return 1-D axes, flux and energy [time, row, column], and coverage, of 1-D or 2-D coordinates.

    Raises InputError for 2-D coordinates that are no grid.
    """
    if layout.rows.ndim == 1:
        return layout.rows, layout.columns, flux, energy, None
    turn = _turn(layout.system)
    plain = separable(layout.rows, layout.columns)
    if plain is not None:
        rows, columns, swapped = plain
        columns = np.unwrap(columns, period=turn)
        for name, values in zip(SYSTEMS[layout.system], (rows, columns), strict=True):
            check_order(contents, name, values)
        if swapped:
            flux, energy = flux.swapaxes(1, 2), energy.swapaxes(1, 2)
        return rows, columns, flux, energy, None
    longitude = layout.columns * (TURNS["longitude"] / turn)
    lay = straightened if is_regional(layout.rows, longitude) else meshed
    found = lay(layout.rows, longitude, flux, energy)
    if isinstance(found, str):
        raise contents.refuse(SYSTEMS[layout.system][1], found)
    columns = found.longitude_deg * (turn / TURNS["longitude"])
    return found.latitude_deg, columns, found.flux, found.log_energy, found.coverage


def _turn(system: System) -> float:
    """Return what a circle of the second axis has: 24 h, or 360 deg."""
    return TURNS["local_time" if system == "magnetic_local_time" else "longitude"]


def _laid(
    system: System, rows: Array, columns: Array, flux: Array, energy: Array, whole: bool
) -> tuple[Axis, Axis, Array, Array, float]:
    """Return rising axes, flux and energy along them, and by how much, mW m-2, the ends of a closed one differ.

    `whole`: it has values everywhere, so that one which closes has its poles to be found.
    """
    if rows[0] > rows[-1]:
        rows, flux, energy = rows[::-1], flux[:, ::-1], energy[:, ::-1]
    if columns[0] > columns[-1]:
        columns, flux, energy = columns[::-1], flux[:, :, ::-1], energy[:, :, ::-1]
    longitude, repeated = circle(columns, _turn(system))
    seam = 0.0
    if repeated:
        seam = float(np.abs(flux[:, :, 0] - flux[:, :, -1]).max())
        flux, energy = flux[:, :, :-1], energy[:, :, :-1]
    latitude = Axis(np.ascontiguousarray(rows))
    if longitude.closed and whole:
        latitude, flux, energy = with_poles(latitude, flux, energy)
    return latitude, longitude, np.ascontiguousarray(flux), energy, seam


def _hemispheres(contents: Contents, system: System, latitude: Axis) -> tuple[tuple[int, ...], bool]:
    """Return the hemispheres that a map covers, and whether it is mirrored from one to the other. Raises InputError."""
    low, high = float(latitude.nodes[0]), float(latitude.nodes[-1])
    own = (1,) if low >= 0.0 else (-1,) if high <= 0.0 else (1, -1)
    if not contents.both_hemispheres:
        return own, False
    if system == "geographic":
        raise InputError(
            f"{contents.path}: {BOTH}: 1; only maps in magnetic coordinates hold in both; "
            "allowed: 0 for geographic ones"
        )
    if len(own) == 2:
        name = SYSTEMS[system][0]
        raise InputError(f"{contents.path}: {BOTH}: 1, but {name} has both signs; allowed: 0, or one hemisphere's map")
    return (1, -1), True


def _spacing_km(system: System, latitude: Axis, longitude: Axis, flux: Array) -> float:
    """Return the typical size of a cell, km at 110 km: the geometric mean of its sides where the flux is."""
    weight = flux.sum(axis=(0, 2), dtype=float)
    where = float((weight * np.abs(latitude.nodes)).sum() / weight.sum())
    degrees = longitude.step * (15.0 if system == "magnetic_local_time" else 1.0)
    return float(np.sqrt(latitude.step * degrees * np.cos(np.radians(min(where, 89.0))))) * KM_PER_DEGREE
