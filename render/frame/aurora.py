"""The aurora of a scene at an instant, put together in one place for every view of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from render.core.epoch import Epoch
from render.frame.air import oval_emission
from render.frame.moment import Moment, position_at
from render.geophysics.forms.drive_series import drive_function
from render.integrator.aurora import march, subauroral
from render.integrator.aurora.instant import AuroraInstant
from render.integrator.aurora.magnetosphere import Magnetosphere, Region, magnetosphere_around, magnetosphere_of
from render.observer import ephemeris
from render.scene import Scene


@dataclass(frozen=True, eq=False)
class AuroraPart:
    """The aurora of an instant: its curtains' maps on the device, and its subauroral arcs; None where none is seen."""

    curtains: march.AuroraStage | None
    arcs: subauroral.SubauroralStage | None


def aurora_at(scene: Scene, epoch: Epoch, around: Magnetosphere) -> AuroraInstant:
    """Return a scene's aurora at an instant in the region around a place."""
    drive = drive_function(scene.drive, scene.time.epoch)
    return AuroraInstant(scene.aurora, drive, around, epoch, epoch.seconds_since(scene.time.epoch))


def aurora_part(scene: Scene, moment: Moment, turn_rad_s: np.ndarray) -> AuroraPart:
    """Return the aurora that a moment's camera sees, as fine as its pixels.

    `turn_rad_s` [3]: of its map about the Earth's centre, ITRS, while the shutter is open.
    """
    if not scene.aurora.enabled:
        return AuroraPart(None, None)
    position = moment.position_km
    around = magnetosphere_around(position, moment.epoch.decimal_year)
    instant, sun = aurora_at(scene, moment.epoch, around), ephemeris.sun(moment.epoch, position).direction_itrs
    curtains = march.prepare_aurora(
        instant, scene.emission, oval_emission(scene)[0], moment.camera, position, turn_rad_s, sun
    )
    return AuroraPart(curtains, subauroral.prepare(scene.aurora, instant.kp, around, moment.epoch, moment.time_s))


def regions_to_make(scene: Scene, epochs: Iterable[Epoch]) -> list[Region]:
    """Return the regions seen at instants of a scene whose field lines no cache holds, in their order."""
    if not scene.aurora.enabled:
        return []
    seen = dict.fromkeys(Region.around(position_at(scene, epoch), epoch.decimal_year) for epoch in epochs)
    return [region for region in seen if not region.is_made]


def make_region(region: Region) -> None:
    """Trace the field lines of a region into the cache."""
    magnetosphere_of(region)
