"""Starting a device anew: what was staged on the old one is void, and cannot free what the new one holds."""

import numpy as np
import pytest

from render import device


@pytest.mark.double
def test_arrays_of_an_older_start_are_cut_off():
    device.start("cpu", "single")
    old = device.upload(np.ones(8))
    device.start("cpu", "double")
    assert old.arr is None
    new = device.upload(np.arange(8.0))
    del old  # Taichi would free by address here
    np.testing.assert_array_equal(new.to_numpy(), np.arange(8.0))
