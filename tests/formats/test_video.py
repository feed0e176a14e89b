"""Films: number of frames, size, tags, and one line when it fails."""

import os
import subprocess

import imageio_ffmpeg
import numpy as np
import pytest

from render.core.errors import InputError, OutputError, PolarlightError
from render.formats.png import write_png
from render.formats.video import write_video
from render.imaging.colour import Image

FRAMES = 7
COLOUR_STEPS = 4  # of 255: H.264 at 4:2:0 and limited range on flat colour


def frames(folder, bits=8, rows=36, columns=64, count=FRAMES):
    paths = []
    for index in range(count):
        pixels = np.empty((rows, columns, 3), np.float32)
        pixels[:] = (0.2, 0.7, 0.1 * index)
        paths.append(folder / f"{index:04d}.png")
        write_png(paths[-1], Image(pixels), bits)
    return paths


@pytest.mark.parametrize(("bits", "rows", "columns"), [(8, 36, 64), (16, 36, 64), (8, 37, 63)])
def test_every_frame_arrives_with_its_colours(tmp_path, bits, rows, columns):
    handed = []
    write_video(frames(tmp_path, bits, rows, columns), tmp_path / "film.mp4", 24.0, 10, handed.append)
    assert handed == list(range(1, FRAMES + 1))
    assert imageio_ffmpeg.count_frames_and_secs(str(tmp_path / "film.mp4"))[0] == FRAMES
    reader = imageio_ffmpeg.read_frames(str(tmp_path / "film.mp4"))
    info = next(reader)
    assert info["size"] == (columns // 2 * 2, rows // 2 * 2) and info["fps"] == pytest.approx(24.0)
    for index, raw in enumerate(reader):
        centre = np.frombuffer(raw, np.uint8).reshape(info["size"][1], info["size"][0], 3)[10, 20].astype(float)
        assert centre == pytest.approx([51.0, 178.5, 25.5 * index], abs=COLOUR_STEPS)
    assert not [name for name in os.listdir(tmp_path) if "part" in name]


def test_the_stream_is_tagged_bt709(tmp_path):
    write_video(frames(tmp_path), tmp_path / "film.mp4", 24.0)
    said = subprocess.run(
        [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-i", str(tmp_path / "film.mp4")],
        capture_output=True, text=True, check=False,
    ).stderr  # fmt: skip
    assert "h264" in said and "yuv420p(tv, bt709" in said


def test_frames_that_do_not_fit(tmp_path):
    paths = frames(tmp_path)
    with pytest.raises(InputError, match="at least one frame"):
        write_video([], tmp_path / "film.mp4", 24.0)
    write_png(paths[3], Image(np.zeros((20, 20, 3), np.float32)))
    with pytest.raises(InputError, match=r"frames differ in size: .*64 x 36.*20 x 20"):
        write_video(paths, tmp_path / "film.mp4", 24.0)
    paths[3].write_bytes(paths[2].read_bytes()[:-20])
    with pytest.raises(InputError, match=r"0003\.png as PNG: it is cut short"):
        write_video(paths, tmp_path / "film.mp4", 24.0)
    with pytest.raises(OutputError, match="does not exist"):
        write_video(paths[:2], tmp_path / "no" / "film.mp4", 24.0)


def test_a_failure_of_ffmpeg_is_one_line_and_leaves_nothing(tmp_path):
    with pytest.raises(PolarlightError, match="ffmpeg could not write") as caught:
        write_video(frames(tmp_path), tmp_path / "film.nonsense", 24.0)
    assert "\n" not in str(caught.value)
    assert not [name for name in os.listdir(tmp_path) if not name.endswith(".png")]
