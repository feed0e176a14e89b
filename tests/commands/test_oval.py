"""`polarlight oval`: what it prints and draws, and one clear line for everything that cannot be used."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from render.core.epoch import Epoch
from render.core.geodesy import itrs_from_geodetic
from render.figures.oval import LEVELS, flux_levels
from render.figures.polar_diagram import RIM_DEG, PolarDiagram
from render.frame.view import view_of
from render.geophysics.field.geomagnetic import apex_coordinates, magnetic_local_time_h
from render.scene import load_scene
from tests.commands import test_bad_input as bad_input
from tests.conftest import Run

ARRAYS = ("mlt", "equatorward_deg", "poleward_deg", "peak_mW_m2", "peak_deg", "mean_energy_keV")
LATITUDE_TOLERANCE_DEG = 0.3
FLUX_TOLERANCE, ROUNDING = 0.05, 0.05  # relative; the table gives one decimal
PLACE_TOLERANCE = 1e-9  # rim radii
JUNE = "2015-06-17T17:30:00Z"

# MLT, Kp, peak mW m-2, its latitude, half-maximum equatorward and poleward, keV there. Computed from the same sources
# by an independent program (numba prototype of the geophysics study, 2026-11).
TABLE = [
    (21, "1", 1.5, 69.5, 66.7, 72.9, 2.7),
    (21, "3", 3.6, 67.6, 63.9, 72.3, 4.9),
    (21, "5", 5.8, 65.2, 61.3, 70.8, 6.0),
    (21, "7", 10.0, 61.8, 57.6, 68.4, 5.9),
    (0, "1", 1.9, 68.1, 65.2, 72.0, 3.5),
    (0, "3", 4.0, 66.1, 62.8, 70.8, 5.5),
    (0, "5", 6.2, 63.9, 60.8, 69.2, 6.0),
    (0, "7", 11.8, 61.7, 58.0, 67.9, 6.0),
    (0, "8.5", 11.7, 60.7, 54.6, 67.5, 5.9),
    (3, "5", 6.1, 64.7, 61.4, 69.3, 6.8),
]


pytestmark = pytest.mark.usefixtures("own_cache")


def refusal(run: Run, *arguments: str | Path) -> str:
    """Return the one line with which `oval` refuses its arguments; see `bad_input.refusal`."""
    return bad_input.refusal(run, "oval", *arguments)


def answer(run: Run, *arguments: str | Path) -> dict[str, Any]:
    code, out, err = run("oval", "--json", *arguments)
    assert (code, err) == (0, "")
    found: dict[str, Any] = json.loads(out)
    return found


@pytest.mark.parametrize("row", TABLE)
def test_json_meets_the_table(run: Run, row: tuple[int, str, float, float, float, float, float]) -> None:
    mlt, kp, flux, latitude, low, high, energy = row
    found = answer(run, "--kp", kp)
    assert [len(found[name]) for name in ARRAYS] == [24] * len(ARRAYS)
    assert found["mlt"] == list(range(24))
    assert found["peak_mW_m2"][mlt] == pytest.approx(flux, rel=FLUX_TOLERANCE, abs=ROUNDING)
    assert found["mean_energy_keV"][mlt] == pytest.approx(energy, rel=FLUX_TOLERANCE, abs=ROUNDING)
    given = [found[name][mlt] for name in ("peak_deg", "equatorward_deg", "poleward_deg")]
    assert given == pytest.approx([latitude, low, high], abs=LATITUDE_TOLERANCE_DEG)


def test_south_is_the_mirror(run: Run) -> None:
    north, south = answer(run, "--kp", "4"), answer(run, "--kp", "4", "--south", "--time", JUNE)
    for name in ARRAYS:
        sign = -1.0 if name.endswith("_deg") else 1.0
        assert south[name] == [sign * value for value in north[name]]
    assert (north["hemisphere"], north["time_utc"]) == ("north", None)
    assert (south["hemisphere"], south["time_utc"]) == ("south", JUNE)
    assert south["hemispheric_power_GW"] == north["hemispheric_power_GW"]


def test_scene_gives_kp_time_and_hemisphere(run: Run) -> None:
    found = answer(run, "--scene", "australis")
    assert (found["kp"], found["hemisphere"], found["time_utc"]) == (6.0, "south", JUNE)
    assert found["peak_deg"] == answer(run, "--kp", "6", "--south")["peak_deg"]
    assert answer(run, "--scene", "australis", "--north")["peak_deg"][0] > 0.0


def test_scene_drive_is_taken_at_the_time(run: Run, minimal_scene: str, write_scene: Callable[..., Path]) -> None:
    path = write_scene(minimal_scene + '[drive]\npreset = "cme_arrival"\n')
    before = answer(run, "--scene", path)
    after = answer(run, "--scene", path, "--time", "2015-01-28T15:00:00Z")
    assert after["kp"] > before["kp"] + 2.0
    assert after["equatorward_deg"][0] < before["equatorward_deg"][0] - 3.0


def test_table_for_people(run: Run) -> None:
    code, out, err = run("oval", "--kp", "5")
    assert (code, err) == (0, "")
    rows = [line.split() for line in out.splitlines() if line[:3].strip().isdigit()]
    assert [row[0] for row in rows] == [str(hour) for hour in range(24)]
    assert [float(value) for value in rows[21][1:4]] == pytest.approx([61.3, 65.2, 70.8], abs=LATITUDE_TOLERANCE_DEG)
    for word in ("Kp 5", "69 GW", "Zhang & Paxton", "Starkov", "Gussenhoven"):
        assert word in out


def test_minus_zero_is_zero(run: Run) -> None:
    assert run("oval", "--kp", "-0", "--json")[1].startswith('{"kp": 0.0,')


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--kp", "12"], "0 to 9"),
        (["--kp", "-1"], "0 to 9"),
        (["--kp", "nan"], "0 to 9"),
        (["--kp", "abc"], "not a number; allowed: KP, 0 to 9"),
        (["--kp", "5+"], '--kp "5+": not a number; write thirds of Kp as numbers: 5.33'),
        (["--kp", "9+"], "not a number; allowed"),
        (["--kp", "3,4"], "2 numbers"),
        ([], "neither was given"),
        (["--kp", "3", "--scene", "australis"], "both were given"),
        (["--kp", "3", "--time", "noon"], "--time: time 'noon' is not ISO 8601"),
        (["--kp", "3", "--time", "1800-01-01"], "1900 to 2035"),
        (["--kp", "3", "--time", "2036-01-02"], "1900 to 2035"),
        (["--scene", "australis", "--time", "9999-12-31"], "1900 to 2035"),
        (["--scene", "angels_singing", "--time", "1950-01-01"], "about 14 days"),
        (["--scene", "australia"], "did you mean australis?"),
        (["--kp", "3", "--plot", "x.png"], "give --time or --scene"),
        (["--kp", "3", "--time", JUNE, "--plot", "x.jpg"], ".png, .pdf, .svg"),
        (["--kp", "3", "--time", JUNE, "--plot", "nowhere/x.png"], "does not exist"),
    ],
)
def test_refused_arguments(run: Run, arguments: list[str], words: str) -> None:
    assert words in refusal(run, *arguments)


def test_plot_without_matplotlib(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert "pip install matplotlib" in refusal(run, "--kp", "3", "--time", JUNE, "--plot", "x.png")


@pytest.mark.parametrize(("scene", "file"), [("angels_singing", "north.png"), ("australis", "south.svg")])
def test_plot_is_drawn_and_repeats_itself(run: Run, monkeypatch: pytest.MonkeyPatch, scene: str, file: str) -> None:
    pytest.importorskip("matplotlib")
    monkeypatch.setattr("render.figures.oval.GROUND_PIXELS", 275)  # a quarter: drawn as large, and quicker
    code, out, err = run("oval", "--scene", scene, "--plot", file)
    assert (code, err) == (0, "")
    assert out.splitlines()[-1] == f"wrote       {file}"
    first = Path(file).read_bytes()
    assert run("oval", "--scene", scene, "--plot", file)[0] == 0
    assert Path(file).read_bytes() == first
    assert len(first) > 50_000
    if file.endswith(".png"):
        from PIL import Image  # noqa: PLC0415

        picture = np.asarray(Image.open(file).convert("RGB"), dtype=float)
        assert picture.shape[1] > 1000
        assert (picture.min(axis=2) < 200.0).mean() > 0.2  # land, night and flux
        assert ((picture[..., 0] - picture[..., 2]) > 100.0).mean() > 0.03  # the oval's warm colours


@pytest.mark.parametrize("hemisphere", [1, -1])
def test_map_has_the_sun_above_and_east_the_right_way(hemisphere: int) -> None:
    polar = PolarDiagram.at(Epoch.parse(JUNE), hemisphere)
    noon = float(np.degrees(np.arctan2(polar.sun_itrs[1], polar.sun_itrs[0])))
    places = np.array(polar.place_of(RIM_DEG, np.array([noon, noon + 90.0, noon + 180.0, noon - 90.0])))
    # At the Sun's own meridian it is noon; 90 degrees east of it is evening: to the left in the north.
    expected = [[0.0, -hemisphere, 0.0, hemisphere], [1.0, 0.0, -1.0, 0.0]]
    np.testing.assert_allclose(places, expected, atol=PLACE_TOLERANCE)
    x, y = np.array([0.1, -0.4]), np.array([0.3, 0.2])
    np.testing.assert_allclose(polar.place(7.0 * polar.directions(x, y)), (x, y), atol=PLACE_TOLERANCE)


@pytest.mark.parametrize("hemisphere", [1, -1])
def test_magnetic_grid_and_dial_are_the_traced_ones(hemisphere: int) -> None:
    epoch = Epoch.parse(JUNE)
    polar = PolarDiagram.at(epoch, hemisphere)
    x, y, latitude, hours = polar.magnetic_grid()
    place_x, place_y = polar.place_of(65.0, 20.0)
    nearest = np.hypot(x - place_x, y - place_y).argmin()
    apex, longitude = apex_coordinates(hemisphere * 65.0, 20.0, 110.0, epoch.decimal_year)
    assert latitude.flat[nearest] == pytest.approx(abs(float(apex)), abs=0.3)  # of a node at most 18 km away
    assert hours.flat[nearest] == pytest.approx(float(magnetic_local_time_h(longitude, epoch)), abs=0.1)
    on_rim = np.abs(np.hypot(x, y) - 1.0) < 0.003
    for hour, angle in enumerate(polar.rim_local_times()):
        i = np.where(on_rim, np.hypot(x - np.cos(angle), y - np.sin(angle)), np.inf).argmin()
        assert abs((hours.flat[i] - hour + 12.0) % 24.0 - 12.0) < 0.1


def test_ground_knows_land_and_night() -> None:
    polar = PolarDiagram.at(Epoch.parse(JUNE), -1)
    land, elevation = polar.ground(200)
    middle = land[100, 100], elevation[100, 100]
    assert middle[0] == 1.0  # the south pole is land
    assert middle[1] == pytest.approx(-23.4, abs=0.5)  # in June
    x, y = polar.place_of(50.0, 80.0)  # the southern Indian Ocean
    assert land[int(100 * (1 + y)), int(100 * (1 + x))] == 0.0
    assert elevation[195, 100] > 0.0 > elevation[5, 100]


def test_view_is_ahead_of_the_camera_and_ends_behind_the_limb() -> None:
    scene = load_scene("australis")  # looks to azimuth 190 from 51.6 S, 110 E, 415 km
    view = view_of(scene, scene.time.epoch)
    south = itrs_from_geodetic(np.array([-54.0, -56.5, -66.0, -74.0, -80.0, -84.0, -45.0]), 108.0, 110.0)
    # Its lower edge looks down by 15 + 22.9 deg and meets 110 km 3.5 deg away, at 55.1 S; the ground's horizon is 20.1
    # deg away and hides 110 km from 10.5 deg farther on, at 82.2 S.
    assert list(view.margin(south) > 0.0) == [False, True, True, True, True, False, False]
    # Lines of sight touch the shell acos(6488 / 6793) = 17.2 deg away, at 68.8 S.
    assert list(view.beyond_limb(south[2:4]) > 0.0) == [False, True]


def test_flux_levels_are_even_and_hold_the_highest() -> None:
    for highest in (0.4, 1.36, 4.1, 12.1, 17.5, 60.0):
        levels = flux_levels(highest)
        np.testing.assert_allclose(np.diff(levels), levels[0])
        assert levels[-1] >= highest > levels[-2] - 1e-9
        assert 6 <= len(levels) <= LEVELS
