"""What a Gaussian filter reads has closed forms: a line, a continuum, a band that is a Gaussian itself."""

from __future__ import annotations

import numpy as np
import pytest

from render.core.lines import CATALOGUE, LINE_KEYS
from render.core.radiance import SKY_WAVELENGTHS_NM
from render.core.units import LIGHT_M_S, PLANCK_J_S, RAYLEIGH
from render.instruments.passband import Passband, line_share, line_shares, own_share, passband_of, through

DARK = np.zeros(len(SKY_WAVELENGTHS_NM))
EVEN_GAUSSIAN = 1.0644670194  # sqrt(pi / (4 ln 2)): area of a Gaussian over height and FWHM


def lines(**rayleighs: float) -> np.ndarray:
    """Return [line] of rayleighs by key, dots as underscores and a letter before digits."""
    found = np.zeros(len(LINE_KEYS))
    for name, value in rayleighs.items():
        found[LINE_KEYS.index(name.removeprefix("l").replace("_", "."))] = value
    return found


def radiance(rayleighs_per_nm: float) -> np.ndarray:
    """Return W m-2 sr-1 nm-1 [band] of as many R/nm at each wavelength, by hand."""
    return rayleighs_per_nm * RAYLEIGH * PLANCK_J_S * LIGHT_M_S / (SKY_WAVELENGTHS_NM * 1e-9)


def test_a_line_counts_by_its_place_in_the_filter():
    line = np.array([[600.0, 0.4, 1.0]])
    assert line_share(Passband(600.0, 2.0), line) == pytest.approx(1.0, abs=1e-5)
    assert line_share(Passband(601.0, 2.0), line) == pytest.approx(0.5, abs=1e-4)  # at half the width at half maximum
    assert line_share(Passband(602.0, 2.0), line) == pytest.approx(1.0 / 16.0, abs=1e-4)  # T falls as 2^-(x^2)
    assert through(passband_of("557.7", 2.0), lines(l557_7=1000.0), DARK) == pytest.approx(1000.0, rel=1e-4)
    assert through(passband_of("630.0", 2.0), lines(l557_7=1e6, l636_4=1e3), DARK) == pytest.approx(0.0, abs=1e-3)


def test_a_band_as_wide_as_the_filter_is_halved_by_the_root_of_two():
    sigma = 2.0 / 2.35482
    assert line_share(Passband(600.0, 2.0), np.array([[600.0, sigma, 1.0]])) == pytest.approx(0.5**0.5, rel=1e-4)
    assert own_share("427.8", passband_of("427.8", 20.0)) == pytest.approx(1.0, abs=0.01)
    assert 0.6 < own_share("427.8", passband_of("427.8", 2.0)) < 0.8  # its middle lies at 427.3
    assert own_share("N2_1PG", passband_of("N2_1PG", 2.0)) < 0.1


@pytest.mark.parametrize(("middle", "fwhm"), [(557.7, 2.0), (630.0, 0.5), (480.0, 10.0)])
def test_an_even_continuum_counts_by_the_filters_area(middle: float, fwhm: float):
    found = through(Passband(middle, fwhm), lines(), radiance(3.0))
    # Between bands 20 nm apart the sky is the geometric mean: an even photon flux bends by less than 0.1 % there
    assert found == pytest.approx(3.0 * fwhm * EVEN_GAUSSIAN, rel=1e-3)


def test_lines_and_continuum_add_up_and_keep_their_axes():
    band = passband_of("630.0", 2.0)
    many = np.broadcast_to(lines(l630_0=100.0), (4, 5, len(LINE_KEYS)))
    sky = np.broadcast_to(radiance(3.0), (4, 5, len(SKY_WAVELENGTHS_NM)))
    found = through(band, many, sky)
    assert found.shape == (4, 5) and found == pytest.approx(100.0 + 3.0 * 2.0 * EVEN_GAUSSIAN, rel=1e-3)
    assert through(Passband(844.6, 2.0), lines(), radiance(3.0)) == 0.0  # no continuum is known there


def test_the_catalogues_shares_are_those_of_its_spectra():
    band = Passband(630.0, 4.0)
    w = np.arange(600.0, 660.0, 0.001)
    transmission = 2.0 ** -((2.0 * (w - band.middle_nm) / band.fwhm_nm) ** 2)
    centre, sigma, share = CATALOGUE["N2_1PG"].components.T
    shape = (share / sigma / np.sqrt(2 * np.pi) * np.exp(-0.5 * ((w[:, None] - centre) / sigma) ** 2)).sum(axis=-1)
    by_hand = float((shape * transmission).sum() * 0.001)
    assert line_shares(band)[LINE_KEYS.index("N2_1PG")] == pytest.approx(by_hand, rel=1e-6)
    assert by_hand > 1e-4
