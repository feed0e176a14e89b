"""Walk the scene's schema, and find for each key another allowed value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

MARK = "[]"  # of a path: the first of a list's records


@dataclass(frozen=True)
class Key:
    """One key of a scene: its `path`, as "aurora.groups[].arcs", and its part of the schema, references resolved."""

    path: str
    schema: dict[str, Any]

    @property
    def default(self) -> Any:
        """Return the key's default; None where it has none."""
        return self.schema.get("default")


def keys_of(schema: dict[str, Any]) -> list[Key]:
    """Return every key of a scene's schema that is no record itself, nested records and lists of records included."""
    return list(_walk(schema, schema.get("$defs", {}), ""))


def _walk(node: dict[str, Any], records: dict[str, Any], path: str) -> Iterator[Key]:
    for name, child in node["properties"].items():
        here = f"{path}.{name}" if path else name
        for option in _options(child, records):
            if "properties" in option:
                yield from _walk(option, records, here)
            elif "properties" in (items := _resolved(option.get("items", {}), records)):
                yield from _walk(items, records, here + MARK)
            elif option.get("type") != "null":
                yield Key(here, {**{k: v for k, v in child.items() if k == "default"}, **option})
                break


def _options(node: dict[str, Any], records: dict[str, Any]) -> list[dict[str, Any]]:
    return [_resolved(option, records) for option in node.get("anyOf", [node])]


def _resolved(node: dict[str, Any], records: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in node:
        return node
    return {**records[node["$ref"].rpartition("/")[2]], **{k: v for k, v in node.items() if k != "$ref"}}


def other_values(key: Key, given: Any) -> list[Any]:
    """Return allowed values of a key other than `given`, by its type, range and choices: every choice, one number.

    Raises LookupError for a key whose values the schema does not say: texts and lists of numbers.
    """
    schema = key.schema
    kind = schema.get("type")
    if kind == "boolean":
        return [not given]
    choices = schema.get("enum", [schema["const"]] if "const" in schema else None)
    if choices is not None:
        return [choice for choice in choices if choice != given]
    if kind in ("number", "integer"):
        return [_another_number(schema, given, whole=kind == "integer")]
    raise LookupError(f"{key.path}: the schema does not say which other values there are; write one in the table")


def _another_number(schema: dict[str, Any], given: float | None, *, whole: bool) -> float:
    """Return a number within the range that differs from `given` by a third, or lies a tenth up in the range."""
    low = schema.get("minimum", schema.get("exclusiveMinimum", -1e9))
    high = schema.get("maximum", schema.get("exclusiveMaximum", 1e9))
    of_range = [low + share * (high - low) for share in (0.1, 0.4, 0.6)]
    tried = [given * 4 / 3, given * 2 / 3, *of_range] if given else of_range
    if whole:
        tried = [round(value) if round(value) != given else round(value) + 1 for value in tried]
    return next(value for value in tried if low <= value <= high and value != given)


def value_at(settings: dict[str, Any], path: str) -> Any:
    """Return what a scene's settings, nested dictionaries, have at a path; None where nothing is written there."""
    node: Any = settings
    for name in path.split("."):
        node = node.get(name.removesuffix(MARK)) if isinstance(node, dict) else None
        if name.endswith(MARK):
            node = node[0] if node else None
    return node


def with_value(settings: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Return the settings with a value at a path; those given stay as they are."""
    name, _, rest = path.partition(".")
    plain = name.removesuffix(MARK)
    if not rest:
        return {**settings, plain: value}
    if name.endswith(MARK):
        first, *others = settings.get(plain) or [{}]
        return {**settings, plain: [with_value(first, rest, value), *others]}
    return {**settings, plain: with_value(settings.get(plain) or {}, rest, value)}


def as_toml(settings: dict[str, Any]) -> str:
    """Return settings as the text of a scene file."""
    return "".join(f"{name} = {_inline(value)}\n" for name, value in settings.items())


def _inline(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name} = {_inline(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_inline(one) for one in value) + "]"
    return (
        repr(value) if isinstance(value, int | float) else '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    )
