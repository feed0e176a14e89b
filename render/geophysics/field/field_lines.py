"""The field-line map for the device: from any point of the upper air to its footprint at 110 km.

Everything lies on a polar stereographic plane fixed to the Earth, one per hemisphere (+1 north, -1 south): a point
whose geocentric unit vector is n stands at X = 2 R n_x / (1 + s n_z), Y = 2 R n_y / (1 + s n_z), km, R = mean Earth
radius + 110 km. The plane keeps angles, knows no date line and no pole; its scale is 1 at the pole, 1.07 at 60 deg,
1.33 at 30 deg.

Computation: IGRF-14 is traced from points above each node, at several altitudes, down or up to 110 km.
Precomputation: the displacement of the footprint, a smooth function of altitude, is fitted by a cubic without
constant term in zeta = z / (1 + z / 20), z = (h - 110 km) / 100 km. Higher up lines are straighter: a cubic in z
itself that holds at 100-500 km is off by up to 0.6 km at 500-800 km in the auroral zone, and by 4 km at 35 deg.
Look-up: bilinear between nodes; `FieldLineMap.footprint` is the device's look-up in plain NumPy.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from render.core.cache import cached_arrays, is_kept
from render.core.geodesy import geodetic_from_itrs
from render.core.units import EARTH_A_KM, EARTH_B_KM, EARTH_MEAN_RADIUS_KM
from render.geophysics.field.geomagnetic import apex_coordinates_of, trace_to_altitude

FOOTPRINT_ALTITUDE_KM = 110.0  # km, geodetic, where curtains are drawn
PLANE_RADIUS_KM = EARTH_MEAN_RADIUS_KM + FOOTPRINT_ALTITUDE_KM  # km, radius of the sphere that the plane projects
ZETA_KM = 100.0  # km, unit of altitude in the field-line map's cubic
ZETA_BEND = 1.0 / 20.0  # against 1/12, 1/30 and 0: the least error where apex latitude is 20 to 60 deg
FIT_LOWEST_KM, FIT_HIGHEST_KM = 80.0, 800.0  # km, altitudes over which the cubic is fitted: all that are drawn
FIT_ALTITUDES = 8  # Chebyshev nodes of the fit; more change the footprint by less than 1 m
FIT_TRACE_STEPS = 4  # Runge-Kutta steps of a trace
MAP_SPACING_KM = 150.0  # km on the plane; measured against 100 and 200 km, see tests/geophysics/test_field_lines.py
LABEL_SPACING_KM = 300.0  # km on the plane between traced apex coordinates
YEAR_STEP = 0.01  # years; the field is taken at the nearest multiple, so that neighbouring instants share their maps


@dataclass(frozen=True)
class Window:
    """A grid of nodes on the plane: node [row, column] stands at (x0 + column spacing, y0 + row spacing), km."""

    x0_km: float
    y0_km: float
    spacing_km: float
    columns: int
    rows: int

    @classmethod
    def covering(cls, x_min_km: float, y_min_km: float, x_max_km: float, y_max_km: float, spacing_km: float) -> Window:
        """Return the smallest window, 2 x 2 nodes or more, around the rectangle; nodes are multiples of the spacing."""
        column, row = math.floor(x_min_km / spacing_km), math.floor(y_min_km / spacing_km)
        columns, rows = math.ceil(x_max_km / spacing_km) - column, math.ceil(y_max_km / spacing_km) - row
        return cls(column * spacing_km, row * spacing_km, spacing_km, max(columns, 1) + 1, max(rows, 1) + 1)

    @property
    def x_km(self) -> np.ndarray:
        """Return the nodes' X, km, [columns]."""
        return self.x0_km + self.spacing_km * np.arange(self.columns)

    @property
    def y_km(self) -> np.ndarray:
        """Return the nodes' Y, km, [rows]."""
        return self.y0_km + self.spacing_km * np.arange(self.rows)

    def nodes_km(self) -> tuple[np.ndarray, np.ndarray]:
        """Return X and Y of all nodes, km, each [rows, columns]."""
        x, y = np.meshgrid(self.x_km, self.y_km)
        return x, y


@dataclass(frozen=True)
class FieldLineMap:
    """The way from a point to its footprint on one hemisphere's plane.

    `coefficients` [rows, columns, 6] are (c1x, c1y, c2x, c2y, c3x, c3y), km: the footprint of a point above (X, Y) at
    geodetic altitude h stands at (X, Y) + zeta c1 + zeta^2 c2 + zeta^3 c3, see `zeta_of`, bilinear between nodes.
    """

    window: Window
    hemisphere: int
    coefficients: np.ndarray

    @cached_property
    def vectors(self) -> np.ndarray:
        """Return the coefficients [rows, columns, 8] as the device reads them at once: two zeros are last."""
        return np.pad(self.coefficients, ((0, 0), (0, 0), (0, 2)))

    def footprint(self, x_km: np.ndarray, y_km: np.ndarray, altitude_km: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the plane position, km, of the 110 km footprints; beyond the window its edge holds."""
        return self.moved(x_km, y_km, self.coefficients_at(x_km, y_km), altitude_km)

    def coefficients_at(self, x_km: np.ndarray, y_km: np.ndarray) -> np.ndarray:
        """Return the coefficients [..., 6] at plane positions, km."""
        return bilinear(self.coefficients, self.window, np.asarray(x_km, float), np.asarray(y_km, float))

    def moved(
        self, x_km: np.ndarray, y_km: np.ndarray, c: np.ndarray, altitude_km: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return `footprint` where the coefficients `c` [..., 6] of the places are known."""
        zeta = zeta_of(np.asarray(altitude_km, float))
        shift_x, shift_y = (zeta * (c[..., k] + zeta * (c[..., 2 + k] + zeta * c[..., 4 + k])) for k in (0, 1))
        return x_km + shift_x, y_km + shift_y


def zeta_of(altitude_km: np.ndarray) -> np.ndarray:
    """Return the variable of the field-line map's cubic at a geodetic altitude, km: 0 at 110, rising by ever less."""
    z = (altitude_km - FOOTPRINT_ALTITUDE_KM) / ZETA_KM
    return z / (1.0 + ZETA_BEND * z)


def plane_from_direction(direction: np.ndarray, hemisphere: int) -> tuple[np.ndarray, np.ndarray]:
    """Return (X, Y), km, of geocentric ITRS vectors [..., 3] of any length; the other pole has no place."""
    n = np.asarray(direction, float)
    n = n / np.linalg.norm(n, axis=-1, keepdims=True)
    scale = 2.0 * PLANE_RADIUS_KM / (1.0 + hemisphere * n[..., 2])
    return n[..., 0] * scale, n[..., 1] * scale


def direction_from_plane(x_km: np.ndarray, y_km: np.ndarray, hemisphere: int) -> np.ndarray:
    """Return the geocentric unit vector [..., 3] of plane positions, km: the inverse of `plane_from_direction`."""
    u, v = np.broadcast_arrays(np.asarray(x_km, float) / PLANE_RADIUS_KM, np.asarray(y_km, float) / PLANE_RADIUS_KM)
    quarter = 0.25 * (u * u + v * v)
    return np.stack([u, v, hemisphere * (1.0 - quarter)], axis=-1) / (1.0 + quarter)[..., None]


def position_above(direction: np.ndarray, altitude_km: np.ndarray | float) -> np.ndarray:
    """Return the ITRS position, km, [..., 3], along geocentric unit vectors at the given geodetic altitude, km."""
    n, altitude = np.asarray(direction, float), np.asarray(altitude_km, float)[..., None]
    axes = altitude + np.array([EARTH_A_KM, EARTH_A_KM, EARTH_B_KM])
    radius = 1.0 / np.linalg.norm(n / axes, axis=-1)  # of the shell: within 3 m
    radius = radius + altitude[..., 0] - geodetic_from_itrs(n * radius[..., None])[2]
    return n * radius[..., None]


def field_line_map(window: Window, hemisphere: int, year: float) -> FieldLineMap:
    """Return the field-line map of the window's nodes, from the cache where it was made before.

    `hemisphere` is +1 or -1; `year` is decimal. Between 30 and 75 deg of latitude and 80 and 500 km the footprint is
    within 0.1 km rms and 0.8 km of the traced one at MAP_SPACING_KM, and so it is for all places together whose apex
    latitude is 22 deg or more; nearer the magnetic equator it is only finite. Measured, km rms / at most:

        apex latitude, deg   20-22      22-25      25-30      30-40      40-60      60-90
        80-500 km            0.29/0.88  0.16/0.47  0.10/0.29  0.05/0.17  0.03/0.10  0.01/0.06
        500-800 km           2.1/12     0.36/1.5   0.25/0.80  0.15/0.33  0.07/0.21  0.03/0.08

    Raises ValueError for another hemisphere, InputError for a year without a field.
    """
    _check_hemisphere(hemisphere)
    year = year_of_map(year)
    key = _key(window, hemisphere, year)
    arrays = cached_arrays("field-lines", key, lambda: {"coefficients": _fit(window, hemisphere, year)}, __name__)
    return FieldLineMap(window, hemisphere, arrays["coefficients"])


def year_of_map(year: float) -> float:
    """Return the year whose field a map is made for: the nearest of a few to a decimal year."""
    return round(year / YEAR_STEP) * YEAR_STEP


def is_mapped(window: Window, hemisphere: int, year: float) -> bool:
    """Say whether `field_line_map` would find a map in the cache."""
    return is_kept("field-lines", _key(window, hemisphere, year_of_map(year)), __name__)


def _key(window: Window, hemisphere: int, year: float) -> tuple[Window, int, str]:
    return window, hemisphere, f"{year:.2f}"


def magnetic_plane(window: Window, hemisphere: int, year: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the apex latitude and apex longitude, deg, of the window's nodes at 110 km; each [rows, columns].

    Latitudes are negative in the south. Longitudes are continuous: they lie within 180 deg of the window's middle
    node, the cut running from the magnetic pole away from it. Traced every LABEL_SPACING_KM and interpolated by
    cubics, on the components cos(latitude) (cos, sin)(longitude), which are smooth across the magnetic pole.
    """
    _check_hemisphere(hemisphere)
    year = year_of_map(year)
    margin = 2.0 * LABEL_SPACING_KM  # so that every node has two traced neighbours on either side
    x, y = window.x_km, window.y_km
    coarse = Window.covering(x[0] - margin, y[0] - margin, x[-1] + margin, y[-1] + margin, LABEL_SPACING_KM)
    key = _key(coarse, hemisphere, year)
    labels = cached_arrays("apex", key, lambda: _trace_labels(coarse, hemisphere, year), __name__)
    across, along = _cubic_weights(y, coarse.y_km), _cubic_weights(x, coarse.x_km)
    east, north = (across @ labels[name] @ along.T for name in ("cosine", "sine"))
    latitude = np.degrees(np.arccos(np.minimum(np.hypot(east, north), 1.0))) * hemisphere
    middle = math.atan2(north[window.rows // 2, window.columns // 2], east[window.rows // 2, window.columns // 2])
    turned = (east + 1j * north) * np.exp(-1j * middle)
    return latitude, np.degrees(np.angle(turned) + middle)


def _check_hemisphere(hemisphere: int) -> None:
    if hemisphere not in (1, -1):
        raise ValueError(f"hemisphere {hemisphere} is neither +1 (north) nor -1 (south)")


def _fit(window: Window, hemisphere: int, year: float) -> np.ndarray:
    """Return the field-line map's coefficients [rows, columns, 6] by least squares over the traced altitudes."""
    x, y = window.nodes_km()
    nodes = np.cos(np.pi * (np.arange(FIT_ALTITUDES) + 0.5) / FIT_ALTITUDES)
    altitudes = 0.5 * (FIT_LOWEST_KM + FIT_HIGHEST_KM) + 0.5 * (FIT_HIGHEST_KM - FIT_LOWEST_KM) * nodes
    start = position_above(direction_from_plane(x, y, hemisphere), altitudes[:, None, None])
    end = trace_to_altitude(start, FOOTPRINT_ALTITUDE_KM, year, steps=FIT_TRACE_STEPS)
    end_x, end_y = plane_from_direction(end, hemisphere)
    shift = np.stack([end_x - x, end_y - y], axis=-1)  # [altitude, row, column, 2]
    zeta = zeta_of(altitudes)
    solve = np.linalg.pinv(np.stack([zeta, zeta**2, zeta**3], axis=-1))  # [power, altitude]
    return np.einsum("ka,arcd->rckd", solve, shift).reshape(window.rows, window.columns, 6)


def _trace_labels(coarse: Window, hemisphere: int, year: float) -> dict[str, np.ndarray]:
    """Return cos(latitude) times cos and sin(longitude) of the apex coordinates at 110 km, each [rows, columns]."""
    directions = direction_from_plane(*coarse.nodes_km(), hemisphere)
    latitude, longitude = np.radians(apex_coordinates_of(position_above(directions, FOOTPRINT_ALTITUDE_KM), year))
    return {"cosine": np.cos(latitude) * np.cos(longitude), "sine": np.cos(latitude) * np.sin(longitude)}


def bilinear(table: np.ndarray, window: Window, x_km: np.ndarray, y_km: np.ndarray) -> np.ndarray:
    """Return the table [rows, columns, ...] at plane positions, bilinear, clamped to the window."""
    u = np.clip((x_km - window.x0_km) / window.spacing_km, 0.0, window.columns - 1.0)
    v = np.clip((y_km - window.y0_km) / window.spacing_km, 0.0, window.rows - 1.0)
    i, j = np.minimum(u.astype(int), window.columns - 2), np.minimum(v.astype(int), window.rows - 2)
    f, g = (u - i)[..., None], (v - j)[..., None]
    lower = table[j, i] * (1.0 - f) + table[j, i + 1] * f
    upper = table[j + 1, i] * (1.0 - f) + table[j + 1, i + 1] * f
    return lower * (1.0 - g) + upper * g


def _cubic_weights(at: np.ndarray, nodes: np.ndarray) -> np.ndarray:
    """Return W [at, nodes]: W @ values is the cubic through the four equidistant nodes around each point (Lagrange)."""
    u = (at - nodes[0]) / (nodes[1] - nodes[0])
    first = np.clip(np.floor(u).astype(int) - 1, 0, len(nodes) - 4)
    t = u - first
    weights = np.zeros((len(at), len(nodes)))
    for k in range(4):
        others = [j for j in range(4) if j != k]
        weights[np.arange(len(at)), first + k] = math.prod((t - j) / (k - j) for j in others)
    return weights
