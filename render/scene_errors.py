"""Turn pydantic's findings about a scene into one line: what was given, what is allowed, where."""

from __future__ import annotations

import re
import types
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from render.core.messages import cut, did_you_mean, shown
from render.core.record import WrongKeyError

LIMITS = {
    "greater_than": ("more than", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("less than", "lt"),
    "less_than_equal": ("at most", "le"),
}
"""pydantic's error type -> words, and the key of its context that holds the limit."""
QUOTED = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}|' + r"'{3}.*?'{3,5}|" + r'"(?:\\.|[^"\\\n])*"|' + r"'[^'\n]*'|#[^\n]*", re.DOTALL
)
"""Strings of TOML, in this order, and comments."""
RECORD_WANTED = ("model_type", "model_attributes_type", "dict_type")  # pydantic's error types for a value, not a record
LIST_WANTED = ("tuple_type", "list_type")  # and for a value, not a list


Place = tuple[str, str]
"""(section, key) of a scene file."""


def first_complaint(
    error: ValidationError,
    model: type[BaseModel],
    raw: Mapping[str, Any],
    text: str,
    written: Mapping[Place, Place] | None = None,
) -> str:
    """Return `[section] key: what is wrong (line n) (and N more)` for a failed validation.

    `raw` is the parsed TOML, `text` its source, `written` where keys stand in it that were moved before the check; all
    only serve to say where. Unknown keys come first: a misspelt key is often why another one is missing.
    """
    found = [(_path_at_fault(one, raw, model), one) for one in error.errors(include_url=False)]
    inner = [(path, one) for path, one in found if not any(_is_inside(other, path) for other, _ in found)]
    path, first = min(inner, key=lambda pair: pair[1]["type"] != "extra_forbidden")
    in_text = _as_written(path, written or {})
    where, message = _where(in_text), _wrong_length(path, raw, model) or _message(first, path, model)
    line = line_of(in_text, text)
    seen = {tuple(path) for path, _ in inner}
    more = f" (and {len(seen) - 1} more)" if len(seen) > 1 else ""
    return f"{where}: {message}{f' (line {line})' if line else ''}{more}"


def backslash_hint(error: Exception, text: str) -> str:
    """Return what to say of a backslash on the line at which a TOML parser stopped, else nothing."""
    place = re.search(r"at line (\d+)", str(error))
    line = text.split("\n")[int(place[1]) - 1] if place else ""
    if '"' not in line or "\\" not in line:
        return ""
    return "; a backslash starts an escape: write a Windows path in '..', or with / for \\"


def _path_at_fault(found: Mapping[str, Any], raw: Any, model: type[BaseModel]) -> list[int | str]:
    """Return the path of one finding in the file: the key that a record's validator names; of numbers of which there
    are too many or too few the whole list."""
    path = _path_in_file(found["loc"], raw, found["type"])
    error = found.get("ctx", {}).get("error")
    if isinstance(error, WrongKeyError):
        return [*path, error.key]
    counted = bool(path) and isinstance(path[-1], int) and bool(_wrong_length(path[:-1], raw, model))
    return path[:-1] if counted else path


def _is_inside(path: Sequence[int | str], other: Sequence[int | str]) -> bool:
    """Return whether a path leads on from another: of a union's alternatives that one is meant which fits so far."""
    return len(path) > len(other) and list(path[: len(other)]) == list(other)


def _wrong_length(path: Sequence[int | str], raw: Any, model: type[BaseModel]) -> str:
    """Return what to say of a list whose length is fixed and another; else nothing."""
    for step in path:
        try:
            raw = raw[step]
        except (KeyError, IndexError, TypeError):
            return ""
    wanted = _fixed_length_at(model, path)
    if not isinstance(raw, list) or not wanted or len(raw) == wanted:
        return ""
    return f"{shown(raw)} has {len(raw)} {'value' if len(raw) == 1 else 'values'}; {wanted} are wanted"


def _path_in_file(loc: Sequence[int | str], raw: Any, kind: str) -> list[int | str]:
    """Drop from pydantic's location what is not in the file (the names of a union's alternatives)."""
    path: list[int | str] = []
    for position, step in enumerate(loc):
        try:
            raw = raw[step]
        except (KeyError, IndexError, TypeError):
            if kind != "missing" or position < len(loc) - 1:
                continue
        path.append(step)
    return path


def _as_written(path: list[int | str], written: Mapping[Place, Place]) -> list[int | str]:
    """Return the path as it stands in the file, for a key that was moved before the check."""
    place = written.get((str(path[0]), str(path[1]))) if len(path) > 1 else None
    return [*place, *path[2:]] if place else path


def _where(path: Sequence[int | str]) -> str:
    """Return `[section] key[2].part` for a path; numbers count from 1, as people do."""
    section = f"[{cut(str(path[0]))}]" if path else "scene"
    key = ""
    for step in path[1:]:
        key += f"[{step + 1}]" if isinstance(step, int) else ("." if key else " ") + cut(step)
    return section + key


def _message(found: Mapping[str, Any], path: Sequence[int | str], model: type[BaseModel]) -> str:
    """Return what is wrong with one value, and what is allowed instead."""
    kind, value, context = found["type"], found["input"], found.get("ctx", {})
    if kind == "extra_forbidden":
        known = _keys_at(model, path[:-1])
        noun = "section" if len(path) == 1 else "key"
        return f"unknown {noun}; {did_you_mean(str(path[-1]), known)}allowed: {', '.join(known)}"
    if kind == "missing":
        return f"missing; {_example_at(model, path) or 'it has no default'}"
    if kind == "value_error":
        return str(context.get("error", found["msg"]))
    if kind in LIMITS:
        words, key = LIMITS[kind]
        return f"{shown(value)} is out of range; allowed: {_range_at(model, path) or f'{words} {context[key]}'}"
    allowed = re.sub(r"^Input should be ", "", found["msg"])
    if kind in RECORD_WANTED:  # pydantic speaks of JSON's objects
        in_list = any(isinstance(step, int) for step in path)
        table = "a table, { key = value }" + ("" if in_list else f" or [{'.'.join(map(str, path))}] with keys below it")
        allowed = f"a section, [{path[0]}] with keys below it" if len(path) == 1 else table
    elif kind in LIST_WANTED and _model_at(model, path):
        allowed = f"a list of tables, each below its own [[{'.'.join(str(step) for step in path)}]]"
    elif kind in LIST_WANTED:
        allowed = f"a list, {path[-1]} = [{', '.join(['value'] * (_fixed_length_at(model, path) or 2))}]"
    elif kind == "literal_error" and (count := _fixed_length_at(model, path)):
        allowed += f", or a list of {count} numbers"
    return f"{shown(value)} does not fit; allowed: {allowed}"


def _model_at(model: type[BaseModel], path: Sequence[int | str]) -> type[BaseModel] | None:
    """Return the record that holds the value at `path`, or None where it is not a record."""
    inner: Any = model
    for step in path:
        if isinstance(step, str):
            if not _is_record(inner) or step not in inner.model_fields:
                return None
            inner = inner.model_fields[step].annotation
        inner = _record_inside(inner)
    return inner if _is_record(inner) else None


def _record_inside(annotation: Any) -> Any:
    """Return the first record inside a tuple, list, optional or union annotation, else the annotation itself."""
    if get_origin(annotation) in (Union, types.UnionType, tuple, list) or hasattr(annotation, "__metadata__"):
        for part in get_args(annotation):
            inner = _record_inside(part)
            if _is_record(inner):
                return inner
    return annotation


def _is_record(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _keys_at(model: type[BaseModel], path: Sequence[int | str]) -> list[str]:
    """Return the keys allowed in the record at `path`."""
    record = _model_at(model, path)
    return list(record.model_fields) if record else []


def _range_at(model: type[BaseModel], path: Sequence[int | str]) -> str:
    """Return `1 to 200` where the field at `path` declares both limits, else nothing."""
    record = _model_at(model, path[:-1])
    field = record.model_fields.get(str(path[-1])) if record else None
    return declared_range(field) if field else ""


def _fixed_length_at(model: type[BaseModel], path: Sequence[int | str]) -> int:
    """Return how many values the list at `path` must have, 0 where any number will do or it is no list."""
    record = _model_at(model, path[:-1])
    field = record.model_fields.get(str(path[-1])) if record else None
    return _fixed_length(field.annotation) if field else 0


def _fixed_length(annotation: Any) -> int:
    parts = get_args(annotation)
    if get_origin(annotation) is tuple:
        return 0 if Ellipsis in parts else len(parts)
    return max((_fixed_length(part) for part in parts), default=0)


def _example_at(model: type[BaseModel], path: Sequence[int | str]) -> str:
    """Return how the field at `path`, or one in the section there, may be written; empty where it has no example."""
    section = _model_at(model, path)
    record = section or _model_at(model, path[:-1])
    for key, field in record.model_fields.items() if record else ():
        if field.examples and (section or key == path[-1]):
            return f"write e.g. {key} = {shown(field.examples[0])}" + (f" below [{path[-1]}]" if section else "")
    return ""


def declared_range(field: FieldInfo) -> str:
    """Return `1 to 200` from the limits that a field declares; empty where it declares fewer than two."""
    limits: dict[str, Any] = {}
    for mark in field.metadata:
        for name in ("ge", "gt", "le", "lt"):
            if getattr(mark, name, None) is not None:
                limits[name] = getattr(mark, name)
    low, high = limits.get("ge", limits.get("gt")), limits.get("le", limits.get("lt"))
    if low is None or high is None:
        return ""
    open_ends = [f"{limits[end]:g} excluded" for end in ("gt", "lt") if end in limits]
    return f"{low:.12g} to {high:.12g}" + (f" ({', '.join(open_ends)})" if open_ends else "")


def line_of(path: Sequence[int | str], text: str) -> int:
    """Return the line, counted from 1, where the value at `path` stands in a TOML text; 0 where nothing of it does.

    Numbers in the path count from 0: the n-th of an array of tables. What has no line of its own, as a key that is
    missing or is inside a table in braces, has that of the innermost table or key around it.
    """
    found, best = 0, (0, False)
    for number, place in _places(text):
        pairs = zip(path, place, strict=False)
        common = next((n for n, (one, other) in enumerate(pairs) if one != other), min(len(path), len(place)))
        near = common, common == len(place)  # a table's own line before one that is deeper inside it
        if common and near > best:
            found, best = number, near
    return found


def _places(text: str) -> Iterator[tuple[int, list[int | str]]]:
    """Yield (line, path) of every header and key that begins a line of a valid TOML text."""
    table: list[int | str] = []
    last: dict[tuple[int | str, ...], int] = {}  # of arrays of tables, which of each is being written
    depth = 0  # of brackets that values have opened on earlier lines
    for number, line in enumerate(QUOTED.sub(_without_marks, text).split("\n"), 1):
        value = line
        if depth == 0 and line.lstrip().startswith("["):
            names, table = line.strip(" \t\r[]").split("."), []
            for position, name in enumerate(names, 1):
                table.append(name.strip())
                if position == len(names) and line.lstrip().startswith("[["):
                    last[tuple(table)] = last.get(tuple(table), -1) + 1
                if tuple(table) in last:
                    table.append(last[tuple(table)])
            yield number, table
            continue
        if depth == 0 and "=" in line:
            key, _, value = line.partition("=")
            yield number, [*table, *(name.strip() for name in key.split("."))]
        depth += sum(value.count(mark) for mark in "[{") - sum(value.count(mark) for mark in "]}")


def _without_marks(quoted: re.Match[str]) -> str:
    """Return a string or comment without what would be read as TOML, on as many lines."""
    found = quoted[0]
    if found.startswith("#"):
        return ""
    return "\n" * found.count("\n") if found.startswith(('"""', "'''")) else re.sub(r"[^\w-]", "_", found[1:-1])
