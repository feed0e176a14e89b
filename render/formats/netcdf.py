"""NetCDF files after the CF conventions: emission rates of a column, whole emission tables, radiances of a frame.

Written by xarray and h5netcdf (extra `netcdf`), whole or not at all. A line's name is its coordinate, so that
`xarray.open_dataset(path).rayleighs.sel(line="557.7")` is the picture of one line; names are characters (CF 6.1). The
unit of rayleighs is their factor: UDUNITS does not know the rayleigh, and takes "R" for the roentgen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from render.core import __version__
from render.core.files import whole_file
from render.core.geodesy import geodetic_from_itrs, lowest_points
from render.core.lines import CATALOGUE
from render.core.machine import require
from render.core.units import EARTH_A_KM, EARTH_FLATTENING, RAYLEIGH
from render.emission.columns import COLUMN_KEYS, line_columns, line_name, profile
from render.emission.table import EmissionTable, VolumeEmissionRate
from render.formats.arrays import LastingFile
from render.observer.ephemeris import azimuth_elevation

if TYPE_CHECKING:
    from render.frame.development import Measured
    from render.frame.result import Frame

CONVENTIONS = "CF-1.10"
LONGEST_ATTRIBUTE = 32_000  # bytes: HDF5 takes 64 kB; longer texts become a variable
COMPRESSION = {"zlib": True, "complevel": 4, "shuffle": True}
ROWS_AT_ONCE = 64  # of a frame, whose lines of sight are followed together: bounds the memory
PER_ELECTRONS = "cm-3 s-1 mW-1 m2"
PHOTONS = "photons emitted per volume and time, over all directions"

ALTITUDE = {
    "units": "km", "standard_name": "altitude", "long_name": "altitude", "positive": "up", "axis": "Z",
    "comment": "above WGS84, taken as one with the geoid, which is up to 0.11 km away",
}  # fmt: skip


def require_netcdf(what: str) -> None:
    """Raise InputError, with the pip command, where the packages of the extra `netcdf` are missing."""
    require(what, "netcdf", "xarray", "h5netcdf", "h5py")


def write_emission(
    path: str | Path,
    rates: VolumeEmissionRate,
    keys: Iterable[str] = COLUMN_KEYS,
    attributes: Mapping[str, str | float] | None = None,
) -> None:
    """Write volume emission rates [line, altitude], cm-3 s-1, with column, peak and centroid [line] of each.

    `attributes` become global ones. Raises InputError where a package is missing, OutputError where the place cannot be
    written, ValueError for an unknown line.
    """
    keys = tuple(keys)
    columns = line_columns(rates, keys).values()
    variables = {
        "volume_emission_rate": (
            ("line", "altitude"),
            np.stack([profile(rates, key) for key in keys]),
            {"units": "cm-3 s-1", "long_name": PHOTONS},
        ),
        "column_brightness": _per_line(
            [c.column_r for c in columns], rayleigh_attributes("brightness seen from straight below")
        ),
        "peak_altitude": _per_line([c.peak_km for c in columns], {"units": "km", "long_name": "altitude of the peak"}),
        "centroid_altitude": _per_line(
            [c.centroid_km for c in columns], {"units": "km", "long_name": "mean altitude of the photons"}
        ),
    }
    coordinates = {**line_coordinates(keys), "altitude": ("altitude", rates.altitude_km, ALTITUDE)}
    write_dataset(path, variables, coordinates, "Auroral volume emission rates of one column of air", attributes)


def write_emission_table(
    path: str | Path, table: EmissionTable, attributes: Mapping[str, str | float] | None = None
) -> None:
    """Write a whole table: rates [line, energy, altitude] per mW m-2 of electrons, and lifetimes [line, altitude], s.

    Raises as `write_emission`.
    """
    energy = {
        "units": "keV",
        "long_name": "characteristic energy of the electrons: half the mean of a broad spectrum, or a peak's own",
    }
    variables = {
        "volume_emission_rate": (
            ("line", "energy", "altitude"),
            table.rate,
            {"units": PER_ELECTRONS, "long_name": f"{PHOTONS}, per energy flux of electrons"},
        ),
        "lifetime": (
            ("line", "altitude"),
            table.lifetime_s,
            {"units": "s", "long_name": "effective lifetime of the upper state, 0 for prompt lines"},
        ),
    }
    coordinates = {
        **line_coordinates(table.keys),
        "energy": ("energy", table.energy_kev, energy),
        "altitude": ("altitude", table.altitude_km, ALTITUDE),
    }
    write_dataset(path, variables, coordinates, "Auroral emission table of one column of air", attributes)


def write_radiance(path: str | Path, frame: Frame, header: Mapping[str, str], channels: Measured | None = None) -> None:
    """Write a frame: rayleighs [line, row, column], radiance [wavelength, row, column], and where each pixel looks.

    `channels`: of an instrument, what they read. `header` becomes global attributes. Raises as `write_emission`.
    """
    continuum = {"units": "W m-2 sr-1 nm-1", "long_name": "spectral radiance of continuum light at the camera"}
    variables = {
        "rayleighs": (
            ("line", "row", "column"),
            frame.lines.rayleighs,
            {**rayleigh_attributes("brightness of the line at the camera"), "grid_mapping": "crs"},
        ),
        "radiance": (
            ("wavelength", "row", "column"),
            frame.sky.radiance,
            {**continuum, "grid_mapping": "crs"},
        ),
        "crs": ((), np.int32(0), _WGS84),
    }
    position_km = frame.moment.position_km
    of_channels = {} if channels is None else _channel_coordinates(channels)
    if channels is not None:
        variables |= _of_channels(channels)
    coordinates = {
        **of_channels,
        **_frame_axes(frame),
        **_sight_lines(frame, position_km),
        **_observer(frame, position_km),
    }
    write_dataset(path, variables, coordinates, "Spectral radiance of aurora, airglow and sky at a camera", header)


def _channel_coordinates(channels: Measured) -> dict[str, Any]:
    """Return the coordinates along `channel`: its name, and the wavelength of its most efficient light."""
    peak = {"units": "nm", "long_name": "wavelength at which the channel is most sensitive"}
    return {
        "channel": ("channel", np.array(channels.names, dtype=object), {"long_name": "channel of the instrument"}),
        "channel_wavelength": ("channel", channels.peak_nm, peak),
    }


def _of_channels(channels: Measured) -> dict[str, Any]:
    """Return what an instrument's channels read, [channel, row, column], float32."""
    along = ("channel", "row", "column")
    counts = {"units": "1", "long_name": "counts read, noise included, black taken off", "grid_mapping": "crs"}
    rayleighs = rayleigh_attributes("brightness read: of a line at channel_wavelength that gives as many counts")
    return {
        "channel_counts": (along, channels.counts.astype(np.float32), counts),
        "channel_rayleighs": (along, channels.rayleighs.astype(np.float32), {**rayleighs, "grid_mapping": "crs"}),
    }


LATITUDE = {"units": "degrees_north", "standard_name": "latitude"}
LONGITUDE = {"units": "degrees_east", "standard_name": "longitude"}
HEIGHT = {"units": "km", "standard_name": "height_above_reference_ellipsoid", "positive": "up"}
EXPOSED_AT = {
    "units": "seconds since 1970-01-01T00:00:00Z", "calendar": "standard", "standard_name": "time",
    "long_name": "middle of the exposure, UTC",
}  # fmt: skip
"""Attributes of times that are `epoch.utc.timestamp()`."""
_WGS84 = {
    "grid_mapping_name": "latitude_longitude", "semi_major_axis": EARTH_A_KM * 1e3,
    "inverse_flattening": 1.0 / EARTH_FLATTENING, "long_name": "WGS84",
}  # fmt: skip


def _frame_axes(frame: Frame) -> dict[str, Any]:
    """Return the coordinates along line, wavelength, row and column."""
    down = {"units": "1", "long_name": "row of pixels, counted from 1 at the top"}
    across = {"units": "1", "long_name": "column of pixels, counted from 1 at the left"}
    band = {"units": "nm", "standard_name": "radiation_wavelength", "long_name": "wavelength of the continuum"}
    return {
        **line_coordinates(frame.lines.keys),
        "wavelength": ("wavelength", frame.sky.wavelengths_nm, band),
        "row": ("row", np.arange(1, frame.camera.rows + 1, dtype=np.int32), down),
        "column": ("column", np.arange(1, frame.camera.columns + 1, dtype=np.int32), across),
    }


def _observer(frame: Frame, position_km: np.ndarray) -> dict[str, Any]:
    """Return when and from where the frame was seen, without dimensions; `latitude` of CF is the pixels' alone."""
    latitude, longitude, altitude = (float(value) for value in geodetic_from_itrs(position_km))
    return {
        "time": ((), frame.epoch.utc.timestamp(), EXPOSED_AT | {"axis": "T"}),
        "observer_latitude": ((), latitude, {"units": "degree", "long_name": "latitude of the observer, north"}),
        "observer_longitude": ((), longitude, {"units": "degree", "long_name": "longitude of the observer, east"}),
        "observer_altitude": ((), altitude, HEIGHT | {"long_name": "altitude of the observer above WGS84"}),
    }


def _sight_lines(
    frame: Frame, position_km: np.ndarray
) -> dict[str, tuple[tuple[str, ...], np.ndarray, dict[str, Any]]]:
    """Return where each pixel looks, float32 [row, column]: its lowest point, and azimuth and elevation."""
    camera, parts = frame.camera, []
    for first in range(1, camera.rows + 1, ROWS_AT_ONCE):
        directions = camera.ray_directions(first, min(first + ROWS_AT_ONCE - 1, camera.rows))
        seen = np.stack((*lowest_points(position_km, directions), *azimuth_elevation(directions, position_km)))
        shown = camera.coverage(first, min(first + ROWS_AT_ONCE - 1, camera.rows))
        if shown is not None:
            seen[:, shown == 0.0] = np.nan  # black: no line of sight
        parts.append(seen.astype(np.float32))
    planes = np.concatenate(parts, axis=1)
    of = "of the lowest point of the line of sight: tangent point, ground, or the observer"
    attributes_of: dict[str, dict[str, Any]] = {
        "latitude": LATITUDE | {"long_name": f"latitude {of}"},
        "longitude": LONGITUDE | {"long_name": f"longitude {of}"},
        "tangent_altitude": HEIGHT | {"long_name": f"altitude {of}"},
        "azimuth": {"units": "degree", "long_name": "azimuth of the line of sight at the observer, north over east"},
        "elevation": {"units": "degree", "long_name": "elevation of the line of sight above the observer's horizon"},
    }
    return {
        name: (("row", "column"), plane, attributes)
        for (name, attributes), plane in zip(attributes_of.items(), planes, strict=True)
    }


def line_coordinates(keys: tuple[str, ...]) -> dict[str, Any]:
    """Return the coordinates along `line`: the key, its name in words, and its effective wavelength."""
    wavelength = [CATALOGUE[key].wavelength_nm if key in CATALOGUE else _band_nm(key) for key in keys]
    return {
        "line": ("line", np.array(keys, dtype=object), {"long_name": "emission line or band system"}),
        "line_name": ("line", np.array([line_name(key) for key in keys], dtype=object), {"long_name": "name in words"}),
        "line_wavelength": _per_line(
            wavelength, {"units": "nm", "long_name": "effective wavelength in air, of the visible part of a system"}
        ),
    }


def _band_nm(key: str) -> float:
    """Return the wavelength that a single band is named for, nm: 427.8 of `427.8_sunlit`."""
    return float(key.partition("_")[0])


def _per_line(values: Iterable[float | None], attributes: dict[str, str]) -> tuple[str, np.ndarray, dict[str, str]]:
    """Return a variable [line]; None becomes NaN."""
    return "line", np.array([np.nan if value is None else value for value in values]), attributes


def rayleigh_attributes(long_name: str) -> dict[str, str]:
    """Return the attributes of a variable in rayleighs."""
    comment = "in rayleighs: 1 R = 1e10/(4 pi) photons m-2 s-1 sr-1, the number in the units"
    return {"units": unit_of_rayleighs(1.0), "long_name": f"{long_name}, rayleighs", "comment": comment}


def unit_of_rayleighs(count: float) -> str:
    """Return so many rayleighs as a unit that UDUNITS reads; photons have no unit there."""
    return f"{count * RAYLEIGH:.12g} m-2 s-1 sr-1"


def write_dataset(
    path: str | Path,
    variables: dict[str, Any],
    coordinates: dict[str, Any],
    title: str,
    attributes: Mapping[str, str | float] | None,
    fill: Callable[[LastingFile], None] | None = None,
) -> None:
    """Write one dataset, packed in memory; long attributes become variables. `fill` adds what is too large for that."""
    require_netcdf(f"{path}:")
    import xarray  # noqa: PLC0415 - an extra

    given, software = dict(attributes or {}), f"polarlight {__version__}"
    past = [given.pop("history")] if "history" in given else []
    whole: dict[str, str | float] = {
        "Conventions": CONVENTIONS,
        "title": title,
        "source": f"{software}, spectral aurora renderer",
        "history": ": ".join([f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {software}", *map(str, past)]),
    }
    for name, value in given.items():
        if isinstance(value, str) and len(value.encode()) > LONGEST_ATTRIBUTE:
            variables[name] = ((), np.array(value, dtype=object), {"long_name": name})
        else:
            whole[name] = value
    dataset = xarray.Dataset(variables, coordinates, whole)
    encoding: dict[Any, dict[str, Any]] = {
        name: dict(COMPRESSION) if values.ndim > 1 else {} for name, values in dataset.variables.items()
    }
    for axis in dataset.coords:
        encoding[axis]["_FillValue"] = None  # CF 2.5.1: coordinates lack no value
        if dataset[axis].dtype == object:
            encoding[axis] = {"dtype": "S1", "char_dim_name": f"{axis}_characters"}
    with whole_file(path) as part:
        part.write_bytes(dataset.to_netcdf(engine="h5netcdf", encoding=encoding))
        if fill:
            with LastingFile(part, "r+") as file:
                fill(file)
