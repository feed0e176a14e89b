"""Which kind of drive's file it is, told by its first lines, and its series."""

from __future__ import annotations

import json
from typing import Any

from render.core.errors import InputError
from render.core.messages import parser_words
from render.geophysics.drive.gfz import gfz_json, gfz_text, is_gfz_json, is_gfz_text
from render.geophysics.drive.hapi import hapi_header, hapi_series, is_hapi
from render.geophysics.drive.omni import is_listing, omni_listing, omni_text, omni_words
from render.geophysics.drive.plain import plain_series
from render.geophysics.drive.rows import Series
from render.geophysics.drive.swpc import is_swpc, swpc_json

FIRST_LINES = 100  # heads are shorter: GFZ's has 40 lines
KNOWN_JSON = "GFZ's (datetime, Kp), SWPC's tables (time_tag with Kp, or speed, density, by_gsm, bz_gsm) and HAPI's"


def read_series(path: str, text: str) -> Series:
    """Return the series of a file's text, of whatever kind it is. Raises InputError, one line."""
    if text.lstrip()[:1] in ("{", "["):
        return _json_series(path, text)
    lines = list(enumerate(text.split("\n"), 1))
    first = lines[:FIRST_LINES]
    header = hapi_header(lines)
    if is_hapi(header):
        rows = [
            (f"line {number}", [cell.strip().strip('"') for cell in line.split(",")])
            for number, line in lines
            if line.strip() and not line.startswith("#")
        ]
        return hapi_series(path, header, rows)
    if is_gfz_text(first):
        return gfz_text(path, lines)
    words = omni_words(first)
    if words is not None:
        return omni_text(path, lines, words)
    return omni_listing(path, lines) if is_listing(first) else plain_series(path, text)


def _json_series(path: str, text: str) -> Series:
    try:
        content: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        where = f"line {error.lineno}: {error.msg}" if isinstance(error, json.JSONDecodeError) else parser_words(error)
        raise InputError(f"{path}: begins as JSON and is none: {where}") from None
    if is_gfz_json(content):
        return gfz_json(path, content)
    if is_swpc(content):
        return swpc_json(path, content)
    if is_hapi(content):
        data = content.get("data")
        rows = [(f"entry {entry}", _flat(row)) for entry, row in enumerate(data if isinstance(data, list) else [], 1)]
        return hapi_series(path, content, rows)
    raise InputError(f"{path}: JSON of no known form; allowed: {KNOWN_JSON}")


def _flat(row: Any) -> list[str]:
    """Return a row's values as texts, those of a vector one by one."""
    if isinstance(row, list):
        return [text for value in row for text in _flat(value)]
    return ["" if row is None else str(row)]
