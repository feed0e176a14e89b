"""`polarlight limb`: what it prints and writes, and one clear line for everything that cannot be used."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from render.atmosphere.air import data_table
from render.atmosphere.extinction import Atmosphere, build_atmosphere
from render.atmosphere.profile import REQUIRED
from render.atmosphere.settings import AtmosphereSettings
from render.atmosphere.sunlight import MEAN_DISC_RAD, POINT_RAD, sunlight_table
from render.core.radiance import SKY_WAVELENGTHS_NM
from render.figures.limb import lost_below_km
from render.integrator.sky import scattered
from render.integrator.sky.diffuse import Quadrature, diffuse_table
from render.integrator.sky.limb import limb_radiance
from render.integrator.sky.scattered import ScatteringAir
from render.sky.sunlight import solar_irradiance
from tests import REFERENCE
from tests.commands import test_bad_input as bad_input
from tests.conftest import Run
from tests.devices import start_or_skip

SUN = ("--sza", "93", "--azimuth", "20")
TWO = ("--wavelengths", "450,550")
CPU = ("--device", "cpu")
JSON_DIGITS = 1e-5  # relative: six digits are printed
PROFILE = 1e-4  # relative: the same air by another way
SASKTRAN = 0.01  # relative, at high Sun
COARSE = Quadrature(
    altitudes_km=(0.0, 3.0, 10.0, 25.0, 60.0, 120.0), zenith_deg=(0.0, 60.0, 85.0, 90.0, 95.0, 100.0, 110.0, 120.0),
    directions=2, azimuths=2,
)  # fmt: skip


def coarse_air(atmosphere: Atmosphere, radius_rad: float = MEAN_DISC_RAD) -> ScatteringAir:
    """Return tables that are quickly made and not exact."""
    light = sunlight_table(atmosphere, radius_rad)
    return ScatteringAir(atmosphere, scattered.optical_air(atmosphere), light, diffuse_table(atmosphere, light, COARSE))


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put tables in the solver's place that are quickly made: for tests of what happens around them."""
    monkeypatch.setattr(scattered, "scattering_air", coarse_air)


def refusal(run: Run, *arguments: str | Path) -> str:
    """Return the one line with which `limb` refuses its arguments; see `bad_input.refusal`."""
    return bad_input.refusal(run, "limb", *arguments)


def answer(run: Run, *arguments: str | Path) -> dict[str, Any]:
    code, out, err = run("limb", "--json", *CPU, *arguments)
    assert (code, err) == (0, "")
    found: dict[str, Any] = json.loads(out)
    return found


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    """Return a file that holds the standard air."""
    table = data_table("atmosphere_us76.csv")
    rows = zip(*(table[name] for name in REQUIRED), strict=True)
    path = tmp_path / "air.csv"
    path.write_text(",".join(REQUIRED) + "\n" + "\n".join(",".join(map(repr, map(float, row))) for row in rows) + "\n")
    return path


@pytest.mark.usefixtures("quick")
def test_json_has_the_promised_form(run: Run) -> None:
    found = answer(run, *SUN, *TWO, "--tangent-km", "-5,0:10:5,30")
    assert found["wavelength_nm"] == [450.0, 550.0]
    assert found["tangent_km"] == [-5.0, 0.0, 5.0, 10.0, 30.0]
    for key in ("single_sr1", "total_sr1", "single_W_m2_sr_nm", "total_W_m2_sr_nm"):
        assert np.shape(found[key]) == (5, 2)
    sun = np.interp([450.0, 550.0], SKY_WAVELENGTHS_NM, solar_irradiance())
    for kind in ("single", "total"):
        assert found[f"{kind}_W_m2_sr_nm"] == pytest.approx(np.array(found[f"{kind}_sr1"]) * sun, rel=JSON_DIGITS)
    given = found["input"]
    assert (given["sza_deg"], given["azimuth_deg"], given["observer_km"]) == (93.0, 20.0, 415.0)
    assert (given["ozone_DU"], given["aerosol"], given["ground_albedo"]) == (
        pytest.approx(345, abs=1),
        "background",
        0.1,
    )
    assert given["aerosol_depth_550nm"] == pytest.approx(0.0572, abs=1e-4)
    assert (given["refraction"], given["polarisation"]) == (True, False)
    assert given["sun_radius_deg"] == pytest.approx(0.2666)


@pytest.mark.usefixtures("quick")
def test_json_is_the_librarys(run: Run) -> None:
    options = ("--no-refraction", "--aerosol", "none", "--ozone", "300", "--albedo", "0.5", "--observer-km", "700")
    found = answer(run, *SUN, *TWO, *options, "--tangent-km", "-20,8,60.5")
    chosen = AtmosphereSettings(refraction=False, aerosol="none", ozone_du=300.0, ground_albedo=0.5)
    start_or_skip("cpu")
    air = coarse_air(build_atmosphere(chosen, (450.0, 550.0)), POINT_RAD)
    single, total = limb_radiance(air, 93.0, 20.0, [-20.0, 8.0, 60.5], 700.0)
    assert found["single_sr1"] == pytest.approx(single, rel=JSON_DIGITS)
    assert found["total_sr1"] == pytest.approx(total, rel=JSON_DIGITS)
    given = found["input"]
    assert (given["sun_radius_deg"], given["refraction"], given["aerosol_depth_550nm"]) == (0.0, False, 0.0)
    assert (given["ozone_DU"], given["ground_albedo"]) == (pytest.approx(300.0), 0.5)
    nadir = answer(run, *SUN, *TWO, *options, "--nadir")
    assert nadir["tangent_km"] == [None]
    assert nadir["total_sr1"] == pytest.approx(limb_radiance(air, 93.0, 20.0, [-np.inf], 700.0)[1], rel=JSON_DIGITS)


def test_agrees_with_sasktran(run: Run) -> None:
    # Rayleigh alone, SZA 80, azimuth 90, tangent altitudes 1 and 30 km: rows of reference/limb_sasktran.csv
    air = ("--aerosol", "none", "--ozone", "none", "--no-refraction")
    found = answer(run, "--sza", "80", "--azimuth", "90", *air, "--wavelengths", "440,560,680", "--tangent-km", "1,30")
    text = (REFERENCE / "limb_sasktran.csv").read_text(encoding="utf-8")
    for km, once, every in zip((1, 30), found["single_sr1"], found["total_sr1"], strict=True):
        row = next(line for line in text.splitlines() if line.startswith(f"rayleigh,80,90,{km},")).split(",")[4:]
        assert once == pytest.approx(list(map(float, row[:3])), rel=SASKTRAN)
        assert every == pytest.approx(list(map(float, row[3:])), rel=3.0 * SASKTRAN)


@pytest.mark.usefixtures("quick")
def test_defaults_cover_limb_and_bands(run: Run) -> None:
    found = answer(run, *SUN)
    assert found["wavelength_nm"] == SKY_WAVELENGTHS_NM.tolist()
    assert (found["tangent_km"][0], found["tangent_km"][-1]) == (0.0, 100.0)


@pytest.mark.usefixtures("quick")
def test_for_people(run: Run) -> None:
    code, out, err = run("limb", *SUN, *TWO, *CPU, "--tangent-km", "-5,20,80")
    assert (code, err) == (0, "")
    assert "zenith angle 93 degrees, azimuth 20" in out
    assert "US Standard Atmosphere 1976; ozone 345 DU; aerosol 0.0572 at 550 nm; ground albedo 0.1" in out
    assert "bent, the Sun a disc of 0.267 degrees in radius" in out
    assert "polarisation" in out
    assert "CPU" in out
    table = out.partition("tangent km")[2].splitlines()[1:]
    assert [row.split()[:2] for row in table] == [[km, nm] for km in ("-5", "20", "80") for nm in ("450", "550")]
    assert len({len(row) for row in table}) == 1
    straight = run("limb", *SUN, *TWO, *CPU, "--nadir", "--no-refraction")[1]
    assert "straight, the Sun a point" in straight
    assert "nadir" in straight
    assert "ground below" in straight


@pytest.mark.usefixtures("quick")
def test_a_profile_brings_air_and_aerosol(run: Run, profile: Path) -> None:
    view = (*SUN, *TWO, "--tangent-km", "5,30")
    own, standard = answer(run, *view, "--profile", profile), answer(run, *view)
    assert own["input"]["air"] == f"profile {profile}"
    assert own["total_sr1"] == pytest.approx(np.array(standard["total_sr1"]), rel=PROFILE)
    assert own["single_sr1"] == pytest.approx(np.array(standard["single_sr1"]), rel=PROFILE)
    clear = answer(run, *view, "--profile", profile, "--aerosol", "none")["input"]
    assert (clear["aerosol_depth_550nm"], clear["ozone_DU"]) == (0.0, own["input"]["ozone_DU"])


@pytest.mark.usefixtures("quick")
def test_a_scene_brings_its_air(run: Run, minimal_scene: str, write_scene: Callable[..., Path]) -> None:
    path = write_scene(minimal_scene + "[atmosphere]\nground_albedo = 0.4\nozone_du = 250.0\n")
    view = (*SUN, *TWO, "--nadir", "--scene", path)
    given = answer(run, *view)["input"]
    assert (given["air"], given["ground_albedo"], given["ozone_DU"]) == (f"scene {path}", 0.4, pytest.approx(250.0))
    other = answer(run, *view, "--albedo", "0.2")["input"]
    assert (other["ground_albedo"], other["ozone_DU"]) == (0.2, pytest.approx(250.0))


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("ending", ["png", "pdf", "svg"])
def test_plot_is_a_picture(run: Run, ending: str) -> None:
    name = f"dawn.{ending}"
    view = ("--sza", "101", "--azimuth", "90", *TWO, *CPU, "--tangent-km", "50")
    code, out, err = run("limb", *view, "--plot", name)
    assert (code, err) == (0, "")
    assert out.endswith(f"wrote       {name}\n")
    assert [path.name for path in Path().iterdir()] == [name]
    content = Path(name).read_bytes()
    assert content.startswith({"png": b"\x89PNG", "pdf": b"%PDF", "svg": b"<?xml"}[ending])
    if ending == "png":
        from PIL import Image  # noqa: PLC0415

        picture = np.asarray(Image.open(name).convert("L"))
        assert 0.01 < float((picture < 128).mean()) < 0.5
        assert picture[:5].min() > 250  # nothing runs over the edge
    assert json.loads(run("limb", *view, "--json", "--plot", "again." + ending)[1])["tangent_km"] == [50.0]
    assert Path("again." + ending).read_bytes() == content


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("sza", ["60", "180"])
def test_plot_of_day_and_night(run: Run, sza: str) -> None:
    view = ("--sza", sza, "--azimuth", "0", *TWO, *CPU, "--tangent-km", "50")
    code, _, err = run("limb", *view, "--plot", "x.svg")
    assert (code, err) == (0, "")
    assert Path("x.svg").is_file()


def test_where_an_aurora_is_lost() -> None:
    km, falling = np.array([0.0, 50.0, 100.0]), np.array([1e4, 1e2, 1.0])
    assert lost_below_km(km, falling, 10.0) == pytest.approx(75.0)
    assert lost_below_km(km, falling, 1e3) == pytest.approx(25.0)
    assert lost_below_km(km, falling, 1e5) is None
    assert lost_below_km(km, falling, 0.5) == float("inf")
    assert lost_below_km(km, np.array([1.0, 1e3, 0.1]), 10.0) == pytest.approx(75.0)  # the arc hides it, its foot not
    assert lost_below_km(km, np.zeros(3), 1.0) is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "--sza"),
        (["--sza", "90"], "--azimuth"),
        (["--sza", "181", "--azimuth", "0"], "0 to 180"),
        (["--sza", "nan", "--azimuth", "0"], "0 to 180"),
        (["--sza", "dawn", "--azimuth", "0"], "not a number"),
        (["--sza", "90", "--azimuth", "400"], "-360 to 360"),
        ([*SUN, "--tangent-km", "low"], '--tangent-km "low" is no number and no range'),
        ([*SUN, "--tangent-km", "10,,20"], '"" is no number'),
        ([*SUN, "--tangent-km", "0:10"], "no start:stop:step"),
        ([*SUN, "--tangent-km", "0:10:0"], "does not rise"),
        ([*SUN, "--tangent-km", "10:0:1"], "does not rise"),
        ([*SUN, "--tangent-km", "0:10:nan"], "does not rise"),
        ([*SUN, "--tangent-km", "0:100:1e-9"], "too many"),
        ([*SUN, "--tangent-km", "10,121"], "-6371 to 120 km"),
        ([*SUN, "--tangent-km", "nan"], "out of range"),
        ([*SUN, "--tangent-km", "100", "--observer-km", "50"], "100 km is not below the observer at 50 km"),
        ([*SUN, "--tangent-km", "10", "--nadir"], "--nadir and --tangent-km"),
        ([*SUN, "--observer-km", "-1"], "0 to 1000000"),
        ([*SUN, "--wavelengths", "300"], "380 to 780 nm"),
        ([*SUN, "--wavelengths", "550,900"], "380 to 780 nm"),
        ([*SUN, "--wavelengths", "380:780:1"], "200 at most"),
        ([*SUN, "--wavelengths", "green"], "no number and no range"),
        ([*SUN, "--aerosol", "backgrund"], "did you mean background? allowed: none, background"),
        ([*SUN, "--ozone", "some"], "none, or a column of 0 to 700 Dobson units"),
        ([*SUN, "--ozone", "701"], "0 to 700"),
        ([*SUN, "--ozone", "nan"], "0 to 700"),
        ([*SUN, "--albedo", "1.1"], "0 to 1"),
        ([*SUN, "--profile", "absent.csv"], "absent.csv: no such file"),
        ([*SUN, "--profile", "."], "a folder"),
        ([*SUN, "--scene", "quite_arc"], "did you mean quiet_arc?"),
        ([*SUN, "--plot", "x.jpg"], ".png, .pdf, .svg"),
        ([*SUN, "--plot", "nowhere/x.png"], "does not exist"),
        ([*SUN, "--plot", "x.png", "--nadir"], "leave --nadir out"),
        ([*SUN, "--plot", "x.png", "--observer-km", "101"], "--observer-km above 119"),
        ([*SUN, "--device", "cpus"], "did you mean cpu?"),
        ([*SUN, "--nadirs"], "--nadir"),
    ],
)
def test_refused_arguments(run: Run, arguments: list[str], words: str) -> None:
    assert words in refusal(run, *arguments)


def test_refused_air(run: Run, profile: Path, minimal_scene: str, write_scene: Callable[..., Path]) -> None:
    dry = profile.with_name("dry.csv")
    rows = [line.split(",") for line in profile.read_text().splitlines()]
    dry.write_text("\n".join(",".join([*row[:4], row[4] if not i else "0", row[5]]) for i, row in enumerate(rows)))
    assert "no ozone that could be scaled" in refusal(run, *SUN, "--profile", dry, "--ozone", "300")
    scene = write_scene(minimal_scene + "[atmosphere.background]\noptical_depth = 0.02\n")
    assert "brings its own aerosol" in refusal(run, *SUN, "--profile", profile, "--scene", scene)


def test_missing_matplotlib(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert "pip install matplotlib" in refusal(run, *SUN, "--plot", "x.png")
