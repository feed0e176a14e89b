"""Films: number of frames, size, tags, and one line when it fails."""

import os
import subprocess
from fractions import Fraction

import imageio_ffmpeg
import numpy as np
import pytest
from PIL import Image as Pillow

from render.core.errors import InputError, OutputError, PolarlightError
from render.formats.png import read_png_pixels, write_png
from render.formats.video import Coding, write_video
from render.imaging.colour import Image
from render.imaging.encoding import encode_pq

FRAMES = 7
PQ_STEPS = 160.0 / 65535.0  # 10 bits in limited range: 75 of a code value at most, the codec's own besides
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
    write_video(frames(tmp_path, bits, rows, columns), tmp_path / "film.mp4", 24.0, Coding(crf=10), handed.append)
    assert handed == list(range(1, FRAMES + 1))
    assert imageio_ffmpeg.count_frames_and_secs(str(tmp_path / "film.mp4"))[0] == FRAMES
    reader = imageio_ffmpeg.read_frames(str(tmp_path / "film.mp4"))
    info = next(reader)
    assert info["size"] == (columns // 2 * 2, rows // 2 * 2) and info["fps"] == pytest.approx(24.0)
    for index, raw in enumerate(reader):
        centre = np.frombuffer(raw, np.uint8).reshape(info["size"][1], info["size"][0], 3)[10, 20].astype(float)
        assert centre == pytest.approx([51.0, 178.5, 25.5 * index], abs=COLOUR_STEPS)
    assert not [name for name in os.listdir(tmp_path) if "part" in name]


def said_of(path):
    """What ffmpeg says of a file's stream."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-i", str(path)]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stderr
    return next(line for line in said.splitlines() if "Video:" in line)


def decoded(path, rows, columns):
    """The first frame's RGB as ffmpeg decodes it, 16 bits, by the file's own tags."""
    command = [
        imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-loglevel", "error", "-i", str(path),
        "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "rgb48le", "-",
    ]  # fmt: skip
    raw = subprocess.run(command, capture_output=True, check=True).stdout
    return np.frombuffer(raw, np.uint16).reshape(rows, columns, 3)


def test_the_stream_is_tagged_bt709(tmp_path):
    write_video(frames(tmp_path), tmp_path / "film.mp4", 24.0)
    said = said_of(tmp_path / "film.mp4")
    assert "h264" in said and "yuv420p(tv, bt709" in said


@pytest.mark.parametrize(
    ("codec", "gamut", "words"),
    [
        ("hevc", "srgb", ("hevc (Main 10) (hvc1", "yuv420p10le(tv, bt709,")),
        ("av1", "display_p3", ("av1", "yuv420p10le(tv, bt709/smpte432/bt709")),
        ("prores", "rec2020", ("prores (4444)", "(tv, bt2020nc/bt2020/bt709")),
    ],
)
def test_codecs_and_their_tags(tmp_path, codec, gamut, words):
    path = tmp_path / ("film.mov" if codec == "prores" else "film.mp4")
    paths = []
    for index in range(3):
        pixels = np.full((36, 64, 3), (0.2, 0.7, 0.4), np.float32)
        paths.append(tmp_path / f"{index}.png")
        write_png(paths[-1], Image(pixels, gamut), 16)
    write_video(paths, path, Fraction(24000, 1001), Coding(codec, 12, gamut))
    said = said_of(path)
    assert all(word in said for word in (*words, "23.98 fps")), said
    centre = decoded(path, 36, 64)[18, 32] / 65535.0
    assert centre == pytest.approx([0.2, 0.7, 0.4], abs=COLOUR_STEPS / 255.0)


@pytest.mark.parametrize("codec", ["hevc", "av1", "prores"])
def test_hdr_keeps_its_levels_and_says_what_it_is(tmp_path, codec):
    light = np.geomspace(1.0, 900.0, 256)[None, :, None] * np.ones((64, 1, 3))
    picture = Image(encode_pq(light.astype(np.float32)), "rec2020", "pq")
    write_png(tmp_path / "0.png", picture)
    path = tmp_path / ("film.mov" if codec == "prores" else "film.mp4")
    write_video([tmp_path / "0.png"] * 2, path, 24.0, Coding(codec, 10, "rec2020", "pq"))
    assert "(tv, bt2020nc/bt2020/smpte2084" in said_of(path)
    back = decoded(path, 64, 256)[32] / 65535.0
    assert np.abs(back - picture.pixels[32]).max() < PQ_STEPS
    if codec != "prores":
        av = pytest.importorskip("av")
        with av.open(str(path)) as container:
            side = {str(one.type).rpartition(".")[2] for one in next(container.decode(video=0)).side_data}
        assert {"MASTERING_DISPLAY_METADATA", "CONTENT_LIGHT_LEVEL"} <= side


def test_words_are_burned_into_the_video_and_into_nothing_else(tmp_path):
    paths = frames(tmp_path, bits=16, rows=90, columns=400, count=2)
    before = paths[0].read_bytes()
    for name, burned in (("plain.mp4", None), ("said.mp4", ["2015-01-28 09:45:00 UTC", "2015-01-28 09:45:01 UTC"])):
        write_video(paths, tmp_path / name, 24.0, Coding(crf=4), burned=burned)
    plain, said = (decoded(tmp_path / name, 90, 400) / 65535.0 for name in ("plain.mp4", "said.mp4"))
    assert np.abs(said - plain)[:60].max() < 0.03
    assert said[72:, :200].max() > 0.85 and said[72:, 300:].max() < 0.4
    assert paths[0].read_bytes() == before


@pytest.mark.parametrize("bits", [8, 16])
def test_own_frames_are_read_as_pillow_reads_them(tmp_path, bits):
    pixels = np.random.default_rng(0).random((21, 17, 3)).astype(np.float32)
    write_png(tmp_path / "a.png", Image(pixels), bits)
    own = read_png_pixels(tmp_path / "a.png")
    assert own == pytest.approx(pixels * (2**bits - 1), abs=0.51)
    Pillow.new("L", (4, 4)).save(tmp_path / "b.png")
    with pytest.raises(InputError, match="not as polarlight writes them"):
        read_png_pixels(tmp_path / "b.png")


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
