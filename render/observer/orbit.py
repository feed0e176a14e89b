"""Where the observer is: two-line or mean elements by SGP4, a place, fixed or flown from, or a GCRS position."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import numpy as np
from pydantic import Field, field_validator, model_validator
from sgp4.api import SGP4_ERRORS, WGS72, Satrec, jday
from skyfield.framelib import itrs
from skyfield.sgp4lib import TEME

from render.core.epoch import Epoch
from render.core.errors import InputError
from render.core.geodesy import Array, itrs_from_geodetic, itrs_from_local
from render.core.record import Record
from render.core.units import EARTH_A_KM, EARTH_B_KM, EARTH_MEAN_RADIUS_KM
from render.observer.elements import checked_tle
from render.observer.ephemeris import itrs_from_gcrs, skyfield_time
from render.observer.shipped_elements import elements_nearest

EARTH_ROTATION_RAD_S = 7.292115e-5  # rad s-1, nominal mean rate (GRS80; Moritz 2000)
ELEMENTS_VALID_DAYS = 14.0  # days from the elements' epoch within which ISS elements are taken without a warning
SGP4_EPOCH_JD = 2433281.5  # JD of 1949-12-31T00:00, the day zero of sgp4init
SGP4_DAY_ZERO = Epoch.parse("1949-12-31T00:00:00Z")
MINUTES_PER_DAY = 1440.0
FARTHEST_KM = 1.0e6  # km from Earth's centre; no elements hold beyond Earth's sphere of influence (about 925000 km)
FASTEST_KM_S = 11.2  # km s-1, escape speed at Earth's surface: nothing in orbit is faster
WAYS = "satellite, tle, mean_elements, latitude_deg with longitude_deg and altitude_km, or gcrs_km"


class MeanElements(Record):
    """Mean (SGP4, Kozai) elements, in the true equator and mean equinox of `epoch_utc`."""

    epoch_utc: str = Field(description="instant of the elements, ISO 8601, UTC")
    inclination_deg: float = Field(ge=0.0, le=180.0, description="inclination, degrees")
    raan_deg: float = Field(ge=-360.0, le=360.0, description="right ascension of the ascending node, degrees")
    eccentricity: float = Field(ge=0.0, lt=1.0, description="eccentricity")
    argument_of_perigee_deg: float = Field(ge=-360.0, le=360.0, description="argument of perigee, degrees")
    mean_anomaly_deg: float = Field(ge=-360.0, le=360.0, description="mean anomaly, degrees")
    mean_motion_rev_per_day: float = Field(gt=0.0, le=18.0, description="mean motion, revolutions per day")
    bstar: float = Field(default=0.0, ge=-1.0, le=1.0, description="SGP4 drag term, per Earth radius")

    @field_validator("epoch_utc")
    @classmethod
    def _is_instant(cls, value: str) -> str:
        return _parsed(value)


class ObserverSettings(Record):
    """The `[observer]` section: exactly one way to say where the observer is."""

    satellite: Literal["ISS"] | None = Field(
        default=None,
        description="a satellite whose elements come with polarlight: the set nearest to the scene's time",
        examples=["ISS"],
    )
    tle: tuple[str, ...] | None = Field(
        default=None, description="two-line elements: 2 lines, or 3 with the name first"
    )
    mean_elements: MeanElements | None = Field(default=None, description="mean elements, propagated by SGP4")
    latitude_deg: float | None = Field(default=None, ge=-90.0, le=90.0, description="fixed: geodetic latitude, north +")
    longitude_deg: float | None = Field(default=None, ge=-360.0, le=360.0, description="fixed: longitude, east +")
    altitude_km: float | None = Field(default=None, ge=0.0, le=100000.0, description="fixed: height above WGS84, km")
    heading_deg: float | None = Field(
        default=None, ge=-360.0, le=360.0, description="aircraft: heading at that place, north through east, degrees"
    )
    speed_km_h: float | None = Field(default=None, gt=0.0, le=40000.0, description="aircraft: speed over ground, km/h")
    place_utc: str | None = Field(
        default=None, description="aircraft: the instant at which it is at that place; default: the scene's time"
    )
    gcrs_km: tuple[float, float, float] | None = Field(default=None, description="GCRS position x, y, z, km")

    @field_validator("place_utc")
    @classmethod
    def _place_is_at_an_instant(cls, value: str | None) -> str | None:
        return None if value is None else _parsed(value)

    @field_validator("tle")
    @classmethod
    def _tle_is_sound(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return None if value is None else checked_tle(value)

    @field_validator("gcrs_km")
    @classmethod
    def _outside_earth(cls, value: tuple[float, float, float] | None) -> tuple[float, float, float] | None:
        if value is not None and not 6300.0 <= math.hypot(*value) <= 1.0e6:
            raise ValueError(f"is {math.hypot(*value):.1f} km from Earth's centre; allowed 6300 to 1000000 (unit: km)")
        return value

    @model_validator(mode="after")
    def _exactly_one_way(self) -> ObserverSettings:
        fixed = [self.latitude_deg, self.longitude_deg, self.altitude_km]
        given = [name for name in ("satellite", "tle", "mean_elements", "gcrs_km") if getattr(self, name) is not None]
        if any(value is not None for value in fixed):
            given.append("latitude_deg/longitude_deg/altitude_km")
        if len(given) != 1:
            raise ValueError(f"give exactly one of: {WAYS}; given: {', '.join(given) or 'none'}")
        if given[0].startswith("latitude") and None in fixed:
            raise ValueError("a fixed place needs latitude_deg, longitude_deg and altitude_km, all three")
        flown = [name for name in ("heading_deg", "speed_km_h", "place_utc") if getattr(self, name) is not None]
        if flown and not given[0].startswith("latitude"):
            raise ValueError(f"{flown[0]} is of an aircraft, which also needs latitude_deg, longitude_deg, altitude_km")
        if flown and (self.heading_deg is None or self.speed_km_h is None):
            raise ValueError("an aircraft needs heading_deg and speed_km_h, both")
        return self

    @property
    def moves(self) -> bool:
        """Return whether the observer is in orbit."""
        return any(value is not None for value in (self.satellite, self.tle, self.mean_elements))

    def on_date(self, scene_epoch: Epoch) -> ObserverSettings:
        """Return the observer of a scene of that time: a satellite by name becomes its elements, the nearest there are.

        An aircraft is at its place at that time. The same for a whole film, so that it does not leap from one set to
        the next. Raises InputError where no set is near.
        """
        if self.speed_km_h is not None and self.place_utc is None:
            return self.model_copy(update={"place_utc": scene_epoch.isoformat()})
        return self if self.satellite is None else ObserverSettings(tle=elements_nearest(scene_epoch).lines)


@dataclass(frozen=True)
class Observer:
    """Where the observer is at one instant, ITRS.

    `position_km` [3]; `velocity_km_s` [3] relative to the rotating Earth (zero for a fixed place; for a GCRS position,
    which stands still among the stars, it is Earth turning away beneath: minus omega x r).
    """

    position_km: Array
    velocity_km_s: Array


def observe(settings: ObserverSettings, epoch: Epoch) -> Observer:
    """Return the observer at the instant, of settings without a satellite's name (see `ObserverSettings.on_date`).

    Raises InputError when SGP4 cannot propagate the elements that far.
    """
    if settings.gcrs_km is not None:
        position = itrs_from_gcrs(epoch) @ np.array(settings.gcrs_km)
        return Observer(position, -_rotation_velocity(position))
    if settings.latitude_deg is not None and settings.longitude_deg is not None and settings.altitude_km is not None:
        if settings.speed_km_h is not None:
            return _flown(settings, epoch)
        position = itrs_from_geodetic(settings.latitude_deg, settings.longitude_deg, settings.altitude_km)
        return Observer(position, np.zeros(3))
    position_teme, velocity_teme = _propagate(_satellite(settings), epoch)
    time = skyfield_time(epoch)
    itrs_from_teme = np.asarray(itrs.rotation_at(time)) @ np.asarray(TEME.rotation_at(time)).T
    position = itrs_from_teme @ position_teme
    return Observer(position, itrs_from_teme @ velocity_teme - _rotation_velocity(position))


def _flown(settings: ObserverSettings, epoch: Epoch) -> Observer:
    """Return where an aircraft is: along the great circle of its heading, at its altitude.

    Verticals turn on a sphere of Earth's mean radius: speeds over ground are right within 0.5 %. Raises InputError
    where the instant of its place is not known, see `ObserverSettings.on_date`.
    """
    if settings.place_utc is None:
        raise InputError("observer: an aircraft needs place_utc, the instant at which it is at its place")
    altitude = settings.altitude_km or 0.0
    east, north, up = itrs_from_local(settings.latitude_deg or 0.0, settings.longitude_deg or 0.0).T
    heading, speed_km_s = math.radians(settings.heading_deg or 0.0), (settings.speed_km_h or 0.0) / 3600.0
    ahead = math.sin(heading) * east + math.cos(heading) * north
    way_km = speed_km_s * epoch.seconds_since(Epoch.parse(settings.place_utc))
    angle = way_km / (EARTH_MEAN_RADIUS_KM + altitude)
    vertical = math.cos(angle) * up + math.sin(angle) * ahead
    along = math.cos(angle) * ahead - math.sin(angle) * up
    there = math.degrees(math.asin(vertical[2])), math.degrees(math.atan2(vertical[1], vertical[0]))
    return Observer(itrs_from_geodetic(*there, altitude), speed_km_s * along)


def elements_age_days(settings: ObserverSettings, epoch: Epoch) -> float | None:
    """Return the days from the elements' own epoch to the instant (negative: before it); None without elements."""
    if settings.tle is None and settings.mean_elements is None:
        return None
    satellite = _satellite(settings)
    whole, fraction = _julian(epoch)
    return (whole - satellite.jdsatepoch) + (fraction - satellite.jdsatepochF)


def elements_warning(settings: ObserverSettings, epoch: Epoch) -> str | None:
    """Return one line of warning when the elements are more than 14 days from the instant, else None."""
    age = elements_age_days(settings, epoch)
    if age is None or abs(age) <= ELEMENTS_VALID_DAYS:
        return None
    side = "before" if age < 0.0 else "after"
    return (
        f"{epoch.isoformat()} is {abs(age):.1f} days {side} the epoch of the orbital elements "
        f"(good for {ELEMENTS_VALID_DAYS:.0f}); the position may be off by hundreds of kilometres"
    )


def _parsed(text: str) -> str:
    """Return `text` if it is an instant; raise ValueError otherwise, as pydantic wants it."""
    try:
        Epoch.parse(text)
    except InputError as error:
        raise ValueError(str(error)) from None
    return text


def _satellite(settings: ObserverSettings) -> Satrec:
    """Return SGP4's record of the settings' elements."""
    if settings.tle is not None:
        return _satellite_from_tle(settings.tle)
    if settings.mean_elements is None:
        raise InputError("observer has no orbital elements")
    return _satellite_from_elements(settings.mean_elements)


@functools.lru_cache(maxsize=8)
def _satellite_from_tle(lines: tuple[str, ...]) -> Satrec:
    return Satrec.twoline2rv(*lines)


@functools.lru_cache(maxsize=8)
def _satellite_from_elements(elements: MeanElements) -> Satrec:
    """Return SGP4's record of mean elements; first and second derivatives of mean motion are unused by SGP4."""
    whole, fraction = _julian(Epoch.parse(elements.epoch_utc))
    satellite = Satrec()
    satellite.sgp4init(
        WGS72,
        "i",
        0,
        (whole - SGP4_EPOCH_JD) + fraction,
        elements.bstar,
        0.0,
        0.0,
        elements.eccentricity,
        math.radians(elements.argument_of_perigee_deg),
        math.radians(elements.inclination_deg),
        math.radians(elements.mean_anomaly_deg),
        elements.mean_motion_rev_per_day * 2.0 * math.pi / MINUTES_PER_DAY,
        math.radians(elements.raan_deg),
    )
    return satellite


def _propagate(satellite: Satrec, epoch: Epoch) -> tuple[Array, Array]:
    """Return TEME position, km, and velocity, km/s. Raises InputError where they make no orbit of Earth."""
    error, *state = satellite.sgp4(*_julian(epoch))
    position, velocity = np.array(state[0]), np.array(state[1])
    reason = SGP4_ERRORS.get(error, f"SGP4 error {error}") if error else _absurdity(position, velocity)
    if reason:
        raise InputError(
            f"observer: the orbital elements of {_elements_epoch(satellite).isoformat()} cannot be taken to "
            f"{epoch.isoformat()}: {reason}; elements hold for about {ELEMENTS_VALID_DAYS:.0f} days"
        )
    return position, velocity


def _absurdity(position_km: Array, velocity_km_s: Array) -> str:
    """Return why nothing in orbit can be there so fast, or "". Far from its epoch SGP4 errs without an error code."""
    if not (np.all(np.isfinite(position_km)) and np.all(np.isfinite(velocity_km_s))):
        return "the position is not finite"
    with np.errstate(over="ignore"):
        distance_km, speed_km_s = float(np.linalg.norm(position_km)), float(np.linalg.norm(velocity_km_s))
    if distance_km > FARTHEST_KM:
        return f"the position would be {distance_km:.3g} km from Earth"
    if np.linalg.norm(position_km / np.array([EARTH_A_KM, EARTH_A_KM, EARTH_B_KM])) < 1.0:
        return "the position would be below Earth's surface"
    return f"the speed would be {speed_km_s:.3g} km/s" if speed_km_s > FASTEST_KM_S else ""


def _elements_epoch(satellite: Satrec) -> Epoch:
    """Return the elements' own epoch, to the second."""
    days = (satellite.jdsatepoch - SGP4_EPOCH_JD) + satellite.jdsatepochF
    return SGP4_DAY_ZERO.plus_seconds(round(timedelta(days=days).total_seconds()))


def _julian(epoch: Epoch) -> tuple[float, float]:
    """Return the UTC Julian date as (whole, fraction)."""
    utc = epoch.utc
    whole, fraction = jday(utc.year, utc.month, utc.day, utc.hour, utc.minute, utc.second + utc.microsecond * 1e-6)
    return float(whole), float(fraction)


def _rotation_velocity(position_km: Array) -> Array:
    """Return omega x r, km/s: the velocity of a point that turns with Earth."""
    return EARTH_ROTATION_RAD_S * np.array([-position_km[1], position_km[0], 0.0])
