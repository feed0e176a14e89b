"""`polarlight emission --spectrum`: the options of each spectrum, and one clear line for those not read."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from render.commands.electrons import LETTERS
from render.emission.precipitation import Precipitation
from render.emission.spectra import ElectronSpectrum
from render.emission.table import volume_emission_rate
from render.geophysics.upper_air.thermosphere_file import read_thermosphere
from tests.commands.test_emission import AIR, JSON_DIGITS, answer, refusal
from tests.conftest import Run


@pytest.mark.parametrize(
    ("options", "shape"),
    [
        (("--spectrum", "gaussian", "--width", "0.3"), {"spectrum": "gaussian", "width": 0.3}),
        (("--spectrum", "kappa", "--kappa", "8"), {"spectrum": "kappa", "kappa": 8.0}),
        (("--tail-share", "0.05", "--tail-index", "6"), {"tail_share": 0.05, "tail_index": 6.0}),
    ],
)
def test_spectra_with_options_are_the_librarys(run: Run, options: tuple[str, ...], shape: dict[str, Any]) -> None:
    found = answer(run, "--thermosphere", AIR, "--energy-kev", "3", *options)
    electrons = Precipitation(3.0, 1.0, ElectronSpectrum.model_validate(shape))
    rates = volume_emission_rate(read_thermosphere(AIR), electrons)
    assert found["lines"]["557.7"]["column_R"] == pytest.approx(rates.column_rayleighs("557.7"), rel=JSON_DIGITS)
    told = found["input"]
    assert told["mean_energy_keV"] == pytest.approx(electrons.mean_energy_kev, rel=JSON_DIGITS)
    assert told["number_flux_cm2_s"] == pytest.approx(electrons.number_flux_cm2_s, rel=JSON_DIGITS)
    read = {key: value for key, value in shape.items() if key != "spectrum"}
    assert {key: told[key] for key in ("width", "kappa", "tail_share", "tail_index") if key in told} == read


def test_a_table_of_peaks_is_by_their_own_energy(run: Run) -> None:
    import xarray  # noqa: PLC0415

    options = ("--thermosphere", AIR, "--spectrum", "mono", "--table", "--netcdf", "table.nc")
    assert run("emission", *options)[0] == 0
    with xarray.open_dataset("table.nc") as table:
        energy = float(table.energy[40])
        rate = table.volume_emission_rate.sel(line="N2+_1NG").isel(energy=40).to_numpy()
        altitude = table.altitude.to_numpy()
    direct = volume_emission_rate(read_thermosphere(AIR), Precipitation(energy, 1.0, "monoenergetic"), altitude)
    np.testing.assert_allclose(rate, direct.line("N2+_1NG"), rtol=1e-5)


def test_for_people(run: Run) -> None:
    code, out, err = run("emission", "--spectrum", "gaussian", "--energy-kev", "4", "--tail-share", "0.05")
    assert (code, err) == (0, "")
    assert "gaussian, width 0.15, tail share 0.05, tail index 4, peak 4 keV (mean 4.13793 keV), 1 mW m-2" in out
    names = [("maxwell", "maxwellian"), ("mono", "monoenergetic")]
    for short, full in names:
        lights = [answer(run, "--spectrum", name)["lines"] for name in (short, full)]
        assert lights[0] == lights[1]


def test_hardly_any_electrons_are_told_with_an_exponent(run: Run) -> None:
    Path("few.csv").write_text("energy_keV,flux_cm2_s_keV\n1,1e-280\n4,1e-280\n", encoding="utf-8")
    code, out, err = run("emission", "--thermosphere", AIR, "--spectrum", "few.csv")
    assert (code, err) == (0, "")
    assert max(map(len, out.splitlines())) < 120
    assert "e-286" in out and "nan" not in out


def test_a_scenes_spectrum_is_warned_of_where_it_is_drawn(
    run: Run, minimal_scene: str, write_scene: Callable[..., Path], fake_renderer: list[float]
) -> None:
    hard = "spectrum = 'kappa'\nkappa = 2.1\ntail_share = 0.9\ntail_index = 2.1\n"
    path = write_scene(f"{minimal_scene}[emission.arcs]\n{hard}")
    for arguments, times in (
        (("check", path), 1),
        (("render", path, "--size", "16x9", "--device", "cpu"), 1),
        (("emission", "--scene", path), 0),  # takes the scene's air alone
    ):
        code, _, err = run(*arguments)
        assert (code, err.count("warning: [emission.arcs]: ")) == (0, times)
    options = ("--spectrum", "kappa", "--kappa", "2.1", "--tail-share", "0.9", "--tail-index", "2.1")
    assert "% of the energy flux is outside 0.05 to 105 keV" in run("emission", *options)[2]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--width", "0.2"], "--width is of --spectrum gaussian, not of maxwellian"),
        (["--spectrum", "gaussian", "--kappa", "5"], "--kappa is of --spectrum kappa, not of gaussian"),
        (["--spectrum", "gaussian", "--width", "0"], '--width "0": out of range; allowed: W, 0.001 to 1'),
        (["--spectrum", "kappa", "--kappa", "2"], "allowed: K, 2.1 to 1000000"),
        (["--spectrum", "kappa", "--kappa", "five"], "not a number"),
        (["--tail-share", "1"], "allowed: S, 0 to 0.9"),
        (["--tail-share", "0.1", "--tail-index", "2"], "allowed: N, 2.1 to 10"),
        (["--tail-index", "3"], "give --tail-share as well"),
        (["--spectrum", "absent.csv", "--tail-share", "0.1"], "leave out --tail-share"),
    ],
)
def test_refused_options(run: Run, arguments: list[str], words: str) -> None:
    assert words in refusal(run, *arguments)


def test_letters_are_those_of_the_help(run: Run) -> None:
    out = run("emission", "--help")[1]
    assert not [
        key for key, letter in LETTERS.items() if not re.search(rf"--{key.replace('_', '-')}\s+{letter}\s", out)
    ]
