"""The rows of a drive's file: an instant and its numbers, each checked against what nature allows."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

from render.core.epoch import Epoch
from render.core.errors import InputError
from render.core.messages import cut, shown
from render.core.number_table import decimal_comma
from render.geophysics.drive.solar_wind import DENSITY_CM3, FIELD_NT, SPEED_KM_S

WIND = ("speed_km_s", "by_nt", "bz_nt", "density_cm3")
LIMITS = {"kp": (0.0, 9.0), "speed_km_s": SPEED_KM_S, "by_nt": FIELD_NT, "bz_nt": FIELD_NT, "density_cm3": DENSITY_CM3}
NOTHING = ("", "nan", "null", "none", "na", "n/a")  # words for no value, lower case
NINES = re.compile(r"[+-]?9{2,}(\.9*|\.0*)?")  # OMNI's fill values: 99, 999.9, 9999.99, 99999.9 ...
VAST = 1e30  # CDF's fill value is -1e31 (CDF User's Guide; recalled)
KP_MISSING = -1.0  # in the files of GFZ Potsdam
TESLA_BELOW = 1e-3  # nT: a field whose largest component is less was written in T (or uT, mT); the wind's is 1 to 50
KP_THIRD = {"-": -1.0 / 3.0, "o": 0.0, "+": 1.0 / 3.0}  # Kp's own notation (Bartels et al. 1939)
OMNI_KP = {0, 3, 7}  # last digit of Kp times ten, as OMNI writes Kp


@dataclass(frozen=True)
class Row:
    """One instant of a file; `place` in it, "line 12" or "entry 12"; `values` by column, None for a fill value."""

    place: str
    epoch: Epoch
    values: dict[str, float | None]


@dataclass(frozen=True)
class Series:
    """What a file says, rising in time: columns (`kp`, or some of WIND), rows, and `notes`, one line each."""

    names: tuple[str, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cells:
    """One instant as a file has it: the text of each column's cell, none for what is missing."""

    place: str
    epoch: Epoch
    texts: tuple[str, ...]


def series_of(path: str, names: tuple[str, ...], cells: Iterable[Cells], notes: tuple[str, ...] = ()) -> Series:
    """Return the series of these cells. Raises InputError for a cell that is no value, and for times that fall."""
    rows: list[Row] = []
    for one in cells:
        if rows and one.epoch.utc <= rows[-1].epoch.utc:
            raise InputError(
                f"{path}: {one.place}, time: {one.epoch.isoformat()} follows {rows[-1].epoch.isoformat()}; "
                "the rows must rise in time"
            )
        texts = zip(names, one.texts, strict=True)
        rows.append(Row(one.place, one.epoch, {name: _value(path, one.place, name, text) for name, text in texts}))
    return Series(names, tuple(rows), notes)


def in_order(cells: Iterable[Cells]) -> list[Cells]:
    """Return the cells rising in time; of those of one instant the last in the file."""
    last = {one.epoch: one for one in cells}
    return [last[epoch] for epoch in sorted(last)]


def epoch_of(path: str, place: str, text: str) -> Epoch:
    """Return the instant in a cell. Raises InputError that names file and place."""
    try:
        return Epoch.parse(text)
    except InputError as error:
        raise InputError(f"{path}: {place}, {error}") from None


def _value(path: str, place: str, name: str, cell: str) -> float | None:
    """Return the number in a cell, None for a fill value. Raises InputError."""
    low, high = LIMITS[name]
    if cell.lower() in NOTHING:
        return None
    try:
        value = float(cell)
    except ValueError:
        hint = (kp_in_thirds(cell) if name == "kp" else "") or decimal_comma(cell)
        raise InputError(f"{path}: {place}, {name}: {shown(cell)} is not a number{hint}") from None
    if low <= value <= high:
        return value
    if (abs(value) > high and NINES.fullmatch(cell)) or (name == "kp" and value == KP_MISSING):
        return None
    if VAST <= abs(value) < math.inf:
        return None
    if not math.isfinite(value):
        raise InputError(f"{path}: {place}, {name}: {cut(cell)} is not finite")
    raise InputError(
        f"{path}: {place}, {name}: {cut(cell)} is out of range; allowed: {low:g} to {high:g}{_guess(name, value)}"
    )


def kp_in_thirds(text: str) -> str:
    """Return how to write Kp given as 5-, 5o or 5+, as tables print it, or nothing for any other text."""
    found = re.fullmatch(r"(\d)([-o+])", text.strip())
    value = int(found[1]) + KP_THIRD[found[2]] if found else -1.0
    low, high = LIMITS["kp"]
    return f"; write thirds of Kp as numbers: {value:.2f}" if low <= value <= high else ""


def _guess(name: str, value: float) -> str:
    """Return which unit a number outside the limits may have been written in, else nothing."""
    if name == "kp" and 10.0 <= value <= 90.0 and round(value) % 10 in OMNI_KP and value == round(value):
        return "; it may be Kp times ten, as OMNI writes it: divide by 10"
    if name == "speed_km_s" and -SPEED_KM_S[1] <= value <= -SPEED_KM_S[0]:
        return "; it looks like the velocity's x component: give the speed, without the sign"
    if name == "speed_km_s" and SPEED_KM_S[0] <= value / 1e3 <= SPEED_KM_S[1]:
        return "; it looks like m/s: divide by 1000"
    if name == "density_cm3" and 1e4 <= value <= DENSITY_CM3[1] * 1e6:
        return "; it looks like m-3: divide by 1e6"
    return ""


def check_units(path: str, rows: Iterable[Row]) -> None:
    """Raise InputError for a field that is too small to be in nT throughout; rows without fill values."""
    fields = [(abs(row.values[name] or 0.0), name, row) for row in rows for name in row.values if name.endswith("_nt")]
    largest, name, row = max(fields, key=lambda one: one[0], default=(0.0, "", None))
    if row is not None and 0.0 < largest < TESLA_BELOW:
        raise InputError(
            f"{path}: {row.place}, {name}: {row.values[name]:g} is the strongest field of the file; allowed: "
            "nT, and it looks like T: multiply by 1e9"
        )
