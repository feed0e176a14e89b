"""Observer and camera of an instant of a scene, put together in one place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from render.core.epoch import Epoch
from render.observer.camera import Camera, camera_at
from render.observer.orbit import Observer, observe
from render.scene import Scene


@dataclass(frozen=True)
class Moment:
    """What one instant of a scene looks from and at."""

    epoch: Epoch
    time_s: float
    observer: Observer
    camera: Camera

    @property
    def turn_rad_s(self) -> np.ndarray:
        """Return the observer's rotation about the Earth's centre over the turning ground, [3], ITRS, rad/s."""
        position = self.observer.position_km
        turn: np.ndarray = np.cross(position, self.observer.velocity_km_s) / (position @ position)
        return turn


def moment_of(scene: Scene, epoch: Epoch, size: tuple[int, int] | None) -> Moment:
    """Return observer and camera of a scene at an instant; `size` is (columns, rows), by default the scene's."""
    time_s = epoch.seconds_since(scene.time.epoch)
    observer = observe(scene.observer, epoch)
    return Moment(epoch, time_s, observer, camera_at(scene.camera, observer, epoch, time_s, size))
