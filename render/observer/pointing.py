"""Where a camera looks at an instant, and how its picture lies on the lens's plane."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from render.core.epoch import Epoch
from render.core.errors import InputError
from render.core.geodesy import Array, geodetic_from_itrs, itrs_from_geodetic, itrs_from_local
from render.observer import attitude, projections
from render.observer.distortion import Distortion
from render.observer.ephemeris import itrs_from_gcrs
from render.observer.orbit import Observer
from render.observer.settings import CameraSettings
from render.observer.wcs import Wcs, read_wcs

DOME_FIELD_DEG = 180.0  # deg, of a planetarium's dome
DOME_LIMB_DEG = (
    25.0  # deg above a dome's front rim, where the limb stands: see `render.observer.settings.DOME_FRONT_DEG`
)
DOME_SWEET_DEG = 35.0  # deg above a dome's front rim, where an audience looks (planetariums' guides say 30 to 40)


@dataclass(frozen=True, eq=False)
class Plane:
    """How a picture lies on the lens's plane: members as those of `render.observer.camera.Camera`."""

    projection: str
    reference_pixel: Array
    tangent_from_pixel: Array
    circle: float = math.inf
    distortion: Distortion | None = None
    gaze: tuple[float, float, float] = (0.0, 0.0, 1.0)


def attitude_of(settings: CameraSettings, observer: Observer, epoch: Epoch, time_s: float) -> Array:
    """Return itrs_from_camera [3, 3] of a camera without a photograph's wcs."""
    quaternion = settings.quaternion_at(time_s)
    if quaternion is not None:
        turned = _frame(settings.quaternion_frame, observer, epoch) @ attitude.rotation_of(quaternion)
    else:
        turned = _local_pointing(settings, observer, time_s)
    if settings.projection == "cube" and settings.cube_face != "cross":
        turned = turned @ projections.FACES[settings.cube_face].T
    return turned


def plane_of(settings: CameraSettings, columns: int, rows: int) -> Plane:
    """Return the plane of a picture of a size, of a camera without a photograph's wcs.

    Raises InputError for a size that a cross of cube faces cannot have, or that the lens folds.
    """
    middle = np.array([0.5 * (columns + 1), 0.5 * (rows + 1)])
    projection, face = settings.projection, settings.cube_face
    if projection == "equirectangular":
        return Plane(projection, middle, np.diag([2.0 * math.pi / columns, math.pi / rows]))
    if projection == "cube" and face == "cross":
        if columns % 4 or rows % 3:
            raise InputError(f"size {columns}x{rows}: a cross of cube faces is four wide and three high")
        return Plane(projection, np.array([0.375 * columns + 0.5, middle[1]]), np.diag([8.0 / columns, 6.0 / rows]))
    if projection == "cube":
        return Plane("rectilinear", middle, np.diag([2.0 / columns, 2.0 / rows]))
    field_deg = settings.field_deg
    if projection == "domemaster":
        projection, field_deg = "equidistant", field_deg or DOME_FIELD_DEG
    if field_deg is not None:
        circle = float(projections.radius_of(projection, np.array(math.radians(0.5 * field_deg))))
        gaze = (0.0, 0.0, 1.0)
        if settings.projection == "domemaster":
            limb = math.radians(DOME_LIMB_DEG)
            gaze = (0.0, math.cos(limb), math.sin(limb))
        return Plane(projection, middle, np.eye(2) * (2.0 * circle / min(columns, rows)), circle, gaze=gaze)
    pixel = settings.sensor_width_mm / columns / settings.focal_length_mm
    return Plane(projection, middle, np.eye(2) * pixel, distortion=settings.lens_distortion(columns, rows))


def photograph(settings: CameraSettings, epoch: Epoch, columns: int, rows: int) -> tuple[Array, Plane]:
    """Return itrs_from_camera and the plane by a photograph's wcs, which holds its pointing among the stars."""
    if settings.wcs is None:
        raise InputError("camera has no wcs")
    photo = read_wcs(settings.wcs, settings.wcs_rows)
    tangent_from_camera, camera_from_pixel = attitude.split_wcs(np.array(photo.cd_deg))
    orientation = attitude.wcs_attitude(itrs_from_gcrs(epoch), photo.ra_deg, photo.dec_deg, tangent_from_camera)
    reference, scale = _rescaled(photo, columns, rows)
    distortion = None if photo.distortion is None else photo.distortion.resized(1.0 / scale)
    return orientation, Plane(photo.projection, reference, camera_from_pixel * scale, distortion=distortion)


def _local_pointing(settings: CameraSettings, observer: Observer, time_s: float) -> Array:
    """Return itrs_from_camera for angles in the local horizon, or towards a place; a domemaster's front looks there."""
    roll_deg = settings.at("roll_deg", time_s)
    dome = settings.projection == "domemaster"
    if settings.look_at is not None:
        place = settings.look_at
        target = itrs_from_geodetic(place.latitude_deg, place.longitude_deg, place.altitude_km)
        if not dome:
            return attitude.look_at_attitude(observer.position_km, target, roll_deg)
        azimuth_deg, elevation_deg = attitude.angles_towards(observer.position_km, target)
        elevation_deg -= DOME_SWEET_DEG - settings.dome_tilt_deg
    else:
        azimuth_deg, elevation_deg = settings.at("azimuth_deg", time_s), settings.at("elevation_deg", time_s)
    if dome:  # the axis is the dome's zenith, its front below
        elevation_deg += 90.0 - settings.dome_tilt_deg
    return attitude.horizon_attitude(observer.position_km, azimuth_deg, elevation_deg, roll_deg)


def _frame(name: str, observer: Observer, epoch: Epoch) -> Array:
    """Return the rotation [3, 3] to ITRS from the axes in which a quaternion is given."""
    if name == "gcrs":
        return itrs_from_gcrs(epoch)
    if name == "itrs":
        return np.eye(3)
    latitude, longitude, _ = geodetic_from_itrs(observer.position_km)
    return itrs_from_local(latitude, longitude)


def _rescaled(photo: Wcs, columns: int, rows: int) -> tuple[Array, float]:
    """Return the reference pixel at another size, and the photograph's pixels per new pixel.

    Edges, not centres, are kept: x of W columns becomes (x - 0.5) W'/W + 0.5; the middle row stays the middle row.
    """
    scale = photo.columns / columns
    x, y = photo.reference_pixel
    new_y = (y - 0.5 - 0.5 * photo.rows) / scale + 0.5 * rows + 0.5
    return np.array([(x - 0.5) / scale + 0.5, new_y]), scale
