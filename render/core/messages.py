"""Words for error messages: values as they were given, and the known word that is nearest."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable

SHOWN_VALUE_CHARACTERS = 60
NOT_UTF_8 = re.compile("[\udc80-\udcff\uef80-\uefff]")  # bytes of names, see `render.core.files.RAW_BYTES`


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
    return cut({"NaN": "nan", "Infinity": "inf", "-Infinity": "-inf"}.get(written, written))


def cut(text: str, most: int = SHOWN_VALUE_CHARACTERS) -> str:
    """Return a text of a user's, without quotes, shortened to one line, what has no shape of its own escaped.

    Trap: a mark that turns the direction of writing would turn the rest of the message. Bytes of names that are not
    UTF-8 stay for `render.core.files.printable`.
    """
    short = text if len(text) <= most else text[: most - 3] + "..."
    return "".join(one if one.isprintable() or NOT_UTF_8.match(one) else ascii(one)[1:-1] for one in short)


def one_line(message: object) -> str:
    """Return a message with its line breaks as spaces."""
    return " ".join(str(message).split())


def parser_words(error: Exception) -> str:
    """Return in one line what a parser of JSON or TOML complains of, where Python itself gave up too."""
    if isinstance(error, RecursionError):
        return "nested too deeply"
    return "a whole number of thousands of digits" if "integer string" in str(error) else one_line(error)
