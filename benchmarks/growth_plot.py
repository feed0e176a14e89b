"""Draw how a frame grows: `python -m benchmarks --plot GROWTH.json docs/figures/growth.svg`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from render.core.errors import InputError
from render.formats.diagram import write_diagram

PANELS = {
    "pixels": ("megapixels", "megapixels"),
    "instants": ("instants", "instants of an exposure, at most"),
    "arcs": ("arcs", "arcs to a group"),
    "film": ("frames", "frames of a film"),
}
"""Part of the figures -> its column, and what the axis is called."""


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
