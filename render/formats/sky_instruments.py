"""NetCDF files of instruments on the ground: keograms, and all-sky pictures with their skymap.

An all-sky file names its geometry as the skymaps of the University of Calgary's imagers do, which PyAuroraX and
pyUCalgarySRS read: `full_elevation`, `full_azimuth`, `full_map_latitude`, `full_map_longitude`, `full_map_altitude`.
Trap: row 0 is north, the top of the picture; those skymaps come with row 0 at the bottom and are turned on reading.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from render.core.epoch import Epoch
from render.core.lines import BANDS, CATALOGUE
from render.formats.netcdf import EXPOSED_AT, write_dataset

_KR = {"units": "kilorayleigh", "comment": "1 kR = 1e13/4pi photons m-2 s-1 sr-1"}


def write_keogram(
    path: str | Path, epochs: list[Epoch], brightness_kr: Mapping[str, np.ndarray], scan: Mapping[str, np.ndarray],
    attributes: Mapping[str, str | float],
) -> None:  # fmt: skip
    """Write kR [time, elevation] of each line, as `brightness_<line>`, dots as underscores.

    `scan`: `elevation` [elevation] degrees from the northern horizon over the zenith to the southern, `true_elevation`,
    `azimuth` [elevation], `altitude_km` [altitude], `latitude`, `longitude` [altitude, elevation]. Raises InputError
    where a package is missing, OutputError where the place cannot be written.
    """
    variables = _brightness(("time", "elevation"), brightness_kr)
    degrees = {"units": "degree"}
    coordinates = {
        "time": ("time", np.array([epoch.utc.timestamp() for epoch in epochs]), EXPOSED_AT | {"axis": "T"}),
        "elevation": (
            "elevation", scan["elevation"],
            {**degrees, "long_name": "angle of the scan, from the northern horizon (0) by the zenith to the southern"},
        ),
        "altitude": ("altitude", scan["altitude_km"], {"units": "km", "long_name": "altitude that is mapped to"}),
        "true_elevation": ("elevation", scan["true_elevation"], {**degrees, "long_name": "elevation above horizontal"}),
        "azimuth": ("elevation", scan["azimuth"], {**degrees, "long_name": "azimuth, from north through east"}),
        "latitude": (
            ("altitude", "elevation"), scan["latitude"],
            {"units": "degrees_north", "long_name": "latitude where the line of sight is at the altitude"},
        ),
        "longitude": (
            ("altitude", "elevation"), scan["longitude"],
            {"units": "degrees_east", "long_name": "longitude where the line of sight is at the altitude"},
        ),
    }  # fmt: skip
    write_dataset(path, variables, coordinates, "Keogram of a rendered sky", attributes)


def write_allsky(
    path: str | Path, epoch: Epoch, brightness_kr: Mapping[str, np.ndarray], skymap: Mapping[str, np.ndarray],
    attributes: Mapping[str, str | float],
) -> None:  # fmt: skip
    """Write kR [row, column] of each line as `brightness_<line>`, row 0 in the north, with the picture's skymap.

    `skymap`: `full_elevation`, `full_azimuth` [row, column]; `full_map_altitude` [altitude] m, `full_map_latitude`,
    `full_map_longitude` (0 to 360) [altitude, row + 1, column + 1] of pixel corners; `site_map_latitude`, `_longitude`
    and `_altitude` (m). NaN below the horizon. Raises as `write_keogram`.
    """
    variables = _brightness(("row", "column"), brightness_kr)
    corners = ("altitude", "row_corner", "column_corner")
    units = {
        "full_elevation": (("row", "column"), "degree", "elevation of a pixel's centre"),
        "full_azimuth": (("row", "column"), "degree", "azimuth of a pixel's centre, from north through east"),
        "full_map_altitude": (("altitude",), "m", "altitude that is mapped to"),
        "full_map_latitude": (corners, "degrees_north", "latitude of a pixel's corner at the altitude"),
        "full_map_longitude": (corners, "degrees_east", "longitude of a pixel's corner at the altitude, 0 to 360"),
        "site_map_latitude": ((), "degrees_north", "latitude of the instrument"),
        "site_map_longitude": ((), "degrees_east", "longitude of the instrument, 0 to 360"),
        "site_map_altitude": ((), "m", "altitude of the instrument above WGS84"),
    }
    for name, (dims, unit, words) in units.items():
        values = np.asarray(skymap[name])
        variables[name] = (dims, values.astype(np.float32) if values.ndim > 1 else values, {
            "units": unit, "long_name": words,
        })  # fmt: skip
    coordinates = {"time": ((), epoch.utc.timestamp(), EXPOSED_AT)}
    given = {"row_order": "row 0 is north (top of the picture), the last row south; column 0 is east", **attributes}
    write_dataset(path, variables, coordinates, "All-sky picture of a rendered sky", given)


def _brightness(axes: tuple[str, str], brightness_kr: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """Return the variables of lines' kR, float32."""
    return {
        variable_name(key): (
            axes,
            np.asarray(plane, np.float32),
            {**_KR, "long_name": f"brightness of {key}", "line": key, "wavelength_nm": _wavelength_nm(key)},
        )
        for key, plane in brightness_kr.items()
    }


def variable_name(key: str) -> str:
    """Return the variable's name of a line: brightness_557_7 of 557.7; letters, digits and underscores alone."""
    plain = "".join(c if c.isalnum() else "_" for c in key.replace("+", "plus"))
    return f"brightness_{plain}"


def _wavelength_nm(key: str) -> float:
    """Return a line's effective wavelength, nm; of a band the one that it is named for."""
    return float(key) if key in BANDS else CATALOGUE[key].wavelength_nm
