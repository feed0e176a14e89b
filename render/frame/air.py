"""The upper air of a scene and what shines in it; it depends on the scene alone."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from render.core.geodesy import geodetic_from_itrs, shell_distances, tangent_point
from render.emission.airglow import airglow_layers
from render.emission.table import EmissionTable, emission_table
from render.geophysics.upper_air.thermosphere import Thermosphere, thermosphere_at
from render.integrator.airglow import layer_table
from render.observer.camera import camera_at
from render.observer.orbit import observe
from render.scene import Scene

EMISSION_ALTITUDE_KM = 110.0  # km: the scene's air is taken where the optical axis meets this shell


@lru_cache(maxsize=4)
def oval_emission(scene: Scene) -> tuple[EmissionTable, Thermosphere]:
    """Return the emission table and the air of a scene; see `scene_air`."""
    air = scene_air(scene)
    return emission_table(air, scene.emission), air


@lru_cache(maxsize=4)
def scene_air(scene: Scene) -> Thermosphere:
    """Return the upper air of a scene: one column, at the scene's time, where its camera looks."""
    epoch = scene.time.epoch
    observer = observe(scene.observer, epoch)
    axis = camera_at(scene.camera, observer, epoch, 0.0).itrs_from_camera[:, 2]
    near = float(shell_distances(observer.position_km, axis, EMISSION_ALTITUDE_KM)[0])
    lowest = float(tangent_point(observer.position_km, axis)[0])
    reach = near if near > 0.0 else max(lowest, 0.0)
    latitude, longitude, _ = geodetic_from_itrs(observer.position_km + reach * axis)
    return thermosphere_at(scene.thermosphere, float(latitude), float(longitude), epoch, scene.drive)


def layer_rows(scene: Scene, thermosphere: Thermosphere) -> np.ndarray:
    """Return the airglow as the march takes it, [layer, 7 + node]; see `render.integrator.airglow.layer_table`."""
    return layer_table(airglow_layers(scene.airglow, thermosphere))
