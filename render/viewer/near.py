"""The stage of the coarse passes: wider than the picture, so that a turn of the camera within it costs a march only.

It is made for a camera that sees a third more to each side, with maps and a sky that are as rough as coarse passes
bear, and without the shutter: light is that of the middle of the exposure. The very first one is a sketch, without the
Earth below, whose light takes as long as all the rest.

While the hand moves a pass is made in haste: of stars and lamps the brightest, and the station as it was seen and lit a
moment ago.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Hashable
from dataclasses import dataclass, replace

import numpy as np

from render.core.radiance import SKY_WAVELENGTHS_NM
from render.device import Device
from render.frame.air import air_column
from render.frame.foreground import add_station, station_lights
from render.frame.moment import Moment, moment_of
from render.frame.points_of_light import PointsOfLight
from render.frame.result import Frame
from render.frame.stage import Light, Progress, Stage, finish, prepare
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
BRIGHTEST = 200  # stars, and as many lamps, of a picture in haste
RELIT_DEG = 10.0  # deg of a turn, after which the station is lit anew
SKETCH_LACKS, HASTE_LACKS = ("ground", "cities", "station"), ("faint stars and lamps",)


class NearStage:
    """A wide coarse stage on a device, kept while its causes hold and the picture lies within it."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._wide: Stage | None = None
        self._bright: tuple[PointsOfLight, PointsOfLight] | None = None
        self._air: tuple[object, float, float] | None = None
        self._station: _StationSeen | None = None
        self.is_sketch = True

    def stage(
        self, scene: Scene, moment: Moment, finest: Moment, *, partly: bool, sketch: bool = False,
        tell: Progress | None = None,
    ) -> Stage:  # fmt: skip
        """Return the stage of a coarse picture's moment; where `partly`, a picture that lies partly within will do.

        `finest`: the moment of the largest picture for which it is to be fine enough. Raises InputError as
        `render.frame.stage.prepare`.
        """
        wide_scene, wide_moment = self._wider(scene, finest, partly)
        if sketch:
            earth = wide_scene.earth.model_copy(update={"visible": False, "cities": False})
            wide_scene = wide_scene.model_copy(update={"earth": earth})
        wide = self._wide = prepare(wide_scene, wide_moment, self._device, self._wide, tell)
        self.is_sketch = sketch
        return replace(
            wide, scene=scene, moment=moment, view=device_view(moment.camera, moment.position_km),
            motion=replace(wide.motion, aurora=None, sky=None, station=None),
            points=_seen_by(wide.points, moment.camera),
        )  # fmt: skip

    def serves(self, scene: Scene, finest: Moment) -> bool:
        """Return whether the stage that is there shows all of a picture, or would if its causes still hold."""
        _, wide = self._wider(scene, finest, partly=False)
        return self._wide is not None and wide.camera is self._wide.moment.camera

    def in_haste(self, stage: Stage, light: Light, sources: Collection[str]) -> Frame:
        """Return the frame of a stage's light, to which what is added is added in haste."""
        assert self._wide is not None
        if self._bright is None or self._bright[0] is not self._wide.points:
            self._bright = self._wide.points, _brightest(self._wide.points)
        points = _seen_by(self._bright[1], stage.moment.camera)
        frame = finish(replace(stage, points=points), light, set(sources) - {"station"})
        if "station" in sources and stage.scene.station.visible:
            if self._station is None or not self._station.is_of(stage):
                self._station = _station_seen(stage, light)
            self._station.put_before(light)
        return frame

    def _wider(self, scene: Scene, moment: Moment, partly: bool) -> tuple[Scene, Moment]:
        """Return a scene and moment that look wider: as the wide stage that is there where it serves, else ahead."""
        wide_scene, wide = widened(self._with_air(scene), moment)
        held = self._wide
        if held is not None and np.array_equal(held.moment.position_km, moment.position_km):
            there = held.moment.camera
            if _serves(there, moment.camera, wide.camera, partly=partly):
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


def _brightest(points: PointsOfLight) -> PointsOfLight:
    """Return the brightest stars and lamps of some."""
    stars, lamps = _largest(points.star_irradiance.sum(axis=1)), _largest(points.lamps.irradiance)
    seen = {name: getattr(points.lamps, name)[lamps] for name in vars(points.lamps)}
    return replace(
        points, star_irradiance=points.star_irradiance[stars], lamps=replace(points.lamps, **seen),
        cities=points.cities.some(lamps),
        star_paths=[(camera, paths[stars]) for camera, paths in points.star_paths],
        lamp_paths=[(camera, paths[lamps]) for camera, paths in points.lamp_paths],
    )  # fmt: skip


def _largest(values: np.ndarray) -> np.ndarray:
    """Return whether each of values [n] is among the BRIGHTEST largest."""
    found = np.zeros(len(values), bool)
    found[np.argsort(values)[-BRIGHTEST:]] = True
    return found


@dataclass(frozen=True, eq=False)
class _StationSeen:
    """The station before a picture that looked along `looks` [3]: `covered` [row, column] in 0..1, `radiance`
    [band, row, column], W m-2 sr-1 nm-1; `causes`: where it stands in the picture."""

    causes: Hashable
    looks: np.ndarray
    covered: np.ndarray
    radiance: np.ndarray

    def is_of(self, stage: Stage) -> bool:
        """Return whether it stands so before another picture, and is lit about as much."""
        turned = float(self.looks @ stage.moment.camera.looks_along)
        return self.causes == _station_causes(stage) and turned > math.cos(math.radians(RELIT_DEG))

    def put_before(self, light: Light) -> None:
        """Put it before light, in place."""
        light.lines[...] *= 1.0 - self.covered
        light.sky[...] *= 1.0 - self.covered
        light.sky[...] += self.radiance


def _station_causes(stage: Stage) -> Hashable:
    """Return what says where the station stands in a picture: with the Earth it turns, with the camera it does not."""
    settings, camera = stage.scene.station, stage.moment.camera
    turns = stage.moment.pointing if settings.frame == "lvlh" else None
    shape = camera.columns, camera.rows, camera.tangent_from_pixel.tobytes(), camera.f_number
    return settings, stage.moment.epoch, turns, shape


def _station_seen(stage: Stage, light: Light) -> _StationSeen:
    camera = stage.moment.camera
    open_sky = np.ones((1, camera.rows, camera.columns), np.float32)
    radiance = np.zeros((len(SKY_WAVELENGTHS_NM), camera.rows, camera.columns), np.float32)
    lights = station_lights(stage.scene, stage.moment, light.lines, light.sky)
    add_station(stage.scene, stage.moment, open_sky, radiance, lights)
    shown = camera.coverage(1, camera.rows)
    radiance = radiance if shown is None else radiance * shown.astype(radiance.dtype)
    return _StationSeen(_station_causes(stage), camera.looks_along, 1.0 - open_sky[0], radiance)
