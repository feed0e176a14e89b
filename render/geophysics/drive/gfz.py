"""Kp as GFZ Potsdam gives it out: the text files since 1932 and of now, and the web service's JSON.

https://kp.gfz.de, CC BY 4.0 (Matzka et al. 2021, Space Weather 19, e2020SW002641). Missing values are -1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from render.core.epoch import Epoch
from render.core.errors import InputError
from render.core.messages import cut
from render.geophysics.drive.indices import INTERVAL_S, INTERVALS
from render.geophysics.drive.rows import Cells, Series, epoch_of, in_order, series_of

NAMES = re.compile(r"#\s*YYY\s+MM\s+DD\s.*")  # their row of names, with three Y
DAILY_COLUMNS, DAILY_KP = 28, 7  # year, month, day, days, days_m, Bsr, dB; Kp and ap, eight each; Ap, SN, F10.7, D
HOURLY_COLUMNS, HOURLY_KP = 10, 7  # year, month, day, hh.h, hh._m, days, days_m, Kp, ap, D
DAILY_LINE = re.compile(r"\s*(19|20)\d\d [ 01]\d [ 0-3]\d +\d{5} ")  # year, month, day, days since 1932


def is_gfz_text(lines: Sequence[tuple[int, str]]) -> bool:
    """Return whether the first lines, (number, text), are those of a text file of Kp, Hp30 or Hp60."""
    named = any(NAMES.match(line) for _, line in lines)
    bare = next((line for _, line in lines if line.strip() and not line.startswith("#")), "")
    return named or (bool(DAILY_LINE.match(bare)) and len(bare.split()) == DAILY_COLUMNS)


def gfz_text(path: str, lines: Sequence[tuple[int, str]]) -> Series:
    """Return the Kp of a text file: a day a line with eight Kp, or three hours a line. Raises InputError."""
    names = next((line for _, line in lines if NAMES.match(line)), "")
    other = re.search(r"\bHp[36]0\b", names)
    if other:
        raise InputError(f"{path}: {other[0]} of GFZ, which is not Kp above 9; allowed: its files Kp_ap...txt")
    return series_of(path, ("kp",), _text_cells(path, lines, "Kp1" in names or not names))


def _text_cells(path: str, lines: Sequence[tuple[int, str]], daily: bool) -> Iterator[Cells]:
    columns = DAILY_COLUMNS if daily else HOURLY_COLUMNS
    for number, line in lines:
        parts = line.split()
        if not parts or line.startswith("#"):
            continue
        place = f"line {number}"
        if len(parts) != columns:
            raise InputError(f"{path}: {place}: {len(parts)} columns; GFZ's file has {columns}")
        day = epoch_of(path, place, "-".join(part.zfill(2) for part in parts[:3]))
        if daily:
            for interval, kp in enumerate(parts[DAILY_KP : DAILY_KP + INTERVALS]):
                yield Cells(f"{place}, Kp{interval + 1}", day.plus_seconds(INTERVAL_S * interval), (kp,))
        else:
            yield Cells(place, _hours_after(path, place, day, parts[3]), (parts[HOURLY_KP],))


def _hours_after(path: str, place: str, day: Epoch, hours: str) -> Epoch:
    if not re.fullmatch(r"\d{1,2}(\.\d+)?", hours):
        raise InputError(f"{path}: {place}: {cut(hours)} is no hour of the day; allowed: 00.0 to 21.0")
    return day.plus_seconds(3600.0 * float(hours))


def is_gfz_json(content: Any) -> bool:
    """Return whether it is the web service's answer: a list of instants beside lists of values."""
    return isinstance(content, Mapping) and isinstance(content.get("datetime"), list)


def gfz_json(path: str, content: Mapping[str, Any]) -> Series:
    """Return the Kp of the web service's answer. Raises InputError."""
    times, values = content["datetime"], content.get("Kp")
    if not isinstance(values, list):
        found = ", ".join(map(cut, sorted(set(content) - {"datetime", "meta", "status"})[:8])) or "nothing"
        raise InputError(f"{path}: GFZ's answer holds {found}; allowed: Kp, asked for with index=Kp")
    if len(values) != len(times):
        raise InputError(f"{path}: {len(times)} instants and {len(values)} values of Kp; one each is needed")
    cells = []
    for entry, (time, value) in enumerate(zip(times, values, strict=True), 1):
        place = f"entry {entry}"
        cells.append(Cells(place, epoch_of(path, place, str(time)), ("" if value is None else str(value),)))
    return series_of(path, ("kp",), in_order(cells))
