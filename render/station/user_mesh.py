"""A user's own mesh in place of the station, read through trimesh (extra `mesh`)."""

from __future__ import annotations

import logging
import warnings
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from render.core.cache import file_digest
from render.core.errors import InputError
from render.core.files import real_path, what_is_wrong_with
from render.core.machine import require
from render.station.materials import MATERIALS, material_id
from render.station.mesh import Mesh, join

MOST_BYTES = 2**30  # larger files are refused
MOST_TRIANGLES = 4_000_000  # 500 MB on the device
OTHER = "model"


def user_mesh(path: str, scale: float) -> Mesh:
    """Return the mesh of a file, its lengths times `scale`, m.

    Raises InputError where trimesh is missing, the file cannot be read, or holds no triangle or too many.
    """
    require("station.mesh", "mesh", "trimesh")
    return _read(path, file_digest(path, MOST_BYTES), scale)


def check_mesh_file(path: str) -> None:
    """Raise InputError for a file that is too large, or whose name has no ending to tell its format by."""
    if not Path(path).suffix:
        raise InputError(f"{path}: a name without ending; a mesh's format is told by it: .glb, .obj, .stl, .ply")
    size = real_path(path).stat().st_size
    if size > MOST_BYTES:
        raise InputError(f"{path}: {size / 1e9:.1f} GB; at most {MOST_BYTES / 1e9:.1f} GB")


@lru_cache(maxsize=2)
def _read(path: str, _digest: str, scale: float) -> Mesh:
    """Read a file; its digest keys what is kept."""
    import trimesh  # noqa: PLC0415 - an extra

    logging.getLogger("trimesh").addHandler(logging.NullHandler())  # else it prints what it does without scipy
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):  # of corners that are no numbers, left out below
            warnings.simplefilter("ignore")
            loaded = trimesh.load(real_path(path), force="scene", resolver=_files_beside(real_path(path)))
            parts = [_part(one) for one in _placed(loaded)]
    except Exception as error:  # whose words may quote the file: it need not be a mesh
        known = f", as a {Path(path).suffix} file" if Path(path).suffix else ""
        raise InputError(f"{Path(path).name}: not a mesh that can be read{known}: {type(error).__name__}") from None
    parts = [part for part in parts if len(part)]
    if not parts:
        raise InputError(f"{Path(path).name}: holds no triangle")
    made = join(parts)
    if len(made) > MOST_TRIANGLES:
        raise InputError(f"{Path(path).name}: {len(made)} triangles; at most {MOST_TRIANGLES} are taken")
    return Mesh(made.corners * scale, made.normals, made.material, made.panel)


def _files_beside(mesh: Path) -> Any:
    """Return trimesh's way to the files that a mesh names: plain ones in its own folder or below, no others."""
    from trimesh.resolvers import FilePathResolver  # noqa: PLC0415 - an extra

    folder = mesh.parent.resolve()

    class Beside(FilePathResolver):
        def get(self, name: str) -> bytes:
            place = (folder / name.strip()).resolve()
            if not place.is_relative_to(folder) or what_is_wrong_with(place):
                raise FileNotFoundError(name)
            return place.read_bytes()

    return Beside(str(mesh))


def _placed(loaded: Any) -> list[Any]:
    """Return a trimesh scene's meshes where its graph places them."""
    made = []
    for node in loaded.graph.nodes_geometry:
        transform, name = loaded.graph[node]
        mesh = loaded.geometry[name].copy()
        if not hasattr(mesh, "faces"):
            continue
        mesh.apply_transform(transform)
        mesh.metadata["polarlight"] = name
        made.append(mesh)
    return made


def _part(mesh: Any) -> Mesh:
    """Return one of trimesh's meshes; triangles without area are left out."""
    faces = np.asarray(mesh.faces)
    corners, normals = np.asarray(mesh.vertices, float)[faces], np.array(mesh.vertex_normals, float)[faces]
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    flat = np.repeat(np.asarray(mesh.face_normals, float)[:, None], 3, axis=1)
    length = np.linalg.norm(normals, axis=2, keepdims=True)
    normals = np.where(length > 0.5, normals, flat)
    keep = np.isfinite(corners).all(axis=(1, 2)) & np.isfinite(normals).all(axis=(1, 2)) & (area > 0.0)
    material = np.full((len(faces), 2), _material_of(mesh), np.int32)
    return Mesh(corners[keep], normals[keep], material[keep], np.zeros(int(keep.sum()), np.int32))


def _material_of(mesh: Any) -> int:
    """Return the material whose name the mesh's own material, or the mesh itself, has; grey for any other."""
    names = (getattr(getattr(mesh.visual, "material", None), "name", None), mesh.metadata.get("polarlight"))
    known = [str(name).lower() for name in names if str(name).lower() in MATERIALS]
    return material_id(known[0] if known else OTHER)
