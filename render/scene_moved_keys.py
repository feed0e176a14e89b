"""Keys of a scene file that have moved to another section: read from the old place, with a warning."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from render.core.errors import SceneError
from render.scene_errors import Place, line_of

DEVELOPED = ("white_balance_k", "tone", "bits", "noise", "seed")
RESPONSE = ("camera", "response")
MOVED: dict[Place, Place] = {
    **{("film", key): ("develop", key) for key in DEVELOPED},
    ("film", "response"): RESPONSE,
    ("develop", "response"): RESPONSE,
}
"""(section, key) of older versions -> (section, key) now: `[film]` held the development too up to version 0.4, and what
sees stood under `[develop]` up to 0.6."""


def move_old_keys(raw: Mapping[str, Any], text: str, file: str) -> tuple[dict[str, Any], dict[Place, Place]]:
    """Return a parsed scene with its keys where they belong now, and where the moved ones stand in the file.

    The second is new place -> old place, for messages. Raises SceneError for a key that stands in both places.
    """
    placed = {name: dict(table) if isinstance(table, dict) else table for name, table in raw.items()}
    written: dict[Place, Place] = {}
    for old, new in MOVED.items():
        table = placed.get(old[0])
        if not isinstance(table, dict) or old[1] not in table:
            continue
        there = placed.setdefault(new[0], {})
        value = table.pop(old[1])
        if not isinstance(there, dict):
            continue  # no section at all: the check of the scene says so
        if new[1] in there:
            line = line_of(old, text)
            raise SceneError(
                f"{file}: [{old[0]}] {old[1]}: given in [{new[0]}] too, where it belongs; leave it out of [{old[0]}]"
                + (f" (line {line})" if line else "")
            )
        there[new[1]] = value
        written[new] = old
    return placed, written


def moved_warning(written: Mapping[Place, Place], file: str) -> str | None:
    """Return one line that names the keys found in their old places and tells the new ones, or None."""
    if not written:
        return None
    old, new = (sorted({section for section, _ in places}) for places in (written.values(), written))
    keys = ", ".join(key for _, key in written.values())
    return f"{file}: {_sections(old)} {keys}: moved to {_sections(new)}; still read here, but change the file"


def _sections(names: list[str]) -> str:
    return ", ".join(f"[{name}]" for name in names)
