"""The station's meshes: published sizes, sound triangles, the same on every machine; and the tree about them."""

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.station import shapes, whole
from render.station import wing as wings
from render.station.composition import MESHES, mesh_of
from render.station.hull import Hull, module
from render.station.materials import BAY_M, BLANKET_LENGTH_M, BLANKET_WIDTH_M, NAMES, PANELS, material_id
from render.station.mesh import PANEL_STEP, Mesh, join, quads
from render.station.tree import LEAF, build_tree, cover
from shaders.station import surface

WING_SPAN_M = 73.2  # m, tip to tip of a pair of wings
TRUSS_M = 108.5  # m
ABOUT_M = 0.3  # m, spread of published dimensions
ROUNDING = 1e-12
TREE_S = 2.0  # CPU seconds for 120 000 triangles


@pytest.mark.parametrize("name", MESHES)
def test_triangles_are_sound(name):
    made = mesh_of(name)
    sides = made.corners[:, 1:] - made.corners[:, :1]
    assert np.linalg.norm(np.cross(sides[:, 0], sides[:, 1]), axis=1).min() > 0.0
    assert np.allclose(np.linalg.norm(made.normals, axis=2), 1.0, atol=1e-9)
    assert made.material.min() >= 0
    assert made.material.max() < len(NAMES)
    assert len(made.panel) == len(made) == len(made.material)


def test_station_has_its_published_size():
    low, high = mesh_of("station").box()
    assert high[1] - low[1] == pytest.approx(TRUSS_M, abs=ABOUT_M)
    low, high = wings.wing().box()
    assert 2.0 * high[1] == pytest.approx(WING_SPAN_M, abs=ABOUT_M)


def test_a_module_is_as_thick_and_as_long_as_it_is_told_within_a_percent():
    made = module(np.zeros(3), np.array([0.0, 0.0, 8.5]), 4.27, Hull(rails=(), cables=0))
    hull = made.material[:, 0] != material_id("gold")
    assert np.ptp(made.corners[..., 2]) == pytest.approx(8.5, rel=0.001)
    radius = np.hypot(made.corners[..., 0], made.corners[..., 1])[hull]
    plates = np.abs(radius - 4.27 / 2) < 0.01 * 4.27 / 2
    assert plates.mean() > 0.3
    assert (radius > 1.01 * 4.27 / 2).mean() < 0.05  # boxes that stand on it


def test_blankets_are_84_panels_of_their_width_with_a_gap():
    made = wings.wing()
    films = made.material[:, 0] == material_id("cells")
    x, y = made.corners[films, :, 0], made.corners[films, :, 1]
    assert np.ptp(y) == pytest.approx(BLANKET_LENGTH_M)
    assert len(np.unique(made.panel[films] // PANEL_STEP)) == 2 * PANELS
    assert np.ptp(x[x > 0.0]) == pytest.approx(BLANKET_WIDTH_M)
    assert x[x > 0.0].min() == pytest.approx(wings.MAST_WIDTH_M / 2.0)
    lean = np.degrees(np.arccos(np.abs(made.normals[films, 0, 2])))
    assert lean == pytest.approx(np.degrees(np.arctan(wings.FOLD)), abs=0.1)
    assert pytest.approx(15.5 * 0.0254, rel=0.01) == BAY_M  # 15.5 in.


@pytest.mark.parametrize(("angle", "facing"), [(0.0, [1.0, 0.0, 0.0]), (90.0, [0.0, 0.0, -1.0])])
def test_cells_face_forward_at_0_and_to_the_zenith_at_90_degrees(angle, facing):
    placed = whole.wings_at(angle)
    assert len(placed) == 8
    for axes, _ in placed:
        assert np.allclose(axes[2], facing, atol=ROUNDING)
        assert np.allclose(axes @ axes.T, np.eye(3), atol=ROUNDING)


coordinate = st.floats(-1.0, 1.0)


@given(coordinate, coordinate, coordinate)
def test_tracked_wings_face_the_sun_squarely_about_truss_and_mast(x, y, z):
    sun = np.array([x, y, z])
    if np.hypot(x, z) < 1e-3:
        return
    sun = sun / np.linalg.norm(sun)
    for axes, _ in whole.wings_towards(sun):
        assert axes[2] @ sun == pytest.approx(1.0)
        assert axes[1, 1] == pytest.approx(0.0, abs=1e-9)  # masts stay square to the truss
        assert np.linalg.det(axes) == pytest.approx(1.0)


def test_panels_of_joined_meshes_keep_apart():
    one = quads(np.array([[[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]]], float), 0, panel=PANEL_STEP + 3)
    both = join([one, one]).panel
    assert list(both) == [PANEL_STEP + 3] * 2 + [3 * PANEL_STEP + 3] * 2
    assert surface.SIXTEEN == PANEL_STEP
    with pytest.raises(ValueError, match="at least one mesh"):
        join([])


def test_hash_is_even_and_the_same_everywhere():
    marks = shapes.hashed(3, 4096)
    assert marks[:2] == pytest.approx(shapes.hashed(3, 2))
    assert np.histogram(marks, 8, (0.0, 1.0))[0] == pytest.approx(np.full(8, 512), abs=90)  # 4 sigma
    assert shapes.hashed(3, 1) != shapes.hashed(4, 1)


@pytest.mark.parametrize("count", [1, 2, 4, 5, 9, 100, 1237])
def test_tree_holds_every_triangle_once_in_boxes_that_hold_it(count):
    rng = np.random.default_rng(count)
    corners = rng.normal(size=(count, 3, 3))
    made = Mesh(corners, corners, np.zeros((count, 2), np.int32), np.arange(count, dtype=np.int32))
    tree = build_tree(made)
    assert sorted(tree.mesh.panel) == list(range(count))
    assert tree.ways.min() > 0
    leaves = tree.links[tree.links[:, 2] > 0]
    assert leaves[:, 2].max() <= LEAF
    assert list(leaves[:, 1]) == list(np.cumsum([0, *leaves[:-1, 2]]))
    assert tree.links[0, 0] == len(tree.boxes)
    for node, (skip, _, _) in enumerate(tree.links):
        below = tree.links[node:skip]
        inside = np.concatenate([tree.mesh.corners[f : f + n].reshape(-1, 3) for _, f, n in below if n])
        assert np.allclose(tree.boxes[node], [*inside.min(axis=0), *inside.max(axis=0)])
    outer = cover(tree, 8)
    assert np.allclose([outer[:, :3].min(axis=0), outer[:, 3:].max(axis=0)], tree.boxes[0].reshape(2, 3))


def test_a_tree_of_120_000_triangles_takes_less_than_two_seconds():
    made = mesh_of("station")
    some = np.arange(120_000)
    part = Mesh(made.corners[some], made.normals[some], made.material[some], made.panel[some])
    started = time.process_time()
    build_tree(part)
    assert time.process_time() - started < TREE_S
    with pytest.raises(ValueError, match="at least one triangle"):
        build_tree(Mesh(made.corners[:0], made.normals[:0], made.material[:0], made.panel[:0]))
