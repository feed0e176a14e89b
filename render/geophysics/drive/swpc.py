"""Kp and solar wind as NOAA's Space Weather Prediction Center gives them out: JSON under services.swpc.noaa.gov.

Two forms: a list of rows below a row of names, and a list of objects. Missing values are null or empty.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from render.core.errors import InputError
from render.core.messages import cut
from render.geophysics.drive.rows import WIND, Cells, Series, epoch_of, in_order, series_of

# Names of columns, lower case; where a file has several, the first that is here
COLUMNS = {
    "kp": ("kp_fraction", "estimated_kp", "kp", "kp_index"),
    "speed_km_s": ("speed", "proton_speed"),
    "by_nt": ("by_gsm", "by"),  # propagated-solar-wind has by, bz: GSM (recalled)
    "bz_nt": ("bz_gsm", "bz"),
    "density_cm3": ("density", "proton_density"),
}
TIMES = ("propagated_time_tag", "time_tag")  # the first is when the wind is at the Earth
OBSERVED = ("observed", "")  # words of the forecast's rows that were measured
UPSTREAM_KM = 1.5e6  # km from the Earth to L1, where the wind is measured (0.01 au)


def is_swpc(content: Any) -> bool:
    """Return whether it is one of the centre's tables: rows or objects with a time_tag."""
    if not isinstance(content, list) or not content:
        return False
    head = content[0]
    return "time_tag" in head if isinstance(head, (list, Mapping)) else False


def swpc_json(path: str, content: Sequence[Any]) -> Series:
    """Return the series of a table: Kp, or what it has of the wind. Raises InputError."""
    rows = _objects(path, content)
    present = set().union(*(set(row) for _, row in rows)) if rows else set()
    found = {name: next((own for own in own_names if own in present), "") for name, own_names in COLUMNS.items()}
    names = ("kp",) if found["kp"] else tuple(name for name in WIND if found[name])
    if not names:
        raise InputError(
            f"{path}: SWPC's table of {', '.join(map(cut, sorted(present)[:8])) or 'nothing'}; allowed: Kp, or speed, "
            "density, by_gsm, bz_gsm"
        )
    time = next(name for name in TIMES if name in present)
    cells, unobserved = [], 0
    for entry, row in rows:
        if row.get("active") is False:  # of several spacecraft one is the active one
            continue
        place = f"entry {entry}"
        unobserved += str(row.get("observed") or "").lower() not in OBSERVED
        texts = tuple(_text(row.get(found[name])) for name in names)
        cells.append(Cells(place, epoch_of(path, place, _text(row.get(time))), texts))
    notes = [f"{path}: {unobserved} rows are estimated or predicted, not observed"] if unobserved else []
    series = series_of(path, names, in_order(cells))
    return Series(names, series.rows, (*notes, *_upstream(path, series, time)))


def _objects(path: str, content: Sequence[Any]) -> list[tuple[int, dict[str, Any]]]:
    """Return (entry, values by name in lower case) of each row, counted from 1. Raises InputError."""
    listed = isinstance(content[0], list)
    names = [str(name).lower() for name in content[0]] if listed else []
    found = []
    for entry, row in enumerate(content[1:] if listed else content, 1):
        if isinstance(row, Mapping):
            found.append((entry, {str(name).lower(): value for name, value in row.items()}))
        elif isinstance(row, list) and len(row) == len(names):
            found.append((entry, dict(zip(names, row, strict=True))))
        else:
            raise InputError(
                f"{path}: entry {entry}: no row of the {len(names)} columns {', '.join(map(cut, names[:12]))}"
            )
    return found


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()


def _upstream(path: str, series: Series, time: str) -> list[str]:
    """Return one line where the instants are those of the measurement, upstream of the Earth."""
    speeds = [row.values["speed_km_s"] for row in series.rows if row.values.get("speed_km_s")]
    if time != "time_tag" or not speeds:
        return []
    speed = float(np.median(np.array(speeds, float)))
    return [
        f"{path}: measured at L1, from where the wind takes about {UPSTREAM_KM / speed / 60.0:.0f} min to the Earth; "
        "the times are taken as they are"
    ]
