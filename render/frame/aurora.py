"""The aurora of a scene at an instant, put together in one place for every view of it."""

from __future__ import annotations

from collections.abc import Iterable

from render.core.epoch import Epoch
from render.frame.moment import position_at
from render.geophysics.forms.drive_series import drive_function
from render.integrator.aurora.instant import AuroraInstant
from render.integrator.aurora.magnetosphere import Magnetosphere, Region, magnetosphere_of
from render.scene import Scene


def aurora_at(scene: Scene, epoch: Epoch, around: Magnetosphere) -> AuroraInstant:
    """Return a scene's aurora at an instant in the region around a place."""
    drive = drive_function(scene.drive, scene.time.epoch)
    return AuroraInstant(scene.aurora, drive, around, epoch, epoch.seconds_since(scene.time.epoch))


def regions_to_make(scene: Scene, epochs: Iterable[Epoch]) -> list[Region]:
    """Return the regions seen at instants of a scene whose field lines no cache holds, in their order."""
    if not scene.aurora.enabled:
        return []
    seen = dict.fromkeys(Region.around(position_at(scene, epoch), epoch.decimal_year) for epoch in epochs)
    return [region for region in seen if not region.is_made]


def make_region(region: Region) -> None:
    """Trace the field lines of a region into the cache."""
    magnetosphere_of(region)
