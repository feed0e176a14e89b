"""Which way the camera looks: rotations from camera axes (x right, y down, z forward) to ITRS."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from render.core.errors import InputError
from render.core.geodesy import Array, geodetic_from_itrs, itrs_from_local


def local_from_camera(azimuth_deg: float, elevation_deg: float, roll_deg: float = 0.0) -> Array:
    """Return the rotation [3, 3] from camera axes to local (east, north, up).

    Azimuth from north through east, elevation above the horizontal plane; positive roll turns the camera clockwise as
    the photographer sees it, so that the horizon in the picture turns anticlockwise. Straight up or down is allowed:
    columns then grow towards azimuth + 90 degrees.
    """
    azimuth, elevation, roll = (math.radians(angle) for angle in (azimuth_deg, elevation_deg, roll_deg))
    sin_az, cos_az = math.sin(azimuth), math.cos(azimuth)
    sin_el, cos_el = math.sin(elevation), math.cos(elevation)
    forward = np.array([cos_el * sin_az, cos_el * cos_az, sin_el])
    level_right = np.array([cos_az, -sin_az, 0.0])
    level_down = np.cross(forward, level_right)
    right = math.cos(roll) * level_right + math.sin(roll) * level_down
    down = math.cos(roll) * level_down - math.sin(roll) * level_right
    return np.stack([right, down, forward], axis=-1)


def horizon_attitude(position_km: Array, azimuth_deg: float, elevation_deg: float, roll_deg: float = 0.0) -> Array:
    """Return itrs_from_camera [3, 3] for angles in the geodetic local horizon of the ITRS position, km, [3]."""
    latitude, longitude, _ = geodetic_from_itrs(position_km)
    return itrs_from_local(latitude, longitude) @ local_from_camera(azimuth_deg, elevation_deg, roll_deg)


def look_at_attitude(position_km: Array, target_km: Array, roll_deg: float = 0.0) -> Array:
    """Return itrs_from_camera [3, 3] that puts the ITRS point `target_km` in the middle, the horizon level at roll 0.

    Raises InputError when the target is the observer's own place.
    """
    return horizon_attitude(position_km, *angles_towards(position_km, target_km), roll_deg)


def angles_towards(position_km: Array, target_km: Array) -> tuple[float, float]:
    """Return azimuth and elevation, degrees, of an ITRS point from another. Raises InputError where they are one."""
    toward = np.asarray(target_km, dtype=np.float64) - np.asarray(position_km, dtype=np.float64)
    if float(np.linalg.norm(toward)) == 0.0:
        raise InputError("look_at is the observer's own position; give another point to look at")
    latitude, longitude, _ = geodetic_from_itrs(position_km)
    east, north, up = toward @ itrs_from_local(latitude, longitude)
    return math.degrees(math.atan2(east, north)), math.degrees(math.atan2(up, math.hypot(east, north)))


def unit_quaternions(quaternions: ArrayLike) -> Array:
    """Return quaternions [..., 4] of length 1, of any finite length but 0: the largest part is taken off first, so that
    no square overflows."""
    given = np.asarray(quaternions, dtype=np.float64)
    scaled = given / np.abs(given).max(axis=-1, keepdims=True)
    return np.asarray(scaled / np.linalg.norm(scaled, axis=-1, keepdims=True))


def rotation_of(quaternion: ArrayLike) -> Array:
    """Return the rotation [3, 3] of a quaternion (w, x, y, z), of any length but 0: v becomes q v q* (Hamilton)."""
    w, x, y, z = unit_quaternions(quaternion)
    return np.array(
        [
            [1.0 - 2.0 * (y * y + z * z), 2.0 * (x * y - w * z), 2.0 * (x * z + w * y)],
            [2.0 * (x * y + w * z), 1.0 - 2.0 * (x * x + z * z), 2.0 * (y * z - w * x)],
            [2.0 * (x * z - w * y), 2.0 * (y * z + w * x), 1.0 - 2.0 * (x * x + y * y)],
        ]
    )


def gcrs_from_tangent(ra_deg: float, dec_deg: float) -> Array:
    """Return the rotation [3, 3] whose columns are east (RA grows), north and outward at a J2000 direction, in GCRS."""
    return itrs_from_local(dec_deg, ra_deg)  # the same three vectors, with right ascension for longitude


def gcrs_direction(ra_deg: float, dec_deg: float) -> Array:
    """Return the GCRS unit vector [3] of J2000 right ascension and declination, degrees (no frame bias, 0.02")."""
    return gcrs_from_tangent(ra_deg, dec_deg)[:, 2]


def split_wcs(cd_deg: Array) -> tuple[Array, Array]:
    """Return (tangent_from_camera, camera_from_pixel), both [2, 2], of a photograph's CD matrix, degrees per pixel.

    The CD matrix takes pixel offsets to the tangent plane (east, north); its rotation (polar decomposition) becomes the
    camera's attitude, so that camera x and y lie along columns and rows; the rest, the scale and any skew or
    mirroring, is camera_from_pixel, tangents per pixel. Source: Greisen & Calabretta (2002), A&A 395, 1061.
    """
    cd = np.asarray(cd_deg, dtype=np.float64)
    angle = math.atan2(cd[1, 0] - cd[0, 1], cd[0, 0] + cd[1, 1])
    tangent_from_camera = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    return tangent_from_camera, np.radians(tangent_from_camera.T @ cd)


def wcs_attitude(itrs_from_gcrs: Array, ra_deg: float, dec_deg: float, tangent_from_camera: Array) -> Array:
    """Return itrs_from_camera [3, 3] for a gnomonic (TAN) solution about (ra, dec), J2000 degrees."""
    tangent_axes = np.eye(3)
    tangent_axes[:2, :2] = tangent_from_camera
    return itrs_from_gcrs @ gcrs_from_tangent(ra_deg, dec_deg) @ tangent_axes
