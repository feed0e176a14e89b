"""Pictures too large to be held are developed and written in bands of rows: the file is the same."""

import json

import numpy as np
import pytest
from PIL import Image

from render.formats.png import read_png_metadata
from render.frame import development, result
from render.questions.memory import expected_memory_bytes
from render.scene import load_scene
from tests.conftest import Run

SIZE = (32, 18)


@pytest.fixture
def in_bands(monkeypatch):
    """Take pictures of SIZE for large ones, of bands of five rows."""
    monkeypatch.setattr(result, "WHOLE_PIXELS", 100)
    monkeypatch.setattr(development, "BAND_PIXELS", 5 * SIZE[0])
    monkeypatch.setattr(development, "LIGHTS_COLUMNS", SIZE[0])


def test_the_file_of_a_large_picture_is_that_of_the_whole(run: Run, in_bands, monkeypatch):
    arguments = ("render", "quiet_arc", "--size", f"{SIZE[0]}x{SIZE[1]}", "--device", "cpu")
    code, out, err = run(*arguments, "-o", "bands.png")
    assert (code, err) == (0, "") and out.startswith("bands.png: 32x18, ")
    monkeypatch.setattr(result, "WHOLE_PIXELS", 10**9)
    assert run(*arguments, "-o", "whole.png")[0] == 0
    assert read_png_metadata("bands.png") == read_png_metadata("whole.png")
    np.testing.assert_array_equal(np.asarray(Image.open("bands.png")), np.asarray(Image.open("whole.png")))


def test_nothing_is_left_of_a_large_picture_that_fails(run: Run, in_bands, monkeypatch, tmp_path):
    def broken(*_, **__):
        raise MemoryError

    monkeypatch.setattr(development, "develop", broken)
    code, _, err = run("render", "quiet_arc", "--size", f"{SIZE[0]}x{SIZE[1]}", "-o", "a.png", "--device", "cpu")
    assert code == 1 and "memory" in err.lower() and "Traceback" not in err
    assert list((tmp_path / "here").iterdir()) == []


def test_a_large_picture_in_bands_needs_less_memory():
    scene, size = load_scene("quiet_arc"), (7680, 4320)
    assert expected_memory_bytes(scene, size, in_bands=True) < 0.5 * expected_memory_bytes(scene, size)
    assert expected_memory_bytes(scene, SIZE, in_bands=True) == pytest.approx(
        expected_memory_bytes(scene, SIZE), rel=1e-3
    )


def test_check_tells_the_memory_of_the_picture_that_render_writes(run: Run) -> None:
    scene = load_scene("dome_4k")
    size = scene.camera.columns, scene.camera.rows
    code, out, _ = run("check", "dome_4k", "--json")
    told = json.loads(out)["expected_memory_bytes"]
    assert code == 0 and told == expected_memory_bytes(scene, size, in_bands=True) < expected_memory_bytes(scene, size)
