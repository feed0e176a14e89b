"""The public face as text: names, signatures, fields, commands, keys of a scene. `python -m tests.face --write` renews.

tests/reference/face.txt is what users rely on. Whoever changes it on purpose renews it, and says so in CHANGELOG.md.
"""

from __future__ import annotations

import dataclasses
import difflib
import importlib
import inspect
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import typer
from pydantic import BaseModel

import render
from render.scene import Scene

FACE = Path(__file__).parent / "reference" / "face.txt"
HANDED_OUT = {
    "Film": "render.films.film", "FilmProgress": "render.films.film", "Moment": "render.frame.moment",
    "LineRadiance": "render.core.radiance", "SkyRadiance": "render.core.radiance", "Image": "render.imaging.colour",
    "Device": "render.device", "NotebookView": "render.viewer.notebook.view",
}  # fmt: skip
"""Records that public functions take and give, and where they live."""
RENEW = "changed on purpose? python -m tests.face --write, and a line in CHANGELOG.md"


def face(module: ModuleType = render) -> str:
    """Return the whole face as text."""
    parts = [_names(module), _commands(), _keys()]
    return "\n".join(line for part in parts for line in (*part, "")).rstrip() + "\n"


def difference(found: str) -> str:
    """Return how a face differs from the file, as a diff; "" where it does not."""
    kept = FACE.read_text(encoding="utf-8") if FACE.exists() else ""
    lines = difflib.unified_diff(kept.splitlines(), found.splitlines(), FACE.name, "the code", lineterm="", n=1)
    return "\n".join(lines)


def _names(module: ModuleType) -> Iterator[str]:
    """Yield the public names of `render`, and of what they take and give."""
    yield "# import render"
    for name in sorted(module.__all__):
        yield from _described(name, getattr(module, name))
    yield ""
    yield "# taken and given by these"
    for name, home in sorted(HANDED_OUT.items()):
        yield from _described(name, getattr(importlib.import_module(home), name))


def _described(name: str, value: Any) -> Iterator[str]:
    """Yield a public name's lines."""
    if inspect.isclass(value):
        bases = ", ".join(base.__name__ for base in value.__bases__ if base is not object)
        yield f"class {name}({bases})" if bases else f"class {name}"
        yield from (f"    {line}" for line in _members(value))
    elif callable(value):
        yield signature(name, value)
    else:
        yield f"{name}: {type(value).__name__}"


def _members(kind: type) -> Iterator[str]:
    """Yield fields in their order, then properties and methods by name, as far as they are this project's."""
    fields: dict[str, tuple[Any, str]] = {}
    if dataclasses.is_dataclass(kind):
        fields = {one.name: (one.type, "" if one.default is dataclasses.MISSING else f" = {one.default!r}")
                  for one in dataclasses.fields(kind)}  # fmt: skip
    elif issubclass(kind, BaseModel):
        # Their defaults are among the keys below.
        of = kind.model_fields
        fields = {key: (one.annotation, "" if one.is_required() else " = ...") for key, one in of.items()}
    for name, (annotation, default) in fields.items():
        yield f"{name}: {_annotation(annotation)}{default}"
    bases = [base for base in reversed(kind.__mro__) if base.__module__.startswith("render")]
    own = {name: value for base in bases for name, value in vars(base).items()}
    for name in sorted(own):
        value = own[name]
        if name.startswith("_") or name in fields or name in vars(BaseModel):
            continue
        if isinstance(value, property) and value.fget:
            yield f"{name} -> {_annotation(inspect.signature(value.fget).return_annotation)}"
        elif isinstance(value, staticmethod | classmethod):
            yield signature(name, value.__func__)
        elif inspect.isfunction(value):
            yield signature(name, value)
        elif isinstance(value, int | float | str):
            yield f"{name} = {value!r}"


def signature(name: str, function: Any) -> str:
    """Return a function's parameters with their kinds, annotations and defaults, and what it returns."""
    found = inspect.signature(function)
    shown: list[str] = []
    starred = False
    for one in found.parameters.values():
        if one.kind is one.KEYWORD_ONLY and not starred:
            shown.append("*")
        starred = starred or one.kind in (one.KEYWORD_ONLY, one.VAR_POSITIONAL)
        text = {one.VAR_POSITIONAL: "*", one.VAR_KEYWORD: "**"}.get(one.kind, "") + one.name
        text += "" if one.annotation is one.empty else f": {_annotation(one.annotation)}"
        shown.append(text + ("" if one.default is one.empty else f" = {one.default!r}"))
    returned = "" if found.return_annotation is found.empty else f" -> {_annotation(found.return_annotation)}"
    return f"{name}({', '.join(shown)}){returned}"


def _annotation(given: Any) -> str:
    """Return an annotation as it is written."""
    return given if isinstance(given, str) else getattr(given, "__name__", None) or str(given)


def _commands() -> Iterator[str]:
    """Yield each command with its arguments and options: names, what is given, defaults."""
    from render.commands.instruments.application import app  # noqa: PLC0415

    yield "# polarlight COMMAND"
    group = typer.main.get_command(app)
    for name, command in sorted(group.commands.items()):  # type: ignore[attr-defined]
        yield name
        for one in command.params:
            given = one.metavar or ("" if getattr(one, "is_flag", False) else one.type.name.upper())
            opts = "/".join((*one.opts, *one.secondary_opts)) if one.param_type_name == "option" else ""
            often = " ..." if getattr(one, "multiple", False) or one.nargs != 1 else ""
            default = "" if one.default in (None, "", False, [], ()) or callable(one.default) else f" = {one.default}"
            needed = " (needed)" if one.required else ""
            yield "    " + " ".join(filter(None, (opts, given))) + often + default + needed


def _keys() -> Iterator[str]:
    """Yield the keys of a scene's sections with their types, limits and defaults, off its JSON Schema."""
    whole = Scene.model_json_schema()
    yield "# scene.toml"

    def resolved(part: dict[str, Any]) -> dict[str, Any]:
        return whole["$defs"][part["$ref"].rpartition("/")[2]] | part if "$ref" in part else part

    def lines(part: dict[str, Any], name: str) -> Iterator[str]:
        for key, value in resolved(part).get("properties", {}).items():
            inner = next((one for one in map(resolved, value.get("anyOf", ())) if "properties" in one), resolved(value))
            place = f"{name}.{key}" if name else key
            members = resolved(inner.get("items", {}))
            if "properties" in inner:
                yield from lines(inner, place)
            elif "properties" in members:
                yield from lines(members, f"{place}[]")
            else:
                yield f"{place}: {_type(inner, resolved)}{_default(value)}"

    yield from lines(whole, "")


def _type(part: dict[str, Any], resolved: Any) -> str:
    """Return a key's type with its limits."""
    part = resolved(part)
    if "anyOf" in part:
        return " | ".join(_type(one, resolved) for one in part["anyOf"])
    if "enum" in part or "const" in part:
        return " | ".join(json.dumps(one) for one in part.get("enum", [part.get("const")]))
    limits = {"minimum": ">=", "exclusiveMinimum": ">", "maximum": "<=", "exclusiveMaximum": "<",
              "minItems": "items >=", "maxItems": "items <=", "minLength": "letters >=",
              "maxLength": "letters <="}  # fmt: skip
    told = [f"{sign} {part[key]:g}" for key, sign in limits.items() if key in part]
    of = f" of {_type(part['items'], resolved)}" if part.get("items") else ""
    kind = part.get("title", "table") if "properties" in part else part.get("type", "any")
    return " ".join((kind + of, *told))


def _default(part: dict[str, Any]) -> str:
    """Return a key's default; of one that has none, that it is needed cannot be told from here."""
    return f" = {json.dumps(part['default'])}" if part.get("default") is not None else ""


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        FACE.write_text(face(), encoding="utf-8")
    changed = difference(face())
    print(f"{changed}\n{RENEW}" if changed else f"{FACE.name} is as the code is: {len(face().splitlines())} lines")
    sys.exit(int(bool(changed)))
