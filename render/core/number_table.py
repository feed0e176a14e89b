"""Columns of numbers from a user's CSV file, each finding told by file, line and column."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from render.core.errors import InputError
from render.core.files import as_text, read_plain_file
from render.core.messages import cut, did_you_mean, shown

MOST_COLUMNS = 1000  # a whole file in one line, its line breaks lost, has more
MAX_BYTES = 20_000_000  # a profile of a million rows is a mistake
DECIMAL_COMMA = re.compile(r"(?<![\w.,])[+-]?\d+,\d+(?:[eE][+-]?\d+)?(?![\w.,])")


@dataclass(frozen=True, eq=False)
class NumberTable:
    """The columns of one file.

    `columns`: name -> float64 [row], all finite; `line_numbers` [row], counted from 1 in the file, comments included.
    """

    path: Path
    columns: dict[str, np.ndarray]
    line_numbers: tuple[int, ...]

    def refuse(self, name: str, row: int, complaint: str) -> InputError:
        """Return the error `FILE: line n, COLUMN: VALUE <complaint>` for the caller to raise."""
        return InputError(
            f"{self.path}: line {self.line_numbers[row]}, {cut(name)}: {self.columns[name][row]:g} {complaint}"
        )

    def require_rising(self, name: str) -> None:
        """Raise InputError unless each value of a column is above the one before."""
        fallen = np.flatnonzero(np.diff(self.columns[name]) <= 0.0)
        if len(fallen):
            before = self.columns[name][fallen[0]]
            raise self.refuse(name, int(fallen[0]) + 1, f"follows {before:g}; the rows must rise in {name}")


def read_number_table(
    path: str | Path,
    required: Sequence[str],
    optional: Sequence[str] = (),
    least_rows: int = 2,
    *,
    others: bool = False,
) -> NumberTable:
    """Read a CSV file: comma separated, one row of column names, then numbers; lines that start with # are comments.

    Columns come in any order; with `others` there may be any further ones, of any name. Raises InputError for a file
    that cannot be read as text, a column that is unknown, missing or there twice, a row of another length, a value that
    is not a finite number, and too few rows.
    """
    path = Path(path)
    lines = [
        (number, line, [cell.strip().strip('"').strip() for cell in line.split(",")])
        for number, line in enumerate(text_of(path, required).split("\n"), 1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    wanted = f"the first row must name the columns: {','.join(required)}" + (
        f" (and, if known, {','.join(optional)})" if optional else ""
    )
    if not lines:
        raise InputError(f"{path}: empty; {wanted}")
    header, rows = lines[0][2], lines[1:]
    known = (*optional, *(header if others else ()))
    check_header(path, header, required, known, wanted, rows[0][1] if rows else "")
    values = np.array([_numbers(path, *row, header) for row in rows]).reshape(-1, len(header))
    if len(rows) < least_rows:
        raise InputError(f"{path}: {len(rows)} rows of numbers; at least {least_rows} are needed")
    columns = {name: values[:, index] for index, name in enumerate(header)}
    return NumberTable(path, columns, tuple(number for number, *_ in rows))


def text_of(path: Path, required: Sequence[str]) -> str:
    """Return the file's text. Raises InputError for what is no ordinary file of text."""
    content = read_plain_file(path, MAX_BYTES, f"a .csv file with the columns {','.join(required)}")
    large, binary = "a table of one column of air is short", "a table is CSV, plain text"
    return as_text(path, content, MAX_BYTES, binary, large).replace("\r\n", "\n").replace("\r", "\n")


def decimal_comma(text: str, words: str = "; ") -> str:
    """Return what to do about the first number with a decimal comma in a text, after `words`; nothing where none is."""
    found = DECIMAL_COMMA.search(text)
    if not found:
        return ""
    return f"{words}{shown(found[0])} has a decimal comma; allowed: a point, {cut(found[0].replace(',', '.'))}"


def check_header(
    path: str | Path, header: list[str], required: Sequence[str], optional: Sequence[str], wanted: str, first: str
) -> None:
    """Raise InputError for column names that are unknown, missing, doubled or not parted by commas.

    `first`: the line below, which may have decimal commas; `wanted`: what to write instead.
    """
    known = (*required, *optional)
    if len(header) > MOST_COLUMNS:
        raise InputError(f"{path}: {len(header)} names in the first row; at most {MOST_COLUMNS}; {wanted}")
    if all(is_number(cell) for cell in header):
        raise InputError(f"{path}: no row of column names; {wanted}")
    if len(header) == 1 and any(mark in header[0] for mark in (";", "\t", " ", "|")):
        comma = decimal_comma(first.replace(";", " ").replace("|", " "), "; and ")
        raise InputError(f"{path}: no comma in the first row; columns are parted by commas{comma}; {wanted}")
    unknown = [name for name in header if name not in known]
    if not any(_is_like(name, known) for name in header):  # of a file of another kind nothing is quoted
        raise InputError(f"{path}: no table of this kind: the first row names none of {', '.join(known)}")
    if unknown:
        noun = "column" if len(unknown) == 1 else "columns"
        named = ", ".join(shown(name) for name in unknown[:5])
        raise InputError(
            f"{path}: unknown {noun} {named}; {did_you_mean(unknown[0], known)}allowed: {', '.join(known)}"
        )
    double = [name for name in known if header.count(name) > 1]
    if double:
        raise InputError(f"{path}: column {double[0]} is there twice")
    missing = [name for name in required if name not in header]
    if missing:
        raise InputError(f"{path}: missing {', '.join(missing)}; needed are the columns {', '.join(required)}")


def check_length(path: str | Path, number: int, line: str, cells: Sequence[str], header: Sequence[str]) -> None:
    """Raise InputError for a line that has not as many values as the header names, with a word on decimal commas."""
    if len(cells) == len(header):
        return
    raise InputError(
        f"{path}: line {number}: {len(cells)} values, the header names {len(header)} columns"
        f"{_comma_between(line, len(cells), len(header))}"
    )


def _comma_between(line: str, values: int, columns: int) -> str:
    """Return a word on decimal commas where they may explain a line's length."""
    quoted = decimal_comma(" ".join(line.split('"')[1::2])) if '"' in line else ""
    if quoted or values <= columns:
        return quoted
    pairs = re.findall(r"(?<=,)\s*([+-]?\d+,\d+)\s*(?=,|$)", f",{line}")
    if len(pairs) != values - columns:
        return "; are there decimal commas? allowed: a point" if pairs else ""
    return f"; is {shown(pairs[0])} one number? allowed: a point, {cut(pairs[0].replace(',', '.'))}"


def _is_like(name: str, known: Sequence[str]) -> bool:
    """Say whether a column's name is a known one, or a slip of the pen."""
    return name in known or bool(name.isidentifier() and did_you_mean(name, known))


def _numbers(path: Path, number: int, line: str, cells: list[str], header: list[str]) -> list[float]:
    """Return the numbers of one line. Raises InputError that names line and column."""
    check_length(path, number, line, cells, header)
    found = []
    for name, cell in zip(header, cells, strict=True):
        if not is_number(cell):
            raise InputError(f"{path}: line {number}, {cut(name)}: {shown(cell)} is not a number")
        found.append(float(cell))
        if not np.isfinite(found[-1]):
            raise InputError(f"{path}: line {number}, {cut(name)}: {cut(cell)} is not finite")
    return found


def is_number(cell: str) -> bool:
    """Return whether a cell holds a number, NaN included."""
    try:
        float(cell)
    except ValueError:
        return False
    return True
