"""A user's own picture of the Earth's lights: what is read, what is refused, and what becomes of it."""

import numpy as np
import pytest
from PIL import Image

from render.cli import run
from render.core.errors import InputError
from render.earth.lights.grid import region_about
from render.earth.lights.image import image_raster, read_picture
from render.earth.lights.raster import light_raster
from render.earth.settings import EarthSettings
from render.scene import load_scene, scene_from_text
from tests.conftest import MINIMAL_SCENE
from tests.earth.test_light_raster import area_km2, patches

SCALE = 2.0e-3  # W m-2 sr-1 of full scale
FULL = SCALE * 1.0e6  # W sr-1 km-2


def settings(path, **others):
    return EarthSettings(night_lights=str(path), night_lights_scale=SCALE, **others)


def halves(rows=90):
    """Return a picture whose northern half is full and whose southern half is dark."""
    picture = np.zeros((rows, 2 * rows), np.float32)
    picture[: rows // 2] = 1.0
    return picture


@pytest.mark.parametrize("ending", [".png", ".tif", ".npy", ".npz"])
def test_every_kind_of_file_says_the_same(tmp_path, ending):
    path = tmp_path / f"lights{ending}"
    if ending == ".npy":
        np.save(path, halves())
    elif ending == ".npz":
        np.savez(path, lights=halves())
    else:
        Image.fromarray((255 * halves()).astype(np.uint8)).save(path)
    assert read_picture(str(path), ending).max() == 1.0
    raster = light_raster(settings(path), 2015, 7, 40.0, 10.0, 300.0)
    latitude, _, light = patches(raster)
    assert light.sum(axis=-1) == pytest.approx(FULL, rel=1e-3)
    assert sum(raster.total_w_sr) == pytest.approx((FULL * area_km2(latitude)).sum(), rel=1e-3)


def test_sixteen_bits_count_whole_and_colours_by_their_brightest(tmp_path):
    Image.fromarray(np.full((10, 20), 65535, np.uint16)).save(tmp_path / "a.png")
    Image.fromarray(np.full((10, 20, 3), (51, 102, 0), np.uint8)).save(tmp_path / "b.png")
    assert read_picture(str(tmp_path / "a.png"), "a").max() == 1.0
    assert read_picture(str(tmp_path / "b.png"), "b").max() == pytest.approx(0.4)


def test_a_fine_picture_keeps_its_detail(tmp_path):
    picture = np.zeros((5_400, 10_800), bool)  # 1/30 degree: 3.7 km
    picture[1500, 5_500] = True  # 39.98 north, 3.35 east
    np.save(tmp_path / "fine.npy", picture)
    raster = image_raster(settings(tmp_path / "fine.npy"), 2015, region_about(40.0, 3.3, 60.0))
    assert len(raster.words) > 1 + (raster.index > 0).sum() * 277
    cell = (111.195 / 30.0) ** 2 * np.cos(np.radians(40.0))
    assert sum(raster.total_w_sr) == pytest.approx(FULL * cell, rel=0.01)


def test_its_lamps_are_of_the_scene_s_mix(tmp_path):
    np.save(tmp_path / "a.npy", halves())
    raster = light_raster(settings(tmp_path / "a.npy", led_fraction=0.25), 2015, 7, 40.0, 10.0, 200.0)
    sodium, white = raster.total_w_sr
    assert white / (sodium + white) == pytest.approx(0.25, abs=1e-3)


def test_where_it_is_dark_there_is_nothing(tmp_path):
    np.save(tmp_path / "a.npy", halves())
    assert light_raster(settings(tmp_path / "a.npy"), 2015, 7, -40.0, 10.0, 300.0) is None


@pytest.mark.parametrize(
    ("name", "content", "wanted"),
    [
        ("a.bmp", b"x", r"takes \.png, .*not \.bmp"),
        ("a.png", b"no picture", r"cannot be read"),
        ("a.npy", b"\x93NUMPY", r"cannot be read"),
        ("a.npz", b"PK", r"cannot be read"),
    ],
)
def test_files_that_are_none_are_refused(tmp_path, name, content, wanted):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=wanted):
        read_picture(str(tmp_path / name), name)


@pytest.mark.parametrize(
    ("array", "wanted"),
    [
        (np.zeros((10, 10)), "twice as wide as high"), (np.zeros(20), "wanted"), (-np.ones((10, 20)), "below 0"),
        (np.full((10, 20), np.nan), "not finite"), (np.full((10, 20), "a"), "wanted numbers"),
    ],
)  # fmt: skip
def test_arrays_that_are_no_map_are_refused(tmp_path, array, wanted):
    np.save(tmp_path / "a.npy", array)
    with pytest.raises(InputError, match=wanted):
        read_picture(str(tmp_path / "a.npy"), f"{array.shape}{array.dtype}{wanted}")


def test_an_archive_of_several_arrays_must_name_it(tmp_path):
    np.savez(tmp_path / "a.npz", one=halves(), two=halves())
    with pytest.raises(InputError, match="one called night_lights"):
        read_picture(str(tmp_path / "a.npz"), "two")


def test_a_bad_file_ends_in_one_line_and_exit_code_2(tmp_path, capsys):
    (tmp_path / "lights.png").write_bytes(b"no picture")
    scene = tmp_path / "a.toml"
    scene.write_text(
        MINIMAL_SCENE
        + '[aurora]\nenabled = false\n[atmosphere]\nenabled = false\n[earth]\nnight_lights = "lights.png"\n',
        encoding="utf-8",
    )
    assert run(["render", str(scene), "--size", "16x9", "--device", "cpu", "-o", str(tmp_path / "a.png")]) == 2
    error = capsys.readouterr().err.strip().splitlines()
    assert "[earth] night_lights cannot be read" in error[-1] and "Traceback" not in "".join(error)
    scene.write_text(MINIMAL_SCENE + '[earth]\nnight_lights = "none.png"\n', encoding="utf-8")
    assert run(["render", str(scene), "-o", str(tmp_path / "a.png")]) == 2


def test_its_name_starts_at_the_scene_s_folder_and_its_content_counts(tmp_path):
    np.save(tmp_path / "a.npy", halves())
    text = MINIMAL_SCENE + '[earth]\nnight_lights = "a.npy"\n'
    scene = scene_from_text(text, folder=tmp_path)
    assert scene.earth.night_lights == str(tmp_path / "a.npy")
    before = scene.scene_hash
    np.save(tmp_path / "a.npy", halves(180))
    assert scene.scene_hash != before
    assert load_scene("angels_singing").earth.night_lights is None
