"""What the page changes of a scene, as changes of its file's tables: read with tomllib, or with tomlkit and its
comments."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

import numpy as np

from render.core.errors import InputError
from render.core.geodesy import geodetic_from_itrs, itrs_from_local
from render.core.messages import did_you_mean, shown
from render.frame.moment import Moment
from render.observer.projections import FACES
from render.observer.settings import POINTING, RESPONSES
from render.scene import Scene
from render.scene_moved_keys import MOVED

LOOK = POINTING
EXPOSED = ("exposure_s", "f_number", "iso")
KEYS: dict[str, tuple[str, str]] = {
    **{name: ("camera", name) for name in (*LOOK, "focal_length_mm", *EXPOSED)},
    **{name: ("camera", name) for name in ("exposure", "compensation_ev", "response")},
    **{name: ("develop", name) for name in ("white_balance_k", "exposure_compensation_ev", "tone")},
    **{name: ("develop", name) for name in ("noise", "noise_reduction")},
    "kp": ("drive", "kp"),
    "aurora_seed": ("aurora", "seed"), "aurora_enabled": ("aurora", "enabled"),
    "airglow_enabled": ("airglow", "enabled"),
    "stars_enabled": ("sky", "stars"), "moon_enabled": ("sky", "moon"), "sun_enabled": ("sky", "sun"),
    "cities_enabled": ("earth", "cities"), "earth_visible": ("earth", "visible"),
    "clouds": ("earth", "clouds"), "cloud_cover": ("earth", "cloud_cover"), "cloud_seed": ("earth", "cloud_seed"),
    "station_visible": ("station", "visible"),
}  # fmt: skip
"""Name on the page -> (section, key) of the scene."""
WORDS = {"clouds": ("weather", "none"), "response": RESPONSES}
"""What a page may say where a scene may name a file: nothing else, so that no page reads files."""
STEEP = 1e-6  # cosine of the elevation, below which a camera looks straight up or down and has no azimuth of its own
ANGLE_DIGITS = 6  # decimals of a degree: 0.4 cm on the Earth from the ISS
OTHER_POINTINGS = ("look_at", "quaternion", "quaternion_frame", "wcs", "wcs_rows")


def check_change(scene: Scene, name: str, value: object) -> None:
    """Raise InputError for a change that no record of the scene would refuse, or not by its name on the page."""
    if name not in KEYS:
        raise InputError(f"{shown(name)} is nothing that can be set; {did_you_mean(name, KEYS)}")
    if not isinstance(value, bool | int | float | str) or (isinstance(value, float) and not math.isfinite(value)):
        raise InputError(f"{name} {shown(value)}: allowed: a number, true, false or a word")
    if name in WORDS and value not in WORDS[name]:
        raise InputError(f"{name} {shown(value)}: allowed: {', '.join(WORDS[name])}")
    if name == "kp" and scene.drive.kp is None and not scene.drive.of_date:
        raise InputError("kp: the scene's drive is a file, a preset or a solar wind, from which Kp follows")
    if name == "focal_length_mm" and scene.camera.wcs is not None:
        raise InputError("focal_length_mm: the photograph's wcs says the scale; turn the camera first to leave it")


def edit(tables: MutableMapping[str, Any], changes: Mapping[str, Any], scene: Scene) -> None:
    """Change the tables of a scene's file in place: `changes` by names of KEYS; `scene` is what was read from them.

    A look of one's own takes the place of a place looked at, a quaternion, a photograph's wcs, and of angles in keys.
    """
    if set(LOOK) & changes.keys():
        _unpin(tables, scene)
    for name in changes.keys() & {*LOOK, *EXPOSED, "compensation_ev"}:
        _leave_out_of_keys(tables, name)
    old_places = {new: old for old, new in MOVED.items() if old[0] in tables and old[1] in tables[old[0]]}
    for name, value in changes.items():
        section, key = old_places.get(KEYS[name], KEYS[name])
        if section not in tables:
            tables[section] = {}
        tables[section][key] = value


def _unpin(tables: MutableMapping[str, Any], scene: Scene) -> None:
    """Free a camera of all that points it, keeping a photograph's size and scale."""
    camera = tables.setdefault("camera", {})
    if scene.camera.wcs is not None:
        camera["columns"], camera["rows"] = scene.camera.columns, scene.camera.rows
    for key in OTHER_POINTINGS:
        camera.pop(key, None)
    for name in ("quaternion", *LOOK):
        _leave_out_of_keys(tables, name)


def _leave_out_of_keys(tables: MutableMapping[str, Any], name: str) -> None:
    """Take a setting out of the camera's keys; keys that then say nothing but their time go."""
    keys = tables.get("camera", {}).get("keys", [])
    for index in reversed(range(len(keys))):
        keys[index].pop(name, None)
        if set(keys[index]) <= {"time_s"}:
            del keys[index]
    if "keys" in tables.get("camera", {}) and not keys:
        del tables["camera"]["keys"]


def look_of(scene: Scene, moment: Moment) -> dict[str, float]:
    """Return the azimuth, elevation and roll, deg, that point a camera as a moment's is: the inverse of
    `render.observer.attitude.local_from_camera`."""
    settings, turned = scene.camera, np.asarray(moment.camera.itrs_from_camera, float)
    if settings.projection == "cube" and settings.cube_face != "cross":
        turned = turned @ FACES[settings.cube_face]
    latitude, longitude, _ = geodetic_from_itrs(moment.position_km)
    right, _, ahead = (itrs_from_local(latitude, longitude).T @ turned).T
    elevation, azimuth, roll = math.atan2(ahead[2], math.hypot(ahead[0], ahead[1])), 0.0, 0.0
    if math.hypot(ahead[0], ahead[1]) < STEEP:
        azimuth = math.atan2(-right[1], right[0])
    else:
        azimuth = math.atan2(ahead[0], ahead[1])
        level = np.array([math.cos(azimuth), -math.sin(azimuth), 0.0])
        roll = math.atan2(float(right @ np.cross(ahead, level)), float(right @ level))
    dome = 90.0 - settings.dome_tilt_deg if settings.projection == "domemaster" else 0.0
    angles = round(math.degrees(azimuth), ANGLE_DIGITS) % 360.0, math.degrees(elevation) - dome, math.degrees(roll)
    return {name: round(angle, ANGLE_DIGITS) + 0.0 for name, angle in zip(LOOK, angles, strict=True)}


def own_values(scene: Scene) -> Iterator[tuple[str, Any]]:
    """Yield (name on the page, the scene's own value), of what stands in its records."""
    for name, (section, key) in KEYS.items():
        yield name, getattr(getattr(scene, section), key)


def ranges() -> dict[str, tuple[float, float]]:
    """Return name -> lowest and highest value, of those that are numbers within limits."""
    found = {}
    for name, (section, key) in KEYS.items():
        record: Any = Scene.model_fields[section].annotation
        marks = record.model_fields[key].metadata
        low = next((mark.ge for mark in marks if getattr(mark, "ge", None) is not None), None)
        high = next((mark.le for mark in marks if getattr(mark, "le", None) is not None), None)
        if low is not None and high is not None:
            found[name] = (float(low), float(high))
    return found
