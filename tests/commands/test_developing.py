"""`polarlight develop`: the formats it writes, its options, and maps of kilorayleighs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from render.core.errors import InputError
from render.figures.false_colour import parse_range
from render.formats.exr import read_exr
from tests.conftest import Run

SIZE = "32x18"


@pytest.fixture
def frame(run: Run, fake_renderer: list[float]) -> Path:
    code, out, _ = run("render", "quiet_arc", "--size", SIZE, "-o", "a.exr", "-o", "a.jpg", "-o", "a.avif")
    assert code == 0 and out.startswith("a.exr, a.jpg, a.avif: 32x18")
    return Path("a.exr")


def test_every_format_is_written_and_is_one_picture(run: Run, frame: Path) -> None:
    code, out, err = run("develop", frame, "-o", "b.png", "-o", "b.jpg", "-o", "b.avif", "-o", "b.exr")
    assert (code, err) == (0, ""), err
    assert out == "b.png, b.jpg, b.avif, b.exr: 32x18\n"
    assert Path("a.jpg").read_bytes() == Path("b.jpg").read_bytes()
    assert Path("a.avif").read_bytes() == Path("b.avif").read_bytes()
    first, second = read_exr("a.exr"), read_exr("b.exr")
    assert np.array_equal(first[0].rayleighs, second[0].rayleighs) and first[2] == second[2]
    with Pillow.open("b.jpg") as jpeg:
        assert b"quiet_arc" in jpeg.info["xmp"]


def test_options_stand_for_the_scenes_keys(run: Run, frame: Path) -> None:
    def made(*options: str, suffix: str = ".png") -> Pillow.Image:
        assert run("develop", frame, "-o", f"b{suffix}", *options)[0] == 0
        with Pillow.open(f"b{suffix}") as picture:
            picture.load()
            return picture

    plain = np.asarray(made(), float).mean()
    assert np.asarray(made("--compensation", "1"), float).mean() > 1.2 * plain
    assert np.asarray(made("--tone", "pushed"), float).mean() > 1.2 * plain
    assert made("--noise-reduction", "none").info["noise_reduction"] == "none"
    assert made("--bits", "16").info and Path("b.png").read_bytes()[24] == 16
    assert b"cICP" in (made("--gamut", "rec2020") and Path("b.png").read_bytes())
    assert b"mDCV" in (made("--hdr") and Path("b.png").read_bytes())
    sizes = [(made("--file-quality", q, suffix=".jpg"), Path("b.jpg").stat().st_size)[1] for q in ("50", "95")]
    assert sizes[1] > sizes[0]


def test_options_are_those_of_a_scene_with_such_keys(
    run: Run, fake_renderer: list[float], minimal_scene: str, write_scene: Callable[..., Path]
) -> None:
    keys = '[develop]\ntone = "filmic"\nexposure_compensation_ev = 1.5\nwhite_balance_k = 4000.0\n'
    plain, told = write_scene(minimal_scene, "plain.toml"), write_scene(minimal_scene + keys, "told.toml")
    assert run("render", plain, "--size", SIZE, "-o", "p.exr")[0] == 0
    assert run("render", told, "--size", SIZE, "-o", "t.png")[0] == 0
    options = ("--tone", "filmic", "--compensation", "1.5", "--white-balance", "4000")
    assert run("develop", "p.exr", "-o", "d.png", *options)[0] == 0
    with Pillow.open("t.png") as one, Pillow.open("d.png") as other:
        assert np.array_equal(one, other)
        assert other.info["tone"] == "filmic"


def test_a_picture_for_bright_displays_is_made_plain(
    run: Run, fake_renderer: list[float], minimal_scene: str, write_scene: Callable[..., Path]
) -> None:
    path = write_scene(minimal_scene + "[develop]\nhdr = true\n", "bright.toml")
    assert run("render", path, "--size", SIZE, "-o", "b.exr")[0] == 0
    code, _, err = run("develop", "b.exr", "-o", "x.png", "--bits", "8")
    assert code == 2 and "--bits 8: not with HDR" in err and not Path("x.png").exists()
    assert run("develop", "b.exr", "-o", "x.png", "--bits", "8", "--no-hdr")[0] == 0
    assert b"mDCV" not in Path("x.png").read_bytes() and Path("x.png").read_bytes()[24] == 8


def test_a_map_of_kilorayleighs(run: Run, frame: Path) -> None:
    pytest.importorskip("matplotlib")
    code, out, err = run("develop", frame, "-o", "m.png", "--false-colour", "557.7", "--range", "0-12")
    assert (code, err) == (0, ""), err
    assert out.startswith("m.png: 557.7, up to 20 kR")
    with Pillow.open("m.png") as picture:
        assert picture.size[0] > 1000
    assert "lines of this frame: 557.7" in run("develop", frame, "-o", "m.png", "--false-colour", "630.0")[2]
    assert run("develop", "quiet_arc", "-o", "s.svg", "--false-colour", "557.7")[0] == 0


def test_ranges_in_kilorayleighs() -> None:
    assert parse_range("0-40") == (0.0, 40.0) and parse_range(" 0.5 - 1e2") == (0.5, 100.0)
    for bad in ("40", "5-5", "9-2", "a-b", "1-inf", "-1-4", "1-2-3"):
        with pytest.raises(InputError, match="LOW-HIGH in kilorayleighs"):
            parse_range(bad)
