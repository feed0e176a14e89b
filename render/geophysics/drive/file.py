"""A drive measured against time: Kp, or the solar wind, from a user's file, or from one as GFZ, SWPC, OMNI give it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from render.core.cache import file_digest
from render.core.epoch import Epoch
from render.core.errors import InputError
from render.core.number_table import MAX_BYTES, text_of
from render.geophysics.drive.indices import INTERVAL_S
from render.geophysics.drive.native import read_series
from render.geophysics.drive.rows import WIND, Row, Series, check_units
from render.geophysics.drive.solar_wind import MEMORY_S, Array, WindHistory, wind_history

GAP_STEPS = 3.0  # a step of more than this many median steps is a gap
SPARSE_S = 86_400.0  # s: rows farther apart than this say little, for Kp is given every 3 h and the wind every minute
CENTRE_S = INTERVAL_S / 2.0  # s: GFZ tells an interval by its beginning or by its middle, 01:30 UT
LEAST_REPEATED = 2.0  # rows per three hours from which Kp that stays in each of them is taken to be repeated there


@dataclass(frozen=True, eq=False)
class DriveFile:
    """A file's series. `time_s` [row], rising, is counted from `first`; either `kp` [row] or `wind` is None.

    `held`: Kp is that of three hours of UT each, which begin at `time_s`, and does not change within them; else all
    is linear between rows. `gaps`: (start, end) s, of steps too long to bridge; `warnings`: what is strange about the
    file, one line each.
    """

    path: str
    first: Epoch
    time_s: Array
    kp: Array | None
    held: bool
    wind: WindHistory | None
    gaps: tuple[tuple[float, float], ...]
    warnings: tuple[str, ...]

    @property
    def end_s(self) -> float:
        """Return the last instant that the file covers, s after `first`: with held Kp the end of its last interval."""
        return float(self.time_s[-1]) + (INTERVAL_S if self.held else 0.0)

    def kp_at(self, time_s: float) -> float:
        """Return Kp at an instant, s after `first`, that the file covers. Raises InputError for a file of the wind."""
        if self.kp is None:
            raise InputError(f"{self.path}: a file of the solar wind, from which Kp follows")
        if not self.held:
            return float(np.interp(time_s, self.time_s, self.kp))
        return float(self.kp[max(int(np.searchsorted(self.time_s, time_s, side="right")) - 1, 0)])

    def held_between(self, first_s: float, last_s: float) -> list[tuple[Epoch, float]]:
        """Return (beginning, Kp) of the three hours from one instant to another, s after `first`; none if not held."""
        if self.kp is None or not self.held:
            return []
        first, last = np.searchsorted(self.time_s, (first_s, last_s), side="right")
        rows = range(max(int(first) - 1, 0), int(last))
        return [(self.first.plus_seconds(float(self.time_s[row])), float(self.kp[row])) for row in rows]

    def require(self, time_s: float) -> None:
        """Raise InputError where the file says nothing of an instant, s after `first`: outside it, or in a gap."""
        requested = self._when(time_s)
        if not 0.0 <= time_s <= self.end_s:
            raise InputError(
                f"{self.path}: {requested} is outside the file, which goes from {self._when(0.0)} "
                f"to {self._when(self.end_s)}"
            )
        for start, end in self.gaps:
            if start < time_s < end:
                raise InputError(
                    f"{self.path}: {requested} is in a gap from {self._when(start)} to {self._when(end)}"
                    + ("" if self.held else f", longer than {GAP_STEPS:g} of the file's steps of {_span(self._step_s)}")
                )

    def warnings_between(self, first_s: float, last_s: float) -> tuple[str, ...]:
        """Return what is doubtful about the file from one instant to another, s after `first`."""
        found = list(self.warnings)
        before = [gap for gap in self.gaps if gap[0] < last_s]
        if before:
            start, end = max(before, key=lambda gap: gap[1] - gap[0])
            count = f"{len(before)} gaps, the longest" if len(before) > 1 else "a gap"
            means = "" if self.held else ", and means over the past take it linear there"
            span = f"from {self._when(start)} to {self._when(end)}"
            found.append(f"{self.path}: {count} {span}; instants inside are refused{means}")
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


def read_drive_file(path: str | Path, field_path: str | Path | None = None) -> DriveFile:
    """Read Kp or the wind against time, rising: CSV with the columns time and kp, or time and those of WIND.

    Or a file as GFZ, SWPC, OMNI or a HAPI server gives it out, told by its first lines; `field_path` has what the first
    lacks, as SWPC's mag does for its plasma. Rows with an empty cell, NaN or a fill value (9999.9 and the like, null;
    -1 for Kp) are left out, with a warning. Kp of every three hours of UT, by their beginning or middle, holds for
    them; all else is linear between rows. An unchanged file gives the same object. Raises InputError, one line that
    names file, line and column, for anything else, and for values that look like another unit.
    """
    other = "" if field_path is None else str(field_path)
    return _read(str(path), file_digest(path, MAX_BYTES), other, file_digest(other, MAX_BYTES) if other else "")


@lru_cache(maxsize=8)
def _read(path: str, _content: str, field_path: str, _field_content: str) -> DriveFile:
    series = _series(path)
    if field_path:
        series = _joined(path, series, field_path, _series(field_path))
    elif "kp" not in series.names and len(series.names) < len(WIND):
        lacking = [name for name in WIND if name not in series.names]
        raise InputError(
            f"{path}: has {' and '.join(series.names)}; {' and '.join(lacking)} are in SWPC's other file, plasma or "
            "mag: give it as field_file"
        )
    rows = [row for row in series.rows if None not in row.values.values()]
    filled = [row for row in series.rows if None in row.values.values()]
    if len(rows) < 2:
        raise InputError(f"{path}: {len(rows)} rows of numbers ({len(filled)} hold fill values); at least 2 are needed")
    check_units(path, rows)
    first = rows[0].epoch
    time = np.array([row.epoch.seconds_since(first) for row in rows])
    columns = {name: np.array([row.values[name] for row in rows], float) for name in series.names}
    notes = series.notes
    if "kp" not in columns:
        wind = wind_history(time, *(columns[name] for name in WIND))
        warnings = (*notes, *_whole_file_warnings(path, filled, np.diff(time), held=False))
        return DriveFile(path, first, time, None, False, wind, _gaps(time, 0.0), warnings)
    since_midnight = first.seconds_since(Epoch.parse(first.isoformat()[:10]))
    kept = _held_rows(time + since_midnight, columns["kp"])
    held = kept is not None
    warnings = (*notes, *_whole_file_warnings(path, filled, np.diff(time), held))
    if kept is None:
        if np.median(np.diff(time)) == INTERVAL_S:
            warnings += (f"{path}: Kp every 3 h, but neither at 00, 03 ... UT nor at 01:30 ...; taken linear between",)
        return DriveFile(path, first, time, columns["kp"], False, None, _gaps(time, 0.0), warnings)
    begins = INTERVAL_S * np.floor((time + since_midnight) / INTERVAL_S)[kept]
    first = first.plus_seconds(float(begins[0]) - since_midnight)
    time = begins - begins[0]
    return DriveFile(path, first, time, columns["kp"][kept], True, None, _gaps(time, INTERVAL_S), warnings)


def _series(path: str) -> Series:
    """Return what one file says. Raises InputError."""
    if Path(path).is_file() and Path(path).stat().st_size > MAX_BYTES:
        raise InputError(f"{path}: more than {MAX_BYTES // 1_000_000} MB; cut out the days that are needed")
    return read_series(path, text_of(Path(path), ("time", "kp")))


def _joined(path: str, series: Series, field_path: str, field: Series) -> Series:
    """Return the rows of two files of one wind at the instants that both have. Raises InputError."""
    lacking = [name for name in WIND if name not in (*series.names, *field.names)]
    doubled = [name for name in series.names if name in field.names]
    if doubled or lacking or "kp" in (*series.names, *field.names):
        raise InputError(
            f"{field_path}: has {' and '.join(field.names)}, and {path} {' and '.join(series.names)}; allowed as file "
            "and field_file: two that have speed and density, and By and Bz, of one wind (SWPC's plasma and mag)"
        )
    others = {row.epoch: row for row in field.rows}
    rows = tuple(
        Row(row.place, row.epoch, {**row.values, **others[row.epoch].values})
        for row in series.rows
        if row.epoch in others
    )
    if not rows:
        raise InputError(f"{path}: no instant in common with {field_path}")
    alone = len(series.rows) + len(field.rows) - 2 * len(rows)
    note = (f"{path}: {alone} rows have no partner in {field_path} at their instant and are left out",) if alone else ()
    return Series(WIND, rows, (*series.notes, *field.notes, *note))


def _held_rows(since_midnight_s: Array, kp: Array) -> Array | None:
    """Return the first row of each three hours of UT [interval] where Kp is that of three hours, else None.

    It is where rows are three hours apart, some missing, at the beginnings (00 UT) or middles (01:30) of GFZ's
    intervals; or where they are closer and Kp stays within every interval, as in OMNI's hourly files.
    """
    step = float(np.diff(since_midnight_s).min())
    within = since_midnight_s % INTERVAL_S
    interval = np.floor(since_midnight_s / INTERVAL_S)
    starts = np.flatnonzero(np.diff(interval, prepend=interval[0] - 1.0))
    if step == INTERVAL_S:
        return starts if (within == within[0]).all() and within[0] in (0.0, CENTRE_S) else None
    if step > INTERVAL_S or len(starts) < 2 or len(kp) < LEAST_REPEATED * len(starts):
        return None
    stays = np.diff(kp)[np.diff(interval) == 0.0] == 0.0
    return starts if stays.all() else None


def _gaps(time_s: Array, held_s: float) -> tuple[tuple[float, float], ...]:
    """Return (start, end) of the steps that are too long to bridge; a row holds for `held_s` of them."""
    steps = np.diff(time_s)
    long = np.flatnonzero(steps > GAP_STEPS * (held_s or np.median(steps)))
    return tuple((float(time_s[i]) + held_s, float(time_s[i + 1])) for i in long)


def _whole_file_warnings(path: str, filled: list[Row], steps: Array, held: bool) -> tuple[str, ...]:
    """Return what is strange about a whole file, one line each: rows left out, and `steps` [n], s, between the rest."""
    found = []
    if filled:
        before = "; the Kp before them holds on" if held else ""
        words = f"{len(filled)} rows hold fill values or nothing (first: {filled[0].place}) and are left out"
        found.append(f"{path}: {words}{before}")
    if np.median(steps) > SPARSE_S:
        found.append(f"{path}: the rows are {_span(float(np.median(steps)))} apart, and taken linear between")
    return tuple(found)


def _span(seconds: float) -> str:
    """Return seconds as people say them: 60 s, 45 min, 3 h, 4 days."""
    if seconds < 120.0:
        return f"{seconds:g} s"
    if seconds < 7200.0:
        return f"{seconds / 60.0:.3g} min"
    return f"{seconds / 3600.0:.3g} h" if seconds < 172_800.0 else f"{seconds / 86_400.0:.0f} days"
