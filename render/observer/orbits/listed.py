"""Files of orbits: their text, and the object in them that a scene means."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from render.core.errors import InputError
from render.core.messages import SHOWN_VALUE_CHARACTERS, cut, did_you_mean, shown

MOST_BYTES = 256_000_000  # all 60000 objects of a catalogue as JSON have about 70 MB
MOST_NAMED = 5  # objects that a message names
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"  # of Alpha-5: A is 10, Z 33; I and O would look like digits

Content = TypeVar("Content")


@dataclass(frozen=True)
class Listed(Generic[Content]):
    """One entry of a file: an object, by its names, and what is said of it.

    `number`: in the catalogue; `designator`: international, as 1998-067A; "" where the file has none. `where`: the line
    or the count at which it stands.
    """

    name: str
    number: str
    designator: str
    where: str
    content: Content

    @property
    def identity(self) -> str:
        """Return what tells the object from others."""
        return self.number or self.designator or self.name


def stamp(path: str) -> tuple[int, int]:
    """Return what changes when a file is written anew: its time, ns, and size. Raises InputError without a file."""
    try:
        found = Path(path).stat()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from None
    return found.st_mtime_ns, found.st_size


def text_of(path: str) -> str:
    """Return a file's text. Raises InputError for what cannot be read, is too large, binary or not UTF-8."""
    if stamp(path)[1] > MOST_BYTES:
        raise InputError(f"{path}: more than {MOST_BYTES // 1_000_000} MB; expected a text file of orbits")
    try:
        raw = Path(path).read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from None
    if b"\0" in raw:
        raise InputError(f"{path}: a binary file; expected a text file of orbits")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise InputError(f"{path}: not UTF-8 text: byte 0x{raw[error.start]:02x} in line {line}") from None
    if not text.strip():
        raise InputError(f"{path}: empty; expected a text file of orbits")
    return text


def kind_of(text: str) -> str:
    """Return what a text seems to be: json, xml, oem, omm (key = value), csv (of elements), tle, or ""."""
    start = text.lstrip()[:4000]
    first = start.partition("\n")[0]
    if start.startswith(("{", "[")):
        return "json"
    if start.startswith("<"):
        return "html" if re.match(r"<(!doctype )?html", start, re.IGNORECASE) else "xml"
    for kind in ("oem", "omm"):
        if re.search(rf"^\s*CCSDS_{kind}_VERS\s*=", start, re.IGNORECASE | re.MULTILINE):
            return kind
    if "MEAN_MOTION" in first.upper() and "," in first:
        return "csv"
    return "tle" if re.search(r"^[12] [ \dA-Z]{5}[ A-Z].{40,}$", start, re.MULTILINE) else ""


def canonical_number(text: str) -> str:
    """Return a catalogue number without leading zeros, Alpha-5's letter as digits; other text as it is."""
    text = text.strip().upper()
    if re.fullmatch(r"[A-HJ-NP-Z]\d{4}", text):
        text = f"{LETTERS.index(text[0]) + 10}{text[1:]}"
    return text.lstrip("0") or "0" if re.fullmatch(r"[0-9]+", text) else text


def canonical_designator(text: str) -> str:
    """Return an international designator as 1998-067A, also from 98067A and 1998-067-A; other text as it is."""
    text = text.strip().upper()
    found = re.fullmatch(r"(\d{2}|\d{4})-?(\d{3})-?([A-Z]{1,3})", text)
    if not found:
        return text
    year = found[1] if len(found[1]) == 4 else ("19" if found[1] >= "57" else "20") + found[1]
    return f"{year}-{found[2]}{found[3]}"


def sets_of(entries: Sequence[Listed[Content]], wanted: str | int | None, path: str) -> list[Listed[Content]]:
    """Return the entries of the one object that is meant: by its number, whole name, designator, or part of its name.

    Without a word the file's only one. Raises InputError that names what is there where none or several fit.
    """
    if not entries:
        raise InputError(f"{path}: no object in it")
    if wanted is None:
        found = list(entries)
        if len({one.identity for one in found}) > 1:
            raise InputError(f"{path}: {_names(found)}; say which by observer.object, a name or a catalogue number")
        return found
    word = " ".join(str(wanted).split()).upper()
    number, designator = canonical_number(word), canonical_designator(word)
    found = [one for one in entries if one.number and one.number == number]
    found = found or [one for one in entries if one.name.upper() == word]
    found = found or [one for one in entries if one.designator and one.designator == designator]
    if not found and not number.isdigit():
        found = [one for one in entries if word and word in one.name.upper()]
    if len({one.identity for one in found}) > 1:
        raise InputError(f"{path}: observer.object {shown(wanted)} fits {_names(found)}; give the catalogue number")
    if not found:
        hint = did_you_mean(word.lower(), {one.name.lower() for one in entries if one.name}).upper()
        hint = "" if len(hint) > SHOWN_VALUE_CHARACTERS else hint.replace("DID YOU MEAN", "did you mean")
        raise InputError(f"{path}: no object {shown(wanted)}; {hint}there: {_names(entries)}")
    return found


def _names(entries: Sequence[Listed[Content]]) -> str:
    """Return how many objects there are, and the first ones by name and number."""
    of_each = {
        one.identity: f"{cut(one.name)} {cut(one.number or one.designator)}".strip() for one in reversed(entries)
    }
    names = list(reversed(of_each.values()))
    more = ", ..." if len(names) > MOST_NAMED else ""
    return f"{len(names)} object{'s' if len(names) > 1 else ''} ({', '.join(names[:MOST_NAMED])}{more})"
