"""Where the numbers of a user map stand: its system of coordinates, its axes, and the order of its dimensions."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

from render.core.errors import InputError
from render.core.messages import shown
from render.geophysics.user_map.contents import Array, Contents, Variable

System = Literal["geographic", "magnetic_longitude", "magnetic_local_time"]
SYSTEMS: dict[System, tuple[str, str]] = {
    "geographic": ("latitude", "longitude"),
    "magnetic_longitude": ("magnetic_latitude", "magnetic_longitude"),
    "magnetic_local_time": ("magnetic_latitude", "magnetic_local_time"),
}
LIMITS = {"latitude": (-90.0, 90.0), "longitude": (-360.0, 720.0), "local_time": (-24.0, 48.0)}  # deg, deg, h
TURNS = {"latitude": 0.0, "longitude": 360.0, "local_time": 24.0}  # deg, deg, h; 0: no circle


class Arranged(NamedTuple):
    """The dimensions of a map's numbers: system, coordinates as given (float64), and sizes (time, rows, columns)."""

    system: System
    rows: Array
    columns: Array
    sizes: tuple[int, int, int]
    dims: tuple[str | None, str, str] | None


def require_variables(contents: Contents) -> System:
    """Return the system of coordinates that a file gives. Raises InputError where there is none, or two."""
    for name in ("energy_flux", "mean_energy"):
        if name not in contents.variables:
            raise InputError(f"{contents.path}: no variable {name}{contents.near(name)}")
    have = contents.variables
    complete = [system for system, axes in SYSTEMS.items() if all(axis in have for axis in axes)]
    if len(complete) > 1:
        named = "; ".join(" and ".join(have[axis].given for axis in SYSTEMS[system]) for system in complete)
        raise InputError(f"{contents.path}: more than one system of coordinates ({named}); keep one")
    if complete:
        return complete[0]
    missing, halves = "latitude and longitude, or magnetic_latitude and magnetic_longitude or magnetic_local_time", ""
    for axes in SYSTEMS.values():
        there = [axis in have for axis in axes]
        if any(there):
            missing = axes[there.index(False)]
            halves = f" to go with {have[axes[there.index(True)]].given}"
            break
    raise InputError(f"{contents.path}: no variable {missing}{halves}{contents.near(missing)}")


def arrangement(contents: Contents, times: int) -> Arranged:
    """Return how the map's numbers are laid out. Raises InputError for coordinates that are no axes."""
    system = require_variables(contents)
    names = SYSTEMS[system]
    first, second = (contents.variables[name] for name in names)
    for name in names:
        _check_coordinate(contents, name)
    if first.values.ndim == 2:
        sizes, dims = _curved(contents, names, first, second)
    else:
        for name in names:
            _check_axis(contents, name)
        sizes = len(first.values), len(second.values)
        dims = None if first.dims is None or second.dims is None else (first.dims[0], second.dims[0])
        if dims is not None and dims[0] == dims[1]:
            raise contents.refuse(names[1], f"on the dimension {dims[0]}, as {first.given}; allowed: each on its own")
    time = next((contents.variables[n] for n in ("time", "time_s") if n in contents.variables), None)
    time_dim = time.dims[0] if time is not None and time.dims else None
    whole = None if dims is None else (time_dim, *dims)
    return Arranged(system, first.values.astype(float), second.values.astype(float), (times, *sizes), whole)


def _curved(
    contents: Contents, names: tuple[str, str], first: Variable, second: Variable
) -> tuple[tuple[int, int], tuple[str, str] | None]:
    """Return sizes and dimensions of 2-D latitudes and longitudes, or local times. Raises InputError."""
    shape = first.values.shape
    if shape != second.values.shape or min(shape) < 2:
        shapes = f"shape {shape}, and {second.given} {second.values.shape}"
        raise contents.refuse(names[0], f"{shapes}; allowed: the same two sizes, 2 or more")
    if first.dims != second.dims:
        raise contents.refuse(names[1], f"dimensions {second.dims}; allowed: those of {first.given}, {first.dims}")
    return (shape[0], shape[1]), None if first.dims is None else (first.dims[0], first.dims[1])


def _check_coordinate(contents: Contents, name: str) -> None:
    """Raise InputError for values that are no coordinates of this kind, or in another unit."""
    variable = contents.variables[name]
    kind = _kind(name)
    if variable.values.dtype.kind not in "fiu":
        raise contents.refuse(name, f"values of type {variable.values.dtype}; allowed: numbers")
    if not variable.values.size:
        raise contents.refuse(name, f"shape {variable.values.shape}, no values; allowed: 2 or more")
    values = variable.values.astype(float)
    unit = "h" if kind == "local_time" else "deg"
    unit_given = (variable.units or "").strip().lower()
    if (
        unit_given.startswith("rad")
        or (unit == "h" and unit_given.startswith("deg"))
        or (unit == "deg" and unit_given in ("h", "hours"))
    ):
        raise contents.refuse(name, f"units {shown(variable.units)}; allowed: {'hours' if unit == 'h' else 'degrees'}")
    gaps = ~np.isfinite(values)
    if gaps.any() and not (values.ndim == 2 and np.isnan(values[gaps]).all()):
        raise contents.refuse(name, f"{int(gaps.sum())} values are not finite, the first at {_index(gaps)}")
    if gaps.all():
        raise contents.refuse(name, "no value is finite")
    low, high = LIMITS[kind]
    bad = (values < low) | (values > high)
    if bad.any():
        guess = "; is it in degrees? divide by 15" if unit == "h" else ""
        raise contents.refuse(name, f"{values[bad][0]:g} {unit} is out of range; allowed: {low:g} to {high:g}{guess}")
    if kind == "latitude" and np.nanmax(np.abs(values)) < np.pi / 2.0:
        raise contents.refuse(name, f"no value is beyond {np.nanmax(np.abs(values)):.3g} deg; is it in radians?")


def _index(bad: Array) -> str:
    return "[" + ", ".join(str(int(i)) for i in np.argwhere(bad)[0]) + "]"


def _check_axis(contents: Contents, name: str) -> None:
    """Raise InputError unless a variable is a row that can be an axis."""
    values = contents.variables[name].values.astype(float)
    if values.ndim != 1 or len(values) < 2:
        raise contents.refuse(name, f"shape {values.shape}; allowed: a row of 2 values or more, or [y, x]")
    check_order(contents, name, values)


def check_order(contents: Contents, name: str, values: Array) -> None:
    """Raise InputError, about the variable `name`, unless values [n] rise or fall throughout, within one turn."""
    steps = np.diff(values)
    turn = TURNS[_kind(name)]
    wrong = np.flatnonzero(steps * _sense(steps) <= 0.0)
    if len(wrong):
        i = wrong[0]
        allowed = "allowed: rising or falling throughout"
        if turn and len(wrong) == 1 and abs(steps[i]) > 0.5 * turn:
            further = values[i + 1] - turn * np.sign(steps[i])
            allowed = f"count on past the end of the circle: {values[i]:g}, {further:g}"
        raise contents.refuse(name, f"{values[i + 1]:g} follows {values[i]:g}; {allowed}")
    if turn and np.ptp(values) > turn * (1.0 + 1e-6):
        raise contents.refuse(name, f"spans {np.ptp(values):g}; a circle has {turn:g}")


def _sense(steps: Array) -> float:
    """Return 1 where most steps rise, -1 where most fall."""
    return 1.0 if np.count_nonzero(steps > 0.0) >= 0.5 * len(steps) else -1.0


def _kind(name: str) -> str:
    return next(kind for kind in LIMITS if name.endswith(kind))


def arranged(contents: Contents, name: str, layout: Arranged) -> Array:
    """Return a variable's numbers [time or 1, row, column], or [1, 1, 1] for a single one. Raises InputError.

    Only the mean energy may be a single number, or one map for all times.
    """
    variable = contents.variables[name]
    values = variable.values
    if values.dtype.kind not in "fiu":
        raise contents.refuse(name, f"values of type {values.dtype}; allowed: numbers")
    one_for_all = name == "mean_energy"
    if one_for_all and values.size == 1:
        return values.reshape(1, 1, 1)
    times, *sizes = layout.sizes
    if layout.dims is not None:
        values = _by_dims(contents, name, layout.dims)
    if values.ndim == 2 and (times == 1 or one_for_all):
        values = values[None]
    counts = {1, times} if one_for_all else {times}
    if values.ndim != 3 or list(values.shape[1:]) != sizes or len(values) not in counts:
        raise contents.refuse(name, _shape_complaint(contents, layout, variable.values.shape))
    return values


def _by_dims(contents: Contents, name: str, dims: tuple[str | None, str, str]) -> Array:
    """Return NetCDF values with the dimensions of the axes in order; others of one value are left out."""
    variable = contents.variables[name]
    given = variable.dims or ()
    keep = [i for i, dim in enumerate(given) if dim in dims or variable.values.shape[i] > 1]
    named = [given[i] for i in keep]
    wanted = [dim for dim in dims if dim in named]
    if len(wanted) != len(named) or not set(dims[1:]) <= set(named):
        allowed = ", ".join(str(dim) for dim in dims if dim is not None)
        raise contents.refuse(name, f"dimensions {', '.join(given) or 'none'}; allowed: {allowed}")
    squeezed = variable.values.reshape([variable.values.shape[i] for i in keep])
    return np.asarray(squeezed.transpose([named.index(str(dim)) for dim in wanted]))


def _shape_complaint(contents: Contents, layout: Arranged, shape: tuple[int, ...]) -> str:
    times, rows, columns = layout.sizes
    first, second = (contents.variables[axis].given for axis in SYSTEMS[layout.system])
    fitting = (rows, columns) if times == 1 else (times, rows, columns)
    words = f"{'' if times == 1 else 'time, '}{first}, {second}"
    hint = ""
    if shape[-2:] == (columns, rows):
        hint = f"; it looks like [..., {second}, {first}]: swap the last two axes"
    elif len(shape) == 3 and times == 1:
        hint = f"; {shape[0]} maps need as many values in time or time_s"
    return f"shape {shape}; allowed: {fitting} for [{words}]{hint}"
