"""Diagrams for print, readable without colour: emission against altitude, and the spectrum of one pixel.

Drawn by matplotlib (extra `plot`) through its Figure, without any global state; written whole or not at all.
"""

from __future__ import annotations

import logging
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from render import __version__
from render.emission.columns import SUNLIT_BAND, profile
from render.emission.table import VolumeEmissionRate
from render.extras import require
from render.film.image import whole_file
from render.lines import BAND_SHAPES, CATALOGUE
from render.pixel_spectrum import PixelSpectrum

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PLOT_SUFFIXES = (".png", ".pdf", ".svg")
DOTS_PER_INCH = 150.0  # of a PNG
TITLE_CHARACTERS_PER_INCH = 13.0  # at 8 points

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
BOX_MARGIN_PX = 3.0  # around a label

# Spectrum of a pixel
SPECTRUM_DECADES = 5.0  # below the brightest bin
LABELS = 22  # at most, on one spectrum
LABEL_STEP = 0.021  # of the axis's width between neighbouring labels
PEAK_APART_NM = 3.0  # peaks that are nearer share the label of the brighter
BRANCHES_APART_NM = 8.0  # the same of one band's branches


def require_plot(what: str) -> None:
    """Raise InputError, with the pip command, where matplotlib is missing."""
    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # it tells of building its font cache, on standard error
    require(what, "plot", "matplotlib")


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
        _say_dark(axes)
        axes.set_ylim(float(rates.altitude_km[0]), float(rates.altitude_km[-1]))
        save_figure(figure, path)
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
    save_figure(figure, path)


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


def _label(key: str) -> str:
    """Return a line's name for a diagram: `557.7`, `N$_2$ 1PG`, as physicists write it."""
    systems = {
        "N2_1PG": "N$_2$ 1PG", "N2_2PG": "N$_2$ 2PG", "N2+_1NG": "N$_2^+$ 1NG", "N2+_Meinel": "N$_2^+$ Meinel",
        "O2+_1NG": "O$_2^+$ 1NG", "N2+_1NG_sunlit": "N$_2^+$ 1NG sunlit", SUNLIT_BAND: "427.8 sunlit",
        "O2_A": "O$_2$ A", "O2_A01": "O$_2$ A(0-1)", "O2_Herzberg": "O$_2$ Herzberg", "732": "732/733",
        "H-beta": "H$\\beta$",
    }  # fmt: skip
    return systems.get(key, key)


def plot_spectrum(path: str | Path, spectrum: PixelSpectrum, title: str) -> None:
    """Draw the photon spectrum of one pixel, lines named, to a .png, .pdf or .svg file. Raises as `plot_emission`."""
    require_plot(f"{path}:")
    figure, axes = new_figure(11.0, 5.5, title)
    edges, continuum = spectrum.edges_nm, spectrum.continuum_r_nm
    total = spectrum.lines_r_nm + np.nan_to_num(continuum)
    axes.set_xlim(edges[0], edges[-1])
    axes.set_xlabel("wavelength in air (nm)")
    axes.set_ylabel("photons (R nm$^{-1}$)")
    brightest = float(total.max())
    if brightest <= 0.0:
        _say_dark(axes)
        save_figure(figure, path)
        return
    axes.set_yscale("log")
    axes.set_ylim(brightest * 10.0**-SPECTRUM_DECADES, brightest * 3.0)
    axes.grid(True, axis="y", which="major", color="0.9", linewidth=0.6)
    axes.stairs(spectrum.lines_r_nm, edges, color="black", linewidth=0.8, label="lines and bands")
    centres = spectrum.centres_nm
    axes.plot(
        centres,
        np.where(continuum > 0.0, continuum, np.nan),
        "--",
        color="0.45",
        linewidth=1.6,
        label="continuum (380-780 nm)",
    )
    axes.legend(loc="upper right", bbox_to_anchor=(1.0, -0.06), fontsize=8, ncols=2, frameon=False)
    _label_peaks(axes, spectrum)
    save_figure(figure, path)


def _label_peaks(axes: Axes, spectrum: PixelSpectrum) -> None:
    """Name the brightest peaks above the frame, with leaders, pushed apart so that no two names touch."""
    peaks = spectrum_peaks(spectrum)
    low, high = axes.get_ylim()
    left, right = axes.get_xlim()
    wanted = np.array([(nm - left) / (right - left) for nm, _, _ in peaks])
    for (nm, value, name), place in zip(peaks, spread(wanted, LABEL_STEP), strict=True):
        height = float(np.log(value / low) / np.log(high / low))
        axes.annotate(
            name, xy=(nm, value), xycoords="data", xytext=(place, 1.055), textcoords="axes fraction",
            rotation=90, ha="center", va="bottom", fontsize=7.5, annotation_clip=False,
        )  # fmt: skip
        at = (nm - left) / (right - left)
        axes.plot(
            [at, at, place, place], [min(height + 0.012, 1.0), 1.0, 1.035, 1.05], transform=axes.transAxes,
            color="0.6", linewidth=0.5, clip_on=False, zorder=0.5,
        )  # fmt: skip


def spectrum_peaks(spectrum: PixelSpectrum) -> list[tuple[float, float, str]]:
    """Return (wavelength nm, R per nm there, name) of the brightest lines and bands that stand out, by wavelength.

    Of components nearer than PEAK_APART_NM only the brightest counts; the faintest shown is above the plot's floor.
    """
    centres, total = spectrum.centres_nm, spectrum.lines_r_nm
    found = []
    for key, brightness in spectrum.brightness.items():
        for centre, sigma, share in CATALOGUE[key].components:
            if spectrum.edges_nm[0] < centre < spectrum.edges_nm[-1] and brightness > 0.0:
                height = brightness * share / (sigma * np.sqrt(2.0 * np.pi))
                found.append((height, float(centre), key))
    found.sort(reverse=True)
    floor = float(total.max()) * 10.0 ** -(SPECTRUM_DECADES - 1.0)
    kept: list[tuple[float, float, str]] = []
    for height, centre, key in found:
        if height < floor or len(kept) == LABELS:
            break
        label, shift = _label(key), BAND_SHAPES.get(key.removesuffix("_sunlit"), (0.0, 0.0))[1]
        crowded = any(
            abs(centre - other) < (BRANCHES_APART_NM if name.startswith(label) else PEAK_APART_NM)
            for other, _, name in kept
        )
        if not crowded:
            top = float(total[np.abs(centres - centre).argmin()])
            kept.append((centre, top, label if label[0].isdigit() else f"{label} {centre - shift:.1f}"))
    return sorted(kept)


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


def _say_dark(axes: Axes) -> None:
    axes.text(0.5, 0.5, "no light", transform=axes.transAxes, ha="center", va="center", color="0.4")


def save_figure(figure: Figure, path: str | Path) -> None:
    """Write the figure in the format of the path's ending, without dates: the same diagram is the same file."""
    import matplotlib  # noqa: PLC0415 - an extra

    told = f"polarlight {__version__}"
    by_format = {
        ".png": {"Software": told},
        ".pdf": {"Creator": told, "CreationDate": None},
        ".svg": {"Creator": told, "Date": None},
    }
    suffix = Path(path).suffix.lower()
    with whole_file(path) as part, matplotlib.rc_context({"svg.hashsalt": "polarlight"}):
        figure.savefig(part, format=suffix[1:], metadata=by_format[suffix])
