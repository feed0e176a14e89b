"""What becomes of a key's change: in the light, the picture, its files, or a film."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import numpy as np

from render import device as devices
from render.core.errors import PolarlightError
from render.core.lines import LINE_KEYS
from render.films.film import render_film
from render.formats.taken import header_of, write_taken
from render.frame.development import develop_frame, measured
from render.frame.metering import metered
from render.frame.moment import moment_of
from render.frame.result import Frame
from render.frame.stage import Stage, finish, prepare
from render.imaging.capture.filters import is_filters
from render.scene import Scene, scene_from_text
from tests.key_sweep.keys import as_toml, with_value
from tests.key_sweep.rules import Trial, in_folder

SEEN = 1e-6  # of a frame's brightest: a smaller change is rounding


@dataclass(frozen=True)
class Outcome:
    """What a trial showed: `what` has changed and `by` how much of its largest value; what None: nothing."""

    what: str | None
    by: float = 0.0


class Sweep:
    """Frames of the trials' scenes, of which that before the change is made once for all keys that share it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._device = devices.start("cpu", "single")
        self._before: dict[tuple[str, float], tuple[Stage, Frame]] = {}

    def outcome(self, trial: Trial) -> Outcome:
        """Try a change. Raises SceneError, and whatever else a scene may be refused with."""
        if trial.look == "film":
            return self._in_film(trial)
        best = Outcome(None)
        for time_s in trial.at_s:
            found = self._at(trial, time_s)
            best = max(best, found, key=lambda one: (one.what is not None, one.by))
            if best.what:
                break
        return best

    @staticmethod
    def trial(path: str, value: Any, before: dict[str, Any], folder: Path) -> Trial:
        """Return a trial of one value, whose picture is looked at."""
        settings = [in_folder(one, folder) for one in (before, with_value(before, path, value))]
        return Trial(path, value, settings[0], settings[1], (0.0,), "png" if path == "develop.bits" else "picture")

    def _at(self, trial: Trial, time_s: float) -> Outcome:
        scene, after = (_scene(settings) for settings in (trial.before, trial.after))
        name = as_toml(trial.before), time_s
        if name not in self._before:
            self._before[name] = self._taken(metered(scene, self._device), time_s, None)
        stage, frame = self._before[name]
        _, other = self._taken(metered(after, self._device), time_s, stage)
        if trial.look == "light":
            return _in_light(frame, other)
        if trial.look == "picture":
            return _in_picture((frame, scene), (other, after))
        return self._in_file((frame, scene), (other, after), trial.look)

    def _taken(self, scene: Scene, time_s: float, held: Stage | None) -> tuple[Stage, Frame]:
        moment = moment_of(scene, scene.time.epoch.plus_seconds(time_s))
        stage = prepare(scene, moment, self._device, held)
        return stage, finish(stage, stage.march())

    def _in_file(self, before: tuple[Frame, Scene], after: tuple[Frame, Scene], kind: str) -> Outcome:
        """Compare files that say the same of themselves."""
        paths = [self._folder / f"{name}.{kind}" for name in ("before", "after")]
        header = header_of(*before)
        for path, (frame, scene) in zip(paths, (before, after), strict=True):
            write_taken([path], frame, scene, header)
        one, other = (path.read_bytes() for path in paths)
        return Outcome(f".{kind}" if one != other else None, abs(len(one) - len(other)) / max(len(one), len(other)))

    def _in_film(self, trial: Trial) -> Outcome:
        one, other = (self._film(settings) for settings in (trial.before, trial.after))
        changed = [name for name in one if one[name] != other[name]]
        return Outcome(", ".join(changed) or None, 1.0 if changed else 0.0)

    def _film(self, settings: dict[str, Any]) -> dict[str, Any]:
        """Return what a viewer finds of a film: its frames' names, its pictures, how they are coded, what is beside."""
        scene = _scene(settings)
        folder = self._folder / f"film{abs(hash(as_toml(settings)))}"
        folder.mkdir(exist_ok=True)
        suffix = ".mov" if scene.film.codec == "prores" else ".mp4"
        film = render_film(scene, folder / f"film{suffix}", device="cpu")
        assert film.video is not None
        told, *pictures = imageio_ffmpeg.read_frames(str(film.video))
        frames = [path.name for path in film.frames]
        return {
            "frames": frames,
            "coding": [told[name] for name in ("codec", "pix_fmt", "fps")],
            "pictures": [bytes(picture) for picture in pictures],
            "beside": sorted(path.suffix for path in folder.iterdir()),
        }


def _scene(settings: dict[str, Any]) -> Scene:
    return scene_from_text(as_toml(settings), "sweep")


def _in_light(one: Frame, other: Frame) -> Outcome:
    """Return which line, or the sky, changed most, relative to its brightest pixel."""
    if one.lines.rayleighs.shape != other.lines.rayleighs.shape:
        return Outcome("size", 1.0)
    changes = {"sky": _change(one.sky.radiance, other.sky.radiance)}
    for k, key in enumerate(LINE_KEYS):
        changes[key] = _change(one.lines.rayleighs[k], other.lines.rayleighs[k])
    what = max(changes, key=lambda name: changes[name])
    return Outcome(what if changes[what] > SEEN else None, changes[what])


def _in_picture(one: tuple[Frame, Scene], other: tuple[Frame, Scene]) -> Outcome:
    pictures = [_picture(*taken) for taken in (one, other)]
    if pictures[0].shape != pictures[1].shape:
        return Outcome("size", 1.0)
    by = _change(*pictures)
    return Outcome("picture" if by > SEEN else None, by)


def _picture(frame: Frame, scene: Scene) -> np.ndarray:
    if is_filters(scene.camera.response):
        return measured(frame, scene).counts
    return np.asarray(develop_frame(frame, scene).pixels)


def _change(one: np.ndarray, other: np.ndarray) -> float:
    brightest = max(float(np.abs(one).max()), float(np.abs(other).max()))
    return float(np.abs(one - other).max()) / brightest if brightest else 0.0


def refusal(sweep: Sweep, trial: Trial) -> Outcome | str:
    """Return a trial's outcome, or the one line by which the scene is refused."""
    try:
        return sweep.outcome(trial)
    except PolarlightError as error:
        return str(error)
