"""Put two runs of the benchmarks side by side: `python -m benchmarks --compare BEFORE.json AFTER.json`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from render.core.errors import InputError


def compare(before: Path, after: Path) -> str:
    """Return a table of every figure that both files hold: before, after, and their ratio; then what only one holds.

    Raises InputError for a file that is no run of the benchmarks.
    """
    one, other = dict(_figures(_read(before))), dict(_figures(_read(after)))
    shared = [name for name in one if name in other]
    width = max(map(len, shared), default=0)
    lines = [f"{'':{width}}  {'before':>12}  {'after':>12}  {'ratio':>7}"]
    for name in shared:
        ratio = f"{other[name] / one[name]:7.3f}" if one[name] else f"{'-':>7}"
        lines.append(f"{name:{width}}  {one[name]:12.4g}  {other[name]:12.4g}  {ratio}")
    for path, mine, theirs in ((before, one, other), (after, other, one)):
        alone = [name for name in mine if name not in theirs]
        lines += [f"only in {path}: {', '.join(alone)}"] if alone else []
    return "\n".join(lines) + "\n"


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from None
    except ValueError:
        raise InputError(f"{path}: not JSON; give what `python -m benchmarks --out FILE` wrote") from None
    if not isinstance(found, dict) or "machine" not in found:
        raise InputError(f"{path}: no run of the benchmarks; give what `python -m benchmarks --out FILE` wrote")
    return found


def _figures(found: object, name: str = "") -> Iterator[tuple[str, float]]:
    """Yield (name, figure) of all numbers in nested objects and lists, names joined by dots."""
    if isinstance(found, dict):
        for key, value in found.items():
            yield from _figures(value, f"{name}.{key}" if name else str(key))
    elif isinstance(found, list):
        for index, value in enumerate(found):
            yield from _figures(value, f"{name}.{index}")
    elif isinstance(found, int | float) and not isinstance(found, bool):
        yield name, float(found)
