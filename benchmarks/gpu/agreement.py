"""Whether a device renders the same light as the CPU: radiances of a few scenes, pixel by pixel.

    python -m benchmarks.gpu.agreement --device cuda [--scenes steve,...] [--size 160x90] --out FILE

One device in single precision against the CPU in single precision; the CPU itself against the CPU in double. The
tolerances are those of `tests/frame/test_render.py`. Lines are one quantity, rayleighs of one aurora: the absolute part
of their tolerance is of the brightest line's maximum, that of the sky of each band's.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import size_of
from render import device as devices
from render import load_scene
from render.core.files import whole_file
from render.core.lines import LINE_KEYS
from render.core.radiance import SKY_WAVELENGTHS_NM
from render.frame.render import render_frame

SCENES = ("angels_singing", "sunlit_rays", "steve")
"""All stages at once; sunlight on rays and twilight; the arcs south of the oval."""
SIZE = (160, 90)
RTOL, ATOL = 5e-4, 1e-5  # of the pixel, and of the maximum: tests/frame/test_render.py
FAILING = 5e-4  # share of pixels in which rounding may tip a decision of the march: tests/frame/test_render.py
SKY_FAILING = 2e-2  # likewise of the sky, whose table is logarithmic: 0.75 % at 780 nm in a dark scene on Vulkan
WORST = 2e-3  # of the 99th percentile, in those pixels: blocks laid otherwise (tests/frame/test_render.py)


def compare(
    names: Sequence[object],
    found: np.ndarray,
    reference: np.ndarray,
    maximum: np.ndarray,
    failing_share: float = FAILING,
) -> dict[str, Any]:
    """Return how far planes [plane, row, column] lie apart, and whether they agree; ATOL is of `maximum` [plane].

    They agree when at most `failing_share` of the pixels miss RTOL and ATOL in any plane, none of them WORST of its
    plane's 99th percentile. What is not finite never agrees.
    """
    one, other = found.astype(float), reference.astype(float)
    floor = (ATOL * maximum)[:, None, None]
    difference = np.abs(one - other)
    missed = ~(difference <= RTOL * np.abs(other) + floor)
    most = WORST * np.percentile(other, 99.0, axis=(1, 2), keepdims=True) + floor
    failing = float(missed.any(axis=0).mean())
    excess = (difference / np.maximum(most, np.finfo(float).tiny)).max(axis=(1, 2))
    plane = int(np.argmax(np.nan_to_num(excess, nan=np.inf)))
    finite = bool(np.isfinite(one).all())
    return {
        "agreed": finite and failing <= failing_share and not (missed & (difference > most)).any(),
        "finite": finite,
        "failing_share": failing,
        "worst_of_allowed": float(excess[plane]) if np.isfinite(excess[plane]) else None,
        "worst_plane": str(names[plane]),
        "worst_of_its_maximum": _ratio(float(difference[plane].max()), float(other[plane].max())),
        "worst_mean": _ratio(float(np.abs(difference[plane].mean())), float(other[plane].mean())),
    }


def _ratio(part: float, whole: float) -> float | None:
    """Return part / whole, None where that is no number (JSON has no infinity)."""
    return part / whole if whole > 0.0 and np.isfinite(part / whole) else None


def light_of(scene_name: str, size: tuple[int, int], device: str, precision: str) -> dict[str, Any]:
    """Return {lines, sky, device, wall_s, cpu_s} of a bundled scene's first instant."""
    scene = load_scene(scene_name)
    wall, cpu = time.perf_counter(), time.process_time()
    frame = render_frame(scene, size=size, device=device, precision=precision)
    return {
        "lines": frame.lines.rayleighs, "sky": frame.sky.radiance,
        "device": f"{frame.device.label}, {frame.device.precision}", "name": frame.device.name,
        "wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu,
    }  # fmt: skip


def agreement(light: dict[str, Any], reference: dict[str, Any]) -> dict[str, Any]:
    """Return how the light of one device compares with that of the reference, for lines and sky, and the times of both.

    The lines' ATOL is of the brightest line's maximum, the sky's of each band's.
    """
    lines, sky = reference["lines"].astype(float), reference["sky"].astype(float)
    brightest = np.full(len(lines), lines.max())
    parts = {
        "lines": compare(LINE_KEYS, light["lines"], lines, brightest),
        "sky": compare(SKY_WAVELENGTHS_NM, light["sky"], sky, sky.max(axis=(1, 2)), SKY_FAILING),
    }
    times = {
        f"{key}{suffix}": each[key]
        for each, suffix in ((light, ""), (reference, "_of_reference"))
        for key in ("device", "wall_s", "cpu_s")
    }
    return {"agreed": all(part["agreed"] for part in parts.values()), **times, **parts}


def main() -> None:
    """Render the scenes on the CPU, then on the device, and write the comparison anew after each scene."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu.agreement")
    parser.add_argument("--device", default="auto", choices=devices.NAMES)
    parser.add_argument("--scenes", default=",".join(SCENES))
    parser.add_argument("--size", type=size_of, default=SIZE)
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    name = devices.start(asked.device).name
    scenes = asked.scenes.split(",")
    # The CPU against itself would show nothing: it is compared in double precision.
    references = {s: light_of(s, asked.size, "cpu", "double" if name == "cpu" else "single") for s in scenes}
    found: dict[str, Any] = {"size": list(asked.size), "wanted": scenes, "scenes": {}}
    for scene in scenes:
        light = light_of(scene, asked.size, name, "single")
        found |= {"device": {"name": light["name"], "label": light["device"]}}
        found["scenes"][scene] = agreement(light, references[scene])
        found["agreed"] = all(each["agreed"] for each in found["scenes"].values())
        with whole_file(asked.out) as path:
            path.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
