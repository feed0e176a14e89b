"""Read the cards of a FITS header, from a FITS file or from a text file of cards (FITS standard 4.0, section 4)."""

from __future__ import annotations

import re

CARD, BLOCK = 80, 2880  # characters of a card, bytes of a block
Value = float | str | bool


def looks_like_fits(raw: bytes) -> bool:
    """Return whether bytes begin as a FITS file, or as a text of cards, does: with a card that has a value."""
    return re.match(rb"(?=.{8}= )[A-Z0-9_-]{1,8} *=", raw[:CARD].lstrip()) is not None


def read_cards(raw: bytes) -> dict[str, Value]:
    """Return {keyword: value} of a header's cards: numbers, logicals and strings; of a keyword twice the first.

    Cards are 80 characters each in a FITS file; in a text file, a line each. Comments and what has no value are left
    out; nothing is read beyond END.
    """
    text = raw.decode("ascii", errors="replace")
    as_lines = "\n" in text[: 2 * CARD]
    cards = text.splitlines() if as_lines else [text[i : i + CARD] for i in range(0, len(text), CARD)]
    found: dict[str, Value] = {}
    for card in cards:
        keyword = card[:8].strip()
        if keyword == "END":
            break
        if card[8:10] == "= " and keyword:
            value = _value(card[10:].strip())
            if value is not None:
                found.setdefault(keyword, value)
    return found


def _value(text: str) -> Value | None:
    """Return a card's value, its comment cut off; None where it is none of the three kinds."""
    if text.startswith("'"):
        end = text.replace("''", "\0\0").find("'", 1)  # two quotes stand for one
        return None if end < 0 else text[1:end].replace("''", "'").rstrip()
    word = text.partition("/")[0].strip()
    if word in ("T", "F"):
        return word == "T"
    try:
        return float(word.replace("D", "E").replace("d", "e"))
    except ValueError:
        return None
