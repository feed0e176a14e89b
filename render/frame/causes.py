"""What each part of a stage depends on, as values that compare equal when the part would be the same.

    motion   observer, what the camera tracks, Sun and Moon; instant, line of sight, exposure
    aurora   drive, curtains, emission and their air; instant, line of sight, and the way during the exposure
    air      airglow and atmosphere; where the air is taken, and the observer's altitude
    sky      atmosphere, Sun and Moon, light behind the stars; instant and line of sight
    noctilucent   atmosphere, Sun; instant and line of sight
    ground   atmosphere, clouds and ground, Sun, Moon, aurora and airglow above them; instant and line of sight
    points   stars, planets, cities, atmosphere; instant, line of sight, exposure and the pixel's size on the sensor

Exposure apart from its time, ISO, f-number and development are in none: they change no light on its way.
"""

from __future__ import annotations

from collections.abc import Hashable

from render.core.cache import file_digest
from render.frame.air import air_column
from render.frame.moment import Moment
from render.frame.shutter import tracked
from render.scene import Scene
from render.scene_files import FILE_KEYS, names_file

MOST_FILE_BYTES = 2**32  # larger files are refused by their readers


def causes_of(scene: Scene, moment: Moment) -> dict[str, Hashable]:
    """Return the causes of each part of a stage; the files that a scene names count by their content."""
    seen = moment.epoch, moment.pointing, moment.camera.quality
    shutter = moment.camera.exposure_s, moment.observer.velocity_km_s.tobytes(), tracked(scene)
    column, files = air_column(scene), _files(scene)
    # the film's way chooses the region whose lamps are made, its time their mix and the snow beneath them
    region = scene.film.frames, scene.film.interval_s, scene.time.epoch
    return {
        "motion": (scene.atmosphere, scene.sky, scene.observer_on_date, files, seen, shutter),
        "aurora": (scene.aurora, scene.emission, scene.drive, scene.time.epoch, column, files, seen, shutter),
        "air": (scene.airglow, scene.atmosphere, column, files, moment.position_km.tobytes()),
        "sky": (scene.atmosphere, scene.sky, files, seen),
        "noctilucent": (scene.atmosphere, scene.sky, files, seen),
        "ground": (
            scene.atmosphere, scene.earth, scene.sky, scene.aurora, scene.emission, scene.airglow, scene.drive,
            scene.time.epoch, column, files, seen,
        ),
        "points": (
            scene.atmosphere, scene.earth, scene.sky, region, scene.observer_on_date, files, seen, shutter,
            moment.camera.photosite_area_m2, moment.camera.f_number, moment.camera.point_um,
            moment.camera.draws_out,
        ),
    }  # fmt: skip


def _files(scene: Scene) -> tuple[str, ...]:
    """Return the digests of the files that the scene names."""
    named = ((key, getattr(getattr(scene, key[0]), key[1])) for key in FILE_KEYS)
    return tuple(file_digest(value, MOST_FILE_BYTES) if names_file(*key, value) else "" for key, value in named)
