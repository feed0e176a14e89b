"""The stage of the coarse passes: wider than the picture, so that a turn of the camera within it costs a march only.

It is made for a camera that sees a third more to each side, with maps and a sky that are as rough as coarse passes
bear, and without the shutter: light is that of the middle of the exposure.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from render.device import Device
from render.frame.air import air_column
from render.frame.moment import Moment, moment_of
from render.frame.points_of_light import PointsOfLight
from render.frame.stage import Progress, Stage, prepare
from render.integrator.quality import GLANCE
from render.integrator.view import device_view
from render.observer.camera import Camera
from render.scene import Scene

WIDER = 1.35  # of the picture's sides: chosen; a drag of a sixth of the picture needs no new maps
WIDEST_RAD = 1.2  # rad from the axis to a corner, beyond which a picture is not widened: its pixels there are huge
SHUTTER_S, F_NUMBER = 1e-3, 1.4  # of the wide camera: whatever the exposure is, the stage is the same
EDGE = np.linspace(0.0, 1.0, 5)  # along a side: where a picture is asked whether it lies within
AIR_DEG = 15.0  # deg on the Earth, over which a coarse picture's air is taken for the same
COARSER = 2.5  # of the pixels' area: a zoom beyond it asks for finer maps


class NearStage:
    """A wide coarse stage on a device, kept while its causes hold and the picture lies within it."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._wide: Stage | None = None
        self._air: tuple[object, float, float] | None = None

    def stage(
        self, scene: Scene, moment: Moment, finest: Moment, *, moving: bool, tell: Progress | None = None
    ) -> Stage:
        """Return the stage of a coarse picture's moment; while it moves, a picture that lies partly within will do.

        `finest`: the moment of the largest picture for which it is to be fine enough. Raises InputError as
        `render.frame.stage.prepare`.
        """
        wide = self._wide = prepare(*self._wider(scene, finest, moving), self._device, self._wide, tell)
        return replace(
            wide, scene=scene, moment=moment, view=device_view(moment.camera, moment.position_km),
            motion=replace(wide.motion, aurora=None, sky=None, station=None),
            points=_seen_by(wide.points, moment.camera),
        )  # fmt: skip

    def _wider(self, scene: Scene, moment: Moment, moving: bool) -> tuple[Scene, Moment]:
        """Return a scene and moment that look wider: as the wide stage that is there where it serves, else ahead."""
        wide_scene, wide = widened(self._with_air(scene), moment)
        held = self._wide
        if held is not None and np.array_equal(held.moment.position_km, moment.position_km):
            there = held.moment.camera
            if _serves(there, moment.camera, wide.camera, partly=moving):
                return wide_scene, replace(wide, camera=there)
        return wide_scene, wide

    def _with_air(self, scene: Scene) -> Scene:
        """Return a scene whose column of air stays in place while the camera turns: a new one asks for new tables."""
        given = scene.thermosphere
        if given.latitude_deg is not None or given.longitude_deg is not None:
            return scene
        column, what = air_column(scene), (given, scene.time, scene.observer)
        here = column.latitude_deg, column.longitude_deg
        if self._air is None or self._air[0] != what or not _is_near(self._air[1:], here):
            self._air = what, *here
        place = dict(zip(("latitude_deg", "longitude_deg"), self._air[1:], strict=True))
        return scene.model_copy(update={"thermosphere": given.model_copy(update=place)})


def _is_near(place: tuple[float, float], other: tuple[float, float]) -> bool:
    """Return whether air of one place, (latitude, longitude), may stand for that of another in a coarse picture."""
    (north, east), (there_north, there_east) = place, other
    across = (east - there_east + 180.0) % 360.0 - 180.0
    return math.hypot(north - there_north, across * math.cos(math.radians(north))) < AIR_DEG


def widened(scene: Scene, moment: Moment) -> tuple[Scene, Moment]:
    """Return a scene and its moment that see more to each side where that can be, as rough as coarse passes bear."""
    settings, camera, size = scene.camera, moment.camera, (moment.camera.columns, moment.camera.rows)
    plain = settings.projection == "rectilinear" and settings.wcs is None and settings.distortion is None
    changes: dict[str, object] = {"quality": GLANCE}
    if plain and camera.widest_angle_rad() < WIDEST_RAD:
        size = math.ceil(WIDER * size[0]), math.ceil(WIDER * size[1])
        changes["focal_length_mm"] = settings.focal_length_mm * camera.columns / size[0]
    wide_scene = scene.model_copy(update={"camera": settings.model_copy(update=changes)})
    wide = moment_of(wide_scene, moment.epoch, size)
    return wide_scene, replace(wide, camera=replace(wide.camera, exposure_s=SHUTTER_S, f_number=F_NUMBER))


def _serves(there: Camera, camera: Camera, wide: Camera, *, partly: bool) -> bool:
    """Return whether a wide camera that is `there` sees all that a camera sees, or, `partly`, its middle, at pixels as
    fine as those of the one that would be made for it."""
    alike = ("projection", "circle", "columns", "rows", "quality")
    if any(getattr(there, name) != getattr(wide, name) for name in alike) or there.distortion is not wide.distortion:
        return False
    if there.projection != "rectilinear":
        return np.array_equal(there.itrs_from_camera, wide.itrs_from_camera)
    sides = np.meshgrid(0.5 + EDGE * camera.columns, 0.5 + EDGE * camera.rows)
    x, y, ahead = there.project(camera.directions_at(*sides))
    inside = there.holds(x, y) & ahead
    zoomed = float(np.linalg.det(there.tangent_from_pixel) / np.linalg.det(wide.tangent_from_pixel))
    return bool(inside[2, 2]) if partly else bool(inside.all()) and zoomed < COARSER


def _seen_by(points: PointsOfLight, camera: Camera) -> PointsOfLight:
    """Return points of light where they are at the middle of the exposure, for another camera at the same place."""
    star_paths, lamp_paths = (
        [(camera, paths[len(paths) // 2][1])] if paths else [] for paths in (points.star_paths, points.lamp_paths)
    )
    raster = points.raster
    if raster is not None:
        place = raster.shutter[0][1]
        raster = replace(raster, shutter=((camera, place), (camera, place)))
    return replace(points, star_paths=star_paths, lamp_paths=lamp_paths, raster=raster)
