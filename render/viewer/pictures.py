"""What is taken in a pass, as the page gets it: JPEG, the PNG that `polarlight render` writes, linear planes."""

from __future__ import annotations

import io
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as Pillow

from render.core.lines import LINE_KEYS
from render.formats.png import quantise
from render.formats.stills import write_still
from render.formats.taken import exif_in, header_of
from render.frame.development import Negative
from render.frame.result import Frame
from render.imaging.capture.bodies import OBSERVERS
from render.imaging.capture.filters import is_filters
from render.imaging.capture.sensor import saturation_electrons
from render.imaging.colour import Image
from render.imaging.encoding import as_srgb
from render.imaging.reduction import CHROMA_PHOTOSITES, LEAST_SIGMA_PX, steps_of
from render.scene import Scene
from render.viewer.asked import FalseColour, Pass, Request
from render.viewer.edits import look_of
from render.viewer.scales import colours_of

JPEG_QUALITY = 85
LINEAR_DIVISORS = (1, 2)  # of passes whose linear planes the page gets
MOST_HALF = 65504.0  # the largest half float (IEEE 754)
MIDDLE = 0.2  # of a side, about the middle, that is called so


@dataclass(frozen=True, eq=False)
class Taken:
    """A pass: its frame, the scene as it was exposed and is developed, what the sensor collected through the lens.

    `final`: it is what `polarlight render` makes of the scene; `lacks`: what is left out of it, in words.
    """

    frame: Frame
    scene: Scene
    negative: Negative
    divisor: int
    final: bool
    noise: bool
    seconds: float = 0.0
    lacks: tuple[str, ...] = ()


def pass_of(request: Request, taken: Taken, counts: dict[str, int]) -> Pass:
    """Return a pass as it goes to the server."""
    frame, scene = taken.frame, taken.scene
    image = None
    if request.false_colour is None:
        bands = list(taken.negative.bands())
        image = replace(bands[0], pixels=np.concatenate([band.pixels for band in bands]))
        shown = quantise(as_srgb(image.pixels, image.gamut, image.transfer), 8)
    else:
        shown = false_coloured(frame, request.false_colour)
    wants_linear = request.linear and not request.moving and taken.divisor in LINEAR_DIVISORS
    linear = linear_of(request, taken) if wants_linear and request.false_colour is None else None
    head = {**_head(request, taken, counts), "linear_follows": linear is not None}
    png = png_of(frame, scene, image) if taken.final and image is not None else b""
    return Pass(request.number, head, jpeg_of(shown), png, *(linear or (None, b"")))


def jpeg_of(pixels: np.ndarray) -> bytes:
    """Return uint8 pixels [row, column, 3] as JPEG, colours as fine as light."""
    out = io.BytesIO()
    Pillow.fromarray(pixels).save(out, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    return out.getvalue()


def png_of(frame: Frame, scene: Scene, image: Image) -> bytes:
    """Return the file that `polarlight render` writes of a frame."""
    header = header_of(frame, scene)
    with tempfile.TemporaryDirectory(prefix="polarlight") as folder:
        path = Path(folder) / "picture.png"
        write_still(path, image, bits=scene.develop.bits, metadata=header, exif=exif_in(frame, header))
        return path.read_bytes()


def false_coloured(frame: Frame, asked: FalseColour) -> np.ndarray:
    """Return lines in false colour, uint8 [row, column, 3]: logarithmic, dark for what is fainter than the scale."""
    rows = [LINE_KEYS.index(key) for key in asked.lines or LINE_KEYS]
    light = np.asarray(frame.lines.rayleighs, np.float64)[rows].sum(axis=0)
    place = np.log(np.maximum(light, asked.low_r) / asked.low_r) / np.log(asked.high_r / asked.low_r)
    return colours_of(asked.scale)[np.rint(255.0 * np.clip(place, 0.0, 1.0)).astype(np.intp)]


def linear_of(request: Request, taken: Taken) -> tuple[dict[str, Any], bytes]:
    """Return head and float16 planes [channel, row, column] of what the sensor collected, as share of saturation."""
    collected, scene, camera = taken.negative.collected, taken.scene, taken.frame.camera
    saturation = saturation_electrons(collected.photosite_area_m2, camera.iso, collected.response)
    shares = np.clip(np.asarray(collected.electrons) / saturation, 0.0, MOST_HALF)
    channels, rows, columns = shares.shape
    sigma = CHROMA_PHOTOSITES / collected.reduction
    observer = collected.response in OBSERVERS
    develop = scene.develop
    plain = channels == 3 and collected.response != "eye" and not is_filters(collected.response)
    exact = plain and develop.gamut == "srgb" and not develop.hdr and not collected.has_mosaic
    head = {
        "type": "linear", "state": request.state, "columns": columns, "rows": rows, "size": list(request.size),
        "divisor": taken.divisor, "channels": channels, "format": "f16", "exposure_s": camera.exposure_s,
        "f_number": camera.f_number, "iso": camera.iso, "observer": observer,
        "smoothing": [list(step) for step in steps_of(sigma)] if sigma >= LEAST_SIGMA_PX and not observer else [],
        "response": collected.response, "white_balance_k": develop.white_balance_k, "exact": exact,
    }  # fmt: skip
    return head, shares.astype("<f2").tobytes()


def _head(request: Request, taken: Taken, counts: dict[str, int]) -> dict[str, Any]:
    frame, camera = taken.frame, taken.frame.camera
    return {
        "type": "frame", "state": request.state, "divisor": taken.divisor, "columns": camera.columns,
        "rows": camera.rows, "size": list(request.size), "encoding": "jpeg", "moving": request.moving,
        "noise": taken.noise and taken.scene.develop.noise, "final": taken.final, "time_s": request.time_s,
        "time_utc": frame.epoch.isoformat(), "exposure_s": camera.exposure_s, "f_number": camera.f_number,
        "iso": camera.iso, "look": look_of(taken.scene, frame.moment),
        "false_colour": request.false_colour is not None, "seconds": round(taken.seconds, 4), "counts": dict(counts),
        "lacks": list(taken.lacks),
        "summary": None if request.moving else summary(frame),
    }  # fmt: skip


def summary(frame: Frame) -> str:
    """Return in words what is brightest of the green line, and where."""
    green = np.asarray(frame.lines.rayleighs[LINE_KEYS.index("557.7")])
    row, column = np.unravel_index(int(green.argmax()), green.shape)
    brightest = float(green[row, column])
    told = f"{brightest / 1e3:.3g} kR" if brightest >= 1e3 else f"{brightest:.0f} R"
    side = _side(column / green.shape[1], "left of", "right of"), _side(row / green.shape[0], "above", "below")
    where = " and ".join(word for word in side if word)
    return f"brightest at 557.7: {told}, {where + ' the middle' if where else 'in the middle'}"


def _side(share: float, before: str, after: str) -> str:
    return before if share < 0.5 - MIDDLE / 2 else after if share > 0.5 + MIDDLE / 2 else ""
