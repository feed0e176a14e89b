"""Where the observer is: elements by SGP4, an ephemeris, a place, fixed or flown from, or a GCRS position."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from pydantic import Field, ValidationInfo, field_validator, model_validator
from sgp4.api import Satrec
from skyfield.framelib import itrs
from skyfield.sgp4lib import TEME

from render.core.epoch import Epoch
from render.core.errors import InputError
from render.core.geodesy import Array, itrs_from_geodetic, itrs_from_local
from render.core.messages import shown
from render.core.record import Record, WrongKeyError
from render.core.units import EARTH_MEAN_RADIUS_KM
from render.observer.ephemeris import itrs_from_gcrs, skyfield_time
from render.observer.oem_track import object_name, state_at, track_words, turning_velocity
from render.observer.orbits.mean_elements import MeanElements, parsed
from render.observer.orbits.omm import omm_set
from render.observer.orbits.satellite import (
    age_days,
    age_warning,
    propagate,
    satellite_of_elements,
    satellite_of_lines,
)
from render.observer.orbits.two_line import checked_tle
from render.observer.orbits.two_line_file import line_epoch, two_line_set
from render.observer.shipped_elements import elements_nearest, gap_words, set_words

WAYS = "satellite, tle, omm, oem, mean_elements, latitude_deg with longitude_deg and altitude_km, or gcrs_km"
IN_ORBIT = ("satellite", "tle", "omm", "oem", "mean_elements")


class ObserverSettings(Record):
    """The `[observer]` section: exactly one way to say where the observer is."""

    satellite: Literal["ISS"] | None = Field(
        default=None,
        description="a satellite whose elements come with polarlight: the set nearest to the scene's time",
        examples=["ISS"],
    )
    tle: tuple[str, ...] | str | None = Field(
        default=None,
        description="two-line elements: 2 lines, or 3 with the name first; or a file of them, of one or many objects",
    )
    omm: str | None = Field(default=None, description="a file of elements as OMM: JSON, CSV, XML or KEY = value lines")
    oem: str | None = Field(default=None, description="a file with an ephemeris as CCSDS OEM: KEY = value lines or XML")
    object: str | int | None = Field(
        default=None,
        description="which object of the file of tle, omm or oem: its name, or a part of it, its catalogue number, or "
        "its international designator; of several sets the one nearest to the scene's time is taken",
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
        return None if value is None else parsed(value)

    @field_validator("tle", "object", mode="before")
    @classmethod
    def _is_of_a_kind(cls, value: Any, info: ValidationInfo) -> Any:
        """Say in one line what is allowed where pydantic would speak of a union's parts."""
        kinds: tuple[type, ...] = (str, list, tuple)
        allowed = "a list of lines, or a file's name"
        if info.field_name == "object":
            kinds, allowed = (str, int), "a name or a catalogue number"
        if value is not None and (not isinstance(value, kinds) or isinstance(value, bool)):
            raise ValueError(f"{shown(value)} does not fit; allowed: {allowed}")
        return tuple(value) if isinstance(value, list) else value

    @field_validator("tle", "omm", "oem")
    @classmethod
    def _names_a_file(cls, value: tuple[str, ...] | str | None) -> tuple[str, ...] | str | None:
        if isinstance(value, str) and not value.strip():
            raise ValueError("is empty; give a file's name")
        return value

    @field_validator("tle")
    @classmethod
    def _tle_is_sound(cls, value: tuple[str, ...] | str | None) -> tuple[str, ...] | str | None:
        if isinstance(value, str) and "\n" in value:
            value = tuple(line for line in value.splitlines() if line.strip())
        return checked_tle(value) if isinstance(value, tuple) else value

    @field_validator("gcrs_km")
    @classmethod
    def _outside_earth(cls, value: tuple[float, float, float] | None) -> tuple[float, float, float] | None:
        if value is not None and not 6300.0 <= math.hypot(*value) <= 1.0e6:
            raise ValueError(f"is {math.hypot(*value):.1f} km from Earth's centre; allowed 6300 to 1000000 (unit: km)")
        return value

    @model_validator(mode="after")
    def _exactly_one_way(self) -> ObserverSettings:
        fixed = [self.latitude_deg, self.longitude_deg, self.altitude_km]
        given = [name for name in (*IN_ORBIT, "gcrs_km") if getattr(self, name) is not None]
        if any(value is not None for value in fixed):
            given.append("latitude_deg/longitude_deg/altitude_km")
        if len(given) != 1:
            raise ValueError(f"give exactly one of: {WAYS}; given: {', '.join(given) or 'none'}")
        if given[0].startswith("latitude") and None in fixed:
            raise ValueError("a fixed place needs latitude_deg, longitude_deg and altitude_km, all three")
        if self.object is not None and not isinstance(getattr(self, given[0].partition("/")[0]), str):
            raise WrongKeyError("object", "says which object of a file: it belongs to a file's name in tle, omm or oem")
        if self.object is not None and self.satellite is not None:
            raise WrongKeyError("object", "is not needed with satellite; it belongs to a file of tle, omm or oem")
        flown = [name for name in ("heading_deg", "speed_km_h", "place_utc") if getattr(self, name) is not None]
        if flown and not given[0].startswith("latitude"):
            raise ValueError(f"{flown[0]} is of an aircraft, which also needs latitude_deg, longitude_deg, altitude_km")
        if flown and (self.heading_deg is None or self.speed_km_h is None):
            raise ValueError("an aircraft needs heading_deg and speed_km_h, both")
        return self

    @property
    def moves(self) -> bool:
        """Return whether the observer is in orbit."""
        return any(getattr(self, name) is not None for name in IN_ORBIT)

    def on_date(self, scene_epoch: Epoch) -> ObserverSettings:
        """Return the observer of a scene of that time: a satellite by name, and an object of a file of elements, become
        their elements, the nearest there are.

        An aircraft is at its place at that time. The same for a whole film, so that it does not leap from one set to
        the next. Raises InputError where no set is near, and for files that are not sound or lack the object.
        """
        if self.speed_km_h is not None and self.place_utc is None:
            return self.model_copy(update={"place_utc": scene_epoch.isoformat()})
        if self.satellite is not None:
            return ObserverSettings(tle=elements_nearest(scene_epoch).lines)
        if isinstance(self.tle, str):
            with _of_key("tle"):
                return ObserverSettings(tle=two_line_set(self.tle, self.object, scene_epoch).content)
        if self.omm is not None:
            with _of_key("omm"):
                return ObserverSettings(mean_elements=omm_set(self.omm, self.object, scene_epoch).content)
        if self.oem is not None:
            with _of_key("oem"):
                object_name(self.oem, self.object)  # is it sound?
        return self


@contextmanager
def _of_key(key: str) -> Iterator[None]:
    """Say in an InputError which key named the file."""
    try:
        yield
    except InputError as error:
        raise InputError(f"[observer] {key}: {error}") from None


@dataclass(frozen=True)
class TakenOrbit:
    """Which orbit of a table or file is taken: whose, the elements' own epoch and the days from it to the scene's time
    (None of an ephemeris), the two lines where there are some, and all of it in words."""

    name: str
    epoch: Epoch | None
    gap_days: float | None
    lines: tuple[str, str] | None
    words: str


def orbit_taken(settings: ObserverSettings, scene_epoch: Epoch) -> TakenOrbit | None:
    """Return which orbit a scene of that time takes from a table or file; None where it names none.

    Raises InputError as `ObserverSettings.on_date`.
    """
    if settings.oem is not None:
        name = object_name(settings.oem, settings.object)
        return TakenOrbit(name, None, None, None, track_words(settings.oem, settings.object))
    if settings.satellite is not None:
        shipped = elements_nearest(scene_epoch)
        return TakenOrbit(settings.satellite, shipped.epoch, shipped.gap_days, shipped.lines, gap_words(shipped))
    lines = None
    if isinstance(settings.tle, str):
        pair = two_line_set(settings.tle, settings.object, scene_epoch)
        names, epoch, lines = (pair.name, pair.number), line_epoch(pair.content[0]), pair.content
    elif settings.omm is not None:
        message = omm_set(settings.omm, settings.object, scene_epoch)
        names, epoch = (message.name, message.number), Epoch.parse(message.content.epoch_utc)
    else:
        return None
    name, gap_days = names[0] or f"object {names[1]}", scene_epoch.seconds_since(epoch) / 86_400.0
    return TakenOrbit(name, epoch, gap_days, lines, set_words(name, epoch, gap_days))


@dataclass(frozen=True)
class Observer:
    """Where the observer is at one instant, ITRS.

    `position_km` [3]; `velocity_km_s` [3] relative to the rotating Earth (zero for a fixed place; for a GCRS position,
    which stands still among the stars, it is Earth turning away beneath: minus omega x r).
    """

    position_km: Array
    velocity_km_s: Array


def observe(settings: ObserverSettings, epoch: Epoch) -> Observer:
    """Return the observer at the instant, of settings without a satellite's name or a file of elements.

    For those see `ObserverSettings.on_date`. Raises InputError where SGP4 cannot propagate the elements that far, and
    outside the time of an ephemeris.
    """
    if settings.gcrs_km is not None:
        position = itrs_from_gcrs(epoch) @ np.array(settings.gcrs_km)
        return Observer(position, -turning_velocity(position))
    if settings.oem is not None:
        with _of_key("oem"):
            return Observer(*state_at(settings.oem, settings.object, epoch))
    if settings.latitude_deg is not None and settings.longitude_deg is not None and settings.altitude_km is not None:
        if settings.speed_km_h is not None:
            return _flown(settings, epoch)
        position = itrs_from_geodetic(settings.latitude_deg, settings.longitude_deg, settings.altitude_km)
        return Observer(position, np.zeros(3))
    position_teme, velocity_teme = propagate(_satellite(settings), epoch)
    time = skyfield_time(epoch)
    itrs_from_teme = np.asarray(itrs.rotation_at(time)) @ np.asarray(TEME.rotation_at(time)).T
    position = itrs_from_teme @ position_teme
    return Observer(position, itrs_from_teme @ velocity_teme - turning_velocity(position))


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
    return None if settings.tle is None and settings.mean_elements is None else age_days(_satellite(settings), epoch)


def elements_warning(settings: ObserverSettings, epoch: Epoch) -> str | None:
    """Return one line of warning when the elements are too far from the instant to be good, else None.

    Raises InputError outside the time of an ephemeris.
    """
    if settings.oem is not None:
        observe(settings, epoch)
    return None if settings.tle is None and settings.mean_elements is None else age_warning(_satellite(settings), epoch)


def _satellite(settings: ObserverSettings) -> Satrec:
    """Return SGP4's record of the settings' elements."""
    if isinstance(settings.tle, tuple):
        return satellite_of_lines(settings.tle)
    if settings.mean_elements is None:
        raise InputError("observer has no orbital elements")
    return satellite_of_elements(settings.mean_elements)
