"""`polarlight map`: what it prints, writes and goes on with, and one clear line for everything that cannot be used."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from render.commands.map import parse_lines
from render.core.epoch import Epoch
from render.core.errors import InputError
from render.formats.png import png_size, read_png_metadata
from render.geophysics.field.geomagnetic import apex_coordinates
from render.maps.colours import light_colours
from render.maps.from_above import middle_of_view
from render.maps.layout import layout
from render.scene import load_scene, scene_from_text
from tests.commands import test_bad_input as bad_input
from tests.conftest import Run
from tests.devices import start_or_skip
from tests.maps.test_picture import quicken

PLACE = ("--centre", "59,-102")
SMALL = ("--size", "320x360")
CPU = ("--device", "cpu")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> list[Epoch]:
    return quicken(monkeypatch)


def refusal(run: Run, *arguments: str | Path) -> str:
    """Return the one line with which `map` refuses its arguments; see `bad_input.refusal`."""
    return bad_input.refusal(run, "map", *arguments)


def pixels(path: str | Path) -> np.ndarray:
    from PIL import Image  # noqa: PLC0415

    with Image.open(path) as image:
        return np.asarray(image.convert("RGB")).astype(int)


def test_a_scenes_map_is_written(run: Run) -> None:
    code, out, err = run("map", "quiet_arc", *PLACE, "--size", "300x330", "--lines", "5577,630.0", "--size", "620x360",
                         "-o", "map.png", "-o", "map.npz", *CPU)  # fmt: skip
    assert (code, err) == (0, "")
    assert out.startswith("map.png, map.npz: 620x360, 557.7 to ")
    assert "630.0 to " in out
    assert png_size("map.png") == (620, 360)
    header = read_png_metadata("map.png") or {}
    assert (header["scene"], header["time_utc"], header["size"]) == ("quiet_arc", "2015-01-18T05:30:00Z", "620x360 map")
    with np.load("map.npz") as found:
        assert found["line"].tolist() == ["557.7", "630.0"]
        shape = found["kilorayleighs"].shape
        assert shape[0] == 2
        assert found["latitude_deg"].shape == found["longitude_deg"].shape == shape[1:]
        middle = tuple(n // 2 for n in shape[1:])
        assert found["latitude_deg"][middle] == pytest.approx(59.0, abs=0.2)
        assert found["longitude_deg"][middle] == pytest.approx(-102.0, abs=0.3)
        assert str(found["scene"]) == "quiet_arc"
        assert 1.0 < found["kilorayleighs"][0].max() < 300.0
        apex = apex_coordinates(found["latitude_deg"][0, 0], found["longitude_deg"][0, 0], 110.0, 2015.05)[0]
        assert found["apex_latitude_deg"][0, 0] == pytest.approx(apex, abs=0.05)
    assert sorted(path.name for path in Path().iterdir()) == ["map.npz", "map.png"]


@pytest.mark.usefixtures("quick")
def test_arrays_and_plain_maps_have_the_size_asked_for(run: Run) -> None:
    assert run("map", "quiet_arc", *PLACE, "--size", "50x40", "-o", "a.npz", *CPU)[0] == 0
    with np.load("a.npz") as found:
        assert found["kilorayleighs"].shape == (1, 40, 50)
        assert found["x_km"] == pytest.approx(np.linspace(-735.0, 735.0, 50))
    assert run("map", "quiet_arc", *PLACE, "--size", "50x40", "--plain", "--max-kr", "100", "-o", "p.png", *CPU)[0] == 0
    seen = pixels("p.png")
    assert seen.shape == (40, 50, 3)
    assert (seen == seen[:1]).all()
    wanted = light_colours("557.7")[np.rint(255.0 * np.sqrt(np.linspace(0.0, 1.0, 50))).astype(int)]
    assert np.abs(seen[0] - 255.0 * wanted).max() <= 1.0
    assert tuple(seen[0, 0]) == (0, 0, 0)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("ending", ["png", "pdf", "svg"])
def test_pictures_are_whole_and_the_same_again(run: Run, ending: str) -> None:
    name = f"map.{ending}"
    for file in (name, f"again.{ending}"):
        code, _, err = run("map", "quiet_arc", *PLACE, *SMALL, "-o", file, *CPU)
        assert (code, err) == (0, "")
    content = Path(name).read_bytes()
    assert content.startswith({"png": b"\x89PNG", "pdf": b"%PDF", "svg": b"<?xml"}[ending])
    assert Path(f"again.{ending}").read_bytes() == content
    if ending == "png":
        seen = pixels(name)
        assert seen.shape == (360, 320, 3)
        assert seen[[0, -1]].max() == 0 and seen[:, [0, -1]].max() == 0  # nothing runs over the edge
        left, top, columns, rows = layout((320, 360), 1).panels[0]
        inside = seen[top + 1 : top + rows - 1, left + 1 : left + columns - 1]
        level = np.median(inside.sum(axis=2), axis=0)
        assert (np.diff(level[5:-5]) >= 0.0).mean() > 0.95  # the ramp, but for what is drawn on it
        assert (inside.min(axis=2) > 250).sum() > 10  # the scale bar


@pytest.mark.usefixtures("quick")
def test_the_widest_map_needs_no_size_and_a_file_named_twice_is_written_once(run: Run) -> None:
    code, out, _ = run("map", "quiet_arc", *PLACE, "--width-km", "5000", "-o", "w.png", "-o", "./w.png", *CPU)
    assert code == 0
    assert out.startswith("w.png: ")


def test_a_black_map_is_told_of(run: Run) -> None:
    code, out, err = run("map", "quiet_arc", "--centre", "5,20", "--size", "320x320", "-o", "x.png", *CPU)
    assert code == 0
    assert "557.7 to 0 kR" in out
    assert err.startswith("polarlight: warning: hardly any aurora above 5,20")
    assert "leave --centre out" in err
    assert err.count("\n") == 1
    blind = load_scene("quiet_arc").text.replace("latitude_deg = 51.6", "latitude_deg = 5.0")
    Path("blind.toml").write_text(blind)
    err = run("map", "blind.toml", "--size", "320x320", "-o", "x.png", *CPU)[2]
    assert "the camera sees none; give --centre" in err


def test_the_middle_of_the_view_is_where_the_camera_looks() -> None:
    start_or_skip("cpu")
    scene = load_scene("australis")
    latitude, longitude = middle_of_view(scene, scene.time.epoch)
    assert -70.0 < latitude < -50.0
    turned = scene.model_copy(update={"camera": scene.camera.model_copy(update={"azimuth_deg": 90.0})})
    assert (middle_of_view(turned, scene.time.epoch)[1] - longitude) % 360.0 < 60.0  # farther east
    blind = load_scene("quiet_arc").text.replace("latitude_deg = 51.6", "latitude_deg = 5.0")
    assert middle_of_view(scene_from_text(blind), scene.time.epoch) == pytest.approx((5.0, -97.0), abs=0.1)


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("5577", ("557.7",)), ("557.7,6300,4278", ("557.7", "630.0", "427.8")), (" n2_1pg ", ("N2_1PG",)),
        ("5577,557.7", ("557.7",)), ("steve,732,h-beta", ("STEVE", "732", "H-beta")),
    ],
)  # fmt: skip
def test_names_of_lines(text: str, keys: tuple[str, ...]) -> None:
    assert parse_lines(text) == keys


def test_a_misspelt_line_is_guessed() -> None:
    with pytest.raises(InputError, match=r'no line "5578"; did you mean 5577\? allowed: .*557.7.*630.0'):
        parse_lines("5578")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["quiet_arc"], "--output"),
        (["quite_arc", "-o", "x.png"], "did you mean quiet_arc?"),
        (["uniform_slab", "-o", "x.png"], "[aurora] enabled is false"),
        (["quiet_arc", "-o", "x.png", "--lines", "5577,,6300"], 'no line ""'),
        (["quiet_arc", "-o", "x.png", "--lines", "557.7,630.0,427.8,732,777.4,844.6,520.0"], "7 lines; at most 6"),
        (["quiet_arc", "-o", "x.jpg"], ".png, .pdf, .svg, .npz"),
        (["quiet_arc", "-o", "nowhere/x.png"], "does not exist"),
        (["quiet_arc", "-o", "x.mp4"], "with --film"),
        (["quiet_arc", "-o", "x.png", "--film"], "FILE.mp4 or to a folder"),
        (["quiet_arc", "-o", "x.npz", "--film"], "leave --film out"),
        (["quiet_arc", "-o", "x.pdf", "--film"], "leave --film out"),
        (["quiet_arc", "-o", "x.mp4", "-o", "y.mp4", "--film"], "2 were given"),
        (["quiet_arc", "-o", "x.mp4", "--film", "--at", "2015-01-18T05:30:00Z"], "leave one out"),
        (["quiet_arc", "-o", "x.mp4", "--film", "--frames", "9-3"], "out of range"),
        (["quiet_arc", "-o", "x.png", "--frames", "3"], "--film"),
        (["quiet_arc", "-o", "x.png", "--size", "0x10"], "must be 1 to"),
        (["quiet_arc", "-o", "x.png", "--size", "wide"], "WIDTHxHEIGHT"),
        (["quiet_arc", "-o", "x.png", "--size", "200x200"], "too small for 1 map with letters"),
        (["quiet_arc", "-o", "x.png", "--size", "300x300", "--lines", "5577,6300,4278,732"], "too small for 4 maps"),
        (["quiet_arc", "-o", "x.png", "--size", "100x1000", "--plain"], "5000 km at most"),
        (["quiet_arc", "-o", "x.png", "--width-km", "0"], "10 to 5000"),
        (["quiet_arc", "-o", "x.png", "--width-km", "nan"], "10 to 5000"),
        (["quiet_arc", "-o", "x.png", "--width-km", "far"], "not a number"),
        (["quiet_arc", "-o", "x.png", "--centre", "91,0"], "-90 to 90"),
        (["quiet_arc", "-o", "x.png", "--centre", "60"], "1 numbers"),
        (["quiet_arc", "-o", "x.png", "--max-kr", "0"], "0.001 to 10000"),
        (["quiet_arc", "-o", "x.png", "--lines", "5577,6300,4278", "--max-kr", "9,9"], "one, or 3"),
        (["quiet_arc", "-o", "x.png", "--plain", "--lines", "5577,6300"], "--plain shows one line"),
        (["quiet_arc", "-o", "x.pdf", "--plain"], ".png, .npz"),
        (["quiet_arc", "-o", "x.png", "--at", "noon"], "ISO 8601"),
        (["quiet_arc", "-o", "x.png", "--at", "1800-01-01"], "1900"),
        (["quiet_arc", "-o", "x.png", "--device", "cpus"], "did you mean cpu?"),
        (["quiet_arc", "-o", "x.png", "--centres", "1,2"], "--centre"),
        (["quiet_arc", "-o", "x.png", "--size", "20000x20000"], "smaller --size"),
    ],
)
def test_refused_arguments(run: Run, arguments: list[str], words: str) -> None:
    assert words in refusal(run, *arguments)


def test_an_instant_outside_the_scenes_user_map(run: Run, minimal_scene: str, write_scene: Callable[..., Path]) -> None:
    path = write_scene(minimal_scene + '[aurora]\nfootprint = "own.npz"\n')
    flux = np.ones((2, 3, 3))
    place = {"latitude": np.arange(50.0, 53.0), "longitude": np.arange(-90.0, -87.0)}
    np.savez(path.with_name("own.npz"), **place, mean_energy=flux, energy_flux=flux, time_s=[0.0, 60.0])
    at = ("--at", "2015-01-28T09:50:00Z")
    code, out, err = run("map", path, "-o", "x.png", *at, *CPU)
    assert (code, out) == (2, "")
    assert "outside the file's times" in err
    assert not list(Path().iterdir())


def test_missing_matplotlib(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert "pip install matplotlib" in refusal(run, "quiet_arc", "-o", "x.png")
    assert "pip install matplotlib" in refusal(run, "quiet_arc", "-o", "x.mp4", "--film")
