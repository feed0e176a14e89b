"""Keys that a scene writes down and that change nothing beside its other keys: said in a line each, not refused.

A scene is turned this way and that while it is made, and what waits in it is kept. What the user has switched off in so
many words (`enabled = false`, `visible = false`) is not told back; what a default leaves idle is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from pydantic import BaseModel

from render.scene import Scene

PANORAMAS = ("equirectangular", "cube")  # no lens makes them


@dataclass(frozen=True)
class Idle:
    """Keys, patterns of their paths, that have no effect in a scene where `when` is true; `why` says so."""

    keys: tuple[str, ...]
    when: Callable[[Scene], bool]
    why: str


def _without(layer: str) -> Callable[[Scene], bool]:
    return lambda scene: bool(getattr(scene.atmosphere, layer).optical_depth == 0.0)


IDLE = (
    Idle(
        ("camera.sensor_height_mm",), lambda s: s.camera.distortion is None,
        "without camera.distortion: columns and rows give the picture's shape",
    ),
    Idle(
        ("camera.auto.*", "camera.compensation_ev", "camera.keys.compensation_ev"),
        lambda s: s.camera.exposure == "manual", 'where camera.exposure is "manual"',
    ),
    Idle(
        ("camera.quaternion_frame",), lambda s: s.camera.quaternion is None and not s.camera.keyed("quaternion"),
        "without a quaternion",
    ),
    Idle(("camera.wcs_rows",), lambda s: s.camera.wcs is None, "without camera.wcs"),
    Idle(("camera.interpolation", "camera.turns"), lambda s: len(s.camera.keys) < 2, "with less than two camera.keys"),
    Idle(
        ("camera.lens.fall_off",), lambda s: s.camera.projection != "rectilinear",
        "of a lens that is not rectilinear: its own is not known",
    ),
    Idle(
        ("camera.lens.scatter", "camera.lens.blades"), lambda s: s.camera.projection in PANORAMAS,
        "of whole-sky pictures, which no lens makes",
    ),
    Idle(("aurora.fine_structure",), lambda s: s.aurora.footprint is None, "without aurora.footprint"),
    Idle(
        ("aurora.steve.picket_offset_km",), lambda s: bool(s.aurora.steve and not s.aurora.steve.picket_fence),
        "without aurora.steve.picket_fence",
    ),
    Idle(("airglow.oxygen_green",), lambda s: s.airglow.layers is not None, "beside airglow.layers of your own"),
    Idle(
        ("thermosphere.model",), lambda s: s.thermosphere.model == "nrlmsis2.0",
        'as "nrlmsis2.0": it is nrlmsis2.1 without NO, which is taken from there',
    ),
    Idle(
        ("atmosphere.boundary.*", "atmosphere.background.*"), lambda s: s.atmosphere.aerosol == "none",
        'where atmosphere.aerosol is "none"',
    ),
    *(
        Idle((f"atmosphere.{layer}.*",), _without(layer), f"where atmosphere.{layer}.optical_depth is 0")
        for layer in ("boundary", "background", "volcanic", "noctilucent")
    ),
    Idle(("earth.land_cover", "earth.snow"), lambda s: s.earth.land is not None, "beside earth.land"),
    Idle(("earth.cloud_cover", "earth.cloud_seed"), lambda s: s.earth.clouds != "weather",
         'where earth.clouds is not "weather"'),
    Idle(("earth.cloud_depth",), lambda s: s.earth.clouds in ("weather", "none"), "without a map as earth.clouds"),
    Idle(("earth.night_lights_scale",), lambda s: s.earth.night_lights is None, "without earth.night_lights"),
    Idle(
        ("station.*",), lambda s: not s.station.visible and "visible" not in s.station.model_fields_set,
        "without station.visible = true",
    ),
    Idle(
        ("station.window", "station.camera_position_m"), lambda s: s.station.frame == "camera",
        'where station.frame is "camera"',
    ),
    Idle(
        ("station.composition", "station.mirrored"), lambda s: s.station.frame == "lvlh",
        'where station.frame is "lvlh"',
    ),
    Idle(("station.window",), lambda s: s.station.camera_position_m is not None, "beside station.camera_position_m"),
    Idle(("station.array_angle_deg",), lambda s: s.station.track_sun, "beside station.track_sun"),
    Idle(("station.mesh_scale",), lambda s: s.station.mesh is None, "without station.mesh"),
    Idle(("develop.gamut", "develop.bits"), lambda s: s.develop.hdr, "beside develop.hdr: Rec. 2020, 16 bits"),
    Idle(("develop.seed",), lambda s: not s.develop.noise, "without develop.noise"),
    Idle(("film.crf",), lambda s: s.film.codec == "prores", 'where film.codec is "prores"'),
)  # fmt: skip
SWITCHES = ("optical_depth", "visible")  # what they themselves say is heard


def idle_key_warnings(scene: Scene) -> tuple[str, ...]:
    """Return a line for each group of keys that the scene writes down and that change nothing beside its others."""
    written = list(dict.fromkeys(_written(scene, "")))
    found: dict[str, list[str]] = {}
    told: set[str] = set()
    for rule in IDLE:
        if not rule.when(scene):
            continue
        for path in written:
            if path not in told and any(fnmatchcase(path, pattern) for pattern in rule.keys):
                told.add(path)
                found.setdefault(rule.why, []).append(path)
    return tuple(f"{', '.join(keys)}: no effect {why}" for why, keys in found.items())


def _written(record: BaseModel, path: str) -> Iterator[str]:
    """Yield the paths of the keys that are written down in a scene, those of a list's records once."""
    for name in type(record).model_fields:
        if name not in record.model_fields_set:
            continue
        value, here = getattr(record, name), f"{path}.{name}" if path else name
        records = value if isinstance(value, tuple) else (value,)
        if any(isinstance(one, BaseModel) for one in records):
            for one in records:
                yield from _written(one, here)
        elif value is not None and name not in SWITCHES:
            yield here
