"""Where the orders of scattering end: what estimates of the whole tend to."""

from __future__ import annotations

import numpy as np
import pytest

from render.integrator.sky.orders import limit as limit_of
from render.integrator.sky.orders import moved


def test_estimates_that_fall_by_one_share_are_taken_to_theirlimit_of() -> None:
    random = np.random.default_rng(3)
    limit, off = random.uniform(1.0, 2.0, (2, 3, 4, 1, 2))
    share = random.uniform(-0.6, 0.85, (3, 4, 1, 2))
    moments = [limit + off * share**step for step in range(3)]
    ground = [field[0, :, 0] for field in moments]
    found = limit_of(*zip(moments, ground, strict=True))
    np.testing.assert_allclose(found[0], limit, rtol=1e-12)
    np.testing.assert_allclose(found[1], limit[0, :, 0], rtol=1e-12)


def test_what_moves_no_more_stays_and_what_grows_is_bounded() -> None:
    still = np.ones((1, 1, 1, 1))
    found, _ = limit_of(*[(still, still[0, :, 0])] * 3)
    assert found == still
    grown, _ = limit_of(*[(still * value, still[0, :, 0]) for value in (1.0, 2.0, 4.0)])
    assert grown.item() == pytest.approx(4.0 + 2.0 * 9.0)  # a share of 0.9 at most


def test_the_change_is_of_the_mean_radiance() -> None:
    before = np.ones((2, 3, 4, 5))
    after = before.copy()
    after[:, :, 1:] = 7.0
    after[1, 2, 0, 3] = 1.25
    found = moved(before, after)
    assert found.max() == found[1, 2, 3] == 0.25 and np.count_nonzero(found) == 1
