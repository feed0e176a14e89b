import os
import random
import warnings

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


MUTANTS = 400


def mutants(whole: bytes):
    """Yield damaged copies of a file of arrays: bits anywhere, zip headers, texts of array headers, ends, gaps."""
    chosen = random.Random(20150128)
    for signature, at in ((b"PK\x03\x04", 4), (b"PK\x01\x02", 6), (b"PK\x01\x02", 4)):  # "version needed", "made by"
        place = whole.find(signature)
        while place >= 0:
            for version in (21, 46, 99, 255):
                yield whole[: place + at] + bytes([version]) + whole[place + at + 1 :]
            place = whole.find(signature, place + 1)
    for old, new in ((b"<f8", b"<f4"), (b"<f8", b">f8"), (b"<f8", b"<i8"), (b"<f8", b"|O8"), (b"<i4", b"<u4"),
                     (b"(2, 3)", b"(3, 2)"), (b"(2, 3)", b"(1, 3)"), (b"(2, 3)", b"(9, 9)"), (b"(2, 3)", b"(2L,3)"),
                     (b"(2, 3)", b"((((((" ), (b"False", b"True "), (b"'descr'", b"'desc\\'"), (b"NUMPY", b"NUMPX"),
                     (b"a.npy", b"c.npy"), (b"a.npy", b"b.npy"), (b"a.npy", b"/.npy"),
                     (b"a.npy", b"a.txt")):  # fmt: skip
        assert old in whole
        yield whole.replace(old, new)
        yield whole.replace(old, new, 1)
    yield whole + b"x"
    yield b"x" + whole
    for _ in range(MUTANTS // 8):
        yield whole[: chosen.randrange(len(whole))]
        start = chosen.randrange(len(whole))
        yield whole[:start] + whole[start + chosen.randrange(1, 40) :]
    for _ in range(MUTANTS):
        flipped = bytearray(whole)
        for _ in range(chosen.choice((1, 1, 1, 2, 8))):
            flipped[chosen.randrange(len(whole))] ^= 1 << chosen.randrange(8)
        yield bytes(flipped)


def test_no_damage_gives_wrong_arrays_or_an_error(folder):
    build, right = Builder(), Builder()()
    cached(1, build)
    (path,) = folder.iterdir()
    whole, tried, made_anew = path.read_bytes(), 0, 0
    for damaged in mutants(whole):
        path.write_bytes(damaged)
        build.calls = 0
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            found = cached(1, build)
        tried, made_anew = tried + 1, made_anew + build.calls
        assert {name: (a.dtype, a.tolist()) for name, a in found.items()} == {
            name: (a.dtype, a.tolist()) for name, a in right.items()
        }
    assert tried > MUTANTS and made_anew > 0.8 * tried  # bits of dates and the like are nobody's


@pytest.mark.parametrize(
    "other",
    [
        {},
        {"a": np.arange(6.0).reshape(2, 3)},  # a key less
        {"a": np.arange(6.0).reshape(2, 3), "b": np.array([7], np.int32), "c": np.zeros(1)},
        {"a": np.arange(6.0).reshape(3, 2), "b": np.array([7], np.int32)},
        {"a": np.full((2, 3), np.nan), "b": np.array([7], np.int32)},
        {"a": np.arange(6.0).reshape(2, 3), "b": np.array([7], np.int64)},
        {"a": np.arange(6.0, dtype=">f8").reshape(2, 3), "b": np.array([7], np.int32)},
    ],
)
@pytest.mark.parametrize("digest", [None, "kept", "empty"])
def test_a_whole_file_of_other_arrays_is_not_taken(folder, other, digest):
    build = Builder()
    cached(1, build)
    (path,) = folder.iterdir()
    with np.load(path) as archive:
        kept = (
            {} if digest is None else {cache.CONTENT_KEY: archive[cache.CONTENT_KEY][: None if digest == "kept" else 0]}
        )
    np.savez(path, **other, **kept)
    found = cached(1, build)
    assert build.calls == 2 and found["b"].dtype == np.int32
    np.testing.assert_array_equal(found["a"], np.arange(6.0).reshape(2, 3))


def test_a_file_under_another_name_is_not_taken(folder):
    build = Builder()
    cached(1, build)
    (path,) = folder.iterdir()
    cache.cached_arrays("thing", 2, lambda: {"a": np.zeros(1)}, ANY_MODULE)
    (other,) = set(folder.iterdir()) - {path}
    path.write_bytes(other.read_bytes())
    np.testing.assert_array_equal(cached(1, build)["b"], [7])
    assert build.calls == 2


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_what_is_no_file_is_not_waited_for(folder):
    build = Builder()
    cached(1, build)
    (path,) = folder.iterdir()
    path.unlink()
    os.mkfifo(path)
    cached(1, build)
    assert build.calls == 2


def test_a_disk_without_room_leaves_nothing_behind(folder, monkeypatch):
    def full(file, **arrays):
        file.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    build = Builder()
    for _ in range(2):
        np.testing.assert_array_equal(cached(1, build)["b"], [7])
    assert build.calls == 2 and not list(folder.iterdir())


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
