"""`polarlight spectrum`: the light of one pixel adds up, in print, in JSON and on paper."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from render.core.lines import CATALOGUE, LINE_KEYS
from render.core.radiance import SKY_WAVELENGTHS_NM, LineRadiance, SkyRadiance
from render.core.units import RAYLEIGH, photon_energy_j
from render.figures.figure import spread
from render.figures.spectrum import LABEL_STEP, LABELS, plot_spectrum, spectrum_peaks
from render.formats.exr import read_exr
from render.questions.pixel_spectrum import EDGES_NM, continuum_r_nm, pixel_spectrum
from tests.commands import test_bad_input as bad_input
from tests.conftest import Run

SUM = 1e-3  # relative: the spectrum against the lines' own sum
SIZE = ("--size", "32x18")


@pytest.fixture
def renderer(fake_renderer: list[float], monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the quick renderer's list of times, with no device started."""
    monkeypatch.setattr("render.commands.spectrum.start_device", lambda name: None)
    return fake_renderer


def refusal(run: Run, *arguments: str | Path) -> str:
    """Return the one line with which `spectrum` refuses its arguments; see `bad_input.refusal`."""
    return bad_input.refusal(run, "spectrum", *arguments)


def of_all_lines() -> tuple[LineRadiance, SkyRadiance]:
    """Return a picture of 2 rows, 3 columns in which every line shines."""
    random = np.random.default_rng(7)
    lines = LineRadiance(LINE_KEYS, (random.random((len(LINE_KEYS), 2, 3)) * 1e3).astype(np.float32))
    sky = SkyRadiance(SKY_WAVELENGTHS_NM, np.full((len(SKY_WAVELENGTHS_NM), 2, 3), 1e-9, np.float32))
    return lines, sky


def test_spectrum_adds_up_to_the_lines() -> None:
    lines, sky = of_all_lines()
    found = pixel_spectrum(lines, sky, 1, 2)
    every = float(lines.rayleighs[:, 1, 2].sum(dtype=float))
    assert found.inside_r + found.below_r + found.above_r == pytest.approx(every, rel=SUM)
    assert sum(found.brightness.values()) == pytest.approx(every, rel=1e-6)
    assert found.below_r > 0.0  # 297.2
    assert found.above_r > 0.0  # the infrared of N2 first positive


def test_one_line_alone() -> None:
    # Closed form: all photons of 557.7 within 5 nm, none elsewhere.
    lines = LineRadiance(("557.7",), np.full((1, 1, 1), 1e4, np.float32))
    sky = SkyRadiance(SKY_WAVELENGTHS_NM, np.zeros((len(SKY_WAVELENGTHS_NM), 1, 1), np.float32))
    found = pixel_spectrum(lines, sky, 0, 0)
    near = np.abs(found.centres_nm - 557.7) < 5.0
    assert float(np.sum(found.lines_r_nm[near]) * 0.5) == pytest.approx(1e4, rel=1e-6)
    assert float(found.lines_r_nm[~near].max()) == pytest.approx(0.0, abs=1e-6)
    assert (found.below_r, found.above_r) == (pytest.approx(0.0, abs=1e-9), pytest.approx(0.0, abs=1e-9))


def test_continuum_in_rayleighs() -> None:
    # Closed form: one rayleigh per nm at 600 nm is 1e10/4pi photons of hc/600 nm each.
    radiance = np.full(len(SKY_WAVELENGTHS_NM), RAYLEIGH * photon_energy_j(600.25))
    values = continuum_r_nm(SKY_WAVELENGTHS_NM, radiance, EDGES_NM)
    centres = 0.5 * (EDGES_NM[1:] + EDGES_NM[:-1])
    assert float(values[np.argmin(np.abs(centres - 600.25))]) == pytest.approx(1.0, rel=1e-12)
    carried = (centres > 380.0) & (centres < 780.0)
    assert np.isfinite(values[carried]).all()
    assert np.isnan(values[~carried]).all()


@pytest.mark.parametrize(("row", "column"), [(-1, 0), (2, 0), (0, 3), (0, -1)])
def test_pixel_outside_is_refused(row: int, column: int) -> None:
    with pytest.raises(ValueError, match="outside the picture of 2 rows, 3 columns"):
        pixel_spectrum(*of_all_lines(), row, column)


def test_command_tells_the_pixel_of_the_frame(run: Run, renderer: list[float]) -> None:
    code, out, err = run("spectrum", "quiet_arc", "--pixel", "5,7", *SIZE, "--json")
    assert (code, err) == (0, "")
    found: dict[str, Any] = json.loads(out)
    assert run("render", "quiet_arc", *SIZE, "-o", "a.exr")[0] == 0
    lines, _, _ = read_exr("a.exr")
    assert found["lines"] == {"557.7": pytest.approx(float(lines.rayleighs[0, 6, 4]), rel=1e-5)}
    sums, bins = found["sum_R"], found["spectrum"]
    assert sums["inside"] + sums["below"] + sums["above"] == pytest.approx(sums["lines"], rel=SUM)
    assert sum(bins["lines_R_per_nm"]) * bins["bin_nm"] == pytest.approx(sums["inside"], rel=SUM)
    assert (bins["first_edge_nm"], bins["bin_nm"], len(bins["wavelength_nm"])) == (300.0, 0.5, 1200)
    assert bins["continuum_R_per_nm"][0] is None
    assert found["input"]["pixel"] == [5, 7]
    assert found["input"]["size_px"] == [32, 18]
    assert set(found["input"]["lowest_point"]) == {"latitude_deg", "longitude_deg", "altitude_km"}
    # The same of a frame that has been rendered: nothing is rendered again.
    again = json.loads(run("spectrum", "a.exr", "--pixel", "5,7", "--json")[1])
    assert again == found
    assert len(renderer) == 2


def test_at_another_instant(run: Run, renderer: list[float]) -> None:
    at = ("--at", "2015-01-18T05:30:02Z")
    found = json.loads(run("spectrum", "quiet_arc", "--pixel", "1,1", *SIZE, *at, "--json")[1])
    assert found["input"]["time_utc"] == "2015-01-18T05:30:02Z"
    assert renderer == [2.0]


def test_for_people(run: Run, renderer: list[float]) -> None:
    code, out, err = run("spectrum", "quiet_arc", "--pixel", "32,18", *SIZE)
    assert (code, err) == (0, "")
    assert "32,18 of 32x18, quiet_arc, 2015-01-18T05:30:00Z" in out
    for words in ("557.7", "oxygen green", "lines, all", "below 300 nm", "above 900 nm", "continuum, 380 to 780 nm"):
        assert words in out


@pytest.mark.parametrize("ending", ["png", "pdf", "svg"])
def test_plot_is_a_picture(run: Run, renderer: list[float], ending: str) -> None:
    from PIL import Image  # noqa: PLC0415

    name = f"pixel.{ending}"
    code, out, err = run("spectrum", "quiet_arc", "--pixel", "3,4", *SIZE, "--plot", name)
    assert (code, err) == (0, "")
    assert out.endswith(f"wrote {name}\n")
    assert [path.name for path in Path().iterdir()] == [name]
    assert Path(name).read_bytes().startswith({"png": b"\x89PNG", "pdf": b"%PDF", "svg": b"<?xml"}[ending])
    if ending == "png":
        assert 0.005 < float((np.asarray(Image.open(name).convert("L")) < 128).mean()) < 0.5


def test_names_on_the_plot_do_not_touch(tmp_path: Path) -> None:
    lines, sky = of_all_lines()
    found = pixel_spectrum(lines, sky, 0, 0)
    peaks = spectrum_peaks(found)
    assert 10 < len(peaks) <= LABELS
    assert [nm for nm, _, _ in peaks] == sorted(nm for nm, _, _ in peaks)
    assert {"557.7", "630.0", "844.6"} <= {name for _, _, name in peaks}
    places = spread(np.array([(nm - 300.0) / 600.0 for nm, _, _ in peaks]), LABEL_STEP)
    assert (np.diff(places) >= LABEL_STEP - 1e-12).all()
    plot_spectrum(tmp_path / "s.svg", found, "all lines")


def test_spread_leaves_what_has_room() -> None:
    assert spread(np.array([0.1, 0.5, 0.9]), 0.05) == pytest.approx([0.1, 0.5, 0.9])
    assert spread(np.array([0.5, 0.5, 0.5]), 0.1) == pytest.approx([0.4, 0.5, 0.6])
    assert spread(np.array([0.99, 1.0]), 0.1) == pytest.approx([0.9, 1.0])
    assert len(spread(np.empty(0), 0.1)) == 0


def test_dark_pixel_is_no_error(tmp_path: Path) -> None:
    lines, sky = of_all_lines()
    dark = pixel_spectrum(
        LineRadiance(lines.keys, 0.0 * lines.rayleighs), SkyRadiance(sky.wavelengths_nm, 0.0 * sky.radiance), 0, 0
    )
    assert dark.inside_r == dark.continuum_r == 0.0
    plot_spectrum(tmp_path / "dark.png", dark, "nothing")
    assert (tmp_path / "dark.png").is_file()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["quiet_arc"], "pixel"),
        (["quiet_arc", "--pixel", "1"], "1 numbers; allowed: X,Y, 1 to 1280"),
        (["quiet_arc", "--pixel", "0,1"], "out of range; allowed: X,Y, 1 to 1280"),
        (["quiet_arc", "--pixel", "33,1", *SIZE], "1 to 32, 1 to 18"),
        (["quiet_arc", "--pixel", "1,19", *SIZE], "1 to 32, 1 to 18"),
        (["quiet_arc", "--pixel", "1.5,1", *SIZE], "whole numbers"),
        (["quiet_arc", "--pixel", "nan,1", *SIZE], "out of range"),
        (["quiet_arc", "--pixel", "a,b", *SIZE], "not numbers"),
        (["quiet_arc", "--pixel", "1,1", "--size", "big"], "WIDTHxHEIGHT"),
        (["quiet_arc", "--pixel", "1,1", "--at", "noon"], "ISO 8601"),
        (["quiet_arc", "--pixel", "1,1", "--plot", "x.gif"], ".png, .pdf, .svg"),
        (["quiet_arc", "--pixel", "1,1", "--plot", "nowhere/x.png"], "does not exist"),
        (["quite_arc", "--pixel", "1,1"], "did you mean quiet_arc?"),
        (["absent.exr", "--pixel", "1,1"], "no such file"),
        (["absent.exr", "--pixel", "1,1", *SIZE], "has been rendered already; --size would need a scene"),
    ],
)
def test_refused_arguments(run: Run, renderer: list[float], arguments: list[str], words: str) -> None:
    assert words in refusal(run, *arguments)


def test_pixel_outside_a_rendered_frame(run: Run, renderer: list[float]) -> None:
    assert run("render", "quiet_arc", *SIZE, "-o", "a.exr")[0] == 0
    assert "1 to 32, 1 to 18" in refusal(run, "a.exr", "--pixel", "33,1")


def test_unknown_device(run: Run, fake_renderer: list[float]) -> None:
    assert "did you mean cpu?" in refusal(run, "quiet_arc", "--pixel", "1,1", *SIZE, "--device", "cpus")


def test_missing_matplotlib(run: Run, renderer: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    message = refusal(run, "quiet_arc", "--pixel", "1,1", *SIZE, "--plot", "x.png")
    assert "--plot needs matplotlib, which is not installed; run: pip install matplotlib" in message
    assert renderer == []


def test_frame_larger_than_the_machine(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("render.questions.memory.expected_memory_bytes", lambda scene, size: 1e15)
    assert "smaller --size" in refusal(run, "quiet_arc", "--pixel", "1,1")


def test_every_line_of_the_catalogue_can_be_drawn() -> None:
    for key in LINE_KEYS:
        lines = LineRadiance((key,), np.full((1, 1, 1), 100.0, np.float32))
        sky = SkyRadiance(SKY_WAVELENGTHS_NM, np.zeros((len(SKY_WAVELENGTHS_NM), 1, 1), np.float32))
        found = pixel_spectrum(lines, sky, 0, 0)
        assert found.inside_r + found.below_r + found.above_r == pytest.approx(100.0, rel=SUM)
        visible = CATALOGUE[key].components[:, 0]
        if ((visible > 301.0) & (visible < 899.0)).any():
            assert spectrum_peaks(found)


def test_help_has_an_example(run: Run, write_scene: Callable[..., Path]) -> None:
    code, out, _ = run("spectrum", "--help")
    assert code == 0
    assert "polarlight spectrum quiet_arc --pixel 64,36 --size 128x72" in out.partition("Example")[2]
