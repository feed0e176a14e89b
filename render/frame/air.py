"""The upper air of a scene and what shines in it; both depend on the scene alone and are kept between frames."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from render.core.cache import file_digest
from render.core.epoch import Epoch
from render.core.geodesy import geodetic_from_itrs, shell_distances, tangent_point
from render.core.number_table import MAX_BYTES
from render.emission.airglow import airglow_layers
from render.emission.settings import EmissionSettings
from render.emission.table import EmissionTable, oval_table
from render.frame.moment import moment_of
from render.geophysics.drive.settings import DriveSettings
from render.geophysics.upper_air.thermosphere import Thermosphere, ThermosphereSettings, thermosphere_at
from render.integrator.airglow import layer_table
from render.scene import Scene

EMISSION_ALTITUDE_KM = 110.0  # km: the scene's air is taken where what the camera looks along meets this shell


def scene_air(scene: Scene) -> Thermosphere:
    """Return the upper air of a scene: one column, at the scene's time, where its camera looks."""
    return _air_of(air_column(scene))


def oval_emission(scene: Scene) -> tuple[EmissionTable, Thermosphere]:
    """Return the emission table and the air of a scene, see `scene_air`: the same objects while neither has changed."""
    column = air_column(scene)
    return _table_of(column, scene.emission), _air_of(column)


def layer_rows(scene: Scene, thermosphere: Thermosphere) -> np.ndarray:
    """Return the airglow as the march takes it, [layer, 7 + node]; see `render.integrator.airglow.layer_table`."""
    return layer_table(airglow_layers(scene.airglow, thermosphere))


class AirColumn(NamedTuple):
    """All that a scene's column of air depends on; angles in degrees, geodetic; a drive's files by their digests."""

    settings: ThermosphereSettings
    latitude_deg: float
    longitude_deg: float
    epoch: Epoch
    drive: DriveSettings
    drive_content: str


def air_column(scene: Scene) -> AirColumn:
    """Return the column under the point where the camera's gaze meets the aurora, or comes nearest to the ground; at
    the scene's own place where it gives one, wherever the camera looks."""
    moment = moment_of(scene, scene.time.epoch)
    position, axis = moment.position_km, moment.camera.looks_along
    near = float(shell_distances(position, axis, EMISSION_ALTITUDE_KM)[0])
    lowest = float(tangent_point(position, axis)[0])
    reach = near if near > 0.0 else max(lowest, 0.0)
    latitude, longitude, _ = geodetic_from_itrs(position + reach * axis)
    files = (scene.drive.file, scene.drive.field_file)
    content = "".join(file_digest(name, MAX_BYTES) for name in files if name)
    given = scene.thermosphere
    north = float(latitude) if given.latitude_deg is None else given.latitude_deg
    east = float(longitude) if given.longitude_deg is None else given.longitude_deg
    return AirColumn(given, north, east, scene.time.epoch, scene.drive, content)


@lru_cache(maxsize=8)
def _air_of(column: AirColumn) -> Thermosphere:
    return thermosphere_at(column.settings, column.latitude_deg, column.longitude_deg, column.epoch, column.drive)


@lru_cache(maxsize=8)
def _table_of(column: AirColumn, settings: EmissionSettings) -> EmissionTable:
    return oval_table(_air_of(column), settings)
