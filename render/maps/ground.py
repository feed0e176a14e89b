"""What lies under an aurora seen from above: coast, graticule, magnetic latitudes, labels, a camera's outline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from render.core.epoch import Epoch
from render.earth.surface import surface_class
from render.frame.view import View, view_of
from render.geophysics.field.field_lines import FOOTPRINT_ALTITUDE_KM, position_above
from render.integrator.above.area import AreaFromAbove
from render.maps.from_above import AuroraFromAbove, magnetic_latitude_deg
from render.scene import Scene

STEPS_DEG = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0)
LINES_ACROSS = 5.0  # of the graticule, about, on the shorter side
COAST_KM = 4.0  # km between nodes where the coast is sought: the land mask's cells are 5.6 km high
COAST_NODES = (80, 700)  # per side
SMOOTH_NODES = 121  # per side, where magnetic latitudes and the camera's outline are sought
EDGE_NODES = 801  # per side, where labels are sought
CORNER = 0.03  # of a side: labels keep clear of the corners

Line = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True, eq=False)
class Outline:
    """What a scene's camera sees at an instant, and from where: `position_km` [3], ITRS; `name` of the observer."""

    view: View

    @classmethod
    def of(cls, scene: Scene, epoch: Epoch) -> Outline:
        """Return the outline of a scene. Raises InputError where the observer cannot be placed."""
        return cls(view_of(scene, epoch))

    @property
    def position_km(self) -> np.ndarray:
        """Return the observer's position, ITRS km, [3]."""
        return self.view.position_km

    @property
    def name(self) -> str:
        """Return what to call the observer."""
        return self.view.name

    def margin(self, area: AreaFromAbove) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return x, y, km, and a number [y, x] that is positive where the picture shows the place at 110 km."""
        x, y = _nodes(area, SMOOTH_NODES)
        points = position_above(area.directions(x[None, :], y[:, None]), FOOTPRINT_ALTITUDE_KM)
        return x, y, self.view.margin(points)


def coast(area: AreaFromAbove) -> list[Line]:
    """Return the coast's lines, km from the area's centre, smoothed over the land mask's cells."""
    count = int(np.clip(max(area.width_km, area.height_km) / COAST_KM, *COAST_NODES))
    x, y = _nodes(area, count)
    latitude, longitude = area.geodetic(x[None, :], y[:, None])
    land = surface_class(latitude, longitude).astype(float)
    for _ in range(2):
        padded = np.pad(land, 1, mode="edge")
        rows = (padded[:-2] + 2.0 * padded[1:-1] + padded[2:]) / 4.0
        land = (rows[:, :-2] + 2.0 * rows[:, 1:-1] + rows[:, 2:]) / 4.0
    return _contour(x, y, land, 0.5)


def graticule(area: AreaFromAbove) -> list[Line]:
    """Return geographic parallels and meridians, km from the area's centre."""
    latitudes, longitudes = _degrees(area)
    around, along = np.linspace(-180.0, 180.0, 1441), np.linspace(-89.9, 89.9, 1201)
    lines = [area.place_of(np.full_like(around, latitude), around) for latitude in latitudes]
    lines += [area.place_of(along, np.full_like(along, longitude)) for longitude in longitudes]
    return [_within(area, line) for line in lines]


def magnetic_circles(made: AuroraFromAbove) -> list[Line]:
    """Return lines of equal magnetic (apex) latitude, km from the area's centre."""
    x, y = _nodes(made.area, SMOOTH_NODES)
    latitude = magnetic_latitude_deg(made, x[None, :], y[:, None])
    return [line for level in _magnetic_levels(made) for line in _contour(x, y, latitude, level)]


def edge_labels(made: AuroraFromAbove) -> list[tuple[float, float, str, str]]:
    """Return (x, y, words, side): latitudes on the left edge, longitudes below, magnetic latitudes on the right."""
    area = made.area
    half_x, half_y = 0.5 * area.width_km, 0.5 * area.height_km
    x, y = np.linspace(-half_x, half_x, EDGE_NODES), np.linspace(-half_y, half_y, EDGE_NODES)
    latitudes, longitudes = _degrees(area)
    left, bottom = area.geodetic(np.array(-half_x), y)[0], area.geodetic(x, np.array(-half_y))[1]
    right = magnetic_latitude_deg(made, np.full_like(y, half_x), y)
    found = [(-half_x, at, latitude_words(v), "left") for v in latitudes for at in _crossings(y, left - v)]
    for value in longitudes:
        off = (bottom - value + 180.0) % 360.0 - 180.0
        found += [(at, -half_y, longitude_words(value), "bottom") for at in _crossings(x, off)]
    found += [
        (half_x, at, f"{abs(v):g}° mag.", "right") for v in _magnetic_levels(made) for at in _crossings(y, right - v)
    ]
    return [(float(a), float(b), words, side) for a, b, words, side in found]


def latitude_words(latitude_deg: float) -> str:
    """Return `52.5° N`."""
    return f"{abs(latitude_deg):g}°" + (" N" if latitude_deg > 0.0 else " S" if latitude_deg < 0.0 else "")


def longitude_words(longitude_deg: float) -> str:
    """Return `78° W`."""
    east = (longitude_deg + 180.0) % 360.0 - 180.0
    return f"{abs(east):g}°" + ("" if abs(east) in (0.0, 180.0) else " E" if east > 0.0 else " W")


def _degrees(area: AreaFromAbove) -> tuple[np.ndarray, np.ndarray]:
    """Return the latitudes and longitudes, deg, of the graticule's lines that may cross the area."""
    across = min(area.width_km, area.height_km) / 111.0 / LINES_ACROSS  # deg of latitude from line to line
    step = _step(across)
    x, y = _nodes(area, 41)
    latitude, longitude = area.geodetic(x[None, :], y[:, None])
    cosine = max(float(np.cos(np.radians(abs(area.latitude_deg)))), 0.02)
    turn = _step(across / cosine)
    off = (longitude - area.longitude_deg + 180.0) % 360.0 - 180.0
    first, last = area.longitude_deg + off.min() - turn, area.longitude_deg + off.max() + turn
    if np.abs(latitude).max() > 88.0:  # a pole is near: all meridians
        first, last = -180.0, 179.9
    return _multiples(float(latitude.min()), float(latitude.max()), step), _multiples(float(first), float(last), turn)


def _magnetic_levels(made: AuroraFromAbove) -> np.ndarray:
    x, y = _nodes(made.area, 41)
    latitude = magnetic_latitude_deg(made, x[None, :], y[:, None])
    step = _step(min(made.area.width_km, made.area.height_km) / 111.0 / LINES_ACROSS)
    return _multiples(float(latitude.min()), float(latitude.max()), step)


def _step(wanted_deg: float) -> float:
    return next((step for step in STEPS_DEG if step >= wanted_deg), STEPS_DEG[-1])


def _multiples(low: float, high: float, step: float) -> np.ndarray:
    return np.round(np.arange(np.ceil(low / step), np.floor(high / step) + 1.0) * step, 6)


def _nodes(area: AreaFromAbove, count: int) -> Line:
    """Return x and y, km, of a grid over the whole area, edges included."""
    half_x, half_y = 0.5 * area.width_km, 0.5 * area.height_km
    return np.linspace(-half_x, half_x, count), np.linspace(-half_y, half_y, count)


def _within(area: AreaFromAbove, line: Line) -> Line:
    """Return a line with what is far outside the area left out (NaN)."""
    x, y = line
    outside = (np.abs(x) > area.width_km) | (np.abs(y) > area.height_km)
    return np.where(outside, np.nan, x), np.where(outside, np.nan, y)


def _contour(x: np.ndarray, y: np.ndarray, values: np.ndarray, level: float) -> list[Line]:
    """Return the lines where values [y, x] have a level."""
    import contourpy  # noqa: PLC0415 - comes with matplotlib, an extra

    made: Any = contourpy.contour_generator(x, y, values)
    return [(points[:, 0], points[:, 1]) for points in made.lines(level)]


def _crossings(at: np.ndarray, values: np.ndarray) -> list[float]:
    """Return where values [n] along an edge change sign, but for jumps and the corners."""
    k = np.flatnonzero((values[:-1] < 0.0) != (values[1:] < 0.0))
    k = k[np.abs(values[k + 1] - values[k]) < 90.0]
    places = at[k] - values[k] * (at[k + 1] - at[k]) / (values[k + 1] - values[k])
    inside = np.abs(places) < (0.5 - CORNER) * (at[-1] - at[0])
    return [float(place) for place in places[inside]]
