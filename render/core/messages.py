"""Words for error messages: values as they were given, and the known word that is nearest."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable

SHOWN_VALUE_CHARACTERS = 60


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `did you mean X? ` for the nearest known word, or nothing."""
    near = difflib.get_close_matches(word.lower(), list(known), n=1, cutoff=0.6)
    return f"did you mean {near[0]}? " if near else ""


def shown(value: object) -> str:
    """Return a value as TOML would write it, shortened to one line."""
    try:
        written = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        written = repr(value)
    written = {"NaN": "nan", "Infinity": "inf", "-Infinity": "-inf"}.get(written, written)
    return written if len(written) <= SHOWN_VALUE_CHARACTERS else written[: SHOWN_VALUE_CHARACTERS - 3] + "..."


def one_line(message: object) -> str:
    """Return a message with its line breaks as spaces."""
    return " ".join(str(message).split())
