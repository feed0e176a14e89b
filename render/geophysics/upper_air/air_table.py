"""A column of air as numbers: CSV with our names or a model's, tables of words, and listings with a legend."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from render.core.errors import InputError
from render.core.messages import cut, shown
from render.core.number_table import MOST_COLUMNS, NumberTable, check_header, check_length, is_number, text_of
from render.geophysics.upper_air.headings import Heading, headings

NOTHING = ("", "nan", "null", "none", "na", "n/a", "--")  # words for no value, lower case
# Fill values: IRI's -1; nines below zero (-999, -9999.9); CDF's -1e31; NRLMSIS 2's 9.999e-38, below 1e-30
NINES = re.compile(r"-9{2,}(\.9*|\.0*)?")
IRI_FILL, VAST, TINY = -1.0, 1e30, 1e-30
LEGEND = re.compile(r"\s*(\d+)\s+([A-Za-z]\S*.*?)\s*")
CHOSEN = re.compile(r".*\bselected\b.*\bparameters\b.*", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class AirTable:
    """The columns that are needed, by our names, in our units; a fill value is NaN, of which `fills` has the text.

    `fills`: (name, row) -> what the file has there; `unused`: headings of columns that are not needed.
    """

    numbers: NumberTable
    fills: dict[tuple[str, int], str]
    unused: tuple[str, ...]


@dataclass(frozen=True)
class _Lines:
    """What a file has: the names over its columns, and (number, line, cells) of each row."""

    names: list[str]
    rows: list[tuple[int, str, list[str]]]


def read_air_table(
    path: Path, required: Sequence[str], optional: Sequence[str], least_rows: int, advice: str = ""
) -> AirTable:
    """Read a file's columns. Raises InputError, one line, for headings, rows or cells that are none.

    `required` and `optional`: our names; `advice` is what else to say of a file without names.
    """
    wanted = f"the first row must name the columns: {','.join(required)} (and, if known, {','.join(optional)}){advice}"
    text = text_of(path, required)
    found = _listing(text) or _table(path, text, wanted)
    if len(found.names) > MOST_COLUMNS:
        raise InputError(f"{path}: {len(found.names)} names in the first row; at most {MOST_COLUMNS}; {wanted}")
    columns = headings(found.names)
    _check_headings(path, columns, required, optional, wanted, found.rows[0][1] if found.rows else "")
    for row in found.rows:
        check_length(path, *row, found.names)
    if len(found.rows) < least_rows:
        raise InputError(f"{path}: {len(found.rows)} rows of numbers; at least {least_rows} are needed")
    fills = dict[tuple[str, int], str]()
    values = dict[str, np.ndarray]()
    for index, heading in enumerate(columns):
        if heading.name:
            cells = [(number, cells[index]) for number, _, cells in found.rows]
            values[heading.name] = _column(path, heading, cells, fills)
    numbers = NumberTable(path, values, tuple(number for number, *_ in found.rows))
    return AirTable(numbers, fills, tuple(one.text or "(no name)" for one in columns if not one.name))


def _check_headings(
    path: Path, columns: Sequence[Heading], required: Sequence[str], optional: Sequence[str], wanted: str, first: str
) -> None:
    texts = [one.text for one in columns]
    if len(texts) == 1 or all(is_number(text) for text in texts):
        check_header(path, texts, required, optional, wanted, first)
    for one in columns:
        if one.complaint:
            raise InputError(f"{path}: column {shown(one.text)} {one.complaint}")
    names = [one.name for one in columns if one.name]
    for name in names:
        same = [shown(one.text) for one in columns if one.name == name]
        if len(same) > 1 and len(set(same)) > 1:
            raise InputError(f"{path}: column {name} is there twice: {' and '.join(same)}")
    check_header(path, names, required, optional, wanted, first)


def _table(path: Path, text: str, wanted: str) -> _Lines:
    """Return a table below a row of names: parted by commas, or, where each name has its unit, by blanks."""
    lines = [
        (number, line)
        for number, line in enumerate(text.split("\n"), 1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    if not lines:
        raise InputError(f"{path}: empty; {wanted}")
    head, rows = lines[0][1], lines[1:]
    words = head.split()
    if rows and len(words) > 1 and _is_of_words(words, rows[0][1]):
        return _Lines(words, [(number, line, line.split()) for number, line in rows])
    try:
        names = [name.strip() for name in next(csv.reader([head], skipinitialspace=True))]
    except csv.Error as error:
        raise InputError(f"{path}: line {lines[0][0]}: no row of names: {error}; {wanted}") from None
    return _Lines(names, [(n, line, [cell.strip().strip('"').strip() for cell in line.split(",")]) for n, line in rows])


def _is_of_words(names: Sequence[str], row: str) -> bool:
    """Return whether names with units, such as `N2,cm-3` or `Te/K`, stand over a row of numbers parted by blanks."""
    numbers = row.split()
    return (
        len(numbers) == len(names)
        and all(is_number(number) for number in numbers)
        and all(re.search(r"[,/\[(]", name) for name in names)
    )


def _listing(text: str) -> _Lines | None:
    """Return the table of a listing with a legend, `1 Height, km`, `2 O, cm-3`..., None where it is none."""
    lines = list(enumerate(text.split("\n"), 1))
    start = next((index for index, (_, line) in enumerate(lines) if CHOSEN.fullmatch(line)), None)
    if start is None:
        return None
    names = list[str]()
    for index in range(start + 1, len(lines)):
        found = LEGEND.fullmatch(lines[index][1])
        if found and int(found[1]) == len(names) + 1:
            names.append(found[2])
        elif names:
            break
    counted = [str(column) for column in range(1, len(names) + 1)]
    rows = [(number, line, line.split()) for number, line in lines[start + 1 :] if _begins_with_number(line)]
    return _Lines(names, [row for row in rows if row[2] != counted]) if names else None


def _begins_with_number(line: str) -> bool:
    words = line.split()
    return len(words) > 1 and all(is_number(word) for word in words[:2])


def _column(
    path: Path, heading: Heading, cells: Sequence[tuple[int, str]], fills: dict[tuple[str, int], str]
) -> np.ndarray:
    """Return a column in our unit, NaN where `fills` gets what the file has. Raises InputError that names the cell."""
    values = np.empty(len(cells))
    for row, (number, cell) in enumerate(cells):
        where = f"{path}: line {number}, {heading.name}"
        if heading.name != "altitude_km" and _is_fill(cell, heading.log10):
            fills[heading.name, row], values[row] = cell or "nothing", np.nan
            continue
        if not is_number(cell):
            raise InputError(f"{where}: {shown(cell)} is not a number")
        values[row] = float(cell)
        nothing_there = heading.log10 and values[row] == -np.inf
        if not np.isfinite(values[row]) and not nothing_there:
            raise InputError(f"{where}: {cut(cell)} is not finite")
    with np.errstate(over="ignore"):
        scaled = heading.factor * (10.0**values if heading.log10 else values)
    vast = np.flatnonzero(np.isinf(scaled))
    if len(vast):
        number, cell = cells[int(vast[0])]
        raise InputError(f"{path}: line {number}, {heading.name}: {cut(cell)} is no log10 of a density")
    return scaled


def _is_fill(cell: str, log10: bool) -> bool:
    """Return whether a cell says that no value is known; of a logarithm -1 says 0.1."""
    if cell.lower() in NOTHING or NINES.fullmatch(cell):
        return True
    if not is_number(cell):
        return False
    value = float(cell)
    if VAST <= abs(value) < np.inf:
        return True
    return not log10 and (value == IRI_FILL or 0.0 < abs(value) < TINY)
