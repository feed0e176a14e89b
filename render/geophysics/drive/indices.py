"""Kp and F10.7 as they were measured, by date: the shipped table of seven solar cycles."""

from __future__ import annotations

import io
import lzma
import math
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import numpy as np

from render.core.epoch import Epoch
from render.geophysics.drive.solar_wind import Array

TABLE = "kp_f107.csv.xz"
INTERVAL_S, DAY_S = 10_800.0, 86_400.0  # s: a Kp holds for three hours of UT, F10.7 is measured once a day
INTERVALS = 8  # a day
THIRDS_PER_TENTH = 0.3  # Kp is printed in tenths: 43 is 4+, 47 is 5-, a third of a step apart
MEAN_DAYS = 81  # days of F10.7's mean, its own day in the middle (as NRLMSIS wants it; Picone et al. 2002)
# An hour's burst of radio waves, or a misprint, is no change of the extreme ultraviolet that F10.7 stands for. A day's
# flux that is this many times the median of five days, or less than its inverse, is taken as the median: 22 and 2 days
# of 24765, the others stay below 1.29 (calibrated on the table itself)
BURST_RATIO, BURST_DAYS = 1.3, 5
KP_MARKS = "o+-"  # of Kp's thirds, as tables print them: 4o, 4+, 5-


@dataclass(frozen=True, eq=False)
class MeasuredIndices:
    """The indices from `first`, 00 UT of a day: `kp` [interval of 3 h], 0 to 9; `f107` [day], 1e-22 W m-2 Hz-1.

    F10.7 is the flux at Earth, as NRLMSIS wants it: observed, not adjusted to 1 AU, between which lie 3 % of a year.
    """

    first: Epoch
    kp: Array
    f107: Array

    @property
    def last(self) -> Epoch:
        """Return the end of the last day, which is not in the table any more."""
        return self.first.plus_seconds(DAY_S * len(self.f107))

    def kp_at(self, epoch: Epoch, time_s: float = 0.0) -> float | None:
        """Return Kp `time_s` after an instant, that of the three hours that it is in; None outside the table."""
        interval = math.floor((epoch.seconds_since(self.first) + time_s) / INTERVAL_S)
        return float(self.kp[interval]) if 0 <= interval < len(self.kp) else None

    def kp_of_day(self, epoch: Epoch, time_s: float = 0.0) -> Array | None:
        """Return the eight Kp of the UT day that is `time_s` after an instant; None outside the table."""
        day = self._day(epoch, time_s)
        return None if day is None else self.kp[INTERVALS * day : INTERVALS * (day + 1)]

    def flux(self, epoch: Epoch) -> tuple[float, float] | None:
        """Return (F10.7 of the day before, its 81-day mean around the day); None outside the table.

        Of its first day too, which has none before it. Near the ends the mean is of the days that there are.
        """
        day = self._day(epoch)
        if not day:
            return None
        first, last = self._mean_days(day)
        return float(self.f107[day - 1]), float(self.f107[first : last + 1].mean())

    def mean_span(self, epoch: Epoch) -> tuple[Epoch, Epoch]:
        """Return the first and the last day, at 00 UT, of the mean of F10.7 around an instant inside the table."""
        first, last = self._mean_days(self._day(epoch) or 0)
        return self.first.plus_seconds(DAY_S * first), self.first.plus_seconds(DAY_S * last)

    def _mean_days(self, day: int) -> tuple[int, int]:
        half = MEAN_DAYS // 2
        return max(day - half, 0), min(day + half, len(self.f107) - 1)

    def _day(self, epoch: Epoch, time_s: float = 0.0) -> int | None:
        day = math.floor((epoch.seconds_since(self.first) + time_s) / DAY_S)
        return day if 0 <= day < len(self.f107) else None


@lru_cache(maxsize=1)
def measured_indices() -> MeasuredIndices:
    """Return the shipped table, read at the first call (0.1 s); sources stand at its head."""
    text = lzma.decompress((files("render") / "data" / TABLE).read_bytes()).decode("ascii")
    rows = text[text.index("\nday,") + 1 :]
    numbers = np.loadtxt(io.StringIO(rows), delimiter=",", skiprows=1, usecols=range(1, INTERVALS + 2))
    first = Epoch.parse(rows.splitlines()[1].partition(",")[0])
    thirds = np.round(THIRDS_PER_TENTH * numbers[:, :INTERVALS])
    return MeasuredIndices(first, (thirds / 3.0).ravel(), without_bursts(numbers[:, INTERVALS]))


def without_bursts(f107: Array) -> Array:
    """Return F10.7 [day] with the days that BURST_RATIO finds taken as the median of five days around them."""
    half = BURST_DAYS // 2
    around = np.lib.stride_tricks.sliding_window_view(np.pad(f107, half, mode="edge"), BURST_DAYS)
    median = np.median(around, axis=1)
    ratio = f107 / median
    return np.where((ratio > BURST_RATIO) | (ratio < 1.0 / BURST_RATIO), median, f107)


def kp_in_words(kp: float) -> str:
    """Return Kp as tables print it, e.g. 4+ for 4.33 and 5- for 4.67: of the third that is nearest."""
    thirds = round(3.0 * kp)
    return f"{(thirds + 1) // 3}{KP_MARKS[thirds % 3]}"
