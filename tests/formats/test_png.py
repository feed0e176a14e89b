"""PNG: what is written comes back, is tagged, and is whole or absent."""

import os

import numpy as np
import png
import pytest
from PIL import Image as Pillow

from render.core.errors import InputError, OutputError, UnreadError
from render.core.files import check_writable, whole_file
from render.formats.png import png_size, read_png_metadata, write_png, write_png_bands
from render.imaging.colour import Image

ROWS, COLUMNS = 150, 37  # more rows than are encoded at once
STAMP = {"scene_hash": "abc123", "time_utc": "2015-01-28T09:45:00Z", "scene": 'title = "Ångström"\nline 2'}


@pytest.fixture
def picture():
    return Image(np.random.default_rng(0).uniform(0.0, 1.0, (ROWS, COLUMNS, 3)).astype(np.float32))


def decoded(path):
    columns, rows, values, info = png.Reader(filename=str(path)).read()
    return np.array([list(row) for row in values]).reshape(rows, columns, 3), info


@pytest.mark.parametrize("bits", [8, 16])
def test_round_trip(tmp_path, picture, bits):
    path = tmp_path / "a.png"
    write_png(path, picture, bits, STAMP)
    pixels, info = decoded(path)
    full = 2**bits - 1
    assert info["bitdepth"] == bits and png_size(path) == (COLUMNS, ROWS)
    assert pixels == pytest.approx(np.asarray(picture.pixels, float) * full, abs=0.51)
    assert read_png_metadata(path) == STAMP
    assert os.listdir(tmp_path) == ["a.png"]


@pytest.mark.parametrize("bits", [8, 16])
def test_bands_are_written_as_the_whole(tmp_path, picture, bits):
    write_png(tmp_path / "whole.png", picture, bits, STAMP)
    bands = (Image(picture.pixels[top : top + 40]) for top in range(0, ROWS, 40))
    write_png_bands(tmp_path / "bands.png", (COLUMNS, ROWS), bands, bits, STAMP)
    np.testing.assert_array_equal(decoded(tmp_path / "bands.png")[0], decoded(tmp_path / "whole.png")[0])
    assert read_png_metadata(tmp_path / "bands.png") == STAMP


def test_bands_that_do_not_fill_the_size_leave_no_file(tmp_path, picture):
    for size, words in (((COLUMNS, ROWS + 1), "150 rows came, not 151"), ((COLUMNS + 1, ROWS), "37 pixels wide")):
        with pytest.raises(ValueError, match=words):
            write_png_bands(tmp_path / "a.png", size, [picture])
    assert os.listdir(tmp_path) == []


def test_others_read_our_texts_and_we_theirs(tmp_path, picture):
    write_png(tmp_path / "a.png", picture, 8, STAMP)
    with Pillow.open(tmp_path / "a.png") as image:
        assert image.text["scene"] == STAMP["scene"]
        assert image.info["srgb"] == 0
    other = png.Writer(width=2, height=1, greyscale=False)
    chunks = [(b"tEXt", b"key\0value")]
    with (tmp_path / "b.png").open("wb") as file:
        other.write(file, [[0] * 6])
    parts = list(png.Reader(filename=str(tmp_path / "b.png")).chunks())
    with (tmp_path / "c.png").open("wb") as file:
        png.write_chunks(file, parts[:1] + chunks + parts[1:])
    assert read_png_metadata(tmp_path / "c.png") == {"key": "value"}


def test_a_file_cut_short_or_damaged_is_not_whole(tmp_path, picture):
    path = tmp_path / "a.png"
    write_png(path, picture, 8, STAMP)
    whole = path.read_bytes()
    for keep in (0, 5, 8, 30, len(whole) // 2, len(whole) - 12, len(whole) - 1):
        path.write_bytes(whole[:keep])
        assert read_png_metadata(path) is None, keep
    middle = len(whole) // 2
    path.write_bytes(whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :])
    assert read_png_metadata(path) is None
    assert read_png_metadata(tmp_path / "absent.png") is None
    with pytest.raises(InputError, match=r"absent\.png as PNG: No such file"):
        png_size(tmp_path / "absent.png")


def test_failure_leaves_the_old_file_and_no_other(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")

    def fail():
        with whole_file(path) as part:
            part.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert path.read_text() == "old" and os.listdir(tmp_path) == ["a.txt"]


def test_places_that_cannot_be_written(tmp_path, picture):
    (tmp_path / "file").write_text("")
    for path, words in (
        (tmp_path / "no" / "a.png", r"the folder .*no does not exist"),
        (tmp_path, "it is a folder"),
        (tmp_path / "file" / "a.png", r"file is not a folder"),
        ("/dev/null", "not an ordinary file"),
    ):
        with pytest.raises(OutputError, match=words) as caught:
            check_writable(path)
        assert "\n" not in str(caught.value)
        with pytest.raises(OutputError, match=words):
            write_png(path, picture)
    check_writable(tmp_path / "fine.png")
    assert sorted(os.listdir(tmp_path)) == ["file"]


def test_no_permission_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write anywhere, so the answer is made up
    with pytest.raises(OutputError, match="no permission to write in"):
        check_writable(tmp_path / "a.png")


def test_bits_are_8_or_16(tmp_path, picture):
    with pytest.raises(InputError, match="8 or 16, got 12"):
        write_png(tmp_path / "a.png", picture, 12)


def test_texts_of_a_file_that_cannot_be_read_are_not_taken_for_none(tmp_path, monkeypatch):
    # A film would write over it as if it were no frame, or tell of an exposure that is no number.
    path = tmp_path / "a.png"
    write_png(path, Image(np.zeros((2, 2, 3), np.float32)))

    def failing(*_):
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(type(path), "open", failing)
    for call in (read_png_metadata, png_size):
        with pytest.raises(UnreadError, match=r"cannot read .*a\.png as PNG: Too many open files$"):
            call(path)
