"""Between the states of an ephemeris: polynomials through places (Lagrange), or places and velocities (Hermite)."""

from __future__ import annotations

import numpy as np

from render.core.geodesy import Array


def window(times_s: Array, at_s: float, count: int) -> slice:
    """Return which `count` of the rising times [n >= count] stand around an instant, as evenly as the ends allow."""
    after = int(np.searchsorted(times_s, at_s, side="right"))
    first = min(max(after - count // 2, 0), len(times_s) - count)
    return slice(first, first + count)


def lagrange(at_s: float, times_s: Array, values: Array) -> Array:
    """Return the polynomial of degree n - 1 through values [n, m] at times [n], at an instant: [m]."""
    weights = np.ones(len(times_s))
    for k, own in enumerate(times_s):
        others = np.delete(times_s, k)
        weights[k] = np.prod((at_s - others) / (own - others))
    return np.asarray(weights @ values)


def hermite(at_s: float, times_s: Array, values: Array, rates: Array) -> tuple[Array, Array]:
    """Return (value, rate), [m] each, at an instant of the polynomial of degree 2 n - 1 that has the values [n, m] and
    the rates per second [n, m] at times [n].

    Newton's form on doubled nodes (Stoer & Bulirsch 2002, Introduction to Numerical Analysis, section 2.1.5), in units
    of the window's length.
    """
    unit = times_s[-1] - times_s[0]
    nodes = np.repeat((times_s - times_s[0]) / unit, 2)
    u = (at_s - times_s[0]) / unit
    divided = np.repeat(values, 2, axis=0)
    terms = [divided[0]]
    for order in range(1, len(nodes)):
        span = nodes[order:] - nodes[:-order]
        next_ones = np.diff(divided, axis=0) / np.where(span == 0.0, 1.0, span)[:, None]
        if order == 1:
            next_ones[::2] = rates * unit  # between a node and its double stands the rate
        divided = next_ones
        terms.append(divided[0])
    value, rate = terms[-1], np.zeros_like(terms[-1])
    for k in range(len(terms) - 2, -1, -1):
        rate = rate * (u - nodes[k]) + value
        value = value * (u - nodes[k]) + terms[k]
    return np.asarray(value), np.asarray(rate / unit)
