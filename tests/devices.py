"""Every device and precision that tests run on, and how one is started or skipped with its reason."""

import functools
import glob
import os

import pytest

from render import device
from render.core.errors import DeviceError

SOFTWARE_VULKAN = sorted(glob.glob("/usr/share/vulkan/icd.d/lvp_icd*.json"))  # Debian's mesa-vulkan-drivers
EVERY = [
    pytest.param(("cpu", "single"), id="cpu-single"),
    pytest.param(("cpu", "double"), id="cpu-double", marks=pytest.mark.double),
    pytest.param(("vulkan", "single"), id="vulkan-single", marks=pytest.mark.vulkan),
    pytest.param(("cuda", "single"), id="cuda-single", marks=pytest.mark.cuda),
]

OTHERS = [param for param in EVERY if param.id != "cpu-double"]  # those that are compared with it
MARKERS = ("double", "vulkan", "cuda")  # of tests that start another device than the CPU in single precision


def marker_of(item: pytest.Item) -> str:
    """Return which of MARKERS a test has, the last; "" for none."""
    return next((name for name in reversed(MARKERS) if item.get_closest_marker(name)), "")


@functools.cache
def has_cuda() -> bool:
    """Say whether Taichi finds a CUDA driver here, without starting it: that would void what other tests staged."""
    return "cuda" in dict(device.available())


def start_or_skip(name: str, precision: str = "single") -> device.Device:
    """Start a device; a missing Vulkan or CUDA driver skips the test and says what is missing."""
    if name == "cuda" and not has_cuda():
        pytest.skip("no CUDA driver here: needs an NVIDIA GPU (scripts/gpu_check)")
    if name == "vulkan":
        if not SOFTWARE_VULKAN and not os.environ.get("VK_DRIVER_FILES"):
            pytest.skip("no Vulkan software driver here: install mesa-vulkan-drivers and libvulkan1")
        os.environ.setdefault("VK_DRIVER_FILES", SOFTWARE_VULKAN[0] if SOFTWARE_VULKAN else "")
    try:
        return device.start(name, precision)
    except DeviceError as error:
        if name == "cpu":
            raise
        pytest.skip(f"{name} driver found but it does not start: {error}")
