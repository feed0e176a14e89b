"""Scenes, spoiled by what a scene may hold: values of any type, at and beyond their limits, keys of others."""

from __future__ import annotations

import functools
import re
from random import Random
from typing import Any

from render.scene import scene_schema
from tests.attacks.mutators import NUMBERS, TEXT, WORDS, Mutator

KEY = re.compile(rb"(?m)^([A-Za-z_][\w.]*)[ \t]*=[ \t]*(.*)$")
SECTION = re.compile(rb"(?m)^\[\[?([^\]\n]*)\]\]?[ \t]*$")
ALIENS = (
    *NUMBERS, *(b'"' + word.replace(b"\\", b"").replace(b'"', b"") + b'"' for word in WORDS), b"true", b"[]", b"{}",
    b"[[[]]]", b"[1, 2, 3]", b'["a"]', b"{a = 1}", b"[{}]", b"'''x'''", b'"""\nx\n"""', b"1979-05-27", b"07:32:00",
    b"1979-05-27T07:32:00-12:00", b"0o17", b"+inf", b"[nan, nan, nan]", b"[0, 0, 0]", b"[1e308, 1e308, 1e308]",
    b"[" * 900 + b"]" * 900, b"[" * 30_000, b'"\\u0000"', b'"\\ud800"', b"{a = {a = {a = 1}}}",
)  # fmt: skip


@functools.cache
def settings() -> tuple[tuple[str, str, dict[str, Any]], ...]:
    """Return (section, key, schema) of every key of a scene, those of tables inside sections as `lens.blades`."""
    schema = scene_schema()
    found = []

    def walk(section: str, part: dict[str, Any]) -> None:
        for key, value in part.get("properties", {}).items():
            forms = [value, *value.get("anyOf", ()), *value.get("allOf", ())]
            inner = next((form["$ref"].rsplit("/", 1)[-1] for form in forms if "$ref" in form), None)
            if inner and "properties" in schema["$defs"][inner]:
                walk(f"{section}.{key}" if section else key, schema["$defs"][inner])
            else:
                found.append((section, key, value))

    walk("", schema)
    return tuple(found)


def value_of(random: Random, form: dict[str, Any]) -> bytes:
    """Return a value at, near or beyond the limits that a key's schema gives."""
    options = [form, *form.get("anyOf", ())]
    form = {**form, **random.choice(options)}
    if "enum" in form or "const" in form:
        return repr(random.choice(form.get("enum", [form.get("const")]))).encode()
    ends = [form[end] for end in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum") if end in form]
    if form.get("type") in ("number", "integer") or ends:
        low, high = (min(ends), max(ends)) if len(ends) > 1 else ((ends or [0.0])[0], (ends or [1.0])[0] + 1e3)
        share = random.random()
        value = random.choice(
            (
                low,
                high,
                low + share * (high - low),
                low + share**8 * (high - low),
                low - 1,
                high + 1,
                high * (1 + 1e-15),
            )
        )
        return (b"%d" % int(value)) if form.get("type") == "integer" else repr(float(value)).encode()
    if form.get("type") == "boolean":
        return random.choice((b"true", b"false"))
    if form.get("type") == "array":
        return (
            b"["
            + b", ".join(value_of(random, form.get("items", {})) for _ in range(random.choice((0, 1, 2, 3))))
            + b"]"
        )
    return random.choice(ALIENS)


def change_value(random: Random, content: bytes, _: bytes) -> bytes:
    """Put an alien value in a key's place."""
    found = list(KEY.finditer(content))
    if not found:
        return content
    match = random.choice(found)
    return content[: match.start(2)] + random.choice(ALIENS) + content[match.end(2) :]


def set_key(random: Random, content: bytes, _: bytes) -> bytes:
    """Set any key of any section, in its section's place, to a value of its kind or an alien one."""
    section, key, form = random.choice(settings())
    value = value_of(random, form) if random.random() < 0.85 else random.choice(ALIENS)
    line = key.encode() + b" = " + value + b"\n"
    head = b"[" + section.encode() + b"]"
    if head + b"\n" not in content:
        return content + b"\n" + head + b"\n" + line
    start = content.index(head + b"\n") + len(head) + 1
    end = next((match.start() for match in SECTION.finditer(content, start)), len(content))
    own = re.sub(rb"(?m)^" + re.escape(key.encode()) + rb"[ \t]*=.*\n?", b"", content[start:end])
    return content[:start] + line + own + content[end:]


def change_name(random: Random, content: bytes, _: bytes) -> bytes:
    """Rename, move or double a key or a section."""
    found = [*KEY.finditer(content), *SECTION.finditer(content)]
    if not found:
        return content
    match = random.choice(found)
    section, key, _form = random.choice(settings())
    name = random.choice(
        (key.encode(), section.encode(), match[1][:-1], match[1] + b"s", match[1].upper(), b'""', b"a.b.c")
    )
    return content[: match.start(1)] + name + content[match.end(1) :]


SCENES: tuple[Mutator, ...] = (set_key,) * 14 + (change_value,) * 8 + (change_name,) * 4 + TEXT
