"""How time and memory grow: with pixels, instants of an exposure, arcs, and frames of a film; and a drawing of it.

Each size is rendered in a process of its own, so that the peak of its memory is its own; everything else in this one.
Figures are CPU seconds of a warm frame (medians); `slope` is the straight line's, by least squares, and `bend` how far
the farthest point lies off it, of the largest value. Drawn by `python -m benchmarks --plot GROWTH.json FILE.svg`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import medians, runs_of
from benchmarks.frame import SIZE
from render import device as devices
from render import load_scene
from render.core.errors import InputError
from render.formats.diagram import write_diagram
from render.frame.render import render_frame
from render.scene import Scene

SIZES = ((426, 240), (854, 480), (1280, 720), (1920, 1080), (3840, 2160))
INSTANTS = (1, 2, 4, 8, 16)  # [aurora] sub_frames
ARCS = (1, 2, 4, 8)  # of each arc group
FRAMES = (1, 2, 4, 8)
EXPOSURE_S = 2.0  # s: long enough for sixteen instants
PANELS = {
    "pixels": ("megapixels", "megapixels"),
    "instants": ("instants", "instants of an exposure, at most"),
    "arcs": ("arcs", "arcs to a group"),
    "film": ("frames", "frames of a film"),
}
"""Part of the figures -> its column, and what the axis is called."""


def measure(device: str, sizes: tuple[tuple[int, int], ...] = SIZES) -> dict[str, Any]:
    """Return figures against pixels, sub-frames, arcs and frames, each with its straight line."""
    scene = load_scene("angels_singing")
    started = devices.start(device)
    render_frame(scene, size=SIZE, device=started.name)  # kernels and tables
    instants = [(n, _cpu_s(_with(scene, sub_frames=n), started.name)) for n in INSTANTS]
    arcs = [(n, _cpu_s(_with(scene, groups=_of_arcs(scene, n)), started.name)) for n in ARCS]
    film = [(n, _film_cpu_s(scene, n, started.name)) for n in FRAMES]
    return {
        "pixels": _line("megapixels", [_in_own_process(size, started.name) for size in sizes]),
        "instants": _line("instants", [{"instants": n, "cpu_s": s} for n, s in instants]),
        "arcs": _line("arcs", [{"arcs": n, "cpu_s": s} for n, s in arcs]),
        "film": _line("frames", [{"frames": n, "cpu_s": s} for n, s in film]),
    }


def _with(scene: Scene, **aurora: object) -> Scene:
    """Return the scene, exposed for long, with other settings of its aurora."""
    keys = tuple(key.model_copy(update={"exposure_s": EXPOSURE_S}) for key in scene.camera.keys)
    camera = scene.camera.model_copy(update={"keys": keys, "exposure_s": EXPOSURE_S})
    return scene.model_copy(update={"camera": camera, "aurora": scene.aurora.model_copy(update=aurora)})


def _of_arcs(scene: Scene, arcs: int) -> tuple[Any, ...]:
    return tuple(group.model_copy(update={"arcs": arcs}) for group in scene.aurora.groups)


def _cpu_s(scene: Scene, device: str) -> float:
    return medians(runs_of(lambda: render_frame(scene, size=SIZE, device=device)))[1]


def _film_cpu_s(scene: Scene, frames: int, device: str) -> float:
    """Return the CPU seconds of so many frames of the film, one after the other."""
    epochs = [scene.time.epoch.plus_seconds(k * scene.film.interval_s) for k in range(frames)]
    [(_, cpu)] = runs_of(lambda: [render_frame(scene, epoch, SIZE, device) for epoch in epochs], 1)
    return cpu


def _in_own_process(size: tuple[int, int], device: str) -> dict[str, Any]:
    """Return a size's figures, by `python -m benchmarks frame` in another process. Raises CalledProcessError."""
    text = f"{size[0]}x{size[1]}"
    command = [sys.executable, "-m", "benchmarks", "frame", "--device", device, "--sizes", text, "--repeats", "1"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    figures = json.loads(done.stdout)["frame"][text]
    kept = ("median_s", "median_cpu_s", "peak_memory_mb")
    return {"megapixels": size[0] * size[1] / 1e6, "cpu_s": figures["median_cpu_s"], **{k: figures[k] for k in kept}}


def _line(of: str, points: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the points with their straight line's slope, what is there at nothing, and the bend."""
    x, y = np.array([[point[of], point["cpu_s"]] for point in points]).T
    slope, start = np.polyfit(x, y, 1)
    bend = np.abs(y - (start + slope * x)).max() / y.max()
    return {"points": points, "slope": float(slope), "at_nothing": float(start), "bend": float(bend)}


def plot(figures: Path, target: Path) -> None:
    """Draw CPU seconds, and memory against pixels, with their straight lines. Raises InputError for other figures."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - an extra

    try:
        growth = json.loads(figures.read_text(encoding="utf-8"))["growth"]
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"{figures}: no figures of `python -m benchmarks --growth` ({error})") from None
    drawing = Figure(figsize=(13.0, 3.0), layout="constrained")
    axes = drawing.subplots(1, len(PANELS) + 1)
    for ax, (part, (column, label)) in zip(axes, PANELS.items(), strict=False):
        _panel(ax, growth[part]["points"], column, "cpu_s", label, "CPU seconds")
    points = [{**each, "gb": each["peak_memory_mb"] / 1e3} for each in growth["pixels"]["points"]]
    _panel(axes[-1], points, "megapixels", "gb", "megapixels", "peak memory, GB")
    write_diagram(target, drawing)


def _panel(ax: Any, points: list[dict[str, float]], column: str, value: str, label: str, what: str) -> None:
    """Draw points and the straight line of least squares."""
    x, y = np.array([[point[column], point[value]] for point in points]).T
    slope, start = np.polyfit(x, y, 1)
    ends = np.array([0.0, x.max()])
    ax.plot(ends, start + slope * ends, color="0.6", linewidth=1.0)
    ax.plot(x, y, "o", color="tab:green", markersize=4.0)
    ax.set(xlabel=label, ylabel=what, xlim=(0.0, None), ylim=(0.0, None))
    ax.set_title(f"{start:.2g} + {slope:.2g} each", fontsize="small")
