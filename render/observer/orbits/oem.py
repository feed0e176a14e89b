"""Orbit Ephemeris Messages, key = value lines or XML: states by time, and how to go from one to the next.

Source: CCSDS 502.0-B-3 (2023), section 5.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from render.core.epoch import Epoch
from render.core.errors import InputError
from render.core.geodesy import Array
from render.core.messages import shown
from render.observer.orbits import ccsds
from render.observer.orbits.listed import Listed, canonical_designator, kind_of, sets_of, stamp, text_of
from render.observer.orbits.satellite import FARTHEST_KM, FASTEST_KM_S

EARTH_FIXED = "ITRF"  # with or without the year of its realisation; these differ by centimetres
FRAMES = ("EME2000", "J2000", "GCRF", "ICRF", "GCRS", "TEME", EARTH_FIXED)
REALISATION = re.compile(r"ITRF[ -]?(\d{2}|\d{4})", re.IGNORECASE)
SCALES = ("UTC", "TAI", "TT", "GPS")
METHODS = ("HERMITE", "LAGRANGE", "LINEAR")
DEGREE = 7  # where the file says none: four states of position and velocity, good to metres at steps of minutes
MOST_DEGREE = 25  # beyond that polynomials through even steps swing
LEAST_KM = 6300.0  # from Earth's centre: otherwise the unit is another
ZERO = datetime(2000, 1, 1, 12, tzinfo=UTC)
LISTS = {"X": "km", "Y": "km", "Z": "km", "X_DOT": "km/s", "Y_DOT": "km/s", "Z_DOT": "km/s"}
EXPECTED = "expected an Orbit Ephemeris Message (OEM) as lines of KEY = value, or XML"


@dataclass(frozen=True)
class Segment:
    """A stretch of an ephemeris.

    `frame` and, where it is that of one instant, `frame_epoch`; `scale` of its times; `method` and the `count` of
    states that it takes; `times_s` [n], rising, s since 2000-01-01T12:00 by its scale's own calendar; `states` [n, 6],
    km and km/s; `first_s`, `last_s`: where it may be used.
    """

    frame: str
    frame_epoch: Epoch | None
    scale: str
    method: str
    count: int
    times_s: Array
    states: Array
    first_s: float
    last_s: float


@dataclass(frozen=True)
class _Raw:
    """A segment as it stands in the file: where, its keys, and its states, each with where it stands."""

    where: str
    fields: dict[str, str]
    rows: list[tuple[str, list[str]]]


def calendar_s(epoch: Epoch) -> float:
    """Return seconds since 2000-01-01T12:00 by the calendar, whatever the scale."""
    return (epoch.utc - ZERO).total_seconds()


@functools.lru_cache(maxsize=4)
def segments_of(path: str, wanted: str | int | None, _stamp: tuple[int, int]) -> tuple[str, tuple[Segment, ...]]:
    """Return the wanted object's name and segments. Raises InputError that names the file and the place."""
    entries = [
        Listed(
            " ".join(raw.fields.get("OBJECT_NAME", "").split()),
            "",
            canonical_designator(raw.fields.get("OBJECT_ID", "")),
            raw.where,
            raw,
        )
        for raw in _raw_segments(path)
    ]
    found = sets_of(entries, wanted, path)
    return found[0].name or found[0].designator, tuple(_segment(one.content, path) for one in found)


def read_segments(path: str, wanted: str | int | None) -> tuple[str, tuple[Segment, ...]]:
    """Return `segments_of` the file as it is now."""
    return segments_of(path, wanted, stamp(path))


def _raw_segments(path: str) -> Iterator[_Raw]:
    text = text_of(path)
    kind = kind_of(text)
    if kind == "xml":
        return _from_xml(text, path)
    if kind == "oem":
        return _from_lines(text, path)
    if kind in ("tle", "omm", "csv"):
        what, key = ("two-line elements", "tle") if kind == "tle" else ("elements (OMM)", "omm")
        raise InputError(f"{path}: not an ephemeris but {what}; name it by observer.{key}")
    raise InputError(
        f"{path}: begins {shown(text.strip().splitlines()[0])}; {EXPECTED}, first line CCSDS_OEM_VERS = 2.0"
    )


def _from_lines(text: str, path: str) -> Iterator[_Raw]:
    """Yield the segments of key = value lines; covariances are left out."""
    raw, inside = None, ""
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        mark = words[0].upper() if words else ""
        if not words or mark == "COMMENT":
            continue
        if mark == "META_START":
            if raw:
                yield raw
            raw, inside = _Raw(f"segment at line {number}", {}, []), "meta"
        elif mark in ("META_STOP", "COVARIANCE_STOP"):
            inside = "states"
        elif mark == "COVARIANCE_START":
            inside = "covariance"
        elif inside == "meta" and raw and (pair := ccsds.key_value(line)):
            raw.fields[pair[0]] = pair[1]
        elif inside == "states" and raw:
            raw.rows.append((f"line {number}", words))
        elif not inside and ccsds.key_value(line) is None:
            raise InputError(f"{path}: line {number}: {shown(line.strip())} before META_START")
    if raw is None:
        raise InputError(f"{path}: no META_START; {EXPECTED}")
    yield raw


def _from_xml(text: str, path: str) -> Iterator[_Raw]:
    root = ccsds.xml_root(text, path)
    if next(root.iter("oem"), None) is None:
        other = "; it holds elements (OMM): name it by observer.omm" if next(root.iter("omm"), None) is not None else ""
        raise InputError(f"{path}: no oem element{other or f'; {EXPECTED}'}")
    for count, segment in enumerate(root.iter("segment"), 1):
        rows = []
        for at, state in enumerate(segment.iter("stateVector"), 1):
            where = f"segment {count}, state {at}"
            for one in state:
                if one.get("units", LISTS.get(one.tag)) != LISTS.get(one.tag) and one.tag in LISTS:
                    raise InputError(
                        f"{path}: {where}: {one.tag} is in {one.get('units')!r}; allowed: {LISTS[one.tag]}"
                    )
            found = ccsds.leaves(state)
            rows.append((where, [found[key] for key in ("EPOCH", *LISTS) if found.get(key)]))
        yield _Raw(f"segment {count}", ccsds.leaves(segment.find("metadata")), rows)


def _segment(raw: _Raw, path: str) -> Segment:
    """Return a checked segment. Raises InputError."""
    what, fields = f"{path}: {raw.where}", dict(raw.fields)
    if REALISATION.fullmatch(fields.get("REF_FRAME", "")):
        fields["REF_FRAME"] = EARTH_FIXED
    ccsds.one_of(fields, "CENTER_NAME", ("EARTH",), "EARTH", what)
    frame = ccsds.one_of(fields, "REF_FRAME", FRAMES, "", what)
    scale = ccsds.one_of(fields, "TIME_SYSTEM", SCALES, "", what)
    method = ccsds.one_of(fields, "INTERPOLATION", METHODS, "HERMITE", what)
    fixed = fields.get("REF_FRAME_EPOCH")
    times_s, states = _table(raw, path)
    limits = [times_s[0], times_s[-1]]
    for end, key in enumerate(("USEABLE_START_TIME", "USEABLE_STOP_TIME")):
        if fields.get(key):
            given_s = calendar_s(ccsds.instant(fields[key], f"{what}, {key}"))
            limits[end] = (max, min)[end](limits[end], given_s)
    count = _states_taken(method, fields.get("INTERPOLATION_DEGREE", ""), what)
    if len(times_s) < count:
        if fields.get("INTERPOLATION_DEGREE"):
            raise InputError(f"{what}: {method} of its degree takes {count} states; it has {len(times_s)}")
        count = len(times_s)
    frame_epoch = ccsds.instant(fixed, f"{what}, REF_FRAME_EPOCH") if fixed else None
    return Segment(frame, frame_epoch, scale, method, count, times_s, states, *limits)


def _states_taken(method: str, degree: str, what: str) -> int:
    """Return how many states a polynomial of the given degree takes: each says two things of a Hermite one."""
    if method == "LINEAR":
        return 2
    given = ccsds.number(degree, f"{what}, INTERPOLATION_DEGREE") if degree else float(DEGREE)
    if given % 1.0 or not 1.0 <= given <= MOST_DEGREE:
        raise InputError(f"{what}: INTERPOLATION_DEGREE is {degree}; allowed: whole numbers, 1 to {MOST_DEGREE}")
    return max(2, (int(given) + 2) // 2) if method == "HERMITE" else int(given) + 1


def _table(raw: _Raw, path: str) -> tuple[Array, Array]:
    """Return times [n] and states [n, 6] of a segment, checked. Raises InputError that names the line."""
    times_s, states = np.empty(len(raw.rows)), np.empty((len(raw.rows), 6))
    for k, (where, words) in enumerate(raw.rows):
        what = f"{path}: {where}"
        if len(words) not in (7, 10):
            raise InputError(f"{what}: {len(words)} values; expected 7, a time, x, y, z in km and their rates in km/s")
        times_s[k] = calendar_s(ccsds.instant(words[0], what))
        states[k] = [ccsds.number(word, what) for word in words[1:7]]
        if k and times_s[k] <= times_s[k - 1]:
            raise InputError(f"{what}: {words[0]} is not after the state before it; times must grow within a segment")
        with np.errstate(over="ignore"):  # to infinity, which is too far and too fast
            away, speed = (float(np.linalg.norm(part)) for part in (states[k, :3], states[k, 3:]))
        if not LEAST_KM <= away <= FARTHEST_KM:
            raise InputError(
                f"{what}: {away:.6g} km from Earth's centre; allowed {LEAST_KM:.0f} to {FARTHEST_KM:.0f} (unit: km)"
            )
        if speed > FASTEST_KM_S:
            raise InputError(f"{what}: a speed of {speed:.6g} km/s; allowed at most {FASTEST_KM_S:g} (unit: km/s)")
    if len(times_s) < 2:
        raise InputError(f"{path}: {raw.where}: {len(times_s)} states; at least 2 are needed")
    times_s.flags.writeable = states.flags.writeable = False
    return times_s, states
