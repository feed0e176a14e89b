"""Where the orders of scattering end: what estimates of the whole tend to."""

from __future__ import annotations

import numpy as np
import pytest

from render.integrator.sky.diffuse import _limit


def test_estimates_that_fall_by_one_share_are_taken_to_their_limit() -> None:
    random = np.random.default_rng(3)
    limit, off = random.uniform(1.0, 2.0, (2, 3, 4, 1, 2))
    share = random.uniform(-0.6, 0.85, (3, 4, 1, 2))
    moments = [limit + off * share**step for step in range(3)]
    ground = [field[0, :, 0] for field in moments]
    found = _limit(*zip(moments, ground, strict=True))
    np.testing.assert_allclose(found[0], limit, rtol=1e-12)
    np.testing.assert_allclose(found[1], limit[0, :, 0], rtol=1e-12)


def test_what_moves_no_more_stays_and_what_grows_is_bounded() -> None:
    still = np.ones((1, 1, 1, 1))
    found, _ = _limit(*[(still, still[0, :, 0])] * 3)
    assert found == still
    grown, _ = _limit(*[(still * value, still[0, :, 0]) for value in (1.0, 2.0, 4.0)])
    assert grown.item() == pytest.approx(4.0 + 2.0 * 9.0)  # a share of 0.9 at most
