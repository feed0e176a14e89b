"""A diagram of the limb's twilight against tangent altitude, in the unit of an aurora: from which height it is lost."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from render.figures.figure import new_figure, require_plot
from render.formats.diagram import write_diagram

if TYPE_CHECKING:
    from matplotlib.axes import Axes

AURORAS_KR = (1.0, 10.0, 100.0)  # kR of 557.7: a faint, a bright and a very bright curtain (IBC I to III)
COLOUR = "#1b7837"
LEAST_KR, ROOM_DECADES = 0.1, 0.5  # where the horizontal axis begins; room right of the brightest point


def lost_below_km(tangent_km: np.ndarray, kilorayleighs: np.ndarray, aurora_kr: float) -> float | None:
    """Return the altitude, km, above which an aurora outshines the twilight at every tangent altitude.

    `tangent_km` [n] rising, `kilorayleighs` [n], linear in its logarithm between. None where the twilight is fainter
    throughout; infinity where it is brighter even at the top.
    """
    level = np.log(np.maximum(kilorayleighs, 1e-30) / aurora_kr)
    brighter = np.flatnonzero(level >= 0.0)
    if not len(brighter):
        return None
    i = int(brighter[-1])
    if i == len(level) - 1:
        return float("inf")
    return float(tangent_km[i] + (tangent_km[i + 1] - tangent_km[i]) * level[i] / (level[i] - level[i + 1]))


def plot_limb(
    path: str | Path, tangent_km: np.ndarray, single_kr: np.ndarray, total_kr: np.ndarray, heading: str, title: str
) -> None:
    """Draw twilight [n] in kR of 557.7 nm against tangent altitude [n] to a .png, .pdf or .svg file.

    Vertical lines at 1, 10 and 100 kR say from which altitude such an aurora is seen. `heading` stands above, `title`
    (what was assumed) below. Raises InputError where matplotlib is missing, OutputError where the place cannot be
    written.
    """
    require_plot(f"{path}:")
    figure, axes = new_figure(7.0, 6.0, title)
    axes.set_title(heading, fontsize=10, loc="left", parse_math=False)
    axes.set_xscale("log")
    brightest = max(float(total_kr.max()), AURORAS_KR[-1])
    axes.set_xlim(LEAST_KR, brightest * 10.0**ROOM_DECADES)
    axes.set_ylim(float(tangent_km[0]), float(tangent_km[-1]))
    axes.set_xlabel("twilight in a camera's green band, as an aurora at 557.7 nm would give it (kR)")
    axes.set_ylabel("tangent altitude of the line of sight (km)")
    axes.grid(True, which="major", color="0.9", linewidth=0.6)
    for values, dashes, width, name in ((total_kr, "-", 1.8, "all orders"), (single_kr, "--", 1.2, "scattered once")):
        axes.plot(np.where(values > 0.0, values, np.nan), tangent_km, dashes, color=COLOUR, linewidth=width, label=name)
    for aurora in AURORAS_KR:
        _mark(axes, aurora, lost_below_km(tangent_km, total_kr, aurora))
    axes.legend(loc="upper right", fontsize=8.5, frameon=False)
    write_diagram(path, figure)


def _mark(axes: Axes, aurora_kr: float, lost_km: float | None) -> None:
    """Draw an aurora's line, thick where it outshines the twilight, and say so in words along it."""
    bottom, top = axes.get_ylim()
    seen_from = bottom if lost_km is None else min(lost_km, top)
    axes.axvline(aurora_kr, color="0.3", linewidth=0.7, linestyle=(0, (2, 3)))
    axes.plot([aurora_kr, aurora_kr], [seen_from, top], color="0.3", linewidth=2.2, solid_capstyle="butt")
    words = f"{aurora_kr:g} kR aurora: seen"
    if lost_km is not None:
        words = f"{aurora_kr:g} kR aurora: {'lost' if lost_km > top else f'seen from {lost_km:.0f} km up'}"
    place = bottom + 0.03 * (top - bottom)
    axes.annotate(
        words, xy=(aurora_kr, place), xytext=(-4.0, 0.0), textcoords="offset points", rotation=90, ha="right",
        va="bottom", fontsize=8, color="0.25", bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8},
    )  # fmt: skip
