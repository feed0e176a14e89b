"""The air that a command is to take: a user's file, a scene's, or a model's over a place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from render.commands.console import parse_numbers, warn, warn_of_file
from render.core.errors import InputError

if TYPE_CHECKING:
    from render.emission.settings import EmissionSettings
    from render.geophysics.upper_air.thermosphere import Thermosphere

LATITUDES, LONGITUDES = (-90.0, 90.0), (-180.0, 360.0)  # degrees
F107, AP = (60.0, 400.0), (0.0, 400.0)
DEFAULT_PLACE = {"lat": "45", "lon": "285", "time": "2015-02-01T05:00:00Z", "f107": "140", "ap": "20"}
"""Where and when the air is taken if nothing is said: the night of the project's comparison with GLOW."""
DEFAULT_F107, DEFAULT_AP = "120", "10"


@dataclass(frozen=True, eq=False)
class Air:
    """The column of air, in words, and how its electrons become light."""

    thermosphere: Thermosphere
    words: str
    facts: dict[str, Any]
    settings: EmissionSettings


def choose_air(thermosphere: str, scene: str, place: dict[str, str], form: str) -> Air:
    """Return the air that the options describe: a file's, a scene's, or the model's over a place. Raises InputError.

    `place`: what was given for lat, lon, time, f107 and ap, empty where nothing was; `form`: of ionisation, empty for
    the scene's own or the default.
    """
    from render.emission.settings import EmissionSettings  # noqa: PLC0415

    of_place = [f"--{name}" for name, text in place.items() if text]
    ways = [name for name, text in (("--thermosphere", thermosphere), ("--scene", scene)) if text] + of_place[:1]
    if len(ways) > 1:
        raise InputError(
            f"{' and '.join(ways)} both give the air; give one: --thermosphere, --scene, or --lat and --lon"
        )
    settings = EmissionSettings.model_validate({"ionisation": form} if form else {})
    if thermosphere:
        from render.geophysics.upper_air.thermosphere_file import read_air_file  # noqa: PLC0415

        found = read_air_file(thermosphere)
        for warning in found.warnings:
            warn(f"warning: {warning}")
        return Air(found.thermosphere, f"file {thermosphere}", {"file": thermosphere}, settings)
    if scene:
        return _scene_air(scene, form)
    missing = [f"--{name}" for name in ("lat", "lon", "time") if not place[name]]
    if of_place and missing:
        raise InputError(f"{of_place[0]} needs {' and '.join(missing)} too; the air is that of --lat, --lon and --time")
    return _model_air(place if of_place else DEFAULT_PLACE, not of_place, settings)


def _scene_air(name: str, form: str) -> Air:
    """Return a scene's own air and settings. Raises SceneError, InputError."""
    from render.frame.air import scene_air  # noqa: PLC0415
    from render.geophysics.drive.origins import drive_origins  # noqa: PLC0415
    from render.scene import load_scene  # noqa: PLC0415

    loaded = load_scene(name)
    warn_of_file(loaded)
    for warning in loaded.drive.warnings(loaded.time.epoch, 0.0, 0.0):
        warn(f"warning: {warning}")
    settings = loaded.emission.model_copy(update={"ionisation": form}) if form else loaded.emission
    when = loaded.time.epoch.isoformat()
    drive = drive_origins(loaded.drive, 0.0, loaded.time.epoch)
    words = (
        f"scene {loaded.name}, where its camera looks, {when}, F10.7 {drive.f107:.4g}, Ap {drive.ap:.3g} "
        f"({loaded.thermosphere.model})"
    )
    facts = {"scene": loaded.name, "time_utc": when, "model": loaded.thermosphere.model, "drive": drive.facts}
    return Air(scene_air(loaded), words, facts, settings)


def _model_air(place: dict[str, str], default: bool, settings: EmissionSettings) -> Air:
    """Return NRLMSIS over a place at a time. Raises InputError."""
    from render.core.epoch import Epoch  # noqa: PLC0415
    from render.geophysics.drive.settings import DriveSettings  # noqa: PLC0415
    from render.geophysics.upper_air.thermosphere import ThermosphereSettings, thermosphere_at  # noqa: PLC0415

    latitude = parse_numbers("--lat", place["lat"], "DEG", (LATITUDES,), 1)[0]
    longitude = parse_numbers("--lon", place["lon"], "DEG", (LONGITUDES,), 1)[0]
    solar = parse_numbers("--f107", place["f107"] or DEFAULT_F107, "F", (F107,), 1)[0]
    magnetic = parse_numbers("--ap", place["ap"] or DEFAULT_AP, "AP", (AP,), 1)[0]
    try:
        epoch = Epoch.parse(place["time"])
    except InputError as error:
        raise InputError(f"--time: {error}") from None
    model = ThermosphereSettings()
    drive = DriveSettings.model_validate({"f107": solar, "ap": magnetic})
    north = f"{abs(latitude):g} {'N' if latitude >= 0 else 'S'}"
    east = f"{abs(longitude):g} {'E' if longitude >= 0 else 'W'}"
    words = f"{north}, {east}, {epoch.isoformat()}, F10.7 {solar:g}, Ap {magnetic:g} ({model.model})"
    words = f"default: {words}" if default else words
    facts = {
        "latitude_deg": latitude,
        "longitude_deg": longitude,
        "time_utc": epoch.isoformat(),
        "f107": solar,
        "ap": magnetic,
        "model": model.model,
        "default": default,
    }
    return Air(thermosphere_at(model, latitude, longitude, epoch, drive), words, facts, settings)
