"""What a film says of each frame: when, from where and how it was taken."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from render.core.geodesy import geodetic_from_itrs
from render.films.folder import frame_epoch
from render.formats.data_line import FrameData
from render.formats.png import read_png_metadata
from render.frame.moment import position_at
from render.scene import Scene


def data_of(
    scene: Scene, frames: Sequence[int], paths: Sequence[Path], wanted: Sequence[int] | None = None
) -> list[FrameData]:
    """Return what is told of each frame, its exposure as the frame's own file has it; nothing where it is not asked.

    `wanted`: in whose place each of them is shown, where some are missing.
    """
    if scene.film.data_line == "none":
        return []
    found = []
    for index, path, place in zip(frames, paths, wanted or frames, strict=True):
        texts, epoch = read_png_metadata(path, head=True) or {}, frame_epoch(scene, index)
        latitude, longitude, altitude_km = (float(part) for part in geodetic_from_itrs(position_at(scene, epoch)))
        exposure_s, f_number, iso = (float(texts.get(key, "nan")) for key in ("exposure_s", "f_number", "iso"))
        gap = None if index == place else place
        place_of = latitude, longitude, altitude_km
        found.append(FrameData(index, epoch.isoformat(), *place_of, exposure_s, f_number, iso, gap))
    return found
