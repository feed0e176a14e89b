"""A drive as polarlight has it: CSV with the columns time and kp, or time and those of the wind."""

from __future__ import annotations

from render.core.epoch import Epoch
from render.core.errors import InputError
from render.core.number_table import check_header, check_length
from render.geophysics.drive.rows import WIND, Cells, Series, epoch_of, series_of

NATIVE = (
    "or it is a file, as it came, of GFZ (Kp text or JSON), SWPC (Kp, plasma, mag JSON), OMNI (omni2, omni_min, a "
    "listing with its legend) or HAPI with its header"
)


def plain_series(path: str, text: str) -> Series:
    """Return the series of a CSV file. Raises InputError that names file, line and column."""
    lines = [
        (number, line, [cell.strip().strip('"').strip() for cell in line.split(",")])
        for number, line in enumerate(text.split("\n"), 1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    wanted = f"the first row must name the columns: time,kp or time,{','.join(WIND)} ({NATIVE})"
    if not lines:
        raise InputError(f"{path}: empty; {wanted}")
    header = lines[0][2]
    _check_names(path, header, wanted, lines[1][1] if len(lines) > 1 else "")
    names = tuple(name for name in header if name != "time")
    cells = []
    for number, line, texts in lines[1:]:
        check_length(path, number, line, texts, header)
        by_name = dict(zip(header, texts, strict=True))
        epoch = epoch_of(path, f"line {number}", by_name["time"])
        cells.append(Cells(f"line {number}", epoch, tuple(by_name[name] for name in names)))
    return series_of(path, names, cells)


def _check_names(path: str, header: list[str], wanted: str, first: str) -> None:
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
    check_header(path, header, required, (), wanted, first)


def _is_time(text: str) -> bool:
    try:
        Epoch.parse(text)
    except InputError:
        return False
    return True
