"""Columns of lines: peaks against closed forms, what is doubtful, and the user's own electrons."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from render.core.errors import InputError
from render.emission.columns import column_warnings, line_columns, line_name, peak_altitude_km
from render.emission.precipitation import Precipitation
from render.emission.spectrum_file import read_spectrum
from render.emission.table import volume_emission_rate
from render.geophysics.upper_air.thermosphere import Thermosphere
from tests.conftest import Run

MAXWELL_SHARE = 1e-4


def test_share_outside() -> None:
    # Closed form: a Maxwellian's share above x E0 is (1 + x + x^2/2) exp(-x); of a beam all or nothing.
    assert Precipitation(10.0, 1.0).share_outside(0.05, 50.0) == pytest.approx(0.124652, abs=MAXWELL_SHARE)
    assert Precipitation(10.0, 1.0, "monoenergetic").share_outside(0.05, 5.0) == 1.0
    assert Precipitation(10.0, 1.0, "monoenergetic").share_outside(10.0, 50.0) == 0.0
    assert Precipitation(10.0, 1.0, "monoenergetic").share_outside(0.05, 10.0) == 0.0
    table = Precipitation.tabulated(np.array([1.0, 10.0]), np.array([1.0, 0.01]))  # E^-2: even in ln E
    assert table.share_outside(1.0, 10.0**0.5) == pytest.approx(0.5, abs=0.03)


def test_peak_of_a_gaussian_and_at_an_end() -> None:
    z = np.array([90.0, 100.0, 112.0, 120.0, 130.0])  # uneven
    assert peak_altitude_km(z, np.exp(-(((z - 109.3) / 20.0) ** 2))) == pytest.approx(109.3, abs=1e-9)
    assert peak_altitude_km(z, z) == 130.0
    assert peak_altitude_km(z, np.array([0.0, 0.0, 1.0, 0.0, 0.0])) == 112.0
    assert peak_altitude_km(z, np.ones(5)) == 90.0


def test_unknown_lines_are_refused(air: Thermosphere) -> None:
    rates = volume_emission_rate(air, Precipitation(2.0, 1.0))
    with pytest.raises(ValueError, match=r"no line '500\.0'"):
        line_columns(rates, ("500.0",))
    assert column_warnings(Precipitation(2.0, 1.0), "refit", rates) == ()
    assert line_name("427.8") == "N2+ first negative 0-1"


def test_spectrum_of_a_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a folder"):
        read_spectrum(tmp_path)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--energy-kev", "60"], "of the energy flux is outside 0.05 to 105 keV"),
        (["--energy-kev", "0.06", "--ionisation", "fang2010"], "outside 0.1 to 1000 keV"),
        (["--energy-kev", "30"], "N2+_1NG still has"),
        (
            ["--energy-kev", "10", "--spectrum", "kappa", "--kappa", "3"],
            "24 % of the energy flux is outside",
        ),
    ],
)
def test_doubtful_energies_are_told(run: Run, options: list[str], words: str) -> None:
    code, out, err = run("emission", *options)
    assert code == 0
    assert out
    assert all(line.startswith("polarlight: warning: ") for line in err.splitlines())
    assert words in err
