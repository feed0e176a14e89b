"""Orbit Mean-elements Messages, as CelesTrak and Space-Track hand them out: JSON, CSV, XML, key = value lines.

Source: CCSDS 502.0-B-3 (2023), section 4; https://celestrak.org/NORAD/documentation/gp-data-formats.php.
"""

from __future__ import annotations

import csv
import functools
import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from render.core.epoch import Epoch
from render.core.errors import InputError
from render.core.messages import parser_words, shown
from render.observer.orbits import ccsds
from render.observer.orbits.listed import (
    Listed,
    canonical_designator,
    canonical_number,
    kind_of,
    sets_of,
    stamp,
    text_of,
)
from render.observer.orbits.mean_elements import MeanElements

KEYS = {
    "INCLINATION": "inclination_deg",
    "RA_OF_ASC_NODE": "raan_deg",
    "ECCENTRICITY": "eccentricity",
    "ARG_OF_PERICENTER": "argument_of_perigee_deg",
    "MEAN_ANOMALY": "mean_anomaly_deg",
    "MEAN_MOTION": "mean_motion_rev_per_day",
    "BSTAR": "bstar",
}
"""Keys of a message -> ours; degrees, revolutions per day and per Earth radius in both."""
THEORIES = ("SGP4", "SGP", "SGP/SGP4", "")
TYPES = ("0", "2", "")  # of ephemeris: SGP4 by convention, SGP4 by its number; 4 is SGP4-XP
EXPECTED = "expected Orbit Mean-elements Messages (OMM) as JSON, CSV, XML or lines of KEY = value"

Fields = dict[str, str]


def omm_set(path: str, wanted: str | int | None, epoch: Epoch) -> Listed[MeanElements]:
    """Return the elements of the wanted object whose own epoch is nearest to an instant.

    Raises InputError that names the file, the entry and the key at fault, or what objects there are.
    """
    return _nearest(path, wanted, epoch, stamp(path))


@functools.lru_cache(maxsize=64)
def _nearest(path: str, wanted: str | int | None, epoch: Epoch, stamp_of_file: tuple[int, int]) -> Listed[MeanElements]:
    sets = [_elements(one, path) for one in sets_of(_entries(path, stamp_of_file), wanted, path)]
    return min(sets, key=lambda one: abs(Epoch.parse(one.content.epoch_utc).seconds_since(epoch)))


def _elements(entry: Listed[Fields], path: str) -> Listed[MeanElements]:
    """Return an entry's elements, checked. Raises InputError."""
    what, fields = f"{path}: {entry.where}", entry.content
    ccsds.one_of(fields, "CENTER_NAME", ("EARTH",), "EARTH", what)
    ccsds.one_of(fields, "REF_FRAME", ("TEME",), "TEME", what)
    ccsds.one_of(fields, "TIME_SYSTEM", ("UTC",), "UTC", what)
    ccsds.one_of(fields, "MEAN_ELEMENT_THEORY", THEORIES, "", what)
    if fields.get("EPHEMERIS_TYPE", "").strip() not in TYPES:
        raise InputError(
            f"{what}: EPHEMERIS_TYPE is {shown(fields['EPHEMERIS_TYPE'])}; only SGP4's, 0, is read (4 is SGP4-XP)"
        )
    missing = [key for key in ("EPOCH", *KEYS) if not fields.get(key, "").strip()]
    if missing:
        raise InputError(f"{what}: {', '.join(missing)} missing; SGP4 needs EPOCH, {', '.join(KEYS)}")
    given = {ours: ccsds.number(fields[key], f"{what}, {key}") for key, ours in KEYS.items()}
    at = ccsds.instant(fields["EPOCH"], f"{what}, EPOCH").isoformat()
    if not {"T", ":"} & set(fields["EPOCH"]):  # taken as midnight, a station would be anywhere on its orbit
        raise InputError(
            f"{what}, EPOCH {shown(fields['EPOCH'])}: a day without a time; write as 2015-01-28T09:45:00.000"
        )
    try:
        elements = MeanElements(epoch_utc=at, **given)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = next((key for key, ours in KEYS.items() if ours == first["loc"][0]), "EPOCH")
        wanted = first["msg"].removeprefix("Input should be ")
        raise InputError(f"{what}, {key}: {fields[key]} is out of range; it must be {wanted}") from None
    return Listed(entry.name, entry.number, entry.designator, entry.where, elements)


@functools.lru_cache(maxsize=4)
def _entries(path: str, _stamp: tuple[int, int]) -> tuple[Listed[Fields], ...]:
    """Return the messages of a file, unchecked, so that one bad message is in nobody else's way."""
    text = text_of(path)
    kind = kind_of(text)
    if kind in ("tle", "oem"):
        what = {"tle": "two-line elements", "oem": "an ephemeris (OEM)"}[kind]
        raise InputError(f"{path}: not OMM but {what}; name it by observer.{kind}")
    readers = {"json": _from_json, "csv": _from_csv, "xml": _from_xml}
    if kind not in (*readers, "omm"):
        raise InputError(f"{path}: begins {shown(text.strip().splitlines()[0])}; {EXPECTED}")
    messages = _from_lines(text) if kind == "omm" else readers[kind](text, path)
    found = tuple(
        Listed(
            " ".join(fields.get("OBJECT_NAME", "").split()),
            canonical_number(fields.get("NORAD_CAT_ID", "")),
            canonical_designator(fields.get("OBJECT_ID", "")),
            where,
            fields,
        )
        for where, fields in messages
    )
    if not any("MEAN_MOTION" in one.content or "EPOCH" in one.content for one in found):
        raise InputError(f"{path}: no elements in it (EPOCH, {', '.join(KEYS)}); {EXPECTED}")
    return found


def _from_json(text: str, path: str) -> Iterator[tuple[str, Fields]]:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError: also a number of thousands of digits
        raise InputError(f"{path}: not JSON: {parser_words(error)}") from None
    for count, one in enumerate(content if isinstance(content, list) else [content], 1):
        if not isinstance(one, dict):
            raise InputError(f"{path}: object {count} is {shown(one)}; {EXPECTED}")
        yield f"object {count}", _as_text(one)


def _from_csv(text: str, path: str) -> Iterator[tuple[str, Fields]]:
    reader = csv.DictReader(text.lstrip().splitlines(), skipinitialspace=True)
    try:
        for row in reader:
            if None in row or None in row.values():
                columns = len(reader.fieldnames or ())
                raise InputError(
                    f"{path}: line {reader.line_num} has another number of values than the {columns} columns of the "
                    "first line"
                )
            yield f"line {reader.line_num}", _as_text(row)
    except csv.Error as error:
        raise InputError(f"{path}: line {reader.line_num}: not CSV: {error}") from None


def _from_xml(text: str, path: str) -> Iterator[tuple[str, Fields]]:
    root = ccsds.xml_root(text, path)
    if next(root.iter("oem"), None) is not None:
        raise InputError(f"{path}: not OMM but an ephemeris (OEM); name it by observer.oem")
    for count, message in enumerate(root.iter("omm"), 1):
        yield f"object {count}", ccsds.leaves(message)


def _from_lines(text: str) -> Iterator[tuple[str, Fields]]:
    return ((f"line {line}", fields) for line, fields in ccsds.records_of_lines(text, "CCSDS_OMM_VERS"))


def _as_text(fields: Mapping[str, Any]) -> Fields:
    """Return keys in capitals, values as text; nothing for null."""
    return {str(key).strip().upper(): "" if value is None else str(value) for key, value in fields.items()}
