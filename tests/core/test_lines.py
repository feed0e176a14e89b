"""The line catalogue: shares are conserved, the published ratios hold."""

import numpy as np
import pytest

from render.core.lines import (
    AURORA_KEYS,
    BANDS,
    CATALOGUE,
    LINE_KEYS,
    PROMPT_KEYS,
    SLOW_KEYS,
    TIED,
    band_share,
    bin_shares,
    photon_spectrum,
    spectrum,
)

CONSERVED = 1e-5  # share of photons that a sum at 0.5 nm may lose or gain
INTENSITY = 1e-3  # relative, of a line's photons summed back from a spectrum at 0.5 nm
RATIO = 0.02  # relative, of ratios against the table they come from
EVERYWHERE_NM = (150.0, 1300.0)  # the Herzberg bands reach farthest into the ultraviolet: 300 nm, 22 nm wide
AIRGLOW_KEYS = ("Na", "OH", "O2_A", "O2_A01", "O2_Herzberg", "continuum")


def half_nanometres():
    """Return edges 0.5 nm apart over all that the catalogue holds."""
    return np.arange(EVERYWHERE_NM[0], EVERYWHERE_NM[1] + 0.25, 0.5)


def test_keys_are_the_ones_other_wings_index():
    assert PROMPT_KEYS == ("N2+_1NG", "N2_1PG", "N2_2PG", "557.7", "777.4", "844.6", "O2+_1NG")
    assert SLOW_KEYS == ("630.0", "732", "520.0", "N2+_1NG_sunlit")
    assert (*PROMPT_KEYS, *SLOW_KEYS) == AURORA_KEYS
    assert tuple(TIED) == ("636.4", "297.2", "N2+_Meinel", "weak", "H-beta")
    assert (*AURORA_KEYS, *TIED, *AIRGLOW_KEYS, "STEVE") == LINE_KEYS


def test_tied_lines_share_a_line_with_a_profile_of_its_own():
    assert {parent for parent, _ in TIED.values()} <= set(AURORA_KEYS)
    assert all(ratio >= 0.0 for _, ratio in TIED.values())
    assert TIED["636.4"] == ("630.0", pytest.approx(1.0 / 2.997, rel=0.006))  # nightglow, Sharpee & Slanger 2006
    assert TIED["H-beta"][1] == 0.0  # electrons make none
    for one, other in (("630.0", "636.4"), ("557.7", "297.2")):  # of one upper state
        assert CATALOGUE[one].lifetime_s == CATALOGUE[other].lifetime_s


@pytest.mark.parametrize("key", LINE_KEYS)
def test_spectrum_and_bins_hold_every_photon(key):
    wavelengths = half_nanometres()
    assert spectrum(key, wavelengths).sum() * 0.5 == pytest.approx(1.0, abs=CONSERVED)
    assert bin_shares(key, np.array([EVERYWHERE_NM[0], 500.0, 600.0, EVERYWHERE_NM[1]])).sum() == pytest.approx(
        1.0, abs=CONSERVED
    )
    assert CATALOGUE[key].components[:, 2].sum() == pytest.approx(1.0, abs=1e-12)


def test_bins_are_the_integral_of_the_spectrum():
    fine = np.arange(420.0, 440.0, 0.01)
    integral = np.trapezoid(spectrum("N2+_1NG", fine), fine)
    assert bin_shares("N2+_1NG", np.array([420.0, fine[-1]]))[0] == pytest.approx(integral, rel=1e-4)


def test_published_ratios():
    blue = bin_shares("N2+_1NG", np.array([388.9, 393.0]))[0]
    violet = bin_shares("N2+_1NG", np.array([425.5, 430.0]))[0]
    assert violet / blue == pytest.approx(0.3045, rel=RATIO)  # Vallance Jones 1974, table 4.9
    assert band_share("427.8") / band_share("391.4") == pytest.approx(0.3045, rel=RATIO)


def test_bands_are_a_share_of_their_system():
    for band, (system, _, _) in BANDS.items():
        shares = CATALOGUE[system].components
        nearest = shares[np.abs(shares[:, 0] - float(band)).argmin()]
        assert abs(nearest[0] - float(band)) < 1.0
        assert band_share(band) == pytest.approx(nearest[2], rel=1e-9)
    assert 0.5 < band_share("391.4") < 0.8  # Vallance Jones 1974, table 4.9: .63 of the system
    with pytest.raises(KeyError, match=r"399\.9"):
        band_share("399.9")


def test_ions_in_sunlight_have_hotter_bands():
    """.70:.22:.08 of their upper levels instead of .89:.11:.00: 427.8 keeps its share of v' = 0."""
    edges = np.array([388.9, 393.0]), np.array([425.5, 430.0])
    lit, dark = ([bin_shares(key, e)[0] for e in edges] for key in ("N2+_1NG_sunlit", "N2+_1NG"))
    assert 0.7 < lit[0] / dark[0] < 0.9
    assert lit[1] / lit[0] == pytest.approx(dark[1] / dark[0], rel=0.1)


@pytest.mark.parametrize("key", LINE_KEYS)
def test_a_lines_intensity_is_the_sum_of_its_spectrum(key):
    photons = photon_spectrum({key: 1234.5}, half_nanometres())
    assert photons.shape == (len(half_nanometres()) - 1,)
    assert photons.min() >= 0.0
    assert photons.sum() == pytest.approx(1234.5, rel=INTENSITY)


def test_a_spectrum_holds_every_line_of_a_pixel():
    rayleighs = dict(zip(LINE_KEYS, np.random.default_rng(3).uniform(1.0, 1e4, len(LINE_KEYS)), strict=True))
    together = photon_spectrum(rayleighs, half_nanometres())
    assert together.sum() == pytest.approx(sum(rayleighs.values()), rel=INTENSITY)
    apart = sum(photon_spectrum({key: photons}, half_nanometres()) for key, photons in rayleighs.items())
    np.testing.assert_allclose(together, apart, rtol=1e-12, atol=1e-12)
    coarse = photon_spectrum(rayleighs, half_nanometres()[::10])
    np.testing.assert_allclose(coarse, together.reshape(-1, 10).sum(axis=1), rtol=1e-9, atol=1e-9)
    green = {"557.7": 5000.0}
    assert photon_spectrum(green, np.array([555.0, 560.0])).sum() == pytest.approx(5000.0, rel=INTENSITY)
    with pytest.raises(KeyError, match=r"999\.9"):
        photon_spectrum({"999.9": 1.0}, half_nanometres())


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
