import pytest


@pytest.fixture(autouse=True)
def _own_cache(own_cache):
    """Keep the tests away from the user's cache."""
