"""One line's brightness over the picture, in false colour with its scale: what a photograph cannot be asked for."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from render.core.errors import InputError
from render.core.messages import did_you_mean, shown
from render.core.radiance import LineRadiance
from render.figures.figure import new_figure, require_plot
from render.formats.diagram import write_diagram

COLOURS = (
    "inferno"  # dark is little; grows evenly in lightness, so that it reads in grey too (Smith & van der Walt 2015)
)
BRIGHTEST_SHARE = 99.9  # percentile of the pixels at which the scale ends where none is given
WIDTH_IN = 9.0
RANGE = re.compile(r"\s*([0-9.eE+]+)\s*-\s*([0-9.eE+]+)\s*")


def parse_range(text: str) -> tuple[float, float]:
    """Read `LOW-HIGH` in kilorayleighs, 0 <= LOW < HIGH. Raises InputError."""
    found = RANGE.fullmatch(text)
    try:
        low, high = (float(part) for part in found.groups()) if found else (0.0, 0.0)
    except ValueError:
        low = high = 0.0
    if not (0.0 <= low < high < np.inf):
        raise InputError(f"--range {shown(text)}: allowed: LOW-HIGH in kilorayleighs, as in 0-40, the second larger")
    return low, high


def plane_of(lines: LineRadiance, key: str) -> np.ndarray:
    """Return the kilorayleighs [row, column] of a line. Raises InputError for one that the frame lacks."""
    if key not in lines.keys:
        hint = did_you_mean(key, lines.keys)
        raise InputError(f"--false-colour {shown(key)}: {hint}lines of this frame: {', '.join(lines.keys)}")
    return np.asarray(lines.rayleighs[lines.keys.index(key)], np.float64) / 1e3


def plot_false_colour(
    path: str | Path, plane_kr: np.ndarray, line: str, limits_kr: tuple[float, float] | None, title: str
) -> None:
    """Draw kilorayleighs [row, column] with a colour bar to a .png, .pdf or .svg file; rows and columns count from 1.

    Without limits the scale runs from 0 to what 99.9 % of the pixels do not exceed. Raises as `plot_emission`.
    """
    require_plot(f"{path}:")
    rows, columns = plane_kr.shape
    low, high = limits_kr or (0.0, max(float(np.percentile(plane_kr, BRIGHTEST_SHARE)), 1e-3))
    figure, axes = new_figure(WIDTH_IN, 0.86 * WIDTH_IN * rows / columns + 0.9, title)
    extent = (0.5, columns + 0.5, rows + 0.5, 0.5)
    image = axes.imshow(plane_kr, cmap=COLOURS, vmin=low, vmax=high, extent=extent, interpolation="nearest")
    ends = {(True, True): "both", (True, False): "min", (False, True): "max"}
    beyond = ends.get((float(plane_kr.min()) < low, float(plane_kr.max()) > high), "neither")
    bar = figure.colorbar(image, ax=axes, extend=beyond, fraction=0.05, pad=0.015, aspect=28)
    bar.set_label(f"{line} (kR)")
    bar.minorticks_on()
    axes.set_xlabel("column")
    axes.set_ylabel("row")
    write_diagram(path, figure)
