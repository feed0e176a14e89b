import numpy as np
import pytest

from render.core import cache

ANY_MODULE = "render.core.units"


class Builder:
    def __init__(self):
        self.calls = 0

    def __call__(self):
        self.calls += 1
        return {"a": np.arange(6.0).reshape(2, 3), "b": np.array([7], np.int32)}


def cached(key, build):
    return cache.cached_arrays("thing", key, build, ANY_MODULE)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("POLARLIGHT_CACHE", str(tmp_path / "deep" / "cache"))
    return tmp_path / "deep" / "cache"


def test_arrays_are_built_once_and_come_back_alike(folder):
    build = Builder()
    first, second = cached((1, "x"), build), cached((1, "x"), build)
    assert build.calls == 1
    assert first.keys() == second.keys()
    for name, array in first.items():
        np.testing.assert_array_equal(array, second[name])
        assert array.dtype == second[name].dtype
    assert [path.suffix for path in folder.iterdir()] == [".npz"]  # nothing half-written is left


@pytest.mark.parametrize("other", [("thing", (2, "x")), ("other", (1, "x"))])
def test_another_kind_or_key_is_another_file(folder, other):
    build = Builder()
    cached((1, "x"), build)
    cache.cached_arrays(*other, build, ANY_MODULE)
    assert build.calls == 2


def test_another_computation_is_another_file(folder, monkeypatch):
    build = Builder()
    cached(1, build)
    monkeypatch.setattr(cache, "computation_digest", lambda module: f"another {module}")
    cached(1, build)
    assert build.calls == 2


@pytest.mark.parametrize("damage", [b"", b"not an archive", None])
def test_a_corrupt_file_is_built_again(folder, damage):
    build = Builder()
    cached(1, build)
    (path,) = folder.iterdir()
    path.write_bytes(path.read_bytes()[:200] if damage is None else damage)
    np.testing.assert_array_equal(cached(1, build)["b"], [7])
    cached(1, build)
    assert build.calls == 2


def test_flipped_bytes_are_noticed(folder):
    build = Builder()
    cached(1, build)
    (path,) = folder.iterdir()
    raw = bytearray(path.read_bytes())
    place = raw.find(np.float64(4.0).tobytes())
    raw[place : place + 8] = np.float64(5.0).tobytes()
    path.write_bytes(bytes(raw))
    assert cached(1, build)["a"][1, 1] == 4.0


def test_an_unusable_folder_only_costs_time(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("POLARLIGHT_CACHE", str(tmp_path / "file" / "cache"))
    build = Builder()
    for _ in range(2):
        np.testing.assert_array_equal(cached(1, build)["b"], [7])
    assert build.calls == 2


def test_errors_of_the_builder_are_not_hidden(folder):
    with pytest.raises(ZeroDivisionError):
        cache.cached_arrays("thing", 1, lambda: {"a": np.array(1 // 0)}, ANY_MODULE)
