"""The order of tests and their share-out: a device is started as seldom as can be, and says what went wrong."""

import itertools
from types import SimpleNamespace

import pytest
import taichi as ti

from tests import conftest
from tests.devices import MARKERS, marker_of, start_or_skip


def test_tests_of_a_device_follow_each_other_and_what_is_compared_comes_last(request):
    items = request.session.items
    order = [[*MARKERS, ""].index(marker_of(item)) for item in items]
    assert order == sorted(order)
    for marker in ("vulkan", "cuda"):
        compares = ["in_double" in item.fixturenames for item in items if marker_of(item) == marker]
        assert compares == sorted(compares)


def test_a_seed_shuffles_files_and_their_tests_and_keeps_both_together():
    items = [SimpleNamespace(nodeid=f"{file}::{k}", path=file) for file in "abcdef" for k in range(6)]
    found = {seed: [item.nodeid for item in conftest.shuffled(items, seed)] for seed in range(4)}
    assert found[1] == [item.nodeid for item in conftest.shuffled(items[::-1], 1)]  # workers collect as they like
    plain = [item.nodeid for item in items]
    assert all(sorted(order) == plain and order != plain for order in found.values())
    assert len({tuple(order) for order in found.values()}) == 4
    for order in found.values():
        files = [nodeid[0] for nodeid in order]
        assert sum(a != b for a, b in itertools.pairwise(files)) == 5


@pytest.mark.parametrize(
    ("nodeid", "scope"),
    [
        ("tests/a/test_b.py::test_c", "tests/a/test_b.py"),
        ("tests/a/test_b.py::test_c[me@home::x]", "tests/a/test_b.py"),
        ("tests/a/test_b.py::test_c[vulkan-single]@vulkan", "vulkan"),
        ("tests/a/test_b.py::test_d@double", "double"),
    ],
)
def test_a_device_or_else_a_file_is_one_workers(nodeid, scope):
    pytest.importorskip("xdist")
    config = SimpleNamespace(option=SimpleNamespace(dist="loadgroup"), getvalue=lambda name: ["popen"])
    scheduler = conftest.pytest_xdist_make_scheduler(config, None)
    assert scheduler._split_scope(nodeid) == scope


def test_another_way_to_share_out_is_left_alone():
    config = SimpleNamespace(option=SimpleNamespace(dist="worksteal"))
    conftest.pytest_configure(config)
    assert config.option.dist == "worksteal"


def test_a_test_that_leaves_another_device_is_refused(monkeypatch):
    item = SimpleNamespace(get_closest_marker=lambda name: None)
    start_or_skip("cpu")
    conftest.pytest_runtest_teardown(item)
    monkeypatch.setattr("render.device._started", SimpleNamespace(name="vulkan", precision="single"))
    with pytest.raises(pytest.fail.Exception, match="leaves vulkan in single precision: mark it"):
        conftest.pytest_runtest_teardown(item)


@ti.func
def lost(x: float) -> float:
    return x + nowhere  # noqa: F821


@ti.kernel
def first_call() -> float:
    return lost(1.0)


@ti.kernel
def second_call() -> float:
    return 2.0 * lost(2.0)


def test_errors_in_kernels_say_where_they_are_though_sources_are_kept():
    start_or_skip("cpu")
    for kernel, line in (
        (first_call, "return lost(1.0)"),
        (second_call, "return 2.0 * lost(2.0)"),
        (first_call, "(1.0)"),
    ):
        with pytest.raises(ti.TaichiCompilationError) as caught:
            kernel()
        assert "return x + nowhere" in str(caught.value) and 'Name "nowhere" is not defined' in str(caught.value)
        assert line in str(caught.value) and "test_order.py" in str(caught.value)
