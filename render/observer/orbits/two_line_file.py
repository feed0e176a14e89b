"""Files of two-line elements, with or without a line for the name: many objects, or one object's history."""

from __future__ import annotations

import functools
import re
from datetime import UTC, datetime, timedelta

from render.core.epoch import Epoch
from render.core.errors import InputError
from render.observer.orbits.listed import (
    Listed,
    canonical_designator,
    canonical_number,
    kind_of,
    sets_of,
    stamp,
    text_of,
)
from render.observer.orbits.two_line import checked_tle

LINE = re.compile(r"[12] [ \dA-Z]{5}.{40,}")
FIRST_YEAR = 57  # of the two digits of an epoch: 57 to 99 are the last century's
INSTEAD = {"json": "omm", "xml": "omm or oem", "csv": "omm", "omm": "omm", "oem": "oem"}
"""What a file seems to be -> the key for it."""

Numbered = tuple[tuple[int, str], ...]
"""Lines of elements, each with its number in the file."""


def two_line_set(path: str, wanted: str | int | None, epoch: Epoch) -> Listed[tuple[str, str]]:
    """Return the set of the wanted object whose own epoch is nearest to an instant, its two lines checked.

    Raises InputError that names the file and its lines: what is wrong with the object's lines, or no such object.
    """
    return _nearest(path, wanted, epoch, stamp(path))


@functools.lru_cache(maxsize=64)
def _nearest(
    path: str, wanted: str | int | None, epoch: Epoch, stamp_of_file: tuple[int, int]
) -> Listed[tuple[str, str]]:
    sets = [_checked(one, path) for one in sets_of(_entries(path, stamp_of_file), wanted, path)]
    return min(sets, key=lambda one: abs(line_epoch(one.content[0]).seconds_since(epoch)))


def line_epoch(line: str) -> Epoch:
    """Return the epoch on a checked line 1."""
    year = int(line[18:20])
    start = datetime(year + (1900 if year >= FIRST_YEAR else 2000), 1, 1, tzinfo=UTC)
    return Epoch(start + timedelta(days=float(line[20:32]) - 1.0))


def _checked(entry: Listed[Numbered], path: str) -> Listed[tuple[str, str]]:
    """Return an entry with its two lines checked. Raises InputError."""
    numbers = tuple(f"line {number}" for number, _ in entry.content)
    lines = tuple(line for _, line in entry.content)
    if len(lines) == 1:
        missing = "2" if lines[0].startswith("1") else "1"
        raise InputError(
            f"{path}: {numbers[0]} stands alone: beside it the line that starts with '{missing} ' is missing"
        )
    try:
        pair = checked_tle(lines, (numbers[0], numbers[1]))
    except ValueError as error:
        raise InputError(f"{path}: {error}") from None
    return Listed(entry.name, entry.number, entry.designator, entry.where, pair)


@functools.lru_cache(maxsize=4)
def _entries(path: str, _stamp: tuple[int, int]) -> tuple[Listed[Numbered], ...]:
    """Return the sets of a file, unchecked, so that one bad set is in nobody else's way."""
    text = text_of(path)
    kind = kind_of(text)
    if kind in INSTEAD:
        raise InputError(f"{path}: not two-line elements but {kind.upper()}; name it by observer.{INSTEAD[kind]}")
    rows = [(number, row.strip()) for number, row in enumerate(text.splitlines(), 1)]
    rows = [(number, row) for number, row in rows if row and not row.startswith("#")]
    found: list[Listed[Numbered]] = []
    name, at = "", 0
    while at < len(rows):
        if not LINE.match(rows[at][1]):
            name, at = " ".join(rows[at][1].removeprefix("0 ").split()), at + 1
            continue
        pair = tuple(rows[at : at + 2])
        whole = len(pair) == 2 and LINE.match(pair[1][1]) and pair[0][1][0] != pair[1][1][0]
        # of two lines the wrong way round only those that have a number in common: else each has lost its own partner
        strangers = whole and pair[0][1][0] == "2" and pair[0][1][2:7] != pair[1][1][2:7]
        lines = pair if whole and not strangers else pair[:1]
        found.append(_listed(name, lines))
        name, at = "", at + len(lines)
    if not found:
        raise InputError(f"{path}: no two-line elements in it; expected lines that start with '1 ' and '2 '")
    return tuple(found)


def _listed(name: str, lines: Numbered) -> Listed[Numbered]:
    first = next((line for _, line in lines if line.startswith("1")), "")
    number = canonical_number(lines[0][1][2:7])
    return Listed(name, number, canonical_designator(first[9:17]), f"line {lines[0][0]}", lines)
