"""Elements by date: the shipped table of the ISS, one set a day since its launch."""

from __future__ import annotations

import lzma
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import numpy as np

from render.core.epoch import Epoch
from render.core.errors import InputError
from render.core.geodesy import Array

TABLE = "iss_elements.txt.xz"
FIRST_YEAR = 1957  # of the two digits of a TLE's epoch: 57 to 99 are the last century's
DAY_S = 86_400.0
# days: of the table's own sets one misses the other along the track, in the median, by 2 km after one day, 7 after two,
# 14 after three, 36 after five, 80 after seven and 460 after fourteen, as the air is not known and the station is
# lifted; by more than 100 km in 3, 8, 14, 27, 45 and 83 of 100. Five days, 5 s of its way, are the most that serves.
MOST_DAYS = 5.0


@dataclass(frozen=True)
class ShippedElements:
    """A set of two lines, its own epoch, and the days from it to what it was asked for (negative: before it)."""

    lines: tuple[str, str]
    epoch: Epoch
    gap_days: float


@lru_cache(maxsize=64)
def elements_nearest(epoch: Epoch) -> ShippedElements:
    """Return the set of the ISS nearest in time to an instant.

    Raises InputError where that is more than MOST_DAYS away: outside the table, or in a gap of it.
    """
    lines, since_s = _table()
    wanted_s = epoch.seconds_since(_ZERO)
    at = int(np.argmin(np.abs(since_s - wanted_s)))
    found, gap_days = _ZERO.plus_seconds(float(since_s[at])), (wanted_s - float(since_s[at])) / DAY_S
    if abs(gap_days) > MOST_DAYS:
        first, last = (_ZERO.plus_seconds(float(since_s[end])).isoformat()[:10] for end in (0, -1))
        raise InputError(
            f'[observer] satellite = "ISS": the elements nearest to {epoch.isoformat()} are of {_second(found)}, '
            f"{abs(gap_days):.1f} days away, and hold for {MOST_DAYS:g}; there are some from {first} to {last}; give "
            "tle instead, or another time"
        )
    return ShippedElements((lines[2 * at], lines[2 * at + 1]), found, gap_days)


def gap_words(found: ShippedElements) -> str:
    """Return which set was taken, and how far it is from what it was asked for."""
    return set_words("ISS", found.epoch, found.gap_days)


def set_words(name: str, epoch: Epoch, gap_days: float) -> str:
    """Return whose elements were taken, of when, and how far a scene is from them."""
    side = "before" if gap_days < 0.0 else "after"
    return f"{name} by its elements of {_second(epoch)}; the scene is {abs(gap_days):.2f} days {side} them"


_ZERO = Epoch.parse(f"{FIRST_YEAR}-01-01T00:00:00Z")


@lru_cache(maxsize=1)
def _table() -> tuple[list[str], Array]:
    """Return all lines, two of each set, and the sets' epochs [set], s after _ZERO, rising."""
    text = lzma.decompress((files("render") / "data" / TABLE).read_bytes()).decode("ascii")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    year = np.array([int(line[18:20]) for line in lines[::2]])
    year += np.where(year < FIRST_YEAR % 100, 2000, 1900)
    starts = (year - 1970).astype("datetime64[Y]").astype("datetime64[s]") - np.datetime64(f"{FIRST_YEAR}-01-01", "s")
    day = np.array([float(line[20:32]) for line in lines[::2]])
    return lines, starts.astype(float) + DAY_S * (day - 1.0)


def _second(epoch: Epoch) -> str:
    """Return an epoch to the second."""
    return Epoch(epoch.utc.replace(microsecond=0)).isoformat()
