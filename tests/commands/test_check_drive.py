"""What `check` and files say of the drive and of a satellite's elements."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from render.formats.exr import read_exr
from render.formats.png import read_png_metadata
from tests.conftest import Run

ISS = '[time]\nutc = "2012-01-25T09:26:55.06Z"\n[observer]\nsatellite = "ISS"\n'
STORM_FILM = "[film]\nframes = 121\ninterval_s = 180.0\n"


def test_check_tells_the_dates_drive_and_the_elements(run: Run, write_scene: Callable[..., Path]) -> None:
    path = write_scene(ISS)
    code, out, err = run("check", path)
    assert (code, err) == (0, "")
    assert "drive     Kp 4+ (GFZ Potsdam, 2012-01-25 09 to 12 UT), Ap 16.1 (GFZ Potsdam, mean of the day)\n" in out
    assert (
        "F10.7 135.7 (CelesTrak, observed 2012-01-24), 81-day mean 123.6 (CelesTrak, 2011-12-16 to 2012-03-05)" in out
    )
    assert "elements  ISS by its elements of 2012-01-25T11:09:30Z; the scene is 0.07 days before them\n" in out
    facts = json.loads(run("check", path, "--json")[1])
    assert facts["drive"]["kp"] == pytest.approx(13 / 3, abs=1e-3)
    assert facts["drive"]["kp_intervals"] == [{"from_utc": "2012-01-25T09:00:00Z", "kp": 4.333}]
    assert facts["elements"]["gap_days"] == pytest.approx(-0.0712, abs=1e-4)
    assert [len(line) for line in facts["elements"]["tle"]] == [69, 69]


def test_check_tells_a_films_hours_and_another_instants(
    run: Run, minimal_scene: str, write_scene: Callable[..., Path]
) -> None:
    path = write_scene(minimal_scene.replace("2015-01-28T09:45:00Z", "2015-03-17T10:00:00Z") + STORM_FILM)
    _, out, _ = run("check", path)
    assert "drive     Kp 5+ (GFZ Potsdam, 2015-03-17 09 to 12 UT), " in out
    assert ", then Kp 8- from 12 UT, 8- from 15 UT\n" in out
    assert "elements" not in out
    _, out, _ = run("check", path, "--at", "2015-03-17T14:59:59Z")
    assert "drive     Kp 8- (GFZ Potsdam, 2015-03-17 12 to 15 UT), " in out and "then" not in out


def test_check_says_what_is_assumed(run: Run, minimal_scene: str, write_scene: Callable[..., Path]) -> None:
    path = write_scene(minimal_scene.replace("2015-01-28", "2030-01-28"))
    code, out, err = run("check", path)
    assert code == 0
    assert "drive     Kp 3 (assumed), Ap 15 (from Kp)\n          F10.7 120 (assumed)" in out
    assert err.count("\n") == 1 and "assumed: Kp 3 and F10.7 120" in err


def test_a_date_without_elements_is_refused_in_one_line(run: Run, write_scene: Callable[..., Path]) -> None:
    path = write_scene(ISS.replace("2012-01-25", "2026-01-25"))
    for command in ("check", "render"):
        code, out, err = run(command, path)
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert '[observer] satellite = "ISS"' in err and "1998-11-20 to 2024-09-09" in err


def test_files_say_what_drove_them(
    run: Run, minimal_scene: str, write_scene: Callable[..., Path], fake_renderer: list[float]
) -> None:
    path = write_scene(minimal_scene)
    assert run("render", path, "-o", "a.png", "-o", "a.exr", "--size", "16x9", "--device", "cpu")[0] == 0
    for header in (read_png_metadata("a.png") or {}, read_exr("a.exr")[2]):
        assert (header["kp"], header["f107"], header["f107a"], header["ap"]) == ("2.33", "158.1", "138.8", "7.125")
        assert header["drive"].startswith("Kp 2+ (GFZ Potsdam, 2015-01-28 09 to 12 UT), Ap 7.12 (")
    assert run("develop", "a.exr", "-o", "b.png")[0] == 0
    assert (read_png_metadata("b.png") or {})["drive"].startswith("Kp 2+ (GFZ Potsdam")


def test_files_say_which_elements_were_taken(
    run: Run, write_scene: Callable[..., Path], fake_renderer: list[float]
) -> None:
    assert run("render", write_scene(ISS), "-o", "a.png", "--size", "16x9", "--device", "cpu")[0] == 0
    assert (read_png_metadata("a.png") or {})["elements"].startswith("ISS by its elements of 2012-01-25T11:09:30Z; the")


def test_netcdf_says_what_drove_it(
    run: Run, minimal_scene: str, write_scene: Callable[..., Path], fake_renderer: list[float]
) -> None:
    xarray = pytest.importorskip("xarray")
    pytest.importorskip("h5netcdf")
    assert run("render", write_scene(minimal_scene), "-o", "a.nc", "--size", "16x9", "--device", "cpu")[0] == 0
    with xarray.open_dataset("a.nc") as dataset:
        assert (dataset.attrs["kp"], dataset.attrs["f107"]) == ("2.33", "158.1")
        assert "CelesTrak, observed 2015-01-27" in str(dataset.attrs.get("drive") or np.asarray(dataset["drive"]))


def test_where_asks_nothing_of_the_drive(run: Run, minimal_scene: str, write_scene: Callable[..., Path]) -> None:
    path = write_scene(minimal_scene)
    code, _, err = run("where", path, "--radec", "10,20", "--at", "2015-03-01T00:00:00Z")
    assert (code, err) == (0, "")
