import pytest


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    """Keep the tests away from the user's cache."""
    monkeypatch.setenv("POLARLIGHT_CACHE", str(tmp_path / "cache"))
