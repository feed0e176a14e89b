"""What a film is to be: which frames of which scene, how large, in which folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from render.core.epoch import Epoch
from render.core.errors import InputError
from render.core.messages import shown
from render.films.folder import frame_epoch, frame_path, frame_stamp
from render.scene import Scene


@dataclass(frozen=True)
class Made:
    """What is told of a frame that was rendered: by which device, and how long that took, s."""

    device_label: str
    seconds: float


@dataclass(frozen=True)
class FilmPlan:
    """Which frames (`wanted`, indices) of a scene lie, `size` (width, height) large, in a folder."""

    scene: Scene
    folder: Path
    size: tuple[int, int]
    wanted: Sequence[int]

    @cached_property
    def scene_hash(self) -> str:
        """Return the scene's, which takes reading the files that it names."""
        return self.scene.scene_hash

    def epoch(self, index: int) -> Epoch:
        """Return the instant of a frame."""
        return frame_epoch(self.scene, index)

    def path(self, index: int) -> Path:
        """Return the file of a frame."""
        return frame_path(self.folder, index, self.scene.film.frame_name)

    def stamp(self, index: int) -> str:
        """Return what the file of a frame must carry."""
        return frame_stamp(self.scene_hash, self.size, index, self.epoch(index))

    @property
    def identity(self) -> str:
        """Return what two films that may share a folder have in common: scene, its state, and size."""
        return f"scene {self.scene.name} {self.scene_hash} size {self.size[0]}x{self.size[1]}"


def plan_of(
    scene: Scene, folder: Path, size: tuple[int, int] | None = None, wanted: Sequence[int] | None = None
) -> FilmPlan:
    """Return the plan of a scene's film, by default of all frames in the scene's size; HDR where the film is for it.

    Raises InputError for frames that the film does not have, and for none.
    """
    if scene.film.hdr and not scene.develop.hdr:
        scene = scene.model_copy(update={"develop": scene.develop.model_copy(update={"hdr": True})})
    frames = range(scene.film.frames) if wanted is None else wanted
    last = scene.film.frames - 1
    wrong = [one for one in frames if not isinstance(one, int) or not 0 <= one <= last]
    if wrong or not len(frames):
        given = f"frame {wrong[0]}" if wrong else "no frame"
        raise InputError(
            f"{given}: of {scene.name}; allowed: whole numbers from 0 to {last}, as [film] frames is {last + 1}"
        )
    if size is not None and not all(isinstance(side, int) and side > 0 for side in size):
        raise InputError(f"size {shown(size)}: allowed: (width, height), whole numbers from 1")
    return FilmPlan(scene, Path(folder), size or (scene.camera.columns, scene.camera.rows), frames)


def is_whole(text: str) -> bool:
    """Say whether a text is a whole number without a sign, in plain digits."""
    return text.isascii() and text.isdecimal()


def parse_frames(text: str | None, count: int) -> range:
    """Read `A-B` (both included), `A-B:STEP` or one index `N`, counted from 0, of a film of `count` frames.

    None means all; empty, as from a shell variable that is not set, is refused. Raises InputError.
    """
    if text is None:
        return range(count)
    ends, colon, step = text.partition(":")
    first, dash, last = ends.partition("-")
    allowed = f"write A-B, A-B:STEP or N within 0-{count - 1}, as [film] frames is {count}"
    stepped = is_whole(step) and int(step[:9]) > 0 if colon else not step
    if not is_whole(first) or not (is_whole(last) if dash else not last and not colon) or not stepped:
        raise InputError(f"--frames {shown(text)} is no range; {allowed}")
    low, high = int(first[:9]), int((last or first)[:9])
    if not low <= high < count:
        raise InputError(f"--frames {shown(text)} is out of range; {allowed}")
    return range(low, high + 1, int(step[:9]) if step else 1)


def parse_shard(text: str | None, wanted: range) -> range:
    """Return every N-th of the wanted frames from the I-th on, of `I/N` (I from 1 to N); None means all.

    Neighbours go to different machines, so that all end at about the same time. Raises InputError.
    """
    if text is None:
        return wanted
    part, slash, parts = text.partition("/")
    if not slash or not is_whole(part) or not is_whole(parts):
        raise InputError(f"--shard {shown(text)} is no share; write I/N, as 1/4 for the first of four")
    place, count = int(part[:9]), int(parts[:9])
    if not 1 <= place <= count:
        raise InputError(f"--shard {shown(text)}: I must be 1 to N, as 1/4 for the first of four")
    return wanted[place - 1 :: count]
