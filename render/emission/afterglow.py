"""Afterglow: O(1S), O(1D), O+(2P), N(2D) and N2+ shine on for their lifetimes, so that their light lags and blurs.

    dN/dt = P - N / tau     V(t) = integral of V_steady(t - s) exp(-s/tau) / tau ds

Frames stay independent: the footprint at any past instant is a pure function of time, and the integral over the past is
a weighted sum of footprints at a few ages s_j. Two footprint maps are kept.

* The fine map, for 557.7: the footprint now, and as it was GREEN_AGE_S ago. For tau near that age their mixture
  (1 - tau / age) now + (tau / age) then has the right mean lag, and the right spread with a blur of 0.6 km.
* The averages, for slow lines: exponential means over the past with the times FILTERS_S. Any other exponential, of the
  lifetime at some altitude, is a mixture of these (`mixing`), to 1 % of a step's response.

A curtain that moves is drawn at each age as a stripe; each stripe is blurred by about the way to the next one, so that
the trail of 1 km/s is smooth. Checked against the differential equation in tests/emission/test_afterglow.py.
"""

from __future__ import annotations

import numpy as np

GREEN_AGE_S = 1.0  # s: with it the 557.7 of a curtain of 1 km sigma at 1 km/s is right to 7 % at every instant
GREEN_BLUR_KM = 0.6  # km, sigma of the older of the two footprints; ditto
FILTERS_S = np.array([0.0, 0.75, 2.5, 8.0, 25.0, 60.0, 130.0])  # s; longer lifetimes count as the longest
AGES_S = np.array([0.0, 0.8, 1.8, 3.2, 5.0, 7.5, 11.0, 16.0, 23.0, 33.0, 47.0, 66.0, 92.0, 130.0, 190.0, 290.0])  # s
# s, where texels are 4 km or more: curtains at 1 km/s move by about one between the young ones
FEW_AGES_S = np.array([0.0, 3.2, 7.5, 16.0, 33.0, 66.0, 130.0, 290.0])
BLUR_PER_GAP = 0.45  # km of sigma per s between neighbouring ages, for curtains at 1 km/s: 8 % at any lifetime
LEAST_BLUR_KM = 0.3  # km, of the youngest ages
FIT_AGES_S = np.geomspace(0.02, 800.0, 400)  # s, at which a mixture's response to a step is fitted
FIT_DAMPING = 1e-3  # keeps the mixture's coefficients of order one


def blur_km(ages_s: np.ndarray = AGES_S) -> np.ndarray:
    """Return the blur, sigma in km, of the footprint at each age."""
    return np.maximum(BLUR_PER_GAP * np.gradient(ages_s), LEAST_BLUR_KM)


def age_weights(ages_s: np.ndarray = AGES_S) -> np.ndarray:
    """Return [age, filter]: the weight of the footprint at each age in each exponential average; columns sum to 1.

    Exact for a footprint that changes linearly between ages, and stays before the last.
    """
    weights = np.zeros((len(ages_s), len(FILTERS_S)))
    young, old = ages_s[:-1], ages_s[1:]
    for k, tau in enumerate(FILTERS_S):
        if tau == 0.0:
            weights[0, k] = 1.0
            continue
        left = np.exp(-ages_s / tau)
        share = left[:-1] - left[1:]  # integral of exp(-s/tau) / tau
        moment = (young + tau) * left[:-1] - (old + tau) * left[1:]  # integral of s exp(-s/tau) / tau
        weights[1:, k] += (moment - young * share) / (old - young)
        weights[:-1, k] += (old * share - moment) / (old - young)
        weights[-1, k] += left[-1]
    return weights


def mixing(lifetime_s: np.ndarray) -> np.ndarray:
    """Return [..., filter]: how much of each exponential average makes up that of a lifetime, s; the sum is 1.

    Least squares of the response to a step, 1 - exp(-s/tau), against those of FILTERS_S. Coefficients may be negative.
    """
    tau = np.clip(np.asarray(lifetime_s, float), 0.0, FILTERS_S[-1])
    responses = _response(FILTERS_S)
    rest = responses[1:] - responses[0]
    wanted = _response(tau.ravel()) - responses[0]
    normal = rest @ rest.T + FIT_DAMPING * np.eye(len(rest))
    late = np.linalg.solve(normal, rest @ wanted.T).T
    return np.column_stack([1.0 - late.sum(axis=1), late]).reshape(*tau.shape, len(FILTERS_S))


def _response(tau_s: np.ndarray) -> np.ndarray:
    """Return [lifetime, age of the fit] of 1 - exp(-s/tau), 1 for no lifetime."""
    safe = np.maximum(tau_s, 1e-9)[:, None]
    return 1.0 - np.exp(-FIT_AGES_S / safe)


def green_mixing(lifetime_s: np.ndarray) -> np.ndarray:
    """Return the share of the older footprint, GREEN_AGE_S ago, in 557.7 of a lifetime, s; at most 1."""
    return np.clip(np.asarray(lifetime_s, float) / GREEN_AGE_S, 0.0, 1.0)
