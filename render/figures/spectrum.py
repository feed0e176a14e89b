"""The spectrum of a pixel, drawn."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from render.core.lines import BAND_SHAPES, CATALOGUE
from render.emission.columns import SUNLIT_BAND
from render.figures.figure import new_figure, require_plot, say_dark, spread
from render.formats.diagram import write_diagram
from render.questions.pixel_spectrum import PixelSpectrum

if TYPE_CHECKING:
    from matplotlib.axes import Axes


# Spectrum of a pixel
SPECTRUM_DECADES = 5.0  # below the brightest bin
LABELS = 22  # at most, on one spectrum
LABEL_STEP = 0.021  # of the axis's width between neighbouring labels
PEAK_APART_NM = 3.0  # peaks that are nearer share the label of the brighter
BRANCHES_APART_NM = 8.0  # the same of one band's branches


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
        say_dark(axes)
        write_diagram(path, figure)
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
    write_diagram(path, figure)


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
