"""Volume emission rates against altitude, drawn."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from render.emission.columns import SUNLIT_BAND, profile
from render.emission.table import VolumeEmissionRate
from render.figures.figure import BOX_MARGIN_PX, new_figure, require_plot, say_dark
from render.figures.spectrum import _label
from render.formats.diagram import write_diagram

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


# Emission against altitude: dashes in points and a colour dark enough for a grey printer
PLOT_STYLES: dict[str, tuple[Any, str]] = {
    "557.7": ("-", "#1b7837"),
    "630.0": ((0, (7, 2)), "#b2182b"),
    "427.8": ((0, (4, 1.5)), "#3f3fa0"),
    "N2_1PG": ((0, (1, 1)), "#7f1d4f"),
    "N2_2PG": ((0, (3, 1, 1, 1)), "#4b0082"),
    "N2+_Meinel": ((0, (8, 2, 1, 2)), "#5a3e1b"),
    "777.4": ((0, (2, 2)), "#333333"),
    "844.6": ((0, (6, 1.5, 1, 1.5, 1, 1.5)), "#555555"),
    "732": ((0, (3, 3)), "#8c510a"),
    "520.0": ((0, (1, 2.5)), "#01665e"),
    SUNLIT_BAND: ((0, (10, 3)), "#3f3fa0"),
}
WIDTHS_PT = {"557.7": 1.8, "630.0": 1.8}  # points, 1.3 otherwise
DECADES = 3.0  # below the strongest line
FINE_STEPS = 4  # points per sample of a curve when a place for its label is sought
PLACES = 150  # of a curve that are tried for its label


def plot_emission(path: str | Path, rates: VolumeEmissionRate, title: str, sunlit: bool = False) -> None:
    """Draw volume emission rates against altitude, one curve per main line, to a .png, .pdf or .svg file.

    Raises InputError where matplotlib is missing, OutputError where the place cannot be written.
    """
    require_plot(f"{path}:")
    figure, axes = new_figure(7.0, 6.0, title)
    curves = {key: profile(rates, key) for key in PLOT_STYLES if sunlit or key != SUNLIT_BAND}
    strongest = max(float(rate.max()) for rate in curves.values())
    axes.set_xlabel("volume emission rate (photons cm$^{-3}$ s$^{-1}$)")
    axes.set_ylabel("altitude (km)")
    if strongest <= 0.0:
        say_dark(axes)
        axes.set_ylim(float(rates.altitude_km[0]), float(rates.altitude_km[-1]))
        write_diagram(path, figure)
        return
    floor = strongest * 10.0**-DECADES
    dark = [rate >= floor for key, rate in curves.items() if key != SUNLIT_BAND]  # whose tail would squeeze the rest
    seen = rates.altitude_km[np.any(dark, axis=0)]
    axes.set_xscale("log")
    axes.set_xlim(floor, 1.8 * strongest)
    axes.set_ylim(float(seen[0]) - 3.0, float(seen[-1]) + 5.0)
    axes.grid(True, which="major", color="0.88", linewidth=0.6)
    shown = {}
    for key, rate in curves.items():
        if rate.max() < floor:
            continue
        dashes, colour = PLOT_STYLES[key]
        axes.plot(
            np.where(rate > 0.0, rate, np.nan), rates.altitude_km,
            linestyle=dashes, color=colour, linewidth=WIDTHS_PT.get(key, 1.3),
        )  # fmt: skip
        shown[key] = rate
    _label_curves(figure, axes, rates.altitude_km, shown)
    write_diagram(path, figure)


def _label_curves(figure: Figure, axes: Axes, altitude_km: np.ndarray, curves: dict[str, np.ndarray]) -> None:
    """Write each curve's name on it, like the heights of a contour map, where it hides least of the others."""
    figure.draw_without_rendering()  # settles the layout
    frame = axes.get_window_extent()
    traces = {}
    for key, rate in curves.items():
        fine = np.interp(np.linspace(0, len(rate) - 1, FINE_STEPS * len(rate)), np.arange(len(rate)), altitude_km)
        log_rate = np.interp(fine, altitude_km, np.log(np.maximum(rate, 1e-300)))
        pixels = axes.transData.transform(np.column_stack([np.exp(log_rate), fine]))
        inside = (pixels > [frame.x0, frame.y0]).all(axis=1) & (pixels < [frame.x1, frame.y1]).all(axis=1)
        traces[key] = pixels[inside]
    placed: list[np.ndarray] = []
    for key, trace in traces.items():
        text = axes.text(
            0.0, 0.0, _label(key), fontsize=8.5, color=PLOT_STYLES[key][1], ha="center", va="center", transform=None,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0}, zorder=5,
        )  # fmt: skip
        extent = text.get_window_extent()
        half = 0.5 * np.array([extent.width, extent.height]) + BOX_MARGIN_PX
        others = np.concatenate([other for name, other in traces.items() if name != key] or [np.empty((0, 2))])
        centre = _best_place(trace, half, others, placed, frame)
        if centre is None:
            text.remove()
            continue
        text.set_transform(axes.transData)
        text.set_position(tuple(axes.transData.inverted().transform(centre)))
        placed.append(np.concatenate([centre, half]))


def _best_place(
    trace: np.ndarray, half: np.ndarray, others: np.ndarray, placed: list[np.ndarray], frame: Any
) -> np.ndarray | None:
    """Return the point of a curve, px, where a box of half size `half` covers least of all else; None if none fits."""
    low, high = np.array([frame.x0, frame.y0]) + half, np.array([frame.x1, frame.y1]) - half
    best, least = None, np.inf
    trace = trace[trace[:, 1] >= trace[trace[:, 0].argmax(), 1]] if len(trace) else trace  # above the peak is more room
    for point in trace[:: len(trace) // PLACES + 1]:
        if (point < low).any() or (point > high).any():
            continue
        cost = float((np.abs(others - point) < half).all(axis=1).sum())
        cost += sum(1e4 for box in placed if (np.abs(box[:2] - point) < half + box[2:]).all())
        cost -= 1e-3 * float(point[0] - frame.x0)  # towards the peak, all else being equal
        if cost < least:
            best, least = point, cost
    return best
