"""A drive measured against time: Kp, or the solar wind, from a user's CSV file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np

from render.core.cache import file_digest
from render.core.epoch import Epoch
from render.core.errors import InputError
from render.core.messages import shown
from render.core.number_table import MAX_BYTES, _check_header, _text
from render.geophysics.drive.solar_wind import (
    DENSITY_CM3,
    FIELD_NT,
    MEMORY_S,
    SPEED_KM_S,
    Array,
    WindHistory,
    wind_history,
)

WIND = ("speed_km_s", "by_nt", "bz_nt", "density_cm3")
LIMITS = {"kp": (0.0, 9.0), "speed_km_s": SPEED_KM_S, "by_nt": FIELD_NT, "bz_nt": FIELD_NT, "density_cm3": DENSITY_CM3}
GAP_STEPS = 3.0  # a step of more than this many median steps is a gap
SPARSE_S = 86_400.0  # s: rows farther apart than this say little, for Kp is given every 3 h and the wind every minute
NINES = re.compile(r"[+-]?9{2,}(\.9*|\.0*)?")  # OMNI's fill values: 99, 999.9, 9999.99, 99999.9 ...
KP_MISSING = -1.0  # in the files of GFZ Potsdam
TESLA_BELOW = 1e-3  # nT: a field whose largest component is less was written in T (or uT, mT); the wind's is 1 to 50
KP_THIRD = {"-": -1.0 / 3.0, "o": 0.0, "+": 1.0 / 3.0}  # Kp's own notation (Bartels et al. 1939)
OMNI_KP = {0, 3, 7}  # last digit of Kp times ten, as OMNI writes Kp


@dataclass(frozen=True, eq=False)
class DriveFile:
    """A file's series. `time_s` [row], rising, is counted from `first`; either `kp` [row] or `wind` is None.

    `gaps`: (start, end) s, of steps too long to bridge; `warnings`: what is strange about the file, one line each.
    """

    path: str
    first: Epoch
    time_s: Array
    kp: Array | None
    wind: WindHistory | None
    gaps: tuple[tuple[float, float], ...]
    warnings: tuple[str, ...]

    def require(self, time_s: float) -> None:
        """Raise InputError where the file says nothing of an instant, s after `first`: outside it, or in a gap."""
        requested = self._when(time_s)
        if not 0.0 <= time_s <= self.time_s[-1]:
            raise InputError(
                f"{self.path}: {requested} is outside the file, which goes from {self._when(0.0)} "
                f"to {self._when(float(self.time_s[-1]))}"
            )
        for start, end in self.gaps:
            if start < time_s < end:
                raise InputError(
                    f"{self.path}: {requested} is in a gap from {self._when(start)} to {self._when(end)}, longer than "
                    f"{GAP_STEPS:g} of the file's steps of {_span(self._step_s)}"
                )

    def warnings_between(self, first_s: float, last_s: float) -> tuple[str, ...]:
        """Return what is doubtful about the file from one instant to another, s after `first`."""
        found = list(self.warnings)
        before = [gap for gap in self.gaps if gap[0] < last_s]
        if before:
            start, end = max(before, key=lambda gap: gap[1] - gap[0])
            count = f"{len(before)} gaps, the longest" if len(before) > 1 else "a gap"
            found.append(
                f"{self.path}: {count} from {self._when(start)} to {self._when(end)}; instants inside are refused, "
                "and means over the past take it linear there"
            )
        if self.wind is not None and first_s < MEMORY_S:
            found.append(
                f"{self.path}: begins {_span(first_s)} before the first instant; Kp averages over {_span(MEMORY_S)} "
                "and substorms more: let it begin half a day earlier"
            )
        return tuple(found)

    @property
    def _step_s(self) -> float:
        return float(np.median(np.diff(self.time_s)))

    def _when(self, time_s: float) -> str:
        return self.first.plus_seconds(time_s).isoformat()


def read_drive_file(path: str | Path) -> DriveFile:
    """Read a CSV file with the columns time (ISO 8601, UTC) and kp, or time and those of WIND; times rise.

    Rows with an empty cell, NaN or a fill value (9999.9 and the like; -1 for Kp) are left out, with a warning. An
    unchanged file gives the same object. Raises InputError, one line that names file, line and column, for anything
    else, and for values that look like another unit.
    """
    return _read(str(path), file_digest(path, MAX_BYTES))


@lru_cache(maxsize=8)
def _read(path: str, _content: str) -> DriveFile:
    names, numbered = _rows(Path(path))
    rows = [_Row(path, number, cells, names) for number, cells in numbered]
    for before, row in pairwise(rows):
        if row.epoch.utc <= before.epoch.utc:
            raise InputError(
                f"{path}: line {row.number}, time: {row.epoch.isoformat()} follows {before.epoch.isoformat()}; "
                "the rows must rise in time"
            )
    filled = [row for row in rows if None in row.values.values()]
    rows = [row for row in rows if None not in row.values.values()]
    if len(rows) < 2:
        raise InputError(f"{path}: {len(rows)} rows of numbers ({len(filled)} hold fill values); at least 2 are needed")
    _check_units(path, rows)
    first = rows[0].epoch
    time = np.array([row.epoch.seconds_since(first) for row in rows])
    columns = {name: np.array([row.values[name] for row in rows], float) for name in names if name != "time"}
    steps = np.diff(time)
    gaps = tuple((float(time[i]), float(time[i + 1])) for i in np.flatnonzero(steps > GAP_STEPS * np.median(steps)))
    wind = None if "kp" in columns else wind_history(time, *(columns[name] for name in WIND))
    return DriveFile(path, first, time, columns.get("kp"), wind, gaps, _whole_file_warnings(path, filled, steps))


def _whole_file_warnings(path: str, filled: list[_Row], steps: Array) -> tuple[str, ...]:
    """Return what is strange about a whole file, one line each: rows left out, and `steps` [n], s, between the rest."""
    found = []
    if filled:
        found.append(
            f"{path}: {len(filled)} rows hold fill values or nothing (first: line {filled[0].number}) and are left out"
        )
    if np.median(steps) > SPARSE_S:
        found.append(f"{path}: the rows are {_span(float(np.median(steps)))} apart, and taken linear between")
    return tuple(found)


def _rows(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Return the column names and (line number, cells) of each row. Raises InputError."""
    if path.is_file() and path.stat().st_size > MAX_BYTES:
        raise InputError(f"{path}: more than {MAX_BYTES // 1_000_000} MB; cut out the days that are needed")
    lines = [
        (number, [cell.strip().strip('"').strip() for cell in line.split(",")])
        for number, line in enumerate(_text(path, ("time", "kp")).split("\n"), 1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    wanted = f"the first row must name the columns: time,kp or time,{','.join(WIND)}"
    if not lines:
        raise InputError(f"{path}: empty; {wanted}")
    header = lines[0][1]
    both = [name for name in WIND if name in header]
    if "kp" in header and both:
        raise InputError(f"{path}: kp and {both[0]} both say what drives the aurora; give one: {wanted}")
    required: tuple[str, ...] = ("time", "kp") if "kp" in header else ("time", *WIND)
    if not set(header) & {"kp", *WIND}:
        required = ("time", "kp", *WIND)  # a slip in the only name that tells: all may have been meant
        if header == ["time"]:
            raise InputError(f"{path}: only the column time; {wanted}")
    if any(_is_time(cell) for cell in header):
        raise InputError(f"{path}: no row of column names; {wanted}")
    _check_header(path, header, required, (), wanted)
    return header, lines[1:]


def _is_time(text: str) -> bool:
    try:
        Epoch.parse(text)
    except InputError:
        return False
    return True


class _Row:
    """One line: `epoch`, and `values` by column, None for a fill value. Raises InputError that names the cell."""

    def __init__(self, path: str, number: int, cells: list[str], names: list[str]) -> None:
        if len(cells) != len(names):
            raise InputError(f"{path}: line {number}: {len(cells)} values, the header names {len(names)} columns")
        self.number, self.values = number, dict[str, float | None]()
        for name, cell in zip(names, cells, strict=True):
            if name == "time":
                self.epoch = _epoch(path, number, cell)
            else:
                self.values[name] = _value(path, number, name, cell)


def _epoch(path: str, number: int, cell: str) -> Epoch:
    try:
        return Epoch.parse(cell)
    except InputError as error:
        raise InputError(f"{path}: line {number}, {error}") from None


def _value(path: str, number: int, name: str, cell: str) -> float | None:
    """Return the number in a cell, None for a fill value. Raises InputError."""
    low, high = LIMITS[name]
    if cell.lower() in ("", "nan"):
        return None
    try:
        value = float(cell)
    except ValueError:
        hint = kp_in_thirds(cell) if name == "kp" else ""
        raise InputError(f"{path}: line {number}, {name}: {shown(cell)} is not a number{hint}") from None
    if (abs(value) > high and NINES.fullmatch(cell)) or (name == "kp" and value == KP_MISSING):
        return None
    if not np.isfinite(value):
        raise InputError(f"{path}: line {number}, {name}: {cell} is not finite")
    if not low <= value <= high:
        raise InputError(
            f"{path}: line {number}, {name}: {cell} is out of range; allowed: {low:g} to {high:g}{_guess(name, value)}"
        )
    return value


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


def _check_units(path: str, rows: list[_Row]) -> None:
    """Raise InputError for a field that is too small to be in nT throughout."""
    if "by_nt" not in rows[0].values:
        return
    found = [(abs(row.values[name] or 0.0), name, row) for row in rows for name in ("by_nt", "bz_nt")]
    largest, name, row = max(found, key=lambda one: one[0])
    if 0.0 < largest < TESLA_BELOW:
        raise InputError(
            f"{path}: line {row.number}, {name}: {row.values[name]:g} is the strongest field of the file; allowed: "
            "nT, and it looks like T: multiply by 1e9"
        )


def _span(seconds: float) -> str:
    """Return seconds as people say them: 60 s, 45 min, 3 h, 4 days."""
    if seconds < 120.0:
        return f"{seconds:g} s"
    if seconds < 7200.0:
        return f"{seconds / 60.0:.3g} min"
    return f"{seconds / 3600.0:.3g} h" if seconds < 172_800.0 else f"{seconds / 86_400.0:.0f} days"
