"""What a user map of precipitation holds: its variables by name, from NetCDF or .npz, before any is judged."""

from __future__ import annotations

import difflib
import math
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from render.core.errors import InputError
from render.core.files import is_kernels, real_path
from render.core.machine import require
from render.core.messages import cut, shown
from render.geophysics.user_map.classic import read_classic
from render.geophysics.user_map.hdf5 import require_sane

Array = np.ndarray[Any, np.dtype[Any]]

COLATITUDES = ("colatitude", "colat")
"""From the pole, deg; magnetic where the other axis is."""
ALIASES = {
    "energy_flux": (),
    "mean_energy": (),
    "latitude": ("lat", *COLATITUDES),
    "longitude": ("lon",),
    "magnetic_latitude": ("mlat", "magnetic_colatitude", "mcolat", *COLATITUDES),
    "magnetic_longitude": ("mlon",),
    "magnetic_local_time": ("mlt",),
    "time": (),
    "time_s": (),
}
"""Every variable that is read, and its other names."""
BOTH = "both_hemispheres"
MOST_BYTES = 500_000_000  # of a file
MOST_CELLS = 50_000_000  # of one variable, time steps counted: 0.4 GB in memory
NETCDF, NPZ = (".nc", ".nc3", ".nc4", ".cdf"), (".npz",)
HDF5_START, CLASSIC_START, ZIP_START, NPY_START = b"\x89HDF\r\n\x1a\n", b"CDF", b"PK", b"\x93NUMPY"
NASA_STARTS = (b"\xcd\xf3\x00\x01", b"\xcd\xf2\x60\x02", b"\x00\x00\xff\xff")  # of CDF 3, 2.6 and older
PROBABILITY = (
    "the chance of aurora in percent is no energy flux (mW m-2), and none follows from it; give a model's flux, as of "
    "OVATION Prime itself"
)
ENDINGS_TOLD = {
    ".json": f"as NOAA's ovation_aurora_latest.json: {PROBABILITY}",
    **dict.fromkeys((".h5", ".hdf5", ".he5", ".hdf"), "HDF5 with named dimensions is NetCDF 4: call it .nc"),
    **dict.fromkeys((".txt", ".csv", ".dat", ".sav", ".mat"), "write its arrays by name: numpy.savez, or xarray"),
}
"""Of files that people have: why not, or what to do."""
UNLIKELY = re.compile(r"^aurora$|prob|percent|chance", re.IGNORECASE)
"""Names of variables that give a probability."""


@dataclass(frozen=True, eq=False)
class Variable:
    """One variable as written: `given` is its name in the file, `dims` its dimensions (None in .npz)."""

    given: str
    values: Array
    units: str | None
    dims: tuple[str, ...] | None


@dataclass(frozen=True, eq=False)
class Contents:
    """The known variables of a file by their full names; `others` are the names that were not read."""

    path: str
    variables: Mapping[str, Variable]
    others: tuple[str, ...]
    both_hemispheres: bool

    def refuse(self, name: str, complaint: str) -> InputError:
        """Return the error `FILE: NAME: <complaint>`, by the variable's name in the file, for the caller to raise."""
        given = self.variables[name].given if name in self.variables else name
        return InputError(f"{self.path}: {cut(given)}: {complaint}")

    def near(self, name: str) -> str:
        """Return `; rename X to <name>?` where the file has a name much like it, else what the file has."""
        have = [*(v.given for v in self.variables.values()), *self.others]
        if name == "energy_flux" and (unlikely := [other for other in self.others if UNLIKELY.search(other)]):
            return f", but {cut(unlikely[0])}: {PROBABILITY}"
        near = difflib.get_close_matches(name, [other.lower() for other in self.others], n=1, cutoff=0.6)
        if near:
            return f"; rename {cut(next(o for o in self.others if o.lower() == near[0]))} to {name}?"
        return f"; the file has {', '.join(map(cut, have[:12])) or 'no variables'}"


def read_contents(path: str | Path) -> Contents:
    """Read the known variables of a NetCDF or .npz file. Raises InputError, one line, for what cannot be read."""
    place = real_path(path)
    start = start_of_user_map(place)
    try:
        found = _from_npz(place, start) if place.suffix.lower() in NPZ else _from_netcdf(place, start)
        return replace(found, variables={name: _as_latitude(path, name, v) for name, v in found.variables.items()})
    except InputError:
        raise
    except Exception as error:  # HDF5, zip and numpy raise nearly everything for damaged files
        of_file = isinstance(error, OSError | ValueError | EOFError | zipfile.BadZipFile | zlib.error)
        reason = f": {cut((str(error).splitlines() or [''])[0], 120)}" if of_file else ""
        raise InputError(f"{path}: damaged, or not what its ending says: {type(error).__name__}{reason}") from None


def _as_latitude(path: str | Path, name: str, variable: Variable) -> Variable:
    """Return a colatitude, deg from the north pole, as the latitude; any other variable as it is. Raises InputError."""
    if "colat" not in variable.given or variable.values.dtype.kind not in "fiu":
        return variable
    values = variable.values.astype(float)
    outside = (values < 0.0) | (values > 180.0)
    if outside.any():
        raise InputError(f"{path}: {variable.given}: {values[outside][0]:g} deg is out of range; allowed: 0 to 180")
    if values.size and np.nanmax(values) <= np.pi:
        raise InputError(f"{path}: {variable.given}: no value is beyond {np.nanmax(values):.3g} deg; is it in radians?")
    return replace(variable, given=f"{name} (90 - {variable.given})", values=90.0 - values)


def start_of_user_map(path: str | Path) -> bytes:
    """Return a file's first bytes. Raises InputError for what is no ordinary file of a known ending."""
    path = real_path(path)
    if path.suffix.lower() not in (*NETCDF, *NPZ):
        told = ENDINGS_TOLD.get(path.suffix.lower(), "")
        allowed = f"{', '.join((*NETCDF, *NPZ))}{'; ' if told else ''}{told}"
        raise InputError(f"{path}: ending {shown(path.suffix)}; allowed: {allowed}")
    try:
        if path.is_dir():
            raise InputError(f"{path}: a folder; give a NetCDF or .npz file")
        if not path.exists():
            raise InputError(f"{path}: no such file")
        if not path.is_file() or is_kernels(path):
            raise InputError(f"{path}: not an ordinary file")
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(8)
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if size == 0:
        raise InputError(f"{path}: empty")
    if size > MOST_BYTES:
        raise InputError(
            f"{path}: {size / 1e6:.0f} MB; at most {MOST_BYTES / 1e6:.0f} MB: cut out the hours and places in view"
        )
    return start


def _from_npz(path: Path, start: bytes) -> Contents:
    if start.startswith(NPY_START[: len(start)]):
        raise InputError(
            f"{path}: a single array (.npy); write all variables by name: numpy.savez(path, energy_flux=..)"
        )
    if not start.startswith(ZIP_START):
        raise InputError(f"{path}: not an .npz file; write it with numpy.savez or numpy.savez_compressed")
    with zipfile.ZipFile(path) as archive:
        sizes = {entry.filename.removesuffix(".npy"): entry.file_size for entry in archive.infolist()}
    names = _known(path, sizes)
    for given in names.values():
        _check_cells(path, given, sizes[given] / 8.0)  # a file of float32 may be twice as large
    with np.load(path, allow_pickle=False) as archive:
        variables = {name: _from_archive(path, archive, given) for name, given in names.items()}
        both = _flag(path, _array(path, archive, BOTH)) if BOTH in sizes else False
    read = {*names.values(), *(f"{given}_units" for given in names.values()), BOTH}
    return Contents(str(path), variables, tuple(sorted(set(sizes) - read)), both)


def _from_archive(path: Path, archive: Any, given: str) -> Variable:
    values = _array(path, archive, given)
    _check_cells(path, given, values.size)
    units = None
    if f"{given}_units" in archive:
        units = str(next(iter(_array(path, archive, f"{given}_units").reshape(-1)), ""))
    return Variable(given, values, units, None)


def _array(path: Path, archive: Any, name: str) -> Array:
    """Return one array; objects are pickles, which can run programs, and are never loaded. Raises InputError."""
    try:
        return np.asarray(archive[name])
    except ValueError as error:
        if "pickle" in str(error).lower():
            raise InputError(f"{path}: {name}: Python objects, which are not read; write plain numbers") from None
        raise


def _from_netcdf(path: Path, start: bytes) -> Contents:
    if start.startswith(NASA_STARTS):
        raise InputError(f"{path}: a CDF file of NASA's, which is no NetCDF; convert it: cdflib.xarray, or numpy.savez")
    if start != HDF5_START and not start.startswith(CLASSIC_START):
        raise InputError(f"{path}: not a NetCDF file, though its ending is {path.suffix}")
    require(f"{path}:", "netcdf", "xarray", "h5netcdf", "h5py")
    if start.startswith(CLASSIC_START):
        return _from_classic(path)
    require_sane(path)
    import h5py  # noqa: PLC0415 - an extra
    import xarray  # noqa: PLC0415 - an extra

    with h5py.File(path, "r") as file:  # h5netcdf writes a traceback of its own where this fails
        for name in file:
            file[name]
    with xarray.open_dataset(path, engine="h5netcdf", decode_times=False) as dataset:
        return _from_dataset(path, dataset, [str(name) for name in dataset.variables])


def _from_classic(path: Path) -> Contents:
    """Return what a classic NetCDF file holds; of other variables nothing is read."""
    import xarray  # noqa: PLC0415 - an extra

    file = read_classic(path)
    known = _known(path, file.variables).values()
    for given in known:
        _check_cells(path, given, float(math.prod(file.variables[given].shape)))
    held = {
        given: (file.variables[given].dims, file.values(given), file.variables[given].attributes) for given in known
    }
    dataset = xarray.decode_cf(xarray.Dataset(held, attrs=file.attributes), decode_times=False)
    return _from_dataset(path, dataset, list(file.variables))


def _from_dataset(path: Path, dataset: Any, every: list[str]) -> Contents:
    """Return the known variables of an xarray dataset, of a file that has `every` one; fill values are NaN."""
    names = _known(path, every)
    variables = {}
    for name, given in names.items():
        variable = dataset.variables[given]
        _check_cells(path, given, variable.size)
        units = variable.attrs.get("units")
        if name == "time":
            variable = _decoded_time(path, given, variable)
        dims = tuple(str(dim) for dim in variable.dims)
        variables[name] = Variable(given, np.asarray(variable.values), None if units is None else str(units), dims)
    both = _flag(path, dataset.attrs[BOTH]) if BOTH in dataset.attrs else False
    return Contents(str(path), variables, tuple(sorted(set(every) - set(names.values()))), both)


def _decoded_time(path: Path, given: str, variable: Any) -> Any:
    """Return a CF time as datetime64, and texts as they are. Raises InputError."""
    import xarray  # noqa: PLC0415 - an extra

    if variable.dtype.kind in "OSU":
        return variable.astype(str)
    units, calendar = variable.attrs.get("units"), variable.attrs.get("calendar", "standard")
    if " since " not in str(units):
        unit = "no units" if units is None else f"units {shown(units)}"
        raise InputError(
            f"{path}: {given}: {unit}; allowed: CF times such as 'seconds since 2015-01-28T09:45:00Z', ISO 8601 texts, "
            "or seconds after the scene's time in a variable named time_s"
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            decoded = xarray.decode_cf(xarray.Dataset({given: variable})).variables[given]
    except Exception:  # pandas, cftime and xarray each raise their own
        decoded = None
    if decoded is None or decoded.dtype.kind != "M":
        raise InputError(
            f"{path}: {given}: cannot be read with units {shown(str(units))} and calendar {shown(str(calendar))}; "
            "allowed: 'seconds since' an instant of the standard calendar"
        )
    return decoded


def _known(path: Path, given: Iterable[str]) -> dict[str, str]:
    """Return full name -> name in the file. Raises InputError where a variable is there under two names."""
    have, found = set(given), {}
    axes = ("magnetic_longitude", "magnetic_local_time")
    magnetic = any(one in have for axis in axes for one in (axis, *ALIASES[axis]))
    for name, aliases in ALIASES.items():
        other = name == ("latitude" if magnetic else "magnetic_latitude")  # a plain colatitude is not of both
        named = [one for one in (name, *aliases) if one in have and not (other and one in COLATITUDES)]
        if len(named) > 1:
            raise InputError(f"{path}: {named[0]} and {named[1]} are the same axis; give one")
        if named:
            found[name] = named[0]
    return found


def _check_cells(path: Path, name: str, cells: float) -> None:
    if cells > MOST_CELLS:
        raise InputError(f"{path}: {name}: {cells / 1e6:.0f} million cells; at most {MOST_CELLS / 1e6:.0f} million")


def _flag(path: Path, value: Any) -> bool:
    """Return an attribute that is 0 or 1. Raises InputError."""
    text = str(np.asarray(value).reshape(-1)[0]).strip().lower() if np.size(value) == 1 else "?"
    if text not in ("0", "1", "0.0", "1.0", "true", "false"):
        raise InputError(f"{path}: {BOTH}: {shown(str(value))}; allowed: 0 or 1")
    return text in ("1", "1.0", "true")
