"""Frames to a film: H.264 through the ffmpeg that imageio-ffmpeg brings, one frame in memory at a time."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

import imageio_ffmpeg

from render.core.errors import InputError, PolarlightError
from render.core.files import whole_file
from render.formats.png import png_size, read_png_metadata

# H.264 with 4:2:0 needs even sizes: the last odd row or column is left out. Tags are set on the frames, since ffmpeg
# drops them as options for RGB input; sRGB's transfer is tagged as BT.709's, as players show both alike.
_FILTERS = (
    "crop=trunc(iw/2)*2:trunc(ih/2)*2:0:0,scale=out_color_matrix=bt709:out_range=tv,format=yuv420p,"
    "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv"
)


def write_video(
    frame_paths: Sequence[str | Path],
    path: str | Path,
    frames_per_second: float,
    crf: int = 16,
    progress: Callable[[int], None] | None = None,
) -> None:
    """Join PNG frames (8 or 16 bits, one size) into an H.264 film, yuv420p with BT.709 tags, whole or not at all.

    `progress` is called with the number of frames handed over. Raises InputError for a missing or differing frame,
    OutputError if the place cannot be written, PolarlightError with ffmpeg's last line if it fails.
    """
    frames = [Path(frame) for frame in frame_paths]
    _check_frames(frames)
    with whole_file(path) as part, tempfile.TemporaryFile() as log:
        command = _command(part, Path(path).suffix, frames_per_second, crf)
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=log)
        try:
            _feed(process.stdin, frames, progress)
            status = process.wait()
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        if status != 0:
            raise PolarlightError(f"ffmpeg could not write {path}: {_last_line(log)}")


def _check_frames(frames: Sequence[Path]) -> None:
    """Raise InputError unless there are frames, all whole PNG files of one size of at least 2 x 2."""
    if not frames:
        raise InputError("a film needs at least one frame")
    first = png_size(frames[0])
    if min(first) < 2:
        raise InputError(f"a film needs frames of at least 2 x 2 pixels, {frames[0]} has {first[0]} x {first[1]}")
    for frame in frames:
        size = png_size(frame)
        if size != first:
            raise InputError(
                f"frames differ in size: {frames[0]} has {first[0]} x {first[1]}, {frame} {size[0]} x {size[1]}"
            )
        if read_png_metadata(frame) is None:
            raise InputError(f"cannot read {frame} as PNG: it is cut short or damaged")


def _command(part: Path, suffix: str, frames_per_second: float, crf: int) -> list[str]:
    """Return the command line: PNG files come through standard input, one after the other."""
    into = ["-movflags", "+faststart"] if suffix.lower() in (".mp4", ".mov", ".m4v") else []
    source = ["-f", "image2pipe", "-c:v", "png", "-framerate", f"{frames_per_second:g}", "-i", "-"]
    codec = ["-c:v", "libx264", "-crf", str(crf), "-preset", "medium", "-pix_fmt", "yuv420p"]
    quiet = ["-hide_banner", "-loglevel", "error", "-nostats", "-y"]
    return [imageio_ffmpeg.get_ffmpeg_exe(), *quiet, *source, "-vf", _FILTERS, *codec, *into, str(part)]


def _feed(pipe: IO[bytes] | None, frames: Sequence[Path], progress: Callable[[int], None] | None) -> None:
    """Copy the files into the pipe and close it; a pipe that breaks means that ffmpeg has ended, and said why."""
    assert pipe is not None
    try:
        for count, frame in enumerate(frames, start=1):
            with frame.open("rb") as file:
                shutil.copyfileobj(file, pipe)
            if progress is not None:
                progress(count)
        pipe.close()
    except BrokenPipeError:
        with suppress(BrokenPipeError):
            pipe.close()


def _last_line(log: IO[bytes]) -> str:
    """Return the last line that ffmpeg wrote."""
    log.seek(0)
    lines = [line.strip() for line in log.read().decode("utf-8", "replace").splitlines() if line.strip()]
    return lines[-1] if lines else "no message"
