"""The order of a loop's turns: each once, in blocks, and every stretch of the loop from everywhere."""

import numpy as np
import pytest
import taichi as ti

from render import device as devices
from shaders import turns
from tests.devices import OTHERS, start_or_skip


@ti.kernel
def order(count: ti.i32, out: ti.types.ndarray()):
    for k in range(count):
        out[k] = turns.in_turn(k, count)


def taken(count):
    out = devices.upload(np.zeros(count, np.int32))
    order(count, out)
    return out.to_numpy()


@pytest.mark.parametrize("name_precision", OTHERS)
@pytest.mark.parametrize("count", [1, 63, 64, 65, 64 * 15, 64 * 16 + 7, 64 * 17, 64 * 255, 64 * 256, 16384 + 40])
def test_each_turn_is_taken_once(name_precision, count):
    start_or_skip(*name_precision)
    found = taken(count)
    assert np.array_equal(np.sort(found), np.arange(count))
    whole = found[: count // turns.BLOCK * turns.BLOCK].reshape(-1, turns.BLOCK)
    assert (np.diff(whole, axis=1) == 1).all()  # neighbours stay together


@pytest.mark.parametrize("threads", [2, 4, 8, 16])
def test_work_in_one_corner_is_shared_out(threads):
    """A quarter of the places has all the work: each thread's stretch has its share of it."""
    start_or_skip("cpu")
    count = 64 * 256
    dear = (taken(count) < count // 4).reshape(threads, -1).mean(axis=1)
    assert np.abs(dear - 0.25).max() < 0.04
    in_order = (np.arange(count) < count // 4).reshape(threads, -1).mean(axis=1)  # the control
    assert in_order.max() >= 0.5 and in_order.min() == 0.0
