"""Two-line elements: checksum and every field, before SGP4 (whose own reader takes half a number in silence)."""

from __future__ import annotations

import re

TLE_LENGTH = 69  # columns; the last is the checksum (Hoots & Roehrich 1980, Spacetrack Report 3)

ANGLE = r"[ \d]{2}\d\.\d{4}"
SMALL = r"[ +-]\d{5}[ +-]\d"  # +-.12345 times ten to +-n, points left out
FIELDS = (
    # line, first column, last column (from 1), what it is, pattern
    (1, 19, 32, "epoch", r"\d\d[ \d]{2}\d\.\d{8}"),
    (1, 34, 43, "half the rate of mean motion", r"[ +-]\.\d{8}"),
    (1, 45, 52, "a sixth of its second derivative", SMALL),
    (1, 54, 61, "drag term", SMALL),
    (2, 9, 16, "inclination", ANGLE),
    (2, 18, 25, "right ascension of the node", ANGLE),
    (2, 27, 33, "eccentricity", r"[ \d]{6}\d"),
    (2, 35, 42, "argument of perigee", ANGLE),
    (2, 44, 51, "mean anomaly", ANGLE),
    (2, 53, 63, "mean motion", r"[ \d]\d\.\d{8}"),
)
"""Fixed columns of the format; source: Vallado et al. (2006), AIAA 2006-6753, appendix A."""


def tle_checksum(line: str) -> int:
    """Return the checksum of a line of elements: its first 68 columns' digits, a minus as 1, modulo 10."""
    return sum(int(c) if c.isdigit() else c == "-" for c in line[: TLE_LENGTH - 1]) % 10


def checked_tle(lines: tuple[str, ...]) -> tuple[str, str]:
    """Return the two numbered lines of two, or of three with a name first.

    Raises ValueError that says which line, what was given and what was expected.
    """
    if len(lines) not in (2, 3):
        raise ValueError(f"has {len(lines)} lines; allowed: 2, or 3 with the satellite's name first")
    first, second = (line.rstrip() for line in lines[-2:])
    for number, line in enumerate((first, second), start=1):
        if not line.isascii() or not line.startswith(f"{number} "):
            raise ValueError(f"line {number} starts with {line[:2]!r}; expected '{number} '")
        if len(line) != TLE_LENGTH:
            raise ValueError(f"line {number} has {len(line)} columns; expected {TLE_LENGTH}")
        if line[-1] != str(tle_checksum(line)):
            raise ValueError(f"line {number}: checksum given {line[-1]!r}, expected '{tle_checksum(line)}'")
    if first[2:7] != second[2:7]:
        raise ValueError(
            f"line 2: satellite number given {second[2:7].strip()!r}, expected {first[2:7].strip()!r} as on line 1"
        )
    for number, start, end, name, pattern in FIELDS:
        text = (first, second)[number - 1][start - 1 : end]
        if not re.fullmatch(pattern, text):
            raise ValueError(f"line {number}: {name} given {text!r}, expected a number in columns {start} to {end}")
    return first, second
