"""The contact sheet: where frames stand, how large ones shrink, what is refused."""

import imageio.v3 as iio
import numpy as np
import pytest

from render.core.errors import InputError, UnreadError
from render.formats.contact_sheet import GAP_PX, MOST_FRAMES, write_sheet
from render.formats.png import write_png
from render.imaging.colour import Image
from render.imaging.encoding import encoded
from render.imaging.settings import DevelopSettings


def frames(folder, count, size=(6, 8), bits=8):
    paths = [folder / f"{index:03d}.png" for index in range(count)]
    for index, path in enumerate(paths):
        write_png(path, Image(np.full((*size, 3), index / 10.0, np.float32)), bits)
    return paths


@pytest.mark.parametrize("bits", [8, 16])
def test_frames_stand_row_by_row(tmp_path, bits):
    write_sheet(frames(tmp_path, 5, bits=bits), tmp_path / "sheet.png")
    sheet = iio.imread(tmp_path / "sheet.png") / 255.0
    assert sheet.shape == (2 * 6 + GAP_PX, 3 * 8 + 2 * GAP_PX, 3)
    assert sheet[0, 8 + GAP_PX, 0] == pytest.approx(0.1, abs=0.01)
    assert sheet[6 + GAP_PX, 8 + GAP_PX, 0] == pytest.approx(0.4, abs=0.01)
    assert sheet[-1, -1, 0] == 0.0  # no sixth frame


def test_frames_of_other_colours_look_alike(tmp_path):
    """The same light as sRGB, in Display P3 and for bright displays."""
    light = np.array([0.4, 0.2, 0.1], np.float32)[:, None, None] * np.ones((1, 6, 8), np.float32)
    paths = [tmp_path / f"{name}.png" for name in ("srgb", "p3", "hdr")]
    settings = DevelopSettings(), DevelopSettings(gamut="display_p3"), DevelopSettings(hdr=True)
    for path, chosen in zip(paths, settings, strict=True):
        pixels = np.moveaxis(encoded(light, chosen, 1.0), 0, 2)
        write_png(path, Image(pixels, "rec2020", "pq") if chosen.hdr else Image(pixels, chosen.gamut), 16)
    write_sheet(paths, tmp_path / "sheet.png")
    sheet = iio.imread(tmp_path / "sheet.png").astype(float)
    for at in (sheet[0, 8 + GAP_PX + 2], sheet[6 + GAP_PX, 2]):
        assert at == pytest.approx(sheet[0, 2], abs=3.0)


def test_large_frames_shrink_and_long_films_are_thinned(tmp_path):
    write_sheet(frames(tmp_path, 2, size=(540, 960)), tmp_path / "sheet.png")
    assert iio.imread(tmp_path / "sheet.png").shape == (270, 2 * 480 + GAP_PX, 3)
    write_sheet(frames(tmp_path, MOST_FRAMES + 20), tmp_path / "sheet.png")
    assert iio.imread(tmp_path / "sheet.png").shape[1] == 7 * 8 + 6 * GAP_PX


def test_refused(tmp_path):
    with pytest.raises(InputError, match="at least one frame"):
        write_sheet([], tmp_path / "sheet.png")
    mixed = [*frames(tmp_path, 1), tmp_path / "odd.png"]
    write_png(mixed[1], Image(np.zeros((4, 4, 3), np.float32)))
    with pytest.raises(InputError, match=r"odd\.png is 4 x 4, the first 8 x 6"):
        write_sheet(mixed, tmp_path / "sheet.png")


def test_a_frame_that_cannot_be_read_is_named(tmp_path, monkeypatch):
    paths = frames(tmp_path, 2)

    def failing(path):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(iio, "imread", failing)
    with pytest.raises(UnreadError, match=r"cannot read .*000\.png as PNG: Input/output error$"):
        write_sheet(paths, tmp_path / "sheet.png")
