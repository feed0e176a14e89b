"""The picture of an aurora seen from above: light on black, with scale bar, graticules, coast and colour bar."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from render.emission.columns import line_name
from render.figures.figure import require_plot
from render.formats.diagram import write_diagram
from render.formats.png import write_png
from render.imaging.colour import Image
from render.maps.colours import coloured, light_colours
from render.maps.from_above import AuroraFromAbove
from render.maps.ground import Outline, coast, edge_labels, graticule, magnetic_circles
from render.maps.layout import Layout

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DOTS_PER_INCH = 100.0  # only turns pixels into the plotter's units
CEILINGS = tuple(mantissa * 10.0**power for power in range(-3, 4) for mantissa in (1.0, 2.0, 3.0, 5.0))  # kR
DARK_CEILING = 1.0  # kR, of a panel without light
BRIGHTEST_PART = 99.95  # percentile of a panel that its scale should still show
BAR_KM = (5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0)
BAR_PART = 0.13  # of the panel's width, at most, that the scale bar takes
TICK_MANTISSAS = (1.0, 2.0, 5.0, 3.0, 4.0, 6.0, 8.0)  # in the order of being wanted


@dataclass(frozen=True)
class Theme:
    """Colours of what is drawn around the panels."""

    page: str
    ink: str
    faint: str


DARK, PAPER = Theme("#000000", "#e8e8e8", "#a0a0a0"), Theme("#ffffff", "#111111", "#555555")


def ceiling_kr(kilorayleighs: np.ndarray) -> float:
    """Return the round number, kR, that ends a scale on which all of a panel but its brightest specks is shown."""
    bright = float(np.percentile(kilorayleighs, BRIGHTEST_PART))
    if bright <= 0.0:
        return DARK_CEILING
    return next((value for value in CEILINGS if value >= bright), CEILINGS[-1])


def plain_pixels(made: AuroraFromAbove, ceilings_kr: Sequence[float]) -> Image:
    """Return the first line's light alone as a picture, square-root scale from 0 to its ceiling."""
    level = np.sqrt(np.maximum(made.kilorayleighs[0], 0.0) / ceilings_kr[0])
    return Image(coloured(made.keys[0], level).astype(np.float32))


def write_picture(
    path: str | Path, made: AuroraFromAbove, plan: Layout, ceilings_kr: Sequence[float], caption: str, *,
    outline: Outline | None = None, metadata: dict[str, str] | None = None,
) -> None:  # fmt: skip
    """Draw panels, one per line, to a .png (light on black) or to a .pdf or .svg (the same on a white page).

    `ceilings_kr`: where each line's scale ends; `outline`: what the scene's camera sees. `metadata` is written into a
    PNG. Raises InputError where matplotlib is missing, OutputError where the place cannot be written.
    """
    require_plot(f"{path}:")
    is_picture = Path(path).suffix.lower() == ".png"
    figure = _figure(made, plan, ceilings_kr, caption, DARK if is_picture else PAPER, outline)
    if not is_picture:
        write_diagram(path, figure)
        return
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415 - an extra

    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())[..., :3].astype(np.float32) / 255.0
    write_png(path, Image(pixels), 8, metadata)


def _figure(
    made: AuroraFromAbove,
    plan: Layout,
    ceilings_kr: Sequence[float],
    caption: str,
    theme: Theme,
    outline: Outline | None,
) -> Figure:
    from matplotlib.figure import Figure  # noqa: PLC0415 - an extra

    width, height = plan.size
    figure = Figure(figsize=(width / DOTS_PER_INCH, height / DOTS_PER_INCH), dpi=DOTS_PER_INCH, facecolor=theme.page)
    letters = int((width - 2.0 * plan.letter) / (0.53 * plan.letter))
    figure.text(
        plan.letter / width, plan.letter / height, "\n".join(textwrap.wrap(caption, letters)), color=theme.faint,
        fontsize=_points(0.95 * plan.letter), va="bottom", linespacing=1.25, parse_math=False,
    )  # fmt: skip
    for k, (key, place) in enumerate(zip(made.keys, plan.panels, strict=True)):
        axes = _axes(figure, plan, place)
        _panel(axes, made, k, ceilings_kr[k], plan, theme)
        if outline is not None:
            _outline(axes, made, outline, plan.letter)
        _colour_bar(figure, plan, place, key, ceilings_kr[k], theme)
    return figure


def _axes(figure: Figure, plan: Layout, place: tuple[int, int, int, int]) -> Axes:
    """Return axes on exactly these pixels, (left, top, columns, rows)."""
    width, height = plan.size
    left, top, columns, rows = place
    return figure.add_axes((left / width, 1.0 - (top + rows) / height, columns / width, rows / height))


def _panel(axes: Axes, made: AuroraFromAbove, k: int, ceiling: float, plan: Layout, theme: Theme) -> None:
    """Draw one line's panel with everything on it."""
    area, key, letter = made.area, made.keys[k], plan.letter
    extent = (-0.5 * area.width_km, 0.5 * area.width_km, -0.5 * area.height_km, 0.5 * area.height_km)
    level = np.sqrt(np.maximum(made.kilorayleighs[k], 0.0) / ceiling)
    axes.imshow(coloured(key, level), extent=extent, interpolation="none", aspect="auto", zorder=1)
    hairline = 0.045 * letter * 72.0 / DOTS_PER_INCH
    for line in coast(area):
        axes.plot(*line, color="#9fb4c8", linewidth=1.3 * hairline, alpha=0.4, zorder=2)
    for line in graticule(area):
        axes.plot(*line, color="white", linewidth=hairline, alpha=0.22, zorder=3)
    for line in magnetic_circles(made):
        axes.plot(*line, color="white", linewidth=1.2 * hairline, alpha=0.42, linestyle=(0, (4, 4)), zorder=3)
    axes.set_xlim(extent[:2])
    axes.set_ylim(extent[2:])
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_color(theme.faint)
        spine.set_linewidth(hairline)
    for x, y, words, side in edge_labels(made):
        _edge_label(axes, x, y, words, side, letter, theme)
    _scale_bar(axes, area.width_km, letter)
    axes.set_title(
        f"{_wavelength(key)}  {line_name(key)}", loc="left", color=theme.ink, fontsize=_points(1.25 * letter),
        pad=_points(0.7 * letter), parse_math=False,
    )  # fmt: skip


def _edge_label(axes: Axes, x: float, y: float, words: str, side: str, letter: float, theme: Theme) -> None:
    """Write a label beside the panel's frame: latitudes left, longitudes below, magnetic latitudes right."""
    away, across, up = {
        "left": ((-0.35, 0.0), "right", "center"), "bottom": ((0.0, -0.3), "center", "top"),
        "right": ((0.35, 0.0), "left", "center"),
    }[side]  # fmt: skip
    axes.annotate(
        words, xy=(x, y), xytext=(_points(away[0] * letter), _points(away[1] * letter)), textcoords="offset points",
        ha=across, va=up, color=theme.faint, fontsize=_points(0.85 * letter), annotation_clip=False,
        fontstyle="italic" if side == "right" else "normal",
    )  # fmt: skip


def _scale_bar(axes: Axes, width_km: float, letter: float) -> None:
    """Draw the scale bar in the lower left corner."""
    length = max((km for km in BAR_KM if km <= BAR_PART * width_km), default=BAR_KM[0])
    box = axes.get_window_extent()
    km = width_km / box.width  # per pixel
    left, low = axes.get_xlim()[0] + 1.2 * letter * km, axes.get_ylim()[0] + 1.2 * letter * km
    style: dict[str, Any] = {"color": "white", "zorder": 6, "solid_capstyle": "butt"}
    axes.plot([left, left + length], [low, low], linewidth=_points(0.22 * letter), **style)
    axes.text(
        left + 0.5 * length, low + 0.35 * letter * km, f"{length:g} km", color="white", zorder=6, ha="center",
        va="bottom", fontsize=_points(0.95 * letter), path_effects=_halo(letter),
    )  # fmt: skip


def _outline(axes: Axes, made: AuroraFromAbove, outline: Outline, letter: float) -> None:
    """Draw what the scene's camera sees, and where it is."""
    x, y, margin = outline.margin(made.area)
    if margin.min() < 0.0 < margin.max():
        axes.contour(
            x, y, margin, levels=[0.0], colors="#ffcf70", linewidths=_points(0.1 * letter), alpha=0.85,
            linestyles=[(0, (7, 3))], zorder=4,
        )  # fmt: skip
    at_x, at_y = (float(value) for value in made.area.place_of_direction(outline.position_km))
    if abs(at_x) < 0.5 * made.area.width_km and abs(at_y) < 0.5 * made.area.height_km:
        axes.plot(
            at_x, at_y, "o", color="#ffcf70", markeredgecolor="black", markersize=_points(0.55 * letter), zorder=6
        )
        axes.annotate(
            outline.name, xy=(at_x, at_y), xytext=(_points(0.5 * letter),) * 2, textcoords="offset points",
            color="#ffcf70", fontsize=_points(0.9 * letter), zorder=6, path_effects=_halo(letter), parse_math=False,
        )  # fmt: skip


def _colour_bar(
    figure: Figure, plan: Layout, place: tuple[int, int, int, int], key: str, ceiling: float, theme: Theme
) -> None:
    """Draw the colour bar below a panel, its ticks at round numbers that keep clear of one another."""
    left, top, columns, rows = place
    letter = plan.letter
    wide = min(columns, round(40.0 * letter))
    axes = _axes(figure, plan, (left, top + rows + round(2.0 * letter), wide, max(round(0.8 * letter), 2)))
    axes.imshow(light_colours(key)[None, :, :], extent=(0.0, 1.0, 0.0, 1.0), aspect="auto", interpolation="nearest")
    axes.set_yticks([])
    ticks = bar_ticks(ceiling, 3.4 * letter / wide)
    axes.set_xticks(np.sqrt(ticks / ceiling), [f"{value:.3g}" for value in ticks])
    axes.tick_params(
        axis="x", colors=theme.faint, labelcolor=theme.ink, labelsize=_points(0.95 * letter),
        length=_points(0.3 * letter), width=_points(0.06 * letter), pad=_points(0.2 * letter),
    )  # fmt: skip
    for spine in axes.spines.values():
        spine.set_color(theme.faint)
        spine.set_linewidth(_points(0.06 * letter))
    figure.text(
        left / plan.size[0], 1.0 - (top + rows + 5.0 * letter) / plan.size[1],
        f"kR of {_wavelength(key)}, square-root scale", color=theme.ink, fontsize=_points(0.95 * letter), va="center",
    )  # fmt: skip


def bar_ticks(ceiling_kr: float, apart: float) -> np.ndarray:
    """Return round values, kR, rising from 0 to the scale's end, `apart` of the bar or more from one another."""
    kept = [0.0, ceiling_kr]
    decade = 10.0 ** np.floor(np.log10(ceiling_kr))
    for power in range(4):
        for mantissa in TICK_MANTISSAS:
            value = mantissa * decade / 10.0**power
            if all(abs(np.sqrt(value / ceiling_kr) - np.sqrt(other / ceiling_kr)) >= apart for other in kept):
                kept.append(value)
    return np.sort([value for value in kept if value <= ceiling_kr])


def _wavelength(key: str) -> str:
    """Return `557.7 nm`; systems of bands are called by their key."""
    return f"{key} nm" if key.replace(".", "").isdigit() else key.replace("_", " ")


def _points(pixels: float) -> float:
    return pixels * 72.0 / DOTS_PER_INCH


def _halo(letter: float) -> list[Any]:
    from matplotlib.patheffects import withStroke  # noqa: PLC0415 - an extra

    return [withStroke(linewidth=_points(0.25 * letter), foreground="black")]
