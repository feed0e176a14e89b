"""The device's noise is the host's, bit for bit in its hashes, and behaves like noise."""

import numpy as np
import pytest

from render.geophysics.forms.noise import gradient_noise
from shaders.noise import VARIANCE
from tests import probes

SAME = 2e-5  # of a noise of order one, single precision


def test_device_and_host_noise_agree(any_device):
    rng = np.random.default_rng(3)
    x, y = rng.uniform(-300, 300, 2000), rng.uniform(-300, 300, 2000)
    x, y = x.astype(any_device.real), y.astype(any_device.real)
    out = np.zeros(2000, any_device.real)
    probes.noise_at(x, y, 12345, out)
    assert np.abs(out - gradient_noise(x.astype(float), y.astype(float), 12345)).max() < 300 * SAME


def test_noise_has_zero_mean_and_unit_range():
    rng = np.random.default_rng(4)
    values = gradient_noise(rng.uniform(0, 1000, 40000), rng.uniform(0, 1000, 40000), 5)
    assert abs(values.mean()) < 0.01
    assert 0.8 < np.abs(values).max() < 1.6
    assert (values**2).mean() == pytest.approx(VARIANCE, rel=0.02)


def test_noise_is_continuous_over_lattice_lines():
    x = np.array([5.0 - 1e-9, 5.0 + 1e-9])
    assert np.ptp(gradient_noise(x, 0.3, 1)) < 1e-7


def test_seeds_are_independent():
    x = np.linspace(0, 500, 5000)
    assert abs(np.corrcoef(gradient_noise(x, 0.5, 1), gradient_noise(x, 0.5, 2))[0, 1]) < 0.15  # 500 independent cells


def test_noise_along_rows_of_several_seeds_is_that_of_every_place():
    """Rows at y of their own, moved against each other; seeds of their own."""
    y, seeds = np.array([[-3.4], [0.0], [7.25]]), np.array([3, 2**31 - 1])[:, None, None]
    x = np.linspace(-9.0, 14.0, 500) - 0.3 * y
    rows = gradient_noise(x, y, seeds)
    assert rows.shape == (2, 3, 500)
    for row, seed in zip(rows, seeds.ravel(), strict=True):
        np.testing.assert_allclose(row, gradient_noise(x, np.broadcast_to(y, x.shape), int(seed)), atol=1e-14)
    assert np.abs(rows[0] - rows[1]).max() > 0.5
