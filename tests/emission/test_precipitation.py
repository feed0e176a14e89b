import math

import numpy as np
import pytest

from render.emission.precipitation import Precipitation


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0.0, 1.0), "characteristic energy"),
        ((math.nan, 1.0), "characteristic energy"),
        ((1.0, -1.0), "energy flux"),
        ((1.0, math.inf), "energy flux"),
        ((1.0, 1.0, "kapa"), "allowed: maxwellian, monoenergetic, gaussian, kappa, tabulated"),
    ],
)
def test_what_no_electron_has_is_an_error(arguments, message):
    with pytest.raises(ValueError, match=message):
        Precipitation(*arguments)


@pytest.mark.parametrize(
    ("energy", "flux", "message"),
    [
        ([1.0], [1.0], "at least two energies"),
        ([1.0, 2.0, 3.0], [1.0, 1.0], "given: 3 and 2"),
        ([2.0, 1.0], [1.0, 1.0], "must be rising"),
        ([100.0, np.nextafter(100.0, 200.0)], [1.0, 1.0], "must be rising"),
        ([-1.0, 1.0], [1.0, 1.0], "0.001 to 1000 keV; one is -1"),
        ([1.0, 1e9], [1.0, 1.0], r"one is 1e\+09; are they in eV\?"),
        ([1.0, math.nan], [1.0, 1.0], "one is nan"),
        ([1.0, 2.0], [1.0, -1.0], "not negative"),
        ([1.0, 2.0], [0.0, 0.0], "not all 0"),
        ([1.0, 2.0], [1.0, math.nan], "finite"),
    ],
)
def test_a_table_that_is_no_spectrum_is_an_error(energy, flux, message):
    with pytest.raises(ValueError, match=message):
        Precipitation.tabulated(np.array(energy), np.array(flux))


def test_a_table_stands_for_its_own_energy_flux():
    """A flat spectrum of F from 1 to 3 keV: energy flux F (9 - 1)/2 keV, mean energy 2 keV."""
    table = Precipitation.tabulated(np.linspace(1.0, 3.0, 40), np.full(40, 1e8))
    assert table.energy_flux_mw_m2 == pytest.approx(4e8 / 6.241509074e8, rel=1e-3)
    assert table.characteristic_energy_kev == pytest.approx(1.0, rel=1e-3)  # half the mean
    with pytest.raises(ValueError, match=r"by Precipitation\.tabulated"):
        Precipitation(1.0, 1.0, "tabulated")
