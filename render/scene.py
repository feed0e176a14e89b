"""A scene: TOML read, checked and frozen, composed of the wings' own records."""

from __future__ import annotations

import hashlib
import json
import sys
import tomllib
from datetime import date, datetime, time
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import Field, PrivateAttr, ValidationError

from render.atmosphere.settings import AtmosphereSettings
from render.core import __version__
from render.core.cache import file_digest
from render.core.epoch import Epoch, TimeSettings
from render.core.errors import InputError, PolarlightError, SceneError, UnreadError
from render.core.files import (
    as_text,
    name_hint,
    named_file,
    printable,
    read_plain_file,
)
from render.core.messages import did_you_mean, one_line, parser_words, shown
from render.core.record import Record
from render.earth.settings import EarthSettings
from render.emission.airglow import AirglowSettings
from render.emission.settings import EmissionSettings
from render.geophysics.drive.settings import DriveSettings
from render.geophysics.forms.aurora_settings import AuroraSettings
from render.geophysics.upper_air.thermosphere import ThermosphereSettings
from render.imaging.auto_exposure import ExposureCurve
from render.imaging.capture.filters import is_filters
from render.imaging.capture.response import require_light
from render.imaging.settings import DevelopSettings, FilmSettings
from render.observer.camera import CameraSettings
from render.observer.orbit import ObserverSettings, elements_warning
from render.scene_errors import backslash_hint, first_complaint
from render.scene_files import FILE_KEYS, leave_out_files, names_file, resolve_files
from render.scene_moved_keys import move_old_keys, moved_warning
from render.sky.settings import SkySettings
from render.station.settings import StationSettings

MAX_SCENE_BYTES = 4_000_000  # far above any scene: a film or a device given by mistake is not read to its end
VIDEO_KEYS = tuple(("film", key) for key in ("frames", "frames_per_second", "codec", "crf", "data_line", "frame_name"))
"""(section, key) that say how many frames are taken and how they are shown, and change none of them."""


class Scene(Record):
    """Hold a whole scene: one record per TOML section; everything but time and observer has a default."""

    time: TimeSettings = Field(description="when: the instant of the picture and of the film's first frame")
    observer: ObserverSettings = Field(description="where from: elements of an orbit, or a fixed place")
    camera: CameraSettings = Field(default_factory=CameraSettings, description="lens, sensor, attitude, exposure")
    drive: DriveSettings = Field(default_factory=DriveSettings, description="what drives the aurora")
    aurora: AuroraSettings = Field(default_factory=AuroraSettings, description="curtains along the oval")
    thermosphere: ThermosphereSettings = Field(
        default_factory=ThermosphereSettings, description="the air in which the aurora glows"
    )
    emission: EmissionSettings = Field(
        default_factory=EmissionSettings, description="how electrons become light: ionisation, afterglow, sunlit ions"
    )
    airglow: AirglowSettings = Field(default_factory=AirglowSettings, description="the night air's own layers")
    atmosphere: AtmosphereSettings = Field(default_factory=AtmosphereSettings, description="air that scatters, absorbs")
    earth: EarthSettings = Field(default_factory=EarthSettings, description="land, sea and cities")
    sky: SkySettings = Field(default_factory=SkySettings, description="stars, Moon and Sun")
    station: StationSettings = Field(default_factory=StationSettings, description="the ISS in the foreground")
    develop: DevelopSettings = Field(
        default_factory=DevelopSettings, description="how radiance becomes a picture: sensor, noise, white, tone"
    )
    film: FilmSettings = Field(default_factory=FilmSettings, description="the film's frames and its video")

    _name: str = PrivateAttr("scene")
    _moved: str | None = PrivateAttr(None)
    _text: str = PrivateAttr("")
    _folder: Path = PrivateAttr(Path())
    _exposures: ExposureCurve | None = PrivateAttr(None)

    @property
    def name(self) -> str:
        """Return the scene's short name: its file's, without the ending."""
        return self._name

    @property
    def text(self) -> str:
        """Return the TOML that the scene was read from."""
        return self._text

    @property
    def folder(self) -> Path:
        """Return the folder at which relative file names in the scene start."""
        return self._folder

    @property
    def exposures(self) -> ExposureCurve | None:
        """Return the metered exposure of a camera that exposes by itself; None before it is metered."""
        return self._exposures

    def with_exposures(self, curve: ExposureCurve) -> Scene:
        """Return the scene with its exposure metered: see `render.frame.metering`."""
        scene = self.model_copy()
        scene._exposures = curve
        return scene

    @property
    def observer_on_date(self) -> ObserverSettings:
        """Return the observer, a satellite by name as its elements nearest to the scene's time. Raises InputError."""
        return self.observer.on_date(self.time.epoch)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Return what is allowed but doubtful, one line each, in the file, at the scene's time or its film's end.

        Raises InputError where the drive's file does not cover the scene's time.
        """
        first = self.time.epoch
        last = first.plus_seconds((self.film.frames - 1) * self.film.interval_s)
        try:
            return self.warnings_at(first, last)
        except InputError as error:
            return (*self.warnings_at(first), f"the film's end: {error}")

    def warnings_at(self, *epochs: Epoch) -> tuple[str, ...]:
        """Return what is doubtful, one line each: old keys' places, electron spectra; elements, drive at the instants.

        Raises InputError where the drive's file does not cover the instants.
        """
        found = [elements_warning(self.observer_on_date, epoch) for epoch in epochs]
        elements = next(((warning,) for warning in found if warning), ())
        times_s = [epoch.seconds_since(self.time.epoch) for epoch in epochs]
        drive = self.drive.warnings(self.time.epoch, min(times_s), max(times_s)) if times_s else ()
        spectra = self.emission.warnings if self.aurora.enabled else ()
        return (*self.warnings_of_file, *spectra, *elements, *drive)

    @property
    def warnings_of_file(self) -> tuple[str, ...]:
        """Return what is doubtful about the scene's text, whatever the instant: keys that have moved, in one line."""
        return (self._moved,) if self._moved else ()

    @property
    def scene_hash(self) -> str:
        """Return 64 hexadecimal digits that change with anything that can change a picture.

        SHA-256 over the checked settings (defaults included; comments, order and the film's length and speed do not
        count), the files that they name, and polarlight's version.
        """
        content = self.model_dump(mode="json")
        for section, key in FILE_KEYS:
            if names_file(section, key, content[section].get(key)):
                content[section][key] = file_digest(content[section][key], sys.maxsize)
        metered = ("frames", "frames_per_second") if self.camera.exposure == "auto" else ()  # causes of exposure then
        for section, key in VIDEO_KEYS:
            content[section].pop("" if key in metered else key, None)
        content["version"] = __version__
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def load_scene(name_or_path: str | Path) -> Scene:
    """Read and check a scene: a TOML file, or a bundled scene by its name.

    Raises SceneError, one line that names file, section and key, says what was given and what is allowed.
    """
    path = _find(name_or_path)
    return scene_from_text(_read(path), path.stem, path.parent, str(path))


def scene_from_text(
    text: str, name: str = "scene", folder: Path | None = None, file: str = "scene", *, files: bool = True
) -> Scene:
    """Check a scene given as TOML; `file` is what error messages call it. Raises SceneError as `load_scene`.

    `files` False leaves out the keys that name other files, but what sees: enough to develop a frame, which has been
    taken already.
    """
    if not text.strip():
        raise SceneError(f"{file}: empty; a scene needs at least [time] utc and an [observer]")
    try:
        raw = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError: also a whole number of thousands of digits
        raise SceneError(f"{file}: not TOML: {parser_words(error)}{backslash_hint(error, text)}") from None
    return scene_from_tables(raw, text, name, folder, file, files=files)


def scene_from_tables(
    raw: dict[str, Any], text: str = "", name: str = "scene", folder: Path | None = None, file: str = "scene", *,
    files: bool = True,
) -> Scene:  # fmt: skip
    """Check a scene given as the tables of its TOML; `text`: what they were read from, if they were.

    Arguments and errors as `scene_from_text`; the tables are left as they are.
    """
    folder = (folder or Path.cwd()).resolve()
    raw, written = move_old_keys(raw, text, file)
    if files:
        resolve_files(raw, folder, file)
    else:
        leave_out_files(raw, folder, file)
    try:
        # By way of JSON, strictly: TOML's lists become tuples, but "6" is not a number and 1.0 not a count.
        scene = Scene.model_validate_json(json.dumps(raw, default=_as_text), strict=True)
        _ = scene.observer_on_date  # is there one?
        if is_filters(scene.camera.response):
            require_light(scene.camera.response)
    except ValidationError as error:
        raise SceneError(f"{file}: {one_line(first_complaint(error, Scene, raw, text, written))}") from None
    except PolarlightError as error:
        raise SceneError(f"{file}: {one_line(error)}") from None
    scene._name, scene._text, scene._folder = printable(name), text, folder
    scene._moved = moved_warning(written, file)
    return scene


def bundled_scenes() -> dict[str, Path]:
    """Return name -> file of the scenes that come with polarlight, by name."""
    installed = Path(str(resources.files("render"))) / "_scenes"
    folder = installed if installed.is_dir() else Path(__file__).resolve().parents[1] / "scenes"
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def scene_title(path: Path) -> str:
    """Return the scene file's first comment line, without its mark."""
    return title_in(path.read_text(encoding="utf-8"))


def title_in(text: str) -> str:
    """Return the first comment line of a scene's text, without its mark."""
    first = text.partition("\n")[0]
    return first.lstrip("# ").strip() if first.startswith("#") else ""


def scene_schema() -> dict[str, Any]:
    """Return the JSON Schema of a scene file, for editors; units are in the key names and descriptions."""
    schema = Scene.model_json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "polarlight scene",
        "description": "A scene of polarlight, as TOML. Only [time] and [observer] have no default.",
    }


def _find(name_or_path: str | Path) -> Path:
    """Return the scene's file; a bare word is first a bundled name, then a file."""
    text = str(name_or_path)
    bundled = bundled_scenes()
    bare = Path(text).name == text  # "" too, which as a path would be the current folder
    if bare and text in bundled:
        return bundled[text]
    try:
        path = named_file(text, Path())
    except InputError as error:
        raise SceneError(f"{shown(text)}: {error}") from None
    if text and path.exists():
        return path
    if bare and path.suffix != ".toml":
        known = f"{did_you_mean(text, bundled)}bundled: {', '.join(bundled)}"
        raise SceneError(f"no scene named {shown(text)}; {known}; or give a .toml file's path")
    hint = f"; the bundled scene is called {path.stem}" if path.stem in bundled else ""
    raise SceneError(f"{text}: no such scene file{hint}{name_hint(text)}")


def _read(path: Path) -> str:
    """Return a file's text. Raises SceneError for what is no plain file, is oversized, binary or not UTF-8."""
    try:
        content = read_plain_file(path, MAX_SCENE_BYTES, "a .toml file in it")
        return as_text(path, content, MAX_SCENE_BYTES, "a scene is TOML, plain text", "a scene is a short TOML file")
    except UnreadError:
        raise
    except InputError as error:
        raise SceneError(str(error)) from None


def _as_text(value: object) -> str:
    """Return TOML's dates and times as ISO 8601, which JSON lacks."""
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    raise TypeError(f"{value!r} is not TOML")
