"""A frame to and from files: pictures of it, its radiances, and the frame again of those."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image as Pillow

from render.core.epoch import Epoch
from render.core.errors import InputError
from render.core.messages import shown
from render.device import Device
from render.formats.exr import read_exr, write_exr
from render.formats.metadata import exif_of, panorama_of
from render.formats.netcdf import require_netcdf, write_radiance
from render.formats.stills import STILL_SUFFIXES, require_still, write_still
from render.frame.development import develop_frame, measured, scene_linear_frame
from render.frame.foreground import DIGITS
from render.frame.moment import moment_of
from render.frame.result import Frame, Taken, frame_header
from render.imaging.capture.discs import Disc
from render.imaging.capture.filters import is_filters, require_picture
from render.observer.camera import CameraSettings
from render.scene import Scene, scene_from_text

TAKEN_SUFFIXES = (*STILL_SUFFIXES, ".exr", ".nc")
SCENE_KEY, TIME_KEY, DISCS_KEY = "scene_toml", "time_utc", "discs"
"""Entries of a picture's header from which `read_frame` learns what was taken, and when, and what shone into the lens:
of each disc x, y, its four spans and the light of the bands."""


def require_formats(paths: Sequence[Path], scene: Scene, size: tuple[int, int]) -> None:
    """Raise InputError where a file of a frame cannot be written: no package, or too large a `size` (columns, rows)."""
    for path in paths:
        if path.suffix.lower() == ".nc":
            require_netcdf(f"{path}:")
        elif path.suffix.lower() != ".exr":
            require_picture(scene.camera.response)
            require_still(path, hdr=scene.develop.hdr, size=size)


def header_of(taken: Taken, scene: Scene) -> dict[str, str]:
    """Return what a picture's file says of itself, in the order of OpenEXR: developed again, it is the very same."""
    entries = {**frame_header(taken, scene), SCENE_KEY: scene.text, TIME_KEY: taken.moment.epoch.isoformat()}
    return dict(sorted(entries.items()))


def exif_in(taken: Taken, header: Mapping[str, str]) -> Pillow.Exif:
    """Return the EXIF of a picture with such a header."""
    return exif_of(taken.moment, f"{header.get('scene', 'scene')}, {header[TIME_KEY]}")


def write_taken(paths: Sequence[Path], frame: Frame, scene: Scene, header: dict[str, str]) -> None:
    """Write a frame to files, each in the format of its ending: pictures, OpenEXR, NetCDF."""
    settings, image = scene.develop, None
    for path in paths:
        suffix = path.suffix.lower()
        if suffix == ".exr":
            rgb = scene_linear_frame(frame, scene)
            write_exr(path, frame.lines, frame.sky, header | _told(frame.discs), rgb, settings.exr_primaries)
        elif suffix == ".nc":
            channels = measured(frame, scene) if is_filters(scene.camera.response) else None
            write_radiance(path, frame, header, channels)
        else:
            image = image or develop_frame(frame, scene)
            exif = exif_in(frame, header)
            quality = settings.file_quality
            told = header if suffix == ".png" else header | panorama_of(frame.moment)
            write_still(path, image, bits=settings.bits, quality=quality, metadata=told, exif=exif)


def read_frame(
    path: Path, exposure: Mapping[str, float], develop: Mapping[str, object]
) -> tuple[Frame, Scene, dict[str, str]]:
    """Return (frame, scene, header) of an EXR file, with another exposure or `[develop]` keys where given.

    Channels of a user's own are looked for beside the file. Raises InputError for a file that is none, holds no frame,
    or lacks its channels.
    """
    lines, sky, header = read_exr(path)
    if SCENE_KEY not in header or TIME_KEY not in header:
        raise InputError(f"cannot develop {path}: its header has no {SCENE_KEY} and {TIME_KEY}")
    scene = scene_from_text(header[SCENE_KEY], path.stem, path.parent, f"{path}: its scene", files=False)
    if develop:
        scene = scene.model_copy(update={"develop": scene.develop.model_copy(update=dict(develop))})
        header.update({key: f"{value:g}" if isinstance(value, float) else str(value) for key, value in develop.items()})
    discs = _discs(path, header.pop(DISCS_KEY, ""), len(sky.wavelengths_nm))
    try:
        epoch = Epoch.parse(header[TIME_KEY])
    except InputError as error:
        raise InputError(f"cannot develop {path}: {TIME_KEY} of its header: {error}") from None
    _, rows, columns = sky.radiance.shape
    # Where the camera looked does not matter any more; its photosites and exposure at that instant do.
    moment = moment_of(scene, epoch, (columns, rows))
    if scene.camera.exposure == "auto":  # as it was metered then
        exposure = {**_metered(path, header), **exposure}
    moment = dataclasses.replace(moment, camera=dataclasses.replace(moment.camera, **exposure))  # type: ignore[arg-type]
    header.update({key: f"{value:g}" for key, value in exposure.items()})
    device = Device("file", "single", header.get("device", "file"))
    return Frame(lines, sky, moment, device, discs=discs), scene, dict(sorted(header.items()))


def _told(discs: Sequence[Disc]) -> dict[str, str]:
    """Return a header's entry of discs that shine into the lens; none where none does."""
    rows = ((one.x, one.y, *one.spans.ravel(), *one.light) for one in discs)
    return {DISCS_KEY: "; ".join(" ".join(f"{float(n):.{DIGITS}g}" for n in row) for row in rows)} if discs else {}


def _metered(path: Path, header: Mapping[str, str]) -> dict[str, float]:
    """Return the exposure that a header tells. Raises InputError where it does not."""
    found = {}
    for key in ("exposure_s", "iso", "f_number"):
        try:
            found[key] = float(header.get(key, ""))
        except ValueError:
            found[key] = math.nan
        bounds = CameraSettings.model_fields[key].metadata
        low, high = (next(getattr(bound, end) for bound in bounds if hasattr(bound, end)) for end in ("ge", "le"))
        if not low <= found[key] <= high:
            raise InputError(
                f"cannot develop {path}: {key} of its header is {shown(header.get(key))}; allowed: {low:g} to {high:g}"
            )
    return found


def _discs(path: Path, told: str, bands: int) -> tuple[Disc, ...]:
    """Return the discs that `_told` wrote. Raises InputError for an entry that is none of its."""
    found = []
    for row in filter(None, told.split(";")):
        try:
            numbers = np.array([float(word) for word in row.split()])
        except ValueError:
            numbers = np.array([])
        if len(numbers) != 6 + bands or not np.isfinite(numbers).all():
            raise InputError(
                f"cannot develop {path}: {DISCS_KEY} of its header has {shown(row.strip())}; "
                f"allowed: {6 + bands} numbers of each disc"
            )
        found.append(Disc(numbers[0], numbers[1], numbers[2:6].reshape(2, 2), numbers[6:]))
    return tuple(found)
