"""What moves while the shutter is open: the observer along its way, and the camera with whatever holds it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from render.core.geodesy import Array, lowest_ahead
from render.frame.moment import Moment, moment_of
from render.integrator.station_pose import itrs_from_lvlh
from render.observer.ephemeris import itrs_from_gcrs
from render.scene import Scene

SHUTTER_INSTANTS = 3  # of the exposure at which points of light are placed; between them their way is a straight line


def through_shutter(scene: Scene, moment: Moment) -> list[Moment]:
    """Return the moments that divide the shutter's opening evenly, both its ends included.

    The camera looks as told in the middle of the exposure; before and after it turns with what it tracks.
    """
    size = moment.camera.columns, moment.camera.rows
    opening = np.linspace(-0.5, 0.5, SHUTTER_INSTANTS) * moment.camera.exposure_s
    held = [moment_of(scene, moment.epoch.plus_seconds(float(dt)), size) for dt in opening]
    return [turned_with(tracked(scene), moment, then) for then in held]


def tracked(scene: Scene) -> str:
    """Return what the camera keeps in place: as told, or the stars of a photograph's solved pointing, the place that it
    is to look at, and else the station that it is held in; of one that is still among the stars, the stars."""
    camera = scene.camera
    by_itself = "stars" if camera.wcs is not None else "station" if camera.look_at is None else "ground"
    what = camera.tracking or by_itself
    return "stars" if what == "station" and scene.observer.gcrs_km is not None else what


def turned_with(what: str, middle: Moment, then: Moment) -> Moment:
    """Return the moment `then` with the camera of `middle`, turned as what it tracks has turned since."""
    camera = middle.camera
    if what == "stars":
        turn = itrs_from_gcrs(then.epoch) @ itrs_from_gcrs(middle.epoch).T
    elif what == "station":
        turn = itrs_from_lvlh(then.observer) @ itrs_from_lvlh(middle.observer).T
    else:
        turn = _turn_to_place(middle, then)
    return replace(then, camera=replace(then.camera, itrs_from_camera=turn @ camera.itrs_from_camera))


def _turn_to_place(middle: Moment, then: Moment) -> Array:
    """Return the rotation that keeps the place in the middle of the picture there; above the limb, its lowest point."""
    axis, position = middle.camera.itrs_from_camera[:, 2], middle.position_km
    distance = max(float(lowest_ahead(position, axis)[0]), 1.0)  # above the limb, and of what climbs, too
    away = position + distance * axis - then.position_km
    return rotation_between(axis, away / np.linalg.norm(away))


def rotation_between(a: Array, b: Array) -> Array:
    """Return the least rotation [3, 3] that takes unit vector a to b, which is not opposite."""
    cross, cosine = np.cross(a, b), float(a @ b)
    skew = np.array([[0.0, -cross[2], cross[1]], [cross[2], 0.0, -cross[0]], [-cross[1], cross[0], 0.0]])
    return np.asarray(np.eye(3) + skew + skew @ skew / (1.0 + cosine))
