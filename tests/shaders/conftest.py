"""Run device tests on the CPU in single and double precision and on Vulkan."""

import pytest

from tests.devices import EVERY, start_or_skip


@pytest.fixture(params=EVERY)
def any_device(request):
    """Start each device in turn."""
    return start_or_skip(*request.param)
