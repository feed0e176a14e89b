"""Frames to a film through the ffmpeg that imageio-ffmpeg brings, one frame in memory at a time, tagged as it must be.

SDR is tagged as BT.709, or with the wider primaries of its frames; the transfer of sRGB is tagged as that of BT.709, as
players show both alike. HDR is HDR10: PQ in BT.2020, with the display it was made for and how bright it is.
"""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import IO

import imageio_ffmpeg

from render.core.errors import InputError, PolarlightError
from render.core.files import disk_error_in, whole_file
from render.formats.data_line import burned as burned_in
from render.formats.light_levels import DARKEST_CD_M2, MASTERING_XY, LightLevel
from render.formats.png import png_light_level, png_size, read_png_metadata
from render.imaging.encoding import PEAK_CD_M2, Transfer
from render.imaging.settings import Codec, Gamut

ENCODERS: dict[Codec, tuple[str, ...]] = {
    "h264": ("libx264", "-preset", "medium"),
    "hevc": ("libx265", "-preset", "medium", "-tag:v", "hvc1"),  # the tag that Apple's players ask for
    "av1": ("libsvtav1", "-preset", "6"),
    "prores": ("prores_ks", "-profile:v", "4", "-vendor", "apl0"),  # 4444
}
FORMATS: dict[Codec, str] = {"h264": "yuv420p", "hevc": "yuv420p10le", "av1": "yuv420p10le", "prores": "yuv444p10le"}
"""10 bits where players take them: a night's dark gradients show steps in 8."""
LEAST_PX: dict[Codec, int] = {"hevc": 16}
"""Pixels along a side, the odd last row or column left out (x265 refuses less than 16, tried); others take 2."""
COMMENT_WITHIN_BYTES = 1 << 24  # of the file's head, whose tables grow with the number of frames
PRIMARIES: dict[Gamut, str] = {"srgb": "bt709", "display_p3": "smpte432", "rec2020": "bt2020"}


@dataclass(frozen=True)
class Coding:
    """How frames are coded; `gamut` and `transfer` are those of the frames."""

    codec: Codec = "h264"
    crf: int = 16
    gamut: Gamut = "srgb"
    transfer: Transfer = "srgb"


def write_video(
    frame_paths: Sequence[str | Path],
    path: str | Path,
    frames_per_second: Fraction | float,
    coding: Coding | None = None,
    progress: Callable[[int], None] | None = None,
    burned: Sequence[str] | None = None,
    comment: str = "",
) -> None:
    """Join PNG frames (8 or 16 bits, one size) into a film, tagged with its colours, whole or not at all.

    `progress` is called with the number of frames handed over; `burned`: words along each frame's lower edge;
    `comment`: words that the file carries. Raises InputError for a missing or differing frame, OutputError if the place
    cannot be written or its disk is full, PolarlightError with ffmpeg's last line if it fails.
    """
    coding, frames = coding or Coding(), [Path(frame) for frame in frame_paths]
    _check_frames(frames)
    level = _light_level(frames) if coding.transfer == "pq" else None
    with whole_file(path) as part:
        command = _command(part, Path(path).suffix, Fraction(frames_per_second), coding, level, comment)
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        said: list[bytes] = []
        listener = threading.Thread(target=lambda: said.extend(process.stderr or ()), daemon=True)
        listener.start()
        try:
            _feed(process.stdin, frames, progress, burned, coding.transfer)
            status = process.wait()
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
            listener.join()
        if status != 0:
            raise _failure(path, status, b"".join(said).decode("utf-8", "replace"))


def require_size(codec: Codec, size: tuple[int, int], where: str) -> None:
    """Raise InputError, which begins with `where`, for frames (width, height) too small for a codec."""
    least = LEAST_PX.get(codec, 2)
    if min(side - side % 2 for side in size) < least:
        raise InputError(f"{where}: frames of {size[0]}x{size[1]}; a film in {codec} needs {least}x{least} at least")


def carries(path: Path, words: str) -> bool:
    """Return whether a film of `write_video` carries a comment with these words, which stands before its pictures."""
    try:
        with path.open("rb") as file:
            return words.encode() in file.read(COMMENT_WITHIN_BYTES)
    except OSError:
        return False


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


def _light_level(frames: Sequence[Path]) -> LightLevel:
    """Return the brightest of a film's frames, pixel and mean apart (CTA-861.3)."""
    levels = [png_light_level(frame) for frame in frames]
    return LightLevel(max(one.most_cd_m2 for one in levels), max(one.mean_cd_m2 for one in levels))


def filters(coding: Coding) -> str:
    """Return ffmpeg's filters: even sizes, the right matrix, tags on the frames.

    Coding at 4:2:0 needs even sizes: the last odd row or column is left out. Tags are set on the frames, since ffmpeg
    drops them as options for RGB input.
    """
    wide = coding.transfer == "pq" or coding.gamut == "rec2020"
    matrix = "bt2020nc" if wide else "bt709"
    primaries = "bt2020" if wide else PRIMARIES[coding.gamut]
    curve = "smpte2084" if coding.transfer == "pq" else "bt709"
    return (
        "setparams=color_primaries=unknown:color_trc=unknown,"  # of the PNG's tags: there is nothing to convert
        f"crop=trunc(iw/2)*2:trunc(ih/2)*2:0:0,scale=out_color_matrix={matrix}:out_range=tv,"
        f"format={FORMATS[coding.codec]},"
        f"setparams=color_primaries={primaries}:color_trc={curve}:colorspace={matrix}:range=tv"
    )


def _side_data(coding: Coding, level: LightLevel | None) -> list[str]:
    """Return the encoder's options for the display that HDR was made for and its brightness; it is quiet otherwise."""
    quiet = ["-x265-params", "log-level=error"] if coding.codec == "hevc" else []
    if level is None:
        return quiet
    red, green, blue, white = MASTERING_XY
    most, mean = max(1, round(level.most_cd_m2)), max(1, round(level.mean_cd_m2))
    if coding.codec == "hevc":
        units = [round(value * 50_000.0) for xy in (green, blue, red, white) for value in xy]  # ITU-T H.265, D.3.28
        display = "G({},{})B({},{})R({},{})WP({},{})".format(*units)
        bright = f"L({round(PEAK_CD_M2 * 1e4)},{round(DARKEST_CD_M2 * 1e4)})"
        told = f"hdr10=1:hdr10-opt=1:repeat-headers=1:master-display={display}{bright}:max-cll={most},{mean}"
        return ["-x265-params", f"log-level=error:{told}"]
    if coding.codec == "av1":
        display = "G({},{})B({},{})R({},{})WP({},{})".format(*green, *blue, *red, *white)
        bright = f"L({PEAK_CD_M2:g},{DARKEST_CD_M2:g})"
        return ["-svtav1-params", f"mastering-display={display}{bright}:content-light={most},{mean}"]
    return []


def _command(
    part: Path, suffix: str, rate: Fraction, coding: Coding, level: LightLevel | None, comment: str
) -> list[str]:
    """Return the command line: PNG files come through standard input, one after the other."""
    into = ["-movflags", "+faststart"] if suffix.lower() in (".mp4", ".mov", ".m4v") else []
    source = ["-f", "image2pipe", "-c:v", "png", "-framerate", str(rate), "-i", "-"]
    codec = ["-c:v", *ENCODERS[coding.codec], "-pix_fmt", FORMATS[coding.codec], *_side_data(coding, level)]
    if coding.codec != "prores":
        codec += ["-crf", str(coding.crf)]
    told = ["-metadata", f"comment={comment}"] if comment else []
    quiet = ["-hide_banner", "-loglevel", "error", "-nostats", "-y"]
    return [imageio_ffmpeg.get_ffmpeg_exe(), *quiet, *source, "-vf", filters(coding), *codec, *told, *into, str(part)]


def _feed(
    pipe: IO[bytes] | None,
    frames: Sequence[Path],
    progress: Callable[[int], None] | None,
    burned: Sequence[str] | None,
    transfer: Transfer,
) -> None:
    """Copy the files into the pipe and close it; a pipe that breaks means that ffmpeg has ended, and said why."""
    assert pipe is not None
    try:
        for count, frame in enumerate(frames, start=1):
            if burned is not None:
                pipe.write(burned_in(frame, burned[count - 1], transfer))
            else:
                with frame.open("rb") as file:
                    shutil.copyfileobj(file, pipe)
            if progress is not None:
                progress(count)
        pipe.close()
    except BrokenPipeError:
        with suppress(BrokenPipeError):
            pipe.close()


def _failure(path: str | Path, status: int, said: str) -> Exception:
    """Return the error of an ffmpeg that ended with a status: OSError, for `whole_file` to tell, of a full disk."""
    if -status == getattr(signal, "SIGXFSZ", None):  # it does not ask for the error itself
        return OSError(errno.EFBIG, os.strerror(errno.EFBIG))
    lines = [line.strip() for line in said.splitlines() if line.strip()] or ["no message"]
    return disk_error_in(said) or PolarlightError(f"ffmpeg could not write {path}: {lines[-1]}")
