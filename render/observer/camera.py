"""The camera: a rectilinear (gnomonic) lens over square photosites.

Pixels are counted from 1; the centre of the top-left one is (1, 1); x grows to the right, y downwards. Camera axes: x
right, y down, z forward. A pixel looks along (u, v, 1), [u, v] = tangent_from_pixel @ ([x, y] - reference_pixel).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from render.core.epoch import Epoch
from render.core.errors import InputError
from render.core.geodesy import Array, component, itrs_from_geodetic
from render.observer import attitude
from render.observer.ephemeris import itrs_from_gcrs
from render.observer.orbit import Observer
from render.observer.settings import CameraKey, CameraSettings, LookAt
from render.observer.wcs import Wcs, read_wcs

__all__ = ["Camera", "CameraKey", "CameraSettings", "LookAt", "camera_at"]


@dataclass(frozen=True)
class Camera:
    """A camera at one instant.

    `itrs_from_camera` [3, 3]; `reference_pixel` [2] (x, y), where the optical axis meets the picture;
    `tangent_from_pixel` [2, 2], tangents per pixel; `photosite_area_m2` on the sensor; `f_number`, `exposure_s`, `iso`;
    `quality`: what a picture is worth, see `CameraSettings`; `point_um`: see `render.observer.lens.LensSettings`.
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

    def of_rows(self, first: int, count: int) -> Camera:
        """Return the camera of `count` rows of the picture from `first` (0 = top): their pixels look as they did."""
        if not (first >= 0 and count >= 1 and first + count <= self.rows):
            raise ValueError(f"rows {first} to {first + count - 1} are not all of 0 to {self.rows - 1}")
        return replace(self, rows=count, reference_pixel=np.asarray(self.reference_pixel, float) - [0.0, first])

    def directions_at(self, x: ArrayLike, y: ArrayLike) -> Array:
        """Return the ITRS unit vectors [..., 3] of pixels (x, y), counted from 1; x and y broadcast."""
        u, v = self._tangents(x, y)
        along = np.stack([u, v, np.ones_like(u)], axis=-1)
        along /= np.linalg.norm(along, axis=-1, keepdims=True)
        return along @ self.itrs_from_camera.T

    def ray_directions(self, first_row: int = 1, last_row: int | None = None) -> Array:
        """Return ITRS unit vectors [row, column, 3] of the pixel centres of rows `first_row` to `last_row`.

        Rows are counted from 1 and both ends are included; all rows by default.
        """
        return self.directions_at(*self._centres(first_row, last_row))

    def solid_angle(self, first_row: int = 1, last_row: int | None = None) -> Array:
        """Return the solid angle, sr, [row, column], of each pixel of the rows `first_row` to `last_row` (included).

        The flat pixel's area on the tangent plane times the cosine cubed of the angle off axis: exact in the limit of
        small pixels.
        """
        return self.solid_angle_at(*self._centres(first_row, last_row))

    def solid_angle_at(self, x: ArrayLike, y: ArrayLike) -> Array:
        """Return the solid angle, sr, of the pixels (x, y), counted from 1; x and y broadcast."""
        u, v = self._tangents(x, y)
        return abs(np.linalg.det(self.tangent_from_pixel)) * (1.0 + u * u + v * v) ** -1.5

    def project(self, directions_itrs: ArrayLike) -> tuple[Array, Array, NDArray[np.bool_]]:
        """Return (x, y, in_front) of ITRS directions [..., 3]: the pixel counted from 1, NaN behind the camera.

        Any length will do. `in_front` is boolean; the pixel may lie outside the frame.
        """
        right, down, ahead = (component(directions_itrs, axis) for axis in self.itrs_from_camera.T)
        in_front = ahead > 0.0
        depth = np.where(in_front, ahead, np.nan)
        u, v = right / depth, down / depth
        (xx, xy), (yx, yy) = np.linalg.inv(self.tangent_from_pixel)
        return xx * u + xy * v + self.reference_pixel[0], yx * u + yy * v + self.reference_pixel[1], in_front

    def holds(self, x: ArrayLike, y: ArrayLike) -> NDArray[np.bool_]:
        """Return whether pixel coordinates (x, y) fall on the frame, its edges at 0.5 and columns (rows) + 0.5."""
        x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
        return (x >= 0.5) & (x <= self.columns + 0.5) & (y >= 0.5) & (y <= self.rows + 0.5)

    def widest_angle_rad(self, margin_px: float = 0.0) -> float:
        """Return the half-angle, rad, of the cone about the optical axis that just holds the frame and a margin."""
        corners = [(x, y) for x in (-margin_px, self.columns + margin_px) for y in (-margin_px, self.rows + margin_px)]
        return float(np.arctan(max(np.hypot(*self._tangents(x, y)) for x, y in corners)))

    def _centres(self, first_row: int, last_row: int | None) -> tuple[Array, Array]:
        last_row = self.rows if last_row is None else last_row
        if not 1 <= first_row <= last_row <= self.rows:
            raise InputError(f"rows {first_row} to {last_row} asked for; the picture has rows 1 to {self.rows}")
        x = np.arange(1.0, self.columns + 1.0)[None, :]
        return x, np.arange(first_row, last_row + 1.0)[:, None]

    def _tangents(self, x: ArrayLike, y: ArrayLike) -> tuple[Array, Array]:
        dx = np.asarray(x, dtype=np.float64) - self.reference_pixel[0]
        dy = np.asarray(y, dtype=np.float64) - self.reference_pixel[1]
        (xx, xy), (yx, yy) = self.tangent_from_pixel
        return xx * dx + xy * dy, yx * dx + yy * dy


def camera_at(
    settings: CameraSettings, observer: Observer, epoch: Epoch, time_s: float, size: tuple[int, int] | None = None
) -> Camera:
    """Return the camera at the instant `epoch`, which is `time_s` seconds of film time.

    `size` (columns, rows) takes the place of the settings' own; it keeps the field of view of the width, and adds or
    takes rows evenly at top and bottom. A WCS holds its pointing among the stars at any instant. Raises InputError for
    a size below 1 x 1 and for a WCS file that cannot be used.
    """
    columns, rows = (settings.columns, settings.rows) if size is None else size
    if columns < 1 or rows < 1:
        raise InputError(f"size {columns}x{rows}: both must be at least 1")
    if settings.wcs is not None:
        photo = read_wcs(settings.wcs)
        orientation, camera_from_pixel = _wcs_pointing(photo, epoch)
        reference, scale = _rescaled(photo, columns, rows)
        tangent_from_pixel = camera_from_pixel * scale
    else:
        orientation = _local_pointing(settings, observer, time_s)
        reference = np.array([0.5 * (columns + 1), 0.5 * (rows + 1)])
        tangent_from_pixel = np.eye(2) * (settings.sensor_width_mm / columns / settings.focal_length_mm)
    return Camera(
        rows=rows,
        columns=columns,
        itrs_from_camera=orientation,
        reference_pixel=reference,
        tangent_from_pixel=tangent_from_pixel,
        photosite_area_m2=(settings.sensor_width_mm * 1e-3 / columns) ** 2,
        f_number=settings.at("f_number", time_s),
        exposure_s=settings.at("exposure_s", time_s),
        iso=settings.at("iso", time_s),
        quality=settings.quality,
        point_um=settings.lens.point_um,
    )


def _local_pointing(settings: CameraSettings, observer: Observer, time_s: float) -> Array:
    """Return itrs_from_camera for angles in the local horizon, or towards a place."""
    roll_deg = settings.at("roll_deg", time_s)
    if settings.look_at is not None:
        place = settings.look_at
        target = itrs_from_geodetic(place.latitude_deg, place.longitude_deg, place.altitude_km)
        return attitude.look_at_attitude(observer.position_km, target, roll_deg)
    azimuth_deg, elevation_deg = settings.at("azimuth_deg", time_s), settings.at("elevation_deg", time_s)
    return attitude.horizon_attitude(observer.position_km, azimuth_deg, elevation_deg, roll_deg)


def _wcs_pointing(photo: Wcs, epoch: Epoch) -> tuple[Array, Array]:
    """Return itrs_from_camera and camera_from_pixel (tangents per pixel of the photograph)."""
    tangent_from_camera, camera_from_pixel = attitude.split_wcs(np.array(photo.cd_deg))
    orientation = attitude.wcs_attitude(itrs_from_gcrs(epoch), photo.ra_deg, photo.dec_deg, tangent_from_camera)
    return orientation, camera_from_pixel


def _rescaled(photo: Wcs, columns: int, rows: int) -> tuple[Array, float]:
    """Return the reference pixel at another size, and the photograph's pixels per new pixel.

    Edges, not centres, are kept: x of W columns becomes (x - 0.5) W'/W + 0.5; the middle row stays the middle row.
    """
    scale = photo.columns / columns
    x, y = photo.reference_pixel
    new_y = (y - 0.5 - 0.5 * photo.rows) / scale + 0.5 * rows + 0.5
    return np.array([(x - 0.5) / scale + 0.5, new_y]), scale
