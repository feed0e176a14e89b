"""Two-line elements: checksum and every field, before SGP4 (whose own reader takes half a number in silence)."""

from __future__ import annotations

import re

TLE_LENGTH = 69  # columns; the last is the checksum (Hoots & Roehrich 1980, Spacetrack Report 3)

ANGLE = r"[ \d]{2}\d\.\d{4}"
SMALL = r"[ +-]\d{5}[ +-]\d"  # +-.12345 times ten to +-n, points left out
NUMBER = r"[ \dA-HJ-NP-Z][ \d]{3}\d"  # a letter for the first two digits from 100000 on, without I and O (Alpha-5)
FIELDS = (
    # line, first column, last column (from 1), what it is, pattern
    (1, 3, 7, "satellite number", NUMBER),
    (1, 19, 32, "epoch", r"\d\d[ \d]{2}\d\.\d{8}"),
    (1, 34, 43, "half the rate of mean motion", r"[ +-]\.\d{8}"),
    (1, 45, 52, "a sixth of its second derivative", SMALL),
    (1, 54, 61, "drag term", SMALL),
    (2, 3, 7, "satellite number", NUMBER),
    (2, 9, 16, "inclination", ANGLE),
    (2, 18, 25, "right ascension of the node", ANGLE),
    (2, 27, 33, "eccentricity", r"[ \d]{6}\d"),
    (2, 35, 42, "argument of perigee", ANGLE),
    (2, 44, 51, "mean anomaly", ANGLE),
    (2, 53, 63, "mean motion", r"[ \d]\d\.\d{8}"),
)
"""Fixed columns of the format; source: Vallado et al. (2006), AIAA 2006-6753, appendix A."""
XP_COLUMN, XP_TYPE = 63, "4"  # of line 1: the type of ephemeris, and SGP4-XP's, whose drag term means something else


def tle_checksum(line: str) -> int:
    """Return the checksum of a line of elements: its first 68 columns' digits, a minus as 1, modulo 10."""
    return sum(int(c) if c.isdigit() else c == "-" for c in line[: TLE_LENGTH - 1]) % 10


def checked_tle(lines: tuple[str, ...], names: tuple[str, str] = ("line 1", "line 2")) -> tuple[str, str]:
    """Return the two numbered lines of two, or of three with a name first.

    `names`: what messages call the two. Raises ValueError that says which line, what was given, what would be right.
    """
    if len(lines) not in (2, 3):
        raise ValueError(f"has {len(lines)} lines; allowed: 2, or 3 with the satellite's name first")
    pair = tuple(line.strip() for line in lines[-2:])
    if pair[0].startswith("2 ") and pair[1].startswith("1 "):
        raise ValueError(
            f"{names[0]} starts with '2 ', {names[1]} with '1 ': they are swapped; the one with '1 ' must be first"
        )
    if lacking := [k for k in (0, 1) if _lacks_checksum(pair[k], k + 1)]:
        digits = " and ".join(f"'{tle_checksum(pair[k])}' on {names[k]}" for k in lacking)
        raise ValueError(
            f"{names[lacking[0]]} has 68 columns: the checksum, column {TLE_LENGTH}, is missing; it would be {digits}"
        )
    for number, (line, name) in enumerate(zip(pair, names, strict=True), start=1):
        _check_shape(line, number, name)
    if pair[0][2:7] != pair[1][2:7]:
        raise ValueError(
            f"{names[1]}: satellite number given {pair[1][2:7].strip()!r}, expected {pair[0][2:7].strip()!r} as on "
            f"{names[0]}; the lines are of two satellites"
        )
    for number, (line, name) in enumerate(zip(pair, names, strict=True), start=1):
        if wrong := _wrong_field(line, number):
            raise ValueError(f"{name}: {wrong}")
        if line[-1] != str(tle_checksum(line)):
            raise ValueError(
                f"{name}: checksum given {line[-1]!r}, expected '{tle_checksum(line)}': some character of the "
                "line, or the checksum, is not as it was published"
            )
    if pair[0][XP_COLUMN - 1] == XP_TYPE:
        raise ValueError(f"{names[0]}: ephemeris type {XP_TYPE} in column {XP_COLUMN} is SGP4-XP; only SGP4's are read")
    return pair[0], pair[1]


def _check_shape(line: str, number: int, name: str) -> None:
    """Raise ValueError for a line that is no line of elements of that number, or has not their columns."""
    odd = next(((at, c) for at, c in enumerate(line, start=1) if not " " <= c <= "~"), None)
    if odd:
        raise ValueError(f"{name}: column {odd[0]} is {odd[1]!r} (U+{ord(odd[1]):04X}); only plain ASCII is allowed")
    if not line.startswith(f"{number} "):
        raise ValueError(f"{name} starts with {line[:2]!r}; expected '{number} '")
    if len(line) == TLE_LENGTH:
        return
    wrong = _wrong_field(line, number)
    raise ValueError(
        f"{name} has {len(line)} columns; expected {TLE_LENGTH}, blanks included" + (f": {wrong}" if wrong else "")
    )


def _lacks_checksum(line: str, number: int) -> bool:
    """Return whether a line is sound but for its last column, which is not there."""
    return len(line) == TLE_LENGTH - 1 and line.startswith(f"{number} ") and not _wrong_field(line, number)


def _wrong_field(line: str, number: int) -> str:
    """Return what is wrong with the first field that is not as the format has it; "" where all are."""
    for of_line, start, end, name, pattern in FIELDS:
        text = line[start - 1 : end]
        if of_line == number and not re.fullmatch(pattern, text):
            return f"{name} given {text!r}, expected a number in columns {start} to {end}"
    return ""
