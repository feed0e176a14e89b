"""What a scene's camera sees of the Earth: its footprint on the ground, and the track below the observer."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from render.core.epoch import Epoch
from render.core.units import EARTH_A_KM, EARTH_B_KM
from render.frame.moment import known_positions, moment_of
from render.geophysics.field.field_lines import (
    FOOTPRINT_ALTITUDE_KM,
)
from render.observer.camera import Camera
from render.observer.orbit import orbit_taken

if TYPE_CHECKING:
    from render.scene import Scene


GRAVITY_KM3_S2 = 398600.4418  # km3 s-2, G times Earth's mass (WGS84, NIMA TR8350.2)
TRACK_POINTS, FILM_POINTS = 181, 41
HORIZON_GAIN = 50.0  # of the horizon's margin against the frame's, so that their contours are equally sharp
ISS_NUMBER = "25544"  # NORAD catalogue number


@dataclass(frozen=True, eq=False)
class View:
    """What a scene sees at an instant, and from where.

    `position_km` [3] of the observer, ITRS; `track_km` [n, 3] of half an orbit before and after and `film_km` [m, 3] of
    the film's span, empty where nothing moves; `name` of the observer.
    """

    name: str
    position_km: np.ndarray
    track_km: np.ndarray
    film_km: np.ndarray
    camera: Camera

    def margin(self, position_km: np.ndarray) -> np.ndarray:
        """Return a number [...] that is positive where ITRS points [..., 3] are in the picture, negative elsewhere.

        Continuous across the frame's edges and across the ground's horizon, behind which points are hidden.
        """
        x, y, _ = self.camera.project(position_km - self.position_km)
        wide, high = self.camera.columns, self.camera.rows
        frame = np.minimum(np.minimum(x - 0.5, wide + 0.5 - x), np.minimum(y - 0.5, high + 0.5 - y)) / wide
        circle = self.camera.circle_margin(position_km - self.position_km)
        frame = frame if circle is None else np.minimum(frame, circle)
        frame = np.where(np.isfinite(frame), np.maximum(frame, -1.0), -1.0)
        return np.minimum(frame, HORIZON_GAIN * self._clearance(position_km))

    def beyond_limb(self, position_km: np.ndarray) -> np.ndarray:
        """Return a number [...], negative on the near side of the limb that is tangent to the points' own shell."""
        axes = np.array([EARTH_A_KM, EARTH_A_KM, EARTH_B_KM]) + FOOTPRINT_ALTITUDE_KM
        there = position_km / axes
        return np.einsum("...i,...i->...", there - self.position_km / axes, there)

    def _clearance(self, position_km: np.ndarray) -> np.ndarray:
        """Return by how much the line of sight clears the ground, in Earth radii; negative where it does not."""
        axes = np.array([EARTH_A_KM, EARTH_A_KM, EARTH_B_KM])
        start, end = self.position_km / axes, position_km / axes
        along = end - start
        part = -np.einsum("...i,i->...", along, start) / np.einsum("...i,...i->...", along, along)
        return np.linalg.norm(start + np.clip(part, 0.0, 1.0)[..., None] * along, axis=-1) - 1.0


def view_of(scene: Scene, epoch: Epoch) -> View:
    """Return what the scene's camera sees at the instant. Raises InputError where the observer cannot be placed."""
    moment = moment_of(scene, epoch)
    position = moment.position_km
    track = film = np.empty((0, 3))
    if scene.observer.moves:
        period_s = 2.0 * math.pi * math.sqrt(float(np.linalg.norm(position)) ** 3 / GRAVITY_KM3_S2)
        track = _positions(scene, epoch, np.linspace(-0.5, 0.5, TRACK_POINTS) * period_s)
        span_s = (scene.film.frames - 1) * scene.film.interval_s
        if 0.0 < span_s <= period_s:
            film = _positions(scene, scene.time.epoch, np.linspace(0.0, span_s, FILM_POINTS))
    return View(_name(scene), position, track, film, moment.camera)


def _positions(scene: Scene, start: Epoch, seconds: np.ndarray) -> np.ndarray:
    return known_positions(scene, (start.plus_seconds(float(s)) for s in seconds))


def _name(scene: Scene) -> str:
    """Return what to call the observer."""
    taken = orbit_taken(scene.observer, scene.time.epoch)
    if taken is not None:
        return taken.name
    tle = scene.observer.tle
    if isinstance(tle, tuple) and tle[-2][2:7] == ISS_NUMBER:
        return "ISS"
    return "satellite" if scene.observer.moves else "observer"
