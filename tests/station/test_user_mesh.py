"""A user's own mesh: read through trimesh where that is installed, and a clear line where it is not."""

import sys

import numpy as np
import pytest

from render.cli import run
from render.core.errors import InputError
from render.integrator.station_trees import tree_of
from render.station import user_mesh
from render.station.materials import material_id

SCENE = """
[time]
utc = "2015-01-18T05:30:00Z"
[observer]
latitude_deg = 51.6
longitude_deg = -97.0
altitude_km = 415.0
[aurora]
enabled = false
[station]
visible = true
mesh = "{file}"
"""
TETRAHEDRON = "v 0 0 0\nv 2 0 0\nv 0 2 0\nv 0 0 2\nf 1 3 2\nf 1 2 4\nf 1 4 3\nf 2 3 4\n"


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "one.obj"
    path.write_text(TETRAHEDRON)
    return path


def test_without_trimesh_one_line_names_the_extra(model, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "trimesh", None)
    scene = tmp_path / "scene.toml"
    scene.write_text(SCENE.format(file=model.name))
    code = run(["render", str(scene), "--size", "32x18", "--device", "cpu", "--output", str(tmp_path / "x.png")])
    told = capsys.readouterr().err.strip().splitlines()
    assert code == 2
    assert told[-1].endswith("station.mesh needs trimesh, which is not installed; run: pip install trimesh "
                             "(polarlight's extra 'mesh')")  # fmt: skip


def test_a_mesh_is_read_with_its_scale_and_named_materials(model):
    trimesh = pytest.importorskip("trimesh", reason="the extra `mesh` is not installed")
    made = user_mesh.user_mesh(str(model), 3.0)
    assert len(made) == 4
    low, high = made.box()
    assert low == pytest.approx(np.zeros(3))
    assert high == pytest.approx(np.full(3, 6.0))
    assert np.all(made.material == material_id("model"))
    outward = np.einsum("tck,tck->tc", made.normals, made.corners - np.full(3, 1.0))
    assert np.all(outward > 0.0)
    scene = trimesh.Scene()
    scene.add_geometry(trimesh.creation.box((1.0, 1.0, 1.0)), geom_name="Radiator")
    placed = trimesh.transformations.translation_matrix([5.0, 0.0, 0.0])
    scene.add_geometry(trimesh.creation.box((1.0, 1.0, 1.0)), geom_name="other", transform=placed)
    path = model.with_suffix(".glb")
    scene.export(path)
    made = user_mesh.user_mesh(str(path), 1.0)
    assert set(made.material.ravel()) == {material_id("radiator"), material_id("model")}
    assert made.box()[1][0] == pytest.approx(5.5)
    assert len(tree_of(("mesh", str(path), "digest", 1.0)).mesh) == 24


@pytest.mark.parametrize(
    ("text", "told"), [("nonsense", "not a mesh|no triangle"), ("v 0 0 0\n", "no triangle|not a mesh")]
)
def test_what_is_no_mesh_is_told(text, told, tmp_path):
    pytest.importorskip("trimesh", reason="the extra `mesh` is not installed")
    path = tmp_path / "bad.obj"
    path.write_text(text)
    with pytest.raises(InputError, match=rf"bad\.obj: .*({told})"):
        user_mesh.user_mesh(str(path), 1.0)
