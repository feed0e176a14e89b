"""Every reader of a file that people give, or that may have been spoiled since it was written."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from render.atmosphere.extinction import build_atmosphere
from render.atmosphere.profile import read_profile
from render.commands.facts import scene_facts
from render.core import cache
from render.core.epoch import Epoch
from render.earth.user_image import check_picture_file, equirectangular
from render.emission.spectrum_file import read_spectrum
from render.formats.contact_sheet import write_sheet
from render.formats.png import png_colours, png_light_level, png_size, read_png_metadata, read_png_pixels
from render.formats.taken import read_frame, write_taken
from render.frame.moment import moment_of, position_at
from render.geophysics.drive.file import read_drive_file
from render.geophysics.upper_air.thermosphere_file import read_air_file
from render.geophysics.user_map.contents import start_of_user_map
from render.geophysics.user_map.file import read_user_map
from render.imaging.capture.response import require_light
from render.instruments.parts import read_part
from render.instruments.photograph import read_photograph
from render.observer.orbit import orbit_taken
from render.scene import load_scene, scene_from_text
from render.station.user_mesh import check_mesh_file, user_mesh
from tests.attacks import lies, seeds, seeds_binary
from tests.attacks.mutators import BYTES, TEXT, Mutator
from tests.attacks.scenes import SCENES

Seeds = dict[str, bytes]
NOON = "2015-01-28T09:45:00Z"
TIME = f'[time]\nutc = "{NOON}"\n'
PLACE = "[observer]\nlatitude_deg = 45.0\nlongitude_deg = -84.0\naltitude_km = 415.0\n"


@dataclass(frozen=True)
class Reader:
    """One reader: sound files, what spoils them, and what is done with a file as the program would.

    `keys`: the scene's (section, key) that lead to it; `through`: the functions of render that open its files.
    `names`: words that may stand in the file's place in a message. `quiet`: whatever the file holds, it raises nothing:
    what is spoiled is made anew.
    """

    seeds: Callable[[], Seeds]
    mutators: tuple[Mutator, ...]
    read: Callable[[Path], object]
    through: tuple[str, ...]
    keys: tuple[tuple[str, str], ...] = ()
    quiet: bool = False
    names: tuple[str, ...] = ()


def require_finite(*arrays: Any) -> None:
    """Raise AssertionError, a finding, where what was taken is not finite numbers."""
    for array in arrays:
        assert array is None or np.isfinite(np.asarray(array, float)).all(), "taken, and not finite"


def scene(path: Path) -> None:
    """Load a scene and ask what `check` asks."""
    for beside in (seeds.ROOT / "scenes").glob("*.json"):
        shutil.copy(beside, path.parent)
    scene_facts(load_scene(path), None, None)


def scene_with(text: str, path: Path) -> Any:
    """Return a scene with a line that names the file, at its place."""
    return scene_from_text(text.format(file=path.name), "scene", path.parent, "scene.toml")


def orbit(key: str) -> Callable[[Path], None]:
    """Return what loads a scene in this orbit, with the position and the warnings of its time."""

    def read(path: Path) -> None:
        number = '"1998-067A"' if key == "oem" else 25544
        loaded = scene_with(f'{TIME}[observer]\n{key} = "{{file}}"\nobject = {number}\n', path)
        require_finite(position_at(loaded, loaded.time.epoch))
        assert orbit_taken(loaded.observer, loaded.time.epoch) is not None
        assert all("\n" not in line for line in loaded.warnings)

    return read


def drive(path: Path) -> None:
    """Read a drive and what it says from its beginning to its end."""
    check_drive(read_drive_file(path))


def drive_of_two(path: Path) -> None:
    """Read a field beside a sound plasma."""
    plasma = path.with_name("plasma.json")
    plasma.write_bytes(seeds.swpc_plasma())
    check_drive(read_drive_file(plasma, path))


def check_drive(found: Any) -> None:
    """Assert that a drive is one: finite, rising, Kp 0 to 9, warnings of one line."""
    require_finite(found.time_s, found.kp)
    assert (np.diff(found.time_s) > 0.0).all()
    assert found.kp is None or (found.kp.min() >= 0.0 and found.kp.max() <= 9.0)
    assert all("\n" not in line for line in found.warnings_between(0.0, found.end_s))
    found.held_between(0.0, found.end_s)
    if found.wind is not None:
        require_finite(found.wind.speed_km_s, found.wind.by_nt, found.wind.bz_nt, found.wind.density_cm3)


def air(path: Path) -> None:
    """Read a column of air, all of it finite and above 0."""
    found = read_air_file(path)
    for name, values in vars(found.thermosphere).items():
        require_finite(values)
        assert values is None or name == "altitude_km" or (np.asarray(values) > 0.0).all()
    assert all("\n" not in line for line in found.warnings)


def spectrum(path: Path) -> None:
    """Read electrons, of finite flux."""
    found = read_spectrum(path)
    require_finite(found.energy_flux_mw_m2, found.mean_energy_kev, found.number_flux_cm2_s)


def profile(path: Path) -> None:
    """Read a profile and build the atmosphere that it makes."""
    found = read_profile(path)
    require_finite(found.altitude_km, found.air_m3, found.ozone_m3, found.no2_m3, found.aerosol_per_km)
    loaded = scene_with(f'{TIME}{PLACE}[atmosphere]\nprofile = "{{file}}"\n', path)
    build_atmosphere(loaded.atmosphere)


def filters(path: Path) -> None:
    """Read channels, and what they see of lines and continuum."""
    scene_with(f'{TIME}{PLACE}[camera]\nresponse = "{{file}}"\n', path)
    require_light(str(path))


def solution(path: Path) -> None:
    """Read a solved photograph and point the camera by it."""
    loaded = scene_with(f'{TIME}{PLACE}[camera]\nwcs = "{{file}}"\n', path)
    camera = moment_of(loaded, loaded.time.epoch).camera
    require_finite(camera.itrs_from_camera, camera.tangent_from_pixel)


def user_map(path: Path) -> None:
    """Read a map of precipitation, its planes and what it covers."""
    start_of_user_map(path)
    found = read_user_map(path)
    require_finite(found.flux, found.log_energy, found.latitude.nodes, found.longitude.nodes, found.spacing_km)
    require_finite(*found.plane(Epoch.parse(NOON), 0.0, hold=True))
    assert any(found.reach(side) for side in (1, -1))
    assert all("\n" not in line for line in found.warnings)


def picture(path: Path) -> None:
    """Read a picture of the whole Earth, as land, clouds and lights are."""
    check_picture_file(str(path))
    found = equirectangular(str(path), "[earth] clouds", 3)
    assert found.ndim == 3 and np.isfinite(found).all() and found.min() >= 0.0


def photograph(path: Path) -> None:
    """Read a photograph that is compared with a scene."""
    require_finite(read_photograph(path, (320, 160)).luminance)


def mesh(path: Path) -> None:
    """Read a mesh in the station's place."""
    check_mesh_file(str(path))
    found = user_mesh(str(path), 1.0)
    require_finite(found.corners, found.normals)


def frame(path: Path) -> None:
    """Develop a rendered frame to a picture."""
    taken, loaded, header = read_frame(path, {}, {})
    write_taken([path.with_name("out.png")], taken, loaded, header)


def still(path: Path) -> None:
    """Read what our own pictures say of themselves, and their pixels, for films, sheets and videos."""
    read_png_metadata(path)
    read_png_metadata(path, head=True)
    for read in (png_size, png_colours, png_light_level, read_png_pixels):
        read(path)
    write_sheet([path], path.with_name("sheet.png"))


def kept_array(path: Path) -> None:
    """Read a kept table and a kept part, which are made anew where they are spoiled."""
    cache._load(path)
    read_part(path, "abc", ("a", "b"))


_TEXTS = ("render/core/files.py:read_plain_file",)
_ORBITS = ("render/observer/orbits/listed.py:text_of",)
_ELEMENTS = ("observer: the orbital elements of",)
_OPENED = "render/earth/opened_picture.py:opened_picture"
_PICTURES = ("render/earth/user_image.py:_array", "render/earth/user_image.py:_picture", _OPENED)
_DRIVES = (*TEXT, *lies.JSON)
READERS: dict[str, Reader] = {
    "scene": Reader(seeds.scenes, SCENES, scene, _TEXTS),
    "drive": Reader(seeds.drives, _DRIVES, drive, _TEXTS, (("drive", "file"),)),
    "field": Reader(seeds.swpc_fields, _DRIVES, drive_of_two, _TEXTS, (("drive", "field_file"),)),
    "air": Reader(seeds.airs, TEXT, air, _TEXTS),
    "spectrum": Reader(seeds.spectra, TEXT, spectrum, _TEXTS),
    "profile": Reader(seeds.profiles, TEXT, profile, _TEXTS, (("atmosphere", "profile"),)),
    "filters": Reader(seeds.filters, TEXT, filters, _TEXTS, (("camera", "response"),)),
    "tle": Reader(seeds.two_lines, TEXT, orbit("tle"), _ORBITS, (("observer", "tle"),), names=_ELEMENTS),
    "omm": Reader(seeds.omms, _DRIVES, orbit("omm"), _ORBITS, (("observer", "omm"),), names=_ELEMENTS),
    "oem": Reader(seeds.oems, TEXT, orbit("oem"), _ORBITS, (("observer", "oem"),)),
    "wcs": Reader(seeds.solutions, _DRIVES, solution, _TEXTS, (("camera", "wcs"),)),
    "map": Reader(
        seeds_binary.maps, (*BYTES, *lies.NUMBERS, *lies.ARRAYS), user_map,
        ("render/geophysics/user_map/contents.py:start_of_user_map",
         "render/geophysics/user_map/contents.py:_from_npz", "render/geophysics/user_map/contents.py:_from_netcdf",
         "render/geophysics/user_map/classic.py:read_classic", "render/geophysics/user_map/classic.py:values"),
        (("aurora", "footprint"),),
    ),
    "picture": Reader(
        seeds_binary.pictures, (*BYTES, *lies.NUMBERS, *lies.PNG, *lies.ARRAYS), picture, _PICTURES,
        (("earth", "land"), ("earth", "clouds"), ("earth", "night_lights")),
    ),
    "photograph": Reader(
        seeds_binary.photographs, (*BYTES, *lies.NUMBERS, *lies.PNG), photograph,
        ("render/instruments/photograph.py:read_photograph", _OPENED),
    ),
    "mesh": Reader(
        seeds_binary.meshes, (*BYTES, *lies.NUMBERS, *lies.GLB, *TEXT), mesh, ("render/station/user_mesh.py:_read",),
        (("station", "mesh"),),
    ),
    "exr": Reader(seeds_binary.frames, (*BYTES, *lies.NUMBERS, *TEXT[:8]), frame, ("render/formats/exr.py:read_exr",)),
    "still": Reader(
        seeds_binary.stills, (*BYTES, *lies.PNG), still,
        tuple(f"render/formats/png.py:{name}" for name in
              ("read_png_metadata", "png_size", "png_colours", "png_light_level", "read_png_pixels"))
        + ("render/formats/contact_sheet.py:_reduced",),
    ),
    "kept": Reader(
        seeds_binary.kept, (*BYTES, *lies.NUMBERS, *lies.ARRAYS), kept_array,
        ("render/core/cache.py:_load", "render/instruments/parts.py:read_part"), quiet=True,
    ),
}  # fmt: skip
