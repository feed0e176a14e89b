"""Sun, Moon and the Earth's rotation, by skyfield and its bundled tables; nothing is downloaded.

Positions are from JPL's DE421 (shipped by `skyfield-data`); time scales from the tables built into skyfield, without
polar motion (about 10 m on the ground).
"""

from __future__ import annotations

import functools
import math
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from skyfield.api import Loader
from skyfield.errors import EphemerisRangeError
from skyfield.framelib import itrs
from skyfield.toposlib import ITRSPosition
from skyfield.units import Distance
from skyfield_data import get_skyfield_data_path

from render.core.epoch import Epoch
from render.core.errors import InputError
from render.core.geodesy import Array, geodetic_from_itrs, itrs_from_local

SUN_RADIUS_KM = 695700.0  # km, IAU 2015 Resolution B3, nominal solar radius
MOON_RADIUS_KM = 1737.4  # km, IAU WGCCRE 2015, mean radius


@dataclass(frozen=True)
class CelestialBody:
    """Where a body stands as seen from the observer.

    `direction_itrs`: apparent topocentric unit vector [3] (light time, deflection and Earth's aberration; not the up to
    5 arcsec of the station's own motion, and no refraction). `distance_km`; `angular_radius_rad` of the disc;
    `illuminated_fraction` of the disc, 0 to 1; `phase_angle_deg`, Sun - body - observer, 0 = full.
    """

    direction_itrs: Array
    distance_km: float
    angular_radius_rad: float
    illuminated_fraction: float
    phase_angle_deg: float


@functools.cache
def _loader() -> Any:
    """Return skyfield's loader on the bundled folder; the tables whose expiry it warns of are not used here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return Loader(get_skyfield_data_path(), verbose=False)


@functools.cache
def _timescale() -> Any:
    return _loader().timescale(builtin=True)


@functools.cache
def _bodies() -> Any:
    return _loader()("de421.bsp")


@functools.lru_cache(maxsize=64)
def skyfield_time(epoch: Epoch) -> Any:
    """Return the skyfield Time of an instant."""
    return _timescale().from_datetime(epoch.utc)


@functools.lru_cache(maxsize=64)
def itrs_from_gcrs(epoch: Epoch) -> Array:
    """Return the rotation [3, 3] that takes GCRS (J2000) vectors to ITRS at the instant (read-only: it is cached)."""
    rotation = np.array(itrs.rotation_at(skyfield_time(epoch)), dtype=np.float64)
    rotation.flags.writeable = False
    return rotation


def sun(epoch: Epoch, position_km: Array) -> CelestialBody:
    """Return the Sun as seen from the ITRS position, km, [3]. Raises InputError outside the years 1900 to 2053."""
    apparent, distance_km = _apparent(epoch, tuple(np.asarray(position_km, dtype=np.float64)), "sun")
    return CelestialBody(apparent, distance_km, math.asin(SUN_RADIUS_KM / distance_km), 1.0, 0.0)


def moon(epoch: Epoch, position_km: Array) -> CelestialBody:
    """Return the Moon as seen from the ITRS position, km, [3]. Raises InputError outside the years 1900 to 2053."""
    place = tuple(np.asarray(position_km, dtype=np.float64))
    to_sun, sun_km = _apparent(epoch, place, "sun")
    to_moon, moon_km = _apparent(epoch, place, "moon")
    moon_to_sun = sun_km * to_sun - moon_km * to_moon
    cosine = float(np.dot(-to_moon, moon_to_sun) / np.linalg.norm(moon_to_sun))
    phase_deg = math.degrees(math.acos(max(-1.0, min(1.0, cosine))))
    return CelestialBody(to_moon, moon_km, math.asin(MOON_RADIUS_KM / moon_km), 0.5 * (1.0 + cosine), phase_deg)


PLANETS = {"mercury": "mercury", "venus": "venus", "mars": "mars", "jupiter": "jupiter barycenter",
           "saturn": "saturn barycenter"}  # fmt: skip
"""The planets that eyes see, and their names in DE421."""


def planet(epoch: Epoch, position_km: Array, name: str) -> tuple[CelestialBody, float]:
    """Return a planet of PLANETS as seen from the ITRS position, km, [3], and its distance from the Sun, km.

    Its disc is too small to be seen: `angular_radius_rad` is 0. Raises InputError outside the years 1900 to 2053.
    """
    place = tuple(np.asarray(position_km, dtype=np.float64))
    to_sun, sun_km = _apparent(epoch, place, "sun")
    toward, distance_km = _apparent(epoch, place, PLANETS[name])
    planet_to_sun = sun_km * to_sun - distance_km * toward
    away_km = float(np.linalg.norm(planet_to_sun))
    cosine = max(-1.0, min(1.0, float(np.dot(-toward, planet_to_sun)) / away_km))
    phase_deg = math.degrees(math.acos(cosine))
    return CelestialBody(toward, distance_km, 0.0, 0.5 * (1.0 + cosine), phase_deg), away_km


def azimuth_elevation(direction_itrs: Array, position_km: Array) -> tuple[Array, Array]:
    """Return (azimuth, elevation), degrees, of ITRS directions [..., 3] in the geodetic horizon of one position [3].

    Azimuth runs from north through east, 0 to 360; elevation is positive above the horizontal plane.
    """
    latitude, longitude, _ = geodetic_from_itrs(position_km)
    local = np.asarray(direction_itrs, dtype=np.float64) @ itrs_from_local(latitude, longitude)
    east, north, up = local[..., 0], local[..., 1], local[..., 2]
    return np.degrees(np.arctan2(east, north)) % 360.0, np.degrees(np.arctan2(up, np.hypot(east, north)))


@functools.lru_cache(maxsize=64)
def _apparent(epoch: Epoch, position_km: tuple[float, ...], body: str) -> tuple[Array, float]:
    """Return (unit vector ITRS, distance in km) of DE421's `body` from an ITRS position."""
    time = skyfield_time(epoch)
    place = _bodies()["earth"] + ITRSPosition(Distance(km=np.array(position_km)))
    try:
        vector = place.at(time).observe(_bodies()[body]).apparent().frame_xyz(itrs).km
    except EphemerisRangeError:
        raise InputError(f"time {epoch.isoformat()} lies outside the ephemeris DE421: 1900 to 2053") from None
    distance_km = float(np.linalg.norm(vector))
    direction = np.asarray(vector, dtype=np.float64) / distance_km
    direction.flags.writeable = False
    return direction, distance_km
