"""What a page is told of once: the window, the scene, and what is doubtful about what it shows."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from render.core import __version__
from render.core.errors import InputError
from render.core.lines import CATALOGUE, LINE_KEYS
from render.imaging.capture.response import read_curves
from render.imaging.colour import SRGB_FROM_XYZ
from render.observer.settings import RESPONSES
from render.scene import title_in
from render.viewer.asked import SOURCES
from render.viewer.desk import MOST_TIME_S, Desk
from render.viewer.edits import LOOK, own_values, ranges
from render.viewer.serving.files import Loaded

PROTOCOL = 1
TONES = ("linear", "camera", "pushed", "soft", "filmic")
GREY = 0.35  # of the brightest channel, added to a line's colour so that the deepest reds and violets are seen


def hello(device: str, folder: Path, viewers: int) -> dict[str, Any]:
    """Return the first message to a page."""
    lines = [
        {"key": key, "name": CATALOGUE[key].name, "wavelength_nm": round(CATALOGUE[key].wavelength_nm, 2),
         "rgb": colour_of(key)}
        for key in LINE_KEYS
    ]  # fmt: skip
    return {
        "type": "hello", "version": __version__, "protocol": PROTOCOL, "viewers": viewers, "lines": lines,
        "sources": list(SOURCES), "tones": list(TONES), "responses": list(RESPONSES),
        "ranges": {**{name: list(limits) for name, limits in ranges().items()}, "time_s": [-MOST_TIME_S, MOST_TIME_S]},
        "folder": str(folder), "device": device,
    }  # fmt: skip


@cache
def colour_of(key: str) -> list[int]:
    """Return sRGB, 0 to 255, for a label of a line: the hue of its mean wavelength, pale where sRGB ends."""
    grid, curves = read_curves("cie_1931.csv")
    xyz = np.array([np.interp(CATALOGUE[key].wavelength_nm, grid, curve) for curve in curves])
    rgb = SRGB_FROM_XYZ @ xyz
    rgb = np.maximum(rgb, 0.0) + GREY * float(np.max(np.abs(rgb)))
    return [round(255.0 * float(value / rgb.max()) ** (1.0 / 2.2)) for value in rgb] if rgb.max() > 0.0 else [200] * 3


def scene_told(loaded: Loaded, desk: Desk) -> dict[str, Any]:
    """Return the message about a scene as it was loaded."""
    scene = loaded.scene
    camera, film = scene.camera, scene.film
    pointing = next((name for name in ("wcs", "quaternion", "look_at") if getattr(camera, name) is not None), "angles")
    if pointing == "angles" and any(camera.keyed(name) for name in (*LOOK, "quaternion")):
        pointing = "keys"
    try:
        warnings = list(scene.warnings)
    except InputError as error:
        warnings = [str(error)]
    own = {**dict(own_values(scene)), "sensor_width_mm": camera.sensor_width_mm}
    return {
        "type": "scene", "name": scene.name, "title": title_in(scene.text), "file": str(loaded.path or ""),
        "folder": str(scene.folder), "time_utc": scene.time.epoch.isoformat(), "hash": scene.scene_hash,
        "size": list(desk.own_size), "scene_size": [camera.columns, camera.rows], "projection": camera.projection,
        "film": {"frames": film.frames, "interval_s": film.interval_s,
                 "length_s": (film.frames - 1) * film.interval_s},
        "pointing": pointing, "exposure": camera.exposure, "own": own, "warnings": warnings,
        "may_overwrite": loaded.may_overwrite,
    }  # fmt: skip


def notes_of(desk: Desk) -> list[str]:
    """Return what is true but doubtful about what the page shows, a line each."""
    found = []
    if desk.scene.camera.exposure == "auto":
        if desk.curve is None:
            found.append("the exposure is by this picture; the film's own is being metered while nothing else is asked")
        elif desk.laid.changes:
            found.append("the exposure is as metered for the scene as loaded")
    if desk.left_out:
        found.append(f"what is shown only here, and is no part of a scene: {', '.join(desk.left_out)}")
    return found
