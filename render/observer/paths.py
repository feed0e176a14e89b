"""Keys of the camera by film time, and the way between them: straight from key to key, or smoothly.

Rotations are unit quaternions (w, x, y, z), Hamilton's; what is multiplied from the right turns about the camera's own
axes.
"""

from __future__ import annotations

import itertools
import math
from typing import Annotated

import numpy as np
from pydantic import AfterValidator, Field

from render.core.geodesy import Array
from render.core.record import Record


def _not_zero(quaternion: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    if not any(quaternion):
        raise ValueError("a quaternion of zero turns nowhere; allowed: [w, x, y, z] of any other length")
    return quaternion


Quaternion = Annotated[tuple[float, float, float, float], AfterValidator(_not_zero)]


class CameraKey(Record):
    """What the camera's settings are at one time of the film; keys that are left out pass straight through."""

    time_s: float = Field(ge=-1.0e6, le=1.0e6, description="film time, seconds after [time] utc")
    azimuth_deg: float | None = Field(default=None, ge=-720.0, le=720.0, description="azimuth, degrees")
    elevation_deg: float | None = Field(default=None, ge=-90.0, le=90.0, description="elevation, degrees")
    roll_deg: float | None = Field(default=None, ge=-720.0, le=720.0, description="roll, degrees")
    quaternion: Quaternion | None = Field(
        default=None, description="attitude (w, x, y, z), in quaternion_frame; between keys the shorter way"
    )
    exposure_s: float | None = Field(default=None, ge=1.0e-6, le=3600.0, description="exposure time, s")
    iso: float | None = Field(default=None, ge=1.0, le=1.0e7, description="sensitivity, ISO")
    f_number: float | None = Field(default=None, ge=0.5, le=64.0, description="aperture, f-number")
    compensation_ev: float | None = Field(default=None, ge=-10.0, le=10.0, description="of exposure auto, stops")


def linear(time_s: float, times: Array, values: Array) -> float:
    """Return the value at a time, straight between keys; constant before the first and after the last."""
    return float(np.interp(time_s, times, values))


def smooth(time_s: float, times: Array, values: Array) -> float:
    """Return the value at a time by a cubic through each two keys whose slope is continuous everywhere.

    Slopes are the harmonic means of Fritsch & Butland (1984, SIAM J. Sci. Stat. Comput. 5, 300), weighted for uneven
    times as in PCHIP: between two keys the value never leaves theirs, and rests where two are equal. It starts and ends
    at rest: there is no corner at the first and the last key either.
    """
    if not times[0] < time_s < times[-1]:
        return linear(time_s, times, values)
    steps = np.diff(times)
    rates = np.diff(values) / steps
    slopes = np.zeros(len(times))
    same_way = rates[:-1] * rates[1:] > 0.0
    slopes[1:-1] = np.where(same_way, np.sign(rates[1:]) * _harmonic(np.abs(rates), steps), 0.0)
    k = int(np.searchsorted(times, time_s, side="right")) - 1
    t = (time_s - times[k]) / steps[k]
    rise = values[k + 1] - values[k]
    from_start, from_end = slopes[k] * steps[k], slopes[k + 1] * steps[k]
    # the cubic of Hermite, written so that equal keys give their value to the last bit
    bent = rise * t * t * (3.0 - 2.0 * t) + t * (1.0 - t) * (from_start * (1.0 - t) - from_end * t)
    return float(values[k] + bent)


def by_the_shorter_way(angles_deg: Array) -> Array:
    """Return angles, degrees, each a whole number of turns from the given, at most half a turn from the last."""
    steps = np.diff(angles_deg)
    return np.asarray(angles_deg[0] + np.concatenate([[0.0], np.cumsum((steps + 180.0) % 360.0 - 180.0)]))


def slerp(time_s: float, times: Array, quaternions: Array) -> Array:
    """Return the rotation [4] at a time: between two keys about one axis at one rate, the shorter way; constant before
    the first and after the last. Source: Shoemake 1985, Computer Graphics 19 (3), 245."""
    turns = _the_shorter_way(quaternions)
    if len(times) == 1:
        return turns[0]
    k, t = _between(time_s, times)
    return _product(turns[k], _turned_by(t * _rotation_vector(_product(_inverse(turns[k]), turns[k + 1]))))


def smooth_turn(time_s: float, times: Array, quaternions: Array) -> Array:
    """Return the rotation [4] at a time by a curve through the keys whose angular velocity is continuous everywhere.

    Between two keys a cubic Bezier curve in cumulative form, q0 exp(b1 w1) exp(b2 w2) exp(b3 w3), whose w1 and w3 are a
    third of the angular velocities at its ends: Kim, Kim & Shin 1995, Proc. SIGGRAPH 95, 369. Those are `smooth`'s
    slopes along the mean of the directions before and after: keys about one axis turn by the very angle of `smooth`.
    At rest at both ends and between equal keys. The shorter way between two keys.
    """
    turns = _the_shorter_way(quaternions)
    if len(times) == 1:
        return turns[0]
    steps = np.diff(times)
    ways = np.array([_rotation_vector(_product(_inverse(a), b)) for a, b in itertools.pairwise(turns)])
    speeds = np.linalg.norm(ways, axis=1) / steps
    along = ways / np.where(speeds > 0.0, speeds * steps, 1.0)[:, None]
    velocities = np.zeros((len(times), 3))
    velocities[1:-1] = _harmonic(speeds, steps)[:, None] * 0.5 * (along[:-1] + along[1:])
    k, t = _between(time_s, times)
    first, last = (velocities[k + i] * (steps[k] / 3.0) for i in (0, 1))
    inner = _product(_turned_by(-first), _product(_inverse(turns[k]), turns[k + 1]))
    middle = _rotation_vector(_product(inner, _turned_by(-last)))
    shares = 1.0 - (1.0 - t) ** 3, t * t * (3.0 - 2.0 * t), t**3
    found = turns[k]
    for share, turn in zip(shares, (first, middle, last), strict=True):
        found = _product(found, _turned_by(share * turn))
    return found


def _harmonic(speeds: Array, steps: Array) -> Array:
    """Return the harmonic mean of the speeds [step] before and after each inner key, weighted as by Fritsch & Butland;
    0 beside a rest."""
    before, after = 2.0 * steps[1:] + steps[:-1], steps[1:] + 2.0 * steps[:-1]
    moves = (speeds[:-1] > 0.0) & (speeds[1:] > 0.0)
    left, right = (np.where(moves, speed, 1.0) for speed in (speeds[:-1], speeds[1:]))
    return np.where(moves, (before + after) / (before / left + after / right), 0.0)


def _between(time_s: float, times: Array) -> tuple[int, float]:
    """Return the key before a time, and the share of the way to the next; times outside are moved to the ends."""
    k = min(max(int(np.searchsorted(times, time_s, side="right")) - 1, 0), len(times) - 2)
    return k, min(max(float((time_s - times[k]) / (times[k + 1] - times[k])), 0.0), 1.0)


def _the_shorter_way(quaternions: Array) -> Array:
    """Return the same rotations, each of the sign that is the nearer to the one before."""
    back = np.sum(quaternions[1:] * quaternions[:-1], axis=1) < 0.0
    signs = np.cumprod(np.concatenate([[1.0], np.where(back, -1.0, 1.0)]))
    return np.asarray(quaternions * signs[:, None])


def _product(a: Array, b: Array) -> Array:
    """Return Hamilton's product a b."""
    vector = a[0] * b[1:] + b[0] * a[1:] + np.cross(a[1:], b[1:])
    return np.array([a[0] * b[0] - a[1:] @ b[1:], *vector])


def _inverse(unit: Array) -> Array:
    return unit * [1.0, -1.0, -1.0, -1.0]


def _rotation_vector(unit: Array) -> Array:
    """Return the axis times the angle, rad, up to a whole turn, of a unit quaternion."""
    sine = float(np.linalg.norm(unit[1:]))
    return np.asarray(unit[1:] * (2.0 * math.atan2(sine, unit[0]) / sine if sine > 0.0 else 0.0))


def _turned_by(vector: Array) -> Array:
    """Return the unit quaternion of an axis times an angle, rad: the inverse of `_rotation_vector`."""
    half = 0.5 * float(np.linalg.norm(vector))
    return np.array([math.cos(half), *(vector * (0.5 * math.sin(half) / half if half > 0.0 else 0.5))])
