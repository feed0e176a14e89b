"""Where refraction shows what is beyond the air, or on the ground, to an observer."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from render.atmosphere.air import Array
from render.atmosphere.refraction import OpticalAir, ray_columns
from render.atmosphere.sunlight import RAYS, horizon_dip, source_rays
from render.core.geodesy import geodetic_from_itrs
from render.core.units import EARTH_A_KM, EARTH_B_KM, EARTH_MEAN_RADIUS_KM

AXES_KM = np.array([EARTH_A_KM, EARTH_A_KM, EARTH_B_KM])


@dataclass(frozen=True, eq=False)
class Lift:
    """Hold, for one altitude of the observer, pairs of angles, rad, ascending.

    `apparent`, `true` [ray]: above the apparent horizon, of light from space; `ground` [2, ray]: of light from the
    ground, the apparent angle from the nadir and the angle around Earth's centre between observer and place.
    """

    apparent: Array
    true: Array
    ground: Array


@lru_cache(maxsize=8)
def lift(optical: OpticalAir, altitude_km: float) -> Lift:
    """Return the table of an altitude, km, rounded by the caller where many are needed."""
    start = float(optical.optical_altitude(altitude_km))
    dip = float(horizon_dip(np.array(max(start, 0.0))))
    apparent = (np.pi / 2.0 + dip) * np.linspace(0.0, 1.0, RAYS) ** 2
    true = apparent - source_rays(optical, start, apparent)[1]
    nadir = (np.pi / 2.0 - dip) * (1.0 - np.linspace(1.0, 0.0, RAYS) ** 2)
    sine = np.minimum((EARTH_MEAN_RADIUS_KM + start) / EARTH_MEAN_RADIUS_KM * np.sin(nadir), 1.0)
    lowest = EARTH_MEAN_RADIUS_KM * (sine - 1.0)
    turn = ray_columns(optical, lowest, 0.0)[1]  # up to space: an observer in the air sees a little less of it
    return Lift(apparent, true, np.stack([nadir, np.arcsin(sine) - nadir + turn]))


def from_space(optical: OpticalAir, position_km: Array, direction_itrs: Array) -> tuple[Array, Array]:
    """Return (apparent unit directions [n, 3], dilution [n]) of true ones; ITRS, km.

    `dilution`: by how much a small source's image is flattened, and its irradiance diminished; 0 where Earth hides it.
    Directions far from the horizon are returned as they are.
    """
    pairs = lift(optical, round(float(geodetic_from_itrs(position_km)[2]), 1))
    q = position_km / AXES_KM * optical.shrink(float(geodetic_from_itrs(position_km)[2]))
    along = direction_itrs / AXES_KM
    along /= np.linalg.norm(along, axis=-1, keepdims=True)
    height, far = along @ q, float(np.linalg.norm(q))
    dip = np.arccos(min(1.0, 1.0 / far))
    above = np.arctan2(height, np.sqrt(np.maximum(far**2 - height**2, 0.0))) + dip
    apparent = np.interp(above, pairs.true, pairs.apparent)
    slope = np.interp(above, pairs.true, np.gradient(pairs.apparent, pairs.true))
    raised = _raised(position_km, direction_itrs, apparent - above)
    return raised, np.where(above < pairs.true[0], 0.0, slope)


def from_ground(optical: OpticalAir, position_km: Array, places_km: Array) -> Array:
    """Return apparent unit directions [n, 3] of places on the ground, ITRS km."""
    pairs = lift(optical, round(float(geodetic_from_itrs(position_km)[2]), 1))
    away = places_km - position_km
    away /= np.linalg.norm(away, axis=-1, keepdims=True)
    up = position_km / np.linalg.norm(position_km)
    towards = places_km / np.linalg.norm(places_km, axis=-1, keepdims=True)
    around = np.arctan2(np.linalg.norm(np.cross(towards, up), axis=-1), towards @ up)
    start = EARTH_MEAN_RADIUS_KM + float(geodetic_from_itrs(position_km)[2])
    straight = np.arctan2(EARTH_MEAN_RADIUS_KM * np.sin(around), start - EARTH_MEAN_RADIUS_KM * np.cos(around))
    return _raised(position_km, away, np.interp(around, pairs.ground[1], pairs.ground[0]) - straight)


def _raised(position_km: Array, direction: Array, angle: Array) -> Array:
    """Return unit directions [n, 3] turned up by angles, rad, in the vertical plane of the observer."""
    up = position_km / np.linalg.norm(position_km)
    square = up - (direction @ up)[:, None] * direction
    square /= np.maximum(np.linalg.norm(square, axis=-1, keepdims=True), 1e-9)
    return np.cos(angle)[:, None] * direction + np.sin(angle)[:, None] * square
