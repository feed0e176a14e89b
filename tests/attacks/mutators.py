"""Texts and bytes, spoiled: a mutator takes a source of chance, a content and another seed's, and returns a third."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

Mutator = Callable[[Random, bytes, bytes], bytes]

MOST_BYTES = 400_000  # of a mutated content: what is longer is cut
NUMBER = re.compile(rb"(?<![A-Za-z_])[-+]?\d+(?:\.\d+)?(?:[eEdD][-+]?\d+)?")
WORD = re.compile(rb"[^\s,;:={}\[\]<>\"']+")
NUMBERS = (
    b"nan", b"-nan", b"inf", b"-inf", b"NaN", b"Infinity", b"1e400", b"-1e400", b"1e-400", b"0", b"-0.0", b"-1",
    b"1e30", b"1e308", b"-1e308", b"5e-324", b"1e15", b"2147483648", b"4294967295", b"-9223372036854775809", b"9" * 400,
    b"1" + b"0" * 5000, b"0x10", b"1_000", b"1,5", b"1.2.3", b"--1", b"1e", b"\xd9\xa3", b"\xef\xbc\x93", b"\xc2\xb2",
    b"9999.9", b"-999", b"99999.99", b"-1e31", b"9.96921e36", b"1e20", b"null", b"None", b"true", b"", b"''", b"1/0",
)  # fmt: skip
WORDS = (
    b"", b"null", b"[]", b"{}", b"[[]]", b'""', b"\"", b"'", b"#", b"*", b"A" * 300, b"A" * 50_000, "é".encode(),
    "\N{SNOWMAN}\N{COMBINING ACUTE ACCENT}".encode(), "\N{RIGHT-TO-LEFT OVERRIDE}abc".encode(),
    b"\xff\xfe", b"\xed\xa0\x80",
    b"\x1b[31mred\x1b[0m", b"\x07", b"\x08\x08", b"\x0b", b"\x0c", b"\x85", "\u2028".encode(), "\u00a0".encode(),
    "\U0001f30c".encode(), b"%s%n", b"../../x", b"C:\\new\\table", b"/dev/zero", b"0000-00-00",
    b"2015-02-30T00:00:00Z",
    b"9999-12-31T23:59:59Z", b"0001-01-01T00:00:00Z", b"2016-12-31T23:59:60Z", b"2015-01-28T24:00:00Z", b"-1", b"nan",
)  # fmt: skip
DEEP = ((b"[", b"]"), (b'{"a":', b"}"), (b"<a>", b"</a>"), (b"(", b")"))


def flip_bytes(random: Random, content: bytes, _: bytes) -> bytes:
    spoiled = bytearray(content)
    for _i in range(random.choice((1, 1, 2, 8, 64))):
        if spoiled:
            at = random.randrange(len(spoiled))
            spoiled[at] = random.choice((spoiled[at] ^ (1 << random.randrange(8)), random.randrange(256), 0, 255))
    return bytes(spoiled)


def truncate(random: Random, content: bytes, _: bytes) -> bytes:
    end = random.randrange(len(content) + 1)
    return content[:end] if random.random() < 0.8 else content[end:]


def splice(random: Random, content: bytes, other: bytes) -> bytes:
    return content[: random.randrange(len(content) + 1)] + other[random.randrange(len(other) + 1) :]


def delete_span(random: Random, content: bytes, _: bytes) -> bytes:
    start = random.randrange(len(content) + 1)
    return content[:start] + content[start + random.choice((1, 2, 4, 16, 100, 1000)) :]


def repeat_span(random: Random, content: bytes, _: bytes) -> bytes:
    start = random.randrange(len(content) + 1)
    span = content[start : start + random.choice((1, 4, 40, 400))]
    return content[:start] + span * random.choice((2, 3, 50, 1000)) + content[start:]


def insert_word(random: Random, content: bytes, _: bytes) -> bytes:
    at = random.randrange(len(content) + 1)
    return content[:at] + random.choice((*WORDS, *NUMBERS, b"\0", b"\n", b"\r")) + content[at:]


def _lines(content: bytes) -> list[bytes]:
    return content.splitlines(keepends=True) or [b""]


def change_lines(random: Random, content: bytes, other: bytes) -> bytes:
    lines, theirs = _lines(content), _lines(other)
    at, to = random.randrange(len(lines)), random.randrange(len(lines))
    match random.randrange(6):
        case 0:
            lines.insert(to, lines[at])
        case 1:
            del lines[at]
        case 2:
            lines[at], lines[to] = lines[to], lines[at]
        case 3:
            lines.insert(at, random.choice(theirs))
        case 4:
            lines = lines[:at] + lines[at:to] * random.choice((2, 30)) + lines[at:]
        case _:
            lines.reverse()
    return b"".join(lines)


def _one_of(found: list[re.Match[bytes]], random: Random, content: bytes, values: tuple[bytes, ...]) -> bytes:
    """Return the content with one or a few of the spans replaced."""
    for match in sorted(random.sample(found, min(len(found), random.choice((1, 1, 1, 3)))), key=lambda m: -m.start()):
        content = content[: match.start()] + random.choice(values) + content[match.end() :]
    return content


def change_number(random: Random, content: bytes, _: bytes) -> bytes:
    found = list(NUMBER.finditer(content))
    scaled: tuple[bytes, ...] = ()
    if found:
        text = random.choice(found)[0].decode().lower().replace("d", "e")
        factor = random.choice((-1.0, 10.0, 0.1, 1e3, 1e-3, 1e6, 1e12, 1.0000001))
        scaled = (repr(float(text) * factor).encode(),) * 20
    return _one_of(found, random, content, NUMBERS + scaled)


def change_all_numbers(random: Random, content: bytes, _: bytes) -> bytes:
    """Spoil one column's numbers, or all: one value everywhere, or every number scaled."""
    value, factor = random.choice(NUMBERS[:24]), random.choice((1e3, 1e-3, 1e6, 1e100, -1.0, 0.0))
    alike = random.random() < 0.3

    def changed(match: re.Match[bytes]) -> bytes:
        if alike:
            return value
        return repr(float(match[0].lower().replace(b"d", b"e")) * factor).encode()

    return NUMBER.sub(changed, content)


def change_word(random: Random, content: bytes, other: bytes) -> bytes:
    theirs = tuple(match[0] for match in WORD.finditer(other[:20_000]))
    own = tuple(match[0] for match in WORD.finditer(content[:20_000]))
    return _one_of(
        list(WORD.finditer(content)), random, content, (*WORDS, *random.choices(theirs + own or WORDS, k=20))
    )


def change_marks(random: Random, content: bytes, _: bytes) -> bytes:
    """Swap one mark for another everywhere: delimiters, decimal commas, quotes."""
    marks = (b",", b";", b"\t", b" ", b"|", b".", b":", b'"', b"'", b"=", b"\n", b"\r\n", b"\r", b"\\", b"", b"-")
    return content.replace(random.choice(marks[:12]), random.choice(marks))


def swap_columns(random: Random, content: bytes, _: bytes) -> bytes:
    mark = random.choice((b",", b" "))
    one, other = random.randrange(8), random.randrange(8)
    kept = random.random() < 0.3  # the header stays
    rows = []
    for number, line in enumerate(content.split(b"\n")):
        cells = line.split(mark)
        if max(one, other) < len(cells) and not (kept and number == 0):
            cells[one], cells[other] = cells[other], cells[one]
        rows.append(mark.join(cells))
    return b"\n".join(rows)


def encode_otherwise(random: Random, content: bytes, _: bytes) -> bytes:
    text = content.decode("utf-8", errors="replace")
    wide = text.encode(random.choice(("utf-16", "utf-16-le", "utf-32", "utf-7")))
    return random.choice(
        (
            b"\xef\xbb\xbf" + content, b"\xef\xbb\xbf" * 2 + content, wide,
            (text + "é°µ").encode("latin-1", errors="replace"), content.replace(b"\n", b"\r\n"),
            content.replace(b"\n", b"\r"), content.upper(), content.lower(),
        )
    )  # fmt: skip


def nest_deeply(random: Random, content: bytes, _: bytes) -> bytes:
    opening, closing = random.choice(DEEP)
    depth = random.choice((50, 1200, 20_000))
    deep = opening * depth + b"1" + (closing * depth if random.random() < 0.7 else b"")
    if random.random() < 0.4:
        return deep
    at = random.randrange(len(content) + 1)
    return content[:at] + deep + content[at:]


def empty(random: Random, content: bytes, _: bytes) -> bytes:
    return random.choice((b"", b"\n", b" ", b"\0", b"#", b"\xef\xbb\xbf", content[:1], content[:80]))


BYTES: tuple[Mutator, ...] = (
    flip_bytes, flip_bytes, flip_bytes, truncate, splice, delete_span, repeat_span, insert_word, empty,
)  # fmt: skip
TEXT: tuple[Mutator, ...] = (
    flip_bytes, truncate, splice, delete_span, repeat_span, insert_word, change_lines, change_lines, change_number,
    change_number, change_number, change_all_numbers, change_word, change_word, change_word, change_marks, swap_columns,
    encode_otherwise, nest_deeply, empty,
)  # fmt: skip


def mutated(random: Random, content: bytes, others: list[bytes], mutators: tuple[Mutator, ...]) -> bytes:
    """Return a content after one to four mutators."""
    for _ in range(random.choice((1, 1, 1, 2, 2, 4))):
        content = random.choice(mutators)(random, content, random.choice(others))[:MOST_BYTES]
    return content
