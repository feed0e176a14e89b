"""Whole frames of the main scene: the first of a process, the next, and the memory that they took at their peak."""

from __future__ import annotations

import resource
import sys
import time
from typing import Any

from render import load_scene
from render.frame.render import render_frame

SIZE = (640, 360)
FILM_SIZE = (960, 540)
FILM_TIME_S = 120.0  # of the film: curtains and dawn together


def measure(device: str, *, full: bool) -> dict[str, Any]:
    """Return wall seconds of two runs per size (the process's first is the first of all), and peak memory so far.

    `full` adds a film frame at 960x540 and the scene at its own size.
    """
    scene = load_scene("angels_singing")
    sizes = [SIZE, FILM_SIZE, (scene.camera.columns, scene.camera.rows)] if full else [SIZE]
    found: dict[str, Any] = {}
    for size in sizes:
        time_s = FILM_TIME_S if size == FILM_SIZE else 0.0
        epoch = scene.time.epoch.plus_seconds(time_s)
        runs = []
        for _ in range(2):
            started = time.perf_counter()
            render_frame(scene, epoch, size, device)
            runs.append(time.perf_counter() - started)
        found[f"{size[0]}x{size[1]}"] = {
            "film_time_s": time_s, "first_s": runs[0], "second_s": runs[1], "peak_memory_mb": peak_memory_mb(),
        }  # fmt: skip
    return found


def peak_memory_mb() -> float:
    """Return the largest resident set of this process so far, MB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak * (1.0 if sys.platform == "darwin" else 1024.0) / 1e6  # macOS counts bytes, Linux KiB
