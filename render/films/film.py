"""Many frames: a folder of PNG files that can be gone on with at any time, and a film made of them.

Each frame is written whole or not at all, and carries a stamp: the scene's hash, size, index and time. A later run
renders only frames that are missing, broken, or of another stamp.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from render import device as devices
from render.core.errors import PolarlightError
from render.core.files import sweep
from render.films.ahead import make_regions
from render.films.data_line import data_of
from render.films.folder import (
    STAMP_KEY,
    check_frames_are_of,
    comment_of,
    frame_epoch,
    frame_path,
    frame_stamp,
    is_done,
    make_folder,
    places,
    video_of,
)
from render.formats.data_line import write_beside
from render.formats.png import write_png
from render.formats.taken import require_formats
from render.formats.video import Coding, write_video
from render.frame.aurora import regions_to_make
from render.frame.development import develop_frame
from render.frame.metering import metered
from render.frame.moment import moment_of
from render.frame.render import render_frame
from render.frame.result import frame_header
from render.scene import Scene

PACE_FRAMES = 8  # the time left is reckoned from so many last frames


class FilmInterruptedError(PolarlightError):
    """Say how far an interrupted film is, and how to go on."""

    exit_code = 130  # 128 + SIGINT, as shells count


@dataclass(frozen=True)
class FilmProgress:
    """How far a film is: `done` of `total` frames to render, `kept` from earlier runs, seconds left or None.

    `finished`: the frame that has just been written, in `seconds`; None where nothing has.
    """

    done: int
    total: int
    kept: int
    seconds_left: float | None
    doing: str
    finished: int | None = None
    seconds: float = 0.0


@dataclass(frozen=True)
class Film:
    """A finished film: its frames' files in order, how many were rendered now, and the video or None."""

    frames: tuple[Path, ...]
    rendered: int
    seconds: float
    device_label: str
    video: Path | None


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

    Raises InputError for a size that the camera cannot have, OutputError where `output` cannot be written or holds
    frames of another scene or size, FilmInterruptedError on Ctrl-C (the frame in work is lost).
    """
    started = time.monotonic()
    folder, video = places(output)
    wanted = range(scene.film.frames) if frames is None else frames
    scene, name = _of_film(scene), scene.film.frame_name
    require_formats([frame_path(folder, 0, name)], scene, size or (scene.camera.columns, scene.camera.rows))
    moment_of(scene, frame_epoch(scene, wanted[0]), size)  # is there a camera of this size?
    video = video and video_of(scene, video, wanted, size)
    check_frames_are_of(scene, folder, size)
    make_folder(folder)
    sweep(folder, f"{name}_*")
    stamps = _stamps(scene, wanted, size)
    missing = [i for i in wanted if not is_done(frame_path(folder, i, name), stamps[i])]
    labels: list[str] = []
    try:
        for label in _rendering(scene, folder, missing, stamps, size, device, progress):
            labels.append(label)  # one by one: how many is needed when the loop is interrupted
        paths = tuple(frame_path(folder, i, name) for i in wanted)
        data = data_of(scene, wanted, paths)
        if video:
            burned = [one.words for one in data] if scene.film.data_line == "burned" else None
            _join(scene, wanted, paths, video, burned, len(missing), progress)
        write_beside(scene.film.data_line, video or folder, data, scene.film.rate)
    except KeyboardInterrupt:
        ready = len(wanted) - len(missing) + len(labels)
        raise FilmInterruptedError(
            f"interrupted: {ready} of {len(wanted)} frames are done in {folder}; the same command goes on from there"
        ) from None
    return Film(paths, len(missing), time.monotonic() - started, labels[-1] if labels else "", video)


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

    def tell_regions(made: int) -> None:
        if progress:
            doing = f"field lines of the way, {made} of {len(regions)} regions"
            progress(FilmProgress(0, len(missing), kept, None, doing))

    if missing and scene.camera.exposure == "auto":

        def tell_metering(_share: float, doing: str) -> None:
            if progress:
                progress(FilmProgress(0, len(missing), kept, None, doing))

        scene = metered(scene, devices.start(device), tell_metering)
    regions = regions_to_make(scene, (frame_epoch(scene, index) for index in missing))
    make_regions(regions, tell_regions)
    pace: deque[float] = deque(maxlen=PACE_FRAMES)
    for done, index in enumerate(missing):
        if progress:
            left = (len(missing) - done) * sum(pace) / len(pace) if pace else None
            progress(FilmProgress(done, len(missing), kept, left, f"frame {index}"))
        begun = time.monotonic()
        frame = render_frame(scene, frame_epoch(scene, index), size=size, device=device)
        metadata = {**frame_header(frame, scene), STAMP_KEY: stamps[index]}
        path = frame_path(folder, index, scene.film.frame_name)
        write_png(path, develop_frame(frame, scene), scene.develop.bits, metadata)
        if done == 1:
            pace.clear()  # of the first, which also starts and compiles
        pace.append(time.monotonic() - begun)
        if progress:
            left = (len(missing) - done - 1) * sum(pace) / len(pace)
            progress(FilmProgress(done + 1, len(missing), kept, left, f"frame {index}", index, pace[-1]))
        yield frame.device.label


def _join(
    scene: Scene,
    wanted: range,
    paths: Sequence[Path],
    video: Path,
    burned: Sequence[str] | None,
    rendered: int,
    progress: Callable[[FilmProgress], None] | None,
) -> None:
    """Join the frames into the video."""
    sweep(video.parent, video.stem)
    if progress:
        progress(FilmProgress(rendered, rendered, len(paths) - rendered, None, "joining frames"))
    film, gamut = scene.film, scene.develop.gamut
    coding = Coding(film.codec, film.crf, gamut, "pq" if scene.develop.hdr else "srgb")
    write_video(paths, video, film.rate, coding, burned=burned, comment=comment_of(scene, wanted))


def _of_film(scene: Scene) -> Scene:
    """Return the scene with its frames developed for bright displays where the film is for them."""
    if not scene.film.hdr or scene.develop.hdr:
        return scene
    return scene.model_copy(update={"develop": scene.develop.model_copy(update={"hdr": True})})


def _stamps(scene: Scene, wanted: range, size: tuple[int, int] | None) -> dict[int, str]:
    """Return index -> stamp of the requested frames."""
    scene_hash, size = scene.scene_hash, size or (scene.camera.columns, scene.camera.rows)
    return {i: frame_stamp(scene_hash, size, i, frame_epoch(scene, i)) for i in wanted}
