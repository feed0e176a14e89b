"""What a user's profile must be to be air: ranges, units, p = n k T, and the weight of it all."""

from __future__ import annotations

import numpy as np

from render.atmosphere.ozone import column_du
from render.core.errors import InputError
from render.core.number_table import NumberTable
from render.core.units import AMU_KG, BOLTZMANN_J_K, GRAVITY_M_S2

GROUND_KM = 0.5  # km, how far from sea level the first row may lie
LEAST_TOP_KM = 60.0  # km; the air above scatters 2e-4 of all, but a limb without it has an edge in twilight
WIDEST_STEP_KM = 5.0  # km between rows: air taken linearly over it is up to 4 % too thick
HIGHEST_KM = 1000.0  # km; more means metres
MOST_AIR_M3 = 1e27  # m-3, forty times sea level's
LIKELY_AIR_M3 = (1.7e25, 3.8e25)  # m-3, of high plains and of polar winter: what a guess at the unit must give
TEMPERATURES_K = (100.0, 2000.0)  # K; mesopause to thermosphere
GAS_LAW = 0.03  # of p = n k T: rounding and moisture, not another unit
RISE = 0.02  # by which air may grow from a row to a higher one, as over hot ground
WEIGHT = 0.3  # of the fall of pressure: more means altitudes in another unit
AIR_KG = 28.9644 * AMU_KG  # kg per molecule of dry air; US Standard Atmosphere 1976
OZONE_DU = (10.0, 1000.0)  # Dobson units; 90 in the deepest hole, 600 in the north's spring
MOST_NO2 = 1e-6  # of the air; 2e-7 in the worst street, 1e-8 in the stratosphere
LEAST_NO2_M2 = 1e16  # m-2; 1e18 in the clean polar night
MOST_DEPTH = 5.0  # optical depth at 550 nm, as of the scene's own layers
PRESSURE_UNITS = {"hPa": 1e-2, "kPa": 1e-3, "atm": 1.0 / 101325.0}  # per Pa


def check_profile(table: NumberTable) -> tuple[str, ...]:
    """Return what is doubtful about a profile, one line each.

    Raises InputError, one line with file, row and column, for what is no air or plainly in another unit. Air that is
    only strange (thinned for a study, of a model whose p is not n k T) is allowed, and said to be.
    """
    _check_altitudes(table)
    for name in table.columns:
        if name == "temperature_K":
            _check_temperature(table)
        elif name != "altitude_km":
            _check_sign(table, name)
    _check_air(table)
    warnings = (_check_gas_law(table), _check_weight(table))
    _check_ozone(table)
    _check_no2(table)
    _check_aerosol(table)
    return tuple(line for line in warnings if line)


def _check_altitudes(table: NumberTable) -> None:
    z = table.columns["altitude_km"]
    if z.max() > HIGHEST_KM:
        raise table.refuse("altitude_km", int(z.argmax()), "km is far above the air; is it in m?")
    table.require_rising("altitude_km")
    if abs(z[0]) > GROUND_KM or z[-1] < LEAST_TOP_KM:
        raise InputError(
            f"{table.path}: altitude_km spans {z[0]:g} to {z[-1]:g} km; it must start within {GROUND_KM:g} km of the "
            f"ground at 0 and reach at least {LEAST_TOP_KM:g} km"
        )
    wide = np.flatnonzero(np.diff(z) > WIDEST_STEP_KM)
    if len(wide):
        before = z[wide[0]]
        raise table.refuse(
            "altitude_km", int(wide[0]) + 1, f"follows {before:g}; rows may be at most {WIDEST_STEP_KM:g} km apart"
        )


def _check_sign(table: NumberTable, name: str) -> None:
    """Raise InputError for a negative value, and for a row without air."""
    must_be = name in ("air_m3", "pressure_Pa")
    bad = np.flatnonzero(table.columns[name] <= 0.0 if must_be else table.columns[name] < 0.0)
    if len(bad):
        raise table.refuse(name, int(bad[0]), f"is too little; it must be {'more than' if must_be else 'at least'} 0")


def _check_temperature(table: NumberTable) -> None:
    low, high = TEMPERATURES_K
    values = table.columns["temperature_K"]
    bad = np.flatnonzero((values < low) | (values > high))
    if len(bad):
        guess = "; is it in degrees Celsius?" if values[bad[0]] < low else ""
        complaint = f"K is out of range; allowed: {low:g} to {high:g} K{guess}"
        raise table.refuse("temperature_K", int(bad[0]), complaint)


def _check_air(table: NumberTable) -> None:
    air = table.columns["air_m3"]
    low, high = LIKELY_AIR_M3
    units = {"cm-3": 1e6, "mol m-3": 6.022e23, "kg m-3": 1.0 / AIR_KG}  # m-3 in each
    guess = next((unit for unit, size in units.items() if low <= air[0] * size <= high), "")
    if guess or air[0] > MOST_AIR_M3:
        raise table.refuse(
            "air_m3", 0, f"m-3 at the ground, where air has about 2.5e25; is it in {guess or 'another unit'}?"
        )
    grown = np.flatnonzero(np.diff(air) > RISE * air[:-1])
    if len(grown):
        raise table.refuse(
            "air_m3", int(grown[0]) + 1, f"m-3 follows {air[grown[0]]:g}; air must grow thinner with altitude"
        )


def _check_gas_law(table: NumberTable) -> str:
    """Return a warning of the first row far from p = n k T. Raises InputError where another unit explains it."""
    c = table.columns
    expected = c["air_m3"] * BOLTZMANN_J_K * c["temperature_K"]
    ratio = c["pressure_Pa"] / expected
    off = np.flatnonzero(np.abs(ratio - 1.0) > GAS_LAW)
    if not len(off):
        return ""
    row = int(off[0])
    guess = next((unit for unit, part in PRESSURE_UNITS.items() if abs(ratio[row] / part - 1.0) < 2.0 * GAS_LAW), "")
    complaint = (
        f"Pa, but n k T of air_m3 and temperature_K is {expected[row]:.4g} Pa; they should agree within {GAS_LAW:.0%}"
    )
    if guess:
        raise table.refuse("pressure_Pa", row, f"{complaint}; is it in {guess}?")
    return f"{table.refuse('pressure_Pa', row, complaint)}; air_m3 counts"


def _check_weight(table: NumberTable) -> str:
    """Return a warning unless the fall of pressure is about the weight of the air between, which tells altitudes."""
    c = table.columns
    mass = AIR_KG * float(np.sum((c["air_m3"][1:] + c["air_m3"][:-1]) / 2.0 * np.diff(c["altitude_km"]))) * 1e3
    fall, weight = float(c["pressure_Pa"][0] - c["pressure_Pa"][-1]), mass * GRAVITY_M_S2
    if abs(weight / max(fall, 1e-9) - 1.0) > WEIGHT:
        return (
            f"{table.path}: pressure_Pa falls by {fall:.3g} Pa, but the air between weighs {weight:.3g} Pa; they "
            f"should agree within {WEIGHT:.0%}; is altitude_km in another unit?"
        )
    return ""


def _check_ozone(table: NumberTable) -> None:
    column = column_du(table.columns["altitude_km"], table.columns["ozone_m3"])
    low, high = OZONE_DU
    if column > 0.0 and not low <= column <= high:
        guess = "another unit"
        if column < low:
            guess = "a mixing ratio" if table.columns["ozone_m3"].max() < 100.0 else "cm-3"
        raise InputError(
            f"{table.path}: ozone_m3 sums to {column:.3g} Dobson units; allowed: 0, or {low:g} to {high:g}; "
            f"is it in {guess}?"
        )


def _check_no2(table: NumberTable) -> None:
    if "no2_m3" not in table.columns:
        return
    z, no2 = table.columns["altitude_km"], table.columns["no2_m3"]
    much = np.flatnonzero(no2 > MOST_NO2 * table.columns["air_m3"])
    if len(much):
        complaint = f"m-3 is more than {MOST_NO2:g} of the air, which no place on Earth has"
        raise table.refuse("no2_m3", int(much[0]), complaint)
    column = float(np.sum((no2[1:] + no2[:-1]) / 2.0 * np.diff(z))) * 1e3
    if 0.0 < column < LEAST_NO2_M2:
        guess = "a mixing ratio" if no2.max() < 100.0 else "cm-3"
        raise InputError(
            f"{table.path}: no2_m3 sums to {column:.3g} m-2; allowed: 0, or at least {LEAST_NO2_M2:g}; "
            f"is it in {guess}?"
        )


def _check_aerosol(table: NumberTable) -> None:
    z, extinction = table.columns["altitude_km"], table.columns["aerosol_extinction_550nm_per_m"]
    depth = float(np.sum((extinction[1:] + extinction[:-1]) / 2.0 * np.diff(z))) * 1e3
    if depth > MOST_DEPTH:
        raise InputError(
            f"{table.path}: aerosol_extinction_550nm_per_m sums to an optical depth of {depth:.3g}; "
            f"allowed: 0 to {MOST_DEPTH:g}; is it in km-1?"
        )
