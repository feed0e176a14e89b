"""Many frames: a folder of PNG files that can be gone on with at any time, and a film made of them.

Each frame is written whole or not at all, and carries a stamp: the scene's hash, size, index and time. A later run
renders only frames that are missing, broken, or of another stamp.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from render.epoch import Epoch
from render.errors import InputError, OutputError, PolarlightError
from render.film.image import read_png_metadata, write_png
from render.film.video import write_video
from render.frame import develop_frame, frame_header, render_frame
from render.scene import Scene

STAMP_KEY = "polarlight_stamp"
VIDEO_SUFFIXES = (".mp4",)
OTHER_SUFFIXES = (
    ".png", ".exr", ".jpg", ".gif", ".pdf", ".svg", ".npz", ".nc", ".avi", ".mkv", ".mov", ".webm", ".toml",
)  # fmt: skip
"""Endings that are surely not meant as a folder's name."""
PACE_FRAMES = 8  # the time left is reckoned from so many last frames: the first one also compiles


class FilmInterruptedError(PolarlightError):
    """Say how far an interrupted film is, and how to go on."""

    exit_code = 130  # 128 + SIGINT, as shells count


@dataclass(frozen=True)
class FilmProgress:
    """How far a film is: `done` of `total` frames to render, `kept` from earlier runs, seconds left or None."""

    done: int
    total: int
    kept: int
    seconds_left: float | None
    doing: str


@dataclass(frozen=True)
class Film:
    """A finished film: its frames' files in order, how many were rendered now, and the video or None."""

    frames: tuple[Path, ...]
    rendered: int
    seconds: float
    device_label: str
    video: Path | None


def frame_epoch(scene: Scene, index: int) -> Epoch:
    """Return the instant of a frame: the scene's time plus index times the film's interval, to the microsecond."""
    return scene.time.epoch.plus_seconds(index * scene.film.interval_s)


def frame_path(folder: Path, index: int) -> Path:
    """Return a frame's file: frame_00000.png and so on."""
    return folder / f"frame_{index:05d}.png"


def frame_stamp(scene_hash: str, size: tuple[int, int], index: int, epoch: Epoch) -> str:
    """Return what a frame's file must carry to be taken as done; `size` is (width, height)."""
    return f"scene {scene_hash} size {size[0]}x{size[1]} index {index} time {epoch.isoformat()}"


def parse_frames(text: str, count: int) -> range:
    """Read `A-B` (both included) or one index `N`, counted from 0, of a film of `count` frames; empty means all.

    Raises InputError.
    """
    if not text:
        return range(count)
    first, dash, last = text.partition("-")
    allowed = f"write A-B or N within 0-{count - 1}, as [film] frames is {count}"
    if not first.isdecimal() or not (last.isdecimal() if dash else not last):
        raise InputError(f"--frames {text!r} is no range; {allowed}")
    low, high = int(first[:9]), int((last or first)[:9])
    if not low <= high < count:
        raise InputError(f"--frames {text!r} is out of range; {allowed}")
    return range(low, high + 1)


def places(output: Path) -> tuple[Path, Path | None]:
    """Return (folder of the frames, video or None) of a film's output: FILE.mp4 keeps its frames in FILE_frames.

    Raises OutputError for an ending that is neither.
    """
    suffix = output.suffix.lower() or output.name.lower()  # a file called ".mp4" has no ending to pathlib
    if not output.suffix and suffix in VIDEO_SUFFIXES:
        raise OutputError(f"{output}: a film needs a name; write FILE.mp4")
    if suffix in VIDEO_SUFFIXES:
        return output.with_name(f"{output.stem}_frames"), output
    if suffix in OTHER_SUFFIXES:
        raise OutputError(f"{output}: a film goes to FILE.mp4 or to a folder of frames, not to a {suffix} file")
    return output, None


def render_film(
    scene: Scene,
    output: Path,
    *,
    frames: range | None = None,
    size: tuple[int, int] | None = None,
    device: str = "auto",
    progress: Callable[[FilmProgress], None] | None = None,
) -> Film:
    """Render what is missing of a film's frames, then join them if `output` is a video. `size` is (width, height).

    Raises OutputError where `output` cannot be written or holds frames of another scene or size, FilmInterruptedError
    on Ctrl-C (the frame in work is lost).
    """
    started = time.monotonic()
    folder, video = places(output)
    wanted = range(scene.film.frames) if frames is None else frames
    check_frames_are_of(scene, folder, size)
    make_folder(folder)
    sweep(folder, "frame_*")
    stamps = _stamps(scene, wanted, size)
    missing = [i for i in wanted if not is_done(frame_path(folder, i), stamps[i])]
    labels: list[str] = []
    try:
        for label in _rendering(scene, folder, missing, stamps, size, device, progress):
            labels.append(label)  # one by one: how many is needed when the loop is interrupted
        paths = tuple(frame_path(folder, i) for i in wanted)
        if video:
            _join(scene, paths, video, len(missing), progress)
    except KeyboardInterrupt:
        ready = len(wanted) - len(missing) + len(labels)
        raise FilmInterruptedError(
            f"interrupted: {ready} of {len(wanted)} frames are done in {folder}; the same command goes on from there"
        ) from None
    return Film(paths, len(missing), time.monotonic() - started, labels[-1] if labels else "", video)


def check_frames_are_of(scene: Scene, folder: Path, size: tuple[int, int] | None) -> None:
    """Raise OutputError where the folder holds frames of another scene's name or size; `size` is (width, height).

    Frames of an earlier state of the same scene, and files that polarlight has not stamped, do not count.
    """
    width, height = size or (scene.camera.columns, scene.camera.rows)
    wanted = {"scene": scene.name, "size": f"{width}x{height}"}
    for path in sorted(folder.glob("frame_*.png")):
        metadata = read_png_metadata(path, head=True) or {}
        if STAMP_KEY not in metadata:
            continue
        found = {key: metadata.get(key, value) for key, value in wanted.items()}
        if found != wanted:
            raise OutputError(
                f"{folder}: holds frames of another film: {path.name} is of scene {found['scene']}, {found['size']}, "
                f"not {scene.name}, {wanted['size']}; choose another folder, or remove them"
            )


def _rendering(
    scene: Scene,
    folder: Path,
    missing: Sequence[int],
    stamps: dict[int, str],
    size: tuple[int, int] | None,
    device: str,
    progress: Callable[[FilmProgress], None] | None,
) -> Iterator[str]:
    """Render and write the missing frames one by one; yield the device's label after each that is written."""
    kept = len(stamps) - len(missing)
    pace: deque[float] = deque(maxlen=PACE_FRAMES)
    for done, index in enumerate(missing):
        if progress:
            left = (len(missing) - done) * sum(pace) / len(pace) if pace else None
            progress(FilmProgress(done, len(missing), kept, left, f"frame {index}"))
        begun = time.monotonic()
        frame = render_frame(scene, frame_epoch(scene, index), size=size, device=device)
        metadata = {**frame_header(frame, scene), STAMP_KEY: stamps[index]}
        write_png(frame_path(folder, index), develop_frame(frame, scene), scene.film.bits, metadata)
        pace.append(time.monotonic() - begun)
        yield frame.device.label


def _join(
    scene: Scene,
    paths: Sequence[Path],
    video: Path,
    rendered: int,
    progress: Callable[[FilmProgress], None] | None,
) -> None:
    """Join the frames into the video."""
    sweep(video.parent, video.stem)
    if progress:
        progress(FilmProgress(rendered, rendered, len(paths) - rendered, None, "joining frames"))
    write_video(paths, video, scene.film.frames_per_second, scene.film.crf)


def _stamps(scene: Scene, wanted: range, size: tuple[int, int] | None) -> dict[int, str]:
    """Return index -> stamp of the frames asked for."""
    scene_hash, size = scene.scene_hash, size or (scene.camera.columns, scene.camera.rows)
    return {i: frame_stamp(scene_hash, size, i, frame_epoch(scene, i)) for i in wanted}


def is_done(path: Path, stamp: str) -> bool:
    """Say whether a frame is there, whole, and made from what would make it now."""
    metadata = read_png_metadata(path)
    return metadata is not None and metadata.get(STAMP_KEY) == stamp


def make_folder(folder: Path) -> None:
    """Make the folder of the frames. Raises OutputError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: cannot be made a folder for frames: {error.strerror or error}") from None


def sweep(folder: Path, stem: str) -> None:
    """Remove what killed runs left half-written (`.STEM.PID.part.*`), but not what a living process is at."""
    for path in folder.glob(f".{stem}.*.part.*"):
        process = path.name.rsplit(".", 3)[1]
        if process.isdecimal() and not _is_alive(int(process)):
            with suppress(OSError):
                path.unlink()


def _is_alive(process: int) -> bool:
    """Say whether another process of this number runs."""
    if process == os.getpid() or os.name == "nt":  # os.kill would end it there; files in use cannot be removed anyway
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass
    return True
