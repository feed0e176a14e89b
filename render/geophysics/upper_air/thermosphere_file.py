"""A user's own air: one column of the thermosphere from a CSV file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from render.core.errors import InputError
from render.core.number_table import NumberTable
from render.core.units import (
    AMU_KG,
    BOLTZMANN_J_K,
    GRAVITY_M_S2,
    GRAVITY_RADIUS_KM,
    MASS_N2_AMU,
    MASS_O2_AMU,
    MASS_O_AMU,
)
from render.geophysics.upper_air.air_table import read_air_table
from render.geophysics.upper_air.fills import (
    AS_NEUTRAL,
    MAY_VANISH,
    OXYGEN_FROM_KM,
    SUBSTITUTES,
    filled_density,
    filled_temperature,
    substitute_cm3,
    substitute_words,
    without_empty,
)
from render.geophysics.upper_air.thermosphere import LEAST_DENSITY_CM3, Thermosphere

REQUIRED = ("altitude_km", "N2_cm3", "O2_cm3", "O_cm3")
OPTIONAL = ("Tn_K", "Ti_K", "Te_K", "ne_cm3")
ADVICE = "; names with units as pymsis, NRLMSISE-00 and IRI have them are known too"
LEAST_ROWS = 10
SPAN_KM = (100.0, 300.0)  # km: electrons stop near the lower, the red line lies below the upper
HIGHEST_KM = 5000.0  # km; more means metres
TEMPERATURES_K = (50.0, 5000.0)  # K, of any air that has an aurora
N2_AT_100_KM_CM3 = (1e10, 1e16)  # cm-3; about 9e12 in every model
MOST_ELECTRONS_CM3 = 1e8  # cm-3; 1e7 in the brightest aurora
LARGEST_LOGARITHM = 50.0  # densities that are all below are logarithms
MASSES_AMU = {"N2_cm3": MASS_N2_AMU, "O2_cm3": MASS_O2_AMU, "O_cm3": MASS_O_AMU}


@dataclass(frozen=True, eq=False)
class AirFile:
    """A file's column of air, and what was put where it has none or is left of it: `warnings`, one line each."""

    thermosphere: Thermosphere
    warnings: tuple[str, ...]


def read_thermosphere(path: str | Path) -> Thermosphere:
    """Read one column of air as `read_air_file` does, without a word on what it lacks."""
    return read_air_file(path).thermosphere


def read_air_file(path: str | Path) -> AirFile:
    """Read one column of air from a CSV file with the columns of REQUIRED and, if known, OPTIONAL.

    A row of names, columns in any order, # before comments, rows rising in geodetic altitude, from at most
    100 km to at least 300 km, at least 10 of them. Names and units may be those of pymsis, NRLMSISE-00 or IRI, listings
    with a legend among them; other columns of theirs are left. NO, N4S and ne may be 0. Fill values (NaN, -1, null ...)
    are 0 of NO, N4S, ne below their lowest number, and Tn of Ti and Te; NO and N4S that are not there are those of
    `render.geophysics.upper_air.fills`. Where Tn is not given it is that of air in hydrostatic balance. Raises
    InputError, one line, for anything else, and for values that look like another unit.
    """
    air = read_air_table(Path(path), REQUIRED, (*SUBSTITUTES, *OPTIONAL), LEAST_ROWS, ADVICE)
    table = air.numbers
    _check_altitudes(table)
    columns, warnings = without_empty(air)
    for name in [name for name in columns if name.endswith("_cm3")]:
        _check_density(table, name)
        columns[name], notes = filled_density(air, name, columns[name])
        columns[name] = np.maximum(columns[name], LEAST_DENSITY_CM3)
        warnings += notes
    _check_units_of_density(table)
    for name in SUBSTITUTES:
        if name not in columns:
            columns[name] = substitute_cm3(name, columns["altitude_km"])
            warnings.append(f"{path}: {substitute_words(name)}")
    if "Tn_K" not in columns:
        columns["Tn_K"] = _balanced_temperature(table, columns)
    else:
        columns["Tn_K"], _ = filled_temperature(air, "Tn_K", columns["Tn_K"], None)
        _check_temperature(table, "Tn_K")
    for name in [name for name in AS_NEUTRAL if name in columns]:
        _check_temperature(table, name)
        columns[name], notes = filled_temperature(air, name, columns[name], columns["Tn_K"])
        warnings += notes
    if air.unused:
        warnings.append(f"{path}: not needed and left: {', '.join(air.unused)}")
    return AirFile(Thermosphere(**columns), tuple(warnings))


def _balanced_temperature(table: NumberTable, columns: dict[str, np.ndarray]) -> np.ndarray:
    """Return Tn for a file without it. Raises InputError where no air of these densities carries itself."""
    temperature = hydrostatic_temperature(columns)
    low, high = TEMPERATURES_K
    worst = int(np.argmax(np.abs(np.log(np.maximum(temperature, 1e-3) / 500.0))))
    if not low <= temperature[worst] <= high:
        raise InputError(
            f"{table.path}: no Tn_K, and the densities ask for {temperature[worst]:.3g} K at "
            f"{columns['altitude_km'][worst]:g} km to carry themselves; allowed: {low:g} to {high:g} K; give Tn_K"
        )
    return temperature


def hydrostatic_temperature(columns: dict[str, np.ndarray]) -> np.ndarray:
    """Return the temperature, K, [altitude], at which the air carries what lies above: p = n k T, dp/dz = -rho g.

    Above the top the air goes on at the slope of its last interval. Between altitudes rho g is exponential.
    """
    altitude_m = columns["altitude_km"] * 1e3
    number = 1e6 * sum(columns[name] for name in MASSES_AMU)
    gravity = GRAVITY_M_S2 * (GRAVITY_RADIUS_KM / (GRAVITY_RADIUS_KM + columns["altitude_km"])) ** 2
    weight = 1e6 * AMU_KG * sum(mass * columns[name] for name, mass in MASSES_AMU.items()) * gravity
    fall = np.maximum(-np.diff(np.log(weight)) / np.diff(altitude_m), 1e-9)  # m-1
    layers = -np.diff(weight) / fall
    above = weight[-1] / fall[-1]
    pressure = above + np.append(np.cumsum(layers[::-1])[::-1], 0.0)
    return np.asarray(pressure / (number * BOLTZMANN_J_K))


def _check_altitudes(table: NumberTable) -> None:
    altitude = table.columns["altitude_km"]
    if altitude.max() > HIGHEST_KM:
        raise table.refuse("altitude_km", int(altitude.argmax()), "km is far above the air; is it in m?")
    table.require_rising("altitude_km")
    low, high = SPAN_KM
    if altitude[0] > low or altitude[-1] < high:
        raise InputError(
            f"{table.path}: altitude_km spans {altitude[0]:g} to {altitude[-1]:g} km; "
            f"it must reach from at most {low:g} to at least {high:g} km"
        )


def _check_density(table: NumberTable, name: str) -> None:
    values = table.columns[name]
    may_vanish = np.full(len(values), name in MAY_VANISH)
    if name == "O_cm3":
        may_vanish = table.columns["altitude_km"] < OXYGEN_FROM_KM
    bad = np.flatnonzero((values < 0.0) | ((values == 0.0) & ~may_vanish))
    if len(bad):
        least = "at least" if may_vanish[bad[0]] else "more than"
        raise table.refuse(name, int(bad[0]), f"cm-3; a density must be {least} 0")


def _check_temperature(table: NumberTable, name: str) -> None:
    values = table.columns[name]
    low, high = TEMPERATURES_K
    bad = np.flatnonzero((values < low) | (values > high))
    if not len(bad):
        return
    guess = ""
    if np.nanmax(values) < 1.0 and np.nanmin(values) > 0.0:
        guess = "; is it in eV?"
    elif values[bad[0]] < low and np.nanmax(values) > low:
        guess = "; is it in degrees Celsius?"
    raise table.refuse(name, int(bad[0]), f"K is out of range; allowed: {low:g} to {high:g} K{guess}")


def _check_units_of_density(table: NumberTable) -> None:
    """Raise InputError for densities that no air has in cm-3, with a guess at their unit."""
    n2 = table.columns["N2_cm3"]
    at_100 = float(np.exp(np.interp(100.0, table.columns["altitude_km"], np.log(n2))))
    low, high = N2_AT_100_KM_CM3
    if not low <= at_100 <= high:
        guess = "m-3" if at_100 > high else "log10 of cm-3" if n2.max() < LARGEST_LOGARITHM else "another unit"
        raise InputError(
            f"{table.path}: N2_cm3 is {at_100:.3g} at 100 km, where air has {low:g} to {high:g} cm-3; is it in {guess}?"
        )
    electrons = np.nan_to_num(table.columns.get("ne_cm3", np.zeros(1)))
    if electrons.max() > MOST_ELECTRONS_CM3:
        raise table.refuse(
            "ne_cm3", int(electrons.argmax()), f"cm-3 is more than {MOST_ELECTRONS_CM3:g}; is it in m-3?"
        )
