"""What moves while the shutter is open: the observer along its way, and the camera with whatever holds it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from render.core.geodesy import Array
from render.core.units import EARTH_MEAN_RADIUS_KM
from render.frame.moment import Moment, moment_of
from render.observer.ephemeris import itrs_from_gcrs
from render.observer.orbit import EARTH_ROTATION_RAD_S
from render.observer.settings import CameraSettings
from render.scene import Scene

SHUTTER_INSTANTS = 3  # of the exposure at which points of light are placed; between them their way is a straight line


def through_shutter(scene: Scene, moment: Moment) -> list[Moment]:
    """Return the moments that divide the shutter's opening evenly, both its ends included.

    The camera looks as told in the middle of the exposure; before and after it turns with what it tracks.
    """
    size = moment.camera.columns, moment.camera.rows
    opening = np.linspace(-0.5, 0.5, SHUTTER_INSTANTS) * moment.camera.exposure_s
    held = [moment_of(scene, moment.epoch.plus_seconds(float(dt)), size) for dt in opening]
    return [turned_with(tracked(scene.camera), moment, then) for then in held]


def tracked(camera: CameraSettings) -> str:
    """Return what the camera keeps in place: as told, or the stars of a photograph's solved pointing, the place that it
    is to look at, and else the station that it is held in."""
    if camera.tracking is not None:
        return camera.tracking
    if camera.wcs is not None:
        return "stars"
    return "station" if camera.look_at is None else "ground"


def turned_with(what: str, middle: Moment, then: Moment) -> Moment:
    """Return the moment `then` with the camera of `middle`, turned as what it tracks has turned since."""
    camera = middle.camera
    if what == "stars":
        turn = itrs_from_gcrs(then.epoch) @ itrs_from_gcrs(middle.epoch).T
    elif what == "station":
        turn = _orbit_axes(then) @ _orbit_axes(middle).T
    else:
        turn = _turn_to_place(middle, then)
    return replace(then, camera=replace(then.camera, itrs_from_camera=turn @ camera.itrs_from_camera))


def _orbit_axes(moment: Moment) -> Array:
    """Return the axes [3, 3], columns, ITRS, that a station keeps: along its way among the stars, beside it, and up.

    One that stands on the ground keeps the ground's; one that is still among the stars keeps theirs.
    """
    position, (x, y, _) = moment.position_km, moment.position_km
    up = position / np.linalg.norm(position)
    velocity = moment.observer.velocity_km_s + EARTH_ROTATION_RAD_S * np.array([-y, x, 0.0])
    along = velocity - (velocity @ up) * up
    if np.linalg.norm(along) < 1e-9:  # still among the stars
        return itrs_from_gcrs(moment.epoch)
    along = along / np.linalg.norm(along)
    return np.stack([along, np.cross(up, along), up], axis=-1)


def _turn_to_place(middle: Moment, then: Moment) -> Array:
    """Return the rotation that keeps the place in the middle of the picture there; above the limb, its lowest point."""
    axis = middle.camera.itrs_from_camera[:, 2]
    place = middle.position_km + _distance_km(middle.position_km, axis) * axis
    away = place - then.position_km
    return rotation_between(axis, away / np.linalg.norm(away))


def _distance_km(position: Array, axis: Array) -> float:
    """Return how far the ground is along a line of sight, km, on a sphere through the point below; else its lowest
    point, or 0 where it only climbs."""
    radius = float(np.linalg.norm(position))
    down = -float(position @ axis)
    inside = down**2 - radius**2 + EARTH_MEAN_RADIUS_KM**2
    return max(down - float(np.sqrt(inside)), 0.0) if inside > 0.0 and down > 0.0 else max(down, 1.0)


def rotation_between(a: Array, b: Array) -> Array:
    """Return the least rotation [3, 3] that takes unit vector a to b, which is not opposite."""
    cross, cosine = np.cross(a, b), float(a @ b)
    skew = np.array([[0.0, -cross[2], cross[1]], [cross[2], 0.0, -cross[0]], [-cross[1], cross[0], 0.0]])
    return np.asarray(np.eye(3) + skew + skew @ skew / (1.0 + cosine))
