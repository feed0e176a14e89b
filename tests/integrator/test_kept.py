"""What is kept on the device is staged once, and anew when the device is left."""

import numpy as np
import pytest

from render import device
from render.core.errors import DeviceError
from render.integrator.kept import kept_on_device
from tests.devices import start_or_skip


@pytest.mark.double
def test_what_is_kept_is_staged_once_for_each_value_and_again_on_another_device():
    staged = []

    @kept_on_device(maxsize=2)
    def numbers(first, count):
        staged.append((first, count))
        return device.upload(np.arange(first, first + count, dtype=np.float64))

    start_or_skip("cpu", "single")
    one = numbers(3, 2)
    assert numbers(3, 2) is one and numbers(3, 4) is not one and len(staged) == 2
    start_or_skip("cpu", "double")
    assert one.arr is None  # void: it is not to be handed out again
    assert numbers(3, 2).to_numpy().tolist() == [3.0, 4.0]
    start_or_skip("cpu", "single")  # the device of the beginning by name, but not the same one
    assert numbers(3, 2) is not one
    assert numbers(3, 2).to_numpy().tolist() == [3.0, 4.0]
    assert staged == [(3, 2), (3, 4), (3, 2), (3, 2)]


def test_no_more_is_kept_than_asked_for():
    start_or_skip("cpu", "single")

    @kept_on_device(maxsize=1)
    def number(value):
        return device.upload(np.array([value]))

    one = number(1.0)
    number(2.0)
    assert number(1.0) is not one


def test_without_a_device_nothing_is_staged(monkeypatch):
    monkeypatch.setattr(device, "_started", None)
    with pytest.raises(DeviceError, match="no device is started"):
        kept_on_device(1)(lambda: None)()
