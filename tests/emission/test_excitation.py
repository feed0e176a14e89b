"""Direct excitation: published constants, and no state runs away."""

from dataclasses import replace

import numpy as np
import pytest

from render.core.lines import bin_shares
from render.emission import excitation
from render.emission.ionisation import Ionisation, ionisation_rate
from render.emission.medium import medium_on_grid

EXACT = 1e-12
ENERGY = np.array([0.1, 1.0, 10.0])


@pytest.fixture(scope="module")
def medium(air):
    return medium_on_grid(air, np.arange(80.0, 400.0, 2.0))


def test_ratio_of_pure_nitrogen_is_the_constant(medium):
    """Without O, O2 and electrons the ratio is A (1 + 0.1 c / E0)."""
    nitrogen = replace(medium, O=0.0 * medium.O, O2=0.0 * medium.O2, F_layer_cm3=0.0 * medium.O)
    ratio = excitation.excitation_ratio("N2C", nitrogen, ENERGY)
    np.testing.assert_allclose(ratio, 0.0627 * (1.0 + 0.03049 / ENERGY)[:, None] + 0.0 * medium.N2, rtol=EXACT)


def test_more_electrons_cool_the_secondaries(medium):
    nights = (replace(medium, F_layer_cm3=ne + 0.0 * medium.N2) for ne in (1e3, 1e6))
    few, many = (excitation.excitation_ratio("O1D", night, ENERGY) for night in nights)
    assert np.all(many < few)


def test_prompt_lines_hold_their_anchors(medium):
    one = np.ones((3, len(medium.N2)))
    pairs = Ionisation(3.0 * one, one, one, one)
    lines = excitation.prompt_lines(medium, pairs, ENERGY)
    blue = lines["N2+_1NG"] * bin_shares("N2+_1NG", np.array([425.5, 430.0]))[0]
    np.testing.assert_allclose(blue, 0.022, rtol=0.02)  # 427.8 nm per N2 ionisation, Borst & Zipf 1970
    ultraviolet = lines["N2_2PG"] * bin_shares("N2_2PG", np.array([334.7, 340.0]))[0]
    n2c = excitation.excitation_rate("N2C", medium, pairs, ENERGY)
    np.testing.assert_allclose(ultraviolet, 0.24 * n2c, rtol=0.01)  # 337.1 nm per N2(C), as in GLOW


def test_first_positive_against_first_negative(medium):
    """Estimated beforehand: 4.5 photons of 1PG per photon of 1NG, to 40 %; Vallance Jones 1974 has nearer 6."""
    pairs = ionisation_rate(medium, np.array([2.0]))
    lines = excitation.prompt_lines(medium, pairs, np.array([2.0]))
    ratio = lines["N2_1PG"].sum() / lines["N2+_1NG"].sum()
    assert 4.5 * 0.6 < ratio < 4.5 * 1.4
