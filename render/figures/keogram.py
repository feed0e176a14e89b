"""A diagram of keograms: brightness of the sky's meridian against time, one panel per line, north at the top."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from render.figures.figure import DOTS_PER_INCH, require_plot
from render.formats.diagram import write_diagram

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HUES = {"557.7": "#3ce36b", "630.0": "#ff5040", "427.8": "#6f86ff", "391.4": "#8f7cff"}
OTHER_HUE = "#e8e8e8"  # of lines without a colour of their own
DECADES = 2.5  # of a logarithmic scale, below the brightest


def plot_keogram(
    path: str | Path, times: list[datetime], angle_deg: np.ndarray, brightness_kr: Mapping[str, np.ndarray],
    latitudes: Mapping[str, np.ndarray], title: str, *, logarithmic: bool,
) -> None:  # fmt: skip
    """Draw kR [time, angle] of each line to a .png, .pdf or .svg file, one column per instant.

    `angle_deg` [angle] from the northern horizon; `latitudes`: key -> latitude [angle] at the line's altitude, which is
    written at the right, or nothing. Raises InputError where matplotlib is missing, OutputError where the place cannot
    be written.
    """
    require_plot(f"{path}:")
    from matplotlib.colors import LinearSegmentedColormap, LogNorm, Normalize  # noqa: PLC0415 - an extra
    from matplotlib.figure import Figure  # noqa: PLC0415

    count = len(brightness_kr)
    figure = Figure(figsize=(9.0, 0.9 + 2.4 * count), dpi=DOTS_PER_INCH, layout="constrained")
    panels: Any = figure.subplots(count, 1, sharex=True, squeeze=False)[:, 0]
    edges = _edges(times)
    step = angle_deg[1] - angle_deg[0] if len(angle_deg) > 1 else 180.0
    rows = np.append(angle_deg - 0.5 * step, angle_deg[-1] + 0.5 * step)
    for axes, (key, plane) in zip(panels, brightness_kr.items(), strict=True):
        most = max(float(plane.max()), 1e-3)
        norm = LogNorm(most * 10.0**-DECADES, most) if logarithmic else Normalize(0.0, most)
        colours = LinearSegmentedColormap.from_list(
            key, ["#000000", HUES.get(key.partition(" ")[0], OTHER_HUE), "#ffffff"]
        )
        shown = np.maximum(plane, most * 10.0**-DECADES) if logarithmic else plane
        mesh = axes.pcolormesh(edges, rows, shown.T, cmap=colours, norm=norm, rasterized=True)
        figure.colorbar(mesh, ax=axes, label=f"{key} (kR)", pad=0.09)
        _frame(axes, angle_deg, latitudes.get(key))
    panels[-1].set_xlabel("UTC")
    figure.suptitle(title, fontsize=8, color="0.25", parse_math=False)
    write_diagram(path, figure)


def _frame(axes: Axes, angle_deg: np.ndarray, latitude_deg: np.ndarray | None) -> None:
    """Put north at the top, angles at the left and latitudes at the right."""
    axes.set_ylim(180.0, 0.0)
    ticks = [0.0, 30.0, 60.0, 90.0, 120.0, 150.0, 180.0]
    axes.set_yticks(ticks, ["N", "30", "60", "zenith", "60", "30", "S"])
    axes.set_ylabel("elevation (degrees)")
    if latitude_deg is None:
        return
    right = axes.twinx()
    right.set_ylim(180.0, 0.0)
    at = np.array([15.0, 30.0, 60.0, 90.0, 120.0, 150.0, 165.0])
    right.set_yticks(at, [f"{value:.1f}" for value in np.interp(at, angle_deg, latitude_deg)], fontsize=7)
    right.set_ylabel("latitude", fontsize=8)


def _edges(times: list[datetime]) -> list[datetime]:
    """Return the edges of columns about instants; a single one is a second wide."""
    if len(times) < 2:
        half = timedelta(seconds=0.5)
        return [times[0] - half, times[0] + half]
    middles = [before + (after - before) / 2 for before, after in itertools.pairwise(times)]
    return [times[0] - (middles[0] - times[0]), *middles, times[-1] + (times[-1] - middles[-1])]
