"""What tests of frames share."""

import pytest

from tests.small import lay_sky_coarsely


@pytest.fixture(scope="module")
def coarse_sky_of_module():
    """Lay the sky-view table out coarsely for all tests of a module."""
    with pytest.MonkeyPatch.context() as patch:
        lay_sky_coarsely(patch)
        yield
