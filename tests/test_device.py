"""Starting a device anew: what was staged on the old one is void, and cannot free what the new one holds."""

import gc
import os
import signal
import subprocess
import sys
import traceback

import numpy as np
import pytest

from render import device
from render.core.errors import DeviceError
from tests.devices import start_or_skip

ENDS_WITHIN_S = 60.0  # s: it takes 2


@pytest.mark.double
def test_arrays_of_an_older_start_are_cut_off():
    device.start("cpu", "single")
    old = device.upload(np.ones(8))
    device.start("cpu", "double")
    assert old.arr is None
    new = device.upload(np.arange(8.0))
    del old  # Taichi would free by address here
    np.testing.assert_array_equal(new.to_numpy(), np.arange(8.0))


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="the process's memory is read from Linux's /proc")
@pytest.mark.parametrize("vectors", [False, True])
def test_arrays_give_their_memory_back(vectors):
    start_or_skip("cpu")

    def resident_mb():
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6

    def filled():
        array = device.empty((1000, 1000, 16), vectors=vectors)  # 64 MB
        array.fill(1.0)
        assert array.to_numpy()[0, 0, 15] == 1.0

    filled()
    before = resident_mb()
    for _ in range(4):
        filled()
    gc.collect()
    assert resident_mb() - before < 96.0


@pytest.mark.double
def test_what_is_kept_is_copied_once_while_it_lives() -> None:
    device.start("cpu")
    array = np.arange(6, dtype=np.float32)
    staged = device.upload_kept(array)
    assert device.upload_kept(array) is staged and device.upload_kept(array.copy()) is not staged
    device.start("cpu", "double")
    again = device.upload_kept(array)  # the first device's copy is void
    assert again is not staged
    np.testing.assert_array_equal(again.to_numpy(), array)
    before = len(device._kept)
    del array
    gc.collect()  # Taichi's last call holds what it was given
    assert len(device._kept) < before


def test_no_account_is_written_of_where_an_array_was_made(monkeypatch):
    start_or_skip("cpu")
    asked = []
    monkeypatch.setattr(traceback, "extract_stack", lambda *args, **more: asked.append(args) or [])
    assert device.upload(np.arange(3.0)).shape == device.empty((3,)).shape == (3,)
    device.empty((3, 2), vectors=True)
    assert not asked


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_fork_of_a_started_device_is_told_to_be_spawned() -> None:
    start_or_skip("cpu")
    reading, writing = os.pipe()
    child = os.fork()
    if not child:  # a kernel would wait here for ever
        told = []
        for call in (device.start, device.running, lambda: device.upload(np.ones(3)), lambda: device.empty((3,))):
            try:
                call()
            except DeviceError as error:
                told.append(str(error))
        os.write(writing, repr(told).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    assert said == repr([device.FORKED] * 4) and 'get_context("spawn")' in device.FORKED
    assert device.running().name == "cpu"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize(("child", "status", "said"), [("pass", 0, ""), ("device.running()", 1, device.FORKED)])
def test_a_fork_of_a_started_device_ends(child, status, said) -> None:
    """Without a program that is left alone the child waits at its end for the device's threads."""
    text = f"""
import os, sys
import numpy as np
from render import device
device.start("cpu")
held = [device.upload(np.ones((4, 3)), vectors=vectors) for vectors in (False, True)]
held[0].to_numpy()
if not (child := os.fork()):
    del held[1]
    {child}
    sys.exit()
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), held[0].to_numpy().sum())
"""
    with subprocess.Popen(
        [sys.executable, "-c", text], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as parent:
        try:
            out, err = parent.communicate(timeout=ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            os.killpg(parent.pid, signal.SIGKILL)
            raise
    assert out == f"{status} 12.0\n"
    assert err.strip().endswith(said) and bool(err) == bool(said)
