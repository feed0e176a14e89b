"""A photograph that was made with known faults: the comparison finds them, and none where there are none."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from render import load_scene
from render.core.errors import InputError
from render.frame.moment import moment_of
from render.instruments import landmarks
from render.instruments.comparison import compare
from render.instruments.photograph import Picture, read_photograph
from render.instruments.prediction import predict
from render.instruments.sheet import comparison_sheet, summary
from tests.commands.test_bad_input import refusal
from tests.conftest import Run

SIZE, GRID = (798, 531), 4256
SCALE = GRID / SIZE[0]


@pytest.fixture(scope="module")
def posed():
    scene = load_scene("iss030_e_102170")
    moment = moment_of(scene, scene.time.epoch, SIZE)
    return scene, moment, predict(scene, moment, GRID)


def photograph(posed, shift=(0.0, 0.0), scale=1.0, gain=1.0, seconds=0.0, ridge_km=97.0) -> Picture:
    """Return a picture of stars, an airglow line and cities, displaced by pixels of the grid, seconds and km."""
    scene, moment, predicted = posed
    altitude, rng = predicted.altitude_km, np.random.default_rng(5)
    light = 0.012 + 0.1 * np.exp(-0.5 * ((altitude - ridge_km) / 4.0) ** 2)
    stars, middle = predicted.stars, np.array([0.5 * (n + 1) for n in SIZE])
    for x, y, v in zip(stars.x, stars.y, stars.v, strict=True):
        there = middle + scale * (np.array([x, y]) - middle) + np.array(shift) / SCALE
        add_gaussian(light, *there, gain * 10.0 ** (-0.4 * (v - 3.6)))
    dx, dy = landmarks.ground_streaks(scene, moment, predicted.cities.x, predicted.cities.y)
    late = seconds / moment.camera.exposure_s
    for x, y, along, down in list(zip(predicted.cities.x, predicted.cities.y, dx, dy, strict=True)):
        for share in (np.arange(40) + 0.5) / 40 - 0.5 + late:
            add_gaussian(light, x + share * along, y + share * down, 0.1)
    light = np.clip(light + 1e-3 * rng.standard_normal(light.shape), 0.0, 1.0)
    encoded = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1.0 / 2.4) - 0.055)
    return Picture(np.repeat(encoded[..., None], 3, axis=-1).astype(np.float32))


@pytest.fixture(scope="module")
def plain(posed) -> Picture:
    return photograph(posed)


def add_gaussian(light: np.ndarray, x: float, y: float, flux: float, sigma: float = 0.8) -> None:
    row, column = round(y) - 1, round(x) - 1
    if not (6 <= row < light.shape[0] - 6 and 6 <= column < light.shape[1] - 6):
        return
    down, across = np.mgrid[row - 5 : row + 6, column - 5 : column + 6] + 1.0
    spot = np.exp(-0.5 * ((across - x) ** 2 + (down - y) ** 2) / sigma**2)
    light[row - 5 : row + 6, column - 5 : column + 6] += flux * spot / (2.0 * np.pi * sigma**2)


def test_a_faultless_photograph_has_none(posed, plain):
    found = compare(*posed[:2], plain, plain, posed[2])
    offsets = found["star_offsets"]["photograph"]
    assert offsets["stars"] >= 20 and max(map(abs, offsets["mean_px"])) < 0.1 and max(offsets["rms_px"]) < 0.3
    assert found["edges"]["photograph"]["airglow"]["median_px"] == pytest.approx(0.0, abs=1.0)
    assert found["cities_late_s"] == pytest.approx(0.0, abs=0.02)
    assert found["streaks"]["photograph"]["length_over_predicted"] == pytest.approx(0.95, abs=0.06)  # wide ones
    for entry in found["star_sums"]:
        assert entry["render_over_photograph"] == pytest.approx(1.0)
    for zone in found["zones"].values():
        assert zone["render_over_photograph"] == pytest.approx(1.0)
    assert found["peaks"]["photograph"] == found["peaks"]["render"]


def test_known_faults_are_found(posed, plain):
    faulty = photograph(posed, shift=(2.4, -1.6), scale=1.001, gain=0.5, seconds=0.2, ridge_km=100.0)
    found = compare(*posed[:2], faulty, plain, posed[2])
    offsets = found["star_offsets"]["photograph"]
    fit = offsets["after_fit"]
    assert fit["scale"] == pytest.approx(1.001, abs=1e-4) and max(fit["rms_px"]) < 0.35
    stars = [star for star in found["stars"] if "photograph" in star]
    left = [
        (star["photograph"]["dx"] - 2.4 - 0.001 * (star["x"] - 2128.5),
         star["photograph"]["dy"] + 1.6 - 0.001 * (star["y"] - 1416.5))
        for star in stars
    ]  # fmt: skip
    assert np.sqrt(np.mean(np.square(left))) < 0.3  # pixels of the grid
    above = found["edges"]["photograph"]["airglow"]["sections"]
    assert np.median([section["altitude_km"] for section in above]) == pytest.approx(100.0, abs=0.5)
    assert found["cities_late_s"] == pytest.approx(0.2, abs=0.03)
    for entry in found["star_sums"][:3]:
        assert entry["render_over_photograph"] == pytest.approx(2.0, rel=0.1)


def test_nothing_is_found_on_another_sky(posed, plain):
    turned = Picture(plain.encoded[::-1, ::-1].copy())
    found = compare(*posed[:2], turned, plain, posed[2])
    assert found["star_offsets"]["photograph"]["stars"] <= 4  # by chance
    assert found["star_offsets"]["render"]["stars"] >= 20


def test_the_sheet_holds_both_and_the_numbers(posed, plain):
    both = plain, photograph(posed, gain=2.0)
    found = compare(*posed[:2], *both, posed[2])
    sheet = comparison_sheet(*both, posed[2], found, "title")
    assert sheet.pixels.shape == (2 * SIZE[1] + 6, 2 * SIZE[0] + 6, 3)
    assert json.loads(json.dumps(found)) == found
    text = "\n".join(summary(found))
    assert "97 km, rows: 1342.1 at column 1, 1183.0 at column 2128, 1248.2 at column 4256" in text
    assert "render" in text and "nan" not in text.lower()


def written(picture: Picture, path: Path) -> Path:
    Pillow.fromarray((picture.encoded * 255.0 + 0.5).astype(np.uint8)).save(path)
    return path


def test_the_command_prints_and_writes(plain, run: Run, tmp_path: Path):
    photo, drawn = (written(plain, tmp_path / name) for name in ("photo.png", "drawn.png"))
    code, out, _ = run("compare", "iss030_e_102170", photo, "--render", drawn, "-o", tmp_path / "sheet.png")
    assert code == 0 and "Hamal" in out and "Winnipeg" in out
    assert Pillow.open(tmp_path / "sheet.png").size == (1602, 1068)
    code, out, _ = run("compare", "iss030_e_102170", photo, "--render", drawn, "--json", "--size", "532x354")
    assert code == 0 and json.loads(out)["picture_px"] == [532, 354]


def test_a_render_suffers_what_the_photographs_file_suffered(plain, tmp_path: Path):
    lossy = tmp_path / "lossy.jpg"
    Pillow.fromarray((plain.encoded * 255.0 + 0.5).astype(np.uint8)).save(lossy, quality=10, subsampling="4:2:0")
    read = read_photograph(lossy, (4256, 2832))
    np.testing.assert_array_equal(plain.saved_like(read).encoded, read.encoded)  # the same losses to the bit
    assert plain.saved_like(plain) is plain
    assert plain.saved_like(read.resized((266, 177))) is plain  # of another size: not its file's pixels


@pytest.mark.parametrize(
    ("scene", "make", "words"),
    [
        ("iss030_e_102170", lambda path: path.write_text("no picture"), "not a picture that can be read"),
        ("iss030_e_102170", lambda path: None, "cannot be read as a picture: No such file"),
        ("iss030_e_102170", lambda path: path.mkdir(), "cannot be read as a picture: Is a directory"),
        ("iss030_e_102170", lambda path: Pillow.new("RGB", (708, 1064)).save(path), "the scene's camera has the shape"),
        ("iss030_e_102170", lambda path: Pillow.new("RGB", (1000, 640)).save(path), "4256 x 2832, which is 1000 x 665"),
        ("uniform_slab_unposed.toml", lambda path: Pillow.new("RGB", (1280, 720)).save(path), "no pose"),
        ("quite_arc", lambda path: None, "did you mean quiet_arc?"),
    ],
)
def test_what_cannot_be_compared_is_refused(run: Run, tmp_path, monkeypatch, scene, make, words):
    (tmp_path / "uniform_slab_unposed.toml").write_text(
        '[time]\nutc = "2015-01-18T05:30:00Z"\n[observer]\nsatellite = "ISS"\n', encoding="utf-8"
    )
    monkeypatch.chdir(tmp_path)
    make(tmp_path / "photo.png")
    assert words in refusal(run, "compare", scene, "photo.png")


def test_a_cut_photograph_is_told_from_a_whole_one(tmp_path: Path):
    whole = tmp_path / "a.png"
    Pillow.new("RGB", (1064, 708)).save(whole)
    assert read_photograph(whole, (4256, 2832)).size == (1064, 708)
    (tmp_path / "b.png").write_bytes(whole.read_bytes()[:200])
    with pytest.raises(InputError, match=r"cannot be read|not a picture"):
        read_photograph(tmp_path / "b.png", (4256, 2832))
