"""Afterglow against the differential equation that it stands for: dN/dt = P - N / tau."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.core.lines import AURORA_KEYS
from render.emission import afterglow
from render.emission.table import emission_table

AGREEMENT = 0.10  # of the equation's own maximum, at every instant
SPEED_KM_S = 1.0
SIGMA_KM = 1.0  # of the curtain, FWHM 2.4 km: as thin as the map holds at a few hundred km
ALTITUDES_KM = (110, 150, 200, 250, 300)


def crossing(time_s, blur_km=0.0):
    """Return the steady light of a point while a curtain of one unit passes it at time 0, blurred."""
    wide = np.hypot(SIGMA_KM, blur_km)
    return SIGMA_KM / wide * np.exp(-0.5 * (SPEED_KM_S * time_s / wide) ** 2)


def solved(time_s, lifetime_s):
    """Solve the equation by exact steps of exponential decay, production trapezoidal; V = N / tau."""
    step = time_s[1] - time_s[0]
    production, decay = crossing(time_s), np.exp(-step / lifetime_s)
    light = np.zeros_like(time_s)
    for k in range(1, len(time_s)):
        light[k] = decay * light[k - 1] + (1.0 - decay) * 0.5 * (production[k] + production[k - 1])
    return light


def averaged(time_s, lifetime_s):
    weights = afterglow.age_weights() @ afterglow.mixing(lifetime_s)
    parts = zip(weights, afterglow.AGES_S, afterglow.blur_km(), strict=True)
    return sum(w * crossing(time_s - age, blur) for w, age, blur in parts)


def green(time_s, lifetime_s):
    old = afterglow.green_mixing(lifetime_s)
    then = crossing(time_s - afterglow.GREEN_AGE_S, afterglow.GREEN_BLUR_KM)
    return (1.0 - old) * crossing(time_s) + old * then


def lifetime_at(air, key, altitude_km):
    table = emission_table(air)
    return float(table.lifetime_s[AURORA_KEYS.index(key), np.searchsorted(table.altitude_km, altitude_km)])


def instants(lifetime_s):
    return np.linspace(-8.0, max(6.0 * lifetime_s, 12.0), 20001)


@pytest.mark.parametrize("altitude_km", ALTITUDES_KM)
@pytest.mark.parametrize(("key", "model"), [("557.7", green), ("630.0", averaged)])
def test_crossing_curtain_lags_as_the_equation_says(air, key, model, altitude_km):
    lifetime = lifetime_at(air, key, altitude_km)
    time_s = instants(lifetime)
    exact = solved(time_s, lifetime)
    assert np.abs(model(time_s, lifetime) - exact).max() < AGREEMENT * exact.max()


@pytest.mark.parametrize("lifetime", [0.02, 0.5, 0.75, 1.4, 3.0, 5.3, 10.8, 18.0, 40.0, 82.0, 108.0, 125.0])
def test_any_lifetime_is_a_mixture_of_averages(lifetime):
    time_s = instants(lifetime)
    exact = solved(time_s, lifetime)
    assert np.abs(averaged(time_s, lifetime) - exact).max() < AGREEMENT * exact.max()


def test_prompt_leads_green_follows_then_red(air):
    """Centroids in time of the light at a point: 0, the lifetime of O(1S), that of O(1D)."""
    green_s, red_s = lifetime_at(air, "557.7", 110.0), lifetime_at(air, "630.0", 250.0)
    assert 0.65 < green_s < 0.78
    assert 30.0 < red_s < 50.0
    time_s = np.linspace(-20.0, 900.0, 200001)
    lag = [
        np.average(time_s, weights=np.maximum(f(time_s, tau), 0.0)) for f, tau in ((green, green_s), (averaged, red_s))
    ]
    assert lag[0] == pytest.approx(green_s, rel=0.02)
    assert lag[1] == pytest.approx(red_s, rel=0.05)


@given(st.floats(0.0, 1e5))
def test_no_light_is_made_or_lost(lifetime):
    assert afterglow.mixing(lifetime).sum() == pytest.approx(1.0, abs=1e-9)
    np.testing.assert_allclose(afterglow.age_weights().sum(axis=0), 1.0, rtol=1e-12)
    assert 0.0 <= afterglow.green_mixing(lifetime) <= 1.0


def test_no_lifetime_is_prompt_and_filters_are_themselves():
    np.testing.assert_allclose(afterglow.mixing(np.array([0.0]))[0], np.eye(7)[0], atol=0.01)
    for k, tau in enumerate(afterglow.FILTERS_S):
        np.testing.assert_allclose(afterglow.mixing(tau), np.eye(7)[k], atol=0.03)


def test_a_steady_curtain_shines_as_without_afterglow():
    weights = afterglow.age_weights() @ afterglow.mixing(np.array([0.3, 12.0, 90.0])).T
    np.testing.assert_allclose(weights.sum(axis=0), 1.0, rtol=1e-9)
