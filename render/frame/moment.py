"""Observer and camera of an instant of a scene, put together in one place."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np

from render.core.epoch import Epoch
from render.core.errors import InputError
from render.imaging.auto_exposure import Limits, split
from render.observer.camera import Camera, CameraSettings, camera_at
from render.observer.orbit import Observer, observe
from render.scene import Scene


@dataclass(frozen=True, eq=False)
class Moment:
    """What one instant of a scene looks from and at; `time_s` since the scene's time."""

    epoch: Epoch
    time_s: float
    observer: Observer
    camera: Camera

    @property
    def position_km(self) -> np.ndarray:
        """Return the observer's place, [3], ITRS."""
        return self.observer.position_km

    @property
    def turn_rad_s(self) -> np.ndarray:
        """Return the observer's rotation about the Earth's centre over the turning ground, [3], ITRS, rad/s."""
        position = self.observer.position_km
        turn: np.ndarray = np.cross(position, self.observer.velocity_km_s) / (position @ position)
        return turn

    @property
    def pointing(self) -> tuple[object, ...]:
        """Return what places every pixel's line of sight, as a value that compares equal when none has moved."""
        camera = self.camera
        arrays: tuple[np.ndarray, ...] = (
            self.position_km,
            camera.itrs_from_camera,
            camera.reference_pixel,
            camera.tangent_from_pixel,
        )
        if camera.distortion is not None:
            arrays = (*arrays, *camera.distortion.arrays)
        drawn = camera.rows, camera.columns, camera.projection, camera.circle
        return *drawn, *(np.asarray(array, float).tobytes() for array in arrays)


def moment_of(scene: Scene, epoch: Epoch, size: tuple[int, int] | None = None) -> Moment:
    """Return observer and camera of a scene at an instant; `size` is (columns, rows), by default the scene's.

    Raises InputError where the observer cannot be placed or the camera not pointed.
    """
    time_s = epoch.seconds_since(scene.time.epoch)
    observer = observe(scene.observer_on_date, epoch)
    camera = camera_at(scene.camera, observer, epoch, time_s, size)
    if scene.exposures is not None:
        exposure_s, iso, f_number = _metered(scene.camera, scene.exposures.at(time_s), time_s)
        camera = replace(camera, exposure_s=exposure_s, iso=iso, f_number=f_number)
    return Moment(epoch, time_s, observer, camera)


def _metered(camera: CameraSettings, stops: float, time_s: float) -> tuple[float, float, float]:
    """Return exposure_s, iso and f_number of a metered exposure; what the camera's keys set stays."""
    auto, names = camera.auto, ("exposure_s", "iso", "f_number")
    fixed = {name: camera.at(name, time_s) for name in names if camera.keyed(name)}
    limits = Limits(
        camera.exposure_s, camera.iso, camera.f_number, auto.shortest_s, auto.base_iso, auto.narrowest_f_number,
        auto.order,
    )  # fmt: skip
    found = split(stops, limits, fixed)
    return found["exposure_s"], found["iso"], found["f_number"]


def position_at(scene: Scene, epoch: Epoch) -> np.ndarray:
    """Return the place of a scene's observer, [3], ITRS km. Raises InputError where there is none."""
    return observe(scene.observer_on_date, epoch).position_km


def known_positions(scene: Scene, epochs: Iterable[Epoch]) -> np.ndarray:
    """Return the observer's places, [n, 3], ITRS km, at those instants at which it has one.

    An ephemeris may end before a film or an orbit does, and elements are not taken just anywhere.
    """
    found = []
    for epoch in epochs:
        with suppress(InputError):
            found.append(position_at(scene, epoch))
    return np.array(found).reshape(-1, 3)
