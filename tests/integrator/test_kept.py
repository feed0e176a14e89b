"""What is kept on the device is staged once, and anew when the device is left."""

import numpy as np
import pytest

from render import device
from render.atmosphere.extinction import build_atmosphere
from render.atmosphere.settings import AtmosphereSettings
from render.atmosphere.sunlight import sunlight_table
from render.core.errors import DeviceError
from render.integrator.kept import kept_on_device
from render.integrator.sky import diffuse, scattered
from render.integrator.sky.diffuse import build_diffuse, diffuse_table
from tests.devices import start_or_skip
from tests.small import ROUGH_FIELD, scatter_coarsely


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


@pytest.mark.double
@pytest.mark.usefixtures("own_cache")
def test_a_table_is_that_of_its_own_device_whichever_made_one_first():
    """A frame's bits may not depend on what was rendered here before it."""
    air = build_atmosphere(AtmosphereSettings(ozone_du=311.0), (440.0,))
    light = sunlight_table(air)
    made = {}
    for precision in ("double", "single", "double"):
        start_or_skip("cpu", precision)
        made[precision] = diffuse_table(air, light, ROUGH_FIELD).moments
        again = build_diffuse(air, light, ROUGH_FIELD)["moments"]
        assert np.array_equal(made[precision], again)
    assert 0.0 < np.abs(made["single"] - made["double"]).max() < 1e-3  # of a logarithm


def test_a_gpu_takes_the_table_of_a_cpu_where_one_is_kept(monkeypatch):
    start_or_skip("cpu", "single")
    air = build_atmosphere(AtmosphereSettings(ozone_du=312.0), (440.0,))
    light, asked, kept = sunlight_table(air), [], set()
    table = {"moments": np.zeros(1), "irradiance": np.zeros(1)}
    monkeypatch.setattr(diffuse, "is_kept", lambda kind, key, by: key[-2:] in kept)
    monkeypatch.setattr(diffuse, "cached_arrays", lambda kind, key, build, by: asked.append(key[-2:]) or table)
    for there in ((), (("cpu", "single"),), (("cpu", "single"), ("cpu", "double"))):
        kept = set(there)
        for name in ("cuda", "cpu"):
            monkeypatch.setattr(device, "running", lambda name=name: device.Device(name, "single", ""))
            diffuse_table(air, light, ROUGH_FIELD)
    gpu, cpu = asked[::2], asked[1::2]
    assert gpu == [("cuda", "single"), ("cpu", "single"), ("cpu", "double")] and set(cpu) == {("cpu", "single")}


def test_coarse_light_of_tests_is_apart_from_what_others_have_kept():
    """An air that a test before has made finely, and one that is made coarsely, are not given to one another's."""
    start_or_skip("cpu", "single")
    air = build_atmosphere(AtmosphereSettings(enabled=False))
    fine = scattered.scattering_air(air)
    with pytest.MonkeyPatch.context() as patch:
        scatter_coarsely(patch)
        coarse = scattered.scattering_air(air)
        assert coarse.diffuse.moments.size < fine.diffuse.moments.size
        assert scattered.scattering_air(air) is coarse
    assert scattered.scattering_air(air) is fine
