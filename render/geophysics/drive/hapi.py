"""Series from a HAPI server (Heliophysics Data Application Programmer's Interface), CSV with its header, or JSON.

https://github.com/hapi-server/data-specification: the header names each column with its unit and fill value.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from render.core.errors import InputError
from render.core.messages import cut, shown
from render.core.number_table import is_number
from render.geophysics.drive.rows import WIND, Cells, Series, epoch_of, series_of

# Names of parameters, lower case, without an OMNI hourly file's 1800; x, y, z of vectors follow in brackets
NAMES = {
    "kp": ("kp",),
    "speed_km_s": ("flow_speed", "v", "speed", "proton_speed"),
    "by_nt": ("by_gsm", "b_gsm[1]", "bgsm[1]"),
    "bz_nt": ("bz_gsm", "b_gsm[2]", "bgsm[2]"),
    "density_cm3": ("proton_density", "n", "np", "density"),
}
HOURLY = re.compile(r"1800$")
# Units as servers write them, without blanks, ^ and brackets, lower case; of Kp any: it has none
UNITS = {
    "speed_km_s": ("km/s", "kms-1", "kms**-1"),
    "by_nt": ("nt",),
    "bz_nt": ("nt",),
    "density_cm3": ("n/cc", "#/cc", "cm-3", "1/cm3", "#/cm3", "per/cc", "percc", "/cc", "cm**-3", "n/cm3"),
}
MOST = 10_000  # components of a vector
TIMES_TEN = re.compile(r"\*\s*10|x\s*10|1800")  # in OMNI's name or words of Kp


@dataclass(frozen=True)
class Parameter:
    """One column of the answer: its name, unit and fill value as the header has them, and what it says in words."""

    name: str
    unit: str
    fill: str | None
    words: str


def is_hapi(content: Any) -> bool:
    """Return whether it is a HAPI header or answer."""
    return isinstance(content, Mapping) and isinstance(content.get("parameters"), list)


def hapi_header(lines: Sequence[tuple[int, str]]) -> Any:
    """Return the JSON that the first lines hold after #, or None where they hold none."""
    head = []
    for _, line in lines:
        if not line.startswith("#"):
            break
        head.append(line[1:])
    if not head or not "".join(head).lstrip().startswith("{"):
        return None
    try:
        return json.loads("\n".join(head))
    except (ValueError, RecursionError):
        return None


def hapi_series(path: str, header: Mapping[str, Any], rows: Sequence[tuple[str, Sequence[str]]]) -> Series:
    """Return the series of rows, (place, cells), below a header. Raises InputError."""
    columns = _columns(path, header["parameters"])
    chosen = {name: index for name in NAMES if (index := _index(name, columns)) is not None}
    names = WIND if all(name in chosen for name in WIND) else ("kp",)
    if names[0] not in chosen:
        found = ", ".join(cut(column.name) for column in columns[1:9])
        raise InputError(
            f"{path}: HAPI data of {found or 'nothing'}; allowed: flow_speed, BY_GSM, BZ_GSM and proton_density, or KP"
        )
    for name in names:
        _check_unit(path, name, columns[chosen[name]])
    cells = []
    for place, texts in rows:
        if len(texts) != len(columns):
            raise InputError(f"{path}: {place}: {len(texts)} values, the header names {len(columns)} columns")
        values = tuple(_cell(name, columns[chosen[name]], texts[chosen[name]]) for name in names)
        cells.append(Cells(place, epoch_of(path, place, _iso(texts[0])), values))
    return series_of(path, names, cells)


def _columns(path: str, parameters: Sequence[Any]) -> list[Parameter]:
    """Return the columns, those of a vector one by one, as name[0], name[1]... Raises InputError."""
    found = []
    for one in parameters:
        if not isinstance(one, Mapping) or "name" not in one:
            raise InputError(f"{path}: HAPI's header has a parameter without a name: {shown(one)}")
        size = one.get("size") or [1]
        if not isinstance(size, list) or not all(isinstance(length, int) and 0 < length < MOST for length in size):
            raise InputError(
                f"{path}: HAPI's header gives {cut(str(one['name']))} the size {shown(size)}; allowed: whole numbers"
            )
        count = math.prod(size)
        if count > MOST:
            raise InputError(
                f"{path}: HAPI's header gives {cut(str(one['name']))} {count} components; allowed: at most {MOST}"
            )
        name, fill, words = str(one["name"]), one.get("fill"), str(one.get("description") or "")
        for index in range(count):
            unit, own_fill = _of(one.get("units"), index), _of(fill, index)
            whole = name if count == 1 else f"{name}[{index}]"
            found.append(Parameter(whole, unit or "", own_fill, words))
    return found


def _of(value: Any, index: int) -> str | None:
    """Return one for all, or that of a vector's component."""
    if isinstance(value, list):
        value = value[index] if index < len(value) else None
    return None if value is None else str(value)


def _index(name: str, columns: Sequence[Parameter]) -> int | None:
    own = [HOURLY.sub("", column.name.lower()) for column in columns]
    return next((own.index(known) for known in NAMES[name] if known in own), None)


def _check_unit(path: str, name: str, column: Parameter) -> None:
    allowed = UNITS.get(name)
    unit = re.sub(r"[\s^()\[\]]", "", column.unit.lower())
    if allowed and unit not in allowed:
        raise InputError(
            f"{path}: {cut(column.name)} is in {cut(column.unit) or 'no unit'}; allowed: {', '.join(allowed)}"
        )


def _cell(name: str, column: Parameter, text: str) -> str:
    """Return a cell, empty for the header's fill value; OMNI's Kp times ten as Kp."""
    if is_number(text) and column.fill is not None and is_number(column.fill) and float(text) == float(column.fill):
        return ""
    if (
        name == "kp"
        and is_number(text)
        and math.isfinite(float(text))
        and TIMES_TEN.search(f"{column.name} {column.words}")
    ):
        return f"{round(0.3 * float(text)) / 3.0:.3f}"
    return text


def _iso(text: str) -> str:
    """Return HAPI's other form of a time, 2015-076T09:00Z with the day of the year, in the first."""
    found = re.fullmatch(r"(\d{4}-\d{3})(T.*|Z)?", text)
    if not found:
        return text
    try:
        day = datetime.strptime(found[1], "%Y-%j")
    except ValueError:
        return text
    return f"{day:%Y-%m-%d}{found[2] or ''}"
