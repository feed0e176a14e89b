"""Diagrams for print, readable without colour: emission against altitude, and the spectrum of one pixel.

Drawn by matplotlib (extra `plot`) through its Figure, without any global state; written whole or not at all.
"""

from __future__ import annotations

import logging
import textwrap
from typing import TYPE_CHECKING

import numpy as np

from render.core.machine import require

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DOTS_PER_INCH = 150.0  # of a PNG
TITLE_CHARACTERS_PER_INCH = 13.0  # at 8 points

BOX_MARGIN_PX = 3.0  # around a label


def require_plot(what: str) -> None:
    """Raise InputError, with the pip command, where matplotlib is missing."""
    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # it tells of building its font cache, on standard error
    require(what, "plot", "matplotlib")


def spread(wanted: np.ndarray, step: float) -> np.ndarray:
    """Return places 0..1, in the order of the rising `wanted`, at least `step` apart and as near to them as may be."""
    places = np.clip(wanted, 0.0, 1.0).astype(float)
    groups = [[value, 1] for value in places - step * np.arange(len(places))]  # pool adjacent violators
    pooled: list[list[float]] = []
    for value, count in groups:
        pooled.append([value, count])
        while len(pooled) > 1 and pooled[-2][0] > pooled[-1][0]:
            (a, n), (b, m) = pooled[-2:]
            pooled[-2:] = [[(a * n + b * m) / (n + m), n + m]]
    level = np.concatenate([np.full(int(n), value) for value, n in pooled] or [np.empty(0)])
    top = 1.0 - step * max(len(places) - 1, 0)
    return np.clip(level, 0.0, max(top, 0.0)) + step * np.arange(len(places))


def new_figure(width_in: float, height_in: float, title: str) -> tuple[Figure, Axes]:
    """Return an empty diagram; the title stands below it, where labels need no room."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - an extra

    figure = Figure(figsize=(width_in, height_in), dpi=DOTS_PER_INCH, layout="constrained")
    axes = figure.add_subplot()
    wrapped = "\n".join(textwrap.wrap(title, int(TITLE_CHARACTERS_PER_INCH * width_in)))
    figure.supxlabel(wrapped, fontsize=8, color="0.25", parse_math=False)  # names of files and scenes may hold a $
    return figure, axes


def say_dark(axes: Axes) -> None:
    """Write into an empty diagram that there is no light."""
    axes.text(0.5, 0.5, "no light", transform=axes.transAxes, ha="center", va="center", color="0.4")
