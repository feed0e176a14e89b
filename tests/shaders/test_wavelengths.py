"""The exponential among bands. More bands than one pass takes: `tests/integrator/sky/test_bands.py` has 41."""

import numpy as np
import pytest
import taichi as ti

from render import device
from shaders import wavelengths
from tests.devices import start_or_skip


@ti.kernel
def exponentials(x: ti.types.ndarray(), out: ti.types.ndarray()):
    for k in range(x.shape[0]):
        out[k] = wavelengths.exponential(x[k])


@pytest.mark.parametrize(
    ("name", "precision", "error"),
    [("cpu", "single", 3e-7), pytest.param("cpu", "double", 1e-14, marks=pytest.mark.double),
     pytest.param("vulkan", "single", 3e-7, marks=pytest.mark.vulkan)],
)  # fmt: skip
def test_exponential_is_e_to_the_x(name, precision, error):
    start_or_skip(name, precision)
    x = np.concatenate([np.linspace(-85.0, 85.0, 4001), [0.0, -1e-6, 1e-6]])
    staged, out = device.upload(x), device.empty(x.shape)
    exponentials(staged, out)
    given = staged.to_numpy().astype(float)  # as the device has it
    found, size = out.to_numpy().astype(float), np.maximum(np.abs(given), 1.0)
    assert (np.abs(found / np.exp(given) - 1.0) / size).max() < error


def test_far_beyond_its_range_it_is_next_to_nothing_or_finite():
    start_or_skip("cpu", "single")
    out = device.empty((2,))
    exponentials(device.upload(np.array([-1e6, 1e6])), out)
    low, high = out.to_numpy()
    assert 0.0 <= low < 1e-37 and 1e37 < high < np.inf
