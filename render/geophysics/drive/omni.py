"""The solar wind as NASA's OMNI gives it out in text: hourly, 1 and 5 min, and the web site's listings.

https://spdf.gsfc.nasa.gov/pub/data/omni: low_res_omni/omni2.text and high_res_omni/hroformat.txt count the words of a
line from 1. Its wind is that at the bow shock's nose. Missing values are nines, as many as fit the column.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from render.core.epoch import Epoch
from render.core.errors import InputError
from render.core.messages import cut
from render.core.number_table import is_number
from render.geophysics.drive.rows import WIND, Cells, Series, epoch_of, series_of

# Words of a line, counted from 1 (omni2.text; hroformat.txt)
HOURLY = {"speed_km_s": 25, "by_nt": 16, "bz_nt": 17, "density_cm3": 24, "kp": 39}
MINUTES = {"speed_km_s": 22, "by_nt": 18, "bz_nt": 19, "density_cm3": 26}
HOURLY_WORDS, MINUTES_WORDS = range(55, 58), range(45, 50)
YEARS = range(1963, 2101)
# Of the legend of a listing: what its lines say of the columns that are wanted
LEGEND = re.compile(r"\s*(\d+)\s+(\S.*\S)\s*")
LISTED = {
    "by_nt": re.compile(r"by\b.*\bgsm\b", re.IGNORECASE),
    "bz_nt": re.compile(r"bz\b.*\bgsm\b", re.IGNORECASE),
    "speed_km_s": re.compile(r"(?!.*\bsigma).*\b(plasma |flow )speed\b", re.IGNORECASE),
    "density_cm3": re.compile(r"(?!.*\bsigma).*\bproton density\b", re.IGNORECASE),
    "kp": re.compile(r"kp\b.*index", re.IGNORECASE),
}
HEADS = re.compile(r"\s*YYYY?\s+DOY\s+HR|\s*YEAR\s+DOY\s+HR", re.IGNORECASE)
KP_FILL = 99
DIGITS = re.compile("[0-9]{1,4}")  # of years, days, hours: not those of every script, nor thousands


def omni_words(lines: Sequence[tuple[int, str]]) -> Mapping[str, int] | None:
    """Return which word each column is, counted from 1, where the first line is a bare OMNI line, else None."""
    parts = next((line.split() for _, line in lines if line.strip()), [])
    if len(parts) < MINUTES_WORDS.start or not all(is_number(part) for part in parts):
        return None
    if not all(DIGITS.fullmatch(part) for part in parts[:4]):
        return None
    year, day, hour, minute = (int(part) for part in parts[:4])
    if year not in YEARS or not 1 <= day <= 366 or not 0 <= hour <= 23:
        return None
    if len(parts) in MINUTES_WORDS and 0 <= minute <= 59:
        return MINUTES
    return HOURLY if len(parts) in HOURLY_WORDS else None


def is_listing(lines: Sequence[tuple[int, str]]) -> bool:
    """Return whether the first lines have the row YEAR DOY HR of OMNIWeb's listings."""
    return any(HEADS.match(line) for _, line in lines[:100])


def omni_text(path: str, lines: Sequence[tuple[int, str]], words: Mapping[str, int]) -> Series:
    """Return the series of bare lines. Raises InputError."""
    return _series(path, [one for one in lines if one[1].strip()], words, 4 if words is MINUTES else 3)


def omni_listing(path: str, lines: Sequence[tuple[int, str]]) -> Series:
    """Return the series of a listing: legend, row of names, numbers. Raises InputError."""
    at = next(i for i, (_, line) in enumerate(lines) if HEADS.match(line))
    head = lines[at][1].split()
    dated = 4 if len(head) > 3 and re.match(r"M[NI]", head[3], re.IGNORECASE) else 3
    legend = [found for _, line in lines[:at] if (found := LEGEND.fullmatch(line))]
    words = {name: dated + int(f[1]) for name, form in LISTED.items() for f in legend if form.match(f[2])}
    rows = [one for one in lines[at + 1 :] if one[1].strip()[:1].isdigit()]
    return _series(path, rows, words, dated)


def _series(path: str, lines: Sequence[tuple[int, str]], words: Mapping[str, int], dated: int) -> Series:
    """Return the wind of the lines; Kp where they have no complete row of the wind. Raises InputError."""
    missing = [name for name in WIND if name not in words]
    if missing and "kp" not in words:
        raise InputError(
            f"{path}: OMNI's listing lacks {', '.join(missing)}; allowed: By and Bz in GSM, proton density and plasma "
            "speed, or Kp"
        )
    wind = Series(WIND, ()) if missing else series_of(path, WIND, _cells(path, lines, words, WIND, dated))
    if "kp" not in words:
        return wind
    if any(None not in row.values.values() for row in wind.rows):
        note = f"{path}: the wind is taken, and substorms follow from it; its Kp is left"
        return Series(WIND, wind.rows, (note,))
    return series_of(path, ("kp",), _cells(path, lines, words, ("kp",), dated))


def _cells(
    path: str, lines: Sequence[tuple[int, str]], words: Mapping[str, int], names: Sequence[str], dated: int
) -> Iterator[Cells]:
    before: Epoch | None = None
    for number, line in lines:
        parts, place = line.split(), f"line {number}"
        if len(parts) < max(words[name] for name in names):
            raise InputError(f"{path}: {place}: {len(parts)} columns; column {max(words.values())} is needed")
        epoch = _epoch(path, place, parts[:dated])
        if names[0] == "kp":  # OMNI repeats it each hour of its three
            if epoch.utc.hour % 3 and before is not None:
                continue
            before = epoch
            yield Cells(place, epoch.plus_seconds(-3600.0 * (epoch.utc.hour % 3)), (_kp(parts[words["kp"] - 1]),))
        else:
            yield Cells(place, epoch, tuple(parts[words[name] - 1] for name in names))


def _kp(text: str) -> str:
    """Return OMNI's Kp times ten, 33 for 3+, as Kp in thirds; its fill value and what is none as they are."""
    if not re.fullmatch(r"\d{1,2}(\.0*)?", text) or float(text) == KP_FILL:
        return text
    return f"{round(0.3 * float(text)) / 3.0:.3f}"


def _epoch(path: str, place: str, parts: Sequence[str]) -> Epoch:
    """Return the instant of year, day of the year, hour and, where there is one, minute. Raises InputError."""
    if not all(DIGITS.fullmatch(part) for part in parts):
        raise InputError(f"{path}: {place}: {cut(' '.join(parts))} is no year, day of the year, hour")
    year, day, hour, minute = (*(int(part) for part in parts), 0)[:4]
    if not (1 <= day <= 366 and hour <= 23 and minute <= 59):
        raise InputError(f"{path}: {place}: day {day}, {hour}:{minute:02} is none of a year")
    start = epoch_of(path, place, f"{year:04}-01-01")
    return start.plus_seconds(86_400.0 * (day - 1) + 3600.0 * hour + 60.0 * minute)
