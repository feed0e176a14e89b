"""Warnings about a user map of precipitation, for one scene and instant, before anything long is done."""

from __future__ import annotations

import numpy as np

from render.core.epoch import Epoch
from render.frame.moment import moment_of
from render.geophysics.user_map.file import read_user_map
from render.integrator.aurora import in_view
from render.integrator.aurora import tiles as tiling
from render.integrator.aurora.magnetosphere import REACH_KM, magnetosphere_around, plane_position
from render.integrator.aurora.user_map import user_map_source
from render.scene import Scene


def user_map_warnings(scene: Scene, epoch: Epoch) -> tuple[str, ...]:
    """Return what is strange about the scene's user map, one line each; among it, that it misses the view.

    Raises InputError for a map that cannot be read, or an instant outside its times.
    """
    if scene.aurora.footprint is None or not scene.aurora.enabled:
        return ()
    file, moment = read_user_map(scene.aurora.footprint), moment_of(scene, epoch)
    position = moment.observer.position_km
    around = magnetosphere_around(position, moment.epoch.decimal_year)
    grid = tiling.grid_around(np.array(plane_position(position, around.hemisphere)), REACH_KM)
    visible = np.isfinite(in_view.seen_distance_km(grid, around.field, around.hemisphere, moment.camera, position))
    source = user_map_source(file, around, grid, visible, moment.epoch, moment.time_s, scene.aurora.local_time_shift_h)
    if source.lit.any():
        return file.warnings
    missed = f"{file.path}: no flux where the camera looks at {epoch.isoformat()}; the picture will have no aurora"
    return (*file.warnings, missed)
