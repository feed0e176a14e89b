"""Polynomials between the states of an ephemeris, against polynomials."""

from __future__ import annotations

import numpy as np
import pytest

from render.observer.orbits.interpolation import hermite, lagrange, window


def test_polynomials_come_back() -> None:
    """A polynomial of the degree is met exactly, one of a degree more is not."""
    times = np.array([0.0, 60.0, 130.0, 180.0])
    for degree, exact in ((7, True), (8, False)):
        p = np.polynomial.Polynomial.fromroots(np.linspace(-90.0, 150.0, degree)) / 100.0**degree
        value, rate = hermite(97.0, times, p(times)[:, None], p.deriv()(times)[:, None])
        assert np.isclose(value[0], p(97.0), rtol=1e-9, atol=1e-12) == exact
        assert np.isclose(rate[0], p.deriv()(97.0), rtol=1e-9, atol=1e-12) == exact
    cubic = np.polynomial.Polynomial([1.0, 0.2, -0.03, 4e-4])
    assert lagrange(97.0, times, cubic(times)[:, None])[0] == pytest.approx(cubic(97.0))


def test_windows_stand_around_the_instant() -> None:
    times = np.arange(10.0)
    for at, count, first in (
        (4.5, 4, 3),
        (4.0, 4, 3),
        (0.0, 4, 0),
        (9.0, 4, 6),
        (8.7, 2, 8),
        (4.5, 3, 4),
        (2.0, 10, 0),
    ):
        part = window(times, at, count)
        assert (part.start, part.stop) == (first, first + count)
