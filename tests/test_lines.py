"""The line catalogue: shares are conserved, the published ratios hold."""

import numpy as np
import pytest

from render.lines import AURORA_KEYS, CATALOGUE, LINE_KEYS, bin_shares, spectrum

CONSERVED = 1e-5  # share of photons that a sum at 0.5 nm may lose or gain
RATIO = 0.02  # relative, of ratios against the table they come from


def test_keys_are_the_ones_other_wings_index():
    assert AURORA_KEYS == ("N2+_1NG", "N2_1PG", "N2_2PG", "557.7", "630.0", "777.4", "844.6", "520.0")
    assert (*AURORA_KEYS, "Na", "OH") == LINE_KEYS


@pytest.mark.parametrize("key", LINE_KEYS)
def test_spectrum_and_bins_hold_every_photon(key):
    wavelengths = np.arange(250.0, 1300.0, 0.5)
    assert spectrum(key, wavelengths).sum() * 0.5 == pytest.approx(1.0, abs=CONSERVED)
    assert bin_shares(key, np.array([250.0, 500.0, 600.0, 1300.0])).sum() == pytest.approx(1.0, abs=CONSERVED)
    assert CATALOGUE[key].components[:, 2].sum() == pytest.approx(1.0, abs=1e-12)


def test_bins_are_the_integral_of_the_spectrum():
    fine = np.arange(420.0, 440.0, 0.01)
    integral = np.trapezoid(spectrum("N2+_1NG", fine), fine)
    assert bin_shares("N2+_1NG", np.array([420.0, fine[-1]]))[0] == pytest.approx(integral, rel=1e-4)


def test_published_ratios():
    blue = bin_shares("N2+_1NG", np.array([388.9, 393.0]))[0]
    violet = bin_shares("N2+_1NG", np.array([425.5, 430.0]))[0]
    assert violet / blue == pytest.approx(0.3045, rel=RATIO)  # Vallance Jones 1974, table 4.9
    red = bin_shares("630.0", np.array([625.0, 633.0, 640.0]))
    assert red[0] / red[1] == pytest.approx(3.0, rel=1e-6)  # nightglow, Sharpee & Slanger 2006


def test_first_positive_is_mostly_infrared():
    visible, infrared = bin_shares("N2_1PG", np.array([380.0, 780.0, 1300.0]))
    assert 0.25 < visible < 0.40  # .0124 + .087 + .240 of the system at 560-780 nm
    assert infrared > 0.6
    assert 600.0 < CATALOGUE["N2_1PG"].wavelength_nm < 780.0


def test_catalogue_is_read_only_and_named():
    with pytest.raises(ValueError, match="read-only"):
        CATALOGUE["557.7"].components[0, 0] = 0.0
    with pytest.raises(KeyError, match=r"999\.9"):
        spectrum("999.9", np.array([500.0]))
