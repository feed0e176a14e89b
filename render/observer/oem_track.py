"""Along an ephemeris (OEM): its time scale, its interpolation, its frame; states in ITRS."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from skyfield.framelib import ICRS_to_J2000
from skyfield.sgp4lib import TEME

from render.core.epoch import Epoch
from render.core.errors import InputError
from render.core.geodesy import Array
from render.observer.ephemeris import itrs_from_gcrs, skyfield_time
from render.observer.orbits import oem
from render.observer.orbits.interpolation import hermite, lagrange, window
from render.observer.orbits.listed import stamp

EARTH_ROTATION_RAD_S = 7.292115e-5  # rad s-1, nominal mean rate (GRS80; Moritz 2000)
TAI_AHEAD_S = {"TAI": 0.0, "TT": -32.184, "GPS": 19.0}  # s, TAI less the scale (IAU 1991; IS-GPS-200)
J2000_JD = 2451545.0


@dataclass(frozen=True)
class Track:
    """A segment with its times in TAI: [n], and the two between which it may be used, s since 2000-01-01T12:00 TAI."""

    segment: oem.Segment
    tai_s: Array
    first_tai_s: float
    last_tai_s: float


def state_at(path: str, wanted: str | int | None, epoch: Epoch) -> tuple[Array, Array]:
    """Return position, km, and velocity relative to the rotating Earth, km/s, [3] each, ITRS, of an ephemeris's object.

    Raises InputError outside the time that the file covers, and for a file that is not sound.
    """
    tracks = _tracks(path, wanted, stamp(path))
    now = _tai_s("UTC", oem.calendar_s(epoch))
    for track in tracks:
        if track.first_tai_s <= now <= track.last_tai_s:
            position, velocity = _interpolated(track, now)
            return _in_itrs(track.segment, epoch, position, velocity)
    spans = ", ".join(_span_words(one.segment) for one in tracks)
    raise InputError(f"{path}: {epoch.isoformat()} is outside the time that it covers: {spans}")


def object_name(path: str, wanted: str | int | None) -> str:
    """Return what the file calls the object."""
    return oem.read_segments(path, wanted)[0] or "satellite"


def track_words(path: str, wanted: str | int | None) -> str:
    """Return whose ephemeris it is, from when to when, and how it is interpolated."""
    segments = oem.read_segments(path, wanted)[1]
    one = segments[0]
    how = "straight" if one.method == "LINEAR" else f"{one.method.capitalize()}, {one.count} states at a time"
    return (
        f"{object_name(path, wanted)} by its ephemeris of {', '.join(map(_span_words, segments))} ({one.frame}; {how})"
    )


def turning_velocity(position_km: Array) -> Array:
    """Return omega x r, km/s: the velocity of a point that turns with Earth."""
    return EARTH_ROTATION_RAD_S * np.array([-position_km[1], position_km[0], 0.0])


@functools.lru_cache(maxsize=4)
def _tracks(path: str, wanted: str | int | None, stamp_of_file: tuple[int, int]) -> tuple[Track, ...]:
    found = []
    for one in oem.segments_of(path, wanted, stamp_of_file)[1]:
        ends = _tai_s(one.scale, one.first_s), _tai_s(one.scale, one.last_s)
        tai_s = one.times_s + (ends[0] - one.first_s)
        if ends[1] - ends[0] != one.last_s - one.first_s:  # a leap second within
            tai_s = np.array([_tai_s(one.scale, float(time_s)) for time_s in one.times_s])
        found.append(Track(one, tai_s, *ends))
    return tuple(found)


def _tai_s(scale: str, calendar_s: float) -> float:
    """Return TAI for a calendar's seconds in a scale, both since 2000-01-01T12:00; leap seconds by skyfield's table."""
    if scale != "UTC":
        return calendar_s + TAI_AHEAD_S[scale]
    time = skyfield_time(Epoch(oem.ZERO).plus_seconds(calendar_s))
    return calendar_s + round(86_400.0 * ((time.whole - J2000_JD) + time.tai_fraction) - calendar_s)


def _interpolated(track: Track, now: float) -> tuple[Array, Array]:
    """Return position and velocity [3] in the segment's own frame."""
    part = window(track.tai_s, now, track.segment.count)
    times, states = track.tai_s[part], track.segment.states[part]
    if track.segment.method == "HERMITE":
        return hermite(now, times, states[:, :3], states[:, 3:])
    found = lagrange(now, times, states)
    return found[:3], found[3:]


def _in_itrs(segment: oem.Segment, epoch: Epoch, position: Array, velocity: Array) -> tuple[Array, Array]:
    """Return a state of a segment's frame in ITRS, the velocity relative to the rotating Earth."""
    if segment.frame == oem.EARTH_FIXED:
        return position, velocity
    turn = itrs_from_gcrs(epoch)
    if segment.frame in ("EME2000", "J2000"):
        turn = turn @ np.asarray(ICRS_to_J2000).T
    elif segment.frame == "TEME":
        turn = turn @ np.asarray(TEME.rotation_at(skyfield_time(segment.frame_epoch or epoch))).T
    there = turn @ position
    return there, turn @ velocity - turning_velocity(there)


def _span_words(segment: oem.Segment) -> str:
    """Return from when to when a segment may be used, in its own time scale."""
    first, last = (Epoch(oem.ZERO).plus_seconds(end).isoformat() for end in (segment.first_s, segment.last_s))
    scale = "" if segment.scale == "UTC" else f" {segment.scale}"
    return f"{first} to {last}".replace("Z", "" if scale else "Z") + scale
