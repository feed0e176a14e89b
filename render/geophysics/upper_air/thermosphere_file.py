"""A user's own air: one column of the thermosphere from a CSV file."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from render.core.errors import InputError
from render.core.number_table import NumberTable, read_number_table
from render.core.units import (
    AMU_KG,
    BOLTZMANN_J_K,
    GRAVITY_M_S2,
    GRAVITY_RADIUS_KM,
    MASS_N2_AMU,
    MASS_O2_AMU,
    MASS_O_AMU,
)
from render.geophysics.upper_air.thermosphere import LEAST_DENSITY_CM3, Thermosphere

REQUIRED = ("altitude_km", "N2_cm3", "O2_cm3", "O_cm3", "NO_cm3", "N4S_cm3")
OPTIONAL = ("Tn_K", "Ti_K", "Te_K", "ne_cm3")
MAY_VANISH = ("NO_cm3", "N4S_cm3", "ne_cm3")  # 0 means none of it, and becomes LEAST_DENSITY_CM3
LEAST_ROWS = 10
SPAN_KM = (100.0, 300.0)  # km: electrons stop near the lower, the red line lies below the upper
HIGHEST_KM = 5000.0  # km; more means metres
TEMPERATURES_K = (50.0, 5000.0)  # K, of any air that has an aurora
N2_AT_100_KM_CM3 = (1e10, 1e16)  # cm-3; about 9e12 in every model
MOST_ELECTRONS_CM3 = 1e8  # cm-3; 1e7 in the brightest aurora
LARGEST_LOGARITHM = 50.0  # densities that are all below are logarithms
MASSES_AMU = {"N2_cm3": MASS_N2_AMU, "O2_cm3": MASS_O2_AMU, "O_cm3": MASS_O_AMU}


def read_thermosphere(path: str | Path) -> Thermosphere:
    """Read one column of air from a CSV file with the columns of REQUIRED and, if known, OPTIONAL.

    A row of names, columns in any order, # before comments, rows rising in geodetic altitude, from at most
    100 km to at least 300 km, at least 10 of them. NO, N4S and ne may be 0. Where Tn is not given it is that of air in
    hydrostatic balance. Raises InputError, one line, for anything else, and for values that look like another unit.
    """
    table = read_number_table(path, REQUIRED, OPTIONAL, LEAST_ROWS)
    _check_altitudes(table)
    for name in table.columns:
        if name.endswith("_cm3"):
            _check_density(table, name)
        elif name.endswith("_K"):
            _check_temperature(table, name)
    _check_units_of_density(table)
    columns = {
        name: np.maximum(values, LEAST_DENSITY_CM3) if name.endswith("_cm3") else values
        for name, values in table.columns.items()
    }
    if "Tn_K" not in columns:
        columns["Tn_K"] = _balanced_temperature(table, columns)
    return Thermosphere(**columns)


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
    may_vanish = name in MAY_VANISH
    bad = np.flatnonzero(table.columns[name] < 0.0 if may_vanish else table.columns[name] <= 0.0)
    if len(bad):
        raise table.refuse(name, int(bad[0]), f"cm-3; a density must be {'at least' if may_vanish else 'more than'} 0")


def _check_temperature(table: NumberTable, name: str) -> None:
    values = table.columns[name]
    low, high = TEMPERATURES_K
    bad = np.flatnonzero((values < low) | (values > high))
    if not len(bad):
        return
    guess = ""
    if values.max() < 1.0 and values.min() > 0.0:
        guess = "; is it in eV?"
    elif values[bad[0]] < low and values.max() > low:
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
    electrons = table.columns.get("ne_cm3")
    if electrons is not None and electrons.max() > MOST_ELECTRONS_CM3:
        raise table.refuse(
            "ne_cm3", int(electrons.argmax()), f"cm-3 is more than {MOST_ELECTRONS_CM3:g}; is it in m-3?"
        )
