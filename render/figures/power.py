"""The power of the aurora by magnetic local time, drawn beside the statistical oval's."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from render.figures.figure import new_figure, require_plot
from render.formats.diagram import write_diagram


def plot_power(
    path: str | Path, total_gw: np.ndarray, diffuse_gw: np.ndarray, statistical_gw: np.ndarray, title: str
) -> None:
    """Draw power by magnetic local time, each [hour], GW, from midnight on, to a .png, .pdf or .svg file.

    Midnight is in the middle. Raises as `plot_emission`.
    """
    require_plot(f"{path}:")
    figure, axes = new_figure(8.0, 4.5, title)
    hours = len(total_gw)
    edges = np.linspace(-12.0, 12.0, hours + 1)
    total, diffuse, statistical = (np.roll(part, hours // 2) for part in (total_gw, diffuse_gw, statistical_gw))
    axes.stairs(total, edges, fill=True, color="0.78", label="arcs and their glow, above diffuse aurora")
    axes.stairs(diffuse, edges, fill=True, color="tab:green", alpha=0.75, label="diffuse aurora")
    axes.stairs(statistical, edges, color="black", linewidth=1.2, label="statistical oval, Zhang & Paxton 2008")
    axes.set_xlim(-12.0, 12.0)
    axes.set_xticks(np.arange(-12, 13, 3), [f"{hour % 24:02d}" for hour in range(-12, 13, 3)])
    axes.set_ylim(0.0, 1.25 * max(float(np.max([total, statistical])), 1e-3))
    axes.set_xlabel("magnetic local time (h)")
    axes.set_ylabel("power (GW per hour of local time)")
    axes.legend(loc="upper left", fontsize=8, frameon=False)
    write_diagram(path, figure)
