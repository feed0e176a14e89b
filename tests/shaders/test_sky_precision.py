"""In double precision the sky's and the station's device code keeps all figures: vectors are not cut to single."""

import numpy as np
import pytest
import taichi as ti
import taichi.math as tm

from render import device
from render.integrator.station_trees import stage_trees
from render.station.shapes import axes_from, box
from render.station.tree import build_tree
from shaders.sky import harmonics, twilight
from shaders.sky import pixels as sky
from shaders.station import lighting as station_shader
from shaders.station import tree as station_tree

RTOL = 1e-12
Cut = ti.types.vector(3, float)  # what the types must not be made of: taken for single precision when defined
EXACT = {0: 0, 1: 1, 3: 2, 6: 3, 10: 4}  # components of m = 0, whose factors are written in full, and their l


@ti.kernel
def harmonics_at(x: ti.types.ndarray(), z: ti.types.ndarray(), out: ti.types.ndarray()):
    for i in range(out.shape[0]):
        basis = harmonics.harmonics(x[i], z[i])
        for n in ti.static(range(harmonics.MOMENTS)):
            out[i, n] = basis[n]


@ti.kernel
def airs_at(layers: ti.types.ndarray(), h: ti.types.ndarray(), out: ti.types.ndarray()):
    for i in range(out.shape[0]):
        air = twilight.air_at(layers, h[i], 120.0)
        for k in ti.static(range(7)):
            out[i, k] = air[k]


@ti.kernel
def columns_at(columns: ti.types.ndarray(), f: ti.types.ndarray(), out: ti.types.ndarray()):
    for i in range(out.shape[0]):
        slant = sky.columns_at(columns, f[i], 0.25)
        for k in ti.static(range(7)):
            out[i, k] = slant[k]


@ti.kernel
def distances(trees: station_tree.Trees, rays: ti.types.ndarray(), out: ti.types.ndarray()):
    for i in range(out.shape[0]):
        ray = tm.normalize(tm.vec3(rays[i, 0], rays[i, 1], rays[i, 2]))
        span = tm.vec2(0.0, float(trees.leaves.shape[0]))
        out[i] = station_tree.nearest_in_tree(trees, span, tm.vec3(0.0), ray, station_tree.FAR)[1]


@ti.kernel
def sides(axes: ti.types.ndarray(), out: ti.types.ndarray()):
    for _ in range(1):
        shares = station_shader.shares14(0.0)
        station_shader.side_shares(axes, tm.vec3(0.6, 0.8, 0.0), shares)
        for k in ti.static(range(14)):
            out[k] = shares[k]


@ti.kernel
def cut(x: float, out: ti.types.ndarray()):
    for _ in range(1):
        vector = Cut(x)
        out[0] = vector[0]


def filled(shape, kernel, *arguments):
    out = device.empty(shape)
    kernel(*(device.upload(a) if isinstance(a, np.ndarray) else a for a in arguments), out)
    return out.to_numpy()


@pytest.mark.usefixtures("double")
def test_harmonics_are_legendre_s():
    z = np.linspace(-1.0, 1.0, 23)
    found = filled((len(z), harmonics.MOMENTS), harmonics_at, np.sqrt(1.0 - z**2) * 0.3, z)
    for component, degree in EXACT.items():
        expected = np.polynomial.Legendre.basis(degree)(z)
        np.testing.assert_allclose(found[:, component], expected, rtol=RTOL, atol=RTOL)


@pytest.mark.usefixtures("double")
def test_look_ups_of_air_and_of_slant_columns():
    layers, h = np.random.default_rng(1).random((13, 7)), np.linspace(0.0, 119.0, 41)
    expected = np.stack([np.interp(h, np.linspace(0.0, 120.0, 13), column) for column in layers.T], axis=-1)
    np.testing.assert_allclose(filled((len(h), 7), airs_at, layers, h), expected, rtol=RTOL)
    beside = np.stack([layers, 3.0 * layers], axis=1)  # a quarter of the way: 1.5 times as much
    found = filled((len(h), 7), columns_at, beside, h / 10.0)
    np.testing.assert_allclose(found, 1.5 * expected, rtol=RTOL)


@pytest.mark.usefixtures("double")
def test_station_s_rays_and_shares():
    """A plate 0.2 m thick across (1, 2, 2) / 3, its middle 9 m away; light on six sides of other axes."""
    normal = np.array([1.0, 2.0, 2.0]) / 3.0
    plate = box(9.0 * normal, axes_from(normal, np.array([1.0, 0.0, 0.0])), (8.0, 8.0, 0.2), "white")
    trees = stage_trees([build_tree(plate)]).device
    rays = normal + 0.1 * np.random.default_rng(2).standard_normal((20, 3))
    expected = 8.9 / ((rays / np.linalg.norm(rays, axis=-1, keepdims=True)) @ normal)
    np.testing.assert_allclose(filled((20,), distances, trees, rays), expected, rtol=RTOL)
    axes = axes_from(np.array([1.0, 2.0, 3.0]), np.array([1.0, 0.0, 0.0]))
    n = axes @ [0.6, 0.8, 0.0]
    found = filled((14,), sides, axes)[station_shader.SIDES : station_shader.LAMP]
    np.testing.assert_allclose(found, np.stack([n * n + n, n * n - n], axis=-1).ravel() / 2.0, rtol=RTOL, atol=RTOL)


@pytest.mark.usefixtures("double")
def test_a_vector_of_float_is_cut():
    """The figures that these tests would miss: without them there is nothing to guard against any more."""
    assert abs(filled((1,), cut, 1.0 / 3.0)[0] * 3.0 - 1.0) > 1e-9
