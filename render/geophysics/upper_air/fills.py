"""What stands in a column of air where its file has no value: nothing, another column, or a model's night."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from render.core.epoch import Epoch
from render.core.errors import InputError
from render.geophysics.drive.settings import DriveSettings
from render.geophysics.upper_air.air_table import AirTable
from render.geophysics.upper_air.thermosphere import (
    LEAST_DENSITY_CM3,
    Thermosphere,
    ThermosphereSettings,
    thermosphere_at,
)

MAY_VANISH = ("NO_cm3", "N4S_cm3", "ne_cm3")  # 0 means none of it, and becomes LEAST_DENSITY_CM3
AS_NEUTRAL = ("Ti_K", "Te_K")  # IRI has none below 120 km, where they are Tn (Bilitza et al. 2017; recalled)
MAY_LACK = ("Tn_K", "Ti_K", "Te_K", "ne_cm3")  # a column of fill values alone is none
OXYGEN_FROM_KM = 75.0  # km: NRLMSISE-00 has O from 72.5 km up, 0 or none below (Picone et al. 2002; recalled)
# Where a file has no NO or N, they are those of one night over the auroral zone, by the model
SUBSTITUTES = {
    "NO_cm3": "Emmert et al. 2022",  # NRLMSIS 2.1: Emmert et al. 2022, J. Geophys. Res. 127, e2022JA030896
    "N4S_cm3": "Emmert et al. 2021",  # N of NRLMSIS 2: Emmert et al. 2021, Earth Space Sci. 8, e2020EA001321
}
SUBSTITUTE_NIGHT = Epoch.parse("2015-02-01T05:00:00Z")  # the night of the comparison with GLOW (docs/emission.md)
SUBSTITUTE_PLACE_DEG = (65.0, 285.0)  # its longitude, and the latitude of aurora (chosen)
SUBSTITUTE_F107, SUBSTITUTE_AP = 140.0, 20.0  # 1e-22 W m-2 Hz-1, 2 nT: that night's
SHOWN_LINES = 3


def without_empty(table: AirTable) -> tuple[dict[str, np.ndarray], list[str]]:
    """Return the columns that have a value, and one line on each that has none. Raises InputError for N2, O2, O."""
    numbers, notes = table.numbers, list[str]()
    columns = dict(numbers.columns)
    for name, values in numbers.columns.items():
        if name in (*SUBSTITUTES, *MAY_LACK) and np.isnan(values).all():
            del columns[name]
            notes.append(f"{numbers.path}: {name} holds fill values alone ({_kinds(table, name)}) and is left out")
    return columns, notes


def filled_density(table: AirTable, name: str, values: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """Return a density with 0 for the fill values below its first number, where the model has none of it.

    Raises InputError for a fill value anywhere else, and for one of N2 or O2.
    """
    allowed = _below_first(values)
    altitude = table.numbers.columns["altitude_km"]
    if name not in MAY_VANISH:
        allowed &= (altitude < OXYGEN_FROM_KM) & (name == "O_cm3")
    why = "only NO, N4S and ne below their lowest number, and O below 75 km, may have one, which is 0 there"
    _refuse_others(table, name, allowed, f"a fill value; allowed: a number, for {why}")
    notes = [f"{_counted(table, name, allowed)} taken as 0"] if allowed.any() else []
    return np.where(allowed, 0.0, values), notes


def filled_temperature(
    table: AirTable, name: str, values: np.ndarray, neutral: np.ndarray | None
) -> tuple[np.ndarray, list[str]]:
    """Return a temperature with `neutral` for the fill values below its first number. Raises InputError for others."""
    allowed = _below_first(values) & (name in AS_NEUTRAL) & (neutral is not None)
    why = "a number, for only Ti and Te below their lowest number may have one, which is Tn there"
    _refuse_others(table, name, allowed, f"a fill value; allowed: {why}, or no column {name}")
    if neutral is None or not allowed.any():
        return values, []
    return np.where(allowed, neutral, values), [f"{_counted(table, name, allowed)} taken as Tn"]


def substitute_cm3(name: str, altitude_km: np.ndarray) -> np.ndarray:
    """Return NO or N4S, cm-3 [altitude], of the substitute's night; outside 65 to 800 km at its last slope."""
    night = _night()
    z, log_density = night.altitude_km, np.log(getattr(night, name))
    inside = np.interp(altitude_km, z, log_density)
    fall = (log_density[-1] - log_density[-2]) / (z[-1] - z[-2])
    rise = (log_density[1] - log_density[0]) / (z[1] - z[0])
    beyond = fall * np.maximum(altitude_km - z[-1], 0.0) - max(rise, 0.0) * np.maximum(z[0] - altitude_km, 0.0)
    return np.asarray(np.maximum(np.exp(inside + beyond), LEAST_DENSITY_CM3))


def substitute_words(name: str) -> str:
    """Return which air stands in for a column that is not there."""
    latitude, east = SUBSTITUTE_PLACE_DEG
    return (
        f"no {name}: that of NRLMSIS 2.1 ({SUBSTITUTES[name]}) over {latitude:g} N {east:g} E, "
        f"{SUBSTITUTE_NIGHT.isoformat()}, F10.7 {SUBSTITUTE_F107:g}, Ap {SUBSTITUTE_AP:g}, is taken"
    )


@lru_cache(maxsize=1)
def _night() -> Thermosphere:
    drive = DriveSettings.model_validate({"f107": SUBSTITUTE_F107, "ap": SUBSTITUTE_AP})
    return thermosphere_at(ThermosphereSettings(), *SUBSTITUTE_PLACE_DEG, SUBSTITUTE_NIGHT, drive)


def _below_first(values: np.ndarray) -> np.ndarray:
    """Return which rows lie below the first that has a number."""
    return np.asarray(np.logical_and.accumulate(np.isnan(values)))


def _refuse_others(table: AirTable, name: str, allowed: np.ndarray, complaint: str) -> None:
    numbers = table.numbers
    bad = np.flatnonzero(np.isnan(numbers.columns[name]) & ~allowed)
    if len(bad):
        row = int(bad[0])
        raise InputError(
            f"{numbers.path}: line {numbers.line_numbers[row]}, {name}: {table.fills[name, row]} is {complaint}"
        )


def _counted(table: AirTable, name: str, rows: np.ndarray) -> str:
    """Return how many fill values a column has and up to where, for a warning."""
    numbers = table.numbers
    last = int(np.flatnonzero(rows)[-1])
    count = int(rows.sum())
    first, end = numbers.line_numbers[0], numbers.line_numbers[last]
    noun, lines = ("fill value", f"line {first}") if count == 1 else ("fill values", f"lines {first} to {end}")
    where = f"{lines}, up to {numbers.columns['altitude_km'][last]:g} km"
    return f"{numbers.path}: {name}: {count} {noun} ({_kinds(table, name)}; {where}),"


def _kinds(table: AirTable, name: str) -> str:
    kinds: Mapping[str, None] = {text: None for (column, _), text in table.fills.items() if column == name}
    return ", ".join(list(kinds)[:SHOWN_LINES])
