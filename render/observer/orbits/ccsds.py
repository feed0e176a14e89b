"""What the Orbit Data Messages of CCSDS 502.0-B-3 have in common: key = value lines, XML, instants, numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

from render.core.epoch import Epoch
from render.core.errors import InputError
from render.core.messages import shown

UNIT = re.compile(r"\s*\[[^\]]*\]\s*$")
DAY_OF_YEAR = re.compile(r"(\d{4})-(\d{3})(?:[T ](.*))?")


def key_value(line: str) -> tuple[str, str] | None:
    """Return (KEY, value) of a line `KEY = value [unit]`; None for a comment or another line."""
    key, equals, value = line.partition("=")
    if not equals or line.lstrip().upper().startswith("COMMENT"):
        return None
    return key.strip().upper(), UNIT.sub("", value.strip())


def instant(text: str, what: str) -> Epoch:
    """Return an instant written as date or as year and day of the year. Raises InputError that begins with `what`."""
    found = DAY_OF_YEAR.fullmatch(text.strip())
    try:
        if not found:
            return Epoch.parse(text)
        day = datetime(int(found[1]), 1, 1, tzinfo=UTC) + timedelta(days=int(found[2]) - 1)
        return Epoch.parse(f"{day:%Y-%m-%d}T{found[3] or '00:00:00'}")
    except (InputError, ValueError, OverflowError):
        raise InputError(
            f"{what}: {shown(text)} is no instant; expected e.g. 2015-01-28T09:45:00 or 2015-028T09:45:00"
        ) from None


def number(text: str, what: str) -> float:
    """Return a finite number. Raises InputError that begins with `what`."""
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise InputError(f"{what}: {shown(text)} is not a number")
    return found


def one_of(fields: Mapping[str, str], key: str, allowed: tuple[str, ...], default: str, what: str) -> str:
    """Return a field's word, upper case; `default` where it is not given. Raises InputError for one not allowed."""
    word = " ".join(fields.get(key, "").split()).upper() or default
    if word not in allowed:
        raise InputError(f"{what}: {key} is {shown(fields.get(key, ''))}; allowed: {', '.join(filter(None, allowed))}")
    return word


def xml_root(text: str, path: str) -> ElementTree.Element:
    """Return a message's outermost element, names without their name space. Raises InputError where it is not XML."""
    if "<!DOCTYPE" in text.upper() or "<!ENTITY" in text.upper():
        raise InputError(f"{path}: has a DOCTYPE; a navigation message has none")
    try:
        root = ElementTree.fromstring(text.lstrip())  # as text: whatever encoding it tells has been taken off
    except (ElementTree.ParseError, ValueError) as error:
        raise InputError(f"{path}: not XML: {error}") from None
    for element in root.iter():
        element.tag = str(element.tag).rpartition("}")[2]
    return root


def leaves(element: ElementTree.Element | None) -> dict[str, str]:
    """Return {KEY: text} of the elements inside one that have none inside themselves."""
    return {
        one.tag.upper(): (one.text or "").strip()
        for one in (element.iter() if element is not None else ())
        if len(one) == 0 and one.tag != "COMMENT"
    }


def records_of_lines(text: str, first: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield (line, {KEY: value}) of each message in a text of key = value lines.

    A message starts with the key `first`, or where a key comes again: some senders give a file one head.
    """
    fields: dict[str, str] = {}
    start = 0
    for at, line in enumerate(text.splitlines(), 1):
        pair = key_value(line)
        if pair is None:
            continue
        if pair[0] == first or pair[0] in fields:
            if fields:
                yield start, fields
            fields, start = {}, at
        fields[pair[0]] = pair[1]
    if fields:
        yield start, fields
