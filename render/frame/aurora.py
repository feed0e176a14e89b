"""The aurora of a scene at an instant, put together in one place for every view of it."""

from __future__ import annotations

from render.core.epoch import Epoch
from render.geophysics.forms.drive_series import drive_function
from render.integrator.aurora.instant import AuroraInstant
from render.integrator.aurora.magnetosphere import Magnetosphere
from render.scene import Scene


def aurora_at(scene: Scene, epoch: Epoch, around: Magnetosphere) -> AuroraInstant:
    """Return a scene's aurora at an instant in the region around a place."""
    drive = drive_function(scene.drive, scene.time.epoch)
    return AuroraInstant(scene.aurora, drive, around, epoch, epoch.seconds_since(scene.time.epoch))
