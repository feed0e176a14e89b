"""A kernel that was compiled is found by what it is traced from, and not traced again; anything else, traced anew."""

import numpy as np
import pytest
import taichi as ti
from taichi.lang.ast import ast_transformer

from render import device, tracing
from shaders import lattice, lookup
from shaders.aurora import airglow
from tests.devices import OTHERS, start_or_skip

KERNEL = lattice.add_to_planes._primal
FEATURES = (ti.i32, ti.i32, (ti.f32, 3, False, ti._lib.core.BoundaryMode.UNSAFE))


@ti.kernel
def foreign(x: ti.types.ndarray()):
    for i in x:
        x[i] = 1.0


def summed() -> np.ndarray:
    """Return the light of two planes of one row, 1 before, when `add_to_planes` has added 0 to 7 to it."""
    out = device.upload(np.ones((2, 1, 4)))
    planes = device.upload(np.arange(2, dtype=np.int32))
    lattice.add_to_planes(0, 0, planes, device.upload(np.arange(8.0).reshape(1, 4, 2), vectors=True), out)
    return out.to_numpy()


@pytest.mark.parametrize("name_precision", OTHERS)
def test_a_kept_kernel_is_not_traced_and_does_the_same(name_precision, monkeypatch):
    start_or_skip(*name_precision)
    traced = summed()
    device._started = None
    device.start(*name_precision)  # anew; what was compiled is written first
    monkeypatch.setattr(ast_transformer.ASTTransformer, "build_For", lambda *_: pytest.fail("traced again"))
    np.testing.assert_array_equal(traced[:, 0], [[1, 3, 5, 7], [2, 4, 6, 8]])
    np.testing.assert_array_equal(summed(), traced)
    with pytest.raises(BaseException, match="traced again"):  # the control: what is not kept is traced
        foreign(device.upload(np.zeros(2)))


def recipe(kernel=KERNEL, features=FEATURES):
    return tracing.recipe(ti, kernel, features)


def test_recipe_changes_with_what_a_kernel_is_traced_from(monkeypatch):
    start_or_skip("cpu")
    first = recipe()
    assert first == recipe()
    assert len(first) == 64
    others = {
        recipe(features=(ti.i32, ti.i32, (ti.f64, 3, False, FEATURES[2][3]))),
        recipe(features=(ti.i32, ti.i32, (ti.f32, 2, False, FEATURES[2][3]))),
        recipe(lattice.begin_level._primal),
    }
    monkeypatch.setattr(lattice, "GAP", 3, raising=False)  # a number in the module's memory
    others.add(recipe())
    monkeypatch.setattr(lattice, "node", lookup.cell)  # a function in another's place
    others.add(recipe())
    assert len(others - {first}) == 5


def test_recipe_covers_modules_that_are_imported(monkeypatch):
    start_or_skip("cpu")
    first = recipe(airglow.layers_nodes._primal)
    monkeypatch.setattr(lookup, "NEW", 1.0, raising=False)
    assert recipe(airglow.layers_nodes._primal) != first


def test_what_cannot_be_told_has_no_recipe():
    start_or_skip("cpu")
    assert recipe(foreign._primal) is None
    assert recipe(features=(object(),)) is None
    assert recipe(features=None) is not None


@pytest.mark.parametrize("name_precision", OTHERS)
def test_arrays_come_back_as_they_went(name_precision):
    start_or_skip(*name_precision)
    whole = np.arange(24.0).reshape(2, 3, 4)
    for vectors in (False, True):
        staged = device.upload(whole.transpose(1, 0, 2), vectors=vectors)
        found = staged.to_numpy()
        np.testing.assert_array_equal(found, whole.transpose(1, 0, 2))
        staged.fill(0.0)
        assert found[2, 1, 3] == 23.0  # a copy, not the device's own memory
        staged.from_numpy(whole.transpose(1, 0, 2).astype(np.float64))  # another kind of number, not in order
        np.testing.assert_array_equal(staged.to_numpy(), found)
        with pytest.raises(ValueError, match="expected"):
            staged.from_numpy(np.zeros((3, 2, 5), np.float32))


def test_a_method_is_told_from_a_function():
    class Holder:
        @ti.func
        def method(self):
            return 1

        @ti.kernel
        def kernel(self):
            pass

    assert Holder.method.func.classfunc
    assert Holder.kernel._is_classkernel
    assert not lattice.node.func.classfunc
    assert not foreign._is_classkernel
