"""Whole frames of the main scene: the first of a process, the next, and the memory that they took at their peak."""

from __future__ import annotations

import resource
import sys
from typing import Any

from benchmarks import REPEATS, medians, runs_of
from render import device as devices
from render import load_scene
from render.frame.render import render_frame

SIZE = (640, 360)
FILM_SIZE = (960, 540)
FILM_TIME_S = 120.0  # of the film: curtains and dawn together


def measure(
    device: str, *, full: bool = False, sizes: list[tuple[int, int]] | None = None, repeats: int = REPEATS
) -> dict[str, Any]:
    """Return wall and CPU seconds of the first run of each size and the medians of `repeats` more, and peak memory.

    The first run of the first size is the process's first: it reads or makes tables and compiles. `full` adds a film
    frame at 960x540 and the scene at its own size; `sizes` are taken instead, all at the film's first instant.
    """
    scene = load_scene("angels_singing")
    started = devices.start(device)
    chosen = [(size, 0.0) for size in sizes or [SIZE]]
    if full and not sizes:
        chosen += [(FILM_SIZE, FILM_TIME_S), ((scene.camera.columns, scene.camera.rows), 0.0)]
    found: dict[str, Any] = {}
    for size, time_s in chosen:
        epoch = scene.time.epoch.plus_seconds(time_s)
        first, *more = runs_of(lambda: render_frame(scene, epoch, size, started.name), 1 + repeats)  # noqa: B023
        median_s, median_cpu_s = medians(more)
        found[f"{size[0]}x{size[1]}"] = {
            "film_time_s": time_s, "first_s": first[0], "first_cpu_s": first[1],
            "median_s": median_s, "median_cpu_s": median_cpu_s, "repeats": repeats,
            "peak_memory_mb": peak_memory_mb(),
        }  # fmt: skip
    return found


def peak_memory_mb() -> float:
    """Return the largest resident set of this process so far, MB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak * (1.0 if sys.platform == "darwin" else 1024.0) / 1e6  # macOS counts bytes, Linux KiB
