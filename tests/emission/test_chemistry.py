"""The steady state is one: charge balances, sources equal losses, and known limits hold."""

import numpy as np
import pytest

from render.emission import chemistry
from render.emission import reactions as k
from render.emission.ionisation import Ionisation, ionisation_rate, scaled
from render.emission.medium import medium_on_grid

BALANCE = 0.01  # relative, what 12 iterations leave
ENERGY = np.array([0.2, 2.0, 10.0])


@pytest.fixture(scope="module")
def medium(air):
    return medium_on_grid(air, np.arange(80.0, 601.0, 1.0))


@pytest.fixture(scope="module")
def pairs(medium):
    return ionisation_rate(medium, ENERGY)


@pytest.fixture(scope="module")
def plasma(medium, pairs):
    return chemistry.steady_state(medium, pairs, ENERGY)


def test_charge_balances_up_to_the_f_layer(medium, plasma):
    low = medium.altitude_km <= chemistry.F_LAYER_FROM_KM
    np.testing.assert_allclose(chemistry._charge(plasma)[:, low], plasma.ne[:, low], rtol=BALANCE)


def test_f_layer_is_imposed_above(medium, plasma):
    high = medium.altitude_km >= chemistry.F_LAYER_FULL_KM
    np.testing.assert_allclose(plasma.ne[:, high], medium.F_layer_cm3[high] + 0.0 * plasma.ne[:, high], rtol=1e-12)


def test_every_density_is_finite_and_not_negative(plasma):
    for name, values in vars(plasma).items():
        assert np.isfinite(values).all(), name
        assert (values >= 0.0).all(), name


def test_electrons_follow_recombination_at_110_km(medium, pairs, plasma):
    """There pairs = alpha n_e^2 with alpha between those of O2+ and NO+."""
    at = np.argmin(np.abs(medium.altitude_km - 110.0))
    rate = k.rates(medium)
    alpha = (pairs.total[1, at] + chemistry.BACKGROUND_PAIRS) / plasma.ne[1, at] ** 2
    assert rate.o2p_e[at] * 0.95 < alpha < rate.nop_e[at] * 1.05


def test_green_light_without_quenching_is_the_branching_ratio(medium, pairs, plasma):
    """At 150 km O(1S) is lost by light alone: 557.7 takes 1.06 of 1.105 of all that is made."""
    o1s = chemistry.oxygen_1s(medium, pairs, plasma, ENERGY)
    at = np.argmin(np.abs(medium.altitude_km - 150.0))
    loss = k.O1S_O * medium.O[at] + k.rates(medium).o1s_o2[at] * medium.O2[at]
    assert loss < 0.01 * (k.O1S_A_5577 + k.O1S_A_2972)
    assert (o1s[:, at] > 0.0).all()


@pytest.mark.parametrize(("altitude", "lifetime_s"), [(150.0, 1.4), (200.0, 10.0), (250.0, 41.0), (300.0, 84.0)])
def test_red_lifetime_is_the_one_of_the_note(medium, plasma, altitude, lifetime_s):
    """Worked out apart from this code, with GLOW's rates in condition a at 1 keV."""
    at, rate = np.argmin(np.abs(medium.altitude_km - altitude)), k.rates(medium)
    loss = rate.o1d_n2 * medium.N2 + rate.o1d_o2 * medium.O2 + k.O1D_O * medium.O + k.o1d_e(rate) * plasma.ne[1]
    assert 1.0 / (loss[at] + k.O1D_A_630 + k.O1D_A_636) == pytest.approx(lifetime_s, rel=0.1)


def test_temperature_fits_at_300_k():
    one = np.array([1.0])
    assert k.op_n2(one)[0] == pytest.approx(1.03e-12, rel=0.01)  # 1.533 - .592 + .086
    assert k.op_o2(one)[0] == pytest.approx(2.10e-11, rel=0.01)


def test_without_electrons_the_night_remains(medium, pairs):
    dark = chemistry.steady_state(medium, Ionisation(*(v[:1] for v in vars(scaled(pairs, 0.0)).values())), ENERGY[:1])
    at = np.argmin(np.abs(medium.altitude_km - 110.0))
    assert 1e3 < dark.ne[0, at] < 1e4  # cm-3, E region of a night without aurora
