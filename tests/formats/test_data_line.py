"""The data line fits into the pictures that it is burned into."""

import numpy as np
import pytest

from render.formats import data_line
from render.formats.data_line import FrameData, burned
from render.formats.png import read_png_pixels, write_png
from render.imaging.colour import Image

ONE = FrameData(0, "2015-01-28T09:45:00Z", -60.0, -100.0, 1400.0, 1.0 / 4000.0, 1.4, 12800.0)
LETTER = 120  # code value: brighter than what the strip lets through of grey 0.2


def letters(folder, columns, rows):
    """Return where letters stand [row, column] in a grey picture."""
    write_png(folder / "a.png", Image(np.full((rows, columns, 3), 0.2, np.float32)), 8)
    (folder / "b.png").write_bytes(burned(folder / "a.png", ONE.words, "srgb"))
    return read_png_pixels(folder / "b.png")[..., 1] > LETTER


@pytest.mark.parametrize(
    ("columns", "rows", "lines"),
    [(1280, 720, 1), (1024, 1024, 1), (360, 640, 1), (256, 256, 3), (160, 90, 3), (2048, 1024, 1)],
)
def test_the_whole_line_is_in_the_picture(tmp_path, columns, rows, lines):
    found = letters(tmp_path, columns, rows)
    assert ONE.words.count(data_line.BETWEEN_PARTS) == 2
    assert found.any() and not found[:, -2:].any()
    written = np.concatenate([[False], found.any(axis=1), [False]])
    assert found[:, columns // 3 :].any()  # and is not lost at the left
    gaps = np.flatnonzero(np.diff(written.astype(int)) == 1)
    assert len(gaps) == lines


def test_a_picture_too_narrow_for_any_letters_keeps_its_size(tmp_path):
    assert letters(tmp_path, 24, 24).shape == (24, 24)
