"""The folder of a film's frames: names, stamps that say what a frame is of, what lies there already."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from render.core.epoch import Epoch
from render.core.errors import InputError, OutputError
from render.core.files import writing_error
from render.formats.png import has_png_end, read_png_metadata
from render.formats.video import carries, require_size
from render.scene import Scene

STAMP_KEY = "polarlight_stamp"
WHOLE, PART = "polarlight film, ", "polarlight part of a film, "
VIDEO_SUFFIXES = (".mp4", ".mov")
OTHER_SUFFIXES = (
    ".png", ".exr", ".jpg", ".gif", ".pdf", ".svg", ".npz", ".nc", ".avi", ".mkv", ".webm", ".toml",
)  # fmt: skip
"""Endings that are surely not meant as a folder's name."""


def frame_epoch(scene: Scene, index: int) -> Epoch:
    """Return the instant of a frame: the scene's time plus index times the film's interval, to the microsecond."""
    return scene.time.epoch.plus_seconds(index * scene.film.interval_s)


def frame_path(folder: Path, index: int, name: str = "frame") -> Path:
    """Return a frame's file: frame_00000.png and so on, or of another name."""
    return folder / f"{name}_{index:05d}.png"


def frame_stamp(scene_hash: str, size: tuple[int, int], index: int, epoch: Epoch) -> str:
    """Return what a frame's file must carry to be taken as done; `size` is (width, height)."""
    return f"scene {scene_hash} size {size[0]}x{size[1]} index {index} time {epoch.isoformat()}"


def places(output: Path) -> tuple[Path, Path | None]:
    """Return (folder of the frames, video or None) of a film's output: FILE.mp4 or FILE.mov keeps its frames in
    FILE_frames.

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


def video_of(
    scene: Scene, video: Path, wanted: Sequence[int], size: tuple[int, int] | None = None, missing: Sequence[int] = ()
) -> Path:
    """Return where the video of some frames goes: see `part_beside`. `size` (width, height) of the frames.

    Raises InputError for a codec that the file's ending cannot hold, or that cannot show what the frames hold, and for
    frames too small for it.
    """
    codec = scene.film.codec
    require_size(codec, size or (scene.camera.columns, scene.camera.rows), str(video))
    if codec == "av1" and video.suffix.lower() != ".mp4":
        raise InputError(f"{video}: codec av1 goes to a .mp4 file; write {video.with_suffix('.mp4').name}")
    if codec == "prores" and video.suffix.lower() != ".mov":
        raise InputError(f"{video}: codec prores goes to a .mov file; write {video.with_suffix('.mov').name}")
    if codec == "h264" and scene.develop.hdr:
        raise InputError(f'{video}: h264 cannot show [develop] hdr; write [film] codec = "hevc", "av1" or "prores"')
    return part_beside(scene, video, wanted, missing)


def part_beside(scene: Scene, video: Path, wanted: Sequence[int], missing: Sequence[int] = ()) -> Path:
    """Return a video's path, or for a part of the film FILE_A-B beside one that is there and of no part itself.

    Every S-th frame makes FILE_A-B_by_S. A film of which frames are missing is a part.
    """
    if (len(wanted) < scene.film.frames or missing) and video.exists() and not carries(video, PART):
        by = f"_by_{step}" if (step := _step(wanted)) > 1 else ""
        return video.with_name(f"{video.stem}_{wanted[0]}-{wanted[-1]}{by}{video.suffix}")
    return video


def comment_of(scene: Scene, wanted: Sequence[int], missing: Sequence[int] = ()) -> str:
    """Return what a video says of the frames that it shows, and of those that it cannot."""
    by = f":{step}" if (step := _step(wanted)) > 1 else ""
    of = f"frames {wanted[0]}-{wanted[-1]}{by} of {scene.film.frames} of {scene.name}"
    if missing:
        of += f"; {len(missing)} missing, others held in their place: {', '.join(in_ranges(missing, wanted))}"
    return f"{PART if len(wanted) < scene.film.frames or missing else WHOLE}{of}"


def in_ranges(indices: Iterable[int], wanted: Sequence[int]) -> list[str]:
    """Return indices as `--frames` takes them, A-B, A-B:STEP or N; neighbours are those of the wanted frames."""
    place = {index: at for at, index in enumerate(wanted)}
    runs: list[list[int]] = []
    for index in sorted(indices, key=place.__getitem__):
        if runs and place[runs[-1][-1]] + 1 == place[index]:
            runs[-1].append(index)
        else:
            runs.append([index])
    by = f":{step}" if (step := _step(wanted)) > 1 else ""
    return [f"{run[0]}-{run[-1]}{by}" if len(run) > 1 else str(run[0]) for run in runs]


def _step(wanted: Sequence[int]) -> int:
    """Return how far frames are apart of which every S-th is wanted, 1 for all others."""
    return wanted.step if isinstance(wanted, range) and len(wanted) > 1 else 1


def held_over(wanted: Sequence[int], there: Collection[int]) -> list[int]:
    """Return which frame is shown for each wanted one: itself, else the last before it that is there, else the first.

    Raises ValueError where none is there.
    """
    last = next((index for index in wanted if index in there), None)
    if last is None:
        raise ValueError("no frame is there")
    shown = []
    for index in wanted:
        last = index if index in there else last
        shown.append(last)
    return shown


def check_frames_are_of(scene: Scene, folder: Path, size: tuple[int, int] | None) -> None:
    """Raise OutputError where the folder holds frames of another film; `size` is (width, height).

    Another state of the same scene makes another film. Files that polarlight has not stamped, and frames under another
    one's number, do not count.
    """
    width, height = size or (scene.camera.columns, scene.camera.rows)
    wanted = {"scene": scene.name, "size": f"{width}x{height}"}
    for path in sorted(folder.glob(f"{scene.film.frame_name}_*.png")):
        metadata = read_png_metadata(path, head=True) or {}
        if STAMP_KEY not in metadata:
            continue
        found = {key: metadata.get(key, value) for key, value in wanted.items()}
        if found != wanted:
            raise OutputError(
                f"{folder}: holds frames of another film: {path.name} is of scene {found['scene']}, {found['size']}, "
                f"not {scene.name}, {wanted['size']}; choose another folder, or remove them"
            )
        if metadata[STAMP_KEY].split()[1:2] != [scene.scene_hash]:
            raise OutputError(
                f"{folder}: holds frames of {scene.name} as it was before the scene was changed ({path.name}); choose "
                "another folder, remove them, or render them anew by --force"
            )


def is_done(path: Path, stamp: str) -> bool:
    """Say whether a frame is there, whole, and made from what would make it now."""
    metadata = read_png_metadata(path)
    return metadata is not None and metadata.get(STAMP_KEY) == stamp


def is_written(path: Path, stamp: str) -> bool:
    """Say what `is_done` does of a file whose pixels are not looked at: by its head and its end, and quickly."""
    metadata = read_png_metadata(path, head=True)
    return metadata is not None and metadata.get(STAMP_KEY) == stamp and has_png_end(path)


def state_of(video: Path | None) -> tuple[int, int, int] | None:
    """Return what changes when a video is written anew; None where there is none."""
    try:
        found = os.stat(video) if video else None
    except OSError:
        return None
    return (found.st_ino, found.st_mtime_ns, found.st_size) if found else None


def names_in(folder: Path) -> set[str]:
    """Return the names of all files in a folder, none where there is no such folder."""
    try:
        return set(os.listdir(folder))
    except OSError:
        return set()


def make_folder(folder: Path) -> None:
    """Make the folder of the frames. Raises OutputError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise writing_error(f"{folder}: cannot be made a folder for frames", folder, error) from None
