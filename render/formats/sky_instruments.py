"""NetCDF files of instruments on the ground: keograms, and all-sky pictures with their skymap.

An all-sky file names its geometry as the skymaps of the University of Calgary's imagers do, which PyAuroraX and
pyUCalgarySRS read: `full_elevation`, `full_azimuth`, `full_map_latitude`, `full_map_longitude`, `full_map_altitude`.
Trap: row 0 is north, the top of the picture; those skymaps come with row 0 at the bottom and are turned on reading.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from render.core.epoch import Epoch
from render.core.lines import named_nm
from render.formats.arrays import LastingFile
from render.formats.netcdf import ALTITUDE, EXPOSED_AT, unit_of_rayleighs, write_dataset

_KR = {
    "units": unit_of_rayleighs(1e3),
    "comment": "in kilorayleighs: 1 kR = 1e13/(4 pi) photons m-2 s-1 sr-1, the number in the units",
}
_PIXELS, _CORNERS = ("row", "column"), ("altitude", "row_corner", "column_corner")
_SKYMAP: dict[str, tuple[tuple[str, ...], str, str]] = {
    "full_elevation": (_PIXELS, "degree", "elevation of a pixel's centre"),
    "full_azimuth": (_PIXELS, "degree", "azimuth of a pixel's centre, from north through east"),
    "full_map_altitude": (("altitude",), "m", "altitude that is mapped to"),
    "full_map_latitude": (_CORNERS, "degrees_north", "latitude of a pixel's corner at the altitude"),
    "full_map_longitude": (_CORNERS, "degrees_east", "longitude of a pixel's corner at the altitude, 0 to 360"),
    "site_map_latitude": ((), "degrees_north", "latitude of the instrument"),
    "site_map_longitude": ((), "degrees_east", "longitude of the instrument, 0 to 360"),
    "site_map_altitude": ((), "m", "altitude of the instrument above WGS84"),
}
"""Variable -> (dimensions, unit, what it is)."""
STANDARD = {"degrees_north": {"standard_name": "latitude"}, "degrees_east": {"standard_name": "longitude"}}
"""Of a unit, what CF calls the quantity."""
LOOKS = ("full_elevation", "full_azimuth")
"""Where a pixel looks: the same at any place, the others follow an instrument that moves."""


def planes_of(keys: Iterable[str], filters: Mapping[str, tuple[float, float]]) -> dict[str, dict[str, Any]]:
    """Return the attributes of each variable of an instrument by its name: kR of lines, then what filters read.

    `filters`: line -> (middle, FWHM) of its filter, nm.
    """
    planes: dict[str, dict[str, Any]] = {
        variable_name(key): {
            **_KR, "long_name": f"brightness of {key}, kilorayleighs",
            "line": key, "wavelength_nm": named_nm(key),
        }
        for key in keys
    }  # fmt: skip
    for key, (middle, fwhm) in filters.items():
        planes[variable_name(key, "filtered")] = {
            **_KR, "line": key, "filter_middle_nm": middle, "filter_fwhm_nm": fwhm,
            "long_name": f"all light through the filter of {key}, as of a line in the filter's middle, kilorayleighs",
        }  # fmt: skip
    return planes


def write_keogram(
    path: str | Path, epochs: Sequence[Epoch], values_kr: Mapping[str, np.ndarray],
    planes: Mapping[str, Mapping[str, Any]], scan: Mapping[str, np.ndarray], attributes: Mapping[str, str | float],
) -> None:  # fmt: skip
    """Write kR [time, elevation] by the names of `planes_of`.

    `scan`: `elevation` [elevation] degrees from the northern horizon over the zenith to the southern, `true_elevation`,
    `azimuth` [elevation], `altitude_km` [altitude], `latitude`, `longitude` [altitude, elevation], `site_latitude`,
    `site_longitude`, `site_altitude_km`; of an instrument that moves azimuth, places and site have a time before that.
    Raises InputError where a package is missing, OutputError where the place cannot be written.
    """
    of_time = ("time",) if np.ndim(scan["site_latitude"]) else ()
    variables: dict[str, Any] = {name: (("time", "elevation"), np.asarray(plane, np.float32), dict(planes[name]))
                 for name, plane in values_kr.items()}  # fmt: skip
    along = "angle of the scan, from the northern horizon (0) by the zenith to the southern"
    described: dict[str, tuple[tuple[str, ...], str, str]] = {
        "elevation": (("elevation",), "degree", along),
        "true_elevation": (("elevation",), "degree", "elevation above horizontal"),
        "azimuth": ((*of_time, "elevation"), "degree", "azimuth, from north through east"),
        "latitude": ((*of_time, "altitude", "elevation"), "degrees_north", "latitude where the line of sight is there"),
        "longitude": ((*of_time, "altitude", "elevation"), "degrees_east", "longitude of the same"),
        "site_latitude": (of_time, "degrees_north", "latitude of the instrument"),
        "site_longitude": (of_time, "degrees_east", "longitude of the instrument"),
        "site_altitude": (of_time, "km", "altitude of the instrument above WGS84"),
    }
    coordinates: dict[str, Any] = {"time": _times(epochs)}
    for name, (dims, unit, words) in described.items():
        values = scan[f"{name}_km" if unit == "km" else name]
        coordinates[name] = (dims, values, _described(unit, words))
    coordinates["altitude"] = (
        ("altitude",),
        scan["altitude_km"],
        ALTITUDE | {"long_name": "altitude that is mapped to"},
    )
    write_dataset(path, variables, coordinates, "Keogram of a rendered sky", attributes)


def write_allsky(
    path: str | Path, epochs: Sequence[Epoch], pictures: Iterable[Mapping[str, np.ndarray]],
    planes: Mapping[str, Mapping[str, Any]], skymap: Mapping[str, np.ndarray], attributes: Mapping[str, str | float],
    *, series: bool,
) -> None:  # fmt: skip
    """Write kR [row, column] by the names of `planes_of`, row 0 in the north, with the skymap; of a series with time.

    `skymap`: `full_elevation`, `full_azimuth` [row, column]; `full_map_altitude` [altitude] m, `full_map_latitude`,
    `full_map_longitude` (0 to 360) [altitude, row + 1, column + 1] of pixel corners; `site_map_latitude`, `_longitude`
    and `_altitude` (m). NaN below the horizon. The pictures of a series are taken and written one after another; what a
    picture has of the skymap beside its planes is written with its time. Raises as `write_keogram`.
    """
    given = {"row_order": "row 0 is north (top of the picture), the last row south; column 0 is east", **attributes}
    variables: dict[str, Any] = {}
    coordinates: dict[str, Any] = {"time": _times(epochs) if series else ((), epochs[0].utc.timestamp(), EXPOSED_AT)}
    for name, values in skymap.items():
        (coordinates if name in LOOKS else variables)[name] = _of_skymap(name, values)
    if "full_map_altitude" in skymap:
        height_km = np.asarray(skymap["full_map_altitude"]) / 1e3
        coordinates["altitude"] = (("altitude",), height_km, ALTITUDE | {"long_name": "altitude that is mapped to"})
    title = "All-sky picture of a rendered sky"
    if not series:
        for name, plane in next(iter(pictures)).items():
            variables[name] = (_PIXELS, np.asarray(plane, np.float32), dict(planes[name]))
        write_dataset(path, variables, coordinates, title, given)
        return
    described: dict[str, tuple[tuple[str, ...], dict[str, Any]]]
    described = {name: (_PIXELS, dict(attributes_of)) for name, attributes_of in planes.items()}
    described |= {name: (dims, _described(unit, words)) for name, (dims, unit, words) in _SKYMAP.items()}
    write_dataset(
        path, variables, coordinates, title.replace("picture", "pictures"), given,
        lambda part: _fill(part, described, pictures),
    )  # fmt: skip


def _fill(
    part: LastingFile, described: Mapping[str, tuple[tuple[str, ...], dict[str, Any]]],
    pictures: Iterable[Mapping[str, np.ndarray]],
) -> None:  # fmt: skip
    """Add the variables [time, ...] of pictures to a NetCDF file, each picture as it comes."""
    import h5netcdf  # noqa: PLC0415 - an extra

    with h5netcdf.File(part, "a") as file:
        for index, picture in enumerate(pictures):
            for name, values in picture.items():
                array = np.asarray(values, np.float32 if np.ndim(values) else float)
                if name not in file.variables:
                    _add_variable(file, name, *described[name], array)
                file.variables[name][index] = array
            if part.failure:
                return


def _add_variable(file: Any, name: str, dims: tuple[str, ...], attributes: dict[str, Any], like: np.ndarray) -> None:
    """Add an empty variable [time, ...] of members like an array, each of which is packed by itself."""
    for dim, size in zip(dims, like.shape, strict=True):
        if dim not in file.dimensions:
            file.dimensions[dim] = size
    packed: dict[str, Any] = {}
    if dims:
        packed = {"chunks": (1, *like.shape), "compression": "gzip", "compression_opts": 4, "shuffle": True}
    added = file.create_variable(name, ("time", *dims), like.dtype, fillvalue=like.dtype.type(np.nan), **packed)
    added.attrs.update(attributes)
    if dims == _PIXELS:
        added.attrs["coordinates"] = " ".join(LOOKS)


def _times(epochs: Sequence[Epoch]) -> tuple[str, np.ndarray, dict[str, str]]:
    """Return the coordinate of time."""
    return "time", np.array([epoch.utc.timestamp() for epoch in epochs]), EXPOSED_AT | {"axis": "T"}


def _of_skymap(name: str, values: np.ndarray) -> tuple[tuple[str, ...], np.ndarray, dict[str, str]]:
    """Return a variable of the skymap; planes in single precision."""
    dims, unit, words = _SKYMAP[name]
    plain = np.asarray(values)
    return dims, plain.astype(np.float32) if plain.ndim > 1 else plain, _described(unit, words)


def _described(unit: str, words: str) -> dict[str, str]:
    """Return the attributes of a variable."""
    return {"units": unit, "long_name": words, **STANDARD.get(unit, {})}


def variable_name(key: str, kind: str = "brightness") -> str:
    """Return the variable's name of a line: brightness_557_7 of 557.7; letters, digits and underscores alone."""
    plain = "".join(c if c.isalnum() else "_" for c in key.replace("+", "plus"))
    return f"{kind}_{plain}"
