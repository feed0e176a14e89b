"""On which pixel a place, a star or a shell's edge falls, or why it does not."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from render.core.epoch import Epoch
from render.core.errors import InputError
from render.core.geodesy import Array, itrs_from_geodetic, shell_distances
from render.core.units import EARTH_A_KM, EARTH_B_KM
from render.observer.attitude import gcrs_direction
from render.observer.camera import Camera
from render.observer.ephemeris import itrs_from_gcrs
from render.observer.orbit import Observer

ROW_STEP_PX = 0.1  # px, of rows between which an edge is found by a straight line: within 1e-3 px
TOUCH_KM = 0.01  # a ray that meets the ellipsoid this close before its target, or to the observer, is not hidden

HIDDEN = "hidden by Earth"
OUT_OF_FRAME = "out of frame"
BEHIND = "behind the camera"
NO_EDGE = "no edge on this column"
INSIDE = "the observer is inside the shell"


@dataclass(frozen=True)
class Sighting:
    """Where something falls on the picture.

    `x`, `y`: pixel counted from 1 at the top left, given also when hidden or out of frame, None where there is none.
    `visible`, and if not, `reason`: why (empty when visible).
    """

    x: float | None
    y: float | None
    visible: bool
    reason: str


def locate_place(
    camera: Camera, observer: Observer, latitude_deg: float, longitude_deg: float, altitude_km: float = 0.0
) -> Sighting:
    """Return where a geodetic place falls, along a straight ray (no refraction)."""
    target = itrs_from_geodetic(latitude_deg, longitude_deg, altitude_km)
    toward = target - observer.position_km
    distance = float(np.linalg.norm(toward))
    if distance == 0.0:
        return Sighting(None, None, False, "the observer's own place")
    # A place below the ellipsoid (the Dead Sea) is not hidden by the ground that it stands on.
    return _sighting(camera, toward, _is_hidden(observer, toward / distance, distance, min(0.0, altitude_km)))


def locate_star(camera: Camera, observer: Observer, epoch: Epoch, ra_deg: float, dec_deg: float) -> Sighting:
    """Return where a J2000 direction, degrees, falls (no aberration, which is 20 arcsec at most, no refraction)."""
    direction = itrs_from_gcrs(epoch) @ gcrs_direction(ra_deg, dec_deg)
    return _sighting(camera, direction, _is_hidden(observer, direction, math.inf, 0.0))


def shell_edge(camera: Camera, observer: Observer, shell_km: float, column: float) -> Sighting:
    """Return where, on `column` (counted from 1), straight rays touch the shell with semi-axes a + H, b + H.

    H = `shell_km` >= 0, 0 being the ground horizon. Where two edges cross the column, the one in the frame and nearest
    its middle counts. `y` is None where none does, or from inside the shell. Raises InputError for a negative H.

    A ray d touches when (o.d)^2 = (d.d)(o.o - 1), o and d scaled by the semi-axes; d is linear in the row, so this is
    a quadratic in the row and needs no search. Where d is not, through a lens that is not rectilinear, edges are sought
    between rows a tenth of a pixel apart.
    """
    if not shell_km >= 0.0:
        raise InputError(f"shell altitude {shell_km:g} km: must be 0 (the ground) or above")
    axes = shell_km + np.array([EARTH_A_KM, EARTH_A_KM, EARTH_B_KM])
    origin = observer.position_km / axes
    outside = float(origin @ origin) - 1.0
    if outside <= 0.0:
        return Sighting(column, None, False, INSIDE)
    plain = camera.projection == "rectilinear" and camera.distortion is None
    rows = (_edge_rows if plain else _edge_rows_sought)(camera, column, axes, origin, outside)
    if not rows:
        return Sighting(column, None, False, NO_EDGE)
    middle = 0.5 * (camera.rows + 1)
    row = min(rows, key=lambda y: abs(y - middle))
    seen = bool(camera.holds(column, row))
    return Sighting(column, row, seen, "" if seen else OUT_OF_FRAME)


def _edge_rows(camera: Camera, column: float, axes_km: Array, origin: Array, outside: float) -> list[float]:
    """Return the rows at which a column meets the edge: where a quadratic is zero, ahead of the observer."""
    base, slope = _column_of_rays(camera, column, axes_km)
    ob, os = float(origin @ base), float(origin @ slope)
    offsets = _real_roots(
        os * os - outside * float(slope @ slope),
        2.0 * (ob * os - outside * float(base @ slope)),
        ob * ob - outside * float(base @ base),
    )
    return [float(camera.reference_pixel[1]) + t for t in offsets if ob + os * t < 0.0]


def _edge_rows_sought(camera: Camera, column: float, axes_km: Array, origin: Array, outside: float) -> list[float]:
    """Return `_edge_rows` through any lens: where the ray's side of the shell changes from row to row, on the frame."""
    y = np.arange(0.5, camera.rows + 0.5 + 0.5 * ROW_STEP_PX, ROW_STEP_PX)
    d = camera.directions_at(column, y) / axes_km
    along = d @ origin
    beside = along * np.abs(along) + outside * np.einsum("ij,ij->i", d, d)  # ahead: negative within, positive outside
    k = np.flatnonzero((beside[1:] * beside[:-1] <= 0.0) & (along[1:] < 0.0) & camera.holds(column, y[1:]))
    change = beside[k + 1] - beside[k]
    return [float(row) for row in y[k] - beside[k] / np.where(change == 0.0, 1.0, change) * ROW_STEP_PX]


def _column_of_rays(camera: Camera, column: float, axes_km: Array) -> tuple[Array, Array]:
    """Return (base, slope), scaled by the semi-axes: the ray at row offset t from the reference is base + slope t."""
    camera_base = np.append(camera.tangent_from_pixel[:, 0] * (column - camera.reference_pixel[0]), 1.0)
    camera_slope = np.append(camera.tangent_from_pixel[:, 1], 0.0)
    return camera.itrs_from_camera @ camera_base / axes_km, camera.itrs_from_camera @ camera_slope / axes_km


def _real_roots(a: float, b: float, c: float) -> list[float]:
    """Return the real roots of a t^2 + b t + c, by the form that does not cancel."""
    discriminant = b * b - 4.0 * a * c
    if discriminant < 0.0:
        return []
    q = -0.5 * (b + math.copysign(math.sqrt(discriminant), b))
    return [root for root in (q / a if a else math.nan, c / q if q else math.nan) if math.isfinite(root)]


def _is_hidden(observer: Observer, direction: Array, distance_km: float, ground_km: float) -> bool:
    """Return whether the ellipsoid at `ground_km` stands between the observer and a point at `distance_km`."""
    near, far = shell_distances(observer.position_km, direction, ground_km)
    return bool(far > TOUCH_KM and near > -TOUCH_KM and near < distance_km - TOUCH_KM)  # NaN, a miss, is False


def _sighting(camera: Camera, direction: Array, hidden: bool) -> Sighting:
    """Return the sighting of a direction that Earth hides or not."""
    x, y, in_front = camera.project(direction)
    if not in_front:
        return Sighting(None, None, False, BEHIND)
    if hidden:
        return Sighting(float(x), float(y), False, HIDDEN)
    if not camera.holds(x, y):
        return Sighting(float(x), float(y), False, OUT_OF_FRAME)
    return Sighting(float(x), float(y), True, "")
