"""`polarlight emission`: what it prints and writes, and one clear line for everything that cannot be used."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from render.emission.columns import COLUMN_KEYS, SUNLIT_KEYS
from render.emission.precipitation import Precipitation
from render.emission.sunlit import share_4278
from render.emission.table import volume_emission_rate
from render.geophysics.upper_air.thermosphere_file import read_thermosphere
from tests import REFERENCE
from tests.commands import test_bad_input as bad_input
from tests.conftest import Run

AIR = REFERENCE / "glow_atmosphere_a.csv"
JSON_DIGITS = 1e-5  # relative: six digits are printed
PEAK_KM, CENTROID_KM = 4.0, 5.0  # km, of GLOW's at 2 keV
GLOW_COLUMN = 0.08  # relative, of 557.7 at 2 keV


def refusal(run: Run, *arguments: str | Path) -> str:
    """Return the one line with which `emission` refuses its arguments; see `bad_input.refusal`."""
    return bad_input.refusal(run, "emission", *arguments)


def answer(run: Run, *arguments: str | Path) -> dict[str, Any]:
    code, out, err = run("emission", "--json", *arguments)
    assert (code, err) == (0, "")
    found: dict[str, Any] = json.loads(out)
    return found


@pytest.fixture
def electrons(tmp_path: Path) -> Callable[[str], Path]:
    """Return a function that writes a spectrum file."""

    def write(rows: str, header: str = "energy_keV,flux_cm2_s_keV\n") -> Path:
        path = tmp_path / "electrons.csv"
        path.write_text(header + rows, encoding="utf-8")
        return path

    return write


def glow(condition: str, spectrum: str, energy_kev: float, line: str) -> tuple[float, float, float]:
    text = (REFERENCE / "glow_columns.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(each for each in text.splitlines() if not each.startswith("#")):
        of = (row["condition"], row["spectrum"], float(row["energy_kev"]), row["line"])
        if of == (condition, spectrum, energy_kev, line):
            return float(row["column_R"]), float(row["peak_km"]), float(row["centroid_km"])
    raise AssertionError


def test_json_has_the_promised_form(run: Run) -> None:
    found = answer(run)
    assert list(found["lines"]) == list(COLUMN_KEYS)
    assert {"391.4", "427.8", "557.7", "630.0", "777.4", "844.6", "732", "520.0", "337.1"} <= set(found["lines"])
    assert {"N2_1PG", "N2_2PG", "N2+_1NG", "N2+_Meinel", "297.2", "636.4", "O2+_1NG", "weak"} <= set(found["lines"])
    assert all(set(entry) == {"column_R", "peak_km", "centroid_km"} for entry in found["lines"].values())
    given = found["input"]
    assert (given["energy_keV"], given["flux_mW_m2"], given["mean_energy_keV"]) == (2.0, 1.0, 4.0)
    assert (given["spectrum"], given["ionisation"]) == ("maxwell", "refit")
    assert given["air"]["default"] is True
    assert (given["air"]["latitude_deg"], given["air"]["longitude_deg"]) == (45.0, 285.0)
    assert (given["air"]["f107"], given["air"]["ap"]) == (140.0, 20.0)


@pytest.mark.parametrize(("name", "spectrum"), [("maxwell", "maxwellian"), ("mono", "monoenergetic")])
@pytest.mark.parametrize("form", ["refit", "fang2010"])
def test_json_is_the_librarys(run: Run, name: str, spectrum: Any, form: Any) -> None:
    from render.emission.settings import EmissionSettings  # noqa: PLC0415

    options = ("--energy-kev", "5", "--flux", "3", "--spectrum", name, "--ionisation", form)
    found = answer(run, "--thermosphere", AIR, "--sunlit", *options)
    rates = volume_emission_rate(
        read_thermosphere(AIR), Precipitation(5.0, 3.0, spectrum), settings=EmissionSettings(ionisation=form)
    )
    for key, entry in found["lines"].items():
        column = rates.column_rayleighs(key) if key in rates.lines else 0.0
        if key == "427.8_sunlit":
            column = rates.column_rayleighs("N2+_1NG_sunlit") * share_4278()
        assert entry["column_R"] == pytest.approx(column, rel=JSON_DIGITS)
    assert list(found["lines"])[-2:] == list(SUNLIT_KEYS)
    assert found["input"]["air"] == {"file": str(AIR)}


@pytest.mark.parametrize("condition", ["a", "b"])
def test_agrees_with_glow(run: Run, condition: str) -> None:
    # Outside data: columns of GLOW 0.981 in its own air, see the file's head.
    found = answer(run, "--thermosphere", REFERENCE / f"glow_atmosphere_{condition}.csv")["lines"]["557.7"]
    column, peak, centroid = glow(condition, "maxwellian", 2.0, "557.7")
    assert found["column_R"] == pytest.approx(column, rel=GLOW_COLUMN)
    assert found["peak_km"] == pytest.approx(peak, abs=PEAK_KM)
    assert found["centroid_km"] == pytest.approx(centroid, abs=CENTROID_KM)


def test_no_electrons_no_light(run: Run) -> None:
    found = answer(run, "--flux", "0", "--sunlit")["lines"]
    assert all(entry == {"column_R": 0.0, "peak_km": None, "centroid_km": None} for entry in found.values())
    code, out, err = run("emission", "--flux", "0", "--plot", "dark.png")
    assert (code, err) == (0, "")
    assert "-" in next(line for line in out.splitlines() if line.startswith("557.7")).split()
    assert Path("dark.png").is_file()


def test_for_people(run: Run) -> None:
    code, out, err = run("emission")
    assert (code, err) == (0, "")
    assert "default: 45 N, 285 E, 2015-02-01T05:00:00Z, F10.7 140, Ap 20" in out
    assert "mean 4 keV" in out
    rows = [line for line in out.splitlines() if line.startswith(COLUMN_KEYS)]
    assert len(rows) == len(COLUMN_KEYS)
    assert len({len(row) for row in rows}) == 1  # aligned
    assert "e+" not in out.partition("\n\n")[2]


def test_place_and_time(run: Run) -> None:
    place = ("--lat", "-65.5", "--lon", "212", "--time", "2015-03-17T10:00:00Z")
    given = answer(run, *place)["input"]["air"]
    assert given["default"] is False
    assert (given["latitude_deg"], given["longitude_deg"], given["f107"], given["ap"]) == (-65.5, 212.0, 120.0, 10.0)
    assert given["time_utc"] == "2015-03-17T10:00:00Z"
    hot = answer(run, *place, "--f107", "250", "--ap", "100")
    assert (hot["input"]["air"]["f107"], hot["input"]["air"]["ap"]) == (250.0, 100.0)
    assert hot["lines"]["427.8"]["centroid_km"] > answer(run, *place)["lines"]["427.8"]["centroid_km"]
    assert "65.5 S" in run("emission", *place)[1]


def test_scene_gives_air_and_settings(run: Run, minimal_scene: str, write_scene: Callable[..., Path]) -> None:
    from render.frame.air import oval_emission, scene_air  # noqa: PLC0415
    from render.scene import load_scene  # noqa: PLC0415

    path = write_scene(minimal_scene + '[emission]\nionisation = "fang2010"\n')
    found = answer(run, "--scene", path)
    assert found["input"]["ionisation"] == "fang2010"
    assert found["input"]["air"]["scene"] == "scene"
    scene = load_scene(path)
    rates = volume_emission_rate(scene_air(scene), Precipitation(2.0, 1.0), settings=scene.emission)
    assert found["lines"]["557.7"]["column_R"] == pytest.approx(rates.column_rayleighs("557.7"), rel=JSON_DIGITS)
    assert oval_emission(scene)[1] is scene_air(scene)
    assert answer(run, "--scene", path, "--ionisation", "refit")["input"]["ionisation"] == "refit"


def test_spectrum_file_is_a_maxwellian_if_it_holds_one(run: Run, electrons: Callable[[str], Path]) -> None:
    energy = np.geomspace(0.02, 60.0, 200)
    flux = 6.241509074e8 / (2.0 * 2.0**3) * energy * np.exp(-energy / 2.0)  # 1 mW m-2, E0 2 keV
    path = electrons("\n".join(f"{e!r},{f!r}" for e, f in zip(energy.tolist(), flux.tolist(), strict=True)))
    found = answer(run, "--spectrum", path)
    assert found["input"]["energy_keV"] == pytest.approx(2.0, rel=1e-3)
    assert found["input"]["flux_mW_m2"] == pytest.approx(1.0, rel=1e-3)
    assert found["input"]["spectrum"] == str(path)
    own = answer(run)["lines"]
    for key in ("557.7", "630.0", "427.8"):
        assert found["lines"][key]["column_R"] == pytest.approx(own[key]["column_R"], rel=2e-3)


@pytest.mark.parametrize("ending", ["png", "pdf", "svg"])
def test_plot_is_a_picture(run: Run, ending: str) -> None:
    from PIL import Image  # noqa: PLC0415

    name = f"profile.{ending}"
    code, out, err = run("emission", "--plot", name, "--sunlit")
    assert (code, err) == (0, "")
    assert out.endswith(f"wrote       {name}\n")
    assert [path.name for path in Path().iterdir()] == [name]
    content = Path(name).read_bytes()
    if ending == "png":
        picture = np.asarray(Image.open(name).convert("L"))
        assert 0.02 < float((picture < 128).mean()) < 0.5
        assert picture[:5].min() > 250  # nothing runs over the edge
    assert content.startswith({"png": b"\x89PNG", "pdf": b"%PDF", "svg": b"<?xml"}[ending])
    if ending == "svg":
        assert b"</svg>" in content
    assert run("emission", "--plot", "again." + ending, "--sunlit")[0] == 0
    assert Path("again." + ending).read_bytes() == content


ONE = "1,1e7\n2,1e7\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--energy-kev", "0.01"], "--energy-kev"),
        (["--energy-kev", "101"], "0.05 to 100"),
        (["--energy-kev", "2 keV"], "not a number"),
        (["--energy-kev", "nan"], "out of range"),
        (["--energy-kev", "1,2"], "2 numbers"),
        (["--flux", "-1"], "0 to 1000"),
        (["--flux", "1e9"], "0 to 1000"),
        (["--flux", "inf"], "0 to 1000"),
        (["--spectrum", "maxwel"], "did you mean maxwell? allowed: maxwell, mono, gaussian, kappa, FILE.csv"),
        (["--spectrum", ""], "allowed: maxwell, mono, gaussian, kappa, FILE.csv"),
        (["--spectrum", "absent.csv"], "absent.csv: no such file"),
        (["--ionisation", "fang2001"], "did you mean fang2010? allowed: refit, fang2010"),
        (["--thermosphere", "absent.csv"], "absent.csv: no such file"),
        (["--thermosphere", "."], "a folder"),
        (["--scene", "quite_arc"], "did you mean quiet_arc?"),
        (["--scene", "quiet_arc", "--lat", "5"], "--scene and --lat both give the air"),
        (["--scene", "quiet_arc", "--thermosphere", "x.csv"], "--thermosphere and --scene both"),
        (["--thermosphere", "x.csv", "--ap", "5"], "--thermosphere and --ap both"),
        (["--lat", "45"], "--lat needs --lon and --time"),
        (["--lat", "45", "--lon", "285"], "needs --time"),
        (["--time", "2015-01-01"], "--time needs --lat and --lon"),
        (["--f107", "100"], "--f107 needs --lat and --lon and --time"),
        (["--lat", "91", "--lon", "0", "--time", "2015-01-01"], "-90 to 90"),
        (["--lat", "45", "--lon", "361", "--time", "2015-01-01"], "-180 to 360"),
        (["--lat", "45", "--lon", "0", "--time", "noon"], "--time: time 'noon' is not ISO 8601"),
        (["--lat", "45", "--lon", "0", "--time", "2015-01-01", "--f107", "10"], "60 to 400"),
        (["--lat", "45", "--lon", "0", "--time", "2015-01-01", "--ap", "900"], "0 to 400"),
        (["--plot", "x.jpg"], ".png, .pdf, .svg"),
        (["--plot", "nowhere/x.png"], "does not exist"),
        (["--plot", "."], "unknown ending"),
        (["--netcdf", "x.cdf"], ".nc"),
        (["--netcdf", "nowhere/x.nc"], "does not exist"),
        (["--plot", "good.png", "--netcdf", "nowhere/x.nc"], "does not exist"),
        (["--table"], "give --netcdf FILE.nc"),
        (["--table", "--netcdf", "x.nc", "--spectrum", "e.csv"], "maxwell, mono, gaussian, kappa, not of a file"),
        (["--energy", "2"], "--energy"),
    ],
)
def test_refused_arguments(run: Run, arguments: list[str], words: str) -> None:
    assert words in refusal(run, *arguments)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("", "0 rows of numbers; at least 2"),
        ("1,1e7\n", "1 rows of numbers; at least 2"),
        ("2,1e7\n1,1e7\n", "line 3, energy_keV: 1 follows 2"),
        ("1,1e7\n2,-1\n", "line 3, flux_cm2_s_keV: -1 is negative"),
        ("1,0\n2,0\n", "flux_cm2_s_keV is 0 in every row"),
        ("0,1e7\n2,1e7\n", "line 2, energy_keV: 0 keV is out of range; allowed: 0.001 to 1000 keV"),
        ("100,1e7\n2000,1e7\n", "is it in eV?"),
        ("1,1e13\n2,1e13\n", "allowed: at most 1000"),
        ("1,1e300\n1000,1e308\n", "electrons.csv: energy flux is inf"),
        ("1,many\n2,1e7\n", 'line 2, flux_cm2_s_keV: "many" is not a number'),
        ("1,nan\n2,1e7\n", "line 2, flux_cm2_s_keV: nan is not finite"),
    ],
)
def test_refused_spectra(run: Run, electrons: Callable[[str], Path], rows: str, words: str) -> None:
    assert words in refusal(run, "--spectrum", electrons(rows))


def test_refused_spectrum_columns(run: Run, electrons: Callable[..., Path]) -> None:
    assert "did you mean energy_keV?" in refusal(run, "--spectrum", electrons(ONE, "energy_kev,flux_cm2_s_keV\n"))
    assert "missing flux_cm2_s_keV" in refusal(run, "--spectrum", electrons("1\n2\n", "energy_keV\n"))


def test_refused_air_names_file_line_and_column(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "air.csv"
    path.write_text(AIR.read_text(encoding="utf-8").replace("5.706e+14", "-1"), encoding="utf-8")
    assert "air.csv: line 6, O2_cm3: -1 is a fill value; allowed: a number" in refusal(run, "--thermosphere", path)


def test_spectrum_file_tells_energy_itself(run: Run, electrons: Callable[[str], Path]) -> None:
    message = refusal(run, "--spectrum", electrons(ONE), "--energy-kev", "2", "--flux", "1")
    assert "leave out --energy-kev and --flux" in message


@pytest.mark.parametrize(
    ("option", "file", "module"),
    [("--plot", "x.png", "matplotlib"), ("--netcdf", "x.nc", "h5netcdf"), ("--netcdf", "x.nc", "xarray")],
)
def test_missing_extra(run: Run, monkeypatch: pytest.MonkeyPatch, option: str, file: str, module: str) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    message = refusal(run, option, file)
    assert f"{option} needs {module}, which is not installed; run: pip install " in message


def test_help_has_an_example(run: Run) -> None:
    code, out, _ = run("emission", "--help")
    assert code == 0
    assert "polarlight emission --energy-kev 2 --flux 1" in out.partition("Example")[2]
