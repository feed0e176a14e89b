"""Files that a scene names: which keys name one, and what is looked at before a file is read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from render.core.errors import InputError, SceneError
from render.core.files import plain_file, recordable
from render.earth.user_image import check_picture_file
from render.geophysics.user_map.contents import start_of_user_map
from render.station.user_mesh import check_mesh_file

FILE_KEYS = (
    ("camera", "wcs"), ("atmosphere", "profile"), ("drive", "file"), ("drive", "field_file"), ("aurora", "footprint"),
    ("earth", "land"), ("earth", "clouds"), ("earth", "night_lights"), ("station", "mesh"), ("camera", "response"),
    ("observer", "tle"), ("observer", "omm"), ("observer", "oem"),
)  # fmt: skip
"""(section, key) that name another file; relative names start at the scene's folder."""
SEES = ("camera", "response")
"""The one of them that is needed after a frame has been taken."""
SOMEWHERE = {"latitude_deg": 0.0, "longitude_deg": 0.0, "altitude_km": 400.0}  # who took a frame matters no more
NO_FILES = {("earth", "clouds"): ("weather", "none")}
"""Words that such keys may have instead."""
CHECKS: dict[tuple[str, str], Callable[[str], object]] = {
    ("aurora", "footprint"): start_of_user_map, ("station", "mesh"): check_mesh_file,
    **dict.fromkeys([("earth", "land"), ("earth", "clouds"), ("earth", "night_lights")], check_picture_file),
}  # fmt: skip
"""Of files that are read late, what looks at their ending and size at once."""


def names_file(section: str, key: str, value: object) -> bool:
    """Return whether the value of a key of FILE_KEYS is a file's name."""
    if (section, key) == SEES and not str(value).lower().endswith(".csv"):
        return False  # a misspelt name, which the key's own check refuses better
    plain = isinstance(value, str) and value.strip() != "" and "\n" not in value  # not elements, line by line
    return plain and value not in NO_FILES.get((section, key), ())


def resolve_files(raw: dict[str, Any], folder: Path, file: str) -> None:
    """Make the file names in the scene absolute, in place. Raises SceneError when one is not there."""
    for section, key in FILE_KEYS:
        table = raw.get(section)
        value = table.get(key) if isinstance(table, dict) else None
        if not isinstance(value, str) or not isinstance(table, dict) or not names_file(section, key, value):
            continue
        try:
            table[key] = recordable(plain_file(value, folder))
            if check := CHECKS.get((section, key)):
                check(table[key])
        except InputError as error:
            raise SceneError(f"{file}: [{section}] {key}: {error}") from None


def leave_out_files(raw: dict[str, Any], folder: Path, file: str) -> None:
    """Take the names of files out of a scene, in place, but of what sees: of a frame that has been taken already.

    Raises SceneError as `resolve_files`, of what sees.
    """
    for section, key in FILE_KEYS:
        named = isinstance(raw.get(section), dict) and names_file(section, key, raw[section].get(key))
        if named and section == "observer":
            raw[section] = dict(SOMEWHERE)
        elif named and (section, key) != SEES:
            raw[section].pop(key)
    resolve_files({name: table for name, table in raw.items() if name == SEES[0]}, folder, file)
