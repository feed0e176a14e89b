"""A polar diagram of the statistical oval for print: flux, boundaries, magnetic local time, night, a scene's view."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from render.figures.figure import new_figure, require_plot
from render.figures.polar_diagram import RIM_DEG, PolarDiagram, grid_at_footprint
from render.formats.diagram import write_diagram
from render.frame.view import View
from render.geophysics.forms.oval import energy_flux_and_mean_energy, half_maximum_edges, starkov_boundaries

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FIGURE_IN = (7.0, 9.2)  # width, height
DIAGRAM_AT = (0.01, 0.213, 0.98, 0.98 * FIGURE_IN[0] / FIGURE_IN[1])  # left, bottom, width, height, of the figure
BAR_AT = (0.2, 0.137, 0.6, 0.012)
GROUND_PIXELS = 1100  # across the disc
VIEW_NODES = 401  # across the disc, of the grid on which the picture's outline is sought
EDGE_STEP_H = 0.1  # of magnetic local time, between the boundaries' nodes
FLUX_COLOURS = "magma_r"  # perceptually even, and darker where the flux is higher on a grey printer too
FLUX_DARKEST = 0.72  # of these colours: lines stay visible on the highest flux
LEVELS = 18  # of the flux, about
STEPS = (0.05, 0.1, 0.2, 0.25, 0.5, 1.0, 2.0, 2.5, 5.0)  # mW m-2 from level to level
LAND, SEA = np.array([0.80, 0.80, 0.78]), np.array([0.95, 0.965, 0.98])  # red, green, blue
COAST = (0.25, 0.25, 0.25)
NIGHT_DARKENING = 0.17  # of the ground in full night; begins at sunset, full at -18 degrees
BLUE, RED, TEAL = "#1f3f8f", "#b2182b", "#00695c"
FARTHEST_TRACK = 2.0  # rim radii, beyond which a track is not drawn: the plane has no place for the other pole
RING = 1.065  # outer radius of the ring of longitudes; the rim is 1
GRATICULE = "0.45"
LABEL_DIRECTION = np.array([np.cos(np.radians(62.0)), np.sin(np.radians(62.0))])  # of latitudes: on the day side
MAGNETIC_DEG = (50.0, 60.0, 70.0, 80.0)  # apex latitudes drawn
LABEL_WITHIN_DEG, FARTHEST_LABEL = 0.15, 0.93  # a label's place: so near to its circle; radius, of the rim


def plot_oval(path: str | Path, polar: PolarDiagram, kp: float, shift_h: float = 0.0, view: View | None = None) -> None:
    """Draw the oval of Kp in the polar diagram, and what a scene sees of it, to a .png, .pdf or .svg file.

    `shift_h` is added to the local time at which the oval is taken, as a scene draws it. Raises InputError where
    matplotlib is missing, OutputError where the place cannot be written.
    """
    require_plot(f"{path}:")
    figure, axes = new_figure(*FIGURE_IN, _caption(shift_h))
    figure.set_layout_engine("none")  # the diagram is square: the places below leave room for all that is written
    axes.set_position(DIAGRAM_AT)
    side = "Northern" if polar.hemisphere > 0 else "Southern"
    heading = f"{side} auroral oval, Kp {kp:.3g}, {polar.epoch.isoformat()}"
    figure.text(0.04, 0.985, heading, fontsize=11.5, ha="left", va="top", parse_math=False)
    axes.set_aspect("equal")
    axes.set_xlim(-1.18, 1.18)
    axes.set_ylim(-1.18, 1.18)
    axes.axis("off")
    disc = _disc(axes)
    _ground(axes, polar, disc)
    _oval(figure, axes, polar, kp, shift_h, disc)
    _graticule(axes, polar)
    _dial(axes, polar)
    _legend(axes, [] if view is None else _view(axes, polar, view, disc))
    write_diagram(path, figure)


def _caption(shift_h: float) -> str:
    """Return what was drawn by whose rules."""
    shift = f" The oval is that of local times {abs(shift_h):g} h {'earlier' if shift_h < 0 else 'later'}, as the "
    return (
        "Seen from above the pole, the Sun at the top. Flux: Zhang & Paxton 2008, the mean of many nights. Boundaries: "
        "Starkov 1994. Magnetic coordinates: apex, IGRF-14, 110 km. Night: Sun below the ground's horizon."
        + (shift + "scene draws it." if shift_h else "")
    )


def _disc(axes: Axes) -> Any:
    """Return the rim as a clip path, after drawing it."""
    from matplotlib.patches import Circle  # noqa: PLC0415 - an extra

    for radius, width in ((RING, 0.9), (1.0, 0.6)):
        axes.add_patch(Circle((0.0, 0.0), radius, facecolor="none", edgecolor="0.2", linewidth=width, zorder=9))
    return Circle((0.0, 0.0), 1.0, transform=axes.transData)


def _ground(axes: Axes, polar: PolarDiagram, disc: Any) -> None:
    """Draw land, sea, night and the terminator."""
    land, elevation = polar.ground(GROUND_PIXELS)
    colour = SEA + land[..., None] * (LAND - SEA)
    dark = NIGHT_DARKENING * (0.5 * (elevation < 0.0) + 0.5 * np.clip(-elevation / 18.0, 0.0, 1.0))
    extent = (-1.0, 1.0, -1.0, 1.0)
    pictures = [colour * (1.0 - dark[..., None] * np.array([1.0, 0.95, 0.75]))]
    coast = np.empty((*land.shape, 4))
    coast[..., :3], coast[..., 3] = COAST, 0.6 * 4.0 * land * (1.0 - land)
    pictures.append(coast)
    for picture, order in zip(pictures, (1.0, 3.0), strict=True):
        image = axes.imshow(picture, extent=extent, origin="lower", interpolation="antialiased", zorder=order)
        image.set_clip_path(disc)
    at = (np.arange(GROUND_PIXELS) + 0.5) * (2.0 / GROUND_PIXELS) - 1.0
    _contour(axes, disc, at, at, elevation, colors="0.3", linewidths=1.0, linestyles=[(0, (6, 2, 1, 2))], zorder=4)


def _oval(figure: Figure, axes: Axes, polar: PolarDiagram, kp: float, shift_h: float, disc: Any) -> None:
    """Draw flux with its colour bar, the edges and boundaries, and circles of magnetic latitude."""
    from matplotlib import colormaps  # noqa: PLC0415 - an extra
    from matplotlib.colors import ListedColormap  # noqa: PLC0415

    x, y, latitude, hours = polar.magnetic_grid()
    taken = hours + shift_h
    flux, _ = energy_flux_and_mean_energy(latitude, taken, kp)
    levels = flux_levels(float(flux.max()))
    colours = ListedColormap(colormaps[FLUX_COLOURS](np.linspace(0.02, FLUX_DARKEST, 256)))
    filled = axes.contourf(x, y, flux, levels=levels, cmap=colours, zorder=2)
    filled.set_clip_path(disc)
    bar = figure.colorbar(filled, cax=figure.add_axes(BAR_AT), orientation="horizontal")
    bar.set_label("mean energy flux of precipitating electrons (mW m$^{-2}$)", fontsize=8.5)
    bar.ax.tick_params(labelsize=8)
    mlt = np.arange(0.0, 24.0, EDGE_STEP_H)
    starkov = starkov_boundaries(mlt, kp)
    styles = {"half": ("-", 1.3, BLUE), "starkov": ((0, (5, 2)), 1.1, TEAL), "diffuse": ((0, (1, 1.5)), 1.3, TEAL)}
    edges = [("half", edge) for edge in half_maximum_edges(mlt, kp)]
    edges += [("starkov", starkov.equatorward_deg), ("starkov", starkov.poleward_deg)]
    edges += [("diffuse", starkov.diffuse_equatorward_deg)]
    for kind, edge in edges:
        dashes, width, colour = styles[kind]
        above = latitude - np.interp(taken, mlt, edge, period=24.0)
        _contour(axes, disc, x, y, above, colors=colour, linewidths=width, linestyles=[dashes], zorder=5)
    _magnetic_circles(axes, disc, x, y, latitude)


def flux_levels(highest: float) -> np.ndarray:
    """Return the flux levels, mW m-2, about LEVELS of them, from one step up to beyond the highest."""
    step = next((step for step in STEPS if highest <= LEVELS * step), STEPS[-1])
    return step * np.arange(1.0, max(np.ceil(highest / step), 2.0) + 1.0)


def _magnetic_circles(axes: Axes, disc: Any, x: np.ndarray, y: np.ndarray, latitude: np.ndarray) -> None:
    """Draw magnetic latitudes, labelled to the left of the magnetic pole."""
    drawn = axes.contour(
        x, y, latitude, levels=MAGNETIC_DEG, colors="0.3", linewidths=0.6, linestyles=[(0, (1, 2))],
        zorder=4,
    )  # fmt: skip
    drawn.set_clip_path(disc)
    for level in MAGNETIC_DEG:
        near = np.abs(latitude - level) < LABEL_WITHIN_DEG
        if near.any():
            i = np.where(near, x, np.inf).argmin()
            if np.hypot(x.flat[i], y.flat[i]) < FARTHEST_LABEL:
                _text(axes, x.flat[i], y.flat[i], f"{level:.0f}° mag.", 6.5, "0.25", rotation=90, style="italic")


def _contour(axes: Axes, disc: Any, x: np.ndarray, y: np.ndarray, values: np.ndarray, **style: Any) -> None:
    """Draw the line where the values are zero, if there is one, within the disc."""
    if np.nanmin(values) < 0.0 < np.nanmax(values):
        axes.contour(x, y, values, levels=[0.0], **style).set_clip_path(disc)


def _graticule(axes: Axes, polar: PolarDiagram) -> None:
    """Draw geographic circles and meridians, latitudes labelled on the day side, longitudes in the ring."""
    pole = "N" if polar.hemisphere > 0 else "S"
    style: dict[str, Any] = {"color": GRATICULE, "linewidth": 0.5, "zorder": 4, "alpha": 0.8}
    around = np.linspace(0.0, 360.0, 241)
    for latitude in (50.0, 60.0, 70.0, 80.0):
        axes.plot(*polar.place_of(latitude, around), **style)
        radius = float(np.hypot(*polar.place_of(latitude, 0.0)))
        place = radius * LABEL_DIRECTION
        _text(axes, place[0], place[1], f"{latitude:.0f}°{pole}", 7, "0.25")
    for longitude in range(0, 360, 30):
        x, y = polar.place_of(np.array([80.0 if longitude % 90 else 89.99, RIM_DEG]), float(longitude))
        axes.plot(x, y, **style)
        middle, angle = 0.5 * (1.0 + RING), float(np.arctan2(y[1], x[1]))
        upright = np.degrees(angle) + (90.0 if angle < 0.0 else -90.0)
        axes.text(
            middle * np.cos(angle), middle * np.sin(angle), _longitude(longitude), rotation=upright, fontsize=6.5,
            color="0.3", ha="center", va="center", rotation_mode="anchor",
        )  # fmt: skip


def _longitude(longitude: int) -> str:
    """Return 0 to 359 as people write it."""
    if longitude in (0, 180):
        return f"{longitude}°"
    return f"{longitude}°E" if longitude < 180 else f"{360 - longitude}°W"


def _dial(axes: Axes, polar: PolarDiagram) -> None:
    """Draw ticks of magnetic local time round the disc."""
    for hour, angle in enumerate(polar.rim_local_times()):
        direction = np.array([np.cos(angle), np.sin(angle)])
        long = 0.028 if hour % 3 == 0 else 0.014
        axes.plot(*np.outer(direction, [RING, RING + long]), color="0.1", linewidth=0.9, clip_on=False)
        if hour % 3 == 0:
            x, y = direction * (RING + 0.07)
            axes.text(x, y, f"{hour:02d}", fontsize=9, fontweight="bold", ha="center", va="center")
    axes.text(-1.12, -1.12, "outside: magnetic\nlocal time (h)", fontsize=7.5, va="bottom", ha="left", color="0.2")


def _view(axes: Axes, polar: PolarDiagram, view: View, disc: Any) -> list[Any]:
    """Draw track, film, observer, and the outline of the picture at 110 km; return what the legend says of them."""
    entries = []
    for points, width, words in ((view.track_km, 0.9, "track, one orbit"), (view.film_km, 3.2, "track of the film")):
        x, y = polar.place(points)
        far = np.hypot(x, y)
        if (far < 1.0).any():
            x = np.where(far < FARTHEST_TRACK, x, np.nan)
            style: dict[str, Any] = {"color": RED, "linewidth": width, "solid_capstyle": "butt"}
            axes.plot(x, y, zorder=7, clip_path=disc, **style)
            entries.append(_sample(words, **style))
    x, y, points = grid_at_footprint(polar, VIEW_NODES)
    margin = view.margin(points)
    if margin.max() > 0.0:
        _contour(axes, disc, x, y, margin, colors=RED, linewidths=1.6, linestyles="-", zorder=7)
        entries.append(_sample("picture's outline at 110 km", color=RED, linewidth=1.6))
        limb = np.where(margin > 0.0, view.beyond_limb(points), np.nan)
        _contour(axes, disc, x, y, limb, colors=RED, linewidths=1.0, linestyles=[(0, (3, 2))], zorder=7)
        entries.append(_sample("limb at 110 km", color=RED, linewidth=1.0, linestyle=(0, (3, 2))))
    here_x, here_y = (float(value) for value in polar.place(view.position_km))
    if np.hypot(here_x, here_y) < 1.0:
        axes.plot(here_x, here_y, "o", color=RED, markeredgecolor="white", markersize=7, zorder=8)
        _text(axes, here_x + 0.035, here_y - 0.03, view.name, 9, RED, ha="left", va="top", weight="bold")
    return entries


def _legend(axes: Axes, more: list[Any]) -> None:
    """Name all lines below the disc."""
    entries = [
        _sample("half of the maximum flux", color=BLUE, linewidth=1.3),
        _sample("discrete oval (Starkov)", color=TEAL, linewidth=1.1, linestyle=(0, (5, 2))),
        _sample("diffuse aurora's edge (Starkov)", color=TEAL, linewidth=1.3, linestyle=(0, (1, 1.5))),
        _sample("magnetic latitude, every 10°", color="0.3", linewidth=0.6, linestyle=(0, (1, 2))),
        _sample("terminator, night shaded", color="0.3", linewidth=1.0, linestyle=(0, (6, 2, 1, 2))),
    ]
    axes.legend(
        handles=[*entries, *more], loc="upper center", bbox_to_anchor=(0.5, 0.005), ncol=3, fontsize=7.5,
        frameon=False, handlelength=2.6, columnspacing=1.4,
    )  # fmt: skip


def _sample(words: str, **style: Any) -> Any:
    """Return a legend's entry."""
    from matplotlib.lines import Line2D  # noqa: PLC0415 - an extra

    return Line2D([], [], label=words, **style)


def _text(axes: Axes, x: float, y: float, words: str, size: float, colour: str, **style: Any) -> None:
    """Write in the diagram, with a white halo; in the middle of the place unless the style says otherwise."""
    from matplotlib.patheffects import withStroke  # noqa: PLC0415 - an extra

    halo = [withStroke(linewidth=2.2, foreground="white")]
    given: dict[str, Any] = {"ha": "center", "va": "center", **style}
    axes.text(x, y, words, fontsize=size, color=colour, zorder=10, path_effects=halo, parse_math=False, **given)
