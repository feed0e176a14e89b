"""Observer and camera of an instant of a scene, put together in one place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from render.core.epoch import Epoch
from render.observer.camera import Camera, camera_at
from render.observer.orbit import Observer, observe
from render.scene import Scene

SHUTTER_INSTANTS = 3  # of the exposure at which points of light are placed; between them their way is a straight line


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
    return Moment(epoch, time_s, observer, camera_at(scene.camera, observer, epoch, time_s, size))


def position_at(scene: Scene, epoch: Epoch) -> np.ndarray:
    """Return the place of a scene's observer, [3], ITRS km. Raises InputError where there is none."""
    return observe(scene.observer_on_date, epoch).position_km


def through_shutter(scene: Scene, moment: Moment) -> list[Moment]:
    """Return the moments that divide the shutter's opening evenly, both its ends included."""
    size = moment.camera.columns, moment.camera.rows
    opening = np.linspace(-0.5, 0.5, SHUTTER_INSTANTS) * moment.camera.exposure_s
    return [moment_of(scene, moment.epoch.plus_seconds(float(dt)), size) for dt in opening]
