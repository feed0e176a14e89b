"""The camera: a lens of one of the projections of `render.observer.projections` over photosites.

Pixels are counted from 1; the centre of the top-left one is (1, 1); x grows to the right, y downwards. Camera axes: x
right, y down, z forward. A pixel's place on the lens's plane is [p, q] = tangent_from_pixel @ ([x, y] -
reference_pixel), in focal lengths, the offset freed of distortion first; a rectilinear lens looks along (p, q, 1).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from render.core.epoch import Epoch
from render.core.errors import InputError
from render.core.geodesy import Array, component
from render.observer import projections
from render.observer.distortion import Distortion
from render.observer.orbit import Observer
from render.observer.paths import CameraKey
from render.observer.pointing import attitude_of, photograph, plane_of
from render.observer.settings import CameraSettings, LookAt

__all__ = ["Camera", "CameraKey", "CameraSettings", "LookAt", "camera_at"]

RIM_PX = 8.0  # px outside the image circle from which on pixels look alike: two nodes of the coarsest lattice


@dataclass(frozen=True)
class Camera:
    """A camera at one instant.

    `itrs_from_camera` [3, 3]; `reference_pixel` [2] (x, y), where the optical axis meets the picture;
    `tangent_from_pixel` [2, 2], focal lengths on the lens's plane per pixel, of any projection: tangents of angles on
    the axis; `photosite_area_m2` on the sensor; `f_number`, `exposure_s`, `iso`; `quality`: what a picture is worth,
    see `CameraSettings`; `point_um`: see `render.observer.lens.LensSettings`; `projection`, one of
    `projections.PROJECTIONS`; `circle`: radius of a fisheye's image circle, focal lengths, beyond which the picture is
    black; `distortion`: of a real lens; `gaze` [3]: what it is there to see, camera axes: straight ahead, of a
    domemaster the limb above the dome's front; `draws_out`: its points are long towards the corners, as a real lens's.
    """

    rows: int
    columns: int
    itrs_from_camera: Array
    reference_pixel: Array
    tangent_from_pixel: Array
    photosite_area_m2: float
    f_number: float
    exposure_s: float
    iso: float
    quality: str = "standard"
    point_um: float | None = None
    projection: str = "rectilinear"
    circle: float = math.inf
    distortion: Distortion | None = None
    gaze: tuple[float, float, float] = (0.0, 0.0, 1.0)
    draws_out: bool = False

    @property
    def looks_along(self) -> Array:
        """Return the ITRS unit vector of its gaze."""
        return self.itrs_from_camera @ np.array(self.gaze)

    def of_rows(self, first: int, count: int) -> Camera:
        """Return the camera of `count` rows of the picture from `first` (0 = top): their pixels look as they did."""
        if not (first >= 0 and count >= 1 and first + count <= self.rows):
            raise ValueError(f"rows {first} to {first + count - 1} are not all of 0 to {self.rows - 1}")
        return replace(self, rows=count, reference_pixel=np.asarray(self.reference_pixel, float) - [0.0, first])

    def directions_at(self, x: ArrayLike, y: ArrayLike) -> Array:
        """Return the ITRS unit vectors [..., 3] of pixels (x, y), counted from 1; x and y broadcast."""
        along = self.along(x, y)
        along /= np.linalg.norm(along, axis=-1, keepdims=True)
        return along @ self.itrs_from_camera.T

    def along(self, x: ArrayLike, y: ArrayLike) -> Array:
        """Return what pixels (x, y), counted from 1, look along, [..., 3], camera axes.

        (p, q, 1) of a rectilinear lens, else of unit length; past a fisheye's image circle as at its rim.
        """
        return projections.directions(self.projection, *self._within_circle(*self._plane(x, y)))

    def ray_directions(self, first_row: int = 1, last_row: int | None = None) -> Array:
        """Return ITRS unit vectors [row, column, 3] of the pixel centres of rows `first_row` to `last_row`.

        Rows are counted from 1 and both ends are included; all rows by default.
        """
        return self.directions_at(*self._centres(first_row, last_row))

    def solid_angle(self, first_row: int = 1, last_row: int | None = None) -> Array:
        """Return the solid angle, sr, [row, column], of each pixel of the rows `first_row` to `last_row` (included).

        The pixel's area on the lens's plane times the solid angle of the plane's area there: exact in the limit of
        small pixels.
        """
        return self.solid_angle_at(*self._centres(first_row, last_row))

    def solid_angle_at(self, x: ArrayLike, y: ArrayLike) -> Array:
        """Return the solid angle, sr, of the pixels (x, y), counted from 1; x and y broadcast."""
        area = abs(np.linalg.det(self.tangent_from_pixel))
        found = area * projections.steradians(self.projection, *self._within_circle(*self._plane(x, y)))
        return found if self.distortion is None else found * self.distortion.stretch(*self._offsets(x, y))

    def project(self, directions_itrs: ArrayLike) -> tuple[Array, Array, NDArray[np.bool_]]:
        """Return (x, y, seen) of ITRS directions [..., 3]: the pixel counted from 1, NaN where there is none.

        Any length will do. `seen` is boolean: not behind a rectilinear lens, nor past a fisheye's last angle; the pixel
        may lie outside the frame or the image circle.
        """
        right, down, ahead = (component(directions_itrs, axis) for axis in self.itrs_from_camera.T)
        u, v, seen = projections.plane(self.projection, right, down, ahead)
        (xx, xy), (yx, yy) = np.linalg.inv(self.tangent_from_pixel)
        if self.distortion is None:
            return xx * u + xy * v + self.reference_pixel[0], yx * u + yy * v + self.reference_pixel[1], seen
        dx, dy = self.distortion.distorted(xx * u + xy * v, yx * u + yy * v)
        return dx + self.reference_pixel[0], dy + self.reference_pixel[1], seen

    def holds(self, x: ArrayLike, y: ArrayLike) -> NDArray[np.bool_]:
        """Return whether pixel coordinates (x, y) fall on the frame, its edges at 0.5 and columns (rows) + 0.5, and not
        where the picture is black."""
        x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
        inside = (x >= 0.5) & (x <= self.columns + 0.5) & (y >= 0.5) & (y <= self.rows + 0.5)
        return inside if self.fills_frame else np.asarray(inside & self._shows(*self._plane(x, y)))

    @property
    def fills_frame(self) -> bool:
        """Return whether every pixel of any frame shows something: no image circle ends, no cross has corners."""
        return self.projection in ("rectilinear", "equirectangular") and math.isinf(self.circle)

    @property
    def has_seams(self) -> bool:
        """Return whether neighbours in the sky may lie far apart in the picture: of a fisheye those straight behind."""
        return self.projection != "rectilinear"

    def circle_margin(self, directions_itrs: ArrayLike) -> Array | None:
        """Return how far within the image circle directions [...] fall, widths of the picture; None without one."""
        if math.isinf(self.circle):
            return None
        x, y, _ = self.project(directions_itrs)
        return np.asarray((self.circle - np.hypot(*self._plane(x, y))) / (self._pixel * self.columns))

    def coverage(self, first_row: int = 1, last_row: int | None = None) -> Array | None:
        """Return which share of each pixel [row, column] shows anything: 0 beyond the image circle, whose edge runs
        smoothly over a pixel. None where all do. Rows as of `ray_directions`."""
        if self.fills_frame:
            return None
        u, v = self._plane(*self._centres(first_row, last_row))
        if self.projection == "cube":
            return projections.on_picture("cube", u, v).astype(np.float64)
        edge = min(self.circle, float(projections.radius_of(self.projection, np.array(self._last_angle_rad))))
        return np.clip(0.5 + (edge - np.hypot(u, v)) / self._pixel, 0.0, 1.0) * np.ones_like(u)

    def widest_angle_rad(self, margin_px: float = 0.0) -> float:
        """Return the half-angle, rad, of the cone about the optical axis that just holds the frame and a margin."""
        corners = [(x, y) for x in (-margin_px, self.columns + margin_px) for y in (-margin_px, self.rows + margin_px)]
        farthest = max(float(np.hypot(*self._plane(x, y))) for x, y in corners)
        if self.projection == "rectilinear":
            return float(np.arctan(farthest))
        if self.projection in ("equirectangular", "cube"):
            return math.pi
        farthest = min(farthest, self.circle + margin_px * self._pixel)
        beyond = margin_px * self._pixel if self.projection == "orthographic" else 0.0  # its radius says little there
        return min(float(projections.angle_of(self.projection, np.array(farthest))) + beyond, math.pi)

    @property
    def _pixel(self) -> float:
        """Return the side of a square pixel on the lens's plane, focal lengths."""
        return math.sqrt(abs(float(np.linalg.det(self.tangent_from_pixel))))

    @property
    def _last_angle_rad(self) -> float:
        return projections.last_angle_rad(self.projection)

    def _shows(self, u: Array, v: Array) -> NDArray[np.bool_]:
        shown = projections.on_picture(self.projection, u, v)
        return shown if math.isinf(self.circle) else shown & (np.hypot(u, v) <= self.circle)

    @property
    def rim(self) -> float:
        """Return the radius on the lens's plane past which pixels look as at it: a little outside the image circle, so
        that light is smooth up to its edge."""
        return self.circle + RIM_PX * self._pixel

    def _within_circle(self, u: Array, v: Array) -> tuple[Array, Array]:
        """Return places on the plane, those past the rim moved to it."""
        if math.isinf(self.circle):
            return u, v
        inwards = np.minimum(self.rim / np.maximum(np.hypot(u, v), 1e-300), 1.0)
        return u * inwards, v * inwards

    def _centres(self, first_row: int, last_row: int | None) -> tuple[Array, Array]:
        last_row = self.rows if last_row is None else last_row
        if not 1 <= first_row <= last_row <= self.rows:
            raise InputError(f"rows {first_row} to {last_row} asked for; the picture has rows 1 to {self.rows}")
        x = np.arange(1.0, self.columns + 1.0)[None, :]
        return x, np.arange(first_row, last_row + 1.0)[:, None]

    def _offsets(self, x: ArrayLike, y: ArrayLike) -> tuple[Array, Array]:
        dx = np.asarray(x, dtype=np.float64) - self.reference_pixel[0]
        return dx, np.asarray(y, dtype=np.float64) - self.reference_pixel[1]

    def _plane(self, x: ArrayLike, y: ArrayLike) -> tuple[Array, Array]:
        """Return places on the lens's plane, focal lengths."""
        dx, dy = self._offsets(x, y)
        if self.distortion is not None:
            dx, dy = self.distortion.undistorted(*np.broadcast_arrays(dx, dy))
        (xx, xy), (yx, yy) = self.tangent_from_pixel
        return xx * dx + xy * dy, yx * dx + yy * dy


def camera_at(
    settings: CameraSettings, observer: Observer, epoch: Epoch, time_s: float, size: tuple[int, int] | None = None
) -> Camera:
    """Return the camera at the instant `epoch`, which is `time_s` seconds of film time.

    `size` (columns, rows) takes the place of the settings' own; it keeps the field of view of the width, and adds or
    takes rows evenly at top and bottom; an image circle touches the shorter sides, a whole sky fills the frame. A WCS
    holds its pointing among the stars at any instant. Raises InputError for a size below 1 x 1, or one that cube faces
    cannot have, and for a WCS file that cannot be used.
    """
    columns, rows = (settings.columns, settings.rows) if size is None else size
    if columns < 1 or rows < 1:
        raise InputError(f"size {columns}x{rows}: both must be at least 1")
    if settings.wcs is not None:
        orientation, plane = photograph(settings, epoch, columns, rows)
    else:
        orientation, plane = attitude_of(settings, observer, epoch, time_s), plane_of(settings, columns, rows)
    return Camera(
        rows=rows,
        columns=columns,
        itrs_from_camera=orientation,
        reference_pixel=plane.reference_pixel,
        tangent_from_pixel=plane.tangent_from_pixel,
        photosite_area_m2=(settings.sensor_width_mm * 1e-3 / columns) ** 2,
        f_number=settings.at("f_number", time_s),
        exposure_s=settings.at("exposure_s", time_s),
        iso=settings.at("iso", time_s),
        quality=settings.quality,
        point_um=settings.lens.point_um,
        projection=plane.projection,
        circle=plane.circle,
        distortion=plane.distortion,
        gaze=plane.gaze,
        draws_out=settings.projection == "rectilinear" and settings.response not in ("ideal_cie", "eye"),
    )
