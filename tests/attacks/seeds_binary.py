"""What readers are given before it is spoiled: maps, pictures, meshes, arrays, each sound and small, by file name."""

from __future__ import annotations

import base64
import io
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from render.core import cache
from render.core.radiance import SKY_WAVELENGTHS_NM, LineRadiance, SkyRadiance
from render.formats.exr import write_exr
from render.formats.png import write_png
from render.formats.taken import DISCS_KEY, SCENE_KEY, TIME_KEY
from render.imaging.colour import Image as Picture
from render.instruments.parts import write_part
from tests.conftest import MINIMAL_SCENE
from tests.geophysics.user_map.test_classic import WRITTEN

Seeds = dict[str, bytes]


def written(name: str, write: Callable[[Path], object]) -> bytes:
    """Return what a function writes to a path of this name."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        write(path)
        return path.read_bytes()


def _npz(**arrays: object) -> bytes:
    return written("a.npz", lambda path: np.savez(path, **arrays))  # type: ignore[arg-type]


def _map() -> dict[str, np.ndarray]:
    latitude, longitude = np.linspace(60.0, 75.0, 6), np.linspace(-160.0, -130.0, 7)
    flux = 10.0 * np.exp(-(((latitude[:, None] - 67.0) / 3.0) ** 2)) * np.ones(7)
    return {"latitude": latitude, "longitude": longitude, "energy_flux": flux, "mean_energy": np.full((6, 7), 4.0)}


def maps() -> Seeds:
    import xarray  # noqa: PLC0415 - an extra

    plain = _map()
    grid = np.meshgrid(plain["latitude"], plain["longitude"], indexing="ij")
    times = np.array(["2015-01-28T09:40:00", "2015-01-28T09:50:00"])
    dims = ("latitude", "longitude")
    dataset = xarray.Dataset(
        {
            "energy_flux": (("time", *dims), np.stack([plain["energy_flux"]] * 2), {"units": "mW m-2"}),
            "mean_energy": (dims, plain["mean_energy"], {"units": "keV"}),
        },
        {**{name: plain[name] for name in dims}, "time": times.astype("M8[ns]")},
        {"both_hemispheres": 0},
    )
    classic = {f"classic{n}.nc": zlib.decompress(base64.b85decode(WRITTEN[n])) for n in ("1", "2", "5")}
    mean = plain["mean_energy"]
    return classic | {
        "hdf5.nc": written("a.nc", lambda path: dataset.to_netcdf(path, engine="h5netcdf")),
        "plain.npz": _npz(**plain),
        "times.npz": _npz(**plain | {"energy_flux": np.stack([plain["energy_flux"]] * 2), "time": times}),
        "curved.npz": _npz(**plain | {"latitude": grid[0] + 0.1 * grid[1], "longitude": grid[1] + 0.2 * grid[0]}),
        "magnetic.npz": _npz(mlat=plain["latitude"], mlt=np.arange(7) * 3.0, energy_flux=plain["energy_flux"],
                             mean_energy=mean, both_hemispheres=1, energy_flux_units="mW m-2"),
    }  # fmt: skip


def _picture(ending: str, mode: str, **options: object) -> bytes:
    rows, columns = np.indices((16, 32))
    levels = np.stack([rows * 9, columns * 7, rows + columns], axis=-1).astype(np.uint8)
    held = io.BytesIO()
    image = (
        Image.fromarray(levels).convert(mode) if mode != "I;16" else Image.fromarray(levels[..., 0].astype("u2") * 99)
    )
    image.save(held, ending, **options)
    return held.getvalue()


def pictures() -> Seeds:
    levels = np.linspace(0.0, 1.0, 16 * 32, dtype=np.float32).reshape(16, 32)
    return {
        "rgb.png": _picture("PNG", "RGB"),
        "palette.png": _picture("PNG", "P"),
        "deep.png": _picture("PNG", "I;16"),
        "rgb.jpg": _picture("JPEG", "RGB"),
        "grey.tif": _picture("TIFF", "L"),
        "packed.tif": _picture("TIFF", "RGB", compression="tiff_lzw"),
        "levels.npy": written("a.npy", lambda path: np.save(path, levels)),
        "levels.npz": _npz(clouds=levels),
    }


def photographs() -> Seeds:
    return {name: content for name, content in pictures().items() if not name.startswith("levels")}


def meshes() -> Seeds:
    import trimesh  # noqa: PLC0415 - an extra

    box = trimesh.creation.box((2.0, 3.0, 1.0))
    scene = trimesh.Scene([box, trimesh.creation.icosahedron()])
    forms = {"box.glb": scene, "box.obj": box, "box.stl": box, "box.ply": box, "box.off": box}
    found = {}
    for name, form in forms.items():
        made = form.export(file_type=name.partition(".")[2])
        found[name] = made.encode() if isinstance(made, str) else made
    return found


def frames() -> Seeds:
    """Return frames as `render` writes them, of a scene on the ground and of one that exposes by itself."""
    random = np.random.default_rng(0)
    lines = LineRadiance(("557.7", "630.0"), random.lognormal(5.0, 2.0, (2, 9, 16)).astype(np.float32))
    sky = SkyRadiance(SKY_WAVELENGTHS_NM, random.lognormal(-20.0, 4.0, (21, 9, 16)).astype(np.float32))
    scenes = {"frame.exr": MINIMAL_SCENE, "metered.exr": MINIMAL_SCENE + '[camera]\nexposure = "auto"\n'}
    disc = " ".join(["8", "4", "1", "0", "0", "1", *["1e-9"] * 21])
    found = {}
    for name, scene in scenes.items():
        header = {SCENE_KEY: scene, TIME_KEY: "2015-01-28T09:45:00Z", DISCS_KEY: disc, "scene": "s", "device": "cpu",
                  "exposure_s": "0.5", "iso": "6400", "f_number": "1.4"}  # fmt: skip
        found[name] = written("a.exr", lambda path, header=header: write_exr(path, lines, sky, header))
    return found


def stills() -> Seeds:
    image = Picture(np.linspace(0.0, 1.0, 12 * 20 * 3, dtype=np.float32).reshape(12, 20, 3))
    texts = {"polarlight_stamp": "x" * 40, "note": "é"}
    return {
        f"{bits}.png": written("a.png", lambda path, bits=bits: write_png(path, image, bits, texts)) for bits in (8, 16)
    }


def kept() -> Seeds:
    """Return a table of the cache, under the one name at which it is sound, and a part of a long measurement."""
    arrays = {"a": np.arange(6.0), "b": np.eye(3)}
    return {
        "table-0.npz": written("table-0.npz", lambda path: cache._store(path, arrays)),
        "part_00000_abc.npz": written("part.npz", lambda path: write_part(path, "abc", arrays)),
    }
